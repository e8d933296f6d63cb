"""Dataclasses whose methods are compiled when they are first called, in the process of the `aotjit` command.

`dataclass` writes `__init__`, `__eq__`, `__hash__`, `__repr__` and, of frozen classes, `__setattr__` and
`__delattr__` as text and compiles each as the class is made. The compiler and xDSL have 600 such classes: a third of
the time their import took, for methods most of which are never called. From Python 3.13 on, a class's methods are
compiled at once; there nothing is changed.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from typing import Any


def install() -> None:
    """Changes `dataclasses` for the rest of this process."""
    if sys.version_info < (3, 13):
        eager = dataclasses._create_fn  # type: ignore[attr-defined]  # undocumented
        dataclasses._create_fn = partial(_lazy, eager)  # type: ignore[attr-defined]  # undocumented


def _lazy(eager: Callable[..., Callable[..., Any]], name: str, *text: object, **scope: object) -> Callable[..., Any]:
    """A method that is compiled when it is called, and puts the result in its own place."""
    method: Callable[..., Any] | None = None

    def first(self: object, *arguments: Any, **keywords: Any) -> Any:
        nonlocal method
        if method is None:
            method = eager(name, *text, **scope)
            for owner in type(self).__mro__:
                if owner.__dict__.get(name) is first:
                    setattr(owner, name, method)
        return method(self, *arguments, **keywords)

    first.__name__ = name
    return first
