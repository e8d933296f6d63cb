"""What leaves loops, what must not, and that programs give the same either way."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

import aotjit
from aotjit.diagnostics import SourceText
from aotjit.options import CompileOptions, parse_inputs
from aotjit.passes import PASSES
from aotjit.pipeline import build_program, ir_text, lower_program

HEAD = "import torch\nfrom torch import Tensor\nfrom typing import List\n\n\n"
INPUTS = {"x": "f32[5,2,4]", "w": "f32[4,3]", "h": "f32[2,3]"}
ARGUMENTS = "x: Tensor, w: Tensor, h: Tensor, n: int"

# The body of f, and what there is inside its loop afterwards: matrix products, kernels.
CASES: dict[str, tuple[str, int, int]] = {
    "all rows": ("for t in range(x.size(0)):\n    h = torch.tanh(x[t] @ w + h)\nreturn h", 0, 1),
    "len": ("for t in range(len(x)):\n    h = torch.tanh(x[t] @ w + h)\nreturn h", 0, 1),
    "a transposed matrix": (
        "for t in range(5):\n    h = torch.tanh(torch.nn.functional.linear(x[t], w.t()) + h)\nreturn h",
        0,
        1,
    ),
    "two products": (
        "for t in range(5):\n    h = torch.tanh(x[t] @ w + h) * torch.sigmoid(x[t] @ (w * 2))\nreturn h",
        0,
        1,
    ),
    "not all rows": ("for t in range(1, 5):\n    h = torch.tanh(x[t] @ w + h)\nreturn h", 1, 0),
    "backwards": ("for t in range(4, -1, -1):\n    h = torch.tanh(x[t] @ w + h)\nreturn h", 1, 0),
    "some rows": ("for t in range(n):\n    h = torch.tanh(x[t] @ w + h)\nreturn h", 1, 0),
    "a matrix that changes": ("for t in range(5):\n    h = x[t] @ w + h\n    w = w * 2\nreturn h", 1, 1),
    "on a condition": (
        "for t in range(5):\n    if t > n:\n        h = torch.tanh(x[t] @ w + h)\nreturn h",
        1,
        0,
    ),
    "a row that is changed": (
        "x = x.clone()\nfor t in range(5):\n    x[t].mul_(2.0)\n    h = x[t] @ w + h\nreturn h",
        1,
        1,
    ),
    "a result that is changed": ("for t in range(5):\n    p = x[t] @ w\n    p.add_(h)\n    h = p * 2\nreturn h", 0, 1),
    "results that are kept": (
        "ys: List[Tensor] = []\nfor t in range(5):\n    ys.append(x[t] @ w)\nys[0].add_(1.0)\nreturn torch.stack(ys)",
        1,
        0,
    ),
    "an invariant kernel": ("for t in range(n):\n    h = h + torch.exp(w[:2])\nreturn h", 0, 1),
    "an invariant that may fail": (
        "k = torch.ones(2, 3, dtype=torch.int64)\nz = k - 1\nfor t in range(n):\n    h = h + k // z\nreturn h",
        0,
        1,
    ),
    "a new tensor each time": (
        "ys: List[Tensor] = []\nfor t in range(n + 2):\n    ys.append(w * 2)\nys[0].add_(1.0)\nreturn torch.stack(ys)",
        0,
        1,
    ),
    "a loop in a loop": (
        "for i in range(2):\n    for t in range(5):\n        h = torch.tanh(x[t] @ (w * 2) + h)\nreturn h",
        0,
        1,
    ),
    "while": ("while n > 0:\n    h = torch.tanh(h @ w[:3].t().contiguous()) \n    n -= 1\nreturn h", 1, 0),
}


def source_of(body: str) -> str:
    return f"{HEAD}def f({ARGUMENTS}) -> Tensor:\n{textwrap.indent(body, '    ')}\n"


def inner_loop(text: str) -> str:
    """The operations inside the innermost loop of the program's text."""
    lines = text.splitlines()
    first = max(i for i, line in enumerate(lines) if "scf.for" in line or "} do {" in line)
    indent = len(lines[first]) - len(lines[first].lstrip())
    last = next(i for i in range(first + 1, len(lines)) if lines[i].startswith(" " * indent + "}"))
    return "\n".join(lines[first:last])


@pytest.mark.parametrize("name", CASES)
def test_what_is_left_in_the_loop(name: str) -> None:
    body, products, kernels = CASES[name]
    inputs = parse_inputs([f"{name}={text}" for name, text in INPUTS.items()])
    options = CompileOptions(source=SourceText("m.py", source_of(body)), inputs=inputs)
    program = build_program(options, lambda step: None)
    lower_program(program, options, lambda step: None, last="fuse")
    left = inner_loop(ir_text(program))
    assert (left.count('"ts.matmul"'), left.count('"ts.generic"')) == (products, kernels), left


@pytest.mark.parametrize("shapes", ["static", "symbols", "none"])
def test_results_equal_torch(shapes: str, tmp_path: Path) -> None:
    """All programs in one library."""
    texts = [source_of(body).replace("def f(", f"def f{i}(") for i, (body, _, _) in enumerate(CASES.values())]
    path = tmp_path / "loops.py"
    path.write_text(HEAD + "\n".join(t.removeprefix(HEAD) for t in texts))
    inputs = {"static": INPUTS, "symbols": {"x": "f32[T,B,K]", "w": "f32[K,N]", "h": "f32[B,N]"}, "none": {}}[shapes]
    model = aotjit.compile(str(path), inputs=inputs, cpu="native")
    scope: dict[str, object] = {}
    exec(path.read_text(), scope)
    torch.manual_seed(0)
    x, w, h = torch.randn(5, 2, 4), torch.randn(4, 3), torch.randn(2, 3)
    for i, name in enumerate(CASES):
        for n in (0, 3):
            if n == 3 and name == "an invariant that may fail":
                with pytest.raises(ZeroDivisionError):
                    getattr(model, f"f{i}")(x, w, h, n)
                continue
            expected = scope[f"f{i}"](x.clone(), w.clone(), h.clone(), n)  # type: ignore[operator]
            torch.testing.assert_close(
                getattr(model, f"f{i}")(x, w, h, n), expected, msg=lambda m, at=name: f"{at}: {m}"
            )


def test_no_iterations_of_a_symbolic_loop(tmp_path: Path) -> None:
    path = tmp_path / "loop.py"
    path.write_text(source_of(CASES["all rows"][0]))
    model = aotjit.compile(str(path), inputs={"x": "f32[T,B,4]", "w": "f32[4,3]", "h": "f32[B,3]"}, cpu="native")
    h = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(model.f(np.ones((0, 2, 4), np.float32), np.ones((4, 3), np.float32), h, 0), h)


def test_both_run_from_level_1() -> None:
    assert {p.name: p.level for p in PASSES if p.name in ("licm", "batch")} == {"licm": 1, "batch": 1}
