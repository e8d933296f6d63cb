"""The inner loops of matrix products for one ISA level (aj_tiles of runtime/matmul.h).

A tile keeps `rows` x `vectors` accumulators in registers: each step of K loads one row of B's panel and broadcasts one
element of A after another.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from aotjit.codegen.kernels.dots import define_dot
from aotjit.codegen.kernels.fixed import tiles_name
from aotjit.codegen.kernels.registers import Registers, Writer, kernel_function, registers_of
from aotjit.codegen.kernels.transposes import define_transpose, transpose_side
from aotjit.codegen.layout import I64, PTR
from aotjit.codegen.module import asked_again, level_symbol
from aotjit.schedule.matmul import PackedTile, Tile, matmul_schedule
from aotjit.schedule.panels import PANEL_BYTES
from aotjit.schedule.targets import Target

MOST_TILES, MOST_DOTS = 3, 2
VARIANT = ir.LiteralStructType([I64, PTR])
TILES = ir.LiteralStructType(
    [*[I64] * 8, VARIANT, VARIANT, ir.ArrayType(VARIANT, MOST_TILES), ir.ArrayType(VARIANT, MOST_DOTS)]
)
"""aj_tiles of runtime/matmul.h."""
TILE_ARGUMENTS = (I64, PTR, I64, I64, PTR, I64, I64, I64, PTR, I64, I64, I64)
LINE_BYTES = 64


def define_tiles(short: str, element: ir.Type, module: ir.Module, target: Target) -> None:
    """The constants aj_tiles of the target, with their functions: one with scalar products and one without."""
    schedule = matmul_schedule(target)
    registers = registers_of(element, target)
    main, name = schedule.packed, tiles_name(short, False)
    packed = (main.rows, define_packed_tile(f"{name}.packed", main, module, registers))
    tiles = [(t.rows, define_tile(f"{name}.tile{t.rows}", t, module, registers)) for t in schedule.tiles]
    dots = [(d.rows, define_dot(f"{name}.dot{d.rows}", d, module, registers)) for d in schedule.dots]
    numbers = (
        schedule.block_k, schedule.block_bytes, schedule.packing_columns, schedule.in_place_rows,
        schedule.in_place_bytes, schedule.in_place_k, schedule.dot_rows, registers.lanes,
    )  # fmt: skip
    side = transpose_side(registers, main.rows)
    transpose = _variant(side, define_transpose(f"{name}.transpose", side, module, registers))
    for wanted in ([], dots):
        variable = ir.GlobalVariable(module, TILES, level_symbol(tiles_name(short, bool(wanted)), target.level))
        variable.global_constant = True
        parts = [transpose, _variant(*packed), _variants(tiles, MOST_TILES), _variants(wanted, MOST_DOTS)]
        variable.initializer = ir.Constant(TILES, [*map(I64, numbers), *parts])


def _variant(rows: int, function: ir.Value) -> ir.Constant:
    return ir.Constant(VARIANT, [I64(rows), function])


def _variants(functions: list[tuple[int, ir.Function]], most: int) -> ir.Constant:
    entries = [_variant(rows, function) for rows, function in functions]
    entries += [_variant(0, ir.Constant(PTR, None))] * (most - len(entries))
    return ir.Constant(ir.ArrayType(VARIANT, most), entries)


def define_packed_tile(name: str, tile: PackedTile, module: ir.Module, registers: Registers) -> ir.Function:
    """An aj_tile whose A is packed as [k][rows of the tile]."""
    function = kernel_function(module, name, TILE_ARGUMENTS)
    k, a, _row_a, _step_a, b, row_b, panel, panels, c, row_c, rows, accumulate = function.args
    w = Writer(ir.IRBuilder(function.append_basic_block("entry")), registers)
    last = w.b.sub(rows, I64(1))
    c_rows = [w.at(c, w.b.mul(w.clamped(r, last), row_c)) for r in range(tile.rows)]
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
    function = kernel_function(module, name, TILE_ARGUMENTS)
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
    size = w.registers.vector_bytes

    def one_part(values: list[ir.Value]) -> list[ir.Value]:
        at_b, offset = values
        at_c = [w.at(row, offset) for row in c_rows]
        for row in at_c:
            for line in range(0, vectors * size, LINE_BYTES):
                w.prefetch(w.at(row, line), write=True)
        sums = sums_of(at_b)
        adds = w.b.icmp_signed("!=", asked_again(w.b, accumulate), I64(0))
        _finish(w, sums, [w.at(row, v * size) for row in at_c for v in range(vectors)], adds)
        return [w.at(at_b, vectors * size), w.b.add(offset, I64(vectors * size))]

    def one_panel(values: list[ir.Value]) -> list[ir.Value]:
        at_b, offset = values
        parts = PANEL_BYTES // (vectors * size)
        # LLVM would write a loop of few rounds out.
        offset = one_part(values)[1] if parts == 1 else w.count_loop(w.opaque(I64(parts)), values, one_part)[1]
        return [w.at(at_b, panel), offset]

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
