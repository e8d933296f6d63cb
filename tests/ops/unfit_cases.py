"""Samples with numbers that an element type does not hold, of operators that are not elementwise: torch raises, or lets
them wrap. Elementwise operators have theirs from samples.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from aotjit.dtypes import DTYPE_BY_TORCH
from tests.ops import window_cases  # noqa: F401  (ours are added to its samples)
from tests.ops.cases import CASES, Rng, x
from tests.ops.samples import UNFIT

Row = tuple[Any, ...]
SOME = [(d, v) for d, v in UNFIT if d != "bool"]


def _of(make: Callable[[Rng, str, Any], Iterable[Row]], rows: list[tuple[str, float]] = SOME) -> Any:
    return lambda rng: [row for dtype, value in rows for row in make(rng, dtype, value)]


def _added(*shapes: tuple[int, ...]) -> Any:
    """Sums of products with a first and a second factor that do not fit."""
    return _of(lambda rng, d, v: [
        (*(x(rng, *s, dtype=d) for s in shapes), *factors) for factors in ((v, 1), (1, v))])  # fmt: skip


def _ranges(rng: Rng, dtype: str, value: Any) -> Iterable[Row]:
    options = DTYPE_BY_TORCH[dtype].code, None, None, None
    return [(0, value, 3, *options), (value, 0, 3, *options), (2, value, 1, *options)]


_NUMBERS: list[tuple[str, float]] = [
    *UNFIT, ("int8", 127.5), ("uint8", -0.5), ("uint8", -255), ("uint8", -256), ("int64", 2.0**63), ("float16", 65504),
    ("float16", 65505), ("int32", -(2**31)),
]  # fmt: skip
_CODE = {d: DTYPE_BY_TORCH[d].code for d, _ in _NUMBERS}
_MORE: dict[str, Any] = {
    "full": _of(lambda rng, d, v: [([2], v, _CODE[d], None, None, None)], _NUMBERS),
    "full_like": _of(lambda rng, d, v: [(x(rng, 2, dtype=d), v, None, None, None, None, None)], _NUMBERS),
    "new_full": _of(lambda rng, d, v: [(x(rng, 2, dtype=d), [3], v, None, None, None, None)], _NUMBERS),
    "scalar_tensor": _of(lambda rng, d, v: [(v, _CODE[d], None, None, None)], _NUMBERS),
    "index_fill.int_Scalar": _of(lambda rng, d, v: [(x(rng, 2, 3, dtype=d), 1, x(rng, 1, dtype="int64") * 0, v)]),
    "scatter.value": _of(lambda rng, d, v: [(x(rng, 2, 3, dtype=d), 1, x(rng, 2, 1, dtype="int64") * 0, v)]),
    "fill_diagonal_": _of(lambda rng, d, v: [(x(rng, 3, 3, dtype=d), v, False)]),
    "fill.Scalar": _of(lambda rng, d, v: [(x(rng, 3, dtype=d), v)]),
    "constant_pad_nd": _of(lambda rng, d, v: [(x(rng, 3, dtype=d), [1, 1], v)]),
    "masked_fill.Tensor": _of(lambda rng, d, v: [
        (x(rng, 3, dtype=d), x(rng, 3, dtype="bool"), np.array(v)), (x(rng, 3, dtype="uint8"), x(rng, 3, dtype="bool"),
                                                                     np.array(v))]),
    "fill_.Tensor": _of(lambda rng, d, v: [(x(rng, 3, dtype="int16"), np.array(v))]),
    "__rshift__.Scalar": lambda rng: [(np.array([251, 128, 7], np.uint8), n) for n in (0, 1, 7, 8, 64)],
    "bitwise_right_shift.Tensor": lambda rng: [
        (np.array([251, 128, 7, 255], np.uint8), np.array([0, 3, 8, 200], np.uint8))],
    "addmm": _added((2, 4), (2, 3), (3, 4)),
    "addmv": _added((2,), (2, 3), (3,)),
    "addr": _added((2, 3), (2,), (3,)),
    "addbmm": _added((2, 4), (2, 2, 3), (2, 3, 4)),
    "baddbmm": _added((2, 2, 4), (2, 2, 3), (2, 3, 4)),
    "index_add": _of(lambda rng, d, v: [
        (x(rng, 2, 3, dtype=d), 0, x(rng, 1, dtype="int64") * 0, x(rng, 1, 3, dtype=d), v)]),
    "linspace": _of(_ranges),
    "arange.start_step": _of(lambda rng, d, v: [(0, v, v, _CODE[d], None, None, None)]),
    "softshrink": lambda rng: [
        (x(rng, 4, 5, dtype=d), e) for d in ("float32", "float64") for e in (0.5, 0, 1e300, -1.0)],
    "hardtanh": lambda rng: [
        (x(rng, 4, 5, dtype=d), *e) for d in ("float32", "uint8", "int32") for e in ((-1, 1), (0, 3), (1, 300))],
    "isclose": lambda rng: [
        (x(rng, 3, dtype=d), x(rng, 3, dtype=d), *e, False)
        for d in ("float32", "uint8") for e in ((2.7, 0.5), (0.1, -1.0))],
}  # fmt: skip
_MORE["hardtanh_"] = _MORE["hardtanh"]


def _both(first: Any, then: Any) -> Any:
    return lambda rng: [*first(rng), *then(rng)]


for _name, _cases in _MORE.items():
    CASES[_name] = _both(CASES[_name], _cases) if _name in CASES else _cases
