"""Random numbers are torch's CPU generator's: the same seed gives the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import aotjit
from tests.e2e import random_programs
from tests.e2e.libraries import Libraries

SIZES = (1, 5, 15, 16, 17, 40, 100)
"""torch draws normal numbers by sixteen, and one at a time below that."""
PROGRAMS = ("uniform", "normal", "whole_numbers", "chances", "choices", "dropped", "one_after_another",
            "half_precision", "transposed")  # fmt: skip


@pytest.fixture(scope="module")
def model(libraries: Libraries) -> Any:
    return aotjit.load(libraries.make("random_programs", Path(random_programs.__file__)))


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_seed_gives_the_same_numbers(name: str, model: Any) -> None:
    for size in SIZES:
        for seed in (0, 7, 2**40 + 1, -1):
            expected = getattr(random_programs, name)(size, seed)
            actual = getattr(model, name)(size, seed)
            for i, (ours, theirs) in enumerate(zip(actual, expected, strict=True)):
                torch.testing.assert_close(
                    torch.as_tensor(ours),
                    torch.as_tensor(theirs),
                    msg=lambda m, at=i, n=size, s=seed: f"{name}({n}, {s})[{at}]: {m}",
                )


def test_a_call_goes_on_where_the_last_one_ended(model: Any) -> None:
    for library in (model, random_programs):
        library.uniform(5, 3)
    torch.testing.assert_close(torch.as_tensor(model.unseeded(4)), random_programs.unseeded(4))
