"""The runtime's sources: clean under warnings with the system's compiler, its C tests clean under sanitizers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from runtime_library import C_TESTS, CC, RUNTIME, WARNINGS, build, build_objects

pytestmark = pytest.mark.skipif(CC is None, reason="no C compiler")


def test_no_warnings(tmp_path: Path) -> None:
    sources = [str(p) for p in sorted(RUNTIME.glob("*.c"))]
    command = [str(CC), *WARNINGS, "-O1", "-c", *sources]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", params=["address,undefined", "thread"])
def sanitized(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Path]]:
    """A sanitizer, and the runtime's objects for it."""
    flags = ("-O0", "-g", f"-fsanitize={request.param}", "-fno-sanitize-recover=all", "-pthread", "-Wall", "-Wextra")
    return request.param, build_objects(tmp_path_factory.mktemp("runtime"), flags)


@pytest.mark.parametrize("program", ["test_runtime", "test_tasks", "test_weights"])
def test_under_sanitizers(tmp_path: Path, sanitized: tuple[str, list[Path]], program: str) -> None:
    sanitizer, runtime = sanitized
    sources = [C_TESTS / f"{program}.c", C_TESTS / "hand_functions.c"]
    flags = ("-O0", "-g", f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", "-pthread", "-Wall", "-Wextra")
    built = build(tmp_path, program, *sources, flags=flags, runtime=runtime)
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
    command = [str(built)]
    if sanitizer == "thread":
        command = ["setarch", os.uname().machine, "-R", *command]  # its shadow memory needs a fixed layout
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if sanitizer == "thread" and "unexpected memory mapping" in done.stderr:
        pytest.skip("the thread sanitizer does not run here")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ok\n"
