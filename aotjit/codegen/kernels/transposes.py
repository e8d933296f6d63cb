"""Transposes blocks of matrices in registers (aj_transpose of runtime/matmul.h), for packing."""

from __future__ import annotations

from llvmlite import ir

from aotjit.codegen.kernels.registers import Registers, Writer, kernel_function
from aotjit.codegen.layout import I64, PTR

TRANSPOSE_ARGUMENTS = (PTR, I64, PTR, I64, I64, I64)
MOST_BYTES = 32
"""Of a vector here: two shuffles of 32 bytes start in a cycle where one of 64 bytes does."""
LANE_BYTES = 16
"""Cheap shuffles stay within so many bytes."""


def define_transpose(name: str, side: int, module: ir.Module, registers: Registers) -> ir.Function:
    """An aj_transpose by blocks of `side` rows and columns."""
    function = kernel_function(module, name, TRANSPOSE_ARGUMENTS)
    to, to_row, source, step, rows, columns = function.args
    w = Writer(ir.IRBuilder(function.append_basic_block("entry")), Registers(registers.element, registers.bytes, side))

    def blocks(count: ir.Value) -> ir.Value:
        return w.b.sdiv(w.b.add(count, I64(side - 1)), I64(side))

    def some_columns(values: list[ir.Value]) -> list[ir.Value]:
        # The last block overlaps the one before it, in both directions.
        first = w.clamped(values[0], w.b.sub(columns, I64(side)))
        at_source = w.at(source, w.b.mul(first, step))
        at_to = w.at(to, w.b.mul(first, I64(registers.bytes)))

        def some_rows(values: list[ir.Value]) -> list[ir.Value]:
            row = w.clamped(values[0], w.b.sub(rows, I64(side)))
            begin = w.at(at_source, w.b.mul(row, I64(registers.bytes)))
            block = [w.load(w.at(begin, w.b.mul(step, I64(c)))) for c in range(side)]
            for i, vector in enumerate(transposed(w, block)):
                w.store(vector, w.at(at_to, w.b.mul(w.b.add(row, I64(i)), to_row)))
            return [w.b.add(values[0], I64(side))]

        w.count_loop(blocks(rows), [I64(0)], some_rows)
        return [w.b.add(values[0], I64(side))]

    w.count_loop(blocks(columns), [I64(0)], some_columns)
    w.b.ret_void()
    return function


def transpose_side(registers: Registers, least: int) -> int:
    """Rows and columns of a block, for matrices with at least `least` of them."""
    side = min(registers.vector_bytes, MOST_BYTES) // registers.bytes
    while side > least:
        side //= 2
    return side


def transposed(w: Writer, block: list[ir.Value]) -> list[ir.Value]:
    """The columns of a square block of vectors."""
    near = LANE_BYTES // w.registers.bytes
    groups = [_interleaved(w, block[i : i + near]) for i in range(0, len(block), near)]
    if len(groups) == 1:
        return groups[0]
    halves = [range(near), range(near, 2 * near)]
    return [
        w.shuffle(low, high, [*half, *(2 * near + lane for lane in half)])
        for half in halves
        for low, high in zip(*groups, strict=True)
    ]


def _interleaved(w: Writer, vectors: list[ir.Value]) -> list[ir.Value]:
    """Transposes squares of LANE_BYTES by interleaving the first half with the second again and again."""
    if len(vectors) == 1:
        return vectors
    half, lanes, near = len(vectors) // 2, w.registers.lanes, LANE_BYTES // w.registers.bytes
    result = []
    for part in (0, near // 2):
        mask = [source + base + part + i for base in range(0, lanes, near) for i in range(near // 2)
                for source in (0, lanes)]  # fmt: skip
        pairs = zip(vectors[:half], vectors[half:], strict=True)
        result += _interleaved(w, [w.shuffle(a, b, mask) for a, b in pairs])
    return result
