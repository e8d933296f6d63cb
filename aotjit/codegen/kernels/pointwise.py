"""ts.generic of kind "pointwise": a static nest where shapes are known (static.py), and the inner loop with the call of
the runtime that walks the operands with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.kernels.body import Signature, cost_of, lanes_of, map_kernel, takes_short_rows
from aotjit.codegen.kernels.operands import MAX_OPERANDS, dtype_of, kernel_constant, pointer_array, word_array
from aotjit.codegen.kernels.static import emit_static, static_plan
from aotjit.codegen.layout import I64, PTR
from aotjit.diagnostics import CompileError
from aotjit.ir.ts import GenericOp, span_of, type_of
from aotjit.types import TensorType

if TYPE_CHECKING:
    from aotjit.codegen.context import FunctionContext


def signature_of(op: GenericOp, span_operands: int = MAX_OPERANDS) -> Signature:
    """Element types of all tensors of the operation."""
    inputs = tuple(dtype_of(v, op) for v in op.inputs)
    outputs = tuple(dtype_of(v, op) for v in op.outputs)
    if len(inputs) + len(outputs) > span_operands:
        raise CompileError.at(span_of(op), f"a kernel has more than {span_operands} tensors")
    return Signature(inputs, outputs, lanes_of(op.body.block, (*inputs, *outputs)))


def emit_pointwise(context: FunctionContext, op: GenericOp) -> list[ir.Value]:
    """The results: of the nest where that is certain to fit, of the plan, or of the one that fits at run time."""
    signature = signature_of(op)
    plan = static_plan(op)
    if plan is None:
        return emit_planned(context, op, signature)
    return emit_static(context, op, plan, lambda: emit_planned(context, op, signature))


def _is_uniform(op: GenericOp) -> bool:
    """All elements of the results are the same: the kernel reads no operand that has more than one."""
    used = [v for v, element in zip(op.inputs, op.body.block.args, strict=False) if element.first_use is not None]
    return all(isinstance(t := type_of(v), TensorType) and t.rank == 0 for v in used)


def emit_planned(context: FunctionContext, op: GenericOp, signature: Signature) -> list[ir.Value]:
    """Calls aj_pointwise or aj_pointwise_out (runtime/plan.h)."""
    block = op.body.block
    kernel = kernel_constant(
        context.module, signature, cost_of(block), op.reuse, takes_short_rows(block, signature), _is_uniform(op)
    )
    function = context.kernel(map_kernel(context.kernel_module, block, signature))
    inputs = pointer_array(context, [context.value(v) for v in op.inputs])
    scalars = word_array(context, [context.value(v) for v in op.scalars])
    if op.outs:
        outs = [context.value(v) for v in op.outs]
        arguments = [function, kernel, inputs, scalars, pointer_array(context, outs)]
        context.call("aj_pointwise_out", arguments, span_of(op))
        for out in outs:
            context.retain(out)
        return outs
    slots = context.alloca(PTR, len(op.outputs))
    context.call("aj_pointwise", [function, kernel, inputs, scalars, slots], span_of(op))
    return [
        context.builder.load(context.builder.gep(slots, [I64(i)], source_etype=PTR), typ=PTR)
        for i in range(len(op.outputs))
    ]



