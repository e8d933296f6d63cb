"""A program's module as MLIR text, and back. Weights and entries stay outside the text."""

from __future__ import annotations

from io import StringIO

from xdsl.context import Context
from xdsl.dialects.arith import Arith
from xdsl.dialects.builtin import Builtin, ModuleOp
from xdsl.dialects.func import Func
from xdsl.dialects.math import Math
from xdsl.dialects.scf import Scf
from xdsl.ir import Dialect
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import ParseError, VerifyException

from aotjit.diagnostics import UsageError
from aotjit.ir.scalar import SCALAR
from aotjit.ir.ts import TS
from aotjit.program import Program


def context() -> Context:
    """A context with every dialect that the project uses."""
    result = Context()
    for dialect in (Builtin, Func, Arith, Math, Scf, TS, SCALAR):
        result.load_dialect(dialect)
    result.register_dialect("complex", _complex)
    return result


def _complex() -> Dialect:
    """Read when a program has complex numbers: the dialect takes a while."""
    from xdsl.dialects.complex import Complex

    return Complex


def to_text(program: Program | ModuleOp) -> str:
    """The module in MLIR's text form, with a newline at the end."""
    module = program if isinstance(program, ModuleOp) else program.module
    out = StringIO()
    Printer(stream=out).print_op(module)
    return out.getvalue() + "\n"


def module_from_text(text: str, name: str = "<text>") -> ModuleOp:
    """The module that `to_text` wrote. Raises UsageError with the place when the text is no module of our dialects."""
    try:
        module = Parser(context(), text, name).parse_module()
    except ParseError as error:
        place, *_, message = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise UsageError(f"{place}: {message.lstrip('^ ')}") from error
    except (VerifyException, ValueError) as error:
        raise UsageError(f"{name}: {str(error).strip().splitlines()[0]}") from error
    return module


def from_text(text: str, name: str = "<text>") -> Program:
    """A program with the module of `text`, no weights and no entries."""
    return Program(module_from_text(text, name), ())
