"""Picking by flat places, products and combinations of lists, indices of triangles, blocks."""

from __future__ import annotations

from aotjit.ops.declare import composite

composite(
    "aten::take(Tensor self, Tensor index) -> Tensor",
    """
if bool(torch.any((index < -self.numel()) | (index >= self.numel()))):
    raise IndexError("take(): index out of range")
places = torch.where(index < 0, index + self.numel(), index)
return torch.index_select(self.flatten(), 0, places.flatten()).reshape(index.size())
""",
)
_PUT = """
if source.numel() != index.numel() or source.dtype != self.dtype:
    raise RuntimeError("put_(): source and index must have the same number of elements, source self's element type")
if bool(torch.any((index < -self.numel()) | (index >= self.numel()))):
    raise IndexError("put_(): index out of range")
places = torch.where(index < 0, index + self.numel(), index).flatten()
flat = self.flatten()
changed = flat.index_add(0, places, source.flatten()) if accumulate else flat.scatter(0, places, source.flatten())
"""
composite("aten::put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor",
          _PUT + "return changed.reshape(self.size())")  # fmt: skip
composite("aten::put_(Tensor(a!) self, Tensor index, Tensor source, bool accumulate=False) -> Tensor(a!)",
          _PUT + "return self.copy_(changed.reshape(self.size()))")  # fmt: skip
composite("aten::argwhere(Tensor self) -> Tensor", "return torch.nonzero(self)")
composite(
    "aten::take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor",
    """
if dim is None:
    return torch.gather(self.flatten(), 0, indices.flatten())
if self.dim() != indices.dim():
    raise RuntimeError("torch.take_along_dim(): input and indices should have the same number of dimensions")
ours, theirs = self.size(), indices.size()
ours[dim], theirs[dim] = 1, 1
whole = torch.broadcast_shapes(ours, theirs)
whole[dim] = self.size(dim)
wanted = whole.copy()
wanted[dim] = indices.size(dim)
return torch.gather(self.expand(whole), dim, indices.expand(wanted))
""",
)
composite(
    "aten::cartesian_prod(Tensor[] tensors) -> Tensor",
    """
for t in tensors:
    if t.dim() != 1:
        raise RuntimeError("cartesian_prod(): expected 1D vectors")
if len(tensors) == 1:
    return tensors[0].clone()
columns = torch.jit.annotate(List[Tensor], [])
for grid in torch.meshgrid(tensors):
    columns.append(grid.flatten())
return torch.stack(columns, 1)
""",
)
composite(
    "aten::combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor",
    """
if self.dim() != 1 or r < 0:
    raise RuntimeError("combinations: expected a 1D vector and a number that is not negative")
if r == 0:
    return self.narrow(0, 0, 0).clone()
places = torch.meshgrid([torch.arange(self.numel())] * r)
kept = torch.ones_like(places[0], dtype=torch.bool)
for i in range(r - 1):
    kept = kept & (places[i] <= places[i + 1] if with_replacement else places[i] < places[i + 1])
columns = torch.jit.annotate(List[Tensor], [])
for p in places:
    columns.append(torch.index_select(self, 0, torch.masked_select(p, kept)))
return torch.stack(columns, 1)
""",
)
composite(
    "aten::block_diag(Tensor[] tensors) -> Tensor",
    """
rows, columns = 0, 0
total = torch.zeros([])
for i, t in enumerate(tensors):
    if t.dim() > 2:
        raise RuntimeError("torch.block_diag: Input tensors must have 2 or fewer dimensions")
    m = t if t.dim() == 2 else t.reshape([1, -1])
    kind = torch.zeros([1], dtype=m.dtype)
    total = kind if i == 0 else torch.cat([total, kind])
    rows += m.size(0)
    columns += m.size(1)
result = torch.zeros([rows, columns], dtype=total.dtype)
row, column = 0, 0
for t in tensors:
    m = t if t.dim() == 2 else t.reshape([1, -1])
    result[row:row + m.size(0), column:column + m.size(1)] = m
    row += m.size(0)
    column += m.size(1)
return result
""",
)
_AT_LEAST = {
    1: "return self.reshape([1]) if self.dim() == 0 else self",
    2: "if self.dim() == 0:\n    return self.reshape([1, 1])\nreturn self.unsqueeze(0) if self.dim() == 1 else self",
    3: "if self.dim() == 0:\n    return self.reshape([1, 1, 1])\nif self.dim() == 1:\n"
       "    return self.unsqueeze(0).unsqueeze(-1)\nreturn self.unsqueeze(-1) if self.dim() == 2 else self",
}  # fmt: skip
for _rank, _body in _AT_LEAST.items():
    composite(f"aten::atleast_{_rank}d(Tensor self) -> Tensor", _body)
    composite(f"aten::atleast_{_rank}d.Sequence(Tensor[] tensors) -> Tensor[]",
              f"return [torch.atleast_{_rank}d(t) for t in tensors]")  # fmt: skip
composite("aten::dstack(Tensor[] tensors) -> Tensor", "return torch.cat([torch.atleast_3d(t) for t in tensors], 2)")
composite(
    "aten::column_stack(Tensor[] tensors) -> Tensor",
    "return torch.cat([t.reshape([t.numel(), 1]) if t.dim() <= 1 else t for t in tensors], 1)",
)
composite(
    "aten::vander(Tensor x, int? N=None, bool increasing=False) -> Tensor",
    """
if x.dim() != 1:
    raise RuntimeError("x must be a one-dimensional tensor")
count = x.size(0) if N is None else N
kind = x.dtype if x.is_floating_point() else torch.int64
powers = torch.ones([x.size(0), count], dtype=kind)
for i in range(1, count):
    powers[:, i] = powers[:, i - 1] * x
return powers if increasing else powers.flip([1])
""",
)
composite(
    "aten::diagflat(Tensor self, int offset=0) -> Tensor",
    "return torch.diag_embed(self.flatten(), offset, 0, 1)",
)
composite(
    "aten::kron(Tensor self, Tensor other) -> Tensor",
    """
rank = max(self.dim(), other.dim())
left = [1] * (rank - self.dim()) + self.size()
right = [1] * (rank - other.dim()) + other.size()
mine = torch.jit.annotate(List[int], [])
theirs = torch.jit.annotate(List[int], [])
whole = torch.jit.annotate(List[int], [])
for i in range(rank):
    mine += [left[i], 1]
    theirs += [1, right[i]]
    whole.append(left[i] * right[i])
return (self.reshape(mine) * other.reshape(theirs)).reshape(whole)
""",
)
composite(
    "aten::unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None) -> "
    "(Tensor, Tensor, Tensor)",
    """
at = 0 if dim is None else dim
x = self.flatten() if dim is None else self
count = x.size(at)
starts = torch.ones([count], dtype=torch.bool)
if count > 1:
    rows = x.movedim(at, 0).reshape([count, -1])
    starts[1:] = torch.any(rows[1:] != rows[:-1], 1)
first = torch.nonzero(starts).flatten()
group = torch.cumsum(starts.to(torch.int64), 0) - 1
inverse = torch.zeros([0], dtype=torch.int64)
counts = torch.zeros([0], dtype=torch.int64)
if return_inverse or dim is not None:  # along a dim torch gives both whether they are asked for or not
    inverse = group.reshape(self.size()) if dim is None else group
if return_counts or dim is not None:
    counts = torch.diff(torch.cat([first, torch.full([1], count)]))
return torch.index_select(x, at, first), inverse, counts
""",
)
