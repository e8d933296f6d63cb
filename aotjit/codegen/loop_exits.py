"""Where `break`, and `return` in a loop, leave it.

The IR has no jumps: a branch that leaves sets a flag, which the loop's condition forbids, and every variable is chosen
by the branch that was taken. As data all of them would wait for the condition in each iteration; LLVM makes jumps of
them again only where it sees the flag before it has turned the choices into arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import arith, scf
from xdsl.ir import Operation, SSAValue

from aotjit.ir.rewrite import NO_EFFECT, constant_of, effect_kinds


def loop_left(op: scf.IfOp, branch: int) -> tuple[scf.WhileOp, list[SSAValue]] | None:
    """The loop that ends when `branch` (0: then) of `op` was taken, and what are its results then. None when there is
    more to do before it ends than to compute what nobody needs then."""
    block = op.regions[branch].blocks.first
    if block is None or block.last_op is None:
        return None
    values: dict[SSAValue, SSAValue] = dict(zip(op.results, block.last_op.operands, strict=True))
    taken = op.cond if branch == 0 else None
    inner, skipped = op, set[Operation]()
    while True:
        around = inner.parent
        if around is None or around.last_op is None or not _skip_rest(inner, skipped):
            return None
        yielded = [values.get(v, v) for v in around.last_op.operands]
        parent = around.parent_op()
        if isinstance(parent, scf.IfOp):
            inner, values = parent, dict(zip(parent.results, yielded, strict=True))
            continue
        if not isinstance(parent, scf.WhileOp) or around is not parent.after_region.block:
            return None
        results = _results_at_end(parent, dict(zip(parent.before_region.block.args, yielded, strict=True)), taken)
        return None if results is None or any(v.owner in skipped for v in results) else (parent, results)


def _skip_rest(op: Operation, skipped: set[Operation]) -> bool:
    """Adds what follows in the block to `skipped`, if all of it may be left out."""
    following = op.next_op
    while following is not None and following.next_op is not None:
        if effect_kinds(following) != NO_EFFECT:
            return False
        skipped.add(following)
        following = following.next_op
    return True


def _results_at_end(
    loop: scf.WhileOp, arguments: Mapping[SSAValue, SSAValue], true: SSAValue | None
) -> list[SSAValue] | None:
    """The loop's results when it comes to its condition with these `arguments` and ends there; None when it may go on,
    or computes something for its results there. `true` is known to be."""
    before = loop.before_region.block
    condition = before.last_op
    assert isinstance(condition, scf.ConditionOp)
    stops = [flag for flag, value in arguments.items() if value is true or constant_of(value) is True]
    stop = next((flag for flag in stops if _is_false_with(condition.condition, flag)), None)
    if stop is None or not all(_has_no_effect_with(op, stop) for op in before.ops if op is not condition):
        return None
    results = [arguments.get(v, v) for v in condition.args]
    inside = [v for v in results if getattr(v.owner, "parent", None) is before]
    return None if inside else results


def _is_false_with(value: SSAValue, flag: SSAValue) -> bool:
    """Is `value` false wherever `flag` is true, as in `not flag and x`?"""
    owner = value.owner
    if isinstance(owner, arith.AndIOp):
        return any(_is_false_with(v, flag) for v in owner.operands)
    if isinstance(owner, arith.XOrIOp):
        return owner.lhs is flag and constant_of(owner.rhs) is True
    if isinstance(owner, scf.IfOp) and _is_false_with(owner.cond, flag):
        other = owner.false_region.block.last_op
        return other is not None and constant_of(other.operands[owner.results.index(value)]) is False
    return False


def _has_no_effect_with(op: Operation, flag: SSAValue) -> bool:
    """Does `op` only compute values where `flag` is true?"""
    if isinstance(op, scf.IfOp) and op.false_region.blocks and _is_false_with(op.cond, flag):
        return all(effect_kinds(inner) == NO_EFFECT for inner in op.false_region.block.ops)
    return effect_kinds(op) == NO_EFFECT
