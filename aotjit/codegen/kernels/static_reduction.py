"""Reductions over shapes that are known when compiling: the loops of fold.py, inlined into a nest of constants.

    int32_t nest(void *const *operands, const aj_word *scalars)

`operands` are row-major inputs, then the results. Accumulators that are wider than the results are on the stack, so
that only small reductions run this way; for large ones a plan at run time costs nothing beside the work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from llvmlite import ir

from aotjit.codegen.context import FunctionContext
from aotjit.codegen.elements import F64, Elements
from aotjit.codegen.kernels.body import Signature, block_key, kernel_function, lanes_of, may_fault
from aotjit.codegen.kernels.fold import Fold, columns_kernel, element_type, fold_kernel
from aotjit.codegen.kernels.operands import pointer_array, word_array
from aotjit.codegen.kernels.rows import counted, load, memory_type, store
from aotjit.codegen.kernels.static import DIVISION_BY_ZERO, Results, dims_of, either, layout_tests
from aotjit.codegen.layout import I32, I64, PTR, STATUS, TENSOR
from aotjit.codegen.module import KernelModule, ModuleContext
from aotjit.dtypes import DType
from aotjit.ir.ts import GenericOp, span_of
from aotjit.schedule.loops import STATIC_REDUCTION_ELEMENTS, STATIC_REDUCTION_RESULTS


@dataclass(frozen=True)
class ReducedSpace:
    """The loops, outermost first: sizes, which are reduced, and along which each input is walked (not broadcast)."""

    sizes: tuple[int, ...]
    reduced: tuple[bool, ...]
    walked: tuple[tuple[bool, ...], ...]

    def strides(self, walked: Sequence[bool]) -> list[int]:
        """Elements between neighbours of a row-major tensor with these dims; 0 where it is broadcast."""
        strides, stride = [0] * len(self.sizes), 1
        for d in reversed(range(len(self.sizes))):
            if walked[d]:
                strides[d] = stride
                stride *= self.sizes[d]
        return strides

    @property
    def result_strides(self) -> list[int]:
        return self.strides([not r for r in self.reduced])

    @property
    def results(self) -> int:
        return math.prod(n for n, r in zip(self.sizes, self.reduced, strict=True) if not r)

    @property
    def by_rows(self) -> bool:
        """The innermost dim is reduced."""
        return self.reduced[-1]


@dataclass(frozen=True)
class ReductionPlan:
    """A reduction over a space known when compiling, and the shape of its results."""

    space: ReducedSpace
    signature: Signature
    folds: tuple[Fold, ...]
    result: tuple[int, ...]


def reduction_plan(op: GenericOp, inputs: tuple[DType, ...], folds: tuple[Fold, ...]) -> ReductionPlan | None:
    """How the operation runs without a plan at run time; None where its shapes are not known, or large."""
    shapes = [dims_of(v) for v in op.inputs]
    if op.dynamic_dims or not shapes:
        return None
    known = [tuple(d for d in s if isinstance(d, int)) for s in shapes if s is not None]
    if len(known) < len(shapes) or any(len(k) != len(s or ()) for k, s in zip(known, shapes, strict=True)):
        return None
    whole = _broadcast(known)
    if whole is None or math.prod(whole) > STATIC_REDUCTION_ELEMENTS or 0 in whole:
        return None
    dims = set(range(len(whole))) if op.reduced is None else {d % len(whole) for d in op.reduced if whole}
    space = _joined(whole, dims, known)
    if space is None or space.results > STATIC_REDUCTION_RESULTS:
        return None
    lanes = min(lanes_of(op.body.block, inputs), 1 << (space.sizes[-1].bit_length() - 1))
    result = tuple(1 if d in dims else n for d, n in enumerate(whole) if d not in dims or op.keepdim is not None)
    return ReductionPlan(space, Signature(inputs, (), lanes), folds, result)


def _broadcast(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    rank = max(map(len, shapes))
    columns = zip(*((1,) * (rank - len(s)) + s for s in shapes), strict=True)
    sizes = [set(column) - {1} for column in columns]
    return tuple(next(iter(s), 1) for s in sizes) if all(len(s) <= 1 for s in sizes) else None


def _joined(whole: tuple[int, ...], dims: set[int], shapes: Sequence[tuple[int, ...]]) -> ReducedSpace | None:
    """Neighbours of one kind joined; None where the innermost dim would need another walk than rows or columns."""
    padded = [(1,) * (len(whole) - len(s)) + s for s in shapes]
    kept: list[tuple[int, bool, tuple[bool, ...]]] = []
    for d, size in enumerate(whole):
        walked = tuple(p[d] != 1 for p in padded)
        if size == 1:
            continue
        if kept and kept[-1][1:] == (d in dims, walked):
            kept[-1] = (kept[-1][0] * size, *kept[-1][1:])
        else:
            kept.append((size, d in dims, walked))
    if not kept:
        kept = [(1, True, (False,) * len(shapes))]
    if not kept[-1][1] and not all(kept[-1][2]):
        return None
    return ReducedSpace(
        tuple(k[0] for k in kept), tuple(k[1] for k in kept), tuple(zip(*(k[2] for k in kept), strict=True))
    )


def reduction_nest(module: KernelModule, op: GenericOp, plan: ReductionPlan) -> ir.Function:
    """The function."""
    block = op.body.block
    key = ("reduction nest", plan.signature, plan.space, plan.folds, block_key(block))
    make = fold_kernel if plan.space.by_rows else columns_kernel
    return module.shared(key, lambda: _Nest(module, make(module, block, plan.signature, plan.folds), plan).function)


class _Nest:
    """The function of reduction_nest: loops around `fold`, which runs over the two innermost dims it can."""

    def __init__(self, module: ModuleContext, fold: ir.Function, plan: ReductionPlan) -> None:
        self.plan, self.fold, space = plan, fold, plan.space
        self.function = kernel_function(module, "aj.reduce", [PTR, PTR])
        operands, self.words = self.function.args
        b = self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        inputs = len(plan.signature.inputs)
        pointers = [
            b.load(b.gep(operands, [I64(k)], source_etype=PTR), typ=PTR) for k in range(inputs + len(plan.folds))
        ]
        self.results = pointers[inputs:]
        self.fault = self._array(I32, [I32(0)])
        self.accumulators = [self._accumulator(f, r) for f, r in zip(plan.folds, self.results, strict=True)]
        self.strides = [space.strides(w) for w in space.walked]
        # The rows of the kernel: the dim outside the innermost one, where it is of the other kind.
        self.rows = len(space.sizes) - 2 if len(space.sizes) > 1 and space.reduced[-2] != space.reduced[-1] else -1
        self.arrays = self._array(PTR, pointers[:inputs]), self._array(PTR, self.accumulators)
        self.steps = self._array(I64, [I64(n) for n in self._row_steps()])
        self._dim(0, pointers[:inputs], self.accumulators)
        self._store_results()
        b.ret(b.load(self.fault, typ=I32))

    def _array(self, element: ir.Type, values: Sequence[ir.Value]) -> ir.Value:
        array = self.b.alloca(ir.ArrayType(element, max(len(values), 1)))
        array.type, array.align = PTR, 64
        for i, value in enumerate(values):
            self.b.store(value, self.b.gep(array, [I64(i)], source_etype=element))
        return array

    def _accumulator(self, fold: Fold, result: ir.Value) -> ir.Value:
        """Memory with the identity in it: the result's own where the types agree."""
        b, element = self.b, memory_type(fold.accumulator)
        place = result
        if fold.accumulator is not fold.dtype:
            place = b.alloca(ir.ArrayType(element, self.plan.space.results))
            place.type, place.align = PTR, 64
        identity = ir.Constant(element_type(fold.accumulator), fold.identity)
        with counted(b, I64(0), I64(self.plan.space.results), I64(1), maybe_empty=False) as i:
            store(Elements(b), identity, b.gep(place, [i], source_etype=element), fold.accumulator)
        return place

    def _dim(self, d: int, inputs: Sequence[ir.Value], accumulators: Sequence[ir.Value]) -> None:
        space, b = self.plan.space, self.b
        last = len(space.sizes) - 1
        if d == last or d == self.rows:
            self._fold(inputs, accumulators)
            return
        with counted(b, I64(0), I64(space.sizes[d]), I64(1), maybe_empty=False) as index:
            moved = [
                b.gep(base, [b.mul(index, I64(strides[d]))], source_etype=memory_type(dtype))
                for base, strides, dtype in zip(inputs, self.strides, self.plan.signature.inputs, strict=True)
            ]
            step = space.result_strides[d]
            to = [
                b.gep(base, [b.mul(index, I64(step))], source_etype=memory_type(f.accumulator))
                for base, f in zip(accumulators, self.plan.folds, strict=True)
            ]
            self._dim(d + 1, moved, to)

    def _row_steps(self) -> list[int]:
        """Bytes from one row of each input to the next."""
        dtypes = self.plan.signature.inputs
        return [s[self.rows] * t.size if self.rows >= 0 else 0 for s, t in zip(self.strides, dtypes, strict=True)]

    def _fold(self, inputs: Sequence[ir.Value], accumulators: Sequence[ir.Value]) -> None:
        """The call of the kernel, with constants for all that a plan would give it."""
        space, b = self.plan.space, self.b
        rows = space.sizes[self.rows] if self.rows >= 0 else 1
        splats = sum(1 << k for k, strides in enumerate(self.strides) if strides[-1] == 0)
        for array, pointers in zip(self.arrays, (inputs, accumulators), strict=True):
            for i, pointer in enumerate(pointers):
                b.store(pointer, b.gep(array, [I64(i)], source_etype=PTR))
        count = I64(space.sizes[-1])
        arguments = [self.arrays[0], count, self.words, I64(rows), self.steps, I64(splats), self.arrays[1]]
        found = b.call(self.fold, arguments, attrs=("alwaysinline",))
        b.store(b.or_(b.load(self.fault, typ=I32), found), self.fault)

    def _store_results(self) -> None:
        b, scalar = self.b, Elements(self.b)
        for fold, place, result in zip(self.plan.folds, self.accumulators, self.results, strict=True):
            if place is result:
                continue
            with counted(b, I64(0), I64(self.plan.space.results), I64(1), maybe_empty=False) as i:
                wide = load(scalar, b.gep(place, [i], source_etype=F64), fold.accumulator)
                narrow = scalar.float_cast(wide, memory_type(fold.dtype))
                store(scalar, narrow, b.gep(result, [i], source_etype=memory_type(fold.dtype)), fold.dtype)


