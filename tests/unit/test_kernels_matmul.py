"""Matrix products, from IR text to numbers: sizes around every block and tile, strides, batches, packed weights."""

from __future__ import annotations

import numpy as np
import pytest

from aotjit.dtypes import DTYPE_BY_TORCH
from aotjit.program import Weight
from aotjit.schedule.panels import pack_panels
from tests.unit.compiled_program import CallError, CompiledProgram


def plain(name, dtype):
    t = f'!ts.val<"Tensor[{dtype}]">'
    element = dtype
    return f"""
func.func @{name}(%a: {t}, %b: {t}) -> {t} {{
  %r = "ts.matmul"(%a, %b) <{{operandSegmentSizes = array<i32: 1, 1, 0, 0>}}> ({{
  ^bb0(%x: {element}):
    "ts.yield"(%x) : ({element}) -> ()
  }}) : ({t}, {t}) -> {t}
  func.return %r : {t}
}}
"""


def fused(name, dtype, packed=False):
    t = f'!ts.val<"Tensor[{dtype}]">'
    argument = "" if packed else f", %b: {t}"
    weight = f'%b = "ts.weight"() <{{symbol = "w_{dtype}"}}> : () -> {t}' if packed else ""
    attribute = 'packed = "panel", ' if packed else ""
    cast = "%c = arith.truncf %k : f64 to f32" if dtype == "f32" else "%c = arith.negf %k : f64"
    return f"""
func.func @{name}(%a: {t}{argument}, %e: {t}, %k: f64) -> {t} {{
  {weight}
  %r = "ts.matmul"(%a, %b, %e, %k) <{{{attribute}operandSegmentSizes = array<i32: 1, 1, 1, 1>}}> ({{
  ^bb0(%x: {dtype}, %y: {dtype}, %k0: f64):
    {cast.replace("%k ", "%k0 ")}
    %m = arith.mulf %x, %c : {dtype}
    %s = arith.addf %m, %y : {dtype}
    "ts.yield"(%s) : ({dtype}) -> ()
  }}) : ({t}, {t}, {t}, f64) -> {t}
  func.return %r : {t}
}}
"""


RNG = np.random.default_rng(5)
WEIGHTS = {"f32": RNG.standard_normal((70, 75)).astype(np.float32), "f64": RNG.standard_normal((70, 75))}
PROGRAM = "".join(plain(d, d) for d in ("f32", "f64", "i64", "i32")) + "".join(
    fused(f"fused_{d}", d) + fused(f"packed_{d}", d, packed=True) for d in ("f32", "f64")
)


def packed_weight(name, matrix):
    data = pack_panels(matrix)
    return Weight(name, DTYPE_BY_TORCH[matrix.dtype.name], matrix.shape, lambda: memoryview(data), "panel")


@pytest.fixture(scope="module", params=["v2", "v3", "v4"])
def program(request):
    return CompiledProgram(PROGRAM, [packed_weight(f"w_{d}", w) for d, w in WEIGHTS.items()], level=request.param)


def values(*shape, dtype=np.float32):
    return RNG.standard_normal(shape).astype(dtype)


def assert_product(got, a, b, tolerance=2e-6):
    exact = a.astype(np.float64) @ b.astype(np.float64)
    bound = tolerance * (np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64)) + 1e-30
    assert got.shape == exact.shape
    assert got.dtype == a.dtype
    assert np.all(np.abs(got - exact) <= bound)


def check(program, a, b):
    """In f32 and f64 against exact sums within a bound, in i32 and i64 exactly. Strides are those of `a` and `b`."""
    for name, tolerance in (("f32", 2e-6), ("f64", 1e-14)):
        left, right = converted(a, DTYPES[name]), converted(b, DTYPES[name])
        assert_product(program.call(name, left, right), left, right, tolerance)
    for name in ("i32", "i64"):
        left, right = converted(a * 2**20, DTYPES[name]), converted(b * 2**20, DTYPES[name])
        with np.errstate(over="ignore"):
            assert np.array_equal(program.call(name, left, right), left @ right), name


DTYPES = {"f32": np.float32, "f64": np.float64, "i32": np.int32, "i64": np.int64}


