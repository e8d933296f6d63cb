"""Random shapes, strides, broadcasts and dims through the plans of pointwise kernels and reductions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.compiled_program import CompiledProgram
from tests.unit.test_kernels_pointwise import PROGRAM as POINTWISE
from tests.unit.test_kernels_reduction import PROGRAM as REDUCTIONS

SIZES = (1, 1, 2, 3, 5, 17, 64, 70, 300)


@pytest.fixture(scope="module")
def program():
    return CompiledProgram(POINTWISE + REDUCTIONS, level="v3")


def random_view(rng, shape, make):
    """An array of that shape with any strides: permuted, with gaps, reversed, broadcast."""
    order = rng.permutation(len(shape))
    steps = rng.choice([1, 1, 2, 3], len(shape))
    base = np.asarray(make([int(shape[d] * steps[d]) for d in order]))
    view = base[(*(slice(None, None, int(steps[d])) for d in order), ...)].transpose(np.argsort(order))
    for d in range(len(shape)):
        if rng.random() < 0.15:
            view = np.flip(view, d)
        if rng.random() < 0.15:
            view = np.broadcast_to(view[(slice(None),) * d + (slice(0, 1),)], shape)
    return view


def random_shape(rng, most=20000):
    while True:
        shape = tuple(int(s) for s in rng.choice(SIZES, rng.integers(0, 5)))
        if np.prod(shape) <= most:
            return shape


def broadcastable(rng, shape):
    """A shape that broadcasts to `shape`."""
    kept = shape[int(rng.integers(0, len(shape) + 1)) if rng.random() < 0.3 else 0 :]
    return tuple(1 if rng.random() < 0.25 else s for s in kept)


@pytest.mark.parametrize("seed", range(150))
def test_pointwise(program, seed):
    rng = np.random.default_rng(seed)
    shape = random_shape(rng)
    a = random_view(rng, broadcastable(rng, shape), lambda s: rng.integers(-9, 9, s).astype(np.int32))
    b = random_view(rng, broadcastable(rng, shape), lambda s: rng.standard_normal(s))
    m = random_view(rng, broadcastable(rng, shape), lambda s: rng.random(s) > 0.5)
    chosen, greater = program.call("mixed", a, b, m)
    assert np.array_equal(chosen, np.where(m, a, b))
    assert np.array_equal(greater, np.broadcast_to(a > b, chosen.shape))


@pytest.mark.parametrize("seed", range(100))
def test_in_place(program, seed):
    rng = np.random.default_rng(1000 + seed)
    shape = random_shape(rng)
    target = random_view(rng, shape, lambda s: rng.standard_normal(s).astype(np.float32))
    if not target.flags.writeable or any(s == 0 and n > 1 for s, n in zip(target.strides, shape, strict=True)):
        pytest.skip("a broadcast destination")
    other = random_view(rng, broadcastable(rng, shape), lambda s: rng.standard_normal(s).astype(np.float32))
    expected = target + other
    program.call("add_", target, other)
    assert np.array_equal(target, expected)


@pytest.mark.parametrize("seed", range(150))
def test_reduction(program, seed):
    rng = np.random.default_rng(2000 + seed)
    shape = random_shape(rng)
    a = random_view(rng, shape, lambda s: rng.integers(-4, 4, s).astype(np.float32))
    count = int(rng.integers(0, len(shape) + 1))
    dims = [int(d) - len(shape) * int(rng.integers(0, 2)) for d in rng.permutation(len(shape))[:count]]
    got = program.call("add_dynamic", a, dims)
    expected = a.sum(axis=tuple(dims) if dims else None, dtype=np.float64)
    assert np.array_equal(got, expected)
