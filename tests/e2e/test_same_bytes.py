"""The same input gives the same bytes, whatever folder it lies in and is compiled in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import aotjit

ROOT = Path(__file__).parents[2]
SOURCE = '''
import torch
from torch import Tensor


def f(x: Tensor, n: int) -> Tensor:
    if n < 0:
        raise ValueError("negative")
    return x[n] @ torch.ones(3, 2)
'''


def compiled(source: Path) -> bytes:
    output = source.with_name("model.so")
    aotjit.compile(str(source), output=str(output), cpu="v2")
    header = output.with_suffix(".h").read_bytes()
    return output.read_bytes() + header


def folders(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "a", tmp_path / "another folder" / "b"]
    for folder in made:
        folder.mkdir(parents=True)
    return made


def test_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for folder in folders(tmp_path):
        (folder / "model.py").write_text(SOURCE)
        results.append(compiled(folder / "model.py"))
        monkeypatch.chdir(folder)
        results.append(compiled(Path("model.py")))
    assert len(set(results)) == 1
    assert str(tmp_path).encode() not in results[0]
    assert b"model.py:8:9 in f" in results[0]


def test_archives(tmp_path: Path) -> None:
    scripted = torch.jit.script(torch.nn.Linear(3, 2))
    results = []
    for folder in folders(tmp_path):
        scripted.save(str(folder / "model.pt"))
        results.append(compiled(folder / "model.pt"))
    assert len(set(results)) == 1
    assert str(tmp_path).encode() not in results[0]
