"""Makes one product before a loop of those that its iterations do with one row of a tensor each.

    !x = !ts.val<"Tensor[f32; 10, 2, 4; contiguous]">
    !w = !ts.val<"Tensor[f32; 4, 3; contiguous]">
    !y = !ts.val<"Tensor[f32; 2, 3; contiguous]">
    func.func @f(%x : !x, %w : !w, %y : !y) -> !y {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %ten = arith.constant 10 : i64
      %r = scf.for %i = %zero to %ten step %one iter_args(%h = %y) -> (!y) : i64 {
        %row = "ts.aten"(%x, %zero, %i) <{op = "select.int", effects = "view"}>
               : (!x, i64, i64) -> !ts.val<"Tensor[f32; 2, 4; contiguous]">
        %p = "ts.matmul"(%row, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> ({
        ^bb0(%e : f32):
          "ts.yield"(%e) : (f32) -> ()
        }) : (!ts.val<"Tensor[f32; 2, 4; contiguous]">, !w) -> !y
        %s = "ts.generic"(%p, %h) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
        ^bb0(%a : f32, %b : f32):
          %c = arith.addf %a, %b : f32
          "ts.yield"(%c) : (f32) -> ()
        }) : (!y, !y) -> !y
        scf.yield %s : !y
      }
      func.return %r : !y
    }
->
    func.func @f(%x : !x, %w : !w, %y : !y) -> !y {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %ten = arith.constant 10 : i64
      %0 = arith.constant 0 : i64
      %1 = arith.constant 1 : i64
      %2 = "ts.aten"(%x, %0, %1) <{op = "flatten.using_ints", effects = "view"}>
           : (!x, i64, i64) -> !ts.val<"Tensor[f32; 20, 4; contiguous]">
      %3 = arith.constant 2 : i64
      %4 = "ts.matmul"(%2, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> ({
      ^bb0(%e : f32):
        "ts.yield"(%e) : (f32) -> ()
      }) : (!ts.val<"Tensor[f32; 20, 4; contiguous]">, !w) -> !ts.val<"Tensor[f32; 20, 3; contiguous]">
      %r = scf.for %i = %zero to %ten step %one iter_args(%h = %y) -> (!y) : i64 {
        %row = "ts.aten"(%x, %zero, %i) <{op = "select.int", effects = "view"}>
               : (!x, i64, i64) -> !ts.val<"Tensor[f32; 2, 4; contiguous]">
        %5 = arith.muli %i, %3 : i64
        %p = "ts.aten"(%4, %0, %5, %3) <{op = "narrow", effects = "view"}>
             : (!ts.val<"Tensor[f32; 20, 3; contiguous]">, i64, i64, i64) -> !y
        %s = "ts.generic"(%p, %h) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
        ^bb0(%a : f32, %b : f32):
          %c = arith.addf %a, %b : f32
          "ts.yield"(%c) : (f32) -> ()
        }) : (!y, !y) -> !y
        scf.yield %s : !y
      }
      func.return %r : !y
    }

The matrix is read once instead of once an iteration, and many rows share it. It is done where the loop goes over all
rows, the product of all takes no more than WIDEST times the memory of the rows (which exist already), and nothing
writes to an operand or the result. Sums may be taken in another order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import Operation, SSAValue

from aotjit import types
from aotjit.ir import ts
from aotjit.ir.rewrite import constant_of, replace
from aotjit.passes.alias import Aliases
from aotjit.passes.base import Pass
from aotjit.passes.licm import is_inside
from aotjit.passes.succeeds import known_to_succeed
from aotjit.program import Program
from aotjit.types import Dim, TensorType

WIDEST = 8
"""How many times the rows' memory their product may take."""


@dataclass(frozen=True)
class Batch(Pass):
    name: ClassVar[str] = "batch"

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                loops = [op for op in function.walk() if isinstance(op, scf.ForOp)]
                found = [row for loop in loops for row in _rows(loop)]
                aliases = Aliases(function) if found else None
                for row in found:
                    if aliases is not None and row.is_undisturbed(aliases):
                        row.hoist()
                        changed = True
        return changed


