"""What passes between the stages: the IR module with everything that stays outside it.

`sema.build` makes a Program, each pass changes its module in place, codegen and link read it. The signature parts
(`Entry`, `EntryParameter`) are also what the header, the manifest and the Python entry are made from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from aotjit.diagnostics import Diagnostic
from aotjit.dtypes import DType
from aotjit.types import TensorType, Type

if TYPE_CHECKING:
    import numpy
    from xdsl.dialects.builtin import ModuleOp

PlainValue = (
    None | bool | int | float | complex | str | tuple["PlainValue", ...] | list["PlainValue"]
    | dict[bool | int | float | complex | str, "PlainValue"]
)  # fmt: skip
"""A compile-time value of the language that is not a tensor."""


def qualified_name(class_name: str) -> str:
    """How a class is called when one of its instances is printed: torch puts all of them into __torch__."""
    return class_name if class_name.startswith("__torch__.") else f"__torch__.{class_name}"


class Required:
    """The default of a parameter that has none."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = Required()


class Computed:
    """The first value of a state that is more than constant data: a container of tensors, memory that several
    attributes share."""

    def __repr__(self) -> str:
        return "COMPUTED"


COMPUTED = Computed()


@dataclass(frozen=True)
class EntryParameter:
    """A parameter that callers see. `type` carries the facts that are checked at every call; `example` is a tensor type
    with dims that the program can run with, as far as that is known."""

    name: str
    type: Type
    default: PlainValue | Required = REQUIRED
    example: TensorType | None = None


@dataclass(frozen=True)
class Entry:
    """An exported function or method. `name` is what callers say, `symbol` the func.func it runs."""

    name: str
    symbol: str
    parameters: tuple[EntryParameter, ...]
    result: Type
    doc: str = ""

    @property
    def signature(self) -> str:
        """`(x: Tensor[f32; T, 64], n: int = 3) -> Tensor[f32]`: types with what is known of them."""
        parts = []
        for p in self.parameters:
            default = "" if isinstance(p.default, Required) else f" = {p.default!r}"
            parts.append(f"{p.name}: {p.type}{default}")
        # That a tensor is row-major is of use to the compiler only.
        return f"({', '.join(parts)}) -> {self.result}".replace("; ...; contiguous", "").replace("; contiguous", "")


@dataclass(frozen=True)
class Origin:
    """What a weight was made of: weights that the program had at first, by name. `moved` makes it of the only one by
    moving elements, as a view where it can; None: its elements were computed. `how` names what did it, for messages."""

    sources: tuple[str, ...]
    moved: Callable[[numpy.ndarray], numpy.ndarray] | None
    how: str


@dataclass
class Weight:
    """A constant tensor, row-major. `data` gives the bytes when they are needed: weights are not copied before.

    `layout` is "plain" (row-major elements of `shape`) or "panel" (what schedule.pack_panels made of a [K, N] matrix).
    `shape` is the logical shape in both cases; `bytes` is the size of `data`, which padding makes larger in panels.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    data: Callable[[], memoryview]
    layout: str = "plain"

    bytes: int = -1
    origin: Origin | None = None
    """None: the program has it."""

    def __post_init__(self) -> None:
        if self.bytes < 0:
            self.bytes = math.prod(self.shape) * self.dtype.size

    @property
    def type(self) -> TensorType:
        """The tensor type with every fact known."""
        return TensorType(self.dtype, self.shape, contiguous=True)


@dataclass(frozen=True)
class Parameter:
    """A tensor by the name that a state_dict has for it. `weight` names the Weight; "" when nothing uses it: then it is
    `unused`. `kind` is "parameter", "buffer", or "attribute" for a tensor that a state_dict does not have."""

    name: str
    weight: str
    dtype: DType
    shape: tuple[int, ...]
    kind: str = "buffer"
    requires_grad: bool = False
    unused: Weight | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class State:
    """A mutable attribute of the instance: its dotted path, its type, its value in a new instance.

    `initial` is a plain value, the name of a Weight when the attribute is a tensor, or COMPUTED when the program's
    initialiser stores it.
    """

    path: str
    type: Type
    initial: PlainValue | Computed


@dataclass
class Program:
    """A program between two stages. `kind` is "functions" or "module" (Python then shows one object `model`).
    `initialiser` is the symbol of the function that every new instance runs to store its COMPUTED states, if any."""

    module: ModuleOp
    entries: tuple[Entry, ...]
    weights: dict[str, Weight] = field(default_factory=dict)
    states: tuple[State, ...] = ()
    kind: str = "functions"
    class_name: str = ""
    source_text: str = ""
    initialiser: str = ""
    parameters: tuple[Parameter, ...] = ()
    """The names that replacements of weights go by."""
    operators: dict[str, str] = field(default_factory=dict)
    """The functions that state an operator in the language, with the operator's name."""
    partial: bool = False
    """What is not compiled fails when it is run (ir/refusals.py), instead of when it is compiled."""
    outside: dict[tuple[str, str], Type] = field(default_factory=dict)
    """What callers put into the fields of instances and into boxes, by class and label (passes/shape_places.py)."""
    warnings: list[Diagnostic] = field(default_factory=list)

    @cached_property
    def originals(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the weights that the names in `parameters` are."""
        return {p.weight: p.shape for p in self.parameters if p.weight}
