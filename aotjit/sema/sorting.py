"""Operators on lists that look at the elements, where those are instances or tensors. Sorting instances goes by the
class's __lt__ and is written in the language (aotjit/library), as is all that compares tensors; the others are refused,
as there is no equality of instances in general."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.sema import library
from aotjit.sema.calls import METHOD_CALLS, arguments, call
from aotjit.sema.context import FunctionContext
from aotjit.sema.overloads import OWN_OPERATORS
from aotjit.sema.user_classes import user_class
from aotjit.sema.values import ClassValue, Namespace, Plain, Value, ValueMethod
from aotjit.syntax import ast
from aotjit.types import ClassType, ListType, Type

COMPARING = ("__contains__", "index", "count", "remove", "min", "max", "eq", "ne", "lt", "le", "gt", "ge")


def _by_class(name: str) -> None:
    def rule(ctx: FunctionContext, args: Sequence[Plain], keywords: Mapping[str, Plain], span: Span) -> Value:
        listed = args[0].type
        t = listed.element if isinstance(listed, ListType) else None
        if not isinstance(t, ClassType) or "__lt__" not in user_class(ctx, t, span).methods:
            hint = f"write a method __lt__ of {t}" if isinstance(t, ClassType) else "sort instances, with an __lt__"
            raise CompileError.at(span, f"a {listed} cannot be sorted: its elements have no order", hint)
        value = t.layout.source
        assert isinstance(value, ClassValue)
        function = library.generic_function("sorting", name, {"T": value}, t.name)
        return ctx.compiler.call_function(ctx, function, args, dict(keywords), span)

    OWN_OPERATORS[name, "instances"] = rule


def _by_tensors(name: str) -> None:
    def rule(ctx: FunctionContext, args: Sequence[Plain], keywords: Mapping[str, Plain], span: Span) -> Value:
        file = "sorting" if name.startswith("sort") else "tensor_lists"
        function = library.generic_function(file, name, {"T": Namespace("torch.Tensor")}, "Tensor")
        return ctx.compiler.call_function(ctx, function, args, dict(keywords), span)

    OWN_OPERATORS[name, "tensors"] = rule


def _refused(name: str) -> None:
    def rule(ctx: FunctionContext, args: Sequence[Plain], keywords: Mapping[str, Plain], span: Span) -> Value:
        raise CompileError.at(
            span, f"'{name.strip('_')}' is not defined for a {args[0].type}: it compares elements", "write a loop"
        )

    OWN_OPERATORS[name, "instances"] = rule


def _unordered(name: str) -> None:
    def rule(ctx: FunctionContext, args: Sequence[Plain], keywords: Mapping[str, Plain], span: Span) -> Value:
        hint = "numbers, bools, strings, tuples of them and instances with __lt__ are sorted"
        raise CompileError.at(span, f"a {args[0].type} cannot be sorted: its elements have no order", hint)

    OWN_OPERATORS[name, "unordered"] = rule


def _sort(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
    """list.sort, which takes no key."""
    other = next((k for k in node.keywords if k.name != "reverse"), None)
    if other is not None:
        hint = "sort tuples whose first element is the key, or instances of a class with __lt__"
        raise CompileError.at(other.span, f"List.sort has no argument '{other.name}' in TorchScript", hint)
    args, keywords = arguments(ctx, node)
    return call(ctx, ValueMethod(receiver, "sort", node.span), args, keywords, node.span)


METHOD_CALLS["List", "sort"] = _sort
_unordered("sort")
_unordered("sorted")
_by_class("sort")
_by_class("sorted")
for _name in COMPARING:
    _refused(_name)
for _name in ("sort", "sorted", "index", "count", "remove", "eq", "ne"):
    _by_tensors(_name)
