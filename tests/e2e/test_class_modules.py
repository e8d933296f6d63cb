"""Instances of classes as attributes of a module: state that outlives calls, in each instance of the model its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import aotjit
from tests.e2e import class_modules, module_tree_programs
from tests.e2e.agreement import assert_same

SOURCE = Path(class_modules.__file__)


@pytest.mark.parametrize("optimize", [0, 3])
def test_instances_live_in_the_module(tmp_path: Path, optimize: int) -> None:
    oracle = class_modules.Recurrent()
    model = aotjit.compile(SOURCE, output=tmp_path / "recurrent.so", cpu="native", optimize=optimize)
    for i in range(3):
        x = np.arange(3, dtype=np.float32) + i
        torch.testing.assert_close(torch.as_tensor(model.forward(x)), oracle(torch.tensor(x)))
        assert model.report() == oracle.report()
    x = np.ones(3, np.float32)
    oracle.reset(torch.tensor(x))
    model.reset(x)
    x[:] = 7  # the instance keeps a copy of what is the caller's
    torch.testing.assert_close(torch.as_tensor(model.hidden()), oracle.hidden())
    assert model.report() == oracle.report()


def test_nothing_is_left_after_ten_thousand_calls(tmp_path: Path) -> None:
    model = aotjit.compile(SOURCE, output=tmp_path / "recurrent.so", cpu="native", optimize=1)
    x = np.ones(3, np.float32)
    for _ in range(50):
        model.reset(x)
        model.hidden()
    before = model._allocations
    for _ in range(10_000):
        model.reset(x)
        model.hidden()
    assert model._allocations - before <= 1


@pytest.mark.parametrize(("optimize", "name"), [(0, "model"), (3, "model"), (3, "other")])
def test_what_a_module_consists_of(tmp_path: Path, optimize: int, name: str) -> None:
    oracle = torch.jit.script(getattr(module_tree_programs, name))
    source = Path(module_tree_programs.__file__)
    model = aotjit.compile(source, entry=name, output=tmp_path / "tree.so", cpu="native", optimize=optimize)
    x = torch.arange(6.0).reshape(2, 3) - 2
    calls: list[tuple[str, tuple[object, ...]]] = [
        ("forward", (x,)), ("names", ()), ("keys", ("second", x)), ("keys", ("third", x)), ("boosted", (3,)),
        ("boosted", (4,)), ("sums", (x, 4)),
    ]  # fmt: skip
    for method, arguments in calls:
        assert_same(getattr(model, method)(*arguments), getattr(oracle, method)(*arguments))
