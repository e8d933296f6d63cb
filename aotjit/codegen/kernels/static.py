"""Host code around static nests: the tests that operands have the layout the nest was compiled for, its call, and the
way to the run-time plan where they have not.

What types state (rank, fixed dims, row-major) holds and is not tested. A symbol is the size that the first operand has
in that place; where another one differs, or an operand is strided, or the work is worth several threads, the plan of
runtime/pointwise.c takes over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce

from llvmlite import ir
from xdsl.ir import SSAValue

from aotjit.codegen.context import FunctionContext
from aotjit.codegen.elements import Elements
from aotjit.codegen.kernels.body import Signature, cost_of, emit_block, lanes_of, may_fault
from aotjit.codegen.kernels.nest import Extent, Space, nest_kernel, space_of
from aotjit.codegen.kernels.operands import dtype_of, kernel_constant, pointer_array, word_array
from aotjit.codegen.kernels.rows import load, store
from aotjit.codegen.layout import I32, I64, INSTANCE_THREADS, PTR, STATUS, TENSOR
from aotjit.ir.ts import GenericOp, span_of, type_of
from aotjit.schedule.loops import PARALLEL_PICOSECONDS
from aotjit.types import Dim, TensorType

Results = list[ir.Value]

DIVISION_BY_ZERO = "integer division or modulo by zero"


@dataclass(frozen=True)
class StaticPlan:
    """A pointwise operation over a space known when compiling."""

    space: Space
    signature: Signature
    result: tuple[Dim, ...]


def static_plan(op: GenericOp) -> StaticPlan | None:
    """How the operation runs without a plan at run time; None where its shapes are not known well enough."""
    if op.outs or not op.outputs:
        return None
    result = dims_of(op.outputs[0])
    space = space_of(result, [*map(dims_of, op.inputs), *map(dims_of, op.outputs)])
    if result is None or space is None:
        return None
    inputs, outputs = (tuple(dtype_of(v, op) for v in values) for values in (op.inputs, op.outputs))
    lanes = space.lanes(lanes_of(op.body.block, (*inputs, *outputs)))
    if not lanes or any(symbol not in _sources(op) for symbol in space.symbols):
        return None
    return StaticPlan(space, Signature(inputs, outputs, lanes), result)


def dims_of(value: SSAValue) -> tuple[Dim, ...] | None:
    """What is known of a tensor's dims."""
    t = type_of(value)
    return t.dims if isinstance(t, TensorType) else None


def _sources(op: GenericOp) -> dict[str, tuple[int, int]]:
    """For each symbol the first input and dim that has it."""
    found: dict[str, tuple[int, int]] = {}
    for i, value in enumerate(op.inputs):
        for d, dim in enumerate(dims_of(value) or ()):
            if isinstance(dim, str):
                found.setdefault(dim, (i, d))
    return found


def emit_static(context: FunctionContext, op: GenericOp, plan: StaticPlan, otherwise: Callable[[], Results]) -> Results:
    """The results of the nest, or of `otherwise` where the operands have another layout."""
    call = _Call(context, op, plan)
    if plan.space.count == Extent(1):
        return call.run_inline()
    return either(context, call.tests(), call.run, otherwise)


def either(
    context: FunctionContext, tests: list[ir.Value], nest: Callable[[], Results], plan: Callable[[], Results]
) -> Results:
    """What `nest` computes where all tests hold, else what `plan` does."""
    if not tests:
        return nest()
    b, function = context.builder, context.function
    fits = reduce(b.and_, tests)
    fast, slow, after = (function.append_basic_block(n) for n in ("nest", "plan", "computed"))
    b.cbranch(fits, fast, slow).set_weights([2000, 1])
    ways = []
    for block, emit in ((fast, nest), (slow, plan)):
        b.position_at_end(block)
        ways.append((emit(), b.block))
        b.branch(after)
    b.position_at_end(after)
    merged = []
    for i in range(len(ways[0][0])):
        phi = b.phi(PTR)
        for results, block in ways:
            phi.add_incoming(results[i], block)
        merged.append(phi)
    return merged


def layout_tests(
    context: FunctionContext, tensor: ir.Value, value: SSAValue, size: Callable[[Dim], ir.Value] | None = None
) -> list[ir.Value]:
    """Whether a tensor has the sizes that `size` gives for symbols, and is row-major where its type does not say so."""
    t, b = type_of(value), context.builder
    assert isinstance(t, TensorType) and t.dims is not None
    tests: list[ir.Value] = []
    expected: ir.Value = I64(1)
    for d in reversed(range(len(t.dims))):
        dim = t.dims[d]
        promised = I64(dim) if size is None else size(dim)
        if isinstance(dim, str):
            tests.append(b.icmp_signed("==", context.load_dim(tensor, "sizes", I64(d)), promised))
        if not t.contiguous and dim != 1:
            tests.append(b.icmp_signed("==", context.load_dim(tensor, "strides", I64(d)), expected))
        expected = I64(expected.constant * dim) if size is None else b.mul(expected, promised)
    return tests


