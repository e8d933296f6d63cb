"""Samples of picking, combining, windows."""

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
