"""`text % values`, as torch formats: %s of anything, %d %i %f %e of numbers, %c of a character, %%. No widths."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import i32, i64

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.sema.calls import arguments, special_call
from aotjit.sema.context import FunctionContext, constant_of
from aotjit.sema.conversions import plain, to_float, to_int
from aotjit.sema.expressions import text_of_parts, to_text, unpack
from aotjit.sema.library import generic_function
from aotjit.sema.operator_calls import emit_call, single
from aotjit.sema.values import Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.types import FLOAT, INT, STR, ListType, TupleType, Type

_FLOATS = {"f": "float_fixed", "e": "float_scientific", "E": "float_scientific"}
_LEAST_INT32 = -(2**31)


@special_call("torch.percentFormat")
def _percent_format(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    """As archives write it."""
    args, _ = arguments(ctx, node)
    if not args:
        raise CompileError.at(node.span, "percentFormat needs a format")
    given = args[1] if len(args) == 2 else TupleValue(tuple(args[1:]))
    return percent(ctx, plain(ctx, args[0], node.span), given, node.span)


def percent(ctx: FunctionContext, template: Plain, given: Value, span: Span) -> Plain:
    """The value of `template % given`."""
    is_tuple = isinstance(given, TupleValue) or (isinstance(given, Plain) and isinstance(given.type, TupleType))
    values = [plain(ctx, v, span) for v in unpack(ctx, given, span)] if is_tuple else [plain(ctx, given, span)]
    text = constant_of(template)
    if not isinstance(text, str):
        return _of_any_template(ctx, template, values, span)
    pieces = _pieces(text, span)
    fields = sum(isinstance(p, _Field) for p in pieces)
    if fields != len(values):
        raise CompileError.at(span, f"the format has {fields} fields and {len(values)} values")
    rest = iter(values)
    parts = [_formatted(ctx, p.letter, next(rest), span) if isinstance(p, _Field) else p for p in pieces]
    return text_of_parts(ctx, parts, span)


_LETTERS = "sdifeEc"


def _of_any_template(ctx: FunctionContext, template: Plain, values: Sequence[Plain], span: Span) -> Plain:
    """All texts that a format may ask for, and a function that takes those that this one does."""
    taken = [_letters_of(v) for v in values]
    texts = [
        _formatted_text(ctx, letter, value, span) if letter in letters else ctx.constant("", span)
        for value, letters in zip(values, taken, strict=True)
        for letter in _LETTERS
    ]
    lists: list[Value] = [
        ctx.value(ts.ListOp([t.ssa for t in items], ListType(STR)), span)
        for items in (texts, [ctx.constant(letters, span) for letters in taken])
    ]
    function = generic_function("percent_format", "percent", {}, "any")
    return plain(ctx, ctx.compiler.call_function(ctx, function, [template, *lists], {}, span), span)


def _letters_of(value: Plain) -> str:
    """(A number as `%c` would be a byte.)"""
    return "sdifeE" if value.type in (INT, FLOAT) else "sc" if value.type == STR else "s"


def _formatted_text(ctx: FunctionContext, letter: str, value: Plain, span: Span) -> Plain:
    return to_text(ctx, _formatted(ctx, letter, value, span), span)


class _Field:
    def __init__(self, letter: str) -> None:
        self.letter = letter


def _pieces(text: str, span: Span) -> Sequence[str | _Field]:
    result: list[str | _Field] = []
    at = 0
    while at < len(text):
        place = text.find("%", at)
        if place < 0:
            result.append(text[at:])
            break
        result.append(text[at:place])
        letter = text[place + 1 : place + 2]
        if not letter or letter not in "%sdicfeE":
            what = f"'%{letter}'" if letter else "a '%' at the end"
            hint = "%s %d %i %f %e %E %c and %% are"
            raise CompileError.at(span, f"{what} is not part of TorchScript's formats", hint)
        result.append("%" if letter == "%" else _Field(letter))
        at = place + 2
    return result


def _formatted(ctx: FunctionContext, letter: str, value: Plain, span: Span) -> Plain:
    if letter == "s":
        return value
    if letter == "c" and value.type in (STR, INT):
        return value if value.type == STR else single(emit_call(ctx, REGISTRY["chr"], [value], span, {}))
    if letter != "c" and value.type in (INT, FLOAT):
        if letter in "di":
            return value if value.type == INT else _as_int32(ctx, value, span)
        operator = REGISTRY[f"aotjit::{_FLOATS[letter]}"]
        text = single(emit_call(ctx, operator, [to_float(ctx, value, span)], span, {}))
        return text if letter != "E" else single(emit_call(ctx, REGISTRY["upper"], [text], span, {}))
    wanted = "an int or a str of one character" if letter == "c" else "an int or a float"
    raise CompileError.at(span, f"'%{letter}' formats {wanted}, found {value.type}")


def _as_int32(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    """A float as C converts it to an int on x86: what does not fit gives the least one."""
    whole, least = to_int(ctx, value, span), ctx.constant(_LEAST_INT32, span)
    narrow = ctx.value(arith.ExtSIOp(ctx.value(arith.TruncIOp(whole.ssa, i32), span).ssa, i64), span)
    fits = ctx.value(arith.CmpiOp(narrow.ssa, whole.ssa, "eq"), span)
    return ctx.value(arith.SelectOp(fits.ssa, whole.ssa, least.ssa), span)
