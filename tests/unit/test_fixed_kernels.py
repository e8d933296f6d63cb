"""Kernels compiled with the package: every level has all of them, and a changed source makes them anew."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from aotjit.codegen.kernels import fixed, fixed_build
from aotjit.codegen.kernels.fixed import direct_name, fourier_name, tiles_name
from aotjit.codegen.module import level_symbol
from aotjit.link import elf
from aotjit.link.reader import ElfFile
from aotjit.schedule.targets import TARGETS

CODEGEN = Path(fixed.__file__).parents[1]


@pytest.mark.parametrize("level", TARGETS)
def test_every_level_has_all(level: str) -> None:
    wanted = {level_symbol(tiles_name(short, dots), level) for short in fixed_build.ELEMENTS for dots in (False, True)}
    wanted |= {level_symbol(name(short), level) for short in ("f32", "f64") for name in (direct_name, fourier_name)}
    file = ElfFile(fixed.fixed_object(level), level)
    table = next(s for s in file.sections if s.header.type == elf.SHT_SYMTAB)
    symbols = [s for s in file.symbols(table) if s.binding != elf.STB_LOCAL]
    assert {s.name for s in symbols if s.shndx != elf.SHN_UNDEF} == wanted


def test_all_sources_are_in_the_digest() -> None:
    """The modules of codegen and schedule that define the kernels and compile them."""
    found: set[Path] = set()
    work = [CODEGEN / "kernels" / "fixed_build.py"]
    while work:
        path = work.pop()
        if path in found:
            continue
        found.add(path)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("aotjit."):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                files = [CODEGEN.parent.joinpath(*name.split(".")[1:]).with_suffix(".py") for name in names]
                work += [f for f in files if f.is_file() and f.parent.name in ("codegen", "kernels", "schedule")]
    assert found == {(CODEGEN / name).resolve() for name in fixed.SOURCES}
