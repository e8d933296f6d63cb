"""Tests that fail at run time: assert, raise, and those that the compiler adds."""

from __future__ import annotations

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Region

from aotjit.diagnostics import Span
from aotjit.ir import ts
from aotjit.sema.context import FunctionContext, constant_of
from aotjit.sema.names import RAISED_KINDS
from aotjit.sema.operator_calls import single
from aotjit.sema.overloads import call_operator
from aotjit.sema.values import Plain


def raise_error(ctx: FunctionContext, name: str, message: Plain, span: Span) -> None:
    """Raises the exception of this name; the text says the name of one that a call cannot end with."""
    kind = name if name in RAISED_KINDS else "RuntimeError"
    if name not in (kind, "Exception"):
        silent = constant_of(message) == ""
        named = ctx.constant(name, span)
        message = named if silent else ctx.value(ts.FormatOp("{}: {}", [named.ssa, message.ssa]), span)
    ctx.emit(ts.RaiseOp(kind, message.ssa), span)


def raise_unless(ctx: FunctionContext, test: Plain, kind: str, message: Plain, span: Span) -> None:
    """Raises where the test is false."""
    failing = Block()
    with ctx.inside(failing):
        ctx.emit(ts.RaiseOp(kind, message.ssa), span)
        ctx.emit(scf.YieldOp(), span)
    passing = Block([scf.YieldOp()])
    ctx.emit(scf.IfOp(test.ssa, [], Region([passing]), Region([failing])), span)


def require_length(ctx: FunctionContext, value: Plain, count: int, span: Span) -> None:
    """Raises unless a list has `count` elements."""
    length = single(call_operator(ctx, "len", [value], {}, span, "len"))
    test = ctx.value(arith.CmpiOp(length.ssa, ctx.constant(count, span).ssa, "eq"), span)
    message = ctx.constant(f"a list of {count} elements is needed to unpack it into {count} targets", span)
    raise_unless(ctx, test, "ValueError", message, span)
