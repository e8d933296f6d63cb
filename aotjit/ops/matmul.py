"""Products of matrices and vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aotjit.dtypes import DType
from aotjit.ops import bounds
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator, pointwise
from aotjit.ops.infer import Dims, dims_text, dtype_of, fresh, tensor
from aotjit.ops.numeric import Array, cast, compute_dtype, element_dtype
from aotjit.ops.opdef import Arguments, Build, Composite, Contraction, Element, Infer, Rewrite, Tolerance
from aotjit.types import Dim, Type

PRODUCT = Tolerance({"f32": (1e-4, 1e-5), "f64": (1e-12, 1e-10)})
"""Sums of products in float32, in whatever order: the error grows with the number of terms."""


def check_dtypes(args: Arguments, *names: str) -> DType:
    """The one element type of all the operands."""
    dtypes = [dtype_of(args, n) for n in names]
    if len(set(dtypes)) > 1:
        raise args.error(f"the operands' element types differ: {', '.join(map(str, dtypes))}", "convert one of them")
    if dtypes[0] is DType.BOOL:
        raise args.error("not defined for bool tensors", "convert them first")
    return dtypes[0]


def check_rank(args: Arguments, name: str, rank: int) -> tuple[Dim, ...]:
    """The dims of an operand that must have this rank."""
    dims = tensor(args.type(name)).dims
    if dims is None:
        return (None,) * rank
    if len(dims) != rank:
        raise args.error(f"'{name}' must have rank {rank}, found {dims_text(dims)}")
    return dims


def meet(args: Arguments, a: Dim, b: Dim, what: str) -> Dim:
    """One dim from two that must be equal."""
    if isinstance(a, int) and isinstance(b, int) and a != b:
        raise args.error(f"{what} do not match: {a} and {b}")
    return a if isinstance(a, int) or b is None else b


def _product(rank: int, a_name: str, b_name: str) -> Infer:
    def rule(args: Arguments) -> Sequence[Type]:
        dtype = check_dtypes(args, a_name, b_name)
        a, b = check_rank(args, a_name, rank), check_rank(args, b_name, rank)
        meet(args, a[-1], b[-2], f"the inner dims of {dims_text(a)} and {dims_text(b)}")
        batch = tuple(meet(args, x, y, "the batch dims") for x, y in zip(a[:-2], b[:-2], strict=True))
        return fresh(dtype, (*batch, a[-2], b[-1]))

    return rule


def matmul(a: Array, b: Array) -> Array:
    """numpy's product, floats summed in float64 and rounded once."""
    if element_dtype(a) is not element_dtype(b):
        raise RuntimeError("expected m1 and m2 to have the same dtype")
    if (a.shape[-1] if a.ndim else None) != (b.shape[-2] if b.ndim > 1 else b.shape[-1] if b.ndim else 0):
        raise RuntimeError(f"shapes cannot be multiplied ({a.shape} and {b.shape})")
    wide = np.float64 if a.dtype.kind == "f" else a.dtype
    with np.errstate(all="ignore"):
        return np.asarray(np.matmul(a.astype(wide), b.astype(wide))).astype(a.dtype)


def _ranked(rank: int) -> Any:
    def reference(a: Array, b: Array) -> Array:
        if a.ndim != rank or b.ndim != rank:
            raise RuntimeError(f"expected tensors of rank {rank}, found {a.shape} and {b.shape}")
        return matmul(a, b)

    return reference


operator("aten::mm(Tensor self, Tensor mat2) -> Tensor", infer=_product(2, "self", "mat2"), reference=_ranked(2),
         shapes="self:t[m k], mat2:t[k n] -> :t[m n]", lowering=Contraction())  # fmt: skip
operator("aten::bmm(Tensor self, Tensor mat2) -> Tensor", infer=_product(3, "self", "mat2"), reference=_ranked(3),
         shapes="self:t[b m k], mat2:t[b k n] -> :t[b m n]", lowering=Contraction())  # fmt: skip


def _mv(args: Arguments) -> Sequence[Type]:
    dtype = check_dtypes(args, "self", "vec")
    a, v = check_rank(args, "self", 2), check_rank(args, "vec", 1)
    meet(args, a[1], v[0], "the sizes of the matrix's rows and the vector")
    return fresh(dtype, (a[0],))


