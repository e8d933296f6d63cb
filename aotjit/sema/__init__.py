"""Names, types, classes and modules: from the syntax tree to the ts dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aotjit.sema import (  # noqa: F401  # they enter their rules
    boolean_dispatch,
    builtins,
    dicts,
    formatting,
    futures,
    hashing,
    reshaping,
    sorting,
    subscripts,
    tensor_methods,
)
from aotjit.sema.build import BuildOptions, BuildRequest, build

if TYPE_CHECKING:
    from aotjit.archive.model import Archive
    from aotjit.program import Program

__all__ = ["BuildOptions", "BuildRequest", "build", "build_archive"]


def build_archive(archive: Archive, options: BuildRequest | None = None) -> Program:
    """The program of an archive: the methods of its module. Raises as `build` does."""
    from aotjit.sema import archives

    return archives.build_archive(archive, options)
