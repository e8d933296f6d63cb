"""Archives of older versions: operators whose meaning has changed since mean what they meant, as torch.jit.load says.

torch writes today's version only: the files are made of those that it writes now, with older code in them.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from aotjit.archive import read_archive
from aotjit.saving import saved_form
from aotjit.sema import build_archive

HEAD = """class PlaceholderModule(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
"""
TRUNCATING = f"""{HEAD}  def forward(self: __torch__.PlaceholderModule,
    i: Tensor,
    f: Tensor,
    n: int,
    s: float) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, float, Tensor]:
    kept = torch.clone(i, memory_format=None)
    written = torch.div_(torch.clone(f, memory_format=None), i)
    whole = torch.div_(kept, n)
    modes = torch.div(f, i, rounding_mode="floor")
    a, b, c = torch.div(i, i), torch.div(f, i), torch.div(i, n)
    return (a, b, c, torch.div(i, s), torch.div(i, 2.), written, whole, torch.div(n, 4), modes)
"""
"""Division of integers truncated; of numbers it never did."""
FILLING = f"""{HEAD}  def forward(self: __torch__.PlaceholderModule,
    f: Tensor,
    n: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    a = torch.full([2], 3, dtype=None, layout=None, device=None, pin_memory=None)
    b = torch.full([2], n, dtype=4, layout=None, device=None, pin_memory=None)
    c = torch.full([2, n], True)
    d = torch.linspace(0, n, None, dtype=None, layout=None, device=None, pin_memory=None)
    e = torch.linspace(0., 1., n, dtype=7, layout=None, device=None, pin_memory=None)
    g = torch.logspace(0, 1, None, 2., dtype=None, layout=None, device=None, pin_memory=None)
    h = torch.logspace(0, 1, n, 10., dtype=None, layout=None, device=None, pin_memory=None)
    return (a, b, c, d, e, g, h, torch.gelu(f))
"""
"""Whole numbers filled with floats; the number of steps could be left out; gelu had one argument."""
INTEGERS, FLOATS = torch.tensor([7, -7, 9, -1]), torch.tensor([2.5, -3.0, 0.25, 7.0])
DIVIDING = TRUNCATING.replace("torch.div_(kept, n)", "torch.div(kept, n)")
STEPPING = FILLING.replace("linspace(0, n, None,", "linspace(0, n, 100,")
CASES: list[tuple[str, str, str, tuple[Any, ...]]] = [
    *((f"div-{v}", TRUNCATING, v, (INTEGERS, FLOATS, 2, 2.5)) for v in ("1", "3")),
    *((f"div-{v}", DIVIDING, v, (INTEGERS, FLOATS, 2, 2.5)) for v in ("4", "10")),
    *((f"fill-{v}", FILLING, v, (FLOATS, 3)) for v in ("3", "4", "5", "7")),
    ("fill-8", STEPPING, "8", (FLOATS, 3)),
    ("fill-9", STEPPING.replace("(0, 1, None, 2.,", "(0, 1, 100, 2.,"), "9", (FLOATS, 3)),
]


def old_archive(path: Path, code: str, version: str, place: str) -> Path:
    """An archive of today's torch with other code and another version."""
    torch.jit.script(torch.nn.Identity()).save(str(path))
    with zipfile.ZipFile(path) as file:
        members = {n: file.read(n) for n in file.namelist()}
    root = next(iter(members)).split("/")[0]
    kept = {"constants.pkl": members[f"{root}/constants.pkl"], "code/__torch__.py": code.encode()}
    kept["data.pkl"] = b"\x80\x02c__torch__\nPlaceholderModule\n)\x81}X\x08\0\0\0training\x88sb."
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for name, content in {**kept, place: version.encode() + b"\n"}.items():
            file.writestr(f"{root}/{name}", content)
    return path


def same(actual: Any, expected: Any) -> None:
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        if isinstance(e, torch.Tensor):
            torch.testing.assert_close(torch.as_tensor(np.asarray(a)), e)
        else:
            assert a == e


@pytest.mark.parametrize(("code", "version", "arguments"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_old_meanings(code: str, version: str, arguments: tuple[Any, ...], tmp_path: Path) -> None:
    place = ".data/version" if int(version) >= 6 else "version"
    path = old_archive(tmp_path / "old.pt", code, version, place)
    expected = torch.jit.load(str(path))(*arguments)
    examples = tuple(a if isinstance(a, torch.Tensor) else None for a in arguments)
    for optimize in (0, 3) if version == "3" else (1,):
        model = aotjit.compile(path, example_inputs=examples, dynamic=True, optimize=optimize, cpu="v3")
        same(model.forward(*arguments), expected)
    again = tmp_path / "again.pt"
    again.write_bytes(b"".join(bytes(p) for p in saved_form(build_archive(read_archive(path))).pieces("again")))
    same(torch.jit.load(str(again))(*arguments), expected)
