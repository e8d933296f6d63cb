"""How long the references that a block owns are needed: the last operation of the block that uses each leaf."""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.ir import Block, Operation, SSAValue

from aotjit.ir import ts
from aotjit.ir.ownership import is_counted, is_owned_leaf, lenders
from aotjit.ir.rewrite import blocks_of


@dataclass
class Lifetimes:
    """For one block: the leaves it owns, in order of definition, and who uses each last (None: nobody).

    `inside` holds, for each operation with regions, the leaves of enclosing blocks that are used in there.
    """

    owned: dict[SSAValue, None] = field(default_factory=dict)
    last: dict[SSAValue, Operation] = field(default_factory=dict)
    inside: dict[Operation, set[SSAValue]] = field(default_factory=dict)


def lifetimes_of(body: Block) -> dict[Block, Lifetimes]:
    """Lifetimes in `body` and in all blocks nested in it, but for the bodies of kernels (which hold scalars)."""
    found: dict[Block, Lifetimes] = {}
    _uses_in(body, found)
    return found


def _uses_in(block: Block, found: dict[Block, Lifetimes]) -> set[SSAValue]:
    """Fills in `found` for `block`; returns the leaves that it uses and does not own."""
    here = found[block] = Lifetimes()
    here.owned.update((a, None) for a in block.args if is_owned_leaf(a))
    used: set[SSAValue] = set()
    for op in block.ops:
        leaves = {leaf for operand in op.operands if is_counted(operand) for leaf in lenders(operand)}
        if op.regions and not isinstance(op, ts.GenericOp | ts.MatmulOp):
            nested: set[SSAValue] = set()
            for inner in blocks_of(op):
                nested |= _uses_in(inner, found)
            here.inside[op] = nested
            leaves |= nested
        for leaf in leaves:
            here.last[leaf] = op
        used |= leaves
        here.owned.update((r, None) for r in op.results if is_owned_leaf(r))
    return used - set(here.owned)
