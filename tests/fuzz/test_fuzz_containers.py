"""Random programs about containers, strings and numbers mean what torch.jit says: in the interpreter before and after
the passes, and as machine code.

AOTJIT_FUZZ=N takes N programs for each test (default 12).
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from tests.e2e.agreement import assert_agree, check_interpreted, compiled, outcome, scripted
from tests.fuzz import containers

COUNT = int(os.environ.get("AOTJIT_FUZZ", "12"))


def load(first: int, count: int, folder: Path) -> ModuleType:
    """The functions as a module of Python."""
    path = folder / f"fuzz_containers_{first}.py"
    path.write_text(containers.batch(first, count))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", range(100, 100 + COUNT))
def test_interpreter(seed: int, tmp_path: Path) -> None:
    module = load(seed, 1, tmp_path)
    check_interpreted(module, f"f{seed}", [containers.arguments(seed), containers.arguments(seed + 1)], tmp_path)


@pytest.mark.parametrize("level", [0, 3])
def test_machine_code(level: int, tmp_path: Path) -> None:
    first = 100_000 * (level + 1)
    module = load(first, COUNT, tmp_path)
    library = compiled(module, tmp_path, level)
    for seed in range(first, first + COUNT):
        oracle, function = scripted(module, f"f{seed}"), getattr(library, f"f{seed}")
        for args in (containers.arguments(seed), containers.arguments(seed + 1)):
            what = f"f{seed}{args}\n{containers.function(seed)}"
            assert_agree(outcome(function, args), outcome(oracle, args), what)
