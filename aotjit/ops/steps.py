"""Elements by sign, kind and representation: what replaces, tests or steps numbers, and powers of two."""

from __future__ import annotations

import math

from aotjit.dtypes import DType
from aotjit.ops import bodies
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import binary, composite, pointwise, unary
from aotjit.ops.infer import same
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Build, Element

pointwise(
    "heaviside(Tensor self, Tensor values)",
    body=lambda b, x, values: b.select(
        b.compare("eq", x, 0), values, b.select(x > 0, b.constant(1, x.dtype), b.constant(0, x.dtype))
    ),
    reference=lambda x, values: np.where(x == 0, values, np.where(x > 0, x.dtype.type(1), x.dtype.type(0))),
    accepts="equal",
)
unary(
    "signbit",
    body=lambda b, x: b.copysign(b.constant(1.0, x.dtype), x) < 0 if x.dtype.is_floating else x < 0,
    reference=lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0,
    compute="promote",
    result="bool",
    inplace=False,
)
for _name, _infinity in (("isposinf", math.inf), ("isneginf", -math.inf)):
    unary(
        _name,
        body=lambda b, x, limit=_infinity: (
            b.compare("eq", x, limit) if x.dtype.is_floating else b.constant(False, DType.BOOL)
        ),
        reference=lambda x, limit=_infinity: x == limit,
        compute="promote",
        result="bool",
        inplace=False,
    )
binary(
    "copysign",
    body=lambda b, x, y: b.copysign(x, y),
    reference=lambda x, y: np.copysign(x, y),
    compute="float",
)
for _name, _other in (("fmax", "maximum"), ("fmin", "minimum")):
    pointwise(
        f"{_name}(Tensor self, Tensor other)",
        body=lambda b, x, y, other=_other: b.select(
            b.isnan(x), y, b.select(b.isnan(y), x, getattr(b, other)(x, y))
        ),
        reference=lambda x, y, name=_name: getattr(np, name)(x, y),
        inplace=False,
    )


def _limits(dtype: DType) -> float:
    """The greatest finite number."""
    return {DType.F16: 65504.0, DType.BF16: 3.3895313892515355e38, DType.F32: 3.4028234663852886e38}.get(
        dtype, 1.7976931348623157e308
    )


def _without_nan(b: Build, x: Element, nan: Element | None, high: Element | None, low: Element | None) -> Element:
    if not x.dtype.is_floating:
        return x
    limit = _limits(x.dtype)
    wide = b.convert(x, DType.F32) if x.dtype.size == 2 else x
    result = b.select(b.isnan(wide), 0.0 if nan is None else b.convert(nan, wide.dtype), wide)
    result = b.select(b.compare("eq", wide, math.inf), limit if high is None else b.convert(high, wide.dtype), result)
    return b.select(b.compare("eq", wide, -math.inf), -limit if low is None else b.convert(low, wide.dtype), result)


def _nan_to_num(x: Array, nan: Array | None, high: Array | None, low: Array | None) -> Array:
    if x.dtype.kind != "f":
        return x
    greatest = np.finfo(x.dtype).max
    given = (0 if nan is None else nan, greatest if high is None else high, -greatest if low is None else low)
    return np.nan_to_num(x, nan=given[0], posinf=given[1], neginf=given[2])


pointwise(
    "nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None)",
    body=lambda b, x, nan, high, low: _without_nan(b, x, nan, high, low),
    reference=lambda x, nan, high, low: _nan_to_num(x, nan, high, low),
    promotes=("self",),
    keep=("self",),
    converts=True,
    doc="The defaults are the limits of the tensor's own type, so half precision elements come as they are.",
)


def _next(b: Build, x: Element, y: Element) -> Element:
    """The pattern of bits counts the numbers of one sign in order."""
    width = DType.I32 if x.dtype is DType.F32 else DType.I64
    pattern = b.bits_of(x, width)
    away = b.compare("eq", x < y, x > 0)
    stepped = b.of_bits(b.select(away, pattern + 1, pattern - 1), x.dtype)
    least = b.copysign(b.of_bits(b.constant(1, width), x.dtype), y)
    result = b.select(b.compare("eq", x, 0), least, stepped)
    result = b.select(b.compare("eq", x, y), y, result)
    return b.select(b.isnan(x) | b.isnan(y), x + y, result)


pointwise(
    "nextafter(Tensor self, Tensor other)",
    body=lambda b, x, y: _next(b, x, y),
    reference=lambda x, y: np.nextafter(x, y),
    compute="full",
)

# -- decimals ---------------------------------------------------------------------------------------------------------

for _text in ("round.decimals(Tensor self, *, int decimals)", "special_round(Tensor self, *, int decimals=0)"):
    composite(
        f"aten::{_text} -> Tensor",
        """
if decimals == 0:
    return torch.round(self)
if not self.is_floating_point():
    raise NotImplementedError("round with decimals is for tensors of floating point numbers")
scale = math.pow(10.0, float(abs(decimals)))
return torch.round(self * scale) / scale if decimals > 0 else torch.round(self / scale) * scale
""",
    )
composite("aten::round_.decimals(Tensor(a!) self, *, int decimals) -> Tensor(a!)",
          "return self.copy_(torch.round(self, decimals=decimals))", infer=same())  # fmt: skip

