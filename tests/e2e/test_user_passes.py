"""A user's pass as docs/passes.md describes it: the page's own example, run from the command and from Python."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import aotjit
from aotjit import cli
from aotjit.diagnostics import UsageError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "passes.md"
MODEL = """
import torch
from torch import Tensor


def logs(x: Tensor) -> Tensor:
    return torch.log(1.0 + x)
"""
BROKEN = """
from dataclasses import dataclass
from typing import ClassVar

from aotjit.ir.rewrite import constant_op
from aotjit.passes import Pass
from aotjit.types import INT


@dataclass(frozen=True)
class Raises(Pass):
    name: ClassVar[str] = "raises"
    after: ClassVar[str] = "dce"

    def run(self, program):
        raise KeyError("lost")


@dataclass(frozen=True)
class Invalid(Pass):
    name: ClassVar[str] = "invalid"
    after: ClassVar[str] = "dce"

    def run(self, program):
        for function in program.module.ops:
            function.body.block.add_op(constant_op(1, INT))
        return True


@dataclass(frozen=True)
class Nowhere(Pass):
    name: ClassVar[str] = "nowhere"
    after: ClassVar[str] = "elsewhere"

    def run(self, program):
        return False


class Other:
    pass
"""
X = np.array([1e-10, -1e-12, 0.5], np.float32)
STABLE = np.log1p(X)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a user with the page's module and some that do not work."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert code is not None
    (tmp_path / "my_passes.py").write_text(code[1])
    (tmp_path / "broken_passes.py").write_text(BROKEN)
    (tmp_path / "model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("my_passes", "broken_passes"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize("optimize", [1, 3])
def test_the_page_s_example(folder: Path, optimize: int) -> None:
    plain = aotjit.compile("model.py", optimize=optimize)
    assert plain.logs(X)[0] == 0
    model = aotjit.compile("model.py", passes=["my_passes:StableLog"], optimize=optimize)
    np.testing.assert_allclose(model.logs(X), STABLE, rtol=1e-6)


def test_a_pass_object(folder: Path) -> None:
    import my_passes

    model = aotjit.compile("model.py", passes=[my_passes.StableLog()])
    np.testing.assert_allclose(model.logs(X), STABLE, rtol=1e-6)


def test_the_command_in_a_process_of_its_own(folder: Path) -> None:
    command = [sys.executable, "-m", "aotjit", "compile", "model.py", "-o", "model.so", "--pass", "my_passes:StableLog"]
    subprocess.run(command, check=True, cwd=folder)
    np.testing.assert_allclose(aotjit.load(folder / "model.so").logs(X), STABLE, rtol=1e-6)


def test_opt_runs_it_on_text(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compile", "model.py", "--emit", "ts", "-o", "program.mlir"]) == 0
    assert cli.main(["opt", "-p", "my_passes:StableLog,dce", "program.mlir"]) == 0
    text = capfd.readouterr().out
    assert '"log1p"' in text and '"log"' not in text and '"add.Scalar"' not in text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my_passes", "pass 'my_passes': expected package.module:name"),
        ("my_passes:Nothing", "pass 'my_passes:Nothing': Nothing in my_passes is no aotjit.passes.Pass"),
        ("broken_passes:Other", "pass 'broken_passes:Other': Other in broken_passes is no aotjit.passes.Pass"),
        ("missing_passes:P", "pass 'missing_passes:P': ModuleNotFoundError: No module named 'missing_passes'"),
        ("broken_passes:Raises", "pass raises failed: KeyError: 'lost' (broken_passes.py:16)"),
        ("broken_passes:Invalid", "pass invalid left an invalid program: "),
        ("broken_passes:Nowhere", "pass nowhere: `after` is 'elsewhere', expected one of demand, inline, specialise, "),
    ],
)
def test_what_does_not_work_is_said(
    folder: Path, name: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compile", "model.py", "-o", "model.so", "--pass", name]) == 2
    shown = capfd.readouterr().err
    assert message in shown and "Traceback" not in shown
    assert not (folder / "model.so").exists()


def test_neither_name_nor_pass(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"^3 is neither an aotjit.passes.Pass nor package.module:name$"):
        aotjit.compile("model.py", passes=[3])
