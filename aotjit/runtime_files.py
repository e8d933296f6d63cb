"""Where the runtime's compiled form and the public header are: in the package, or built in a source checkout.

A wheel carries `runtime.bc`, `kernels_*.o`, `aotjit.h` and others in `aotjit/_build`. A checkout has `runtime/` beside
the package: the bitcode is built there on first use, and again whenever a source changed (needs ziglang).
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from types import ModuleType

from aotjit.diagnostics import UsageError

BUILD = Path(__file__).resolve().parent / "_build"
_SOURCE = Path(__file__).resolve().parent.parent / "runtime"


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
    build = _load_build_script()
    stamp = BUILD / "runtime.hash"
    try:
        if path.is_file() and stamp.read_text() == build.source_hash():
            return
    except OSError:
        pass
    try:
        build.build_bitcode(path.parent)
    except RuntimeError as error:
        raise UsageError(str(error)) from None


def _load_build_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("aotjit_runtime_build", _SOURCE / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
