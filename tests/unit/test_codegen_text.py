"""What code generation can show: LLVM IR, assembly, line tables, dumps; and that it is reproducible."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aotjit.codegen import CodegenOptions, assembly, generate, llvm_text
from aotjit.ir import text
from aotjit.link import ElfFile
from aotjit.program import Program
from tests.unit.compiled_program import entry_of

SOURCE = """
builtin.module { func.func @f(%a: i64, %b: i64) -> i64 attributes {loc = #ts.span<"m.py":2:1:4:20>} {
  %s = "ts.aten"(%a, %b) <{op = "floordiv.int", effects = "pure"}> {loc = #ts.span<"m.py":3:5:3:9>}
    : (i64, i64) -> i64
  %r = arith.addi %s, %b {loc = #ts.span<"m.py":4:7:4:9>} : i64
  func.return %r : i64
} }
"""
OPTIONS = CodegenOptions("m", ("v3",))


@pytest.fixture
def program() -> Program:
    module = text.module_from_text(SOURCE)
    return Program(module, tuple(entry_of(op) for op in module.ops))


def test_llvm_text_and_assembly(program: Program) -> None:
    assert re.search(r"define hidden .*i32 @ts\.f\(", llvm_text(program, "v3", OPTIONS))
    assert "ts.f" in assembly(program, "v3", OPTIONS)
    assert "x86-64" not in llvm_text(program, "v3", OPTIONS)  # the level is the target machine's, not each function's


def test_line_tables(program: Program) -> None:
    with_lines = dict(generate(program, OPTIONS).objects)["m.host.o"]
    without = dict(generate(program, CodegenOptions("m", ("v3",), lines=False)).objects)["m.host.o"]
    assert ElfFile(with_lines).section(".debug_line") is not None
    assert ElfFile(without).section(".debug_line") is None


def test_the_same_program_gives_the_same_bytes(program: Program) -> None:
    assert generate(program, OPTIONS).objects == generate(program, OPTIONS).objects


def test_dumps(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AOTJIT_DUMP", str(tmp_path))
    generate(program, OPTIONS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["codegen-host.ll", "codegen-host.s", "codegen.ll"]


def test_dumps_of_another_step_only(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AOTJIT_DUMP", f"{tmp_path}:fuse")
    generate(program, OPTIONS)
    assert list(tmp_path.iterdir()) == []
