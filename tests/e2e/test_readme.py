"""What README.md and docs/language.md show, run as it is written there: commands, Python and C."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODEL = """
import torch
from torch import Tensor


def forward(x: Tensor) -> Tensor:
    return torch.tanh(x) * 2
"""


def section(title: str) -> str:
    """The text under a heading."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[1]


def commands(text: str) -> list[list[str]]:
    """The words of each command that is shown in indented lines."""
    lines = re.findall(r"^    (\S.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def run_command(words: list[str], folder: Path) -> str:
    """Runs an `aotjit` command in this environment, in `folder`."""
    assert Path(words[0]).name == "aotjit"
    done = subprocess.run(
        [sys.executable, "-m", "aotjit", *words[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a clone's root, with what the README's Python section compiles."""
    path = tmp_path_factory.mktemp("readme")
    (path / "examples").symlink_to(ROOT / "examples")
    for words in commands(section("From Python")):
        run_command(words, path)
    assert (path / "rnn.so").exists() and (path / "rnn.h").exists()
    return path


def test_python(folder: Path) -> None:
    first, second = blocks(section("From Python"), "python")
    checks = "\nassert y.shape == (100, 1, 128) and h.shape == (1, 128)\n"
    calls = "\nx = np.ones(3, np.float32)\nassert scaled(x, x).tolist() == [2, 2, 2]\n"
    (folder / "shown.py").write_text(first + checks + second + calls)
    subprocess.run([sys.executable, "shown.py"], cwd=folder, check=True, capture_output=True)


def test_language_page(tmp_path: Path) -> None:
    shown = blocks((ROOT / "docs/language.md").read_text(encoding="utf-8"), "python")
    (tmp_path / "shown.py").write_text("\n\n".join(shown))
    subprocess.run([sys.executable, "shown.py"], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_c(folder: Path) -> None:
    text = section("From C")
    (source,) = blocks(text, "c")
    (folder / "main.c").write_text(source)
    for words in commands(text):
        subprocess.run(words, cwd=folder, check=True)
    assert (folder / "main").exists()


def test_the_commands(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    np.save(tmp_path / "x.npy", np.ones(3, np.float32))
    (tmp_path / "program.mlir").write_text(run_command(["aotjit", "compile", "model.py", "--emit", "ts"], tmp_path))
    shown = commands(section("The commands"))
    assert [words[1] for words in shown] == ["compile", "run", "inspect", "check", "explain", "ops", "opt"]
    for words in shown:
        assert run_command(words, tmp_path) or words[1] == "compile"
