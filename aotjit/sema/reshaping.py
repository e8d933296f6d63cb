"""In-place views: `x.unsqueeze_(0)` gives the tensor itself another shape, which everything that refers to it sees.

What a value's shape is must not change in SSA form, so that the operator makes a view, and every name that stands for
the tensor stands for the view from then on. That is the same as long as nothing else refers to the tensor: a container,
an attribute, the caller. tensor_objects.py looks at the finished function and refuses what it cannot show:

    y = x                     both names are bound anew
    xs.append(x); x.t_()      refused: the list holds the tensor as it was
    for ...: x.t_()           refused where x comes from outside the loop and something there means the x of before

An entry's argument is the caller's, whose own tensor keeps its shape. A function that reshapes its argument is called
where nothing uses the argument afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.ir import Operation, SSAValue

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema.calls import METHOD_CALLS, arguments, special_call
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import plain
from aotjit.sema.mutation import RESHAPING
from aotjit.sema.operator_calls import single
from aotjit.sema.overloads import call_operator
from aotjit.sema.tensor_objects import Reshaped, refusal
from aotjit.sema.values import Binding, Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.types import TensorType, Type


def _rule(name: str) -> Callable[..., Value]:
    def rule(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
        args, keywords = arguments(ctx, node)
        return _reshape(ctx, receiver, args, keywords, name, node.span)

    return rule


def _function(name: str) -> None:
    @special_call(f"torch.{name}")
    def rule(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
        args, keywords = arguments(ctx, node)
        given = args[:1] or [keywords.pop(n) for n in ("self", "input") if n in keywords][:1]
        if not given:
            raise CompileError.at(node.span, f"torch.{name}: the tensor is missing")
        return _reshape(ctx, plain(ctx, given[0], node.span), args[1:], keywords, name, node.span)


for _name in RESHAPING:
    METHOD_CALLS["Tensor", _name] = _rule(_name)
    _function(_name)


def _reshape(
    ctx: FunctionContext, tensor: Plain, args: Sequence[Value], keywords: dict[str, Value], name: str, span: Span
) -> Value:
    given = [tensor, *(plain(ctx, a, span) for a in args)]
    named = {n: plain(ctx, v, span) for n, v in keywords.items()}
    if name == "resize_as_":
        template = named.pop("the_template", None) or given.pop()
        given.append(single(call_operator(ctx, "size", [template], {}, span)))
    result = single(call_operator(ctx, RESHAPING[name], given, named, span, f"Tensor.{name}"))
    owner = result.ssa.owner
    assert isinstance(owner, Operation)
    ctx.reshaped.append(Reshaped(tensor.ssa, owner, result.ssa, span))
    versions = _versions(tensor.ssa)
    for bound, binding in list(ctx.bindings.items()):
        if isinstance(binding.value, Plain) and _versions(binding.value.ssa) & versions:
            ctx.bindings[bound] = Binding(result, binding.declared, binding.depth)
        elif isinstance(binding.value, TupleValue) and _within(binding.value, versions):
            raise refusal(span, f"the tuple '{bound}' holds it")
    return result


def _versions(value: SSAValue) -> set[SSAValue]:
    """The value, and what in-place operators before it were called on: the same tensor."""
    found = {value}
    while isinstance(value.owner, ts.AtenOp) and value.owner.written and isinstance(ts.type_of(value), TensorType):
        value = value.owner.arguments[value.owner.written[0]]
        found.add(value)
    return found


def _within(value: TupleValue, versions: set[SSAValue]) -> bool:
    return any(
        _within(e, versions) if isinstance(e, TupleValue) else isinstance(e, Plain) and e.ssa in versions
        for e in value.elements
    )
