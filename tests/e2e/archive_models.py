"""Modules whose archives hold more than weights: what torch.jit.save can write, one module each."""
# ruff: noqa: UP006, UP045

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple  # noqa: UP035  # what torch.jit reads

import torch
from torch import Tensor, nn

from tests.e2e.archive_state_models import Attributes, hooks_that_write


class Point(NamedTuple):
    x: Tensor
    y: Tensor


class ReturnsNamedTuple(nn.Module):
    def forward(self, x: Tensor) -> Point:
        p = Point(x + 1, x * 2)
        return Point(p.y, p.x)


class HoldsNamedTuple(nn.Module):
    p: Point

    def __init__(self) -> None:
        super().__init__()
        self.p = Point(torch.ones(3), torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.p.x - self.p.y


class Restored(nn.Module):
    """Its attributes are what __setstate__ makes of what __getstate__ returned."""

    def __init__(self) -> None:
        super().__init__()
        self.w = torch.ones(3)
        self.s = 2

    @torch.jit.export
    def __getstate__(self) -> Tuple[Tensor, int, bool]:
        return (self.w * 2, self.s, self.training)

    @torch.jit.export
    def __setstate__(self, state: Tuple[Tensor, int, bool]) -> None:
        self.w = state[0] / 2
        self.s = state[1] + 1
        self.training = state[2]

    def forward(self, x: Tensor) -> Tensor:
        return x * self.w + self.s


class SharesMemory(nn.Module):
    """Tied weights, and two buffers that are views of the same elements, one of which is written."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = nn.Linear(3, 3)
        self.b.weight = self.a.weight
        base = torch.arange(12.0).view(3, 4)
        self.register_buffer("columns", base[:, 1:])
        self.register_buffer("turned", base.t())

    def forward(self, x: Tensor) -> Tensor:
        self.columns.add_(1.0)
        return self.b(self.a(x)) + self.columns.sum() + self.turned.sum()


class WritesTied(nn.Module):
    """One tensor under two names."""

    def __init__(self) -> None:
        super().__init__()
        total = torch.zeros(3)
        self.register_buffer("total", total)
        self.register_buffer("same", total)

    def forward(self, x: Tensor) -> Tensor:
        self.total += x.sum(0)
        return self.same * 2


class GrowsList(nn.Module):
    """A list of tensors that the constructor fills and forward changes."""

    seen: List[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.seen = [torch.ones(3), torch.zeros(3)]

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x.sum(0))
        self.seen[0] = self.seen[0] + 1
        return torch.stack(self.seen)


def _grow(items: List[Tensor], x: Tensor) -> int:
    items.append(x)
    return len(items)


class GrowsListElsewhere(nn.Module):
    """The list is changed by a function that gets it as an argument."""

    seen: List[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.seen = [torch.ones(2, 3)]

    def forward(self, x: Tensor) -> Tensor:
        n = _grow(self.seen, x)
        return torch.cat(self.seen) * n


class ReadsList(nn.Module):
    """A list of tensors that nothing changes: its tensors are constants."""

    scales: List[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.scales = [torch.full((3,), 2.0), torch.full((3,), 3.0)]

    def forward(self, x: Tensor) -> Tensor:
        for scale in self.scales:
            x = x * scale
        return x


class Hooked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)


def hooked() -> nn.Module:
    def before(self: Any, arguments: Tuple[Tensor]) -> Tuple[Tensor]:
        return (arguments[0] + 1,)

    def after(self: Any, arguments: Tuple[Tensor], result: Tensor) -> Tensor:
        return result * 2 + arguments[0].sum()

    module = Hooked()
    module.register_forward_hook(after)
    module.register_forward_pre_hook(before)
    module.linear.register_forward_hook(after)
    return module


class Overloaded(nn.Module):
    @torch.jit._overload_method
    def shifted(self, x: int) -> int: ...

    @torch.jit._overload_method
    def shifted(self, x: Tensor) -> Tensor: ...  # noqa: F811

    def shifted(self, x):  # noqa: F811
        return x + 1

    def forward(self, x: Tensor) -> Tensor:
        return self.shifted(x) + self.shifted(3)


@torch.jit.interface
class Step(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


class AddsOne(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1


class Triples(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 3


class ThroughInterface(nn.Module):
    step: Step

    def __init__(self) -> None:
        super().__init__()
        self.step = AddsOne()
        self.steps = nn.ModuleList([AddsOne(), Triples()])

    def forward(self, x: Tensor) -> Tensor:
        x = self.step.forward(x)
        for i, step in enumerate(self.steps):
            x = step(x) + i
        return x


class Containers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.ModuleDict({"a": AddsOne(), "b": Triples()})
        self.listed = nn.ParameterList([nn.Parameter(torch.ones(3)) for _ in range(2)])
        self.named = nn.ParameterDict({"u": nn.Parameter(torch.ones(3))})

    def forward(self, x: Tensor) -> Tensor:
        for _, step in self.steps.items():
            x = step(x)
        for p in self.listed:
            x = x + p
        return x + self.named["u"]


class Optionals(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dtype = torch.float64
        self.device = torch.device("cpu")
        self.last = torch.jit.Attribute(None, Optional[Tensor])

    def forward(self, x: Tensor) -> Tensor:
        y = torch.zeros([2, 3], dtype=self.dtype, device=self.device)
        last = self.last
        if last is not None:
            y = y + last
        self.last = x
        return y + x.to(self.dtype)


class WithProperty(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self._count = 3

    @property
    def count(self) -> int:
        return self._count

    @count.setter
    def count(self, value: int) -> None:
        self._count = value

    def forward(self, x: Tensor) -> Tensor:
        self.count = self.count + 1
        return x * self.count


class HoldsDict(nn.Module):
    factors: Dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.factors = {"a": 3, "b": 4}

    def forward(self, x: Tensor) -> Tensor:
        self.factors["a"] += 1
        return x * self.factors["b"] + self.factors["a"]


class HoldsComplexNumbers(nn.Module):
    seen: Dict[complex, int]

    def __init__(self) -> None:
        super().__init__()
        self.z = 1.5 - 2j
        self.past = [1j, 2 + 0j]
        self.seen = {1j: 1, 2j: 2}

    def forward(self, x: Tensor, turn: complex = 0.5 + 1j) -> Tuple[Tensor, float]:
        self.z = self.z * turn - 1
        self.past.append(self.z)
        self.seen[self.z] = len(self.past)
        total = 0j
        for z, n in self.seen.items():
            total += z * n
        for z in self.past:
            total -= z
        return x * abs(total), float(total * -1j)


class Normalised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        self.linear = nn.Linear(3, 4)
        self.drop = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(torch.relu(self.linear(self.norm(x))))


class Colour(Enum):
    RED = 1
    GREEN = 2


class HoldsMember(nn.Module):
    """An attribute that is a member of an Enum, compared by the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.colour = Colour.GREEN

    def forward(self, x: Tensor) -> Tensor:
        if self.colour == Colour.GREEN:
            return x * self.colour.value
        return x


def _places(count: int, device: str = "cpu") -> Tensor:
    return torch.arange(count, device=torch.device(device))


class DeviceByName(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + _places(x.size(1), str(x.device)) + _places(1)


class ListsAsTensors(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        columns = torch.tensor([2, 0])
        return x + torch.tensor([1.0, 2.0, 3.0]), x[:, columns] * columns, torch.tensor([[True, False]]).logical_not()


class Masked(nn.Module):
    """Nothing says the element types of its arguments but the example of a trace."""

    def forward(self, ids: Tensor, mask: Tensor, scale: Tensor, pair: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tensor]:
        return torch.where(mask, ids + pair[0], -1) * scale, pair[1] + mask


class MixedItems(nn.Module):
    """A list whose tensors have several dtypes: what they become is known, what they are only when it runs."""

    items: List[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.items = []

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, List[int], List[bool]]:
        places = torch.arange(x.size(1))
        self.items = [x * 2, places, places > 1, x.double()]
        sums = [t.to(torch.float32).sum() for t in self.items]
        sums += [t.to(torch.int64, copy=True).sum().float() for t in self.items]
        first = self.items[0].to(torch.float32)
        first.add_(1)  # which is the item itself
        kinds = [t.is_floating_point() for t in self.items]
        return torch.stack(sums), self.items[0].float(), self.items[2].long(), [t.dim() for t in self.items], kinds


class Inner(nn.Module):
    def __init__(self, bias: nn.Module) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.share = [bias]  # no submodule: a trace is given it as an argument

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) + self.share[0](x)


class SharesSubmodule(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Linear(3, 3)
        self.layers = nn.ModuleList([Inner(self.bias), Inner(self.bias)])

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


X = torch.tensor([[1.0, -2.0, 0.5], [0.25, 3.0, -1.5]])

TYPED = (
    torch.arange(3), torch.tensor([True, False, True]), torch.tensor(0.1, dtype=torch.float64),
    (torch.arange(3).int(), torch.arange(3).double()),
)  # fmt: skip


@dataclass(frozen=True)
class Saved:
    """An archive: what makes its module, and the arguments it is called with."""

    name: str
    make: Callable[[], Any]
    arguments: tuple[Any, ...] = field(default=(X,))


def _scripted(kind: Callable[[], nn.Module]) -> Callable[[], Any]:
    return lambda: torch.jit.script(kind().eval())


SAVED = [
    *(
        Saved(getattr(kind, "__name__", "made"), _scripted(kind))
        for kind in (
            ReturnsNamedTuple, HoldsNamedTuple, Restored, SharesMemory, WritesTied, GrowsList, GrowsListElsewhere,
            ReadsList, hooked, Overloaded, ThroughInterface, Containers, Optionals, WithProperty, Normalised,
            HoldsMember, ListsAsTensors, MixedItems, DeviceByName, Attributes, HoldsComplexNumbers,
        )
    ),
    Saved("hooks_that_write", _scripted(hooks_that_write), (X, 1)),
    Saved("frozen", lambda: torch.jit.freeze(torch.jit.script(Normalised().eval()))),
    Saved("optimized", lambda: torch.jit.optimize_for_inference(torch.jit.script(Normalised().eval()))),
    Saved("traced", lambda: torch.jit.trace(Normalised().eval(), X)),
    Saved("traced_module_arguments", lambda: torch.jit.trace(SharesSubmodule().eval(), X)),
    Saved("traced_hooks", lambda: torch.jit.trace(hooked(), X)),
    Saved("traced_types", lambda: torch.jit.trace(Masked(), TYPED), TYPED),
    Saved("traced_function", lambda: torch.jit.trace(lambda a: a[:, 1:] * a.shape[0], X)),
]  # fmt: skip
