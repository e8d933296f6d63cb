"""What entries' parameters get from the operators that they reach: types that are checked, and examples that run."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

import aotjit
from aotjit.diagnostics import SourceText
from aotjit.ops import REGISTRY
from aotjit.ops.shapes import parse_shapes
from aotjit.options import CompileOptions, parse_inputs
from aotjit.passes import by_name
from aotjit.pipeline import build_program
from aotjit.program import Entry

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import Tensor, nn\nfrom typing import *\n\n"


def entry_of(source: str, **inputs: str) -> Entry:
    """The last entry of `source` after the pass."""
    facts = parse_inputs([f"{name}={text}" for name, text in inputs.items()])
    text = SourceText("m.py", HEAD + textwrap.dedent(source))
    program = build_program(CompileOptions(source=text, inputs=facts), lambda step: None)
    by_name("demand").run(program)
    return program.entries[-1]


def found(source: str, **inputs: str) -> list[str]:
    """Each parameter's type, and its example where there is one: `x: Tensor[f32] like [_0, 64]`."""
    lines = []
    for p in entry_of(source, **inputs).parameters:
        example = p.example
        like = "" if example is None else f" like [{', '.join(map(str, example.dims or ()))}]"
        lines.append(f"{p.name}: {p.type}{like}")
    return lines


MODULE = """
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(64, 128))
        self.u = nn.Parameter(torch.zeros(128, 128))
        self.b = nn.Parameter(torch.zeros(128))

    def forward(self, x, h):
{body}

model = M()
"""

