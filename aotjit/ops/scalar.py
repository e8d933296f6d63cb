"""Operators on int, float and bool: arithmetic, math functions, comparisons, conversions.

int wraps at 64 bits and float division by zero gives inf or nan, as in TorchScript.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from aotjit import types
from aotjit.dtypes import DType
from aotjit.ops import bodies
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.ieee import divide, fmod, ieee, remainder
from aotjit.ops.numeric import whole_number
from aotjit.ops.opdef import Arguments, Composite, Intrinsic, Lowering, Scalar, Value
from aotjit.ops.schema import parse_schema
from aotjit.types import Type

_KINDS = (("int", "int", "int"), ("float", "float", "float"), ("int_float", "int", "float"),
          ("float_int", "float", "int"), ("", "Scalar", "Scalar"))  # fmt: skip


_ON_COMPLEX = ("add", "sub", "mul", "neg", "eq", "ne")
"""Operators on `number` that take what turns out to be complex: the item of a tensor."""


def wrap(value: int) -> int:
    """An int as 64 bits hold it."""
    return (value + 2**63) % 2**64 - 2**63


def _number(args: Arguments) -> Sequence[Type]:
    """The result of an operator on `number`: complex or float where an operand is, else int."""
    if types.COMPLEX in args.types:
        return (types.COMPLEX,)
    return (types.FLOAT if types.FLOAT in args.types else types.INT,)


def scalar(text: str, reference: Callable[..., Value], body: Callable[..., Any] | None = None,
           lowering: Lowering | None = None, gives: Type | None = None) -> None:  # fmt: skip
    """One overload. `reference` takes Python values; its result is wrapped or converted to the schema's type. `gives`:
    which number it always is, where the schema does not say."""
    schema = parse_schema(text)

    def infer(args: Arguments) -> Sequence[Type]:
        if types.COMPLEX in args.types and schema.name not in _ON_COMPLEX:
            raise args.error("not defined for complex numbers")
        if gives is not None:
            return (gives,)
        return _number(args) if schema.returns[0] == types.NUMBER else schema.returns

    def evaluate(*values: Value) -> Value:
        value = ieee(reference, *values)
        result = gives or schema.returns[0]
        mixed = result == types.NUMBER and any(isinstance(v, float) for v in values)
        if not isinstance(value, complex) and (result == types.FLOAT or mixed):
            return float(value)
        return value if isinstance(value, bool | float | complex | str) else wrap(value)

    if lowering is None:
        assert body is not None
        lowering = Scalar(body)
    operator(text, infer=infer, reference=evaluate, lowering=lowering, effects="pure")


def to_int(x: float) -> int:
    return int(x) if -(2.0**63) <= x < 2.0**63 else -(2**63)


def _power(a: float, b: float) -> float:
    if a == 0 and b < 0:
        raise RuntimeError("0.0 cannot be raised to a negative power")
    return float(ieee(math.pow, a, b))


# -- arithmetic -------------------------------------------------------------------------------------------------------


def arithmetic(name: str, reference: Callable[..., Value], body: Callable[..., Any], kinds: Sequence[str],
               result: str = "", namespace: str = "aten") -> None:  # fmt: skip
    """The overloads `kinds` of a function of two numbers; `result` fixes the result's type."""
    for overload, a, b in _KINDS:
        if overload not in kinds:
            continue
        returned = result or ("Scalar" if a == "Scalar" else "int" if a == b == "int" else "float")
        dot = "." if overload else ""
        scalar(f"{namespace}::{name}{dot}{overload}({a} a, {b} b) -> {returned}", reference, body)


_ALL = ("int", "float", "int_float", "float_int", "")
_FLOATING = ("float", "int_float", "float_int")

