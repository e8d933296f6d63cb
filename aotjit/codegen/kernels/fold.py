"""The inner loops of reductions: `fold` takes contiguous elements to one accumulator, `rows` adds a row of elements to
a row of accumulators. Floating sums and products of f32 end in f64; vectors of f32 are added up over short runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.elements import F64, Elements
from aotjit.codegen.kernels.body import (
    Signature,
    any_fault,
    block_key,
    emit_block,
    inner_function,
    load,
    load_scalars,
    memory_type,
    store,
)
from aotjit.codegen.layout import I1, I32, I64, PTR
from aotjit.types import DType

if TYPE_CHECKING:
    from xdsl.ir import Block

    from aotjit.codegen.module import ModuleContext

RUN = 64
"""Vectors that are folded in the elements' type before they go to the accumulators'."""

WIDE_LANES = 8
"""Lanes of the sums in the accumulators' type."""


@dataclass(frozen=True)
class Fold:
    """How one result is folded: `dtype` of the elements the body yields, `accumulator` of what is kept in memory."""

    combiner: str
    dtype: DType

    @property
    def accumulator(self) -> DType:
        return DType.F64 if self.dtype is DType.F32 and self.combiner in ("add", "mul") else self.dtype

    @property
    def identity(self) -> float | int:
        """The combiner's neutral element; the extreme value for max and min."""
        if self.combiner in ("max", "min"):
            return _extreme(self.dtype, self.combiner == "min")
        values = {"add": 0, "or": 0, "mul": 1, "and": 1 if self.dtype is DType.BOOL else -1}
        return values[self.combiner]


def _extreme(dtype: DType, largest: bool) -> float | int:
    if dtype.is_floating:
        return float("inf") if largest else float("-inf")
    if dtype is DType.BOOL:
        return int(largest)
    if dtype is DType.U8:
        return 255 if largest else 0
    half = 1 << (8 * dtype.size - 1)
    return half - 1 if largest else -half


def combine(e: Elements, combiner: str, dtype: DType, a: ir.Value, b: ir.Value) -> ir.Value:
    """One step of the fold on values of `dtype` (bool as i1)."""
    builder = e.builder
    if combiner in ("max", "min"):
        relation = ">" if combiner == "max" else "<"
        if dtype.is_floating:
            return e.extreme(relation, a, b)
        unsigned = dtype in (DType.U8, DType.BOOL)
        compare = builder.icmp_unsigned if unsigned else builder.icmp_signed
        return builder.select(compare(relation, a, b), a, b)
    if combiner in ("and", "or"):
        return builder.and_(a, b) if combiner == "and" else builder.or_(a, b)
    names = {"add": ("add", "fadd"), "mul": ("mul", "fmul")}[combiner]
    return getattr(builder, names[dtype.is_floating])(a, b)


def widen(e: Elements, fold: Fold, value: ir.Value) -> ir.Value:
    """A value of the elements' type in the accumulator's."""
    return e.float_cast(value, F64) if fold.accumulator is not fold.dtype else value


def element_type(dtype: DType) -> ir.Type:
    """The type of an element in a register."""
    return I1 if dtype is DType.BOOL else memory_type(dtype)


def identities(e: Elements, folds: tuple[Fold, ...], accumulator: bool) -> list[ir.Value]:
    return [e.constant(element_type(f.accumulator if accumulator else f.dtype), f.identity) for f in folds]


def halved(builder: ir.IRBuilder, fold: Fold, dtype: DType, vector: ir.Value, until: int) -> ir.Value:
    """The lanes folded to `until` of them, the vector's upper half onto its lower half again and again."""
    lanes = vector.type.count
    while lanes > until:
        lanes //= 2
        undefined = ir.Constant(vector.type, ir.Undefined)
        low, high = (
            builder.shuffle_vector(
                vector, undefined, ir.Constant(ir.VectorType(I32, lanes), [I32(first + i) for i in range(lanes)])
            )
            for first in (0, lanes)
        )
        vector = combine(Elements(builder, lanes), fold.combiner, dtype, low, high)
    return vector


