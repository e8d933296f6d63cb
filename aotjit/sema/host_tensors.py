"""Tensors while constructors run: creation with torch's random numbers and operators by their reference
meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from aotjit.diagnostics import CompileError, Span
from aotjit.dtypes import DEFAULT_DTYPE, DTYPE_BY_CODE, DType
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Composite, Operator, unstated
from aotjit.ops.schema import mentions_variable
from aotjit.sema.deferred import Elements
from aotjit.sema.generator import Generator
from aotjit.sema.host_composites import run_composite, run_function
from aotjit.sema.modules import HostTensor, HostValue
from aotjit.types import Type

_BINARY_NAMES = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "@": "matmul", "//": "floor_divide", "%": "remainder",
}  # fmt: skip
_SCALING = {"+": "add", "-": "sub", "*": "mul"}
_REAL = frozenset((DType.F32, DType.F64))


def sizes_of(args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span) -> tuple[int, ...]:
    """The sizes in `zeros(2, 3)`, `zeros((2, 3))` or `zeros(size=[2, 3])`."""
    given = keywords.get("size", args[0] if len(args) == 1 and isinstance(args[0], list | tuple) else tuple(args))
    sizes = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in sizes):
        raise CompileError.at(span, "the sizes of a tensor are ints of at least 0")
    if math.prod(sizes) > 1 << 32:
        raise CompileError.at(span, "this tensor is too large")
    return sizes


def dtype_of(keywords: dict[str, HostValue], default: DType = DEFAULT_DTYPE) -> DType:
    code = keywords.get("dtype")
    return default if code is None else DTYPE_BY_CODE[code]


def from_numpy(array: Any, dtype: DType) -> HostTensor:
    """A tensor of the dtype with an array's elements."""
    return HostTensor(dtype, tuple(int(n) for n in array.shape), _array(array, dtype))


def _array(values: Any, dtype: DType) -> Any:
    import numpy

    return numpy.array(values, dtype="float32" if dtype is DType.BF16 else dtype.value.torch)


def constant_tensor(generator: Generator, value: float, sizes: tuple[int, ...], dtype: DType) -> HostTensor:
    """torch.zeros and torch.ones."""

    def compute() -> Any:
        import numpy

        return _array(numpy.full(sizes, value), dtype)

    return HostTensor(dtype, sizes, None, generator.later(compute))


def random_tensor(generator: Generator, kind: str, sizes: tuple[int, ...], dtype: DType) -> HostTensor:
    """torch.rand or torch.randn."""
    draw = generator.uniform if kind == "rand" else generator.normal

    def compute() -> Any:
        return _array(draw(math.prod(sizes), 0.0, 1.0, dtype is DType.F64).reshape(sizes), dtype)

    return HostTensor(dtype, sizes, None, generator.later(compute))


def is_deferred(value: HostValue) -> bool:
    """A tensor whose elements are computed later."""
    return isinstance(value, HostTensor) and value.array is None and isinstance(value.source, Elements)


# -- operators --------------------------------------------------------------------------------------------------------


def tensor_binary(generator: Generator, op: str, left: HostValue, right: HostValue, span: Span) -> HostValue:
    """A Python operator on tensors."""
    name = _BINARY_NAMES.get(op)
    if op in _SCALING and is_deferred(left) and isinstance(right, float) and left.dtype in _REAL:
        compute = partial(call_reference, _SCALING[op], [left, right], {}, span)
        return HostTensor(left.dtype, left.shape, None, generator.later(lambda: compute().numpy()))
    if name is None:
        raise CompileError.at(span, f"'{op}' of tensors is not evaluated at compile time")
    if not isinstance(left, HostTensor):
        if name in ("add", "mul"):
            left, right = right, left
        else:
            left = from_numpy(_scalar_array(left), right.dtype)
    return call_reference(name, [left, right], {}, span)


