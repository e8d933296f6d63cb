"""The programs of sema_programs.py: the IR that sema builds, run by the reference interpreter, does what torch does.

Each is built twice: from its source, and from the archive that torch.jit.save makes of it.
"""

from __future__ import annotations

import copy
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aotjit.diagnostics import SourceText
from aotjit.interp.interpreter import Interpreter, ProgramError
from aotjit.ir.verify_ssa import verify_module
from aotjit.program import REQUIRED, Program
from aotjit.sema import BuildOptions, build, build_archive
from aotjit.syntax import ast
from aotjit.syntax.parse import parse

torch = pytest.importorskip("torch")
import sema_programs  # noqa: E402  # it needs torch

PATH = Path(__file__).with_name("sema_programs.py")


@pytest.fixture(scope="module")
def tree() -> ast.SourceModule:
    return parse(SourceText("sema_programs.py", PATH.read_text()))


def to_host(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().numpy().copy()
    if isinstance(value, list | tuple):
        return type(value)(to_host(v) for v in value)
    return value


def same(actual: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        assert isinstance(actual, np.ndarray)
        assert str(actual.dtype) == str(expected.dtype).removeprefix("torch.")
        torch.testing.assert_close(torch.from_numpy(np.array(actual)), expected.detach(), equal_nan=True)
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            same(a, e)
    elif isinstance(expected, float):
        assert isinstance(actual, float)
        assert actual == pytest.approx(expected, rel=1e-6, nan_ok=True)
    else:
        assert type(actual) is type(expected)
        assert actual == expected


def run(program: Program, entry: str, args: tuple[Any, ...]) -> Any:
    signature = next(e for e in program.entries if e.name == entry)
    given = list(to_host(args))
    for parameter in signature.parameters[len(given) :]:
        assert parameter.default is not REQUIRED
        given.append(parameter.default)
    return Interpreter(program, lambda line: None).call(signature.symbol, given)


def outcome(call: Any) -> tuple[str, Any]:
    try:
        return "value", call()
    except (ProgramError, RuntimeError, ValueError, AssertionError, torch.jit.Error) as error:
        return "error", error


def check(program: Program, entry: str, scripted: Any, args: tuple[Any, ...]) -> None:
    expected = outcome(lambda: scripted(*copy.deepcopy(args)))
    actual = outcome(lambda: run(program, entry, copy.deepcopy(args)))
    assert actual[0] == expected[0], (actual, expected)
    if actual[0] == "value":
        same(actual[1], expected[1])


def script(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(getattr(sema_programs, name))


@pytest.mark.parametrize("name", sema_programs.CASES)
def test_program_does_what_torch_does(name: str, tree: ast.SourceModule) -> None:
    # Some programs are accepted here and not by torch.jit: those are compared with Python.
    scripted = getattr(sema_programs, name) if name in sema_programs.NOT_FOR_TORCH else script(name)
    program = build(tree, BuildOptions(entry=name))
    program.module.verify()
    verify_module(program.module)
    for args in sema_programs.CASES[name]:
        check(program, name, scripted, args)


@pytest.mark.parametrize("name", [n for n in sema_programs.CASES if n not in sema_programs.NOT_FOR_TORCH])
def test_archive_does_what_torch_does(name: str, tmp_path: Path) -> None:
    from aotjit.archive import read_archive

    scripted = script(name)
    path = tmp_path / f"{name}.pt"
    scripted.save(str(path))
    program = build_archive(read_archive(path))
    program.module.verify()
    verify_module(program.module)
    for args in sema_programs.CASES[name]:
        if len(args) == len(program.entries[0].parameters):
            check(program, "forward", scripted, args)


def test_print_lines(tree: ast.SourceModule) -> None:
    source = "def f(x: int, s: str):\n    print('a', x, s, 2.0, True, [1, 2], None)\n    print(f'{x}{s}')\n"
    program = build(parse(SourceText("p.py", source)))
    out = io.StringIO()
    Interpreter(program, lambda line: out.write(line + "\n")).call("f", [3, "t"])
    assert out.getvalue() == "a 3 t 2. True [1, 2] None\n3t\n"
