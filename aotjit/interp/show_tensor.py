"""A tensor's text as torch's C++ side prints it: what runtime/show.c does, on arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from aotjit.dtypes import DType
from aotjit.ops.ieee import float_text

Array = Any
LINE_WIDTH = 80
_TYPE_NAMES = {
    "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long", "float16": "Half",
    "float32": "Float", "float64": "Double", "bool": "Bool", "bfloat16": "BFloat16", "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
}  # fmt: skip


@dataclass(frozen=True)
class _Style:
    notation: str  # a format of Python
    width: int
    scale: float = 1.0

    def text(self, value: float) -> str:
        return float_text(value / self.scale, self.notation).rjust(self.width)


def show_tensor(array: Array, dtype: DType | None = None) -> str:
    """The elements, of complex ones the real parts, then the type and sizes in a last line. `dtype` where it is known:
    the array of a bfloat16 tensor does not tell."""
    sizes = ",".join(map(str, array.shape))
    last = f"[ CPU{_TYPE_NAMES[array.dtype.name if dtype is None else dtype.value.torch]}Type{{{sizes}}} ]"
    array = array.real
    if array.ndim == 0:
        return f"{_shortest(float(array))}\n{last}"
    if array.size == 0:
        return last
    if array.ndim == 1:
        return _vector(array) + last
    if array.ndim == 2:
        return _matrix(array, 0) + last
    blocks = []
    for index in product(*(range(n) for n in reversed(array.shape[:-2]))):
        where = tuple(reversed(index))  # the first dim runs fastest
        blocks.append(f"({','.join(str(i + 1) for i in where)},.,.) = \n{_matrix(array[where], 1)}")
    return "\n".join(blocks) + last


def _vector(array: Array) -> str:
    style = _style(array)
    return _scale(style) + "".join(style.text(float(v)) + "\n" for v in array)


def _matrix(array: Array, indent: int) -> str:
    style, margin = _style(array), " " * indent
    columns = array.shape[1]
    per_line = (LINE_WIDTH - indent) // (style.width + 1)
    text = ""
    for first in range(0, columns, per_line):
        end = min(first + per_line, columns)
        if per_line < columns:
            text += ("\n" if first else "") + f"Columns {first + 1} to {end}{margin}"
        if style.scale != 1:
            text += _scale(style) + margin
        lines = [" ".join(style.text(float(v)) for v in row[first:end]) + "\n" for row in array]
        text += (margin + " " * (style.scale != 1)).join(lines)
    return text


def _scale(style: _Style) -> str:
    return f"{_shortest(style.scale)} *\n" if style.scale != 1 else ""


def _shortest(value: float) -> str:
    """Python's repr without its ".0"."""
    return float_text(value).removesuffix(".0")


def _exponent(value: float) -> int:
    """Digits before the decimal point; 1 for zero."""
    return int(f"{value:.17e}".partition("e")[2]) + 1 if value else 1


def _style(array: Array) -> _Style:
    values = np.abs(array.astype(np.float64)).ravel()
    finite = values[np.isfinite(values)]
    whole = bool(np.all(finite == np.floor(finite)))
    low, high = (_exponent(float(f(finite))) if finite.size else 1 for f in (np.min, np.max))
    if whole:
        return _Style(".4e", 11) if high > 9 else _Style(".6g", high + 1)
    if high - low > 4:
        return _Style(".4e", 12 if max(abs(high), abs(low)) > 99 else 11)
    if high > 5 or high < 0:
        return _Style(".4f", 7, math.pow(10, high - 1))
    return _Style(".4f", 7 if high == 0 else high + 6)
