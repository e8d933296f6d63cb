"""Linear systems, inverses, determinants and factors of small matrices, batched: column by column on whole batches.

Gaussian elimination picks the column's largest element as the pivot; QR is Householder's.
"""

from __future__ import annotations

from aotjit.ops.declare import composite

_SQUARE = """
if {a}.dim() < 2 or {a}.size(-1) != {a}.size(-2):
    raise RuntimeError("{name}: A must be batches of square matrices")
if {a}.dtype != torch.float32 and {a}.dtype != torch.float64:
    raise RuntimeError("{name}: expected a tensor of float32 or float64")
"""
composite(
    "aotjit::eliminated(Tensor a, Tensor b) -> (Tensor, Tensor)",
    """
n, width = a.size(-1), a.size(-1) + b.size(-1)
x = torch.cat([a, b], -1).reshape([-1, n, width]).contiguous()
swaps = torch.zeros([x.size(0)], dtype=torch.int64)
for k in range(n):
    place = torch.argmax(torch.abs(x[:, k:, k]), 1) + k
    swaps = swaps + (place != k).to(torch.int64)
    at = place.reshape([-1, 1, 1]).expand([-1, 1, width])
    chosen = torch.gather(x, 1, at)
    x = x.scatter(1, at, x[:, k:k + 1].contiguous())
    x[:, k:k + 1] = chosen
    if k + 1 < n:
        pivot = chosen[:, :, k:k + 1]
        factor = x[:, k + 1:, k:k + 1] / torch.where(pivot == 0.0, 1.0, pivot)
        x[:, k + 1:] = x[:, k + 1:] - factor * chosen
        x[:, k + 1:, k] = 0.0
sign = 1.0 - 2.0 * (swaps % 2).to(x.dtype)
return x, sign
""",
    doc="[A B] with A's rows made upper triangular, as one batch; and the sign of the exchanges of rows.",
)
_SOLVE = """
if bool(torch.any(torch.diagonal(x, 0, 1, 2) == 0.0)):
    raise RuntimeError("{name}: The solver failed because the input matrix is singular.")
result = torch.zeros_like(x[:, :, n:])
for i in range(n):
    k = n - 1 - i
    known = x[:, k:k + 1, k + 1:n] @ result[:, k + 1:]
    result[:, k:k + 1] = (x[:, k:k + 1, n:] - known) / x[:, k:k + 1, k:k + 1]
"""
for _name, _a in (("linalg_inv", "A"), ("inverse", "self")):
    composite(
        f"aten::{_name}(Tensor {_a}) -> Tensor",
        _SQUARE.format(a=_a, name="linalg.inv")
        + f"n = {_a}.size(-1)\n"
        + f"x, sign = torch.eliminated({_a}, torch.eye(n, dtype={_a}.dtype).expand({_a}.size()))\n"
        + _SOLVE.format(name="linalg.inv")
        + f"return result.reshape({_a}.size())",
    )
composite(
    "aten::linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor",
    _SQUARE.format(a="A", name="linalg.solve")
    + """
if A.dtype != B.dtype:
    raise RuntimeError("linalg.solve: Expected A and B to have the same dtype")
vector = B.dim() == 1 or (A.dim() - 1 == B.dim() and B.size() == A.size()[:-1])
if vector and not left:
    raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False")
n = A.size(-1)
right = B.unsqueeze(-1) if vector else B if left else B.transpose(-2, -1)
matrix = A if left else A.transpose(-2, -1)
if right.size(-2) != n:
    raise RuntimeError("linalg.solve: Incompatible shapes of A and B for the equation")
lead = torch.broadcast_shapes(matrix.size()[:-2], right.size()[:-2])
x, sign = torch.eliminated(matrix.expand(lead + [n, n]), right.expand(lead + [n, right.size(-1)]))
"""
    + _SOLVE.format(name="linalg.solve")
    + """
result = result.reshape(lead + [n, right.size(-1)])
if vector:
    return result.squeeze(-1)
return result if left else result.transpose(-2, -1)
""",
)
for _name, _a in (("linalg_det", "A"), ("det", "self")):
    composite(
        f"aten::{_name}(Tensor {_a}) -> Tensor",
        _SQUARE.format(a=_a, name="linalg.det")
        + f"x, sign = torch.eliminated({_a}, {_a}[..., :0])\n"
        + f"return (sign * torch.prod(torch.diagonal(x, 0, 1, 2), 1)).reshape({_a}.size()[:-2])",
    )
for _name, _a in (("linalg_slogdet", "A"), ("slogdet", "self")):
    _first = "sign, Tensor logabsdet"
    composite(
        f"aten::{_name}(Tensor {_a}) -> (Tensor {_first})",
        _SQUARE.format(a=_a, name="linalg.slogdet")
        + f"x, sign_ = torch.eliminated({_a}, {_a}[..., :0])\n"
        + "d = torch.diagonal(x, 0, 1, 2)\n"
        + f"return ((sign_ * torch.prod(torch.sign(d), 1)).reshape({_a}.size()[:-2]),\n"
        + f"        torch.sum(torch.log(torch.abs(d)), [1]).reshape({_a}.size()[:-2]))",
    )
