"""Options that `compile`, `check` and `explain` share: what to compile and how."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..diagnostics import UsageError
from ..options import WEIGHTS_PLACES, CompileOptions, check_prefix, default_prefix, is_archive, parse_cpu, parse_inputs


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """Declares them."""
    parser.add_argument("source", type=Path, metavar="FILE", help="model.py, or model.pt written by torch.jit.save")
    parser.add_argument(
        "--entry", metavar="EXPR", help="what to compile: a function, a class, or a call such as RNN(64, 128)"
    )
    parser.add_argument(
        "--method",
        action="append",
        default=[],
        metavar="NAME",
        help="a method to export, repeatable (default: forward)",
    )
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="NAME=TYPE",
        help="what is known of a tensor argument: x=f32[T,B,64]; names are symbols, * is any size (repeatable)",
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="parameters: state_dict .pt, .safetensors or .npz")
    parser.add_argument(
        "--weights-place",
        choices=WEIGHTS_PLACES,
        default="embedded",
        metavar="PLACE",
        help="where weights are at run time: embedded in the library (default), file (NAME.weights beside it, mapped), "
        "given by the caller",
    )
    parser.add_argument(
        "--no-fold-weights",
        dest="fold_weights",
        action="store_false",
        help="compute nothing with weights at compile time: all can be replaced at run time",
    )
    parser.add_argument("-O", dest="optimize", type=int, choices=range(4), default=3, help="optimisation (default 3)")
    parser.add_argument("--cpu", metavar="LEVELS", help="x86-64 levels: v2,v3,v4 (default, all in one file) or native")
    parser.add_argument(
        "--pass",
        dest="passes",
        action="append",
        default=[],
        metavar="MODULE:NAME",
        help="a pass of your own, joined to the pipeline (repeatable; docs/passes.md)",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show the steps and their times")


def options_from(
    arguments: argparse.Namespace, output: Path | None, emit: str = "so", linker: str = "own", name: str | None = None
) -> CompileOptions:
    """The options of a compilation, checked as far as can be without reading the program."""
    source: Path = arguments.source
    for path in (source, arguments.weights):
        if path is not None:
            check_readable(path)
    if source.suffix != ".py" and not is_archive(source):
        raise UsageError(f"{source}: expected a .py or .pt file")
    return CompileOptions(
        source=source,
        output=output,
        entry=arguments.entry,
        methods=tuple(dict.fromkeys(arguments.method)),
        inputs=parse_inputs(arguments.input),
        weights=arguments.weights,
        name=check_prefix(name) if name is not None else default_prefix(output or source),
        cpu=parse_cpu(arguments.cpu),
        optimize=arguments.optimize,
        emit=emit,
        linker=linker,
        verbose=arguments.verbose,
        weights_place=arguments.weights_place,
        fold_weights=arguments.fold_weights,
        passes=tuple(arguments.passes),
    )


def check_readable(path: Path) -> None:
    """UsageError unless `path` is a file that can be opened."""
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