arithmetic("add", lambda a, b: a + b, lambda b, x, y: x + y, _ALL)
arithmetic("sub", lambda a, b: a - b, lambda b, x, y: x - y, _ALL)
arithmetic("mul", lambda a, b: a * b, lambda b, x, y: x * y, _ALL)
arithmetic("div", divide, lambda b, x, y: b.real(x) / b.real(y), ("int", "float", ""), result="float")
arithmetic("floordiv", lambda a, b: _floor(divide(a, b)), lambda b, x, y: b.floor(b.real(x) / b.real(y)), _FLOATING)
arithmetic("remainder", remainder, lambda b, x, y: b.fmod(y + b.fmod(x, y), y), _FLOATING)
arithmetic("fmod", fmod, lambda b, x, y: b.fmod(b.real(x), b.real(y)), _ALL, result="float")
scalar("aotjit::powf(float a, float b) -> float", math.pow, lambda b, x, y: b.powf(x, y))
for _overload, _a, _b in (*_KINDS[:4], ("Scalar_Scalar", "Scalar", "Scalar")):
    scalar(f"aten::pow.{_overload}({_a} a, {_b} b) -> float", _power, lowering=Composite("""
def pow(a, b):
    if a == 0 and b < 0:
        raise RuntimeError("0.0 cannot be raised to a negative power")
    return torch.powf(float(a), float(b))
"""))  # fmt: skip
arithmetic("max", lambda a, b: a if a > b else b, lambda b, x, y: b.select(x > y, x, y), _ALL, namespace="prim")
arithmetic("min", lambda a, b: a if a < b else b, lambda b, x, y: b.select(x < y, x, y), _ALL, namespace="prim")
arithmetic("copysign", math.copysign, lambda b, x, y: b.copysign(b.real(x), b.real(y)), _ALL, result="float")
arithmetic("atan2", math.atan2, lambda b, x, y: b.atan2(b.real(x), b.real(y)),
           ("int", "float", "int_float", "float_int"), result="float")  # fmt: skip
scalar("aten::atan2.Scalar_Scalar(Scalar a, Scalar b) -> float", math.atan2,
       lambda b, x, y: b.atan2(b.real(x), b.real(y)))  # fmt: skip


def _floor(x: float) -> float:
    return float(np.floor(x))


def _floordiv(a: int, b: int) -> int:
    if b == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    return a // b


def _modulo(a: int, b: int) -> int:
    if b == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    return a % b


scalar("aten::floordiv.int(int a, int b) -> int", _floordiv, lowering=Intrinsic("int_floordiv"))
scalar("aten::remainder.int(int a, int b) -> int", _modulo, lowering=Intrinsic("int_mod"))
scalar(
    "aten::pow.int_to_int(int a, int b) -> int",
    lambda a, b: pow(a, b, 2**64) if b >= 0 else 0,
    lowering=Composite("""
def pow(a: int, b: int) -> int:
    result = 1
    factor = a
    rest = b
    if b < 0:
        result = 0
    while rest > 0:
        if rest & 1 == 1:
            result = result * factor
        factor = factor * factor
        rest = rest >> 1
    return result
"""),
)
scalar("aten::__range_length(int lo, int hi, int step) -> int", lambda lo, hi, step: len(range(lo, hi, step)),
       lowering=Composite("""
def range_length(lo: int, hi: int, step: int) -> int:
    if step == 0:
        raise ValueError("range() arg 3 must not be zero")
    if step > 0 and lo < hi:
        return 1 + (hi - 1 - lo) // step
    if step < 0 and lo > hi:
        return 1 + (lo - 1 - hi) // (0 - step)
    return 0
"""))  # fmt: skip
scalar("aten::__derive_index(int index, int start, int step) -> int",
       lambda index, start, step: start + index * step,
       lambda b, index, start, step: start + index * step)  # fmt: skip
scalar("aten::gcd.int(int a, int b) -> int", math.gcd, lowering=Composite("""
def gcd(a: int, b: int) -> int:
    x = abs(a)
    y = abs(b)
    while y != 0:
        rest = x % y
        x = y
        y = rest
    return x
"""))  # fmt: skip
scalar("aten::factorial.int(int a) -> int", math.factorial, lowering=Composite("""
def factorial(a: int) -> int:
    if a < 0:
        raise ValueError("factorial() not defined for negative values")
    result = 1
    for i in range(2, a + 1):
        result = result * i
    return result
"""))  # fmt: skip

for _kind in ("int", "float", "Scalar"):
    scalar(f"aten::neg.{_kind}({_kind} a) -> {_kind}", lambda a: -a, lambda b, x: -x)
    scalar(f"prim::abs.{_kind}({_kind} a) -> {_kind}", abs, lambda b, x: b.abs(x))

# -- comparisons ------------------------------------------------------------------------------------------------------

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}
for _name, _compare in _COMPARISONS.items():
    arithmetic(_name, _compare, lambda b, x, y, name=_name: b.compare(name, x, y), _ALL, result="bool")
    if _name in ("eq", "ne"):
        scalar(f"aten::{_name}.bool(bool a, bool b) -> bool", _compare,
               lambda b, x, y, name=_name: b.compare(name, x, y))  # fmt: skip

# -- bits -------------------------------------------------------------------------------------------------------------

_BITS: dict[str, Callable[[Any, Any], Any]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
}
for _name, _operation in _BITS.items():
    for _kind in ("bool", "int"):
        scalar(f"aten::__{_name}__.{_kind}({_kind} a, {_kind} b) -> {_kind}", _operation,
               lambda b, x, y, name=_name: b.bits(name, x, y))  # fmt: skip
