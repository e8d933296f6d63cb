"""Eigenvalues of symmetric matrices and singular values, batched, by Jacobi's rotations in double precision.

A rotation makes one pair of columns orthogonal (one element off the diagonal zero); sweeps over all pairs converge
quadratically (Golub and Van Loan, Matrix Computations, 8.5 and 8.6.3). Signs of vectors are what comes out.
"""

from __future__ import annotations

from aotjit.ops.declare import composite
from aotjit.ops.infer import same

_REAL = """
if {a}.dim() < 2 or ({a}.dtype != torch.float32 and {a}.dtype != torch.float64):
    raise RuntimeError("{name}: the input must be batches of matrices of float32 or float64")
"""
_ROTATION = """
            zeta = {difference} / (2.0 * torch.where(far, {product}, 1.0))
            t = torch.where(zeta < 0.0, -1.0, 1.0) / (torch.abs(zeta) + torch.sqrt(1.0 + zeta * zeta))
            c = torch.where(far, 1.0 / torch.sqrt(1.0 + t * t), 1.0)
            s = torch.where(far, c * t, 0.0)
"""
composite(
    "aotjit::rotated(Tensor(a!) x, Tensor c, Tensor s, int p, int q) -> Tensor(a!)",
    """
first, second = x[:, :, p:p + 1].clone(), x[:, :, q:q + 1].clone()
x[:, :, p:p + 1] = c * first - s * second
x[:, :, q:q + 1] = s * first + c * second
return x
""",
    infer=same("x"),
    doc="Turns two columns of each matrix by the angle of cosine c and sine s.",
)
composite(
    "aotjit::orthogonalised(Tensor a) -> (Tensor, Tensor)",
    """
n = a.size(-1)
x = a.reshape([-1, a.size(-2), n]).to(torch.float64).clone()
v = torch.eye(n, dtype=torch.float64).expand([x.size(0), n, n]).clone()
sweep, turned = 0, n > 1
while turned and sweep < 60:
    turned = False
    for p in range(n - 1):
        for q in range(p + 1, n):
            left, right = x[:, :, p:p + 1], x[:, :, q:q + 1]
            alpha, beta = torch.sum(left * left, [1], True), torch.sum(right * right, [1], True)
            gamma = torch.sum(left * right, [1], True)
            far = torch.abs(gamma) > 1e-15 * torch.sqrt(alpha * beta)
            if not bool(torch.any(far)):
                continue
            turned = True
"""
    + _ROTATION.format(difference="(beta - alpha)", product="gamma")
    + """
            torch.rotated(x, c, s, p, q)
            torch.rotated(v, c, s, p, q)
    sweep += 1
size = torch.sqrt(torch.sum(x * x, [1]))
order = torch.argsort(size, 1, True).unsqueeze(1)
return torch.gather(x, 2, order.expand(x.size())), torch.gather(v, 2, order.expand(v.size()))
""",
    doc="A V with orthogonal columns of decreasing length, and the V that makes them so.",
)
composite(
    "aotjit::singular(Tensor a, bool full) -> (Tensor, Tensor, Tensor)",
    """
tall = a.size(-2) >= a.size(-1)
x, v = torch.orthogonalised(a if tall else a.transpose(-2, -1))
sizes = torch.sqrt(torch.sum(x * x, [1]))
known = sizes > (sizes[:, :1] * 1e-300 if sizes.size(1) > 0 else sizes)
u = torch.where(known.unsqueeze(1), x / torch.where(known, sizes, 1.0).unsqueeze(1), 0.0)
if full or not bool(torch.all(known)):
    q, r = torch.linalg_qr(u, "complete" if full else "reduced")
    q[:, :, :u.size(2)] = torch.where(known.unsqueeze(1), u, q[:, :, :u.size(2)])
    u = q
lead = a.size()[:-2]
u = (u if tall else v).to(a.dtype), (v if tall else u).to(a.dtype)
return (u[0].reshape(lead + [u[0].size(1), u[0].size(2)]), sizes.to(a.dtype).reshape(lead + [sizes.size(1)]),
        u[1].transpose(1, 2).reshape(lead + [u[1].size(2), u[1].size(1)]))
""",
    doc="U, the singular values in decreasing order and V transposed; with `full` all columns of both.",
)
composite(
    "aotjit::symmetric(Tensor a, str UPLO) -> (Tensor, Tensor)",
    """
if a.size(-1) != a.size(-2):
    raise RuntimeError("linalg.eigh: A must be batches of square matrices")
n = a.size(-1)
x = a.reshape([-1, n, n]).to(torch.float64)
if UPLO == "L" or UPLO == "l":
    x = torch.tril(x) + torch.tril(x, -1).transpose(1, 2)
elif UPLO == "U" or UPLO == "u":
    x = torch.triu(x) + torch.triu(x, 1).transpose(1, 2)
else:
    raise RuntimeError("Expected UPLO argument to be 'L' or 'U', but got " + UPLO)
v = torch.eye(n, dtype=torch.float64).expand([x.size(0), n, n]).clone()
least = torch.sqrt(torch.sum(x * x, [1, 2], True)) * 1e-18
sweep, turned = 0, n > 1
while turned and sweep < 60:
    turned = False
    for p in range(n - 1):
        for q in range(p + 1, n):
            off = x[:, p:p + 1, q:q + 1].clone()
            far = torch.abs(off) > least
            if not bool(torch.any(far)):
                continue
            turned = True
"""
    + _ROTATION.format(difference="(x[:, q:q + 1, q:q + 1] - x[:, p:p + 1, p:p + 1])", product="off")
    + """
            torch.rotated(x, c, s, p, q)
            torch.rotated(x.transpose(1, 2), c, s, p, q)
            torch.rotated(v, c, s, p, q)
    sweep += 1
values, order = torch.sort(torch.diagonal(x, 0, 1, 2), 1)
v = torch.gather(v, 2, order.unsqueeze(1).expand(v.size()))
return values.to(a.dtype).reshape(a.size()[:-1]), v.to(a.dtype).reshape(a.size())
""",
    doc="Eigenvalues in increasing order and eigenvectors.",
)

