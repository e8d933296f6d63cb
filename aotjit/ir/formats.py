"""Text formats of operations, read when an operation is first printed or parsed.

xDSL reads the format of each operation as its class is made: half of the time that importing its dialects takes, where
most compilations print and parse none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from xdsl.irdl.declarative_assembly_format import FormatProgram

if TYPE_CHECKING:
    from xdsl.irdl import IRDLOperation, OpDef
    from xdsl.parser import Parser
    from xdsl.printer import Printer


@contextmanager
def deferred_formats() -> Iterator[None]:
    """Dialects that are imported in this context have deferred formats."""
    eager = FormatProgram.from_str

    class DeferredFormat:
        """A FormatProgram as far as operations use it."""

        def __init__(self, text: str, definition: OpDef) -> None:
            self._text, self._definition = text, definition

        @cached_property
        def _program(self) -> FormatProgram:
            return eager(self._text, self._definition)

        def parse(self, parser: Parser, operation: type[IRDLOperation]) -> IRDLOperation:
            return self._program.parse(parser, operation)

        def print(self, printer: Printer, operation: IRDLOperation) -> None:
            self._program.print(printer, operation)

    FormatProgram.from_str = DeferredFormat  # type: ignore[assignment,method-assign]  # restored below
    try:
        yield
    finally:
        FormatProgram.from_str = staticmethod(eager)  # type: ignore[method-assign]  # as it was
