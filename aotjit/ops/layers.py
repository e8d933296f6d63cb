"""Whole layers of networks as operators: normalisation with statistics, attention, gates. Written in the language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aotjit.dtypes import DEFAULT_DTYPE
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import dtype_of, fresh, like, reduced_dims, tensor, wrap
from aotjit.ops.matmul import PRODUCT, added_product, build_added_product, check_dtypes, check_rank, meet
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments, Composite, Rewrite
from aotjit.ops.reduction import dims_of
from aotjit.types import Type

# -- normalisation ----------------------------------------------------------------------------------------------------


def _channels(x: Array, v: Array) -> Array:
    """A vector over dim 1 of `x`."""
    return v.reshape((1, -1) + (1,) * (x.ndim - 2))


def batch_norm(x: Array, weight: Array | None, bias: Array | None, mean: Array, var: Array, training: bool,
               momentum: float, eps: float, *rest: object) -> Array:  # fmt: skip
    if training:
        raise NotImplementedError("batch_norm in training mode")
    y = (x.astype(np.float64) - _channels(x, mean)) / np.sqrt(_channels(x, var) + eps)
    y = y if weight is None else y * _channels(x, weight)
    return np.array((y if bias is None else y + _channels(x, bias)).astype(x.dtype), order="C")


operator(
    "aten::batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
    "bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor",
    infer=like("input"),
    reference=batch_norm,
    lowering=Composite(
        """
def batch_norm(input: Tensor, weight: Optional[Tensor], bias: Optional[Tensor], running_mean: Optional[Tensor],
               running_var: Optional[Tensor], training: bool, momentum: float, eps: float) -> Tensor:
    if training:
        return torch._batch_norm_of_batch(input, weight, bias, running_mean, running_var, momentum, eps)
    if running_mean is None or running_var is None:
        return torch._batch_norm_of_batch(input, weight, bias, None, None, momentum, eps)
    shape = [1] * input.dim()
    shape[1] = input.size(1)
    scale = torch.rsqrt(running_var + eps)
    if weight is not None:
        scale = scale * weight
    shift = -running_mean * scale
    if bias is not None:
        shift = shift + bias
    return input * scale.reshape(shape) + shift.reshape(shape)
""",
        drop=("cudnn_enabled",),
    ),
)


composite(
    "aotjit::_batch_norm_of_batch(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, "
    "Tensor? running_var, float momentum, float eps) -> Tensor",
    """
channels = input.size(1)
if input.numel() == 0:
    return input.clone()
count = input.numel() // max(channels, 1)
if count == 1:
    raise ValueError("Expected more than 1 value per channel when training, got input size " + str(input.size()))
shape = [1] * input.dim()
shape[1] = channels
dims = [0]
for i in range(2, input.dim()):
    dims.append(i)
mean = torch.sum(input, dims) / float(count)
centred = input - mean.reshape(shape)
var = torch.sum(centred * centred, dims) / float(count)
if running_mean is not None:
    running_mean.copy_(running_mean * (1.0 - momentum) + mean * momentum)
if running_var is not None:
    unbiased = var * (float(count) / (float(count) - 1.0))
    running_var.copy_(running_var * (1.0 - momentum) + unbiased * momentum)
result = centred * torch.rsqrt(var + eps).reshape(shape)
if weight is not None:
    result = result * weight.reshape(shape)
if bias is not None:
    result = result + bias.reshape(shape)
return result
""",
)


def group_norm(x: Array, groups: int, weight: Array | None, bias: Array | None, eps: float, *rest: object) -> Array:
    wide = x.astype(np.float64).reshape(x.shape[0], groups, -1)
    centred = wide - wide.mean(axis=-1, keepdims=True)
    y = (centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + eps)).reshape(x.shape)
    y = y if weight is None else y * _channels(x, weight)
    return (y if bias is None else y + _channels(x, bias)).astype(x.dtype)


operator(
    "aten::group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, "
    "float eps=1.0000000000000001e-05, bool cudnn_enabled=True) -> Tensor",
    infer=like("input"),
    reference=group_norm,
    lowering=Composite(
        """
def group_norm(input: Tensor, num_groups: int, weight: Optional[Tensor], bias: Optional[Tensor],
               eps: float) -> Tensor:
    if num_groups <= 0 or input.size(1) % num_groups != 0:
        raise RuntimeError("group_norm: the number of channels must be divisible by num_groups")
    rest = input.numel() // max(1, input.size(0) * num_groups)
    grouped = input.reshape([input.size(0), num_groups, rest])
    centred = grouped - torch.sum(grouped, [2], True) / float(rest)
    normal = centred * torch.rsqrt(torch.sum(centred * centred, [2], True) / float(rest) + eps)
    result = normal.reshape(input.size())
    shape = [1] * input.dim()
    shape[1] = input.size(1)
    if weight is not None:
        result = result * weight.reshape(shape)
    if bias is not None:
        result = result + bias.reshape(shape)
    return result
