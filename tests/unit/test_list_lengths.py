"""Lengths of lists that loops have filled, as the dims of what is stacked from them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import torch

import aotjit
from aotjit.diagnostics import SourceText
from aotjit.options import CompileOptions, parse_inputs
from aotjit.passes import by_name
from aotjit.pipeline import build_program

HEAD = "import torch\nfrom torch import Tensor\nfrom typing import List\n\n\n"
INPUT = "f32[4,3]"

CASES = {
    "a literal": ("return torch.stack([x, x + 1])", "[2, 4, 3]"),
    "a loop": ("for i in range(5):\n    y.append(x)\nreturn torch.stack(y)", "[5, 4, 3]"),
    "+=": ("for i in range(5):\n    y += [x, x]\nreturn torch.stack(y)", "[10, 4, 3]"),
    "the input's rows": ("for i in range(x.size(0)):\n    y.append(x[i])\nreturn torch.stack(y)", "[4, 3]"),
    "loops in loops": (
        "y.append(x)\nfor i in range(2):\n    for j in range(0, 7, 3):\n        y.append(x)\nreturn torch.stack(y)",
        "[7, 4, 3]",
    ),
    "cat": ("for i in range(3):\n    y.append(x)\nreturn torch.cat(y, 1)", "[4, 9]"),
    "len": ("for i in range(3):\n    y.append(x)\nreturn torch.zeros(len(y))", "[3]"),
    "extend": ("y.extend([x, x, x])\nreturn torch.stack(y)", "[3, 4, 3]"),
    "what comes after": ("y.append(x)\nz = torch.stack(y)\ny.append(x)\nreturn z", "[1, 4, 3]"),
    "a comprehension": ("return torch.stack([x + i for i in range(6)])", "[6, 4, 3]"),
    "on a condition": ("for i in range(5):\n    if i > n:\n        y += [x]\nreturn torch.stack(y)", "[?, 4, 3]"),
    "break": ("for i in range(5):\n    y.append(x)\n    if i == n:\n        break\nreturn torch.stack(y)", "[?, 4, 3]"),
    "an unknown count": ("y.append(x)\nfor i in range(n):\n    y.append(x)\nreturn torch.stack(y)", "[?, 4, 3]"),
    "pop": ("y.append(x)\ny.append(x)\ny.pop()\nreturn torch.stack(y)", "[?, 4, 3]"),
    "another name": ("z = [y]\nz[0].append(x)\ny.append(x)\nreturn torch.stack(y)", "[?, 4, 3]"),
    "inside the loop": (
        "z = x\nfor i in range(3):\n    y.append(x)\n    z = torch.stack(y)\nreturn z",
        "unknown",
    ),
    "two lists": ("z = y if n > 1 else [x]\nz.append(x)\ny.append(x)\nreturn torch.stack(y)", "[?, 4, 3]"),
}  # fmt: skip


def source_of(body: str) -> str:
    return f"{HEAD}def f(x: Tensor, n: int):\n    y: List[Tensor] = []\n{textwrap.indent(body, '    ')}\n"


def result_of(text: str, given: str = INPUT) -> str:
    options = CompileOptions(source=SourceText("m.py", text), inputs=parse_inputs([f"x={given}"]))
    program = build_program(options, lambda step: None)
    for name in ("demand", "inline", "specialise"):
        by_name(name).run(program)
    return str(program.entries[0].result)


@pytest.mark.parametrize("name", CASES)
def test_length(name: str) -> None:
    body, expected = CASES[name]
    result = result_of(source_of(body))
    if expected == "unknown":
        assert result.startswith("Tensor[f32") and "[3," not in result
    else:
        assert result == f"Tensor[f32; {expected[1:-1]}; contiguous]"


def test_symbols() -> None:
    rows = source_of(CASES["the input's rows"][0])
    assert result_of(rows, "f32[T,B]") == "Tensor[f32; T, B; contiguous]"
    twice = source_of("for i in range(x.size(0)):\n    y += [x[i], x[i]]\nreturn torch.stack(y)")
    assert result_of(twice, "f32[T,B]") == "Tensor[f32; ?, B; contiguous]"


@pytest.mark.parametrize("name", CASES)
def test_results_equal_torch(name: str, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(source_of(CASES[name][0]))
    model = aotjit.compile(str(path), inputs={"x": INPUT}, cpu="native", optimize=1)
    scope: dict[str, object] = {}
    exec(path.read_text(), scope)
    x = torch.randn(4, 3)
    for n in (1, 3):
        torch.testing.assert_close(model.f(x, n), scope["f"](x, n))  # type: ignore[operator]
