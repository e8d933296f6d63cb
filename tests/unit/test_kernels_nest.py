"""Static nests against the run-time plan and numpy: random shapes and broadcasts, known and symbolic dims, operands
that have not the layout the nest was compiled for, memory taken over, divisions by zero."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aotjit.codegen.kernels.nest import Extent, space_of
from tests.unit.compiled_program import CallError, CompiledProgram

BODIES = {
    "f32": ("f32", "arith.mulf %x, %y : f32", "arith.addf %p, %x : f32"),
    "f64": ("f64", "arith.mulf %x, %y : f64", "arith.addf %p, %x : f64"),
    "i32": ("i32", "arith.muli %x, %y : i32", "arith.addi %p, %x : i32"),
    "u8": ("i8", "arith.muli %x, %y : i8", "arith.addi %p, %x : i8"),
    "i64": ("i64", "arith.divsi %x, %y : i64", "arith.addi %p, %x : i64"),
}
SIZES = (1, 1, 2, 3, 5, 8, 16, 17, 33, 64, 70)
CASES = 48


def tensor(dtype, dims, contiguous=False):
    listed = "".join(f"; {', '.join(map(str, dims))}") if dims is not None else ""
    return f'!ts.val<"Tensor[{dtype}{listed}{"; contiguous" if contiguous else ""}]">'


def function(name, dtype, a, b, r, contiguous=False):
    """x * y + x (or x / y + x) of two tensors, and the product alone as a second result."""
    element, first, second = BODIES[dtype]
    ta, tb, tr = tensor(dtype, a, contiguous), tensor(dtype, b, contiguous), tensor(dtype, r, True)
    both = f'!ts.val<"Tuple[{tr[9:-2]}, {tr[9:-2]}]">'
    return f"""
