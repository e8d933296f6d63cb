"""Source positions, messages about the user's program, and how they are shown.

Every error that is the user's to mend is a `Diagnostic`: a span, a message and a hint. `CompileError` carries one or
more of them; its text is what the command prints. `UsageError` is for a wrong command line or an unreadable file:
one line, exit status 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SourceText:
    """One source file: `name` is what messages show, `text` its whole content."""

    name: str
    text: str = field(repr=False)

    @property
    def file_name(self) -> str:
        """The name without the folders that the file lies in, which is what artefacts hold: they are the same wherever
        they are made. `lib/model.pt:code/a.py` becomes `model.pt:code/a.py`."""
        path, colon, member = self.name.partition(":")
        return path.rpartition("/")[2] + colon + member

    def line(self, number: int) -> str:
        """The 1-based line `number` without its newline; empty beyond the end."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@dataclass(frozen=True)
class Span:
    """Half-open range of a source file: 1-based lines and columns, columns counted in characters."""

    source: SourceText
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    def to(self, last: Span) -> Span:
        """The span from the start of this one to the end of `last`."""
        return Span(self.source, self.line, self.column, last.end_line, last.end_column)


@dataclass(frozen=True)
class Diagnostic:
    """One message. `severity` is 'error' or 'warning'; `hint` says what to do, `notes` point at related places."""

    message: str
    span: Span | None = None
    hint: str | None = None
    notes: tuple[tuple[Span, str], ...] = ()
    severity: str = "error"

    def render(self) -> str:
        """`file:line:column: error: message`, the source line, a caret, the hint."""
        if self.span is None:
            lines = [f"{self.severity}: {self.message}"]
        else:
            lines = [f"{self.span}: {self.severity}: {self.message}", *_excerpt(self.span)]
        for span, text in self.notes:
            lines += [f"{span}: note: {text}", *_excerpt(span)]
        if self.hint:
            lines.append(f"    hint: {self.hint}")
        return "\n".join(lines)


def _excerpt(span: Span) -> list[str]:
    text = span.source.line(span.line)
    if not text.strip():
        return []
    last = span.end_column if span.end_line == span.line else len(text) + 1
    width = max(1, min(last, len(text) + 1) - span.column)
    # Tabs are kept in the padding so that the caret stands under its column whatever the terminal's tab width is.
    padding = "".join("\t" if c == "\t" else " " for c in text[: span.column - 1])
    return ["    " + text, "    " + padding + "^" + "~" * (width - 1)]


class CompileError(Exception):
    """The program cannot be compiled; `diagnostics` says where and why, `str()` is what the command prints."""

    def __init__(self, diagnostics: Diagnostic | Sequence[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("\n".join(d.render() for d in self.diagnostics))

    @classmethod
    def at(
        cls, span: Span | None, message: str, hint: str | None = None, notes: tuple[tuple[Span, str], ...] = ()
    ) -> CompileError:
        """A single error at `span`."""
        return cls(Diagnostic(message, span, hint, notes))


class UsageError(Exception):
    """A wrong option or a file that cannot be read or written: one line, exit status 2."""


class CompileWarning(UserWarning):
    """Part of the program is not compiled: calls that get there raise NotImplementedError."""


class TraceWarning(UserWarning):
    """Something was decided in Python while tracing: the trace does the same whatever its inputs are."""


class LinkError(Exception):
    """The objects cannot be linked, or a file is no valid ELF file; the text says which and where."""
