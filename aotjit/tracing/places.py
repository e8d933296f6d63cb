"""Where in the user's files something is recorded: the innermost frame that is neither aotjit's nor torch's."""

from __future__ import annotations

import linecache
import os
import sys
import warnings
from types import FrameType

from aotjit.diagnostics import SourceText, Span, TraceWarning

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_FOREIGN = f"{os.sep}site-packages{os.sep}torch{os.sep}"
_TEXTS: dict[str, SourceText] = {}


def user_frame() -> FrameType | None:
    """The innermost frame of the user's code."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(_PACKAGE) and _FOREIGN not in name and not name.startswith("<frozen"):
            return frame
        frame = frame.f_back
    return None


def user_span() -> Span:
    """The line of the user's code that runs now."""
    frame = user_frame()
    if frame is None:
        return Span(SourceText("<trace>", ""), 1, 1, 1, 1)
    name = frame.f_code.co_filename
    text = _TEXTS.get(name)
    if text is None:
        text = _TEXTS[name] = SourceText(name, "".join(linecache.getlines(name)))
    line = text.line(frame.f_lineno)
    start = len(line) - len(line.lstrip()) + 1
    return Span(text, frame.f_lineno, start, frame.f_lineno, max(start + 1, len(line.rstrip()) + 1))


def warn(message: str) -> None:
    """A TraceWarning at the user's line."""
    frame = user_frame()
    place = ("<trace>", 1) if frame is None else (frame.f_code.co_filename, frame.f_lineno)
    warnings.warn_explicit(message, TraceWarning, *place)
