"""Damaged archives neither crash nor hang the compiler. AOTJIT_FUZZ=N runs N of them (default 150)."""

from __future__ import annotations

import os
from pathlib import Path

from tests.fuzz.archives import failures, saved_archives

COUNT = int(os.environ.get("AOTJIT_FUZZ", "150"))


def test_damaged_archives(tmp_path: Path) -> None:
    assert [*failures(saved_archives(), range(COUNT), tmp_path)] == []
