"""Each subcommand on a small program, as a user types it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aotjit import cli

SOURCE = '''
import torch
from torch import Tensor


def scaled(x: Tensor, factor: float = 2.0) -> Tensor:
    """x times factor."""
    return torch.tanh(x) * factor


def steps(n: int) -> int:
    count = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
    return count
'''
C_MAIN = """
#include <stdio.h>
#include "model.h"
int main(void) {
    model_instance *m;
    int64_t n;
    if (model_create(NULL, &m) != AOTJIT_OK || model_steps(m, 27, &n) != AOTJIT_OK) return 1;
    printf("%d\\n", (int)n);
    model_destroy(m);
    return 0;
}
"""
needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with model.py and what it was compiled to."""
    path = tmp_path_factory.mktemp("cli")
    (path / "model.py").write_text(SOURCE)
    assert cli.main(["compile", str(path / "model.py"), "-o", str(path / "model.so"), "--cpu", "v2,v3"]) == 0
    return path


@pytest.fixture
def command(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    """Runs the command in that folder; gives what it printed."""
    monkeypatch.chdir(folder)

    def run(*arguments: str, status: int = 0) -> str:
        assert cli.main(arguments) == status
        captured = capfd.readouterr()
        assert status or captured.err == ""
        return captured.out or captured.err

    return run


def test_compile_writes_library_and_header(folder: Path) -> None:
    assert {p.name for p in folder.iterdir()} >= {"model.py", "model.so", "model.h"}
    assert os.access(folder / "model.so", os.X_OK)
    assert "int32_t model_steps(" in (folder / "model.h").read_text()


def test_same_input_same_bytes(folder: Path, command) -> None:
    command("compile", "model.py", "-o", "again/model.so", status=2)
    (folder / "again").mkdir()
    # The source's name, as it was given, is part of the input: messages at run time show it.
    command("compile", str(folder / "model.py"), "-o", "again/model.so", "--cpu", "v2,v3")
    assert (folder / "again" / "model.so").read_bytes() == (folder / "model.so").read_bytes()
    assert (folder / "again" / "model.h").read_bytes() == (folder / "model.h").read_bytes()


def test_verbose_shows_steps(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert cli.main(["compile", "model.py", "-o", "verbose.so", "--cpu", "v2", "-v"]) == 0
    err = capfd.readouterr().err
    assert re.search(r"ms  parse\n.*ms  build\n.*ms  passes\n.*ms  codegen\n.*ms  link\nwrote verbose\.so", err, re.S)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("ast", "def scaled(x: Tensor, factor: float = 2.0) -> Tensor:"),
        ("ts", '"ts.aten"'),
        ("linalg", '"ts.generic"'),
        ("mlir", '"ts.generic"'),
        ("llvm", "define "),
        ("asm", ".text"),
    ],
)
def test_emit_text(command, kind: str, content: str) -> None:
    assert content in command("compile", "model.py", "--emit", kind)


@needs_cc
@pytest.mark.parametrize("arguments", [("--emit", "a"), ("--emit", "obj"), ("--linker", "own"), ("--linker", "cc")])
def test_c_program(folder: Path, command, arguments: tuple[str, ...], tmp_path: Path) -> None:
    suffix = {"a": ".a", "obj": ".o"}.get(arguments[1], ".so")
    library = tmp_path / f"model{suffix}"
    command("compile", "model.py", "-o", str(library), "--cpu", "v2", *arguments)
    (tmp_path / "main.c").write_text(C_MAIN)
    program = str(tmp_path / "main")
    options = ["-Wall", "-Werror", "-lm", f"-Wl,-rpath,{tmp_path}", "-o", program]
    subprocess.run(["cc", str(tmp_path / "main.c"), str(library), *options], check=True)
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == "111\n"


