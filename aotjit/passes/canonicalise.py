"""Brings equal meanings into one form: takes apart what was just put together, drops what does nothing.

    !t = !ts.val<"Tensor[f32]">
    !p = !ts.val<"Tuple[Tensor[f32], int]">
    func.func @f(%x : !t, %n : i64, %c : i1) -> !t {
      %p = "ts.tuple"(%x, %n) : (!t, i64) -> !p
      %y = "ts.tuple_get"(%p) <{index = 0 : i64}> : (!p) -> !t
      %z = scf.if %c -> (!t) {
        scf.yield %y : !t
      } else {
        scf.yield %y : !t
      }
      func.return %z : !t
    }
->
    func.func @f(%x : !t, %n : i64, %c : i1) -> !t {
      %p = "ts.tuple"(%x, %n) : (!t, i64) -> !p
      %z = scf.if %c -> (!t) {
        scf.yield %x : !t
      } else {
        scf.yield %x : !t
      }
      func.return %x : !t
    }

`PATTERNS` holds the rewrites: for a kind of operation, what gives the values that replace its results. Walks repeat
until nothing changes, but no more than `rounds` times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, Operation, SSAValue

from aotjit import types
from aotjit.ir import ts
from aotjit.ir.rewrite import NO_EFFECT, blocks_of, constant_of, constant_op, effect_kinds, replace, splice_before
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Intrinsic, Runtime
from aotjit.passes.base import Pass
from aotjit.program import Program

Values = Sequence[SSAValue] | None
"""What replaces the results of an operation; None: it stays."""


@dataclass(frozen=True)
class Canonicalise(Pass):
    name: ClassVar[str] = "canonicalise"
    rounds: int = 4

    def run(self, program: Program) -> bool:
        changed = False
        for _ in range(self.rounds):
            again = False
            for function in program.module.ops:
                if isinstance(function, func.FuncOp):
                    again |= _canonicalise(function.body.block)
            if not again:
                break
            changed = True
        return changed


def _canonicalise(block: Block) -> bool:
    changed = False
    for op in list(block.ops):
        pattern = PATTERNS.get(type(op))
        values = pattern(op) if pattern is not None else None
        if values is not None:
            replace(op, values)
            changed = True
            continue
        simplify = SIMPLIFICATIONS.get(type(op))
        if simplify is not None:
            changed |= simplify(op)
        if not isinstance(op, ts.GenericOp | ts.MatmulOp):
            for inner in blocks_of(op):
                changed |= _canonicalise(inner)
    return changed


def _insert(new: Operation, before: Operation) -> SSAValue:
    assert before.parent is not None
    before.parent.insert_op_before(ts.with_span(new, ts.span_of(before)), before)
    return new.results[0]


# -- values that are put together and taken apart ---------------------------------------------------------------------


def _tuple_get(op: Operation) -> Values:
    assert isinstance(op, ts.TupleGetOp)
    maker = op.operand.owner
    return [maker.elements[op.index.value.data]] if isinstance(maker, ts.TupleOp) else None


def _unwrap(op: Operation) -> Values:
    assert isinstance(op, ts.UnwrapOp)
    maker = op.operand.owner
    if not isinstance(maker, ts.SomeOp):
        return None
    return [_with_type(maker.operand, op.result, op)]


def _unbox(op: Operation) -> Values:
    assert isinstance(op, ts.UnboxOp)
    held = ts.held_value(op.operand, ts.type_of(op.result))
    return None if held is None else [_with_type(held, op.result, op)]


def _with_type(value: SSAValue, like: SSAValue, at: Operation) -> SSAValue:
    """`value`, with the facts of `like` when they differ."""
    return value if value.type == like.type else _insert(ts.RefineOp(value, ts.type_of(like)), at)


def _is_none(op: Operation) -> Values:
    assert isinstance(op, ts.IsNoneOp)
    maker = op.operand.owner
    if not isinstance(maker, ts.SomeOp | ts.NoneOp):
        return None
    return [_insert(constant_op(isinstance(maker, ts.NoneOp), types.BOOL), op)]


def _refine(op: Operation) -> Values:
    assert isinstance(op, ts.RefineOp)
    if op.operand.type == op.result.type:
        return [op.operand]
    maker = op.operand.owner
    if isinstance(maker, ts.RefineOp) and maker.checked is None and op.checked is None:
        return [_insert(ts.RefineOp(maker.operand, ts.type_of(op.result)), op)]
    if isinstance(maker, ts.NoneOp):
        return [_insert(ts.NoneOp(ts.type_of(op.result)), op)]
    return None


def _list_item(op: Operation) -> Values:
    """`f(x)[i]` by f's operator for one element, where nobody else wants the list and nothing happens in between."""
    assert isinstance(op, ts.AtenOp)
    lowering = REGISTRY[op.op.data].lowering
    if not isinstance(lowering, Intrinsic) or lowering.name != "list_get":
        return None
    maker = op.arguments[0].owner
    if not isinstance(maker, ts.AtenOp) or maker.parent is not op.parent or not maker.outputs[0].has_one_use():
        return None
    making = REGISTRY[maker.op.data].lowering
    if not isinstance(making, Runtime) or making.item is None:
        return None
    between = op.prev_op
    while between is not maker:
        if between is None or effect_kinds(between) != NO_EFFECT:
            return None
        between = between.prev_op
    types_ = [ts.type_of(result) for result in op.outputs]
    return [_insert(ts.AtenOp(making.item, [*maker.arguments, op.arguments[1]], types_, maker.effects.data), op)]


def _select(op: Operation) -> Values:
    assert isinstance(op, arith.SelectOp)
    if op.lhs is op.rhs:
        return [op.lhs]
    condition = constant_of(op.cond)
    if isinstance(condition, bool):
        return [op.lhs if condition else op.rhs]
    return None


