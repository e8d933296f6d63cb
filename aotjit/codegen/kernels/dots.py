"""Scalar products of rows of A and columns of B that are both contiguous along K, each in a vector of partial sums
(aj_dot of runtime/matmul.h)."""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from aotjit.codegen.elements import Elements
from aotjit.codegen.kernels.registers import Registers, Writer, kernel_function
from aotjit.codegen.layout import I64, PTR
from aotjit.schedule.matmul import Dot

DOT_ARGUMENTS = (I64, PTR, I64, I64, PTR, I64, I64, PTR, I64, I64)


def define_dot(name: str, dot: Dot, module: ir.Module, registers: Registers) -> ir.Function:
    """An aj_dot."""
    function = kernel_function(module, name, DOT_ARGUMENTS)
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