@needs_cc
def test_static_library_is_used_as_its_header_says(folder: Path, command, tmp_path: Path) -> None:
    """The suffix of -o is enough, and the header names the libraries that a program needs."""
    source = "import math\n\n\ndef grown(x: float) -> float:\n    return math.exp(x) + x**2.5 + math.sin(x)\n"
    (tmp_path / "growth.py").write_text(source)
    command("compile", str(tmp_path / "growth.py"), "-o", str(tmp_path / "growth.a"), "--cpu", "v2")
    assert (tmp_path / "growth.a").read_bytes().startswith(b"!<arch>")
    header = (tmp_path / "growth.h").read_text()
    call = re.search(r"\((cc example\.c .* -o example)\):\n(.*?)\*/", header, re.S)
    assert call is not None
    (tmp_path / "example.c").write_text(call[2])
    subprocess.run(call[1].split(), check=True, cwd=tmp_path)
    assert subprocess.run([str(tmp_path / "example")], capture_output=True, check=True).stdout == b"out0 = 4.55975\n"


def test_inspect(command) -> None:
    text = command("inspect", "model.so")
    assert "  scaled(x: Tensor[f32], factor: float = 2.0) -> Tensor[f32]\n" in text
    assert "  steps(n: int) -> int\n" in text
    assert re.search(r"^  \.text +\d+  loaded$", text, re.M)
    assert re.search(r"^needs: (libm.so.6, )?libc.so.6$", text, re.M)
    manifest = json.loads(command("inspect", "--json", "model.so"))
    assert [entry["name"] for entry in manifest["entries"]] == ["scaled", "steps"]
    assert manifest["cpu"] == ["v2", "v3"]


def test_exports_start_with_the_prefix(command) -> None:
    exports = re.search(r"^exports: (.*)$", command("inspect", "model.so"), re.M)
    assert exports is not None
    assert {n for n in exports[1].split(", ") if not n.startswith("model_")} == {"PyInit_model"}


def test_run(folder: Path, command) -> None:
    x = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    np.save(folder / "x.npy", x)
    assert command("run", "model.so", "--entry", "steps", "--arg", "n=27") == "111\n"
    shown = command("run", "model.so", "--entry", "scaled", "--arg", "x=x.npy")
    assert shown.startswith("float32[2, 3]\n[[")
    command("run", "model.so", "--entry", "scaled", "--arg", "x=x.npy", "--arg", "factor=0.5", "--out", "y.npy")
    np.testing.assert_allclose(np.load(folder / "y.npy"), np.tanh(x) * 0.5, rtol=1e-6)
    command("run", "model.so", "--entry", "scaled", "--arg", "x=[[1, 2], [3, 4]]", "--out", "y.npy")
    assert np.load(folder / "y.npy").dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "which entry? there are scaled, steps"),
        (("--entry", "f"), "no entry 'f'; there are scaled, steps"),
        (("--entry", "steps", "--arg", "n"), "--arg n: expected NAME=VALUE"),
        (("--entry", "steps", "--arg", "m=1"), "steps has no parameter 'm'; it has n"),
        (("--entry", "steps", "--arg", "n=1", "--arg", "n=2"), "n is given twice"),
        (("--entry", "scaled", "--arg", "x=none.npy"), "cannot read none.npy: No such file or directory"),
        (("--entry", "scaled", "--arg", "x=model.py.npy"), "cannot read model.py.npy"),
        (("--entry", "scaled", "--arg", "x=[1, 'a']"), "not a tensor of f32"),
        (
            ("--entry", "steps", "--arg", "n=2", "--out", "y.npy"),
            "--out is given 1 times, but the result has 0",
        ),
    ],
)
def test_run_refuses(folder: Path, command, arguments: tuple[str, ...], message: str) -> None:
    (folder / "model.py.npy").write_text("not an array")
    text = command("run", "model.so", *arguments, status=2)
    assert text.startswith("aotjit: error: ") and message in text and text.count("\n") == 1


def test_run_time_error(command) -> None:
    text = command("run", "model.so", "--entry", "steps", "--arg", "n=text", status=1)
    assert text == "error: TypeError: n: expected int, got str\n"


