"""torch.jit.interface: a ModuleList indexed with a value of run time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import aotjit
from tests.e2e import interface_program


@pytest.mark.parametrize("optimize", [0, 3])
def test_modules_chosen_at_run_time(tmp_path: Path, optimize: int) -> None:
    torch.manual_seed(0)
    oracle = interface_program.Router(3).eval()  # torch.jit has no interface with two methods beside other modules
    weights = tmp_path / "weights.pt"
    torch.save(oracle.state_dict(), weights)
    model = aotjit.compile(
        interface_program.__file__, entry="Router(3)", weights=str(weights), output=tmp_path / "router.so",
        cpu="native", optimize=optimize,
    )  # fmt: skip
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    for steps in (1, 3, 2):
        with torch.no_grad():
            want = oracle(torch.from_numpy(x), steps)
        torch.testing.assert_close(torch.as_tensor(model.forward(x, steps)), want)
    with pytest.raises(IndexError, match="module index out of range: there are 3 modules"):
        model.forward(x, 4)
