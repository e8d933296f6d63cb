"""A module whose methods ask what it consists of; compiled by test_class_modules.py."""

# ruff: noqa
from typing import List, Optional

import torch
from torch import Tensor, nn


class Scale(nn.Module):
    def __init__(self, n: int):
        super().__init__()
        self.w = nn.Parameter(torch.full((n,), 2.0))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.w


class Tree(nn.Module):
    def __init__(self, use: bool):
        super().__init__()
        self.layers = nn.ModuleDict([["first", Scale(3)], ["second", nn.ReLU()]])
        self.blocks = nn.Sequential(Scale(3), nn.ReLU())
        self.some: Optional[Scale] = Scale(3) if use else None
        self.register_buffer("shift", torch.ones(3))
        self.register_buffer("unsaved", torch.zeros(3), persistent=False)
        self.gain = 2

    @property
    def boost(self) -> int:
        return self.gain * 10

    @boost.setter
    def boost(self, value: int) -> None:
        self.gain = value

    @torch.jit._overload_method
    def plus(self, x: int) -> int:
        pass

    @torch.jit._overload_method
    def plus(self, x: Tensor) -> Tensor:
        pass

    def plus(self, x):
        return x + 1

    def forward(self, x: Tensor) -> Tensor:
        if self.some is not None:
            x = self.some(x) + 5
        for name, child in self.blocks.named_children():
            x = child(x) + len(name)
        for child in self.blocks.children():
            x = child(x)
        for name, buffer in self.named_buffers():
            x = x + buffer * len(name)
        return x

    @torch.jit.export
    def names(self) -> List[str]:
        found: List[str] = []
        for name, module in self.named_modules():
            found.append(name)
        count = 0
        for module in self.modules():
            count += 1
        found.append(str(count))
        return found

    @torch.jit.export
    def keys(self, key: str, x: Tensor):
        n = 0
        if "first" in self.layers:
            x = self.layers["first"](x)
        if "third" in self.layers:
            n += 100
        if key in self.layers:
            n += 1
        if "second" not in self.layers.keys():
            n += 1000
        return n, x

    @torch.jit.export
    def boosted(self, n: int) -> int:
        self.boost = n
        self.boost += 1
        return self.gain

    @torch.jit.export
    def sums(self, x: Tensor, n: int):
        return self.plus(x), self.plus(n)


model = Tree(True)
other = Tree(False)
