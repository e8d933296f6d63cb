"""Modules whose weights are used as they are, transposed, packed, as a convolution's, tied, and as state."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 16, 3, padding=1, groups=2)
        self.first = nn.Linear(16, 37)
        self.second = nn.Linear(37, 5)
        self.plain = nn.Parameter(torch.randn(5, 3))
        self.scale = nn.Parameter(torch.randn(3))
        self.tied = nn.Linear(16, 37, bias=False)
        self.tied.weight = self.first.weight
        self.register_buffer("total", torch.zeros(3))
        self.register_buffer("unused", torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.conv(x)).mean([2, 3])
        y = self.second(torch.tanh(self.first(y)) + self.tied(y))
        z = (y @ self.plain) * self.scale
        self.total += z.sum(0)
        return z + self.total


model = Net()
