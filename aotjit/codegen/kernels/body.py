"""The region of a structured operation as vector code, and the loop around it.

    int32_t kernel(void *const *operands, int64_t count, const aj_word *scalars)

`operands` are contiguous runs of `count` elements, inputs first; `count` is a multiple of the kernel's lanes, so there
is neither a remainder nor a stride here: the runtime copies what is not contiguous to blocks on its stack. The result
says whether any lane divided an integer by zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.elements import I8, Elements
from aotjit.codegen.layout import I32, I64, PTR
from aotjit.codegen.module import ModuleContext
from aotjit.codegen.scalar import emit, llvm_type
from aotjit.codegen.vector_math import NAMES as FUNCTIONS
from aotjit.types import DType

if TYPE_CHECKING:
    from xdsl.ir import Block, SSAValue

EMPTY_COST = 60
"""Picoseconds an element of a kernel takes that does nothing but load and store."""


@dataclass(frozen=True)
class Signature:
    """Element types of a kernel's operands, and how many elements an iteration handles."""

    inputs: tuple[DType, ...]
    outputs: tuple[DType, ...]
    lanes: int


def block_key(block: Block) -> tuple[object, ...]:
    """Equal for blocks with the same operations on the same arguments."""
    number: dict[SSAValue, int] = {a: i for i, a in enumerate(block.args)}
    rows: list[object] = [tuple(str(a.type) for a in block.args)]
    for op in block.ops:
        properties = tuple((k, str(v)) for k, v in sorted(op.properties.items()))
        operands, results = tuple(number[v] for v in op.operands), tuple(str(r.type) for r in op.results)
        rows.append((op.name, operands, properties, results))
        for r in op.results:
            number[r] = len(number)
    return tuple(rows)


def cost_of(block: Block) -> int:
    """About how many picoseconds the body takes an element, on one core with AVX2."""
    total = EMPTY_COST
    for op in block.ops:
        name = op.name.partition(".")[2]
        total += 400 if name in FUNCTIONS else 150 if name.startswith(("div", "rem", "sqrt", "rsqrt")) else 25
    return total


INTEGER_DIVISIONS = frozenset(f"arith.{name}" for name in ("divsi", "divui", "remsi", "remui", "floordivsi"))


def may_fault(block: Block) -> bool:
    """The kernel may report a division by zero."""
    return any(op.name in INTEGER_DIVISIONS for op in block.ops)


