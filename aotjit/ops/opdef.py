"""What the declaration of an operator is. The declarations are in the modules beside this one, one family a file.

An `Operator` states everything the compiler knows about one overload: its schema, how its result's type follows from
its arguments', what it means (numpy), how it is lowered, and how it is tested. The registry is how all stages find it;
nothing else in the project names single operators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aotjit.diagnostics import Span
from aotjit.types import Type

Value = Any
"""A value of the reference evaluator: int, float, bool, str, None, list, tuple or numpy.ndarray."""


@dataclass(frozen=True)
class Argument:
    """One schema argument. `type` is erased of facts; `number` stands for Scalar. `size` is the n of `int[n]`, where a
    single int is broadcast. `alias` is the letter of an alias annotation, `writes` its `!`."""

    name: str
    type: Type
    default: object = None
    required: bool = True
    keyword_only: bool = False
    size: int | None = None
    alias: str | None = None
    writes: bool = False


@dataclass(frozen=True)
class Schema:
    """A parsed schema such as `aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`.

    `name` is without the namespace ("add"), `overload` may be empty. A lower-case single letter type (`t[]`, `t`) is a
    type variable: SimpleType("t").
    """

    text: str
    name: str
    overload: str
    arguments: tuple[Argument, ...]
    returns: tuple[Type, ...]
    namespace: str = "aten"

    @property
    def qualified(self) -> str:
        """'add.Tensor', or 'relu' without an overload, 'prim::max.int' outside aten: what ts.aten's `op` says."""
        plain = f"{self.name}.{self.overload}" if self.overload else self.name
        return plain if self.namespace == "aten" else f"{self.namespace}::{plain}"


@dataclass(frozen=True)
class Arguments:
    """What an inference rule sees of a call: argument types with facts, and constants where they are known."""

    schema: Schema
    types: tuple[Type, ...]
    constants: tuple[object, ...]  # UNKNOWN where not a compile-time constant
    span: Span | None = None

    def type(self, name: str) -> Type:
        return self.types[self.index(name)]

    def constant(self, name: str) -> object:
        return self.constants[self.index(name)]

    def index(self, name: str) -> int:
        return next(i for i, a in enumerate(self.schema.arguments) if a.name == name)


class Unknown:
    """A value that is not known at compile time."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()

Infer = Callable[[Arguments], Sequence[Type]]
"""Result types with all the facts that follow. Raises CompileError at args.span when the call cannot succeed."""


class Lowering:
    """How an operator becomes machine code: one of the kinds below."""


@dataclass(frozen=True)
class Pointwise(Lowering):
    """A ts.generic of kind "pointwise". `body(build, *elements)` combines one element of each tensor or scalar argument
    named in `operands` (converted to the compute dtype beforehand) with a scalar builder and returns the element.

    compute: how the compute dtype follows from the operands: "promote" (torch.result_type), "float" (promote, then
    integers to float32), "same" (of the first). result: "compute", "bool", or "first". In-place variants (schema writes
    `self`) write to self, converting back to its dtype.
    """

    body: Callable[..., Any]
    operands: tuple[str, ...]
    compute: str = "promote"
    result: str = "compute"


@dataclass(frozen=True)
class Reduction(Lowering):
    """A ts.generic of kind "reduction": `body` maps an element, `combiner` folds, `finish` (a pointwise body that gets the
    folded element and the number of elements folded as float) is applied to each result."""

    combiner: str
    body: Callable[..., Any] | None = None
    finish: Callable[..., Any] | None = None
    compute: str = "promote"
    dims: str = "dim"
    keepdim: str = "keepdim"


@dataclass(frozen=True)
class Contraction(Lowering):
    """A ts.matmul of the two named 2-D or batched 3-D operands."""

    a: str = "self"
    b: str = "mat2"


@dataclass(frozen=True)
class Composite(Lowering):
    """Written in the language: TorchScript source of one function with the schema's parameter names."""

    source: str


@dataclass(frozen=True)
class Scalar(Lowering):
    """Scalars in, scalar out, cannot fail: `body(build, *values)` on i64, f64 and i1 values."""

    body: Callable[..., Any]


@dataclass(frozen=True)
class Runtime(Lowering):
    """A call of a C function of runtime/ with all schema arguments, in order, by the convention of runtime/object.h
    (`int32_t symbol(aj_instance *, arguments..., results *...)`). Arguments named in `drop` are not passed."""

    symbol: str
    drop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intrinsic(Lowering):
    """Lowered by codegen itself under this name (list indexing, len, retain-like operations: data structure accesses
    that must be inline)."""

    name: str


@dataclass(frozen=True)
class Tolerance:
    """The error bound of a test: absolute plus relative, per result dtype text; torch.testing's default where absent."""

    by_dtype: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Operator:
    """One declaration. `samples(rng)` yields argument tuples for the derived tests."""

    schema: Schema
    infer: Infer
    reference: Callable[..., Value]
    lowering: Lowering
    effects: str
    samples: Callable[..., Any] | None = None
    tolerance: Tolerance = Tolerance()
    derivative: Callable[..., Any] | None = None
    value: Callable[[Arguments], object] | None = None
    # ^ the result as a compile-time constant where it follows from the argument types alone (dim, size, ...), else UNKNOWN
    methods: tuple[str, ...] = ()  # further names it is reachable under, e.g. Python operators or torch.special
    doc: str = ""

    @property
    def writes(self) -> tuple[int, ...]:
        return tuple(i for i, a in enumerate(self.schema.arguments) if a.writes)


class Registry:
    """All declared operators by qualified name and by plain name (overloads in declaration order)."""

    def __init__(self) -> None:
        self.by_qualified: dict[str, Operator] = {}
        self.by_name: dict[str, list[Operator]] = {}

    def add(self, operator: Operator) -> Operator:
        key = operator.schema.qualified
        if key in self.by_qualified:
            raise ValueError(f"operator {key} is declared twice")
        self.by_qualified[key] = operator
        self.by_name.setdefault(operator.schema.name, []).append(operator)
        return operator

    def __getitem__(self, qualified: str) -> Operator:
        return self.by_qualified[qualified]

    def overloads(self, name: str) -> Sequence[Operator]:
        """The overloads of a plain name, in the order in which they are tried; empty when there are none."""
        return self.by_name.get(name, ())


REGISTRY = Registry()
