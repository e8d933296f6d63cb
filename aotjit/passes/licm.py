"""Takes out of loops what is the same in every iteration.

    !x = !ts.val<"Tensor[f32; 4; contiguous]">
    func.func @f(%x : !x, %n : i64) -> !x {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %r = scf.for %i = %zero to %n step %one iter_args(%h = %x) -> (!x) : i64 {
        %w = "ts.weight"() <{symbol = "w"}> : () -> !x
        %m = "ts.generic"(%w, %w) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
        ^bb0(%a : f32, %b : f32):
          %c = arith.mulf %a, %b : f32
          "ts.yield"(%c) : (f32) -> ()
        }) : (!x, !x) -> !x
        %s = "ts.generic"(%h, %m) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
        ^bb0(%d : f32, %e : f32):
          %g = arith.addf %d, %e : f32
          "ts.yield"(%g) : (f32) -> ()
        }) : (!x, !x) -> !x
        scf.yield %s : !x
      }
      func.return %r : !x
    }
->
    func.func @f(%x : !x, %n : i64) -> !x {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %w = "ts.weight"() <{symbol = "w"}> : () -> !x
      %m = "ts.generic"(%w, %w) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
      ^bb0(%a : f32, %b : f32):
        %c = arith.mulf %a, %b : f32
        "ts.yield"(%c) : (f32) -> ()
      }) : (!x, !x) -> !x
      %r = scf.for %i = %zero to %n step %one iter_args(%h = %x) -> (!x) : i64 {
        %s = "ts.generic"(%h, %m) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
        ^bb0(%d : f32, %e : f32):
          %g = arith.addf %d, %e : f32
          "ts.yield"(%g) : (f32) -> ()
        }) : (!x, !x) -> !x
        scf.yield %s : !x
      }
      func.return %r : !x
    }

A loop may run no iteration at all, and what fails in one may come after something that is seen: only what cannot fail
is moved (known_to_succeed in succeeds.py). A new tensor that is written to, or that callers get, stays: each iteration
has its own. What is read must not be written to anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func, scf
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import ConstantLike, Pure

from aotjit.ir import ts
from aotjit.ir.rewrite import blocks_of
from aotjit.ops.identity import is_told_apart
from aotjit.passes.alias import Aliases
from aotjit.passes.base import Pass
from aotjit.passes.frozen import is_frozen
from aotjit.passes.succeeds import known_to_succeed
from aotjit.program import Program

LOOPS = (scf.ForOp, scf.WhileOp)


@dataclass(frozen=True)
class Licm(Pass):
    name: ClassVar[str] = "licm"

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                loops = [op for op in function.walk() if isinstance(op, LOOPS)]
                if loops:
                    changed |= _Mover(Aliases(function)).loops(loops)
        return changed


class _Mover:
    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases

    def loops(self, loops: Sequence[Operation]) -> bool:
        """Inner loops first: what leaves them may leave the outer ones too."""
        changed = False
        for loop in reversed(loops):
            for block in blocks_of(loop):
                for op in list(block.ops):
                    if self._moves(op, loop):
                        assert loop.parent is not None
                        block.detach_op(op)
                        loop.parent.insert_op_before(op, loop)
                        changed = True
        return changed

    def _moves(self, op: Operation, loop: Operation) -> bool:
        if not op.results or any(is_inside(v, loop) for v in op.operands):
            return False
        if op.has_trait(ConstantLike) or (isinstance(op, ts.WeightOp | ts.SomeOp | ts.RefineOp) and op.has_trait(Pure)):
            return not (isinstance(op, ts.RefineOp) and op.checked is not None)
        if isinstance(op, ts.ListOp):
            return is_frozen(op.result)
        if not known_to_succeed(op):
            return False
        if any(map(is_told_apart, op.results)):
            return False
        if isinstance(op, ts.AtenOp) and op.effects.data in ("pure", "view"):
            return True
        return self.is_shareable(op)

    def is_shareable(self, op: Operation) -> bool:
        """One result does for all iterations, and its operands stay what they are."""
        if any(map(self.aliases.is_written, op.operands)):
            return False
        return not any(self.aliases.is_written(r) or self.aliases.escapes(r) for r in op.results)


def is_inside(value: SSAValue, loop: Operation) -> bool:
    """`value` is made inside the loop."""
    owner = value.owner
    at = owner.parent_op() if isinstance(owner, Block) else owner
    while at is not None:
        if at is loop:
            return isinstance(owner, Block) or owner is not loop
        at = at.parent_op()
    return False
