"""Activation functions."""

from __future__ import annotations

import math
import sys

from aotjit.dtypes import DType
from aotjit.ops import bounds
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, pointwise, unary
from aotjit.ops.infer import like, same
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Build, Element
from aotjit.ops.special import clamp, erf

_SQRT_HALF = math.sqrt(0.5)
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805
_SQRT_2_OVER_PI = math.sqrt(2 / math.pi)

unary("sigmoid", body=lambda b, x: 1 / (1 + b.exp(-x)), reference=lambda x: 1 / (1 + np.exp(-x)), on_complex=True)
unary(
    "relu",
    body=lambda b, x: b.maximum(x, 0),
    reference=lambda x: np.maximum(x, x.dtype.type(0)),
    compute="promote",
    accepts="numeric",
)
unary(
    "relu6",
    body=lambda b, x: b.clamp(x, 0, 6),
    reference=lambda x: clamp(x, 0, 6),
    compute="promote",
    accepts="numeric",
)
unary("silu", body=lambda b, x: x / (1 + b.exp(-x)), reference=lambda x: x / (1 + np.exp(-x)), compute="floating",
      on_complex=True)  # fmt: skip
unary(
    "hardsigmoid",
    body=lambda b, x: b.clamp(x + 3, 0, 6) / 6,
    reference=lambda x: clamp(x + 3, 0, 6) / 6,
    compute="floating",
)
unary(
    "hardswish",
    body=lambda b, x: x * b.clamp(x + 3, 0, 6) / 6,
    reference=lambda x: x * clamp(x + 3, 0, 6) / 6,
    compute="floating",
)
unary(
    "mish",
    body=lambda b, x: x * b.tanh(b.select(x > 20, x, b.log1p(b.exp(x)))),
    reference=lambda x: x * np.tanh(np.where(x > 20, x, np.log1p(np.exp(x)))),
    compute="floating",
)
unary(
    "log_sigmoid",
    body=lambda b, x: b.minimum(x, 0) - b.log1p(b.exp(-b.abs(x))),
    reference=lambda x: np.minimum(x, x.dtype.type(0)) - np.log1p(np.exp(-np.abs(x))),
    compute="floating",
    inplace=False,
)
pointwise(
    'gelu(Tensor self, *, str approximate="none")',
    body=lambda b, x, approximate: _gelu(b, x, approximate),
    reference=lambda x, approximate: _gelu_reference(x, approximate),
    compute="floating",
)
pointwise(
    "leaky_relu(Tensor self, Scalar negative_slope=0.01)",
    body=lambda b, x, slope: b.select(x > 0, x, x * slope),
    reference=lambda x, slope: np.where(x > 0, x, x * slope),
    compute="floating",
    fits={"negative_slope": bounds.computed},
)
pointwise(
    "elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1)",
    body=lambda b, x, alpha, scale, inner: b.select(x < 0, alpha * scale * b.expm1(x * inner), x * scale),
    reference=lambda x, alpha, scale, inner: np.where(x < 0, alpha * scale * np.expm1(x * inner), x * scale),
    compute="floating",
    fits=dict.fromkeys(("alpha", "scale", "input_scale"), bounds.computed),
)
pointwise(
    "softplus(Tensor self, Scalar beta=1, Scalar threshold=20)",
    body=lambda b, x, beta, threshold: b.select(x * beta > threshold, x, b.log1p(b.exp(x * beta)) / beta),
    reference=lambda x, beta, threshold: np.where(x * beta > threshold, x, np.log1p(np.exp(x * beta)) / beta),
    compute="floating",
    fits=dict.fromkeys(("beta", "threshold"), bounds.computed),
    inplace=False,
)
for _suffix, _tensor in (("", "Tensor"), ("_", "Tensor(a!)")):
    composite(
        f"aten::hardtanh{_suffix}({_tensor} self, Scalar min_val=-1, Scalar max_val=1) -> {_tensor}",
        f"""
if self.dtype == torch.uint8 and (min_val < 0 or max_val < 0):
    raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
return torch.limited{_suffix}(self, min_val, max_val)
""",
        infer=same() if _suffix else like(),
    )
pointwise(
    "limited(Tensor self, Scalar min_val, Scalar max_val)",
    body=lambda b, x, low, high: b.clamp(x, low, high),
    reference=lambda x, low, high: clamp(x, low, high),
    accepts="numeric",
    fits=dict.fromkeys(("min_val", "max_val"), bounds.element),
    namespace="aotjit",
)
unary(
    "selu",
    body=lambda b, x: _SELU_SCALE * b.select(x > 0, x, _SELU_ALPHA * b.expm1(x)),
    reference=lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(x)),
    compute="floating",
    doc="Klambauer et al. 2017, Self-Normalizing Neural Networks, equation 2.",
)
pointwise(
    "celu(Tensor self, Scalar alpha=1.)",
    body=lambda b, x, alpha: b.select(x < 0, alpha * b.expm1(x / alpha), x),
    reference=lambda x, alpha: np.where(x < 0, alpha * np.expm1(x / alpha), x),
    compute="floating",
    fits={"alpha": bounds.computed},
)
pointwise(
    "hardshrink(Tensor self, Scalar lambd=0.5)",
    body=lambda b, x, edge: b.select((x >= -edge) & (x <= edge), 0, x),
    reference=lambda x, edge: np.where((x >= -edge) & (x <= edge), np.zeros_like(x), x),
    compute="floating",
    fits={"lambd": bounds.element},
    inplace=False,
)
composite(
    "aten::softshrink(Tensor self, Scalar lambd=0.5) -> Tensor",
    f"""
edge = float(lambd)
highest = {bounds.RANGES[DType.F32].high!r}
if self.dtype == torch.float64:
    highest = {sys.float_info.max!r}
elif self.dtype == torch.float16:
    highest = {bounds.RANGES[DType.F16].high!r}
elif self.dtype == torch.bfloat16:
    highest = {bounds.RANGES[DType.BF16].high!r}
if not (edge >= 0.0 and edge <= highest):
    raise RuntimeError("lambda must be in range [0, {{}}], but found {{}}".format(highest, lambd))
return torch.shrunk(self, edge)
""",
    infer=like(),
)
pointwise(
    "shrunk(Tensor self, Scalar lambd)",
    body=lambda b, x, edge: b.select(x > edge, x - edge, b.select(x < -edge, x + edge, x * 0)),
    reference=lambda x, edge: np.where(x > edge, x - edge, np.where(x < -edge, x + edge, x * 0)),
    compute="floating",
    inplace=False,
    namespace="aotjit",
    doc="NaN stays NaN: what lies between the edges is multiplied by zero.",
)
pointwise(
    "threshold(Tensor self, Scalar threshold, Scalar value)",
    body=lambda b, x, edge, value: b.select(x <= edge, value, x),
    reference=lambda x, edge, value: np.where(x <= edge, value, x),
    accepts="numeric",
    fits={"threshold": bounds.computed, "value": bounds.element},
)


def _gelu(b: Build, x: Element, approximate: str) -> Element:
    if approximate == "tanh":
        return 0.5 * x * (1 + b.tanh(_SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)))
    return 0.5 * x * (1 + b.erf(x * _SQRT_HALF))


def _gelu_reference(x: Array, approximate: str) -> Array:
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(x.dtype.type(_SQRT_2_OVER_PI) * (x + x.dtype.type(0.044715) * x * x * x)))
    return 0.5 * x * (1 + erf(x * x.dtype.type(_SQRT_HALF)))
