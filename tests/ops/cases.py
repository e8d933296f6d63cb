"""Samples of the tensor operators that are not elementwise or reductions, by qualified name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from aotjit.dtypes import DTYPE_BY_TORCH
from tests.ops.samples import INF, NAN, array

Rng = np.random.Generator
Cases = Callable[[Rng], Iterable[tuple[Any, ...]]]

F32, F64, I64, I32, BOOLEAN = (DTYPE_BY_TORCH[n].code for n in ("float32", "float64", "int64", "int32", "bool"))
BIG = 2**63 - 1


def x(rng: Rng, *shape: int, dtype: str = "float32") -> Any:
    return array(rng, shape, dtype)


def transposed(rng: Rng, *shape: int) -> Any:
    return np.asfortranarray(x(rng, *shape))


def shapes(*rests: tuple[Any, ...], of: tuple[tuple[int, ...], ...] = ((2, 3, 4),)) -> Cases:
    """Each rest of arguments behind tensors of the shapes `of`, contiguous and not, and of other dtypes."""

    def make(rng: Rng) -> Iterable[tuple[Any, ...]]:
        for rest in rests:
            for shape in of:
                yield (x(rng, *shape), *rest)
                yield (transposed(rng, *shape), *rest)
            yield (x(rng, *of[0], dtype="int64"), *rest)
            yield (x(rng, *of[0], dtype="bool"), *rest)

    return make


def plain(*rows: tuple[Any, ...]) -> Cases:
    """The same values each time, lists and dicts copied."""
    return lambda rng: [tuple(v.copy() if isinstance(v, list | dict) else v for v in row) for row in rows]


_NO_OPTIONS = (None, None, None)
_MATRICES = ((3, 4), (4, 5)), ((1, 7), (7, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3), (2, 3))


def _products(rank: int) -> Cases:
    def make(rng: Rng) -> Iterable[tuple[Any, ...]]:
        for a, b in _MATRICES:
            lead = (2,) * (rank - 2)
            for dtype in ("float32", "float64", "int64", "int32"):
                yield x(rng, *lead, *a, dtype=dtype), x(rng, *lead, *b, dtype=dtype)
            yield transposed(rng, *lead, *a), transposed(rng, *lead, *b)
        yield x(rng, 3, 4), x(rng, 4, 5, dtype="float64")
        yield x(rng, 3), x(rng, 3)

    return make


def _matmul(rng: Rng) -> Iterable[tuple[Any, ...]]:
    for a, b in (
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((5, 2, 3), (3,)),
        ((3,), (5, 3, 4)),
        ((5, 2, 3), (5, 3, 4)),
        ((2, 1, 2, 3), (4, 3, 5)),
        ((2, 3), (6, 3, 2)),
        ((0, 2, 3), (3, 4)),
        ((2, 3), (4, 5)),
        ((), (3,)),
        ((2, 4, 2, 0), (0, 3)),
    ):
        yield x(rng, *a), x(rng, *b)
    yield transposed(rng, 3, 4), transposed(rng, 4, 2)


def _linear(rng: Rng) -> Iterable[tuple[Any, ...]]:
    for shape in ((4, 3), (3,), (2, 4, 3), (0, 3), (2, 0, 3)):
        yield x(rng, *shape), x(rng, 5, 3), x(rng, 5)
        yield x(rng, *shape), x(rng, 5, 3), None
    yield x(rng, 2, 4), x(rng, 5, 3), None


def _addmm(rng: Rng) -> Iterable[tuple[Any, ...]]:
    for bias in ((5,), (3, 5), (1, 5), ()):
        yield x(rng, *bias), x(rng, 3, 4), x(rng, 4, 5), 1, 1
        yield x(rng, *bias), x(rng, 3, 4), x(rng, 4, 5), 0.5, 2
        yield x(rng, *bias), x(rng, 3, 4), x(rng, 4, 5), 0, 1.5
    yield x(rng, 5, dtype="int64"), x(rng, 3, 4, dtype="int64"), x(rng, 4, 5, dtype="int64"), 2, 3


CASES: dict[str, Cases] = {
    # views
    "view": shapes(([24],), ([4, 6],), ([-1, 2],), ([2, 3, 4],), ([2, 3, 2, 2],), ([5],)),
    "reshape": shapes(([24],), ([4, 6],), ([-1, 2],), ([2, -1],), ([5, -1],), of=((2, 3, 4), (24,), (4, 0, 3))),
    "view_as": lambda rng: [(x(rng, 2, 6), x(rng, 3, 4)), (x(rng, 2, 6), x(rng, 5))],
    "reshape_as": lambda rng: [(x(rng, 2, 6), x(rng, 3, 4)), (transposed(rng, 2, 6), x(rng, 12))],
    "flatten.using_ints": shapes((0, -1), (1, 2), (0, 1), (-2, -1), (1, 1), (2, 1), of=((2, 3, 4), (0, 2, 2))),
    "unflatten.int": shapes((0, [1, 2]), (2, [2, 2]), (-1, [2, -1]), (1, [2, 2])),
    "transpose.int": shapes((0, 1), (-1, 0), (1, 1), (0, 3)),
    "permute": shapes(([2, 0, 1],), ([0, 1, 2],), ([-1, 0, 1],), ([0, 0, 1],), ([0, 1],)),
    "t": lambda rng: [(x(rng, 2, 3),), (x(rng, 3),), (x(rng),), (transposed(rng, 3, 2),), (x(rng, 1, 2, 3),)],
    "expand": shapes(
        ([2, 3, 4], False),
        ([5, -1, -1, 4], False),
        ([2, 7, 4], False),
        ([2, 3], False),
        of=((2, 3, 4), (2, 1, 4), (1, 1, 1)),
    ),
    # Arrays that own their elements: of a view, numpy and torch do not agree where its storage begins.
    "as_strided": lambda rng: [
        (x(rng, 2, 6), [2, 2], [1, 2], 1),
        (x(rng, 2, 6), [3, 2], [1, 1], None),
        (x(rng, 12, dtype="int64"), [2, 0], [5, 1], 0),
        (x(rng, 2, 6), [4, 4], [4, 1], 3),
        (x(rng, 2, 6), [2], [-1], 0),
        (x(rng, 2, 6), [2, 2], [1], 0),
    ],
    "expand_as": lambda rng: [(x(rng, 3, 1), x(rng, 2, 3, 4)), (x(rng), x(rng, 2)), (x(rng, 2), x(rng, 3))],
    "unsqueeze": shapes((0,), (3,), (-1,), (-4,), (4,)),
    "squeeze": lambda rng: [(x(rng, 1, 2, 1),), (x(rng, 2, 3),), (x(rng, 1),), (x(rng),), (transposed(rng, 1, 3, 2),)],
    "squeeze.dim": lambda rng: [(x(rng, 1, 2, 1), d) for d in (0, 1, -1, 3)] + [(x(rng), 0)],
    "select.int": shapes((0, 1), (1, -1), (-1, 3), (2, 4), (0, 0), (3, 0)),
    "slice.Tensor": shapes(
        (0, None, None, 1),
        (1, 1, 3, 1),
        (2, -3, -1, 1),
        (-1, None, None, 2),
        (1, 2, 1, 1),
        (0, 0, BIG, 1),
        (2, 1, 100, 3),
        (0, None, None, 0),
    ),
    "narrow": shapes((0, 0, 1), (1, 1, 2), (-1, -3, 2), (1, 2, 2), (2, 4, 0)),
    "chunk": shapes((2, 0), (2, 1), (3, -1), (5, 2), (0, 1), of=((2, 3, 4), (7, 3, 5), (2, 0, 3))),
    "split.Tensor": shapes((2, 0), (2, 1), (3, -1), (10, 2), (0, 1), of=((2, 3, 4), (7, 3, 5), (2, 0, 3))),
    "split.sizes": shapes(([1, 1], 0), ([1, 2], 1), ([4, 0], -1), ([1, 1], 1)),
    "split": shapes(([1, 1], 0), ([1, 2], 1)),
    "split_with_sizes": shapes(([1, 1], 0), ([1, 2], 1), ([4, 0], -1), ([1, 1], 1)),
    "unbind.int": shapes((0,), (1,), (-1,), (3,)),
    # copies and conversions
    "detach": shapes(()),
    "alias": shapes(()),
    "lift_fresh": shapes(()),
    "resolve_conj": shapes(()),
    "resolve_neg": shapes(()),
    "cpu": shapes(()),
    "prim::data": shapes(()),
    "contiguous": shapes((0,)),
    "clone": shapes((None,), of=((2, 3), (), (0, 2))),
    "copy_": lambda rng: (
        [
            (x(rng, 3, 4), x(rng, *s, dtype=d), False)
            for s in ((3, 4), (4,), (), (3, 1), (2, 3, 4))
            for d in ("float32", "int64", "bool", "float64")
        ]
        + [(x(rng, 3, 4, dtype="int64"), x(rng, 3, 4), False), (transposed(rng, 3, 4), x(rng, 3, 4), False)]
    ),
    "to.dtype": shapes(
        *((c, False, copy, None) for c in (F32, F64, I64, I32, BOOLEAN, 5, 0) for copy in (False, True))
    ),
    "to.device": shapes(("cpu", F64, False, False, None), ("cuda", F32, False, False, None)),
    "to.other": lambda rng: [(x(rng, 2, 3), x(rng, 2, dtype=d), False, False, None) for d in ("int32", "float32")],
    "to.dtype_layout": shapes(
        (F64, None, None, None, False, False, None), (None, None, "cpu", None, False, False, None)
    ),
    "to.prim_Device": shapes(("cpu", None, False, False), (None, F64, False, False)),
    "to.prim_dtype": shapes((F64, False, False), (None, False, False)),
    "type_as": lambda rng: [(x(rng, 2, 3), x(rng, 2, dtype=d)) for d in ("int32", "float32", "bool", "float64")],
    # creation
    "zeros": plain(
        ([2, 3], None, *_NO_OPTIONS),
        ([], F64, *_NO_OPTIONS),
        ([0, 2], I64, *_NO_OPTIONS),
        ([2], None, None, "cuda", None),
    ),
    "ones": plain(([2, 3], None, *_NO_OPTIONS), ([4], BOOLEAN, *_NO_OPTIONS)),
    "full": plain(
        ([2, 3], 7, None, *_NO_OPTIONS),
        ([2], 0.1, None, *_NO_OPTIONS),
        ([2], True, None, *_NO_OPTIONS),
        ([2], 2.7, I64, *_NO_OPTIONS),
        ([2], 3, F64, *_NO_OPTIONS),
        ([1], 0.1, F64, *_NO_OPTIONS),
    ),
    "zeros_like": shapes((None, *_NO_OPTIONS, None), (I32, *_NO_OPTIONS, None)),
    "ones_like": shapes((None, *_NO_OPTIONS, None), (F64, *_NO_OPTIONS, None)),
    "full_like": shapes((3, None, *_NO_OPTIONS, None), (0.5, F64, *_NO_OPTIONS, None)),
    "new_zeros": shapes(([2, 2], None, *_NO_OPTIONS), ([3], I64, *_NO_OPTIONS)),
    "new_ones": shapes(([2, 2], None, *_NO_OPTIONS), ([3], I64, *_NO_OPTIONS)),
    "new_full": shapes(([2, 2], 3, None, *_NO_OPTIONS), ([3], 2.5, F64, *_NO_OPTIONS)),
    "arange": plain(
        (5, None, *_NO_OPTIONS),
        (0, None, *_NO_OPTIONS),
        (2.5, None, *_NO_OPTIONS),
        (4, F32, *_NO_OPTIONS),
        (-1, None, *_NO_OPTIONS),
    ),
    "arange.start": plain((2, 7, None, *_NO_OPTIONS), (-1.5, 3, None, *_NO_OPTIONS), (7, 2, None, *_NO_OPTIONS)),
    "arange.start_step": plain(
        (0, 10, 3, None, *_NO_OPTIONS),
        (10, 0, -4, None, *_NO_OPTIONS),
        (0.0, 1.0, 0.1, None, *_NO_OPTIONS),
        (0, 1, 0, None, *_NO_OPTIONS),
        (1, 2, 1, F64, *_NO_OPTIONS),
    ),
    "scalar_tensor": plain((3, None, *_NO_OPTIONS), (2.5, F64, *_NO_OPTIONS), (True, BOOLEAN, *_NO_OPTIONS)),
    "tensor": plain(
        ([1, 2, 3], None, None, False),
        ([1.5, 2.5], None, None, False),
        ([True, False], None, None, False),
        ([1, 2], F64, None, False),
        ([[1, 2], [3, 4]], None, None, False),
        ([0.1], F64, None, False),
    ),
    "as_tensor.list": plain(([1, 2, 3], None, None), ([[1.5], [2.5]], None, None)),
    # joining and picking
    "cat": lambda rng: [
        ([x(rng, 2, 3), x(rng, 4, 3)], 0),
        ([x(rng, 2, 3), x(rng, 2, 1), transposed(rng, 2, 2)], -1),
        ([x(rng, 0), x(rng, 2, 3)], 0),
        ([x(rng, 2, 3), x(rng, 3, 2)], 0),
        ([x(rng), x(rng)], 0),
    ],
    "stack": lambda rng: (
        [([x(rng, 2, 3), x(rng, 2, 3)], d) for d in (0, 1, -1, 4)]
        + [([x(rng), x(rng)], 0), ([x(rng, 2), x(rng, 3)], 0), ([x(rng, 2, dtype="int64")], 0)]
    ),
    "index_select": lambda rng: (
        [(x(rng, 3, 4), d, np.array(i)) for d, i in ((0, [2, 0]), (1, [3, 3, 1]), (-1, [0]), (0, [5]))]
        + [(transposed(rng, 3, 4), 0, np.array([1, 2], np.int32)), (x(rng, 3), 0, np.array([], np.int64))]
    ),
    "embedding": lambda rng: [
        (x(rng, 5, 3), np.array(i), -1, False, False) for i in ([1, 4], [[0, 1], [2, 3]], 2, [9])
    ],
    # products
    "mm": _products(2),
    "bmm": _products(3),
    "matmul": _matmul,
    "linear": _linear,
    "addmm": _addmm,
    "mv": lambda rng: [(x(rng, 3, 4), x(rng, 4)), (x(rng, 3, 4), x(rng, 3)), (x(rng, 3, 0), x(rng, 0))],
    "dot": lambda rng: [
        (x(rng, 4), x(rng, 4)),
        (x(rng, 0), x(rng, 0)),
        (x(rng, 4), x(rng, 3)),
        (x(rng, 3, dtype="int64"), x(rng, 3, dtype="int64")),
    ],
    # normalisation
    "softmax.int": shapes((0, None), (-1, None), (1, F64), (3, None), of=((2, 3, 4), (0, 2, 3), (5, 100))),
    "log_softmax.int": shapes((0, None), (-1, None), (1, F64), of=((2, 3, 4), (0, 2, 3), (5, 100))),
    "layer_norm": lambda rng: [
        (x(rng, 2, 3, 4), [4], x(rng, 4), x(rng, 4), 1e-5, True),
        (x(rng, 2, 3, 4), [3, 4], None, None, 1e-3, True),
        (x(rng, 2, 3), [3], x(rng, 3), None, 1e-5, True),
    ],
    "var": lambda rng: [(x(rng, 3, 4), u) for u in (True, False)] + [(x(rng, 1), True)],
    "std": lambda rng: [(x(rng, 3, 4), u) for u in (True, False)],
    "var.dim": lambda rng: [
        (x(rng, 3, 4), d, u, k) for d in ([0], [-1], [0, 1]) for u in (True, False) for k in (True, False)
    ],
    "std.dim": lambda rng: [
        (x(rng, 3, 4), d, u, k) for d in ([0], [-1], [0, 1]) for u in (True, False) for k in (True, False)
    ],
    "norm.Scalar": lambda rng: [(x(rng, 3, 4), p) for p in (2, 1, 2.5, INF)],
    "norm.ScalarOpt_dim": lambda rng: [
        (x(rng, 3, 4), p, d, k) for p in (2, 1, None, 3.0) for d in ([0], [-1], [0, 1]) for k in (True, False)
    ],
    # properties
    "size.int": shapes((0,), (-1,), (3,)),
    "size": shapes(()),
    "dim": shapes(()),
    "numel": shapes(()),
    "len.Tensor": lambda rng: [(x(rng, 3, 2),), (x(rng, 0),), (x(rng),)],
    "stride.int": shapes((0,), (-1,)),
    "is_floating_point": shapes(()),
    "is_contiguous": shapes(()),
    "is_contiguous.memory_format": shapes(
        (0,), (2,), (3,), of=((2, 3, 4, 5), (2, 1, 4, 5), (1, 3, 1, 1), (2, 3, 4, 5, 6))
    ),
    "stride": shapes((), of=((2, 3, 4), (), (0, 3))),
    "get_device": shapes(()), "element_size": shapes(()), "prim::itemsize": shapes(()), "prim::nbytes": shapes(()),
    "prim::layout": shapes(()), "prim::is_sparse": shapes(()), "prim::is_quantized": shapes(()),
    "prim::is_meta": shapes(()), "prim::is_mkldnn": shapes(()), "requires_grad_": shapes((False,), of=((2, 3),)),
    "numpy_T": shapes((), of=((2, 3), ())), "mT": shapes((), of=((2, 3, 4), (2, 3))),
    "mH": shapes((), of=((2, 3, 4), (2, 3))), "matrix_H": shapes((), of=((2, 3),)),
    "ravel": shapes((), of=((2, 3, 4), ())),
    "broadcast_to": shapes(([5, 2, 3, 4],), ([-1, 3, 4],)),
    "where": shapes((), of=((2, 3, 4), (), (0, 2))), "nonzero_numpy": shapes((), of=((2, 3, 4), (), (0, 2))),
    "prim::dtype": shapes(()),
    "prim::is_cuda": shapes(()),
    "prim::device": shapes(()),
    "prim::is_nested": shapes(()),
    "prim::type": plain(("cpu",)),
    "eq.device": plain(("cpu", "cpu"), ("cpu", "cuda")),
    "ne.device": plain(("cpu", "cpu"), ("cpu", "cuda")),
    "is_autocast_enabled": plain(()),
    "is_autocast_cpu_enabled": plain(()),
    "prim::requires_grad": shapes(()),
}


def _indexing(rng: Rng) -> Iterable[tuple[Any, ...]]:
    i, mask = np.array([2, 0, -1]), np.array([True, False, True])
    for a in (x(rng, 3, 4, 5), transposed(rng, 3, 4, 5), x(rng, 3, 4, 5, dtype="int64")):
        yield a, [i]
        yield a, [None, i]
        yield a, [i, None, i]
        yield a, [None, i, i]
        yield a, [np.array([[0, 1], [2, 1]]), np.array([1, 3])]
        yield a, [mask]
        yield a, [mask, None, np.array([1, 2])]
        yield a, [np.asarray(a > 0)]
        yield a, [np.array(1)]
        yield a, [np.array([], np.int64)]
        yield a, [np.array([3])]
        yield a, [i.astype(np.int32)]
        yield a, [i, i, i, i]
    rows = np.array([5, -9, 0, 8, -1, 5, 3, 7])
    for a in (x(rng, 9), x(rng, 9, dtype="bool"), x(rng, 9, 4)[:, :2], x(rng, 18, dtype="int64")[::2], x(rng, 9, 17)):
        for chosen in (rows, rows[::2], rows[:1], x(rng, 9, dtype="bool"), np.zeros(9, bool), np.ones(9, bool)):
            yield a, [chosen]
        yield a, [np.array([1, 9])]
        yield a, [np.ones(8, bool)]


def _index_put(rng: Rng) -> Iterable[tuple[Any, ...]]:
    for a, indices in _indexing(rng):
        yield a, indices, x(rng, dtype=a.dtype.name), False
    yield x(rng, 3, 4), [np.array([1, 2])], x(rng, 2, 4), False
    yield x(rng, 3, 4), [np.array([1, 2])], x(rng, 4), False
    yield x(rng, 3, 4), [np.array([1, 2])], x(rng, 3), False
    yield x(rng, 3, 4), [np.array([1, 2])], x(rng, 4, dtype="float64"), False


CASES |= {
    "index.Tensor": _indexing,
    "index_put_": _index_put,
    "nonzero": lambda rng: (
        [(x(rng, 3, 4, dtype=d),) for d in ("bool", "int64", "float32")] + [(transposed(rng, 3, 2) > 0,)]
    ),
    "masked_select": lambda rng: [(x(rng, 3, 4), x(rng, 3, 4, dtype="bool")), (x(rng, 4), x(rng, 3, 1, dtype="bool"))],
    "gather": lambda rng: [
        (x(rng, 3, 4), d, i, False)
        for d, i in (
            (0, np.array([[2, 0, 1, 1]])),
            (1, np.array([[3], [0], [1]])),
            (-1, np.array([[3, 3, 0, 1, 2]] * 3)),
            (0, np.array([[3]])),
            (0, np.zeros((4, 4), np.int64)),
        )
    ],
    "cumsum": shapes((0, None), (1, None), (-1, F64), (3, None), of=((2, 3, 4), (5,), (0, 3))),
    "cumprod": shapes((0, None), (1, None), (-1, F64), of=((2, 3, 4), (5,))),
    "argmax": shapes((None, False), (0, False), (-1, True), (None, True), of=((3, 4), (5,), (2, 3, 4))),
    "argmin": shapes((None, False), (0, False), (-1, True), (None, True), of=((3, 4), (5,), (2, 3, 4))),
    "max.dim": shapes((0, False), (-1, True), (1, False)),
    "min.dim": shapes((0, False), (-1, True), (1, False)),
    "triu": shapes((0,), (1,), (-2,), of=((3, 4), (4, 3), (2, 3, 3))),
    "tril": shapes((0,), (1,), (-2,), of=((3, 4), (4, 3), (2, 3, 3))),
    "repeat": shapes(([2, 3],), ([2, 1, 3],), ([0, 1],), ([2],), of=((2, 3), (3,))),
    "flip": shapes(([0],), ([1, 2],), ([-1],), ([],)),
    "dropout": shapes((0.5, False), (0.0, True)),
    **{
        f"{name}.{o}_mode": (
            lambda rng, o=o, name=name: [
                (x(rng, 3, 4, dtype=d), x(rng, 4, dtype=d) + np.ones((), d) * 12 if o == "Tensor" else n, mode)
                for d in ("float32", "int64", "int32")
                for n in (3, -2)
                for mode in (None, "floor", "trunc")
                if mode is not None or d == "float32" or name[-1] != "_"
            ]
        )
        for o in ("Tensor", "Scalar")
        for name in ("div", "div_", "divide", "divide_")
    },
}

for _name in ("empty.memory_format", "empty_like", "new_empty"):
    CASES[_name] = lambda rng: []


def _one(rng: Rng) -> Iterable[tuple[Any, ...]]:
    return [
        (x(rng, *s, dtype=d),) for s in ((), (1,), (1, 1), (2,), (0,)) for d in ("float32", "int64", "bool", "float64")
    ]


for _name in ("item", "ScalarImplicit", "Int.Tensor", "IntImplicit", "Float.Tensor", "FloatImplicit", "Bool.Tensor"):
    CASES[_name] = _one
for _name, _value in (("int", (3, -7)), ("float", (2.5, NAN)), ("bool", (True, False))):
    for _function, _rest in (
        ("tensor", (None, None, False)),
        ("as_tensor", (None, None)),
        ("tensor", (F64, None, False)),
    ):
        CASES[f"{_function}.{_name}"] = plain(*((v, *_rest) for v in _value))


def _attention(rng: Rng) -> Iterable[tuple[Any, ...]]:
    q, k, v = x(rng, 2, 3, 4, 8), x(rng, 2, 3, 6, 8), x(rng, 2, 3, 6, 5)
    yield q, k, v, None, 0.0, False, None, False
    yield q, k, v, None, 0.0, False, 0.3, False
    yield q, k, v, x(rng, 4, 6), 0.0, False, None, False
    yield q, k, v, np.asarray(rng.random((4, 6)) > 0.2), 0.0, False, None, False
    yield q, q, x(rng, 2, 3, 4, 8), None, 0.0, True, None, False
    yield x(rng, 4, 8), x(rng, 6, 8), x(rng, 6, 8), None, 0.0, False, None, False
    yield x(rng, 2, 4, 3, 8), x(rng, 2, 2, 5, 8), x(rng, 2, 2, 5, 6), None, 0.0, False, None, True
    yield x(rng, 6, 3, 8), x(rng, 2, 3, 8), x(rng, 2, 3, 8), None, 0.0, True, None, True


def _baddbmm(rng: Rng) -> Iterable[tuple[Any, ...]]:
    for beta, alpha in ((1, 1), (0.5, 2), (0, 1)):
        yield x(rng, 2, 3, 5), x(rng, 2, 3, 4), x(rng, 2, 4, 5), beta, alpha
        yield x(rng, 5), x(rng, 2, 3, 4), x(rng, 2, 4, 5), beta, alpha


CASES |= {
    "concat": CASES["cat"],
    "concatenate": CASES["cat"],
    "batch_norm": lambda rng: [
        (x(rng, *s), w, b, x(rng, 3), np.abs(x(rng, 3)), False, 0.1, 1e-5, True)
        for s in ((2, 3), (2, 3, 4), (2, 3, 4, 5))
        for w, b in ((x(rng, 3), x(rng, 3)), (None, None))
    ],
    "group_norm": lambda rng: [
        (x(rng, *s), g, w, b, 1e-5, True)
        for s in ((2, 6), (2, 6, 4), (1, 6, 4, 5))
        for g in (2, 3)
        for w, b in ((x(rng, 6), x(rng, 6)), (None, None))
    ],
    "rms_norm": lambda rng: [
        (x(rng, 2, 3, 4), [4], x(rng, 4), 1e-5),
        (x(rng, 2, 3, 4), [3, 4], None, None),
        (x(rng, 2, 3, dtype="float64"), [3], None, None),
    ],
    "scaled_dot_product_attention": _attention,
    "glu": shapes((-1,), (0,), of=((4, 6), (2, 3, 4))),
    "prelu": lambda rng: [
        (x(rng, *s), x(rng, w)) for s in ((2, 3), (2, 3, 4), (5,)) for w in (1, 3) if s != (5,) or w == 1
    ],
    "logsumexp": lambda rng: [(x(rng, 3, 4, 5), d, k) for d in ([0], [1, 2], [-1]) for k in (True, False)],
    "outer": lambda rng: [(x(rng, 3), x(rng, 4)), (x(rng, 0), x(rng, 2)), (x(rng, 3, 2), x(rng, 2))],
    "baddbmm": _baddbmm,
}
