"""Long functions that call kernels are not optimised by LLVM: they are told from those with work of their own, and
compute the same."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import func

import aotjit
from aotjit import pipeline
from aotjit.codegen.host import is_dispatch
from aotjit.options import CompileOptions

torch = pytest.importorskip("torch")

STEPS = "\n".join(f"        x = torch.relu(x @ x + x.sum({i % 2}) / {i + 2}) * 0.1" for i in range(40))
PROGRAM = f"""
from typing import List
import torch
from torch import Tensor


def stepped(x: Tensor, rounds: int) -> Tensor:
    for i in range(rounds):
{STEPS}
        if x.size(0) != x.size(1):
            raise RuntimeError("not square")
    return x


def counted(x: Tensor, rounds: int) -> int:
    for i in range(1):
{STEPS}
    found = 0
    for i in range(rounds):
        found = (found * 31 + i) % 1009
    return found + x.size(0)


def short(x: Tensor, rounds: int) -> Tensor:
    for i in range(rounds):
        x = x @ x * 0.1
    return x


def spread(a: List[int], b: List[int]) -> List[int]:
    return torch.broadcast_shapes(a, b)


def product(x: Tensor, y: Tensor) -> Tensor:
    return torch.matmul(x, y)
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dispatch") / "dispatched.py"
    path.write_text(PROGRAM)
    return path


@pytest.fixture(scope="module")
def model(source: Path) -> Any:
    return aotjit.compile(str(source), cpu="native", output=str(source.with_suffix(".so")))


@pytest.fixture(scope="module")
def plain(source: Path) -> Any:
    spec = importlib.util.spec_from_file_location("dispatched", source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_long_and_only_calls_kernels(source: Path) -> None:
    options = CompileOptions(source=source)
    program = pipeline.build_program(options, lambda step: None)
    pipeline.lower_program(program, options, lambda step: None)
    functions = [f for f in program.module.ops if isinstance(f, func.FuncOp)]
    assert {f.sym_name.data for f in functions if is_dispatch(f)} == {"stepped"}
    text = pipeline.compile_program(CompileOptions(source=source, emit="llvm", cpu=("v3",)), lambda step: None)
    assert b"optnone" in b"".join(text.pieces)


def test_they_compute_the_same(model: Any, plain: Any) -> None:
    x = torch.randn(5, 5, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(torch.as_tensor(model.stepped(x, 3)), plain.stepped(x, 3))
    assert model.counted(x, 50) == plain.counted(x, 50)
    with pytest.raises(RuntimeError, match="shapes"):
        model.stepped(x[:3], 1)
    torch.testing.assert_close(torch.as_tensor(model.stepped(x, 1)), plain.stepped(x, 1))


SHAPES = [([2, 1], [3]), ([], [4, 1]), ([1], [0]), ([7, 1, 5], [6, 1]), ([2], [3]), ([2, 3], [1, 2])]


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_shapes_of_unknown_length_are_broadcast(model: Any, a: list[int], b: list[int]) -> None:
    try:
        expected = list(torch.broadcast_shapes(a, b))
    except RuntimeError:
        for call in (lambda: model.spread(a, b), lambda: model.spread(b, a)):
            with pytest.raises(RuntimeError, match="cannot be broadcast to a single shape"):
                call()
        x, y = (np.ones((*lead, 2, 2), np.float32) for lead in (a, b))
        with pytest.raises(RuntimeError, match="cannot be broadcast to a single shape"):
            model.product(x, y)
        return
    assert model.spread(a, b) == model.spread(b, a) == expected
    x, y = torch.randn(*a, 3, 4), torch.randn(*b, 4, 2)
    torch.testing.assert_close(torch.as_tensor(model.product(x, y)), x @ y)
