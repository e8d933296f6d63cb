"""LLVM at work in child processes: several at once, and an abort inside LLVM is an error message."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import signal
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aotjit import knobs
from aotjit.diagnostics import CompileError


@dataclass(frozen=True)
class Task:
    """`work` runs in a child and returns bytes. `title` says what it compiles."""

    title: str
    work: Callable[[], bytes]


@dataclass(frozen=True)
class _Child:
    title: str
    pid: int
    output: int
    log: int
    """What it wrote to standard error."""


def run_tasks(tasks: Iterable[Task], meanwhile: Callable[[], None] | None = None) -> list[bytes]:
    """The results in order. Each task starts as soon as `tasks` gives it; `meanwhile` is called when all run.

    Raises CompileError where a child failed or died.
    """
    if knobs.in_process():
        return [task.work() for task in tasks]
    waiting: list[_Child] = []
    replies: list[bytes | CompileError] = []
    try:
        for task in tasks:
            waiting.append(_start(task))
        if meanwhile is not None:
            meanwhile()
        while waiting:
            replies.append(_collect(waiting[0]))
            del waiting[0]
    except BaseException:
        for child in waiting:
            _abandon(child)
        raise
    for reply in replies:
        if isinstance(reply, CompileError):
            raise reply
    return [r for r in replies if isinstance(r, bytes)]


def _start(task: Task) -> _Child:
    reading, writing = os.pipe()
    log = os.memfd_create("aotjit")
    with warnings.catch_warnings():
        # Python warns about forking with threads; the child only runs LLVM and leaves through _exit.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            pid = os.fork()
        except OSError as error:
            raise CompileError.at(None, f"no process could be started for LLVM: {error.strerror}") from None
    if pid:
        os.close(writing)
        return _Child(task.title, pid, reading, log)
    status = 1
    try:
        os.close(reading)
        os.dup2(log, 2)
        faulthandler.disable()
        try:
            reply: object = task.work()
        except CompileError as error:
            reply = error.diagnostics
        except BaseException as error:
            reply = f"{type(error).__name__}: {error}"
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(reply, stream)
        status = 0
    finally:
        os._exit(status)


def _abandon(child: _Child) -> None:
    """Ends a child whose result nobody waits for."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)


def _collect(child: _Child) -> bytes | CompileError:
    with os.fdopen(child.output, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(child.pid, 0)
    with os.fdopen(child.log, "rb") as stream:
        stream.seek(0)
        said = stream.read().decode(errors="replace").strip()
    if status == 0:
        reply = pickle.loads(data)
        if isinstance(reply, bytes):
            return reply
        if isinstance(reply, tuple):
            return CompileError(reply)
        return CompileError.at(None, f"internal error in LLVM while compiling {child.title}: {reply}")
    if os.WIFSIGNALED(status):
        cause = signal.Signals(os.WTERMSIG(status)).name
    else:
        cause = f"exit status {os.waitstatus_to_exitcode(status)}"
    first = f" ({said.splitlines()[0]})" if said else ""
    return CompileError.at(None, f"internal error in LLVM while compiling {child.title}: {cause}{first}")
