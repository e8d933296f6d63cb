"""Reductions over dims."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from aotjit import types
from aotjit.dtypes import DTYPE_BY_CODE, DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import dtype_argument, dtype_of, fresh, reduced_dims, tensor
from aotjit.ops.numeric import Array, cast, compute_dtype, element_dtype
from aotjit.ops.opdef import Arguments, Reduction, Value
from aotjit.ops.schema import parse_schema
from aotjit.types import Type


def reduced_dtype(args: Arguments, lowering: Reduction) -> DType:
    """The dtype of the result."""
    source = dtype_of(args, "self")
    asked = dtype_argument(args)
    if asked is not None:
        return asked
    if lowering.result == "sum":
        return source if source.is_inexact else DType.I64
    if lowering.result == "mean" and not source.is_inexact:
        raise args.error(f"defined for floating tensors, not for {source}", "give dtype=torch.float32")
    if lowering.result == "bool":
        return DType.U8 if source is DType.U8 else DType.BOOL
    return source


def dims_of(dim: object, rank: int) -> tuple[int, ...]:
    """The dims of a reduction from a dim argument's value, counted from 0."""
    if dim is None or dim == []:
        return tuple(range(rank))
    dims = [dim] if isinstance(dim, int) else list(dim)  # type: ignore[call-overload]  # a list of ints otherwise
    for d in dims:
        if not -max(rank, 1) <= d < max(rank, 1):
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-max(rank, 1)}, {max(rank, 1) - 1}])"
            )
    # The one dim that a 0-dim tensor accepts reduces nothing.
    return tuple(d % rank for d in dims) if rank else ()


def reduction(text: str, lowering: Reduction, fold: Callable[[Array, tuple[int, ...], bool], Array]) -> None:
    """One overload. `fold(array, dims, keepdim)` gets elements in the compute dtype of the result."""
    schema = parse_schema(f"aten::{text} -> Tensor")

    def infer(args: Arguments) -> Sequence[Type]:
        if lowering.result == "bool" and args.has("dim") and args.constant("dim") == []:
            raise args.error("an empty list of dims is not supported", "leave the dims out to reduce over all")
        return fresh(reduced_dtype(args, lowering), reduced_dims(args, tensor(args.type("self")).dims))

    def reference(*values: Value) -> Value:
        by_name = dict(zip((a.name for a in schema.arguments), values, strict=True))
        x = np.asarray(by_name["self"])
        code = by_name.get("dtype")
        types_ = (types.TensorType(element_dtype(x)),)
        asked = DTYPE_BY_CODE[code] if code is not None else None
        target = asked or reduced_dtype(Arguments(parse_schema("aten::r(Tensor self) -> Tensor"), types_, ()), lowering)
        elements = x if lowering.result == "bool" else cast(x, compute_dtype(target))
        with np.errstate(all="ignore"):
            result = fold(elements, dims_of(by_name.get("dim"), x.ndim), bool(by_name.get("keepdim", False)))
        return np.array(cast(result, target), order="C")

    operator(schema.text, infer=infer, reference=reference, lowering=lowering)


def _sum(x: Array, dims: tuple[int, ...], keepdim: bool) -> Array:
    wide = x.astype({"f": np.float64, "c": np.complex128}.get(x.dtype.kind, x.dtype))
    return np.sum(wide, axis=dims, keepdims=keepdim, dtype=wide.dtype)


def _mean(x: Array, dims: tuple[int, ...], keepdim: bool) -> Array:
    count = math.prod(x.shape[d] for d in dims)
    return _sum(x, dims, keepdim) / np.float64(count)


def _product(x: Array, dims: tuple[int, ...], keepdim: bool) -> Array:
    return np.prod(x, axis=dims, keepdims=keepdim, dtype=x.dtype)


def _extreme(function: str) -> Callable[[Array, tuple[int, ...], bool], Array]:
    def fold(x: Array, dims: tuple[int, ...], keepdim: bool) -> Array:
        if any(x.shape[d] == 0 for d in dims) and x.size == 0:
            raise IndexError(f"{function}(): Expected reduction dim to have non-zero size")
        return getattr(np, function)(x, axis=dims, keepdims=keepdim)

    return fold


def _truth(function: str) -> Callable[[Array, tuple[int, ...], bool], Array]:
    return lambda x, dims, keepdim: getattr(np, function)(x, axis=dims, keepdims=keepdim)


_ADD, _MEAN, _MUL = Reduction("add", "sum"), Reduction("add", "mean"), Reduction("mul", "sum")
_MAX, _MIN = Reduction("max"), Reduction("min")
_ANY = Reduction("or", "bool", lambda b, x: b.truth(x))
_ALL = Reduction("and", "bool", lambda b, x: b.truth(x))

reduction("sum(Tensor self, *, ScalarType? dtype=None)", _ADD, _sum)
reduction("sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None)", _ADD, _sum)
reduction("mean(Tensor self, *, ScalarType? dtype=None)", _MEAN, _mean)
reduction("mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None)", _MEAN, _mean)
reduction("prod(Tensor self, *, ScalarType? dtype=None)", _MUL, _product)
reduction("prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None)", _MUL, _product)
reduction("amax(Tensor self, int[1] dim=[], bool keepdim=False)", _MAX, _extreme("max"))
reduction("amin(Tensor self, int[1] dim=[], bool keepdim=False)", _MIN, _extreme("min"))
reduction("max(Tensor self)", _MAX, _extreme("max"))
reduction("min(Tensor self)", _MIN, _extreme("min"))
for _name, _lowering in (("any", _ANY), ("all", _ALL)):
    reduction(f"{_name}(Tensor self)", _lowering, _truth(_name))
    reduction(f"{_name}.dim(Tensor self, int dim, bool keepdim=False)", _lowering, _truth(_name))
    reduction(f"{_name}.dims(Tensor self, int[]? dim=None, bool keepdim=False)", _lowering, _truth(_name))
