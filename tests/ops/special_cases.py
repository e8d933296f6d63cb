"""Samples of special functions that are not derived from a pointwise declaration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.ops.cases import CASES, Rng, x
from tests.ops.samples import INF, NAN

Row = tuple[Any, ...]
_ABOVE = np.array([0.3, 0.5, 1.0, 2.5, 7.0, 40.0, INF, NAN])
_ANY = np.array([-3.4, -0.5, 0.2, 1.0, 9.0])
CASES |= {
    "polygamma": lambda rng: [
        (n, a.astype(t)) for n in (0, 1, 2, 3, 5) for t in ("float32", "float64") for a in (_ABOVE, _ANY)]
    + [(1, np.array([1, 2, 30])), (-1, x(rng, 3))],
    "polygamma_": lambda rng: [(_ABOVE.astype(t), n) for n in (0, 1, 2) for t in ("float32", "float64")],
    "special_zeta": lambda rng: [
        (np.array([[2.0], [1.5], [1.0], [0.5], [4.0]]).astype(t), np.array([0.5, 1.0, -1.0, -2.5, 12.0, NAN]).astype(t))
        for t in ("float32", "float64")] + [(np.array([2, 3]), np.array([1, 5]))],
    "special_zeta.self_scalar": lambda rng: [(2, _ABOVE), (3.5, np.array([1, 2]))],
    "special_zeta.other_scalar": lambda rng: [(np.array([2.0, 3.5, 1.0]), 1.5)],
    **{n: lambda rng: [(np.array([[3.0, 4.5], [10.0, 2.6]]).astype(t), p) for t in ("float32", "float64")
                       for p in (1, 2, 4)] for n in ("mvlgamma", "special_multigammaln")},
}  # fmt: skip


def _whole(rng: Rng) -> Iterable[Row]:
    for dtype in ("int64", "int32", "uint8"):
        yield x(rng, 3, 4, dtype=dtype), x(rng, 4, dtype=dtype)
    yield np.array([12, -18, 0, 0, 7]), np.array([[18], [0], [-4]])
    yield x(rng, 3, dtype="int32"), x(rng, 3, dtype="int64")
    yield x(rng, 3), x(rng, 3)


def _powers(rng: Rng) -> Iterable[Row]:
    for dtype in ("float32", "float64", "int64"):
        yield x(rng, 3, 4, dtype=dtype), x(rng, 3, 4)
    yield np.array([0.5, 2.0, 0.0]), np.array([3, -1, 2])


CASES |= {
    "gcd": _whole, "lcm": _whole,
    "gcd_": lambda rng: [(np.array([12, -18, 0]), np.array([18]))],
    "lcm_": lambda rng: [(np.array([12, -18, 0]), np.array([18]))],
    "ldexp.Tensor": lambda rng: [
        (x(rng, 3, 4, dtype=t), np.array([1, -2, 0, 5])) for t in ("float32", "float64", "int64")],
    "ldexp_": lambda rng: [(x(rng, 3, 4, dtype=t), np.array([1, -2, 0, 5])) for t in ("float32", "float64")],
    "float_power.Tensor_Tensor": _powers,
    "float_power.Tensor_Scalar": lambda rng: [(a, 2.5) for a, _ in _powers(rng)] + [(np.array([1, 2, 3]), 3)],
    "float_power.Scalar": lambda rng: [(2, a) for a, _ in _powers(rng)],
    "float_power_.Tensor": _powers,
    "float_power_.Scalar": lambda rng: [(a, 2) for a, _ in _powers(rng)],
}  # fmt: skip
