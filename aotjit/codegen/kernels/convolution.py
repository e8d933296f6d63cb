"""ts.matmul with a window: the constant that describes it, and the inner loop of direct sums for one ISA level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.kernels.fixed import direct_name
from aotjit.codegen.kernels.registers import Writer, registers_of
from aotjit.codegen.layout import I8, I64, PTR, VOID
from aotjit.codegen.module import Function
from aotjit.dtypes import DType

if TYPE_CHECKING:
    from aotjit.codegen.context import FunctionContext
    from aotjit.ir.window import Window
    from aotjit.schedule.targets import Target

DIRECT_BYTES = 256
"""AJ_DIRECT_BYTES of runtime/convolution.h."""
DIRECT_ARGUMENTS = (I64, I64, PTR, PTR, PTR, PTR)


def window_constant(context: FunctionContext, window: Window) -> ir.Value:
    """The aj_window of runtime/convolution.h."""
    numbers, module = window.numbers(), context.module

    def build() -> ir.GlobalVariable:
        return module.constant(module.unique("aj.window"), ir.ArrayType(I64, len(numbers)), numbers)

    return module.shared(("window", window), build)


def emit_direct(context: FunctionContext, dtype: DType) -> ir.Value:
    """The level's aj_direct; null for a dtype without one."""
    if not dtype.is_floating:
        return ir.Constant(PTR, None)
    return context.kernel(context.kernel_module.fixed(direct_name("f64" if dtype is DType.F64 else "f32")))


def define_direct(name: str, element: ir.Type, module: ir.Module, target: Target) -> None:
    """An aj_direct: the sums of a block stay in registers."""
    function = Function(module, ir.FunctionType(VOID, list(DIRECT_ARGUMENTS)), name)
    function.attributes.add("nounwind")
    blocks, steps, image, offsets, weights, out = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    registers = registers_of(element, target)
    w = Writer(builder, registers)
    vectors = DIRECT_BYTES // registers.vector_bytes

    def block(values: list[ir.Value]) -> list[ir.Value]:
        pixels, to = values

        def step(inner: list[ir.Value]) -> list[ir.Value]:
            at_offset, at_weight, *sums = inner
            base = builder.gep(pixels, [builder.load(at_offset, typ=I64)], source_etype=I8)
            factor = w.broadcast(at_weight)
            for v in range(vectors):
                sums[v] = w.fma(factor, w.load(w.at(base, v * registers.vector_bytes)), sums[v])
            return [w.at(at_offset, 8), w.at(at_weight, registers.bytes), *sums]

        _, _, *sums = w.count_loop(steps, [offsets, weights, *[registers.zero] * vectors], step)
        for v, total in enumerate(sums):
            w.store(total, w.at(to, v * registers.vector_bytes))
        return [w.at(pixels, DIRECT_BYTES), w.at(to, DIRECT_BYTES)]

    w.count_loop(blocks, [image, out], block)
    builder.ret_void()
