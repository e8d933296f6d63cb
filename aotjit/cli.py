"""The `aotjit` command: picks a subcommand and turns every way to fail into a message and an exit status.

    0  done                               2  wrong options, unreadable or unwritable file (one line)
    1  the program cannot be compiled    70  an error in aotjit itself          130  interrupted

Each subcommand is a module of `aotjit.commands` with `configure(parser)` and `run(arguments) -> int`.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from . import knobs, lazy_dataclasses
from .diagnostics import CompileError, UsageError

COMMANDS = {
    "compile": "compile a program to a shared library",
    "run": "call a compiled model",
    "inspect": "show what a compiled model is, without loading it",
    "check": "compile, run on random inputs, compare with the reference interpreter and torch",
    "explain": "show what each source line became",
    "opt": "run passes on a program's text",
    "ops": "list the operators",
}
EXIT_COMPILE, EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED = 1, 2, 70, 130


class Parser(argparse.ArgumentParser):
    """Options are spelled out, and a wrong one is a UsageError like any other."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, allow_abbrev=False, **options)  # type: ignore[arg-type,misc]  # passed on as they came

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def build_parser(command: str | None) -> Parser:
    """The parser. Only `command` gets its options; the others are listed by name."""
    parser = Parser(
        prog="aotjit",
        description="Compiles TorchScript to a self-contained native library.",
        epilog="environment variables:\n" + knobs.describe(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="show the version and leave")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, text in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == command:
            import_module(f"aotjit.commands.{name}").configure(subparser)
    return parser


def command() -> NoReturn:
    """The process `aotjit`: it ends soon, so that neither collecting cycles nor freeing all objects is worth it."""
    gc.disable()
    lazy_dataclasses.install()
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
        return status
    except CompileError as error:
        print(error, file=sys.stderr)
        return EXIT_COMPILE
    except UsageError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of standard output has left; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if knobs.debug():
            raise
        place = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{place}{error.strerror or error}")
    except RecursionError:
        if knobs.debug():
            raise
        print("aotjit: error: the program is nested too deeply", file=sys.stderr)
        return EXIT_COMPILE
    except MemoryError:
        print("aotjit: error: out of memory", file=sys.stderr)
        return EXIT_INTERNAL
    except Exception as error:
        return EXIT_INTERRUPTED if _was_interrupted(error) else _internal(error)


def _was_interrupted(error: BaseException | None) -> bool:
    """Python itself makes another exception of an interrupt in some places, such as a descriptor's __set_name__."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _refuse(message: str) -> int:
    print("aotjit: error: " + " ".join(message.split("\n")), file=sys.stderr)
    return EXIT_USAGE


def _internal(error: Exception) -> int:
    if knobs.debug():
        raise error
    what = " ".join(f"{type(error).__name__}: {error}".split())
    advice = "please report it; AOTJIT_DEBUG=1 shows where"
    print(f"aotjit: internal error: {what} ({advice})", file=sys.stderr)
    return EXIT_INTERNAL


def _run(arguments: list[str]) -> int:
    command = next((a for a in arguments if not a.startswith("-")), None)
    parser = build_parser(command)
    parsed = parser.parse_args(arguments)
    if parsed.version:
        from . import __version__

        print(f"aotjit {__version__}")
        return 0
    if parsed.command is None:
        parser.print_help()
        return EXIT_USAGE
    status: int = import_module(f"aotjit.commands.{parsed.command}").run(parsed)
    return status