def test_check(command) -> None:
    text = command("check", "model.py", "--entry", "scaled", "--cpu", "native", "--input", "x=f32[N,3]")
    assert re.fullmatch(r"scaled: agrees with the interpreter( and torch)? \(6 results\)\n", text)


def test_check_finds_a_difference(command, monkeypatch: pytest.MonkeyPatch) -> None:
    from aotjit.interp import interpreter as interp

    monkeypatch.setattr(interp.Interpreter, "call", lambda self, symbol, arguments: arguments[0])
    text = command("check", "model.py", "--entry", "scaled", "--cpu", "native", "--no-torch", status=1)
    assert text.startswith("scaled: differs from the interpreter: result: ")
    assert re.search(r"\n    trial 0 of --seed 0: float32\[\d, \d\], ", text)


def test_explain(command) -> None:
    text = command("explain", "model.py", "--entry", "scaled", "--input", "x=f32[4,8]")
    assert "model.py:8:  return torch.tanh(x) * factor\n" in text
    assert "    operators  tanh, mul.Scalar\n" in text
    assert re.search(r"kernel +pointwise \[4, 8\] f32; .* reads 128 bytes, writes 128 bytes; vectors of 4 \(v2\)", text)


def test_opt_runs_passes_on_a_dump(folder: Path, command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AOTJIT_DUMP", "dump:build")
    command("compile", "model.py", "--emit", "mlir")
    monkeypatch.delenv("AOTJIT_DUMP")
    (dump,) = (folder / "dump").iterdir()
    names = command("opt", "--list").split()
    assert {"inline", "dce", "cse", "canonicalise"} <= set(names)
    text = command("opt", "-p", "inline,canonicalise,cse,dce", str(dump))
    assert text.startswith("builtin.module {")
    assert command("opt", "-p", "dce", "-o", "out.mlir", str(dump)) == ""
    assert (folder / "out.mlir").read_text().startswith("builtin.module {")


def test_opt_reads_standard_input(folder: Path) -> None:
    root = Path(__file__).parents[2]
    text = "builtin.module {\n}\n"
    result = subprocess.run(
        [sys.executable, "-m", "aotjit", "opt", "-p", "dce", "-"],
        input=text, capture_output=True, text=True, check=True, cwd=root,
    )  # fmt: skip
    assert result.stdout == text


def test_ops(command) -> None:
    text = command("ops", "tanh", "add*")
    assert "aten::tanh(Tensor self) -> Tensor" in text and "aten::add.Tensor(" in text
    assert command("ops", "--markdown", "tanh").startswith("| operator | lowering |")


def test_needs_nothing_but_python(folder: Path, tmp_path: Path) -> None:
    """With an empty PATH and without torch."""
    (tmp_path / "torch.py").write_text("raise ImportError('torch must not be imported')\n")
    (tmp_path / "model.py").write_text(SOURCE)
    root = Path(__file__).parents[2]
    environment = {"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": f"{tmp_path}:{root}"}
    command = [sys.executable, "-m", "aotjit", "compile", str(tmp_path / "model.py"), "-o", str(tmp_path / "m.so")]
    subprocess.run([*command, "--cpu", "v2"], env=environment, check=True)
    assert (tmp_path / "m.so").stat().st_size > 0


def test_nothing_is_left_after_an_interrupt(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a compilation: status 130, no file."""
    (tmp_path / "model.py").write_text(SOURCE)
    root = Path(__file__).parents[2]
    code = (
        "import os, signal, sys, threading, aotjit.cli as cli, aotjit.pipeline as p\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in a shell's background jobs
        "whole = p.lower_program\n"
        "def lower(*a, **k):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return whole(*a, **k)\n"
        "p.lower_program = lower\n"
        "sys.exit(cli.main(['compile', 'model.py', '-o', 'model.so']))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(root)}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (130, "")
    assert [p.name for p in tmp_path.iterdir()] == ["model.py"]
