"""f16 and bf16 elements: their bits in i16, converted to and from f32 by integer arithmetic (ties to even)."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from llvmlite import ir

from aotjit.codegen.elements import F32, I16, I32, Elements


@dataclass(frozen=True)
class Format:
    name: str


F16 = Format("f16")
BF16 = Format("bf16")


def widen(e: Elements, bits: ir.Value, source: Format) -> ir.Value:
    """i16 bits to f32; exact."""
    b = e.builder
    wide = b.zext(bits, e.of(I32))
    if source is BF16:
        return b.bitcast(b.shl(wide, e.constant(I32, 16)), e.of(F32))
    sign = b.shl(b.and_(wide, e.constant(I32, 0x8000)), e.constant(I32, 16))
    magnitude = b.and_(wide, e.constant(I32, 0x7FFF))
    shifted = b.bitcast(b.shl(magnitude, e.constant(I32, 13)), e.of(F32))
    # The exponent biases differ by 112; the product is exact for subnormals too.
    finite = b.bitcast(b.fmul(shifted, e.constant(F32, 2.0**112)), e.of(I32))
    special = b.or_(b.shl(magnitude, e.constant(I32, 13)), e.constant(I32, 0x7F800000))
    is_special = b.icmp_unsigned(">=", magnitude, e.constant(I32, 0x7C00))
    return b.bitcast(b.or_(sign, b.select(is_special, special, finite)), e.of(F32))


def narrow(e: Elements, value: ir.Value, target: Format) -> ir.Value:
    """f32 to i16 bits, rounded to nearest even; NaN stays a quiet NaN."""
    b = e.builder
    bits = b.bitcast(value, e.of(I32))
    return b.trunc(_narrow_bf16(e, bits) if target is BF16 else _narrow_f16(e, bits), e.of(I16))


def _narrow_bf16(e: Elements, bits: ir.Value) -> ir.Value:
    b = e.builder
    high = b.lshr(bits, e.constant(I32, 16))
    odd = b.and_(high, e.constant(I32, 1))
    rounded = b.lshr(b.add(b.add(bits, odd), e.constant(I32, 0x7FFF)), e.constant(I32, 16))
    magnitude = b.and_(bits, e.constant(I32, 0x7FFFFFFF))
    is_nan = b.icmp_unsigned(">", magnitude, e.constant(I32, 0x7F800000))
    return b.select(is_nan, b.or_(high, e.constant(I32, 0x40)), rounded)


def _narrow_f16(e: Elements, bits: ir.Value) -> ir.Value:
    b = e.builder
    sign = b.and_(b.lshr(bits, e.constant(I32, 16)), e.constant(I32, 0x8000))
    magnitude = b.and_(bits, e.constant(I32, 0x7FFFFFFF))
    odd = b.and_(b.lshr(magnitude, e.constant(I32, 13)), e.constant(I32, 1))
    # 0x38000000 is the difference of the biases; what the rounding carries into the exponent is right.
    rebiased = b.sub(b.add(b.add(magnitude, odd), e.constant(I32, 0xFFF)), e.constant(I32, 0x38000000))
    normal = b.lshr(rebiased, e.constant(I32, 13))
    # Adding 0.5 makes the unit in the last place of a subnormal f16 that of the sum: the addition rounds.
    sum_bits = b.bitcast(b.fadd(b.bitcast(magnitude, e.of(F32)), e.constant(F32, 0.5)), e.of(I32))
    subnormal = b.sub(sum_bits, e.constant(I32, 0x3F000000))
    small = b.icmp_unsigned("<", magnitude, e.constant(I32, 0x38800000))
    large = b.icmp_unsigned(">=", magnitude, e.constant(I32, 0x477FF000))
    is_nan = b.icmp_unsigned(">", magnitude, e.constant(I32, 0x7F800000))
    finite = b.select(small, subnormal, normal)
    special = b.select(is_nan, e.constant(I32, 0x7E00), e.constant(I32, 0x7C00))
    return b.or_(sign, b.select(b.or_(large, is_nan), special, finite))


def f16_bits(number: float) -> int:
    """The bits of the f16 nearest to `number`."""
    try:
        return int(struct.unpack("<H", struct.pack("<e", number))[0])
    except OverflowError:
        return 0x7C00 if number > 0 else 0xFC00


def bf16_bits(number: float) -> int:
    """The bits of the bf16 nearest to `number` (through f32)."""
    if math.isnan(number):
        return 0x7FC0
    try:
        bits = int(struct.unpack("<I", struct.pack("<f", number))[0])
    except OverflowError:
        return 0x7F80 if number > 0 else 0xFF80
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16) & 0xFFFF
