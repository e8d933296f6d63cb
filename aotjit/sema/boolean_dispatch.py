"""Functions of torch whose flags say how many results there are: torch.unique and torch.unique_consecutive."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.calls import arguments, special_call
from aotjit.sema.context import FunctionContext, constant_of, not_compiled
from aotjit.sema.conversions import plain
from aotjit.sema.expressions import unpack
from aotjit.sema.overloads import call_operator
from aotjit.sema.values import Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.types import Type

_FLAGS = ("return_inverse", "return_counts")


@special_call("torch.unique", "torch.functional.unique")
def _unique(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    given = _by_name(ctx, node, "torch.unique", ("input", "sorted", *_FLAGS, "dim"))
    if "dim" in given and constant_of(given["dim"]) is not None:
        raise not_compiled(node.span, "torch.unique along a dim", "torch.unique_consecutive has dims, of sorted rows")
    given.pop("dim", None)
    return _wanted(ctx, "_unique2", given, node.span)


@special_call("torch.unique_consecutive", "torch.functional.unique_consecutive")
def _unique_consecutive(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    if ctx.scope.is_archive:  # which holds the operator of that name
        args, keywords = arguments(ctx, node)
        named = {name: plain(ctx, value, node.span) for name, value in keywords.items()}
        return call_operator(ctx, "unique_consecutive", [plain(ctx, a, node.span) for a in args], named, node.span)
    given = _by_name(ctx, node, "torch.unique_consecutive", ("input", *_FLAGS, "dim"))
    return _wanted(ctx, "unique_consecutive", given, node.span)


def _by_name(ctx: FunctionContext, node: ast.Call, shown: str, names: Sequence[str]) -> dict[str, Plain]:
    args, keywords = arguments(ctx, node)
    if len(args) > len(names):
        raise CompileError.at(node.span, f"{shown} takes {len(names)} arguments, {len(args)} are given")
    values = dict(zip(names, args, strict=False))
    for name, value in keywords.items():
        if name not in names or name in values:
            problem = f"has no argument '{name}'" if name not in names else f"is given '{name}' twice"
            raise CompileError.at(node.span, f"{shown} {problem}")
        values[name] = value
    if "input" not in values:
        raise CompileError.at(node.span, f"{shown} needs a tensor")
    return {name: plain(ctx, value, node.span) for name, value in values.items()}


def _wanted(ctx: FunctionContext, operator: str, given: dict[str, Plain], span: Span) -> Value:
    """The first result of the operator, and those that flags ask for."""
    chosen = [0]
    for i, name in enumerate(_FLAGS):
        flag = constant_of(given[name]) if name in given else False
        if not isinstance(flag, bool):
            raise CompileError.at(span, f"'{name}' must be known at compile time", "write True or False")
        chosen += [i + 1] if flag else []
    source = given.pop("input")
    results = unpack(ctx, call_operator(ctx, operator, [source], given, span), span)
    values = [results[i] for i in chosen]
    return values[0] if len(values) == 1 else TupleValue(tuple(values))
