"""Libraries whose runtime is built with AddressSanitizer and LeakSanitizer, each of its blocks being one of malloc's,
and calls of them in a child process."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from aotjit import codegen
from aotjit.options import CompileOptions
from aotjit.pipeline import lower_program
from aotjit.program import Program
from tests.e2e.libraries import GCC, ROOT

FLAGS = ("-std=c11", "-O0", "-g", "-fPIC", "-fsanitize=address", "-DAJ_PLAIN_ARENA", f"-I{ROOT / 'runtime'}")
ASAN_OPTIONS = "detect_leaks=1:leak_check_at_exit=0:detect_odr_violation=0"


def gcc(folder: Path, *arguments: object) -> str:
    done = subprocess.run([str(GCC), *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def runtime_objects(folder: Path) -> list[Path]:
    """The runtime as gcc makes it with the sanitizers."""
    gcc(folder, *FLAGS, "-c", *sorted((ROOT / "runtime").glob("*.c")))
    return sorted(folder.glob("*.o"))


def sanitized_library(program: Program, options: CompileOptions, folder: Path, runtime: list[Path]) -> Path:
    """The program with `runtime` in the place of its own."""
    lower_program(program, options, lambda step: None)
    made = codegen.generate(program, codegen.CodegenOptions(prefix=options.name, levels=options.cpu))
    parts = []
    for part, machine_code in made.objects:
        if part != "runtime.o":
            parts.append(folder / part)
            parts[-1].write_bytes(machine_code)
    output = folder / f"{options.name}.so"
    gcc(folder, "-shared", "-fsanitize=address", *parts, *runtime, "-lm", "-o", output)
    return output


def as_numpy(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().numpy().copy()
    if isinstance(value, dict):
        return {key: as_numpy(v) for key, v in value.items()}
    return type(value)(map(as_numpy, value)) if isinstance(value, tuple | list) else value


def check_calls(library: Path, cases: dict[str, list[Any]]) -> str:
    """Calls each function on its cases; raises AssertionError when AddressSanitizer stops it, and gives the stacks of
    the blocks of the arena that are left. What loading takes once, and other libraries' blocks, are not among them."""
    arguments = library.with_suffix(".pickle")
    arguments.write_bytes(pickle.dumps(as_numpy(cases)))
    command = [sys.executable, "-m", "tests.e2e.sanitized_calls", str(library), str(arguments)]
    environment = {
        **os.environ, "LD_PRELOAD": gcc(ROOT, "-print-file-name=libasan.so"), "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": ASAN_OPTIONS,
    }  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout == "checked\n", done.stderr[-4000:]
    leaks = [stack for stack in done.stderr.split("\n\n") if "aj_arena_refill" in stack and "leak of" in stack]
    return "\n\n".join(leaks[:5])
