"""`with`: contexts that mean nothing where no gradients are computed, and instances with __enter__ and __exit__."""

from __future__ import annotations

from collections.abc import Callable

from aotjit.sema import assignments
from aotjit.sema.annotations import path_of
from aotjit.sema.calls import arguments, special_call
from aotjit.sema.context import FunctionContext, not_compiled
from aotjit.sema.user_classes import call_special
from aotjit.sema.values import Plain, Value
from aotjit.syntax import ast
from aotjit.types import ClassType, Type

_MEANINGLESS = frozenset(("torch.no_grad", "torch.inference_mode", "torch.enable_grad"))
_PROFILED = frozenset(("torch.autograd.profiler.record_function", "torch.profiler.record_function"))
_ARCHIVED = tuple(f"torch.autograd.grad_mode.{name}" for name in ("no_grad", "inference_mode", "enable_grad"))
"""Classes as archives name them."""


def enter(ctx: FunctionContext, item: ast.Expr, target: ast.Expr | None) -> Callable[[], None]:
    """Compiles entering `with item as target`; the result compiles leaving it."""
    path = path_of(item.function, ctx.scope) if isinstance(item, ast.Call) else None
    if isinstance(item, ast.Call) and (path in _MEANINGLESS or path in _PROFILED):
        for argument in item.args if path in _PROFILED else ():
            ctx.expression(argument)
        if target is not None:
            assignments.assign(ctx, target, ctx.constant(None, item.span), item.span)
        return lambda: None
    value = ctx.expression(item)
    if isinstance(value, Plain) and str(value.type).endswith(_ARCHIVED):
        return lambda: None
    if not isinstance(value, Plain) or not isinstance(value.type, ClassType):
        hint = "torch.no_grad() and instances of classes with __enter__ and __exit__ are"
        raise not_compiled(item.span, f"'with' and {value.describe()}", hint)
    return _instance(ctx, value, item, target)


def _instance(ctx: FunctionContext, value: Plain, item: ast.Expr, target: ast.Expr | None) -> Callable[[], None]:
    entered = call_special(ctx, value, "__enter__", [], item.span, "with")
    if entered is None:
        raise not_compiled(item.span, f"'with' and {value.describe()}, which has no __enter__")
    if target is not None:
        assignments.assign(ctx, target, entered, item.span)

    def leave() -> None:
        nothing = [ctx.constant(None, item.span)] * 3
        if call_special(ctx, value, "__exit__", nothing, item.span, "with") is None:
            raise not_compiled(item.span, f"'with' and {value.describe()}, which has no __exit__")

    return leave


@special_call("torch.is_grad_enabled")
def _is_grad_enabled(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    """Compiled models compute no gradients."""
    return ctx.constant(False, node.span)


@special_call("torch.set_grad_enabled", "torch._C._set_grad_enabled")
def _set_grad_enabled(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    arguments(ctx, node)
    return ctx.constant(None, node.span)
