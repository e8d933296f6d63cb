"""Norms of vectors and matrices, condition numbers, the exponential of a matrix."""

from __future__ import annotations

from aotjit.ops.declare import composite

composite(
    "aten::linalg_matrix_norm(Tensor self, Scalar ord, int[] dim=[-2, -1], bool keepdim=False, *, "
    "ScalarType? dtype=None) -> Tensor",
    """
x = self
if dtype is not None:
    x = self.to(dtype)
if x.dim() < 2 or len(dim) != 2:
    raise RuntimeError("linalg.matrix_norm: The input tensor must have at least 2 dimensions, and dim be two of them")
rows, columns, p = dim[0] % x.dim(), dim[1] % x.dim(), float(ord)
if rows == columns:
    raise RuntimeError("linalg.matrix_norm: dims must be different")
if abs(p) == 2.0:
    values = torch.linalg.svdvals(x.movedim([rows, columns], [-2, -1]))
    result = torch.amax(values, [-1]) if p > 0.0 else torch.amin(values, [-1])
    return result.unsqueeze(min(rows, columns)).unsqueeze(max(rows, columns)) if keepdim else result
if abs(p) != 1.0 and abs(p) != math.inf:
    raise RuntimeError("linalg.matrix_norm: Order is not supported")
first, second = (rows, columns) if abs(p) == 1.0 else (columns, rows)
sums = torch.sum(torch.abs(x), [first], True)
result = torch.amax(sums, [second], True) if p > 0.0 else torch.amin(sums, [second], True)
return result if keepdim else result.squeeze(max(rows, columns)).squeeze(min(rows, columns))
""",
)
composite(
    'aten::linalg_matrix_norm.str_ord(Tensor self, str ord="fro", int[] dim=[-2, -1], bool keepdim=False, *, '
    "ScalarType? dtype=None) -> Tensor",
    """
if ord == "fro":
    return torch.linalg.vector_norm(self, 2, dim, keepdim, dtype=dtype)
if ord != "nuc":
    raise RuntimeError("linalg.matrix_norm: Order " + ord + " not supported")
x = self
if dtype is not None:
    x = self.to(dtype)
rows, columns = dim[0] % x.dim(), dim[1] % x.dim()
result = torch.sum(torch.linalg.svdvals(x.movedim([rows, columns], [-2, -1])), [-1])
return result.unsqueeze(min(rows, columns)).unsqueeze(max(rows, columns)) if keepdim else result
""",
)
composite(
    "aten::linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, "
    "ScalarType? dtype=None) -> Tensor",
    """
if ord is None:
    if dim is None:
        flat = torch.linalg.vector_norm(self.flatten(), 2, None, False, dtype=dtype)
        return flat.reshape([1] * self.dim()) if keepdim else flat
    return torch.linalg.vector_norm(self, 2, dim, keepdim, dtype=dtype)
if dim is not None:
    if len(dim) == 1:
        return torch.linalg.vector_norm(self, ord, dim, keepdim, dtype=dtype)
    if len(dim) != 2:
        raise RuntimeError("linalg.norm: If dim is specified, it must be of length 1 or 2.")
    return torch.linalg.matrix_norm(self, ord, dim, keepdim, dtype=dtype)
if self.dim() == 1:
    return torch.linalg.vector_norm(self, ord, [0], keepdim, dtype=dtype)
if self.dim() != 2:
    raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D.")
return torch.linalg.matrix_norm(self, ord, [0, 1], keepdim, dtype=dtype)
""",
)
composite(
    "aten::linalg_norm.ord_str(Tensor self, str ord, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) "
    "-> Tensor",
    """
if dim is None:
    if self.dim() != 2:
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D.")
    return torch.linalg.matrix_norm(self, ord, [0, 1], keepdim, dtype=dtype)
return torch.linalg.matrix_norm(self, ord, dim, keepdim, dtype=dtype)
""",
)
composite("aten::frobenius_norm.dim(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
          "return torch.linalg.vector_norm(self, 2, dim, keepdim)")  # fmt: skip
composite("aten::nuclear_norm(Tensor self, bool keepdim=False) -> Tensor",
          'return torch.linalg.matrix_norm(self, "nuc", [-2, -1], keepdim)')  # fmt: skip
