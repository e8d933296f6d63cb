"""Runs the passes in order: each checked when asked for, timed and dumped under its own name."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aotjit import knobs
from aotjit.ir.verify_ssa import InvalidIRError, Stage, verify_module
from aotjit.passes.base import Pass
from aotjit.passes.user import run_user_pass
from aotjit.program import Program


@dataclass
class PassReport:
    """What one pass did."""

    name: str
    seconds: float
    changed: bool


@dataclass
class PassOptions:
    """How `run_passes` works; the defaults come from AOTJIT_VERIFY, AOTJIT_DUMP and AOTJIT_TIME."""

    verify: bool = field(default_factory=lambda: knobs.verify())
    dump: knobs.Dump | None = field(default_factory=lambda: knobs.dump())
    time: bool = field(default_factory=lambda: knobs.time())

    def write(self, index: int, name: str, program: Program, changed: bool) -> None:
        """Writes `NN-name.mlir` when dumps are wanted."""
        if self.dump is None or not self.dump.wants(name):
            return
        from aotjit.ir.text import to_text

        self.dump.folder.mkdir(parents=True, exist_ok=True)
        text = to_text(program) if changed else "// unchanged\n"
        (self.dump.folder / f"{index:02d}-{name}.mlir").write_text(text, encoding="utf-8")


def run_passes(
    program: Program,
    level: int = 3,
    options: PassOptions | None = None,
    passes: Sequence[Pass] | None = None,
) -> list[PassReport]:
    """Runs `passes` (default: all that run at optimisation `level`) over `program`, in place."""
    from aotjit.passes import PASSES

    options = options or PassOptions()
    chosen = [p for p in PASSES if p.level <= level] if passes is None else list(passes)
    options.write(0, "build", program, True)
    reports = [*_run(program, chosen, options)]
    if options.time:
        for report in reports:
            print(f"{report.seconds * 1e3:8.2f} ms  {report.name}", file=sys.stderr)
    return reports


def _run(program: Program, passes: Sequence[Pass], options: PassOptions) -> Iterable[PassReport]:
    stage = Stage.BUILT
    if options.verify:
        verify_module(program.module, stage)
    for index, step in enumerate(passes, 1):
        start = time.perf_counter()
        before, stage = stage, stage if step.stage is None else step.stage
        changed = step.run(program) if step.after is None else run_user_pass(step, program, stage)
        seconds = time.perf_counter() - start
        options.write(index, step.name, program, changed)
        # What says that it changed nothing is believed until the last pass: verifying takes longer than most passes.
        if options.verify and (changed or stage is not before or index == len(passes)):
            _verify(program, step, stage)
        yield PassReport(step.name, seconds, changed)


def _verify(program: Program, step: Pass, stage: Stage) -> None:
    try:
        verify_module(program.module, stage)
    except InvalidIRError as error:
        raise InvalidIRError(error.op, f"after {step.name}: {error}") from error
