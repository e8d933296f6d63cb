"""Running totals along a dim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import dtype_argument, dtype_of, fresh, tensor, wrap
from aotjit.ops.numeric import Array, cast, element_dtype
from aotjit.ops.opdef import Arguments, Rewrite, Runtime
from aotjit.types import DTYPE_BY_CODE, DType, Type


def _type(args: Arguments) -> Sequence[Type]:
    source = tensor(args.types[0])
    if source.rank is not None:
        wrap(args, args.constant("dim"), source.rank)
    own = dtype_of(args, "self")
    return fresh(dtype_argument(args) or (own if own.is_floating else DType.I64), source.dims)


def _reference(name: str) -> Callable[..., Array]:
    def apply(x: Array, dim: int, code: int | None = None) -> Array:
        own = element_dtype(x)
        target = DTYPE_BY_CODE[code] if code is not None else own if own.is_floating else DType.I64
        wide = cast(x, DType.F64 if target.is_floating else DType.I64)
        if x.ndim == 0 and dim not in (0, -1):
            raise IndexError("dimension out of range")
        return np.array(cast(getattr(np, name)(wide, axis=dim) if x.ndim else wide, target), order="C")

    return apply


def _build(name: str) -> Callable[..., Any]:
    return lambda emit, self, dim, dtype: emit.aten(f"aotjit::{name}", self, dim, emit.dtype_code)


for _name in ("cumsum", "cumprod"):
    operator(f"aotjit::{_name}(Tensor self, int dim, int dtype) -> Tensor", infer=_type, reference=_reference(_name),
             lowering=Runtime(f"aj_{_name}"))  # fmt: skip
    operator(f"aten::{_name}(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", infer=_type,
             reference=_reference(_name), lowering=Rewrite(_build(_name)))  # fmt: skip
