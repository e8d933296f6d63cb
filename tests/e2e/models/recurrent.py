"""Recurrent networks: a tagger of two LSTM directions, and a GRU of several layers that starts from a state given."""
# what torch.jit reads

from typing import Optional, Tuple

import torch
from torch import Tensor, nn


class LstmTagger(nn.Module):
    def __init__(self, vocabulary: int = 30, width: int = 12, hidden: int = 16, tags: int = 7):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, hidden, num_layers=2, batch_first=True, bidirectional=True, dropout=0.2)
        self.output = nn.Linear(2 * hidden, tags)

    def forward(self, tokens: Tensor) -> Tuple[Tensor, Tensor]:
        x, (hidden, cell) = self.lstm(self.embedding(tokens))
        return torch.log_softmax(self.output(x), dim=2), hidden[-1] + cell[-1]


class GruForecast(nn.Module):
    def __init__(self, inputs: int = 5, hidden: int = 12):
        super().__init__()
        self.gru = nn.GRU(inputs, hidden, num_layers=2)
        self.cell = nn.GRUCell(hidden, hidden)
        self.output = nn.Linear(hidden, inputs)

    def forward(self, x: Tensor, state: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:
        y, state = self.gru(x, state)
        last = self.cell(y[-1], state[0])
        return self.output(torch.relu(last)), state
