"""The recurrent neural network grammar gives what torch gives, from source and from an archive, and leaves nothing."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from tests.e2e import grammar_program

TOKENS = [np.array([3, 1, 4]), np.array([5]), np.array([2, 6, 5, 3, 5])]


@pytest.fixture(scope="module")
def oracle() -> Any:
    torch.manual_seed(1)
    return grammar_program.Grammar(10, 6).eval()


def compiled(oracle: Any, folder: Path, via: str, optimize: int) -> Any:
    inputs = {"tokens": "i64[n]"}
    output = folder / f"grammar_{via}.so"
    if via == "archive":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.jit.script(oracle).save(str(folder / "grammar.pt"))
        return aotjit.compile(folder / "grammar.pt", output=output, inputs=inputs, cpu="native", optimize=optimize)
    weights = folder / "weights.pt"
    torch.save(oracle.state_dict(), weights)
    return aotjit.compile(
        grammar_program.__file__, entry="Grammar(10, 6)", weights=str(weights), output=output, inputs=inputs,
        cpu="native", optimize=optimize,
    )  # fmt: skip


@pytest.mark.parametrize(("via", "optimize"), [("source", 0), ("source", 3), ("archive", 3)])
def test_beam_search(oracle: Any, tmp_path: Path, via: str, optimize: int) -> None:
    model = compiled(oracle, tmp_path, via, optimize)
    for tokens in TOKENS:
        for beam in (1, 4):
            actions, score = model.forward(tokens, beam)
            with torch.no_grad():
                want, want_score = oracle(torch.from_numpy(tokens), beam)
            assert actions == want
            assert score == pytest.approx(want_score, rel=1e-5)
    before = model._allocations
    for _ in range(200):
        model.forward(TOKENS[0], 4)
    assert model._allocations - before <= 1
