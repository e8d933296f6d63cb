"""Modules whose constructors compute with tensors, and modules found by a name; compiled by test_whole_programs.py."""

# ruff: noqa
import math
from collections import OrderedDict
from typing import Dict, List, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Tables(nn.Module):
    """Windows, masks and positions as constructors make them."""

    def __init__(self, n: int):
        super().__init__()
        self.register_buffer("window", torch.hann_window(n))
        self.register_buffer("mask", torch.triu(torch.full((n, n), float("-inf")), diagonal=1))
        pe = torch.zeros(n, n)
        position = torch.arange(0, n, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, n, 2).float() * (-math.log(10000.0) / n))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe.unsqueeze(0).transpose(0, 1))
        adjacent = torch.zeros(n, n)
        for a, b in [(i, j) for i in range(n) for j in range(n) if (i + j) % 3 == 1]:
            adjacent[a, b] = 1.0
        degree = adjacent.sum(1)
        scale = degree.clamp(min=1.0).pow(-0.5)
        self.register_buffer("norm", scale[:, None] * adjacent * scale[None, :])
        self.plain = 0.5 * torch.eye(n)
        self.product = torch.einsum("ij,jk->ik", torch.eye(2), torch.ones(2, 2))
        self.unit = F.normalize(torch.ones(2, 2), dim=1)
        self.rows = len(self.plain) + int(degree.max()) + sum([i for i in range(n) if i % 2])
        self.deviation = float(torch.arange(4.0).std())

    def forward(self, x: Tensor) -> List[Tensor]:
        return [x * self.window, self.mask, self.pe, self.norm, self.plain, self.product, self.unit,
                x * self.rows * self.deviation]


class Dense(nn.ModuleDict):
    """A container that registers its own items."""

    def __init__(self, n: int, **options: int):
        super().__init__()
        for i in range(n):
            self.add_module("layer%d" % i, nn.Linear(2 + i, options.get("growth", 1)))

    def forward(self, x: Tensor) -> Tensor:
        for name, layer in self.items():
            x = torch.cat([x, layer(x)], 1)
        return x


@torch.jit.interface
class Activation(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


class Scaled(nn.Module):
    def __init__(self, k: float):
        super().__init__()
        self.k = k

    def forward(self, x: Tensor) -> Tensor:
        return x * self.k


class Router(nn.Module):
    def __init__(self):
        super().__init__()
        self.named = nn.ModuleDict(OrderedDict([("twice", Scaled(2.0)), ("negate", Scaled(-1.0))]))

    def forward(self, x: Tensor, keys: List[str]) -> Tensor:
        for key in keys:
            layer: Activation = self.named[key]
            x = layer.forward(x) + 1
        return x


class Evaluated(nn.Module):
    """A constructor with Python that compiled code has not."""

    def __init__(self, *sizes: int, **options: float):
        super().__init__()
        make = lambda n, scale=options["scale"]: Scaled(n * scale)
        self.scaled = nn.ModuleList(map(make, filter(lambda n: n % 2 == 1, sizes)))
        self.named = nn.ModuleDict({f"layer_{i:02d}": m for i, m in enumerate(reversed(list(self.scaled)))})
        kept, *others = sorted(set(sizes), key=lambda n: -n)
        self.kept: int = kept
        self.others: List[int] = [*others, len({n % 2 for n in sizes})]
        self.table: Dict[str, int] = {**{"a": 1, "b": 2}, "b": 3, **dict(zip("cd", sizes))}
        self.odd = any(n % 2 == 1 for n in sizes) and not all(n % 2 == 1 for n in sizes)

    def forward(self, x: Tensor) -> Tuple[Tensor, int, List[int], Dict[str, int], bool]:
        for layer in self.scaled:
            x = layer(x) + 1
        for name, layer in self.named.items():
            x = layer(x) + len(name)
        return x, self.kept, self.others, self.table, self.odd


class Clipped(nn.Module):
    @staticmethod
    def clip(x: Tensor, low: float, high: float = 1.0) -> Tensor:
        return torch.clamp(x, low, high)

    def forward(self, x: Tensor) -> Tensor:
        return self.clip(x, -1.0) + Clipped.clip(x, 0.0, 2.5)


class Narrow(Clipped):
    def forward(self, x: Tensor) -> Tensor:
        return self.clip(x, 0.0) + Clipped.clip(x, 0.5)


X = torch.arange(4.0)
MODULES = {
    "Clipped()": [(X,)],
    "Narrow()": [(X,)],
    "Tables(4)": [(X,)],
    "Dense(3, growth=1)": [(X.reshape(2, 2),)],
    "Evaluated(3, 2, 5, 2, scale=0.5)": [(X,)],
    "Router()": [(X, ["twice", "negate", "twice"]), (X, []), (X, ["other"])],
}
