"""The region of a structured operation as vector code, and the loops around it.

    int32_t kernel(void *const *operands, int64_t count, const aj_word *scalars, int64_t rows, const int64_t *strides,
                   uint64_t splats)

runs over rows of `count` elements, inputs first, each contiguous or (bit k of `splats`) with one element a row; `count`
is at least the kernel's lanes unless `takes_short_rows`, and the last vector of a row may overlap the one before. What
is strided the runtime copies to blocks on its stack. The result says whether any lane divided an integer by zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.elements import Elements
from aotjit.codegen.kernels.rows import ROW_ARGUMENTS, Rows, clamped, counted, load, store
from aotjit.codegen.layout import I64
from aotjit.codegen.module import ModuleContext, asked_again
from aotjit.codegen.scalar import emit, llvm_type
from aotjit.codegen.vector_math import NAMES as FUNCTIONS
from aotjit.dtypes import DType

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


SHORT_ROWS_COST = 3 * 25
"""Beyond the loads and stores: up to this, elements of a row shorter than the lanes are handled one by one."""


def takes_short_rows(block: Block, signature: Signature) -> bool:
    """Whether the kernel runs over rows of fewer elements than its lanes. Otherwise the runtime fills vectors up."""
    halves = DType.F16 in (dtypes := (*signature.inputs, *signature.outputs)) or DType.BF16 in dtypes
    return not halves and not may_fault(block) and cost_of(block) <= EMPTY_COST + SHORT_ROWS_COST


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


def kernel_function(module: ModuleContext, stem: str, arguments: Sequence[ir.Type]) -> ir.Function:
    """An empty function. Divisions that allow it (formula.divide) use the reciprocal estimate and two Newton steps."""
    function = module.define(module.unique(stem), arguments)
    set.add(function.attributes, '"reciprocal-estimates"="vec-divf:2"')
    return function


def map_kernel(module: ModuleContext, block: Block, signature: Signature) -> ir.Function:
    """The inner loop that applies `block` to each element."""
    return module.shared(("map", signature, block_key(block)), lambda: _build_map(module, block, signature))


def _build_map(module: ModuleContext, block: Block, signature: Signature) -> ir.Function:
    function = kernel_function(module, "aj.map", ROW_ARGUMENTS)
    b = ir.IRBuilder(function.append_basic_block("entry"))
    e = Elements(b, signature.lanes, faults=[])
    operands, count, words, rows, strides, splats = function.args
    dtypes = (*signature.inputs, *signature.outputs)
    inputs = len(signature.inputs)
    last = b.sub(count, I64(signature.lanes))
    walk = Rows(e, operands, dtypes, inputs, splats, strides)
    short = takes_short_rows(block, signature)
    scalars = load_scalars(e, words, block, inputs)
    single = load_scalars(Elements(b), words, block, inputs) if short else []

    def step(e: Elements, at: ir.Value, scalars: list[ir.Value]) -> None:
        e.faults = []
        places = [walk.place(k, at) for k in range(len(dtypes))]
        loaded = [load(e, p, d) for p, d in zip(places, signature.inputs, strict=False)]
        results = emit_block(e, block, [*loaded, *scalars])
        for value, place, dtype in zip(results, places[inputs:], signature.outputs, strict=True):
            store(e, value, place, dtype)

    with walk.each(rows):
        after = b.append_basic_block("after")
        if short:
            one_by_one, vectors = b.append_basic_block("short"), b.append_basic_block("long")
            b.cbranch(b.icmp_signed("<", asked_again(b, last), I64(0)), one_by_one, vectors)
            b.position_at_end(one_by_one)
            with counted(b, I64(0), count, I64(1), maybe_empty=False, as_written=True) as at:
                step(Elements(b), at, single)
            b.branch(after)
            b.position_at_end(vectors)
        with clamped(b, signature.lanes, last) as at:
            step(e, at, scalars)
            walk.report()
        b.branch(after)
        b.position_at_end(after)
    b.ret(walk.fault())
    return function
