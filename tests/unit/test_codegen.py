"""Host code: scalars, control flow, optionals, lists, strings, state, and the errors of running programs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.unit.compiled_program import CallError, CompiledProgram, weight


def cpu_flags() -> str:
    """What this machine's processor can."""
    return Path("/proc/cpuinfo").read_text()


LEVELS = [level for level, flag in (("v2", "sse4_2"), ("v3", "avx2"), ("v4", "avx512vl")) if flag in cpu_flags()]


def function(body: str, signature: str, name: str = "f") -> str:
    return f"builtin.module {{ func.func @{name}{signature} {{ {body} }} }}"


def test_scalars_and_calls() -> None:
    program = CompiledProgram(
        function(
            """%s = arith.addi %a, %b : i64
               %x = arith.sitofp %s : i64 to f64
               %r = arith.mulf %x, %c : f64
               func.return %r : f64""",
            "(%a: i64, %b: i64, %c: f64) -> f64",
        )
    )
    assert program.call("f", 3, -5, 2.5) == -5.0


def test_bool_arguments_and_results() -> None:
    program = CompiledProgram(function("%r = arith.andi %a, %b : i1  func.return %r : i1", "(%a: i1, %b: i1) -> i1"))
    assert [program.call("f", a, b) for a in (False, True) for b in (False, True)] == [False, False, False, True]


COLLATZ = """
  %one = arith.constant 1 : i64
  %two = arith.constant 2 : i64
  %three = arith.constant 3 : i64
  %zero = arith.constant 0 : i64
  %r:2 = scf.for %i = %one to %n step %one iter_args(%best = %zero, %len = %zero) -> (i64, i64) : i64 {
    %w:2 = scf.while (%x = %i, %c = %zero) : (i64, i64) -> (i64, i64) {
      %go = arith.cmpi ne, %x, %one : i64
      scf.condition(%go) %x, %c : i64, i64
    } do {
    ^bb0(%x: i64, %c: i64):
      %m = "ts.aten"(%x, %two) <{op = "remainder.int", effects = "pure"}> : (i64, i64) -> i64
      %even = arith.cmpi eq, %m, %zero : i64
      %nx = scf.if %even -> (i64) {
        %h = "ts.aten"(%x, %two) <{op = "floordiv.int", effects = "pure"}> : (i64, i64) -> i64
        scf.yield %h : i64
      } else {
        %t = arith.muli %x, %three : i64
        %t1 = arith.addi %t, %one : i64
        scf.yield %t1 : i64
      }
      %c1 = arith.addi %c, %one : i64
      scf.yield %nx, %c1 : i64, i64
    }
    %better = arith.cmpi sgt, %w#1, %len : i64
    %b = arith.select %better, %i, %best : i64
    %l = arith.select %better, %w#1, %len : i64
    scf.yield %b, %l : i64, i64
  }
  func.return %r#0 : i64
"""


@pytest.mark.parametrize("optimize", [0, 1, 2, 3])
@pytest.mark.parametrize("level", LEVELS)
def test_loops(level: str, optimize: int) -> None:
    program = CompiledProgram(function(COLLATZ, "(%n: i64) -> i64"), level=level, optimize=optimize)
    assert program.call("f", 10000) == 6171


