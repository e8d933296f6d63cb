"""What a long compilation shows: a bar on a terminal after a second, nothing on a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW = """
import sys, time
import aotjit.pipeline as pipeline
from aotjit import cli
from aotjit.options import Artefact

def compile_program(options, report):
    report("thinking")
    time.sleep({seconds})
    return Artefact([b"library"], "header")

pipeline.compile_program = compile_program
sys.exit(cli.main(["compile", "model.py", "-o", "model.so"]))
"""


def _on_a_terminal(folder: Path, seconds: float) -> str:
    """Standard error of a compilation that takes so long, where standard error is a terminal."""
    (folder / "model.py").write_text("def f(x):\n    return x\n")
    main, other = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    command = [sys.executable, "-c", SLOW.format(seconds=seconds)]
    process = subprocess.Popen(command, stderr=other, stdout=subprocess.PIPE, cwd=folder, env=environment)
    os.close(other)
    output = b""
    while True:
        try:
            piece = os.read(main, 4096)
        except OSError:  # the terminal's other end is closed
            break
        if not piece:
            break
        output += piece
    os.close(main)
    assert process.wait() == 0
    assert process.stdout is not None and process.stdout.read() == b""
    process.stdout.close()
    assert (folder / "model.so").read_bytes() == b"library"
    return output.decode()


def test_bar_after_a_second(tmp_path: Path) -> None:
    output = _on_a_terminal(tmp_path, 2.5)
    assert "thinking" in output
    # The bar is erased, and the cursor is shown again.
    assert "\x1b[2K" in output and output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")


def test_no_bar_when_it_is_quick(tmp_path: Path) -> None:
    assert _on_a_terminal(tmp_path, 0.0) == ""


@pytest.mark.parametrize("seconds", [1.5])
def test_nothing_on_a_pipe(tmp_path: Path, seconds: float) -> None:
    (tmp_path / "model.py").write_text("def f(x):\n    return x\n")
    result = subprocess.run(
        [sys.executable, "-c", SLOW.format(seconds=seconds)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert (result.stdout, result.stderr) == (b"", b"")
