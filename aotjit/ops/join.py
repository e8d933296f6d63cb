"""Joining tensors, and picking rows of one by index."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.dtypes import DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import Dims, dims_text, fresh, tensor, wrap
from aotjit.ops.numeric import Array, numpy_dtype, operand_of
from aotjit.ops.opdef import Arguments, Runtime
from aotjit.ops.promotion import result_type
from aotjit.types import Dim, ListType, TensorType, Type


def _elements(args: Arguments) -> tuple[DType, Dims, Dim]:
    """Element type and dims of the tensors of a list, and their number where it is known."""
    t = args.types[0]
    element = tensor(t.element) if isinstance(t, ListType) else TensorType()
    if element.dtype is None:
        raise args.error(
            "the tensors' element types are not known, or differ",
            "convert them to one type, or give the inputs' types with --input",
        )
    return element.dtype, element.dims, args.length("tensors")


def _stack(args: Arguments) -> Sequence[Type]:
    dtype, dims, count = _elements(args)
    if dims is None:
        return fresh(dtype, None)
    dim = wrap(args, args.constant("dim"), len(dims) + 1)
    if dim is None:
        return fresh(dtype, (None,) * (len(dims) + 1))
    return fresh(dtype, (*dims[:dim], count, *dims[dim:]))


def _cat(args: Arguments) -> Sequence[Type]:
    dtype, dims, count = _elements(args)
    if dims is None:
        return fresh(dtype, None)
    if not dims:
        raise args.error("0-dim tensors cannot be concatenated", "use torch.stack")
    dim = wrap(args, args.constant("dim"), len(dims))
    if dim is None:
        return fresh(dtype, (None,) * len(dims))
    each = dims[dim]
    whole: Dim = each * count if isinstance(each, int) and isinstance(count, int) else count if each == 1 else None
    return fresh(dtype, (*dims[:dim], whole, *dims[dim + 1 :]))


def _promoted(tensors: Sequence[Array]) -> list[Array]:
    dtype = numpy_dtype(result_type([operand_of(x) for x in tensors]))
    return [x.astype(dtype, copy=False) for x in tensors]


def cat(tensors: Sequence[Array], dim: int) -> Array:
    if not tensors:
        raise RuntimeError("torch.cat(): expected a non-empty list of Tensors")
    # An empty 1-D tensor may stand beside tensors of any rank.
    kept = [x for x in _promoted(tensors) if x.shape != (0,)]
    return np.concatenate(kept or _promoted(tensors), axis=dim)


def stack(tensors: Sequence[Array], dim: int) -> Array:
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    return np.stack(_promoted(tensors), axis=dim)


for _name in ("cat", "concat", "concatenate"):
    operator(
        f"aten::{_name}(Tensor[] tensors, int dim=0) -> Tensor", infer=_cat, reference=cat, lowering=Runtime("aj_cat")
    )
operator("aten::stack(Tensor[] tensors, int dim=0) -> Tensor", infer=_stack, reference=stack,
         lowering=Runtime("aj_stack"))  # fmt: skip

# -- picking by index -------------------------------------------------------------------------------------------------


def check_index(args: Arguments, name: str) -> None:
    dtype = tensor(args.type(name)).dtype
    if dtype not in (None, DType.I64, DType.I32):
        raise args.error(f"'{name}' must be an int64 or int32 tensor, not {dtype}")


def _index_select(args: Arguments) -> Sequence[Type]:
    check_index(args, "index")
    source, index = tensor(args.type("self")), tensor(args.type("index"))
    if index.rank is not None and index.rank > 1:
        raise args.error(f"'index' must have one dim, found {dims_text(index.dims or ())}")
    if source.dims is None:
        return fresh(source.dtype, None)
    dim = wrap(args, args.constant("dim"), len(source.dims))
    if dim is None:
        return fresh(source.dtype, (None,) * len(source.dims))
    count = index.dims[0] if index.dims else None
    return fresh(source.dtype, (*source.dims[:dim], count, *source.dims[dim + 1 :]) if source.dims else ())


def checked_index(index: Array, size: int) -> Array:
    if np.any(index < 0) or np.any(index >= size):
        raise IndexError("index out of range in self")
    return index


def _embedding(args: Arguments) -> Sequence[Type]:
    check_index(args, "indices")
    weight, indices = tensor(args.type("weight")), tensor(args.type("indices"))
    if weight.rank not in (None, 2):
        raise args.error(f"'weight' must have two dims, found {dims_text(weight.dims or ())}")
    if indices.dims is None:
        return fresh(weight.dtype, None)
    return fresh(weight.dtype, (*indices.dims, None if weight.dims is None else weight.dims[1]))


operator(
    "aten::index_select(Tensor self, int dim, Tensor index) -> Tensor",
    infer=_index_select,
    shapes="self:t, index:i64[n] -> :t; self:t, index:i64[] -> :t",
    reference=lambda x, dim, index: (
        np.take(x, checked_index(np.atleast_1d(index), x.shape[dim] if x.ndim else 1), axis=dim) if x.ndim else x.copy()
    ),
    lowering=Runtime("aj_index_select"),
)
operator(
    "aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, "
    "bool sparse=False) -> Tensor",
    infer=_embedding,
    shapes="weight:t[v d], indices:i64[...] -> :t[... d]",
    reference=lambda weight, indices, *rest: weight[checked_index(indices, weight.shape[0])],
    lowering=Runtime("aj_embedding", drop=("padding_idx", "scale_grad_by_freq", "sparse")),
)
