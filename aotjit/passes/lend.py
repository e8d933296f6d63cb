"""Marks strs that nobody keeps: parts of other strs stay where those are, short new ones are in the function's frame.

    !s = !ts.val<"str">
    func.func @f(%x : !s, %d : !ts.val<"Dict[str, int]">) -> i1 {
      %blank = "ts.str"() <{value = " "}> : () -> !s
      %a = "ts.aten"(%x, %blank) <{op = "strip", effects = "pure"}> : (!s, !s) -> !s
      %b = "ts.aten"(%a) <{op = "lower", effects = "pure"}> : (!s) -> !s
      %c = "ts.aten"(%d, %b) <{op = "__contains__.str", effects = "read"}>
           : (!ts.val<"Dict[str, int]">, !s) -> i1
      func.return %c : i1
    }
->
    func.func @f(%x : !s, %d : !ts.val<"Dict[str, int]">) -> i1 {
      %blank = "ts.str"() <{value = " "}> : () -> !s
      %a = "ts.aten"(%x, %blank) <{op = "strip", effects = "pure", lent = "parts"}> : (!s, !s) -> !s
      %b = "ts.aten"(%a) <{op = "lower", effects = "pure", lent = "text"}> : (!s) -> !s
      %c = "ts.aten"(%d, %b) <{op = "__contains__.str", effects = "read"}>
           : (!ts.val<"Dict[str, int]">, !s) -> i1
      func.return %c : i1
    }

A str is kept by what puts it into an object, passes it on to another iteration, function or task, or returns it. A
dict copies a key that it keeps. What a part shows outlives it (ownership.lenders); a part that comes out of a branch
must show what was there before. `split` and its like make a list of parts where the list is only indexed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Operation, SSAValue, Use

from aotjit.ir import ts
from aotjit.ir.ownership import lenders
from aotjit.ir.rewrite import constant_of
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Intrinsic, Lent, Runtime
from aotjit.passes.base import Pass
from aotjit.passes.licm import is_inside
from aotjit.program import Program
from aotjit.types import STR

MOST = 64
"""How many operations of a function give strs in its frame, at most: some 10 KiB."""
KEYED = ("dict_contains", "dict_get", "dict_get_default", "dict_set")
"""Intrinsics whose second operand is a key."""


@dataclass(frozen=True)
class Lend(Pass):
    name: ClassVar[str] = "lend"

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                changed |= _lend_in(function)
        return changed


def _lend_in(function: func.FuncOp) -> bool:
    lent = 0
    for op in function.walk():
        kind = _kind(op) if isinstance(op, ts.AtenOp) and lent < MOST else None
        if kind is not None:
            op.properties["lent"] = StringAttr(kind)
            lent += 1
    return lent > 0


def _kind(op: ts.AtenOp) -> str | None:
    """As what the results can be lent; None where somebody keeps them or the operator has no such form."""
    lowering = REGISTRY[op.op.data].lowering
    if _is_access(op, "list_get"):
        return "parts" if _is_lent_list(op.arguments[0]) else None
    form = lowering.lent if isinstance(lowering, Runtime) else None
    if form is None or not _has_constants(op, form):
        return None
    shown = [] if form.kind == "text" else lenders(op.arguments[0])
    if form.kind == "list":
        return form.kind if _is_only_indexed(op.outputs[0], shown) else None
    return form.kind if all(_is_looked_at(result, shown) for result in op.outputs) else None


def _has_constants(op: ts.AtenOp, form: Lent) -> bool:
    arguments = REGISTRY[op.op.data].schema.arguments
    given = {a.name: constant_of(v) for a, v in zip(arguments, op.arguments, strict=True) if a.name in form.only}
    return given == form.only


def _is_access(op: Operation, name: str) -> bool:
    lowering = REGISTRY[op.op.data].lowering if isinstance(op, ts.AtenOp) else None
    return isinstance(lowering, Intrinsic) and lowering.name == name


def _is_lent_list(value: SSAValue) -> bool:
    owner = value.owner
    return isinstance(owner, ts.AtenOp) and owner.lent is not None and owner.lent.data == "list"


def _is_only_indexed(value: SSAValue, shown: Sequence[SSAValue]) -> bool:
    """Only its length and elements are asked for, and nobody keeps those."""
    for use in value.uses:
        user = use.operation
        if not _is_in_frame(user, value):
            return False
        if _is_access(user, "list_get") and _is_looked_at(user.results[0], [value, *shown]):
            continue
        if not _is_access(user, "list_len"):
            return False
    return True


def _is_looked_at(value: SSAValue, shown: Sequence[SSAValue]) -> bool:
    """Nobody keeps the str; `shown` outlive every use of it."""
    return all(_is_in_frame(use.operation, value) and _reads(use, shown) for use in value.uses)


def _is_in_frame(user: Operation, value: SSAValue) -> bool:
    """The use is part of the function that the value is made in, not of a task."""
    home = value.owner.parent if isinstance(value.owner, Operation) else value.owner
    while user.parent is not home:
        parent = user.parent_op()
        if not isinstance(parent, scf.IfOp | scf.ForOp | scf.WhileOp):
            return False
        user = parent
    return True


def _reads(use: Use, shown: Sequence[SSAValue]) -> bool:
    user = use.operation
    if isinstance(user, scf.YieldOp):
        branch = user.parent_op()
        if not isinstance(branch, scf.IfOp) or any(is_inside(value, branch) for value in shown):
            return False
        return _is_looked_at(branch.results[use.index], shown)
    if isinstance(user, ts.FormatOp | ts.PrintOp):
        return True
    return isinstance(user, ts.AtenOp) and _operator_reads(user, use.index)


def _operator_reads(op: ts.AtenOp, index: int) -> bool:
    operator = REGISTRY[op.op.data]
    if isinstance(operator.lowering, Intrinsic):
        return operator.lowering.name == "str_len" or (operator.lowering.name in KEYED and index == 1)
    argument = operator.schema.arguments[index]
    return isinstance(operator.lowering, Runtime) and argument.type == STR and argument.alias is None
