"""Which forked tasks may run at the same time as what comes after them, with copies of what they use."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Operation, SSAValue

from aotjit.ir import ts
from aotjit.ir.effects import CALL_EFFECTS
from aotjit.passes.alias import Aliases, Memory
from aotjit.types import ClassType, DictType, ListType, OptionalType, TupleType, Type, is_boxed, is_future


def is_independent(op: ts.ForkOp, captured: Sequence[SSAValue], aliases: Aliases) -> bool:
    """The task neither prints, draws random numbers nor uses the instance's state; of what it is given it changes at
    most elements of tensors; and the values that go in and out hold no futures."""
    if any(_may_hold_future(ts.type_of(v), ()) for v in (*captured, op.value)):
        return False
    given = {memory for value in captured for memory in aliases.of(value)}
    return all(_is_alone(inner) and not _changes(inner, aliases, given) for inner in op.walk() if inner is not op)


def _is_alone(op: Operation) -> bool:
    """What `op` does has nothing to do with the rest of the program, but for the memory of its operands."""
    if isinstance(op, func.CallOp):
        return op.attributes.get(CALL_EFFECTS) == StringAttr("read")
    if isinstance(op, ts.AtenOp):
        return op.effects.data != "io"
    return not isinstance(op, ts.PrintOp | ts.StateGetOp | ts.StateSetOp)


def _changes(op: Operation, aliases: Aliases, given: set[Memory]) -> bool:
    """`op` may change an object that the task was given, and not only elements of a tensor."""
    if isinstance(op, ts.GenericOp):
        return False
    return any(memory.root() in given for memory in aliases.writes.get(op, ()))


def _may_hold_future(t: Type, path: tuple[Type, ...]) -> bool:
    """A future belongs to the thread that forked it. A box may hold one too."""
    if t in path:
        return False
    if isinstance(t, ListType | OptionalType):
        return _may_hold_future(t.element, path)
    if isinstance(t, TupleType):
        return any(_may_hold_future(e, path) for e in t.elements)
    if isinstance(t, DictType):
        return _may_hold_future(t.value, path)
    if isinstance(t, ClassType) and not is_future(t):
        return any(_may_hold_future(f, (*path, t)) for f in t.layout.fields.values())
    return is_future(t) or is_boxed(t)
