"""The inner loops of matrix products for one ISA level (aj_tiles of runtime/matmul.h).

A tile keeps `rows` x `vectors` accumulators in registers: each step of K loads one row of B's panel and broadcasts one
element of A after another. A dot takes scalar products of rows of A and columns of B that are both contiguous along K,
each in a vector of partial sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir

from aotjit.codegen.elements import Elements
from aotjit.codegen.layout import I8, I32, I64, PTR, VOID
from aotjit.codegen.module import Function
from aotjit.schedule.matmul import Dot, PackedTile, Tile, matmul_schedule
from aotjit.schedule.panels import PANEL_BYTES
from aotjit.schedule.targets import Target

MOST_TILES, MOST_DOTS = 3, 2
VARIANT = ir.LiteralStructType([I64, PTR])
TILES = ir.LiteralStructType(
    [*[I64] * 6, VARIANT, ir.ArrayType(VARIANT, MOST_TILES), ir.ArrayType(VARIANT, MOST_DOTS)]
)
"""aj_tiles of runtime/matmul.h."""
TILE_ARGUMENTS = (I64, PTR, I64, I64, PTR, I64, I64, I64, PTR, I64, I64, I64)
DOT_ARGUMENTS = (I64, PTR, I64, I64, PTR, I64, I64, PTR, I64, I64)
LINE_BYTES = 64


@dataclass(frozen=True)
class Registers:
    """The vector type of an element on a target."""

    element: ir.Type
    bytes: int
    lanes: int

    @property
    def vector(self) -> ir.VectorType:
        return ir.VectorType(self.element, self.lanes)

    @property
    def vector_bytes(self) -> int:
        return self.bytes * self.lanes

    @property
    def zero(self) -> ir.Constant:
        return Elements(ir.IRBuilder(), self.lanes).zero(self.vector)


def registers_of(element: ir.Type, target: Target) -> Registers:
    size = 4 if element in (ir.FloatType(), I32) else 8
    return Registers(element, size, target.lanes(size))


class Writer:
    """An IRBuilder with the operations of these loops."""

    def __init__(self, builder: ir.IRBuilder, registers: Registers) -> None:
        self.b, self.registers = builder, registers
        self.elements = Elements(builder, registers.lanes)
        self.integer = isinstance(registers.element, ir.IntType)

    def at(self, base: ir.Value, offset: ir.Value | int) -> ir.Value:
        """base + offset bytes."""
        if isinstance(offset, int):
            if offset == 0:
                return base
            offset = I64(offset)
        return self.b.gep(base, [offset], source_etype=I8)

    def load(self, address: ir.Value) -> ir.Value:
        return self.b.load(address, typ=self.registers.vector, align=self.registers.bytes)

    def store(self, value: ir.Value, address: ir.Value) -> None:
        self.b.store(value, address, align=self.registers.bytes)

    def broadcast(self, address: ir.Value) -> ir.Value:
        scalar = self.b.load(address, typ=self.registers.element, align=self.registers.bytes)
        return self.elements.splat(scalar)

    def add(self, a: ir.Value, b: ir.Value) -> ir.Value:
        return self.b.add(a, b) if self.integer else self.b.fadd(a, b)

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        return self.b.add(self.b.mul(a, b), c) if self.integer else self.elements.intrinsic("fmuladd", a, b, c)

    def sum(self, vector: ir.Value) -> ir.Value:
        """The sum of the lanes."""
        element, module = self.registers.element, self.b.module
        name = f"llvm.vector.reduce.{'add' if self.integer else 'fadd'}.{self.elements.suffix(vector.type)}"
        start = [] if self.integer else [ir.Constant(element, -0.0)]
        function = module.globals.get(name)
        if function is None:
            types = [*(v.type for v in start), vector.type]
            function = ir.Function(module, ir.FunctionType(element, types), name)
        return self.b.call(function, [*start, vector], fastmath=() if self.integer else ("reassoc",))

    def opaque(self, value: ir.Value) -> ir.Value:
        """The value, but LLVM does not know that."""
        kept = ir.InlineAsm(ir.FunctionType(value.type, [value.type]), "", "=r,0")
        return self.b.call(kept, [value])

    def prefetch(self, address: ir.Value, locality: int = 3, write: bool = False) -> None:
        """Asks for a cache line: into L1 with locality 3, L2 with 2."""
        name = "llvm.prefetch.p0"
        function = self.b.module.globals.get(name)
        if function is None:
            function = ir.Function(self.b.module, ir.FunctionType(VOID, [PTR, I32, I32, I32]), name)
        self.b.call(function, [address, I32(int(write)), I32(locality), I32(1)])

    def clamped(self, index: int | ir.Value, last: ir.Value) -> ir.Value:
        """min(index, last)."""
        index = I64(index) if isinstance(index, int) else index
        return self.b.select(self.b.icmp_signed("<", index, last), index, last)

    def count_loop(
        self, count: ir.Value, start: list[ir.Value], body: Callable[[list[ir.Value]], list[ir.Value]]
    ) -> list[ir.Value]:
        """Runs `body` `count` >= 0 times on the values, which begin as `start`; returns the last ones."""
        b = self.b
        before = b.block
        loop, after = b.append_basic_block("loop"), b.append_basic_block("after")
        b.cbranch(b.icmp_signed(">", count, I64(0)), loop, after)
        b.position_at_end(loop)
        left = b.phi(I64)
        left.add_incoming(count, before)
        phis = [b.phi(v.type) for v in start]
        for phi, value in zip(phis, start, strict=True):
            phi.add_incoming(value, before)
        following = body(list(phis))
        rest = b.sub(left, I64(1))
        left.add_incoming(rest, b.block)
        for phi, value in zip(phis, following, strict=True):
            phi.add_incoming(value, b.block)
        b.cbranch(b.icmp_signed(">", rest, I64(0)), loop, after)
        last = b.block
        b.position_at_end(after)
        results = [b.phi(v.type) for v in start]
        for result, first, value in zip(results, start, following, strict=True):
            result.add_incoming(first, before)
            result.add_incoming(value, last)
        return list(results)


def _function(module: ir.Module, name: str, arguments: tuple[ir.Type, ...]) -> ir.Function:
    function = Function(module, ir.FunctionType(VOID, list(arguments)), name)
    function.attributes.add("nounwind")
    set.add(function.attributes, '"prefer-vector-width"="512"')
    return function


def define_tiles(name: str, element: ir.Type, module: ir.Module, target: Target) -> None:
    """The constant aj_tiles of the target, with its functions."""
    schedule = matmul_schedule(target)
    registers = registers_of(element, target)
    main = schedule.packed
    packed = (main.rows, define_packed_tile(f"{name}.packed", main, module, registers))
    tiles = [(t.rows, define_tile(f"{name}.tile{t.rows}", t, module, registers)) for t in schedule.tiles]
    dots = [(d.rows, define_dot(f"{name}.dot{d.rows}", d, module, registers)) for d in schedule.dots]
    numbers = (
        schedule.block_k, schedule.block_bytes, schedule.packing_columns, schedule.in_place_rows, schedule.dot_rows,
        registers.lanes,
    )  # fmt: skip
    variable = ir.GlobalVariable(module, TILES, name)
    variable.global_constant = True
    variable.initializer = ir.Constant(
        TILES, [*map(I64, numbers), _variant(*packed), _variants(tiles, MOST_TILES), _variants(dots, MOST_DOTS)]
    )


def _variant(rows: int, function: ir.Value) -> ir.Constant:
    return ir.Constant(VARIANT, [I64(rows), function])


def _variants(functions: list[tuple[int, ir.Function]], most: int) -> ir.Constant:
    entries = [_variant(rows, function) for rows, function in functions]
    entries += [_variant(0, ir.Constant(PTR, None))] * (most - len(entries))
    return ir.Constant(ir.ArrayType(VARIANT, most), entries)


def define_packed_tile(name: str, tile: PackedTile, module: ir.Module, registers: Registers) -> ir.Function:
    """An aj_tile whose A is packed as [k][rows]; it has all the rows."""
    function = _function(module, name, TILE_ARGUMENTS)
    k, a, _row_a, _step_a, b, row_b, panel, panels, c, row_c, _rows, accumulate = function.args
    w = Writer(ir.IRBuilder(function.append_basic_block("entry")), registers)
    c_rows = [w.at(c, w.b.mul(I64(r), row_c)) for r in range(tile.rows)]
    again = w.opaque(a)

    def sums_of(at_b: ir.Value) -> list[ir.Value]:
        def steps(values: list[ir.Value], count: int) -> list[ir.Value]:
            at_b, at_a, at_again, *sums = values
            for step in range(count):
                sums = _packed_step(w, tile, at_b, row_b, (at_a, at_again), step * tile.rows * registers.bytes, sums)
                at_b = w.at(at_b, row_b)
            distance = count * tile.rows * registers.bytes
            return [at_b, w.at(at_a, distance), w.at(at_again, distance), *sums]

        values = [at_b, a, again, *[registers.zero] * (tile.rows * tile.vectors)]
        values = w.count_loop(w.b.sdiv(k, I64(tile.unroll)), values, lambda v: steps(v, tile.unroll))
        if tile.unroll > 1:
            values = w.count_loop(w.b.srem(k, I64(tile.unroll)), values, lambda v: steps(v, 1))
        return values[3:]

    _each_panel(w, tile.vectors, sums_of, b, panel, panels, c_rows, accumulate)
    w.b.ret_void()
    return function


def _packed_step(
    w: Writer,
    tile: PackedTile,
    at_b: ir.Value,
    row_b: ir.Value,
    at_a: tuple[ir.Value, ir.Value],
    offset: int,
    sums: list[ir.Value],
) -> list[ir.Value]:
    """One step of K. The two addresses of A are the same; loads through different ones stay apart, and each becomes the
    memory operand of its multiply-add."""
    size = w.registers.vector_bytes
    row = [w.load(w.at(at_b, v * size)) for v in range(tile.vectors)]
    ahead = w.at(at_b, w.b.mul(row_b, I64(tile.prefetch)))
    for line in range(0, tile.vectors * size, LINE_BYTES):
        w.prefetch(w.at(ahead, line))
    result = []
    for r in range(tile.rows):
        places = [w.at(base, offset + r * w.registers.bytes) for base in at_a]
        twice = tile.vectors == 2 and r * tile.memory_rows // tile.rows != (r + 1) * tile.memory_rows // tile.rows
        factors = [w.broadcast(p) for p in places] if twice else [w.broadcast(places[0])] * tile.vectors
        for v in range(tile.vectors):
            result.append(w.fma(factors[v], row[v], sums[r * tile.vectors + v]))
    return result


def define_tile(name: str, tile: Tile, module: ir.Module, registers: Registers) -> ir.Function:
    """An aj_tile."""
    function = _function(module, name, TILE_ARGUMENTS)
    k, a, row_a, step_a, b, row_b, panel, panels, c, row_c, rows, accumulate = function.args
    w = Writer(ir.IRBuilder(function.append_basic_block("entry")), registers)
    last = w.b.sub(rows, I64(1))
    # Rows that are not there repeat the last one: the same values are stored once more.
    index = [w.clamped(r, last) for r in range(tile.rows)]
    a_rows, c_rows = [w.at(a, w.b.mul(r, row_a)) for r in index], [w.at(c, w.b.mul(r, row_c)) for r in index]

    def sums_of(at_b: ir.Value) -> list[ir.Value]:
        return _sums(w, tile, k, a_rows, step_a, at_b, row_b)

    _each_panel(w, tile.vectors, sums_of, b, panel, panels, c_rows, accumulate)
    w.b.ret_void()
    return function


def _each_panel(
    w: Writer,
    vectors: int,
    sums_of: Callable[[ir.Value], list[ir.Value]],
    b: ir.Value,
    panel: ir.Value,
    panels: ir.Value,
    c_rows: list[ir.Value],
    accumulate: ir.Value,
) -> None:
    """C's rows get the sums of all panels, `vectors` registers of columns at a time."""
    adds = w.b.icmp_signed("!=", accumulate, I64(0))
    size = w.registers.vector_bytes

    def one_panel(values: list[ir.Value]) -> list[ir.Value]:
        at_b, offset = values
        for part in range(0, PANEL_BYTES, vectors * size):
            at_c = [w.at(w.at(row, offset), part) for row in c_rows]
            for row in at_c:
                for line in range(0, vectors * size, LINE_BYTES):
                    w.prefetch(w.at(row, line), write=True)
            sums = sums_of(w.at(at_b, part))
            _finish(w, sums, [w.at(row, v * size) for row in at_c for v in range(vectors)], adds)
        return [w.at(at_b, panel), w.b.add(offset, I64(PANEL_BYTES))]

    w.count_loop(panels, [b, I64(0)], one_panel)


