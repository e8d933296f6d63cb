"""The inner loops of reductions, over rows as in body.py, with a pointer for the accumulators of each result at the
end: `fold` takes each row to an accumulator of its own, `columns` adds all rows to one row of accumulators. Floating
sums and products of f32 end in f64; vectors of f32 are added up over short runs before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.elements import F64, Elements
from aotjit.codegen.kernels.body import Signature, block_key, emit_block, kernel_function, load_scalars
from aotjit.codegen.kernels.nest import only_if
from aotjit.codegen.kernels.rows import ROW_ARGUMENTS, Rows, clamped, counted, load, memory_type, store
from aotjit.codegen.layout import I1, I32, I64, PTR
from aotjit.dtypes import DType

if TYPE_CHECKING:
    from xdsl.ir import Block

    from aotjit.codegen.module import KernelModule

RUN = 64
"""Vectors that are folded in the elements' type before they go to the accumulators'."""

DEPTH = 16
"""Rows of `columns` that are folded in the elements' type."""

WIDE_LANES = 8
"""Lanes of the sums in the accumulators' type."""


IDEMPOTENT = ("max", "min", "and", "or")
"""Combiners for which an element counts once however often it is folded. Lanes behind a short row hold its last one."""


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
    lanes = vector.type.count if isinstance(vector.type, ir.VectorType) else 1
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


FOLD_ARGUMENTS = (*ROW_ARGUMENTS, PTR)
"""Those of aj_map, then the accumulators (aj_fold of runtime/plan.h)."""

UNROLLED = 4
"""Vectors of a short body that are folded at a time."""

SHORT_BODY = 6


def fold_kernel(module: KernelModule, block: Block, inputs: Signature, folds: tuple[Fold, ...]) -> ir.Function:
    """aj_fold: each row into the accumulator of its place. Lanes behind a shorter row hold its last element."""
    key = ("fold", inputs, folds, block_key(block))
    return module.shared(key, lambda: _RowFold(module, block, inputs, folds).function)


def columns_kernel(module: KernelModule, block: Block, inputs: Signature, folds: tuple[Fold, ...]) -> ir.Function:
    """aj_fold: element c of all rows into accumulator c. No input may be a splat."""
    key = ("columns", inputs, folds, block_key(block))
    return module.shared(key, lambda: _ColumnFold(module, block, inputs, folds).function)


class _Builder:
    """What both kernels have: the arguments, the body, accumulators."""

    def __init__(
        self, module: KernelModule, stem: str, block: Block, signature: Signature, folds: tuple[Fold, ...]
    ) -> None:
        self.block, self.signature, self.folds = block, signature, folds
        self.function = kernel_function(module, stem, FOLD_ARGUMENTS)
        operands, self.count, words, self.rows, self.strides, splats, places = self.function.args
        b = self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        e = self.e = Elements(b, signature.lanes, faults=[])
        self.wide = Elements(b, min(signature.lanes, WIDE_LANES))
        inputs = len(signature.inputs)
        self.walk = Rows(e, operands, signature.inputs, inputs, splats, self.strides)
        self.places = [b.load(b.gep(places, [I64(i)], source_etype=PTR), typ=PTR) for i in range(len(folds))]
        self.scalars = load_scalars(e, words, block, inputs)
        self.neutral = identities(e, folds, accumulator=False)
        self.is_wide = module.is_wide(b)

    def elements(self, places: list[ir.Value]) -> list[ir.Value]:
        """What the body yields for the inputs' elements at these places."""
        self.e.faults = []
        loaded = [load(self.e, p, d) for p, d in zip(places, self.signature.inputs, strict=True)]
        values = emit_block(self.e, self.block, [*loaded, *self.scalars])
        self.walk.report()
        return values

    def folded(self, values: list[ir.Value], more: list[ir.Value]) -> list[ir.Value]:
        """Two vectors for each result, folded to one."""
        return [combine(self.e, f.combiner, f.dtype, a, c) for f, a, c in zip(self.folds, values, more, strict=True)]

    def masked(self, values: list[ir.Value], first: ir.Value, end: ir.Value) -> list[ir.Value]:
        """The identity in lanes outside [first, end), where folding those lanes again would change a result."""
        b, e = self.b, self.e
        again = [f.combiner in IDEMPOTENT for f in self.folds]
        if e.lanes == 1 or all(again):
            return values
        lanes = ir.Constant(ir.VectorType(I32, e.lanes), [I32(i) for i in range(e.lanes)])
        above = b.icmp_signed(">=", lanes, e.splat(b.trunc(first, I32)))
        valid = b.and_(above, b.icmp_signed("<", lanes, e.splat(b.trunc(end, I32))))
        parts = zip(again, values, self.neutral, strict=True)
        return [v if repeats else b.select(valid, v, n) for repeats, v, n in parts]

    @property
    def unrolled(self) -> int:
        return UNROLLED if sum(1 for _ in self.block.ops) <= SHORT_BODY else 1

    def slots(self, values: list[ir.Value]) -> list[ir.Value]:
        """Variables; LLVM turns them into registers."""
        slots = []
        for value in values:
            slot = self.b.alloca(value.type)
            slot.type = PTR
            slots.append(slot)
        return slots

    def set(self, slots: list[ir.Value], values: list[ir.Value]) -> None:
        for slot, value in zip(slots, values, strict=True):
            self.b.store(value, slot)

    def get(self, slots: list[ir.Value], like: list[ir.Value]) -> list[ir.Value]:
        return [self.b.load(slot, typ=value.type) for slot, value in zip(slots, like, strict=True)]


