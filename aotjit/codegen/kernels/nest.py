"""Static loop nests: a pointwise kernel over shapes that are known when the code is compiled.

    int32_t nest(void *const *operands, const aj_word *scalars, const int64_t *sizes)

`operands` are row-major tensors, inputs first. Broadcasting is resolved and dims are joined here, as runtime/plan.c
does it at run time, so that trip counts and strides are constants. A dim may be symbolic: its size is then read from
`sizes`, and the same builder writes the same loops with loaded values. The innermost dim runs in vectors; what is left
of it is a last vector that overlaps the one before, read before anything is written, so that results may take their
inputs' memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir
from xdsl.ir import Block

from aotjit.codegen.elements import Elements
from aotjit.codegen.kernels.body import Signature, block_key, emit_block, kernel_function, load_scalars
from aotjit.codegen.kernels.rows import any_fault, counted, load, memory_type, store
from aotjit.codegen.layout import I32, I64, PTR
from aotjit.codegen.module import ModuleContext
from aotjit.types import Dim


@dataclass(frozen=True)
class Extent:
    """A size: `factor` times the sizes of the symbols, which are numbered."""

    factor: int
    symbols: tuple[int, ...] = ()

    def __mul__(self, other: Extent) -> Extent:
        return Extent(self.factor * other.factor, tuple(sorted((*self.symbols, *other.symbols))))


@dataclass(frozen=True)
class Space:
    """The loops of a nest, outermost first. `walked[k][d]`: operand k has dim d, else it is broadcast along it."""

    extents: tuple[Extent, ...]
    walked: tuple[tuple[bool, ...], ...]
    symbols: tuple[str, ...]

    def strides(self, operand: int) -> list[Extent | None]:
        """Elements between neighbours along each dim; None where the operand is broadcast."""
        strides: list[Extent | None] = [None] * len(self.extents)
        stride = Extent(1)
        for d in reversed(range(len(self.extents))):
            if self.walked[operand][d]:
                strides[d] = stride
                stride *= self.extents[d]
        return strides

    def lanes(self, most: int) -> int:
        """Elements of one vector step along the innermost dim: at most `most`, and no more than there are; 0 where
        that is not known."""
        inner = self.extents[-1]
        if inner.symbols:
            return most if inner.factor >= most else 0
        return min(most, 1 << (inner.factor.bit_length() - 1))

    @property
    def count(self) -> Extent:
        """Elements of the whole space."""
        return math.prod(self.extents, start=Extent(1))


def space_of(result: Sequence[Dim] | None, operands: Sequence[Sequence[Dim] | None]) -> Space | None:
    """The nest over `result` with these operands broadcast to it; None where that is not known when compiling."""
    if result is None or any(d is None or d == 0 for d in result):
        return None
    symbols = tuple(dict.fromkeys(d for d in result if isinstance(d, str)))
    rows = []
    for dims in operands:
        if dims is None or len(dims) > len(result):
            return None
        lead = len(result) - len(dims)
        if any(d not in (1, r) for d, r in zip(dims, result[lead:], strict=True)):
            return None
        rows.append([False] * lead + [d != 1 for d in dims])
    extents = [Extent(d) if isinstance(d, int) else Extent(1, (symbols.index(d),)) for d in result if d is not None]
    return Space(*_joined(extents, rows), symbols)


def _joined(
    extents: Sequence[Extent], rows: Sequence[Sequence[bool]]
) -> tuple[tuple[Extent, ...], tuple[tuple[bool, ...], ...]]:
    """Without dims of one element, neighbours joined where every operand walks both or neither."""
    kept: list[tuple[Extent, tuple[bool, ...]]] = []
    for d, extent in enumerate(extents):
        column = tuple(row[d] for row in rows)
        if extent == Extent(1):
            continue
        if kept and kept[-1][1] == column:
            kept[-1] = (kept[-1][0] * extent, column)
        else:
            kept.append((extent, column))
    if not kept:
        kept = [(Extent(1), (False,) * len(rows))]
    return tuple(e for e, _ in kept), tuple(zip(*(c for _, c in kept), strict=True)) if rows else ()


def nest_kernel(module: ModuleContext, block: Block, signature: Signature, space: Space) -> ir.Function:
    """The function; `signature.lanes` is what Space.lanes gave. The space's operands are inputs, then outputs."""
    key = ("nest", signature, space, block_key(block))
    return module.shared(key, lambda: _NestBuilder(module, block, signature, space).function)