def fold_kernel(module: ModuleContext, block: Block, inputs: Signature, folds: tuple[Fold, ...]) -> ir.Function:
    """aj_map without outputs: folds `count` elements into the accumulators that the first scalars point to."""
    key = ("fold", inputs, folds, block_key(block))
    return module.shared(key, lambda: _FoldBuilder(module, block, inputs, folds).function)


class _FoldBuilder:
    """The function of fold_kernel."""

    def __init__(self, module: ModuleContext, block: Block, signature: Signature, folds: tuple[Fold, ...]) -> None:
        self.block, self.signature, self.folds = block, signature, folds
        self.function = inner_function(module, "aj.fold")
        operands, count, words = self.function.args
        b = self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.e = Elements(b, signature.lanes, faults=[])
        self.wide = Elements(b, min(signature.lanes, WIDE_LANES))
        self.bases = [
            b.load(b.gep(operands, [I64(i)], source_etype=PTR), typ=PTR) for i in range(len(signature.inputs))
        ]
        self.places = [b.load(b.gep(words, [I64(i)], source_etype=PTR), typ=PTR) for i in range(len(folds))]
        scalars = b.gep(words, [I64(len(folds))], source_etype=I64)
        self.scalars = load_scalars(self.e, scalars, block, len(signature.inputs))
        partial, whole = (self.function.append_basic_block(n) for n in ("partial", "whole"))
        b.cbranch(b.icmp_signed("<", count, I64(signature.lanes)), partial, whole)
        b.position_at_end(whole)
        sums, fault = self._runs(count)
        self._finish(sums, fault)
        b.position_at_end(partial)
        self._finish(*self._masked(count))

    def _elements(self, at: ir.Value) -> list[ir.Value]:
        b, e = self.b, self.e
        e.faults = []
        loaded = []
        for base, dtype in zip(self.bases, self.signature.inputs, strict=True):
            loaded.append(load(e, b.gep(base, [at], source_etype=memory_type(dtype)), dtype))
        return emit_block(e, self.block, [*loaded, *self.scalars])

    def _masked(self, count: ir.Value) -> tuple[list[ir.Value], ir.Value]:
        """Fewer elements than lanes: the lanes beyond give the identity."""
        b, e = self.b, self.e
        values = self._elements(I64(0))
        lanes = ir.Constant(ir.VectorType(I32, e.lanes), [I32(i) for i in range(e.lanes)])
        valid = b.icmp_unsigned("<", lanes, e.splat(b.trunc(count, I32)))
        neutral = identities(e, self.folds, accumulator=False)
        chosen = [b.select(valid, v, n) for v, n in zip(values, neutral, strict=True)]
        return self._widened(chosen), any_fault(e)

    def _widened(self, values: list[ir.Value]) -> list[ir.Value]:
        """Few lanes of the accumulators' types."""
        return [
            widen(self.wide, f, halved(self.b, f, f.dtype, v, self.wide.lanes))
            for f, v in zip(self.folds, values, strict=True)
        ]

    def _runs(self, count: ir.Value) -> tuple[list[ir.Value], ir.Value]:
        """Runs of vectors, each folded in the elements' type and then added to wide sums."""
        b, e, folds = self.b, self.e, self.folds
        before = b.block
        outer = b.append_basic_block("run")
        b.branch(outer)
        b.position_at_end(outer)
        at, fault = b.phi(I64), b.phi(I32)
        neutral = identities(self.wide, folds, accumulator=True)
        wide = [b.phi(v.type) for v in neutral]
        at.add_incoming(I64(0), before)
        fault.add_incoming(I32(0), before)
        for phi, value in zip(wide, neutral, strict=True):
            phi.add_incoming(value, before)
        limit = b.add(at, I64(RUN * e.lanes))
        end = b.select(b.icmp_signed("<", limit, count), limit, count)
        sums, found = self._run(at, end, fault)
        following = [
            combine(self.wide, f.combiner, f.accumulator, w, s)
            for f, w, s in zip(folds, wide, self._widened(sums), strict=True)
        ]
        at.add_incoming(end, b.block)
        fault.add_incoming(found, b.block)
        for phi, value in zip(wide, following, strict=True):
            phi.add_incoming(value, b.block)
        done = b.append_basic_block("done")
        b.cbranch(b.icmp_signed("<", end, count), outer, done)
        b.position_at_end(done)
        return following, found

    def _run(self, begin: ir.Value, end: ir.Value, fault: ir.Value) -> tuple[list[ir.Value], ir.Value]:
        """One run: elements [begin, end) in vectors."""
        b, e, folds = self.b, self.e, self.folds
        before = b.block
        inner = b.append_basic_block("vectors")
        b.branch(inner)
        b.position_at_end(inner)
        at, old_fault = b.phi(I64), b.phi(I32)
        sums = [b.phi(v.type) for v in identities(e, folds, accumulator=False)]
        at.add_incoming(begin, before)
        old_fault.add_incoming(fault, before)
        for phi, value in zip(sums, identities(e, folds, accumulator=False), strict=True):
            phi.add_incoming(value, before)
        values = self._elements(at)
        following = [combine(e, f.combiner, f.dtype, s, v) for f, s, v in zip(folds, sums, values, strict=True)]
        found = b.or_(old_fault, any_fault(e)) if e.faults else old_fault
        step = b.add(at, I64(e.lanes))
        at.add_incoming(step, b.block)
        old_fault.add_incoming(found, b.block)
        for phi, value in zip(sums, following, strict=True):
            phi.add_incoming(value, b.block)
        after = b.append_basic_block("sum")
        b.cbranch(b.icmp_signed("<", step, end), inner, after)
        b.position_at_end(after)
        return following, found

    def _finish(self, sums: list[ir.Value], fault: ir.Value) -> None:
        """Folds the lanes and adds them to the accumulators."""
        b = self.b
        scalar = Elements(b)
        for fold, vector, place in zip(self.folds, sums, self.places, strict=True):
            old = load(scalar, place, fold.accumulator)
            folded = b.extract_element(halved(b, fold, fold.accumulator, vector, 1), I32(0))
            new = combine(scalar, fold.combiner, fold.accumulator, old, folded)
            store(scalar, new, place, fold.accumulator)
        b.ret(fault)


