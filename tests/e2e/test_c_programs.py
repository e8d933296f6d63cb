"""Compiled models from C and C++: the header's example, results beside torch's, several models and threads, errors."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.e2e.libraries import (
    C_SOURCES,
    EXAMPLES,
    GCC,
    GXX,
    VALGRIND,
    WARNINGS,
    Libraries,
    compile_c,
    run_program,
    run_torch,
)

pytestmark = pytest.mark.skipif(GCC is None, reason="no C compiler")
NAMES = ("foo", "linear", "gate", "rnn", "collatz", "chain")
VALGRIND_LEAKS = (str(VALGRIND), "-q", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=all")
SINK = Path(__file__).parent / "sink.py"
SHARED = tuple(f"./{name}.so" for name in NAMES)


def example_of(header: str) -> tuple[str, str]:
    """The program at the top of a header, and the command that builds it."""
    match = re.match(r"/\*.*?\((cc [^)]*)\):\n\n(#include <stdio.h>.*?\n)\n\*/", header, re.DOTALL)
    assert match is not None
    return match[2], match[1]


def build_example(libraries: Libraries, name: str) -> Path:
    text, command = example_of((libraries.folder / f"{name}.h").read_text())
    source = libraries.folder / f"{name}_example.c"
    source.write_text(text)
    compiler, *arguments = command.replace("example", source.stem).split()
    assert compiler == "cc"
    subprocess.run([str(GCC), *WARNINGS, *arguments], cwd=libraries.folder, check=True)
    return libraries.folder / source.stem


STATIC = {
    "static_foo": ("foo", ("x=f32[2,3]", "y=f32[3]"), b"out0[0] = 0\n"),
    "static_linear": ("linear", ("a=f32[5,8]",), b"out0[0] = "),
    "static_gate": ("gate", ("x=f32[N,4]", "h=f32[N,4]"), b"out0: 2 dimensions\n"),
    "static_rnn": ("rnn", ("x=f32[T,B,64]", "h=f32[B,128]"), b"out0: 3 dimensions\n"),
    "static_chain": ("chain", ("x=f32[100]", "y=f32[100]"), b"out0[0] = 0\n"),
}


@pytest.mark.parametrize("name", NAMES)
def test_example_of_the_header(libraries: Libraries, name: str) -> None:
    libraries.example(name)
    assert b"out0" in run_program(build_example(libraries, name))


@pytest.mark.parametrize("name", STATIC)
def test_example_of_the_header_with_shapes(libraries: Libraries, name: str) -> None:
    source, inputs, expected = STATIC[name]
    libraries.example(source, *(f"--input={text}" for text in inputs), output=name)
    assert expected in run_program(build_example(libraries, name))


@pytest.fixture(scope="module")
def torch_results() -> tuple[bytes, list[torch.Tensor]]:
    """Inputs for all_models.c, and what torch makes of them."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))

    arguments = {
        "foo": (draw(2, 1, 5), draw(3, 1)),
        "linear": (draw(7, 8),),
        "gate": (draw(3, 4), draw(3, 4)),
        "rnn": (draw(21, 2, 64), draw(2, 128)),
        "chain": (draw(40, 50), draw(50)),
    }
    return b"".join(t.numpy().tobytes() for given in arguments.values() for t in given), [
        result for name, given in arguments.items() for result in flat(run_torch(name, *given))
    ]


def flat(result: Any) -> list[torch.Tensor]:
    return list(result) if isinstance(result, tuple) else [result]


@pytest.fixture(scope="module")
def all_models(libraries: Libraries) -> Path:
    for name in NAMES:
        libraries.example(name)
    return compile_c(libraries.folder, "all_models", C_SOURCES / "all_models.c", *SHARED)


def test_results_equal_torch(all_models: Path, torch_results: tuple[bytes, list[torch.Tensor]]) -> None:
    given, expected = torch_results
    run_program(all_models, "results", data=given)
    compare(all_models.with_name("results"), expected)


def compare(path: Path, expected: list[torch.Tensor]) -> None:
    got = torch.from_numpy(np.fromfile(path, np.float32))
    sizes = [t.numel() for t in expected]
    for part, want in zip(got.split([*sizes, 2]), [*expected, torch.tensor([871.0, 179.0])], strict=True):
        torch.testing.assert_close(part.reshape(want.shape), want)


