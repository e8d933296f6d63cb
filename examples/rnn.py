"""A recurrent network as its loop: the number of steps is known when it runs, not when it is compiled."""

import torch
from torch import Tensor, nn


class RNN(nn.Module):
    def __init__(self, inputs: int, hidden: int):
        super().__init__()
        self.W_h = nn.Parameter(torch.randn(inputs, hidden) * 0.05)
        self.U_h = nn.Parameter(torch.randn(hidden, hidden) * 0.05)
        self.b_h = nn.Parameter(torch.zeros(hidden))

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """x is [steps, batch, inputs], h [batch, hidden]; all hidden states and the last one."""
        y: list[Tensor] = []
        for t in range(x.size(0)):
            h = torch.tanh(x[t] @ self.W_h + h @ self.U_h + self.b_h)
            y += [h]
            if t % 10 == 0:
                print("step", t, "mean", h.mean().item(), "largest", h.max().item())
        return torch.stack(y), h


model = RNN(64, 128)
