"""How long a list is where an operator gets it: a literal that only loops of known trip counts have added to.

What adds to a list says so in its declaration (Operator.adds). A list that anything else may change, or may reach under
another name, before the place that asks has no known length.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, SSAValue, Use

from aotjit.ir import ts
from aotjit.ir.rewrite import NotConstant
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Symbol
from aotjit.types import Dim

if TYPE_CHECKING:
    from aotjit.passes.facts import Facts


def list_length(facts: Facts, value: SSAValue, at: Operation) -> Dim:
    """The number of items of the list `value` when `at` runs, or the symbol that says it; None when not known."""
    made = value.owner
    if not isinstance(made, ts.ListOp) or made.parent is None:
        return None
    home = made.parent
    here = _ancestor_in(at, home)
    if here is None:
        return None
    parts: list[Dim] = [len(made.elements)]
    for use in value.uses:
        user = _ancestor_in(use.operation, home)
        if user is None:
            return None
        if use.operation is at or here.is_before_in_block(user):
            continue
        added = _added(facts, use, home) if user is not here else None
        if added is None:
            return None
        parts.append(added)
    counted = [p for p in parts if p != 0]
    if len(counted) == 1:
        return counted[0]
    return sum(p for p in counted if isinstance(p, int)) if all(isinstance(p, int) for p in counted) else None


def _ancestor_in(op: Operation, block: Block) -> Operation | None:
    """The operation of `block` that `op` is, or is inside of."""
    at: Operation | None = op
    while at is not None and at.parent is not block:
        at = at.parent_op()
    return at


def _added(facts: Facts, use: Use, home: Block) -> Dim:
    """How many items a use of a list adds to it in all its runs; None when it may do anything else to it."""
    op = use.operation
    if not isinstance(op, ts.AtenOp):
        return None
    operator = REGISTRY[op.op.data]
    argument = operator.schema.arguments[use.index]
    if not argument.writes:
        return 0 if argument.alias is None else None
    if any(result.first_use is not None for result in op.results):
        return None
    each: Dim = operator.adds if isinstance(operator.adds, int) else None
    if isinstance(operator.adds, str):
        names = [a.name for a in operator.schema.arguments]
        each = _literal_length(op.arguments[names.index(operator.adds)])
    if each is None:
        return None
    counts = _trip_counts(facts, op, home)
    if counts is None:
        return None
    open_counts = [c for c in (each, *counts) if c != 1]
    if all(isinstance(c, int) for c in open_counts):
        return math.prod(c for c in open_counts if isinstance(c, int))
    return open_counts[0] if len(open_counts) == 1 else None


def _literal_length(value: SSAValue) -> int | None:
    """The length of a list that is made for this use alone."""
    made = value.owner
    return len(made.elements) if isinstance(made, ts.ListOp) and value.has_one_use() else None


def _trip_counts(facts: Facts, op: Operation, home: Block) -> list[Dim] | None:
    """How often the loops around `op` run, from inside out up to `home`; None when something else is around it."""
    counts: list[Dim] = []
    while op.parent is not home:
        loop = op.parent_op()
        if not isinstance(loop, scf.ForOp):
            return None
        count = trip_count(facts, loop)
        if count is None:
            return None
        counts.append(count)
        op = loop
    return counts


def trip_count(facts: Facts, loop: scf.ForOp) -> Dim:
    """How often a loop runs: a number, a symbol, or None when not known."""
    low, high, step = (facts.constant(v) for v in (loop.lb, loop.ub, loop.step))
    if isinstance(high, Symbol) and low == 0 and step == 1:
        return high.name
    if isinstance(low, NotConstant | Symbol) or isinstance(high, NotConstant | Symbol):
        return None
    if not (isinstance(low, int) and isinstance(high, int) and isinstance(step, int)) or step <= 0:
        return None
    return len(range(low, high, step))
