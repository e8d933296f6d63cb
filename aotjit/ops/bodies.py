"""Bodies of several operations, shared by declarations; `b` is a builder.ScalarBuilder."""

from __future__ import annotations

from collections.abc import Callable

from aotjit.dtypes import DType
from aotjit.ops.opdef import Build, Element

_UNSIGNED = (DType.U8, DType.BOOL)


def sign(b: Build, x: Element) -> Element:
    """-1, 0 or 1; of a complex number the one of length 1 in its direction."""
    if x.dtype is DType.BOOL:
        return x
    if x.dtype.is_complex:
        length = b.abs(x)
        re, im = b.parts(x)
        return b.select(b.compare("eq", length, 0), 0, b.complex(re / length, im / length))
    positive = b.select(x > 0, b.constant(1, x.dtype), b.constant(0, x.dtype))
    return positive if x.dtype in _UNSIGNED else b.select(x < 0, b.constant(-1, x.dtype), positive)


def remainder(b: Build, x: Element, y: Element) -> Element:
    """The remainder with the divisor's sign."""
    x, y = b.pair(x, y)
    rest = b.fmod(x, y)
    return rest if x.dtype in _UNSIGNED else b.select(_rounds_down(b, rest, y), rest + y, rest)


def _rounds_down(b: Build, rest: Element, y: Element) -> Element:
    """The quotient is inexact and negative."""
    return b.compare("ne", rest, 0) & b.compare("ne", y < 0, rest < 0)


def floor_divide(b: Build, x: Element, y: Element) -> Element:
    """floor(x / y); for floats by way of the exact remainder, as torch and Python compute it."""
    x, y = b.pair(x, y)
    if not x.dtype.is_floating:
        return b.floor_quotient(x, y)
    rest = b.fmod(x, y)
    exact = (x - rest) / y
    exact = b.select(_rounds_down(b, rest, y), exact - 1, exact)
    floor = b.floor(exact)
    floor = b.select(exact - floor > 0.5, floor + 1, floor)
    quotient = x / y
    zero = b.copysign(b.constant(0.0, x.dtype), quotient)
    result = b.select(b.compare("ne", exact, 0), floor, zero)
    return b.select(b.compare("eq", y, 0), quotient, result)


def power(b: Build, x: Element, y: Element) -> Element:
    """x ** y of tensor elements; the constant exponents that torch treats apart become products and roots."""
    x, y = b.pair(x, y)
    special = None if y.constant is None else _constant_power(b, x, y.constant)
    if special is not None:
        return special
    return _integer_power(b, x, y) if x.dtype.is_integral else b.powf(x, y)


def _integer_power(b: Build, x: Element, y: Element) -> Element:
    """Products of the squares that the exponent's bits say, all of them, as products wrap; of a negative exponent 0,
    but for the bases 1 and -1."""
    unsigned = x.dtype is DType.U8
    result, factor = b.constant(1, x.dtype), x
    bits = 8 * x.dtype.size - (not unsigned)
    for bit in range(bits):
        result = b.select(b.compare("ne", y & (1 << bit), 0), result * factor, result)
        factor = factor * factor if bit + 1 < bits else factor
    if unsigned:
        return result
    unit = b.select(b.compare("ne", y & 1, 0), x, b.constant(1, x.dtype))
    return b.select(y < 0, b.select(b.compare("eq", b.abs(x), 1), unit, 0), result)


def square_root(b: Build, x: Element) -> Element:
    """The NaN of a negative number has no sign in torch, which takes MKL's function; the machine's has one, and it is
    seen when it is printed. (LLVM knows that the root is a NaN and would take the machine's for a constant one.)"""
    root = b.sqrt(x)
    return root if x.dtype.is_complex else b.select(x < 0, b.abs(root), root)


def _constant_power(b: Build, x: Element, exponent: complex) -> Element | None:
    if x.dtype.is_inexact:
        powers: dict[float, Callable[[], Element]] = {
            0.0: lambda: b.constant(1, x.dtype), 1.0: lambda: x, 2.0: lambda: x * x, 3.0: lambda: x * x * x,
            0.5: lambda: square_root(b, x), -0.5: lambda: 1 / b.sqrt(x), -1.0: lambda: 1 / x, -2.0: lambda: 1 / (x * x),
        }  # fmt: skip
        return powers[exponent]() if exponent in powers else None  # type: ignore[index]  # a complex one may equal a float
    assert isinstance(exponent, int | float)
    if exponent < 0 or x.dtype is DType.BOOL:
        return None
    result, factor, rest = b.constant(1, x.dtype), x, int(exponent)
    while rest:
        result = result * factor if rest & 1 else result
        rest >>= 1
        factor = factor * factor if rest else factor
    return result


def shift_left(b: Build, x: Element, y: Element) -> Element:
    """x << y, 0 beyond the width."""
    inside = (y >= 0) & (y < 8 * x.dtype.size)
    return b.select(inside, b.shifted("left", x, b.select(inside, y, 0)), 0)


def shift_right(b: Build, x: Element, y: Element) -> Element:
    """x >> y, its sign beyond the width: 0 of a byte, which has none."""
    if x.dtype is DType.U8:
        wide, amount = b.convert(x, DType.I32), b.select(y < 8, b.convert(y, DType.I32), 8)
        return b.convert(b.shifted("right", wide, amount), DType.U8)
    amount = b.select((y >= 0) & (y < 8 * x.dtype.size), y, 8 * x.dtype.size - 1)
    return b.shifted("right", x, amount)
