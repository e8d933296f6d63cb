"""Removes what is never used: operations that change nothing, loop-carried values that only feed themselves, and
results of branches that nobody reads.

    func.func @f(%n : i64, %x : i64) -> i64 {
      %unused = arith.muli %n, %n : i64
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %r, %s = scf.for %i = %zero to %n step %one iter_args(%a = %zero, %b = %x) -> (i64, i64) : i64 {
        %c = arith.addi %a, %i : i64
        %d = arith.addi %b, %i : i64
        scf.yield %c, %d : i64, i64
      }
      func.return %r : i64
    }
->
    func.func @f(%n : i64, %x : i64) -> i64 {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %r = scf.for %i = %zero to %n step %one iter_args(%a = %zero) -> (i64) : i64 {
        %c = arith.addi %a, %i : i64
        scf.yield %c : i64
      }
      func.return %r : i64
    }

Liveness is found first, from the operations that must stay (writes, prints, raises, returns) backwards through their
operands, so that cycles through loop arguments die in one go; one walk then removes everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func, scf
from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.traits import IsTerminator

from aotjit.ir import ts
from aotjit.ir.ownership import consumed_operands
from aotjit.ir.rewrite import blocks_of, erase, is_removable, keep_arguments, keep_operands, keep_results
from aotjit.passes.base import Pass
from aotjit.program import Program


@dataclass(frozen=True)
class Dce(Pass):
    name: ClassVar[str] = "dce"
    level: ClassVar[int] = 0

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                live = _Liveness(function)
                changed |= _sweep(function.body.block, live)
        return changed | _drop_weights(program)


def _drop_weights(program: Program) -> bool:
    """Forgets weights that neither the code nor a new instance's state names."""
    if not program.weights:
        return False
    used = {op.symbol.data for op in program.module.walk() if isinstance(op, ts.WeightOp)}
    used |= {state.initial for state in program.states if isinstance(state.initial, str)}
    unused = [name for name in program.weights if name not in used]
    for name in unused:
        del program.weights[name]
    return bool(unused)


class _Liveness:
    """The values and operations of a function that are needed."""

    def __init__(self, function: func.FuncOp) -> None:
        self.values: set[SSAValue] = set()
        self.operations: set[Operation] = set()
        self.work: list[SSAValue] = []
        self._roots(function.body.block)
        while self.work:
            self._follow(self.work.pop())

    def _roots(self, block: Block) -> None:
        """Keeps what must run whether or not its results are used."""
        for op in block.ops:
            if isinstance(op, scf.IfOp | scf.ForOp | scf.WhileOp | ts.ForkOp):
                for inner in blocks_of(op):
                    self._roots(inner)
            elif isinstance(op, func.ReturnOp) or not (op.has_trait(IsTerminator) or is_removable(op)):
                self.keep(op)

    def need(self, value: SSAValue) -> None:
        if value not in self.values:
            self.values.add(value)
            self.work.append(value)

    def keep(self, op: Operation) -> None:
        """`op` stays, so do the operations around it and what decides whether they run."""
        if op in self.operations:
            return
        self.operations.add(op)
        for operand in _own_operands(op):
            self.need(operand)
        if isinstance(op, scf.WhileOp):
            self.need(_condition(op).condition)
        parent = op.parent_op()
        if parent is not None and not isinstance(parent, func.FuncOp):
            self.keep(parent)

    def _follow(self, value: SSAValue) -> None:
        if isinstance(value, OpResult):
            self.keep(value.op)
            for source in _sources_of_result(value.op, value.index):
                self.need(source)
        elif isinstance(value, BlockArgument):
            parent = value.block.parent_op()
            if parent is not None and not isinstance(parent, func.FuncOp):
                self.keep(parent)
                for source in _sources_of_argument(parent, value):
                    self.need(source)


def _condition(op: scf.WhileOp) -> scf.ConditionOp:
    condition = op.before_region.block.last_op
    assert isinstance(condition, scf.ConditionOp)
    return condition