def rows_kernel(module: ModuleContext, block: Block, signature: Signature, folds: tuple[Fold, ...]) -> ir.Function:
    """aj_map whose first inputs and only outputs are the accumulators."""
    return module.shared(
        ("rows", signature, folds, block_key(block)), lambda: _build_rows(module, block, signature, folds)
    )


def _build_rows(module: ModuleContext, block: Block, signature: Signature, folds: tuple[Fold, ...]) -> ir.Function:
    function = inner_function(module, "aj.rows")
    entry, loop, done = (function.append_basic_block(n) for n in ("entry", "loop", "done"))
    b = ir.IRBuilder(entry)
    e = Elements(b, signature.lanes, faults=[])
    operands, count, words = function.args
    dtypes = (*signature.inputs, *signature.outputs)
    bases = [b.load(b.gep(operands, [I64(i)], source_etype=PTR), typ=PTR) for i in range(len(dtypes))]
    scalars = load_scalars(e, words, block, len(signature.inputs) - len(folds))
    b.branch(loop)
    b.position_at_end(loop)
    at, fault = b.phi(I64), b.phi(I32)
    at.add_incoming(I64(0), entry)
    fault.add_incoming(I32(0), entry)
    places = [b.gep(base, [at], source_etype=memory_type(d)) for base, d in zip(bases, dtypes, strict=True)]
    loaded = [load(e, p, d) for p, d in zip(places, signature.inputs, strict=False)]
    values = emit_block(e, block, [*loaded[len(folds) :], *scalars])
    for fold, old, value, place in zip(folds, loaded, values, places[len(loaded) :], strict=False):
        store(e, combine(e, fold.combiner, fold.accumulator, old, widen(e, fold, value)), place, fold.accumulator)
    found = b.or_(fault, any_fault(e)) if e.faults else fault
    following = b.add(at, I64(e.lanes))
    at.add_incoming(following, b.block)
    fault.add_incoming(found, b.block)
    b.cbranch(b.icmp_signed("<", following, count), loop, done)
    b.position_at_end(done)
    b.ret(found)
    return function
