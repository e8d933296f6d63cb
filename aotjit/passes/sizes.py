"""Questions about the size of what a kernel computes, asked of what it is computed from: a mean over `(x - m) ** 2`
asks how many elements there are, and fusion leaves nobody else who wants `x - m` as a whole."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import func
from xdsl.ir import SSAValue

from aotjit.ir import ts
from aotjit.passes.alias import Aliases
from aotjit.types import TensorType

QUESTIONS = ("numel", "size", "size.int", "len.Tensor", "dim")
"""Operators whose results depend on nothing but the sizes of their first argument."""


def ask_operands(function: func.FuncOp, aliases: Callable[[], Aliases]) -> bool:
    """Replaces the tensor in such questions by one of the same size that is there anyway; `aliases` gives the
    function's."""
    changed = False
    for op in function.walk():
        if not isinstance(op, ts.AtenOp) or op.op.data not in QUESTIONS:
            continue
        source = _source(op.arguments[0])
        # An operation in place may give a tensor another shape.
        if source is not op.arguments[0] and not any(map(aliases().is_written, (source, op.arguments[0]))):
            op.operands[0] = source
            changed = True
    return changed


def _source(value: SSAValue) -> SSAValue:
    """The first in a chain of pointwise kernels that has the size of `value`."""
    while True:
        maker = value.owner
        if not isinstance(maker, ts.GenericOp) or maker.kind.data != "pointwise" or maker.outs:
            return value
        inputs = [v for v in dict.fromkeys(maker.inputs) if _dims(v) != ()]
        if len(inputs) > 1:
            inputs = [v for v in inputs if _is_known(v) and _dims(v) == _dims(value)]
        if not inputs:
            return value
        value = inputs[0]


def _dims(value: SSAValue) -> object:
    t = ts.type_of(value)
    return t.dims if isinstance(t, TensorType) else None


def _is_known(value: SSAValue) -> bool:
    t = ts.type_of(value)
    return isinstance(t, TensorType) and t.dims is not None and None not in t.dims