def _xor(op: Operation) -> Values:
    """not not x is x."""
    assert isinstance(op, arith.XOrIOp)
    inner = op.lhs.owner
    if constant_of(op.rhs) is True and isinstance(inner, arith.XOrIOp) and constant_of(inner.rhs) is True:
        return [inner.lhs]
    return None


def _neutral(op: Operation) -> Values:
    """x + 0, x - 0, x * 1, x and True, x or False are x."""
    lhs, rhs = op.operands
    neutral = NEUTRAL[type(op)]
    if op.results[0].type == i1:
        neutral = bool(neutral)
    if _is(rhs, neutral):
        return [lhs]
    return [rhs] if _is(lhs, neutral) and type(op) is not arith.SubiOp else None


def _is(value: SSAValue, constant: int) -> bool:
    known = constant_of(value)
    return type(known) is type(constant) and known == constant


NEUTRAL: dict[type[Operation], int] = {
    arith.AddiOp: 0,
    arith.SubiOp: 0,
    arith.MuliOp: 1,
    arith.OrIOp: 0,
    arith.AndIOp: -1,
}


# -- control flow -----------------------------------------------------------------------------------------------------


def _if(op: Operation) -> Values:
    assert isinstance(op, scf.IfOp)
    condition = constant_of(op.cond)
    if isinstance(condition, bool):
        region = op.true_region if condition else op.false_region
        return splice_before(region.block, op, ()) if region.blocks else ()
    return None


def _simplify_if(op: Operation) -> bool:
    """Results that both branches take from the same place outside, or that are the condition itself."""
    assert isinstance(op, scf.IfOp)
    if not op.results:
        return False
    changed = False
    then, otherwise = (_terminator(region.block).operands for region in op.regions)
    for result, a, b in zip(op.results, then, otherwise, strict=True):
        if result.first_use is None:
            continue
        if a is b:
            result.replace_all_uses_with(a)
            changed = True
        elif constant_of(a) is True and constant_of(b) is False:
            result.replace_all_uses_with(op.cond)
            changed = True
        elif isinstance(a.owner, ts.UndefOp) and not isinstance(b.owner, ts.UndefOp) and not _is_inside(b, op):
            result.replace_all_uses_with(b)
            changed = True
        elif isinstance(b.owner, ts.UndefOp) and not isinstance(a.owner, ts.UndefOp) and not _is_inside(a, op):
            result.replace_all_uses_with(a)
            changed = True
    return changed


def _is_inside(value: SSAValue, op: Operation) -> bool:
    owner = value.owner
    block = owner if isinstance(owner, Block) else owner.parent
    while block is not None:
        parent = block.parent_op()
        if parent is op:
            return True
        block = None if parent is None else parent.parent
    return False


def _terminator(block: Block) -> Operation:
    assert block.last_op is not None
    return block.last_op


def _for(op: Operation) -> Values:
    """A loop that runs once, or never."""
    assert isinstance(op, scf.ForOp)
    low, high, step = (constant_of(v) for v in (op.lb, op.ub, op.step))
    if not isinstance(low, int) or not isinstance(high, int) or not isinstance(step, int) or step <= 0:
        return None
    if low >= high:
        return tuple(op.iter_args)
    if low + step >= high:
        return splice_before(op.body.block, op, (op.lb, *op.iter_args))
    return None


def _simplify_for(op: Operation) -> bool:
    """Values that the loop carries unchanged are the initial ones."""
    assert isinstance(op, scf.ForOp)
    changed = False
    yielded = _terminator(op.body.block).operands
    for initial, argument, passed, result in zip(
        op.iter_args, op.body.block.args[1:], yielded, op.results, strict=True
    ):
        if passed is argument or passed is initial:
            changed |= _replace_uses(argument, initial) | _replace_uses(result, initial)
    return changed


def _replace_uses(old: SSAValue, new: SSAValue) -> bool:
    """Replaces `old`, but where the loop only passes it on to itself."""
    used = any(not isinstance(use.operation, scf.YieldOp | scf.ConditionOp) for use in old.uses)
    if old.first_use is not None:
        old.replace_all_uses_with(new)
    return used


def _simplify_while(op: Operation) -> bool:
    """Values that both halves of the loop pass on unchanged are the initial ones."""
    assert isinstance(op, scf.WhileOp)
    before, after = op.before_region.block, op.after_region.block
    passed = list(_terminator(before).operands)[1:]
    yielded = list(_terminator(after).operands)
    changed = False
    for index, argument in enumerate(before.args):
        initial = op.operands[index]
        through = [i for i, value in enumerate(passed) if value is argument]
        if yielded[index] is initial or any(yielded[index] is after.args[i] for i in through):
            changed |= _replace_uses(argument, initial)
            for i in through:
                changed |= _replace_uses(after.args[i], initial) | _replace_uses(op.results[i], initial)
    return changed


PATTERNS: dict[type[Operation], Callable[[Operation], Values]] = {
    ts.AtenOp: _list_item,
    ts.TupleGetOp: _tuple_get,
    ts.UnwrapOp: _unwrap,
    ts.UnboxOp: _unbox,
    ts.IsNoneOp: _is_none,
    ts.RefineOp: _refine,
    arith.SelectOp: _select,
    arith.XOrIOp: _xor,
    **dict.fromkeys(NEUTRAL, _neutral),
    scf.IfOp: _if,
    scf.ForOp: _for,
}
SIMPLIFICATIONS: dict[type[Operation], Callable[[Operation], bool]] = {
    scf.IfOp: _simplify_if,
    scf.ForOp: _simplify_for,
    scf.WhileOp: _simplify_while,
}
