"""str() of the interpreter's values, as TorchScript's print and format show them."""

from __future__ import annotations

from typing import Any

import numpy as np

Value = Any


def show(value: Value, quoted: bool = False) -> str:
    """`quoted` is for strings inside containers."""
    if isinstance(value, str):
        return f"'{value}'" if quoted else value
    if isinstance(value, float):
        return show_float(value)
    if isinstance(value, np.ndarray):
        return show_tensor(value)
    if isinstance(value, list):
        return "[" + ", ".join(show(v, True) for v in value) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(show(v, True) for v in value) + (",)" if len(value) == 1 else ")")
    return str(value)


def show_float(value: float) -> str:
    """17 significant digits, and a point where nothing else tells it from an int."""
    text = f"{value:.17g}" if value != 0.0 else "0"
    return text + "." if text.lstrip("-").isdigit() else text


def show_tensor(array: Value) -> str:
    """The elements in numpy's form; torch's own form differs in precision and width."""
    return "tensor(" + np.array2string(array, separator=", ", precision=4).replace("\n", "\n" + " " * 7) + ")"