def _dot(args: Arguments) -> Sequence[Type]:
    dtype = check_dtypes(args, "self", "tensor")
    meet(args, check_rank(args, "self", 1)[0], check_rank(args, "tensor", 1)[0], "the vectors' sizes")
    return fresh(dtype, ())


operator(
    "aten::mv(Tensor self, Tensor vec) -> Tensor",
    infer=_mv,
    reference=matmul,
    shapes="self:t[m k], vec:t[k] -> :t[m]",
    lowering=Composite("""
def mv(self: Tensor, vec: Tensor) -> Tensor:
    return torch.mm(self, vec.unsqueeze(1)).squeeze(1)
"""),
)
operator(
    "aten::dot(Tensor self, Tensor tensor) -> Tensor",
    infer=_dot,
    reference=matmul,
    shapes="self:t[k], tensor:t[k] -> :t[]",
    lowering=Composite("""
def dot(self: Tensor, tensor: Tensor) -> Tensor:
    if self.dim() != 1 or tensor.dim() != 1:
        raise RuntimeError("dot: both tensors must have one dim")
    if self.size(0) != tensor.size(0):
        raise RuntimeError("dot: the tensors must have the same number of elements")
    return torch.sum(self * tensor, dtype=self.dtype)
"""),
)


def _matmul(args: Arguments) -> Sequence[Type]:
    dtype = check_dtypes(args, "self", "other")
    a, b = tensor(args.type("self")).dims, tensor(args.type("other")).dims
    if a is None or b is None:
        return fresh(dtype, None)
    if not a or not b:
        raise args.error("both tensors must have at least one dim")
    meet(args, a[-1], b[-2] if len(b) > 1 else b[0], f"the inner dims of {dims_text(a)} and {dims_text(b)}")
    tail: tuple[Dim, ...] = (a[-2:-1] if len(a) > 1 else ()) + (b[-1:] if len(b) > 1 else ())
    rank = max(len(a), len(b)) - 2
    lead: Dims = (a if len(a) >= len(b) else b)[: max(rank, 0)] if min(len(a), len(b)) <= 2 else (None,) * rank
    return fresh(dtype, (*(lead or ()), *tail))


operator(
    "aten::matmul(Tensor self, Tensor other) -> Tensor",
    infer=_matmul,
    reference=matmul,
    shapes="self:t[... k], other:t[k n] -> :t[... n]; self:t[... k], other:t[k] -> :t[...]; "
    "self:t[k], other:t[... k n] -> :t[... n]; self:t[... m k], other:t[... k n] -> :t[... m n]",
    tolerance=PRODUCT,
    lowering=Composite("""
def matmul(self: Tensor, other: Tensor) -> Tensor:
    m = self.dim()
    n = other.dim()
    if m == 0 or n == 0:
        raise RuntimeError("matmul: both tensors must have at least one dim")
    if n == 2:
        rows = self
        if m == 1:
            rows = self.unsqueeze(0)
        elif m > 2:
            rows = self.flatten(0, -2)
        product = torch.mm(rows, other)
        if m == 1:
            return product.squeeze(0)
        if m > 2:
            return product.reshape(self.size()[:-1] + [other.size(1)])
        return product
    if n == 1:
        if m == 1:
            return torch.dot(self, other)
        if m == 2:
            return torch.mv(self, other)
        return torch.mv(self.flatten(0, -2), other).reshape(self.size()[:-1])
    left = self.unsqueeze(0) if m == 1 else self
    a_lead = left.size()[:-2]
    b_lead = other.size()[:-2]
    if m > 2 and a_lead == b_lead:
        each = torch.bmm(left.flatten(0, -3), other.flatten(0, -3))
        return each.reshape(a_lead + [left.size(-2), other.size(-1)])
    lead = torch.broadcast_shapes(a_lead, b_lead)
    a = left.expand(lead + [left.size(-2), left.size(-1)]).flatten(0, -3)
    b = other.expand(lead + [other.size(-2), other.size(-1)]).flatten(0, -3)
    result = torch.bmm(a, b).reshape(lead + [left.size(-2), other.size(-1)])
    if m == 1:
        return result.squeeze(-2)
    return result
"""),
)


