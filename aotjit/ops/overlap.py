"""Views whose elements are in other strides: diagonals, sliding windows."""

from __future__ import annotations

from aotjit.ops import numpy_lazily as np
from aotjit.ops.infer import Dims, wrap
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments
from aotjit.ops.view import view
from aotjit.types import Dim


def _diagonal(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    if len(source) < 2:
        raise args.error("a tensor of at least two dims is needed")
    a, b = (wrap(args, args.constant(n), len(source)) for n in ("dim1", "dim2"))
    offset = args.constant("offset")
    if a is None or b is None:
        return (None,) * (len(source) - 1)
    if a == b:
        raise args.error("the diagonal's dims must differ")
    rows, columns = source[a], source[b]
    size: Dim = None
    if isinstance(rows, int) and isinstance(columns, int) and isinstance(offset, int):
        size = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    return (*(d for i, d in enumerate(source) if i not in (a, b)), size)


def _unfolded(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    dim, size, step = wrap(args, args.constant("dimension"), len(source)), args.constant("size"), args.constant("step")
    if dim is None or not source:
        return None if not source else (None,) * (len(source) + 1)
    whole, count = source[dim], None
    if isinstance(whole, int) and isinstance(size, int) and isinstance(step, int):
        if not 0 <= size <= whole or step < 1:
            raise args.error(f"windows of {size} with a step of {step} in a dim of size {whole}")
        count = (whole - size) // step + 1
    return (*source[:dim], count, *source[dim + 1 :], size if isinstance(size, int) else None)


def unfold(x: Array, dim: int, size: int, step: int) -> Array:
    whole = x if x.ndim else x.reshape(1)
    if not 0 <= size <= whole.shape[dim] or step < 1:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {whole.shape[dim]} but size is {size}")
    if size == 0:
        shape = list(whole.shape)
        shape[dim] = whole.shape[dim] // step + 1
        return np.zeros((*shape, 0), x.dtype)
    windows = np.lib.stride_tricks.sliding_window_view(whole, size, axis=dim, writeable=True)
    result = np.asarray(windows[(slice(None),) * (dim % whole.ndim) + (slice(None, None, step),)])
    return result if x.ndim else result[0]


def diagonal(x: Array, offset: int, dim1: int, dim2: int) -> Array:
    if x.ndim < 2 or dim1 % x.ndim == dim2 % x.ndim:
        raise RuntimeError("diagonal dimensions cannot be identical")
    y = np.moveaxis(x, (dim1, dim2), (-2, -1))
    y = y[..., max(-offset, 0) :, max(offset, 0) :]
    strides = (*y.strides[:-2], y.strides[-2] + y.strides[-1])
    # numpy's own diagonal cannot be written.
    return np.asarray(np.lib.stride_tricks.as_strided(y, (*y.shape[:-2], min(y.shape[-2:])), strides))


view("aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)", "aj_view_diagonal", _diagonal,
     diagonal)  # fmt: skip
view("aten::unfold(Tensor(a) self, int dimension, SymInt size, SymInt step) -> Tensor(a)", "aj_view_unfold", _unfolded,
     unfold)  # fmt: skip