""",
        drop=("cudnn_enabled",),
    ),
)


def rms_norm(x: Array, shape: Sequence[int], weight: Array | None, eps: float | None) -> Array:
    dims = tuple(range(x.ndim - len(shape), x.ndim))
    wide = x.astype(np.float64)
    given = float(np.finfo(x.dtype).eps) if eps is None else eps
    y = wide / np.sqrt(np.mean(wide * wide, axis=dims, keepdims=True) + given)
    return np.array((y if weight is None else y * weight).astype(x.dtype), order="C")


operator(
    "aten::rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    infer=like("input"),
    reference=rms_norm,
    lowering=Composite("""
def rms_norm(input: Tensor, normalized_shape: List[int], weight: Optional[Tensor], eps: Optional[float]) -> Tensor:
    dims = torch.jit.annotate(List[int], [])
    for i in range(len(normalized_shape)):
        dims.append(i - len(normalized_shape))
    small = 2.220446049250313e-16 if input.dtype == torch.float64 else 1.1920928955078125e-07
    if eps is not None:
        small = eps
    result = input * torch.rsqrt(torch.mean(input * input, dims, True) + small)
    if weight is not None:
        result = result * weight
    return result
"""),
)

# -- attention --------------------------------------------------------------------------------------------------------


def attention(q: Array, k: Array, v: Array, mask: Array | None, dropout: float, causal: bool, scale: float | None,
              grouped: bool) -> Array:  # fmt: skip
    if dropout != 0:
        raise NotImplementedError("attention with dropout")
    if grouped:
        k, v = (np.repeat(x, q.shape[-3] // x.shape[-3], -3) for x in (k, v))
    wide = [x.astype(np.float64) for x in (q, k, v)]
    scores = np.matmul(wide[0], np.swapaxes(wide[1], -1, -2)) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if causal:
        scores = np.where(np.tril(np.ones(scores.shape[-2:], bool)), scores, -np.inf)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return np.matmul(weights / weights.sum(axis=-1, keepdims=True), wide[2]).astype(q.dtype)


def _attention(args: Arguments) -> Sequence[Type]:
    dtype = check_dtypes(args, "query", "key", "value")
    q, v = tensor(args.type("query")).dims, tensor(args.type("value")).dims
    return fresh(dtype, None if q is None or v is None or len(q) != len(v) else (*q[:-1], v[-1]))


operator(
    "aten::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
    "float dropout_p=0., bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
    infer=_attention,
    # The second is of grouped heads.
    shapes="query:t[... l e], key:t[... s e], value:t[... s v] -> :t[... l v]; "
    "query:t[... h l e], key:t[... g s e], value:t[... i s v] -> :t[... h l v]",
    reference=attention,
    tolerance=PRODUCT,
    lowering=Composite("""
