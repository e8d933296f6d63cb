"""Pointwise kernels, from IR text to numbers: dtypes, broadcasting, strides, sizes, in-place results."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.compiled_program import CallError, CompiledProgram

PROGRAM = """
func.func @add(%a: !ts.val<"Tensor[f32]">, %b: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
  %r = "ts.generic"(%a, %b) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %x, %y : f32
    "ts.yield"(%s) : (f32) -> ()
  }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
  func.return %r : !ts.val<"Tensor[f32]">
}
func.func @chain(%a: !ts.val<"Tensor[f32]">, %b: !ts.val<"Tensor[f32]">, %k: f64) -> !ts.val<"Tensor[f32]"> {
  %r = "ts.generic"(%a, %b, %k) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 1, 0, 0>}> ({
  ^bb0(%x: f32, %y: f32, %w: f64):
    %e = math.exp %x : f32
    %t = math.tanh %y : f32
    %c = arith.truncf %w : f64 to f32
    %m = arith.mulf %t, %c : f32
    %s = arith.addf %e, %m : f32
    "ts.yield"(%s) : (f32) -> ()
  }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">, f64) -> !ts.val<"Tensor[f32]">
  func.return %r : !ts.val<"Tensor[f32]">
}
func.func @mixed(%a: !ts.val<"Tensor[i32]">, %b: !ts.val<"Tensor[f64]">, %m: !ts.val<"Tensor[bool]">)
    -> !ts.val<"Tuple[Tensor[f64], Tensor[bool]]"> {
  %r, %q = "ts.generic"(%a, %b, %m) <{kind = "pointwise", operandSegmentSizes = array<i32: 3, 0, 0, 0>}> ({
  ^bb0(%x: i32, %y: f64, %p: i1):
    %f = arith.sitofp %x : i32 to f64
    %s = arith.select %p, %f, %y : f64
    %g = arith.cmpf ogt, %f, %y : f64
    "ts.yield"(%s, %g) : (f64, i1) -> ()
  }) : (!ts.val<"Tensor[i32]">, !ts.val<"Tensor[f64]">, !ts.val<"Tensor[bool]">)
      -> (!ts.val<"Tensor[f64]">, !ts.val<"Tensor[bool]">)
  %t = "ts.tuple"(%r, %q) : (!ts.val<"Tensor[f64]">, !ts.val<"Tensor[bool]">)
      -> !ts.val<"Tuple[Tensor[f64], Tensor[bool]]">
  func.return %t : !ts.val<"Tuple[Tensor[f64], Tensor[bool]]">
}
func.func @divide(%a: !ts.val<"Tensor[i32]">, %b: !ts.val<"Tensor[i32]">) -> !ts.val<"Tensor[i32]"> {
  %r = "ts.generic"(%a, %b) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%x: i32, %y: i32):
    %s = arith.divsi %x, %y : i32
    "ts.yield"(%s) : (i32) -> ()
  }) : (!ts.val<"Tensor[i32]">, !ts.val<"Tensor[i32]">) -> !ts.val<"Tensor[i32]">
  func.return %r : !ts.val<"Tensor[i32]">
}
func.func @add_(%a: !ts.val<"Tensor[f32]">, %b: !ts.val<"Tensor[f32]">) -> !ts.val<"None"> {
  %r = "ts.generic"(%a, %b, %a) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 1, 0>}> ({
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %x, %y : f32
    "ts.yield"(%s) : (f32) -> ()
  }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
  %n = "ts.none"() : () -> !ts.val<"None">
  func.return %n : !ts.val<"None">
}
func.func @copy_plus_one(%a: !ts.val<"Tensor[f32]">, %b: !ts.val<"Tensor[f32]">) -> !ts.val<"None"> {
  %r = "ts.generic"(%b, %a) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 1, 0>}> ({
  ^bb0(%x: f32):
    %one = arith.constant 1.0 : f32
    %s = arith.addf %x, %one : f32
    "ts.yield"(%s) : (f32) -> ()
  }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
  %n = "ts.none"() : () -> !ts.val<"None">
  func.return %n : !ts.val<"None">
}
func.func @twice(%a: !ts.val<"Tensor[f32]">, %b: !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]"> {
  %r = "ts.generic"(%a, %b) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%x: f32, %y: f32):
    %s = arith.mulf %x, %y : f32
    "ts.yield"(%s) : (f32) -> ()
  }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
  %q = "ts.generic"(%r, %b) <{kind = "pointwise", reuse = array<i64: 0>,
      operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %x, %y : f32
    "ts.yield"(%s) : (f32) -> ()
  }) : (!ts.val<"Tensor[f32]">, !ts.val<"Tensor[f32]">) -> !ts.val<"Tensor[f32]">
  func.return %q : !ts.val<"Tensor[f32]">
}
func.func @half(%a: !ts.val<"Tensor[f16]">, %b: !ts.val<"Tensor[f16]">) -> !ts.val<"Tensor[f16]"> {
  %r = "ts.generic"(%a, %b) <{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%x: f16, %y: f16):
    %c = arith.constant 0.5 : f16
    %m = arith.mulf %x, %c : f16
    %s = arith.addf %m, %y : f16
    "ts.yield"(%s) : (f16) -> ()
  }) : (!ts.val<"Tensor[f16]">, !ts.val<"Tensor[f16]">) -> !ts.val<"Tensor[f16]">
  func.return %r : !ts.val<"Tensor[f16]">
}
"""


@pytest.fixture(scope="module", params=["v2", "v4"])
def program(request):
    return CompiledProgram(PROGRAM, level=request.param)


RNG = np.random.default_rng(3)


def values(*shape, dtype=np.float32):
    return RNG.standard_normal(shape).astype(dtype)


SHAPES = [((3,), (3,)), ((0,), (0,)), ((), ()), ((1,), (5,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((0, 3), (3,)),
          ((1000,), (1000,)), ((37, 129), (129,)), ((5, 1, 70), (4, 1)), ((2, 3, 4, 5), (3, 1, 5)), ((1, 1), (1,)),
          ((300, 3), (3,)), ((300, 3), (300, 1)), ((2, 200), (2, 1)), ((), (600,)), ((4097,), ())]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
def test_broadcast(program, shapes):
    a, b = (values(*s) for s in shapes)
    result = program.call("add", a, b)
    assert result.shape == np.broadcast_shapes(*shapes)
    assert np.array_equal(result, a + b)


VIEWS = [
    lambda a: a.T, lambda a: a[::2, 1:], lambda a: a[:, ::3], lambda a: a[1:2], lambda a: a[:, :1],
    lambda a: np.broadcast_to(a[:1], a.shape), lambda a: a.reshape(5, -1).T, lambda a: a[::-1, ::-1],
]  # fmt: skip


@pytest.mark.parametrize("first", range(len(VIEWS)))
@pytest.mark.parametrize("second", range(len(VIEWS)))
def test_strided(program, first, second):
    a, b = VIEWS[first](values(60, 200)), VIEWS[second](values(60, 200))
    if a.shape != b.shape:
        b = np.resize(b, a.shape)
    assert np.array_equal(program.call("add", a, b), a + b)


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 33, 255, 256, 257, 1000])
def test_chain(program, n):
    a, b = values(n), values(n)
    expected = np.exp(a) + np.tanh(b) * np.float32(0.3)
    assert np.allclose(program.call("chain", a, b, 0.3), expected, rtol=1e-6, atol=1e-7)


def test_mixed_types_and_two_results(program):
    a = RNG.integers(-5, 5, (7, 21)).astype(np.int32)
    b, m = values(21, dtype=np.float64), RNG.random((7, 1)) > 0.5
    chosen, greater = program.call("mixed", a, b, m)
    assert np.array_equal(chosen, np.where(m, a, b))
    assert greater.dtype == bool
    assert np.array_equal(greater, np.broadcast_to(a > b, a.shape))


def test_integer_division(program):
    a = np.array([7, -7, -(2**31), 5, 2**31 - 1], np.int32)
    b = np.array([2, 2, -1, -3, 1], np.int32)
    assert program.call("divide", a, b).tolist() == [3, -3, -(2**31), -1, 2**31 - 1]
    with pytest.raises(CallError, match="division or modulo by zero") as error:
        program.call("divide", a, np.array([1, 0, 1, 1, 1], np.int32))
    assert error.value.status == 5
    assert program.call("divide", a[:3], b[:3]).tolist() == [3, -3, -(2**31)]


def test_shapes_that_do_not_fit(program):
    with pytest.raises(CallError, match=r"\(3\) must match the size of tensor b \(4\)"):
        program.call("add", values(3), values(4))


def test_wrong_dtype(program):
    with pytest.raises(CallError, match="float32, got float64"):
        program.call("add", values(3), values(3, dtype=np.float64))


@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_in_place(program, view):
    if view == 5:
        pytest.skip("a broadcast destination is an error")
    base = values(60, 200)
    a, expected = VIEWS[view](base), VIEWS[view](base).copy()
    b = values(a.shape[1])
    program.call("add_", a, b)
    assert np.array_equal(a, expected + b)


def test_in_place_on_a_broadcast_view(program):
    with pytest.raises(CallError, match="single memory location"):
        program.call("add_", np.broadcast_to(values(1, 4), (3, 4)), values(4))


def test_in_place_shape(program):
    with pytest.raises(CallError, match=r"must match|does not broadcast"):
        program.call("add_", values(4), values(3, 4))


@pytest.mark.parametrize("n", [6, 40, 1000])
def test_overlapping_shift(program, n):
    """As in torch: refused where both fill what they span, else what was there before is read."""
    x = values(n)
    expected = x.copy()
    with pytest.raises(CallError, match="single memory location"):
        program.call("copy_plus_one", x[1:], x[:-1])
    assert np.array_equal(x, expected)
    expected[2::2] = x[:-2:2] + 1
    program.call("copy_plus_one", x[2::2], x[:-2:2])
    assert np.array_equal(x, expected)


def test_reuse(program):
    a, b = values(33, 4), values(33, 4)
    assert np.array_equal(program.call("twice", a, b), a * b + b)
    c = values(2, 33, 4)
    assert np.array_equal(program.call("twice", a, c), a * c + c)


def test_f16(program):
    a, b = (values(100).astype(np.float16) for _ in range(2))
    a[:6] = [np.inf, -np.inf, np.nan, 65504, 6e-8, 1e-5]
    with np.errstate(all="ignore"):
        expected = a * np.float16(0.5) + b
    assert np.array_equal(program.call("half", a, b), expected, equal_nan=True)


def test_no_memory_after_the_first_call(program):
    a, b = values(50, 50), values(50)
    program.call("twice", a, b)
    before = program.allocations()
    for _ in range(5):
        program.call("twice", a, b)
    assert program.allocations() == before
