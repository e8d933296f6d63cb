"""Turns in-place kernels on tensors that nobody else can see into kernels that make a new tensor, which fuse.

    !t = !ts.val<"Tensor[f32; 4; contiguous]">
    func.func @f(%x : !t) -> !t {
      %y = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!t) -> !t
      %z = "ts.generic"(%y, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 1, 0>}> ({
      ^bb0(%e : f32):
        %r = math.exp %e : f32
        "ts.yield"(%r) : (f32) -> ()
      }) : (!t, !t) -> !t
      func.return %y : !t
    }
->
    func.func @f(%x : !t) -> !t {
      %y = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!t) -> !t
      %z = "ts.generic"(%y) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
      ^bb0(%e : f32):
        %r = math.exp %e : f32
        "ts.yield"(%r) : (f32) -> ()
      }) : (!t) -> !t
      func.return %z : !t
    }

The tensor must be made in the same block, and until the kernel runs nothing may have kept it or a view of it; whatever
uses it later uses the new one. The other inputs must be known to fit into its shape: the kernel no longer checks that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func
from xdsl.ir import Block, Operation, OpResult, SSAValue

from aotjit.ir import ts
from aotjit.ir.ownership import Ownership, ownership_of
from aotjit.ir.rewrite import blocks_of
from aotjit.ops import REGISTRY
from aotjit.passes.base import Pass
from aotjit.passes.kernels import drop_outs
from aotjit.passes.operators import is_generic
from aotjit.passes.shapes import broadcasts_to
from aotjit.program import Program
from aotjit.types import TensorType


@dataclass(frozen=True)
class Functionalise(Pass):
    name: ClassVar[str] = "functionalise"
    level: ClassVar[int] = 2

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                changed |= _functionalise(function.body.block)
        return changed


def _functionalise(block: Block) -> bool:
    changed = False
    for op in list(block.ops):
        if isinstance(op, ts.GenericOp):
            if len(op.outs) == 1 and _is_private(op.outs[0], op):
                _make_new(op)
                changed = True
            continue
        if not isinstance(op, ts.MatmulOp):
            for inner in blocks_of(op):
                changed |= _functionalise(inner)
    return changed


def _is_private(out: SSAValue, kernel: ts.GenericOp) -> bool:
    """`out` is a new tensor that only `kernel` and what comes after it can tell from its next value."""
    maker = out.owner
    if not isinstance(out, OpResult) or not isinstance(maker, Operation) or maker.parent is not kernel.parent:
        return False
    if not _makes_new(maker) or out not in kernel.inputs:
        return False
    own = ts.type_of(out)
    if not isinstance(own, TensorType) or own.dtype is not _dtype(kernel.outputs[0]):
        return False
    if not all(v is out or broadcasts_to(ts.type_of(v), own) for v in kernel.inputs):
        return False
    return all(_comes_after(use.operation, kernel) or _only_reads(use.operation, out) for use in out.uses)


def _dtype(value: SSAValue) -> object:
    t = ts.type_of(value)
    return t.dtype if isinstance(t, TensorType) else None


def _makes_new(op: Operation) -> bool:
    """The results are tensors that did not exist before."""
    if isinstance(op, ts.GenericOp):
        return not op.outs
    if isinstance(op, ts.AtenOp):
        return op.effects.data == "read" and not is_generic(REGISTRY[op.op.data].schema)
    return isinstance(op, ts.MatmulOp) and ownership_of(op) is Ownership.OWNED


def _only_reads(user: Operation, value: SSAValue) -> bool:
    """`user` keeps no reference to `value`, nor a view of it."""
    if isinstance(user, ts.GenericOp):
        return value not in user.outs
    if isinstance(user, ts.AtenOp):
        return user.effects.data in ("pure", "read") and not is_generic(REGISTRY[user.op.data].schema)
    return isinstance(user, ts.MatmulOp | ts.PrintOp | ts.FormatOp)


def _comes_after(user: Operation, kernel: ts.GenericOp) -> bool:
    """`user` is the kernel itself, or in the same block behind it (perhaps nested)."""
    at: Operation | None = user
    while at is not None and at.parent is not kernel.parent:
        at = at.parent_op()
    while at is not None and at is not kernel:
        at = at.prev_op
    return at is kernel


def _make_new(kernel: ts.GenericOp) -> None:
    out, result = kernel.outs[0], kernel.outputs[0]
    drop_outs(kernel)
    out.replace_uses_with_if(result, lambda use: use.operation is not kernel and _comes_after(use.operation, kernel))
