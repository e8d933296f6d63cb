"""How facts pass through instances of classes and through boxes: what is stored in one comes out of all that may be the
same object (cells.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xdsl.ir import Operation, SSAValue

from aotjit import dtypes, types
from aotjit.ir import boundary, ts
from aotjit.ir.rewrite import NOT_CONSTANT
from aotjit.passes.cells import box_label, field_label, strip
from aotjit.passes.shape_places import field_of, given_in, held_by_boxes

if TYPE_CHECKING:
    from aotjit.passes.facts import Facts
    from aotjit.program import Program


def declare_given(facts: Facts, program: Program) -> None:
    """Fields and boxes of what callers give hold what their types allow."""
    of_any = boundary.any_types(program)
    taken = [p.type for entry in program.entries for p in entry.parameters]
    for t in boundary.reach(taken, of_any):
        if isinstance(t, types.ClassType):
            for name, held in t.layout.fields.items():
                facts.cells.give(t, field_label(name), given_in(program, field_of(t, name), held))
        elif types.is_boxed(t):
            for member in of_any if t == types.ANY else boundary.parts(t):
                if member != types.NONE:
                    facts.cells.give(t, box_label(member), given_in(program, held_by_boxes(member), member))


def _load(facts: Facts, owner: SSAValue, label: str, result: SSAValue) -> bool:
    """`result` is what was stored in the object. Where nothing was, nobody uses it at run time."""
    facts.cells.unify(result, (), owner, (label,), ts.type_of(result))
    known = facts.cells.held(owner, label)
    if known is None and not facts.unstored_is_anything:
        facts.stuck = True
        return True
    facts.join(result, known if known is not None else with_default_facts(ts.type_of(result)))
    facts.set_constant(result, NOT_CONSTANT)
    return True


def with_default_facts(t: types.Type) -> types.Type:
    return types.TensorType(dtypes.DEFAULT_DTYPE) if isinstance(t, types.TensorType) else t


def _store(facts: Facts, owner: SSAValue, label: str, value: SSAValue) -> None:
    facts.cells.unify(value, (), owner, (label,), ts.type_of(value))
    t = facts.type(value)
    if t is not None:
        facts.cells.store(owner, label, strip(t, ts.type_of(value)))


def _object(facts: Facts, op: Operation) -> bool:
    facts.join(op.results[0], ts.type_of(op.results[0]))
    facts.set_constant(op.results[0], NOT_CONSTANT)
    return True


def _attribute_get(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.AttributeGetOp)
    if facts.type(op.operand) is None:
        facts.stuck = True
        return True
    return _load(facts, op.operand, field_label(op.field.data), op.result)


def _attribute_set(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.AttributeSetOp)
    _store(facts, op.target, field_label(op.field.data), op.value)
    return True


def _plain_result(facts: Facts, op: Operation) -> bool:
    """A number that nothing is known of."""
    facts.set_constant(op.results[0], NOT_CONSTANT)
    return True


def _enum(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.EnumOp)
    facts.join(op.result, ts.type_of(op.result))
    facts.set_constant(op.result, op.index.value.data)
    return True


def _enum_index(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.EnumIndexOp)
    if facts.type(op.operand) is None:
        facts.stuck = True
        return True
    facts.set_constant(op.result, facts.constant(op.operand))
    return True


def _box(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.BoxOp)
    if types.is_boxed(ts.type_of(op.operand)):
        facts.cells.unify(op.operand, (), op.result, (), types.ANY)
    else:
        _store(facts, op.result, box_label(ts.type_of(op.operand)), op.operand)
    facts.join(op.result, ts.type_of(op.result))
    facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _unbox(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.UnboxOp)
    if types.is_boxed(ts.type_of(op.result)):
        facts.cells.unify(op.operand, (), op.result, (), types.ANY)
        return _object(facts, op)
    held = ts.held_value(op.operand, ts.type_of(op.result))
    if held is not None:
        facts.flow(held, op.result)
        return True
    return _load(facts, op.operand, box_label(ts.type_of(op.result)), op.result)


def _is_type(facts: Facts, op: Operation) -> bool:
    """No box holds a type that is never put into one that it may be."""
    assert isinstance(op, ts.IsTypeOp)
    tested = op.tested.data
    if op.any_elements is not None:
        facts.set_constant(op.result, NOT_CONSTANT)
        return True
    if ts.held_value(op.operand, tested) is not None:
        facts.set_constant(op.result, True)
        return True
    never = tested != types.NONE and facts.cells.held(op.operand, box_label(tested)) is None
    facts.set_constant(op.result, False if never else NOT_CONSTANT)
    return True


def _fork(facts: Facts, op: Operation) -> bool:
    """A task that fails does not end what comes after it."""
    assert isinstance(op, ts.ForkOp)
    if facts.block(op.body.block):
        _store(facts, op.result, field_label(types.FUTURE_VALUE), op.value)
    return _object(facts, op)


def _wait(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.WaitOp)
    if facts.type(op.operand) is None:
        facts.stuck = True
        return True
    return _load(facts, op.operand, field_label(types.FUTURE_VALUE), op.result)


OBJECT_TRANSFER: dict[type[Operation], Callable[[Facts, Operation], bool]] = {
    ts.ObjectOp: _object,
    ts.AttributeGetOp: _attribute_get,
    ts.AttributeSetOp: _attribute_set,
    ts.SameOp: _plain_result,
    ts.EnumOp: _enum,
    ts.EnumIndexOp: _enum_index,
    ts.BoxOp: _box,
    ts.UnboxOp: _unbox,
    ts.ForkOp: _fork,
    ts.WaitOp: _wait,
    ts.IsTypeOp: _is_type,
}
