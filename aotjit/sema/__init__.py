"""Names, types, classes and modules: from the syntax tree to the ts dialect."""

from __future__ import annotations

from aotjit.sema import archive_calls, builtins, subscripts  # noqa: F401  # they enter their rules
from aotjit.sema.archives import build_archive
from aotjit.sema.build import BuildOptions, build

__all__ = ["BuildOptions", "build", "build_archive"]
