"""dtypes in numpy and back: what references need to follow torch's numerics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aotjit.dtypes import DTYPE_BY_TORCH, DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.promotion import Operand

Array = Any
"""A numpy.ndarray (named so that importing this module does not import numpy)."""

_NUMPY_NAMES = {d: d.value.torch for d in DType} | {DType.BOOL: "bool_"}


def numpy_dtype(dtype: DType) -> Any:
    """The numpy dtype of an element type. bfloat16 has none: its tensors are float32 arrays in the reference."""
    return np.dtype(np.float32 if dtype is DType.BF16 else getattr(np, _NUMPY_NAMES[dtype]))


def element_dtype(array: Array) -> DType:
    """The element type of an array."""
    return DTYPE_BY_TORCH[array.dtype.name]


def compute_dtype(dtype: DType) -> DType:
    """What elements of `dtype` are computed in: half precision types in float32."""
    return DType.F32 if dtype in (DType.F16, DType.BF16) else dtype


def round_bf16(x: Array) -> Array:
    """float32 values rounded to bfloat16, ties to even; NaN stays."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(x), np.float32(np.nan), rounded.view(np.float32))


def operand_of(value: object) -> Operand:
    """What promotion needs to know of a reference value."""
    if isinstance(value, bool):
        return Operand(DType.BOOL, is_number=True)
    if isinstance(value, int):
        return Operand(DType.I64, is_number=True)
    if isinstance(value, float):
        return Operand(DType.F32, is_number=True)
    if isinstance(value, complex):
        return Operand(DType.C64, is_number=True)
    array = np.asarray(value)
    return Operand(element_dtype(array), array.ndim)


def check_writable(target: Array, operands: Iterable[object], uniform: bool) -> None:
    """RuntimeError where torch refuses to write: one place in memory is several elements of `target` (which `uniform`
    values may be written to), or elements of an operand at other places than the target's, both filling their span."""
    if target.size and not uniform and any(n > 1 and s == 0 for n, s in zip(target.shape, target.strides, strict=True)):
        raise RuntimeError("more than one element of the written-to tensor refers to a single memory location")
    low, high = np.lib.array_utils.byte_bounds(target)
    for x in operands:
        if not isinstance(x, np.ndarray) or not x.size or not target.size:
            continue
        first, last = np.lib.array_utils.byte_bounds(x)
        same = first == low and x.shape == target.shape and x.strides == target.strides
        if not same and first < high and low < last and last - first == x.nbytes and high - low == target.nbytes:
            raise RuntimeError("some elements of the input tensor and the written-to tensor refer to a single memory "
                               "location")  # fmt: skip


def cast(value: object, dtype: DType) -> Array:
    """`value` as an array of `dtype`: wrapping for integers, as C converts; a new array only where needed."""
    with np.errstate(all="ignore"):
        if isinstance(value, int) and not isinstance(value, bool) and dtype.is_integral:
            return np.asarray(value & (2**64 - 1), dtype=np.uint64).astype(numpy_dtype(dtype))
        array = np.asarray(value)
        if array.dtype.kind == "c" and not (dtype.is_complex or dtype is DType.BOOL):
            array = array.real
        if array.dtype.kind == "f" and dtype in (DType.U8, DType.I8, DType.I16):
            array = array.astype(np.int64 if dtype is DType.U8 else np.int32)  # as torch: what does not fit wraps
        return array.astype(numpy_dtype(dtype), copy=False)


NO_WHOLE_NUMBER = "Cannot convert float to integer: it is too large, or nan"
NO_WHOLE_ELEMENT = "value cannot be converted to type int64_t without overflow"


def whole_number(x: float, message: str = NO_WHOLE_NUMBER) -> int:
    """A float truncated to an int; RuntimeError for what an int cannot hold."""
    if not -(2.0**63) <= x < 2.0**63:
        raise RuntimeError(message)
    return int(x)


def whole_element(x: float) -> int:
    """An element as an int; RuntimeError for what an int cannot hold."""
    return whole_number(x, NO_WHOLE_ELEMENT)
