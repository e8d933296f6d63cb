"""Maxima and averages over windows of one to three spatial dims."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from aotjit.dtypes import DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import Dims, dims_text, fresh, int_list, tensor
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments, Rewrite, Runtime
from aotjit.types import Dim, Type

Ints = Sequence[int]
Region = tuple[slice, ...]

# -- types ------------------------------------------------------------------------------------------------------------


def _entries(args: Arguments, name: str, rank: int) -> list[int] | None:
    """A list with one number for each spatial dim; None where it is not known."""
    items = int_list(args, name) if args.has(name) else [1]
    if items is None or not all(isinstance(i, int) for i in items):
        return None
    numbers = [i for i in items if isinstance(i, int)]
    if name == "stride" and not numbers:
        return _entries(args, "kernel_size", rank)
    return numbers * rank if len(numbers) == 1 else numbers


def _spatial(args: Arguments, rank: int) -> tuple[tuple[Dim, ...], tuple[Dim, ...]] | None:
    """The dims before the spatial ones, and those."""
    dims = tensor(args.types[0]).dims
    if dims is None:
        return None
    if len(dims) not in (rank + 1, rank + 2):
        raise args.error(f"the input must have rank {rank + 1} or {rank + 2}, found {dims_text(dims)}")
    return dims[:-rank], dims[-rank:]


def _pooled(args: Arguments, rank: int) -> Dims:
    parts = _spatial(args, rank)
    lists = [_entries(args, n, rank) for n in ("kernel_size", "stride", "padding", "dilation")]
    if parts is None:
        return None
    ceil = args.constant("ceil_mode")
    if any(e is None or len(e) != rank for e in lists) or not isinstance(ceil, bool):
        return (*parts[0], *(None,) * rank)
    known = [e for e in lists if e is not None]
    sizes = [
        pooled_size(n, k, s, p, d, ceil) if isinstance(n, int) else None
        for n, k, s, p, d in zip(parts[1], *known, strict=True)
    ]
    if any(isinstance(s, int) and s < 1 for s in sizes):
        raise args.error(f"the windows do not fit into an input of {dims_text(parts[1])}")
    return (*parts[0], *sizes)


def pooled_size(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> int:
    """The number of windows in a dim."""
    if min(kernel, stride, dilation) < 1 or not 0 <= padding <= (dilation * (kernel - 1) + 1) // 2:
        return 0
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (room + (stride - 1 if ceil else 0)) // stride + 1 if room + (stride - 1 if ceil else 0) >= 0 else 0
    return count - 1 if ceil and (count - 1) * stride >= size + padding else count


def _adapted(args: Arguments, rank: int) -> Dims:
    parts, size = _spatial(args, rank), int_list(args, "output_size")
    if parts is None:
        return None
    if size is None:
        return (*parts[0], *(None,) * rank)
    if len(size) == 1:
        size = size * rank
    return (*parts[0], *(s if isinstance(s, int) else None for s in size))


def _rule(dims: Callable[[Arguments, int], Dims], rank: int, with_places: bool = False) -> Any:
    def infer(args: Arguments) -> Sequence[Type]:
        t = tensor(args.types[0])
        found = dims(args, rank)
        return (*fresh(t.dtype, found), *(fresh(DType.I64, found) if with_places else ()))

    return infer


# -- meaning ----------------------------------------------------------------------------------------------------------


def _checked(x: Array, rank: int) -> Array:
    if x.ndim not in (rank + 1, rank + 2):
        raise RuntimeError(f"pooling: Expected {rank + 1}D or {rank + 2}D input, but got {x.ndim}D")
    return x


def _each(numbers: Ints, rank: int) -> list[int]:
    if len(numbers) not in (1, rank):
        raise RuntimeError(f"pooling: {len(numbers)} numbers for {rank} dims")
    return list(numbers) * (rank if len(numbers) == 1 else 1)


def windows(sizes: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil: bool) -> list[list[slice]]:
    """The window of each place, dim by dim; starts may be negative and ends beyond the image."""
    result = []
    for size, k, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True):
        count = pooled_size(size, k, s, p, d, ceil)
        if count < 1:
            raise RuntimeError("pooling: the windows do not fit, or their numbers are out of range")
        result.append([slice(i * s - p, i * s - p + d * (k - 1) + 1, d) for i in range(count)])
    return result


def _adaptive(sizes: Ints, wanted: Ints) -> list[list[slice]]:
    if min(wanted, default=0) < 0 or any(n == 0 and o for n, o in zip(sizes, wanted, strict=True)):
        raise RuntimeError("adaptive pooling: sizes out of range")
    return [
        [slice(i * n // o, -(-(i + 1) * n // o)) for i in range(o)] for n, o in zip(sizes, wanted, strict=True)
    ]


def _inside(window: slice, size: int) -> slice:
    start = window.start
    while start < 0:
        start += window.step or 1
    return slice(start, max(min(window.stop, size), start), window.step)


def _regions(found: list[list[slice]], sizes: Ints) -> Iterator[tuple[tuple[int, ...], Region]]:
    for at in itertools.product(*(range(len(row)) for row in found)):
        yield at, tuple(_inside(row[i], n) for row, i, n in zip(found, at, sizes, strict=True))


def _folded(x: Array, rank: int, found: list[list[slice]], fold: Callable[[Array, tuple[int, ...]], Array]) -> Array:
    """`fold` of each window, whose elements are in the last dim."""
    wide = x.astype(np.float64) if x.dtype.kind == "f" else x
    result = np.zeros((*x.shape[:-rank], *map(len, found)), wide.dtype)
    for at, region in _regions(found, x.shape[-rank:]):
        part = wide[(..., *region)]
        result[(..., *at)] = fold(part.reshape(*x.shape[:-rank], math.prod(part.shape[-rank:])), at)
    return result.astype(x.dtype)


def _places(x: Array, rank: int, found: list[list[slice]]) -> Array:
    """Where the maximum of each window is in its plane."""
    sizes = x.shape[-rank:]
    numbers = np.arange(math.prod(sizes)).reshape(sizes)
    result = np.zeros((*x.shape[:-rank], *map(len, found)), np.int64)
    for at, region in _regions(found, sizes):
        part = x[(..., *region)]
        best = np.argmax(part.reshape(*x.shape[:-rank], math.prod(part.shape[-rank:])), axis=-1)
        result[(..., *at)] = numbers[region].reshape(-1)[best]
    return result


def _maximum(part: Array, at: object) -> Array:
    return np.max(part, axis=-1)


def max_pool(x: Array, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil: bool, rank: int) -> Array:
    return _folded(_checked(x, rank), rank, _max_windows(x, kernel, stride, padding, dilation, ceil, rank), _maximum)


def _max_windows(x: Array, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil: bool, rank: int) -> Any:
    k, s, p, d = (_each(n, rank) for n in (kernel, stride or kernel, padding, dilation))
    return windows(x.shape[-rank:], k, s, p, d, ceil)


def _max_pool_with_places(x: Array, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil: bool,
                          rank: int) -> tuple[Array, Array]:  # fmt: skip
    found = _max_windows(_checked(x, rank), kernel, stride, padding, dilation, ceil, rank)
    return _folded(x, rank, found, _maximum), _places(x, rank, found)


def avg_pool(x: Array, kernel: Ints, stride: Ints, padding: Ints, ceil: bool, include: bool, divisor: int | None,
             rank: int) -> Array:  # fmt: skip
    if x.dtype.kind != "f" or divisor == 0:
        raise RuntimeError("avg_pool: integers, or a divisor of zero")
    sizes, pads = _checked(x, rank).shape[-rank:], _each(padding, rank)
    found = windows(sizes, _each(kernel, rank), _each(stride or kernel, rank), pads, [1] * rank, ceil)

    def mean(part: Array, at: tuple[int, ...]) -> Array:
        extents = [
            min(row[i].stop, n + p) - row[i].start for row, i, n, p in zip(found, at, sizes, pads, strict=True)
        ]
        return part.sum(axis=-1) / (divisor or (math.prod(extents) if include else part.shape[-1]))

    return _folded(x, rank, found, mean)


def _adaptive_windows(x: Array, size: Ints, rank: int) -> list[list[slice]]:
    if x.dtype.kind != "f":
        raise RuntimeError("adaptive pooling: not implemented for integers")
    return _adaptive(_checked(x, rank).shape[-rank:], _each(size, rank))


def adaptive_avg_pool(x: Array, size: Ints, rank: int) -> Array:
    return _folded(x, rank, _adaptive_windows(x, size, rank), lambda part, at: part.mean(axis=-1))


def _adaptive_max_pool(x: Array, size: Ints, rank: int) -> tuple[Array, Array]:
    found = _adaptive_windows(x, size, rank)
    return _folded(x, rank, found, _maximum), _places(x, rank, found)


# -- declarations -----------------------------------------------------------------------------------------------------


def _unranked(with_places: bool) -> Any:
    return lambda args: tuple(
        t for d in ((tensor(args.types[0]).dtype, DType.I64) if with_places else (tensor(args.types[0]).dtype,))
        for t in fresh(d, None)
    )  # fmt: skip


_WINDOW = "int[] kernel, int[] stride, int[] padding"
operator(f"aotjit::max_pool(Tensor self, {_WINDOW}, int[] dilation, bool ceil, int rank) -> Tensor",
         infer=_unranked(False), reference=max_pool, lowering=Runtime("aj_max_pool"))  # fmt: skip
operator(f"aotjit::max_pool_with_indices(Tensor self, {_WINDOW}, int[] dilation, bool ceil, int rank)"
         " -> (Tensor, Tensor)", infer=_unranked(True), reference=_max_pool_with_places,
         lowering=Runtime("aj_max_pool_with_indices"))  # fmt: skip
operator(f"aotjit::avg_pool(Tensor self, {_WINDOW}, bool ceil, bool include, int? divisor, int rank) -> Tensor",
         infer=_unranked(False), reference=avg_pool, lowering=Runtime("aj_avg_pool"))  # fmt: skip
operator("aotjit::adaptive_avg_pool(Tensor self, int[] size, int rank) -> Tensor", infer=_unranked(False),
         reference=adaptive_avg_pool, lowering=Runtime("aj_adaptive_avg_pool"))  # fmt: skip
operator("aotjit::adaptive_max_pool(Tensor self, int[] size, int rank) -> (Tensor, Tensor)", infer=_unranked(True),
         reference=_adaptive_max_pool, lowering=Runtime("aj_adaptive_max_pool"))  # fmt: skip


def _calls(name: str, rank: int, *extra: str) -> Rewrite:
    """The operator of any rank, with its results' facts from the one that calls it."""

    def build(emit: Any, **values: Any) -> Any:
        given = [emit.optional(v, "int") if n in extra else v for n, v in values.items()]
        results = emit.aten(f"aotjit::{name}", *given, emit.constant(rank))
        return [emit.known(result, t) for result, t in zip(results, emit.result_types, strict=True)]

    return Rewrite(build)


