"""Kernels that no program changes: register tiles of matrix products, direct sums of convolutions, butterflies of
Fourier transforms. They are compiled when the package is built, an object for each ISA level, of which the linker takes
what a program calls.

The build hook writes the objects; a source checkout does so by itself when a source has changed.
"""

from __future__ import annotations

import functools
from pathlib import Path

from aotjit.runtime_files import BUILD, is_checkout, read_built

SOURCES = (
    "backend.py", "elements.py", "kernels/convolution.py", "kernels/dots.py", "kernels/fixed.py",
    "kernels/fixed_build.py", "kernels/fourier.py", "kernels/registers.py", "kernels/tiles.py",
    "kernels/transposes.py", "layout.py", "module.py", "../schedule/matmul.py", "../schedule/panels.py",
    "../schedule/targets.py",
)  # fmt: skip
"""What the objects depend on, in aotjit/codegen."""
STAMP = "kernels.hash"


def tiles_name(element: str, dots: bool) -> str:
    """The table of tiles (aj_tiles of runtime/matmul.h) for an element type, with scalar products or without them."""
    return f"aj.tiles.{element}{'.dots' if dots else ''}"


def direct_name(element: str) -> str:
    """The aj_direct (runtime/convolution.h) for an element type."""
    return f"aj.direct.{element}"


def fourier_name(element: str) -> str:
    """The aj_fourier (runtime/fourier.h) for an element type."""
    return f"aj.fourier.{element}"


def fixed_object(level: str) -> bytes:
    """The object of an ISA level. Raises UsageError where an installation has none."""
    if is_checkout():
        _build_when_outdated()
    return read_built(object_file(level))


def object_file(level: str) -> str:
    """The name of a level's object."""
    return f"kernels_{level}.o"


@functools.cache
def _build_when_outdated() -> None:
    try:
        if (BUILD / STAMP).read_text() == source_hash():
            return
    except OSError:
        pass
    from aotjit.codegen.kernels.fixed_build import build

    build(BUILD)


def source_hash() -> str:
    """A digest of everything that the objects depend on."""
    import hashlib

    import llvmlite

    folder = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(llvmlite.__version__.encode())
    for name in SOURCES:
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()