func.func @{name}(%a: {ta}, %b: {tb}) -> {both} {{
  %r, %s = "ts.generic"(%a, %b) <{{kind = "pointwise", operandSegmentSizes = array<i32: 2, 0, 0, 0>}}> ({{
  ^bb0(%x: {element}, %y: {element}):
    %p = {first}
    %q = {second}
    "ts.yield"(%q, %p) : ({element}, {element}) -> ()
  }}) : ({ta}, {tb}) -> ({tr}, {tr})
  %t = "ts.tuple"(%r, %s) : ({tr}, {tr}) -> {both}
  func.return %t : {both}
}}
"""


def broadcastable(rng, shape):
    kept = shape[int(rng.integers(0, len(shape) + 1)) if rng.random() < 0.3 else 0 :]
    return tuple(1 if rng.random() < 0.25 else s for s in kept)


def case(seed):
    """The dtype and three shapes of one random kernel."""
    rng = np.random.default_rng(seed)
    while True:
        a, b = (broadcastable(rng, tuple(int(s) for s in rng.choice(SIZES, 4))) for _ in range(2))
        if rng.random() < 0.7:
            a = tuple(int(s) for s in rng.choice(SIZES, rng.integers(0, 5)))
            b = broadcastable(rng, a)
        try:
            shape = np.broadcast_shapes(a, b)
        except ValueError:
            continue
        if np.prod(shape) <= 20000:
            return list(BODIES)[seed % len(BODIES)], a, b, shape


def symbolic(rng, a, b, shape):
    """The same dims with some sizes replaced by symbols."""
    names = {d: f"S{d}" for d in range(len(shape)) if rng.random() < 0.5 and shape[d] > 1}

    def named(dims):
        lead = len(shape) - len(dims)
        return tuple(names.get(d + lead, n) if n > 1 else n for d, n in enumerate(dims))

    return named(a), named(b), named(shape)


def values(rng, dtype, shape):
    if dtype in ("f32", "f64"):
        return rng.standard_normal(shape).astype({"f32": np.float32, "f64": np.float64}[dtype])
    return rng.integers(1, 50, shape).astype({"i32": np.int32, "u8": np.uint8, "i64": np.int64}[dtype])


def expected(dtype, x, y):
    with np.errstate(all="ignore"):
        product = x // y if dtype == "i64" else x * y
        return product + x, product


@pytest.fixture(scope="module", params=["v3", "v4", "v2"])
def program(request):
    functions = []
    for seed in range(CASES):
        dtype, a, b, shape = case(seed)
        functions.append(function(f"known{seed}", dtype, a, b, shape, contiguous=seed % 2 == 1))
        functions.append(function(f"symbolic{seed}", dtype, *symbolic(np.random.default_rng(seed), a, b, shape)))
        functions.append(function(f"unknown{seed}", dtype, None, None, None))
    return CompiledProgram("".join(functions), level=request.param)


def strided(rng, x):
    """The same values with gaps or in another order of dims."""
    if x.ndim == 0:
        return x
    if rng.random() < 0.5:
        wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]
    order = rng.permutation(x.ndim)
    return np.ascontiguousarray(x.transpose(order)).transpose(np.argsort(order))


@pytest.mark.parametrize(("seed", "form"), list(itertools.product(range(CASES), ("known", "symbolic", "unknown"))))
def test_random_shapes(program, seed, form):
    dtype, a, b, _ = case(seed)
    rng = np.random.default_rng(seed)
    x, y = values(rng, dtype, a), values(rng, dtype, b)
    for layout in ("rows", "strided"):
        if layout == "strided":
            if form == "known" and seed % 2 == 1:
                break  # its types say that the operands are row-major
            x, y = strided(rng, x), strided(rng, y)
        for got, want in zip(program.call(f"{form}{seed}", x, y), expected(dtype, x, y), strict=True):
            assert got.shape == want.shape
            # One rounding less where multiplication and addition are one instruction.
            np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6 if dtype == "f32" else 0)


def test_random_shapes_reach_nests():
    spaces = [space_of(shape, [a, b, shape]) for _, a, b, shape in map(case, range(CASES))]
    assert all(s is not None and s.lanes(16) for s in spaces)
    depths = {len(s.extents) for s in spaces if s is not None}
    assert {1, 2, 3} <= depths


FIXED = function("rows", "f32", ("N", 40), (40,), ("N", 40)) + function("same", "f32", ("N", 40), ("N", 1), ("N", 40))
FIXED += function("quotient", "i64", (3, 37), (37,), (3, 37))
FIXED += """
func.func @reused(%a: !ts.val<"Tensor[f32; 37; contiguous]">) -> !ts.val<"Tensor[f32; 37; contiguous]"> {
  %r = "ts.generic"(%a) <{kind = "pointwise", operandSegmentSizes = array<i32: 1, 0, 0, 0>}> ({
  ^bb0(%x: f32):
    %s = arith.mulf %x, %x : f32
    "ts.yield"(%s) : (f32) -> ()
  }) : (!ts.val<"Tensor[f32; 37; contiguous]">) -> !ts.val<"Tensor[f32; 37; contiguous]">
  %q = "ts.generic"(%r, %a) <{kind = "pointwise", reuse = array<i64: 0>,
      operandSegmentSizes = array<i32: 2, 0, 0, 0>}> ({
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %x, %y : f32
    "ts.yield"(%s) : (f32) -> ()
  }) : (!ts.val<"Tensor[f32; 37; contiguous]">, !ts.val<"Tensor[f32; 37; contiguous]">)
      -> !ts.val<"Tensor[f32; 37; contiguous]">
  func.return %q : !ts.val<"Tensor[f32; 37; contiguous]">
}
"""


@pytest.fixture(scope="module")
def fixed():
    return CompiledProgram(FIXED)


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_symbol(fixed, n):
    rng = np.random.default_rng(n)
    x, y = values(rng, "f32", (n, 40)), values(rng, "f32", (40,))
    got = fixed.call("rows", x, y)
    np.testing.assert_allclose(got[1], x * y, rtol=1e-6)
    assert got[0].shape == (n, 40)


def test_symbol_of_two_sizes(fixed):
    """Nothing promised that both are the same: the plan broadcasts, or refuses."""
    x, y = np.ones((3, 40), np.float32), np.full((1, 1), 2, np.float32)
    assert np.array_equal(fixed.call("same", x, y)[1], x * y)
    with pytest.raises(CallError, match="size"):
        fixed.call("same", x, np.ones((2, 1), np.float32))


def test_memory_is_taken_over(fixed):
    x = np.linspace(-2, 2, 37).astype(np.float32)
    for _ in range(3):
        assert np.array_equal(fixed.call("reused", x), x * x + x)


def test_division_by_zero(fixed):
    x, y = np.full((3, 37), 7), np.full(37, 2)
    for at in (0, 17, 36):
        bad = y.copy()
        bad[at] = 0
        with pytest.raises(CallError, match="division"):
            fixed.call("quotient", x, bad)
    assert np.array_equal(fixed.call("quotient", x, y)[1], x // y)


def test_joined_dims():
    space = space_of((4, "T", 8), [(4, "T", 8), (1, "T", 8), ("T", 8)])
    assert space is not None
    assert space.extents == (Extent(4), Extent(8, (0,)))
    assert space_of((4, 8), [("T", 8)]) is None
    assert space_of((4, None), [(4, 8)]) is None


# -- reductions -------------------------------------------------------------------------------------------------------

REDUCTION_CASES = 30
REDUCTIONS = {
    "sum": ("f32", "add"),
    "largest": ("f64", "max"),
    "count": ("i64", "add"),
    "product": ("i32", "mul"),
    "any": ("bool", "or"),
}


def reduction_case(seed):
    """A kind, two shapes (the second broadcasts to the first) and the dims."""
    rng = np.random.default_rng(100 + seed)
    while True:
        shape = tuple(int(s) for s in rng.choice(SIZES, rng.integers(1, 5)))
        if np.prod(shape) <= 20000:
            break
    dims = tuple(int(d) for d in rng.permutation(len(shape))[: rng.integers(0, len(shape) + 1)])
    return list(REDUCTIONS)[seed % len(REDUCTIONS)], shape, broadcastable(rng, shape), dims, bool(rng.random() < 0.5)


def reduction_function(name, kind, a, b, dims, keepdim, contiguous):
    """The fold of x + y (x or y of bools) over `dims`."""
    dtype, combiner = REDUCTIONS[kind]
    element = {"bool": "i1", "u8": "i8"}.get(dtype, dtype)
    joined = {"f": "arith.addf", "i": "arith.addi"}[element[0]] if dtype != "bool" else "arith.ori"
    ta, tb, tr = tensor(dtype, a, contiguous), tensor(dtype, b, contiguous), tensor(dtype, None)
    listed = f"dims = array<i64{': ' if dims else ''}{', '.join(map(str, dims))}>"
    kept = "keepdim, " if keepdim else ""
    return f"""
