"""Elements in memory, and the rows that generated loops walk: contiguous runs, or one element in all places (a splat).

A row of a splat is read once and put, repeated, into a vector on the stack, where every step finds it: one loop serves
all ways in which inputs are broadcast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir

from aotjit.codegen.elements import I8, Elements
from aotjit.codegen.layout import I32, I64, PTR
from aotjit.codegen.module import leave_loop
from aotjit.dtypes import DType

ROW_ARGUMENTS = (PTR, I64, PTR, I64, PTR, I64)
"""operands, count, scalars, rows, strides, splats (aj_map of runtime/plan.h)."""


def load(e: Elements, address: ir.Value, dtype: DType) -> ir.Value:
    """A vector of elements from memory; bool becomes i1."""
    if dtype.is_complex:
        return _load_pairs(e, address, dtype)
    element = memory_type(dtype)
    value = e.builder.load(address, typ=e.of(element), align=dtype.size)
    if dtype is DType.BOOL:
        return e.builder.icmp_unsigned("!=", value, e.zero(value.type))
    return value


def store(e: Elements, value: ir.Value, address: ir.Value, dtype: DType) -> None:
    if dtype is DType.BOOL:
        value = e.builder.zext(value, e.of(I8))
    if dtype.is_complex:
        _store_pairs(e, value, address, dtype)
        return
    e.builder.store(value, address, align=dtype.size)


def _load_pairs(e: Elements, address: ir.Value, dtype: DType) -> ir.Value:
    """Complex elements: real and imaginary parts alternate in memory and are apart in registers. Memory of the caller's
    may be aligned for a part only."""
    part = dtype.part
    both = Elements(e.builder, 2 * e.lanes)
    value = e.builder.load(address, typ=both.of(memory_type(part)), align=part.size)
    if e.lanes == 1:
        return e.pair(*(e.builder.extract_element(value, I32(i)) for i in (0, 1)))
    return e.pair(*(_lanes(e.builder, value, value, range(i, 2 * e.lanes, 2)) for i in (0, 1)))


def _store_pairs(e: Elements, value: ir.Value, address: ir.Value, dtype: DType) -> None:
    b, part = e.builder, dtype.part
    re, im = (b.extract_value(value, i) for i in (0, 1))
    if e.lanes == 1:
        empty = ir.Constant(ir.VectorType(re.type, 2), ir.Undefined)
        both = b.insert_element(b.insert_element(empty, re, I32(0)), im, I32(1))
    else:
        both = _lanes(b, re, im, [i // 2 + e.lanes * (i % 2) for i in range(2 * e.lanes)])
    b.store(both, address, align=part.size)


def _lanes(b: ir.IRBuilder, first: ir.Value, second: ir.Value, places: Sequence[int]) -> ir.Value:
    """The lanes at these places of two vectors, one after the other."""
    return b.shuffle_vector(first, second, ir.Constant(ir.VectorType(I32, len(places)), [I32(i) for i in places]))


def memory_type(dtype: DType) -> ir.Type:
    """The LLVM type of one element in memory."""
    if dtype is DType.F32:
        return ir.FloatType()
    if dtype is DType.F64:
        return ir.DoubleType()
    return ir.IntType(8 * dtype.size)


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


class Rows:
    """Operands at the first element of a row. Inputs come first; only they may be splats."""

    def __init__(
        self, e: Elements, operands: ir.Value, dtypes: Sequence[DType], inputs: int, splats: ir.Value, strides: ir.Value
    ) -> None:
        b = e.builder
        self.e, self.b, self.dtypes, self.inputs = e, b, dtypes, inputs
        self.splats, self.strides = splats, strides
        self._fault = b.alloca(I32)
        self._fault.type = PTR
        b.store(I32(0), self._fault)
        self.bases = [b.load(b.gep(operands, [I64(k)], source_etype=PTR), typ=PTR) for k in range(len(dtypes))]
        self._repeated = [self._vector(d) for d in dtypes[:inputs]]
        self._masks = [self._mask(k) for k in range(inputs)]
        self._starts: list[ir.Value] = []

    def _vector(self, dtype: DType) -> ir.Value:
        slot = self.b.alloca(ir.ArrayType(memory_type(dtype), self.e.lanes))
        slot.type, slot.align = PTR, 64
        return slot

    def _mask(self, k: int) -> ir.Value:
        """All ones, or zero where input k is a splat."""
        bit = self.b.and_(self.b.lshr(self.splats, I64(k)), I64(1))
        return self.b.sub(bit, I64(1))

    @contextmanager
    def each(self, rows: ir.Value) -> Iterator[ir.Value]:
        """A loop over `rows` rows, at least one; its index."""
        b = self.b
        before, loop, more, done = b.block, *(b.append_basic_block(n) for n in ("row", "more", "done"))
        b.branch(loop)
        b.position_at_end(loop)
        index = b.phi(I64)
        index.add_incoming(I64(0), before)
        phis = [b.phi(PTR) for _ in self.bases]
        for phi, base in zip(phis, self.bases, strict=True):
            phi.add_incoming(base, before)
        self.bases = phis
        self._repeat()
        yield index
        following = b.add(index, I64(1))
        b.cbranch(b.icmp_signed("<", following, rows), more, done)
        b.position_at_end(more)
        index.add_incoming(following, more)
        for k, phi in enumerate(phis):
            stride = b.load(b.gep(self.strides, [I64(k)], source_etype=I64), typ=I64)
            phi.add_incoming(b.gep(phi, [stride], source_etype=I8), more)
        b.branch(loop)
        b.position_at_end(done)

    def _repeat(self) -> None:
        """Fills the vectors of splats, and finds where each input's row starts."""
        b = self.b
        self._starts = list(self.bases)
        if not self.inputs:
            return
        before, fill, ready = b.block, *(b.append_basic_block(n) for n in ("splat", "ready"))
        b.cbranch(b.icmp_unsigned("!=", self.splats, I64(0)), fill, ready)
        b.position_at_end(fill)
        chosen = [self._start(k) for k in range(self.inputs)]
        after = b.block
        b.branch(ready)
        b.position_at_end(ready)
        for k, start in enumerate(chosen):
            phi = b.phi(PTR)
            phi.add_incoming(self.bases[k], before)
            phi.add_incoming(start, after)
            self._starts[k] = phi

    def _start(self, k: int) -> ir.Value:
        b, dtype = self.b, self.dtypes[k]
        before, repeat, ready = b.block, *(b.append_basic_block(n) for n in ("repeat", "start"))
        b.cbranch(b.icmp_unsigned("==", self._masks[k], I64(0)), repeat, ready)
        b.position_at_end(repeat)
        element = b.load(self.bases[k], typ=memory_type(dtype), align=dtype.part.size)
        b.store(self.e.splat(element), self._repeated[k], align=64)
        b.branch(ready)
        b.position_at_end(ready)
        phi = b.phi(PTR)
        phi.add_incoming(self.bases[k], before)
        phi.add_incoming(self._repeated[k], repeat)
        return phi

    def place(self, k: int, at: ir.Value) -> ir.Value:
        """Where element `at` of the row is, or any element of a splat."""
        b = self.b
        if k < self.inputs:
            return b.gep(self._starts[k], [b.and_(at, self._masks[k])], source_etype=memory_type(self.dtypes[k]))
        return b.gep(self.bases[k], [at], source_etype=memory_type(self.dtypes[k]))

    def report(self) -> None:
        """Remembers the faults of the elements written just now."""
        if self.e.faults:
            self.b.store(self.b.or_(self.b.load(self._fault, typ=I32), any_fault(self.e)), self._fault)

    def fault(self) -> ir.Value:
        """1 where any element had a fault."""
        return self.b.load(self._fault, typ=I32)


