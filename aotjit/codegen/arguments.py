"""What a function does with its arguments' memory, which is the caller's: does it write to it, does it keep it?

Both answers err towards more: a value made of an argument in any way that may share memory counts as that argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xdsl.dialects import func, scf
from xdsl.ir import Operation, SSAValue

from aotjit.ir import ts
from aotjit.ir.ownership import is_counted
from aotjit.types import ClassType, DictType, ListType, OptionalType, TensorType, TupleType, Type, is_boxed

_STATE = -1
"""Stands for the instance's state among the arguments' indices."""


@dataclass(frozen=True)
class ArgumentUse:
    """Indices of arguments: `written` through which the function may write to a caller's tensor, `kept` which may end
    up in a container of the instance's state without passing through ts.state_set."""

    written: frozenset[int]
    kept: frozenset[int]


def argument_use(function: func.FuncOp) -> ArgumentUse:
    """Analyses a lowered function."""
    flow = _Flow(function)
    touching = [op for op in function.walk() if op.regions or any(map(is_counted, (*op.operands, *op.results)))]
    # What reaches a value only grows, so that loops settle after a few rounds.
    before = -1
    while before != (before := flow.size()):
        for op in touching:
            flow.visit(op)
    return ArgumentUse(frozenset(flow.written - {_STATE}), frozenset(flow.kept - {_STATE}))


class _Flow:
    """Which arguments' memory each value may lead to."""

    def __init__(self, function: func.FuncOp) -> None:
        counted = [(i, a) for i, a in enumerate(function.body.block.args) if is_counted(a)]
        self.reaches: dict[SSAValue, frozenset[int]] = {a: frozenset({i}) for i, a in counted}
        self.written: set[int] = set()
        self.kept: set[int] = set()

    def size(self) -> int:
        return sum(map(len, self.reaches.values())) + len(self.written) + len(self.kept)

    def of(self, values: Iterable[SSAValue]) -> frozenset[int]:
        none: frozenset[int] = frozenset()
        return none.union(*(self.reaches.get(v, none) for v in values))

    def add(self, targets: Iterable[SSAValue], indices: frozenset[int]) -> None:
        for target in targets:
            if is_counted(target):
                self.reaches[target] = self.reaches.get(target, frozenset()) | indices

    def visit(self, op: Operation) -> None:
        if isinstance(op, ts.AtenOp):
            self.visit_operator(op)
        elif isinstance(op, ts.GenericOp):
            for result, out in zip(op.outputs, op.outs, strict=False):
                self.written |= self.of([out])
                self.add([result], self.of([out]))
        elif isinstance(op, ts.StateGetOp):
            self.add([op.result], frozenset({_STATE}))
        elif isinstance(op, ts.StateSetOp):
            if _has_instance(ts.type_of(op.value)):  # ts.state_set does not copy these
                self.kept |= self.of([op.value])
            self.add([op.value], frozenset({_STATE}))
        elif isinstance(op, ts.AttributeSetOp):
            self.store([op.target, op.value], op.target, [op.value] if _is_container(op.value) else [])
        elif isinstance(op, scf.ForOp | scf.WhileOp | scf.IfOp | ts.ForkOp):
            blocks = [block for region in op.regions for block in region.blocks]
            sources = [*op.operands, *(v for b in blocks if b.last_op for v in b.last_op.operands)]
            self.add([*op.results, *(a for b in blocks for a in b.args)], self.of(sources))
        elif not isinstance(op, ts.MatmulOp):
            self.add(op.results, self.of(op.operands))

    def visit_operator(self, op: ts.AtenOp) -> None:
        containers = [a for a in op.arguments if _is_container(a)]
        targets = [op.arguments[i] for i in op.written]
        for target in targets:
            self.written |= self.of([target])
            if target in containers:
                self.store(op.arguments, target, containers)
        shared = op.arguments[:1] if op.effects.data == "view" else targets
        self.add(op.outputs, self.of([*shared, *containers]))

    def store(self, values: Sequence[SSAValue], target: SSAValue, containers: list[SSAValue]) -> None:
        """What is stored in a container can be reached through it, and what is later put in a stored container too."""
        together = self.of(values)
        if _STATE in together:
            self.kept |= together
        self.add([target, *containers], together)


def _has_instance(t: Type) -> bool:
    """An instance or a box is in a value of this type."""
    if isinstance(t, OptionalType | ListType):
        return _has_instance(t.element)
    if isinstance(t, TupleType):
        return any(map(_has_instance, t.elements))
    if isinstance(t, DictType):
        return _has_instance(t.value)
    return isinstance(t, ClassType) or is_boxed(t)


def _is_container(value: SSAValue) -> bool:
    """An operator on it may hand out what is in it."""
    return isinstance(value.type, ts.ValueType) and not isinstance(value.type.data, TensorType)
