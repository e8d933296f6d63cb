"""Samples of statistics, running extremes and integrals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.ops.cases import CASES, F64, Rng, shapes, transposed, x
from tests.ops.samples import INF, NAN

Row = tuple[Any, ...]
_HOLES = np.array([[1.0, NAN, 2.0, -3.0], [NAN, NAN, NAN, NAN], [0.5, 4.0, -1.0, 2.5]])


def _holes(*tails: Row) -> Any:
    return lambda rng: [(_HOLES.astype(t), *tail) for t in ("float32", "float64") for tail in tails]


def _quantiles(rng: Rng) -> Iterable[Row]:
    for a in (x(rng, 3, 5), transposed(rng, 4, 3), x(rng, 2, 3, 4, dtype="float64"), _HOLES):
        for q in (np.array(0.3), np.array([0.0, 0.25, 0.5, 1.0])):
            for d, keep in ((None, False), (0, False), (-1, True), (1, False), (None, True)):
                yield a, q.astype(a.dtype), d, keep, "linear"
    for how in ("lower", "higher", "midpoint", "nearest"):
        yield x(rng, 3, 5), np.array([0.1, 0.5, 0.77], np.float32), 1, False, how
    yield x(rng, 3), np.array([1.5], np.float32), None, False, "linear"
    yield x(rng, 3), np.array([0.5]), None, False, "linear"


def _running(rng: Rng) -> Iterable[Row]:
    for a in (x(rng, 3, 5), transposed(rng, 4, 6), rng.integers(0, 3, (2, 9)), x(rng, 5, dtype="bool"), x(rng, 0, 3)):
        yield a, 0
        yield a, -1
    yield _HOLES, 1
    yield np.array([1.0, NAN, 3.0, NAN, 0.0]), 0
    yield np.array(1.5), 0
    yield x(rng, 3), 1


CASES |= {
    "nansum": _holes((None, False, None), ([0], True, None), ([1], False, F64)),
    "nanmean": _holes((None, False, None), ([0], True, None), ([1], False, None)),
    "nanmedian": lambda rng: [(_HOLES,), (x(rng, 5),), (x(rng, 4, dtype="int64"),), (_HOLES[1],)],
    "quantile": _quantiles,
    "nanquantile": _quantiles,
    **{f"{n}.scalar": lambda rng: [(a, q, d, k, "linear") for a in (x(rng, 3, 5), _HOLES) for q in (0.0, 0.4)
                                   for d, k in ((None, False), (1, True), (0, False))]
       for n in ("quantile", "nanquantile")},
    "mode": lambda rng: [(np.array([3, 1, 3, 2]), 0, k) for k in (True, False)] + [
        (np.array([[1.5, 2.0, 1.5], [4.0, 0.0, 0.0]]), d, k) for d in (1, -1) for k in (True, False)]
    + [(rng.integers(0, 4, (5, 9)), d, False) for d in (0, 1)] + [(np.array(2.0), 0, False)],
    "histc": lambda rng: [
        (x(rng, 40, dtype=t), n, low, high) for t in ("float32", "float64") for n, low, high in ((10, 0, 0), (4, -1, 2),
                                                                                               (1, 0.5, 3))]
    + [(np.array([2.0, 2.0]), 3, 0, 0), (x(rng, 3), 0, 0, 1), (np.array([1.0, INF]), 3, 0, 0),
       (np.array([1.0, NAN]), 3, 0, 2)],
    "cov": lambda rng: [(x(rng, 3, 6, dtype=t), c, None, None) for t in ("float32", "float64", "int64") for c in (0, 1)]
    + [(x(rng, 6), 1, None, None), (x(rng, 2, 4), 1, np.array([1, 2, 0, 3]), None),
       (x(rng, 2, 4), 1, None, np.array([0.5, 1.0, 0.25, 2.0], np.float32)),
       (x(rng, 2, 4), 1, np.array([1, 2, 1, 3]), np.array([0.5, 1.0, 0.25, 2.0], np.float32))],
    "corrcoef": lambda rng: [(x(rng, 3, 6),), (x(rng, 5, dtype="float64"),)],
    "dist": lambda rng: [(x(rng, 3, 4), x(rng, 3, 4), p) for p in (2, 1, 0.5, INF)] + [(x(rng, 3, 1), x(rng, 4), 3)],
    **{f"renorm{n}": lambda rng: [(x(rng, 3, 4, 2, dtype=t), p, d, m) for t in ("float32", "float64")
                                  for p, d, m in ((2, 0, 1), (1, -1, 5.5), (3, 1, 100))] + [(x(rng, 3), 2, 0, 1)]
       for n in ("", "_")},
    "count_nonzero": shapes((None,), (1,)),
    "count_nonzero.dim_IntList": shapes(([0, 2],), ([1],)),
    **{f"{n}.dx": lambda rng: [(x(rng, 3, 5, dtype=t), s, d) for t in ("float32", "float64") for s, d in ((1.0, -1),
                                                                                                       (0.25, 0))]
       for n in ("trapz", "trapezoid", "cumulative_trapezoid")},
    **{f"{n}.x": lambda rng: [(x(rng, 3, 5), np.sort(x(rng, 5)), -1), (x(rng, 3, 5), np.sort(x(rng, 3)), 0),
                              (x(rng, 3, 5), x(rng, 3, 5), 1), (x(rng, 5), x(rng, 5), 0)]
       for n in ("trapz", "trapezoid", "cumulative_trapezoid")},
    **dict.fromkeys(("cummax", "cummin"), _running),
    "logcumsumexp": lambda rng: [
        (a, d) for t in ("float32", "float64") for a in (x(rng, 3, 5, dtype=t), 60 * x(rng, 7, 2, dtype=t))
        for d in (0, -1)
    ] + [(np.array([-INF, -INF, 1.0, 2.0]), 0), (np.array([1.0, INF, NAN, 2.0]), 0), (np.array(1.5), 0)],
}  # fmt: skip