@contextmanager
def clamped(b: ir.IRBuilder, step: int, last: ir.Value) -> Iterator[ir.Value]:
    """A loop over 0, step, 2 step ... that ends with `last`, at least 0, whatever the step."""
    before, loop, done = b.block, *(b.append_basic_block(n) for n in ("vector", "whole"))
    b.branch(loop)
    b.position_at_end(loop)
    at = b.phi(I64)
    at.add_incoming(I64(0), before)
    yield at
    following = b.add(at, I64(step))
    more = b.icmp_signed("<", at, last)
    at.add_incoming(b.select(b.icmp_signed("<", following, last), following, last), b.block)
    b.cbranch(more, loop, done)
    b.position_at_end(done)


@contextmanager
def counted(
    b: ir.IRBuilder, begin: ir.Value, end: ir.Value, step: ir.Value, maybe_empty: bool, as_written: bool = False
) -> Iterator[ir.Value]:
    """A loop over [begin, end) whose body is written inside; `end - begin` is a multiple of `step`. `as_written`: LLVM
    shall neither unroll nor vectorise it."""
    loop, done = b.append_basic_block("loop"), b.append_basic_block("done")
    before = b.block
    if maybe_empty:
        b.cbranch(b.icmp_signed("<", begin, end), loop, done)
    else:
        b.branch(loop)
    b.position_at_end(loop)
    index = b.phi(I64)
    index.add_incoming(begin, before)
    yield index
    following = b.add(index, step)
    index.add_incoming(following, b.block)
    again = b.cbranch(b.icmp_signed("<", following, end), loop, done)
    if as_written:
        leave_loop(again)
    b.position_at_end(done)