class _RowFold(_Builder):
    """The function of fold_kernel."""

    def __init__(self, module: KernelModule, block: Block, signature: Signature, folds: tuple[Fold, ...]) -> None:
        super().__init__(module, "aj.fold", block, signature, folds)
        b, lanes = self.b, signature.lanes
        self.wide_neutral = identities(self.wide, folds, accumulator=True)
        self.sums, self.totals = self.slots(self.neutral), self.slots(self.wide_neutral)
        self.several = [self.slots(self.neutral) for _ in range(self.unrolled)]
        whole = b.and_(self.count, I64(-lanes))
        with self.walk.each(self.rows) as row:
            self.set(self.totals, self.wide_neutral)
            with stepped(b, self.count, I64(RUN * lanes)) as (at, end):
                self._run(at, b.select(b.icmp_signed("<", end, whole), end, whole))
                with only_if(b, b.icmp_signed(">", end, whole)):
                    self._tail(whole)
                self._add(self.get(self.sums, self.neutral))
            self._finish(row)
        b.ret(self.walk.fault())

    def _at(self, at: ir.Value) -> list[ir.Value]:
        return self.elements([self.walk.place(k, at) for k in range(len(self.signature.inputs))])

    def _run(self, begin: ir.Value, end: ir.Value) -> None:
        """Elements [begin, end) in vectors, folded in their own type first."""
        b, lanes, unrolled = self.b, self.signature.lanes, self.unrolled
        self.set(self.sums, self.neutral)
        if unrolled > 1:
            several = self.several
            count = b.and_(b.sub(end, begin), I64(-lanes * unrolled))
            middle = b.add(begin, b.select(self.is_wide, count, I64(0)))
            with only_if(b, b.icmp_signed("<", begin, middle)):
                for slots in several:
                    self.set(slots, self.neutral)
                with counted(b, begin, middle, I64(lanes * unrolled), maybe_empty=False) as at:
                    for i, slots in enumerate(several):
                        values = self._at(b.add(at, I64(i * lanes)))
                        self.set(slots, self.folded(self.get(slots, self.neutral), values))
                parts = [self.get(slots, self.neutral) for slots in several]
                while len(parts) > 1:
                    parts = [self.folded(parts[i], parts[i + 1]) for i in range(0, len(parts), 2)]
                self.set(self.sums, parts[0])
            begin = middle
        with counted(b, begin, end, I64(lanes), maybe_empty=True) as at:
            self.set(self.sums, self.folded(self.get(self.sums, self.neutral), self._at(at)))

    def _tail(self, whole: ir.Value) -> None:
        """The elements from `whole` on: the last vector of the row, or the only one."""
        b, lanes = self.b, I64(self.signature.lanes)
        last = b.sub(self.count, lanes)
        at = b.select(b.icmp_signed("<", last, I64(0)), I64(0), last)
        values = self.masked(self._at(at), b.sub(whole, at), b.sub(self.count, at))
        self.set(self.sums, self.folded(self.get(self.sums, self.neutral), values))

    def _add(self, values: list[ir.Value]) -> None:
        """Adds vectors of the elements' types to the totals."""
        totals = self.get(self.totals, self.wide_neutral)
        narrow = [halved(self.b, f, f.dtype, v, self.wide.lanes) for f, v in zip(self.folds, values, strict=True)]
        self.set(
            self.totals,
            [
                combine(self.wide, f.combiner, f.accumulator, t, widen(self.wide, f, v))
                for f, t, v in zip(self.folds, totals, narrow, strict=True)
            ],
        )

    def _finish(self, row: ir.Value) -> None:
        """Folds the lanes and adds them to the row's accumulators."""
        b, scalar = self.b, Elements(self.b)
        totals = self.get(self.totals, self.wide_neutral)
        for fold, vector, base in zip(self.folds, totals, self.places, strict=True):
            place = b.gep(base, [row], source_etype=memory_type(fold.accumulator))
            old = load(scalar, place, fold.accumulator)
            folded = halved(b, fold, fold.accumulator, vector, 1)
            if self.wide.lanes > 1:
                folded = b.extract_element(folded, I32(0))
            store(scalar, combine(scalar, fold.combiner, fold.accumulator, old, folded), place, fold.accumulator)


