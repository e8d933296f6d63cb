"""Lets a kernel's result take over the memory of an input that is used for the last time.

    !t = !ts.val<"Tensor[f32]">
    func.func @f(%x : !t) -> !t {
      %a = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!t) -> !t
      %b = "ts.generic"(%x, %a) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
      ^bb0(%e : f32, %g : f32):
        %s = arith.addf %e, %g : f32
        "ts.yield"(%s) : (f32) -> ()
      }) : (!t, !t) -> !t
      func.return %b : !t
    }
->
    func.func @f(%x : !t) -> !t {
      %a = "ts.aten"(%x) <{op = "clone", effects = "read"}> : (!t) -> !t
      %b = "ts.generic"(%x, %a) <{
        kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>, reuse = array<i64: 1>
      }> ({
      ^bb0(%e : f32, %g : f32):
        %s = arith.addf %e, %g : f32
        "ts.yield"(%s) : (f32) -> ()
      }) : (!t, !t) -> !t
      func.return %b : !t
    }

Only a permission: whether the input has the result's shape, is contiguous and nobody else holds its memory is seen at
run time (aj_tensor_reusable). The function's own arguments are never reused: they are the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func
from xdsl.dialects.builtin import DenseArrayBase, i64
from xdsl.ir import SSAValue

from aotjit.ir import ts
from aotjit.ir.ownership import leaves
from aotjit.passes.base import Pass
from aotjit.passes.kernels import Kernel, read_by, tensors_of
from aotjit.passes.lifetimes import Lifetimes, lifetimes_of
from aotjit.program import Program
from aotjit.types import Dim, TensorType


@dataclass(frozen=True)
class Reuse(Pass):
    name: ClassVar[str] = "reuse"

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if not isinstance(function, func.FuncOp):
                continue
            for block, lifetimes in lifetimes_of(function.body.block).items():
                for op in block.ops:
                    if isinstance(op, ts.MatmulOp) or (isinstance(op, ts.GenericOp) and op.kind.data == "pointwise"):
                        changed |= _plan(op, lifetimes)
        return changed


def _plan(kernel: Kernel, lifetimes: Lifetimes) -> bool:
    if isinstance(kernel, ts.GenericOp) and kernel.outs:
        return False
    reusable = [i for i, value in enumerate(tensors_of(kernel)) if _may_take(value, kernel, lifetimes)]
    if reusable:
        kernel.properties["reuse"] = DenseArrayBase.from_list(i64, reusable)
    return bool(reusable)


def _may_take(value: SSAValue, kernel: Kernel, lifetimes: Lifetimes) -> bool:
    """`value` is the block's own, this is its last use, and some result could have its form."""
    if isinstance(kernel, ts.MatmulOp) and value in (kernel.a, kernel.b):
        return False
    carried = leaves(value)
    if len(carried) != 1 or carried[0] not in lifetimes.owned or lifetimes.last.get(carried[0]) is not kernel:
        return False
    if sum(leaves(other) == carried for other in read_by(kernel)) > 1:
        return False
    t = ts.type_of(value)
    assert isinstance(t, TensorType)
    return any(_fits(t, ts.type_of(result)) for result in kernel.results)


def _fits(t: TensorType, result: object) -> bool:
    if not isinstance(result, TensorType) or t.dtype is not result.dtype:
        return False
    if t.dims is None or result.dims is None:
        return True
    return len(t.dims) == len(result.dims) and all(map(_may_equal, t.dims, result.dims))


def _may_equal(a: Dim, b: Dim) -> bool:
    return not isinstance(a, int) or not isinstance(b, int) or a == b
