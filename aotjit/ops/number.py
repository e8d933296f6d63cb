"""Functions of numbers that give several results or take numbers apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from aotjit.ops.declare import operator
from aotjit.ops.opdef import Composite, Lowering, Runtime


def function(text: str, reference: Callable[..., Any], lowering: Lowering) -> None:
    """One overload."""
    operator(f"aten::{text}", reference=reference, lowering=lowering, effects="pure")


def _divmod_int(a: int, b: int) -> tuple[int, int]:
    if b == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    return divmod(a, b)


def _divmod_float(a: float, b: float) -> tuple[float, float]:
    if b == 0:
        raise ZeroDivisionError("float divmod()")
    return divmod(float(a), float(b))


def _ieee_remainder(a: float, b: float) -> float:
    try:
        return math.remainder(a, b)
    except ValueError:
        return math.nan


function("divmod.int(int x, int y) -> (int, int)", _divmod_int, Composite("""
def divmod(x: int, y: int):
    return x // y, x % y
"""))  # fmt: skip
_DIVMOD = """
def divmod(x: {0}, y: {1}):
    a = float(x)
    b = float(y)
    if b == 0.0:
        raise ZeroDivisionError("float divmod()")
    rest = math.fmod(a, b)
    quotient = (a - rest) / b
    if rest != 0.0:
        if (b < 0.0) != (rest < 0.0):
            rest = rest + b
            quotient = quotient - 1.0
    else:
        rest = math.copysign(0.0, b)
    whole = math.copysign(0.0, a / b)
    if quotient != 0.0:
        whole = quotient // 1.0
        if quotient - whole > 0.5:
            whole = whole + 1.0
    return whole, rest
"""
for _overload, _a, _b in (("float", "float", "float"), ("int_float", "int", "float"), ("float_int", "float", "int")):
    function(f"divmod.{_overload}({_a} x, {_b} y) -> (float, float)", _divmod_float,
             Composite(_DIVMOD.format(_a, _b)))  # fmt: skip

# CPython's algorithm (Modules/mathmodule.c, m_remainder): every step is exact.
_REMAINDER = """
def mathremainder(a: {0}, b: {1}) -> float:
    x = float(a)
    y = float(b)
    if math.isnan(x) or math.isnan(y) or math.isinf(x) or y == 0.0:
        return math.nan
    if math.isinf(y):
        return x
    size = abs(x)
    step = abs(y)
    rest = math.fmod(size, step)
    other = step - rest
    if rest < other:
        result = rest
    elif rest > other:
        result = -other
    else:
        result = rest - 2.0 * math.fmod(0.5 * (size - rest), step)
    return math.copysign(1.0, x) * result
"""
for _overload, _a, _b in (("int", "int", "int"), ("float", "float", "float"), ("int_float", "int", "float"),
                          ("float_int", "float", "int")):  # fmt: skip
    function(f"mathremainder.{_overload}({_a} a, {_b} b) -> float", _ieee_remainder,
             Composite(_REMAINDER.format(_a, _b)))  # fmt: skip

# -- parts of a float -------------------------------------------------------------------------------------------------

function("frexp(float a) -> (float, int)", math.frexp, Runtime("aj_float_frexp"))
function("modf(float a) -> (float, float)", math.modf, Runtime("aj_float_modf"))


def _ldexp(x: float, exponent: int) -> float:
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(math.inf, x)


function("ldexp(float x, int i) -> float", _ldexp, Runtime("aj_float_ldexp"))
