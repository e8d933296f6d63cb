"""How each kind of operation carries facts from its operands to its results: one function each, in the table TRANSFER.

They return True when what follows the operation is reached.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, scf
from xdsl.ir import Block, Operation

from aotjit import types
from aotjit.ir import ts
from aotjit.ir.rewrite import NOT_CONSTANT, NotConstant, blocks_of, constant_of
from aotjit.ops.opdef import UNKNOWN
from aotjit.passes.cells import strip
from aotjit.passes.frozen import is_frozen
from aotjit.passes.instances import transfer_call
from aotjit.passes.operators import transfer_operator
from aotjit.passes.transfer_objects import OBJECT_TRANSFER
from aotjit.types import Type

if TYPE_CHECKING:
    from aotjit.passes.facts import Facts

def _constant(facts: Facts, op: Operation) -> bool:
    result = op.results[0]
    facts.join(result, types.NONE if isinstance(op, ts.NoneOp) else ts.type_of(result))
    facts.set_constant(result, constant_of(result))
    return True


def _undef(facts: Facts, op: Operation) -> bool:
    return _known(facts, op) if facts.undefined_is_anything else True


def _known(facts: Facts, op: Operation) -> bool:
    """Operations whose results have the facts of their declared type."""
    for result in op.results:
        facts.join(result, ts.type_of(result))
        facts.cells.declare(result, ts.type_of(result))
        facts.set_constant(result, NOT_CONSTANT)
    return True


def _raise(facts: Facts, op: Operation) -> bool:
    return False


def _tuple(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.TupleOp)
    elements = []
    for index, element in enumerate(op.elements):
        facts.cells.unify(element, (), op.result, (index,), ts.type_of(element))
        elements.append(facts.type(element))
    whole = ts.type_of(op.result)
    assert isinstance(whole, types.TupleType)
    if all(e is not None for e in elements):
        facts.join(op.result, types.TupleType(tuple(e for e in elements if e is not None), whole.name, whole.fields))
        facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _tuple_get(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.TupleGetOp)
    index = op.index.value.data
    maker = op.operand.owner
    if isinstance(maker, ts.TupleOp):
        facts.flow(maker.elements[index], op.result)
        return True
    facts.cells.unify(op.operand, (index,), op.result, (), ts.type_of(op.result))
    whole = facts.type(op.operand)
    if isinstance(whole, types.TupleType):
        facts.join(op.result, whole.elements[index])
        facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _some(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.SomeOp)
    inner = ts.type_of(op.operand)
    facts.cells.unify(op.operand, (), op.result, ("some",), inner)
    t = facts.type(op.operand)
    if t is not None:
        facts.join(op.result, types.OptionalType(t))
        facts.set_constant(op.result, facts.constant(op.operand))
    return True


def _unwrap(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.UnwrapOp)
    facts.cells.unify(op.operand, ("some",), op.result, (), ts.type_of(op.result))
    t = facts.type(op.operand)
    if isinstance(t, types.OptionalType):
        facts.join(op.result, t.element)
        constant = facts.constant(op.operand)
        facts.set_constant(op.result, NOT_CONSTANT if constant is None else constant)
    return True


def _is_none(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.IsNoneOp)
    t = facts.type(op.operand)
    if t is None:
        return True
    if t == types.NONE:
        facts.set_constant(op.result, True)
    elif isinstance(op.operand.owner, ts.SomeOp):
        facts.set_constant(op.result, False)
    else:
        constant = facts.constant(op.operand)
        facts.set_constant(op.result, NOT_CONSTANT if isinstance(constant, NotConstant) else constant is None)
    return True


def _refine(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.RefineOp)
    facts.cells.unify(op.operand, (), op.result, (), ts.type_of(op.result))
    t = facts.type(op.operand)
    if t is not None:
        facts.join(op.result, meet(t, ts.type_of(op.result)))
        facts.set_constant(op.result, facts.constant(op.operand))
    return True


def meet(a: Type, b: Type) -> Type:
    """What is known when both are: for tensors, the facts of either (b's win); other types keep a's."""
    if isinstance(a, types.OptionalType) and isinstance(b, types.OptionalType):
        return types.OptionalType(meet(a.element, b.element))
    if not isinstance(a, types.TensorType) or not isinstance(b, types.TensorType):
        return a
    dims = a.dims if b.dims is None else b.dims
    if a.dims is not None and b.dims is not None and len(a.dims) == len(b.dims):
        dims = tuple(x if y is None else y for x, y in zip(a.dims, b.dims, strict=True))
    return types.TensorType(b.dtype or a.dtype, dims, a.contiguous or b.contiguous)


def _list(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.ListOp)
    t = ts.type_of(op.result)
    assert isinstance(t, types.ListType)
    for element in op.elements:
        facts.cells.put(op.result, facts.type(element))
        facts.cells.hold(op.result, element, ts.type_of(element))
    facts.join(op.result, t)
    if is_frozen(op.result, facts.instances.callee):
        items = [facts.constant(e) for e in op.elements]
        facts.set_constant(op.result, [UNKNOWN if isinstance(i, NotConstant) else i for i in items])
    else:
        facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _dict(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.DictOp)
    for key in op.items[::2]:
        facts.cells.put_key(op.result, facts.type(key))
    for value in op.items[1::2]:
        facts.cells.put(op.result, facts.type(value))
        facts.cells.hold(op.result, value, ts.type_of(value))
    facts.join(op.result, ts.type_of(op.result))
    facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _aten(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.AtenOp)
    return transfer_operator(facts, op)


def _if(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, scf.IfOp)
    if op.cond not in facts.constants:
        facts.stuck = True
        return True
    condition = facts.constant(op.cond)
    taken = list(blocks_of(op)) if isinstance(condition, NotConstant) else [taken_block(op, bool(condition))]
    falls_through = isinstance(condition, NotConstant) and len(taken) < 2
    for block in taken:
        if block is None:
            falls_through = True
        elif facts.block(block):
            falls_through = True
            assert block.last_op is not None
            for source, target in zip(block.last_op.operands, op.results, strict=True):
                facts.flow(source, target)
    return falls_through


def taken_block(op: scf.IfOp, condition: bool) -> Block | None:
    """The branch that a constant condition takes; None when it has none."""
    region = op.true_region if condition else op.false_region
    return region.block if region.blocks else None


def _for(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, scf.ForOp)
    body = op.body.block
    for source, argument, result in zip(op.iter_args, body.args[1:], op.results, strict=True):
        facts.flow(source, argument)
        facts.flow(argument, result)
    facts.set_constant(body.args[0], NOT_CONSTANT)
    if runs_never(facts, op):
        return True
    if facts.block(body):
        assert body.last_op is not None
        for source, argument in zip(body.last_op.operands, body.args[1:], strict=True):
            facts.flow(source, argument)
    for argument, result in zip(body.args[1:], op.results, strict=True):
        facts.flow(argument, result)
    return True


def runs_never(facts: Facts, op: scf.ForOp) -> bool:
    """The bounds are constants that leave out every iteration."""
    low, high = facts.constant(op.lb), facts.constant(op.ub)
    return isinstance(low, int) and isinstance(high, int) and low >= high


def _while(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, scf.WhileOp)
    before, after = op.before_region.block, op.after_region.block
    for source, argument in zip(op.operands, before.args, strict=True):
        facts.flow(source, argument)
    if not facts.block(before):
        return False
    condition = before.last_op
    assert isinstance(condition, scf.ConditionOp)
    if condition.condition not in facts.constants:
        facts.stuck = True
        return True
    for source, argument, result in zip(condition.args, after.args, op.results, strict=True):
        facts.flow(source, argument)
        facts.flow(argument, result)
    goes_on = facts.constant(condition.condition)
    if goes_on is False:
        return True
    if facts.block(after):
        assert after.last_op is not None
        for source, argument in zip(after.last_op.operands, before.args, strict=True):
            facts.flow(source, argument)
    return True


def _state_get(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.StateGetOp)
    facts.join(op.result, facts.states.get(op.path.data, ts.type_of(op.result)))
    facts.same_containers(op.path.data, op.result)
    facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _state_set(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.StateSetOp)
    facts.same_containers(op.path.data, op.value)
    t, old = facts.type(op.value), facts.states.get(op.path.data)
    if t is not None:
        stored = strip(t, ts.type_of(op.value))
        new = stored if old is None else types.join(stored, old) or types.erase(old)
        facts.changed |= new != old
        facts.states[op.path.data] = new
    return True


TRANSFER: dict[type[Operation], Callable[[Facts, Operation], bool]] = {
    arith.ConstantOp: _constant,
    ts.StrOp: _constant,
    ts.NoneOp: _constant,
    ts.DeviceOp: _known,
    ts.WeightOp: _known,
    ts.UndefOp: _undef,
    ts.FormatOp: _known,
    ts.StateGetOp: _state_get,
    ts.StateSetOp: _state_set,
    ts.RaiseOp: _raise,
    ts.TupleOp: _tuple,
    ts.TupleGetOp: _tuple_get,
    ts.ListOp: _list,
    ts.DictOp: _dict,
    ts.SomeOp: _some,
    ts.UnwrapOp: _unwrap,
    ts.IsNoneOp: _is_none,
    ts.RefineOp: _refine,
    ts.AtenOp: _aten,
    func.CallOp: transfer_call,
    ts.GenericOp: _known,
    ts.MatmulOp: _known,
    **OBJECT_TRANSFER,
    scf.IfOp: _if,
    scf.ForOp: _for,
    scf.WhileOp: _while,
}
