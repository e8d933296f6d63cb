"""Samples of norms, decompositions, distribution functions, and of further forms of views and of questions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.ops.cases import CASES, F32, F64, I32, I64, Rng, transposed, x
from tests.ops.samples import INF, NAN

Row = tuple[Any, ...]


def _matrices(rng: Rng) -> list[Any]:
    return [x(rng, 3, 4), transposed(rng, 4, 3), x(rng, 2, 3, 3, dtype="float64")]


def _of_matrices(*tails: Row) -> Any:
    return lambda rng: [(a, *tail) for a in _matrices(rng) for tail in tails]


def _symmetric(rng: Rng) -> list[Any]:
    a = x(rng, 2, 4, 4)
    return [a + a.transpose(0, 2, 1), x(rng, 3, 3, dtype="float64"), np.zeros((2, 2), np.float32)]


def _norms(rng: Rng) -> Iterable[Row]:
    for order in (None, 2, 1.5):
        yield x(rng, 5), order, None, False, None
        yield x(rng, 3, 4), order, [1], True, None
    yield x(rng, 2, 3, 4), 1, [2, 0], True, F64
    for order in (-1, -INF, 2):
        yield x(rng, 3, 4), order, None, False, None
    yield x(rng, 2, 3, 4), None, None, True, None
    yield x(rng, 2, 3, 4), 2, None, False, None  # three dims and an order
    yield x(rng, 3, 4), 3, None, False, None  # no such norm of matrices


_VALUES = np.array([[0.0, 1e-40, 1.0, -2.0], [0.5, INF, NAN, -1e-3]])
_PROBABILITIES = np.array([0.0, 1e-30, 0.01, 0.5, 0.9, 1.0, 1.5, NAN])
_PAIRS: Any = lambda rng: [  # noqa: E731
    (rng.random((3, 4)) * 5, rng.random((4,)) * 9), (rng.random(50).astype(np.float32) * 40, x(rng, 50) ** 2),
    (np.array([0.0, 0.0, 1.0, 1.0, INF, -1.0, NAN]), np.array([0.0, 1.0, 0.0, INF, 1.0, 1.0, 1.0]))]  # fmt: skip
_TIED = np.array([[3.0, 1.0, 2.0, 5.0], [NAN, 4.0, -1.0, 0.0]])
CASES |= {
    "linalg_norm": _norms,
    "linalg_norm.ord_str": lambda rng: [
        (x(rng, 3, 4), "fro", None, False, None), (x(rng, 2, 3, 4), "nuc", [0, 2], True, F64),
        (x(rng, 3, 4), "x", None, False, None)],
    "linalg_matrix_norm": lambda rng: [
        (x(rng, 2, 3, 4), o, [2, 0], k, None) for o, k in ((1, True), (-2, False), (INF, True))],
    "linalg_matrix_norm.str_ord": lambda rng: [(x(rng, 2, 3, 4), "nuc", [0, 1], True, None),
                                               (x(rng, 3, 4), "fro", [-2, -1], False, None)],
    "frobenius_norm.dim": _of_matrices(([0, 1], False), ([1], True)),
    "nuclear_norm": lambda rng: [(x(rng, 3, 4), False)],
    "nuclear_norm.dim": lambda rng: [(x(rng, 2, 3, 4), [0, 2], True)],
    "norm_except_dim": _of_matrices((2, 0), (1, 1), (2, -1)),
    "norm.ScalarOpt_dtype": _of_matrices((2, F64), (None, F64), (1.5, F64)),
    "norm.ScalarOpt_dim_dtype": _of_matrices((2, [0], False, F64), (None, [0, 1], True, F64)),
    "linalg_cond": lambda rng: [(x(rng, 3, 3, dtype="float64"), p) for p in (None, -2, INF)],
    "linalg_cond.p_str": lambda rng: [(x(rng, 3, 3, dtype="float64"), p) for p in ("fro", "nuc")],
    **{n: lambda rng: [(x(rng, 2, 3, 3) * s,) for s in (1, 9)] + [(x(rng, 4, 4, dtype="float64"),), (x(rng, 2, 3),)]
       for n in ("linalg_matrix_exp", "matrix_exp")},
    "linalg_vander": lambda rng: [(x(rng, 2, 3, dtype=t), n) for t in ("float32", "int64") for n in (None, 2, 5)],
    "linalg_diagonal": lambda rng: [(x(rng, 2, 3, 4), o, d, -1) for o in (0, 1, -1) for d in (-2, 0)],
    "linalg_eigvalsh": lambda rng: [(a, u) for a in _symmetric(rng) for u in ("L", "U")],
    "linalg_svdvals": _of_matrices((None,)),
    "linalg_pinv": _of_matrices((1e-3, False)),
    "linalg_pinv.atol_rtol_float": _of_matrices((None, None, False), (0.5, None, False), (None, 0.5, False)),
    "pinverse": _of_matrices((1e-15,)),
    "linalg_matrix_rank": _of_matrices((0.5, False)),
    "linalg_matrix_rank.atol_rtol_float": lambda rng: [
        (a, t, r, False) for a in (*_matrices(rng), np.ones((3, 4), np.float32), np.zeros((2, 2)))
        for t, r in ((None, None), (0.5, None), (None, 0.5))],
    "linalg_lstsq": lambda rng: [
        (x(rng, 4, 3, dtype="float64"), x(rng, 4, 2, dtype="float64"), None, d)
        for d in (None, "gelsy", "gelsd", "gels")] + [(x(rng, 3, 4), x(rng, 3, 2), None, None)],
    "special_ndtr": lambda rng: [(x(rng, 3, 4) * 5,), (_VALUES,), (rng.integers(-3, 3, (4,)),)],
    "special_erfcx": lambda rng: [(x(rng, 3, 4),), (np.array([-3.0, 0.0, 4.9, 5.1, 60.0, 1e9, NAN]),)],
    "special_log_ndtr": lambda rng: [(x(rng, 3, 4) * 5,), (np.array([-40.0, -1.5, -1.4, 0.0, 8.0, NAN]),)],
    "special_ndtri": lambda rng: [(_PROBABILITIES,), (_PROBABILITIES.astype(np.float32),)],
    **dict.fromkeys(("igamma", "igammac", "special_gammainc", "special_gammaincc"), _PAIRS),
    **{f"{n}_": lambda rng: [(rng.random((3, 4)) * 5, rng.random((4,)) * 9)] for n in ("igamma", "igammac")},
    **{f"special_modified_bessel_i{n}": lambda rng: [(x(rng, 3, 4) * 5,)] for n in (0, 1)},
    **{f"{n}.dim": lambda rng: [(a, d, k) for a in (_TIED, _TIED.T, _TIED.astype(np.float32), np.array([[5, 2, 9]]),
                                                    np.zeros((2, 0), np.float32), np.array(1.5, np.float32))
                                for d in (0, -1) for k in (False, True)] for n in ("median", "nanmedian")},
    "bucketize.Scalar": lambda rng: [
        (v, np.array(keys), i, r) for v in (2, 2.5, -1) for keys in ([1, 2, 3], [1.0, 2.0]) for i, r in (
            (False, False), (True, True))],
    "searchsorted.Scalar": lambda rng: [(np.array([1.0, 2.0, 3.0]), v, False, False, s, None)
                                        for v in (2, 2.5) for s in (None, "right")],
    **{f"{n}_mean.correction": _of_matrices((None, None, False), ([0], 0, True), ([1], 1.5, False))
       for n in ("var", "std")},
    **{n: lambda rng: [(x(rng, 3, 4) * 100, d) for d in (-1, 0, 2)] for n in ("round.decimals", "round_.decimals",
                                                                            "special_round")},
    "frexp.Tensor": lambda rng: [(_VALUES,), (_VALUES.astype(np.float32),), (x(rng, 3, 4) * 1e9,),
                                 (np.array([5e-324, 1e308, 0.5, 2.0**52]),)],
    **{f"bitwise_{n}.Scalar_Tensor": lambda rng: [(5, rng.integers(-9, 9, (2, 3)))] for n in ("and", "or", "xor")},
    **{f"bitwise_{n}_shift.Scalar_Tensor": lambda rng: [(5, rng.integers(0, 9, (2, 3)))] for n in ("left", "right")},
    **{n: lambda rng: [(x(rng, 1, 3, 1), d) for d in ([0], [0, 2], [1], [-1, 0], [])] + [(x(rng, 1, 2), [3]),
                                                                                         (x(rng), [0])]
       for n in ("squeeze.dims", "squeeze_copy.dims")},
    "narrow.Tensor": lambda rng: [(x(rng, 4, 3), 0, np.array(s), 2) for s in (0, 2, -2, 3)],
    "tensor_split.tensor_indices_or_sections": lambda rng: [
        (x(rng, 5, 3), np.array(v), 0) for v in (2, [1, 3], [])[:2]],
    "unsafe_split_with_sizes": lambda rng: [(x(rng, 3, 4), [1, 2], 0)],
    "sum_to_size": lambda rng: [(x(rng, 2, 3, 4, dtype=t), s) for t in ("float32", "int64")
                                for s in ([3, 4], [1, 4], [2, 1, 4], [2, 3, 4], [2, 4], [1, 1, 1, 1])],
    **{n: lambda rng: [(x(rng, dtype=t),) for t in ("float32", "int64", "bool")] + [(x(rng, 2),), (x(rng, 1, 1),)]
       for n in ("is_nonzero", "is_signed", "is_inference", "is_distributed")},
    "is_pinned": lambda rng: [(x(rng, 2), None)],
    "is_same_size": lambda rng: [(x(rng, 2, 3), x(rng, *s)) for s in ((2, 3), (3, 2), (2, 3, 1))],
    **{n: lambda rng: [(a, b) for a in (F32, F64, I32, I64) for b in (F32, I64)]
       for n in ("promote_types", "can_cast")},
    "result_type.Tensor": lambda rng: [(x(rng, *s, dtype=a), x(rng, 2, dtype=b)) for s in ((), (2,))
                                       for a in ("float64", "int32") for b in ("float32", "int64")],
    "result_type.Scalar": lambda rng: [(x(rng, 2, dtype=t), v) for t in ("int32", "float64") for v in (1, 1.5)],
    "result_type.Scalar_Tensor": lambda rng: [(v, x(rng, 2, dtype=t)) for t in ("int32", "float64") for v in (1, 1.5)],
    "result_type.Scalar_Scalar": lambda rng: [(1, 2), (1, 2.5)],
}  # fmt: skip
