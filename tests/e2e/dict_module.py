"""A module with dicts for attributes: constant ones, mutable ones, one of tensors; compiled by test_containers.py."""

# ruff: noqa
from typing import Dict, List

import torch
from torch import Tensor, nn


class Vocabulary(nn.Module):
    counts: Dict[str, int]
    cache: Dict[int, Tensor]

    def __init__(self, words: List[str]):
        super().__init__()
        self.index = {w: i for i, w in enumerate(words)}
        self.counts: Dict[str, int] = {}
        self.cache: Dict[int, Tensor] = {}
        self.names = {0: "zero", 1: "one"}
        self.scale = torch.jit.Attribute({"a": 1.5, "b": -2.0}, Dict[str, float])
        self.offsets = {True: torch.ones(2), False: torch.zeros(2)}

    def forward(self, x: Tensor, w: str) -> Tensor:
        if w not in self.counts:
            self.counts[w] = 0
        self.counts[w] += 1
        n = self.counts[w]
        if n in self.cache:
            x = x + self.cache[n]
        else:
            self.cache[n] = x
        self.offsets[False][0] += 1
        return x * self.index.get(w, -1) + self.scale["a"] + self.offsets[w in self.index]

    @torch.jit.export
    def state(self):
        return self.counts, self.index, self.names, self.cache, len(self.scale), self.offsets

    @torch.jit.export
    def reset(self, counts: Dict[str, int]) -> int:
        self.counts = counts
        counts["later"] = 1
        return len(self.counts)