scalar("aten::__lshift__.int(int a, int b) -> int", lambda a, b: a << b if 0 <= b < 64 else 0,
       lambda b, x, y: bodies.shift_left(b, x, y))  # fmt: skip
scalar("aten::__rshift__.int(int a, int b) -> int", lambda a, b: a >> b if 0 <= b < 64 else (-1 if a < 0 else 0),
       lambda b, x, y: bodies.shift_right(b, x, y))  # fmt: skip
scalar("aten::__not__(bool self) -> bool", lambda a: not a, lambda b, x: ~x)

# -- functions of one number ------------------------------------------------------------------------------------------

_FUNCTIONS: dict[str, Callable[..., float]] = {
    name: getattr(math, name)
    for name in ("exp", "expm1", "log", "log10", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
                 "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "degrees", "radians", "fabs")
}  # fmt: skip


def single(function: Callable[..., Value]) -> Callable[..., float]:
    """The function with its result rounded to float32, as torch.jit's overloads for a Scalar have it."""

    def rounded(a: Value) -> float:
        with np.errstate(over="ignore"):
            return float(np.float32(ieee(function, a)))

    return rounded


for _name, _function in _FUNCTIONS.items():
    for _kind in ("int", "float"):
        scalar(f"aten::{_name}.{_kind}({_kind} a) -> float", _function,
               lambda b, x, name=_name: getattr(b, name)(b.real(x)))  # fmt: skip
    scalar(f"aten::{_name}.Scalar(Scalar a) -> Scalar", single(_function),
           lambda b, x, name=_name: b.convert(b.convert(getattr(b, name)(b.real(x)), DType.F32), DType.F64),
           gives=types.FLOAT)  # fmt: skip
for _overload, _a, _b in (("int_int", "int", "int"), ("float_float", "float", "float"), ("int_float", "int", "float"),
                          ("float_int", "float", "int"), ("Scalar_Scalar", "Scalar", "Scalar")):  # fmt: skip
    scalar(f"aten::log.{_overload}({_a} a, {_b} b) -> float",
           lambda a, b: divide(ieee(math.log, a), ieee(math.log, b)),
           lambda b, x, y: b.log(b.real(x)) / b.log(b.real(y)))  # fmt: skip

for _name, _toward in (("floor", math.floor), ("ceil", math.ceil)):
    scalar(f"aten::{_name}.int(int a) -> int", lambda a: a, lambda b, x: x)
    for _kind in ("float", "Scalar"):
        scalar(f"aten::{_name}.{_kind}({_kind} a) -> {'Scalar' if _kind == 'Scalar' else 'int'}",
               lambda a, toward=_toward: a if isinstance(a, int) else whole_number(ieee(toward, a)),
               lowering=Intrinsic(f"float_{_name}"), gives=types.INT)  # fmt: skip
for _kind in ("int", "float", "Scalar"):
    scalar(f"aten::round.{_kind}({_kind} a) -> {'Scalar' if _kind == 'Scalar' else 'float'}",
           lambda a: float(np.rint(float(a))),
           lambda b, x: b.round(b.real(x)), gives=types.FLOAT)  # fmt: skip
scalar("aten::isnan.float(float a) -> bool", math.isnan, lambda b, x: b.isnan(x))
scalar("aten::isinf.float(float a) -> bool", math.isinf, lambda b, x: b.isinf(x))
scalar("aten::isfinite.float(float a) -> bool", math.isfinite, lambda b, x: ~(b.isnan(x) | b.isinf(x)))

# -- conversions ------------------------------------------------------------------------------------------------------

scalar("aten::Int.bool(bool a) -> int", lambda a: int(a), lambda b, x: b.to_int(x))
scalar("aten::Int.float(float a) -> int", to_int, lambda b, x: b.to_int(x))
scalar("aten::Int.Scalar(Scalar a) -> int", lambda a: to_int(a) if isinstance(a, float) else int(a),
       lambda b, x: b.to_int(x))  # fmt: skip
scalar("aten::Float.Scalar(Scalar a) -> float", float, lambda b, x: b.real(x))
scalar("aten::Float.int(int a) -> float", float, lambda b, x: b.real(x))
scalar("aten::Float.bool(bool a) -> float", float, lambda b, x: b.real(x))
scalar("aten::Bool.int(int a) -> bool", bool, lambda b, x: b.truth(x))
scalar("aten::Bool.float(float a) -> bool", bool, lambda b, x: b.truth(x))
