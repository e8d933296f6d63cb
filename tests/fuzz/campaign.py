"""Many random programs of all kinds: each batch is a file and a child process, so that a crash names its program.

    python -m tests.fuzz --count 20000 --seed 0 [--kinds scalars,tensors] [--batch 40]

runs them from that seed on and prints each difference with its program, made as small as it can be, and at the end how
many of each kind ran.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import select
import signal
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.fuzz.kinds import KINDS, Kind
from tests.fuzz.minimise import all_seen, minimised
from tests.fuzz.observe import Batch, Difference, quiet_torch

CALLS = 2
"""Of each program, with different arguments."""
SECONDS, BYTES = 60, 8 << 30
"""Of processor time and of addresses for a batch."""
SILENCE = 4 * SECONDS
"""Seconds of a clock without a word: it waits for something that does not come."""
NO_DIFFERENCE = ("torch refuses", "unused failures", "too large")
_TOO_LONG = f"signal {int(signal.SIGXCPU)}"
SECONDS_OF_ONE, BYTES_OF_ONE = 20, 6 << 30
"""Of processor time and of addresses for one program. What is left of a loop when it is made smaller may never end."""


def run_batch(name: str, source: str, kind: Kind, seeds: list[int]) -> list[Difference]:
    """The differences of one file of programs, run in a child process."""
    one = len(seeds) == 1
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(name, source, kind, seeds, writing, one)
    os.close(writing)
    found: list[Difference] = []
    last = (seeds[0], "the beginning")
    for line in _lines(reading, child):
        said = Difference(*json.loads(line))
        if said.detail:
            found.append(said)
        else:
            last = (said.seed, said.stage)
    os.close(reading)
    status = os.waitpid(child, 0)[1]
    if status:
        how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
        found.append(Difference(last[0], "crash", f"{how} in {last[1]}"))
    return found


def _lines(descriptor: int, child: int) -> list[str]:
    """What the child writes until it ends; it is ended when it neither writes nor computes."""
    data = b""
    while select.select([descriptor], [], [], SILENCE)[0]:
        piece = os.read(descriptor, 1 << 16)
        if not piece:
            break
        data += piece
    else:
        os.kill(child, signal.SIGKILL)
    return data.decode().splitlines()


def _work(name: str, source: str, kind: Kind, seeds: list[int], writing: int, one: bool) -> None:
    """The child: writes what it does and finds as lines of JSON, and leaves."""
    status = 1
    seconds, size = (SECONDS_OF_ONE, BYTES_OF_ONE) if one else (SECONDS, BYTES)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (size, size))

    def tell(seed: int, stage: str, detail: str = "", fails: bool = False) -> None:
        os.write(writing, (json.dumps([seed, stage, detail, fails]) + "\n").encode())

    try:
        quiet_torch()
        with tempfile.TemporaryDirectory() as folder:
            arguments = {seed: [kind.arguments(seed + 7919 * i) for i in range(CALLS)] for seed in seeds}
            for found in Batch(source, arguments, Path(folder), name).differences(tell):
                tell(found.seed, found.stage, found.detail, found.fails)
        status = 0
    except BaseException:
        tell(seeds[0], "exception", traceback.format_exc())
        status = 0
    finally:
        os._exit(status)


def _is_too_large(difference: Difference) -> bool:
    """The program alone takes more time or memory than there is for it where it is interpreted, as a list has that is
    doubled in a loop over it. What only machine code has no end of is a difference."""
    slow = difference.stage == "crash" and difference.detail in (f"{_TOO_LONG} in torch", f"{_TOO_LONG} in interpreter")
    return slow or (difference.stage == "exception" and difference.detail.rstrip().endswith("MemoryError"))


class Campaign:
    """Counts what ran, and prints what differs as it is found."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.ran: Counter[str] = Counter()
        self.stages: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.start = time.time()

    def run(self, kinds: list[str], count: int, first: int) -> int:
        """Runs `count` programs, the kinds in turn; how many differences there were."""
        quiet_torch()
        done = at = 0
        while done < count:
            for kind in kinds:
                size = math.ceil(self.batch * KINDS[kind].share)
                seeds = list(range(first + at, first + at + min(size, count - done)))
                if seeds:
                    self.run_seeds(kind, seeds)
                    done += len(seeds)
                    print(f"-- {done} programs, {self.summary()}", flush=True)
            at += self.batch
        return sum(n for stage, n in self.stages.items() if stage not in NO_DIFFERENCE)

    def run_seeds(self, kind: str, seeds: list[int]) -> None:
        found = run_batch(_file_name(kind, seeds[0]), KINDS[kind].source(seeds), KINDS[kind], seeds)
        crashed = {d.seed for d in found if d.stage in ("crash", "exception")}
        if crashed and len(seeds) > 1:  # what came after it has not run
            for half in (seeds[: len(seeds) // 2], seeds[len(seeds) // 2 :]):
                self.run_seeds(kind, half)
            return
        if any(_is_too_large(d) for d in found):
            self.stages["too large"] += 1
            return
        refused = {d.seed for d in found if d.stage == "torch refuses"}
        self.ran[kind] += len(seeds) - len(refused)
        seen: set[int] = set()
        for difference in found:
            if difference.stage == "torch refuses":
                self.stages[difference.stage] += 1
                self.refusals["\n".join(difference.detail.strip().split("\n")[:12])] += 1
            elif difference.seed not in seen:
                seen.add(difference.seed)
                self.report(kind, difference)

    def report(self, kind: str, difference: Difference) -> None:
        """Prints a difference, unless it is that code which nobody uses fails."""
        seed, header = difference.seed, KINDS[kind].header

        def again(source: str) -> list[Difference]:
            return run_batch(_file_name(kind, seed), source, KINDS[kind], [seed])

        text = KINDS[kind].function(seed)
        if difference.fails:
            used = again(header + all_seen(text))
            if not any(d.fails and d.stage == difference.stage for d in used):
                self.stages["unused failures"] += 1
                return
        self.stages[difference.stage] += 1
        small = minimised(text, header, lambda source: any(d.stage == difference.stage for d in again(source)))
        print(f"DIFFERENCE {kind} {seed}: {difference.stage}\n{difference.detail[:1500]}\n{small}", flush=True)

    def summary(self) -> str:
        return f"{dict(self.ran)}, {dict(self.stages)}, {time.time() - self.start:.0f} s"


def _file_name(kind: str, seed: int) -> str:
    return f"fuzz_{kind.replace(' ', '_')}_{seed}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="of the first one of each kind")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"some of {', '.join(KINDS)}")
    parser.add_argument("--batch", type=int, default=40, help="programs in one library")
    options = parser.parse_args()
    campaign = Campaign(options.batch)
    differences = campaign.run(options.kinds.split(","), options.count, options.seed)
    for reason, times in campaign.refusals.most_common(20):
        print(f"torch refuses {times} times: {reason}")
    print(f"seed {options.seed}: {campaign.summary()}; {differences} differences")
    return 1 if differences else 0