@pytest.mark.parametrize("divisor", [None, 1, 2, 8, 7, -1, -3])
def test_integer_division_rounds_down(divisor: int | None) -> None:
    operand = "%b" if divisor is None else "%k"
    constant = "" if divisor is None else f"%k = arith.constant {divisor} : i64"
    program = CompiledProgram(
        function(
            f"""{constant}
            %q = "ts.aten"(%a, {operand}) <{{op = "floordiv.int", effects = "pure"}}> : (i64, i64) -> i64
            %r = "ts.aten"(%a, {operand}) <{{op = "remainder.int", effects = "pure"}}> : (i64, i64) -> i64
            %t = "ts.tuple"(%q, %r) : (i64, i64) -> !ts.val<"Tuple[int, int]">
            func.return %t : !ts.val<"Tuple[int, int]">""",
            '(%a: i64, %b: i64) -> !ts.val<"Tuple[int, int]">',
        )
    )
    for a in (-9, -8, -7, -1, 0, 1, 7, 8, 9, 2**62, -(2**62)):
        for b in (1, -1, 2, -2, 7, -7) if divisor is None else (divisor,):
            assert program.call("f", a, b) == (a // b, a % b), (a, b)
    lowest = -(2**63)
    if divisor in (None, -1):
        assert program.call("f", lowest, -1) == (lowest, 0)


def test_division_by_zero_names_the_place() -> None:
    program = CompiledProgram(
        function(
            """%q = "ts.aten"(%a, %b) <{op = "floordiv.int", effects = "pure"}> {loc = #ts.span<"m.py":3:5:3:9>}
                 : (i64, i64) -> i64
               func.return %q : i64""",
            "(%a: i64, %b: i64) -> i64",
        )
    )
    with pytest.raises(CallError, match=r"division.*zero.* at m\.py:3:5 in f") as raised:
        program.call("f", 1, 0)
    assert raised.value.status == 5
    assert program.call("f", 7, 2) == 3


def test_optionals_of_scalars_and_pointers() -> None:
    program = CompiledProgram(
        function(
            """%n = "ts.is_none"(%a) : (!ts.val<"Optional[int]">) -> i1
               %r = scf.if %n -> (i64) {
                 %k = arith.constant -1 : i64
                 scf.yield %k : i64
               } else {
                 %v = "ts.unwrap"(%a) : (!ts.val<"Optional[int]">) -> i64
                 scf.yield %v : i64
               }
               %o = "ts.some"(%r) : (i64) -> !ts.val<"Optional[int]">
               %t = "ts.tuple"(%o, %s) : (!ts.val<"Optional[int]">, !ts.val<"Optional[str]">)
                 -> !ts.val<"Tuple[Optional[int], Optional[str]]">
               func.return %t : !ts.val<"Tuple[Optional[int], Optional[str]]">""",
            '(%a: !ts.val<"Optional[int]">, %s: !ts.val<"Optional[str]">)'
            ' -> !ts.val<"Tuple[Optional[int], Optional[str]]">',
        )
    )
    assert program.call("f", None, "x") == (-1, "x")
    assert program.call("f", 5, None) == (5, None)


APPEND = """
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %l = "ts.list"(%n) : (i64) -> !ts.val<"List[int]">
  scf.for %i = %zero to %n step %one : i64 {
    %x = "ts.aten"(%l, %i) <{op = "append.t", effects = "write", writes = array<i64: 0>}>
      : (!ts.val<"List[int]">, i64) -> !ts.val<"List[int]">
    scf.yield
  }
  %k = "ts.aten"(%l, %at) <{op = "__getitem__.t", effects = "read"}> {loc = #ts.span<"m.py":7:1:7:2>}
    : (!ts.val<"List[int]">, i64) -> i64
  %y = "ts.aten"(%l, %zero, %k) <{op = "_set_item.t", effects = "write", writes = array<i64: 0>}>
    : (!ts.val<"List[int]">, i64, i64) -> !ts.val<"List[int]">
  func.return %l : !ts.val<"List[int]">
"""


def test_lists_grow_and_are_indexed_from_both_ends() -> None:
    program = CompiledProgram(function(APPEND, '(%n: i64, %at: i64) -> !ts.val<"List[int]">'))
    assert program.call("f", 4, 2) == [1, 0, 1, 2, 3]
    assert program.call("f", 4, -1) == [3, 0, 1, 2, 3]
    assert program.call("f", 0, 0) == [0]
    with pytest.raises(CallError, match=r"list index out of range at m\.py:7:1 in f"):
        program.call("f", 4, 5)
    with pytest.raises(CallError, match="list index out of range"):
        program.call("f", 4, -6)


def test_constant_indices_count_from_the_end() -> None:
    program = CompiledProgram(
        function(
            """%k = arith.constant -1 : i64
               %l = "ts.list"(%a, %b) : (i64, i64) -> !ts.val<"List[int]">
               %r = "ts.aten"(%l, %k) <{op = "__getitem__.t", effects = "read"}> : (!ts.val<"List[int]">, i64) -> i64
               %n = "ts.aten"(%x, %k) <{op = "size.int", effects = "pure"}> : (!ts.val<"Tensor">, i64) -> i64
               %s = arith.addi %r, %n : i64
               func.return %s : i64""",
            '(%a: i64, %b: i64, %x: !ts.val<"Tensor">) -> i64',
        )
    )
    assert program.call("f", 1, 10, np.zeros((2, 3), np.float32)) == 13


def test_failures_leak_nothing() -> None:
    program = CompiledProgram(function(APPEND, '(%n: i64, %at: i64) -> !ts.val<"List[int]">'))
    for _ in range(3):
        program.call("f", 100, 0)
        with pytest.raises(CallError):
            program.call("f", 100, 500)
    before = program.allocations()
    for _ in range(2000):
        with pytest.raises(CallError):
            program.call("f", 100, 500)
        program.call("f", 100, 0)
    assert program.allocations() == before


def test_raise_and_strings() -> None:
    program = CompiledProgram(
        function(
            """%r = scf.if %c -> (!ts.val<"str">) {
                 %f = "ts.format"(%n) <{template = "n = {}"}> : (i64) -> !ts.val<"str">
                 "ts.raise"(%f) <{kind = "ValueError"}> {loc = #ts.span<"m.py":2:3:2:9>} : (!ts.val<"str">) -> ()
                 %u = "ts.undef"() : () -> !ts.val<"str">
                 scf.yield %u : !ts.val<"str">
               } else {
                 %s = "ts.str"() <{value = "fine"}> : () -> !ts.val<"str">
                 scf.yield %s : !ts.val<"str">
               }
               func.return %r : !ts.val<"str">""",
            '(%c: i1, %n: i64) -> !ts.val<"str">',
        )
    )
    assert program.call("f", False, 1) == "fine"
    with pytest.raises(CallError, match=r"n = 42 at m\.py:2:3 in f") as raised:
        program.call("f", True, 42)
    assert raised.value.status == 2


def test_references_through_branches_and_loops() -> None:
    program = CompiledProgram(
        function(
            """%zero = arith.constant 0 : i64
               %one = arith.constant 1 : i64
               %e = "ts.str"() <{value = ""}> : () -> !ts.val<"str">
               %r = scf.for %i = %zero to %n step %one iter_args(%a = %e) -> (!ts.val<"str">) : i64 {
                 %m = arith.remsi %i, %k : i64
                 %c = arith.cmpi eq, %m, %zero : i64
                 %b = scf.if %c -> (!ts.val<"str">) {
                   scf.yield %a : !ts.val<"str">
                 } else {
                   %j = "ts.aten"(%a, %s) <{op = "add.str", effects = "pure"}>
                     : (!ts.val<"str">, !ts.val<"str">) -> !ts.val<"str">
                   scf.yield %j : !ts.val<"str">
                 }
                 scf.yield %b : !ts.val<"str">
               }
               func.return %r : !ts.val<"str">""",
            '(%n: i64, %k: i64, %s: !ts.val<"str">) -> !ts.val<"str">',
        )
    )
    assert program.call("f", 5, 2, "ab") == "abab"
    for _ in range(10):
        program.call("f", 500, 7, "xyz")
    before = program.allocations()
    for _ in range(200):
        program.call("f", 500, 7, "xyz")
    assert program.allocations() == before


def test_weights_sizes_and_views() -> None:
    data = np.arange(12, dtype=np.float32).reshape(3, 4)
    program = CompiledProgram(
        function(
            """%w = "ts.weight"() <{symbol = "w"}> : () -> !ts.val<"Tensor[f32; 3, 4; contiguous]">
               %zero = arith.constant 0 : i64
               %n = "ts.aten"(%x, %zero) <{op = "size.int", effects = "pure"}> : (!ts.val<"Tensor">, i64) -> i64
               %v = "ts.aten"(%w, %zero, %i) <{op = "select.int", effects = "view"}> {loc = #ts.span<"m.py":1:1:1:2>}
                 : (!ts.val<"Tensor[f32; 3, 4; contiguous]">, i64, i64) -> !ts.val<"Tensor[f32]">
               %t = "ts.tuple"(%v, %n) : (!ts.val<"Tensor[f32]">, i64) -> !ts.val<"Tuple[Tensor, int]">
               func.return %t : !ts.val<"Tuple[Tensor, int]">""",
            '(%x: !ts.val<"Tensor">, %i: i64) -> !ts.val<"Tuple[Tensor, int]">',
        ),
        weights=[weight("w", data)],
    )
    row, n = program.call("f", np.zeros((5, 2), np.float32), -1)  # type: ignore[misc]
    np.testing.assert_array_equal(row, data[2])
    assert n == 5
    with pytest.raises(CallError, match=r"m\.py:1:1 in f"):
        program.call("f", np.zeros((5, 2), np.float32), 3)


def test_checked_facts() -> None:
    exact = '!ts.val<"Tensor[f32; 2, N; contiguous]">'
    program = CompiledProgram(
        function(
            f"""%y = "ts.refine"(%x) <{{checked}}> {{loc = #ts.span<"m.py":4:1:4:2>}} : (!ts.val<"Tensor">) -> {exact}
                %n = "ts.aten"(%y) <{{op = "numel", effects = "pure"}}> : ({exact}) -> i64
                func.return %n : i64""",
            '(%x: !ts.val<"Tensor">) -> i64',
        )
    )
    fine = np.zeros((2, 5), np.float32)
    assert program.call("f", fine) == 10
    for wrong in (fine.astype(np.float64), fine[0], fine[:1], np.zeros((5, 2), np.float32).T):
        with pytest.raises(CallError, match=r"not of the type Tensor.*contiguous\].* at m\.py:4:1") as raised:
            program.call("f", wrong)
        assert raised.value.status == 1


def test_float_to_int_never_is_undefined() -> None:
    program = CompiledProgram(function("%q = arith.fptosi %a : f64 to i64  func.return %q : i64", "(%a: f64) -> i64"))
    assert [program.call("f", x) for x in (-2.9, 2.9, 1e300, -1e300, math.nan)] == [-2, 2, *[-(2**63)] * 3]


def test_float_arithmetic_is_ieee() -> None:
    program = CompiledProgram(
        function("%q = arith.divf %a, %b : f64  func.return %q : f64", "(%a: f64, %b: f64) -> f64")
    )
    assert program.call("f", 1.0, 0.0) == math.inf
    assert math.isnan(program.call("f", 0.0, 0.0))  # type: ignore[arg-type]
