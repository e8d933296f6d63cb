"""What is said of code that is not compiled, once facts have told whether it can run at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xdsl.dialects import func

from aotjit.diagnostics import CompileError, Diagnostic
from aotjit.ir.refusals import refused_in
from aotjit.program import Program


def refusals_left(program: Program) -> list[Diagnostic]:
    """A warning for each refusal that can still be reached. Raises CompileError where all calls of the first entry get
    to one."""
    found: dict[Diagnostic, None] = {}
    errors: dict[Diagnostic, None] = {}
    first = program.entries[0].symbol if program.entries else ""
    for function in _functions(program):
        name = function.sym_name.data
        for op, said in refused_in(function):
            certain = op.parent is function.body.block
            if certain and name == first:
                errors[said] = None
            found[replace(said, severity="warning", message=_warning(said, program, name if certain else ""))] = None
    if errors:
        raise CompileError(list(errors))
    return list(found)


def _functions(program: Program) -> Iterator[func.FuncOp]:
    return (op for op in program.module.ops if isinstance(op, func.FuncOp))


def _warning(said: Diagnostic, program: Program, symbol: str) -> str:
    """`symbol` is a function that always gets here."""
    entry = next((e.name for e in program.entries if e.symbol == symbol), None)
    if entry is not None:
        return f"{said.message}: calls of {entry} raise NotImplementedError"
    return f"{said.message}: NotImplementedError where a call gets here"
