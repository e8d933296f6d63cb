"""Kernels: structured tensor operations as generated inner loops, driven by the runtime (plan.c, pointwise.c, ...)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aotjit.codegen.kernels.pointwise import emit_pointwise

if TYPE_CHECKING:
    from llvmlite import ir

    from aotjit.codegen.context import FunctionContext
    from aotjit.ir.ts import GenericOp, MatmulOp


def emit_generic(context: FunctionContext, op: GenericOp) -> list[ir.Value]:
    """One owned tensor for each result, or the `outs`."""
    if op.kind.data == "pointwise":
        return emit_pointwise(context, op)
    from aotjit.codegen.kernels.reduction import emit_reduction

    return emit_reduction(context, op)


def emit_matmul(context: FunctionContext, op: MatmulOp) -> ir.Value:
    """The owned product."""
    from aotjit.codegen.kernels.matmul import emit_matmul as emit

    return emit(context, op)
