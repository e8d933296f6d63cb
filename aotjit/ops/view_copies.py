"""Views that copy."""

from __future__ import annotations

from aotjit.ops.declare import composite

for _arguments, _call in (
    ("alias_copy(Tensor self", "self"),
    ("as_strided_copy(Tensor self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None",
     "torch.as_strided(self, size, stride, storage_offset)"),
    ("detach_copy(Tensor self", "self"),
    ("diagonal_copy(Tensor self, int offset=0, int dim1=0, int dim2=1", "torch.diagonal(self, offset, dim1, dim2)"),
    ("expand_copy(Tensor self, SymInt[] size, *, bool implicit=False", "self.expand(size)"),
    ("narrow_copy(Tensor self, int dim, SymInt start, SymInt length", "torch.narrow(self, dim, start, length)"),
    ("permute_copy(Tensor self, int[] dims", "self.permute(dims)"),
    ("select_copy.int(Tensor self, int dim, SymInt index", "torch.select(self, dim, index)"),
    ("slice_copy.Tensor(Tensor self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1",
     "torch.slice(self, dim, start, end, step)"),
    ("squeeze_copy(Tensor self", "torch.squeeze(self)"),
    ("squeeze_copy.dim(Tensor self, int dim", "torch.squeeze(self, dim)"),
    ("t_copy(Tensor self", "self.t()"),
    ("transpose_copy.int(Tensor self, int dim0, int dim1", "torch.transpose(self, dim0, dim1)"),
    ("unfold_copy(Tensor self, int dimension, int size, int step", "self.unfold(dimension, size, step)"),
    ("unsqueeze_copy(Tensor self, int dim", "torch.unsqueeze(self, dim)"),
    ("view_copy(Tensor self, SymInt[] size", "self.reshape(size)"),
):  # fmt: skip
    composite(f"aten::{_arguments}) -> Tensor", f"return {_call}.clone().contiguous()")
for _arguments, _call in (
    ("split_copy.Tensor(Tensor self, SymInt split_size, int dim=0", "torch.split(self, split_size, dim)"),
    ("split_with_sizes_copy(Tensor self, SymInt[] split_sizes, int dim=0",
     "torch.split_with_sizes(self, split_sizes, dim)"),
    ("unbind_copy.int(Tensor self, int dim=0", "torch.unbind(self, dim)"),
):  # fmt: skip
    composite(f"aten::{_arguments}) -> Tensor[]",
              f"return [torch.contiguous(piece.clone()) for piece in {_call}]")  # fmt: skip
composite("aten::fill.Scalar(Tensor self, Scalar value) -> Tensor", "return torch.full_like(self, value)")
composite("aten::fill.Tensor(Tensor self, Tensor value) -> Tensor", "return torch.empty_like(self).copy_(value)")
composite("aten::zero(Tensor self) -> Tensor", "return torch.zeros_like(self)")
composite(
    "aten::diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor",
    """
result = self.clone()
torch.diagonal(result, offset, dim1, dim2).copy_(src)
return result
""",
)
composite(
    "aten::as_strided_scatter(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) "
    "-> Tensor",
    """
result = self.clone()
torch.as_strided(result, size, stride, storage_offset).copy_(src)
return result
""",
)
