"""`aotjit opt -p fold,dce program.mlir`: runs passes, by name, on a program's text (such as AOTJIT_DUMP writes)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..diagnostics import UsageError
from .output import Outputs


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="FILE", help="MLIR text; - reads standard input")
    parser.add_argument("-p", "--passes", default="", metavar="NAMES", help="passes to run, in order: fold,dce")
    parser.add_argument("-o", dest="output", type=Path, metavar="FILE", help="where to write (default: standard output)")
    parser.add_argument("--list", action="store_true", help="list the passes and leave")


def run(arguments: argparse.Namespace) -> int:
    from ..ir.text import from_text, to_text
    from ..ir.verify_ssa import verify
    from ..passes import PASSES

    names = [name.strip() for name in arguments.passes.split(",") if name.strip()]
    for name in names:
        if name not in PASSES:
            raise UsageError(f"no pass is named {name!r}, known are {', '.join(PASSES)}")
    program = from_text(_read(arguments.source), arguments.source)
    verify(program.module)
    for name in names:
        PASSES[name]().run(program)
        verify(program.module)
    text = to_text(program)
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    with Outputs() as outputs:
        outputs.write(arguments.output, [text.encode()])
        outputs.commit()
    return 0


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}: not UTF-8 text") from None
