"""Arithmetic of Python's floats as IEEE 754 has it, where Python raises."""

from __future__ import annotations

import math
from collections.abc import Callable

from aotjit.ops import numpy_lazily as np
from aotjit.ops.opdef import Value

_NUMPY_NAMES = {"pow": "power", "atan2": "arctan2", "asin": "arcsin", "acos": "arccos", "acosh": "arccosh",
                "atanh": "arctanh"}  # fmt: skip

_UNSIGNED = frozenset({"log", "log2", "log10", "asin", "acos"})
"""Functions whose NaN has no sign in glibc where they are not defined."""
INVALID = -math.nan
"""What x86 gives where an operation has no value: its sign is seen when it is printed."""


def ieee(function: Callable[..., Value], *values: Value) -> Value:
    """`function` with what Python raises for (division by zero, domain, range) as IEEE 754 has it."""
    try:
        return function(*values)
    except (ValueError, OverflowError):
        name = _NUMPY_NAMES.get(function.__name__, function.__name__)
        with np.errstate(all="ignore"):
            result = float(getattr(np, name)(*(np.float64(v) for v in values)))
        return result if result == result else -INVALID if function.__name__ in _UNSIGNED else INVALID


def float_text(value: float, notation: str = "") -> str:
    """Python's format with the sign of a NaN, which Python leaves out."""
    return "-nan" if math.isnan(value) and math.copysign(1.0, value) < 0 else format(value, notation)


def divide(a: float, b: float) -> float:
    """a / b by IEEE 754."""
    if b != 0:
        return a / b
    if a == 0 or a != a:
        return INVALID if a == 0 else a
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def fmod(a: float, b: float) -> float:
    if math.isnan(a) or math.isnan(b):
        return a if math.isnan(a) else b
    return math.fmod(a, b) if b != 0 and not math.isinf(a) else INVALID


def remainder(a: float, b: float) -> float:
    """fmod(b + fmod(a, b), b), which is how TorchScript computes %."""
    return fmod(b + fmod(a, b), b)
