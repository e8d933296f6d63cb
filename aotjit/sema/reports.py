"""Collecting several errors in one compilation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aotjit.diagnostics import CompileError, Diagnostic


class Poisoned(Exception):  # noqa: N818  # not an error by itself
    """An expression reads a name whose definition already failed; nothing more is reported."""


class Reports:
    """The diagnostics so far, without repetitions."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.total = 0
        """How many errors were added, those reported before too."""

    def add(self, error: CompileError) -> None:
        self.total += len(error.diagnostics)
        for diagnostic in error.diagnostics:
            if diagnostic not in self.diagnostics:
                self.diagnostics.append(diagnostic)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Takes in the errors of the block, which ends there."""
        try:
            yield
        except Poisoned:
            pass
        except CompileError as error:
            self.add(error)

    def mark(self) -> int:
        return len(self.diagnostics)

    def rewind(self, mark: int) -> None:
        """Forgets what was reported since `mark`: that part is compiled again."""
        del self.diagnostics[mark:]

    def finish(self) -> None:
        """Raises everything that was reported, in source order."""
        errors = [d for d in self.diagnostics if d.severity == "error"]
        if errors:
            raise CompileError(sorted(errors, key=_position))


def _position(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return ("", 0, 0) if span is None else (span.source.name, span.line, span.column)