def _terminator(block: Block) -> Operation:
    assert block.last_op is not None
    return block.last_op


def _yielded(block: Block) -> tuple[SSAValue, ...]:
    return tuple(_terminator(block).operands)


def _own_operands(op: Operation) -> list[SSAValue]:
    """Operands that are needed whenever `op` runs: all but the values that loops carry. A task gives its result."""
    if isinstance(op, ts.ForkOp):
        return [op.value]
    carried = consumed_operands(op) if isinstance(op, scf.ForOp | scf.WhileOp) else ()
    return list(op.operands)[: len(op.operands) - len(carried)]


def _sources_of_result(op: Operation, index: int) -> list[SSAValue]:
    if isinstance(op, scf.IfOp):
        return [_yielded(block)[index] for block in blocks_of(op)]
    if isinstance(op, scf.ForOp):
        return [op.iter_args[index], _yielded(op.body.block)[index], op.body.block.args[index + 1]]
    if isinstance(op, scf.WhileOp):
        return [_condition(op).args[index]]
    return []


def _sources_of_argument(op: Operation, value: BlockArgument) -> list[SSAValue]:
    if isinstance(op, scf.ForOp):
        index = value.index - 1
        return [] if index < 0 else [op.iter_args[index], _yielded(op.body.block)[index], op.results[index]]
    assert isinstance(op, scf.WhileOp)
    if value.block is op.before_region.block:
        return [op.operands[value.index], _yielded(op.after_region.block)[value.index]]
    return [_condition(op).args[value.index], op.results[value.index]]


def _sweep(block: Block, live: _Liveness) -> bool:
    changed = False
    for op in reversed(list(block.ops)):
        if op.has_trait(IsTerminator):
            continue
        if op not in live.operations:
            erase(op)
            changed = True
            continue
        trim = TRIM.get(type(op))
        if trim is None:
            continue
        kept_arguments = trim(op, live.values)
        for inner in blocks_of(op):
            changed |= _sweep(inner, live)
        for inner, kept in kept_arguments:
            changed |= len(kept) < len(inner.args)
            keep_arguments(inner, kept)
    return changed


Kept = list[tuple[Block, list[int]]]
"""Which arguments of inner blocks stay. They are dropped when nothing in the block uses them any more."""


def _trim_if(op: Operation, live: set[SSAValue]) -> Kept:
    kept = [i for i, result in enumerate(op.results) if result in live]
    if len(kept) < len(op.results):
        for block in blocks_of(op):
            keep_operands(_terminator(block), kept)
        keep_results(op, kept)
    return []


def _trim_nothing(op: Operation, live: set[SSAValue]) -> Kept:
    return []


def _trim_for(op: Operation, live: set[SSAValue]) -> Kept:
    assert isinstance(op, scf.ForOp)
    body = op.body.block
    kept = [i for i, result in enumerate(op.results) if result in live or body.args[i + 1] in live]
    keep_operands(_terminator(body), kept)
    keep_operands(op, [0, 1, 2, *(i + 3 for i in kept)])
    keep_results(op, kept)
    return [(body, [0, *(i + 1 for i in kept)])]


def _trim_while(op: Operation, live: set[SSAValue]) -> Kept:
    assert isinstance(op, scf.WhileOp)
    before, after = op.before_region.block, op.after_region.block
    carried = [i for i, argument in enumerate(before.args) if argument in live]
    passed = [i for i, argument in enumerate(after.args) if argument in live or op.results[i] in live]
    keep_operands(_terminator(after), carried)
    keep_operands(op, carried)
    keep_operands(_terminator(before), [0, *(i + 1 for i in passed)])
    keep_results(op, passed)
    return [(before, carried), (after, passed)]


TRIM: dict[type[Operation], Callable[[Operation, set[SSAValue]], Kept]] = {
    scf.IfOp: _trim_if,
    scf.ForOp: _trim_for,
    scf.WhileOp: _trim_while,
    ts.ForkOp: _trim_nothing,
}
