"""tests/c/test_kernels.c: the drivers of kernels under sanitizers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from runtime_library import C_TESTS, CC, build


@pytest.mark.skipif(CC is None, reason="no C compiler")
def test_under_sanitizers(tmp_path: Path) -> None:
    sources = [C_TESTS / "test_kernels.c", C_TESTS / "hand_functions.c"]
    flags = ("-O0", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-pthread", "-Wall", "-Wextra",
             "-lm")  # fmt: skip
    program = build(tmp_path, "test_kernels", *sources, flags=flags)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ok\n"
