"""Indexing with tensors: x[i, mask], gather, nonzero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aotjit.dtypes import DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import Dims, dtype_of, fresh, int_list, tensor
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import UNKNOWN, Arguments, Composite, Rewrite, Runtime
from aotjit.types import ListType, OptionalType, TensorType, Type


def _index_type(args: Arguments) -> TensorType:
    """What is known of all index tensors."""
    t = args.type("indices")
    element = t.element if isinstance(t, ListType) else t
    return tensor(element.element if isinstance(element, OptionalType) else element)


def check_indices(args: Arguments) -> None:
    dtype = _index_type(args).dtype
    if dtype not in (None, DType.I64, DType.I32, DType.BOOL):
        raise args.error(f"a tensor of {dtype} cannot be an index", "convert it to int64, or to bool for a mask")


def _indexed_dims(args: Arguments) -> Dims:
    """Known for one index tensor of known rank, alone among None's."""
    source, index, items = tensor(args.type("self")).dims, _index_type(args), int_list(args, "indices")
    if source is None or index.dims is None or index.dtype is None or items is None:
        return None
    given = [i for i, item in enumerate(items) if item is not None]
    if len(given) != 1 or any(item is UNKNOWN for i, item in enumerate(items) if i not in given):
        return None
    at, is_mask = given[0], index.dtype is DType.BOOL
    width = len(index.dims) if is_mask else 1
    if at + width > len(source):
        raise args.error("too many indices for the tensor's rank")
    return (*source[:at], *((None,) if is_mask else index.dims), *source[at + width :])


def _index(args: Arguments) -> Sequence[Type]:
    check_indices(args)
    return fresh(tensor(args.type("self")).dtype, _indexed_dims(args))


def _places(indices: Sequence[Array | None]) -> Any:
    return tuple(slice(None) if i is None else i for i in indices)


def _put(x: Array, indices: Sequence[Array | None], values: Array, accumulate: bool = False) -> Array:
    if values.dtype != x.dtype:
        raise RuntimeError("index_put_: the tensor and the values have different element types")
    if accumulate:
        np.add.at(x, _places(indices), values)
    else:
        x[_places(indices)] = values
    return x


operator(
    "aten::index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
    infer=_index,
    shapes="indices:i64",
    reference=lambda x, indices: np.array(x[_places(indices)], order="C"),
    lowering=Runtime("aj_index"),
)


def _same(args: Arguments) -> Sequence[Type]:
    check_indices(args)
    if dtype_of(args, "self") is not dtype_of(args, "values"):
        raise args.error("the tensor and the values have different element types", "convert the values first")
    return (args.types[0],)


operator("aotjit::index_put(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate) -> ()", reference=_put,
         lowering=Runtime("aj_index_put"))  # fmt: skip
operator(
    "aten::index_put_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor(a!)",
    infer=_same,
    shapes="self:t, indices:i64, values:t",
    reference=_put,
    lowering=Rewrite(
        lambda emit, self, indices, values, accumulate: [
            *emit.aten("aotjit::index_put", self, indices, values, accumulate),
            self,
        ]
    ),
)


def _nonzero(args: Arguments) -> Sequence[Type]:
    return fresh(DType.I64, (None, tensor(args.types[0]).rank))


operator(
    "aten::nonzero(Tensor self) -> Tensor",
    infer=_nonzero,
    reference=lambda x: np.array(np.argwhere(x), order="C") if x.ndim else np.zeros((int(bool(x)), 0), np.int64),
    lowering=Runtime("aj_nonzero"),
)
operator(
    "aten::masked_select(Tensor self, Tensor mask) -> Tensor",
    shapes="mask:bool",
    infer=lambda args: fresh(tensor(args.types[0]).dtype, (None,)),
    reference=lambda x, mask: np.broadcast_to(x, np.broadcast_shapes(x.shape, mask.shape))[
        np.broadcast_to(mask, np.broadcast_shapes(x.shape, mask.shape))
    ],
    lowering=Composite("""
def masked_select(self: Tensor, mask: Tensor) -> Tensor:
    whole = torch.where(mask, self, self)
    everywhere = torch.logical_or(mask, torch.zeros_like(whole, dtype=torch.bool))
    return torch.index(whole.flatten(), [everywhere.flatten()])
"""),
)


def _gather(args: Arguments) -> Sequence[Type]:
    index = tensor(args.type("index"))
    if index.dtype not in (None, DType.I64, DType.I32):
        raise args.error(f"'index' must be an int64 or int32 tensor, not {index.dtype}")
    return fresh(tensor(args.type("self")).dtype, index.dims)


def gather(x: Array, dim: int, index: Array, *rest: object) -> Array:
    if x.ndim == 0 or index.ndim == 0:
        return x.reshape(-1)[index.reshape(-1)].reshape(index.shape)
    if np.any(index < 0):
        raise IndexError("index out of bounds")
    other = tuple(slice(0, n) if d != dim % x.ndim else slice(None) for d, n in enumerate(index.shape))
    return np.take_along_axis(x[other], index.astype(np.int64), axis=dim)


operator(
    "aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
    infer=_gather,
    shapes="self:t, index:i64[...] -> :t[...]",
    reference=gather,
    lowering=Runtime("aj_gather", drop=("sparse_grad",)),
)
