"""Threads of Python: long calls let others run, one thread at a time is in a model."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aotjit
from tests.e2e.libraries import Libraries

SOURCE = """
from typing import List
import torch
from torch import Tensor


class Work(torch.nn.Module):
    calls: int
    log: List[int]

    def __init__(self):
        super().__init__()
        self.calls = 0
        self.log = []

    @torch.jit.export
    def spin(self, n: int) -> int:
        a = 1
        for i in range(n):
            a = (a * 6364136223846793005 + i) ^ (a >> 7)
        return a

    @torch.jit.export
    def many(self, x: Tensor, n: int) -> Tensor:
        return torch.sin(x.repeat(n)).sum()

    @torch.jit.export
    def deep(self, x: Tensor) -> Tensor:
        x = torch.tanh(torch.tanh(torch.tanh(torch.tanh(torch.tanh(x)))))
        return torch.tanh(torch.tanh(torch.tanh(torch.tanh(torch.tanh(x)))))

    @torch.jit.export
    def count(self, x: Tensor) -> int:
        self.calls += 1
        self.log.append(self.calls)
        self.log = self.log[-5:]
        return self.calls if torch.tanh(x).sum().item() > 0 else -1

    @torch.jit.export
    def shout(self, n: int) -> int:
        total = 0
        for i in range(n):
            print("at", i)
            total += i
        return total

    def forward(self, x: Tensor) -> Tensor:
        return x + 1
"""


@pytest.fixture(scope="module")
def library(libraries: Libraries) -> Path:
    return libraries.make("work", SOURCE, "--entry=Work()", "--cpu=v3")


def longest_pause(work: Callable[[], object]) -> tuple[float, float]:
    """How long `work` took in another thread, and the longest time that this thread did not run meanwhile."""
    seconds: list[float] = []

    def timed() -> None:
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)

    thread = threading.Thread(target=timed)
    pause, last = 0.0, time.perf_counter()
    thread.start()
    while thread.is_alive():
        now = time.perf_counter()
        pause, last = max(pause, now - last), now
    thread.join()
    return seconds[0], pause


def calls_for(seconds: float, call: Callable[[int], object], count: int) -> int:
    """The argument with which `call` takes about that long."""
    while True:
        begin = time.perf_counter()
        call(count)
        taken = time.perf_counter() - begin
        if taken > seconds / 8:
            return int(count * seconds / taken)
        count *= 2


@pytest.mark.parametrize("kind", ["loops", "large tensor"])
def test_a_long_call_lets_other_threads_run(library: Path, kind: str) -> None:
    model = aotjit.load(library)
    x = np.ones(1000, np.float32)
    call = model.spin if kind == "loops" else lambda n: model.many(x, n)
    n = calls_for(0.8, call, 1000)
    seconds, pause = longest_pause(lambda: call(n))
    assert pause < seconds / 2, (pause, seconds)


def test_many_arguments_let_other_threads_run(library: Path) -> None:
    """From the first call on, and whatever the calls before took."""
    x = np.ones(20_000_000, np.float32)
    model = aotjit.load(library)
    model.deep(x[:3])
    seconds, pause = longest_pause(lambda: model.deep(x))
    assert pause < seconds / 2, (pause, seconds)


def test_one_thread_at_a_time_is_in_a_model(library: Path) -> None:
    """Every call counts once and sees its own count, though long and short calls of it meet."""
    model = aotjit.load(library)
    wide, small = np.ones(50_000, np.float32), np.ones(3, np.float32)
    seen: list[int] = []

    def work(seed: int) -> None:
        mine = []
        for i in range(300):
            mine.append(model.count(wide if (i + seed) % 2 else small))
            np.testing.assert_array_equal(model(small), [2, 2, 2])
        seen.extend(mine)

    run_threads(work, 4)
    assert sorted(seen) == list(range(1, 1201))


def run_threads(work: Callable[[int], object], count: int) -> None:
    failures: list[BaseException] = []

    def guarded(i: int) -> None:
        try:
            work(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
        assert not t.is_alive()
    assert not failures, failures[0]


def test_a_waiting_thread_gets_its_turn(library: Path) -> None:
    model = aotjit.load(library)
    n = calls_for(0.2, model.spin, 1000)
    results: list[int] = []
    run_threads(lambda i: results.append(model.spin(n)), 3)
    assert len(results) == 3 and len(set(results)) == 1


class Writer:
    """Standard output that calls the model again, and lets other threads run."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.lines: list[str] = []

    def write(self, text: str) -> None:
        if len(self.lines) < 50:
            time.sleep(0.0005)
            assert self.model.spin(3) == self.model.spin(3)
            np.testing.assert_array_equal(self.model(np.ones(20_000, np.float32)), 2)
        self.lines.append(text)

    def flush(self) -> None:
        pass


def test_print_calls_the_model_again(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = aotjit.load(library)
    writer = Writer(model)
    monkeypatch.setattr(sys, "stdout", writer)
    results: list[int] = []
    run_threads(lambda i: results.append(model.shout(20)), 3)
    monkeypatch.undo()
    assert results == [190] * 3
    # A thread's lines are not mixed with another's: it stays in the model while it prints.
    text = "".join(writer.lines)
    assert text == "".join(f"at {i}\n" for i in range(20)) * 3


def test_threads_is_set_between_calls(library: Path) -> None:
    model = aotjit.load(library)
    n = calls_for(0.2, model.spin, 1000)
    thread = threading.Thread(target=lambda: model.spin(n))
    thread.start()
    model.threads = 2
    thread.join()
    assert model.threads == 2
    np.testing.assert_array_equal(model(np.ones(100_000, np.float32)), 2)
