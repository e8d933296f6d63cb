"""Functions of numbers that give several results or take numbers apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from aotjit.ops.declare import operator
from aotjit.ops.opdef import Composite, Lowering, Runtime
from aotjit.ops.scalar import divide, fmod


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
    rest = fmod(a, b)
    if rest != 0 and (rest < 0) != (b < 0):
        rest += b
    return divide(a - rest, b), rest


def _ieee_remainder(a: float, b: float) -> float:
    try:
        return math.remainder(a, b)
    except ValueError:
        return math.nan


function("divmod.int(int x, int y) -> (int, int)", _divmod_int, Composite("""
def divmod(x: int, y: int):
    return x // y, x % y
"""))  # fmt: skip
# The operators of a float and an int round to single precision on the way in torch; here they are those of two floats.
_DIVMOD = """
def divmod(x: {0}, y: {1}):
    a = float(x)
    b = float(y)
    if b == 0.0:
        raise ZeroDivisionError("float divmod()")
    rest = math.fmod(a, b)
    if rest != 0.0 and (rest < 0.0) != (b < 0.0):
        rest = rest + b
    return (a - rest) / b, rest
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

# -- the gamma function -----------------------------------------------------------------------------------------------


def _gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.copysign(math.inf, x) if x == 0 else math.nan


# CPython's algorithm (Modules/mathmodule.c, m_tgamma): Lanczos' sum with N = 13, as a quotient of polynomials.
_NUMERATOR = (
    23531376880.410759, 42919803642.649098, 35711959237.355668, 17921034426.037209, 6039542586.352028,
    1439720407.3117216, 248874557.86205415, 31426415.585400194, 2876370.6289353724, 186056.26539522349,
    8071.6720023658162, 210.82427775157934, 2.5066282746310002,
)  # fmt: skip
_DENOMINATOR = (
    0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0, 2637558.0, 357423.0, 32670.0,
    1925.0, 66.0, 1.0,
)  # fmt: skip
_OFFSET = 6.024680040776729583740234375 - 0.5


def _horner(coefficients: tuple[float, ...], x: str, step: str) -> str:
    """The polynomial as an expression, the first coefficient's power the highest."""
    text = repr(coefficients[0])
    for c in coefficients[1:]:
        text = f"({text} {step} {x} + {c!r})"
    return text


_GAMMA = f"""
def gamma(given):
    x = float(given)
    if math.isnan(x) or (math.isinf(x) and x > 0.0):
        return x
    if x == 0.0:
        return math.copysign(math.inf, x)
    whole = x == round(x)
    if whole and x < 0.0 or math.isinf(x):
        return math.nan
    if whole and x < 24.0:
        product = 1.0
        for i in range(2, int(x)):
            product *= i
        return product
    size = abs(x)
    if size > 200.0:
        return math.inf if x > 0.0 else (-0.0 if math.fmod(math.floor(size), 2.0) == 0.0 else 0.0)
    y = size + {_OFFSET!r}
    rest = y - size - {_OFFSET!r} if size > {_OFFSET!r} else y - {_OFFSET!r} - size
    rest = rest * {_OFFSET + 0.5!r} / y
    if size < 5.0:
        total = {_horner(_NUMERATOR[::-1], "size", "*")} / {_horner(_DENOMINATOR[::-1], "size", "*")}
    else:
        total = {_horner(_NUMERATOR, "size", "/")} / {_horner(_DENOMINATOR, "size", "/")}
    power = size - 0.5 if size < 140.0 else size / 2 - 0.25
    if x > 0.0:
        result = total / math.exp(y)
        result += rest * result
        result *= y ** power
        return result if size < 140.0 else result * y ** power
    sine = math.sin(math.pi * (size - round(size)))
    if int(round(size)) % 2 == 1:
        sine = -sine
    result = -math.pi / sine / size * math.exp(y) / total
    result -= rest * result
    result /= y ** power
    return result if size < 140.0 else result / y ** power
"""
for _kind in ("int", "float"):
    function(f"gamma.{_kind}({_kind} a) -> float", _gamma, Composite(_GAMMA.replace("given", "a")))

# -- parts of a float -------------------------------------------------------------------------------------------------

function("frexp(float a) -> (float, int)", math.frexp, Runtime("aj_float_frexp"))
function("modf(float a) -> (float, float)", math.modf, Runtime("aj_float_modf"))


def _ldexp(x: float, exponent: int) -> float:
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(math.inf, x)


function("ldexp(float x, int i) -> float", _ldexp, Runtime("aj_float_ldexp"))
