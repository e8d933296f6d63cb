"""Random programs about instances mean what torch.jit says: before the passes, after each, and as machine code.

AOTJIT_FUZZ=N takes N programs for each test (default 6).
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aotjit
from tests.fuzz import classes
from tests.fuzz.check import arguments, as_numpy, build, check_passes, evaluate, same

SHAPES = {"x": "f32[3,3]", "y": "f32[3,3]", "b": "f32[3]"}
COUNT = int(os.environ.get("AOTJIT_FUZZ", "6"))


def torch_results(first: int, count: int, folder: Path) -> list[Any]:
    """For each program its result and its arguments afterwards; None where it fails."""
    torch = pytest.importorskip("torch")
    module = classes.load(classes.batch(first, count), folder, f"fuzz_classes_{first}")
    found: list[Any] = []
    for seed in range(first, first + count):
        own = [torch.from_numpy(v.copy()) if isinstance(v, np.ndarray) else v for v in arguments(seed)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function = torch.jit.script(getattr(module, f"f{seed}"))
        try:
            found.append((as_numpy(function(*own)), as_numpy(own)))
        except RuntimeError:
            found.append(None)
    return found


def test_torch_agrees(tmp_path: Path) -> None:
    first = 7000
    for seed, expected in enumerate(torch_results(first, COUNT, tmp_path), first):
        source = classes.PRELUDE + classes.function(seed)
        kind, result, after = evaluate(build(source, {}), arguments(seed))
        assert bool(kind) == (expected is None), f"{kind}, torch {expected}\n{source}"
        if expected is not None:
            assert same(result, expected[0]) and same(after[:-1], expected[1]), f"{result}, {expected}\n{source}"


@pytest.mark.parametrize("seed", range(7100, 7100 + COUNT))
def test_passes_keep_the_meaning(seed: int) -> None:
    check_passes(classes.PRELUDE + classes.function(seed), arguments(seed), {})


@pytest.mark.parametrize("level", [0, 3])
def test_machine_code(level: int, tmp_path: Path) -> None:
    first = 7200 + 100 * level
    expected = torch_results(first, COUNT, tmp_path)
    path = tmp_path / "batch.py"
    path.write_text(classes.batch(first, COUNT))
    model = aotjit.compile(path, output=tmp_path / "batch.so", inputs=SHAPES, cpu="native", optimize=level)
    for seed, wanted in enumerate(expected, first):
        own = [v.copy() if isinstance(v, np.ndarray) else v for v in arguments(seed)]
        try:
            found = as_numpy(getattr(model, f"f{seed}")(*own)), own
        except (RuntimeError, ValueError, AssertionError, IndexError, ZeroDivisionError):
            found = None
        if wanted is None or found is None:
            assert found is None and wanted is None, f"{found}, torch {wanted}\n{classes.function(seed)}"
        else:
            assert same(found[0], wanted[0]) and same(found[1], wanted[1]), classes.function(seed)
