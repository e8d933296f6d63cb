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


def trunc_divide(x: Array, y: Array) -> Array:
    """x / y rounded towards zero."""
    if x.dtype.kind == "f":
        return np.trunc(x / y)
    floor = np.floor_divide(x, y)
    return floor + ((floor * y != x) & ((x < 0) != (y < 0))).astype(x.dtype)
