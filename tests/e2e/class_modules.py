"""A module that holds instances, members of an Enum and a named tuple; compiled by test_class_modules.py."""

# ruff: noqa
from enum import Enum
from typing import List, NamedTuple, Optional

import torch
from torch import Tensor, nn


class Mode(Enum):
    FAST = 1
    SLOW = 2


class Config(NamedTuple):
    size: int
    scale: float = 2.0


class State:
    def __init__(self, h: Tensor, n: int = 0):
        self.h = h
        self.n = n
        self.log: List[int] = []
        self.last = torch.jit.annotate(Optional[Tensor], None)

    def step(self, x: Tensor) -> Tensor:
        self.h = torch.tanh(self.h + x)
        self.n += 1
        self.log.append(self.n)
        self.last = x
        return self.h


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.state = State(torch.zeros(3))
        self.states = [State(torch.ones(3), 5), State(torch.ones(3), 7)]
        self.mode = Mode.SLOW
        self.config = Config(3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.state.step(x)
        for s in self.states:
            y = y + s.step(x)
        if self.mode == Mode.SLOW:
            y = y * self.config.scale
        return y

    @torch.jit.export
    def report(self) -> List[int]:
        s = self.state
        return s.log + [s.n] + [self.states[1].n] + self.states[0].log

    @torch.jit.export
    def reset(self, x: Tensor) -> None:
        self.state = State(x, 100)

    @torch.jit.export
    def hidden(self) -> Tensor:
        return self.state.h


model = Recurrent()
