"""Archives of all kinds, compiled and called several times: each call equal to torch.jit's, state included."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch

import aotjit
from tests.e2e.archive_models import SAVED, Saved

CALLS = 3


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("saved", SAVED, ids=lambda s: s.name)
def test_equal_to_torch(saved: Saved, tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = tmp_path / "model.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(saved.make(), str(path))
    for optimize in (0, 3):
        reference = torch.jit.load(path)
        model = aotjit.compile(path, optimize=optimize, cpu="v3")
        for _ in range(CALLS):
            torch.testing.assert_close(_plain(model.forward(*saved.arguments)), _plain(reference(*saved.arguments)))


def _plain(value: object) -> object:
    """Tuples of any class as tuples."""
    return tuple(value) if isinstance(value, tuple) else value


class Several(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.reset()
        return self._scaled(x)

    def _scaled(self, x: torch.Tensor) -> torch.Tensor:
        self.count += 1
        return x * self.count

    @torch.jit.export
    def reset(self) -> None:
        self.count = 4


def test_all_public_methods_are_exported(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.jit.save(torch.jit.script(Several()), str(path))
    model = aotjit.compile(path, cpu="v3")
    assert model.reset() is None
    assert model.forward(torch.ones(1)).item() == 5
    assert not hasattr(model, "_scaled")
