"""Kernels that no program changes: register tiles of matrix products, direct sums of convolutions. They are compiled
when the package is built, an object for each ISA level, of which the linker takes what a program calls.

The build hook writes the objects; a source checkout does so by itself when a source has changed.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from pathlib import Path

import llvmlite
from llvmlite import ir

from aotjit.codegen import backend
from aotjit.codegen.kernels.convolution import define_direct, direct_name
from aotjit.codegen.kernels.tiles import define_tiles
from aotjit.codegen.layout import I32, I64
from aotjit.codegen.module import DATA_LAYOUT, TRIPLE, level_symbol
from aotjit.runtime_files import BUILD, is_checkout, read_built
from aotjit.schedule.targets import TARGETS, Target

ELEMENTS = {"f32": ir.FloatType(), "f64": ir.DoubleType(), "i32": I32, "i64": I64}
SOURCES = (
    "backend.py", "elements.py", "kernels/convolution.py", "kernels/dots.py", "kernels/fixed.py",
    "kernels/registers.py", "kernels/tiles.py", "kernels/transposes.py", "layout.py", "module.py",
    "../schedule/matmul.py", "../schedule/panels.py", "../schedule/targets.py",
)  # fmt: skip
"""What the objects depend on, in aotjit/codegen."""
OPTIMIZE = 3
_STAMP = "kernels.hash"


def fixed_object(level: str) -> bytes:
    """The object of an ISA level. Raises UsageError where an installation has none."""
    if is_checkout():
        _build_when_outdated()
    return read_built(_file(level))


def build(folder: Path) -> None:
    """Writes the objects of all levels to `folder`, and a digest of what they depend on."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = source_hash()
    contents = {_file(target.level): compiled(target) for target in TARGETS.values()}
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for name, content in {**contents, _STAMP: digest.encode()}.items():
            (Path(scratch) / name).write_bytes(content)
            os.replace(Path(scratch) / name, folder / name)


def compiled(target: Target) -> bytes:
    """The object for one level: a section for each function and table, so that unused ones go."""
    module = ir.Module("fixed")
    module.triple, module.data_layout = TRIPLE, DATA_LAYOUT
    direct = []
    for short, element in ELEMENTS.items():
        define_tiles(short, element, module, target)
        if not isinstance(element, ir.IntType):
            direct.append(level_symbol(direct_name(short), target.level))
            define_direct(direct[-1], element, module, target)
    for value in module.global_values:
        if isinstance(value, ir.GlobalVariable):
            value.section = f".data.rel.ro.{value.name}"
        elif value.blocks:
            value.section = f".text.{value.name}"
    code = backend.CodeModule(str(module), tuple(direct))
    optimized = backend.optimized_module(code, target, OPTIMIZE, b"")
    return bytes(backend.target_machine(target, OPTIMIZE).emit_object(optimized))


@functools.cache
def _build_when_outdated() -> None:
    try:
        if (BUILD / _STAMP).read_text() == source_hash():
            return
    except OSError:
        pass
    build(BUILD)


def source_hash() -> str:
    """A digest of everything that the objects depend on."""
    folder = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(llvmlite.__version__.encode())
    for name in SOURCES:
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes())
    return digest.hexdigest()


def _file(level: str) -> str:
    return f"kernels_{level}.o"
