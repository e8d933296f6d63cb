"""Propagates facts through calls of declared operators, by what their declarations say."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import TYPE_CHECKING

from xdsl.ir import SSAValue

from aotjit import types
from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ir.rewrite import NOT_CONSTANT, Constant, NotConstant
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import UNKNOWN, Arguments, Operator, Schema, Symbol, Unknown
from aotjit.ops.schema import is_variable, mentions_variable
from aotjit.passes.cells import NOTHING, Path, held_type
from aotjit.passes.frozen import is_frozen
from aotjit.passes.lengths import list_length
from aotjit.types import TENSOR, DictType, ListType, OptionalType, TensorType, TupleType, Type

if TYPE_CHECKING:
    from aotjit.passes.facts import Facts, Known

INTS = ListType(types.INT)
FOLDED_EFFECTS = ("pure", "read")
"""Operators with these effects give the same result whenever their (scalar) arguments are the same."""


def transfer_operator(facts: Facts, op: ts.AtenOp) -> bool:
    """Sets types and constants of the results of `op` from those of its arguments. False when it never returns, because
    it takes an element of a list that is always empty, or is refused."""
    if op in facts.refused:
        return False
    operator = REGISTRY[op.op.data]
    known = [facts.type(a) for a in op.arguments]
    if any(t is None for t in known):
        facts.stuck = True
        return True
    argument_types = [t for t in known if t is not None]
    if is_generic(operator.schema):
        results = _through_lists(facts, op, operator.schema, argument_types)
        if results is not None and any(isinstance(t, TensorType) for t in operator.schema.returns):
            # A tensor of numbers: the lists' declared types say which, also where nothing is put in.
            results = _infer(facts, op, operator, [ts.type_of(a) for a in op.arguments])
            if results is None:
                return True
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
    arguments = arguments_of(facts, op, operator, argument_types)
    asked, results = facts.inferred.get(op, (None, ()))
    if asked is None or not _same(asked, arguments):
        try:
            results = operator.infer(arguments)
        except CompileError as error:
            facts.report(op, error)
            return None
        facts.inferred[op] = (arguments, results)
    if operator.writes:  # what is written may keep the others
        for argument in op.arguments:
            facts.cells.escape(argument, ts.type_of(argument))
    return results


def _same(a: Arguments, b: Arguments) -> bool:
    """The very same types and constants: most have settled after the first sweep."""
    return (
        len(a.types) == len(b.types)  # an operator may take any number
        and all(map(is_, a.types, b.types))
        and all(map(is_, a.constants, b.constants))
        and a.lengths == b.lengths
    )


# -- lists ------------------------------------------------------------------------------------------------------------


def is_generic(schema: Schema) -> bool:
    """The schema is about lists or dicts of any element type."""
    return any(isinstance(a.type, ListType | DictType) and mentions_variable(a.type) for a in schema.arguments)


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
    """Containers of the variable type share a cell; what they hold goes in and comes out."""
    containers = [v for v, a in zip(op.arguments, schema.arguments, strict=True) if _is_container(a.type)]
    containers += [v for v, t in zip(op.outputs, schema.returns, strict=True) if _is_container(t)]
    first = containers[0]
    for other in containers[1:]:
        facts.cells.unify(first, (), other, (), ts.type_of(first))
    for value, argument, t in zip(op.arguments, schema.arguments, argument_types, strict=True):
        if not _is_container(argument.type):
            _put_in(facts, first, value, argument.type, t)
            facts.cells.put_key(first, _tensor_key(argument.type, t))
    results: list[Type] = []
    for result, returned in zip(op.outputs, schema.returns, strict=True):
        t = ts.type_of(result)
        if not _is_container(returned) and mentions_variable(returned):
            out = _take_out(facts, first, result, returned)
            if out is None:
                return None
            t = out
        elif returned == ListType(TENSOR):
            facts.cells.put(result, facts.cells.key(first))
        elif not _is_container(returned):
            facts.cells.declare(result, t)
        results.append(t)
    return results


def _tensor_key(declared: Type, known: Type) -> Type | None:
    """The tensor in an argument of an operator on dicts that is a key, or may be compared with one."""
    if isinstance(declared, ListType) and isinstance(known, ListType):
        return _tensor_key(declared.element, known.element)
    if isinstance(declared, TupleType) and isinstance(known, TupleType):
        return _tensor_key(declared.elements[0], known.elements[0])
    return known if declared == TENSOR else None


def _is_container(t: Type) -> bool:
    """Of the variable itself: it shares the cell."""
    return isinstance(t, ListType | DictType) and is_variable(held_type(t))


def _put_in(facts: Facts, container: SSAValue, value: SSAValue, declared: Type, known: Type) -> None:
    """What `value`, declared as `t` or a list of tuples with one, brings into the container."""
    for path in _variable_paths(declared):
        t: Type = known
        for step in path:
            if step == "item" and isinstance(t, ListType):
                t = t.element
            elif isinstance(t, TupleType) and isinstance(step, int):
                t = t.elements[step]
        if t != NOTHING:
            facts.cells.put(container, t)
        facts.cells.unify(value, path, container, ("item",), _held(container))


def _take_out(facts: Facts, container: SSAValue, result: SSAValue, declared: Type) -> Type | None:
    """The type of a result declared as `t`, `t?`, `(K, t)` or a list of those; None when it cannot be because the
    container is always empty."""
    held, element = facts.cells.element(container), _held(container)
    for path in _variable_paths(declared):
        # Optional[Optional[T]] is Optional[T].
        own = path[:-1] if path[-1:] == ("some",) and isinstance(element, OptionalType) else path
        facts.cells.unify(result, own, container, ("item",), element)
    if held is None:
        if isinstance(declared, ListType):
            return ts.type_of(result)
        return types.NONE if isinstance(declared, OptionalType) else None
    t = _substituted(declared, held, facts.cells.key(container))
    if isinstance(declared, ListType) and isinstance(t, ListType):  # a new list; what a list held has its own cell
        facts.cells.put(result, t.element)
    return t


def _held(container: SSAValue) -> Type:
    t = ts.type_of(container)
    assert isinstance(t, ListType | DictType)
    return held_type(t)


def _variable_paths(t: Type) -> list[Path]:
    """Where in a value declared as `t` the variable's values are."""
    if isinstance(t, ListType):
        return [("item", *p) for p in _variable_paths(t.element)]
    if isinstance(t, OptionalType):
        return [("some", *p) for p in _variable_paths(t.element)]
    if isinstance(t, TupleType):
        return [(i, *p) for i, e in enumerate(t.elements) for p in _variable_paths(e)]
    return [()] if is_variable(t) else []


