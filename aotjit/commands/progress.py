"""What a long compilation shows: a bar on a terminal after a second, the steps with their times when asked."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_DELAY = 1.0


class StepReport:
    """Call it with the name of each step that starts. Nothing is shown on a pipe unless `verbose`."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._step = ""
        self._started = time.perf_counter()
        self._bar: Bar | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(_DELAY, self._show) if sys.stderr.isatty() and not verbose else None
        if self._timer is not None:
            self._timer.daemon = True

    def __enter__(self) -> StepReport:
        if self._timer is not None:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish_step()
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, step: str) -> None:
        self._finish_step()
        self._step, self._started = step, time.perf_counter()
        with self._lock:
            if self._bar is not None:
                self._bar.update(self._bar.task_ids[0], description=step)

    def _finish_step(self) -> None:
        if self._verbose and self._step:
            print(f"{(time.perf_counter() - self._started) * 1000:9.1f} ms  {self._step}", file=sys.stderr)
        self._step = ""

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
        bar = Bar(*columns, console=Console(stderr=True), transient=True)
        with self._lock:
            if self._timer is not None:
                bar.add_task(self._step, total=None)
                bar.start()
                self._bar = bar
