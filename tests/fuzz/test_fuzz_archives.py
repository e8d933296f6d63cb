"""Damaged archives neither crash nor hang the compiler. AOTJIT_FUZZ=N runs N of them (default 150)."""

from __future__ import annotations

import os
from pathlib import Path

from tests.fuzz.archives import failures, outcome, saved_archives

COUNT = int(os.environ.get("AOTJIT_FUZZ", "150"))


def test_damaged_archives(tmp_path: Path) -> None:
    archives = saved_archives()
    for i, data in enumerate(archives):
        path = tmp_path / f"{i}.pt"
        path.write_bytes(data)
        assert outcome(path) == "compiled"
    assert [*failures(archives, range(COUNT), tmp_path)] == []
