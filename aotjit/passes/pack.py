"""Lays out constant right operands of products the way that the product's inner loop reads them.

    !w = !ts.val<"Tensor[f32; 2, 3; contiguous]">
    !x = !ts.val<"Tensor[f32; N, 2]">
    !y = !ts.val<"Tensor[f32; N, 3; contiguous]">
    func.func @f(%x : !x) -> !y {
      %w = "ts.weight"() <{symbol = "w"}> : () -> !w
      %y = "ts.matmul"(%x, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> ({
      ^bb0(%s : f32):
        "ts.yield"(%s) : (f32) -> ()
      }) : (!x, !w) -> !y
      func.return %y : !y
    }
->
    func.func @f(%x : !x) -> !y {
      %w = "ts.weight"() <{symbol = "w.panel"}> : () -> !w
      %y = "ts.matmul"(%x, %w) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>, packed = "panel"}> ({
      ^bb0(%s : f32):
        "ts.yield"(%s) : (f32) -> ()
      }) : (!x, !w) -> !y
      func.return %y : !y
    }

The layout is schedule.panels'. A weight that has other uses too is kept in both forms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from xdsl.dialects import func
from xdsl.dialects.builtin import StringAttr

from aotjit.dtypes import DType
from aotjit.ir import ts
from aotjit.ir.rewrite import erase
from aotjit.ir.window import Window
from aotjit.passes.base import Pass
from aotjit.passes.weights import array_of, kept, moved, unused_name
from aotjit.program import Origin, Program, Weight
from aotjit.schedule.panels import DIRECT_CHANNELS, packed_bytes

if TYPE_CHECKING:
    import numpy

PACKED_DTYPES = (DType.F32, DType.F64)


@dataclass(frozen=True)
class Pack(Pass):
    name: ClassVar[str] = "pack"

    def run(self, program: Program) -> bool:
        packed: dict[str, str] = {}
        changed = False
        for function in program.module.ops:
            if not isinstance(function, func.FuncOp):
                continue
            for op in list(function.walk()):
                if isinstance(op, ts.MatmulOp) and op.packed is None:
                    changed |= _pack(program, op, packed)
        return changed


def _pack(program: Program, op: ts.MatmulOp, packed: dict[str, str]) -> bool:
    maker = op.b.owner
    if not isinstance(maker, ts.WeightOp):
        return False
    weight = program.weights[maker.symbol.data]
    window = op.convolution
    if weight.layout != "plain" or weight.dtype not in PACKED_DTYPES:
        return False
    if len(weight.shape) != 2 if window is None else not _fills_panels(weight, window):
        return False
    key = f"{weight.name} {window}"
    if key not in packed:
        packed[key] = _add_panels(program, weight, window).name
    made = ts.with_span(ts.WeightOp(packed[key], weight.type), ts.span_of(maker))
    made.result.name_hint = maker.result.name_hint
    assert maker.parent is not None
    maker.parent.insert_op_before(made, maker)
    op.operands[op.operands.index(op.b)] = made.result
    op.properties["packed"] = StringAttr("panel")
    if maker.result.first_use is None:
        erase(maker)
    return True


def _fills_panels(weight: Weight, window: Window) -> bool:
    """Are a group's output channels enough for panels?"""
    if 0 in weight.shape or len(weight.shape) != window.rank + 2:
        return False
    return _channels(weight, window) >= DIRECT_CHANNELS


def _channels(weight: Weight, window: Window) -> int:
    """Output channels of a group."""
    return weight.shape[1] if window.transposed else weight.shape[0] // window.groups


def _columns_of(weight: Weight, window: Window | None) -> Origin:
    """The panels as the columns that they hold."""

    def step(array: numpy.ndarray) -> numpy.ndarray:
        from aotjit.schedule.panels import window_columns

        if window is None:
            return array.T[None]
        return window_columns(array, window.groups, window.transposed)

    return moved(weight, step, "packing")


def _add_panels(program: Program, weight: Weight, window: Window | None) -> Weight:
    made: list[memoryview] = []

    def data() -> memoryview:
        from aotjit.schedule.panels import pack_panels, window_panels

        if made:
            return made[0]
        array = array_of(weight)
        packed = pack_panels(array) if window is None else window_panels(array, window.groups, window.transposed)
        return kept(made, memoryview(packed))

    groups = 1 if window is None else window.groups
    n = weight.shape[1] if window is None else _channels(weight, window)
    k = math.prod(weight.shape) // max(1, n * groups) if window is not None else weight.shape[0]
    size = groups * packed_bytes(k, n, weight.dtype.size)
    panels = Weight(unused_name(program, f"{weight.name}.panel"), weight.dtype, weight.shape, data, "panel", size)
    panels.origin = _columns_of(weight, window)
    program.weights[panels.name] = panels
    return panels
