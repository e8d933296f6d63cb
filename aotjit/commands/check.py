"""`aotjit check model.py --input ...`: compiled code against the reference interpreter, and torch where there is one.

Each trial draws a size for every symbol and random arguments, calls every entry and compares results, or the class of
the exception that both end with. Status 0: all agree. 1: something differs, or no trial got as far as a result.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..diagnostics import UsageError
from ..options import CompileOptions
from ..types import ClassType, EnumType
from .comparison import Failure, outcome_difference
from .output import write_artefact
from .progress import StepReport
from .random_inputs import Draw, copied
from .source import add_source_options, options_from

if TYPE_CHECKING:
    from ..interp.interpreter import Interpreter
    from ..program import Entry, Program

Call = Callable[[list[Any]], Any]
_RUN_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def configure(parser: argparse.ArgumentParser) -> None:
    add_source_options(parser)
    parser.add_argument("--trials", type=int, default=6, metavar="N", help="random calls of each entry (default 6)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random arguments (default 0)")
    parser.add_argument("--no-torch", action="store_true", help="do not compare with torch")


def run(arguments: argparse.Namespace) -> int:
    if arguments.trials < 1:
        raise UsageError("--trials: expected at least 1")
    with tempfile.TemporaryDirectory(prefix="aotjit-") as folder:
        options = options_from(arguments, None)
        options = replace(options, output=Path(folder) / f"{options.name}.so")
        with StepReport(options.verbose) as report:
            program, model = _compiled(options, report)
        candidates = _candidates(program, options, model, not arguments.no_torch)
        good = [_check_entry(entry, calls, arguments) for entry, calls in candidates]
    return 0 if all(good) else 1


def _compiled(options: CompileOptions, report: StepReport) -> tuple[Program, Any]:
    """The program as it is built, with what is known of its parameters, and the compiled library, loaded."""
    from ..loader import load
    from ..passes import by_name
    from ..pipeline import build_program, compile_program

    assert options.output is not None
    program = build_program(options, report)
    by_name("demand").run(program)
    write_artefact(compile_program(options, report), options.output, executable=True)
    report("load")
    return program, load(options.output)


def _candidates(
    program: Program, options: CompileOptions, model: Any, with_torch: bool
) -> Iterator[tuple[Entry, dict[str, Call]]]:
    """For each entry, who runs it: "compiled" first, then those it is compared with."""
    from ..interp.interpreter import Interpreter
    from .torch_reference import torch_references

    interpreter = Interpreter(program, print_line=lambda line: None)
    torch = torch_references(program, options) if with_torch else {}
    for entry in program.entries:
        calls: dict[str, Call] = {
            "compiled": partial(_spread, getattr(model, entry.name)),
            "the interpreter": partial(_interpreted, interpreter, entry),
        }
        if entry.name in torch and not _has_classes(entry):
            calls["torch"] = torch[entry.name]
        yield entry, calls


def _has_classes(entry: Entry) -> bool:
    """Its callers share classes with the program, which torch knows by their Python modules."""
    from ..ir.boundary import reach

    found = reach([*(p.type for p in entry.parameters), entry.result])
    return any(isinstance(t, ClassType | EnumType) for t in found)


def _interpreted(interpreter: Interpreter, entry: Entry, arguments: list[Any]) -> Any:
    from ..interp.boundary import inside, outside

    given = [inside(value, p.type) for value, p in zip(arguments, entry.parameters, strict=True)]
    result = outside(interpreter.call(entry.symbol, given))
    for value, left in zip(arguments, given, strict=True):  # what the call did to lists and dicts
        if isinstance(value, list):
            value[:] = outside(left)
        elif isinstance(value, dict):
            value.clear()
            value.update(outside(left))
    return result


def _spread(function: Callable[..., Any], arguments: list[Any]) -> Any:
    return function(*arguments)


def _check_entry(entry: Entry, calls: dict[str, Call], arguments: argparse.Namespace) -> bool:
    results = 0
    last: Failure | None = None
    for trial in range(arguments.trials):
        drawn = Draw(arguments.seed, trial).arguments(entry)
        outcomes = {name: _outcome(call, drawn) for name, call in calls.items()}
        actual = outcomes.pop("compiled")
        for name, expected in outcomes.items():
            text = _compare(expected, actual, name)
            if text is not None:
                print(f"{entry.name}: differs from {name}: {text}")
                print(f"    trial {trial} of --seed {arguments.seed}: {', '.join(map(_shown, drawn))}")
                return False
        if isinstance(actual, Failure):
            last = actual
        else:
            results += 1
    others = " and ".join(name for name in calls if name != "compiled")
    if results == 0 and last is not None:
        print(f"{entry.name}: every random call ended with {last.kind}: {last.message}")
        print("    give the arguments' types with --input")
        return False
    failed = arguments.trials - results
    print(f"{entry.name}: agrees with {others} ({results} results" + (f", {failed} exceptions)" if failed else ")"))
    return True


def _compare(expected: Any, actual: Any, name: str) -> str | None:
    # torch's exception classes are its own (mostly RuntimeError): that both fail is what can be compared.
    if name == "torch" and isinstance(expected, Failure) and isinstance(actual, Failure):
        return None
    return outcome_difference(expected, actual)


def _outcome(call: Call, drawn: list[Any]) -> Any:
    """The result and the arguments as the call left them, or how it failed."""
    from ..interp.interpreter import ProgramError

    own = copied(drawn)
    try:
        with _quiet():
            result = call(own)
    except ProgramError as error:
        return Failure(error.kind, error.message)
    except _RUN_ERRORS as error:
        return Failure(type(error).__name__, str(error))
    return result, own


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the program prints, from Python or from compiled code."""
    sys.stdout.flush()
    saved = os.dup(1)
    try:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), 1)
            with contextlib.redirect_stdout(nothing):
                yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)


def _shown(value: Any) -> str:
    return f"{value.dtype}{list(value.shape)}" if hasattr(value, "__array__") else repr(value)
