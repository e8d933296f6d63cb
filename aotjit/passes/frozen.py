"""Lists that nothing changes: their items are facts."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import func
from xdsl.ir import SSAValue

from aotjit import types
from aotjit.ir import ts
from aotjit.ops import REGISTRY


def is_frozen(value: SSAValue, callee: Callable[[func.CallOp], func.FuncOp] | None = None) -> bool:
    """Nothing changes this list or keeps it: it is only ever an argument that an operator reads. `callee` finds the
    function of a call; without it, a list that is passed to one counts as changed."""
    for use in value.uses:
        user = use.operation
        if isinstance(user, ts.SomeOp):
            if not is_frozen(user.result, callee):
                return False
            continue
        if callee is not None and isinstance(user, func.CallOp):
            if not is_frozen(callee(user).body.block.args[use.index], callee):
                return False
            continue
        if not isinstance(user, ts.AtenOp):
            return False
        argument = REGISTRY[user.op.data].schema.arguments[use.index]
        if not isinstance(argument.type, types.ListType | types.OptionalType) or argument.writes:
            return False
        # What comes out of the list may be kept where it is an object; a number is a copy.
        if argument.alias is not None and any(types.is_refcounted(ts.type_of(r)) for r in user.results):
            return False
    return True
