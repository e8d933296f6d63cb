"""What kernels are called with: element types, the constant that describes a kernel, arrays of pointers and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.kernels.body import Signature
from aotjit.codegen.layout import I1, I8, I16, I32, I64, PTR
from aotjit.diagnostics import CompileError
from aotjit.dtypes import DType
from aotjit.ir.ts import span_of, type_of
from aotjit.types import TensorType

if TYPE_CHECKING:
    from xdsl.dialects.builtin import DenseArrayBase, IntegerType
    from xdsl.ir import Operation, SSAValue

    from aotjit.codegen.context import FunctionContext
    from aotjit.codegen.module import ModuleContext

MAX_OPERANDS = 24
"""AJ_MAX_OPERANDS of runtime/object.h."""

KERNEL = ir.LiteralStructType([I32, I32, I32, I32, I32, I16, I16, I64, ir.ArrayType(I8, MAX_OPERANDS)])
"""aj_kernel of runtime/plan.h."""


def dtype_of(value: SSAValue, op: Operation) -> DType:
    """The element type of a tensor operand or result, which kernels are compiled for."""
    t = type_of(value)
    if not isinstance(t, TensorType) or t.dtype is None:
        raise CompileError.at(span_of(op), "the element type of a tensor is not known here; state it with --input")
    return t.dtype


def is_wide(dtypes: Sequence[DType]) -> bool:
    """Elements of more than 8 bytes are among them."""
    return any(d.size > 8 for d in dtypes)


def kernel_constant(
    module: ModuleContext,
    signature: Signature,
    cost: int,
    reuse: DenseArrayBase[IntegerType] | None,
    short_rows: bool = False,
    uniform: bool = False,
) -> ir.Value:
    """The aj_kernel of a signature."""
    mask = 0 if reuse is None else sum(1 << int(i) for i in reuse.get_values())
    dtypes = (*signature.inputs, *signature.outputs)
    codes = [d.code for d in dtypes]
    codes += [0] * (MAX_OPERANDS - len(codes))
    flags = int(short_rows), int(is_wide(dtypes)), int(uniform)
    fields = [len(signature.inputs), len(signature.outputs), signature.lanes, cost, *flags, mask, codes]

    def build() -> ir.GlobalVariable:
        value = ir.Constant(KERNEL, [ir.Constant(t, v) for t, v in zip(KERNEL.elements, fields, strict=True)])
        return module.constant(module.unique("aj.kernel"), KERNEL, value)

    return module.shared(("kernel", signature, cost, mask, short_rows, uniform), build)


def pointer_array(context: FunctionContext, pointers: Sequence[ir.Value]) -> ir.Value:
    """A stack array with these pointers."""
    array = context.alloca(PTR, max(len(pointers), 1))
    for i, pointer in enumerate(pointers):
        context.builder.store(pointer, context.builder.gep(array, [I64(i)], source_etype=PTR))
    return array


def word_array(context: FunctionContext, values: Sequence[ir.Value]) -> ir.Value:
    """A stack array with these scalars, one word each."""
    if not values:
        return ir.Constant(PTR, None)
    b = context.builder
    array = context.alloca(I64, len(values))
    for i, value in enumerate(values):
        address = b.gep(array, [I64(i)], source_etype=I64)
        b.store(b.zext(value, I64) if value.type == I1 else value, address)
    return array
