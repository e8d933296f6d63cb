"""Computes at compile time what depends on constants only: scalars, and tensors made of weights.

    !m = !ts.val<"Tensor[f32; 2, 3; contiguous]">
    !r = !ts.val<"Tuple[Tensor[f32; 3, 2; contiguous], int]">
    !t = !ts.val<"Tensor[f32; 3, 2; contiguous]">
    func.func @f(%x : i64) -> !r {
      %w = "ts.weight"() <{symbol = "w"}> : () -> !m
      %v = "ts.aten"(%w) <{op = "t", effects = "view"}> : (!m) -> !t
      %two = arith.constant 2 : i64
      %four = arith.muli %two, %two : i64
      %y = arith.addi %x, %four : i64
      %r = "ts.tuple"(%v, %y) : (!t, i64) -> !r
      func.return %r : !r
    }
->
    func.func @f(%x : i64) -> !r {
      %w = "ts.weight"() <{symbol = "w"}> : () -> !m
      %v = "ts.weight"() <{symbol = "w.t"}> : () -> !t
      %two = arith.constant 2 : i64
      %four = arith.constant 4 : i64
      %y = arith.addi %x, %four : i64
      %r = "ts.tuple"(%v, %y) : (!t, i64) -> !r
      func.return %r : !r
    }

A new weight is only named here; its elements come from the operator's reference when the library is written. A tensor
that something may write to stays an operation, and so does one that is larger than what it is made of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from xdsl.dialects import func
from xdsl.ir import Block, Operation, SSAValue

from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ir.rewrite import Constant, NotConstant, blocks_of, constant_of, constant_op, erase, replace
from aotjit.ops import REGISTRY
from aotjit.ops.identity import is_told_apart
from aotjit.ops.opdef import UNKNOWN, Arguments
from aotjit.passes import arithmetic
from aotjit.passes.alias import Aliases
from aotjit.passes.base import Pass
from aotjit.passes.frozen import is_frozen
from aotjit.passes.kernels import absorb_constants
from aotjit.passes.weights import add_weight, array_of, computed, has_array, moved
from aotjit.program import Program, Weight
from aotjit.types import TensorType

if TYPE_CHECKING:
    import numpy

FOLDED_EFFECTS = ("pure", "read", "view")


def _arithmetic(op: Operation) -> bool:
    value = arithmetic.evaluate(op, list(map(constant_of, op.operands)))
    if isinstance(value, NotConstant):
        return False
    _replace_by_constant(op, value)
    return True


def _replace_by_constant(op: Operation, value: Constant) -> None:
    constant = constant_op(value, ts.type_of(op.results[0]))
    constant.results[0].name_hint = op.results[0].name_hint
    assert op.parent is not None
    op.parent.insert_op_before(constant, op)
    replace(op, constant.results)


@dataclass(frozen=True)
class Fold(Pass):
    name: ClassVar[str] = "fold"
    compute: bool = True
    """False: weights are only moved, so that others can take their place at run time."""

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                changed |= _Folder(program, function, self.compute).block(function.body.block)
        return changed


def _replace_by_weight(op: ts.AtenOp, made: ts.WeightOp) -> None:
    """The weight knows more (it is contiguous): users that pass values on get the type they had."""
    result = op.outputs[0]
    assert op.parent is not None
    plain = made.result
    if made.result.type != result.type:
        refined = ts.RefineOp(made.result, ts.type_of(result))
        op.parent.insert_op_before(refined, op)
        plain = refined.result
        result.replace_uses_with_if(made.result, lambda use: isinstance(use.operation, READERS))
    replace(op, [plain])
    if plain.first_use is None and plain is not made.result:
        erase(refined)


READERS = (ts.AtenOp, ts.GenericOp, ts.MatmulOp)
"""Operations that take a tensor with whatever facts."""


class _Folder:
    def __init__(self, program: Program, function: func.FuncOp, compute: bool) -> None:
        self.compute = compute
        self.program = program
        self.function = function

    @cached_property
    def aliases(self) -> Aliases:
        """Made for the first tensor that could become a weight."""
        return Aliases(self.function)

    def block(self, block: Block) -> bool:
        changed = False
        for op in list(block.ops):
            if isinstance(op, ts.AtenOp):
                changed |= self._scalar(op) or self._tensor(op)
                continue
            if isinstance(op, ts.GenericOp | ts.MatmulOp):
                changed |= absorb_constants(op)
            for inner in blocks_of(op):
                changed |= self.block(inner)
            if type(op) in arithmetic.MEANING:
                changed |= _arithmetic(op)
        return changed

    def _scalar(self, op: ts.AtenOp) -> bool:
        """A number that follows from the types of the arguments (a rank, a size)."""
        operator = REGISTRY[op.op.data]
        if operator.value is None or len(op.outputs) != 1 or op.outputs[0].first_use is None:
            return False
        constants = [self._argument(a) for a in op.arguments]
        known = tuple(UNKNOWN if isinstance(c, NotConstant | Weight) else c for c in constants)
        try:
            arguments = Arguments(operator.schema, tuple(map(ts.type_of, op.arguments)), known, ts.span_of(op))
            value = operator.value(arguments)
        except CompileError:
            return False  # fails at run time, if it is reached
        if not isinstance(value, bool | int | float | str):
            return False
        _replace_by_constant(op, value)
        return True

    def _tensor(self, op: ts.AtenOp) -> bool:
        """A tensor made of weights and constants becomes a weight."""
        operator = REGISTRY[op.op.data]
        if not self.program.weights or len(op.outputs) != 1 or op.effects.data not in FOLDED_EFFECTS:
            return False
        result = op.outputs[0]
        t = ts.type_of(result)
        if not isinstance(t, TensorType) or t.dtype is None or not t.is_static or not has_array(t.dtype):
            return False
        arguments = [self._argument(a) for a in op.arguments]
        weights = [a for a in arguments if isinstance(a, Weight)]
        moves = op.effects.data == "view" and len(weights) == 1
        if not weights or any(isinstance(a, NotConstant) for a in arguments) or not (moves or self.compute):
            return False
        if math.prod(d for d in t.dims or () if isinstance(d, int)) > sum(math.prod(w.shape) for w in weights):
            return False
        if is_told_apart(result) or self.aliases.is_written(result):
            return False
        if op.effects.data != "view" and self.aliases.escapes(result):
            return False

        def compute() -> object:
            return operator.reference(*(array_of(a) if isinstance(a, Weight) else a for a in arguments))

        def step(array: numpy.ndarray) -> numpy.ndarray:
            made: numpy.ndarray = operator.reference(*(array if isinstance(a, Weight) else a for a in arguments))
            return made

        how = f"'{operator.schema.name}'"
        origin = moved(weights[0], step, how) if moves else computed(weights, how)
        weight = add_weight(self.program, f"{weights[0].name}.{operator.schema.name}", t, compute, origin)
        assert op.parent is not None
        made = ts.with_span(ts.WeightOp(weight.name, weight.type), ts.span_of(op))
        op.parent.insert_op_before(made, op)
        self.aliases.adopt(made.result, result)
        _replace_by_weight(op, made)
        return True

    def _argument(self, value: SSAValue) -> object:
        """The weight or the constant that a value is, else NOT_CONSTANT."""
        maker = value.owner
        if isinstance(maker, ts.WeightOp):
            weight = self.program.weights.get(maker.symbol.data)
            if weight is not None and weight.layout == "plain" and has_array(weight.dtype):
                return weight
        if isinstance(maker, ts.SomeOp):
            return self._argument(maker.operand)
        if isinstance(maker, ts.ListOp) and is_frozen(value):
            items = [self._argument(e) for e in maker.elements]
            return next((i for i in items if isinstance(i, NotConstant | Weight)), items)
        return constant_of(value)