def emit_static_reduction(
    context: FunctionContext, op: GenericOp, plan: ReductionPlan, otherwise: Callable[[], Results]
) -> Results:
    """The results of the nest, or of `otherwise` where the operands are not row-major."""
    tensors = [context.value(v) for v in op.inputs]
    tests: list[ir.Value] = []
    for tensor, value in zip(tensors, op.inputs, strict=True):
        tests += layout_tests(context, tensor, value)
    return either(context, tests, lambda: _run(context, op, plan, tensors), otherwise)


def _run(context: FunctionContext, op: GenericOp, plan: ReductionPlan, tensors: Sequence[ir.Value]) -> Results:
    b, span = context.builder, span_of(op)
    sizes = word_array(context, [I64(n) for n in plan.result])
    results: Results = []
    with ExitStack() as made:
        for fold in plan.folds:
            slot = context.alloca(PTR)
            context.call("aj_tensor_new", [I32(fold.dtype.code), I32(len(plan.result)), sizes, slot], span)
            results.append(b.load(slot, typ=PTR))
            made.enter_context(context.guard(results[-1]))
        data = [context.load_field(t, TENSOR, "data") for t in (*tensors, *results)]
        words = word_array(context, [context.value(v) for v in op.scalars])
        nest = reduction_nest(context.kernel_module, op, plan)
        fault = context.call_kernel(nest, [pointer_array(context, data), words])
        if may_fault(op.body.block):
            context.fail_when(b.icmp_signed("!=", fault, I32(0)), STATUS["ZeroDivisionError"], DIVISION_BY_ZERO, span)
    return results
