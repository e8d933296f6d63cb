"""Functions that only archives of torch.jit.save call, as far as they are more than an operator."""

from __future__ import annotations

from aotjit.diagnostics import CompileError
from aotjit.dtypes import DType
from aotjit.sema.annotations import read_type
from aotjit.sema.builtins import format_literal, plain_arguments
from aotjit.sema.calls import arguments, call, special_call
from aotjit.sema.checks import raise_error
from aotjit.sema.context import FunctionContext, constant_of, is_tensor
from aotjit.sema.expressions import binary
from aotjit.sema.overloads import call_operator
from aotjit.sema.values import Plain, Value
from aotjit.syntax import ast
from aotjit.types import FLOAT, Type


@special_call("builtins.uninitialized")
def _uninitialized(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    if len(node.args) != 1:
        raise CompileError.at(node.span, "uninitialized takes a type")
    return ctx.undefined(read_type(node.args[0], ctx.scope), node.span)


@special_call("ops.prim.RaiseException")
def _raise(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    message = plain_arguments(ctx, node, 1, 2, "RaiseException")
    kind = constant_of(message[1]) if len(message) == 2 else None
    name = kind.rpartition(".")[2] if isinstance(kind, str) else "RuntimeError"
    raise_error(ctx, name, message[0], node.span)
    return ctx.constant(None, node.span)


@special_call("ops.prim.NumToTensor")
def _number_to_tensor(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    value = plain_arguments(ctx, node, 1, 1, "NumToTensor")[0]
    # torch makes float64 of a float, which as a 0-dim tensor does not widen what it is combined with.
    dtype = {"dtype": ctx.constant(DType.F64.code, node.span)} if value.type == FLOAT else {}
    return call_operator(ctx, "tensor", [value], dtype, node.span, "NumToTensor")


@special_call("torch.add", "torch.sub", "torch.mul", "torch.div")
def _arithmetic(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    """torch.jit computes with a constant 0-dim tensor on the right as with a number (its pass CanonicalizeOps): traces
    have such a constant wherever the model's source has a number."""
    args, keywords = arguments(ctx, node)
    number = ctx.compiler.constant_number(node.args[1]) if len(node.args) == len(args) == 2 else None
    if number is not None and isinstance(args[0], Plain) and is_tensor(args[0].type):
        args[1] = ctx.constant(number, node.args[1].span)
    return call(ctx, ctx.expression(node.function), args, keywords, node.span)


@special_call("torch.div_before_4", "torch.div__before_4")
def _old_division(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    """Division in an archive older than version 4 (aotjit.archive.upgrades)."""
    values = plain_arguments(ctx, node, 2, 2, "div")
    if not any(is_tensor(v.type) for v in values):
        return binary(ctx, "/", values[0], values[1], node.span)
    assert isinstance(node.function, ast.Attribute)
    return call_operator(ctx, node.function.name, values, {}, node.span, "torch.div")


@special_call("torch.format")
def _format_function(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    if not node.args:
        raise CompileError.at(node.span, "torch.format takes a format")
    return format_literal(ctx, ctx.plain(node.args[0]), ast.Call(node.span, node.function, node.args[1:], ()), expected)
