"""Random programs mean what torch.jit says they mean."""

from __future__ import annotations

import pytest

from tests.fuzz.check import arguments, check_torch
from tests.fuzz.generate import program


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", range(1000, 1012))
def test_torch_agrees(seed: int) -> None:
    pytest.importorskip("torch")
    check_torch(program(seed), arguments(seed))
