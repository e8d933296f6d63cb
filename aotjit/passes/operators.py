"""Propagates facts through calls of declared operators, by what their declarations say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aotjit import types
from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ir.rewrite import NOT_CONSTANT, Constant, NotConstant
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import UNKNOWN, Arguments, Operator, Schema, Symbol, Unknown
from aotjit.passes.cells import NOTHING
from aotjit.passes.lengths import list_length
from aotjit.types import ListType, OptionalType, SimpleType, TensorType, Type

if TYPE_CHECKING:
    from aotjit.passes.facts import Facts

FOLDED_EFFECTS = ("pure", "read")
"""Operators with these effects give the same result whenever their (scalar) arguments are the same."""


def transfer_operator(facts: Facts, op: ts.AtenOp) -> bool:
    """Sets types and constants of the results of `op` from those of its arguments. False when it never returns, because
    it takes an element of a list that is always empty."""
    operator = REGISTRY[op.op.data]
    known = [facts.type(a) for a in op.arguments]
    if any(t is None for t in known):
        facts.stuck = True
        return True
    argument_types = [t for t in known if t is not None]
    if is_generic(operator.schema):
        results = _through_lists(facts, op, operator.schema, argument_types)
    elif _reads_nothing(operator.schema, argument_types):
        return False
    else:
        results = _infer(facts, op, operator, argument_types)
        if results is None:
            return True
    if results is None:
        return False
    for result, t in zip(op.outputs, results, strict=True):
        facts.join(result, t)
        facts.cells.declare(result, t) if not is_generic(operator.schema) else None
    constant = _constant_result(facts, op, operator, argument_types)
    for result in op.outputs:
        facts.set_constant(result, constant)
    return True


def arguments_of(facts: Facts, op: ts.AtenOp, operator: Operator, argument_types: Sequence[Type]) -> Arguments:
    """What the rules of the declaration see of the call."""
    constants = [facts.constant(a) for a in op.arguments]
    return Arguments(
        operator.schema,
        tuple(argument_types),
        tuple(UNKNOWN if isinstance(c, NotConstant | Symbol) else c for c in constants),
        ts.span_of(op),
        tuple(list_length(facts, a, op) if isinstance(ts.type_of(a), ListType) else None for a in op.arguments),
    )


def _infer(facts: Facts, op: ts.AtenOp, operator: Operator, argument_types: Sequence[Type]) -> Sequence[Type] | None:
    try:
        results = operator.infer(arguments_of(facts, op, operator, argument_types))
    except CompileError as error:
        facts.report(error)
        return None
    if operator.writes:  # what is written may keep the others
        for argument in op.arguments:
            facts.cells.escape(argument, ts.type_of(argument))
    return results


# -- lists ------------------------------------------------------------------------------------------------------------


def is_variable(t: Type) -> bool:
    """The type stands for any type: `t` of list operators."""
    return isinstance(t, SimpleType) and t.name not in types.SIMPLE_TYPES


def is_generic(schema: Schema) -> bool:
    """The schema is about lists of any element type."""
    return any(isinstance(a.type, ListType) and is_variable(a.type.element) for a in schema.arguments)


def _reads_nothing(schema: Schema, argument_types: Sequence[Type]) -> bool:
    """A tensor would be made from a list of tensors that is empty so far; an empty list of ints is a shape."""
    if not any(isinstance(t, TensorType) for t in schema.returns):
        return False
    return any(
        isinstance(t, ListType) and t.element == NOTHING and _has_tensor(a.type)
        for a, t in zip(schema.arguments, argument_types, strict=True)
    )


def _through_lists(
    facts: Facts, op: ts.AtenOp, schema: Schema, argument_types: Sequence[Type]
) -> Sequence[Type] | None:
    """Lists of the variable type share a cell; elements go in and come out."""
    lists = [v for v, a in zip(op.arguments, schema.arguments, strict=True) if _is_list_of_variable(a.type)]
    lists += [v for v, t in zip(op.outputs, schema.returns, strict=True) if _is_list_of_variable(t)]
    first = lists[0]
    for other in lists[1:]:
        facts.cells.unify(first, (), other, (), ts.type_of(first))
    for value, argument, t in zip(op.arguments, schema.arguments, argument_types, strict=True):
        if is_variable(argument.type):
            facts.cells.put(first, t)
            facts.cells.hold(first, value, ts.type_of(value))
    results: list[Type] = []
    for result, returned in zip(op.outputs, schema.returns, strict=True):
        t = ts.type_of(result)
        if is_variable(returned):
            held = facts.cells.element(first)
            if held is None:
                return None
            t = held
            facts.cells.hold(first, result, ts.type_of(result))
        results.append(t)
    return results


def _is_list_of_variable(t: Type) -> bool:
    return isinstance(t, ListType) and is_variable(t.element)


# -- constants --------------------------------------------------------------------------------------------------------


def _constant_result(
    facts: Facts, op: ts.AtenOp, operator: Operator, argument_types: Sequence[Type]
) -> Constant | Symbol | NotConstant:
    if len(op.outputs) != 1 or ts.type_of(op.outputs[0]) not in (types.INT, types.FLOAT, types.BOOL, types.STR):
        return NOT_CONSTANT
    if operator.value is not None:
        try:
            value = operator.value(arguments_of(facts, op, operator, argument_types))
        except CompileError as error:
            facts.report(error)
            return NOT_CONSTANT
        if isinstance(value, bool | int | float | str | Symbol):
            return value
    if operator.effects not in FOLDED_EFFECTS or any(map(_has_tensor, argument_types)):
        return NOT_CONSTANT
    constants = [facts.constant(a) for a in op.arguments]
    if any(isinstance(c, NotConstant | Symbol) or (isinstance(c, list) and any(map(_is_open, c))) for c in constants):
        return NOT_CONSTANT
    return _evaluate(operator, constants)


def _is_open(item: object) -> bool:
    return isinstance(item, Unknown)


def _has_tensor(t: Type) -> bool:
    if isinstance(t, ListType | OptionalType):
        return _has_tensor(t.element)
    return isinstance(t, TensorType)


def _evaluate(operator: Operator, constants: Sequence[object]) -> Constant | NotConstant:
    try:
        value = operator.reference(*(list(c) if isinstance(c, list) else c for c in constants))
    except Exception:
        return NOT_CONSTANT  # it fails at run time, with its message there
    return value if isinstance(value, bool | int | float | str) else NOT_CONSTANT
