"""ts.generic of kind "reduction": a static nest where shapes are known and small (static_reduction.py), else the call
of the runtime with the two inner loops of fold.py."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.kernels.body import Signature, cost_of, lanes_of
from aotjit.codegen.kernels.fold import Fold, columns_kernel, fold_kernel
from aotjit.codegen.kernels.operands import KERNEL, MAX_OPERANDS, dtype_of, is_wide, pointer_array, word_array
from aotjit.codegen.kernels.static_reduction import emit_static_reduction, reduction_plan
from aotjit.codegen.layout import I1, I8, I32, I64, PTR
from aotjit.diagnostics import CompileError
from aotjit.dtypes import DType
from aotjit.ir.ts import GenericOp, span_of

if TYPE_CHECKING:
    from aotjit.codegen.context import FunctionContext
    from aotjit.codegen.module import ModuleContext

MAX_RESULTS = 4
"""AJ_MAX_RESULTS of runtime/plan.h."""

REDUCTION = ir.LiteralStructType(
    [KERNEL, I32, I32, *(ir.ArrayType(t, MAX_RESULTS) for t in (I8, I8, I8, I64))]
)
"""aj_reduction of runtime/plan.h."""

COMBINERS = ("add", "mul", "max", "min", "and", "or")
"""enum aj_combiner."""


def folds_of(op: GenericOp) -> tuple[Fold, ...]:
    """How each result is folded."""
    assert op.combiners is not None
    folds = []
    for combiner, result in zip(op.combiners.data, op.outputs, strict=True):
        dtype = dtype_of(result, op)
        if dtype in (DType.F16, DType.BF16):
            raise CompileError.at(span_of(op), f"a reduction in {dtype.value.torch} is not supported; use float32")
        folds.append(Fold(combiner.data, dtype))
    if len(folds) > MAX_RESULTS:
        raise CompileError.at(span_of(op), f"a reduction has more than {MAX_RESULTS} results")
    return tuple(folds)


def _kernel(signature: Signature, cost: int) -> ir.Constant:
    dtypes = (*signature.inputs, *signature.outputs)
    codes = [d.code for d in dtypes]
    fields = [len(signature.inputs), len(signature.outputs), signature.lanes, cost, 0, int(is_wide(dtypes)), 0, 0]
    fields.append(codes + [0] * (MAX_OPERANDS - len(codes)))  # type: ignore[arg-type]
    return ir.Constant(KERNEL, [ir.Constant(t, v) for t, v in zip(KERNEL.elements, fields, strict=True)])


def identity_bits(fold: Fold) -> int:
    """The accumulator's first value as the low bytes of a word."""
    value = fold.identity
    if fold.accumulator is DType.F64:
        return int(struct.unpack("<Q", struct.pack("<d", value))[0])
    if fold.accumulator is DType.F32:
        return int(struct.unpack("<I", struct.pack("<f", value))[0])
    return int(value) & ((1 << 64) - 1)


def reduction_constant(module: ModuleContext, signature: Signature, folds: tuple[Fold, ...], cost: int) -> ir.Value:
    """The aj_reduction."""
    never_empty = sum(1 << i for i, f in enumerate(folds) if f.combiner in ("max", "min"))

    def padded(values: list[int]) -> list[int]:
        return values + [0] * (MAX_RESULTS - len(values))

    def build() -> ir.GlobalVariable:
        fields = [
            _kernel(signature, cost),
            I32(len(folds)),
            I32(never_empty),
            ir.Constant(REDUCTION.elements[3], padded([f.dtype.code for f in folds])),
            ir.Constant(REDUCTION.elements[4], padded([f.accumulator.code for f in folds])),
            ir.Constant(REDUCTION.elements[5], padded([COMBINERS.index(f.combiner) for f in folds])),
            ir.Constant(REDUCTION.elements[6], padded([identity_bits(f) for f in folds])),
        ]
        return module.constant(module.unique("aj.reduction"), REDUCTION, ir.Constant(REDUCTION, fields))

    return module.shared(("reduction", signature, folds, cost), build)


def emit_reduction(context: FunctionContext, op: GenericOp) -> list[ir.Value]:
    """The results: of a static nest, or of the plan made at run time."""
    folds = folds_of(op)
    inputs = tuple(dtype_of(v, op) for v in op.inputs)
    plan = reduction_plan(op, inputs, folds)
    if plan is None:
        return emit_planned_reduction(context, op, inputs, folds)
    return emit_static_reduction(context, op, plan, lambda: emit_planned_reduction(context, op, inputs, folds))


def emit_planned_reduction(
    context: FunctionContext, op: GenericOp, inputs: tuple[DType, ...], folds: tuple[Fold, ...]
) -> list[ir.Value]:
    """Calls aj_reduce, aj_reduce_all or aj_reduce_list (runtime/plan.h)."""
    block, b = op.body.block, context.builder
    if len(inputs) > MAX_OPERANDS:
        raise CompileError.at(span_of(op), f"a kernel has more than {MAX_OPERANDS} tensors")
    signature = Signature(inputs, (), lanes_of(block, inputs))
    kernels = context.kernel_module
    everything = op.dims is None and not op.dynamic_dims
    slots = context.alloca(PTR, len(folds))
    fold = context.kernel(fold_kernel(kernels, block, signature, folds))
    operands = [
        reduction_constant(context.module, signature, folds, cost_of(block)),
        pointer_array(context, [context.value(v) for v in op.inputs]),
        word_array(context, [context.value(v) for v in op.scalars]),
    ]
    columns = ir.Constant(PTR, None) if everything else context.kernel(columns_kernel(kernels, block, signature, folds))
    common = [fold, columns, *operands]
    keepdim = I1(op.keepdim is not None)
    if everything and op.keepdim is None:
        context.call("aj_reduce_all", [fold, *operands, slots], span_of(op))
    elif op.dynamic_dims:
        arguments = [*common, context.value(op.dynamic_dims[0]), keepdim, slots]
        context.call("aj_reduce_list", arguments, span_of(op))
    else:
        dims = op.reduced
        count = I64(-1 if dims is None else len(dims))
        arguments = [*common, count, _dims_constant(context.module, dims or ()), keepdim, slots]
        context.call("aj_reduce", arguments, span_of(op))
    return [b.load(b.gep(slots, [I64(i)], source_etype=PTR), typ=PTR) for i in range(len(folds))]


def _dims_constant(module: ModuleContext, dims: tuple[int, ...]) -> ir.Value:
    if not dims:
        return ir.Constant(PTR, None)
    t = ir.ArrayType(I64, len(dims))

    def build() -> ir.GlobalVariable:
        return module.constant(module.unique("aj.dims"), t, list(dims))

    return module.shared(("dims", dims), build)
