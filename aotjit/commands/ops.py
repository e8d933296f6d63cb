"""`aotjit ops [NAME...]`: the operators, from their declarations."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..diagnostics import UsageError

if TYPE_CHECKING:
    from ..ops.opdef import Operator


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="*", metavar="NAME", help="only these; a pattern such as 'log*' will do")
    parser.add_argument("--markdown", action="store_true", help="as a Markdown table")


def run(arguments: argparse.Namespace) -> int:
    from ..ops import REGISTRY

    chosen = [op for op in REGISTRY.by_qualified.values() if _matches(op, arguments.name)]
    if not chosen:
        raise UsageError(f"no operator is named {' or '.join(arguments.name)}")
    rows = [(op.schema.text, _kind(op), op.effects, "yes" if op.derivative else "", op.doc) for op in chosen]
    rows.sort(key=lambda row: row[0])
    head = ("operator", "lowering", "effects", "derivative", "")
    if arguments.markdown:
        _print_markdown(head, rows)
    else:
        _print_columns(head, rows)
        print(f"{len(rows)} of {len(REGISTRY.by_qualified)} operators")
    return 0


def _matches(op: Operator, patterns: list[str]) -> bool:
    names = (op.schema.name, op.schema.qualified, *op.methods)
    return not patterns or any(fnmatch.fnmatchcase(name, p) for name in names for p in patterns)


def _kind(op: Operator) -> str:
    return type(op.lowering).__name__.lower()


def _print_columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    # A few schemas are far longer than the rest; they overhang instead of widening the table for all.
    widths = [min(100, max(len(row[i]) for row in (head, *rows))) for i in range(len(head))]
    for row in (head, *rows):
        print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip())


def _print_markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    for row in (head, ("---",) * len(head), *rows):
        print("| " + " | ".join(text.replace("|", "\\|").replace("*", "\\*") for text in row) + " |")