def _substituted(t: Type, held: Type, key: Type | None) -> Type:
    """The type with `held` for the variable, and `key` for tensors that are keys."""
    if isinstance(t, ListType):
        return ListType(_substituted(t.element, held, key))
    if isinstance(t, OptionalType):
        return held if isinstance(held, OptionalType) or held == types.NONE else OptionalType(held)
    if isinstance(t, TupleType):
        return TupleType(tuple(_substituted(e, held, key) for e in t.elements))
    if t == TENSOR and key is not None:
        return key
    return held if is_variable(t) else t


# -- constants --------------------------------------------------------------------------------------------------------


def _constant_result(
    facts: Facts, op: ts.AtenOp, operator: Operator, argument_types: Sequence[Type]
) -> Known | NotConstant:
    if len(op.outputs) != 1:
        return NOT_CONSTANT
    if ts.type_of(op.outputs[0]) == INTS:
        frozen = is_frozen(op.outputs[0], facts.instances.callee)
        return _list_result(facts, op, operator, argument_types) if frozen else NOT_CONSTANT
    if ts.type_of(op.outputs[0]) not in (types.INT, types.FLOAT, types.BOOL, types.STR):
        return NOT_CONSTANT
    if operator.value is not None:
        try:
            value = operator.value(arguments_of(facts, op, operator, argument_types))
        except CompileError as error:
            facts.report(op, error)
            return NOT_CONSTANT
        if isinstance(value, bool | int | float | str | Symbol):
            return value
    if operator.effects not in FOLDED_EFFECTS or any(map(_has_tensor, argument_types)):
        return NOT_CONSTANT
    constants = [facts.constant(a) for a in op.arguments]
    if any(isinstance(c, NotConstant | Symbol) or (isinstance(c, list) and any(map(_is_open, c))) for c in constants):
        return NOT_CONSTANT
    return _evaluate(operator, constants)


def _list_result(
    facts: Facts, op: ts.AtenOp, operator: Operator, argument_types: Sequence[Type]
) -> list[object] | NotConstant:
    """The items of a new list of ints that nothing changes: sizes, or parts of other such lists put together."""
    if operator.value is not None:
        value = operator.value(arguments_of(facts, op, operator, argument_types))
        return value if isinstance(value, list) else NOT_CONSTANT
    if not is_generic(operator.schema) or operator.effects not in FOLDED_EFFECTS:
        return NOT_CONSTANT
    constants = [facts.constant(a) for a in op.arguments]
    if any(isinstance(c, NotConstant | Symbol) for c in constants):
        return NOT_CONSTANT
    try:
        items = operator.reference(*(list(c) if isinstance(c, list) else c for c in constants))
    except Exception:
        return NOT_CONSTANT
    return items if isinstance(items, list) else NOT_CONSTANT


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
