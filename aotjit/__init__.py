"""aotjit: TorchScript, compiled ahead of time to a self-contained native library.

    import aotjit

    model = aotjit.compile("model.py")            # or a path to a .pt, or a Python function
    model = aotjit.load("model.so")               # what the command `aotjit compile` wrote

    @aotjit.script                                # compiled at its first call
    def f(x, y): ...

    model = aotjit.trace(function_or_module, (x, y))  # runs it once and compiles what it did
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = [
    "CompileError", "CompileWarning", "TraceWarning", "UsageError", "__version__", "compile", "load", "script", "trace",
]  # fmt: skip

if TYPE_CHECKING:
    from aotjit.api import compile, script, trace
    from aotjit.diagnostics import CompileError, CompileWarning, TraceWarning, UsageError
    from aotjit.loader import load

_PLACES = {
    "compile": "aotjit.api",
    "script": "aotjit.api",
    "trace": "aotjit.api",
    "CompileWarning": "aotjit.diagnostics",
    "TraceWarning": "aotjit.diagnostics",
    "load": "aotjit.loader",
    "CompileError": "aotjit.diagnostics",
    "UsageError": "aotjit.diagnostics",
}


def __getattr__(name: str) -> object:
    """Imports each public name when it is first used: loading a model must not import the compiler."""
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'aotjit' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(place), name)
    globals()[name] = value
    return value
