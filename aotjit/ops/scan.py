"""Running totals along a dim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aotjit.dtypes import DTYPE_BY_CODE, DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import dtype_argument, dtype_of, fresh, tensor, wrap
from aotjit.ops.numeric import Array, cast, element_dtype
from aotjit.ops.opdef import Arguments, Rewrite, Runtime
from aotjit.types import Type


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

# Running extremes and logarithms combine neighbouring parts: twice as many elements in each step.
_DOUBLED = """
size = 1 if self.dim() == 0 else self.size(dim)
result = self.reshape([1]) if self.dim() == 0 else self.clone()
at = 0 if self.dim() == 0 else dim
{before}
step = 1
while step < size:
{combined}
    step *= 2
return {results}
"""
_LATER = """
    first, last = result.narrow(at, 0, size - step), result.narrow(at, step, size - step)
    take = (last {compare} first) & (first == first) | (last != last)
    chosen = torch.where(take, places.narrow(at, step, size - step), places.narrow(at, 0, size - step))
    result = torch.cat([result.narrow(at, 0, step), torch.where(take, last, first)], at)
    places = torch.cat([places.narrow(at, 0, step), chosen], at)
"""
_PLACES = """
shape = [1] * result.dim()
shape[at] = size
places = torch.arange(size).reshape(shape).expand(result.size()).contiguous()
"""
for _name, _compare in (("cummax", ">="), ("cummin", "<=")):
    composite(
        f"aten::{_name}(Tensor self, int dim) -> (Tensor values, Tensor indices)",
        _DOUBLED.format(
            before=_PLACES,
            combined=_LATER.format(compare=_compare),
            results="result.reshape(self.size()), places.reshape(self.size())",
        ),
    )
composite(
    "aten::logcumsumexp(Tensor self, int dim) -> Tensor",
    _DOUBLED.format(
        before="""
if not self.is_floating_point():
    raise RuntimeError("logcumsumexp is not implemented for tensors of integers")
""",
        combined="""
    whole = torch.logaddexp(result.narrow(at, step, size - step), result.narrow(at, 0, size - step))
    result = torch.cat([result.narrow(at, 0, step), whole], at)
""",
        results="result.reshape(self.size())",
    ),
)
