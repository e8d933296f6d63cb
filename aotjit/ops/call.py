"""What the declaration of an operator sees of a ts.aten in the IR."""

from __future__ import annotations

from xdsl.ir import SSAValue

from aotjit.ir import ts
from aotjit.ir.rewrite import NotConstant, constant_of
from aotjit.ops.opdef import UNKNOWN, Arguments, Operator


def static_value(value: SSAValue) -> object:
    """The compile-time value: a constant, or a list literal that nothing changes (its items may be UNKNOWN)."""
    owner = value.owner
    if isinstance(owner, ts.SomeOp | ts.UnwrapOp | ts.RefineOp):
        return static_value(owner.operand)
    if isinstance(owner, ts.DeviceOp):
        return owner.value.data
    if isinstance(owner, ts.ListOp):
        return [static_value(e) for e in owner.elements] if _is_read_only(value) else UNKNOWN
    found = constant_of(value)
    return UNKNOWN if isinstance(found, NotConstant) else found


def _is_read_only(value: SSAValue) -> bool:
    """Every use is an operator that only reads the list."""
    for use in value.uses:
        op = use.operation
        if isinstance(op, ts.SomeOp | ts.RefineOp | ts.UnwrapOp):
            if not _is_read_only(op.results[0]):
                return False
        elif isinstance(op, ts.ReleaseOp | ts.RetainOp):
            continue
        elif not isinstance(op, ts.AtenOp) or use.index in op.written:
            return False
    return True


def arguments_of(op: ts.AtenOp, operator: Operator) -> Arguments:
    """Types and constants of the operands of a call."""
    return Arguments(
        operator.schema,
        tuple(map(ts.type_of, op.arguments)),
        tuple(map(static_value, op.arguments)),
        ts.span_of(op),
    )
