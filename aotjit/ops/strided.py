"""Views that say their sizes and strides themselves."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.ops import numpy_lazily as np
from aotjit.ops.infer import Dims, sizes_of
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments
from aotjit.ops.view import view
from aotjit.types import Dim


def _dims(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    return _asked(args)


def _asked(args: Arguments) -> Dims:
    sizes = sizes_of(args, "size")
    return None if sizes is None else tuple(sizes)


def as_strided(x: Array, size: Sequence[int], stride: Sequence[int], storage_offset: int | None) -> Array:
    """The elements at `storage_offset` + i * stride of the array that `x` is a view of."""
    root, base = x, x.base
    while base is not None:
        root = base if isinstance(base, type(x)) else root
        base = getattr(base, "base", None)  # of an array, or of what numpy holds between two for strides of its own
    elements = root.reshape(-1)
    place = (x.__array_interface__["data"][0] - root.__array_interface__["data"][0]) // x.itemsize
    first = place if storage_offset is None else storage_offset
    last = first + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if len(size) != len(stride) or min((first, *size, *stride)) < 0 or (0 not in size and last >= elements.size):
        raise ValueError("as_strided: outside the storage")
    strides = [s * x.itemsize for s in stride]
    return np.lib.stride_tricks.as_strided(elements[first:], tuple(size), strides)


view("aten::as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)",
     "aj_view_as_strided", _dims, as_strided, unranked=_asked)  # fmt: skip
