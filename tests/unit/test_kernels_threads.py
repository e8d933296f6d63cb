"""Kernels on several threads give what they give on one; the host's parallel-for may split as it likes."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from tests.unit.compiled_program import CompiledProgram
from tests.unit.test_kernels_matmul import PROGRAM as PRODUCTS
from tests.unit.test_kernels_matmul import WEIGHTS, packed_weight
from tests.unit.test_kernels_pointwise import PROGRAM as POINTWISE
from tests.unit.test_kernels_reduction import PROGRAM as REDUCTIONS

BODY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
PARALLEL_FOR = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, BODY, ctypes.c_void_p)


class Options(ctypes.Structure):
    """aotjit_options."""

    _fields_ = (
        ("size", ctypes.c_size_t), ("context", ctypes.c_void_p), ("allocate", ctypes.c_void_p),
        ("deallocate", ctypes.c_void_p), ("parallel_for", PARALLEL_FOR), ("print", ctypes.c_void_p),
        ("threads", ctypes.c_int32), ("reserved", ctypes.c_int32),
    )  # fmt: skip


@PARALLEL_FOR
def backwards_one_by_one(context, count, grain, body, argument):
    for i in reversed(range(0, count, max(1, grain // 2))):
        body(argument, i, min(count, i + max(1, grain // 2)))


@pytest.fixture(scope="module", params=["pool", "host"])
def program(request):
    packed = [packed_weight(f"w_{d}", w) for d, w in WEIGHTS.items()]
    program = CompiledProgram(PRODUCTS + POINTWISE + REDUCTIONS, packed, level="v3")
    options = Options(ctypes.sizeof(Options), threads=3)
    if request.param == "host":
        options.parallel_for = backwards_one_by_one
    program.instance = ctypes.c_void_p()
    assert program.library.m_create(ctypes.byref(options), ctypes.byref(program.instance)) == 0
    yield program
    program.library.m_destroy(program.instance)


RNG = np.random.default_rng(21)


def values(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("m, k, n", [(300, 70, 200), (1, 2000, 2000), (7, 1000, 700), (2000, 64, 33), (33, 300, 3000),
                                     (20000, 200, 1), (9000, 100, 4), (40, 3000, 41)])  # fmt: skip
def test_products(program, m, k, n):
    a, b, c = values(m, k), values(k, n), values(n)
    for right in (b, b.T.copy().T):
        assert np.allclose(program.call("f32", a, right), a @ right, rtol=1e-3, atol=1e-3)
        assert np.allclose(program.call("fused_f32", a, right, c, 0.5), (a @ right) * 0.5 + c, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("batches, m, k, n", [(2, 300, 70, 200), (7, 64, 128, 64), (5, 900, 600, 3), (50, 300, 200, 1)])
def test_batches(program, batches, m, k, n):
    a, b, c = values(batches, m, k), values(batches, k, n), values(n)
    for right in (b, values(batches, n, k).transpose(0, 2, 1), values(1, k, n)):
        assert np.allclose(program.call("f32", a, right), a @ right, rtol=1e-3, atol=1e-3)
        assert np.allclose(program.call("fused_f32", a, right, c, 0.5), (a @ right) * 0.5 + c, rtol=1e-3, atol=1e-3)


def test_pointwise(program):
    a, b = values(1000, 999), values(999)
    for x in (a, a[:, ::-1], a[::2]):
        assert np.array_equal(program.call("add", x, b), x + b)
    c = a[:999].T
    assert np.array_equal(program.call("add", c, a[:999]), c + a[:999])


@pytest.mark.parametrize("shape, dims", [((600, 700), [0]), ((600, 700), [1]), ((600, 700), []), ((300000, 3), [0]),
                                         ((40, 30, 500), [0, 2]), ((400000,), [0])])  # fmt: skip
def test_reductions_are_the_same_bits(program, shape, dims):
    """The work is cut by its size, not by the threads."""
    x = values(*shape)
    alone = ctypes.c_void_p()
    assert program.library.m_create(None, ctypes.byref(alone)) == 0
    together = program.call("add_dynamic", x, dims)
    several, program.instance = program.instance, alone
    try:
        single = program.call("add_dynamic", x, dims)
    finally:
        program.instance = several
        program.library.m_destroy(alone)
    assert together.tobytes() == single.tobytes()
    wanted = x.sum(axis=tuple(dims) or None, dtype=np.float64)
    assert np.allclose(single, wanted, rtol=1e-5, atol=1e-2)
