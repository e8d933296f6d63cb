"""The gamma function's logarithm and its derivatives. Computed in float64 whatever the tensor's type."""

from __future__ import annotations

import math

from aotjit.dtypes import DEFAULT_DTYPE
from aotjit.ops.declare import composite, pointwise, unary
from aotjit.ops.infer import dtype_of, fresh, tensor
from aotjit.ops.opdef import Arguments, Build, Element
from aotjit.ops.special import digamma, lgamma, trigamma
from aotjit.types import Type

_LANCZOS = (
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
)  # fmt: skip
"""Lanczos' sum for g = 7: 15 digits."""
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
"""B(2k) / 2k: the asymptotic series in 1 / x^2."""
_TRIGAMMA = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
"""B(2k)."""
_SHIFTS = 10
"""Steps up to where the asymptotic series hold."""


def _series(x: Element, coefficients: tuple[float, ...]) -> Element:
    result = x * 0 + coefficients[-1]
    for c in reversed(coefficients[:-1]):
        result = result * x + c
    return result


def log_gamma(b: Build, given: Element) -> Element:
    x = b.real(given)
    reflected = x < 0.5
    z = b.select(reflected, -x, x - 1)
    total = z * 0 + _LANCZOS[0]
    for i, c in enumerate(_LANCZOS[1:], 1):
        total = total + c / (z + i)
    half = z + 0.5
    result = half * (b.log(half + 7) - 1) - 7 + b.log(total) + 0.5 * math.log(2 * math.pi)
    fraction = x - b.round(x)
    mirrored = math.log(math.pi) - b.log(b.abs(b.sin(math.pi * fraction))) - result
    result = b.select(b.isinf(x), b.abs(x), b.select(reflected, mirrored, result))
    result = b.select(b.compare("eq", x, 1) | b.compare("eq", x, 2), 0, result)
    return b.convert(result, given.dtype)


def _digamma(b: Build, given: Element) -> Element:
    x = b.real(given)
    reflected = x < 0
    y, total = b.select(reflected, 1 - x, x), x * 0
    for _ in range(_SHIFTS):
        low = y < _SHIFTS
        total = total - b.select(low, 1 / y, 0)
        y = b.select(low, y + 1, y)
    inverse = 1 / (y * y)
    total = b.select(b.isinf(x), 0, total) + b.log(y) - 0.5 / y - inverse * _series(inverse, _DIGAMMA)
    angle = math.pi * (x - b.round(x))
    total = b.select(reflected, total - math.pi * b.cos(angle) / b.sin(angle), total)
    total = b.select(reflected & b.compare("eq", x, b.trunc(x)), math.nan, total)
    total = b.select(b.compare("eq", x, 0), b.copysign(b.constant(math.inf, x.dtype), -x), total)
    return b.convert(total, given.dtype)


def _trigamma(b: Build, given: Element) -> Element:
    x = b.real(given)
    reflected = x < 0.5
    y, total = b.select(reflected, 1 - x, x), x * 0
    for _ in range(_SHIFTS):
        low = y < _SHIFTS
        total = total + b.select(low, 1 / (y * y), 0)
        y = b.select(low, y + 1, y)
    inverse = 1 / (y * y)
    total = b.select(b.isinf(x), 0, total) + 1 / y + 0.5 * inverse + inverse / y * _series(inverse, _TRIGAMMA)
    sine = b.sin(math.pi * (x - b.round(x)))
    return b.convert(b.select(reflected, math.pi**2 / (sine * sine) - total, total), given.dtype)


unary("lgamma", body=lambda b, x: log_gamma(b, x), reference=lambda x: lgamma(x))
unary("digamma", body=lambda b, x: _digamma(b, x), reference=lambda x: digamma(x))
pointwise("trigamma(Tensor self)", body=lambda b, x: _trigamma(b, x), reference=lambda x: trigamma(x), compute="float",
          inplace=False, namespace="aotjit")  # fmt: skip


def _floating(args: Arguments) -> tuple[Type, ...]:
    own = dtype_of(args, "self")
    return tuple(fresh(own if own.is_floating else DEFAULT_DTYPE, tensor(args.type("self")).dims))


composite(
    "aten::polygamma(int n, Tensor self) -> Tensor",
    """
if n < 0:
    raise RuntimeError("polygamma(n, x) does not support negative n.")
if n == 0:
    return torch.digamma(self)
if n == 1:
    return torch.trigamma(self)
factor = math.exp(math.lgamma(float(n + 1)))
return torch.special_zeta(float(n + 1), self) * (factor if n % 2 == 1 else -factor)
""",
    infer=_floating,
)
composite(
    "aten::polygamma_(Tensor(a!) self, int n) -> Tensor(a!)",
    "return self.copy_(torch.polygamma(n, self))",
)
for _name in ("mvlgamma", "special_multigammaln"):
    composite(
        f"aten::{_name}(Tensor self, int p) -> Tensor",
        """
if p < 1:
    raise RuntimeError("p has to be greater than or equal to 1")
halves = torch.arange(p).to(torch.float32 if not self.is_floating_point() else self.dtype) * -0.5
return torch.sum(torch.lgamma(self.unsqueeze(-1) + halves), -1) + float(p * (p - 1)) * 0.25 * math.log(math.pi)
""",
        infer=_floating,
    )

composite(
    "aten::special_zeta(Tensor self, Tensor other) -> Tensor",
    """
both = self + other
s = self.to(torch.float64) + torch.zeros_like(other).to(torch.float64)
q = other.to(torch.float64) + torch.zeros_like(s)
pole = (q <= 0.0) & (q == torch.floor(q))
w = torch.where(pole, 10.0, q)
total = torch.zeros_like(s)
low = w < 10.0
while bool(torch.any(low)):
    total = total + torch.where(low, torch.pow(w, -s), 0.0)
    w = torch.where(low, w + 1.0, w)
    low = w < 10.0
term = torch.pow(w, -s)
total = total + term * (w / (s - 1.0) + 0.5)
square = 1.0 / (w * w)
term = term * s / w
total = total + term / 12.0
rest = [-720.0, 30240.0, -1209600.0, 47900160.0, -1307674368000.0 / 691.0, 74724249600.0]
for i in range(len(rest)):
    term = term * (s + float(2 * i + 1)) * (s + float(2 * i + 2)) * square
    total = total + term / rest[i]
total = torch.where((q < 0.0) & (s != torch.floor(s)), math.nan, total)
total = torch.where(pole, math.inf, total)
total = torch.where(s == 1.0, math.inf, torch.where(s < 1.0, math.nan, total))
return total.to(both.dtype if both.is_floating_point() else torch.float32)
""",
    doc="Hurwitz' zeta function: powers are added until Euler and Maclaurin's series holds.",
)
composite("aten::special_zeta.self_scalar(Scalar self, Tensor other) -> Tensor",
          "x = other if other.is_floating_point() else torch.to_float32(other)\n"
          "return torch.special_zeta(torch.zeros_like(x) + float(self), x)")  # fmt: skip
composite("aten::special_zeta.other_scalar(Tensor self, Scalar other) -> Tensor",
          "x = self if self.is_floating_point() else torch.to_float32(self)\n"
          "return torch.special_zeta(x, torch.zeros_like(x) + float(other))")  # fmt: skip
