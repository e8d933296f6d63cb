"""Entries that take and give dicts with tensors as keys; they are told apart by the object, not by their elements."""

# ruff: noqa
from typing import Dict, List, Tuple

import torch
from torch import Tensor


def has(d: Dict[Tensor, int], x: Tensor) -> bool:
    return x in d


def back(d: Dict[Tensor, int], x: Tensor) -> Tuple[Dict[Tensor, int], Tensor, Tensor, Dict[Tensor, Tensor]]:
    y = x + 1
    d[y] = 7
    return d, x, y, {x: y, y: x}


def weighted(d: Dict[Tensor, float]) -> Tensor:
    total = torch.zeros(2)
    for k, v in d.items():
        total = total + k * v
    return total


def made() -> Dict[Tensor, int]:
    return {torch.ones(2): 1, torch.zeros(3): 2}


def same(x: Tensor, y: Tensor, z: List[Tensor]) -> Tuple[bool, bool, Tensor]:
    return x is y, x is z[0], x


def devices(d: Dict[torch.device, int]) -> Tuple[Dict[torch.device, int], int]:
    return d, len(d)