class _NestBuilder:
    """The function of nest_kernel."""

    def __init__(self, module: ModuleContext, block: Block, signature: Signature, space: Space) -> None:
        self.block, self.signature, self.space = block, signature, space
        self.dtypes = (*signature.inputs, *signature.outputs)
        self.function = kernel_function(module, "aj.nest", [PTR, PTR, PTR])
        operands, words, self.sizes = self.function.args
        b = self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.e = Elements(b, signature.lanes, faults=[])
        self.fault = b.alloca(I32)
        self.fault.type = PTR
        b.store(I32(0), self.fault)
        bases = [b.load(b.gep(operands, [I64(i)], source_etype=PTR), typ=PTR) for i in range(len(self.dtypes))]
        self.scalars = load_scalars(self.e, words, block, len(signature.inputs))
        self.strides = [[s and self.extent(s) for s in space.strides(k)] for k in range(len(self.dtypes))]
        self._dim(0, bases)
        b.ret(b.load(self.fault, typ=I32))

    def extent(self, extent: Extent) -> ir.Value:
        """A size as i64: a constant, or computed from the sizes of the symbols."""
        value: ir.Value = I64(extent.factor)
        for symbol in extent.symbols:
            size = self.b.load(self.b.gep(self.sizes, [I64(symbol)], source_etype=I64), typ=I64)
            value = size if value == I64(1) else self.b.mul(value, size)
        return value

    def advanced(self, bases: Sequence[ir.Value], d: int, index: ir.Value) -> list[ir.Value]:
        """The operands' places at `index` of dim d."""
        b, places = self.b, []
        for base, strides, dtype in zip(bases, self.strides, self.dtypes, strict=True):
            stride = strides[d]
            if stride is not None:
                offset = index if stride == I64(1) else b.mul(index, stride)
                base = b.gep(base, [offset], source_etype=memory_type(dtype))
            places.append(base)
        return places

    def _dim(self, d: int, bases: Sequence[ir.Value]) -> None:
        extent = self.space.extents[d]
        if d + 1 == len(self.space.extents):
            self._vectors(d, bases)
            return
        with counted(self.b, I64(0), self.extent(extent), I64(1), maybe_empty=bool(extent.symbols)) as index:
            self._dim(d + 1, self.advanced(bases, d, index))

    def _vectors(self, d: int, bases: Sequence[ir.Value]) -> None:
        """The innermost dim."""
        lanes, extent = self.signature.lanes, self.space.extents[d]
        fixed = self._broadcast(d, bases)
        rest = extent.factor % lanes
        if extent == Extent(lanes):
            self._store(self._results(bases, fixed), bases)
            return
        if not rest:
            with counted(self.b, I64(0), self.extent(extent), I64(lanes), maybe_empty=bool(extent.symbols)) as at:
                places = self.advanced(bases, d, at)
                self._store(self._results(places, fixed), places)
            return
        if not extent.symbols:
            self._overlapping(d, bases, fixed, I64(extent.factor))
            return
        count = self.extent(extent)
        with only_if(self.b, self.b.icmp_signed(">=", count, I64(lanes))):
            self._overlapping(d, bases, fixed, count)

    def _overlapping(
        self, d: int, bases: Sequence[ir.Value], fixed: Sequence[ir.Value | None], count: ir.Value
    ) -> None:
        """At least `lanes` elements. The last vector ends with the last element; its results wait until the others are
        stored, so that it is computed from what the inputs were."""
        lanes, b = I64(self.signature.lanes), self.b
        last = self.advanced(bases, d, b.sub(count, lanes))
        results = self._results(last, fixed)
        whole = b.and_(count, I64(-self.signature.lanes))
        with counted(b, I64(0), whole, lanes, maybe_empty=False) as at:
            places = self.advanced(bases, d, at)
            self._store(self._results(places, fixed), places)
        self._store(results, last)

    def _broadcast(self, d: int, bases: Sequence[ir.Value]) -> list[ir.Value | None]:
        """The inputs that have one value along dim d, in every lane."""
        single = Elements(self.b)
        return [
            self.e.splat(load(single, base, dtype)) if strides[d] is None else None
            for base, strides, dtype in zip(bases, self.strides, self.signature.inputs, strict=False)
        ]

    def _results(self, places: Sequence[ir.Value], fixed: Sequence[ir.Value | None]) -> list[ir.Value]:
        e, b = self.e, self.b
        e.faults = []
        inputs = [
            load(e, place, dtype) if value is None else value
            for value, place, dtype in zip(fixed, places, self.signature.inputs, strict=False)
        ]
        results = emit_block(e, self.block, [*inputs, *self.scalars])
        if e.faults:
            b.store(b.or_(b.load(self.fault, typ=I32), any_fault(e)), self.fault)
        return results

    def _store(self, results: Sequence[ir.Value], places: Sequence[ir.Value]) -> None:
        outputs = places[len(self.signature.inputs) :]
        for value, place, dtype in zip(results, outputs, self.signature.outputs, strict=True):
            store(self.e, value, place, dtype)


@contextmanager
def only_if(b: ir.IRBuilder, condition: ir.Value) -> Iterator[None]:
    """Code that runs where `condition` holds."""
    then, done = b.append_basic_block("then"), b.append_basic_block("after")
    b.cbranch(condition, then, done)
    b.position_at_end(then)
    yield
    b.branch(done)
    b.position_at_end(done)


