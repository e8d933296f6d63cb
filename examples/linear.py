"""A linear layer with its own parameters: aotjit compile linear.py --entry 'Linear(8, 3)' -o linear.so"""

import torch
from torch import Tensor, nn


class Linear(nn.Module):
    def __init__(self, features_in: int, features_out: int):
        super().__init__()
        self.w = nn.Parameter(torch.randn(features_in, features_out) * 0.1)
        self.b = nn.Parameter(torch.zeros(features_out))

    def forward(self, a: Tensor) -> Tensor:
        t = torch.mm(a, self.w)
        return t + self.b


model = Linear(8, 3)
