"""Speech in small: convolutions over time, a GRU, and the greedy decoder of CTC (Graves et al. 2006), which drops
repetitions and blanks and gives the text."""
# what torch.jit reads

from typing import Dict, List

import torch
from torch import Tensor, nn


class Recogniser(nn.Module):
    labels: List[str]
    blank: int

    def __init__(self, features: int = 8, hidden: int = 12):
        super().__init__()
        self.labels = ["-", "a", "b", "c", " ", "é"]
        self.blank = 0
        self.convolution = nn.Sequential(
            nn.Conv1d(features, hidden, 5, stride=2, padding=2), nn.BatchNorm1d(hidden), nn.Hardtanh(0.0, 20.0)
        )
        self.gru = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * hidden, len(self.labels))

    def forward(self, x: Tensor) -> Tensor:
        y = self.convolution(x).transpose(1, 2)
        return torch.log_softmax(self.output(self.gru(y)[0]), dim=-1)

    @torch.jit.export
    def decode(self, x: Tensor) -> List[str]:
        best = self.forward(x).argmax(dim=-1)
        texts: List[str] = []
        for row in best:
            text: List[str] = []
            last = -1
            for i in range(row.size(0)):
                label = int(row[i].item())
                if label != last and label != self.blank:
                    text.append(self.labels[label])
                last = label
            texts.append("".join(text))
        return texts

    @torch.jit.export
    def counts(self, x: Tensor) -> Dict[str, int]:
        found: Dict[str, int] = {}
        for text in self.decode(x):
            for letter in text:
                if letter in found:
                    found[letter] += 1
                else:
                    found[letter] = 1
        return found
