"""reset, clone and new: the state of an instance as a whole, with what is shared inside it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from tests.e2e import counter, instance_state

X = np.array([1, -2, 3, 0.5], np.float32)


def plain(value: Any) -> Any:
    """Tensors and arrays as lists."""
    if hasattr(value, "tolist"):
        return np.asarray(value).tolist()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return type(value)(map(plain, value)) if isinstance(value, list | tuple) else value


def compiled(tmp_path: Path, optimize: int = 3) -> Any:
    return aotjit.compile(
        Path(instance_state.__file__), output=tmp_path / "shared.so", cpu="native", optimize=optimize
    )


def everything(model: Any) -> Any:
    return plain(model.report()), plain(model.nodes())


@pytest.mark.parametrize("optimize", [0, 3])
def test_clone_shares_inside_and_nothing_outside(tmp_path: Path, optimize: int) -> None:
    model, oracle = compiled(tmp_path, optimize), instance_state.Shared()
    with torch.no_grad():
        for _ in range(3):
            model(X), oracle(torch.tensor(X))
        twin, oracle_twin = model.clone(), copy.deepcopy(oracle)
        assert everything(twin) == everything(oracle_twin) == everything(model)
        twin.poke(), oracle_twin.poke()
        assert everything(twin) == everything(oracle_twin)
        assert everything(model) == everything(oracle)
        oracle_twin(torch.tensor(X))
        twin(X), model.poke(), oracle.poke()
        assert everything(twin) == everything(oracle_twin)
        assert everything(model) == everything(oracle)
        del model
        assert everything(twin) == everything(oracle_twin)


@pytest.mark.parametrize("optimize", [0, 3])
def test_reset_gives_the_first_state(tmp_path: Path, optimize: int) -> None:
    model = compiled(tmp_path, optimize)
    first = everything(model)
    noise = plain(model.noise())
    held = model(X)
    model.poke()
    kept = plain(held)
    assert everything(model) != first
    assert model.reset() is None
    assert everything(model) == first
    assert plain(model.noise()) == noise
    assert plain(held) == kept
    other = model.new()
    model(X)
    assert everything(other) == first
    assert type(other) is type(model)


def test_clone_goes_on_with_the_same_random_numbers(tmp_path: Path) -> None:
    model = compiled(tmp_path)
    model.noise()
    twin = model.clone()
    assert plain(model.noise()) == plain(twin.noise())


def test_resets_and_clones_leave_nothing(tmp_path: Path) -> None:
    model = compiled(tmp_path, 1)
    for _ in range(20):
        model.reset()
        model(X)
    before = model._allocations
    for _ in range(2000):
        model.reset()
        model(X)
    assert model._allocations - before <= 1
    assert model.clone()._allocations <= 10


def test_long_chains_and_rings_are_copied(tmp_path: Path) -> None:
    path = tmp_path / "chain.py"
    path.write_text('''
from typing import List, Optional
import torch
from torch import Tensor, nn

class Link:
    def __init__(self, value: int):
        self.value = value
        self.next: Optional["Link"] = None

class Chain(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = Link(0)

    def forward(self, n: int) -> int:
        for i in range(n):
            link = Link(self.head.value + 1)
            link.next = self.head
            self.head = link
        return self.head.value

    @torch.jit.export
    def total(self) -> int:
        sum = 0
        at = torch.jit.annotate(Optional[Link], self.head)
        while at is not None:
            sum += at.value
            at = at.next
        return sum

model = Chain()
''')
    model = aotjit.compile(path, output=tmp_path / "chain.so", cpu="native")
    model(200_000)
    twin = model.clone()
    model.reset()
    assert (model.total(), twin.total()) == (0, 200_000 * 200_001 // 2)


def test_a_function_of_the_program_wins(tmp_path: Path) -> None:
    source = Path(counter.__file__).read_text().replace("def state(self)", "def clone(self)")
    path = tmp_path / "own.py"
    path.write_text(source)
    model = aotjit.compile(path, output=tmp_path / "own.so", cpu="native")
    model(np.ones(2, np.float32))
    assert model.clone()[1] == 1
    header = (tmp_path / "own.h").read_text()
    assert "own_reset(own_instance *self);" in header
    assert "Another instance in the same state" not in header
