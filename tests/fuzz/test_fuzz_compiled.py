"""Compiled random programs do what the interpreter does, at -O0 and -O3, with and without shapes.

AOTJIT_FUZZ=N compiles N programs for each of the four (default 6); `python -m tests.fuzz.compiled` runs more.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzz.compiled import compile_batch, run_batch

COUNT = int(os.environ.get("AOTJIT_FUZZ", "6"))
SHAPES = {"x": "f32[3,3]", "y": "f32[3,3]", "b": "f32[3]"}


CASES = ((2000, 0, {}), (2100, 3, {}), (2200, 0, SHAPES), (2300, 3, SHAPES))


@pytest.mark.parametrize(("first", "level", "shapes"), CASES)
def test_compiled_is_interpreted(first: int, level: int, shapes: dict[str, str], tmp_path: Path) -> None:
    library = compile_batch(first, COUNT, level, shapes, tmp_path)
    report = run_batch(first, COUNT, library)
    assert not report, report
