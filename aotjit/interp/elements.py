"""What scalar operations mean on numpy arrays: the bodies of kernels, vectorised, and scalar code on single values.

Integers of the IR are signless: arrays hold them as signed ones, unsigned operations look at the same bits. float16 is
numpy's; bfloat16 is a float32 array whose values are rounded where an operation makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ArrayAttr, ComplexType, FloatAttr, IntegerAttr, IntegerType
from xdsl.ir import Attribute, Operation

from aotjit.ops.complex_numbers import pair
from aotjit.ops.numeric import round_bf16
from aotjit.ops.special import erf, erfc

Array = Any
Evaluate = Callable[..., Array]

_UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_FLOATS = {"f16": np.float16, "f32": np.float32, "f64": np.float64, "bf16": np.float32}


def array_dtype(t: Attribute) -> Any:
    """The numpy dtype that holds elements of an IR scalar type."""
    if isinstance(t, IntegerType):
        width = t.width.data
        return np.dtype(bool if width == 1 else f"int{width}")
    if isinstance(t, ComplexType):
        return np.dtype(np.complex64 if t.element_type.name == "f32" else np.complex128)
    return np.dtype(_FLOATS[t.name]) if t.name in _FLOATS else np.dtype(np.int64)


def unsigned(x: Array) -> Array:
    x = np.asarray(x)
    return x.astype(np.uint8) if x.dtype == bool else x.view(_UNSIGNED[x.itemsize])


def _as(function: Evaluate) -> Evaluate:
    """On unsigned readings of the operands, the result read as signed again."""

    def apply(*operands: Array) -> Array:
        result = function(*map(unsigned, operands))
        return result.astype(bool) if operands[0].dtype == bool else result.view(operands[0].dtype)

    return apply


def _divide_signed(floor: bool) -> Evaluate:
    def apply(a: Array, b: Array) -> Array:
        if not np.all(b):
            raise ZeroDivisionError("integer division or modulo by zero")
        quotient = np.floor_divide(a, b)
        if floor:
            return quotient
        # Towards zero: one more than the floor where that is below an inexact negative quotient.
        return quotient + ((quotient * b != a) & ((a < 0) != (b < 0))).astype(a.dtype)

    return apply


def _remainder_signed(a: Array, b: Array) -> Array:
    return a - _divide_signed(False)(a, b) * b


def _checked(function: Evaluate) -> Evaluate:
    def apply(a: Array, b: Array) -> Array:
        if not np.all(b):
            raise ZeroDivisionError("integer division or modulo by zero")
        return function(a, b)

    return apply


_COMPARE: Sequence[Evaluate] = (
    lambda a, b: a == b, lambda a, b: a != b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b,
    lambda a, b: a >= b,
)  # fmt: skip


def _cmpi(op: Operation) -> Evaluate:
    attribute = op.properties["predicate"]
    assert isinstance(attribute, IntegerAttr)
    p = int(attribute.value.data)
    if p < 6:
        # i1 is 0 or -1 when read as signed.
        return lambda a, b: _COMPARE[p](
            *((-a.astype(np.int8), -b.astype(np.int8)) if a.dtype == bool and p > 1 else (a, b))
        )
    return lambda a, b: _COMPARE[p - 4](unsigned(a), unsigned(b))


def _cmpf(op: Operation) -> Evaluate:
    attribute = op.properties["predicate"]
    assert isinstance(attribute, IntegerAttr)
    p = int(attribute.value.data)
    order = (None, 0, 4, 5, 2, 3, 1)  # eq gt ge lt le ne, in the predicates' order

    def apply(a: Array, b: Array) -> Array:
        nan = np.isnan(a) | np.isnan(b)
        if p in (0, 15):
            return np.full(np.broadcast(a, b).shape, p == 15)
        if p in (7, 14):
            return nan if p == 14 else ~nan
        at = order[p if p < 7 else p - 7]
        assert at is not None
        result = _COMPARE[at](a, b)
        return result & ~nan if p < 7 else result | nan

    return apply


def _to_int(op: Operation) -> Evaluate:
    target = array_dtype(op.results[0].type)
    limit = 2.0 ** (8 * target.itemsize - 1)

    def apply(x: Array) -> Array:
        wide = np.asarray(x).astype(np.float64)
        inside = (wide >= -limit) & (wide < limit)
        return np.where(inside, np.where(inside, wide, 0).astype(target), np.iinfo(target).min)

    return apply


def _cast(op: Operation) -> Evaluate:
    target = array_dtype(op.results[0].type)
    if target.kind == "b":
        return lambda x: (x & 1).astype(bool)
    return lambda x: np.asarray(x).astype(target)


def _cast_unsigned(op: Operation) -> Evaluate:
    target = array_dtype(op.results[0].type)
    return lambda x: unsigned(x).astype(target)


def _float_cast(op: Operation) -> Evaluate:
    if op.results[0].type.name == "bf16":
        return lambda x: round_bf16(np.asarray(x).astype(np.float32))
    return _cast(op)


def constant(op: Operation) -> Array:
    """The value of an arith.constant or complex.constant."""
    value = op.properties["value"]
    t = array_dtype(op.results[0].type)
    if isinstance(value, FloatAttr):
        return np.array(value.value.data, t)
    if isinstance(value, ArrayAttr):
        return np.array(complex(*(part.value.data for part in value if isinstance(part, FloatAttr))), t)
    assert isinstance(value, IntegerAttr)
    return np.array(value.value.data & 1 if t.kind == "b" else value.value.data).astype(t)


def _power(x: Array, y: Array) -> Array:
    """C's pow; numpy takes sqrt for an exponent of 0.5, which differs at -inf."""
    return np.where(np.isneginf(x) & (y == 0.5), x.dtype.type(np.inf), np.power(x, y))


