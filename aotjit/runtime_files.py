"""Where the runtime's compiled form and the public header are: in the package, or built in a source checkout.

A wheel carries `runtime.bc`, `kernels_*.o`, `aotjit.h` and others in `aotjit/_build`. A checkout has `runtime/` beside
the package: the bitcode is built there on first use, and again whenever a source changed (needs ziglang).
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
from pathlib import Path
from types import ModuleType

from aotjit.diagnostics import UsageError

BUILD = Path(__file__).resolve().parent / "_build"
_SOURCE = Path(__file__).resolve().parent.parent / "runtime"
_SEEN = BUILD / "sources.seen"
"""The digest of the sources that the outputs were made of, and the listing of these sources."""


def runtime_bitcode() -> bytes:
    """The runtime as LLVM bitcode. Raises UsageError when it is missing and cannot be built."""
    return _output("runtime.bc")


def inlinable_bitcode() -> bytes:
    """The functions of the runtime that are inlined into model code, as LLVM bitcode."""
    return _output("runtime_inline.bc")


def runtime_object() -> bytes:
    """The whole runtime as an ELF object, one section for each function."""
    return _output("runtime.o")


def _output(name: str) -> bytes:
    path = BUILD / name
    if is_checkout():
        _build_when_outdated(path)
    return read_built(name)


def is_checkout() -> bool:
    """Is the package in its repository, where what is built can be made anew?"""
    return (_SOURCE / "build.py").is_file()


def read_built(name: str) -> bytes:
    """A file that was made when the package was built. Raises UsageError where it is missing."""
    path = BUILD / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"the compiled runtime is missing from this installation ({path}: {error.strerror})") from None


def public_header(name: str) -> str:
    """The text of aotjit.h or dlpack.h."""
    for folder in (_SOURCE, BUILD):
        if (folder / name).is_file():
            return (folder / name).read_text()
    raise UsageError(f"{name} is missing from this installation ({BUILD})")


@functools.cache
def _build_when_outdated(path: Path) -> None:
    sources, stamp = _listing(), BUILD / "runtime.hash"
    try:
        if path.is_file() and _SEEN.read_text() == stamp.read_text() + sources:
            return
    except OSError:
        pass
    build = _load_build_script()
    try:
        current = path.is_file() and stamp.read_text() == build.source_hash()
    except OSError:
        current = False
    if not current:
        try:
            build.build_bitcode(path.parent)
        except RuntimeError as error:
            raise UsageError(str(error)) from None
    with contextlib.suppress(OSError):  # The next compilation takes longer, and nothing else.
        _SEEN.write_text(stamp.read_text() + sources)


def _listing() -> str:
    """The sources by name, size and time: the same where none was written, which is faster to see than their digest."""
    entries = sorted(os.scandir(_SOURCE), key=lambda entry: entry.name)
    found = [(e.name, e.stat()) for e in entries if e.name.endswith((".c", ".h", ".py"))]
    return "\n".join([str(_SOURCE), *(f"{name} {s.st_size} {s.st_mtime_ns} {s.st_ino}" for name, s in found)])


def _load_build_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("aotjit_runtime_build", _SOURCE / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
