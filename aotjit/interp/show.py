"""str() of the interpreter's values, as TorchScript's print and format show them."""

from __future__ import annotations

from typing import Any

import numpy as np

from aotjit.interp.objects import Box
from aotjit.interp.show_tensor import show_tensor
from aotjit.ops.dict import key_value
from aotjit.ops.ieee import float_text
from aotjit.types import DictType, ListType, OptionalType, TensorType, TupleType, Type

Value = Any


def show(value: Value, t: Type | None = None) -> str:
    """Strings are never quoted, inside containers neither. `t` is the value's type as far as it is known."""
    t = t.element if isinstance(t, OptionalType) else t
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return show_float(value)
    if isinstance(value, complex):
        return show_complex(value)
    if isinstance(value, np.ndarray):
        return show_tensor(value, t.dtype if isinstance(t, TensorType) else None)
    if isinstance(value, list):
        element = t.element if isinstance(t, ListType) else None
        return "[" + ", ".join(show(v, element) for v in value) + "]"
    if isinstance(value, tuple):
        elements = t.elements if isinstance(t, TupleType) else (None,) * len(value)
        items = map(show, value, elements)
        return "(" + ", ".join(items) + (",)" if len(value) == 1 else ")")
    if isinstance(value, dict):
        of_values = t.value if isinstance(t, DictType) else None
        return "{" + ", ".join(f"{show(key_value(k))}: {show(v, of_values)}" for k, v in value.items()) + "}"
    return show(value.value) if isinstance(value, Box) else str(value)


def show_complex(value: complex) -> str:
    """As torch: an imaginary part that is NaN has a minus in front."""
    sign = "+" if value.imag >= 0 else "-"
    return f"{show_float(value.real)}{sign}{show_float(abs(value.imag))}j"


def show_float(value: float) -> str:
    """17 significant digits; a whole number that fits in 64 bits in full, with a point that tells it from an int."""
    whole = value.is_integer() and -(2.0**63) <= value < 2.0**63
    return f"{int(value)}." if whole else float_text(value, ".17g")
