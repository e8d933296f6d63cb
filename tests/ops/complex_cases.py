"""Samples of complex tensors' own operators, of products and of what moves elements."""

from __future__ import annotations

import numpy as np

from tests.ops.cases import CASES, Cases, Rng, x

C64, C128 = 9, 10
DTYPES = ("complex64", "complex128")


def z(rng: Rng, *shape: int, dtype: str = "complex64") -> np.ndarray:
    return np.asarray(x(rng, *shape, dtype="float64") + 1j * x(rng, *shape, dtype="float64")).astype(dtype)


def _also(name: str, cases: Cases) -> None:
    """Adds samples to those that the operator has."""
    known = CASES.get(name, lambda rng: ())
    CASES[name] = lambda rng: [*known(rng), *cases(rng)]


_ALL: Cases = lambda rng: [  # noqa: E731
    (a,) for t in DTYPES
    for a in (z(rng, 3, 4, dtype=t), z(rng, 4, 3, dtype=t).T, z(rng, dtype=t), z(rng, 0, 2, dtype=t))
]
for _name in ("real", "imag", "conj", "_conj", "view_as_real", "resolve_conj", "is_complex", "is_floating_point",
              "positive", "contiguous", "detach", "numpy_T"):  # fmt: skip
    _also(_name, (lambda rng: [(*a, 0) for a in _ALL(rng)]) if _name == "contiguous" else _ALL)
_also("is_complex", lambda rng: [(x(rng, 3),), (x(rng, 3, dtype="int64"),)])
_also("imag", lambda rng: [(x(rng, 3),)])
_also("matrix_H", lambda rng: [(z(rng, 3, 4),)])
_also("mH", lambda rng: [(z(rng, 2, 3, 4),)])
_also("view_as_complex", lambda rng: [
    (x(rng, 3, 2),), (x(rng, 2, dtype="float64"),), (x(rng, 3, 4, 2).transpose(1, 0, 2),),
    (x(rng, 3, 4)[:, 1:3],), (x(rng, 3, 3),), (x(rng, 2, 3).T,), (x(rng, 0, 2),),
    (x(rng, 2, dtype="int64"),)])  # fmt: skip
for _name in ("clone", "t_copy"):
    _also(_name, lambda rng, name=_name: [
        (a, None) if name == "clone" else (a,) for a in (z(rng, 3, 4), z(rng, 4, 3).T)])
_also("to.dtype", lambda rng: [
    (a, c, False, True, None)
    for a in (z(rng, 3, 4), x(rng, 3), x(rng, 3, dtype="int64")) for c in (C64, C128, 6, 7, 11)])
for _name in ("mm", "bmm", "matmul"):
    _lead = (2,) if _name == "bmm" else ()
    _also(_name, lambda rng, lead=_lead: [
        (z(rng, *lead, *a, dtype=t), z(rng, *lead, *b, dtype=t)) for t in DTYPES
        for a, b in (((3, 4), (4, 5)), ((1, 7), (7, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)))] + [
        (z(rng, *lead, 4, 3).swapaxes(-1, -2), z(rng, *lead, 5, 4).swapaxes(-1, -2))])  # fmt: skip
_also("mv", lambda rng: [(z(rng, 3, 4), z(rng, 4))])
_also("dot", lambda rng: [(z(rng, 4), z(rng, 4))])
_also("cat", lambda rng: [([z(rng, 2, 3), z(rng, 4, 3)], 0), ([z(rng, 2, 3), z(rng, 2, 1)], 1)])
_also("stack", lambda rng: [([z(rng, 2, 3, dtype=t), z(rng, 2, 3, dtype=t)], d) for d in (0, 2) for t in DTYPES])
_also("index.Tensor", lambda rng: [
    (z(rng, 3, 4, dtype=t), i) for t in DTYPES
    for i in ([np.array([2, 0])], [None, np.array([1, 1])], [np.array([True, False, True])])])
_also("index_put_", lambda rng: [(z(rng, 3, 4), [np.array([2, 0])], z(rng, 2, 4), a) for a in (False, True)])
_also("index_select", lambda rng: [(z(rng, 3, 4, dtype=t), d, np.array([1, 0])) for d in (0, 1) for t in DTYPES])
_also("gather", lambda rng: [(z(rng, 3, 4, dtype=t), 1, np.array([[3], [0], [1]]), False) for t in DTYPES])
_also("flip", lambda rng: [(z(rng, 3, 4, dtype=t), [1]) for t in DTYPES])
_also("repeat", lambda rng: [(z(rng, 2, 3, dtype=t), [2, 2]) for t in DTYPES])
_also("roll", lambda rng: [(z(rng, 2, 3, dtype=t), [1], [1]) for t in DTYPES])
_also("constant_pad_nd", lambda rng: [(z(rng, 2, 3, dtype=t), [1, 2], 0) for t in DTYPES])
_also("copy_", lambda rng: [
    (z(rng, 3, 4), z(rng, 4, dtype="complex128"), False), (z(rng, 3, 4), x(rng, 3, 4), False),
    (x(rng, 3, 4), z(rng, 3, 4), False), (z(rng, 4, 3).T, x(rng, 4, dtype="int64"), False)])  # fmt: skip
_also("zeros_like", lambda rng: [(z(rng, 2, 3, dtype=t), None, None, None, None, None) for t in DTYPES])
