"""Libraries made by the command, each once, and C programs that use them."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from aotjit import cli

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
C_SOURCES = Path(__file__).parent / "c"
GCC, GXX, VALGRIND = shutil.which("gcc"), shutil.which("g++"), shutil.which("valgrind")
WARNINGS = ("-Wall", "-Wextra", "-Werror")


class Libraries:
    """What the command makes, by name; `folder` holds the libraries and headers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, name: str, source: str | Path, *options: str, suffix: str = ".so") -> Path:
        """`<name>.so` (or `.a`) compiled from a file or from text, unless it is there already."""
        output = self.folder / f"{name}{suffix}"
        if not output.exists():
            path = source if isinstance(source, Path) else self.folder / f"{name}.py"
            if isinstance(source, str):
                path.write_text(source)
            assert cli.main(["compile", str(path), "-o", str(output), *options]) == 0
        return output

    def example(self, name: str, *options: str, output: str = "", suffix: str = ".so") -> Path:
        """The library of a program in examples/, with the weights of `example_module`."""
        weights = self.folder / f"{name}.pt"
        model = getattr(example_module(name), "model", None)
        if model is not None:
            torch.save(model.state_dict(), weights)
            options = (*options, "--weights", str(weights))
        return self.make(output or name, EXAMPLES / f"{name}.py", *options, suffix=suffix)


@functools.cache
def example_module(name: str) -> Any:
    """A program of examples/ as Python runs it, with the same weights each time."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    torch.manual_seed(0)
    spec.loader.exec_module(module)
    return module


def run_torch(name: str, *arguments: Any) -> Any:
    """What torch makes of a call of the program in examples/."""
    module = example_module(name)
    with torch.no_grad():
        return getattr(module, "model", getattr(module, name, None))(*arguments)


def compile_c(folder: Path, program: str, source: Path, *arguments: str, compiler: str | None = None) -> Path:
    """Builds `source` in `folder`, where the libraries are; warnings are errors."""
    command = [str(compiler or GCC), *WARNINGS, "-I.", f"-I{C_SOURCES}", str(source), *arguments, "-o", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / program


def run_program(
    program: Path, *arguments: str, prefix: tuple[str, ...] = (), data: bytes | None = None, status: int = 0
) -> bytes:
    """Standard output of `program`, which must end with `status`."""
    command = [*prefix, str(program), *arguments]
    done = subprocess.run(command, cwd=program.parent, input=data, capture_output=True, check=False)
    assert done.returncode == status, (done.stderr.decode(), done.stdout[-2000:])
    return done.stdout


PEAK_MEMORY = "int(next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1]) * 1024"
"""An expression for the largest resident set of this process in bytes. (What getrusage says is at least that of the
process that started it.)"""


def python(code: str, *arguments: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Standard output of `python -c code` with the package importable."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