def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor],
                                 dropout_p: float, is_causal: bool, scale: Optional[float],
                                 enable_gqa: bool) -> Tensor:
    if dropout_p != 0.0:
        raise NotImplementedError("attention with dropout is not compiled by this version of aotjit")
    if enable_gqa:
        heads = query.size(-3)
        if heads % key.size(-3) != 0 or heads % value.size(-3) != 0:
            raise RuntimeError("Number of heads in key and value must divide the number of heads in query")
        key = torch.repeat_interleave(key, heads // key.size(-3), -3)
        value = torch.repeat_interleave(value, heads // value.size(-3), -3)
    factor = 1.0 / math.sqrt(float(query.size(-1))) if scale is None else scale
    scores = torch.matmul(query * factor, key.transpose(-2, -1))
    if is_causal:
        rows = torch.arange(query.size(-2)).unsqueeze(1)
        scores = torch.where(torch.arange(key.size(-2)) <= rows, scores, -math.inf)
    if attn_mask is not None:
        if attn_mask.dtype == torch.bool:
            scores = torch.where(attn_mask, scores, -math.inf)
        else:
            scores = scores + attn_mask
    return torch.matmul(torch.softmax(scores, -1), value)
"""),
)

# -- gates ------------------------------------------------------------------------------------------------------------


def glu(x: Array, dim: int) -> Array:
    if x.dtype.kind != "f":
        raise RuntimeError("glu: not implemented for integer tensors")
    if x.shape[dim] % 2:
        raise RuntimeError("Halving dimension must be even")
    a, b = np.split(x, 2, axis=dim)
    return np.array(a / (1 + np.exp(-b)), order="C")


def _halved(args: Arguments) -> Sequence[Type]:
    source = tensor(args.type("self"))
    dim = None if source.dims is None else wrap(args, args.constant("dim"), len(source.dims))
    if source.dims is None or dim is None:
        return fresh(source.dtype, None)
    size = source.dims[dim]
    half = size // 2 if isinstance(size, int) else None
    return fresh(source.dtype, (*source.dims[:dim], half, *source.dims[dim + 1 :]))


operator(
    "aten::glu(Tensor self, int dim=-1) -> Tensor",
    infer=_halved,
    reference=glu,
    lowering=Composite("""
def glu(self: Tensor, dim: int) -> Tensor:
    if not self.is_floating_point():
        raise RuntimeError("glu: not implemented for integer tensors; convert the tensor first")
    size = self.size(dim)
    if size % 2 != 0:
        raise RuntimeError("glu: the halved dim must be even")
    return self.narrow(dim, 0, size // 2) * torch.sigmoid(self.narrow(dim, size // 2, size // 2))
"""),
)
operator(
    "aten::prelu(Tensor self, Tensor weight) -> Tensor",
    infer=like(),
    reference=lambda x, w: np.array(np.where(x > 0, x, x * (w if x.ndim < 2 else _channels(x, w))), order="C"),
    lowering=Composite("""
def prelu(self: Tensor, weight: Tensor) -> Tensor:
    slope = weight
    if weight.numel() == 1:
        slope = weight.reshape([1] * self.dim())
    elif self.dim() > 2:
        shape = [1] * self.dim()
        shape[1] = weight.numel()
        slope = weight.reshape(shape)
    return torch.where(self > 0, self, self * slope)
"""),
)

# -- sums of exponentials and products --------------------------------------------------------------------------------


def logsumexp(x: Array, dim: Any, keepdim: bool) -> Array:
    dims = dims_of(dim, x.ndim)
    wide = x.astype(np.float64)
    target = x.dtype if x.dtype.kind == "f" else np.float32
    best = np.max(wide, axis=dims, keepdims=True)
    best = np.where(np.isfinite(best), best, 0)
    total = np.log(np.sum(np.exp(wide - best), axis=dims, keepdims=keepdim))
    return np.array((total + (best if keepdim else best.reshape(total.shape))).astype(target), order="C")


def _logsumexp(args: Arguments) -> Sequence[Type]:
    own = dtype_of(args, "self")
    return fresh(own if own.is_floating else DEFAULT_DTYPE, reduced_dims(args, tensor(args.types[0]).dims))


operator(
    "aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
    infer=_logsumexp,
    reference=logsumexp,
    lowering=Composite("""
def logsumexp(self: Tensor, dim: List[int], keepdim: bool) -> Tensor:
    x = self if self.is_floating_point() else torch.to_float32(self)
    best = torch.amax(x, dim, True)
    best = torch.where(torch.abs(best) == math.inf, 0.0, best)
    total = torch.log(torch.sum(torch.exp(x - best), dim, True)) + best
    if keepdim:
        return total
    return torch.sum(total, dim, False)
"""),
)


def _outer(args: Arguments) -> Sequence[Type]:
    dtype = check_dtypes(args, "self", "vec2")
    return fresh(dtype, (check_rank(args, "self", 1)[0], check_rank(args, "vec2", 1)[0]))


operator(
    "aten::outer(Tensor self, Tensor vec2) -> Tensor",
    infer=_outer,
    shapes="self:t[m], vec2:t[n] -> :t[m n]",
    reference=lambda a, b: np.outer(a, b),
    lowering=Composite("def outer(self: Tensor, vec2: Tensor) -> Tensor:\n    return self.unsqueeze(1) * vec2\n"),
)


def _baddbmm(args: Arguments) -> Sequence[Type]:
    dtype = check_dtypes(args, "self", "batch1", "batch2")
    a, b = check_rank(args, "batch1", 3), check_rank(args, "batch2", 3)
    meet(args, a[2], b[1], "the inner dims")
    return fresh(dtype, (meet(args, a[0], b[0], "the batch dims"), a[1], b[2]))


operator(
    "aten::baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    infer=_baddbmm,
    shapes="self:t, batch1:t[b m k], batch2:t[b k n] -> :t[b m n]",
    reference=added_product,
    tolerance=PRODUCT,
    lowering=Rewrite(build_added_product("bmm")),
)
