"""What the declaration of an operator is. The declarations are in the modules beside this one, one family a file.

An `Operator` states everything the compiler knows about one overload: its schema, how its result's type follows from
its arguments', what it means (numpy), how it is lowered, and how it is tested. The registry is how all stages find it;
nothing else in the project names single operators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aotjit.diagnostics import CompileError, Span
from aotjit.ops.bounds import Rule
from aotjit.types import Dim, TensorType, Type

Value = Any
"""A value of the reference evaluator: int, float, bool, str, None, list, tuple or numpy.ndarray."""

Build = Any
"""A builder.ScalarBuilder, and `Element` a builder.Element: named without importing xDSL."""
Element = Any


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


ReadSignature = Callable[[], tuple[Sequence[Argument], Sequence[Type]]]
"""Gives a schema's arguments and returns."""


class Schema:
    """A schema such as `aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`.

    `name` is without the namespace ("add"), `overload` may be empty. A lower-case single letter type (`t[]`, `t`) is a
    type variable: SimpleType("t"). The arguments and returns are read from the text when they are first asked for: a
    compilation touches a tenth of all declared operators.
    """

    def __init__(self, text: str, name: str, overload: str, namespace: str, read: ReadSignature) -> None:
        self.text, self.name, self.overload, self.namespace = text, name, overload, namespace
        self._read = read

    @cached_property
    def _signature(self) -> tuple[tuple[Argument, ...], tuple[Type, ...]]:
        arguments, returns = self._read()
        return tuple(arguments), tuple(returns)

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self._signature[0]

    @property
    def returns(self) -> tuple[Type, ...]:
        return self._signature[1]

    @cached_property
    def positions(self) -> dict[str, int]:
        """The arguments' indices by name."""
        return {a.name: i for i, a in enumerate(self.arguments)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Schema({self.text!r})"

    @property
    def qualified(self) -> str:
        """'add.Tensor', or 'relu' without an overload, 'prim::max.int' outside aten: what ts.aten's `op` says."""
        plain = f"{self.name}.{self.overload}" if self.overload else self.name
        return plain if self.namespace == "aten" else f"{self.namespace}::{plain}"


@dataclass(frozen=True)
class Arguments:
    """What an inference rule sees of a call: argument types with facts, and constants where they are known.

    A constant is a Python int, float, bool, str, None or list (of a list literal that nothing changes; its items may be
    UNKNOWN). A `number` argument has the type of its operand: int, float or bool. A None given for an Optional has the
    constant None whatever its type says.
    """

    schema: Schema
    types: tuple[Type, ...]
    constants: tuple[object, ...]  # UNKNOWN where not a compile-time constant
    span: Span | None = None
    lengths: tuple[Dim, ...] = ()  # of the lists among the arguments, as far as it is known

    def type(self, name: str) -> Type:
        return self.types[self.index(name)]

    def constant(self, name: str) -> object:
        return self.constants[self.index(name)]

    def length(self, name: str) -> Dim:
        """How many items a list argument has: a number, a symbol, or None when it is not known."""
        at = self.index(name)
        items = self.constants[at]
        if isinstance(items, list | tuple):
            return len(items)
        return self.lengths[at] if self.lengths else None

    def index(self, name: str) -> int:
        return self.schema.positions[name]

    def has(self, name: str) -> bool:
        return name in self.schema.positions

    def error(self, message: str, hint: str | None = None) -> CompileError:
        """A CompileError at the call, to be raised."""
        return CompileError.at(self.span, f"{self.schema.name}: {message}", hint)


class Unknown:
    """A value that is not known at compile time."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Symbol(Unknown):
    """An int that is not known, but is the size of the dims with this name. Rules meet it only as an item of a list."""

    name: str

    def __repr__(self) -> str:
        return self.name


Infer = Callable[[Arguments], Sequence[Type]]
"""Result types with all the facts that follow. Raises CompileError at args.span when the call cannot succeed."""


class Lowering:
    """How an operator becomes machine code: one of the kinds below."""


@dataclass(frozen=True)
class Pointwise(Lowering):
    """A ts.generic of kind "pointwise". `body(build, *elements, **attributes)` combines one element of each operand
    with a builder.ScalarBuilder and returns the result's element.

    Operands are the schema's tensor, number and float arguments (optional ones too: None where absent), in order;
    str and bool arguments are `attributes`, which must be compile-time constants. Elements arrive in the compute dtype
    (float32 for float16 and bfloat16), except those named in `keep`, which stay in their own.

    compute: "promote" (torch.result_type of the operands named in `promotes`; absent: the tensors), "float" (the same,
    then integers to float32), "floating" (the same, but integers are an error), "full" (the same, but all others than
    float32 and float64 are an error). result: "compute", "bool", "first" (the dtype of the first operand), "real" (of a
    complex number's parts) or "complex" (of numbers with such parts). A schema that writes `self` stores there,
    converted to its dtype.
    on_complex: the body is defined for complex elements too; else a complex compute dtype is an error.
    accepts: what it is defined for: "any", "numeric" (the compute dtype is not bool), "integral" (it is an integer type
    or bool), "whole" (it is an integer type), "no bool" (no operand is bool), "equal" (the operands have one dtype).
    `divisor` names an operand that must not hold a zero when the compute dtype is integral (ZeroDivisionError).
    `fits` says which of its numbers torch makes elements of what type, by rules of bounds.py; other numbers wrap, or
    become infinite. `exponent` names the operand that must not be negative when the compute dtype is integral.
    Half precision types are computed in float32: operands become elements of the half precision type first, but numbers
    whose rule is `bounds.computed`, and the operand that `precise` names where it is a number or a 0-dim tensor.
    `converts`: an in-place operator that stores in any dtype (copy_, fill_). `zero_dim` names a tensor that must be
    0-dim.
    """

    body: Callable[..., Any]
    compute: str = "promote"
    result: str = "compute"
    promotes: tuple[str, ...] | None = None
    keep: tuple[str, ...] = ()
    accepts: str = "any"
    divisor: str | None = None
    converts: bool = False
    zero_dim: str | None = None
    on_complex: bool = False
    fits: Mapping[str, Rule] = field(default_factory=dict)
    exponent: str | None = None
    precise: str | None = None


@dataclass(frozen=True)
class Reduction(Lowering):
    """A ts.generic of kind "reduction": `body(build, element)` maps an element, `combiner` folds. The dims are the
    schema's `dim` argument (an int or a list; absent, None or empty: all), `keepdim` must be a constant.

    result: "sum" (the dtype argument; else integers and bool give int64), "mean" (the folded sum divided by the number
    of elements; floating only), "same", or "bool" (uint8 stays uint8)."""

    combiner: str
    result: str = "same"
    body: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Contraction(Lowering):
    """A ts.matmul of the two named operands: 2-D, or 3-D batched."""

    a: str = "self"
    b: str = "mat2"


@dataclass(frozen=True)
class Composite(Lowering):
    """Written in the language: TorchScript source of one function with the schema's parameter names (those named in
    `drop` aside). `unrolled`, where given, makes better source for a call from its constants by name."""

    source: str | Callable[[], str]
    drop: tuple[str, ...] = ()
    unrolled: Callable[[Mapping[str, object]], str | None] | None = None

    def text(self) -> str:
        return self.source if isinstance(self.source, str) else self.source()


@dataclass(frozen=True)
class Scalar(Lowering):
    """Scalars in, scalar out, cannot fail: `body(build, *elements)` on i64, f64 and i1 elements with a
    builder.ScalarBuilder. The result is converted to the result type."""

    body: Callable[..., Any]


@dataclass(frozen=True)
class Rewrite(Lowering):
    """Becomes other operations once dtypes and constants are known: `build(emit, arguments)` with a lower.Emitter and
    the operands by schema name returns the results."""

    build: Callable[..., Any]


@dataclass(frozen=True)
class Lent:
    """The C function for results that end with the function that asks for them (passes/lend.py); nobody counts those
    that it does not make from new memory.

    kind: "parts" (strs that are parts of the first argument's text: `aj_str *` for each result), "list" (such in a
    list, as its elements: `aj_parts *, aj_list **`) or "text" (`aj_scratch *, aj_str **`). The caller gives room in
    its frame for what is short.
    `only` are arguments with the constants that they must be."""

    kind: str
    symbol: str
    only: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Runtime(Lowering):
    """A call of a C function of runtime/operators.h with the schema's arguments in order, those named in `drop` left
    out: `int32_t symbol(aj_instance *, arguments..., results *...)`. Arguments and results of a type variable (`t`) are
    `const aj_word *` and `aj_word *` to the value's words. `code` is the place among the C arguments (the instance not
    counted) where the type code of the first argument's elements (a dict's values) goes in as a `const char *`.
    The arguments named in `words` go in as words too, whatever their type. `kernels` names fixed kernels
    (codegen/kernels/fixed.py): those for the parts of the first argument's elements go in first. `item` is the operator
    with an index as one more argument that gives an element of this one's list without making the others. `lent` is
    what is called for results that nobody keeps."""

    symbol: str
    drop: tuple[str, ...] = ()
    code: int | None = None
    words: tuple[str, ...] = ()
    kernels: str | None = None
    item: str | None = None
    lent: Lent | None = None


@dataclass(frozen=True)
class Intrinsic(Lowering):
    """Lowered by codegen itself under this name (codegen/intrinsics.py): accesses that must be inline."""

    name: str


@dataclass(frozen=True)
class Tolerance:
    """A test's error bound: (absolute, relative) per result dtype text; torch.testing's default where absent."""

    by_dtype: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def unstated(*values: Value) -> Value:
    """The reference of an operator whose meaning is stated by its lowering alone."""
    raise NotImplementedError("an operator that is written in the language is run as its source")


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
    # ^ the result where it follows from the facts alone (dim, size, ...), else UNKNOWN
    methods: tuple[str, ...] = ()  # further names it is reachable under, e.g. Python operators or torch.special
    doc: str = ""
    shapes: str | Callable[[Arguments], str] = ""
    # ^ what its tensors' ranks, sizes and element types have to do with each other (shapes.py); entries' parameters get
    # the facts that follow. A function where it depends on constants.
    adds: int | str | None = None
    # ^ how many items it adds to the list that it writes (and nothing else): a number, or the argument that holds them

    @property
    def writes(self) -> tuple[int, ...]:
        return tuple(i for i, a in enumerate(self.schema.arguments) if a.writes)


def _turn(operator: Operator) -> tuple[bool, bool, bool]:
    """Ours come after torch's of the same name: a program means those. Tensors come before numbers: with a tensor and a
    bool, the tensor stays one. Complex numbers come last: an empty list may be one of any."""
    types = [a.type for a in operator.schema.arguments]
    tensors = any(isinstance(t, TensorType) for t in types)
    return operator.schema.namespace == "aotjit", not tensors, any("complex" in str(t) for t in types)


class Registry:
    """All declared operators by qualified name and by plain name: overloads in the order in which they are tried."""

    def __init__(self) -> None:
        self.by_qualified: dict[str, Operator] = {}
        self.by_name: dict[str, list[Operator]] = {}
        self._ordered: set[str] = set()

    def add(self, operator: Operator) -> Operator:
        key = operator.schema.qualified
        if key in self.by_qualified:
            raise ValueError(f"operator {key} is declared twice")
        self.by_qualified[key] = operator
        name = operator.schema.name
        self.by_name.setdefault(name, []).append(operator)
        self._ordered.discard(name)
        return operator

    def __getitem__(self, qualified: str) -> Operator:
        return self.by_qualified[qualified]

    def overloads(self, name: str) -> Sequence[Operator]:
        """The overloads of a plain name, in the order in which they are tried; empty when there are none."""
        known = self.by_name.get(name, [])
        if name not in self._ordered:
            known.sort(key=_turn)
            self._ordered.add(name)
        return known


REGISTRY = Registry()
