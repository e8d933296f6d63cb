"""AddressSanitizer and LeakSanitizer on compiled programs: nothing that a call made is left or used after its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aotjit import sema
from aotjit.diagnostics import SourceText
from aotjit.options import CompileOptions
from aotjit.syntax.parse import parse
from tests.e2e import algorithm_cases, character_programs, loop_programs, statement_programs
from tests.e2e.libraries import EXAMPLES, GCC
from tests.e2e.sanitized import check_calls, runtime_objects, sanitized_library
from tests.fuzz.sanitized import batch

MODULES = (character_programs, loop_programs, statement_programs)
PROGRAMS: dict[str, tuple[Path, dict[str, list[Any]]]] = {
    "algorithms": (EXAMPLES / "algorithms.py", algorithm_cases.CASES),
    **{m.__name__.rpartition(".")[2]: (Path(str(m.__file__)), m.CASES) for m in MODULES},
}
pytestmark = pytest.mark.skipif(GCC is None, reason="no C compiler")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return runtime_objects(tmp_path_factory.mktemp("runtime"))


def library(source: SourceText, folder: Path, runtime: list[Path]) -> Path:
    options = CompileOptions(source, name=source.name.removesuffix(".py"), cpu=("v3",))
    return sanitized_library(sema.build(parse(source), options), options, folder, runtime)


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_left(name: str, tmp_path: Path, runtime: list[Path]) -> None:
    path, cases = PROGRAMS[name]
    assert not check_calls(library(SourceText(path.name, path.read_text()), tmp_path, runtime), cases)


def test_nothing_is_left_by_random_programs(tmp_path: Path, runtime: list[Path]) -> None:
    source, cases = batch("mixed", range(700, 715))
    assert not check_calls(library(SourceText("fuzz.py", source), tmp_path, runtime), cases)


def test_a_leak_is_seen(tmp_path: Path, runtime: list[Path]) -> None:
    """Cycles of instances are not collected, as in TorchScript."""
    made = library(SourceText("cycle.py", CYCLE), tmp_path, runtime)
    assert "leak of" in check_calls(made, {"cycle": [(3,)]})


CYCLE = """
from typing import Optional


class Node:
    def __init__(self, n: int):
        self.n = n
        self.next: Optional[Node] = None


def cycle(n: int) -> int:
    node = Node(n)
    node.next = node
    return node.n
"""
