"""ts.matmul: the register tiles of each ISA level, the epilogue's loop, and the call of the runtime's driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.kernels.body import Signature, cost_of, lanes_of, map_kernel, takes_short_rows
from aotjit.codegen.kernels.convolution import emit_direct, window_constant
from aotjit.codegen.kernels.fixed import tiles_name
from aotjit.codegen.kernels.operands import MAX_OPERANDS, dtype_of, kernel_constant, pointer_array, word_array
from aotjit.codegen.layout import I1, PTR
from aotjit.diagnostics import CompileError
from aotjit.dtypes import DType
from aotjit.ir.ts import MatmulOp, span_of, type_of
from aotjit.schedule.matmul import SWAPPED_COLUMNS
from aotjit.types import TensorType

if TYPE_CHECKING:
    from xdsl.ir import Block

    from aotjit.codegen.context import FunctionContext


def is_identity(block: Block) -> bool:
    """The epilogue only yields the sum."""
    first = block.first_op
    return first is not None and first.name == "ts.yield" and tuple(first.operands) == (block.args[0],)


TILE_ELEMENTS = {
    **dict.fromkeys((DType.F16, DType.BF16, DType.F32), "f32"),
    DType.F64: "f64",
    DType.I32: "i32",
    DType.I64: "i64",
}
"""What products of a dtype are summed in; convolutions widen f16 and bf16 themselves."""


def _may_take_dots(op: MatmulOp) -> bool:
    """May the runtime compute it by scalar products? Not with a packed B of more columns than it swaps operands for."""
    t = type_of(op.b)
    columns = t.dims[-1] if isinstance(t, TensorType) and t.dims else None
    return op.packed is None or not isinstance(columns, int) or columns <= SWAPPED_COLUMNS


def emit_tiles(context: FunctionContext, dtype: DType, dots: bool) -> ir.Value:
    """The level's aj_tiles, with scalar products where the product may take them; null for a dtype without tiles."""
    if dtype not in TILE_ELEMENTS:
        return ir.Constant(PTR, None)
    return context.kernel(context.kernel_module.fixed(tiles_name(TILE_ELEMENTS[dtype], dots)))


def emit_matmul(context: FunctionContext, op: MatmulOp) -> ir.Value:
    """Calls aj_matmul (runtime/matmul.h) or aj_convolution (runtime/convolution.h)."""
    block = op.epilogue.block
    dtype = dtype_of(op.result, op)
    for operand in (op.a, op.b):
        if dtype_of(operand, op) is not dtype:
            raise CompileError.at(span_of(op), f"a matrix product of {dtype_of(operand, op)} giving {dtype}")
    null = ir.Constant(PTR, None)
    epilogue: ir.Value = null
    kernel: ir.Value = null
    if not is_identity(block):
        inputs = (dtype, *(dtype_of(v, op) for v in op.extras))
        if len(inputs) >= MAX_OPERANDS:
            raise CompileError.at(span_of(op), f"a kernel has more than {MAX_OPERANDS} tensors")
        signature = Signature(inputs, (dtype,), lanes_of(block, (*inputs, dtype)))
        epilogue = context.kernel(map_kernel(context.kernel_module, block, signature))
        kernel = kernel_constant(context.module, signature, cost_of(block), None, takes_short_rows(block, signature))
    slot = context.alloca(PTR)
    window = op.convolution
    arguments = [
        *([] if window is None else [window_constant(context, window)]),
        emit_tiles(context, dtype, _may_take_dots(op)) if window is None or dtype.is_floating else null,
        *([] if window is None else [emit_direct(context, dtype)]),
        epilogue,
        kernel,
        context.value(op.a),
        context.value(op.b),
        I1(op.packed is not None),
        pointer_array(context, [context.value(v) for v in op.extras]),
        word_array(context, [context.value(v) for v in op.scalars]),
        slot,
    ]
    context.call("aj_matmul" if window is None else "aj_convolution", arguments, span_of(op))
    return context.builder.load(slot, typ=PTR)
