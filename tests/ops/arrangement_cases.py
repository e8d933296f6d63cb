"""Samples of picking, combining, windows, copies of views, membership."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases import CASES, F64, transposed, x

_NO = (None, None, None)
_PUTS: Any = lambda rng: [  # noqa: E731
    (x(rng, 3, 4), np.array([[1, -2], [5, 0]]), x(rng, 2, 2), a) for a in (False, True)
] + [(x(rng, 3), np.array([4]), x(rng, 1), False), (transposed(rng, 2, 3), np.array([4, 1]), x(rng, 2), True)]
CASES |= {
    "take": lambda rng: [(a, i) for a in (x(rng, 3, 4), transposed(rng, 3, 4)) for i in (
        np.array([[0, 5], [-1, 11]]), np.array([], np.int64), np.array(3), np.array([12]))],
    "put": _PUTS,
    "put_": _PUTS,
    "argwhere": lambda rng: [(x(rng, 3, 4, dtype=t),) for t in ("bool", "int64", "float32")],
    "take_along_dim": lambda rng: [
        (x(rng, 3, 4), np.array([[0, 2]]), 1), (x(rng, 3, 4), np.array([[1, 0, 2, 2]]), 0),
        (x(rng, 3, 4), np.array([7, 1]), None)],
    "cartesian_prod": lambda rng: [([x(rng, 2), x(rng, 3)],), ([x(rng, 3)],), ([x(rng, 2), x(rng, 1), x(rng, 3)],)],
    "combinations": lambda rng: [(x(rng, 4, dtype=t), r, w) for t in ("float32", "int64") for r in (1, 2, 3)
                                 for w in (False, True)],
    "block_diag": lambda rng: [([x(rng, 2, 3), x(rng, 1, 2)],), ([x(rng, 2), x(rng), x(rng, 2, 2)],)],
    **{f"atleast_{n}d": lambda rng: [(x(rng, *s),) for s in ((), (3,), (2, 3), (2, 3, 4))] for n in (1, 2, 3)},
    **{f"atleast_{n}d.Sequence": lambda rng: [([x(rng), x(rng, 3), x(rng, 2, 3)],)] for n in (1, 2, 3)},
    "dstack": lambda rng: [([x(rng, 3), x(rng, 3)],), ([x(rng, 2, 3), x(rng, 2, 3)],)],
    "column_stack": lambda rng: [([x(rng, 3), x(rng, 3, 2)],), ([x(rng, 3), x(rng, 3)],)],
    "vander": lambda rng: [(x(rng, 4, dtype=t), n, i) for t in ("float32", "int64", "bool") for n in (None, 3, 0)
                           for i in (False, True) if t != "bool" or n],
    "diagflat": lambda rng: [(x(rng, 2, 3), o) for o in (0, 1, -2)],
    "kron": lambda rng: [
        (x(rng, *a), x(rng, *b)) for a, b in (((2, 3), (4, 5)), ((3,), (2,)), ((2,), (2, 3)), ((), (3,)))],
    "unique_consecutive": lambda rng: [
        (np.array(v), i, c, d) for i, c in ((True, True), (True, False), (False, False)) for v, d in (
        ([1, 1, 2, 2, 2, 1], None), ([[1, 1], [1, 2]], None), ([[1, 1], [1, 1], [0, 1]], 0), ([[1, 1], [2, 2]], 1))],
    **{f"{n}_window": lambda rng: [(k, t, *_NO) for k in (0, 1, 2, 9) for t in (None, F64)]
       for n in ("hann", "hamming", "blackman", "bartlett", "kaiser")},
    **{f"{n}_window.periodic": lambda rng: [(k, p, t, *_NO) for k in (1, 6, 9) for p in (True, False)
                                            for t in (None, F64)]
       for n in ("hann", "hamming", "blackman", "bartlett", "kaiser")},
    "hamming_window.periodic_alpha": lambda rng: [(7, False, 0.5, None, *_NO)],
    "hamming_window.periodic_alpha_beta": lambda rng: [(7, True, 0.5, 0.4, F64, *_NO)],
    "kaiser_window.beta": lambda rng: [(7, p, 8.5, t, *_NO) for p in (True, False) for t in (None, F64)],
    "logspace": lambda rng: [(0, 2, n, b, t, *_NO) for n in (0, 1, 5) for b in (10.0, 2.0) for t in (None, F64)]
    + [(-1.5, 1, 4, 10.0, None, *_NO)],
}  # fmt: skip

_ROWS: Any = lambda rng: x(rng, 3, 4)  # noqa: E731
CASES |= {
    **{n: lambda rng: [(x(rng, 2, 3, dtype=t),) for t in ("float32", "int64")] + [(transposed(rng, 2, 3),)]
       for n in ("real", "conj", "resolve_conj", "resolve_neg", "positive", "conj_physical", "isreal", "is_conj",
                 "is_neg", "alias_copy", "detach_copy", "t_copy", "zero", "msort")},
    "as_strided_copy": lambda rng: [(x(rng, 3, 4), [2, 2], [1, 4], 1)],
    "as_strided_scatter": lambda rng: [(x(rng, 3, 4), x(rng, 2, 2), [2, 2], [1, 4], 1)],
    "diagonal_copy": lambda rng: [(x(rng, 3, 4), o, 0, 1) for o in (0, 1, -2)],
    "diagonal_scatter": lambda rng: [(x(rng, 3, 4), x(rng, 3), o, 0, 1) for o in (0, 1)],
    "expand_copy": lambda rng: [(x(rng, 3, 1), [2, 3, 4], False)],
    "narrow_copy": lambda rng: [(_ROWS(rng), 1, 1, 2), (_ROWS(rng), 0, 3, 0), (_ROWS(rng), 0, 2, 2)],
    "permute_copy": lambda rng: [(x(rng, 2, 3, 4), [2, 0, 1])],
    "select_copy.int": lambda rng: [(_ROWS(rng), 1, -1), (_ROWS(rng), 0, 3)],
    "slice_copy.Tensor": lambda rng: [(_ROWS(rng), 1, None, -1, 2), (_ROWS(rng), 0, 1, None, 1)],
    "squeeze_copy": lambda rng: [(x(rng, 1, 3, 1),)],
    "squeeze_copy.dim": lambda rng: [(x(rng, 1, 3, 1), 0), (x(rng, 1, 3, 1), 1)],
    "transpose_copy.int": lambda rng: [(_ROWS(rng), 0, -1)],
    "unfold_copy": lambda rng: [(_ROWS(rng), 1, 2, 1)],
    "unsqueeze_copy": lambda rng: [(_ROWS(rng), -1)],
    "view_copy": lambda rng: [(_ROWS(rng), [2, -1])],
    "split_copy.Tensor": lambda rng: [(_ROWS(rng), 2, 0)],
    "split_with_sizes_copy": lambda rng: [(_ROWS(rng), [1, 3], 1), (_ROWS(rng), [1, 1], 1)],
    "unbind_copy.int": lambda rng: [(_ROWS(rng), 1)],
    "fill.Scalar": lambda rng: [(_ROWS(rng), 2.5), (x(rng, 3, dtype="int64"), 2.5)],
    "fill.Tensor": lambda rng: [(_ROWS(rng), x(rng))],
    **{f"{n}.int": lambda rng: [(x(rng, *s), k) for s in ((4,), (4, 2), (2, 4, 6)) for k in (1, 2, 3)]
       for n in ("hsplit", "vsplit", "dsplit")},
    **{f"{n}.array": lambda rng: [(x(rng, *s), k) for s in ((4,), (4, 2), (2, 4, 6)) for k in ([1], [1, 3], [])]
       for n in ("hsplit", "vsplit", "dsplit")},
    "isin.Tensor_Tensor": lambda rng: [
        (np.array(a, t), np.array(b, u), False, i) for i in (False, True) for a, b, t, u in (
            ([[1, 2, 3], [4, 5, 1]], [1, 5, 9], "int64", "int64"), ([1.5, 2, np.nan], [2, 1], "float32", "int64"),
            ([1, np.nan], [np.nan, 1], "float32", "float32"), ([1, 2], [], "int64", "int64"),
            ([], [1], "float32", "float32"), ([True, False], [True], "bool", "bool"))],
    "isin.Tensor_Scalar": lambda rng: [(np.array([1, 2, 1]), 1, False, i) for i in (False, True)],
    "isin.Scalar_Tensor": lambda rng: [(e, np.array([1, 2, 1]), False, i) for e in (1, 4) for i in (False, True)],
    "inner": lambda rng: [(x(rng, *a), x(rng, *b)) for a, b in (
        ((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,)), ((), (2, 3)), ((2, 3), (2, 4)))],
    "vdot": lambda rng: [(x(rng, 3), x(rng, 3)), (x(rng, 3), x(rng, 4))],
    "linalg_vecdot": lambda rng: [(x(rng, 2, 3), x(rng, 2, 3), -1), (x(rng, 2, 3), x(rng, 3), 0)],
    **{n: lambda rng: [
        (x(rng, 3, 4, dtype=t), d, np.array(i), x(rng, *s, dtype=t), r, whole) for t in ("float32", "int64")
        for r in ("prod", "mean", "amax", "amin") for whole in (True, False)
        for d, i, s in ((0, [2, 0, 2], (3, 4)), (1, [1, 1], (3, 2)))] for n in ("index_reduce", "index_reduce_")},
    "native_layer_norm": lambda rng: [
        (x(rng, 2, 3, 4), [4], x(rng, 4), x(rng, 4), 1e-5), (x(rng, 2, 3, 4), [3, 4], None, None, 1e-5)],
    "native_group_norm": lambda rng: [(x(rng, 2, 4, 3), x(rng, 4), x(rng, 4), 2, 4, 3, 2, 1e-5)],
    "native_batch_norm": lambda rng: [
        (x(rng, 2, 4, 3), x(rng, 4), x(rng, 4), x(rng, 4), abs(x(rng, 4)), t, 0.1, 1e-5) for t in (False, True)],
}  # fmt: skip
