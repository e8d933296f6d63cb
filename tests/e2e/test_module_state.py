"""What source programs do to modules outside of forward: train, eval, to, apply, at top level and in --entry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import aotjit

torch = pytest.importorskip("torch")

SOURCE = '''
import torch
from torch import Tensor, nn


class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.linear(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = Part()
        self.drop = nn.Dropout(1.0)

    def forward(self, x: Tensor) -> Tensor:
        y = self.part(x)
        if self.training:
            y = y + 100
        if self.part.training:
            y = y + 1000
        return y + self.drop(torch.ones(3))


def fill(module):
    if isinstance(module, nn.Linear):
        nn.init.constant_(module.weight, 0.25)
        nn.init.zeros_(module.bias)


torch.manual_seed(3)
trained = Model()
trained.train()
trained.part.eval()
torch.manual_seed(3)
filled = Model().eval()
filled = filled.apply(fill)
torch.manual_seed(3)
still = Model().train(False)
'''


@pytest.mark.parametrize("entry", ["trained", "filled", "still", "filled.train()"])
def test_modes_and_apply(entry: str, tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(SOURCE)
    library = aotjit.compile(path, entry=entry, cpu="native", optimize=0)
    names: dict[str, object] = {}
    exec(SOURCE, names)  # the test's own text
    x = torch.randn(4, 3)
    with torch.no_grad():
        expected = eval(entry, names)(x)
    torch.testing.assert_close(torch.as_tensor(library.forward(x.numpy())), expected)


def test_to_another_dtype(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(SOURCE)
    for entry in ("Part().to(torch.float64)", "Part().double()"):
        library = aotjit.compile(path, entry=entry, cpu="native", optimize=0, inputs={"x": "f64[N,3]"})
        assert library.forward(np.ones((2, 3))).dtype == np.float64


def test_to_another_device_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(SOURCE)
    with pytest.raises(aotjit.UsageError, match="to: expected a dtype or the device 'cpu'"):
        aotjit.compile(path, entry="Part().to('cuda')")


HOOKED = """
from typing import Tuple

import torch
from torch import Tensor, nn


def halved(module, args: Tuple[Tensor]) -> Tuple[Tensor]:
    return (args[0] / 2,)


def raised(module, args: Tuple[Tensor], result: Tensor) -> Tensor:
    return result + args[0].sum() + module.shift


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = 3.0

    def forward(self, x: Tensor) -> Tensor:
        return x * 10


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = 0.5
        self.hooked, self.bare = Inner(), Inner()
        self.hooked.register_forward_pre_hook(halved)
        self.hooked.register_forward_hook(raised)
        self.register_forward_hook(raised)

    def forward(self, x: Tensor) -> Tensor:
        return self.hooked(x) + self.bare(x) + self.hooked.forward(x) * 0.001


model = Model().eval()
"""


def test_hooks(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(HOOKED)
    library = aotjit.compile(path, cpu="native", optimize=0)
    names: dict[str, object] = {}
    exec(HOOKED, names)  # the test's own text
    model, x = names["model"], torch.randn(2, 3)
    torch.testing.assert_close(torch.as_tensor(library.forward(x.numpy())), model(x))  # type: ignore[operator]  # a module
