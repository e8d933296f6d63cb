"""Which tensors a program tells from others that are equal: as operands of `is`, keys of dicts, and of hash and id."""

from __future__ import annotations

from xdsl.ir import SSAValue

from aotjit.ir import ts
from aotjit.ops.opdef import REGISTRY
from aotjit.types import TENSOR, DictType, TensorType

_SAME_OBJECT = (ts.RefineOp, ts.SomeOp, ts.UnwrapOp)


def is_told_apart(value: SSAValue) -> bool:
    """It makes a difference which tensor `value` is: another one with the same elements would not do."""
    for use in value.uses:
        user = use.operation
        if isinstance(user, ts.SameOp) or (isinstance(user, ts.DictOp) and _is_key(user, use.index)):
            return True
        if isinstance(user, ts.AtenOp) and _compares(user, use.index):
            return True
        if isinstance(user, _SAME_OBJECT) and is_told_apart(user.results[0]):
            return True
    return False


def _is_key(op: ts.DictOp, index: int) -> bool:
    return index % 2 == 0 and isinstance(ts.type_of(op.items[index]), TensorType)


def _compares(op: ts.AtenOp, index: int) -> bool:
    if op.op.data == "aotjit::hash_tensor":
        return True
    first = ts.type_of(op.arguments[0])
    return isinstance(first, DictType) and REGISTRY[op.op.data].schema.arguments[index].type == TENSOR
