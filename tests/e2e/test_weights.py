"""Weights replaced at run time: by name, for all instances, between calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import aotjit
from tests.e2e import weights_programs

X = torch.randn(2, 4, 6, 6)


def compiled(folder: Path, net: torch.nn.Module, via: str = "source", **options: Any) -> Any:
    if via == "source":
        torch.save(net.state_dict(), folder / "state.pt")
        return aotjit.compile(
            Path(weights_programs.__file__),
            weights=folder / "state.pt",
            output=folder / "net.so",
            cpu="native",
            **options,
        )
    torch.jit.script(net).save(str(folder / "net.pt"))
    return aotjit.compile(folder / "net.pt", output=folder / "net.so", cpu="native", **options)


def close(got: Any, expected: torch.Tensor) -> None:
    torch.testing.assert_close(torch.as_tensor(got), expected.detach())


@pytest.mark.parametrize("via", ["source", "script"])
@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("inputs", [None, {"x": "f32[N,4,6,6]"}])
def test_all_weights_are_replaced(tmp_path: Path, via: str, optimize: int, inputs: Any) -> None:
    one, two = weights_programs.Net(), weights_programs.Net()
    model = compiled(tmp_path, one, via, optimize=optimize, inputs=inputs)
    other = model.new()
    close(model(X.numpy()), one(X))
    model.load_state(two.state_dict())
    model.reset()
    close(model(X.numpy()), two(X))
    close(other(X.numpy()), weights_after(two)(X))
    one.total.fill_(0.25)
    torch.save(one.state_dict(), tmp_path / "one.pt")
    model.load_state(tmp_path / "one.pt")
    other.reset()
    close(other(X.numpy()), one(X))


def weights_after(net: torch.nn.Module) -> torch.nn.Module:
    """The same module in its first state."""
    fresh = weights_programs.Net()
    fresh.load_state_dict(net.state_dict())
    fresh.total.zero_()
    return fresh
