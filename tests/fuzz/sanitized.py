"""Random programs with a runtime under AddressSanitizer and LeakSanitizer: what calls leave or use after its end.

    python -m tests.fuzz.sanitized --count 400 --seed 0 [--kinds scalars,classes] [--batch 40]

prints what the sanitizers say of each batch, and the seeds of that batch. What the calls compute is not looked at: the
campaign of `python -m tests.fuzz` does that.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aotjit.diagnostics import CompileError
from aotjit.options import CompileOptions
from aotjit.program import Program
from tests.e2e.sanitized import check_calls, runtime_objects, sanitized_library
from tests.fuzz.campaign import CALLS
from tests.fuzz.kinds import KINDS
from tests.fuzz.observe import Batch, Difference


def batch(kind: str, seeds: Iterable[int]) -> tuple[str, dict[str, list[Any]]]:
    """The source of functions f<seed>, and the arguments for each."""
    made = KINDS[kind]
    numbers = list(seeds)
    cases = {f"f{seed}": [made.arguments(seed + 7919 * i) for i in range(CALLS)] for seed in numbers}
    return made.source(numbers), cases


def accepted(source: str, cases: dict[str, list[Any]], folder: Path) -> Program:
    """The program without the functions that are refused; `cases` loses those."""
    seeds = {int(name[1:]): calls for name, calls in cases.items()}
    refused: list[Difference] = []
    programs = Batch(source, seeds, folder, "sanitized").program({seed: [] for seed in seeds})
    while True:
        try:
            refused.append(next(programs))
        except StopIteration as end:
            for difference in refused:
                del cases[f"f{difference.seed}"]
            program: Program = end.value
            return program


def check(kind: str, seeds: list[int], runtime: list[Path]) -> str:
    """What the sanitizers say; empty when it is nothing."""
    source, cases = batch(kind, seeds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            program = accepted(source, cases, folder)
            options = CompileOptions(Path("sanitized.py"), name="sanitized", cpu=("v3",))
            return check_calls(sanitized_library(program, options, folder, runtime), cases)
        except (AssertionError, CompileError) as error:
            return str(error)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.sanitized", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=400, help="how many programs of each kind")
    parser.add_argument("--seed", type=int, default=0, help="of the first one of each kind")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"some of {', '.join(KINDS)}")
    parser.add_argument("--batch", type=int, default=40, help="programs in one library")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        runtime = runtime_objects(Path(folder))
        for first in range(options.seed, options.seed + options.count, options.batch):
            for kind in options.kinds.split(","):
                seeds = list(range(first, min(first + options.batch, options.seed + options.count)))
                said = check(kind, seeds, runtime)
                wrong += bool(said)
                print(f"-- {kind} {seeds[0]}..{seeds[-1]}: {said or 'nothing left'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
