"""str() of the interpreter's values, as TorchScript's print and format show them."""

from __future__ import annotations

from typing import Any

import numpy as np

from aotjit.interp_objects import Box
from aotjit.interp_show_tensor import show_tensor

Value = Any


def show(value: Value) -> str:
    """Strings are never quoted, inside containers neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return show_float(value)
    if isinstance(value, complex):
        return show_complex(value)
    if isinstance(value, np.ndarray):
        return show_tensor(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(show, value)) + (",)" if len(value) == 1 else ")")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{show(k)}: {show(v)}" for k, v in value.items()) + "}"
    return show(value.value) if isinstance(value, Box) else str(value)


def show_complex(value: complex) -> str:
    """As torch: an imaginary part that is NaN has a minus in front."""
    sign = "+" if value.imag >= 0 else "-"
    return f"{show_float(value.real)}{sign}{show_float(abs(value.imag))}j"


def show_float(value: float) -> str:
    """17 significant digits; a whole number that fits in 64 bits in full, with a point that tells it from an int."""
    return f"{int(value)}." if value.is_integer() and -(2.0**63) <= value < 2.0**63 else f"{value:.17g}"
