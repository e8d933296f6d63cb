"""LeakSanitizer and AddressSanitizer on compiled programs: the runtime is built with them, each of its blocks being one
of malloc's, and nothing that a call made is left or used after its end."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from aotjit import codegen, sema
from aotjit.diagnostics import SourceText
from aotjit.options import CompileOptions
from aotjit.pipeline import lower_program
from aotjit.syntax.parse import parse
from tests.e2e import algorithm_cases, character_programs, loop_programs, statement_programs
from tests.e2e.libraries import EXAMPLES, GCC, ROOT

FLAGS = ("-std=c11", "-O1", "-g", "-fPIC", "-fsanitize=address", "-DAJ_PLAIN_ARENA", f"-I{ROOT / 'runtime'}")
MODULES = (character_programs, loop_programs, statement_programs)
PROGRAMS: dict[str, tuple[Path, dict[str, list[Any]]]] = {
    "algorithms": (EXAMPLES / "algorithms.py", algorithm_cases.CASES),
    **{m.__name__.rpartition(".")[2]: (Path(str(m.__file__)), m.CASES) for m in MODULES},
}
pytestmark = pytest.mark.skipif(GCC is None, reason="no C compiler")


def gcc(folder: Path, *arguments: object) -> str:
    done = subprocess.run([str(GCC), *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runtime")
    gcc(folder, *FLAGS, "-c", *sorted((ROOT / "runtime").glob("*.c")))
    return sorted(folder.glob("*.o"))


def sanitized_library(name: str, folder: Path, runtime: list[Path]) -> Path:
    """The program with the runtime as gcc makes it, in the place of its own."""
    source = PROGRAMS[name][0]
    options = CompileOptions(source, name=name, cpu=("v3",))
    program = sema.build(parse(SourceText(source.name, source.read_text())), options)
    lower_program(program, options, lambda step: None)
    made = codegen.generate(program, codegen.CodegenOptions(prefix=name, levels=options.cpu))
    parts = []
    for part, machine_code in made.objects:
        if part != "runtime.o":
            parts.append(folder / part)
            parts[-1].write_bytes(machine_code)
    output = folder / f"{name}.so"
    gcc(folder, "-shared", "-fsanitize=address", *parts, *runtime, "-lm", "-o", output)
    return output


def as_numpy(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().numpy().copy()
    if isinstance(value, dict):
        return {key: as_numpy(v) for key, v in value.items()}
    return type(value)(map(as_numpy, value)) if isinstance(value, tuple | list) else value


def checked(library: Path, cases: dict[str, list[Any]]) -> str:
    """What the sanitizer says of blocks of the arena; what loading takes once, and other libraries, are left out."""
    arguments = library.with_suffix(".pickle")
    arguments.write_bytes(pickle.dumps(as_numpy(cases)))
    command = [sys.executable, "-m", "tests.e2e.sanitized_calls", str(library), str(arguments)]
    environment = {
        **os.environ, "LD_PRELOAD": gcc(ROOT, "-print-file-name=libasan.so"), "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=1:leak_check_at_exit=0:detect_odr_violation=0",
    }  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout == "checked\n", done.stderr[-4000:]
    leaks = [stack for stack in done.stderr.split("\n\n") if "aj_arena_refill" in stack and "leak of" in stack]
    return "\n\n".join(leaks[:5])


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_left(name: str, tmp_path: Path, runtime: list[Path]) -> None:
    assert not checked(sanitized_library(name, tmp_path, runtime), PROGRAMS[name][1])


def test_a_leak_is_seen(tmp_path: Path, runtime: list[Path]) -> None:
    """Cycles of instances are not collected, as in TorchScript."""
    path = tmp_path / "cycle.py"
    path.write_text(CYCLE)
    PROGRAMS["cycle"] = (path, {"cycle": [(3,)]})
    assert "leak of" in checked(sanitized_library("cycle", tmp_path, runtime), PROGRAMS["cycle"][1])


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
