"""ts.matmul: the register tiles of each ISA level, the epilogue's loop, and the call of the runtime's driver."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.kernels.body import Signature, cost_of, lanes_of, map_kernel
from aotjit.codegen.kernels.pointwise import MAX_OPERANDS, dtype_of, kernel_constant, pointer_array, word_array
from aotjit.codegen.kernels.tiles import STRIP_ARGUMENTS, TILE_ARGUMENTS, define_rows, define_strip, define_tile
from aotjit.codegen.layout import I1, I64, PTR, VOID
from aotjit.diagnostics import CompileError
from aotjit.ir.ts import MatmulOp, span_of
from aotjit.types import DType

if TYPE_CHECKING:
    from xdsl.ir import Block

    from aotjit.codegen.context import FunctionContext, ModuleContext

TILES = ir.LiteralStructType([I64, PTR, PTR, PTR])
"""aj_tiles of runtime/matmul.h."""


def is_identity(block: Block) -> bool:
    """The epilogue only yields the sum."""
    first = block.first_op
    return first is not None and first.name == "ts.yield" and tuple(first.operands) == (block.args[0],)


def tile_functions(module: ModuleContext, dtype: DType) -> list[ir.Function]:
    """rows(), tile, four, one: built for each level."""
    element = ir.DoubleType() if dtype is DType.F64 else ir.FloatType()
    name = "f64" if dtype is DType.F64 else "f32"
    rows, tile, four, one = (f"aj.gemm_{part}.{name}" for part in ("rows", "tile", "four", "one"))
    return [
        module.per_level(rows, (), I64, partial(define_rows, rows)),
        module.per_level(tile, TILE_ARGUMENTS, VOID, partial(define_tile, tile, element)),
        module.per_level(four, STRIP_ARGUMENTS, VOID, partial(define_strip, four, element, 0)),
        module.per_level(one, STRIP_ARGUMENTS, VOID, partial(define_strip, one, element, 1)),
    ]


def emit_tiles(context: FunctionContext, dtype: DType) -> ir.Value:
    """An aj_tiles on the stack; null for a dtype without tiles."""
    if not dtype.is_floating:
        return ir.Constant(PTR, None)
    b = context.builder
    rows, *functions = tile_functions(context.module, dtype)
    tiles = context.alloca(TILES)
    b.store(b.call(rows, []), tiles)
    for i, function in enumerate(functions):
        b.store(function, b.gep(tiles, [I64(8 * (i + 1))], source_etype=ir.IntType(8)))
    return tiles


def emit_matmul(context: FunctionContext, op: MatmulOp) -> ir.Value:
    """Calls aj_matmul (runtime/matmul.h)."""
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
        epilogue = map_kernel(context.module, block, signature)
        kernel = kernel_constant(context.module, signature, cost_of(block), None)
    slot = context.alloca(PTR)
    arguments = [
        emit_tiles(context, dtype),
        epilogue,
        kernel,
        context.value(op.a),
        context.value(op.b),
        I1(op.packed is not None),
        pointer_array(context, [context.value(v) for v in op.extras]),
        word_array(context, [context.value(v) for v in op.scalars]),
        slot,
    ]
    context.call("aj_matmul", arguments, span_of(op))
    return context.builder.load(slot, typ=PTR)