def converted(array, dtype):
    """`array` in another dtype with the same strides in elements."""
    strides = [s // array.itemsize for s in array.strides]
    low = sum(min(0, (n - 1) * s) for n, s in zip(array.shape, strides, strict=True))
    high = sum(max(0, (n - 1) * s) for n, s in zip(array.shape, strides, strict=True))
    memory = np.zeros(high - low + 1, dtype)
    made = np.ndarray(array.shape, dtype, memory, -low * memory.itemsize, [s * memory.itemsize for s in strides])
    made[...] = array
    return made


SIZES = [(1, 1, 1), (1, 64, 128), (1, 7, 33), (2, 5, 31), (3, 128, 96), (4, 9, 64), (5, 3, 40), (8, 300, 32),
         (9, 20, 33), (14, 14, 32), (15, 257, 65), (28, 512, 64), (29, 600, 100), (100, 33, 7), (530, 40, 70),
         (16, 16, 1), (600, 3, 1)]  # fmt: skip


@pytest.mark.parametrize("m, k, n", SIZES)
def test_sizes(program, m, k, n):
    a, b = values(m, k), values(k, n)
    assert_product(program.call("f32", a, b), a, b)
    wide_a, wide_b = values(m, k, dtype=np.float64), values(k, n, dtype=np.float64)
    assert_product(program.call("f64", wide_a, wide_b), wide_a, wide_b, 1e-14)


@pytest.mark.parametrize("m, k, n", [(1, 40, 70), (3, 40, 70), (8, 64, 33), (12, 70, 64), (30, 40, 70), (70, 40, 2)])
def test_strides(program, m, k, n):
    for a in (values(k, m).T, values(2 * m, k)[::2], values(m, 3 * k)[:, ::3], values(m, k)[::-1, ::-1]):
        for b in (values(n, k).T, values(k, 2 * n)[:, :n], values(k, 2 * n)[:, ::2], values(k, n)[::-1]):
            check(program, a, b)


@pytest.mark.parametrize("k", [1, 2, 7, 16, 31, 257])
@pytest.mark.parametrize("n", [1, 2, 4, 5, 15, 16, 17, 31, 32, 33, 63, 65, 96])
def test_edges(program, k, n):
    """Every number of rows around the tiles', with last panels of all kinds, as rows and as columns."""
    for m in (1, 2, 4, 5, 6, 8, 9, 13, 14, 15, 22, 43):
        a, b = values(m, k), values(k, n)
        assert_product(program.call("f32", a, b), a, b)
        assert_product(program.call("f32", a, b.T.copy().T), a, b)
    check(program, values(k, 29).T, values(k, n))


@pytest.mark.parametrize("m, k, n", [(60, 600, 700), (43, 300, 1100), (9, 2100, 40), (300, 30, 530)])
def test_several_blocks(program, m, k, n):
    """More than one block of K and of the columns; rows of B far enough apart to be packed, and not."""
    a = values(m, k)
    for b in (values(k, n), values(n, k).T, values(k, n + 4000)[:, :n]):
        assert_product(program.call("f32", a, b), a, b, 4e-6)


def test_misaligned(program):
    memory = values(90 * 70 + 3)
    for shift in (1, 2, 3):
        a, b = memory[shift : shift + 40 * 70].reshape(40, 70), memory[shift : shift + 70 * 90].reshape(70, 90)
        assert_product(program.call("f32", a, b), a, b)
        assert_product(program.call("f32", a, memory[shift : shift + 33 * 70].reshape(33, 70).T), a,
                       memory[shift : shift + 33 * 70].reshape(33, 70).T)  # fmt: skip


@pytest.mark.parametrize("n", [1, 3, 33, 96])
def test_not_numbers_stay_where_they_are(program, n):
    """Rows, columns and steps that a tile repeats or reads twice add nothing to others."""
    a, b = values(23, 35), values(35, n)
    a[5, 30], b[2, n - 1] = np.nan, np.inf
    for right in (b, b.T.copy().T):
        got, exact = program.call("f32", a, right), a @ b
        assert np.array_equal(np.isnan(got), np.isnan(exact)), n
        assert np.array_equal(np.isinf(got), np.isinf(exact)), n


@pytest.mark.parametrize("left, right", [(3, 3), (1, 3), (3, 1), (1, 1), (0, 0), (0, 1)])
@pytest.mark.parametrize("m", [1, 5, 20])
@pytest.mark.parametrize("n", [1, 3, 37])
def test_batches(program, left, right, m, n):
    a, b = values(left, m, 17), values(right, 17, n)
    assert_product(program.call("f32", a, b), a, b)
    columns = values(right, n, 17).transpose(0, 2, 1)
    assert_product(program.call("f32", a, columns), a, columns)
    got = program.call("fused_f32", a, b, np.arange(n, dtype=np.float32), 0.5)
    assert np.allclose(got, (a @ b) * 0.5 + np.arange(n), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shapes", [((0, 3), (3, 4)), ((3, 0), (0, 4)), ((3, 4), (4, 0)), ((2, 3, 0), (2, 0, 5))])
def test_empty(program, shapes):
    a, b = (values(*s) for s in shapes)
    assert_product(program.call("f32", a, b), a, b)


@pytest.mark.parametrize("dtype, name", [(np.int64, "i64"), (np.int32, "i32")])
def test_integers(program, dtype, name):
    a, b = RNG.integers(-(2**40), 2**40, (7, 9)).astype(dtype), RNG.integers(-9, 9, (9, 5)).astype(dtype)
    with np.errstate(over="ignore"):
        assert np.array_equal(program.call(name, a, b.copy().T.copy().T), a @ b)


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("m", [1, 3, 6, 12, 40])
@pytest.mark.parametrize("packed", [False, True])
def test_epilogue(program, dtype, m, packed):
    kind = np.float32 if dtype == "f32" else np.float64
    a, b = values(m, 70, dtype=kind), WEIGHTS[dtype]
    factor = 0.5 if dtype == "f32" else -0.5
    for extra in (values(75, dtype=kind), values(m, 75, dtype=kind), values(m, 1, dtype=kind), values(dtype=kind)):
        operands = (a,) if packed else (a, b)
        got = program.call(f"{'packed' if packed else 'fused'}_{dtype}", *operands, extra, 0.5)
        assert np.allclose(got, (a @ b) * factor + extra, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n", [1, 2, 4, 5, 33])
@pytest.mark.parametrize("m", [1, 2, 8, 9, 50])
def test_epilogue_of_few_columns(program, m, n):
    a, b = values(m, 40), values(40, n)
    for right in (b, b.T.copy().T):
        for extra in (values(n), values(m, n), values(m, 1), values()):
            got = program.call("fused_f32", a, right, extra, 0.5)
            assert np.allclose(got, (a @ right) * 0.5 + extra, rtol=1e-4, atol=1e-4)


def test_rows_that_are_the_same(program):
    row, column, b = values(1, 40), values(40, 1), values(40, 70)
    for m, n in ((30, 70), (30, 3), (5, 33)):
        a, right = np.broadcast_to(row, (m, 40)), np.broadcast_to(column, (40, n))
        assert_product(program.call("f32", a, b[:, :n]), a, b[:, :n])
        assert_product(program.call("f32", values(m, 40) * 0 + a, right), a, right)


def test_overlapping_rows(program):
    """Rows that begin one element after the other: neither rows nor columns are apart."""
    memory = values(200)
    a = np.lib.stride_tricks.as_strided(memory, (60, 40), (4, 4))
    for n in (1, 3, 40):
        b = values(40, n)
        assert_product(program.call("f32", a, b), a, b)
        assert_product(program.call("f32", b.T, a[:40].T), b.T, a[:40].T)


def test_epilogue_of_an_empty_sum(program):
    got = program.call("fused_f32", values(3, 0), values(0, 4), np.arange(4, dtype=np.float32), 0.5)
    assert np.array_equal(got, np.tile(np.arange(4, dtype=np.float32), (3, 1)))


def test_errors(program):
    with pytest.raises(CallError, match=r"cannot be multiplied \(2x3 and 4x5\)"):
        program.call("f32", values(2, 3), values(4, 5))
    with pytest.raises(CallError, match="must match"):
        program.call("fused_f32", values(2, 3), values(3, 5), values(4), 1.0)
    with pytest.raises(CallError, match="batch of 2"):
        program.call("f32", values(2, 3, 4), values(3, 4, 5))


def test_no_memory_after_the_first_call(program):
    a, b = values(100, 40), values(50, 40).T
    program.call("f32", a, b)
    before = program.allocations()
    program.call("f32", a, b)
    assert program.allocations() == before
