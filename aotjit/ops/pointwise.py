"""Arithmetic and elementary functions of tensor elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from aotjit.ops import bodies, bounds
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import binary, operator, pointwise, unary
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import REGISTRY, Arguments, Operator, Rewrite, Tolerance
from aotjit.ops.schema import parse_schema
from aotjit.ops.special import clamp, erf, erfc, on_floats, power, remainder, sign, square_root, trunc_divide
from aotjit.types import Type

# -- arithmetic -------------------------------------------------------------------------------------------------------

binary("add", alpha=True, body=lambda b, x, y, alpha: x + y * alpha, reference=lambda x, y, alpha: x + y * alpha,
       on_complex=True)  # fmt: skip
for _name in ("sub", "subtract"):
    binary(
        _name,
        alpha=True,
        body=lambda b, x, y, alpha: x - y * alpha,
        reference=lambda x, y, alpha: x - y * alpha,
        accepts="no bool",
        on_complex=True,
    )
binary(
    "rsub",
    alpha=True,
    body=lambda b, x, y, alpha: y - x * alpha,
    reference=lambda x, y, alpha: y - x * alpha,
    accepts="no bool",
    on_complex=True,
    inplace=False,
)
for _name in ("mul", "multiply"):
    binary(_name, body=lambda b, x, y: x * y, reference=lambda x, y: x * y, on_complex=True, precise="other")
for _name in ("div", "divide", "true_divide"):
    binary(_name, body=lambda b, x, y: x / y, reference=lambda x, y: x / y, compute="float", on_complex=True,
           precise="other")  # fmt: skip
binary(
    "remainder",
    body=lambda b, x, y: bodies.remainder(b, x, y),
    reference=lambda x, y: remainder(x, y),
    accepts="numeric",
    divisor="other",
)
pointwise(
    "remainder.Scalar_Tensor(Scalar self, Tensor other)",
    body=lambda b, x, y: bodies.remainder(b, x, y),
    reference=lambda x, y: remainder(x, y),
    accepts="numeric",
    promotes=("self", "other"),
    divisor="other",
    inplace=False,
)
binary(
    "fmod",
    body=lambda b, x, y: b.fmod(x, y),
    reference=lambda x, y: np.fmod(x, y),
    accepts="numeric",
    divisor="other",
)
binary(
    "floor_divide",
    overloads=("", "Scalar"),
    body=lambda b, x, y: bodies.floor_divide(b, x, y),
    reference=lambda x, y: np.floor_divide(x, y),
    accepts="numeric",
    divisor="other",
    precise="other",
)


_ROUNDED = {None: "div{}.{}", "floor": "floor_divide{}.{}", "trunc": "aotjit::div_trunc{}.{}"}


def _rounded_quotient(name: str, overload: str, other: str) -> None:
    """Division with rounding_mode None, "floor" or "trunc": three operators, chosen by the constant."""
    suffix = "_" if name.endswith("_") else ""

    def chosen(args: Arguments) -> Operator:
        mode = args.constant("rounding_mode")
        form = _ROUNDED.get(mode) if mode is None or isinstance(mode, str) else None
        if form is None:
            raise args.error("'rounding_mode' must be None, 'floor' or 'trunc', known at compile time")
        return REGISTRY[form.format(suffix, overload).replace("floor_divide.Tensor", "floor_divide")]

    def infer(args: Arguments) -> Sequence[Type]:
        target = chosen(args)
        return target.infer(Arguments(target.schema, args.types[:2], args.constants[:2], args.span))

    def reference(x: Array, y: Array, mode: str | None) -> Array:
        known = Arguments(_PLAIN, (), (mode,))
        return chosen(known).reference(x, y)

    target = "Tensor(a!)" if suffix else "Tensor"
    operator(
        f"aten::{name}.{overload}_mode({target} self, {other} other, *, str? rounding_mode) -> {target}",
        infer=infer,
        reference=reference,
        lowering=Rewrite(
            lambda emit, self, other, rounding_mode: emit.aten(chosen(emit.arguments).schema.qualified, self, other)
        ),
    )


_PLAIN = parse_schema("aten::mode(str? rounding_mode) -> Tensor")
binary(
    "div_trunc",
    namespace="aotjit",
    body=lambda b, x, y: b.trunc(x / y) if x.dtype.is_floating else b.truncated_quotient(x, y),
    reference=lambda x, y: trunc_divide(x, y),
    accepts="numeric",
    divisor="other",
    precise="other",
)
for _name in ("div", "div_", "divide", "divide_"):
    _rounded_quotient(_name, "Tensor", "Tensor")
    _rounded_quotient(_name, "Scalar", "Scalar")
pointwise(
    "addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)",
    body=lambda b, x, y, z, value: x + value * y * z,
    reference=lambda x, y, z, value: x + value * y * z,
    on_complex=True,
    accepts="numeric",
    fits={"value": bounds.computed},
)
pointwise(
    "addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)",
    body=lambda b, x, y, z, value: x + value * y / z,
    reference=lambda x, y, z, value: x + value * y / z,
    on_complex=True,
    compute="floating",
    fits={"value": bounds.computed},
)
pointwise(
    "lerp.Scalar(Tensor self, Tensor end, Scalar weight)",
    body=lambda b, x, end, w: b.select(b.abs(w) < 0.5, x + w * (end - x), end - (end - x) * (1 - w)),
    reference=lambda x, end, w: np.where(np.abs(w) < 0.5, x + w * (end - x), end - (end - x) * (1 - w)),
    compute="floating",
    accepts="equal",
    fits={"weight": bounds.computed},
)
pointwise(
    "lerp.Tensor(Tensor self, Tensor end, Tensor weight)",
    body=lambda b, x, end, w: b.select(b.abs(w) < 0.5, x + w * (end - x), end - (end - x) * (1 - w)),
    reference=lambda x, end, w: np.where(np.abs(w) < 0.5, x + w * (end - x), end - (end - x) * (1 - w)),
    compute="floating",
    accepts="equal",
)

# -- signs and rounding -----------------------------------------------------------------------------------------------

for _name in ("neg", "negative"):
    unary(_name, body=lambda b, x: -x, reference=lambda x: -x, compute="promote", accepts="numeric",
          on_complex=True)  # fmt: skip
for _name in ("abs", "absolute"):
    unary(_name, body=lambda b, x: b.abs(x), reference=lambda x: np.abs(x), compute="promote", accepts="numeric",
          result="real", on_complex=True)  # fmt: skip
unary("sign", body=lambda b, x: bodies.sign(b, x), reference=lambda x: sign(x), compute="promote")
unary("square", body=lambda b, x: x * x, reference=lambda x: x * x, compute="promote", accepts="numeric",
      on_complex=True)  # fmt: skip
unary("floor", body=lambda b, x: b.floor(x), reference=lambda x: on_floats(np.floor, x), compute="promote",
      accepts="numeric")  # fmt: skip
unary("ceil", body=lambda b, x: b.ceil(x), reference=lambda x: on_floats(np.ceil, x), compute="promote",
      accepts="numeric")  # fmt: skip
unary("trunc", body=lambda b, x: b.trunc(x), reference=lambda x: on_floats(np.trunc, x), compute="promote",
      accepts="numeric")  # fmt: skip
unary("round", body=lambda b, x: b.round(x), reference=lambda x: on_floats(np.round, x), compute="promote",
      accepts="numeric", doc="Halves go to the even neighbour.")  # fmt: skip
unary("sgn", body=lambda b, x: bodies.sign(b, x), reference=lambda x: sign(x), compute="promote", on_complex=True)
unary("frac", body=lambda b, x: x - b.trunc(x), reference=lambda x: x - np.trunc(x), compute="floating")
unary("reciprocal", body=lambda b, x: 1 / x, reference=lambda x: 1 / x, on_complex=True)


# -- powers, exponentials, logarithms ---------------------------------------------------------------------------------

unary("sqrt", body=lambda b, x: bodies.square_root(b, x), reference=lambda x: square_root(x), on_complex=True)
unary("rsqrt", body=lambda b, x: 1 / b.sqrt(x), reference=lambda x: 1 / np.sqrt(x), on_complex=True)
unary("exp", body=lambda b, x: b.exp(x), reference=lambda x: np.exp(x), on_complex=True)
unary("exp2", body=lambda b, x: b.exp2(x), reference=lambda x: np.exp2(x), on_complex=True)
unary("expm1", body=lambda b, x: b.expm1(x), reference=lambda x: np.expm1(x), on_complex=True)
unary("log", body=lambda b, x: b.log(x), reference=lambda x: np.log(x), on_complex=True)
unary("log2", body=lambda b, x: b.log2(x), reference=lambda x: np.log2(x), on_complex=True)
unary("log10", body=lambda b, x: b.log10(x), reference=lambda x: np.log10(x), on_complex=True)
unary("log1p", body=lambda b, x: b.log1p(x), reference=lambda x: np.log1p(x), on_complex=True)
_POWER = Tolerance({"c64": (1e-5, 1e-5)})
"""torch computes powers of complex64 numbers in float32, and is off by what their logarithms are."""
pointwise(
    "pow.Tensor_Scalar(Tensor self, Scalar exponent)",
    body=lambda b, x, y: bodies.power(b, x, y),
    reference=lambda x, y: power(x, y),
    accepts="numeric",
    on_complex=True,
    tolerance=_POWER,
    promotes=("self", "exponent"),
    inplace="pow_.Scalar",
    fits={"exponent": bounds.exponent},
    exponent="exponent",
)
pointwise(
    "power(Tensor self, Scalar exponent)",
    body=lambda b, x, y: bodies.power(b, x, y),
    reference=lambda x, y: power(x, y),
    compute="floating",
    namespace="aotjit",
    inplace=False,
    doc="With any exponent, as norms take one.",
)
pointwise(
    "pow.Tensor_Tensor(Tensor self, Tensor exponent)",
    body=lambda b, x, y: bodies.power(b, x, y),
    reference=lambda x, y: power(x, y),
    accepts="numeric",
    on_complex=True,
    tolerance=_POWER,
    inplace="pow_.Tensor",
)
pointwise(
    "pow.Scalar(Scalar self, Tensor exponent)",
    body=lambda b, x, y: bodies.power(b, x, y),
    reference=lambda x, y: power(x, y),
    accepts="numeric",
    on_complex=True,
    tolerance=_POWER,
    promotes=("self", "exponent"),
    inplace=False,
)

# -- trigonometric and hyperbolic functions ---------------------------------------------------------------------------

unary("sin", body=lambda b, x: b.sin(x), reference=lambda x: np.sin(x), on_complex=True)
unary("cos", body=lambda b, x: b.cos(x), reference=lambda x: np.cos(x), on_complex=True)
unary("tan", body=lambda b, x: b.tan(x), reference=lambda x: np.tan(x), on_complex=True)
unary("asin", body=lambda b, x: b.asin(x), reference=lambda x: np.arcsin(x))
unary("acos", body=lambda b, x: b.acos(x), reference=lambda x: np.arccos(x))
unary("atan", body=lambda b, x: b.atan(x), reference=lambda x: np.arctan(x))
unary("sinh", body=lambda b, x: b.sinh(x), reference=lambda x: np.sinh(x), on_complex=True)
unary("cosh", body=lambda b, x: b.cosh(x), reference=lambda x: np.cosh(x), on_complex=True)
unary("tanh", body=lambda b, x: b.tanh(x), reference=lambda x: np.tanh(x), on_complex=True)
unary("asinh", body=lambda b, x: b.asinh(x), reference=lambda x: np.arcsinh(x))
unary("acosh", body=lambda b, x: b.acosh(x), reference=lambda x: np.arccosh(x))
unary("atanh", body=lambda b, x: b.atanh(x), reference=lambda x: np.arctanh(x))
unary("erf", body=lambda b, x: b.erf(x), reference=lambda x: erf(x))
unary("erfc", body=lambda b, x: b.erfc(x), reference=lambda x: erfc(x))
pointwise(
    "atan2(Tensor self, Tensor other)",
    body=lambda b, y, x: b.atan2(y, x),
    reference=lambda y, x: np.arctan2(y, x),
    compute="float",
)

unary(
    "sinc",
    on_complex=True,
    body=lambda b, x: b.select(b.compare("eq", x, 0), 1, b.sin(x * math.pi) / (x * math.pi)),
    reference=lambda x: np.sinc(x),
)

# -- limits -----------------------------------------------------------------------------------------------------------

for _name in ("maximum", "max.other"):
    pointwise(
        f"{_name}(Tensor self, Tensor other)",
        body=lambda b, x, y: b.maximum(x, y),
        reference=lambda x, y: np.maximum(x, y),
        inplace=False,
    )
for _name in ("minimum", "min.other"):
    pointwise(
        f"{_name}(Tensor self, Tensor other)",
        body=lambda b, x, y: b.minimum(x, y),
        reference=lambda x, y: np.minimum(x, y),
        inplace=False,
    )
for _overload, _limit in (("", "Scalar"), (".Tensor", "Tensor")):
    for _name in ("clamp", "clip"):
        pointwise(
            f"{_name}{_overload}(Tensor self, {_limit}? min=None, {_limit}? max=None)",
            body=lambda b, x, low, high: b.clamp(x, low, high),
            reference=lambda x, low, high: clamp(x, low, high),
            promotes=("self", "min", "max"),
            accepts="numeric",
            fits=dict.fromkeys(("min", "max"), bounds.element),
        )
    pointwise(
        f"clamp_min{_overload}(Tensor self, {_limit} min)",
        body=lambda b, x, low: b.clamp(x, low, None),
        reference=lambda x, low: clamp(x, low, None),
        promotes=("self", "min"),
        accepts="numeric",
        fits={"min": bounds.element},
    )
    pointwise(
        f"clamp_max{_overload}(Tensor self, {_limit} max)",
        body=lambda b, x, high: b.clamp(x, None, high),
        reference=lambda x, high: clamp(x, None, high),
        promotes=("self", "max"),
        accepts="numeric",
        fits={"max": bounds.element},
    )

# -- lengths, angles, logarithms of sums ------------------------------------------------------------------------------

unary("deg2rad", body=lambda b, x: x * (math.pi / 180), reference=lambda x: x * x.dtype.type(math.pi / 180))
unary("rad2deg", body=lambda b, x: x * (180 / math.pi), reference=lambda x: x * x.dtype.type(180 / math.pi))
pointwise(
    "hypot(Tensor self, Tensor other)",
    body=lambda b, x, y: _hypot(b, b.maximum(b.abs(x), b.abs(y)), b.minimum(b.abs(x), b.abs(y)), x, y),
    reference=lambda x, y: np.hypot(x, y),
    compute="floating",
    doc="Scaled by the longer side, so that squares do not overflow; infinite where a side is, even beside NaN.",
)
pointwise(
    "logaddexp(Tensor self, Tensor other)",
    body=lambda b, x, y: b.maximum(x, y) + b.log1p(b.exp(-b.abs(b.select(b.compare("eq", x, y), 0, x - y)))),
    reference=lambda x, y: np.logaddexp(x, y),
    compute="floating",
    inplace=False,
)
pointwise(
    "logaddexp2(Tensor self, Tensor other)",
    body=lambda b, x, y: b.maximum(x, y)
    + b.log1p(b.exp2(-b.abs(b.select(b.compare("eq", x, y), 0, x - y)))) * (1 / math.log(2)),
    reference=lambda x, y: np.logaddexp2(x, y),
    compute="floating",
    inplace=False,
)
pointwise(
    "logit(Tensor self, float? eps=None)",
    body=lambda b, x, eps: _logit(b.log, b.select, x, eps),
    reference=lambda x, eps: _logit(np.log, np.where, x, eps),
    compute="float",
    fits={"eps": bounds.element},
)


def _logit(log: Callable[..., Any], select: Callable[..., Any], x: Any, eps: Any) -> Any:
    inside = x if eps is None else select(x < eps, eps, select(x > 1 - eps, 1 - eps, x))
    return log(inside / (1 - inside))


def _hypot(b: Any, long: Any, short: Any, x: Any, y: Any) -> Any:
    ratio = short / long
    scaled = b.select(b.compare("eq", long, 0), 0, long * b.sqrt(1 + ratio * ratio))
    return b.select(b.isinf(x) | b.isinf(y), math.inf, scaled)