CASES = {
    "places in pairs of a list": (
        "def f(pairs: List[Tuple[Tensor, Tensor]]):\n"
        "    return [value[place] for value, place in pairs]",
        ["pairs: List[Tuple[Tensor[f32], Tensor[i64]]]"],
    ),
    "others in a list say nothing": (
        "def f(x):\n    found = [x, x > 1, torch.arange(2)]\n    found.append(x.double())\n    return found",
        ["x: Tensor[f32]"],
    ),
    "what another instance holds says nothing": (
        "class Box:\n    def __init__(self, x: Tensor):\n        self.x = x\n"
        "def f(x):\n    a = Box(x)\n    b = Box(torch.arange(3))\n    return a.x * 2, b.x + 1",
        ["x: Tensor[f32]"],
    ),
    "what comes out of a dict is an index": (
        "def f(x, i):\n    places = {'i': i}\n    return x[places['i']]",
        ["x: Tensor[f32]", "i: Tensor[i64]"],
    ),
    "nothing is said": ("def f(x, y):\n    return x + y", ["x: Tensor[f32]", "y: Tensor[f32]"]),
    "a table and its rows": (
        "def f(x, w):\n    return F.embedding(x, w)",
        ["x: Tensor[i64]", "w: Tensor[f32; ?, ?] like [_0, _1]"],
    ),
    "an index": ("def f(x, i):\n    return x[i + 1]", ["x: Tensor[f32]", "i: Tensor[i64]"]),
    "an index through a view": ("def f(x, i):\n    return x[i.view(-1)]", ["x: Tensor[f32]", "i: Tensor[i64]"]),
    "a length": (
        "def f(x, n):\n    return x[:int(torch.max(n).item())], n",
        ["x: Tensor[f32]", "n: Tensor[i64]"],
    ),
    "numbers of steps": (
        "def f(x, n, m):\n    for i in range(int(n[0])):\n        x = x + 1\n"
        "    steps: List[int] = m.tolist()\n    return x, steps",
        ["x: Tensor[f32]", "n: Tensor[i64] like [_0]", "m: Tensor[i64]"],
    ),
    "no length: its elements become floats too": (
        "def f(x):\n    return int(x[0]), float(x[1])",
        ["x: Tensor[f32] like [_0]"],
    ),
    "a length is a float where an operator says so": (
        MODULE.format(body="        return x[:int(h.max())], torch.mm(h, self.w)"),
        ["x: Tensor[f32]", "h: Tensor[f32; ?, 64] like [_0, 64]"],
    ),
    "an index in a loop": (
        "def f(x, i):\n    for k in range(3):\n        x = x[i[k]]\n    return x",
        ["x: Tensor[f32]", "i: Tensor[i64] like [_0]"],
    ),
    "a gathered index": ("def f(x, i):\n    return x.gather(0, i)", ["x: Tensor[f32]", "i: Tensor[i64]"]),
    "a condition": (
        "def f(c, x, y):\n    return torch.where(c, x, y)",
        ["c: Tensor[bool]", "x: Tensor[f32]", "y: Tensor[f32]"],
    ),
    "lengths": (
        "def f(x, n):\n    return x.masked_fill(torch.arange(x.size(1)).unsqueeze(0) >= n.unsqueeze(1), 0.0)",
        ["x: Tensor[f32] like [_0, _1]", "n: Tensor[i64] like [_2]"],
    ),
    "positions of floats": ("def f(x):\n    return torch.arange(3) < x * 0.5", ["x: Tensor[f32]"]),
    "positions as floats": (
        "def f(x, y):\n    return (x > torch.arange(3).float()) & (y > torch.arange(3).to(torch.int32))",
        ["x: Tensor[f32]", "y: Tensor[i64]"],
    ),
    "made whole": (
        "def f(x, y, w):\n    return x.long(), F.embedding(y.to(torch.int64), w)",
        ["x: Tensor[f32]", "y: Tensor[i64]", "w: Tensor[f32; ?, ?] like [_0, _1]"],
    ),
    "made narrow": ("def f(x):\n    return ~x.to(torch.uint8)", ["x: Tensor[f32]"]),
    "a view of positions": ("def f(x):\n    return x.view(-1) == torch.arange(6).view(2, 3).t()", ["x: Tensor[i64]"]),
    "parts of complex numbers": (
        "def f(x, w):\n    return torch.view_as_real(x) + w",
        ["x: Tensor[c64]", "w: Tensor[f32]"],
    ),
    "a rounded product": ("def f(x):\n    return int(x[0] * 0.5)", ["x: Tensor[f32] like [_0]"]),
    "bits": ("def f(x, y):\n    return x & y", ["x: Tensor[i64]", "y: Tensor[i64]"]),
    "an index that is a float too": (
        "def f(x: Tensor, w):\n    return F.embedding(x, w), x.to(torch.float32) * 0.5",
        ["x: Tensor[i64]", "w: Tensor[f32; ?, ?] like [_0, _1]"],
    ),
    "products": (
        "def f(a, b):\n    return torch.mm(a, b)",
        ["a: Tensor[f32; ?, ?] like [_0, _1]", "b: Tensor[f32; ?, ?] like [_1, _2]"],
    ),
    "a product on one path": (
        "def f(a, b, n: int):\n    if n > 0:\n        return torch.mm(a, b)\n    return a",
        ["a: Tensor[f32] like [_0, _1]", "b: Tensor[f32] like [_1, _1]", "n: int"],
    ),
    "a product after a raise": (
        "def f(a, b):\n    if a.dim() != 2:\n        raise ValueError('two!')\n    return torch.mm(a, b)",
        ["a: Tensor[f32] like [_0, _1]", "b: Tensor[f32] like [_1, _2]"],
    ),
    "a product after a print": (
        "def f(a, b):\n    print('now')\n    return torch.mm(a, b)",
        ["a: Tensor[f32] like [_0, _1]", "b: Tensor[f32] like [_1, _2]"],
    ),
    "a product of one of two": (
        "def f(a, b, n: int):\n    c = a if n > 0 else b[0]\n    return torch.mm(c, torch.zeros(3, 4))",
        ["a: Tensor[f32] like [_0, _1]", "b: Tensor[f32] like [_2, _0, _1]", "n: int"],
    ),
    "through a function": (
        "def _g(a, b):\n    return torch.mm(a, b)\ndef f(a, b):\n    return _g(b, a)",
        ["a: Tensor[f32; ?, ?] like [_0, _1]", "b: Tensor[f32; ?, ?] like [_2, _0]"],
    ),
    "a matrix and what is added": (
        MODULE.format(body="        return torch.mm(x, self.w) + h"),
        ["x: Tensor[f32; ?, 64] like [_0, 64]", "h: Tensor[f32] like [128]"],
    ),
    "a loop over steps": (
        MODULE.format(
            body="        for t in range(x.size(0)):\n"
            "            h = torch.tanh(x[t] @ self.w + h @ self.u + self.b)\n        return h"
        ),
        ["x: Tensor[f32] like [_0, 64]", "h: Tensor[f32] like [128]"],
    ),
    "a layer": (
        MODULE.format(body="        return F.linear(x, self.w) + h.transpose(-1, -2)"),
        ["x: Tensor[f32] like [128]", "h: Tensor[f32] like [64, _0]"],
    ),
    "attention": (
        "def f(q, k, v):\n    return F.scaled_dot_product_attention(q, k, v)",
        [
            "q: Tensor[f32] like [_0, _1]",
            "k: Tensor[f32] like [_2, _1]",
            "v: Tensor[f32] like [_2, _3]",
        ],
    ),
    "an Optional": (
        "def f(x, i: Optional[Tensor] = None):\n    if i is not None:\n        return x[i]\n    return x",
        ["x: Tensor[f32]", "i: Optional[Tensor[i64]]"],
    ),
    "a permutation": (
        "def f(x):\n    return x.permute(0, 2, 1) @ torch.zeros(5, 2)",
        ["x: Tensor[f32; ?, ?, ?] like [_0, _1, _2]"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_found(name: str) -> None:
    source, expected = CASES[name]
    assert found(source) == expected


def test_what_the_user_says_stays() -> None:
    source = "def f(x, w):\n    return F.embedding(x, w)"
    assert found(source, x="i32[B,4]") == ["x: Tensor[i32; B, 4] like [B, 4]", "w: Tensor[f32; ?, ?] like [_0, _1]"]
    # A contradiction is the operator's error, at its place.
    assert found(source, w="f64[3]") == ["x: Tensor[i64]", "w: Tensor[f64; 3] like [3]"]


def test_jaxtyping_without_dtype_takes_the_demanded_one() -> None:
    source = "from jaxtyping import Shaped\ndef f(x, i: Shaped[Tensor, 'n k']):\n    return x[i]"
    assert found(source) == ["x: Tensor[f32]", "i: Tensor[i64; n, k] like [n, k]"]


def test_every_stated_signature_is_one() -> None:
    """They parse, and name arguments of the schema."""
    stated = [o for o in REGISTRY.by_qualified.values() if isinstance(o.shapes, str) and o.shapes]
    assert len(stated) > 10
    for operator in stated:
        for alternative in parse_shapes(operator.shapes):
            assert set(alternative.arguments) <= {a.name for a in operator.schema.arguments}, operator.schema
            assert len(alternative.results) <= len(operator.schema.returns)
    with pytest.raises(ValueError, match="not a shape signature"):
        parse_shapes("self[a b")


def test_a_rank_without_an_end_gives_no_example() -> None:
    """x is as x.unsqueeze(0): no shape is."""
    source = """
        def f(x):
            for i in range(2):
                if x.dim() == 1:
                    x = x.unsqueeze(0)
                x = F.pad(x, [0, 1])
            return x.sqrt()
    """
    assert found(source) == ["x: Tensor[f32]"]


def test_a_place_beyond_all_dims_takes_no_memory() -> None:
    assert found("def f(x):\n    return x.sqrt().unsqueeze(9223372036854775807)") == ["x: Tensor[f32]"]


def product(a, b):
    return torch.mm(a, b)


def test_the_demand_is_checked_at_entry() -> None:
    model = aotjit.compile(product, cpu="native")
    a, b = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)
    np.testing.assert_array_equal(model.product(a, b), a @ b)
    with pytest.raises(TypeError, match="b: expected 2 dimensions, got 1"):
        model.product(a, b[0])
    with pytest.raises(RuntimeError, match=r"shapes cannot be multiplied \(2x3 and 2x3\)"):
        model.product(a, a)


def rows(words, table):
    return F.embedding(words, table)


def test_indices_are_int64() -> None:
    model = aotjit.compile(rows, cpu="native")
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    np.testing.assert_array_equal(model.rows(np.array([[2, 0]]), table), table[[[2, 0]]])
    with pytest.raises(TypeError, match="words: expected int64, got float32"):
        model.rows(np.ones(2, np.float32), table)
