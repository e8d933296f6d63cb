"""What quantiles and entropies of probabilities are made of: the inverse of erf, products with logarithms."""

from __future__ import annotations

import math

from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import pointwise, unary
from aotjit.ops.opdef import Build, Element
from aotjit.ops.special import erfinv

_CENTRAL = ((0.886226899, -1.645349621, 0.914624893, -0.140543331), (1.0, -2.118377725, 1.442710462, -0.329097515,
            0.012229801))  # fmt: skip
_TAIL = ((-1.970840454, -1.624906493, 3.429567803, 1.641345311), (1.0, 3.543889200, 1.637067800))
"""Numerators and denominators of a first guess of erfinv: in y^2 up to 0.7, in sqrt(-log((1 - |y|) / 2)) beyond."""


def _polynomial(x: Element, coefficients: tuple[float, ...]) -> Element:
    result = x * 0 + coefficients[-1]
    for c in reversed(coefficients[:-1]):
        result = result * x + c
    return result


def _erfinv(b: Build, given: Element) -> Element:
    """A rational guess and two Newton steps, on erfc where erf is near 1: it keeps what 1 - |y| says."""
    y = b.real(given)
    a = b.abs(y)
    square = a * a
    root = b.sqrt(-b.log((1 - a) * 0.5))
    x = b.select(
        a <= 0.7,
        a * _polynomial(square, _CENTRAL[0]) / _polynomial(square, _CENTRAL[1]),
        _polynomial(root, _TAIL[0]) / _polynomial(root, _TAIL[1]),
    )
    for _ in range(2):
        excess = b.select(a < 0.5, b.erf(x) - a, (1 - a) - b.erfc(x))
        x = x - excess * (math.sqrt(math.pi) / 2) * b.exp(x * x)
    x = b.select(b.compare("eq", a, 1), math.inf, b.select(a <= 1, x, math.nan))
    return b.convert(b.copysign(x, y), given.dtype)


def _xlogy(b: Build, x: Element, y: Element, name: str) -> Element:
    product = b.select(b.compare("eq", x, 0), 0, x * b.function(name, y))
    return b.select(b.isnan(y), math.nan, product)


unary("erfinv", body=lambda b, x: _erfinv(b, x), reference=lambda x: erfinv(x))
unary(
    "special_entr",
    body=lambda b, x: b.select(x > 0, -x * b.log(x), b.select(b.isnan(x) | b.compare("eq", x, 0), x * 0, -math.inf)),
    reference=lambda x: np.where(x > 0, -x * np.log(x), np.where(np.isnan(x), x, np.where(x == 0, 0, -np.inf))),
    inplace=False,
)
for _name, _log, _numpy in (("xlogy", "log", "log"), ("special_xlogy", "log", "log"),
                            ("special_xlog1py", "log1p", "log1p")):  # fmt: skip
    _other = ("Tensor", "Scalar_Other", "Scalar_Self") if _name == "xlogy" else ("", "other_scalar", "self_scalar")
    for _overload, _types in zip(_other, ("TensorTensor", "TensorScalar", "ScalarTensor"), strict=True):
        pointwise(
            f"{_name}{'.' * bool(_overload)}{_overload}({_types[:6]} self, {_types[6:]} other)",
            body=lambda b, x, y, log=_log: _xlogy(b, x, y, log),
            reference=lambda x, y, log=_numpy: np.where(
                np.isnan(y), np.nan, np.where(x == 0, 0, x * getattr(np, log)(y))
            ),
            compute="float",
            promotes=("self", "other"),
            inplace=_name == "xlogy" and _types[:6] == "Tensor",
        )
