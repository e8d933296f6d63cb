"""Views that cut a tensor into a list of pieces."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.ops.declare import composite
from aotjit.ops.infer import Dims, wrap
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments
from aotjit.ops.view import part, select, view
from aotjit.types import Dim


def _pieces(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    """All dims but the cut one, which is known only where every piece has the same size."""
    dim = wrap(args, args.constant("dim"), len(source))
    if dim is None:
        return (None,) * len(source)
    return (*source[:dim], _piece_size(args, source[dim]), *source[dim + 1 :])


def _piece_size(args: Arguments, whole: Dim) -> Dim:
    if not isinstance(whole, int):
        return None
    if args.has("chunks"):
        chunks = args.constant("chunks")
        if not isinstance(chunks, int):
            return None
        if chunks <= 0:
            raise args.error(f"the number of chunks must be positive, not {chunks}")
        return whole // chunks if whole % chunks == 0 and whole else None
    size = args.constant("split_size") if args.has("split_size") else None
    return size if isinstance(size, int) and size > 0 and whole % size == 0 and whole else None


def split(x: Array, size: int, dim: int) -> list[Array]:
    n = x.shape[dim]
    if size < 0 or (size == 0 and n):
        raise ValueError(f"split expects split_size be non-negative, but got split_size={size}")
    return [part(x, dim, i, min(i + size, n), 1) for i in range(0, max(n, 1), max(size, 1))]


def split_with_sizes(x: Array, sizes: Sequence[int], dim: int) -> list[Array]:
    if sum(sizes) != x.shape[dim] or any(s < 0 for s in sizes):
        raise ValueError(f"split_with_sizes expects split_sizes to sum exactly to {x.shape[dim]}")
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return [part(x, dim, start, start + size, 1) for start, size in zip(starts, sizes, strict=True)]


def chunk(x: Array, chunks: int, dim: int) -> list[Array]:
    if chunks <= 0:
        raise ValueError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = x.shape[dim]
    size = -(-n // chunks)
    # An empty dim still gives the number of chunks that was asked for.
    return split(x, size, dim) if size else [part(x, dim, 0, 0, 1) for _ in range(chunks)]


def _unbound(args: Arguments, source: tuple[Dim, ...]) -> Dims:
    if not source:
        raise args.error("a 0-dim tensor has no dim to unbind")
    dim = wrap(args, args.constant("dim"), len(source))
    return (None,) * (len(source) - 1) if dim is None else (*source[:dim], *source[dim + 1 :])


view("aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]", "aj_view_chunk", _pieces, chunk)
view("aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]", "aj_view_split", _pieces,
     split)  # fmt: skip
view("aten::split(Tensor(a -> *) self, int[] split_sizes, int dim=0) -> Tensor(a)[]", "aj_view_split_with_sizes",
     _pieces, split_with_sizes)  # fmt: skip
view("aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]",
     "aj_view_split_with_sizes", _pieces, split_with_sizes)  # fmt: skip
view("aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]",
     "aj_view_split_with_sizes", _pieces, split_with_sizes)  # fmt: skip
view("aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]", "aj_view_unbind", _unbound,
     lambda x, dim: [select(x, dim, i) for i in range(x.shape[dim])])  # fmt: skip

# -- pieces along the dim that a name says ------------------------------------------------------------------------

for _name, _least, _at in (("hsplit", 1, "1 if self.dim() > 1 else 0"), ("vsplit", 2, "0"), ("dsplit", 3, "2")):
    _refused = f"""
if self.dim() < {_least}:
    raise RuntimeError("torch.{_name} requires a tensor with at least {_least} dimension(s)")
dim = {_at}
"""
    composite(
        f"aten::{_name}.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]",
        f"""{_refused}
if sections == 0 or self.size(dim) % sections != 0:
    raise RuntimeError("torch.{_name} attempted to split along a dimension whose size is not divisible by sections")
return torch.tensor_split(self, sections, dim)
""",
    )
    composite(f"aten::{_name}.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]",
              f"{_refused}\nreturn torch.tensor_split(self, indices, dim)")  # fmt: skip