def _scalar_array(value: HostValue) -> Any:
    import numpy

    return numpy.asarray(value)


def call_reference(name: str, args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span) -> HostValue:
    """An operator's reference meaning on host values."""
    for operator in REGISTRY.overloads(name):
        bound = _bind(operator, args, keywords)
        if bound is None:
            continue
        if isinstance(operator.lowering, Composite) and operator.reference is unstated:
            return run_composite(operator, bound, span)
        return _run(operator, bound, span)
    if REGISTRY.overloads(name):
        return run_function(f"torch.{name}", args, keywords, span)
    raise CompileError.at(span, f"torch.{name} is not evaluated at compile time with these arguments")


def _bind(operator: Operator, args: Sequence[HostValue], keywords: dict[str, HostValue]) -> list[HostValue] | None:
    """The arguments in schema order; None when they do not fit."""
    from aotjit.types import ListType, OptionalType

    rest, unused = list(args), dict(keywords)
    result: list[HostValue] = []
    schema = operator.schema.arguments
    for i, argument in enumerate(schema):
        t = argument.type.element if isinstance(argument.type, OptionalType) else argument.type
        if rest and not argument.keyword_only:
            last = i + 1 == len(schema) or schema[i + 1].keyword_only
            one_by_one = isinstance(t, ListType) and last and not _fits(rest[0], t)
            if isinstance(t, ListType) and one_by_one and all(_fits(v, t.element) for v in rest):
                value: HostValue = list(rest)
                rest = []
            else:
                value = rest.pop(0)
        elif argument.name in unused:
            value = unused.pop(argument.name)
        elif argument.required:
            return None
        else:
            result.append(argument.default)
            continue
        if isinstance(t, ListType) and argument.size is not None and _fits(value, t.element):
            value = [value] * argument.size
        if value is not None and not _fits(value, t):
            return None
        result.append(list(value) if isinstance(value, tuple) else value)
    return None if rest or unused else result


def _fits(value: HostValue, t: Type) -> bool:
    """May `value` be an argument of type `t`?"""
    from aotjit.types import BOOL, COMPLEX, DEVICE, FLOAT, INT, NUMBER, STR, DictType, ListType, TensorType

    if isinstance(t, TensorType):
        return isinstance(value, HostTensor)
    if isinstance(t, ListType):
        return isinstance(value, list | tuple) and all(_fits(v, t.element) for v in value)
    if isinstance(t, DictType):
        return isinstance(value, dict)
    scalars: dict[Type, tuple[type, ...]] = {
        INT: (int,), FLOAT: (int, float), COMPLEX: (complex,), BOOL: (bool,), NUMBER: (int, float, complex),
        STR: (str,), DEVICE: (str,)
    }  # fmt: skip
    return t not in scalars or isinstance(value, scalars[t])


def _run(operator: Operator, arguments: list[HostValue], span: Span) -> HostValue:
    import numpy

    def lowered(value: HostValue) -> Any:
        if isinstance(value, list):
            return [lowered(v) for v in value]
        return value.numpy() if isinstance(value, HostTensor) else value

    def lifted(value: Any) -> HostValue:
        if isinstance(value, list | tuple):
            return type(value)(lifted(v) for v in value)
        return HostTensor.of(value) if isinstance(value, numpy.ndarray) else value

    kinds = operator.schema.arguments
    if kinds and isinstance(arguments[0], list | dict) and mentions_variable(kinds[0].type):
        # A container of anything: its elements are handed on, not computed with, and it may be changed.
        lowered = lifted = lambda value: value
    try:
        result = operator.reference(*map(lowered, arguments))
    except (ArithmeticError, TypeError, ValueError, LookupError, RuntimeError) as error:
        raise CompileError.at(span, f"torch.{operator.schema.name} fails at compile time: {error}") from None
    if operator.writes and isinstance(arguments[operator.writes[0]], HostTensor):
        return arguments[operator.writes[0]]
    return lifted(result)
