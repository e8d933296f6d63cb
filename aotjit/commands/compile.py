"""`aotjit compile model.py -o model.so`"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..diagnostics import CompileError, Diagnostic, LinkError, UsageError
from ..options import EMITS, LINKERS, Artefact, CompileOptions
from .output import header_path, write_artefact
from .progress import StepReport
from .source import add_source_options, check_readable, options_from

_SUFFIXES = {"so": ".so", "a": ".a", "obj": ".o"}
_WITH_HEADER = ("so", "a")


def configure(parser: argparse.ArgumentParser) -> None:
    add_source_options(parser)
    parser.add_argument(
        "-o", dest="output", metavar="FILE", help="what to write (default: the source's name with .so; text to stdout)"
    )
    parser.add_argument("--name", metavar="PREFIX", help="prefix of all exported names (default: the output's stem)")
    kinds = "; ".join(f"{name}: {text}" for name, text in EMITS.items())
    parser.add_argument(
        "--emit", choices=EMITS, metavar="KIND", help=f"what to make (default: as -o ends, .a, .o or .so) - {kinds}"
    )
    parser.add_argument(
        "--linker", choices=LINKERS, default="own", help="link with the built-in linker (default) or one installed"
    )


def run(arguments: argparse.Namespace) -> int:
    check_readable(arguments.source)
    emit = arguments.emit or _kind_of(arguments.output)
    output = _output_path(arguments, emit)
    options = options_from(arguments, output, emit, arguments.linker, arguments.name)
    if output is None:
        artefact = _compile(options)
        sys.stdout.flush()
        for piece in artefact.pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return 0
    _check_output(output, options)
    artefact = _compile(options)
    for warning in artefact.warnings:
        print(warning.render(), file=sys.stderr)
    write_artefact(artefact, output, executable=options.emit == "so")
    if options.verbose:
        print(f"wrote {output} ({output.stat().st_size} bytes)", file=sys.stderr)
    return 0


def _kind_of(output: str | None) -> str:
    """What a file of this name holds: a library where its ending says nothing else."""
    suffix = Path(output or "").suffix
    return next((kind for kind, ending in _SUFFIXES.items() if ending == suffix), "so")


def _output_path(arguments: argparse.Namespace, emit: str) -> Path | None:
    """Where to write; None for standard output."""
    if arguments.output == "-" or (arguments.output is None and emit not in _SUFFIXES):
        return None
    if arguments.output is None:
        source: Path = arguments.source
        return Path(source.name).with_suffix(_SUFFIXES[emit])
    if not arguments.output:
        raise UsageError("-o: expected a file name")
    return Path(arguments.output)


def _check_output(output: Path, options: CompileOptions) -> None:
    """Fails before the work is done where the result cannot be written."""
    if output.is_dir():
        raise UsageError(f"cannot write {output}: Is a directory")
    written = [output, *([header_path(output)] if options.emit in _WITH_HEADER else [])]
    read = [path.resolve() for path in (options.source, options.weights) if isinstance(path, Path)]
    for path in written:
        if path.resolve() in read:
            raise UsageError(f"{path} is the input itself")
        if path.is_dir():
            raise UsageError(f"cannot write {path}: Is a directory")
    if written.count(output) > 1:
        raise UsageError(f"{output}: that is where the header goes")
    if not os.access(output.parent, os.W_OK | os.X_OK) and not output.exists():
        missing = not output.parent.is_dir()
        raise UsageError(f"cannot write {output}: {'No such file or directory' if missing else 'Permission denied'}")


def _compile(options: CompileOptions) -> Artefact:
    with StepReport(options.verbose) as report:
        # Imported late: `aotjit --help` and wrong options need none of the compiler.
        from ..pipeline import compile_program

        try:
            artefact = compile_program(options, report)
        except LinkError as error:
            raise CompileError(Diagnostic(f"linking failed: {error}")) from error
    return artefact
