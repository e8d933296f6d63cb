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

from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue

from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ir.rewrite import erase, replace
from aotjit.ir.verify_ssa import Stage
from aotjit.passes.base import Pass
from aotjit.program import Program


@dataclass(frozen=True)
class Inline(Pass):
    name: ClassVar[str] = "inline"
    level: ClassVar[int] = 0
    stage: ClassVar[Stage | None] = Stage.INLINED

    def run(self, program: Program) -> bool:
        functions = {f.sym_name.data: f for f in program.module.ops if isinstance(f, func.FuncOp)}
        done: set[str] = set()
        for name in functions:
            _inline_calls(name, functions, done, [])
        private = [f for f in functions.values() if f.sym_visibility is not None and f.sym_visibility.data == "private"]
        had_calls = bool(done) and any(private)
        for function in private:
            erase(function)
        return had_calls


def _inline_calls(name: str, functions: dict[str, func.FuncOp], done: set[str], path: list[str]) -> None:
    if name in done:
        return
    path.append(name)
    for op in list(functions[name].walk()):
        if not isinstance(op, func.CallOp):
            continue
        callee = op.callee.root_reference.data
        if callee in path:
            raise CompileError.at(
                ts.span_of(op),
                f"recursive call of {callee}",
                "TorchScript functions cannot call themselves; write a loop",
            )
        _inline_calls(callee, functions, done, path)
        _inline(op, functions[callee])
    path.pop()
    done.add(name)


def _inline(call: func.CallOp, callee: func.FuncOp) -> None:
    block = call.parent
    source = callee.body.block
    assert block is not None
    values: dict[SSAValue, SSAValue] = dict(zip(source.args, call.arguments, strict=True))
    results: list[SSAValue] = []
    for op in source.ops:
        if isinstance(op, func.ReturnOp):
            results = [values.get(v, v) for v in op.arguments]
            break
        copy = op.clone(values)
        _point_at_caller(copy, call)
        block.insert_op_before(copy, call)
    replace(call, results)


def _point_at_caller(copy: Operation, call: func.CallOp) -> None:
    """Code of the library (its source has a name in angle brackets) speaks of the line that called it."""
    caller = ts.span_of(call)
    if caller is None:
        return
    for op in copy.walk():
        loc = op.attributes.get("loc")
        if not isinstance(loc, ts.SpanAttr) or loc.data.source.name.startswith("<"):
            op.attributes["loc"] = ts.SpanAttr(caller)
