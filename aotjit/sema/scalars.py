"""Arithmetic on int, float and bool that cannot fail, straight to `arith` operations."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from aotjit.diagnostics import Span
from aotjit.sema.context import NUMERIC, FunctionContext
from aotjit.sema.conversions import to_float, to_int
from aotjit.sema.values import Plain
from aotjit.types import BOOL, COMPLEX, FLOAT, INT

_Combine = Callable[[SSAValue, SSAValue], Operation]

_INT_ARITHMETIC: dict[str, _Combine] = {"+": arith.AddiOp, "-": arith.SubiOp, "*": arith.MuliOp}
_FLOAT_ARITHMETIC: dict[str, _Combine] = {"+": arith.AddfOp, "-": arith.SubfOp, "*": arith.MulfOp}
_BITWISE: dict[str, _Combine] = {"&": arith.AndIOp, "|": arith.OrIOp, "^": arith.XOrIOp}
_INT_PREDICATES = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}
# Ordered but for !=: a comparison with NaN is false, and != is true.
_FLOAT_PREDICATES = {"==": "oeq", "!=": "une", "<": "olt", "<=": "ole", ">": "ogt", ">=": "oge"}


def arithmetic(ctx: FunctionContext, op: str, left: Plain, right: Plain, span: Span) -> Plain | None:
    """left op right for + - * / and bitwise operations; None when it is not for this module."""
    if left.type not in NUMERIC or right.type not in NUMERIC:
        return None
    if op in _BITWISE:
        return _bitwise(ctx, op, left, right, span)
    if op == "/" or (op in _FLOAT_ARITHMETIC and FLOAT in (left.type, right.type)):
        kind: _Combine = arith.DivfOp if op == "/" else _FLOAT_ARITHMETIC[op]
        return ctx.value(kind(to_float(ctx, left, span).ssa, to_float(ctx, right, span).ssa), span)
    if op in _INT_ARITHMETIC:
        return ctx.value(_INT_ARITHMETIC[op](to_int(ctx, left, span).ssa, to_int(ctx, right, span).ssa), span)
    return None


def beside_complex(ctx: FunctionContext, left: Plain, right: Plain, span: Span) -> tuple[Plain, Plain]:
    """Two operands; a bool beside a complex number is a float."""
    if (left.type, right.type) == (COMPLEX, BOOL):
        return left, to_float(ctx, right, span)
    return (to_float(ctx, left, span), right) if (left.type, right.type) == (BOOL, COMPLEX) else (left, right)


def _bitwise(ctx: FunctionContext, op: str, left: Plain, right: Plain, span: Span) -> Plain | None:
    if left.type != right.type or left.type == FLOAT:
        return None
    return ctx.value(_BITWISE[op](left.ssa, right.ssa), span)


def negate(ctx: FunctionContext, operand: Plain, span: Span) -> Plain | None:
    """-operand of a scalar."""
    if operand.type == FLOAT:
        return ctx.value(arith.NegfOp(operand.ssa), span)
    if operand.type in (INT, BOOL):
        zero = ctx.constant(0, span)
        return ctx.value(arith.SubiOp(zero.ssa, to_int(ctx, operand, span).ssa), span)
    return None


def compare(ctx: FunctionContext, op: str, left: Plain, right: Plain, span: Span) -> Plain | None:
    """A comparison of two scalars; None when they are not scalars."""
    if left.type not in NUMERIC or right.type not in NUMERIC or op not in _INT_PREDICATES:
        return None
    if FLOAT in (left.type, right.type):
        operands = to_float(ctx, left, span).ssa, to_float(ctx, right, span).ssa
        return ctx.value(arith.CmpfOp(*operands, _FLOAT_PREDICATES[op]), span)
    if left.type == BOOL and right.type == BOOL and op in ("==", "!="):
        return ctx.value(arith.CmpiOp(left.ssa, right.ssa, _INT_PREDICATES[op]), span)
    return ctx.value(arith.CmpiOp(to_int(ctx, left, span).ssa, to_int(ctx, right, span).ssa, _INT_PREDICATES[op]), span)


def truth(ctx: FunctionContext, value: Plain, span: Span) -> Plain | None:
    """bool(value) of a scalar."""
    if value.type == BOOL:
        return value
    if value.type == INT:
        return ctx.value(arith.CmpiOp(value.ssa, ctx.constant(0, span).ssa, "ne"), span)
    if value.type == FLOAT:
        return ctx.value(arith.CmpfOp(value.ssa, ctx.constant(0.0, span).ssa, "une"), span)
    return None


def invert(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    """not value, of a bool."""
    return ctx.value(arith.XOrIOp(value.ssa, ctx.constant(True, span).ssa), span)
