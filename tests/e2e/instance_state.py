# ruff: noqa: UP006, UP035, UP045 (typing's names are part of what is tested)
"""State in which things are reached by several ways: views of one memory, a list held twice, records in a ring;
compiled by test_instances.py."""

from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn


class Node:
    def __init__(self, value: int):
        self.value = value
        self.items: List[int] = []
        self.held: Optional[Tensor] = None


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.zeros(4))
        self.rows: List[Tensor] = [torch.ones(2), torch.zeros(2)]
        self.named: Dict[str, Tensor] = {"a": torch.ones(3)}
        self.log: List[int] = []
        self.text = "start"
        self.pair: Optional[Tuple[int, str]] = None
        self.first = Node(1)
        self.second = Node(2)
        self.w = nn.Parameter(torch.arange(4.0))

    def forward(self, x: Tensor) -> Tensor:
        self.total += x * self.w
        self.rows.append(self.rows[0])
        self.rows[0].add_(1.0)
        self.named["b"] = self.named["a"]
        self.named["a"].add_(2.0)
        self.log.append(len(self.log))
        self.text = self.text + "!"
        self.pair = (len(self.log), self.text)
        self.second = self.first
        self.first.value += 1
        self.first.items.append(self.first.value)
        self.first.held = self.total[1:3]
        return self.total + torch.rand(4) * 0.0

    @torch.jit.export
    def poke(self) -> None:
        """Changes each thing through one of the ways to it."""
        held = self.second.held
        assert held is not None
        held.fill_(50.0)
        self.rows[-1].mul_(3.0)
        self.named["b"].mul_(3.0)
        self.second.items.append(99)

    @torch.jit.export
    def noise(self) -> Tensor:
        return torch.rand(3)

    @torch.jit.export
    def report(self) -> Tuple[Tensor, List[Tensor], Dict[str, Tensor], List[int], str, Optional[Tuple[int, str]]]:
        return self.total, self.rows, self.named, self.log, self.text, self.pair

    @torch.jit.export
    def nodes(self) -> Tuple[int, List[int], int, List[int], Optional[Tensor]]:
        return self.first.value, self.first.items, self.second.value, self.second.items, self.first.held


model = Shared()
