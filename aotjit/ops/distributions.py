"""Distribution functions: of the normal distribution, and the incomplete gamma functions. Computed in float64."""

from __future__ import annotations

from aotjit.ops.declare import composite
from aotjit.ops.in_place import in_place

_RESULT = "torch.float32 if not {x}.is_floating_point() else {x}.dtype"
composite("aten::special_ndtr(Tensor self) -> Tensor",
          "x = self.to(torch.float64)\n"
          f"return (0.5 * torch.erfc(x * -0.7071067811865476)).to({_RESULT.format(x='self')})")  # fmt: skip
composite(
    "aten::special_erfcx(Tensor self) -> Tensor",
    f"""
x = self.to(torch.float64)
near = torch.exp(torch.clamp(x, max=5.0) * torch.clamp(x, max=5.0)) * torch.erfc(torch.clamp(x, max=5.0))
far = torch.clamp(x, min=5.0)
rest = far
for i in range(60):
    rest = far + (0.5 * float(60 - i)) / rest
result = torch.where(x > 5.0, 0.5641895835477563 / rest, near)
return result.to({_RESULT.format(x="self")})
""",
    doc="exp(x ** 2) erfc(x); beyond 5 Laplace's continued fraction.",
)
composite(
    "aten::special_log_ndtr(Tensor self) -> Tensor",
    f"""
x = self.to(torch.float64) * 0.7071067811865476
low = torch.log(torch.special.erfcx(-x) * 0.5) - x * x
return torch.where(x < -1.0, low, torch.log1p(-0.5 * torch.erfc(x))).to({_RESULT.format(x="self")})
""",
)
composite(
    "aten::special_ndtri(Tensor self) -> Tensor",
    f"""
p = self.to(torch.float64)
tail = torch.where(p < 0.5, p, 1.0 - p)
inside = (tail > 0.0) & (tail <= 0.5)
q = torch.where(inside, tail, 0.25)
t = torch.sqrt(-2.0 * torch.log(q))
x = -(t - (2.515517 + 0.802853 * t + 0.010328 * t * t)
      / (1.0 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t))
for i in range(4):
    step = (torch.special.ndtr(x) - q) * 2.5066282746310002 * torch.exp(0.5 * x * x)
    x = x - step / (1.0 + 0.5 * x * step)
x = torch.where(inside, x, torch.where(tail == 0.0, -math.inf, math.nan))
return torch.where(p < 0.5, x, -x).to({_RESULT.format(x="self")})
""",
    doc="Hastings' approximation (Abramowitz and Stegun 26.2.23), then Halley's method.",
)
composite(
    "aotjit::lower_gamma(Tensor a, Tensor x) -> Tensor",
    """
term = 1.0 / a
total = term
k = a
count = 0
while bool(torch.any(torch.abs(term) > torch.abs(total) * 1e-17)) and count < 20000:
    k = k + 1.0
    term = term * x / k
    total = total + term
    count += 1
return total * torch.exp(a * torch.log(x) - x - torch.lgamma(a))
""",
    doc="The series of the regularised lower incomplete gamma function, for x < a + 1.",
)
composite(
    "aotjit::upper_gamma(Tensor a, Tensor x) -> Tensor",
    """
b = x + 1.0 - a
c = torch.full_like(x, 1e300)
d = 1.0 / b
total = d
change = torch.full_like(x, 2.0)
i = 0
while bool(torch.any(torch.abs(change - 1.0) > 1e-16)) and i < 20000:
    i += 1
    factor = (a - float(i)) * float(i)
    b = b + 2.0
    d = factor * d + b
    d = 1.0 / torch.where(torch.abs(d) < 1e-300, 1e-300, d)
    c = b + factor / c
    c = torch.where(torch.abs(c) < 1e-300, 1e-300, c)
    change = d * c
    total = total * change
return total * torch.exp(a * torch.log(x) - x - torch.lgamma(a))
""",
    doc="Lentz' continued fraction of the regularised upper incomplete gamma function, for x >= a + 1.",
)
_INCOMPLETE = """
both = self + other
a, x = self.to(torch.float64) + torch.zeros_like(other), other.to(torch.float64) + torch.zeros_like(self)
inside = (a > 0.0) & (x > 0.0) & torch.isfinite(a) & torch.isfinite(x)
low = x < a + 1.0
p = torch.lower_gamma(torch.where(inside & low, a, 1.0), torch.where(inside & low, x, 1.0))
q = torch.upper_gamma(torch.where(inside & ~low, a, 1.0), torch.where(inside & ~low, x, 2.0))
result = torch.where(low, {of_low}, {of_high})
edge = torch.where((a == 0.0) | torch.isinf(x), {full}, torch.where((x == 0.0) | torch.isinf(a), {none}, math.nan))
edge = torch.where((a < 0.0) | (x < 0.0) | (a != a) | (x != x), math.nan, edge)
edge = torch.where((a == 0.0) & (x == 0.0) | torch.isinf(a) & torch.isinf(x), math.nan, edge)
return torch.where(inside, result, edge).to(torch.float32 if not both.is_floating_point() else both.dtype)
"""
for _names, _values in (
    (("igamma", "special_gammainc"), {"of_low": "p", "of_high": "1.0 - q", "full": "1.0", "none": "0.0"}),
    (("igammac", "special_gammaincc"), {"of_low": "1.0 - p", "of_high": "q", "full": "0.0", "none": "1.0"}),
):
    for _name in _names:
        composite(f"aten::{_name}(Tensor self, Tensor other) -> Tensor", _INCOMPLETE.format(**_values))
    in_place(f"{_names[0]}_(Tensor other", f"torch.{_names[0]}(self, other)")