composite(
    "aten::logdet(Tensor self) -> Tensor",
    "sign, size = torch.linalg_slogdet(self)\nreturn torch.where(sign < 0.0, math.nan, size)",
)
for _name in ("linalg_cholesky", "cholesky"):
    _star = "*, " if _name == "linalg_cholesky" else ""
    composite(
        f"aten::{_name}(Tensor self, {_star}bool upper=False) -> Tensor",
        _SQUARE.format(a="self", name="linalg.cholesky")
        + """
n = self.size(-1)
x = (self.transpose(-2, -1) if upper else self).reshape([-1, n, n])
result = torch.zeros_like(x).contiguous()
for k in range(n):
    row = result[:, k:k + 1, :k]
    square = x[:, k:k + 1, k:k + 1] - torch.sum(row * row, [2], True)
    if bool(torch.any(~(square > 0.0))):
        raise RuntimeError("linalg.cholesky: The factorization could not be completed because the input is not "
                           "positive-definite")
    root = torch.sqrt(square)
    result[:, k:k + 1, k:k + 1] = root
    if k + 1 < n:
        below = x[:, k + 1:, k:k + 1] - result[:, k + 1:, :k] @ row.transpose(1, 2)
        result[:, k + 1:, k:k + 1] = below / root
result = result.reshape(self.size())
return result.transpose(-2, -1) if upper else result
""",
    )
composite(
    "aten::linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> "
    "Tensor",
    _SQUARE.format(a="self", name="linalg.solve_triangular")
    + """
if B.dim() < 2 or self.dtype != B.dtype:
    raise RuntimeError("linalg.solve_triangular: B must be batches of matrices of A's element type")
matrix = self if left else self.transpose(-2, -1)
right = B if left else B.transpose(-2, -1)
backward = upper if left else not upper
n = matrix.size(-1)
if right.size(-2) != n:
    raise RuntimeError("linalg.solve_triangular: Incompatible shapes of A and B for the equation")
lead = torch.broadcast_shapes(matrix.size()[:-2], right.size()[:-2])
a = matrix.expand(lead + [n, n]).reshape([-1, n, n])
b = right.expand(lead + [n, right.size(-1)]).reshape([-1, n, right.size(-1)])
result = torch.zeros_like(b).contiguous()
for i in range(n):
    k = n - 1 - i if backward else i
    low, high = k + 1 if backward else 0, n if backward else k
    row = b[:, k:k + 1] - a[:, k:k + 1, low:high] @ result[:, low:high]
    result[:, k:k + 1] = row if unitriangular else row / a[:, k:k + 1, k:k + 1]
result = result.reshape(lead + [n, right.size(-1)])
return result if left else result.transpose(-2, -1)
""",
)
composite(
    "aten::cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor",
    """
lower = input2.transpose(-2, -1) if upper else input2
half = torch.linalg_solve_triangular(lower, self, upper=False)
return torch.linalg_solve_triangular(lower.transpose(-2, -1), half, upper=True)
""",
)
composite(
    "aten::cholesky_inverse(Tensor self, bool upper=False) -> Tensor",
    "return torch.cholesky_solve(torch.eye(self.size(-1), dtype=self.dtype).expand(self.size()), self, upper)",
)
composite(
    "aten::linalg_multi_dot(Tensor[] tensors) -> Tensor",
    """
if len(tensors) < 2:
    raise RuntimeError("multi_dot(): expected at least 2 tensors")
result = tensors[-1]
for i in range(1, len(tensors)):
    result = torch.matmul(tensors[len(tensors) - 1 - i], result)
return result
""",
)
for _name in ("linalg_matrix_power", "matrix_power"):
    composite(
        f"aten::{_name}(Tensor self, int n) -> Tensor",
        _SQUARE.format(a="self", name="linalg.matrix_power")
        + """
power = torch.linalg_inv(self) if n < 0 else self
rest = abs(n)
result = torch.eye(self.size(-1), dtype=self.dtype).expand(self.size()).contiguous()
while rest > 0:
    if rest % 2 == 1:
        result = torch.matmul(result, power)
    rest = rest // 2
    if rest > 0:
        power = torch.matmul(power, power)
return result
""",
    )
composite(
    'aten::linalg_qr(Tensor A, str mode="reduced") -> (Tensor Q, Tensor R)',
    """
if A.dim() < 2 or (A.dtype != torch.float32 and A.dtype != torch.float64):
    raise RuntimeError("linalg.qr: A must be batches of matrices of float32 or float64")
if mode != "reduced" and mode != "complete" and mode != "r":
    raise RuntimeError("qr received unrecognized mode '" + mode + "' but expected one of 'reduced' (default), 'r', or "
                       "'complete'")
m, n = A.size(-2), A.size(-1)
x = A.reshape([-1, m, n]).clone()
rows = m if mode == "complete" else min(m, n)
q = torch.eye(m, dtype=A.dtype).expand([x.size(0), m, m]).contiguous()
for k in range(min(m - 1, n)):
    column = x[:, k:, k:k + 1]
    first = column[:, :1]
    rest = torch.sum(column[:, 1:] * column[:, 1:], [1], True)
    length = torch.sqrt(first * first + rest)
    target = torch.where(first < 0.0, length, -length)
    flat = rest == 0.0
    scale = torch.where(flat, 1.0, first - target)
    v = column / scale
    v[:, :1] = 1.0
    tau = torch.where(flat, 0.0, (target - first) / torch.where(target == 0.0, 1.0, target))
    x[:, k:] = x[:, k:] - tau * v * (v.transpose(1, 2) @ x[:, k:])
    q[:, :, k:] = q[:, :, k:] - tau * (q[:, :, k:] @ v) * v.transpose(1, 2)
r = torch.triu(x[:, :rows]).reshape(A.size()[:-2] + [rows, n])
if mode == "r":
    return torch.zeros([0], dtype=A.dtype), r
return q[:, :, :rows].reshape(A.size()[:-2] + [m, rows]), r
""",
)