# -- torch's names ----------------------------------------------------------------------------------------------------

composite('aten::linalg_eigh(Tensor self, str UPLO="L") -> (Tensor eigenvalues, Tensor eigenvectors)',
          _REAL.format(a="self", name="linalg.eigh") + "return torch.symmetric(self, UPLO)")  # fmt: skip
composite('aten::linalg_eigvalsh(Tensor self, str UPLO="L") -> Tensor',
          _REAL.format(a="self", name="linalg.eigvalsh")
          + "values, vectors = torch.symmetric(self, UPLO)\nreturn values")  # fmt: skip
composite(
    "aten::linalg_svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)",
    _REAL.format(a="A", name="linalg.svd") + "return torch.singular(A, full_matrices)",
)
composite(
    "aten::linalg_svdvals(Tensor A, *, str? driver=None) -> Tensor",
    _REAL.format(a="A", name="linalg.svdvals") + "u, values, v = torch.singular(A, False)\nreturn values",
)
composite(
    "aten::svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)",
    _REAL.format(a="self", name="svd")
    + """
u, values, v = torch.singular(self, compute_uv and not some)
if not compute_uv:
    m, n, lead = self.size(-2), self.size(-1), self.size()[:-2]
    return (torch.zeros(lead + [m, m], dtype=self.dtype), values, torch.zeros(lead + [n, n], dtype=self.dtype))
return u, values, v.transpose(-2, -1)
""",
)
_EPSILON = "(1.1920928955078125e-07 if {a}.dtype == torch.float32 else 2.220446049250313e-16)"
composite(
    "aotjit::tolerated(Tensor a, Tensor values, float? atol, float? rtol) -> Tensor",
    f"""
absolute = 0.0 if atol is None else atol
relative = float(max(a.size(-1), a.size(-2))) * {_EPSILON.format(a="a")} if atol is None or absolute == 0.0 else 0.0
if rtol is not None:
    relative = rtol
return torch.clamp(torch.amax(values, [-1], True) * relative, min=absolute)
""",
    doc="What a singular value is compared with: the larger of the absolute and the relative tolerance.",
)
composite(
    "aten::linalg_pinv.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> "
    "Tensor",
    _REAL.format(a="self", name="linalg.pinv")
    + """
if self.numel() == 0:
    return torch.zeros(self.size()[:-2] + [self.size(-1), self.size(-2)], dtype=self.dtype)
matrix = torch.tril(self) + torch.tril(self, -1).transpose(-2, -1) if hermitian else self
u, values, v = torch.singular(matrix, False)
kept = values > torch.tolerated(matrix, values, atol, rtol)
inverse = torch.where(kept, 1.0 / torch.where(kept, values, 1.0), 0.0)
return (v.transpose(-2, -1) * inverse.unsqueeze(-2)) @ u.transpose(-2, -1)
""",
)
composite("aten::linalg_pinv(Tensor self, float rcond, bool hermitian=False) -> Tensor",
          "return torch.linalg.pinv(self, atol=0.0, rtol=rcond, hermitian=hermitian)")  # fmt: skip
