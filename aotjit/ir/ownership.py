"""Who owns a reference: the one table that the refcount pass, codegen and the interpreter's checker share.

After `refcount`, every reference is accounted for by *leaves*. A leaf is an SSA value that stands for references of its
own; the other values of refcounted types are made of leaves and hold nothing themselves:

    OWNED     the operation makes each refcounted result with one reference that the enclosing block owns
              (ts.aten, ts.generic, ts.list, func.call, scf results, ...)
    FORWARD   the result is the same reference(s) as the operands': ts.tuple, ts.some, ts.unwrap, ts.refine,
              ts.tuple_get. Nothing is counted when it is made; it lives as long as what it was made of
    IMMORTAL  literals, weights, None: never counted (releasing one does nothing). So are strs that are lent by another
              (`lent` = "parts"): they live as long as their lenders

A block argument of a loop body is owned by that body; a function's argument is borrowed from the caller. `ts.tuple_get`
of a tuple that is not put together in sight is a leaf that borrows from the tuple's leaves.

`ts.retain` and `ts.release` are only put on leaves. Count for each leaf:

    +1  where an OWNED operation or a loop body makes it, and for each ts.retain
    -1  for each ts.release, and for each time a consumer takes a value that `leaves` resolves to it

Consumers are func.return, scf.yield, ts.task_return, scf.condition (passed values) and the initial values of scf.for
and scf.while. Each count is zero at the end of its block and never below. A ts.retain stands directly before the
consumer that it feeds, so between operations that can fail only owned leaves, with count one, are alive.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from xdsl.dialects import func, scf
from xdsl.ir import Block, Operation, SSAValue

from aotjit.ir import ts
from aotjit.types import STR, is_refcounted


class Ownership(enum.Enum):
    OWNED = "owned"
    FORWARD = "forward"
    IMMORTAL = "immortal"


OWNERSHIP: dict[type[Operation], Ownership] = {
    ts.StrOp: Ownership.IMMORTAL,
    ts.NoneOp: Ownership.IMMORTAL,
    ts.DeviceOp: Ownership.IMMORTAL,
    ts.WeightOp: Ownership.IMMORTAL,
    ts.UndefOp: Ownership.IMMORTAL,
    ts.TupleOp: Ownership.FORWARD,
    ts.TupleGetOp: Ownership.FORWARD,
    ts.SomeOp: Ownership.FORWARD,
    ts.UnwrapOp: Ownership.FORWARD,
    ts.RefineOp: Ownership.FORWARD,
}
"""Operations not listed are OWNED."""


def ownership_of(op: Operation) -> Ownership:
    """How `op` accounts for the references in its results."""
    if isinstance(op, ts.AtenOp) and op.lent is not None and op.lent.data == "parts":
        return Ownership.IMMORTAL
    return OWNERSHIP.get(type(op), Ownership.OWNED)


def is_counted(value: SSAValue) -> bool:
    """The value is of a refcounted type."""
    return isinstance(value.type, ts.ValueType) and is_refcounted(value.type.data)


def is_borrowed_argument(value: SSAValue) -> bool:
    """The value is an argument of a function, which the caller owns."""
    owner = value.owner
    return isinstance(owner, Block) and isinstance(owner.parent_op(), func.FuncOp)


def leaves(value: SSAValue) -> list[SSAValue]:
    """The leaves whose references `value` carries, in order (one may occur twice). Immortal ones are left out."""
    found: list[SSAValue] = []
    _collect(value, found)
    return found


def _collect(value: SSAValue, found: list[SSAValue]) -> None:
    if not is_counted(value):
        return
    owner = value.owner
    if isinstance(owner, Block):
        found.append(value)
    elif isinstance(owner, ts.TupleOp):
        for element in owner.elements:
            _collect(element, found)
    elif isinstance(owner, ts.SomeOp | ts.UnwrapOp | ts.RefineOp):
        _collect(owner.operand, found)
    elif isinstance(owner, ts.TupleGetOp):
        whole = _without_wrappers(owner.operand)
        if isinstance(whole.owner, ts.TupleOp):
            _collect(whole.owner.elements[owner.index.value.data], found)
        elif not isinstance(whole.owner, ts.UndefOp):
            found.append(value)
    elif ownership_of(owner) is Ownership.OWNED:
        found.append(value)


def _without_wrappers(value: SSAValue) -> SSAValue:
    while isinstance(value.owner, ts.SomeOp | ts.UnwrapOp | ts.RefineOp):
        value = value.owner.operand
    return value


def lenders(value: SSAValue) -> list[SSAValue]:
    """The leaves that must stay alive while `value` is used: its own, those its tuple_get leaves borrow from, and those
    whose text it shows."""
    found: list[SSAValue] = []
    for leaf in leaves(value):
        owner = leaf.owner
        found += lenders(owner.operand) if isinstance(owner, ts.TupleGetOp) else [leaf]
    return found + _shown(value)


def _shown(value: SSAValue) -> list[SSAValue]:
    """The leaves whose text is looked at through a str, or a list of such, that is lent."""
    owner = value.owner
    if isinstance(owner, ts.AtenOp) and owner.lent is not None and owner.lent.data != "text":
        return lenders(owner.arguments[0])
    if isinstance(owner, scf.IfOp) and ts.type_of(value) == STR:
        at = owner.results.index(value)
        return [leaf for region in owner.regions for leaf in _shown(_yielded(region.block, at))]
    return []


def _yielded(block: Block, at: int) -> SSAValue:
    last = block.last_op
    assert last is not None
    return last.operands[at]


def is_owned_leaf(value: SSAValue) -> bool:
    """The value comes with a reference that the block which defines it owns."""
    if not is_counted(value):
        return False
    if isinstance(value.owner, Block):
        return not is_borrowed_argument(value)
    return ownership_of(value.owner) is Ownership.OWNED


def consumed_operands(op: Operation) -> Sequence[SSAValue]:
    """The operands whose references `op` takes over."""
    if isinstance(op, func.ReturnOp | scf.YieldOp | ts.TaskReturnOp):
        return op.operands
    if isinstance(op, scf.ConditionOp):
        return op.args
    if isinstance(op, scf.ForOp):
        return op.iter_args
    if isinstance(op, scf.WhileOp):
        return op.operands
    return ()
