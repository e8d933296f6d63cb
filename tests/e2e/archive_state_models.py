"""Modules whose state is made of more than tensors and numbers, and is changed: what torch.jit.save writes of it."""
# ruff: noqa: UP006, UP007, UP045

from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union  # noqa: UP035  # what torch.jit reads

import torch
from torch import Tensor, nn


class Pair(NamedTuple):
    x: Tensor
    n: int


class Level(Enum):
    LOW = 1
    HIGH = 2


@torch.jit.script
class Total:
    def __init__(self, start: float):
        self.value = start
        self.seen: List[Tensor] = []

    def add(self, x: Tensor) -> float:
        self.seen.append(x)
        self.value += float(x.sum())
        return self.value


class Table(nn.Module):
    """Containers that __setstate__ fills and changes."""

    table: Dict[str, Tensor]
    names: List[str]

    def __init__(self) -> None:
        super().__init__()
        self.table = {"a": torch.ones(3), "b": torch.full((3,), 2.0)}
        self.names = ["a", "b"]

    @torch.jit.export
    def __getstate__(self) -> Tuple[Dict[str, Tensor], List[str], bool]:
        return self.table, self.names, self.training

    @torch.jit.export
    def __setstate__(self, state: Tuple[Dict[str, Tensor], List[str], bool]) -> None:
        self.table = state[0]
        self.names = state[1]
        self.training = state[2]
        for name in self.names:
            self.table[name] = self.table[name] * 2
        self.names.append("a")

    def forward(self, x: Tensor) -> Tensor:
        for name in self.names:
            x = x + self.table[name]
        return x


class Records(nn.Module):
    """Named tuples and members of an Enum inside containers."""

    by_name: Dict[str, Pair]
    listed: List[Pair]
    levels: List[Level]
    words: Dict[int, List[str]]
    mixed: Tuple[int, Pair, Optional[Tensor]]

    def __init__(self) -> None:
        super().__init__()
        self.by_name = {"a": Pair(torch.ones(3), 2), "b": Pair(torch.zeros(3), 3)}
        self.listed = [Pair(torch.ones(3) * 3, 4)]
        self.levels = [Level.HIGH, Level.LOW]
        self.words = {1: ["x", "y"], 2: []}
        self.mixed = (1, Pair(torch.ones(1), 1), None)
        self.level = Level.HIGH

    def forward(self, x: Tensor) -> Tensor:
        for _, pair in self.by_name.items():
            x = x * pair.n + pair.x
        for pair in self.listed:
            x = x + pair.x * pair.n
        if self.levels[0] == self.level:
            x = x + self.level.value
            self.level = Level.LOW
        else:
            self.level = Level.HIGH
        self.words[2].append("z")
        first, pair, missing = self.mixed
        if missing is None:
            x = x + pair.n * first
        return x + len(self.words[2])


class Choices(nn.Module):
    """Optional and Union attributes, alone and inside containers."""

    either: Union[int, str]
    several: Union[int, List[int], None]
    numbers: List[Union[int, float]]
    values: Dict[str, Union[int, Tensor]]

    def __init__(self) -> None:
        super().__init__()
        self.either = "text"
        self.several = [1, 2]
        self.numbers = [1, 2.5]
        self.values = {"n": 1, "t": torch.ones(3)}
        self.maybe = torch.jit.Attribute(None, Optional[int])
        self.tensors = torch.jit.Attribute([None, torch.ones(3) * 3], List[Optional[Tensor]])

    def forward(self, x: Tensor) -> Tensor:
        either = self.either
        x = x + len(either) if isinstance(either, str) else x + either
        self.either = 7
        several = self.several
        if isinstance(several, int):
            x = x * several
        elif several is not None:
            x = x + several[1]
        self.several = 2
        for number in self.numbers:
            x = x * number
        held = self.values["t"]
        if isinstance(held, Tensor):
            x = x + held
        maybe = self.maybe
        if maybe is not None:
            x = x + maybe
        self.maybe = 5
        for t in self.tensors:
            if t is not None:
                x = x * t
        return x


class Attributes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.other = Table(), Table()
        self.records, self.choices = Records(), Choices()
        self.total = torch.jit.Attribute(Total(2.0), Total)

    def forward(self, x: Tensor) -> Tensor:
        x = self.choices(self.records(self.table(x)) - self.other(x))
        return x + self.total.add(x) + len(self.total.seen)


@torch.jit.interface
class Layer(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


class Scales(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2


class Counts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        return x + self.calls


class HooksThatWrite(nn.Module):
    """What only a hook writes is state; a ModuleList is indexed with a number of the run."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Scales(), Counts(), Scales()])
        self.calls = 0

    def forward(self, x: Tensor, i: int) -> Tensor:
        layer: Layer = self.layers[i]
        return layer.forward(x) + self.calls + self.layers[1](x)


def hooks_that_write() -> nn.Module:
    def before(self: Any, arguments: Tuple[Tensor, int]) -> None:
        self.calls += arguments[1]

    def inner(self: Any, arguments: Tuple[Tensor]) -> None:
        self.calls += 10

    module = HooksThatWrite()
    module.register_forward_pre_hook(before)
    module.layers[1].register_forward_pre_hook(inner)
    return module
