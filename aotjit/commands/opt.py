"""`aotjit opt -p fold,dce program.mlir`: runs passes, by name, on a program's text (such as AOTJIT_DUMP writes)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..diagnostics import UsageError
from .output import Outputs

if TYPE_CHECKING:
    from ..ir.verify_ssa import Stage
    from ..program import Program


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", nargs="?", metavar="FILE", help="MLIR text; - reads standard input")
    parser.add_argument("-p", "--passes", default="", metavar="NAMES", help="passes to run, in order: fold,dce")
    parser.add_argument("-o", dest="output", type=Path, metavar="FILE", help="where to write (default: stdout)")
    parser.add_argument("--list", action="store_true", help="list the passes in the pipeline's order, and leave")


def run(arguments: argparse.Namespace) -> int:
    from ..ir.text import from_text, to_text
    from ..ir.verify_ssa import verify_module
    from ..passes import PASSES, by_name

    if arguments.list:
        print("\n".join(dict.fromkeys(step.name for step in PASSES)))
        return 0
    if arguments.source is None:
        raise UsageError("opt: which file? (- reads standard input)")
    steps = [by_name(name.strip()) for name in arguments.passes.split(",") if name.strip()]
    program = from_text(_read(arguments.source), arguments.source)
    stage = _stage_of(program, arguments.source)
    for step in steps:
        step.run(program)
        stage = stage if step.stage is None else step.stage
        verify_module(program.module, stage)
    _write(to_text(program), arguments.output)
    return 0


def _stage_of(program: Program, name: str) -> Stage:
    """The first stage whose rules the text keeps; UsageError when it keeps none's."""
    from ..ir.verify_ssa import InvalidIRError, Stage, verify_module

    reasons = []
    for stage in Stage:
        try:
            verify_module(program.module, stage)
        except InvalidIRError as error:
            reasons.append(str(error))
        else:
            return stage
    raise UsageError(f"{name}: not a valid program: {reasons[0]}")


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}: not UTF-8 text") from None


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    with Outputs() as outputs:
        outputs.write(output, [text.encode()])
        outputs.commit()
