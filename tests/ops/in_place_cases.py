"""Samples of the in-place forms of what computes a whole new tensor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.ops.cases import CASES, F64, Rng, transposed, x

Row = tuple[Any, ...]


def _written(rng: Rng, *tail: Any, dtypes: tuple[str, ...] = ("float32", "int64")) -> list[Row]:
    """Tensors to write to, contiguous and not, followed by the same arguments."""
    return [(x(rng, 3, 4, dtype=t), *tail) for t in dtypes] + [(transposed(rng, 3, 4), *tail)]


def _products(*shapes: tuple[int, ...]) -> Any:
    def make(rng: Rng) -> Iterable[Row]:
        for beta, alpha in ((1, 1), (0.5, 2)):
            yield *(x(rng, *s) for s in shapes), beta, alpha
        yield transposed(rng, *shapes[0]), *(x(rng, *s) for s in shapes[1:]), 1, 1
        yield x(rng, 1, *shapes[0][1:]), *(x(rng, *s) for s in shapes[1:]), 1, 1  # of another shape

    return make


def _shifts(rng: Rng) -> Iterable[Row]:
    return [(rng.integers(-9, 9, (3, 4)), rng.integers(0, 5, s)) for s in ((3, 4), (4,))]


def _bits(rng: Rng) -> Iterable[Row]:
    yield rng.random((3,)) > 0.5, rng.random((3,)) > 0.5
    for shape in ((2, 3), (3,), (2, 2, 3)):
        yield rng.integers(-9, 9, (2, 3)), rng.integers(-9, 9, shape)


CASES |= {
    **{f"{n}_": lambda rng: _written(rng, 0, None) + _written(rng, -1, None, dtypes=("float64",))
       + [(x(rng), 0, None), (x(rng, 2, 3), 2, None), (x(rng, 2, 3), 0, F64)] for n in ("cumsum", "cumprod")},
    "addmm_": _products((3, 5), (3, 4), (4, 5)),
    "addmv_": _products((3,), (3, 4), (4,)),
    "addr_": _products((3, 4), (3,), (4,)),
    "addbmm_": _products((3, 5), (2, 3, 4), (2, 4, 5)),
    "baddbmm_": _products((2, 3, 5), (2, 3, 4), (2, 4, 5)),
    **{f"{n}_": lambda rng: [r for d in (0, 1, -2) for r in _written(rng, d)] + [(x(rng, 3), 0)]
       for n in ("tril", "triu")},
    "masked_scatter_": lambda rng: [
        (x(rng, 3, 4), rng.random((3, 4)) > 0.5, x(rng, 12)), (transposed(rng, 3, 4), rng.random(4) > 0.5, x(rng, 12)),
        (x(rng, 4), rng.random((3, 4)) > 0.5, x(rng, 12)), (x(rng, 4), np.ones(4, bool), x(rng, 3))],
    "fill_diagonal_": lambda rng: [
        (a, 2.5, wrap) for wrap in (False, True)
        for a in (x(rng, 3, 4), x(rng, 7, 3), transposed(rng, 3, 5), x(rng, 2, 2, 2), x(rng, 2, 3, 2), x(rng, 3))],
    "index_fill_.int_Tensor": lambda rng: [
        (x(rng, 3, 4), 1, np.array([2, 0]), np.array(v, np.float32)) for v in (1.5, [1.0, 2.0])],
    **{f"bitwise_{d}_shift_.Tensor": _shifts for d in ("left", "right")},
    **{f"bitwise_{d}_shift_.Tensor_Scalar": lambda rng: [(rng.integers(-9, 9, (3, 4)), 2)] for d in ("left", "right")},
    **{f"__i{n}__.Tensor": _bits for n in ("and", "or", "xor")},
    **{f"__i{n}__.Tensor": _shifts for n in ("lshift", "rshift")},
    **{f"__i{n}__.Scalar": lambda rng: [(rng.integers(-9, 9, (3, 4)), 3)]
       for n in ("and", "or", "xor", "lshift", "rshift")},
    "mvlgamma_": lambda rng: [(np.abs(x(rng, 3, 4)) + np.float32(1.0), p) for p in (1, 2)],
    "detach_": lambda rng: _written(rng),
    "copy_.int": lambda rng: _written(rng, 3),
    "copy_.float": lambda rng: _written(rng, 3.5),
}  # fmt: skip
