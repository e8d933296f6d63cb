"""What torch converts without being told: tensors and numbers to scalars where an operator, a function's parameter, its
result or a variable of an outer block takes one."""

from __future__ import annotations

from aotjit.diagnostics import Span
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.sema.context import FunctionContext, constant_of, not_compiled
from aotjit.sema.conversions import convert, require, to_int, tuple_element
from aotjit.sema.operator_calls import emit_call, single
from aotjit.sema.origins import Note
from aotjit.sema.values import Plain
from aotjit.types import (
    BOOL,
    COMPLEX,
    DEVICE,
    FLOAT,
    INT,
    NUMBER,
    STR,
    OptionalType,
    TensorType,
    TupleType,
    Type,
)

IMPLICIT_OPERATORS: dict[Type, str] = {
    FLOAT: "FloatImplicit", INT: "IntImplicit", COMPLEX: "ComplexImplicit", NUMBER: "ScalarImplicit"
}  # fmt: skip
NUMBER_OPERATORS: dict[Type, str] = {FLOAT: "Float.Scalar", INT: "Int.Scalar", COMPLEX: "Complex.Scalar"}


def converts_implicitly(given: Type, wanted: Type) -> bool:
    """Does torch make the one of the other where an operator or a function takes it?"""
    if isinstance(given, TensorType):
        return wanted in IMPLICIT_OPERATORS
    if given == NUMBER:
        return wanted in NUMBER_OPERATORS
    return (given == STR and wanted == DEVICE) or (given == BOOL and wanted in (INT, NUMBER))


def converted_implicitly(ctx: FunctionContext, value: Plain, wanted: Type, span: Span) -> Plain:
    """The value as `wanted`, where `converts_implicitly` says that it can be."""
    if isinstance(value.type, TensorType):
        operator = REGISTRY.overloads(IMPLICIT_OPERATORS[wanted])
        if not operator:
            raise not_compiled(span, f"a tensor given as {wanted}", "call .item() on it")
        return single(emit_call(ctx, operator[0], [value], span, {}))
    if value.type == NUMBER:
        return single(emit_call(ctx, REGISTRY[NUMBER_OPERATORS[wanted]], [value], span, {}))
    if value.type == BOOL:
        return to_int(ctx, value, span)
    if value.type == STR and wanted == DEVICE:
        text = constant_of(value)
        if not isinstance(text, str):
            raise not_compiled(span, "a device that is not a literal")
        return ctx.value(ts.DeviceOp(text), span)
    return value


def implicitly(ctx: FunctionContext, value: Plain, wanted: Type, span: Span | None) -> Plain | None:
    """A number or a tensor as what a variable of an outer block is; None where torch converts it to no such type."""
    inner = wanted.element if isinstance(wanted, OptionalType) else wanted
    is_number = isinstance(value.type, TensorType) or value.type == NUMBER
    if not is_number or not converts_implicitly(value.type, inner) or span is None:
        return None
    return convert(ctx, converted_implicitly(ctx, value, inner, span), wanted, span)


def require_argument(
    ctx: FunctionContext, value: Plain, wanted: Type, span: Span, what: str, notes: tuple[Note, ...] = ()
) -> Plain:
    """`require` with the implicit conversions that torch makes for results and for arguments of functions."""
    converted = convert(ctx, value, wanted, span)
    if converted is None and converts_implicitly(value.type, wanted):
        converted = converted_implicitly(ctx, value, wanted, span)
    if converted is None and isinstance(value.type, TupleType) and isinstance(wanted, TupleType):
        types = wanted.elements
        if len(types) == len(value.type.elements):
            parts = [tuple_element(ctx, value, i, span) for i in range(len(types))]
            items = [require_argument(ctx, p, t, span, what, notes) for p, t in zip(parts, types, strict=True)]
            converted = ctx.value(ts.TupleOp([i.ssa for i in items], wanted), span)
    return converted if converted is not None else require(ctx, value, wanted, span, what, notes)