def _declare_max(rank: int) -> None:
    n = f"int[{rank}]"
    zeros, ones = ("[" + ", ".join([digit] * rank) + "]" if rank == 1 else digit for digit in "01")
    rest = (
        f"(Tensor self, {n} kernel_size, {n} stride=[], {n} padding={zeros}, {n} dilation={ones}, bool ceil_mode=False)"
    )
    operator(f"aten::max_pool{rank}d{rest} -> Tensor", infer=_rule(_pooled, rank),
             reference=partial(max_pool, rank=rank), lowering=_calls("max_pool", rank))  # fmt: skip
    operator(f"aten::max_pool{rank}d_with_indices{rest} -> (Tensor, Tensor)", infer=_rule(_pooled, rank, True),
             reference=partial(_max_pool_with_places, rank=rank),
             lowering=_calls("max_pool_with_indices", rank))  # fmt: skip
    operator(f"aten::adaptive_max_pool{rank}d(Tensor self, {n} output_size) -> (Tensor, Tensor)",
             infer=_rule(_adapted, rank, True), reference=lambda x, size: _adaptive_max_pool(x, size, rank),
             lowering=_calls("adaptive_max_pool", rank))  # fmt: skip


def _declare_average(rank: int) -> None:
    n = f"int[{rank}]"
    zeros = "[0]" if rank == 1 else "0"
    rest = (
        f"(Tensor self, {n} kernel_size, {n} stride=[], {n} padding={zeros}, bool ceil_mode=False, "
        "bool count_include_pad=True"
    )
    if rank == 1:
        operator(f"aten::avg_pool1d{rest}) -> Tensor", infer=_rule(_pooled, 1),
                 reference=partial(avg_pool, divisor=None, rank=1),
                 lowering=Rewrite(lambda emit, **v: [emit.known(
                     emit.aten("aotjit::avg_pool", *v.values(), emit.absent("int"), emit.constant(1))[0],
                     emit.result_types[0])]))  # fmt: skip
    else:
        operator(f"aten::avg_pool{rank}d{rest}, int? divisor_override=None) -> Tensor", infer=_rule(_pooled, rank),
                 reference=partial(avg_pool, rank=rank),
                 lowering=_calls("avg_pool", rank, "divisor_override"))  # fmt: skip
    for name in ("", "_") if rank > 1 else ("",):
        operator(
            f"aten::{name}adaptive_avg_pool{rank}d(Tensor self, SymInt[{rank}] output_size) -> Tensor",
            infer=_rule(_adapted, rank),
            reference=lambda x, size: adaptive_avg_pool(x, size, rank),
            lowering=Rewrite(lambda emit, self, output_size: _build_adaptive(emit, self, output_size, rank)),
        )


def _build_adaptive(emit: Any, self: Any, output_size: Any, rank: int) -> Any:
    """One window is a mean, which fuses."""
    size, spatial = emit.constant_of(output_size), _spatial(emit.arguments, rank)
    whole = spatial is not None and all(isinstance(d, int) and d > 0 for d in spatial[1])
    if isinstance(size, list) and size in ([1], [1] * rank) and whole:
        dims = emit.int_list([-d for d in range(rank, 0, -1)])
        return emit.aten("mean.dim", self, dims, emit.constant(True), emit.absent("int"))
    (result,) = emit.aten("aotjit::adaptive_avg_pool", self, output_size, emit.constant(rank))
    return [emit.known(result, emit.result_types[0])]


for _rank in (1, 2, 3):
    _declare_max(_rank)
    _declare_average(_rank)
