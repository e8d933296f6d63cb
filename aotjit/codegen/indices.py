"""Indices as the language has them: from the end where they are negative, tested against a length."""

from __future__ import annotations

from llvmlite import ir
from xdsl.ir import Operation

from aotjit.codegen.function import HostFunction
from aotjit.codegen.layout import I64, STATUS
from aotjit.ir import ts


def constant_of(value: ir.Value) -> int | None:
    """The signed integer that `value` is, where it is a constant."""
    if not isinstance(value, ir.Constant):
        return None
    bits = int(value.constant) & 0xFFFFFFFFFFFFFFFF
    return bits - (1 << 64) if bits >> 63 else bits


def wrapped_index(f: HostFunction, index: ir.Value, length: ir.Value, message: str, op: Operation) -> ir.Value:
    """`index` counted from the end when negative; IndexError when it is outside."""
    b = f.builder
    known = constant_of(index)
    if known is not None:
        wrapped = b.add(index, length) if known < 0 else index
    else:
        wrapped = b.select(b.icmp_signed("<", index, I64(0)), b.add(index, length), index)
    f.fail_when(b.icmp_unsigned(">=", wrapped, length), STATUS["IndexError"], message, ts.span_of(op))
    return wrapped
