"""Mutable attributes: first values, writes that outlive a call, instances of their own; tuples carried by loops."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from aotjit.program import State
from aotjit.type_text import parse_type
from tests.unit.compiled_program import CallError, CompiledProgram, weight

T = '!ts.val<"Tensor[f32]">'
LIST = '!ts.val<"List[str]">'
STATES = [
    State("count", parse_type("int"), 3),
    State("scale", parse_type("float"), -0.5),
    State("buffer", parse_type("Tensor[f32]"), "w"),
    State("names", parse_type("List[str]"), ["a", "b"]),
    State("last", parse_type("Optional[Tuple[int, str]]"), None),
]
OPTIONAL = '!ts.val<"Optional[Tuple[int, str]]">'
SOURCE = f"""
builtin.module {{
  func.func @step(%x: {T}, %s: !ts.val<"str">) -> !ts.val<"Tuple[int, Tensor[f32], Optional[Tuple[int, str]]]"> {{
    %one = arith.constant 1 : i64
    %n = "ts.state_get"() <{{path = "count"}}> : () -> i64
    %m = arith.addi %n, %one : i64
    "ts.state_set"(%m) <{{path = "count"}}> : (i64) -> ()
    %b = "ts.state_get"() <{{path = "buffer"}}> : () -> {T}
    "ts.state_set"(%x) <{{path = "buffer"}}> : ({T}) -> ()
    %l = "ts.state_get"() <{{path = "names"}}> : () -> {LIST}
    %y = "ts.aten"(%l, %s) <{{op = "append.t", effects = "write", writes = array<i64: 0>}}> : ({LIST}, !ts.val<"str">)
      -> {LIST}
    %o = "ts.state_get"() <{{path = "last"}}> : () -> {OPTIONAL}
    %p = "ts.tuple"(%m, %s) : (i64, !ts.val<"str">) -> !ts.val<"Tuple[int, str]">
    %q = "ts.some"(%p) : (!ts.val<"Tuple[int, str]">) -> {OPTIONAL}
    "ts.state_set"(%q) <{{path = "last"}}> : ({OPTIONAL}) -> ()
    %r = "ts.tuple"(%m, %b, %o) : (i64, {T}, {OPTIONAL})
      -> !ts.val<"Tuple[int, Tensor[f32], Optional[Tuple[int, str]]]">
    func.return %r : !ts.val<"Tuple[int, Tensor[f32], Optional[Tuple[int, str]]]">
  }}
  func.func @names() -> !ts.val<"Tuple[List[str], float]"> {{
    %l = "ts.state_get"() <{{path = "names"}}> : () -> {LIST}
    %f = "ts.state_get"() <{{path = "scale"}}> : () -> f64
    %r = "ts.tuple"(%l, %f) : ({LIST}, f64) -> !ts.val<"Tuple[List[str], float]">
    func.return %r : !ts.val<"Tuple[List[str], float]">
  }}
}}"""


def row(value: float) -> np.ndarray:
    return np.full((4,), value, np.float32)


def test_state_outlives_calls_and_belongs_to_its_instance() -> None:
    program = CompiledProgram(SOURCE, weights=[weight("w", row(9))], states=STATES)
    other = ctypes.c_void_p()
    assert program.library.m_create(None, ctypes.byref(other)) == 0
    for i in range(3):
        argument = row(i)
        n, buffer, last = program.call("step", argument, f"s{i}")  # type: ignore[misc]
        argument[:] = -1  # the caller's memory is the caller's
        assert n == 4 + i
        np.testing.assert_array_equal(buffer, row(9 if i == 0 else i - 1))
        assert last == (None if i == 0 else (3 + i, f"s{i - 1}"))
    assert program.call("names") == (["a", "b", "s0", "s1", "s2"], -0.5)
    program.instance = other
    assert program.call("names") == (["a", "b"], -0.5)


def test_state_does_not_grow() -> None:
    program = CompiledProgram(
        SOURCE.replace('"append.t"', '"_set_item.t"')
        .replace("(%l, %s) <", "(%l, %one, %s) <")
        .replace(f"({LIST}, !ts.val", f"({LIST}, i64, !ts.val"),
        weights=[weight("w", row(9))],
        states=STATES,
    )
    for i in range(5):
        program.call("step", row(i), f"s{i}")
    before = program.allocations()
    for i in range(500):
        program.call("step", row(i), f"s{i}")
    assert program.allocations() == before


PAIR = '!ts.val<"Tuple[str, int]">'


def test_tuples_carried_by_loops() -> None:
    program = CompiledProgram(
        f"""builtin.module {{ func.func @f(%n: i64, %s: !ts.val<"str">) -> {PAIR} {{
          %zero = arith.constant 0 : i64
          %one = arith.constant 1 : i64
          %e = "ts.tuple"(%s, %zero) : (!ts.val<"str">, i64) -> {PAIR}
          %r = scf.while (%p = %e) : ({PAIR}) -> ({PAIR}) {{
            %k = "ts.tuple_get"(%p) <{{index = 1 : i64}}> : ({PAIR}) -> i64
            %c = arith.cmpi slt, %k, %n : i64
            scf.condition(%c) %p : {PAIR}
          }} do {{
          ^bb0(%p: {PAIR}):
            %t = "ts.tuple_get"(%p) <{{index = 0 : i64}}> : ({PAIR}) -> !ts.val<"str">
            %k = "ts.tuple_get"(%p) <{{index = 1 : i64}}> : ({PAIR}) -> i64
            %i = "ts.aten"(%t, %k) <{{op = "__getitem__.str", effects = "pure"}}> : (!ts.val<"str">, i64)
              -> !ts.val<"str">
            %u = "ts.aten"(%t, %i) <{{op = "add.str", effects = "pure"}}> : (!ts.val<"str">, !ts.val<"str">)
              -> !ts.val<"str">
            %m = arith.addi %k, %one : i64
            %q = "ts.tuple"(%u, %m) : (!ts.val<"str">, i64) -> {PAIR}
            scf.yield %q : {PAIR}
          }}
          func.return %r : {PAIR}
        }} }}"""
    )
    assert program.call("f", 3, "xyz") == ("xyzxyz", 3)
    assert program.call("f", 0, "xyz") == ("xyz", 0)
    for _ in range(3):
        with pytest.raises(CallError, match="index out of range"):
            program.call("f", 100, "")
    program.call("f", 50, "ab")
    before = program.allocations()
    for _ in range(100):
        with pytest.raises(CallError):
            program.call("f", 100, "")
        program.call("f", 50, "ab")
    assert program.allocations() == before
