"""Choosing among the overloads of an operator, as torch does: those of tensors first (Registry.overloads), without
and then with implicit conversions (tensor or number to a scalar, one int to `int[n]`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Argument, Operator
from aotjit.sema.context import FunctionContext, not_compiled
from aotjit.sema.conversions import convert, is_literal, subtype
from aotjit.sema.implicit import converted_implicitly, converts_implicitly
from aotjit.sema.names import close_match
from aotjit.sema.number_unions import boxed_number, for_each_number
from aotjit.sema.operator_calls import Variables, default_value, emit_call, is_variable, substitute
from aotjit.sema.origins import origins
from aotjit.sema.refused import refused_values
from aotjit.sema.values import Plain, Value
from aotjit.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    NUMBER,
    STR,
    TENSOR,
    ClassType,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    SimpleType,
    TensorType,
    TupleType,
    Type,
    is_boxed,
)

OwnRule = Callable[[FunctionContext, Sequence[Plain], Mapping[str, Plain], Span], Value]
OWN_OPERATORS: dict[tuple[str, str], OwnRule] = {}
"""Operators that mean something of their own, or nothing, for a kind of first argument: members of Enums ("enum"),
lists that hold instances ("instances"), tensors ("tensors") or what has no order ("unordered")."""


@dataclass
class _Match:
    """A call that fits `operator`: for each schema argument its value, several gathered ones, or None (the default)."""

    operator: Operator
    values: list[Plain | list[Plain] | None]
    variables: Variables


class _Misfit(Exception):  # noqa: N818  # not an error: it steers
    """Why an overload does not fit."""


def _kind(t: Type) -> str:
    """The kinds of types whose operators are in OWN_OPERATORS."""
    if isinstance(t, EnumType):
        return "enum"
    if not isinstance(t, ListType):
        return ""
    if isinstance(t.element, TensorType):
        return "tensors"
    return "instances" if holds_instance(t.element) else "" if _is_ordered(t.element) else "unordered"


def _typed(args: Sequence[Plain]) -> Plain:
    """The argument that tells the kind of operator: the first, but for [] that takes the other's type."""
    literal = isinstance(owner := args[0].ssa.owner, ts.ListOp) and not owner.elements and is_literal(args[0])
    return args[1] if literal and len(args) == 2 and isinstance(args[1].type, ListType) else args[0]


def _is_ordered(t: Type) -> bool:
    """< is defined for values of the type in a list."""
    return t in (INT, FLOAT, BOOL, STR) or (isinstance(t, TupleType) and all(map(_is_ordered, t.elements)))


def holds_instance(t: Type) -> bool:
    """Values of the type are, or contain, instances of classes or values of type Any."""
    if isinstance(t, ListType | OptionalType):
        return holds_instance(t.element)
    if isinstance(t, TupleType):
        return any(map(holds_instance, t.elements))
    return isinstance(t, ClassType) or is_boxed(t)


def call_operator(
    ctx: FunctionContext,
    name: str,
    args: Sequence[Plain],
    keywords: Mapping[str, Plain],
    span: Span,
    shown: str | None = None,
) -> Value:
    """Compiles a call of the operator `name`. `shown` is what the source calls it."""
    shown = shown or f"torch.{name}"
    own = OWN_OPERATORS.get((name, _kind(_typed(args).type))) if args else None
    if own is not None:
        return own(ctx, args, keywords, span)
    candidates = REGISTRY.overloads(name)
    if not candidates:
        raise not_compiled(span, shown, unknown_operator_hint(name))
    misfits: list[tuple[Operator, str]] = []
    for implicit in (False, True):
        misfits.clear()
        for operator in candidates:
            try:
                match = _match(operator, args, keywords, implicit)
            except _Misfit as reason:
                misfits.append((operator, str(reason)))
                continue
            boxed = boxed_number(match.operator.schema.arguments, match.values)
            if boxed is not None:
                call = partial(call_operator, ctx, name, span=span, shown=shown)
                return for_each_number(ctx, call, args, keywords, boxed, span)
            return emit_call(ctx, match.operator, _arguments(ctx, match, span), span, match.variables)
    raise _no_overload(shown, misfits, args, keywords, span)


def unknown_operator_hint(name: str) -> str:
    found = close_match(name, REGISTRY.by_name)
    return found or "`aotjit ops` lists the operators it has"