class _ColumnFold(_Builder):
    """The function of columns_kernel."""

    def __init__(self, module: KernelModule, block: Block, signature: Signature, folds: tuple[Fold, ...]) -> None:
        super().__init__(module, "aj.columns", block, signature, folds)
        b = self.b
        self.sums = self.slots(self.neutral)
        self.steps = [
            b.load(b.gep(self.strides, [I64(k)], source_etype=I64), typ=I64) for k in range(len(signature.inputs))
        ]
        last = b.sub(self.count, I64(signature.lanes))
        with stepped(b, self.rows, I64(DEPTH)) as (begin, end):
            starts = [self._moved(base, begin, k) for k, base in enumerate(self.walk.bases)]
            with clamped(b, signature.lanes, last) as at:
                self._group(starts, at, b.sub(end, begin))
        b.ret(self.walk.fault())

    def _moved(self, base: ir.Value, rows: ir.Value, k: int) -> ir.Value:
        """`rows` rows further on."""
        return self.b.gep(base, [self.b.mul(rows, self.steps[k])], source_etype=ir.IntType(8))

    def _group(self, starts: list[ir.Value], at: ir.Value, rows: ir.Value) -> None:
        """One vector of columns over `rows` rows. Lanes that the vector before had are left out."""
        b, unrolled = self.b, self.unrolled
        bases = [
            b.gep(start, [at], source_etype=memory_type(d))
            for start, d in zip(starts, self.signature.inputs, strict=True)
        ]
        self.set(self.sums, self.neutral)
        middle = b.and_(rows, b.select(self.is_wide, I64(-unrolled), I64(0)))
        if unrolled > 1:
            with counted(b, I64(0), middle, I64(unrolled), maybe_empty=True) as row:
                parts = [
                    self.elements([self._moved(base, b.add(row, I64(i)), k) for k, base in enumerate(bases)])
                    for i in range(unrolled)
                ]
                while len(parts) > 1:
                    parts = [self.folded(parts[i], parts[i + 1]) for i in range(0, len(parts), 2)]
                self.set(self.sums, self.folded(self.get(self.sums, self.neutral), parts[0]))
        with counted(b, middle if unrolled > 1 else I64(0), rows, I64(1), maybe_empty=unrolled > 1) as row:
            values = self.elements([self._moved(base, row, k) for k, base in enumerate(bases)])
            self.set(self.sums, self.folded(self.get(self.sums, self.neutral), values))
        lanes = I64(self.signature.lanes)
        done = b.and_(b.sub(lanes, b.srem(at, lanes)), b.sub(lanes, I64(1)))
        sums = self.masked(self.get(self.sums, self.neutral), done, lanes)
        for fold, base, value in zip(self.folds, self.places, sums, strict=True):
            place = b.gep(base, [at], source_etype=memory_type(fold.accumulator))
            old = load(self.e, place, fold.accumulator)
            new = combine(self.e, fold.combiner, fold.accumulator, old, widen(self.e, fold, value))
            store(self.e, new, place, fold.accumulator)


@contextmanager
def stepped(b: ir.IRBuilder, end: ir.Value, step: ir.Value) -> Iterator[tuple[ir.Value, ir.Value]]:
    """A loop over the pieces [at, at + step) of [0, end); the last one may be shorter. None where `end` is 0."""
    before, loop, done = b.block, *(b.append_basic_block(n) for n in ("piece", "pieces"))
    b.cbranch(b.icmp_signed("<", I64(0), end), loop, done)
    b.position_at_end(loop)
    at = b.phi(I64)
    at.add_incoming(I64(0), before)
    limit = b.add(at, step)
    limit = b.select(b.icmp_signed("<", limit, end), limit, end)
    yield at, limit
    at.add_incoming(limit, b.block)
    b.cbranch(b.icmp_signed("<", limit, end), loop, done)
    b.position_at_end(done)
