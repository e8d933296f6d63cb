"""Interleaved timing: each contestant in turn, many rounds, medians and ratios. No single absolute time is a claim."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Seconds a call, by contestant, from interleaved rounds."""

    seconds: Mapping[str, float]

    def ratio(self, slow: str, fast: str) -> float:
        """How many times faster `fast` is than `slow`."""
        return self.seconds[slow] / self.seconds[fast]


def _calls_for(function: Callable[[], object], budget: float) -> int:
    function()
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            function()
        taken = time.perf_counter() - start
        if taken > budget or count >= 1 << 22:
            return max(1, int(count * budget / max(taken, 1e-9)))
        count *= 2


def interleave(contestants: Mapping[str, Callable[[], object]], rounds: int = 15, budget: float = 0.02) -> Result:
    """Times every contestant `rounds` times in turn, `budget` seconds each, and keeps the medians."""
    counts = {name: _calls_for(function, budget) for name, function in contestants.items()}
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, function in contestants.items():
            start = time.perf_counter()
            for _ in range(counts[name]):
                function()
            samples[name].append((time.perf_counter() - start) / counts[name])
    return Result({name: statistics.median(times) for name, times in samples.items()})


def least(contestants: Mapping[str, Callable[[], object]], rounds: int = 40, budget: float = 0.004) -> Result:
    """The least processor time of short interleaved rounds: steady on a machine that does other work too."""
    counts = {name: _calls_for(function, budget) for name, function in contestants.items()}
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(rounds):
        for name, function in contestants.items():
            start = time.process_time()
            for _ in range(counts[name]):
                function()
            best[name] = min(best[name], (time.process_time() - start) / counts[name])
    return Result(best)


def table(title: str, result: Result, ours: str = "aotjit") -> str:
    """A table of medians, slowest last, with each contestant's time over ours."""
    rows = sorted(result.seconds.items(), key=lambda row: row[1])
    lines = [title]
    for name, seconds in rows:
        lines.append(f"  {name:24s} {seconds * 1e6:12.2f} us   {seconds / result.seconds[ours]:8.2f} x")
    return "\n".join(lines)