func.func @{name}(%a: {ta}, %b: {tb}) -> {tr} {{
  %r = "ts.generic"(%a, %b) <{{kind = "reduction", combiners = ["{combiner}"], {listed}, {kept}
      operandSegmentSizes = array<i32: 2, 0, 0, 0>}}> ({{
  ^bb0(%x: {element}, %y: {element}):
    %s = {joined} %x, %y : {element}
    "ts.yield"(%s) : ({element}) -> ()
  }}) : ({ta}, {tb}) -> {tr}
  func.return %r : {tr}
}}
"""


@pytest.fixture(scope="module", params=["v3", "v4"])
def reductions(request):
    functions = []
    for seed in range(REDUCTION_CASES):
        kind, a, b, dims, keepdim = reduction_case(seed)
        functions.append(reduction_function(f"known{seed}", kind, a, b, dims, keepdim, seed % 2 == 1))
        functions.append(reduction_function(f"unknown{seed}", kind, None, None, dims, keepdim, False))
    return CompiledProgram("".join(functions), level=request.param)


def reduced(kind, whole, dims, keepdim):
    function = {"sum": np.sum, "largest": np.max, "count": np.sum, "product": np.prod, "any": np.any}[kind]
    wide = {"dtype": np.float64} if kind == "sum" else {"dtype": whole.dtype} if kind in ("count", "product") else {}
    with np.errstate(all="ignore"):
        return function(whole, axis=dims, keepdims=keepdim, **wide).astype(whole.dtype)


@pytest.mark.parametrize(("seed", "form"), list(itertools.product(range(REDUCTION_CASES), ("known", "unknown"))))
def test_random_reductions(reductions, seed, form):
    kind, a, b, dims, keepdim = reduction_case(seed)
    rng = np.random.default_rng(seed)
    dtype = REDUCTIONS[kind][0]
    x, y = (np.asarray(rng.random(s) < 0.1 if dtype == "bool" else values(rng, dtype, s)) for s in (a, b))
    for layout in ("rows", "strided"):
        if layout == "strided":
            if form == "known" and seed % 2 == 1:
                break  # its types say that the operands are row-major
            x, y = strided(rng, x), strided(rng, y)
        want = reduced(kind, x | y if dtype == "bool" else x + y, dims, keepdim)
        got = reductions.call(f"{form}{seed}", x, y)
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-4 if dtype == "f32" else 0)
