"""Comparisons, logic, bits, and choosing between elements."""

from __future__ import annotations

from collections.abc import Callable

from aotjit.ops import bounds
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import binary, pointwise, unary
from aotjit.ops.numeric import Array

# -- comparisons ------------------------------------------------------------------------------------------------------

_REFERENCES: dict[str, Callable[[Array, Array], Array]] = {
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
}

_LONG_NAMES = {
    "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
}  # fmt: skip

for _called, _name in [(n, n) for n in _REFERENCES] + [(long, short) for short, long in _LONG_NAMES.items()]:
    binary(
        _called,
        body=lambda b, x, y, name=_name: b.compare(name, x, y),
        reference=lambda x, y, name=_name: _REFERENCES[name](x, y),
        result="bool",
        on_complex=_name in ("eq", "ne"),
    )

unary("isnan", body=lambda b, x: b.isnan(x), reference=lambda x: np.isnan(x), compute="promote", result="bool",
      inplace=False, on_complex=True)  # fmt: skip
unary("isinf", body=lambda b, x: b.isinf(x), reference=lambda x: np.isinf(x), compute="promote", result="bool",
      inplace=False, on_complex=True)  # fmt: skip
unary(
    "isfinite",
    body=lambda b, x: ~(b.isnan(x) | b.isinf(x)),
    reference=lambda x: np.isfinite(x),
    compute="promote",
    result="bool",
    inplace=False,
    on_complex=True,
)

# -- logic and bits ---------------------------------------------------------------------------------------------------

unary(
    "logical_not",
    body=lambda b, x: ~b.truth(x),
    reference=lambda x: np.logical_not(x),
    compute="promote",
    result="bool",
    on_complex=True,
)
unary("bitwise_not", body=lambda b, x: ~x, reference=lambda x: ~x, compute="promote", accepts="integral")

for _name in ("and", "or", "xor"):
    pointwise(
        f"logical_{_name}(Tensor self, Tensor other)",
        body=lambda b, x, y, name=_name: b.bits(name, b.truth(x), b.truth(y)),
        reference=lambda x, y, name=_name: getattr(np, f"logical_{name}")(x, y),
        result="bool",
        on_complex=True,
    )
    for _operator in (f"bitwise_{_name}", f"__{_name}__"):
        binary(
            _operator,
            body=lambda b, x, y, name=_name: b.bits(name, x, y),
            reference=lambda x, y, name=_name: getattr(np, f"bitwise_{name}")(x, y),
            accepts="integral",
            inplace=_operator.startswith("bitwise"),
        )

# -- choice -----------------------------------------------------------------------------------------------------------

for _overload, _self, _other in (
    ("self", "Tensor", "Tensor"),
    ("ScalarOther", "Tensor", "Scalar"),
    ("ScalarSelf", "Scalar", "Tensor"),
    ("Scalar", "Scalar", "Scalar"),
):
    pointwise(
        f"where.{_overload}(Tensor condition, {_self} self, {_other} other)",
        body=lambda b, condition, x, y: b.select(b.truth(condition), x, y),
        reference=lambda condition, x, y: np.where(condition, x, y),
        promotes=("self", "other"),
        keep=("condition",),
        shapes="condition:bool",
        on_complex=True,
        fits=dict.fromkeys(("self", "other"), bounds.scalar_tensor),
        inplace=False,
    )
for _overload in ("Scalar", "Tensor"):
    pointwise(
        f"masked_fill.{_overload}(Tensor self, Tensor mask, {_overload} value)",
        body=lambda b, x, mask, value: b.select(mask, value, x),
        reference=lambda x, mask, value: np.where(mask, value, x),
        promotes=("self",),
        keep=("mask",),
        shapes="mask:bool",
        on_complex=True,
        zero_dim="value",
        fits={"value": bounds.element},
    )