def _sums(
    w: Writer, tile: Tile, k: ir.Value, a_rows: list[ir.Value], step_a: ir.Value, b: ir.Value, row_b: ir.Value
) -> list[ir.Value]:
    """The sums over K, row by row: `phases` steps at a time in separate sums, then the rest one by one."""
    builder, registers = w.b, w.registers
    count = tile.rows * tile.vectors

    def steps(values: list[ir.Value], phases: int) -> list[ir.Value]:
        at_b, offset, *sums = values
        for phase in range(phases):
            row = [w.load(w.at(at_b, v * registers.vector_bytes)) for v in range(tile.vectors)]
            for r in range(tile.rows):
                factor = w.broadcast(w.at(a_rows[r], offset))
                for v in range(tile.vectors):
                    i = phase * count + r * tile.vectors + v
                    sums[i] = w.fma(factor, row[v], sums[i])
            at_b, offset = w.at(at_b, row_b), builder.add(offset, step_a)
        return [at_b, offset, *sums]

    start = [b, I64(0), *[registers.zero] * (count * tile.phases)]
    rounds = k if tile.phases == 1 else builder.sdiv(k, I64(tile.phases))
    at_b, offset, *sums = w.count_loop(rounds, start, lambda values: steps(values, tile.phases))
    total = sums[:count]
    for phase in range(1, tile.phases):
        total = [w.add(t, s) for t, s in zip(total, sums[phase * count : (phase + 1) * count], strict=True)]
    if tile.phases == 1:
        return total
    rest = builder.srem(k, I64(tile.phases))
    return w.count_loop(rest, [at_b, offset, *total], lambda values: steps(values, 1))[2:]


