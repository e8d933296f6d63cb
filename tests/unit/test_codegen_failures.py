"""Running out of memory at any point of a call: a status, no leak, and an instance that still works."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from tests.unit.compiled_program import CallError, CompiledProgram

ALLOCATE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
DEALLOCATE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
MEMORY_ERROR = 6


class Options(ctypes.Structure):
    """aotjit_options."""

    _fields_ = (
        ("size", ctypes.c_size_t), ("context", ctypes.c_void_p), ("allocate", ALLOCATE), ("deallocate", DEALLOCATE),
        ("parallel_for", ctypes.c_void_p), ("print", ctypes.c_void_p), ("threads", ctypes.c_int32),
        ("reserved", ctypes.c_int32),
    )  # fmt: skip


class Memory:
    """An allocator that refuses after `budget` blocks and counts what is out."""

    def __init__(self) -> None:
        self.budget, self.live = 1 << 30, 0
        libc = ctypes.CDLL(None)
        libc.aligned_alloc.restype = ctypes.c_void_p
        libc.aligned_alloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
        libc.free.argtypes = [ctypes.c_void_p]

        def allocate(_: int, size: int, alignment: int) -> int | None:
            if self.budget == 0:
                return None
            self.budget, self.live = self.budget - 1, self.live + 1
            block = libc.aligned_alloc(alignment, -(-size // alignment) * alignment)
            assert isinstance(block, int)
            return block

        def deallocate(_: int, block: int, size: int) -> None:
            self.live -= 1
            libc.free(block)

        self.options = Options(allocate=ALLOCATE(allocate), deallocate=DEALLOCATE(deallocate))
        self.options.size = ctypes.sizeof(Options)


LIST = '!ts.val<"List[Tensor[f32; ...]]">'
T = '!ts.val<"Tensor[f32; ...]">'
SOURCE = f"""
builtin.module {{ func.func @f(%x: {T}, %n: i64) -> !ts.val<"Tuple[Tensor, List[Tensor], str]"> {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %l = "ts.list"(%x) : ({T}) -> {LIST}
  %last = scf.for %i = %zero to %n step %one iter_args(%a = %x) -> ({T}) : i64 {{
    %even = arith.cmpi eq, %i, %one : i64
    %b = scf.if %even -> ({T}) {{
      %c = "ts.aten"(%a, %zero) <{{op = "squeeze.dim", effects = "view"}}> : ({T}, i64) -> {T}
      scf.yield %c : {T}
    }} else {{
      %d = "ts.aten"(%a, %zero) <{{op = "unsqueeze", effects = "view"}}> : ({T}, i64) -> {T}
      %e = "ts.aten"(%d, %zero) <{{op = "squeeze.dim", effects = "view"}}> : ({T}, i64) -> {T}
      %g = "ts.generic"(%e) <{{operandSegmentSizes = array<i32: 1, 0, 0, 0>, kind = "pointwise"}}> ({{
      ^bb0(%v: f32):
        %w = arith.addf %v, %v : f32
        "ts.yield"(%w) : (f32) -> ()
      }}) : ({T}) -> {T}
      scf.yield %g : {T}
    }}
    %y = "ts.aten"(%l, %b) <{{op = "append.t", effects = "write", writes = array<i64: 0>}}> : ({LIST}, {T}) -> {LIST}
    scf.yield %b : {T}
  }}
  %s = "ts.aten"(%l, %zero) <{{op = "stack", effects = "read"}}> : ({LIST}, i64) -> {T}
  %t = "ts.format"(%n) <{{template = "{{}} steps"}}> : (i64) -> !ts.val<"str">
  %r = "ts.tuple"(%s, %l, %t) : ({T}, {LIST}, !ts.val<"str">) -> !ts.val<"Tuple[Tensor, List[Tensor], str]">
  func.return %r : !ts.val<"Tuple[Tensor, List[Tensor], str]">
}} }}"""


@pytest.fixture(scope="module")
def program() -> CompiledProgram:
    return CompiledProgram(SOURCE)


def expected(x: np.ndarray, n: int) -> list[np.ndarray]:
    values = [x]
    for i in range(n):
        values.append(values[-1] if i == 1 else values[-1] * 2)
    return values


def check(program: CompiledProgram, x: np.ndarray, n: int) -> None:
    stacked, listed, text = program.call("f", x, n)  # type: ignore[misc]
    np.testing.assert_array_equal(stacked, np.stack(expected(x, n)))
    np.testing.assert_array_equal(np.stack(listed), stacked)
    assert text == f"{n} steps"


@pytest.mark.parametrize(("rows", "points"), [(3, 1), (30_000, 6)])
def test_every_allocation_may_fail(program: CompiledProgram, rows: int, points: int) -> None:
    x = np.arange(rows * 50, dtype=np.float32).reshape(rows, 50)
    failures = 0
    for budget in range(30):
        memory = Memory()
        instance = ctypes.c_void_p()
        memory.budget = budget
        status = program.library.m_create(ctypes.byref(memory.options), ctypes.byref(instance))
        if status:
            assert status == MEMORY_ERROR and memory.live == 0
            continue
        program.instance = instance
        try:
            check(program, x, 5)
        except CallError as error:
            failures += 1
            assert error.status == MEMORY_ERROR, error
            memory.budget = 1 << 30
            check(program, x, 5)
        before = memory.live
        for _ in range(3):  # what the failed call took has come back: nothing more is needed
            check(program, x, 5)
        assert memory.live == before
        program.library.m_destroy(instance)
        assert memory.live == 0
    assert failures >= points


def test_no_memory_is_asked_for_after_the_first_call(program: CompiledProgram) -> None:
    x = np.ones((20, 30), np.float32)
    instance = ctypes.c_void_p()
    assert program.library.m_create(None, ctypes.byref(instance)) == 0
    program.instance = instance
    check(program, x, 8)
    before = program.allocations()
    for _ in range(50):
        check(program, x, 8)
    assert program.allocations() == before
