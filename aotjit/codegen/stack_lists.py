"""Lists that last for calls of the runtime only, as `[n, 3]` in `x.view([n, 3])` and `[rows]` in `x[rows]`: they are
on the stack, immortal, and take nothing from the arena. Their elements' references are the block's until the list is
released."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir
from xdsl.ir import SSAValue

from aotjit import types
from aotjit.codegen.context import reference_positions
from aotjit.codegen.function import HostFunction
from aotjit.codegen.layout import I32, I64, IMMORTAL, KIND, LIST, OBJECT
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Intrinsic, Runtime

MOST_WORDS = 32


def reference_mask(element: types.Type) -> int:
    """Bit k is set where word k of an element is a reference."""
    return sum(1 << i for i in reference_positions(element))


def is_lent(op: ts.ListOp) -> bool:
    """Do only functions of the runtime see the list, none of which keeps or changes it?"""
    t = ts.type_of(op.result)
    assert isinstance(t, types.ListType)
    if len(op.elements) * types.word_count(t.element) > MOST_WORDS:
        return False
    releases = 0
    for use in op.result.uses:
        if isinstance(use.operation, ts.ReleaseOp) and use.operation.parent is op.parent:
            releases += 1
        elif not isinstance(use.operation, ts.AtenOp) or not _only_reads(use.operation):
            return False
    return releases == 1


def is_appended(value: SSAValue) -> bool:
    """Something is appended to the list where it is made: it will need memory."""
    users = [use.operation for use in value.uses]
    lowerings = [REGISTRY[op.op.data].lowering for op in users if isinstance(op, ts.AtenOp)]
    return any(isinstance(low, Intrinsic) and low.name == "list_append" for low in lowerings)


def _only_reads(op: ts.AtenOp) -> bool:
    """Is it a function that writes nothing, where it could put a list, and gives no list?"""
    lowering = REGISTRY[op.op.data].lowering
    results = [ts.type_of(result) for result in op.outputs]
    gives_none = all(isinstance(t, types.TensorType | types.SimpleType) for t in results)
    return isinstance(lowering, Runtime) and op.effects.data in ("pure", "read", "view") and gives_none


def new_stack_list(f: HostFunction, t: types.ListType, elements: Sequence[ir.Value]) -> ir.Value:
    """The list of elements of these words."""
    width = types.word_count(t.element)
    result, data = f.alloca(LIST.type), f.alloca(I64, max(1, len(elements)))
    f.builder.store(ir.Constant(OBJECT.type, [IMMORTAL, KIND["list"], 0]), f.field(result, LIST, "head"))
    count = I64(len(elements) // width) if width else I64(0)
    fields = {"width": I32(width), "references": I64(reference_mask(t.element)), "length": count, "capacity": count}
    for name, value in {**fields, "data": data}.items():
        f.store_field(value, result, LIST, name)
    f.store_words(data, elements)
    return result
