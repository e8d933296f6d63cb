"""LLVM runs in children: results come back, failures and deaths are messages."""

from __future__ import annotations

import os
import time

import pytest

from aotjit.codegen import backend, workers
from aotjit.codegen.workers import Task, run_tasks
from aotjit.diagnostics import CompileError
from aotjit.runtime_files import inlinable_bitcode
from aotjit.schedule.targets import TARGETS


def compiled(module: backend.CodeModule) -> bytes:
    """What a child does with a level."""
    optimized = backend.optimized_module(module, TARGETS["v2"], 2, inlinable_bitcode())
    return bytes(backend.target_machine(TARGETS["v2"], 2).emit_object(optimized))


def test_results_come_in_order_however_large() -> None:
    tasks = [Task(f"part {n}", lambda n=n: bytes([n]) * (n * 300_000)) for n in range(1, 4)]  # type: ignore[misc]
    assert [(r[0], len(r)) for r in run_tasks(tasks)] == [(1, 300_000), (2, 600_000), (3, 900_000)]


def test_a_death_is_an_error_message() -> None:
    def die() -> bytes:
        os.abort()

    with pytest.raises(CompileError, match="internal error in LLVM while compiling level v3: SIGABRT"):
        run_tasks([Task("level v2", lambda: b"fine"), Task("level v3", die)])


def test_compile_errors_keep_their_text() -> None:
    def refuse() -> bytes:
        raise CompileError.at(None, "no such thing", "use another")

    with pytest.raises(CompileError, match="no such thing") as raised:
        run_tasks([Task("level v2", refuse)])
    assert raised.value.diagnostics[0].hint == "use another"


def test_other_exceptions_name_the_part() -> None:
    with pytest.raises(CompileError, match="while compiling level v2: ZeroDivisionError"):
        run_tasks([Task("level v2", lambda: bytes(1 // 0))])


def test_an_interruption_leaves_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(child: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "_collect", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_tasks([Task("level v2", lambda: time.sleep(60) or b"") for _ in range(2)])  # type: ignore[func-returns-value]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_what_llvm_cannot_compile_does_not_end_the_process() -> None:
    # LLVM has no code for this intrinsic on x86-64 and aborts.
    text = """
    declare i32 @llvm.amdgcn.workitem.id.x()
    define i32 @f() { %x = call i32 @llvm.amdgcn.workitem.id.x()  ret i32 %x }
    """
    module = backend.CodeModule(text, ("f",))
    task = Task("level v2", lambda: compiled(module))
    with pytest.raises(CompileError, match=r"compiling level v2: SIGABRT .LLVM ERROR: Cannot select"):
        run_tasks([task])


def test_invalid_ir_is_an_error_message() -> None:
    module = backend.CodeModule("define i32 @f() { ret i64 0 }", ("f",))
    with pytest.raises(CompileError, match="invalid LLVM IR"):
        run_tasks([Task("level v2", lambda: compiled(module))])


def test_a_call_with_other_types_than_the_runtime_function_is_refused() -> None:
    text = """
    declare i32 @aj_size(ptr, i32)
    define i32 @f(ptr %i) { %x = call i32 @aj_size(ptr %i, i32 1)  ret i32 %x }
    """
    module = backend.CodeModule(text, ("f",))
    with pytest.raises(CompileError, match=r"aj_size is called as i32 \(ptr, i32\), but is"):
        run_tasks([Task("level v2", lambda: compiled(module))])
