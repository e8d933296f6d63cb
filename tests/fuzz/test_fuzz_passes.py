"""Passes keep the meaning of random programs. AOTJIT_FUZZ=N runs N programs (default 20), AOTJIT_FUZZ_FROM=S starts at
seed S. A failure shows the program and the IR before the pass that changed its meaning."""

from __future__ import annotations

import os

import pytest

from tests.fuzz.check import FACTS, arguments, check_passes
from tests.fuzz.generate import program

COUNT = int(os.environ.get("AOTJIT_FUZZ", "20"))
FIRST = int(os.environ.get("AOTJIT_FUZZ_FROM", "0"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_passes_keep_meaning(seed: int) -> None:
    check_passes(program(seed), arguments(seed), FACTS[seed % len(FACTS)])