@pytest.mark.skipif(VALGRIND is None, reason="no valgrind")
def test_no_leaks(all_models: Path, torch_results: tuple[bytes, list[torch.Tensor]]) -> None:
    """Under valgrind, which has no AVX-512: another level is chosen, and the results are the same."""
    given, expected = torch_results
    run_program(all_models, "valgrind_results", prefix=VALGRIND_LEAKS, data=given)
    compare(all_models.with_name("valgrind_results"), expected)


def test_static_library(tmp_path: Path, torch_results: tuple[bytes, list[torch.Tensor]]) -> None:
    given, expected = torch_results
    libraries = Libraries(tmp_path)  # whose headers say how a static library is linked
    archives = []
    for name in NAMES:
        libraries.example(name, "--emit=a", suffix=".a")
        archives.append(f"./{name}.a")
    program = compile_c(libraries.folder, "all_static", C_SOURCES / "all_models.c", *archives)
    run_program(program, "static_results", data=given)
    compare(program.with_name("static_results"), expected)


def test_arguments(libraries: Libraries) -> None:
    for name in ("foo", "linear"):
        libraries.example(name)
    libraries.example("foo", "--input=x=f32[2,3]", "--input=y=f32[3]", output="static_foo")
    libraries_in_use = ("./foo.so", "./linear.so", "./static_foo.so")
    program = compile_c(libraries.folder, "arguments", C_SOURCES / "arguments.c", *libraries_in_use)
    assert run_program(program) == b"ok\n"


@pytest.mark.parametrize("sanitizer", ["", "thread", "address,undefined"])
def test_instances_on_threads(libraries: Libraries, sanitizer: str) -> None:
    for name in ("foo", "chain", "rnn"):
        libraries.example(name)
    flags = (f"-fsanitize={sanitizer}", "-g") if sanitizer else ()
    program = compile_c(
        libraries.folder, f"threads_{sanitizer}", C_SOURCES / "threads.c", "-pthread", *flags, "./foo.so", "./chain.so",
        "./rnn.so",
    )  # fmt: skip
    # The thread sanitizer's shadow memory needs a fixed layout.
    prefix = ("setarch", os.uname().machine, "-R") if sanitizer == "thread" else ()
    assert run_program(program, "1" if prefix else "3", prefix=prefix) == b"ok\n"


def test_no_allocation_after_the_first_call(libraries: Libraries) -> None:
    for name in ("chain", "rnn"):
        libraries.example(name)
    program = compile_c(libraries.folder, "allocations", C_SOURCES / "allocations.c", "./chain.so", "./rnn.so")
    assert run_program(program) == b"0\n"


@pytest.mark.skipif(GXX is None, reason="no C++ compiler")
@pytest.mark.parametrize("standard", ["c++11", "c++20"])
def test_cpp(libraries: Libraries, standard: str) -> None:
    for name in ("foo", "collatz"):
        libraries.example(name)
    flags = (f"-std={standard}", "-Wpedantic", "./foo.so", "./collatz.so")
    program = compile_c(libraries.folder, f"model_{standard}", C_SOURCES / "model.cpp", *flags, compiler=GXX)
    assert run_program(program) == b"2 4 6\n"


def test_dlopen(libraries: Libraries) -> None:
    library = libraries.example("foo")
    program = compile_c(libraries.folder, "foo_dlopen", EXAMPLES / "foo_dlopen.c", "-ldl")
    assert run_program(program, str(library)) == b"11 22 33\n14 25 36\n"


@pytest.mark.parametrize("prefix", [(), VALGRIND_LEAKS], ids=["plain", "valgrind"])
def test_every_kind_of_value(libraries: Libraries, prefix: tuple[str, ...]) -> None:
    if prefix and VALGRIND is None:
        pytest.skip("no valgrind")
    libraries.make("sink", SINK)
    program = compile_c(libraries.folder, "values", C_SOURCES / "values.c", "./sink.so")
    assert run_program(program, prefix=prefix).startswith(b"sum ")


def test_exported_names(libraries: Libraries) -> None:
    """Only names with the prefix, and PyInit_; what is needed is libc."""
    for name in ("foo", "rnn"):
        library = libraries.example(name)
        names = subprocess.run(
            ["nm", "-D", "--defined-only", "--format=posix", library], capture_output=True, text=True, check=True
        ).stdout
        exported = {line.split()[0] for line in names.splitlines()}
        assert exported and all(n.startswith(f"{name}_") or n == f"PyInit_{name}" for n in exported)
        dynamic = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
        assert set(re.findall(r"NEEDED.*\[(.*)\]", dynamic)) <= {"libc.so.6", "libm.so.6"}
