"""Calls of operators whose arguments are all in place."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import Span
from aotjit.ir import ts
from aotjit.ops.opdef import Argument, Composite, Operator
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import to_float
from aotjit.sema.values import Plain, TupleValue, Value
from aotjit.types import FLOAT, INT, DictType, ListType, OptionalType, SimpleType, TupleType, Type

Variables = dict[str, Type]


def is_variable(t: Type) -> bool:
    return isinstance(t, SimpleType) and t.name[0] == "t"


def substitute(t: Type, variables: Variables) -> Type:
    """The type with its variables replaced."""
    if is_variable(t):
        assert isinstance(t, SimpleType)
        return variables.get(t.name, t)
    if isinstance(t, ListType):
        return ListType(substitute(t.element, variables))
    if isinstance(t, DictType):
        return DictType(t.key, substitute(t.value, variables))
    if isinstance(t, TupleType):
        return TupleType(tuple(substitute(e, variables) for e in t.elements), t.name, t.fields)
    if isinstance(t, OptionalType):
        inner = substitute(t.element, variables)
        return inner if isinstance(inner, OptionalType) else OptionalType(inner)
    return t


# -- emission ---------------------------------------------------------------------------------------------------------


def single(value: Value) -> Plain:
    assert isinstance(value, Plain)
    return value


def default_value(ctx: FunctionContext, argument: Argument, span: Span) -> Plain:
    """The schema's default as an operand."""
    t, default = argument.type, argument.default
    inner = t.element if isinstance(t, OptionalType) else t
    if default is None:
        return ctx.value(ts.NoneOp(t), span)
    value = _literal(ctx, inner, default, argument.size, span)
    return ctx.value(ts.SomeOp(value.ssa), span) if isinstance(t, OptionalType) else value


def _literal(ctx: FunctionContext, t: Type, default: object, size: int | None, span: Span) -> Plain:
    if isinstance(t, ListType):
        items = default if isinstance(default, list | tuple) else [default] * (size or 1)
        return ctx.value(ts.ListOp([_literal(ctx, t.element, i, None, span).ssa for i in items], t), span)
    assert isinstance(default, bool | int | float | str)
    value = ctx.constant(default, span)
    return to_float(ctx, value, span) if t == FLOAT and value.type == INT else value


def emit_call(
    ctx: FunctionContext, operator: Operator, operands: Sequence[Plain], span: Span, variables: Variables
) -> Value:
    """Compiles a call with all arguments in place and of the right types."""
    returns = [substitute(t, variables) for t in operator.schema.returns]
    if isinstance(operator.lowering, Composite):
        dropped = operator.lowering.drop
        given = [o for o, a in zip(operands, operator.schema.arguments, strict=True) if a.name not in dropped]
        return ctx.compiler.call_composite(ctx, operator, given, span)
    op = ctx.emit(
        ts.AtenOp(operator.schema.qualified, [o.ssa for o in operands], returns, operator.effects, operator.writes),
        span,
    )
    if not returns:
        return ctx.constant(None, span)
    results = [Plain(r) for r in op.outputs]
    return results[0] if len(results) == 1 else TupleValue(tuple(results))
