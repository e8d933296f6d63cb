"""Tests of numbers that are to become elements, emitted inline (ops/bounds.py): one comparison or two a call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from llvmlite import ir

from aotjit import types
from aotjit.codegen.function import HostFunction
from aotjit.codegen.indices import constant_of
from aotjit.codegen.layout import F64, I64, STATUS
from aotjit.dtypes import DTYPE_BY_CODE
from aotjit.ir import ts
from aotjit.ops import bounds


def _fitting(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """The number, where its dtype (a constant) holds it."""
    x, code = f.value(op.arguments[0]), constant_of(f.value(op.arguments[1]))
    assert code is not None
    dtype, b = DTYPE_BY_CODE[code], f.builder
    held = bounds.RANGES[dtype]
    if ts.type_of(op.arguments[0]) == types.INT:
        least = held.low if held.least is None else held.least
        outside = b.or_(b.icmp_signed("<", x, I64(int(least))), b.icmp_signed(">", x, I64(int(held.high))))
    elif dtype.is_integral:
        inside = b.and_(b.fcmp_ordered(">=", x, F64(float(held.low))), b.fcmp_ordered("<=", x, F64(float(held.high))))
        outside = b.not_(inside)
    else:
        size = b.call(b.module.declare_intrinsic("llvm.fabs", [F64]), [x])
        finite = b.fcmp_ordered("<", size, F64(math.inf))
        outside = b.and_(b.fcmp_ordered(">", size, F64(float(held.high))), finite)
    f.fail_when(outside, STATUS["RuntimeError"], bounds.refusal(dtype), ts.span_of(op))
    return (x,)


def _whole_exponent(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    x = f.value(op.arguments[0])
    f.fail_when(f.builder.icmp_signed("<", x, I64(0)), STATUS["RuntimeError"], bounds.NEGATIVE_POWER, ts.span_of(op))
    return (x,)


FITTING_INTRINSICS: dict[str, Callable[[HostFunction, ts.AtenOp], Sequence[ir.Value]]] = {
    "fitting": _fitting,
    "whole_exponent": _whole_exponent,
}