def _reinterpreted(op: Operation) -> Evaluate:
    return lambda x: np.ascontiguousarray(x).reshape(np.shape(x)).view(array_dtype(op.results[0].type))


FUNCTIONS: dict[str, Evaluate] = {
    "addf": lambda a, b: a + b, "subf": lambda a, b: a - b, "mulf": lambda a, b: a * b, "divf": lambda a, b: a / b,
    "negf": lambda a: -a, "remf": np.fmod, "maximumf": np.maximum, "minimumf": np.minimum, "maxnumf": np.fmax,
    "minnumf": np.fmin,
    "addi": lambda a, b: a ^ b if a.dtype == bool else a + b, "subi": lambda a, b: a ^ b if a.dtype == bool else a - b,
    "muli": lambda a, b: a * b, "divsi": _divide_signed(False), "floordivsi": _divide_signed(True),
    "remsi": _remainder_signed, "divui": _as(_checked(np.floor_divide)), "remui": _as(_checked(np.remainder)),
    "andi": lambda a, b: a & b, "ori": lambda a, b: a | b, "xori": lambda a, b: a ^ b,
    "shli": lambda a, b: a << b, "shrsi": lambda a, b: a >> b, "shrui": _as(lambda a, b: a >> b),
    "maxsi": np.maximum, "minsi": np.minimum, "maxui": _as(np.maximum), "minui": _as(np.minimum),
    "select": lambda c, a, b: np.where(c, a, b), "absf": np.abs, "absi": np.abs, "fma": lambda a, b, c: a * b + c,
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2, "log10": np.log10,
    "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "erf": erf, "erfc": erfc, "powf": _power, "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x), "cbrt": np.cbrt, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc,
    "roundeven": np.rint, "copysign": np.copysign, "re": np.real, "im": np.imag, "create": pair,
}  # fmt: skip
BY_OPERATION: dict[str, Callable[[Operation], Evaluate]] = {
    "cmpi": _cmpi, "cmpf": _cmpf, "fptosi": _to_int, "fptoui": _to_int, "sitofp": _cast, "uitofp": _cast_unsigned,
    "extsi": _cast, "extui": _cast_unsigned, "trunci": _cast, "extf": _float_cast, "truncf": _float_cast,
    "index_cast": _cast, "bitcast": _reinterpreted,
}  # fmt: skip


def is_element_operation(op: Operation) -> bool:
    """Does `evaluate` know the operation?"""
    name = op.name.partition(".")[2]
    return name == "constant" or name in FUNCTIONS or name in BY_OPERATION


def evaluate(op: Operation, operands: Sequence[Array]) -> Array:
    """The result of one scalar operation on arrays of its operands' types."""
    name = op.name.partition(".")[2]
    if name == "constant":
        return constant(op)
    if name in BY_OPERATION:
        return BY_OPERATION[name](op)(*operands)
    result = np.asarray(FUNCTIONS[name](*operands))
    if op.results[0].type.name == "bf16":
        return round_bf16(result)
    return result.astype(array_dtype(op.results[0].type), copy=False)
