"""From one type to another: what is accepted without a word, and the operations that do it."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import f64, i64

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.sema.boxes import box
from aotjit.sema.context import FunctionContext
from aotjit.sema.origins import origins
from aotjit.sema.values import (
    EnumerateValue,
    FunctionValue,
    Plain,
    RangeValue,
    TupleValue,
    Value,
    ValueMethod,
    ZipValue,
)
from aotjit.types import (
    ANY,
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    NUMBER,
    TENSOR,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    UnionType,
    is_boxed,
    join,
)


def plain(ctx: FunctionContext, value: Value, span: Span | None, expected: Type | None = None) -> Plain:
    """The run-time form of a value."""
    if isinstance(value, Plain):
        return value
    if isinstance(value, TupleValue):
        wanted: tuple[Type | None, ...] = (None,) * len(value.elements)
        if isinstance(expected, TupleType) and len(expected.elements) == len(value.elements):
            wanted = expected.elements
        elements = [plain(ctx, e, span, w) for e, w in zip(value.elements, wanted, strict=True)]
        return ctx.value(ts.TupleOp([e.ssa for e in elements]), span)
    if isinstance(value, ValueMethod) and not REGISTRY.overloads(value.name):
        message = f"{value.receiver.describe()} has no attribute '{value.name}'"
        raise CompileError.at(value.span, message, None, origins([value.receiver]))
    hint = "call it: its name alone is no value" if isinstance(value, ValueMethod | FunctionValue) else None
    if isinstance(value, RangeValue | ZipValue | EnumerateValue):
        hint = "loop over it, or write list(...) around it"
    raise CompileError.at(span, f"{value.describe()} cannot be used as a value here", hint)


def subtype(given: Type, wanted: Type) -> bool:
    """Is a value of type `given` one of type `wanted` (perhaps after wrapping it in an Optional)?"""
    if given == wanted or wanted == ANY or (isinstance(given, TensorType) and wanted == TENSOR):
        return True
    if isinstance(given, UnionType):
        return all(subtype(m, wanted) for m in given.members)
    if isinstance(wanted, UnionType):
        parts = (given.element, NONE) if isinstance(given, OptionalType) else (given,)
        return all(any(subtype(p, m) for m in wanted.members) for p in parts)
    if isinstance(wanted, OptionalType):
        inner = given.element if isinstance(given, OptionalType) else given
        return given == NONE or subtype(inner, wanted.element)
    if wanted == NUMBER:
        return given in (INT, FLOAT, COMPLEX)
    if isinstance(given, TupleType) and isinstance(wanted, TupleType):
        return len(given.elements) == len(wanted.elements) and all(map(subtype, given.elements, wanted.elements))
    return False


def convert(ctx: FunctionContext, value: Plain, wanted: Type, span: Span | None) -> Plain | None:
    """The value as one of type `wanted` by subtyping alone; None when it is no such value."""
    given = value.type
    if given == wanted:
        return value
    if isinstance(given, TensorType) and wanted == TENSOR:
        return ctx.value(ts.RefineOp(value.ssa, TENSOR), span)
    if is_boxed(wanted):
        return box(ctx, value, wanted, span)
    if isinstance(wanted, OptionalType):
        return _to_optional(ctx, value, wanted, span)
    if wanted == NUMBER and given in (INT, FLOAT, COMPLEX, NUMBER):
        return value
    if isinstance(wanted, ListType):
        return _to_list(ctx, value, wanted, span)
    if isinstance(given, TupleType) and isinstance(wanted, TupleType):
        return _to_tuple(ctx, value, wanted, span)
    return None


def _to_optional(ctx: FunctionContext, value: Plain, wanted: OptionalType, span: Span | None) -> Plain | None:
    if value.type == NONE:
        return ctx.value(ts.NoneOp(wanted), span)
    if isinstance(value.type, OptionalType):
        return None
    inner = convert(ctx, value, wanted.element, span)
    return None if inner is None else ctx.value(ts.SomeOp(inner.ssa, OptionalType(inner.type)), span)


def is_literal(value: Plain) -> bool:
    """A list just made, with no other users yet: it may still become a list of another element type. An empty one has
    the type that it was made for, if any."""
    owner = value.ssa.owner
    if not isinstance(owner, ts.ListOp) or value.ssa.first_use is not None:
        return False
    return bool(owner.elements) or value.type == ListType(TENSOR)


def _to_list(ctx: FunctionContext, value: Plain, wanted: ListType, span: Span | None) -> Plain | None:
    owner = value.ssa.owner
    if is_literal(value):
        assert isinstance(owner, ts.ListOp)
        elements = [convert(ctx, Plain(e), wanted.element, span) for e in owner.elements]
        kept = [e.ssa for e in elements if e is not None]
        return ctx.value(ts.ListOp(kept, wanted), span) if len(kept) == len(elements) else None
    if isinstance(value.type, TupleType):
        parts = [tuple_element(ctx, value, i, span) for i in range(len(value.type.elements))]
        items = [convert(ctx, p, wanted.element, span) for p in parts]
        kept = [e.ssa for e in items if e is not None]
        return ctx.value(ts.ListOp(kept, wanted), span) if len(kept) == len(items) else None
    return None


def _to_tuple(ctx: FunctionContext, value: Plain, wanted: TupleType, span: Span | None) -> Plain | None:
    assert isinstance(value.type, TupleType)
    if len(value.type.elements) != len(wanted.elements) or not subtype(value.type, wanted):
        return None
    parts = [tuple_element(ctx, value, i, span) for i in range(len(wanted.elements))]
    elements = [convert(ctx, p, t, span) for p, t in zip(parts, wanted.elements, strict=True)]
    return ctx.value(ts.TupleOp([e.ssa for e in elements if e is not None], wanted), span)


def tuple_element(ctx: FunctionContext, value: Plain, index: int, span: Span | None) -> Plain:
    """An element of a run-time tuple; of one just built, the element itself."""
    owner = value.ssa.owner
    if isinstance(owner, ts.TupleOp):
        return Plain(owner.elements[index])
    return ctx.value(ts.TupleGetOp(value.ssa, index), span)


def require(
    ctx: FunctionContext,
    value: Plain,
    wanted: Type,
    span: Span | None,
    what: str,
    notes: tuple[tuple[Span, str], ...] = (),
) -> Plain:
    """`convert`, or an error that names `what` should have had the type; `notes` say who wants it."""
    result = convert(ctx, value, wanted, span)
    if result is None:
        raise CompileError.at(
            span,
            f"{what} must be of type {wanted}, found {value.type}",
            _conversion_hint(value, wanted),
            notes or origins([value]),
        )
    return result


def _conversion_hint(value: Plain, wanted: Type) -> str | None:
    if wanted == FLOAT and value.type in (INT, BOOL):
        return "ints are not converted silently: write float(...)"
    if isinstance(value.type, OptionalType) and value.type.element == wanted:
        return "it may be None: test it with 'is not None' first"
    if is_boxed(value.type):
        return "test its type with isinstance first"
    if wanted == COMPLEX and value.type in (INT, FLOAT, BOOL):
        return "other numbers are not converted silently: write complex(...)"
    if wanted in (INT, FLOAT, COMPLEX, BOOL) and isinstance(value.type, TensorType):
        return f"write {wanted}(...) around a tensor of one element"
    return None


def common_type(types: list[Type]) -> Type | None:
    """The type that holds values of all these types."""
    result = types[0]
    for t in types[1:]:
        joined = join(result, t)
        if joined is None:
            return None
        result = joined
    return result


def to_float(ctx: FunctionContext, value: Plain, span: Span | None) -> Plain:
    """int or bool to float."""
    if value.type == FLOAT:
        return value
    op = arith.UIToFPOp(value.ssa, f64) if value.type == BOOL else arith.SIToFPOp(value.ssa, f64)
    return ctx.value(op, span)


def to_int(ctx: FunctionContext, value: Plain, span: Span | None) -> Plain:
    """bool or float to int; floats are cut towards zero."""
    if value.type == INT:
        return value
    op = arith.ExtUIOp(value.ssa, i64) if value.type == BOOL else arith.FPToSIOp(value.ssa, i64)
    return ctx.value(op, span)
