"""Sorting, the largest elements, and what follows from an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aotjit.dtypes import DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import fresh, tensor, wrap
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import UNKNOWN, Arguments, Rewrite, Runtime
from aotjit.types import Dim, Type


def _both(args: Arguments) -> Sequence[Type]:
    source = tensor(args.types[0])
    if source.rank is not None:
        wrap(args, args.constant("dim"), source.rank)
    return (*fresh(source.dtype, source.dims), *fresh(DType.I64, source.dims))


def order(x: Array, dim: int, descending: bool) -> Array:
    """The places of a stable order in which NaN is above all numbers."""
    if x.ndim == 0:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    # The last of equal elements comes first in the reverse order: turn before and after.
    turned = np.argsort(np.flip(x, axis=dim), axis=dim, kind="stable")
    return x.shape[dim] - 1 - np.flip(turned, axis=dim)


def sort(x: Array, dim: int, descending: bool) -> tuple[Array, Array]:
    if not -max(x.ndim, 1) <= dim < max(x.ndim, 1):
        raise IndexError("Dimension out of range")
    places = order(x, dim, descending)
    values = np.take_along_axis(x, places, axis=dim) if x.ndim else x.copy()
    return np.array(values, order="C"), np.array(places, order="C")


operator("aotjit::ordered(Tensor self, int dim, bool descending) -> (Tensor, Tensor)", infer=_both, reference=sort,
         lowering=Runtime("aj_sort"))  # fmt: skip
operator(
    "aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    infer=_both,
    reference=sort,
    lowering=Rewrite(lambda emit, self, dim, descending: emit.aten("aotjit::ordered", self, dim, descending)),
)
operator(
    "aten::sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> "
    "(Tensor values, Tensor indices)",
    infer=_both,
    reference=lambda x, stable, dim, descending: sort(x, dim, descending),
    lowering=Rewrite(lambda emit, self, stable, dim, descending: emit.aten("aotjit::ordered", self, dim, descending)),
)
operator(
    "aten::argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor",
    infer=lambda args: _both(args)[1:],
    reference=lambda x, dim, descending: sort(x, dim, descending)[1],
    lowering=Rewrite(lambda emit, self, dim, descending: emit.aten("aotjit::ordered", self, dim, descending)[1:]),
)
operator(
    "aten::argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor",
    infer=lambda args: _both(args)[1:],
    reference=lambda x, stable, dim, descending: sort(x, dim, descending)[1],
    lowering=Rewrite(lambda emit, self, stable, dim, descending: emit.aten("aotjit::ordered", self, dim,
                                                                           descending)[1:]),
)  # fmt: skip


def _largest(args: Arguments) -> Sequence[Type]:
    source = tensor(args.types[0])
    if source.dims is None:
        return (*fresh(source.dtype, None), *fresh(DType.I64, None))
    dim, k = wrap(args, args.constant("dim"), len(source.dims)), args.constant("k")
    dims: tuple[Dim, ...] = (None,) * len(source.dims)
    if dim is not None and source.dims:
        size = source.dims[dim]
        if isinstance(k, int) and isinstance(size, int) and not 0 <= k <= size:
            raise args.error(f"selected index k={k} out of range for a dim of size {size}")
        dims = (*source.dims[:dim], k if isinstance(k, int) else None, *source.dims[dim + 1 :])
    return (*fresh(source.dtype, dims), *fresh(DType.I64, dims))


def topk(x: Array, k: int, dim: int, largest: bool, *rest: Any) -> tuple[Array, Array]:
    values, places = sort(x, dim, largest)
    if not 0 <= k <= (x.shape[dim] if x.ndim else 1) or (x.ndim == 0 and k == 0):
        raise RuntimeError("selected index k out of range")
    if x.ndim == 0:
        return values, places
    part = np.arange(k)
    return np.take(values, part, axis=dim), np.take(places, part, axis=dim)


operator(
    "aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> "
    "(Tensor values, Tensor indices)",
    infer=_largest,
    reference=topk,
    lowering=Runtime("aj_topk", drop=("sorted",)),
)
composite(
    "aten::kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    """
