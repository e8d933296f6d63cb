"""Makes ownership explicit: retains what is passed on and kept, releases what is used for the last time.

    !t = !ts.val<"Tensor[f32]">
    func.func @f(%x : !t, %flag : i1) -> !t {
      %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
      %b = "ts.aten"(%a) <{op = "neg", effects = "read"}> : (!t) -> !t
      %c = scf.if %flag -> (!t) {
        scf.yield %b : !t
      } else {
        scf.yield %x : !t
      }
      func.return %c : !t
    }
->
    func.func @f(%x : !t, %flag : i1) -> !t {
      %a = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!t) -> !t
      %b = "ts.aten"(%a) <{op = "neg", effects = "read"}> : (!t) -> !t
      "ts.release"(%a) : (!t) -> ()
      %c = scf.if %flag -> (!t) {
        "ts.retain"(%b) : (!t) -> ()
        scf.yield %b : !t
      } else {
        "ts.retain"(%x) : (!t) -> ()
        scf.yield %x : !t
      }
      "ts.release"(%b) : (!t) -> ()
      func.return %c : !t
    }

The rules are those of ir/ownership.py. A reference whose last use is being consumed is moved instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import IsTerminator

from aotjit.ir import ts
from aotjit.ir.ownership import consumed_operands, leaves
from aotjit.ir.verify_ssa import Stage
from aotjit.passes.base import Pass
from aotjit.passes.lifetimes import Lifetimes, lifetimes_of
from aotjit.program import Program


@dataclass(frozen=True)
class Refcount(Pass):
    name: ClassVar[str] = "refcount"
    level: ClassVar[int] = 0
    stage: ClassVar[Stage | None] = Stage.OWNED

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                for block, lifetimes in lifetimes_of(function.body.block).items():
                    changed |= _count(block, lifetimes)
        return changed


def _count(block: Block, lifetimes: Lifetimes) -> bool:
    moved: set[SSAValue] = set()
    changed = False
    for op in list(block.ops):
        for operand in consumed_operands(op):
            for leaf in leaves(operand):
                if _can_move(leaf, op, lifetimes, moved):
                    moved.add(leaf)
                else:
                    block.insert_op_before(ts.RetainOp(leaf), op)
                    changed = True
    for leaf in lifetimes.owned:
        if leaf not in moved:
            _release(block, leaf, lifetimes.last.get(leaf))
            changed = True
    return changed


def _can_move(leaf: SSAValue, consumer: Operation, lifetimes: Lifetimes, moved: set[SSAValue]) -> bool:
    """This is the last that the block needs of a reference of its own."""
    if leaf in moved or lifetimes.last.get(leaf) is not consumer or leaf not in lifetimes.owned:
        return False
    return leaf not in lifetimes.inside.get(consumer, ())


def _release(block: Block, leaf: SSAValue, last: Operation | None) -> None:
    release = ts.ReleaseOp(leaf)
    if last is None and isinstance(leaf.owner, Block):
        first = block.first_op
        assert first is not None
        block.insert_op_before(release, first)
        return
    at = last if last is not None else leaf.owner
    assert isinstance(at, Operation)
    if at.has_trait(IsTerminator):
        block.insert_op_before(release, at)
    else:
        block.insert_op_after(release, at)
