"""Modules behind an interface, chosen at run time."""

# ruff: noqa
import torch
from torch import Tensor, nn


@torch.jit.interface
class Layer(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass

    def scale(self, x: Tensor, k: float) -> Tensor:
        pass


class Add(nn.Module):
    def __init__(self, by: float):
        super().__init__()
        self.by = by

    def forward(self, x: Tensor) -> Tensor:
        return x + self.by

    def scale(self, x: Tensor, k: float) -> Tensor:
        return x * k


class Mix(nn.Module):
    def __init__(self, n: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n, n))
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return torch.mm(x, self.weight) * self.calls

    def scale(self, x: Tensor, k: float) -> Tensor:
        return x - k


class Router(nn.Module):
    chosen: Layer

    def __init__(self, n: int):
        super().__init__()
        self.layers = nn.ModuleList([Add(1.0), Mix(n), Add(-3.0)])
        self.chosen = Mix(n)

    def applied(self, layer: Layer, x: Tensor, k: float = 2.0) -> Tensor:
        return layer.scale(layer.forward(x), k)

    def forward(self, x: Tensor, steps: int) -> Tensor:
        x = self.applied(self.layers[0], x) + self.applied(k=0.25, layer=self.chosen, x=x)
        for i in range(steps):
            layer: Layer = self.layers[i % 3]
            x = layer.forward(x)
            x = layer.scale(x, k=0.5)
        last: Layer = self.layers[-steps]
        return self.chosen.forward(last.scale(x, 2.0))
