"""How facts pass through instances of classes and through boxes.

A field has one set of facts in the whole program, whatever the instance: the join of everything that is stored in it.
The same holds for the boxed values of one type. (A container in a field is the same object in all instances then.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xdsl.ir import Operation, SSAValue

from aotjit import types
from aotjit.ir import boundary, ts
from aotjit.ir.rewrite import NOT_CONSTANT
from aotjit.passes.cells import strip

if TYPE_CHECKING:
    from aotjit.passes.facts import Facts
    from aotjit.program import Program


def _field_key(instance: SSAValue, field: str) -> str:
    return f"class {ts.type_of(instance)}.{field}"


def _box_key(t: types.Type) -> str:
    return f"box {types.erase(t)}"


def declare_given(facts: Facts, program: Program) -> None:
    """Fields and boxes of what callers give hold what their types allow."""
    of_any = boundary.any_types(program)
    taken = [p.type for entry in program.entries for p in entry.parameters]
    for t in boundary.reach(taken, of_any):
        if isinstance(t, types.ClassType):
            found = {f"class {t}.{name}": held for name, held in t.layout.fields.items()}
        else:
            members = of_any if t == types.ANY else t.members if isinstance(t, types.UnionType) else ()
            found = {_box_key(m): m for m in members if m != types.NONE}
        for key, held in found.items():
            facts.given[key] = boundary.given(types.erase(held))
            facts.states[key] = strip(facts.given[key], held)


def _load(facts: Facts, key: str, result: SSAValue) -> bool:
    """`result` is what was stored under `key`, anywhere. Where nothing was, nobody uses it at run time."""
    facts.same_containers(key, result)
    known = facts.states.get(key)
    if known is None and not facts.unstored_is_anything:
        facts.stuck = True
        return True
    facts.join(result, known if known is not None else with_default_facts(ts.type_of(result)))
    facts.set_constant(result, NOT_CONSTANT)
    return True


def with_default_facts(t: types.Type) -> types.Type:
    return types.TensorType(types.DEFAULT_DTYPE) if isinstance(t, types.TensorType) else t


def _store(facts: Facts, key: str, value: SSAValue) -> None:
    facts.same_containers(key, value)
    t = facts.type(value)
    if t is None:
        return
    t = strip(t, ts.type_of(value))
    old = facts.states.get(key)
    new = t if old is None else types.join(t, old) or types.erase(ts.type_of(value))
    facts.changed |= new != old
    facts.states[key] = new


def _object(facts: Facts, op: Operation) -> bool:
    facts.join(op.results[0], ts.type_of(op.results[0]))
    facts.set_constant(op.results[0], NOT_CONSTANT)
    return True


def _attribute_get(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.AttributeGetOp)
    if facts.type(op.operand) is None:
        facts.stuck = True
        return True
    return _load(facts, _field_key(op.operand, op.field.data), op.result)


def _attribute_set(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.AttributeSetOp)
    _store(facts, _field_key(op.target, op.field.data), op.value)
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
    if not types.is_boxed(ts.type_of(op.operand)):
        _store(facts, _box_key(ts.type_of(op.operand)), op.operand)
    facts.join(op.result, ts.type_of(op.result))
    facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _unbox(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.UnboxOp)
    if types.is_boxed(ts.type_of(op.result)):
        return _object(facts, op)
    held = ts.held_value(op.operand, ts.type_of(op.result))
    if held is not None:
        facts.same_containers(_box_key(ts.type_of(op.result)), op.result)
        facts.flow(held, op.result)
        return True
    return _load(facts, _box_key(ts.type_of(op.result)), op.result)


def _is_type(facts: Facts, op: Operation) -> bool:
    """No box holds a type that is never boxed: all boxes are made by the program."""
    assert isinstance(op, ts.IsTypeOp)
    tested = op.tested.data
    if ts.held_value(op.operand, tested) is not None:
        facts.set_constant(op.result, True)
        return True
    never = tested != types.NONE and _box_key(tested) not in facts.states
    facts.set_constant(op.result, False if never else NOT_CONSTANT)
    return True


def _fork(facts: Facts, op: Operation) -> bool:
    """A task that fails does not end what comes after it."""
    assert isinstance(op, ts.ForkOp)
    if facts.block(op.body.block):
        _store(facts, _field_key(op.result, types.FUTURE_VALUE), op.value)
    return _object(facts, op)


def _wait(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.WaitOp)
    if facts.type(op.operand) is None:
        facts.stuck = True
        return True
    return _load(facts, _field_key(op.operand, types.FUTURE_VALUE), op.result)


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
