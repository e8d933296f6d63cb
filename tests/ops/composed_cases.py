"""Samples of the operators that sorting, scattering and others express. torch is what they are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.ops.cases import CASES, F64, Rng, shapes, transposed, x
from tests.ops.samples import NAN

Row = tuple[Any, ...]


def ints(rng: Rng, high: int, *shape: int) -> Any:
    return rng.integers(0, high, shape)


def positive(rng: Rng, *shape: int) -> Any:
    return np.abs(x(rng, *shape)) + np.float32(0.1)


def unit(rng: Rng, *shape: int) -> Any:
    return rng.random(shape).astype(np.float32)


# -- order and places -------------------------------------------------------------------------------------------------


def _sortable(rng: Rng) -> Iterable[Any]:
    yield x(rng, 5, 7)
    yield transposed(rng, 5, 7)
    yield ints(rng, 4, 5, 7)
    yield np.array([[1.0, NAN, -2.0, 0.5], [NAN, NAN, 3.0, -1.0]])
    yield x(rng, 2, 0)
    yield x(rng)
    yield x(rng, 300)
    yield x(rng, 5, 7, dtype="uint8")


def _sorted(*tails: Row, dims: tuple[int, ...] = (0, -1), stable: bool = False) -> Any:
    head: Row = (True,) if stable else ()
    return lambda rng: [(a, *head, d, *tail) for a in _sortable(rng) for d in dims for tail in tails]


def _unequal(rng: Rng) -> Iterable[Any]:
    """Without equal elements: which of them comes first torch does not say."""
    yield rng.permutation(35).reshape(5, 7)
    yield np.asfortranarray(rng.permutation(35).reshape(5, 7).astype(np.float32))
    yield rng.permutation(400).astype(np.float64)


def _scattered(rng: Rng) -> Iterable[Row]:
    index = np.array([[0, 2, 1, 2, 0], [2, 0, 0, 1, 1]])
    for dtype in ("float32", "int64", "float64"):
        yield x(rng, 3, 5, dtype=dtype), 0, index, x(rng, 2, 5, dtype=dtype)
        yield x(rng, 3, 5, dtype=dtype), -1, index[:, :3], x(rng, 2, 4, dtype=dtype)
    yield transposed(rng, 3, 5), 0, index, x(rng, 2, 5)
    yield x(rng, 3, 5), 0, index + 2, x(rng, 2, 5)
    yield x(rng, 3, 5), 0, index, x(rng, 1, 5)
    yield x(rng, 4), 0, np.array([3, 1]), x(rng, 2)


def _written(rng: Rng) -> Iterable[Row]:
    """Each place once: which of several writes stays torch does not say."""
    yield x(rng, 3, 5), 0, np.array([[0, 2, 1, 2, 0]]), x(rng, 1, 5)
    yield x(rng, 3, 5, dtype="int64"), 1, np.array([[4, 0], [1, 2]]), x(rng, 2, 2, dtype="int64")
    yield x(rng, 4), -1, np.array([3, 1]), x(rng, 2)


def _reduced(*tail: Any) -> Any:
    return lambda rng: [(*row, *tail) for row in _scattered(rng) if row[0].dtype.kind == "f" or tail[0] != "mean"]


CASES |= {
    "sort": lambda rng: [(a, d, down) for a in _sortable(rng) for d in (0, -1) for down in (False,) if a.size < 200]
    + [(a, d, True) for a in _unequal(rng) for d in (0, -1)],
    "sort.stable": _sorted((False,), (True,), stable=True),
    "argsort": lambda rng: [(a, d, down) for a in _unequal(rng) for d in (0, -1) for down in (False, True)],
    "argsort.stable": _sorted((False,), (True,), stable=True),
    "topk": lambda rng: [
        (a, k, d, largest, True) for a in _unequal(rng) for k in (1, 3, 5) for d in (0, -1) for largest in (True, False)
    ]
    + [(x(rng, 4), 5, 0, True, True), (x(rng), 1, -1, True, True)],
    "kthvalue": lambda rng: [
        (a, k, d, keep) for a in _unequal(rng) for k in (1, 4) for d in (0, -1) for keep in (False, True)
    ],
    "median": lambda rng: [(a,) for a in _unequal(rng)] + [(np.array([1.0, NAN, 2.0]),)],
    "searchsorted.Tensor": lambda rng: [
        (np.sort(k, -1), v, int32, right, None, None)
        for int32, right in ((False, False), (True, True))
        for k, v in (
            (x(rng, 7), x(rng, 3, 4)), (x(rng, 3, 7), x(rng, 3, 5)), (ints(rng, 5, 9), ints(rng, 6, 4)),
            (x(rng, 3), x(rng)),
        )
    ] + [
        (keys, x(rng, 2, 4), False, right, side, np.argsort(keys, -1))
        for keys in (x(rng, 5), x(rng, 2, 5)) for right, side in ((False, "right"), (True, "left"), (True, None))
    ],
    "bucketize.Tensor": lambda rng: [(x(rng, 3, 4), np.sort(x(rng, 6)), r, r) for r in (False, True)],
    "_unique2": lambda rng: [(ints(rng, 4, 3, 5), True, True, True), (np.array([2.0, 1.0, 2.0]), True, True, True),
                             (ints(rng, 3, 0), True, True, True)],
    "bincount": lambda rng: [
        (ints(rng, 5, 9), None, 0), (ints(rng, 5, 9), unit(rng, 9), 8), (ints(rng, 5, 0), None, 3),
        (np.array([-1, 2]), None, 0), (ints(rng, 3, 2, 2), None, 0),
    ],
    "one_hot": lambda rng: [(ints(rng, 4, 3, 2), n) for n in (-1, 4, 7, 2)] + [(np.array([-1, 2]), -1)],
    "scatter_add": _scattered,
    "scatter_add_": _scattered,
    "scatter.src": _written,
    "scatter_.src": _written,
    "scatter.value": lambda rng: [(a, d, i, 2) for a, d, i, _ in _written(rng)],
    "scatter_.value": lambda rng: [(a, d, i, 2) for a, d, i, _ in _written(rng)],
    **dict.fromkeys(("scatter.value_reduce", "scatter_.value_reduce"), lambda rng: [
        (a, d, i, 2.5, r) for a, d, i, _ in _scattered(rng) for r in ("add", "multiply")]),
    "scatter.reduce": lambda rng: [(*row, r) for row in _scattered(rng) for r in ("add", "multiply")],
    "scatter_.reduce": lambda rng: [(*row, r) for row in _scattered(rng) for r in ("add", "multiply")],
    **{
        f"scatter_reduce{n}.two": lambda rng: [
            (*row, r, whole)
            for whole in (True, False)
            for row in _scattered(rng)
            for r in ("sum", "prod", "amax", "amin", "mean")
            if r != "mean" or row[0].dtype.kind == "f"
        ]
        for n in ("", "_")
    },
    **{
        f"index_add{n}": lambda rng: [
            (x(rng, 3, 4), d, np.array(i), x(rng, *s), a)
            for d, i, s in ((0, [2, 0, 2], (3, 4)), (1, [1], (3, 1)), (-1, [0, 3], (3, 2)))
            for a in (1, 2)
        ]
        for n in ("", "_")
    },
    **{
        f"index_copy{n}": lambda rng: [
            (x(rng, 3, 4), d, np.array(i), x(rng, *s)) for d, i, s in ((0, [2, 0], (2, 4)), (1, [1], (3, 1)))
        ]
        for n in ("", "_")
    },
    **{
        f"index_fill{n}.int_Scalar": lambda rng: [
            (x(rng, 3, 4, dtype=t), d, np.array(i), 2)
            for d, i in ((0, [2, 0]), (-1, [1]))
            for t in ("float32", "int64")
        ]
        for n in ("", "_")
    },
    "index_put": lambda rng: [(x(rng, 3, 4), [np.array([1, 2])], x(rng, 2, 4), False)],
    "masked_scatter": lambda rng: [(x(rng, 3, 4), x(rng, 3, 4, dtype="bool"), x(rng, 12))],
    "select_scatter": lambda rng: [(x(rng, 3, 4), x(rng, 4), 0, 1), (x(rng, 3, 4), x(rng, 3), 1, -1)],
    "slice_scatter": lambda rng: [
        (x(rng, 6, 4), x(rng, 2, 4), 0, 1, 5, 2), (x(rng, 3, 4), x(rng, 3, 2), 1, 2, None, 1)],
}  # fmt: skip

# -- products, statistics, places -------------------------------------------------------------------------------------

_EQUATIONS = (
    ("ij,jk->ik", (3, 4), (4, 5)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("i,j->ij", (3,), (4,)), ("ij->ji", (3, 4)),
    ("ij->", (3, 4)), ("ij->j", (3, 4)), ("ii->i", (3, 3)), ("ii", (3, 3)),
    ("...ij,...jk->...ik", (2, 5, 3, 4), (4, 6)),
    ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)), ("ij,ij->ij", (3, 4), (3, 4)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
    ("ij,kj", (3, 4), (5, 4)), ("b...d->b...", (2, 3, 4)), ("ij,jk->ik", (3, 4), (3, 5)),
)  # fmt: skip
CASES |= {
    "einsum": lambda rng: [(e, [x(rng, *s) for s in sizes], None) for e, *sizes in _EQUATIONS],
    "instance_norm": lambda rng: [
        (x(rng, *s), w, b, None, None, True, 0.1, 1e-5, False)
        for s in ((2, 3, 4), (2, 3, 4, 5))
        for w, b in ((x(rng, 3), x(rng, 3)), (None, None))
    ],
    "_weight_norm": lambda rng: [(x(rng, 3, 4), x(rng, 3, 1), 0), (x(rng, 3, 4), x(rng, 1, 4), 1)],
    "linalg_vector_norm": lambda rng: [
        (x(rng, 3, 4), p, d, k, t) for p in (2, 1, 0.5) for d in (None, [0], [0, 1]) for k in (True, False)
        for t in (None, F64)
    ],
    **{
        f"{n}.correction": lambda rng: [
            (x(rng, 3, 4), d, c, k) for d in (None, [1], [0, 1]) for c in (None, 0, 2) for k in (True, False)
        ]
        for n in ("var", "std")
    },
    **{f"{n}_mean": lambda rng: [(x(rng, 3, 4), u) for u in (True, False)] for n in ("var", "std")},
    **{f"{n}_mean.dim": lambda rng: [(x(rng, 3, 4), [1], u, True) for u in (True, False)] for n in ("var", "std")},
    "aminmax": lambda rng: [(x(rng, 3, 4), d, k) for d in (None, 0, -1) for k in (True, False)],
    "trace": lambda rng: [(x(rng, 3, 4),), (x(rng, 2, 2, dtype="int64"),)],
    "diff": lambda rng: [
        (x(rng, 5), 1, -1, None, None), (x(rng, 3, 4), 2, 0, None, None), (x(rng, 4), 1, 0, x(rng, 1), None)],
    "addmv": lambda rng: [(x(rng, 3), x(rng, 3, 4), x(rng, 4), b, a) for b, a in ((1, 1), (0.5, 2))],
    "addbmm": lambda rng: [(x(rng, 3, 5), x(rng, 2, 3, 4), x(rng, 2, 4, 5), 1, 1)],
    "addr": lambda rng: [(x(rng, 3, 4), x(rng, 3), x(rng, 4), 1, 2)],
    "ger": lambda rng: [(x(rng, 3), x(rng, 4))],
    "chain_matmul": lambda rng: [([x(rng, 2, 3), x(rng, 3, 4), x(rng, 4, 5)],)],
    "bilinear": lambda rng: [(x(rng, 2, 3), x(rng, 2, 4), x(rng, 5, 3, 4), b) for b in (None, x(rng, 5))],
    "tensordot": lambda rng: [
        (x(rng, 3, 4, 5), x(rng, 5, 4, 2), [1, 2], [1, 0]), (x(rng, 2, 3), x(rng, 3, 2), [1], [0])],
    "_grouped_mm": lambda rng: [
        (x(rng, 6, 8), x(rng, 3, 8, 16), np.array([2, 2, 6], np.int32), None, None),
        (x(rng, 3, 4, 8), x(rng, 8, 12), np.array([2, 6, 12], np.int32), None, None),
        (x(rng, 8, 12), x(rng, 12, 8), np.array([4, 4, 12], np.int32), None, None),
        (x(rng, 2, 4, 8), x(rng, 2, 8, 4), None, None, None),
    ],
    "cross": lambda rng: [(x(rng, 4, 3), x(rng, 4, 3), d) for d in (None, 1, -1)],
    "linalg_cross": lambda rng: [(x(rng, 4, 3), x(rng, 4, 3), -1), (x(rng, 3, 2), x(rng, 3, 2), 0)],
    "tile": shapes(([2],), ([2, 1, 3],), ([2, 1, 1, 2],)),
    "repeat_interleave.self_int": shapes((2, None, None), (3, 1, None), (2, -1, None)),
    "repeat_interleave.Tensor": lambda rng: [(np.array([2, 0, 3]), None), (np.array([], np.int64), None)],
    "repeat_interleave.self_Tensor": lambda rng: [
        (x(rng, 3, 2), np.array([2, 0, 3]), 0, None), (x(rng, 3), np.array([2]), None, None)
    ],
    "meshgrid": lambda rng: [([x(rng, 3), x(rng, 4)],), ([x(rng, 2), x(rng), x(rng, 3)],)],
    "meshgrid.indexing": lambda rng: [([x(rng, 3), x(rng, 4), x(rng, 2)], i) for i in ("ij", "xy")],
    "broadcast_tensors": lambda rng: [([x(rng, 3, 1), x(rng, 4)],), ([x(rng), x(rng, 2, 1, 3)],)],
    "tensor_split.sections": lambda rng: [(x(rng, 7, 4), 3, 0), (x(rng, 7, 4), 2, -1), (x(rng, 2, 4), 3, 0)],
    "tensor_split.indices": lambda rng: [(x(rng, 7, 4), [2, 5], 0), (x(rng, 7, 4), [1, 3, 3], 1)],
    "unsafe_chunk": shapes((2, 0), (3, -1)),
    "unsafe_split.Tensor": shapes((2, 0), (3, -1)),
    "diag": lambda rng: [(x(rng, *s), k) for s in ((3,), (3, 4)) for k in (0, 1, -2)],
    "diag_embed": lambda rng: [(x(rng, 2, 3), k, -2, -1) for k in (0, 1, -2)],
    "diagonal": lambda rng: [(x(rng, 3, 4, 5), k, a, b) for k in (0, 1, -2, 9) for a, b in ((0, 1), (-1, 0), (1, 1))],
    "unfold": lambda rng: [
        (x(rng, 3, 8), d, s, p) for d, s, p in ((1, 3, 2), (-1, 8, 1), (0, 2, 1), (1, 9, 1), (0, 1, 0))],
    "eye": lambda rng: [(3, None, None, None, None), (2, F64, None, None, None)],
    "eye.m": lambda rng: [(3, 4, None, None, None, None)],
    "linspace": lambda rng: [
        (a, b, n, t, None, None, None) for a, b, n in ((0, 1, 5), (-2.5, 3, 8), (1, 1, 3), (0, 10, 1), (3, 0, 0))
        for t in (None, F64)
    ],
    "movedim.intlist": shapes(([0, 1], [2, 0]), ([-1], [0])),
    "movedim.int": shapes((0, 2), (-1, 1)),
    "swapaxes": shapes((0, 2)),
    "swapdims": shapes((-1, 0)),
    "tril_indices": lambda rng: [
        (r, c, o, 4, None, None, None) for r, c in ((3, 4), (4, 3), (0, 2)) for o in (-1, 0, 2)
    ],
    "triu_indices": lambda rng: [
        (r, c, o, 4, None, None, None) for r, c in ((3, 4), (4, 3), (0, 2)) for o in (-1, 0, 2)
    ],
    "pad_sequence": lambda rng: [
        ([x(rng, 2, 3), x(rng, 4, 3), x(rng, 1, 3)], first, 1.5, side)
        for first in (False, True)
        for side in ("left", "right")
    ],
    "hstack": lambda rng: [([x(rng, 3), x(rng, 2)],), ([x(rng, 3, 1), x(rng, 3, 2)],)],
    "vstack": lambda rng: [([x(rng, 3), x(rng, 3)],), ([x(rng, 1, 3), x(rng, 2, 3)],)],
    "rot90": lambda rng: [(x(rng, 3, 4), k, [0, 1]) for k in (0, 1, 2, 3, -1)],
    "isclose": lambda rng: [
        (np.array([1.0, NAN, 2.0]), np.array([1.0, NAN, 2.1]), 1e-5, 1e-8, e) for e in (True, False)],
    "allclose": lambda rng: [(x(rng, 3), x(rng, 3), 1e-5, 1e-8, False), (np.ones(3), np.ones(3), 1e-5, 1e-8, False)],
    "equal": lambda rng: [(x(rng, 3), x(rng, 3)), (np.ones(3), np.ones(3)), (np.ones(3), np.ones(2))],
    "pixel_shuffle": lambda rng: [(x(rng, 2, 8, 3, 4), 2), (x(rng, 9, 2, 2), 3), (x(rng, 1, 6, 2, 2), 2)],
    "pixel_unshuffle": lambda rng: [(x(rng, 2, 2, 6, 4), 2), (x(rng, 1, 6, 6), 3), (x(rng, 1, 5, 4), 2)],
    "channel_shuffle": lambda rng: [(x(rng, 2, 6, 3, 4), g) for g in (1, 2, 3)],
    "im2col": lambda rng: [
        (x(rng, *s), k, d, p, t) for s in ((2, 3, 7, 8), (3, 7, 8))
        for k, d, p, t in (([3, 2], [1, 1], [0, 0], [1, 1]), ([2, 2], [2, 1], [1, 2], [2, 3]))
    ],
    "col2im": lambda rng: [
        (x(rng, 2, 12, 30), [7, 6], [2, 2], [1, 1], [0, 0], [1, 1]),
        (x(rng, 8, 12), [5, 6], [2, 2], [1, 1], [1, 0], [2, 2]),
    ],
    "max_unpool2d": lambda rng: [(x(rng, 1, 2, 2, 2), np.array([[[[0, 3], [9, 14]], [[1, 2], [8, 15]]]]), [4, 4])],
    "max_unpool3d": lambda rng: [(x(rng, 1, 1, 1, 1, 2), np.array([[[[[1, 6]]]]]), [2, 2, 2], [2, 2, 2], [0, 0, 0])],
    "affine_grid_generator": lambda rng: [
        (x(rng, 2, 2, 3), [2, 3, 4, 5], c) for c in (True, False)
    ] + [(x(rng, 2, 3, 4), [2, 3, 2, 4, 5], True)],
    **{
        n: lambda rng: [
            (x(rng, 2, 3, 5, 6), (rng.random((2, 4, 3, 2)) * 3 - 1.5).astype(np.float32), m, p, c)
            for m in (0, 1, 2) for p in (0, 1, 2) for c in (True, False)
        ]
        for n in ("grid_sampler", "grid_sampler_2d")
    },
    "dropout": shapes((0.5, False), (0.0, True)),
    "feature_dropout": shapes((0.5, False), (0.0, True)),
    "alpha_dropout": lambda rng: [(x(rng, 2, 3, 4), 0.5, False)],
    "feature_alpha_dropout": lambda rng: [(x(rng, 2, 3, 4), 0.5, False)],
    **{f"{n}dropout_": lambda rng: [
        (x(rng, 2, 3, 4), 0.5, False)] for n in ("", "feature_", "alpha_", "feature_alpha_")},
    "rrelu_": lambda rng: [(x(rng, 3, 4), 0.1, 0.3, False, None)],
    "rrelu": lambda rng: [(x(rng, 3, 4), 0.1, 0.3, False, None)],
}  # fmt: skip
