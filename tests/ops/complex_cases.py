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
_PLACES = np.array([[2, 0, 2, 1]])
for _name in ("scatter.src", "scatter_.src", "scatter_add", "scatter_add_"):
    _also(_name, lambda rng: [(z(rng, 3, 4, dtype=t), 0, _PLACES, z(rng, 1, 4, dtype=t)) for t in DTYPES])
for _name in ("scatter.reduce", "scatter_.reduce"):
    _also(_name, lambda rng: [
        (z(rng, 3, 4, dtype=t), 0, _PLACES, z(rng, 1, 4, dtype=t), h) for t in DTYPES for h in ("add", "multiply")])
_also("index_add", lambda rng: [(z(rng, 3, 4), 0, np.array([2, 2]), z(rng, 2, 4), 2)])
_also("nonzero", lambda rng: [(z(rng, 3, 4, dtype=t) * (x(rng, 3, 4) > 0),) for t in DTYPES])
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

# -- Fourier transforms: lengths of all radices, primes, paired and not, cut and filled up ----------------------------

_LENGTHS = (1, 2, 3, 7, 8, 16, 30, 49, 11, 34, 100)
_NO = (None, None, None)
CASES |= {
    "aotjit::fourier_complex": lambda rng: [
        (z(rng, rows, n + extra, dtype=t), n, inverse, 0.5) for t in DTYPES for n in _LENGTHS
        for inverse in (False, True) for rows, extra in ((3, 0), (33, 2))],
    "aotjit::fourier_of_real": lambda rng: [
        (x(rng, rows, n + extra, dtype=t), n, 1.0) for t in ("float32", "float64") for n in _LENGTHS
        for rows, extra in ((3, 0), (33, 2))],
    "aotjit::fourier_to_real": lambda rng: [
        (z(rng, rows, n // 2 + 1 + extra, dtype=t), n, 2.0) for t in DTYPES for n in _LENGTHS
        for rows, extra in ((3, 0), (33, 2))],
    **{f"fft_{n}": lambda rng, n=n: [
        (a, k, d, m) for a in (z(rng, 5, 6), z(rng, 6, 4).T, x(rng, 4, 6), x(rng, 4, 6, dtype="int64"))
        for k, d, m in ((None, -1, None), (7, 0, "ortho"), (3, -1, "forward"), (4, 1, "backward"))
        if a.dtype.kind != "c" or n not in ("rfft", "ihfft")]
       for n in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")},
    **{f"fft_{n}{s}": lambda rng, n=n, s=s: [
        (a, k, d, m) for a in ((x if n in ("rfft", "ihfft") else z)(rng, 3, 4, 6),)
        for k, d, m in ((None, [0, 2], None), ([5, -1], [-1, 1], "ortho"), (None, [1, 2], "forward"))]
       for n in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft") for s in "2n"},
    "_fft_c2c": lambda rng: [(z(rng, 4, 6), d, k, f) for d in ([1], [0, 1]) for k in (0, 1, 2) for f in (False, True)],
    "_fft_r2c": lambda rng: [(x(rng, 4, 6), d, k, o) for d in ([1], [0, 1]) for k in (0, 1, 2) for o in (False, True)],
    "_fft_c2r": lambda rng: [(z(rng, 4, 6), d, k, n) for d in ([1], [0, 1]) for k in (0, 1, 2) for n in (10, 11)],
    "fft_fftfreq": lambda rng: [(n, 0.5, t, *_NO) for n in (1, 7, 8) for t in (None, 7)],
    "fft_rfftfreq": lambda rng: [(n, 2.0, t, *_NO) for n in (1, 7, 8) for t in (None, 7)],
    **{n: lambda rng: [(x(rng, 4, 5), None), (z(rng, 4, 5), [1]), (x(rng, 3, 4, 5), [0, 2])]
       for n in ("fft_fftshift", "fft_ifftshift")},
    "stft": lambda rng: [(x(rng, *s), 12, h, w, v, n, o, c, None) for s, h, w, v, n, o, c in (
        ((40,), None, None, None, False, None, True), ((2, 40), 5, 8, abs(x(rng, 8)), True, True, True),
        ((2, 40), 4, None, abs(x(rng, 12)), False, False, False))] + [
        (z(rng, 40), 12, 3, None, None, False, None, None, None)],
    "stft.center": lambda rng: [(x(rng, *s), 12, h, w, v, c, p, False, None, True, None) for s, h, w, v, c, p in (
        ((40,), 3, None, abs(x(rng, 12)), True, "reflect"), ((2, 40), 5, 8, abs(x(rng, 8)), True, "constant"),
        ((2, 40), 5, None, None, False, "reflect"))],
    "istft": lambda rng: [(z(rng, *s), 12, h, w, v, c, n, o, k, False) for s, h, w, v, c, n, o, k in (
        ((7, 9), 3, None, 1 + abs(x(rng, 12)), True, False, None, None),
        ((2, 7, 9), 5, 10, 1 + abs(x(rng, 10)), True, True, True, 37),
        ((2, 12, 9), 4, None, None, False, False, False, None))],
}  # fmt: skip
_also("vdot", lambda rng: [(z(rng, 3), z(rng, 3))])
_also("linalg_vecdot", lambda rng: [(z(rng, 2, 3), z(rng, 2, 3), -1)])
for _name in ("var", "std"):
    _also(f"{_name}.correction", lambda rng: [(z(rng, 3, 4), [0], 1, False)])
