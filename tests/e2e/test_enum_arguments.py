"""Members of an Enum as arguments from Python: known by their name."""

from __future__ import annotations

import enum
from pathlib import Path

import pytest

import aotjit

SOURCE = """from enum import Enum
from typing import List, Optional


class Color(Enum):
    RED = 1
    GREEN = 5


def value(c: Color, k: int = 2) -> int:
    return c.value * k


def names(cs: List[Color], last: Optional[Color] = None) -> str:
    text = ""
    for c in cs:
        text += c.name
    if last is not None:
        text += "!" + last.name
    return text


def default(c: Color = Color.GREEN) -> int:
    return c.value
"""


class Color(enum.Enum):
    RED = 1
    GREEN = 5
    BLUE = 6


def test_members_are_known_by_name(tmp_path: Path) -> None:
    path = tmp_path / "colors.py"
    path.write_text(SOURCE)
    model = aotjit.compile(path, output=tmp_path / "colors.so", cpu="native", optimize=1)
    assert model.value(Color.RED) == 2 and model.value(Color.GREEN, 3) == 15
    assert model.names([Color.RED, Color.GREEN, Color.RED]) == "REDGREENRED"
    assert model.names([], Color.GREEN) == "!GREEN"
    assert model.default() == 5 and model.default(Color.RED) == 1
    for wrong in (Color.BLUE, 3, None):
        with pytest.raises(TypeError, match="member of the Enum"):
            model.value(wrong)


def test_results_equal_the_callers_members(tmp_path: Path) -> None:
    path = tmp_path / "colors.py"
    path.write_text(SOURCE + "\n\ndef back(c: Color) -> Color:\n    return c\n")
    model = aotjit.compile(path, output=tmp_path / "colors.so", cpu="native", optimize=1)
    assert model.back(Color.RED) == Color.RED and Color.RED == model.back(Color.RED) != Color.GREEN
    assert model.back(model.back(Color.GREEN)) in {Color.GREEN}
