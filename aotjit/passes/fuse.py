"""Computes element by element what is used element by element: chains of pointwise kernels become one kernel.

    !t = !ts.val<"Tensor[f32]">
    func.func @f(%x : !t, %y : !t) -> !t {
      %a = "ts.generic"(%x) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
      ^bb0(%e : f32):
        %r = math.exp %e : f32
        "ts.yield"(%r) : (f32) -> ()
      }) : (!t) -> !t
      %b = "ts.generic"(%a, %y) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
      ^bb0(%e : f32, %g : f32):
        %s = arith.mulf %e, %g : f32
        "ts.yield"(%s) : (f32) -> ()
      }) : (!t, !t) -> !t
      func.return %b : !t
    }
->
    func.func @f(%x : !t, %y : !t) -> !t {
      %b = "ts.generic"(%y, %x) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
      ^bb0(%g : f32, %e : f32):
        %r = math.exp %e : f32
        %s = arith.mulf %r, %g : f32
        "ts.yield"(%s) : (f32) -> ()
      }) : (!t, !t) -> !t
      func.return %b : !t
    }

Producers go into pointwise kernels, into what reductions fold and into the extras of ts.matmul; a pointwise consumer of
a product becomes its epilogue. A producer's elements are then computed where they are used, so its inputs must not be
written in between (alias.py). Values with other users are only computed again when that is cheap. Where a producer is
smaller than its consumer, and costly, it stays. Each refusal is left as the attribute `ts.not_fused` on the producer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import ConstantLike, IsTerminator

from aotjit.ir import ts
from aotjit.ir.rewrite import blocks_of
from aotjit.passes.alias import Aliases
from aotjit.passes.base import Pass
from aotjit.passes.kernels import Kernel, absorb_consumer, absorb_producer, body_of, read_by, tensors_of
from aotjit.passes.shapes import broadcasts_to, is_smaller
from aotjit.passes.sizes import ask_operands
from aotjit.program import Program
from aotjit.types import TensorType

NOT_FUSED = "ts.not_fused"
COSTLY_ARITH = (arith.DivfOp, arith.DivSIOp, arith.RemSIOp)


@dataclass(frozen=True)
class Fuse(Pass):
    """`max_tensors` and `max_operations` bound a fused kernel; `cheap` is the size of a body worth computing twice."""

    name: ClassVar[str] = "fuse"
    level: ClassVar[int] = 2
    max_tensors: int = 12
    max_operations: int = 160
    cheap: int = 2

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                changed |= _Fuser(self, function).run()
        return changed


class _Fuser:
    def __init__(self, limits: Fuse, function: func.FuncOp) -> None:
        self.limits = limits
        self.function = function
        self.changed = False

    def run(self) -> bool:
        self.changed = ask_operands(self.function, lambda: self.aliases)
        self.block(self.function.body.block)
        return self.changed

    @cached_property
    def aliases(self) -> Aliases:
        """Made for the first candidate."""
        return Aliases(self.function)

    def block(self, block: Block) -> None:
        op = block.first_op
        while op is not None:
            following = op.next_op
            if isinstance(op, ts.GenericOp | ts.MatmulOp):
                self._kernel(op)
            else:
                for inner in blocks_of(op):
                    self.block(inner)
            op = following

    def _kernel(self, kernel: Kernel) -> None:
        """Takes producers into `kernel` until none is left that may."""
        refused: set[SSAValue] = set()
        while True:
            candidate = self._candidate(kernel, refused)
            if candidate is None:
                return
            producer, reason = candidate
            if reason:
                refused.add(producer.results[0])
                producer.attributes[NOT_FUSED] = StringAttr(reason)
                continue
            self.changed = True
            if isinstance(producer, ts.GenericOp):
                producer.attributes.pop(NOT_FUSED, None)
                absorb_producer(kernel, producer, keep=not _only_user(producer.outputs[0], kernel))
                continue
            assert isinstance(kernel, ts.GenericOp)
            old = kernel.outputs[0]
            fused = absorb_consumer(producer, kernel)
            self.aliases.adopt(fused.result, old)
            fused.attributes.pop(NOT_FUSED, None)
            kernel = fused

    def _candidate(self, kernel: Kernel, refused: set[SSAValue]) -> tuple[Kernel, str] | None:
        """The next producer and why it must stay (empty: it may go in). Products come last, so that what they are
        combined with is complete."""
        makers = [v.owner for v in reversed(tensors_of(kernel)) if v not in refused]
        for producer in makers:
            if isinstance(producer, ts.GenericOp) and producer.parent is kernel.parent:
                reason = self._why_not(producer, kernel)
                if reason != NO_CANDIDATE:
                    return producer, reason
        for producer in makers:
            if not isinstance(producer, ts.MatmulOp) or not isinstance(kernel, ts.GenericOp):
                continue
            if producer.parent is kernel.parent:
                return producer, self._why_not_epilogue(producer, kernel)
        return None

    def _why_not(self, producer: ts.GenericOp, kernel: Kernel) -> str:
        if producer.kind.data != "pointwise" or producer.outs or len(producer.outputs) != 1:
            return NO_CANDIDATE
        result = producer.outputs[0]
        if any(use.operation is kernel and not _is_element(kernel, use.index) for use in result.uses):
            return "it is also used as a whole"
        if not _only_user(result, kernel):
            if self._cost(producer) > self.limits.cheap:
                return "it has several users"
            if self.aliases.is_written(result):
                return "it is written after it is made"
        if self._cost(producer) > self.limits.cheap and _is_smaller(result, kernel):
            return "it is smaller than the kernel that uses it and costly to compute for each of its elements"
        return self._too_large(producer, kernel) or self._overwritten(producer, kernel)

    def _why_not_epilogue(self, product: ts.MatmulOp, kernel: ts.GenericOp) -> str:
        if kernel.kind.data != "pointwise" or kernel.outs or len(kernel.outputs) != 1:
            return "its consumer is no plain pointwise kernel"
        if not _only_user(product.result, kernel):
            return "it has several users"
        own, made = _tensor_type(product.result), _tensor_type(kernel.outputs[0])
        if own.dtype is not made.dtype:
            return "its consumer has another element type"
        if not all(broadcasts_to(ts.type_of(v), own) for v in kernel.inputs if v is not product.result):
            return "the shapes of what it is combined with are not known to fit into it; give them with --input"
        return self._too_large(product, kernel) or self._overwritten(product, kernel)

    def _cost(self, producer: ts.GenericOp) -> int:
        """Scalar operations; a costly one counts as many."""
        return sum(_operation_cost(op) for op in producer.body.block.ops)

    def _too_large(self, producer: Kernel, kernel: Kernel) -> str:
        tensors = {*tensors_of(producer), *tensors_of(kernel)} - {producer.results[0]}
        size = sum(len(body_of(k).ops) for k in (producer, kernel))
        if len(tensors) > self.limits.max_tensors or size > self.limits.max_operations:
            return "the fused kernel would be too large"
        return ""

    def _overwritten(self, producer: Kernel, kernel: Kernel) -> str:
        """Something that the producer reads may change before the kernel runs, or while it does."""
        read = read_by(producer)
        if not any(map(self.aliases.is_written, read)):
            return ""
        op = producer.next_op
        while op is not None and op is not kernel:
            if self.aliases.may_write(op, read):
                return "what it reads is written before it is used"
            op = op.next_op
        outs = tuple(kernel.outs) if isinstance(kernel, ts.GenericOp) else ()
        others = [v for v in read if v not in outs]
        if outs and self.aliases.may_write(kernel, others):
            return "its consumer may write what it reads"
        return ""


NO_CANDIDATE = "no candidate"


def _only_user(value: SSAValue, user: Kernel) -> bool:
    return all(use.operation is user for use in value.uses)


def _is_element(kernel: Kernel, index: int) -> bool:
    """Operand `index` is one that the body gets elements of."""
    if isinstance(kernel, ts.GenericOp):
        return index < len(kernel.inputs)
    return 2 <= index < 2 + len(kernel.extras)


def _operation_cost(op: Operation) -> int:
    if op.has_trait(ConstantLike) or op.has_trait(IsTerminator):
        return 0
    return 1 if op.dialect_name() == "arith" and not isinstance(op, COSTLY_ARITH) else 16


def _tensor_type(value: SSAValue) -> TensorType:
    t = ts.type_of(value)
    assert isinstance(t, TensorType)
    return t


def _is_smaller(result: SSAValue, kernel: Kernel) -> bool:
    """The result is known to be broadcast in the kernel."""
    dims = _tensor_type(result).dims
    if dims is None:
        return False
    others = [_tensor_type(v).dims for v in tensors_of(kernel) if v is not result]
    if isinstance(kernel, ts.MatmulOp):
        others.append(_tensor_type(kernel.result).dims)
    return any(other is not None and is_smaller(dims, other) for other in others)
