"""Which arguments' memory a function writes to: callers must not pass read-only or copied tensors there."""

from __future__ import annotations

from xdsl.dialects import func, scf
from xdsl.ir import Operation, SSAValue

from aotjit.ir import ownership, ts
from aotjit.types import TensorType


def written_arguments(function: func.FuncOp) -> frozenset[int]:
    """Indices of the arguments through which the function may write to a caller's tensor.

    Errs towards more: a value made of an argument in any way that may share memory counts as that argument.
    """
    reaches: dict[SSAValue, frozenset[int]] = {
        argument: frozenset({i})
        for i, argument in enumerate(function.body.block.args)
        if ownership.is_counted(argument)
    }
    written: set[int] = set()
    before = -1
    # What reaches a value only grows, so that loops settle after a few rounds.
    while before != (before := sum(map(len, reaches.values())) + len(written)):
        for op in function.walk():
            _visit(op, reaches, written)
    return frozenset(written)


def _visit(op: Operation, reaches: dict[SSAValue, frozenset[int]], written: set[int]) -> None:
    none: frozenset[int] = frozenset()

    def flow(sources: list[SSAValue], targets: list[SSAValue]) -> None:
        all_sources = none.union(*(reaches.get(s, none) for s in sources))
        for target in targets:
            if ownership.is_counted(target):
                reaches[target] = reaches.get(target, none) | all_sources

    if isinstance(op, ts.AtenOp):
        containers = [a for a in op.arguments if _is_container(a)]
        for i in op.written:
            written |= reaches.get(op.arguments[i], none)
            if op.arguments[i] in containers:  # what is stored in a list can be reached through it
                flow(list(op.arguments), [op.arguments[i]])
        shared = op.arguments[:1] if op.effects.data == "view" else [op.arguments[i] for i in op.written]
        flow([*shared, *containers], list(op.outputs))
        return
    if isinstance(op, ts.GenericOp):
        for result, out in zip(op.outputs, op.outs, strict=False):
            written |= reaches.get(out, none)
            flow([out], [result])
        return
    if isinstance(op, ts.MatmulOp):
        return
    if isinstance(op, scf.ForOp | scf.WhileOp | scf.IfOp):
        inner = [block for region in op.regions for block in region.blocks]
        sources = [*op.operands, *(v for b in inner if b.last_op for v in b.last_op.operands)]
        flow(sources, [*op.results, *(a for b in inner for a in b.args)])
        return
    flow(list(op.operands), list(op.results))


def _is_container(value: SSAValue) -> bool:
    """An operator on it may hand out what is in it."""
    return isinstance(value.type, ts.ValueType) and not isinstance(value.type.data, TensorType)
