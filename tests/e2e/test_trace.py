"""`aotjit.trace` beside torch.jit.trace: functions, modules, what is warned of, what is refused."""

from __future__ import annotations

import copy
import math
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # its usual name
from torch import Tensor, nn

import aotjit

A, B = torch.arange(24.0).reshape(4, 6) / 7 - 1, torch.linspace(-1, 2, 6)
CONSTANT = torch.tensor([1.0, -2.0, 3.0, 0.5, 0.25, 4.0])


def arithmetic(a: Tensor, b: Tensor) -> Tensor:
    c = (a * 2 + b) / (b.abs() + 1) - 3 ** a.clamp(0, 1)
    c = -c // 2 + (a @ a.t()).sum() * math.inf * 0 if False else c % 3
    return c**2 + (1 - a) * (2.5 / (b + 5))


def comparisons(a: Tensor, b: Tensor) -> Tensor:
    mask = (a > b) & ~(a == 1.0) | (b <= -0.5)
    return torch.where(mask, a, b) * mask.to(a.dtype)


def sizes(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    c = torch.cat([a, a], 0)
    return c.view(c.shape[0] // 2, -1), c.reshape(-1, a.size(1) * 2) + a.size(0)


def in_place(a: Tensor, b: Tensor) -> Tensor:
    c = a.clone()
    c[1:, ::2] += 1
    c[0] = b
    c[:, 3].mul_(2)
    c += b
    c[c > 2] = 0
    return c


def indexing(a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    rows = torch.tensor([2, 0])
    return a[1], a[..., -1], a[None, 1:3, 2], a[rows], a[rows, [1, 3]], a[:, b > 0]


def lists(a: Tensor, b: Tensor) -> list[Tensor]:
    first, second = a.chunk(2)
    values, indices = b.max(0)
    return [*torch.unbind(torch.stack([first, second * values])), first.split(1)[1] + indices]


def named(a: Tensor, b: Tensor) -> dict[str, Tensor]:
    return {"sum": a.sum(-1), "mean": a.mean(dim=0, keepdim=True)}


def captured(a: Tensor, b: Tensor) -> Tensor:
    return a * CONSTANT + torch.ones(6, dtype=a.dtype)


def functional(a: Tensor, b: Tensor) -> Tensor:
    x = F.layer_norm(a, (6,), b, b)
    x = F.gelu(x) + F.softmax(a, dim=-1) + F.leaky_relu(a, 0.1)
    return F.linear(x, a, None)


@pytest.mark.parametrize(
    "function",
    [arithmetic, comparisons, sizes, in_place, indexing, lists, named, captured, functional],
    ids=lambda f: f.__name__,
)
def test_functions(function: Callable[..., Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = aotjit.trace(function, (A, B))
    for scale, rows in ((1.0, 4), (-0.5, 4), (2.0, 2)):
        if rows != 4 and function in (indexing, lists):
            continue  # their indices need four rows
        a, b = A[:rows] * scale, B * scale
        torch.testing.assert_close(model.forward(a.clone(), b), function(a.clone(), b))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 6) for _ in range(3)])
        self.norm = nn.LayerNorm(6)
        self.layers[2].weight = self.layers[0].weight
        self.register_buffer("scale", torch.tensor(0.5))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = self.norm(x + torch.tanh(layer(x))) * self.scale
        return x


class Counting(nn.Module):
    """Its buffer changes at every call."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("total", torch.zeros(6))

    def forward(self, x: Tensor) -> Tensor:
        self.total += x.sum(0)
        return x + self.total


MODULES: list[tuple[str, Callable[[], nn.Module], Tensor]] = [
    ("linear", lambda: nn.Linear(6, 3), A),
    ("mlp", lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 2)).eval(), A),
    ("tied", lambda: Residual(), A),
    ("counting", lambda: Counting(), A),
    ("batch_norm_train", lambda: nn.BatchNorm1d(6), A),
    (
        "convolutions",
        lambda: nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.SiLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(128, 5),
        ).eval(),
        torch.linspace(-1, 1, 384).reshape(2, 3, 8, 8),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "make", "x"), MODULES, ids=[m[0] for m in MODULES])
def test_modules(name: str, make: Callable[[], nn.Module], x: Tensor) -> None:
    torch.manual_seed(1)
    module = make()
    reference = copy.deepcopy(module)
    model = aotjit.trace(module, (x,))
    with torch.no_grad():
        for scale in (1.0, -2.0):
            torch.testing.assert_close(model.forward(x * scale), reference(x * scale))


@aotjit.script
def collapse(x: Tensor, n: int) -> Tensor:
    for _ in range(n):
        x = x - 1 if x.sum() > 0 else x * 2
    return x


def test_scripted_functions_keep_their_control_flow() -> None:
    model = aotjit.trace(lambda x: collapse(x * 2, 3) + 1, (A,))

    def plain(x: Tensor) -> Tensor:
        for _ in range(3):
            x = x - 1 if x.sum() > 0 else x * 2
        return x

    for x in (A, -A, A - 5):
        torch.testing.assert_close(model.forward(x), plain(x * 2) + 1)


def test_nested_arguments() -> None:
    def function(pair: tuple[Tensor, Tensor], items: list[Tensor], named: dict[str, Tensor]) -> Tensor:
        x, y = pair
        return x + y * items[1] - named["z"]

    arguments = ((A, B), [B, B + 1], {"z": B * 2})
    model = aotjit.trace(function, arguments)
    torch.testing.assert_close(model.forward(*arguments), function(*arguments))


def _warned(function: Callable[..., Any]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        aotjit.trace(function, (A,))
    assert all(w.category is aotjit.TraceWarning and w.filename == __file__ for w in caught)
    return [f"{w.lineno - function.__code__.co_firstlineno}: {w.message}" for w in caught]


def test_a_branch_on_data_is_warned_of() -> None:
    def function(x: Tensor) -> Tensor:
        if x.sum() > 100:
            return x
        return x * int(x[0, 0].abs() + 2)

    kept = "a tensor's value is used in Python here: the trace keeps what follows from {} whatever its inputs are"
    assert _warned(function) == [f"1: {kept.format(False)}", f"3: {kept.format(3.0)}"]


def test_a_size_that_is_baked_in_is_warned_of() -> None:
    def function(x: Tensor) -> Tensor:
        for _ in range(x.shape[0]):
            x = x + 1
        for row in x:
            x = x + row
        return x * len(x)

    kept = "a size is used as a Python number here: the trace keeps 4 whatever the sizes of its inputs are"
    assert _warned(function) == [f"1: {kept}", f"3: {kept}", f"5: {kept}"]


def test_errors_point_at_the_users_line() -> None:
    def function(x: Tensor) -> Any:
        return x.frobnicate()  # type: ignore[operator]  # there is no such method

    with pytest.raises(aotjit.CompileError) as caught:
        aotjit.trace(function, (A,))
    line = function.__code__.co_firstlineno + 1
    assert str(caught.value).startswith(f"{__file__}:{line}:9: error: Tensor.frobnicate is not compiled")


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (3, "the argument 'x' is a int; tensors, and tuples"),
        (A.to(torch.bfloat16), "bfloat16 tensors cannot be traced; trace in float32"),
    ],
)
def test_arguments_that_cannot_be_traced(example: Any, message: str) -> None:
    def function(x: Tensor) -> Tensor:
        return x

    with pytest.raises(aotjit.UsageError, match=message):
        aotjit.trace(function, (example,))


def test_numpy_inputs_without_torch() -> None:
    program = """
import sys
import numpy as np
import aotjit

sys.modules["torch"] = None
scale = np.arange(3, dtype=np.float32)
model = aotjit.trace(lambda x: (x * scale + 1).relu().sum(-1), (np.ones((2, 3), np.float32),))
print(model.forward(np.full((2, 3), 2, np.float32)).tolist())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[9.0, 9.0]\n"


def test_code_and_graph() -> None:
    model = aotjit.trace(lambda x: torch.relu(x) + 1, (A,))
    assert model.code == (
        "def forward(self, x: Tensor):\n    t0 = torch.relu(x)\n    t1 = t0 + 1\n    return t1\n"
    )
    assert "relu" in model.graph
    assert np.array_equal(model.forward(A.numpy()), np.maximum(A.numpy(), 0) + 1)
