"""What a `for` or a comprehension runs over: values known one by one (unrolled), or a count and an element for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.class_types import enum_type
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import tuple_element
from aotjit.sema.enums import enum_members
from aotjit.sema.operator_calls import single
from aotjit.sema.overloads import call_operator
from aotjit.sema.values import ClassValue, EnumerateValue, ModuleValue, Plain, RangeValue, TupleValue, Value, ZipValue
from aotjit.types import STR, DictType, ListType, TensorType, TupleType


@dataclass
class Items:
    """`elements` when the loop is unrolled; else iterations `lower` <= i < `upper`, and `at(i)` the element."""

    elements: Sequence[Value] | None
    lower: Plain | None = None
    upper: Plain | None = None
    at: Callable[[Plain], Value] | None = None

    @property
    def count(self) -> int | None:
        return None if self.elements is None else len(self.elements)


def iteration_of(ctx: FunctionContext, value: Value, span: Span) -> Items:
    """How to iterate over a value."""
    match value:
        case TupleValue(elements=elements):
            return Items(elements)
        case ModuleValue(object=module) if module.children is not None:
            return Items(ctx.compiler.iterated(ctx, module, span))
        case RangeValue():
            return _range(ctx, value, span)
        case EnumerateValue():
            return _enumerate(ctx, value, span)
        case ZipValue():
            return _zip(ctx, value, span)
        case ClassValue() if (enum := enum_type(value)) is not None:
            return Items(enum_members(ctx, enum, span))
        case Plain():
            return _plain(ctx, value, span)
    raise CompileError.at(span, f"{value.describe()} cannot be iterated over")


def _plain(ctx: FunctionContext, value: Plain, span: Span) -> Items:
    t = value.type
    if isinstance(t, TupleType):
        return Items([tuple_element(ctx, value, i, span) for i in range(len(t.elements))])
    zero = ctx.constant(0, span)
    if isinstance(t, TensorType):
        length = single(call_operator(ctx, "len", [value], {}, span, "len"))
        return Items(
            None, zero, length, lambda i: call_operator(ctx, "select", [value, zero_in(ctx, span), i], {}, span)
        )
    if isinstance(t, DictType):  # the keys as they are now: the loop may change the dict
        return _plain(ctx, single(call_operator(ctx, "keys", [value], {}, span, "iteration")), span)
    if isinstance(t, ListType) or t == STR:
        length = single(call_operator(ctx, "len", [value], {}, span, "len"))
        return Items(None, zero, length, lambda i: call_operator(ctx, "__getitem__", [value, i], {}, span))
    hint = "test it with 'is not None' first" if str(t).startswith("Optional") else None
    raise CompileError.at(span, f"a value of type {t} cannot be iterated over", hint)


def zero_in(ctx: FunctionContext, span: Span) -> Plain:
    """0 as a constant of the current block: one made outside would do too, this keeps dumps local."""
    return ctx.constant(0, span)


def _range(ctx: FunctionContext, value: RangeValue, span: Span) -> Items:
    if value.constant_step == 1:
        return Items(None, value.start, value.stop, lambda i: i)
    length = range_length(ctx, value, span)

    def at(i: Plain) -> Value:
        offset = ctx.value(arith.MuliOp(i.ssa, value.step.ssa), span)
        return ctx.value(arith.AddiOp(value.start.ssa, offset.ssa), span)

    return Items(None, ctx.constant(0, span), length, at)


def range_length(ctx: FunctionContext, value: RangeValue, span: Span) -> Plain:
    """len(range(start, stop, step)): the distance divided by the step, rounded up, at least 0."""
    if value.constant_step is None:
        return single(call_operator(ctx, "__range_length", [value.start, value.stop, value.step], {}, span, "range"))
    distance = ctx.value(arith.SubiOp(value.stop.ssa, value.start.ssa), span)
    zero = ctx.constant(0, span)
    if value.constant_step != 1:
        step = ctx.constant(value.constant_step, span)
        # Rounded up: -((-distance) // step).
        minus = ctx.value(arith.SubiOp(zero.ssa, distance.ssa), span)
        quotient = single(call_operator(ctx, "floordiv", [minus, step], {}, span, "range"))
        distance = ctx.value(arith.SubiOp(zero.ssa, quotient.ssa), span)
    return ctx.value(arith.MaxSIOp(distance.ssa, zero.ssa), span)


def _rebased(ctx: FunctionContext, items: Items, span: Span) -> Items:
    """The same iterations counted from 0."""
    assert items.upper is not None and items.lower is not None and items.at is not None
    lower, at = items.lower, items.at
    length = ctx.value(arith.SubiOp(items.upper.ssa, lower.ssa), span)
    return Items(None, ctx.constant(0, span), length, lambda i: at(ctx.value(arith.AddiOp(i.ssa, lower.ssa), span)))


def _enumerate(ctx: FunctionContext, value: EnumerateValue, span: Span) -> Items:
    inner = iteration_of(ctx, value.inner, span)
    start = value.start
    if inner.elements is not None:
        numbers = [
            ctx.value(arith.AddiOp(start.ssa, ctx.constant(i, span).ssa), span) for i in range(len(inner.elements))
        ]
        from aotjit.sema.context import integer_constant

        first = integer_constant(start)
        if first is not None:
            numbers = [ctx.constant(first + i, span) for i in range(len(inner.elements))]
        return Items([TupleValue((n, e)) for n, e in zip(numbers, inner.elements, strict=True)])
    inner = _rebased(ctx, inner, span)
    at = inner.at
    assert at is not None

    def pair(i: Plain) -> Value:
        return TupleValue((ctx.value(arith.AddiOp(i.ssa, start.ssa), span), at(i)))

    return Items(None, inner.lower, inner.upper, pair)


def _zip(ctx: FunctionContext, value: ZipValue, span: Span) -> Items:
    parts = [iteration_of(ctx, v, span) for v in value.inner]
    counts = [p.count for p in parts if p.count is not None]
    if len(counts) == len(parts):
        rows = zip(*(p.elements or () for p in parts), strict=False)
        return Items([TupleValue(tuple(row)) for row in rows])
    if counts:
        return _zip_unrolled(ctx, parts, min(counts), span)
    rebased = [_rebased(ctx, p, span) for p in parts]
    length = rebased[0].upper
    assert length is not None
    for part in rebased[1:]:
        assert part.upper is not None
        length = ctx.value(arith.MinSIOp(length.ssa, part.upper.ssa), span)

    def row(i: Plain) -> Value:
        return TupleValue(tuple(p.at(i) for p in rebased if p.at is not None))

    return Items(None, ctx.constant(0, span), length, row)


def _zip_unrolled(ctx: FunctionContext, parts: list[Items], count: int, span: Span) -> Items:
    """zip of modules or a tuple with a list: as many iterations as the written-out part has, taken from each."""
    rows: list[Value] = []
    rebased = [p if p.elements is not None else _rebased(ctx, p, span) for p in parts]
    for i in range(count):
        index = ctx.constant(i, span)
        row = [p.elements[i] if p.elements is not None else (p.at(index) if p.at else p.elements) for p in rebased]
        rows.append(TupleValue(tuple(v for v in row if isinstance(v, Value))))
    return Items(rows)