def lanes_of(block: Block, dtypes: Sequence[DType]) -> int:
    """One 512-bit vector of the widest element; two where the body is short, to keep the loop's overhead small."""
    widths = [d.size for d in dtypes]
    for op in block.ops:
        widths += [llvm_type(r.type).width // 8 for r in op.results if isinstance(llvm_type(r.type), ir.IntType)]
        widths += [8 for r in op.results if r.type.name == "f64"]
        widths += [4 for r in op.results if r.type.name == "f32"]
    lanes = min(64 // max(1, *widths, 2), 32)
    return lanes * 2 if lanes < 32 and sum(1 for _ in block.ops) <= 6 else lanes


def load(e: Elements, address: ir.Value, dtype: DType) -> ir.Value:
    """A vector of elements from memory; bool becomes i1."""
    element = memory_type(dtype)
    value = e.builder.load(address, typ=e.of(element), align=dtype.size)
    if dtype is DType.BOOL:
        return e.builder.icmp_unsigned("!=", value, e.zero(value.type))
    return value


def store(e: Elements, value: ir.Value, address: ir.Value, dtype: DType) -> None:
    if dtype is DType.BOOL:
        value = e.builder.zext(value, e.of(I8))
    e.builder.store(value, address, align=dtype.size)


def memory_type(dtype: DType) -> ir.Type:
    """The LLVM type of one element in memory."""
    if dtype is DType.F32:
        return ir.FloatType()
    if dtype is DType.F64:
        return ir.DoubleType()
    return ir.IntType(8 * dtype.size)


def emit_block(e: Elements, block: Block, arguments: Sequence[ir.Value]) -> list[ir.Value]:
    """The values that the block yields."""
    values: dict[SSAValue, ir.Value] = dict(zip(block.args, arguments, strict=True))
    for op in block.ops:
        operands = [values[v] for v in op.operands]
        if op.name == "ts.yield":
            return operands
        values[op.results[0]] = emit(e, op, operands)
    raise AssertionError("a kernel's body ends in ts.yield")


def load_scalars(e: Elements, words: ir.Value, block: Block, first: int) -> list[ir.Value]:
    """Block arguments from `first` on, from their words, in every lane."""
    result = []
    for i, argument in enumerate(block.args[first:]):
        t = llvm_type(argument.type)
        address = e.builder.gep(words, [I64(i)], source_etype=I64)
        if isinstance(t, ir.IntType) and t.width < 64:
            value = e.builder.trunc(e.builder.load(address, typ=I64), t)
        else:
            value = e.builder.load(address, typ=t)
        result.append(e.splat(value))
    return result


def any_fault(e: Elements) -> ir.Value:
    """1 where a lane of any recorded fault is set, as i32; 0 without faults."""
    builder = e.builder
    if not e.faults:
        return I32(0)
    combined = e.faults[0]
    for fault in e.faults[1:]:
        combined = builder.or_(combined, fault)
    mask = ir.IntType(e.lanes)
    return builder.zext(builder.icmp_unsigned("!=", builder.bitcast(combined, mask), ir.Constant(mask, 0)), I32)


def inner_function(module: ModuleContext, stem: str) -> ir.Function:
    """An empty aj_map."""
    return kernel_function(module, stem, [PTR, I64, PTR])


def kernel_function(module: ModuleContext, stem: str, arguments: Sequence[ir.Type]) -> ir.Function:
    """An empty function. Divisions that allow it (formula.divide) use the reciprocal estimate and two Newton steps."""
    function = module.define(module.unique(stem), arguments)
    set.add(function.attributes, '"reciprocal-estimates"="vec-divf:2"')
    return function


def map_kernel(module: ModuleContext, block: Block, signature: Signature) -> ir.Function:
    """The inner loop that applies `block` to each element."""
    return module.shared(("map", signature, block_key(block)), lambda: _build_map(module, block, signature))


def _build_map(module: ModuleContext, block: Block, signature: Signature) -> ir.Function:
    function = inner_function(module, "aj.map")
    entry, loop, done = (function.append_basic_block(n) for n in ("entry", "loop", "done"))
    builder = ir.IRBuilder(entry)
    e = Elements(builder, signature.lanes, faults=[])
    operands, count, words = function.args
    dtypes = (*signature.inputs, *signature.outputs)
    bases = []
    for i in range(len(dtypes)):
        bases.append(builder.load(builder.gep(operands, [I64(i)], source_etype=PTR), typ=PTR))
    scalars = load_scalars(e, words, block, len(signature.inputs))
    builder.branch(loop)

    builder.position_at_end(loop)
    at, fault = builder.phi(I64), builder.phi(I32)
    at.add_incoming(I64(0), entry)
    fault.add_incoming(I32(0), entry)
    places = [builder.gep(b, [at], source_etype=memory_type(d)) for b, d in zip(bases, dtypes, strict=True)]
    inputs = [load(e, p, d) for p, d in zip(places, signature.inputs, strict=False)]
    results = emit_block(e, block, [*inputs, *scalars])
    for value, place, dtype in zip(results, places[len(inputs) :], signature.outputs, strict=True):
        store(e, value, place, dtype)
    found = builder.or_(fault, any_fault(e)) if e.faults else fault
    following = builder.add(at, I64(signature.lanes))
    at.add_incoming(following, builder.block)
    fault.add_incoming(found, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, count), loop, done)

    builder.position_at_end(done)
    builder.ret(found)
    return function



