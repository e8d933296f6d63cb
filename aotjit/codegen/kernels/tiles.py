"""The inner loops of matrix products for one ISA level (aj_tile and aj_strip of runtime/matmul.h).

All accumulators live in registers: a tile is `rows` x `vectors` of them, each step of K loads one row of B's panel and
broadcasts one element of A after another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir

from aotjit.codegen.elements import Elements
from aotjit.codegen.layout import I8, I64, PTR, VOID
from aotjit.codegen.module import Function
from aotjit.schedule.panels import PANEL_BYTES
from aotjit.schedule.targets import Strip, Target, matmul_strips, matmul_tile

TILES = ir.LiteralStructType([I64, PTR, PTR, PTR])
"""aj_tiles of runtime/matmul.h."""
TILE_ARGUMENTS = (I64, PTR, PTR, I64, PTR, I64, I64)
STRIP_ARGUMENTS = (I64, PTR, I64, I64, PTR, I64, I64, I64, PTR, I64, I64)


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
    size = 4 if isinstance(element, ir.FloatType) else 8
    return Registers(element, size, target.lanes(size))


class Writer:
    """An IRBuilder with the operations of these loops."""

    def __init__(self, builder: ir.IRBuilder, registers: Registers) -> None:
        self.b, self.registers = builder, registers
        self.elements = Elements(builder, registers.lanes)

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

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        return self.elements.intrinsic("fmuladd", a, b, c)

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
    functions = [
        define_tile(f"{name}.tile", element, module, target),
        define_strip(f"{name}.four", element, 0, module, target),
        define_strip(f"{name}.one", element, 1, module, target),
    ]
    tiles = ir.GlobalVariable(module, TILES, name)
    tiles.global_constant = True
    tiles.initializer = ir.Constant(TILES, [I64(matmul_tile(target).rows), *functions])


def define_tile(name: str, element: ir.Type, module: ir.Module, target: Target) -> ir.Function:
    """An aj_tile."""
    function = _function(module, name, TILE_ARGUMENTS)
    registers = registers_of(element, target)
    tile = matmul_tile(target)
    k, a, b, row_b, c, row_c, accumulate = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    w = Writer(builder, registers)
    for part in range(0, PANEL_BYTES, tile.vectors * registers.vector_bytes):
        places = [
            w.at(w.at(c, builder.mul(row_c, I64(r))), part + v * registers.vector_bytes)
            for r in range(tile.rows)
            for v in range(tile.vectors)
        ]
        start = _old_values(w, accumulate, places)

        def step(values: list[ir.Value]) -> list[ir.Value]:
            at_a, at_b, *sums = values
            row = [w.load(w.at(at_b, v * registers.vector_bytes)) for v in range(tile.vectors)]
            for r in range(tile.rows):
                factor = w.broadcast(w.at(at_a, r * registers.bytes))
                for v in range(tile.vectors):
                    i = r * tile.vectors + v
                    sums[i] = w.fma(factor, row[v], sums[i])
            return [w.at(at_a, tile.rows * registers.bytes), w.at(at_b, row_b), *sums]

        _, _, *sums = w.count_loop(k, [a, w.at(b, part), *start], step)
        for value, place in zip(sums, places, strict=True):
            w.store(value, place)
    builder.ret_void()
    return function


def _old_values(w: Writer, accumulate: ir.Value, places: list[ir.Value]) -> list[ir.Value]:
    """What is at `places` when accumulating, else zeros."""
    b = w.b
    before = b.block
    old, join = b.append_basic_block("old"), b.append_basic_block("start")
    b.cbranch(b.icmp_signed("!=", accumulate, I64(0)), old, join)
    b.position_at_end(old)
    loaded = [w.load(p) for p in places]
    b.branch(join)
    b.position_at_end(join)
    values = []
    for value in loaded:
        phi = b.phi(value.type)
        phi.add_incoming(value, old)
        phi.add_incoming(w.registers.zero, before)
        values.append(phi)
    return values


def define_strip(name: str, element: ir.Type, which: int, module: ir.Module, target: Target) -> ir.Function:
    """An aj_strip: `which` indexes schedule.matmul_strips."""
    function = _function(module, name, STRIP_ARGUMENTS)
    strip = matmul_strips(target)[which]
    k, a, row_a, step_a, b, row_b, panel, panels, c, row_c, rows = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    w = Writer(builder, registers_of(element, target))
    last = builder.sub(rows, I64(1))
    a_rows, c_rows = [a], [c]
    for r in range(1, strip.rows):
        # Rows that are not there repeat the last one: the same values are stored once more.
        index = builder.select(builder.icmp_signed("<", I64(r), last), I64(r), last)
        a_rows.append(w.at(a, builder.mul(index, row_a)))
        c_rows.append(w.at(c, builder.mul(index, row_c)))

    def one_panel(values: list[ir.Value]) -> list[ir.Value]:
        at_b, offset = values
        for part in range(0, PANEL_BYTES, strip.vectors * w.registers.vector_bytes):
            sums = _strip_sums(w, strip, k, a_rows, step_a, w.at(at_b, part), row_b)
            for r in range(strip.rows):
                for v in range(strip.vectors):
                    place = w.at(w.at(c_rows[r], offset), part + v * w.registers.vector_bytes)
                    w.store(sums[r * strip.vectors + v], place)
        return [w.at(at_b, panel), builder.add(offset, I64(PANEL_BYTES))]

    w.count_loop(panels, [b, I64(0)], one_panel)
    builder.ret_void()
    return function


def _strip_sums(
    w: Writer, strip: Strip, k: ir.Value, a_rows: list[ir.Value], step_a: ir.Value, b: ir.Value, row_b: ir.Value
) -> list[ir.Value]:
    """The sums over K, row by row: `phases` steps at a time, then the rest one by one."""
    builder, registers = w.b, w.registers
    count = strip.rows * strip.vectors

    def steps(values: list[ir.Value], phases: int) -> list[ir.Value]:
        at_b, offset, *sums = values
        for phase in range(phases):
            row = [w.load(w.at(at_b, v * registers.vector_bytes)) for v in range(strip.vectors)]
            for r in range(strip.rows):
                factor = w.broadcast(w.at(a_rows[r], offset))
                for v in range(strip.vectors):
                    i = phase * count + r * strip.vectors + v
                    sums[i] = w.fma(factor, row[v], sums[i])
            at_b, offset = w.at(at_b, row_b), builder.add(offset, step_a)
        return [at_b, offset, *sums]

    start = [b, I64(0), *[registers.zero] * (count * strip.phases)]
    rounds = builder.sdiv(k, I64(strip.phases))
    at_b, offset, *sums = w.count_loop(rounds, start, lambda values: steps(values, strip.phases))
    total = sums[:count]
    for phase in range(1, strip.phases):
        total = [builder.fadd(t, s) for t, s in zip(total, sums[phase * count : (phase + 1) * count], strict=True)]
    if strip.phases == 1:
        return total
    rest = builder.srem(k, I64(strip.phases))
    _, _, *total = w.count_loop(rest, [at_b, offset, *total], lambda values: steps(values, 1))
    return total
