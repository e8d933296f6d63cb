"""Values of type Any and Union: into a box, out of it where a test has told the type, and the tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Region

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema.context import FunctionContext
from aotjit.sema.values import Plain
from aotjit.types import ANY, NONE, OptionalType, Type, UnionType, erase, is_boxed, union_of


def box(ctx: FunctionContext, value: Plain, wanted: Type, span: Span | None) -> Plain | None:
    """The value as one of the boxed type `wanted`; None when it is none of its members."""
    given = value.type
    if given == NONE:
        allowed = wanted == ANY or (isinstance(wanted, UnionType) and NONE in wanted.members)
        return ctx.value(ts.NoneOp(wanted), span) if allowed else None
    if is_boxed(given):
        return ctx.value(ts.BoxOp(value.ssa, wanted), span) if _includes(wanted, given) else None
    if isinstance(given, OptionalType):
        return _box_optional(ctx, value, given, wanted, span)
    if isinstance(wanted, UnionType) and erase(given) not in wanted.members:
        from aotjit.sema.conversions import convert

        fitting = (convert(ctx, value, m, span) for m in wanted.members if not is_boxed(m))
        found = next((v for v in fitting if v is not None), None)
        if found is None:
            return None
        value = found
    return ctx.value(ts.BoxOp(value.ssa, wanted), span)


def _includes(wanted: Type, given: Type) -> bool:
    if wanted == ANY:
        return True
    return isinstance(wanted, UnionType) and isinstance(given, UnionType) and set(given.members) <= set(wanted.members)


def _box_optional(
    ctx: FunctionContext, value: Plain, given: OptionalType, wanted: Type, span: Span | None
) -> Plain | None:
    if wanted != ANY and not _includes(wanted, UnionType((given.element, NONE))):
        return None
    missing, present = Block(), Block()
    with ctx.inside(missing):
        ctx.emit(scf.YieldOp(ctx.value(ts.NoneOp(wanted), span).ssa), span)
    with ctx.inside(present):
        boxed = box(ctx, ctx.value(ts.UnwrapOp(value.ssa), span), wanted, span)
        assert boxed is not None
        ctx.emit(scf.YieldOp(boxed.ssa), span)
    test = ctx.value(ts.IsNoneOp(value.ssa), span)
    return ctx.value(scf.IfOp(test.ssa, [ts.ir_type(wanted)], Region([missing]), Region([present])), span)


def unbox(ctx: FunctionContext, value: Plain, to: Type, span: Span | None) -> Plain:
    """What a box holds, where it is known to be a `to`."""
    if to == value.type:
        return value
    if to == NONE:
        return ctx.constant(None, span)
    if is_boxed(to):
        return ctx.value(ts.BoxOp(value.ssa, to), span)
    if not isinstance(to, OptionalType):
        return ctx.value(ts.UnboxOp(value.ssa, to), span)
    missing, present = Block(), Block()
    with ctx.inside(missing):
        ctx.emit(scf.YieldOp(ctx.value(ts.NoneOp(to), span).ssa), span)
    with ctx.inside(present):
        held = ctx.value(ts.UnboxOp(value.ssa, to.element), span)
        ctx.emit(scf.YieldOp(ctx.value(ts.SomeOp(held.ssa, to), span).ssa), span)
    test = ctx.value(ts.IsNoneOp(value.ssa), span)
    return ctx.value(scf.IfOp(test.ssa, [ts.ir_type(to)], Region([missing]), Region([present])), span)


def holds(ctx: FunctionContext, value: Plain, wanted: Sequence[Type], span: Span) -> Plain:
    """Is the value in the box of one of these types?"""
    return either(ctx, [ctx.value(ts.IsTypeOp(value.ssa, erase(t)), span) for t in wanted], span)


def either(ctx: FunctionContext, tests: Sequence[Plain], span: Span) -> Plain:
    """Is one of the tests true?"""
    result = tests[0]
    for test in tests[1:]:
        result = ctx.value(arith.OrIOp(result.ssa, test.ssa), span)
    return result


def for_each_member(ctx: FunctionContext, value: Plain, make: Callable[[Plain], Plain], span: Span) -> Plain:
    """What `make` gives for the value in the box, in a branch for each type that it may have."""
    members = value.type.members if isinstance(value.type, UnionType) else (value.type,)
    if len(members) == 1:
        return make(unbox(ctx, value, members[0], span))
    first, others = Block(), Block()
    with ctx.inside(first):
        one = make(unbox(ctx, value, members[0], span))
    with ctx.inside(others):
        other = for_each_member(ctx, unbox(ctx, value, union_of(members[1:]), span), make, span)
    result = erase(one.type) if erase(one.type) == erase(other.type) else union_of((one.type, other.type))
    for block, made in ((first, one), (others, other)):
        with ctx.inside(block):
            ctx.emit(scf.YieldOp(_as(ctx, made, result, span).ssa), span)
    test = holds(ctx, value, members[:1], span)
    return ctx.value(scf.IfOp(test.ssa, [ts.ir_type(result)], Region([first]), Region([others])), span)


def _as(ctx: FunctionContext, value: Plain, wanted: Type, span: Span) -> Plain:
    from aotjit.sema.conversions import convert

    result = convert(ctx, value, wanted, span)
    assert result is not None
    return result


def checked_unbox(ctx: FunctionContext, value: Plain, to: Type, span: Span) -> Plain:
    """`unbox` where nothing has told the type: fails with RuntimeError where it is another one."""
    from aotjit.sema.checks import raise_unless

    members = to.members if isinstance(to, UnionType) else (to.element, NONE) if isinstance(to, OptionalType) else (to,)
    if to != ANY:
        message = ctx.constant(f"a value of type {value.type} is not of type {to} here", span)
        raise_unless(ctx, holds(ctx, value, members, span), "RuntimeError", message, span)
    return unbox(ctx, value, to, span)


def without(t: Type, taken: Sequence[Type]) -> Type | None:
    """The type of a boxed value that is of none of the types `taken`; None where nothing is left. Any stays Any."""
    if not isinstance(t, UnionType):
        return t
    left = [m for m in t.members if m not in taken]
    return union_of(left) if left else None


def refuse(value: Plain, span: Span) -> CompileError:
    return CompileError.at(span, f"{value.describe()} may be of several types here", "test it with isinstance first")