class _Call:
    """Host code of one static nest."""

    def __init__(self, context: FunctionContext, op: GenericOp, plan: StaticPlan) -> None:
        self.context, self.op, self.plan = context, op, plan
        self.tensors = [context.value(v) for v in op.inputs]
        self.cost = cost_of(op.body.block)
        sources = _sources(op)
        self.symbols = [
            context.load_dim(self.tensors[i], "sizes", I64(d)) for i, d in (sources[s] for s in plan.space.symbols)
        ]

    def size(self, dim: Dim) -> ir.Value:
        return I64(dim) if isinstance(dim, int) else self.symbols[self.plan.space.symbols.index(str(dim))]

    def extent(self, extent: Extent) -> ir.Value:
        value: ir.Value = I64(extent.factor)
        for symbol in extent.symbols:
            value = self.context.builder.mul(value, self.symbols[symbol])
        return value

    # -- tests --------------------------------------------------------------------------------------------------------

    def tests(self) -> list[ir.Value]:
        """What must hold for the nest to run; nothing where that is certain."""
        tests: list[ir.Value] = []
        for tensor, value in zip(self.tensors, self.op.inputs, strict=True):
            tests += layout_tests(self.context, tensor, value, self.size)
        self._test_threads(tests)
        return tests

    def _test_threads(self, tests: list[ir.Value]) -> None:
        """One thread, or too little work for a second one."""
        count, b = self.plan.space.count, self.context.builder
        most = PARALLEL_PICOSECONDS // max(self.cost, 1)
        if not count.symbols and count.factor <= most:
            return
        address = b.gep(self.context.instance, [I64(INSTANCE_THREADS)], source_etype=I32)
        alone = b.icmp_signed("<=", b.load(address, typ=I32), I32(1))
        tests.append(b.or_(alone, b.icmp_signed("<=", self.extent(count), I64(most))) if count.symbols else alone)

    # -- the call -----------------------------------------------------------------------------------------------------

    def run(self) -> Results:
        """Result tensors, then the nest."""
        context, op, b = self.context, self.op, self.context.builder
        results = self._results()
        data = [context.load_field(t, TENSOR, "data") for t in (*self.tensors, *results)]
        nest = nest_kernel(context.kernel_module, op.body.block, self.plan.signature, self.plan.space)
        words = word_array(context, [context.value(v) for v in op.scalars])
        arguments = [pointer_array(context, data), words, word_array(context, self.symbols)]
        fault = context.call_kernel(nest, arguments)
        if may_fault(op.body.block):
            with context.guard(*results):
                wrong = b.icmp_signed("!=", fault, I32(0))
                context.fail_when(wrong, STATUS["ZeroDivisionError"], DIVISION_BY_ZERO, span_of(op))
        return results

    def run_inline(self) -> Results:
        """One element: scalar code here, without a kernel. Everything is read before a result takes memory over."""
        context, op, b = self.context, self.op, self.context.builder
        e = Elements(b, faults=[])
        loaded = [
            load(e, context.load_field(tensor, TENSOR, "data"), dtype)
            for tensor, dtype in zip(self.tensors, self.plan.signature.inputs, strict=True)
        ]
        values = emit_block(e, op.body.block, [*loaded, *(context.value(v) for v in op.scalars)])
        for fault in e.faults or ():
            context.fail_when(fault, STATUS["ZeroDivisionError"], DIVISION_BY_ZERO, span_of(op))
        results = self._results()
        for tensor, value, dtype in zip(results, values, self.plan.signature.outputs, strict=True):
            store(e, value, context.load_field(tensor, TENSOR, "data"), dtype)
        return results

    def _results(self) -> Results:
        """New tensors, or inputs that nobody needs any more (runtime/pointwise.c)."""
        context, b = self.context, self.context.builder
        plan = self.plan
        kernel = kernel_constant(context.module, replace(plan.signature, lanes=1), self.cost, self.op.reuse)
        sizes = word_array(context, [self.size(d) for d in plan.result])
        slots = context.alloca(PTR, len(self.op.outputs))
        arguments = [kernel, pointer_array(context, self.tensors), I32(len(plan.result)), sizes, slots]
        context.call("aj_pointwise_results", arguments, span_of(self.op))
        return [b.load(b.gep(slots, [I64(i)], source_etype=PTR), typ=PTR) for i in range(len(self.op.outputs))]
