"""Members of Enum classes: numbers at run time, whose names and values are looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Region

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema.context import FunctionContext
from aotjit.sema.names import close_match
from aotjit.sema.overloads import OWN_OPERATORS
from aotjit.sema.values import Plain, Value
from aotjit.types import STR, EnumType


def enum_member(ctx: FunctionContext, t: EnumType, name: str, span: Span) -> Plain:
    """`Class.NAME`."""
    names = [n for n, _ in t.members]
    if name not in names:
        hint = close_match(name, names) or f"it has {', '.join(names)}"
        raise CompileError.at(span, f"the Enum {t.name} has no member '{name}'", hint)
    return ctx.value(ts.EnumOp(t, names.index(name)), span)


def enum_members(ctx: FunctionContext, t: EnumType, span: Span) -> list[Value]:
    """All members, in order."""
    return [ctx.value(ts.EnumOp(t, i), span) for i in range(len(t.members))]


def _comparison(name: str) -> None:
    def rule(ctx: FunctionContext, args: Sequence[Plain], keywords: Mapping[str, Plain], span: Span) -> Value:
        if len(args) != 2 or args[0].type != args[1].type:
            found = " and ".join(str(a.type) for a in args)
            raise CompileError.at(span, f"members of one Enum are compared, found {found}")
        numbers = [ctx.value(ts.EnumIndexOp(a.ssa), span).ssa for a in args]
        return ctx.value(arith.CmpiOp(numbers[0], numbers[1], name), span)

    OWN_OPERATORS[name, "enum"] = rule


_comparison("eq")
_comparison("ne")


def member_of_value(ctx: FunctionContext, t: EnumType, args: Sequence[Value], span: Span) -> Plain:
    raise CompileError.at(span, "making a member of an Enum from its value is not TorchScript", "name the member")


def _choose(ctx: FunctionContext, test: Plain, one: int | float | str, other: Plain, span: Span) -> Plain:
    """`one if test else other`."""
    if not isinstance(one, str):
        return ctx.value(arith.SelectOp(test.ssa, ctx.constant(one, span).ssa, other.ssa), span)
    blocks = Block(), Block()
    with ctx.inside(blocks[0]):
        ctx.emit(scf.YieldOp(ctx.constant(one, span).ssa), span)
    blocks[1].add_op(scf.YieldOp(other.ssa))
    return ctx.value(scf.IfOp(test.ssa, [ts.ir_type(STR)], Region([blocks[0]]), Region([blocks[1]])), span)


def enum_attribute(ctx: FunctionContext, value: Plain, t: EnumType, name: str, span: Span) -> Plain:
    """`member.name` and `member.value`."""
    if name not in ("name", "value"):
        raise CompileError.at(span, f"a member of an Enum has no attribute '{name}'", "it has name and value")
    held = [n if name == "name" else v for n, v in t.members]
    owner = value.ssa.owner
    if isinstance(owner, ts.EnumOp):
        return ctx.constant(held[owner.index.value.data], span)
    number = ctx.value(ts.EnumIndexOp(value.ssa), span)
    result = ctx.constant(held[-1], span)
    for i in range(len(held) - 2, -1, -1):
        test = ctx.value(arith.CmpiOp(number.ssa, ctx.constant(i, span).ssa, "eq"), span)
        result = _choose(ctx, test, held[i], result, span)
    return result
