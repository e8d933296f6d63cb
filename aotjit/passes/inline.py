"""Inlines every call and removes the functions that nobody outside calls.

    func.func private @double(%x : i64) -> i64 {
      %two = arith.constant 2 : i64
      %r = arith.muli %x, %two : i64
      func.return %r : i64
    }
    func.func @f(%x : i64) -> i64 {
      %y = func.call @double(%x) : (i64) -> i64
      func.return %y : i64
    }
->
    func.func @f(%x : i64) -> i64 {
      %two = arith.constant 2 : i64
      %r = arith.muli %x, %two : i64
      func.return %r : i64
    }

TorchScript has no recursion, so this ends; a recursive call is a CompileError. A callee's own calls are inlined first,
so each body is copied once for each call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue

from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ir.rewrite import copy_op, erase, replace, splice_before
from aotjit.ir.verify_ssa import Stage
from aotjit.passes.base import Pass
from aotjit.program import Program


@dataclass(frozen=True)
class Inline(Pass):
    name: ClassVar[str] = "inline"
    level: ClassVar[int] = 0
    stage: ClassVar[Stage | None] = Stage.INLINED

    def run(self, program: Program) -> bool:
        inliner = _Inliner(program)
        for name in inliner.functions:
            inliner.function(name, [])
        private = [f for f in inliner.functions.values() if _is_private(f)]
        for function in private:
            erase(function)
        return bool(private) or inliner.changed


def _is_private(function: func.FuncOp) -> bool:
    return function.sym_visibility is not None and function.sym_visibility.data == "private"


class _Inliner:
    """Every call exists once, as callees are free of calls when they are copied: the last one takes the body itself."""

    def __init__(self, program: Program) -> None:
        self.functions = {f.sym_name.data: f for f in program.module.ops if isinstance(f, func.FuncOp)}
        self.calls = {
            name: [op for op in f.walk() if isinstance(op, func.CallOp)] for name, f in self.functions.items()
        }
        self.left = Counter(_callee(call) for calls in self.calls.values() for call in calls)
        self.done: set[str] = set()
        self.changed = False

    def function(self, name: str, path: list[str]) -> None:
        if name in self.done:
            return
        path.append(name)
        for call in self.calls[name]:
            callee = _callee(call)
            if callee in path:
                raise CompileError.at(
                    ts.span_of(call),
                    f"recursive call of {callee}",
                    "TorchScript functions cannot call themselves; write a loop",
                )
            self.function(callee, path)
            self._inline(call, self.functions[callee])
        path.pop()
        self.done.add(name)

    def _inline(self, call: func.CallOp, callee: func.FuncOp) -> None:
        block, source = call.parent, callee.body.block
        assert block is not None
        self.changed = True
        self.left[callee.sym_name.data] -= 1
        if self.left[callee.sym_name.data] == 0 and _is_private(callee):
            for argument in source.args:
                argument.name_hint = None  # the caller's values keep their own names
            relocate = _relocation(call)
            for op in callee.walk():
                relocate(op)
            replace(call, splice_before(source, call, tuple(call.arguments)))
            return
        values: dict[SSAValue, SSAValue] = dict(zip(source.args, call.arguments, strict=True))
        relocate = _relocation(call)
        returned = source.last_op
        assert returned is not None
        for op in source.ops:
            if op is not returned:
                block.insert_op_before(copy_op(op, values, relocate), call)
        replace(call, [values.get(v, v) for v in returned.operands])


def _callee(call: func.CallOp) -> str:
    return call.callee.root_reference.data


def _relocation(call: func.CallOp) -> Callable[[Operation], None]:
    """Makes code of the library (its source has a name in angle brackets) speak of the line that called it."""
    caller = ts.span_of(call)
    if caller is None:
        return lambda op: None
    here = ts.SpanAttr(caller)

    def relocate(op: Operation) -> None:
        loc = op.attributes.get("loc")
        if not isinstance(loc, ts.SpanAttr) or loc.data.source.name.startswith("<"):
            op.attributes["loc"] = here

    return relocate