def _finish(w: Writer, sums: list[ir.Value], places: list[ir.Value], adds: ir.Value) -> None:
    """Stores the sums, added to what is there where `adds`."""
    b = w.b
    adding, storing, after = (b.append_basic_block(n) for n in ("add", "store", "done"))
    b.cbranch(adds, adding, storing)
    b.position_at_end(adding)
    # All are loaded before the first is stored: places of repeated rows are the same.
    total = [w.add(value, w.load(place)) for value, place in zip(sums, places, strict=True)]
    for value, place in zip(total, places, strict=True):
        w.store(value, place)
    b.branch(after)
    b.position_at_end(storing)
    for value, place in zip(sums, places, strict=True):
        w.store(value, place)
    b.branch(after)
    b.position_at_end(after)


def define_dot(name: str, dot: Dot, module: ir.Module, registers: Registers) -> ir.Function:
    """An aj_dot."""
    function = _function(module, name, DOT_ARGUMENTS)
    k, a, row_a, rows, b, column_b, columns, c, row_c, step_c = function.args
    w = Writer(ir.IRBuilder(function.append_basic_block("entry")), registers)
    last_row, last_column = w.b.sub(rows, I64(1)), w.b.sub(columns, I64(1))
    row_index = [w.clamped(r, last_row) for r in range(dot.rows)]
    a_rows = [w.at(a, w.b.mul(r, row_a)) for r in row_index]
    c_rows = [w.at(c, w.b.mul(r, row_c)) for r in row_index]
    groups = w.b.sdiv(w.b.add(columns, I64(dot.columns - 1)), I64(dot.columns))

    def some_columns(values: list[ir.Value]) -> list[ir.Value]:
        (first,) = values
        index = [w.clamped(w.b.add(first, I64(j)), last_column) for j in range(dot.columns)]
        b_columns = [w.at(b, w.b.mul(j, column_b)) for j in index]
        sums = _dot_sums(w, k, a_rows, b_columns)
        for j, column in enumerate(index):
            offset = w.b.mul(column, step_c)
            for r in range(dot.rows):
                total = w.sum(sums[r * dot.columns + j])
                w.b.store(total, w.at(c_rows[r], offset), align=registers.bytes)
        return [w.b.add(first, I64(dot.columns))]

    w.count_loop(groups, [I64(0)], some_columns)
    w.b.ret_void()
    return function


