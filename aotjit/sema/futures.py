"""torch.jit.fork and wait.

A task is the region of a ts.fork. Its arguments are evaluated before it, by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Block, Region

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema.calls import METHOD_CALLS, arguments, call, special_call
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import plain
from aotjit.sema.values import Binding, ClosureValue, Plain, Value
from aotjit.syntax import ast
from aotjit.types import Type, erase, future_type, is_future


@special_call("torch.jit.fork", "torch.jit._fork", "builtins.fork")
def _fork(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    args, keywords = arguments(ctx, node)
    if not args:
        raise CompileError.at(node.span, "fork takes a function and its arguments")
    function, rest = args[0], args[1:]
    body = Block()
    with ctx.inside(body):
        if isinstance(function, ClosureValue):
            result = _run_closure(ctx, function, node.span)
        else:
            result = call(ctx, function, rest, keywords, node.span)
        value = plain(ctx, result, node.span)
        ctx.emit(ts.TaskReturnOp(value.ssa), node.span)
    return ctx.value(ts.ForkOp(future_type(erase(value.type)), Region(body)), node.span)


def _run_closure(ctx: FunctionContext, closure: ClosureValue, span: Span) -> Value:
    """The body of a function inside another one, as archives have them: it ends in its only return."""
    from aotjit.sema.statements import statements

    *body, last = closure.definition.body or (None,)
    if closure.definition.parameters or not isinstance(last, ast.Return):
        raise CompileError.at(span, "this function inside a function is not compiled by this version of aotjit")
    names = {**ctx.bindings, **closure.bindings}
    ctx.bindings = {n: Binding(b.value, None, ctx.depth, missing=b.missing) for n, b in names.items()}
    statements(ctx, [s for s in body if s is not None])
    return ctx.constant(None, span) if last.value is None else ctx.expression(last.value)


def _result(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    if not is_future(value.type):
        raise CompileError.at(span, f"wait takes a Future, found {value.type}")
    return ctx.value(ts.WaitOp(value.ssa), span)


@special_call("torch.jit.wait", "torch.jit._wait", "torch.wait")
def _wait(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    args, keywords = arguments(ctx, node)
    if len(args) != 1 or keywords:
        raise CompileError.at(node.span, "wait takes one future")
    return _result(ctx, plain(ctx, args[0], node.span), node.span)


def _wait_method(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
    _no_arguments(node, node.args)
    return _result(ctx, receiver, node.span)


def _done_method(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
    _no_arguments(node, node.args)
    return ctx.constant(True, node.span)


def _no_arguments(node: ast.Call, args: Sequence[ast.Expr]) -> None:
    if args or node.keywords:
        raise CompileError.at(node.span, "methods of a Future take no arguments")


METHOD_CALLS["Future", "wait"] = _wait_method
METHOD_CALLS["Future", "value"] = _wait_method
METHOD_CALLS["Future", "done"] = _done_method
