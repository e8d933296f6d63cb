"""jaxtyping's annotations and --input: which facts entries' parameters get, and how far they reach."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest

import aotjit
from aotjit.diagnostics import CompileError, SourceText
from aotjit.options import CompileOptions, parse_inputs
from aotjit.passes import by_name
from aotjit.pipeline import build_program
from aotjit.program import Entry

HEAD = """
import torch
from torch import Tensor, nn
from typing import List, NamedTuple, Optional, Tuple
from jaxtyping import BFloat16, Bool, Complex64, Float, Float16, Float32, Float64, Int, Int8, Int64, Shaped, UInt8

"""


def entry_of(source: str, **inputs: str) -> Entry:
    options = CompileOptions(
        source=SourceText("m.py", HEAD + textwrap.dedent(source)),
        inputs=parse_inputs([f"{name}={text}" for name, text in inputs.items()]),
    )
    program = build_program(options, lambda step: None)
    for name in ("demand", "inline", "specialise"):
        by_name(name).run(program)
    return program.entries[-1]


ANNOTATIONS = {
    'Float32[Tensor, "n 3 224 224"]': "Tensor[f32; n, 3, 224, 224]",
    'Float[Tensor, "batch 10"]': "Tensor[f32; batch, 10]",
    'Float[Tensor, "batch=4 k=10"]': "Tensor[f32; 4, 10]",
    'Float64[Tensor, ""]': "Tensor[f64; ]",
    'Float16[Tensor, "n"]': "Tensor[f16; n]",
    'BFloat16[Tensor, "n"]': "Tensor[bf16; n]",
    'Int[Tensor, "n _"]': "Tensor[i64; n, ?]",
    'Int8[Tensor, "n n+1 _m #k"]': "Tensor[i8; n, ?, ?, ?]",
    'UInt8[Tensor, "..."]': "Tensor[u8]",
    'Bool[Tensor, "b *rest"]': "Tensor[bool]",
    'Shaped[Tensor, "a b"]': "Tensor[f32; a, b]",
    'Optional[Float[Tensor, "a"]]': "Optional[Tensor[f32; a]]",
    'List[Int64[Tensor, "a 2"]]': "List[Tensor[i64; a, 2]]",
    'Tuple[Float[Tensor, "a"], int]': "Tuple[Tensor[f32; a], int]",
    '"Float[Tensor, \'n 2\']"': "Tensor[f32; n, 2]",
}


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_annotation(annotation: str) -> None:
    entry = entry_of(f"def f(x: {annotation}):\n    return x")
    assert str(entry.parameters[0].type) == ANNOTATIONS[annotation]


def test_only_entries_parameters_are_trusted() -> None:
    """Elsewhere an annotation is not checked at run time, so nothing follows from it."""
    source = """
    class Pair(NamedTuple):
        a: Float32[Tensor, "8"]
        b: int

    def _g(x: Float32[Tensor, "9"]) -> Float32[Tensor, "9"]:
        y: Float32[Tensor, "9"] = x
        return y

    def f(x: Float32[Tensor, "n 3"]) -> Float32[Tensor, "7"]:
        p = Pair(_g(x), 1)
        return p.a
    """
    assert str(entry_of(source).result) == "Tensor[f32; n, 3]"


def test_errors() -> None:
    with pytest.raises(CompileError, match=r'a shaped type is written as in Float32\[Tensor, "n 3 224 224"\]'):
        entry_of("def f(x: Float32[Tensor]):\n    return x")
    with pytest.raises(CompileError, match="unknown element type 'Flaot'"):
        entry_of("import jaxtyping\ndef f(x: jaxtyping.Flaot[Tensor, 'n']):\n    return x")


# Programs of x: f32[T, B, 64] and y: f32[T, 64], and the dims of their results.
SYMBOLS = {
    "x * 2 + 1": "T, B, 64",
    "x + y.unsqueeze(1)": "T, B, 64",
    "x.transpose(0, 1)": "B, T, 64",
    "x.permute(2, 0, 1)": "64, T, B",
    "x[0]": "B, 64",
    "x[:, 0]": "T, 64",
    "x[:, 0] + y": "T, 64",
    "x.sum(1)": "T, 64",
    "x.mean(-1, keepdim=True)": "T, B, 1",
    "x @ y.t()": "T, B, T",
    "torch.nn.functional.linear(x, torch.zeros(10, 64))": "T, B, 10",
    "torch.stack([x, x])": "2, T, B, 64",
    "torch.cat([x, x], 2)": "T, B, 128",
    "x.view(x.size(0), x.size(1), 8, 8)": "T, B, 8, 8",
    "x.reshape(x.size(0), -1)": "T, ?",
    "torch.softmax(x, -1)": "T, B, 64",
    "torch.zeros_like(x)": "T, B, 64",
    "torch.zeros(x.size(1), 3)": "B, 3",
    "x.expand(3, -1, -1, -1)": "3, T, B, 64",
    "torch.where(x > 0, x, x * 2)": "T, B, 64",
    "torch.nn.functional.scaled_dot_product_attention(x, x, x)": "T, B, 64",
    "torch.zeros(3) if x.size() == [1, 2] else x": "T, B, 64",
    "torch.zeros(3) if x.size(0) != y.size(0) else x": "T, B, 64",
    "x.view(x.size(0), x.size(1), 8, -1).transpose(1, 2) @ torch.zeros(8, 4)": "T, 8, B, 4",
    "x.unsqueeze(1) @ x.unsqueeze(1).transpose(-1, -2)": "T, 1, B, B",
    "x if x.size(2) > 3 else x[0]": "T, B, 64",
    "x if x.dim() == 3 else x[0]": "T, B, 64",
}


@pytest.mark.parametrize("expression", SYMBOLS)
def test_symbols_survive(expression: str) -> None:
    entry = entry_of(f"def f(x, y):\n    return {expression}", x="f32[T,B,64]", y="f32[T,64]")
    assert str(entry.result).removesuffix("]").removesuffix("; contiguous") == f"Tensor[f32; {SYMBOLS[expression]}"


FLOWS = {
    "a loop": ("for i in range(n):\n    x = torch.tanh(x + y.unsqueeze(1))\nreturn x", "T, B, 64"),
    "an if": ("if n > 0:\n    x = x * 2\nelse:\n    x = x + y.unsqueeze(1)\nreturn x", "T, B, 64"),
    "a while": ("while n > 0:\n    x = x * 2\n    n -= 1\nreturn x", "T, B, 64"),
    "sides that differ": ("if n > 0:\n    x = x[:1]\nreturn x", "?, B, 64"),
    "a loop that loses a dim": ("for i in range(n):\n    x = torch.cat([x, x], 1)\nreturn x", "T, ?, 64"),
    "a loop that loses the rank": ("for i in range(n):\n    x = x.unsqueeze(0)\nreturn x", "..."),
}


@pytest.mark.parametrize("name", FLOWS)
def test_facts_meet(name: str) -> None:
    body, expected = FLOWS[name]
    source = f"def f(x, y, n: int):\n{textwrap.indent(body, '    ')}"
    entry = entry_of(source, x="f32[T,B,64]", y="f32[T,64]")
    shown = str(entry.result).removesuffix("]").removesuffix("; contiguous")
    assert shown == f"Tensor[f32; {expected}" or (expected == "..." and shown == "Tensor[f32")


def test_symbols_are_checked_at_entry(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    head = 'def f(x: Float[Tensor, "T B 64"], y: Float[Tensor, "T 64"]):'
    path.write_text(f"{HEAD}{head}\n    return x + y.unsqueeze(1)\n")
    model = aotjit.compile(str(path), cpu="native")
    x, y = np.ones((3, 2, 64), np.float32), np.ones((3, 64), np.float32)
    np.testing.assert_array_equal(model.f(x, y), x + 1)
    with pytest.raises(ValueError, match=r"^y: dimension 0 \(T\) is 2, but x made it 3$"):
        model.f(x, y[:2])
    with pytest.raises(ValueError, match=r"^y: dimension 1 is 32, expected 64$"):
        model.f(x, y[:, :32])
    with pytest.raises(TypeError, match=r"^x: expected 3 dimensions, got 2$"):
        model.f(y, y)
