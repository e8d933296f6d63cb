"""Which numbers an element type holds, as torch asks before it makes a number an element.

torch converts a number to an element type in one of two ways: by way of a tensor (`x + 300` of bytes wraps), or at
once, and then it refuses what does not fit (`x.fill_(300)`). An operator of the second kind says so of its numbers with
one of the rules below; the number is tested once a call, and not at all where it is known when compiling and fits.
https://github.com/pytorch/pytorch/blob/main/c10/util/TypeCast.h
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from aotjit.dtypes import DType

Number = bool | int | float | complex


@dataclass(frozen=True)
class Range:
    """What an element type holds; `name` is C++'s name of it. Negative ints wrap into an unsigned type as far as
    their size fits, negative floats do not."""

    name: str
    low: int | float
    high: int | float
    least: int | None = None
    """The least int, where that is not `low`."""


RANGES: dict[DType, Range] = {
    DType.U8: Range("uint8_t", 0, 2**8 - 1, -(2**8 - 1)),
    DType.I8: Range("int8_t", -(2**7), 2**7 - 1),
    DType.I16: Range("int16_t", -(2**15), 2**15 - 1),
    DType.I32: Range("int", -(2**31), 2**31 - 1),
    DType.I64: Range("int64_t", -(2.0**63), 2.0**63),
    DType.F16: Range("c10::Half", -65504.0, 65504.0),
    DType.BF16: Range("c10::BFloat16", -(2.0 - 2.0**-7) * 2.0**127, (2.0 - 2.0**-7) * 2.0**127),
    DType.F32: Range("float", -(2.0 - 2.0**-23) * 2.0**127, (2.0 - 2.0**-23) * 2.0**127),
}
"""All others hold every number."""


def fits(value: Number, dtype: DType | None) -> bool:
    """Whether torch converts a number to an element without an error."""
    held = None if dtype is None else RANGES.get(dtype)
    if held is None or isinstance(value, bool | complex):
        return True
    if isinstance(value, float) and not math.isfinite(value):
        return not (dtype and dtype.is_integral)
    least = held.low if isinstance(value, float) or held.least is None else held.least
    return least <= value <= held.high


def fitting(value: Number, dtype: DType | None) -> Number:
    """The number. RuntimeError where torch does not make it an element."""
    if dtype is not None and not fits(value, dtype):
        raise RuntimeError(refusal(dtype))
    return value


def refusal(dtype: DType) -> str:
    """torch's message."""
    return f"value cannot be converted to type {RANGES[dtype].name} without overflow"


def rounded(value: bool | int | float, dtype: DType) -> float:
    """The number as an element of a half precision type, by way of float32 as torch converts it."""
    single = _packed("f", float(value))
    if dtype is DType.F16:
        return _packed("e", single)
    if not math.isfinite(single):
        return single
    (bits,) = struct.unpack("I", struct.pack("f", single))
    bits += 0x7FFF + (bits >> 16 & 1)  # halves go to the even neighbour
    (result,) = struct.unpack("f", struct.pack("I", bits & 0xFFFF0000))
    return float(result)


def _packed(form: str, value: float) -> float:
    try:
        return float(struct.unpack(form, struct.pack(form, value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _truncated(value: float, bits: int) -> int:
    """The float as a signed integer; x86's number for what does not fit."""
    inside = -(2.0 ** (bits - 1)) - 1 < value < 2.0 ** (bits - 1)
    return int(value) if inside else -(2 ** (bits - 1))


def fitted(value: Number, dtype: DType) -> Number:
    """A constant as elements of `dtype` hold it."""
    if dtype is DType.BOOL:
        return bool(value)
    if dtype.is_floating:
        return float(value.real)
    width = 8 * dtype.size
    whole = _truncated(value, 64 if dtype is DType.U8 else max(width, 32)) if isinstance(value, float) else value.real
    number = int(whole) & ((1 << width) - 1)
    return number if dtype is DType.U8 or number < 1 << (width - 1) else number - (1 << width)


NEGATIVE_POWER = "Integers to negative integer powers are not allowed."


def whole_exponent(value: int) -> int:
    """The exponent of whole numbers. RuntimeError where it is negative."""
    if value < 0:
        raise RuntimeError(NEGATIVE_POWER)
    return value


def ints_fit(dtype: DType | None) -> bool:
    """Every int fits."""
    return fits(2**63 - 1, dtype) and fits(-(2**63), dtype)


def floats_fit(dtype: DType | None) -> bool:
    """Every float fits."""
    return dtype not in RANGES


def narrows(source: DType, target: DType | None) -> bool:
    """Elements of `source` may not fit `target`."""
    if target is None or source is target or source.is_complex or source is DType.BOOL:
        return False
    least, highest = (RANGES[source].low, RANGES[source].high) if source in RANGES else (-1e308, 1e308)
    if source.is_floating and target.is_integral:
        return True
    return not (fits(least, target) and fits(highest, target))


# -- rules: the type that a number must fit, by the dtype that is computed in; None where any number will do ----------

Rule = Callable[[DType], DType | None]


def element(dtype: DType) -> DType | None:
    """A number that becomes an element."""
    return dtype


def factor(dtype: DType) -> DType | None:
    """An element that torch demands to be an int where elements are."""
    return dtype


def computed(dtype: DType) -> DType | None:
    """A number that is computed with: half precision types are computed in float32."""
    return DType.F32 if dtype in (DType.F16, DType.BF16) else dtype


def scalar_tensor(dtype: DType) -> DType | None:
    """A number that torch makes a tensor of first, which it fills without a test for half precision types."""
    return None if dtype in (DType.F16, DType.BF16) else dtype


def default_tensor(dtype: DType) -> DType | None:
    """A number that becomes a tensor of its own type, a float one of float32, and then is converted without a test. We
    keep the precision of float64, and so its range."""
    return None if dtype is DType.F64 else DType.F32


def exponent(dtype: DType) -> DType | None:
    """An exponent: torch computes powers of float32 in the number's own precision."""
    return None if dtype in (DType.F32, DType.F64) else dtype


def counted(dtype: DType) -> DType | None:
    """A bound or step of a range, which torch counts in int64, float32 or float64."""
    return DType.I64 if dtype.is_integral else computed(dtype) if dtype.size < 4 else None
