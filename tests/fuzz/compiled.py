"""Compiles a batch of random programs into one library and runs them beside the interpreter, in a child process.

    python -m tests.fuzz.compiled FIRST COUNT [LEVEL] [FACTS]

prints each difference with its program; a crash of the child names the program that was running. AOTJIT_FUZZ_CPU is
the instruction set level to compile for (default native).
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.check import arguments, same
from tests.fuzz.generate import program

HEADER = "import torch\nfrom typing import List\n\n"
CALLS = 3


def batch_source(first: int, count: int) -> str:
    """All programs of the batch as functions f<seed>."""
    bodies = []
    for seed in range(first, first + count):
        bodies.append(program(seed).partition("\n\n")[2].replace("def f(", f"def f{seed}("))
    return HEADER + "\n".join(bodies)


def compile_batch(first: int, count: int, level: int, facts: dict[str, str], folder: Path) -> Path:
    """The library with all programs of the batch."""
    source, library = folder / "batch.py", folder / f"batch{first}.so"
    source.write_text(batch_source(first, count), encoding="utf-8")
    command = [sys.executable, "-m", "aotjit", "compile", str(source), "-o", str(library), f"-O{level}"]
    command += ["--cpu", os.environ.get("AOTJIT_FUZZ_CPU", "native")]
    for name, text in facts.items():
        command += ["--input", f"{name}={text}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise AssertionError(f"seeds {first}..{first + count}: {result.stderr[-4000:]}")
    return library


def run_batch(first: int, count: int, library: Path) -> str:
    """Runs the batch in a child process; what differs, or empty."""
    command = [sys.executable, "-m", "tests.fuzz.compiled", "--run", str(library), str(first), str(count)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return ""
    if result.returncode < 0:
        seed = ([""] + [t for t in result.stdout.splitlines() if t.startswith("seed ")])[-1].rpartition(" ")[2]
        return f"signal {-result.returncode} in seed {seed}\n{program(int(seed)) if seed.isdigit() else ''}"
    return result.stdout[result.stdout.find("MISMATCH") :] + result.stderr


def _run(library: str, first: int, count: int) -> int:
    import aotjit
    from tests.fuzz.check import build, evaluate

    model = aotjit.load(library)
    failures = compared = 0
    for seed in range(first, first + count):
        print("seed", seed, flush=True)
        reference = build(program(seed), {})
        for number in range(CALLS):
            values = arguments(seed + 7919 * number)
            kind, expected, after = evaluate(reference, values)
            if kind:
                continue  # what fails may be removed when its result is not used
            compared += 1
            difference = _difference(getattr(model, f"f{seed}"), values, expected, after)
            if difference:
                print(f"MISMATCH {seed}: {difference}\nexpected {expected}, {after}\n{program(seed)}")
                failures += 1
                break
    print(f"{compared} calls compared")
    return 1 if failures or not compared else 0


def _difference(function: Callable[..., object], values: list[object], expected: object, after: list[object]) -> str:
    own = copy.deepcopy(values)
    try:
        result = function(*own)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if same(result, expected) and same(own, after[:-1]) else f"{result}, {own}"


def main() -> int:
    if sys.argv[1] == "--run":
        return _run(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    first, count = int(sys.argv[1]), int(sys.argv[2])
    level = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    shapes = {"x": "f32[3,3]", "y": "f32[3,3]", "b": "f32[3]"} if len(sys.argv) > 4 else {}
    with tempfile.TemporaryDirectory() as folder:
        library = compile_batch(first, count, level, shapes, Path(folder))
        report = run_batch(first, count, library)
    print(report or "all agree")
    return 1 if report else 0


if __name__ == "__main__":
    sys.exit(main())
