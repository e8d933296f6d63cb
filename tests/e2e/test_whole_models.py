"""Whole models of many kinds: from source with weights, from archives, equal to torch on two shapes."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aotjit

torch = pytest.importorskip("torch")

FOLDER = Path(__file__).parent / "models"


def _tokens(batch: int, length: int, count: int) -> Any:
    return torch.randint(1, count, (batch, length))


def _attend(batch: int, length: int) -> Any:
    """1 for tokens, 0 for padding: each row has another length."""
    return (torch.arange(length)[None, :] < length - torch.arange(batch)[:, None]).to(torch.int64)


@dataclass(frozen=True)
class Model:
    """A class of a file in models/ and how it is called: `arguments(n)` for the first and the second shape."""

    file: str
    name: str
    inputs: dict[str, str]
    arguments: Callable[[int], tuple[Any, ...]]
    methods: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    """Other methods, with what they take after the arguments of forward."""
    ways: tuple[str, ...] = ("source", "script", "trace")


MODELS = [
    Model("bert", "Bert", {"tokens": "i64[N,L]", "attend": "i64[N,L]"},
          lambda n: (_tokens(2 + n, 9 + 4 * n, 50), _attend(2 + n, 9 + 4 * n))),
    Model("gpt", "Gpt", {"tokens": "i64[N,L]"}, lambda n: (_tokens(1 + n, 5 + 3 * n, 40),),
          (("generate", (12,)),)),
    Model("recurrent", "LstmTagger", {"tokens": "i64[N,L]"}, lambda n: (_tokens(3 - n, 6 + 5 * n, 30),)),
    Model("recurrent", "GruForecast", {"x": "f32[L,N,5]"}, lambda n: (torch.randn(7 + n, 2 + n, 5),)),
    Model("unet", "UNet", {"x": "f32[N,3,H,W]"}, lambda n: (torch.randn(1 + n, 3, 40 + 5 * n, 33 - n),)),
    Model("transformer", "Classifier", {"tokens": "i64[N,L]"}, lambda n: (_tokens(3 + n, 7 + 6 * n, 30),)),
    Model("transformer", "MaskedAttention", {"x": "f32[N,L,16]", "lengths": "i64[N]"},
          lambda n: (torch.randn(2 + n, 6 + 5 * n, 16), torch.arange(2 + n) + 3)),
    Model("detection", "Detector", {"image": "f32[N,3,H,W]"}, lambda n: (torch.randn(1 + n, 3, 32 + 8 * n, 40),),
          ways=("source", "script")),  # torch traces no lists of tuples
    Model("ctc", "Recogniser", {"x": "f32[N,8,T]"}, lambda n: (torch.randn(2 + n, 8, 30 + 11 * n),),
          (("decode", ()), ("counts", ())), ("source", "script")),  # torch traces no exported methods of this one
]  # fmt: skip


def built(model: Model) -> Any:
    """The module, with running statistics that matter and attention that is not uniform."""
    torch.manual_seed(5)
    module = getattr(importlib.import_module(f"tests.e2e.models.{model.file}"), model.name)().eval()
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            part.running_mean.uniform_(-0.5, 0.5)
            part.running_var.uniform_(0.5, 1.5)
        if isinstance(part, torch.nn.Linear | torch.nn.MultiheadAttention):
            for weight in part.parameters():
                weight.data.mul_(2).add_(torch.randn_like(weight), alpha=0.05)
    return module


def _plain(value: Any) -> Any:
    """numpy's arrays as tensors."""
    if isinstance(value, np.ndarray):
        return torch.as_tensor(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return value


def assert_equal(actual: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor) or (isinstance(expected, list | tuple) and not isinstance(expected[0], str)):
        torch.testing.assert_close(_plain(actual), expected)
    else:
        assert actual == expected


OPTIMIZE = {"source": 3, "script": 0, "trace": 0}
"""What differs in archives is what sema and the first passes see; -O0 takes half of the time."""


def compiled(model: Model, module: Any, via: str, folder: Path) -> Any:
    output = str(folder / f"{model.name.lower()}.so")
    if via == "source":
        weights = folder / "weights.pt"
        torch.save(module.state_dict(), weights)
        return aotjit.compile(
            str(FOLDER / f"{model.file}.py"), entry=f"{model.name}()", weights=str(weights), output=output,
            inputs=model.inputs, cpu="native",
        )  # fmt: skip
    archive = folder / "model.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = via == "trace"
        saved = torch.jit.trace(module, model.arguments(0)) if traced else torch.jit.script(module)
        saved.save(str(archive))
    return aotjit.compile(
        str(archive), output=output, inputs=model.inputs, cpu="native", optimize=OPTIMIZE[via]
    )


CASES = [pytest.param(model, via, id=f"{model.name}-{via}") for model in MODELS for via in model.ways]


@pytest.mark.parametrize(("model", "via"), CASES)
def test_equal_to_torch(model: Model, via: str, tmp_path: Path) -> None:
    module = built(model)
    with torch.no_grad():
        library = compiled(model, module, via, tmp_path)
        for n in range(2):
            arguments = model.arguments(n)
            arrays = [a.numpy() for a in arguments]
            assert_equal(library.forward(*arrays), module(*arguments))
            for method, more in model.methods if via != "trace" else ():
                assert_equal(getattr(library, method)(*arrays, *more), getattr(module, method)(*arguments, *more))
