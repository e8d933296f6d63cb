"""The runtime's sources: clean under warnings with the system's compiler, its C tests clean under sanitizers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from runtime_library import C_TESTS, CC, RUNTIME, WARNINGS, build

pytestmark = pytest.mark.skipif(CC is None, reason="no C compiler")


def test_no_warnings(tmp_path: Path) -> None:
    sources = [str(p) for p in sorted(RUNTIME.glob("*.c"))]
    command = [str(CC), *WARNINGS, "-O1", "-c", *sources]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", ["test_runtime", "test_tasks"])
@pytest.mark.parametrize("sanitizer", ["address,undefined", "thread"])
def test_under_sanitizers(tmp_path: Path, sanitizer: str, program: str) -> None:
    sources = [C_TESTS / f"{program}.c", C_TESTS / "hand_functions.c"]
    flags = ("-g", f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", "-pthread", "-Wall", "-Wextra")
    built = build(tmp_path, program, *sources, flags=flags)
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
    command = [str(built)]
    if sanitizer == "thread":
        command = ["setarch", os.uname().machine, "-R", *command]  # its shadow memory needs a fixed layout
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if sanitizer == "thread" and "unexpected memory mapping" in done.stderr:
        pytest.skip("the thread sanitizer does not run here")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ok\n"