def _linear(args: Arguments) -> Sequence[Type]:
    dtype = check_dtypes(args, "input", "weight")
    x, w = tensor(args.type("input")).dims, check_rank(args, "weight", 2)
    if x is None:
        return fresh(dtype, None)
    if not x:
        raise args.error("'input' must have at least one dim")
    meet(args, x[-1], w[1], "the last dim of the input and the weight's columns")
    return fresh(dtype, (*x[:-1], w[0]))


def linear(x: Array, weight: Array, bias: Array | None) -> Array:
    product = matmul(x, weight.T)
    return product if bias is None else product + bias


operator(
    "aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
    infer=_linear,
    reference=linear,
    shapes="input:t[... k], weight:t[n k], bias:t -> :t[... n]",
    tolerance=PRODUCT,
    lowering=Composite("""
def linear(input: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    rank = input.dim()
    rows = input
    if rank == 0:
        raise RuntimeError("linear: the input must have at least one dim")
    if rank == 1:
        rows = input.unsqueeze(0)
    elif rank > 2:
        rows = input.flatten(0, -2)
    result = torch.mm(rows, weight.t())
    if bias is not None:
        result = result + bias
    if rank == 1:
        return result.squeeze(0)
    if rank > 2:
        return result.reshape(input.size()[:-1] + [weight.size(0)])
    return result
"""),
)


def _addmm(args: Arguments) -> Sequence[Type]:
    dtype = check_dtypes(args, "self", "mat1", "mat2")
    a, b = check_rank(args, "mat1", 2), check_rank(args, "mat2", 2)
    meet(args, a[1], b[0], f"the inner dims of {dims_text(a)} and {dims_text(b)}")
    return fresh(dtype, (a[0], b[1]))


for _name, _rule in (("scaled", bounds.element), ("scaled_computed", bounds.computed)):
    pointwise(
        f"{_name}(Tensor self, Scalar factor)",
        body=lambda b, x, factor: b.select(b.compare("eq", factor, 0), 0, x * factor),
        reference=lambda x, factor: np.where(factor == 0, x.dtype.type(0), x * factor),
        promotes=("self",),
        converts=True,
        fits={"factor": _rule},
        namespace="aotjit",
        on_complex=True,
        inplace=False,
        doc="In the tensor's own element type; zero times NaN is zero, as in BLAS.",
    )


def added_product(x: Array, a: Array, b: Array, beta: bounds.Number, alpha: bounds.Number) -> Array:
    """beta * x + alpha * (a @ b), of matrices or batches of them."""
    dtype = compute_dtype(element_dtype(x))
    factors = [cast(bounds.fitting(n, dtype), dtype) for n in (beta, alpha)]
    with np.errstate(all="ignore"):
        product = matmul(a, b) * factors[1]
        whole = product if factors[0] == 0 else x * factors[0] + product
        return np.broadcast_to(whole, product.shape).astype(x.dtype)


def build_added_product(multiply: str) -> Callable[..., Any]:
    """A rewrite to `multiply` ("mm" or "bmm") and what is added."""

    def build(emit: Any, **given: Any) -> Any:
        self, a, b, beta, alpha = given.values()
        (product,) = emit.aten(multiply, a, b)
        if emit.constant_of(alpha) != 1:
            (product,) = emit.aten("aotjit::scaled_computed", product, alpha)
        if emit.constant_of(beta) == 0:
            return [product]
        dtype = compute_dtype(emit.dtype)
        if emit.constant_of(beta) == 1 or dtype.is_complex:
            return emit.aten("add.Tensor", product, self, beta)
        return [emit.generic([product, self], emit.result_types[0], _sum_of(dtype), [emit.fitting(beta, dtype)])]

    return build


def _sum_of(dtype: DType) -> Callable[..., Element]:
    """A kernel that adds beta times what `self` holds, which nobody looks at where beta is 0."""

    def body(b: Build, product: Element, x: Element, beta: Element) -> Element:
        product, x, beta = (b.convert(v, dtype) for v in (product, x, beta))
        return b.select(b.compare("eq", beta, 0), product, x * beta + product)

    return body


operator(
    "aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    infer=_addmm,
    reference=added_product,
    shapes="self:t, mat1:t[m k], mat2:t[k n] -> :t[m n]",
    tolerance=PRODUCT,
    lowering=Rewrite(build_added_product("mm")),
)
