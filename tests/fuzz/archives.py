"""Damaged archives: each is compiled up to the passes, or refused with one clear error, in bounded time and memory.
Each has a child process of its own, so that a crash is a failure like any other.

`python -m tests.fuzz.archives N [FIRST [FOLDER]]` runs N of them from seed FIRST on and prints what went wrong; FOLDER
holds the archives that are damaged, else those of tests.e2e.archive_models and models/zoo.py are made.
"""

from __future__ import annotations

import gc
import io
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from aotjit.diagnostics import CompileError, UsageError
from aotjit.options import CompileOptions
from aotjit.pipeline import compile_program
from tests.fuzz.damage import damaged

SECONDS = 10
"""Of processor time: other work on the machine does not count."""
MEMORY = 1 << 30
"""How much more address space one archive may take."""


class TooSlowError(Exception):
    """An archive kept the compiler busy for too long."""


def _too_slow(signum: int, frame: FrameType | None) -> None:
    raise TooSlowError(f"more than {SECONDS} s")


def compiled(path: Path, emit: str = "mlir") -> str:
    """"compiled" or "refused"; what else happens is raised."""
    signal.signal(signal.SIGPROF, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        compile_program(CompileOptions(source=path, emit=emit), lambda step: None)
    except (CompileError, UsageError) as error:
        str(error)
        return "refused"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "compiled"


def outcome(path: Path, emit: str = "mlir") -> str:
    """"compiled", "refused", or what went wrong, of a child process that has its own limits."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        result = _in_child(path, emit)
        os.write(writing, result.encode(errors="replace")[:4000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read().decode()
    status = os.waitpid(child, 0)[1]
    return text if status == 0 else f"ended with {os.waitstatus_to_exitcode(status)} {text}"


def _in_child(path: Path, emit: str) -> str:
    gc.freeze()
    limit = _address_space() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (3 * SECONDS, 3 * SECONDS))
    try:
        return compiled(path, emit)
    except BaseException as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {frame.filename}:{frame.lineno}: {str(error)[:200]}"


def failures(archives: Sequence[bytes], seeds: Sequence[int], folder: Path) -> Iterator[str]:
    """Runs a damaged archive for each seed; a line for each that was neither compiled nor refused."""
    path = folder / "damaged.pt"
    for i, data in enumerate(archives):  # what is imported, parsed and kept now is there in every child
        path.write_bytes(data)
        found = compiled(path, "mlir" if i else "llvm")
        if found != "compiled":
            yield f"archive {i} as it was: {found}"
    for seed in seeds:
        rng = random.Random(seed)
        path.write_bytes(damaged(rng.choice(archives), rng))
        found = outcome(path, "llvm" if seed % 8 == 0 else "mlir")
        if found not in ("compiled", "refused"):
            yield f"seed {seed}: {found}"


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def saved_archives() -> list[bytes]:
    """Archives of tests.e2e.archive_models, as torch writes them."""
    import warnings

    import torch

    from tests.e2e.archive_models import SAVED

    result = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for saved in SAVED:
            out = io.BytesIO()
            torch.jit.save(saved.make(), out)
            result.append(out.getvalue())
    return result


def zoo_archives() -> list[bytes]:
    """Archives of the models of tests.e2e.test_zoo_archives: much code, many calls."""
    import torch

    from tests.e2e.test_zoo_archives import CASES, saved

    result = []
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        for name, way, _, arguments in CASES:
            path = f"{folder}/model.pt"
            saved(name, way, arguments(0), path)
            result.append(Path(path).read_bytes())
    return result


def main() -> None:
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    if len(sys.argv) > 3:
        archives = [p.read_bytes() for p in sorted(Path(sys.argv[3]).glob("*.pt"))]
    else:
        archives = saved_archives() + zoo_archives()
    start, found = time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        for line in failures(archives, range(first, first + count), Path(folder)):
            found += 1
            print(line, flush=True)
    print(f"{count} archives, {found} failures, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
