"""Archives of many kinds of models (models/zoo.py), scripted, traced and frozen: compiled as they are, equal to what
torch.jit.load makes of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aotjit

torch = pytest.importorskip("torch")
zoo = pytest.importorskip("tests.e2e.models.zoo")


def _whole(high: int, *shape: int) -> Any:
    return torch.randint(0, high, shape)


Case = tuple[str, str, dict[str, str], Callable[[int], tuple[Any, ...]]]
CASES: list[Case] = [
    ("Translator", "script", {"source": "i64[N,T]"}, lambda n: (_whole(20, 2 + n, 7 + n), 5)),
    ("Tagger", "script", {}, lambda n: (torch.randn(7 - 3 * n, 1, 6),)),
    ("PackedRows", "script", {}, lambda n: (torch.randn(3, 6, 4), torch.tensor([2, 6 - n, 4]))),
    ("VisionTransformer", "trace", {}, lambda n: (torch.randn(2, 3, 16, 16),)),
    ("VisionTransformer", "freeze", {}, lambda n: (torch.randn(1 + n, 3, 16, 16),)),
    ("MobileNet", "freeze", {}, lambda n: (torch.randn(1 + n, 3, 40 - 8 * n, 24),)),
    ("MobileNet", "trace", {}, lambda n: (torch.randn(1 + n, 3, 40 - 8 * n, 24),)),
    ("Segmentation", "script", {}, lambda n: (torch.randn(2 - n, 3, 16, 20 + n),)),
    ("Segmentation", "trace", {}, lambda n: (torch.randn(2, 3, 16, 20),)),
    ("TwoHeads", "script", {}, lambda n: (torch.randn(2 + n, 3, 8, 8),)),
    ("Waves", "trace", {}, lambda n: (torch.randn(2 - n, 400 + 123 * n),)),
    ("Messages", "script", {"edges": "i64[2,E]"}, lambda n: (torch.randn(5 + n, 4), _whole(5, 2, 9 + n))),
    ("Messages", "trace", {"edges": "i64[2,E]"}, lambda n: (torch.randn(5, 4), _whole(5, 2, 9 + n))),
    ("Windows", "script", {}, lambda n: (torch.randn(1 + n, 8, 8, 8),)),
    ("Rotary", "script", {"tokens": "i64[N,T]"}, lambda n: (_whole(30, 2 - n, 6 + 3 * n),)),
    ("Rotary", "trace", {"tokens": "i64[N,T]"}, lambda n: (_whole(30, 2, 6 + 3 * n),)),
    ("Boxes", "script", {}, lambda n: (torch.randn(2 + n, 3, 12, 12),)),
    ("Durations", "script", {"tokens": "i64[N,T]"}, lambda n: (_whole(12, 2, 5 + n),)),
    ("Experts", "script", {}, lambda n: (torch.randn(9 + n, 6),)),
    ("Autoencoder", "trace", {}, lambda n: (torch.randn(2 + n, 8),)),
    ("Video", "script", {}, lambda n: (torch.randn(1 + n, 3, 4, 16, 16),)),
]


def saved(name: str, way: str, arguments: tuple[Any, ...], path: str) -> Any:
    """Writes the archive; what torch makes of it."""
    torch.manual_seed(1)
    module = getattr(zoo, name)().eval()
    for part in module.modules():
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
            part.running_mean.uniform_(-0.5, 0.5)
            part.running_var.uniform_(0.5, 1.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if way == "trace":
            made = torch.jit.trace(module, arguments, strict=False)
        else:
            made = torch.jit.script(module)
            made = torch.jit.freeze(made) if way == "freeze" else made
        torch.jit.save(made, path)
        return torch.jit.load(path)


def assert_equal(actual: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        torch.testing.assert_close(torch.as_tensor(actual), expected)
    elif isinstance(expected, dict):
        assert list(actual) == list(expected)
        assert_equal(list(actual.values()), list(expected.values()))
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            assert_equal(one, other)
    else:
        assert actual == expected


@pytest.mark.parametrize(("name", "way", "inputs", "arguments"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_equal_to_torch(
    name: str, way: str, inputs: dict[str, str], arguments: Callable[[int], tuple[Any, ...]], tmp_path: Path
) -> None:
    path = str(tmp_path / "model.pt")
    with torch.no_grad():
        reference = saved(name, way, arguments(0), path)
        library = aotjit.compile(path, inputs=inputs, cpu="native", optimize=1)
        for n in range(2):
            given = arguments(n)
            arrays = [np.asarray(a) if isinstance(a, torch.Tensor) else a for a in given]
            assert_equal(library.forward(*arrays), reference(*given))
