"""Which entries loop, from IR text."""

from __future__ import annotations

from xdsl.dialects import func

from aotjit.codegen.loops import looping_functions
from aotjit.ir.text import module_from_text

TEXT = """
builtin.module {
  func.func @plain(%n : i64) -> i64 { func.return %n : i64 }
  func.func @loop(%n : i64) -> i64 {
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %r = scf.for %i = %zero to %one step %one iter_args(%a = %n) -> (i64) { scf.yield %a : i64 }
    func.return %r : i64
  }
  func.func @calls_plain(%n : i64) -> i64 { %r = func.call @plain(%n) : (i64) -> i64 func.return %r : i64 }
  func.func @calls_loop(%n : i64) -> i64 { %r = func.call @loop(%n) : (i64) -> i64 func.return %r : i64 }
  func.func @recursive(%n : i64) -> i64 { %r = func.call @recursive(%n) : (i64) -> i64 func.return %r : i64 }
  func.func @even(%n : i64) -> i64 { %r = func.call @odd(%n) : (i64) -> i64 func.return %r : i64 }
  func.func @odd(%n : i64) -> i64 { %r = func.call @even(%n) : (i64) -> i64 func.return %r : i64 }
  func.func @calls_even(%n : i64) -> i64 { %r = func.call @even(%n) : (i64) -> i64 func.return %r : i64 }
}
"""


def test_looping_functions() -> None:
    functions = {op.sym_name.data: op for op in module_from_text(TEXT).ops if isinstance(op, func.FuncOp)}
    assert looping_functions(functions) == {"loop", "calls_loop", "recursive", "even", "odd", "calls_even"}
