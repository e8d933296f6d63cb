"""Arithmetic of Python's floats as IEEE 754 has it, where Python raises."""

from __future__ import annotations

import math
from collections.abc import Callable

from aotjit.ops import numpy_lazily as np
from aotjit.ops.opdef import Value

_NUMPY_NAMES = {"pow": "power", "atan2": "arctan2", "asin": "arcsin", "acos": "arccos", "acosh": "arccosh",
                "atanh": "arctanh"}  # fmt: skip


def ieee(function: Callable[..., Value], *values: Value) -> Value:
    """`function` with what Python raises for (division by zero, domain, range) as IEEE 754 has it."""
    try:
        return function(*values)
    except (ValueError, OverflowError):
        name = _NUMPY_NAMES.get(function.__name__, function.__name__)
        with np.errstate(all="ignore"):
            return float(getattr(np, name)(*(np.float64(v) for v in values)))


def divide(a: float, b: float) -> float:
    """a / b by IEEE 754."""
    if b != 0:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def fmod(a: float, b: float) -> float:
    return math.fmod(a, b) if b != 0 and not math.isinf(a) else math.nan


def remainder(a: float, b: float) -> float:
    """fmod(b + fmod(a, b), b), which is how TorchScript computes %."""
    return fmod(b + fmod(a, b), b)
