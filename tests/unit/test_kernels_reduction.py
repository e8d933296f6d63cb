"""Reductions, from IR text to numbers: combiners, dims, strides, sizes, empty inputs, accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.compiled_program import CallError, CompiledProgram


def reduction(name, dtype, combiner, attributes="", dynamic=False):
    t = f'!ts.val<"Tensor[{dtype}]">'
    element = {"bool": "i1"}.get(dtype, dtype)
    extra, kind = (", %d", ', !ts.val<"List[int]">') if dynamic else ("", "")
    argument = ', %d: !ts.val<"List[int]">' if dynamic else ""
    segments = f"operandSegmentSizes = array<i32: 1, 0, 0, {int(dynamic)}>"
    return f"""
func.func @{name}(%a: {t}{argument}) -> {t} {{
  %r = "ts.generic"(%a{extra}) <{{kind = "reduction", combiners = ["{combiner}"]{attributes}, {segments}}}> ({{
  ^bb0(%x: {element}):
    "ts.yield"(%x) : ({element}) -> ()
  }}) : ({t}{kind}) -> {t}
  func.return %r : {t}
}}
"""


F32 = '!ts.val<"Tensor[f32]">'
DIMS = {"0": [0], "1": [1], "last": [-1], "02": [0, 2]}
KINDS = ("f32", "f64", "i32", "i64")
PROGRAM = "".join(reduction(f"{c}_{d}", d, c) for c in ("add", "mul", "max", "min") for d in KINDS)
PROGRAM += "".join(reduction(f"{c}_bool", "bool", c) for c in ("and", "or"))
PROGRAM += "".join(
    reduction(f"{c}_{n}", "f32", c, f", dims = array<i64: {', '.join(map(str, d))}>")
    + reduction(f"{c}_{n}_keep", "f32", c, f", dims = array<i64: {', '.join(map(str, d))}>, keepdim")
    for n, d in DIMS.items()
    for c in ("add", "max")
)
PROGRAM += reduction("add_dynamic", "f32", "add", dynamic=True)
PROGRAM += f"""
func.func @sum_exp_difference(%a: {F32}, %b: {F32}, %k: f64) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]"> {{
  %r, %q = "ts.generic"(%a, %b, %k) <{{kind = "reduction", combiners = ["add", "max"], dims = array<i64: 0>,
      operandSegmentSizes = array<i32: 2, 1, 0, 0>}}> ({{
  ^bb0(%x: f32, %y: f32, %w: f64):
    %d = arith.subf %x, %y : f32
    %e = math.exp %d : f32
    %c = arith.truncf %w : f64 to f32
    %m = arith.mulf %e, %c : f32
    "ts.yield"(%m, %d) : (f32, f32) -> ()
  }}) : ({F32}, {F32}, f64) -> ({F32}, {F32})
  %t = "ts.tuple"(%r, %q) : ({F32}, {F32}) -> !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
  func.return %t : !ts.val<"Tuple[Tensor[f32], Tensor[f32]]">
}}
"""


@pytest.fixture(scope="module", params=["v2", "v4"])
def program(request):
    return CompiledProgram(PROGRAM, level=request.param)


RNG = np.random.default_rng(11)
NUMPY = {"add": np.sum, "mul": np.prod, "max": np.max, "min": np.min}


def values(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 31, 33, 64, 100, 1000, 5000, 8193])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
@pytest.mark.parametrize("combiner", NUMPY)
def test_all(program, combiner, dtype, n):
    a = RNG.integers(-3, 4, n).astype(dtype) if combiner != "mul" else RNG.choice([1, -1, 2, 0.5], n).astype(dtype)
    if np.dtype(dtype).kind == "f" and combiner != "mul":
        a = RNG.standard_normal(n).astype(dtype)
    name = f"{combiner}_{np.dtype(dtype).kind}{8 * np.dtype(dtype).itemsize}"
    if n == 0 and combiner in ("max", "min"):
        with pytest.raises(CallError, match="no elements"):
            program.call(name, a)
        return
    got = program.call(name, a)
    wide = a.astype(np.float64) if a.dtype.kind == "f" else a
    with np.errstate(over="ignore"):
        expected = NUMPY[combiner](wide).astype(dtype) if n else dtype(combiner == "mul")
    assert got.shape == ()
    assert np.allclose(got, expected, rtol=1e-6, atol=1e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 100, 3), (1, 1, 1), (40, 7, 70), (0, 3, 4), (3, 0, 4), (5, 17, 300)])
@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("name", DIMS)
@pytest.mark.parametrize("combiner", ["add", "max"])
def test_dims(program, combiner, name, keep, shape):
    a, dims = values(*shape), tuple(DIMS[name])
    entry = f"{combiner}_{name}{'_keep' if keep else ''}"
    empty = any(shape[d] == 0 for d in dims)
    if combiner == "max" and empty:
        kept = [s for d, s in enumerate(shape) if d not in dims and d - 3 not in dims]
        if 0 not in kept:
            with pytest.raises(CallError, match="no elements"):
                program.call(entry, a)
        return
    expected = NUMPY[combiner](a.astype(np.float64), axis=dims, keepdims=keep)
    got = program.call(entry, a)
    assert got.shape == expected.shape
    assert np.allclose(got, expected, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
@pytest.mark.parametrize("name", DIMS)
def test_strides(program, name, order):
    base = values(20, 33, 50)
    for a in (base.transpose(order), base.transpose(order)[::2, :, ::3], base.transpose(order)[:, ::-1]):
        for combiner in ("add", "max"):
            expected = NUMPY[combiner](a.astype(np.float64), axis=tuple(DIMS[name]))
            assert np.allclose(program.call(f"{combiner}_{name}", a), expected, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("n", [3, 16, 40, 500])
def test_two_results_of_a_broadcast(program, n):
    a, b = values(70, n), values(n)
    total, largest = program.call("sum_exp_difference", a, b, 0.25)
    assert np.allclose(total, (np.exp(a - b) * 0.25).sum(0), rtol=1e-5)
    assert np.array_equal(largest, (a - b).max(0))
    total, largest = program.call("sum_exp_difference", a, values(70, 1), 0.25)
    assert total.shape == (n,)


def test_nan(program):
    for n in (3, 100, 1000):
        a = values(n)
        a[n // 2] = np.nan
        assert np.isnan(program.call("max_f32", a))
        assert np.isnan(program.call("min_f32", a))
    a = values(40, 50)
    a[3, 7] = np.nan
    assert np.array_equal(program.call("max_0", a[:, :, None])[:, 0], a.max(0), equal_nan=True)


@pytest.mark.parametrize("n", [0, 1, 20, 200])
def test_bool(program, n):
    for a in (np.zeros(n, bool), np.ones(n, bool), RNG.random(n) > 0.5, np.arange(n) == n - 1):
        assert program.call("and_bool", a) == a.all()
        assert program.call("or_bool", a) == a.any()


@pytest.mark.parametrize("dims", [[0], [1, 2], [-1, 0], [], [0, 1, 2]])
def test_dims_at_run_time(program, dims):
    a = values(6, 7, 40)
    expected = a.astype(np.float64).sum(axis=tuple(dims) if dims else None)
    assert np.allclose(program.call("add_dynamic", a, dims), expected, rtol=1e-6, atol=1e-5)


def test_bad_dims(program):
    with pytest.raises(CallError, match="out of range") as error:
        program.call("add_1", values(3))
    assert error.value.status == 3
    with pytest.raises(CallError, match="multiple times"):
        program.call("add_dynamic", values(2, 3), [0, -2])


def test_sum_of_a_million(program):
    a = RNG.random(1_000_003).astype(np.float32)
    exact = a.astype(np.float64).sum()
    assert abs(program.call("add_f32", a) - exact) <= 1.3e-6 * exact
    b = a[:1_000_000].reshape(1000, 1000, 1)
    assert np.allclose(program.call("add_0", b), b.astype(np.float64).sum(0), rtol=1e-6)