composite("aten::pinverse(Tensor self, float rcond=1.0000000000000001e-15) -> Tensor",
          "return torch.linalg.pinv(self, rcond)")  # fmt: skip
composite(
    "aten::linalg_matrix_rank.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, "
    "bool hermitian=False) -> Tensor",
    _REAL.format(a="self", name="linalg.matrix_rank")
    + """
if self.numel() == 0:
    return torch.zeros(self.size()[:-2], dtype=torch.int64)
matrix = torch.tril(self) + torch.tril(self, -1).transpose(-2, -1) if hermitian else self
u, values, v = torch.singular(matrix, False)
return torch.sum((values > torch.tolerated(matrix, values, atol, rtol)).to(torch.int64), [-1])
""",
)
composite("aten::linalg_matrix_rank(Tensor self, float tol, bool hermitian=False) -> Tensor",
          "return torch.linalg.matrix_rank(self, atol=tol, rtol=0.0, hermitian=hermitian)")  # fmt: skip
composite(
    "aten::linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None) -> "
    "(Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)",
    _REAL.format(a="self", name="linalg.lstsq")
    + """
if b.dtype != self.dtype:
    raise RuntimeError("torch.linalg.lstsq: Expected input and other to have the same dtype")
vector = self.dim() - 1 == b.dim() and b.size() == self.size()[:-1]
right = b.unsqueeze(-1) if vector else b
m, n = self.size(-2), self.size(-1)
u, values, v = torch.singular(self, False)
kept = values > torch.tolerated(self, values, None, rcond)
rank = torch.sum(kept.to(torch.int64), [-1])
inverse = torch.where(kept, 1.0 / torch.where(kept, values, 1.0), 0.0)
solution = v.transpose(-2, -1) @ (inverse.unsqueeze(-1) * (u.transpose(-2, -1) @ right))
residuals = torch.zeros([0], dtype=self.dtype)
if driver is not None and driver != "gelsy" and m > n and bool(torch.all(rank == n)):
    rest = self @ solution - right
    residuals = torch.sum(rest * rest, [-2])
by_values = driver is not None and (driver == "gelsd" or driver == "gelss")
return (solution.squeeze(-1) if vector else solution, residuals,
        torch.zeros([0], dtype=torch.int64) if driver is not None and driver == "gels" else rank,
        values if by_values else torch.zeros([0], dtype=self.dtype))
""",
)