def _no_overload(
    shown: str,
    misfits: list[tuple[Operator, str]],
    args: Sequence[Plain],
    keywords: Mapping[str, Plain],
    span: Span,
) -> CompileError:
    operators = [operator for operator, _ in misfits]
    for name in keywords:
        known = dict.fromkeys(a.name for o in operators for a in o.schema.arguments if a.name != "self")
        if name not in known:
            hint = close_match(name, known) or (f"it has {', '.join(known)}" if known else None)
            return CompileError.at(span, f"{shown} has no argument '{name}'", hint)
    optional = next((a for a in (*args, *keywords.values()) if isinstance(a.type, OptionalType)), None)
    instead = refused_values(shown, [a.type for a in args])
    if len(misfits) == 1 and instead is None:
        hint = f"it is declared as {_signature(misfits[0][0])}"
        return CompileError.at(span, f"{shown}: {misfits[0][1]}", hint, origins(args))
    given = [a.type for a in args]
    types = ", ".join([*map(str, given), *(f"{n}={v.type}" for n, v in keywords.items())])
    boxed = next((a for a in args if is_boxed(a.type)), None)
    if instead is not None:
        hint = instead
    elif COMPLEX in given and INT in given:
        hint = "torch.jit has no such operation of a complex number and an int: write float(...) around the int"
    elif COMPLEX in given and any(_REAL_NUMBER in reason for _, reason in misfits):
        hint = "it is defined for real numbers, as abs(z) and float(z) are: the length and the real part"
    elif optional is not None:
        hint = f"a value of type {optional.type} may be None: test it with 'is not None' first"
    elif shown == "'+'" and STR in given:
        hint = "write str(...) around what is no str"
    elif boxed is not None:
        hint = f"test the type of a value of type {boxed.type} with isinstance first"
    else:
        hint = "it is declared as " + " or ".join(_signature(o) for o in _nearest(operators, args))
    return CompileError.at(span, f"{shown} does not take ({types})", hint, origins(args))


def _signature(operator: Operator) -> str:
    """The schema as a reader of Python would write it."""
    arguments = ", ".join(f"{a.type} {a.name}" for a in operator.schema.arguments)
    return f"{operator.schema.name}({arguments})"


def _nearest(operators: list[Operator], args: Sequence[Plain]) -> list[Operator]:
    """The overloads to show: those that fit the first argument, at most three."""
    fitting = [
        o for o in operators
        if args and o.schema.arguments and _fits(args[0], o.schema.arguments[0].type, None, {}, True)
    ]  # fmt: skip
    return (fitting or operators)[:3]


def _match(operator: Operator, args: Sequence[Plain], keywords: Mapping[str, Plain], implicit: bool) -> _Match:
    schema = operator.schema.arguments
    remaining = list(args)
    unused = dict(keywords)
    variables: Variables = {}
    values: list[Plain | list[Plain] | None] = []
    for i, argument in enumerate(schema):
        value: Plain | list[Plain] | None = None
        if remaining and not argument.keyword_only:
            value = _positional(schema, i, remaining, variables, implicit)
            if argument.name in unused:
                raise _Misfit(f"argument '{argument.name}' is given twice")
        elif argument.name in unused:
            value = unused.pop(argument.name)
            _fit(value, argument, variables, implicit)
        elif argument.required:
            raise _Misfit(f"argument '{argument.name}' is missing")
        values.append(value)
    if _takes_real_numbers(operator):
        _refuse_complex(schema, values)
    if remaining:
        raise _Misfit(f"it takes {len(schema)} positional arguments, {len(args)} are given")
    if unused:
        names = [a.name for a in schema]
        hint = close_match(next(iter(unused)), names)
        raise _Misfit(f"it has no argument '{next(iter(unused))}'" + (f", {hint}" if hint else ""))
    return _Match(operator, values, variables)


def _takes_real_numbers(operator: Operator) -> bool:
    """An operator on numbers alone means real ones where it says `Scalar`; those of tensors take any."""
    schema = operator.schema
    types = (*(a.type for a in schema.arguments), *schema.returns)
    return NUMBER in types and TENSOR not in types and COMPLEX not in types


_REAL_NUMBER = "a real number"


def _refuse_complex(schema: Sequence[Argument], values: Sequence[Plain | list[Plain] | None]) -> None:
    given = [v.type if isinstance(v, Plain) else None for v in values]
    if NUMBER in given:  # which may be complex: what that means is known when its type is
        return
    for argument, value in zip(schema, values, strict=True):
        if argument.type == NUMBER and isinstance(value, Plain) and value.type == COMPLEX:
            raise _Misfit(f"argument '{argument.name}' must be {_REAL_NUMBER}, found {value.type}")