# -- powers of two, whole numbers -------------------------------------------------------------------------------------

composite(
    "aten::frexp.Tensor(Tensor self) -> (Tensor mantissa, Tensor exponent)",
    """
if not self.is_floating_point():
    raise RuntimeError("torch.frexp() only supports floating-point dtypes")
plain = torch.isfinite(self) & (self != 0.0)
x = torch.where(plain, self.to(torch.float64), 1.0)
tiny = torch.abs(x) < 1e-300
x = torch.where(tiny, x * 18446744073709551616.0, x)
e = torch.floor(torch.log2(torch.abs(x))).to(torch.int64) + 1
half = torch.div(e, 2, rounding_mode="floor")
m = x * torch.pow(2.0, (-half).to(torch.float64)) * torch.pow(2.0, (half - e).to(torch.float64))
over, under = torch.abs(m) >= 1.0, torch.abs(m) < 0.5
m = torch.where(over, m * 0.5, torch.where(under, m * 2.0, m))
e = e + over.to(torch.int64) - under.to(torch.int64) - 64 * tiny.to(torch.int64)
return torch.where(plain, m.to(self.dtype), self), torch.where(plain, e, 0).to(torch.int32)
""",
)
composite("aten::ldexp.Tensor(Tensor self, Tensor other) -> Tensor", "return self * torch.pow(2.0, other)")
composite("aten::ldexp_(Tensor(a!) self, Tensor other) -> Tensor(a!)", "return self.mul_(torch.pow(2.0, other))")
for _overload, _base, _power in (
    ("Tensor_Tensor", "Tensor", "Tensor"), ("Tensor_Scalar", "Tensor", "Scalar"), ("Scalar", "Scalar", "Tensor"),
):  # fmt: skip
    _one = "self.to(torch.float64)" if _base == "Tensor" else "float(self)"
    _two = "exponent.to(torch.float64)" if _power == "Tensor" else "float(exponent)"
    composite(f"aten::float_power.{_overload}({_base} self, {_power} exponent) -> Tensor",
              f"return torch.pow({_one}, {_two})")  # fmt: skip
for _kind in ("Tensor", "Scalar"):
    composite(
        f"aten::float_power_.{_kind}(Tensor(a!) self, {_kind} exponent) -> Tensor(a!)",
        "if self.dtype != torch.float64:\n"
        '    raise RuntimeError("float_power_: the result has dtype Double but self has not")\n'
        "return self.copy_(torch.float_power(self, exponent))",
    )
for _direction, _python in (("left", "__lshift__"), ("right", "__rshift__")):
    for _overload, _other in (("Tensor", "Tensor"), ("Tensor_Scalar", "Scalar")):
        for _text in (
            f"bitwise_{_direction}_shift.{_overload}", f"{_python}.{_other}",
        ):  # fmt: skip
            pointwise(
                f"{_text}(Tensor self, {_other} other)",
                body=lambda b, x, y, side=_direction: getattr(bodies, f"shift_{side}")(b, x, y),
                reference=lambda x, y, side=_direction: _shifted(x, y, side),
                promotes=("self", "other"),
                accepts="whole",
                inplace=False,
            )
    composite(f"aten::bitwise_{_direction}_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor",
              f"return torch.bitwise_{_direction}_shift(torch.zeros_like(other) + self, other)")  # fmt: skip
for _name in ("and", "or", "xor"):
    composite(f"aten::bitwise_{_name}.Scalar_Tensor(Scalar self, Tensor other) -> Tensor",
              f"return torch.bitwise_{_name}(other, self)")  # fmt: skip


def _shifted(x: Array, y: Array, side: str) -> Array:
    width = 8 * x.dtype.itemsize
    inside = (y >= 0) & (y < width)
    if side == "left":
        return np.where(inside, x << np.where(inside, y, 0).astype(x.dtype), x.dtype.type(0))
    shifted = x >> np.where(inside, y, width - 1).astype(x.dtype)
    return shifted if x.dtype.kind == "i" else np.where(inside, shifted, x.dtype.type(0))


for _name in ("gcd", "lcm"):
    composite(
        f"aten::{_name}(Tensor self, Tensor other) -> Tensor",
        f"""
if self.is_floating_point() or other.is_floating_point():
    raise RuntimeError("{_name} is defined for tensors of integers")
zero = torch.zeros_like(self) * torch.zeros_like(other)
a = torch.abs(self) + zero
b = torch.abs(other) + zero
while bool(torch.any(b != 0)):
    rest = torch.fmod(a, torch.where(b == 0, torch.ones_like(b), b))
    a, b = torch.where(b == 0, a, b), torch.where(b == 0, b, rest)
"""
        + (
            "return a"
            if _name == "gcd"
            else "whole = torch.where(a == 0, torch.ones_like(a), a)\n"
            "return torch.abs(torch.div(self + zero, whole, rounding_mode='trunc') * other)"
        ),
    )
    composite(f"aten::{_name}_(Tensor(a!) self, Tensor other) -> Tensor(a!)",
              f"return self.copy_(torch.{_name}(self, other))")  # fmt: skip
