# ruff: noqa: UP006, UP035, UP045 (typing's names are part of what is tested)
"""State of every kind: a buffer, an int, a list, an optional tensor; compiled by test_python_model.py."""

from typing import List, Optional, Tuple

import torch
from torch import Tensor, nn


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.zeros(2))
        self.calls = 0
        self.seen: List[int] = []
        self.last: Optional[Tensor] = None

    def forward(self, x: Tensor) -> Tensor:
        self.total += x
        self.calls += 1
        self.seen.append(self.calls)
        last = self.last
        self.last = x
        if self.calls == 3:
            raise ValueError("three")
        if last is not None:
            x = x + last
        return x

    @torch.jit.export
    def state(self) -> Tuple[Tensor, int, List[int], Optional[Tensor]]:
        return self.total, self.calls, self.seen, self.last


model = Counter()