@dataclass(frozen=True)
class _Row:
    """A product in `loop` whose left operand is the row of `source` that the loop's counter says."""

    loop: scf.ForOp
    product: ts.MatmulOp
    source: SSAValue

    @property
    def type(self) -> TensorType:
        t = ts.type_of(self.source)
        assert isinstance(t, TensorType)
        return t

    def is_undisturbed(self, aliases: Aliases) -> bool:
        if aliases.is_written(self.source) or aliases.is_written(self.product.b):
            return False
        return not (aliases.is_written(self.product.result) or aliases.escapes(self.product.result))

    def hoist(self) -> None:
        zero, rows, height = self._rows()
        result = ts.type_of(self.product.result)
        assert isinstance(result, TensorType) and result.dims is not None
        flat = ts.type_of(rows)
        assert isinstance(flat, TensorType) and flat.dims is not None
        all_type = TensorType(result.dtype, (flat.dims[0], result.dims[1]), contiguous=True)
        epilogue = self.product.epilogue.clone()
        every = ts.MatmulOp(rows, self.product.b, all_type, epilogue=epilogue)
        self._before(every)
        at = self.loop.body.block.args[0]
        block = self.product.parent
        assert block is not None
        if constant_of(height) != 1:
            offset = arith.MuliOp(at, height)
            block.insert_op_before(self._placed(offset), self.product)
            at_value: SSAValue = offset.result
        else:
            at_value = at
        part = ts.AtenOp("narrow", [every.result, zero, at_value, height], [result], "view")
        block.insert_op_before(self._placed(part), self.product)
        replace(self.product, [part.outputs[0]])

    def _rows(self) -> tuple[SSAValue, SSAValue, SSAValue]:
        """The constant zero, all rows as a matrix, and how many of them belong to one iteration."""
        zero, one = self._constant(0), self._constant(1)
        dims = self.type.dims
        assert dims is not None
        if len(dims) == 2:
            return zero, self.source, one
        total: Dim = dims[0] * dims[1] if isinstance(dims[0], int) and isinstance(dims[1], int) else None
        flat = TensorType(self.type.dtype, (total, dims[2]), self.type.contiguous)
        rows = ts.AtenOp("flatten.using_ints", [self.source, zero, one], [flat], "view")
        self._before(rows)
        if isinstance(dims[1], int):
            return zero, rows.outputs[0], self._constant(dims[1])
        height = ts.AtenOp("size.int", [self.source, one], [types.INT], "pure")
        self._before(height)
        return zero, rows.outputs[0], height.outputs[0]

    def _constant(self, value: int) -> SSAValue:
        op = arith.ConstantOp(IntegerAttr(value, i64))
        self._before(op)
        return op.result

    def _before(self, op: Operation) -> None:
        assert self.loop.parent is not None
        self.loop.parent.insert_op_before(self._placed(op), self.loop)

    def _placed(self, op: Operation) -> Operation:
        return ts.with_span(op, ts.span_of(self.product))


def _rows(loop: scf.ForOp) -> list[_Row]:
    """The products in the loop's body (not on a condition) that can be taken before it."""
    found = []
    for op in loop.body.block.ops:
        if isinstance(op, ts.MatmulOp) and op.window is None and not op.extras and not op.scalars:
            source = _source(op.a, loop)
            if source is not None and not is_inside(op.b, loop) and known_to_succeed(op):
                row = _Row(loop, op, source)
                if _is_worth_it(row) and _covers_all(loop, source):
                    found.append(row)
    return found


def _source(a: SSAValue, loop: scf.ForOp) -> SSAValue | None:
    """The tensor of which `a` is the row that the loop's counter says, as a matrix."""
    op = a.owner
    if isinstance(op, ts.AtenOp) and op.op.data == "unsqueeze" and constant_of(op.arguments[1]) == 0:
        rank = 2
        op = op.arguments[0].owner
    else:
        rank = 3
    if not isinstance(op, ts.AtenOp) or op.op.data != "select.int" or constant_of(op.arguments[1]) != 0:
        return None
    source = op.arguments[0]
    t = ts.type_of(source)
    if op.arguments[2] is not loop.body.block.args[0] or is_inside(source, loop):
        return None
    return source if isinstance(t, TensorType) and t.rank == rank else None


def _is_worth_it(row: _Row) -> bool:
    """The product's rows are known not to be much longer than the operand's."""
    result = ts.type_of(row.product.result)
    assert isinstance(result, TensorType) and result.dims is not None and row.type.dims is not None
    given, made = row.type.dims[-1], result.dims[-1]
    return isinstance(given, int) and isinstance(made, int) and made <= WIDEST * given


def _covers_all(loop: scf.ForOp, source: SSAValue) -> bool:
    """The loop's counter goes from 0 to the size of the source's first dim."""
    t = ts.type_of(source)
    assert isinstance(t, TensorType) and t.dims is not None
    if constant_of(loop.lb) != 0 or constant_of(loop.step) != 1:
        return False
    if isinstance(t.dims[0], int):
        return constant_of(loop.ub) == t.dims[0]
    bound = loop.ub.owner
    if not isinstance(bound, ts.AtenOp) or bound.op.data != "size.int":
        return False
    measured, dim = ts.type_of(bound.arguments[0]), constant_of(bound.arguments[1])
    if bound.arguments[0] is source:
        return dim in (0, -len(t.dims))
    if not isinstance(measured, TensorType) or measured.dims is None or not isinstance(dim, int):
        return False
    return t.dims[0] is not None and measured.dims[dim] == t.dims[0]