def _dot_sums(w: Writer, k: ir.Value, a_rows: list[ir.Value], b_columns: list[ir.Value]) -> list[ir.Value]:
    """The vectors of partial sums of each row times each column; k is at least the vector's lanes."""
    builder, registers = w.b, w.registers
    lanes, columns = registers.lanes, len(b_columns)

    def step(offset: ir.Value, sums: list[ir.Value], kept: Callable[[ir.Value], ir.Value]) -> list[ir.Value]:
        left = [kept(w.load(w.at(a, offset))) for a in a_rows]
        result = list(sums)
        for j, column in enumerate(b_columns):
            right = kept(w.load(w.at(column, offset)))
            for r, value in enumerate(left):
                result[r * columns + j] = w.fma(value, right, sums[r * columns + j])
        return result

    def whole(values: list[ir.Value]) -> list[ir.Value]:
        offset, *sums = values
        return [builder.add(offset, I64(registers.vector_bytes)), *step(offset, sums, lambda v: v)]

    start = [I64(0), *[registers.zero] * (len(a_rows) * columns)]
    _, *sums = w.count_loop(builder.sdiv(k, I64(lanes)), start, whole)
    # The last elements come with a vector that ends at them; its lanes that were summed before count as zeros.
    rest = builder.srem(k, I64(lanes))
    number = ir.Constant(ir.VectorType(I64, lanes), [I64(i) for i in range(lanes)])
    new = builder.icmp_signed(">=", number, Elements(builder, lanes).splat(builder.sub(I64(lanes), rest)))
    offset = builder.mul(builder.sub(k, I64(lanes)), I64(registers.bytes))

    def tail(values: list[ir.Value]) -> list[ir.Value]:
        return step(offset, values, lambda v: builder.select(new, v, registers.zero))

    return w.count_loop(builder.zext(builder.icmp_signed(">", rest, I64(0)), I64), list(sums), tail)