def _positional(
    schema: Sequence[Argument], i: int, remaining: list[Plain], variables: Variables, implicit: bool
) -> Plain | list[Plain]:
    argument = schema[i]
    try:
        _fit(remaining[0], argument, variables, implicit)
        return remaining.pop(0)
    except _Misfit:
        last = i + 1 == len(schema) or schema[i + 1].keyword_only
        listed = argument.type.element if isinstance(argument.type, OptionalType) else argument.type
        if not last or not isinstance(listed, ListType) or is_variable(listed.element):
            raise
        element = Argument(argument.name, listed.element)
        for value in remaining:
            _fit(value, element, variables, implicit)
    gathered = list(remaining)
    remaining.clear()
    return gathered


def _fit(value: Plain, argument: Argument, variables: Variables, implicit: bool) -> None:
    """Raises _Misfit unless the value can be given for the argument."""
    if not _fits(value, argument.type, argument.size, variables, implicit):
        wanted = substitute(argument.type, variables)
        raise _Misfit(f"argument '{argument.name}' must be of type {wanted}, found {value.type}")


def _fits(value: Plain, wanted: Type, size: int | None, variables: Variables, implicit: bool) -> bool:
    given = value.type
    if isinstance(wanted, OptionalType):
        return (
            given == NONE or _unify(given, wanted, variables) or _fits(value, wanted.element, size, variables, implicit)
        )
    if _unify(given, wanted, variables):
        return True
    if isinstance(wanted, ListType) and _listable(value, wanted, variables):
        return True
    if isinstance(wanted, ListType) and size is not None:
        return subtype(given, wanted.element) or (implicit and converts_implicitly(given, wanted.element))
    if is_variable(wanted) and given != NUMBER:
        return False
    return implicit and converts_implicitly(given, substitute(wanted, variables))


def _listable(value: Plain, wanted: ListType, variables: Variables) -> bool:
    """A tuple, or a list literal whose element type may still change."""
    owner = value.ssa.owner
    if isinstance(owner, ts.ListOp) and is_literal(value) and not is_variable(wanted.element):
        return all(subtype(ts.type_of(e), wanted.element) for e in owner.elements)
    if not isinstance(value.type, TupleType) or (not value.type.elements and is_variable(wanted.element)):
        return False
    return all(_unify(e, wanted.element, variables) for e in value.type.elements)


def _unify(given: Type, wanted: Type, variables: Variables) -> bool:
    """`subtype` with type variables, which are bound to what they meet first."""
    if is_variable(wanted):
        assert isinstance(wanted, SimpleType)
        bound = variables.setdefault(wanted.name, given)
        return subtype(given, bound)
    if isinstance(wanted, ListType) and isinstance(given, ListType):
        return _unify(given.element, wanted.element, variables) and (
            given.element == substitute(wanted.element, variables)
        )
    if isinstance(wanted, DictType) and isinstance(given, DictType):
        return (
            given.key == wanted.key
            and _unify(given.value, wanted.value, variables)
            and (given.value == substitute(wanted.value, variables))
        )
    if isinstance(wanted, TupleType) and isinstance(given, TupleType):
        pairs = zip(given.elements, wanted.elements, strict=False)
        return len(given.elements) == len(wanted.elements) and all(_unify(g, w, variables) for g, w in pairs)
    if isinstance(wanted, OptionalType) and isinstance(given, OptionalType):
        return _unify(given.element, wanted.element, variables)
    if given == NUMBER and wanted == NUMBER:
        return True
    return subtype(given, wanted)


def _arguments(ctx: FunctionContext, match: _Match, span: Span) -> list[Plain]:
    result = []
    for argument, value in zip(match.operator.schema.arguments, match.values, strict=True):
        wanted = substitute(argument.type, match.variables)
        if value is None:
            result.append(default_value(ctx, argument, span))
        elif isinstance(value, list):
            listed = wanted.element if isinstance(wanted, OptionalType) else wanted
            assert isinstance(listed, ListType)
            items = [_as(ctx, v, listed.element, None, span).ssa for v in value]
            result.append(_as(ctx, ctx.value(ts.ListOp(items, listed), span), wanted, None, span))
        else:
            result.append(_as(ctx, value, wanted, argument.size, span))
    return result


def _as(ctx: FunctionContext, value: Plain, wanted: Type, size: int | None, span: Span) -> Plain:
    """The value converted as `_fits` allowed."""
    converted = convert(ctx, value, wanted, span)
    if converted is not None:
        return converted
    if isinstance(wanted, OptionalType):
        inner = _as(ctx, value, wanted.element, size, span)
        return ctx.value(ts.SomeOp(inner.ssa, OptionalType(inner.type)), span)
    if isinstance(wanted, ListType) and size is not None:
        one = _as(ctx, value, wanted.element, None, span)
        return ctx.value(ts.ListOp([one.ssa] * size, wanted), span)
    return converted_implicitly(ctx, value, wanted, span)