composite("aten::nuclear_norm.dim(Tensor self, int[2] dim, bool keepdim=False) -> Tensor",
          'return torch.linalg.matrix_norm(self, "nuc", dim, keepdim)')  # fmt: skip
composite(
    "aten::norm_except_dim(Tensor v, int pow=2, int dim=0) -> Tensor",
    """
if dim == -1:
    return torch.norm(v, float(pow))
dims = torch.jit.annotate(List[int], [])
for i in range(v.dim()):
    if i != dim:
        dims.append(i)
return torch.norm(v, float(pow), dims, True)
""",
)
composite("aten::norm.ScalarOpt_dtype(Tensor self, Scalar? p, *, ScalarType dtype) -> Tensor",
          "return torch.norm(self.to(dtype), 2.0 if p is None else float(p))")  # fmt: skip
composite("aten::norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType dtype) -> "
          "Tensor", "return torch.norm(self.to(dtype), 2.0 if p is None else float(p), dim, keepdim)")  # fmt: skip
composite(
    'aotjit::norm.named(Tensor self, str p="fro", int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) '
    "-> Tensor",
    """
if p != "fro" and p != "nuc":
    raise RuntimeError("only valid string values are 'fro' and 'nuc', found " + p)
if p == "fro":
    if dim is None:
        flat = torch.linalg.vector_norm(self.flatten(), 2, None, False, dtype=dtype)
        return flat.reshape([1] * self.dim()) if keepdim else flat
    return torch.linalg.vector_norm(self, 2, dim, keepdim, dtype=dtype)
if dim is None:
    return torch.linalg.matrix_norm(self, "nuc", [-2, -1], keepdim, dtype=dtype)
return torch.linalg.matrix_norm(self, "nuc", dim, keepdim, dtype=dtype)
""",
    doc="torch.norm is a function of Python there; this is what it does with the name of a norm.",
)
composite(
    "aten::linalg_cond(Tensor self, Scalar? p=None) -> Tensor",
    """
order = 2.0 if p is None else float(p)
if abs(order) == 2.0:
    values = torch.linalg.svdvals(self)
    ratio = torch.amax(values, [-1]) / torch.amin(values, [-1])
    return ratio if order > 0.0 else 1.0 / ratio
return torch.linalg.matrix_norm(self, order) * torch.linalg.matrix_norm(torch.linalg.inv(self), order)
""",
)
composite("aten::linalg_cond.p_str(Tensor self, str p) -> Tensor",
          "return torch.linalg.matrix_norm(self, p) * torch.linalg.matrix_norm(torch.linalg.inv(self), p)")  # fmt: skip
for _name in ("linalg_matrix_exp", "matrix_exp"):
    composite(
        f"aten::{_name}(Tensor self) -> Tensor",
        """
if self.dim() < 2 or self.size(-1) != self.size(-2) or not self.is_floating_point():
    raise RuntimeError("linalg.matrix_exp: A must be batches of square matrices of floating point numbers")
n = self.size(-1)
if self.numel() == 0:
    return self.clone()
x = self.to(torch.float64)
largest = float(torch.amax(torch.sum(torch.abs(x), [-1])))
halved = 0
while largest > 0.5 and halved < 1100:
    largest = largest * 0.5
    halved += 1
x = x * math.pow(0.5, float(halved))
result = torch.eye(n, dtype=torch.float64) + x
term = x
for i in range(2, 19):
    term = term @ x / float(i)
    result = result + term
for i in range(halved):
    result = result @ result
return result.to(self.dtype)
""",
        doc="Taylor's series of the matrix halved until it is small, then squared as often.",
    )
composite(
    "aten::linalg_vander(Tensor x, *, SymInt? N=None) -> Tensor",
    """
count = x.size(-1)
if N is not None:
    count = N
if x.dim() == 0 or count < 1:
    raise RuntimeError("linalg.vander: expects a vector and N > 0")
if not x.is_floating_point():
    return torch.pow(x.to(torch.int64).unsqueeze(-1), torch.arange(count)).to(
        torch.int64 if x.dtype == torch.bool else x.dtype)
return torch.pow(x.unsqueeze(-1), torch.arange(count).to(x.dtype))
""",
)
composite("aten::linalg_diagonal(Tensor(a) A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor(a)",
          "return torch.diagonal(A, offset, dim1, dim2)", effects="view")  # fmt: skip
