"""hash of a value and id of an instance."""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.ir import Block, Region

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.sema.boxes import for_each_member
from aotjit.sema.builtins import plain_arguments
from aotjit.sema.calls import special_call
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import to_int, tuple_element
from aotjit.sema.operator_calls import emit_call, single
from aotjit.sema.values import Plain, Value
from aotjit.syntax import ast
from aotjit.types import (
    BOOL,
    DEVICE,
    FLOAT,
    INT,
    NONE,
    STR,
    ClassType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    UnionType,
)

CPU = 255
"""torch's hash of the device cpu: its kind 0, and -1 as a byte where others have a number."""


def _operator(ctx: FunctionContext, name: str, values: list[Plain], span: Span) -> Plain:
    return single(emit_call(ctx, REGISTRY[f"aotjit::{name}"], values, span, {}))


def hash_of(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    """The hash of a number, text, device or dtype, of a tuple of such, or of one or None; a tensor's is its address."""
    t = value.type
    if t in (INT, BOOL):
        return to_int(ctx, value, span)
    if t == NONE:
        return ctx.constant(0, span)
    if t == DEVICE:
        return ctx.constant(CPU, span)
    if t in (FLOAT, STR):
        return _operator(ctx, "hash_float" if t == FLOAT else "hash_str", [value], span)
    if isinstance(t, TensorType):
        return _operator(ctx, "hash_tensor", [value], span)
    if isinstance(t, OptionalType):
        return _hash_of_optional(ctx, value, span)
    if isinstance(t, UnionType):
        return for_each_member(ctx, value, lambda held: hash_of(ctx, held, span), span)
    if isinstance(t, TupleType):
        total = ctx.constant(0, span)
        for i in range(len(t.elements)):
            part = hash_of(ctx, tuple_element(ctx, value, i, span), span)
            total = _operator(ctx, "hash_join", [total, part], span)
        return total
    hint = "compare instances with 'is'" if isinstance(t, ClassType) else "use numbers, strs, or tuples of them"
    raise CompileError.at(span, f"a {t} has no hash", hint)


def _hash_of_optional(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    missing, present = Block(), Block()
    with ctx.inside(missing):
        ctx.emit(scf.YieldOp(hash_of(ctx, ctx.constant(None, span), span).ssa), span)
    with ctx.inside(present):
        held = ctx.value(ts.UnwrapOp(value.ssa), span)
        ctx.emit(scf.YieldOp(hash_of(ctx, held, span).ssa), span)
    test = ctx.value(ts.IsNoneOp(value.ssa), span)
    return ctx.value(scf.IfOp(test.ssa, [ts.ir_type(INT)], Region([missing]), Region([present])), span)


@special_call("builtins.hash", "torch.hash")
def _hash(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    return hash_of(ctx, plain_arguments(ctx, node, 1, 1, "hash")[0], node.span)


@special_call("builtins.id", "ops.prim.id")
def _id(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    value = plain_arguments(ctx, node, 1, 1, "id")[0]
    if not isinstance(value.type, ClassType):
        hint = "use hash, or the value itself"
        raise CompileError.at(node.span, f"id takes an instance of a class, found {value.type}", hint)
    return _operator(ctx, "address", [value], node.span)
