"""Views, and copies of parts, that other views express: written in the language."""

from __future__ import annotations

from aotjit.ops.declare import composite

_SQUEEZED = """
dims = torch.jit.annotate(List[int], [])
for d in dim:
    if (self.dim() > 0 and (d < -self.dim() or d >= self.dim())) or (self.dim() == 0 and (d < -1 or d > 0)):
        raise IndexError("Dimension out of range")
    dims.append(0 if self.dim() == 0 else d % self.dim())
sizes = torch.jit.annotate(List[int], [])
strides = torch.jit.annotate(List[int], [])
for i in range(self.dim()):
    if i not in dims or self.size(i) != 1:
        sizes.append(self.size(i))
        strides.append(self.stride(i))
"""
composite("aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
          _SQUEEZED + "return torch.as_strided(self, sizes, strides)", effects="view")  # fmt: skip
composite("aten::squeeze_copy.dims(Tensor self, int[] dim) -> Tensor",
          "return torch.squeeze(self, dim).clone().contiguous()")  # fmt: skip
composite(
    "aten::narrow.Tensor(Tensor(a) self, int dim, Tensor start, SymInt length) -> Tensor(a)",
    """
if start.dim() != 0 or start.is_floating_point() or start.dtype == torch.bool:
    raise RuntimeError("start must be an 0-dim integral Tensor.")
return torch.narrow(self, dim, int(start), length)
""",
    effects="view",
)
composite(
    "aten::tensor_split.tensor_indices_or_sections(Tensor(a -> *) self, Tensor tensor_indices_or_sections, int dim=0) "
    "-> Tensor(a)[]",
    """
given = tensor_indices_or_sections
if given.dtype != torch.int64 or given.dim() > 1:
    raise RuntimeError("tensor_split expected tensor_indices_or_sections to be of at most one dim and int64")
if given.dim() == 0:
    return torch.tensor_split(self, int(given), dim)
places = torch.jit.annotate(List[int], [])
for i in range(given.size(0)):
    places.append(int(given[i]))
return torch.tensor_split(self, places, dim)
""",
)
composite(
    "aotjit::resized(Tensor(a) self, int[] size, *, MemoryFormat? memory_format=None) -> Tensor(a)",
    """
if self.size() == size:
    return torch.as_strided(self, size, self.stride())
strides = [1] * len(size)
for i in range(len(size) - 1):
    at = len(size) - 2 - i
    strides[at] = strides[at + 1] * max(size[at + 1], 1)
return torch.as_strided(self, size, strides)
""",
    effects="view",
    doc="resize_: the storage is not made larger.",
)
composite("aten::unsafe_split_with_sizes(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]",
          "return torch.split_with_sizes(self, split_sizes, dim)")  # fmt: skip
composite(
    "aten::sum_to_size(Tensor self, SymInt[] size) -> Tensor",
    """
lead = self.dim() - len(size)
if lead < 0:
    raise RuntimeError("sum_to_size: size is not expandable to the tensor's size")
dims = torch.jit.annotate(List[int], [])
for i in range(self.dim()):
    wanted = 1 if i < lead else size[i - lead]
    if wanted != self.size(i):
        if wanted != 1:
            raise RuntimeError("sum_to_size: size is not expandable to the tensor's size")
        dims.append(i)
    elif i < lead:
        dims.append(i)
result = torch.sum(self, dims, True, dtype=self.dtype) if len(dims) > 0 else self
return result.view(size)
""",
)

# -- tensors without values -------------------------------------------------------------------------------------------

_OPTIONS = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"
_STORAGE = """
if len(size) != len(stride):
    raise RuntimeError("mismatch in length of strides and shape")
last = 0
for i in range(len(size)):
    if size[i] < 0 or stride[i] < 0:
        raise RuntimeError("sizes and strides must not be negative")
    last += (size[i] - 1) * stride[i]
for n in size:
    if n == 0:
        last = -1
return torch.as_strided({empty}, size, stride)
"""
composite(f"aten::empty_strided(SymInt[] size, SymInt[] stride, *, {_OPTIONS}) -> Tensor",
          _STORAGE.format(empty="torch.empty([last + 1], dtype=dtype)"))  # fmt: skip
composite(f"aten::new_empty_strided(Tensor self, SymInt[] size, SymInt[] stride, *, {_OPTIONS}) -> Tensor",
          _STORAGE.format(empty="self.new_empty([last + 1], dtype=dtype)"))  # fmt: skip
