"""Compiles the kernels of fixed.py: `build` writes an object for each ISA level."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from llvmlite import ir

from aotjit.codegen import backend
from aotjit.codegen.kernels.convolution import define_direct
from aotjit.codegen.kernels.fixed import STAMP, direct_name, object_file, source_hash
from aotjit.codegen.kernels.fourier import define_fourier
from aotjit.codegen.kernels.tiles import define_tiles
from aotjit.codegen.layout import I32, I64
from aotjit.codegen.module import DATA_LAYOUT, TRIPLE, level_symbol
from aotjit.schedule.targets import FALLBACK, TARGETS, Target

ELEMENTS = {"f32": ir.FloatType(), "f64": ir.DoubleType(), "i32": I32, "i64": I64}
OPTIMIZE = 3


def build(folder: Path) -> None:
    """Writes the objects of all levels to `folder`, and a digest of what they depend on."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = source_hash()
    contents = {object_file(target.level): compiled(target) for target in TARGETS.values()}
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for name, content in {**contents, STAMP: digest.encode()}.items():
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
            define_fourier(short, element, module, target)
    for value in module.global_values:
        if isinstance(value, ir.GlobalVariable):
            value.section = f".data.rel.ro.{value.name}"
        elif value.blocks:
            value.section = f".text.{value.name}"
    code = backend.CodeModule(str(module), tuple(direct))
    optimized = backend.optimized_module(code, target, OPTIMIZE, b"", small=target.level == FALLBACK)
    return bytes(backend.target_machine(target, OPTIMIZE).emit_object(optimized))