if k < 1 or k > (1 if self.dim() == 0 else self.size(dim)):
    raise RuntimeError("kthvalue(): selected number k out of range for dimension")
values, places = torch.ordered(self, dim, False)
if self.dim() == 0:
    return values, places
value = values.narrow(dim, k - 1, 1)
place = places.narrow(dim, k - 1, 1)
if keepdim:
    return value.clone(), place.clone()
return value.squeeze(dim).clone(), place.squeeze(dim).clone()
""",
)
composite(
    "aten::median(Tensor self) -> Tensor",
    """
flat = self.flatten()
ordered = torch.ordered(flat, 0, False)[0]
if flat.is_floating_point() and bool(torch.any(flat != flat)):
    return ordered[-1].clone()
return ordered[(flat.numel() - 1) // 2].clone()
""",
)
_NANS = """
if self.is_floating_point():
    nans = torch.cumsum((values != values).to(torch.int64), at).narrow(at, values.size(at) - 1, 1)
    {where}
"""
for _name, _where in (
    ("median", "k = torch.where(nans > 0, values.size(at) - nans, k)"),
    ("nanmedian", "k = torch.clamp(torch.div(values.size(at) - nans - 1, 2, rounding_mode='floor'), min=0)"),
):
    composite(
        f"aten::{_name}.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        f"""
if self.dim() == 0:
    return self.clone(), torch.zeros([], dtype=torch.int64)
at = dim % self.dim()
if self.size(at) == 0:
    raise IndexError("{_name}(): Expected reduction dim to have non-zero size.")
values, places = torch.ordered(self, at, False)
shape = self.size()
shape[at] = 1
k = torch.full(shape, (values.size(at) - 1) // 2)
"""
        + _NANS.format(where=_where)
        + """
value, place = torch.gather(values, at, k), torch.gather(places, at, k)
return (value, place) if keepdim else (value.squeeze(at), place.squeeze(at))
""",
    )


def searchsorted(keys: Array, values: Array, right: bool) -> Array:
    if keys.ndim != 1 and keys.shape[:-1] != values.shape[:-1]:
        raise RuntimeError("boundaries and input values must match in all dims but the last")
    side: Any = "right" if right else "left"
    if keys.ndim == 1:
        return np.asarray(np.searchsorted(keys, values, side), np.int64)
    rows = [
        np.searchsorted(k, v, side)
        for k, v in zip(keys.reshape(-1, keys.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True)
    ]
    return np.array(rows, np.int64).reshape(values.shape)


def _places(name: str) -> Any:
    """int64, or int32 where that is asked for."""

    def infer(args: Arguments) -> Sequence[Type]:
        asked = args.constant("out_int32") if args.has("out_int32") else False
        dtype = None if asked is UNKNOWN else DType.I32 if asked else DType.I64
        return fresh(dtype, tensor(args.type(name)).dims)

    return infer


operator("aotjit::places_in(Tensor sorted, Tensor values, bool right) -> Tensor", infer=_places("values"),
         reference=searchsorted, lowering=Runtime("aj_searchsorted"))  # fmt: skip
composite(
    "aten::searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, "
    "str? side=None, Tensor? sorter=None) -> Tensor",
    """
after = right
if side is not None:
    if right and side == "left":
        raise RuntimeError("side and right can't be set to opposites, got side of left while right was True")
    after = side == "right"
keys = sorted_sequence
if sorter is not None:
    keys = torch.gather(keys, -1, sorter)
places = torch.places_in(keys, self, after)
return places.to(torch.int32) if out_int32 else places
""",
    infer=_places("self"),
)
composite(
    "aten::bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    """
places = torch.places_in(boundaries, self, right)
return places.to(torch.int32) if out_int32 else places
""",
    infer=_places("self"),
)
_WIDENED = """
value = torch.zeros([1], dtype={keys}.dtype) + self
keys = {keys}.to(value.dtype)
value = value.reshape([])
"""
composite("aten::bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
          _WIDENED.format(keys="boundaries")
          + "return torch.bucketize(value, keys, out_int32=out_int32, right=right)")  # fmt: skip
composite("aten::searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool right=False, "
          "str? side=None, Tensor? sorter=None) -> Tensor",
          _WIDENED.format(keys="sorted_sequence")
          + "return torch.searchsorted(keys, value, out_int32=out_int32, right=right, side=side, "
          "sorter=sorter)")  # fmt: skip

# -- distinct elements ------------------------------------------------------------------------------------------------

composite(
    "aten::_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> "
    "(Tensor, Tensor, Tensor)",
    """
flat = self.flatten()
values, places = torch.ordered(flat, 0, False)
count = flat.numel()
first = torch.ones([count], dtype=torch.bool)
if count > 1:
    first[1:] = values[1:] != values[:-1]
distinct = torch.index(values, [first])
group = torch.cumsum(first.to(torch.int64), 0) - 1
inverse = torch.zeros([count], dtype=torch.int64).scatter(0, places, group).reshape(self.size())
counts = torch.zeros([distinct.numel()], dtype=torch.int64).scatter_add(0, group, torch.ones_like(group))
return distinct, inverse, counts
""",
)
composite(
    "aten::bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor",
    """
if self.dim() != 1:
    raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
size = minlength
if self.numel() > 0:
    if int(torch.amin(self)) < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    size = max(minlength, int(torch.amax(self)) + 1)
places = self.to(torch.int64)
if weights is not None:
    wide = weights if weights.dtype == torch.float32 else weights.to(torch.float64)
    return torch.zeros([size], dtype=wide.dtype).scatter_add(0, places, wide)
return torch.zeros([size], dtype=torch.int64).scatter_add(0, places, torch.ones_like(places))
""",
)
composite(
    "aten::one_hot(Tensor self, int num_classes=-1) -> Tensor",
    """
classes = num_classes
if num_classes == -1:
    if self.numel() == 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    classes = int(torch.amax(self)) + 1
if self.numel() > 0:
    if int(torch.amin(self)) < 0:
        raise RuntimeError("Class values must be non-negative.")
    if int(torch.amax(self)) >= classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
return (self.unsqueeze(-1) == torch.arange(classes)).to(torch.int64)
""",
)
composite("aten::msort(Tensor self) -> Tensor", "return torch.sort(self, 0)[0]")
_IN = """
both = torch.cat([{elements}.flatten(), {tests}.flatten()])
if both.dtype == torch.bool:
    raise RuntimeError("isin(): not implemented for bool tensors; convert them first")
count = {elements}.numel()
given, wanted = both[:count], torch.sort(both[count:])[0]
if wanted.numel() == 0:
    found = torch.zeros_like(given, dtype=torch.bool)
else:
    places = torch.searchsorted(wanted, given).clamp(max=wanted.numel() - 1)
    found = torch.index_select(wanted, 0, places) == given
return (found != invert).reshape({elements}.size())
"""
_HOW = "*, bool assume_unique=False, bool invert=False) -> Tensor"
composite(f"aten::isin.Tensor_Tensor(Tensor elements, Tensor test_elements, {_HOW}",
          _IN.format(elements="elements", tests="test_elements"))  # fmt: skip
composite(f"aten::isin.Tensor_Scalar(Tensor elements, Scalar test_element, {_HOW}",
          "found = elements == test_element\nreturn found != invert")  # fmt: skip
composite(f"aten::isin.Scalar_Tensor(Scalar element, Tensor test_elements, {_HOW}",
          "return torch.any(test_elements == element) != invert")  # fmt: skip
