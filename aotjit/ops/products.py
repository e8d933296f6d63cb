"""Products that matrix products express: written in the language."""

from __future__ import annotations

from aotjit.ops.declare import composite

composite("aten::addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
          "return torch.scaled(self, beta) + torch.scaled(torch.mv(mat, vec), alpha)")  # fmt: skip
composite("aten::addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
          "total = torch.sum(torch.bmm(batch1, batch2), [0], dtype=self.dtype)\n"
          "return torch.scaled_computed(self, beta) + torch.scaled_computed(total, alpha)")  # fmt: skip
composite("aten::addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
          "return torch.scaled(self, beta) + torch.scaled(torch.outer(vec1, vec2), alpha)")  # fmt: skip
composite("aten::ger(Tensor self, Tensor vec2) -> Tensor", "return torch.outer(self, vec2)")
composite("aten::chain_matmul(Tensor[] matrices) -> Tensor",
          "result = matrices[0]\nfor i in range(1, len(matrices)):\n    result = torch.mm(result, matrices[i])\n"
          "return result")  # fmt: skip
composite(
    "aten::bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor",
    """
a = input1.reshape([-1, input1.size(-1)])
b = input2.reshape([-1, input2.size(-1)])
flat = weight.permute([1, 0, 2]).reshape([weight.size(1), weight.size(0) * weight.size(2)])
rows = torch.mm(a, flat).reshape([a.size(0), weight.size(0), weight.size(2)])
result = torch.bmm(rows, b.unsqueeze(2)).squeeze(2).reshape(input1.size()[:-1] + [weight.size(0)])
if bias is not None:
    result = result + bias
return result
""",
)
composite(
    "aten::tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor",
    """
mine = torch.jit.annotate(List[int], [])
theirs = torch.jit.annotate(List[int], [])
shape = torch.jit.annotate(List[int], [])
a = torch.jit.annotate(List[int], [])
b = torch.jit.annotate(List[int], [])
inner = 1
for d in dims_self:
    a.append(d % self.dim())
    inner *= self.size(d)
for d in dims_other:
    b.append(d % other.dim())
for i in range(self.dim()):
    if i not in a:
        mine.append(i)
        shape.append(self.size(i))
for i in range(other.dim()):
    if i not in b:
        theirs.append(i)
        shape.append(other.size(i))
left = self.permute(mine + a).reshape([-1, inner])
right = other.permute(b + theirs).reshape([inner, -1])
return torch.mm(left, right).reshape(shape)
""",
)
# torch.functional.tensordot, which takes the dims of both as one argument.
composite(
    "aotjit::tensordot.last(Tensor a, Tensor b, int dims=2) -> Tensor",
    """
if dims < 0:
    raise RuntimeError("tensordot expects dims >= 0, but got dims=" + str(dims))
if dims > min(a.dim(), b.dim()):
    raise RuntimeError("tensordot expects dims < ndim_a or ndim_b, but got dims=" + str(dims))
last = [i - dims + a.dim() for i in range(dims)]
return torch.tensordot(a, b, last, [i for i in range(dims)])
""",
)
for _overload, _dims in (("lists", "int[][]"), ("pair", "(int[], int[])")):
    composite(f"aotjit::tensordot.{_overload}(Tensor a, Tensor b, {_dims} dims) -> Tensor",
              "return torch.tensordot(a, b, dims[0], dims[1])")  # fmt: skip
composite(
    "aten::cross(Tensor self, Tensor other, int? dim=None) -> Tensor",
    """
at = -1
if dim is not None:
    at = dim
else:
    for i in range(self.dim() - 1, -1, -1):
        if self.size(i) == 3:
            at = i
return torch.linalg_cross(self, other, dim=at)
""",
)
composite(
    "aten::linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor",
    """
if self.size(dim) != 3 or other.size(dim) != 3:
    raise RuntimeError("linalg.cross: inputs dimension must have length 3.")
a = self.roll([-1], [dim])
b = other.roll([-1], [dim])
return (self * b - a * other).roll([-1], [dim])
""",
)
composite(
    "aten::_grouped_mm(Tensor self, Tensor mat2, Tensor? offs=None, Tensor? bias=None, ScalarType? out_dtype=None) "
    "-> Tensor",
    """
if bias is not None:
    raise NotImplementedError("a grouped product with a bias")
kind = self.dtype if out_dtype is None else out_dtype
if offs is None:
    return torch.bmm(self, mat2).to(kind)
count = offs.size(0)
start = 0
if self.dim() == 2 and mat2.dim() == 3:
    rows = self.new_zeros([self.size(0), mat2.size(2)])
    for i in range(count):
        end = int(offs[i])
        rows[start:end] = torch.mm(self[start:end], mat2[i])
        start = end
    return rows.to(kind)
parts = torch.jit.annotate(List[Tensor], [])
for i in range(count):
    end = int(offs[i])
    if self.dim() == 3:
        parts.append(torch.mm(self[i], mat2[:, start:end]))
    else:
        parts.append(torch.mm(self[:, start:end], mat2[start:end]))
    start = end
return (torch.cat(parts, 1) if self.dim() == 3 else torch.stack(parts)).to(kind)
""",
)
composite(
    "aten::inner(Tensor self, Tensor other) -> Tensor",
    """
if self.dim() == 0 or other.dim() == 0:
    return self * other
if self.size(-1) != other.size(-1):
    raise RuntimeError("inner() the last dimension must match on both input tensors")
return torch.tensordot(self, other, [-1], [-1])
""",
)
composite("aten::vdot(Tensor self, Tensor other) -> Tensor", "return torch.dot(torch.conj(self), other)")
composite("aten::linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor",
          "return torch.sum(torch.conj(x) * y, [dim])")  # fmt: skip
