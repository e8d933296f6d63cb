"""Samples of linear algebra: matrices far from singular."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases import CASES, Rng, transposed, x

_SIZES = ((1, 1), (3, 3), (6, 6), (2, 4, 4), (2, 3, 2, 2))


def _solid(rng: Rng, *shape: int, dtype: str = "float32") -> Any:
    return (rng.standard_normal(shape) + 3 * np.eye(shape[-1])[rng.permutation(shape[-1])]).astype(dtype)


def _definite(rng: Rng, *shape: int, dtype: str = "float32") -> Any:
    a = rng.standard_normal(shape)
    return (a @ np.swapaxes(a, -1, -2) + 2 * np.eye(shape[-1])).astype(dtype)


def _triangle(rng: Rng, *shape: int) -> Any:
    return np.linalg.cholesky(_definite(rng, *shape, dtype="float64"))


def _each(make: Any, *tail: Any) -> Any:
    return lambda rng: [(make(rng, *s, dtype=t), *tail) for s in _SIZES for t in ("float32", "float64")] + [
        (np.asfortranarray(make(rng, 3, 3)), *tail), (x(rng, 2, 3), *tail), (x(rng, 2, 2, dtype="int64"), *tail)]


CASES |= {
    **{n: _each(_solid) for n in ("inverse", "linalg_det", "det", "linalg_slogdet", "slogdet", "logdet")},
    "linalg_inv": lambda rng: [*_each(_solid)(rng), (np.zeros((2, 2)),), (np.ones((3, 3)),)],
    "linalg_cholesky": lambda rng: [row for up in (False, True) for row in _each(_definite, up)(rng)]
    + [(-np.eye(2), False)],
    "cholesky": lambda rng: _each(_definite, True)(rng),
    "linalg_solve": lambda rng: [
        (_solid(rng, *a, dtype=t), x(rng, *b, dtype=t), left) for t in ("float32", "float64") for a, b, left in (
            ((3, 3), (3, 2), True), ((3, 3), (3,), True), ((3, 3), (2, 3), False), ((2, 4, 4), (4, 3), True),
            ((2, 4, 4), (2, 4), True), ((4, 4), (5, 4, 2), True))]
    + [(np.zeros((2, 2)), np.ones((2, 1)), True), (np.eye(2), np.ones((3, 1)), True)],
    "linalg_solve_triangular": lambda rng: [
        (np.ascontiguousarray(np.swapaxes(t, -1, -2)) if up else t, x(rng, *b, dtype="float64"), up, left, unit)
        for t, b, left in ((_triangle(rng, 3, 3), (3, 2), True), (_triangle(rng, 2, 3, 3), (2, 4, 3), False))
        for up in (False, True) for unit in (False, True)],
    "cholesky_solve": lambda rng: [(x(rng, 3, 2, dtype="float64"), _triangle(rng, 3, 3), False),
                                   (x(rng, 2, 3, 2, dtype="float64"), _triangle(rng, 2, 3, 3), False)],
    "cholesky_inverse": lambda rng: [(_triangle(rng, 3, 3), False), (_triangle(rng, 2, 3, 3), False)],
    "linalg_multi_dot": lambda rng: [([x(rng, 2, 3), x(rng, 3, 4), x(rng, 4, 5)],), ([x(rng, 3), x(rng, 3, 4)],)],
    **{n: lambda rng: [(_solid(rng, 2, 3, 3, dtype="float64"), p) for p in (0, 1, 2, 5, -1, -2)]
       for n in ("linalg_matrix_power", "matrix_power")},
    "linalg_qr": lambda rng: [
        (x(rng, *s, dtype=t), m) for s in ((3, 3), (5, 3), (2, 4), (2, 4, 3)) for t in ("float32", "float64")
        for m in ("reduced", "complete", "r")] + [(transposed(rng, 4, 3), "reduced")],
}  # fmt: skip
