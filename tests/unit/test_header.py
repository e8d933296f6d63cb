"""Generated headers: the example at the top compiles as shown, declarations are what C and C++ compilers take."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aotjit.diagnostics import SourceText
from aotjit.header import header_text
from aotjit.options import CompileOptions
from aotjit.program import Entry, EntryParameter, Program
from aotjit.type_text import parse_type

CC = shutil.which("gcc") or shutil.which("cc")
needs_cc = pytest.mark.skipif(CC is None, reason="no C compiler")


def entry(name: str, parameters: str, result: str) -> Entry:
    """`parameters` is `x: Tensor | n: int`."""
    parts = [p.split(":", 1) for p in parameters.split("|") if p]
    taken = tuple(EntryParameter(n.strip(), parse_type(t.strip())) for n, t in parts)
    return Entry(name, name, taken, parse_type(result))


ENTRIES = (
    entry("forward", "x: Tensor[f32; T, 64] | h: Tensor[f32; 128]", "Tuple[Tensor[f32; T, 128], Tensor[f32; 128]]"),
    entry("static_form", "x: Tensor[f32; 2, 3] | n: int | flag: bool", "Tuple[Tensor[f64; 2], float]"),
    entry("values", "class: int | s: str | o: Optional[int] | z: Optional[Tensor] | l: List[float]", "List[Tensor]"),
    entry("nested", "t: Tuple[int, Tensor, bool] | ll: List[List[int]]", "Tuple[Tuple[int, str], Optional[str], None]"),
    entry("nothing", "", "None"),
    entry("dicts", "d: Dict[str, Tensor] | e: Dict[int, List[str]]", "Tuple[Dict[str, Tensor], Dict[float, int]]"),
    entry("futures", "d: Future[int]", "Future[List[Tensor]]"),
)


def make(*entries: Entry) -> str:
    program = Program(module=None, entries=entries)  # type: ignore[arg-type]  # the header reads no IR
    return header_text(program, CompileOptions(source=SourceText("m.py", ""), name="demo"))


def example_of(header: str) -> str:
    match = re.match(r"/\*.*?\n(#include <stdio.h>.*?\n)\n?\*/", header, re.DOTALL)
    assert match is not None
    return match.group(1)


def compile_c(folder: Path, name: str, text: str, *flags: str) -> None:
    path = folder / name
    path.write_text(text)
    command = [str(CC), "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *flags, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@needs_cc
@pytest.mark.parametrize("one", ENTRIES[:-1], ids=lambda e: e.name)
def test_example_compiles_as_shown(tmp_path: Path, one: Entry) -> None:
    header = make(one)
    (tmp_path / "demo.h").write_text(header)
    if one.name != "nested":
        compile_c(tmp_path, "example.c", example_of(header), "-std=c11")
    compile_c(tmp_path, "only.c", '#include "demo.h"\n', "-std=c11", "-pedantic")


@needs_cc
def test_header_is_valid_cpp(tmp_path: Path) -> None:
    (tmp_path / "demo.h").write_text(make(*ENTRIES))
    compile_c(tmp_path, "only.cpp", '#include "demo.h"\n#include "demo.h"\n', "-x", "c++", "-std=c++17")
    compile_c(tmp_path, "example.cpp", example_of(make(*ENTRIES)), "-x", "c++", "-std=c++17")


@needs_cc
def test_two_headers_in_one_program(tmp_path: Path) -> None:
    for prefix in ("first", "second"):
        program = Program(module=None, entries=ENTRIES)  # type: ignore[arg-type]
        text = header_text(program, CompileOptions(source=SourceText("m.py", ""), name=prefix))
        (tmp_path / f"{prefix}.h").write_text(text)
    compile_c(tmp_path, "both.c", '#include "first.h"\n#include "second.h"\n', "-std=c11")


def test_declarations() -> None:
    header = make(*ENTRIES)
    flat = re.sub(r"\s+", " ", header)
    assert (
        "int32_t demo_forward(demo_instance *self, const DLTensor *x, const DLTensor *h, "
        "DLManagedTensorVersioned **out0, DLManagedTensorVersioned **out1);"
    ) in flat
    assert "x: float32 [T, 64]" in header
    assert (
        "int32_t demo_static_form_raw(demo_instance *self, const float *x, int64_t n, bool flag, double *out0, "
        "double *out1);"
    ) in flat
    assert "demo_forward_raw" not in header
    assert "int64_t class_" in header
    assert "demo_futures(demo_instance *self, const demo_Future_int *d, demo_Future_List_Tensor_result *out0);" in flat
    assert "{ int32_t status; aotjit_str error; int64_t value; };" in flat
    assert "const int64_t *o" in header
    assert "const aotjit_dict *d, const aotjit_dict *e, aotjit_dict *out0, aotjit_dict *out1" in flat


def test_module_header_without_an_example() -> None:
    assert "int main" not in make(ENTRIES[-1])


@needs_cc
def test_names_that_c_keeps_for_itself(tmp_path: Path) -> None:
    names = ["class", "class_", "model", "out0", "linux", "x", "x_data", "int64_t", "printf", "demo_create"]
    (tmp_path / "demo.h").write_text(make(entry("f", " | ".join(f"{n}: Tensor" for n in names), "Tensor")))
    text = example_of((tmp_path / "demo.h").read_text())
    compile_c(tmp_path, "example.c", text, "-std=gnu11")
    compile_c(tmp_path, "example.cpp", text, "-x", "c++")
    assert "linux__shape[] = {3}; // yours: any dtype, any shape" in text
