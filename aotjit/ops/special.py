"""Functions that numpy lacks, for references: computed in float64 element by element."""

from __future__ import annotations

import math
from collections.abc import Callable

from aotjit.ops import numpy_lazily as np
from aotjit.ops.numeric import Array


def _elementwise(function: Callable[[float], float]) -> Callable[[Array], Array]:
    def apply(x: Array) -> Array:
        return np.vectorize(function, otypes=[np.float64])(x).astype(x.dtype) if x.size else x

    return apply


erf = _elementwise(math.erf)
erfc = _elementwise(math.erfc)


def _lgamma(x: float) -> float:
    if math.isinf(x) or (x <= 0 and x == math.floor(x)):
        return math.inf
    return math.lgamma(x)


def _digamma(x: float) -> float:
    if x == 0:
        return math.copysign(math.inf, -x)
    if math.isinf(x) or math.isnan(x):
        return x if x > 0 else math.nan
    if x < 0:
        part = math.fmod(x, 1.0)
        return math.nan if part == 0 else _digamma(1 - x) - math.pi / math.tan(math.pi * part)
    total = 0.0
    while x < 12:
        total, x = total - 1 / x, x + 1
    z = 1 / (x * x)
    series = z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * 691 / 32760)))))
    return total + math.log(x) - 0.5 / x - series


def _trigamma(x: float) -> float:
    if math.isinf(x) or math.isnan(x):
        return math.nan if not x > 0 else 0.0
    if x < 0.5:
        sine = math.sin(math.pi * (x - round(x)))
        return math.inf if sine == 0 else (math.pi / sine) ** 2 - _trigamma(1 - x)
    total = 0.0
    while x < 12:
        total, x = total + 1 / (x * x), x + 1
    z = 1 / (x * x)
    return total + 1 / x + z / 2 + z / x * (1 / 6 - z * (1 / 30 - z * (1 / 42 - z * (1 / 30 - z * 5 / 66))))


def _erfinv(y: float) -> float:
    """Newton's method on erfc, from the logarithm's guess."""
    a = abs(y)
    if not a < 1:
        return math.copysign(math.inf, y) if a == 1 else math.nan
    log = math.log1p(-a * a)
    first = 2 / (math.pi * 0.147) + log / 2
    x = math.sqrt(max(math.sqrt(first * first - log / 0.147) - first, 0.0))
    for _ in range(4):
        x -= ((1 - a) - math.erfc(x) if a > 0.5 else math.erf(x) - a) * math.sqrt(math.pi) / 2 * math.exp(x * x)
    return math.copysign(x, y)


def _bessel(order: int, scaled: bool = False) -> Callable[[Array], Array]:
    """The power series for small arguments, the asymptotic one for large."""

    def one(x: float) -> float:
        a = abs(x)
        if math.isinf(a) or math.isnan(a):
            return math.copysign(0.0, x if order else 1.0) if scaled and not math.isnan(a) else math.nan
        large = a > 30
        term = 1 / math.sqrt(2 * math.pi * a) if large else math.exp(-a) * (a / 2) ** order
        total = 0.0
        for k in range(1, 24 if large else 120):
            total += term
            term *= -(4 * order - (2 * k - 1) ** 2) / (8 * k * a) if large else a * a / 4 / (k * (k + order))
        grown = total if scaled else total * math.exp(a) if a < 700 else math.inf
        return math.copysign(grown, x) if order else grown

    return _elementwise(one)


bessel_i0, bessel_i1 = _bessel(0), _bessel(1)
bessel_scaled = _bessel(0, True), _bessel(1, True)
lgamma, digamma, trigamma, erfinv = map(_elementwise, (_lgamma, _digamma, _trigamma, _erfinv))


def remainder(x: Array, y: Array) -> Array:
    """x - floor(x / y) * y by way of fmod, which is exact; the sign is the divisor's."""
    if x.dtype.kind in "iu":
        return np.remainder(x, y)
    r = np.fmod(x, y)
    return np.where((r != 0) & ((y < 0) != (r < 0)), r + y, r)


def power(x: Array, y: Array) -> Array:
    """x ** y; integers wrap, and a negative exponent gives 0 but for the bases 1 and -1."""
    if x.dtype.kind == "f":
        return np.power(x, y)
    if x.dtype.kind == "c":
        return np.power(x.astype(np.complex128), y.astype(np.complex128)).astype(x.dtype)
    sign = np.where(y % 2 == 0, np.ones_like(x), x)
    inverse = np.where(np.abs(x) == 1, sign, np.zeros_like(x))
    return np.where(y < 0, inverse, np.power(x, np.maximum(y, 0)))


def clamp(x: Array, low: Array | None, high: Array | None) -> Array:
    """min(max(x, low), high), NaN staying NaN; an absent limit does not limit."""
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def sign(x: Array) -> Array:
    """-1, 0 or 1; NaN has the sign 0, as torch computes it."""
    return x if x.dtype == bool else np.where(x != x, np.zeros_like(x), np.sign(x))


def on_floats(function: Callable[[Array], Array], x: Array) -> Array:
    """A rounding function: integers are what they are."""
    return function(x) if x.dtype.kind == "f" else x


def square_root(x: Array) -> Array:
    """The NaN of a negative number has no sign, as in torch."""
    root = np.sqrt(x)
    return root if np.iscomplexobj(root) else np.where(x < 0, root.dtype.type(math.nan), root)


def trunc_divide(x: Array, y: Array) -> Array:
    """x / y rounded towards zero."""
    if x.dtype.kind == "f":
        return np.trunc(x / y)
    floor = np.floor_divide(x, y)
    return floor + ((floor * y != x) & ((x < 0) != (y < 0))).astype(x.dtype)
