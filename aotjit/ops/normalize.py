"""Softmax, layer normalisation, variance and norms: written in the language."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from aotjit.dtypes import DTYPE_BY_CODE
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import dtype_argument, dtype_of, fresh, like, reduced_dims, tensor, wrap
from aotjit.ops.numeric import Array, cast, element_dtype
from aotjit.ops.opdef import Arguments, Composite, Value
from aotjit.ops.reduction import dims_of
from aotjit.types import Type


def _floating(args: Arguments) -> None:
    if dtype_argument(args) is None and not dtype_of(args, args.schema.arguments[0].name).is_inexact:
        raise args.error("not implemented for integer tensors", "convert the tensor first, as in x.to(torch.float32)")


def _softmax_type(args: Arguments) -> Sequence[Type]:
    _floating(args)
    source = tensor(args.type("self"))
    if source.rank is not None:
        wrap(args, args.constant("dim"), source.rank)
    return fresh(dtype_argument(args) or source.dtype, source.dims)


def softmax(x: Array, dim: int, code: int | None) -> Array:
    target = element_dtype(x) if code is None else DTYPE_BY_CODE[code]
    return np.array(cast(np.exp(log_softmax(x, dim, code, keep_wide=True)), target), order="C")


def log_softmax(x: Array, dim: int, code: int | None, keep_wide: bool = False) -> Array:
    target = element_dtype(x) if code is None else DTYPE_BY_CODE[code]
    if not target.is_floating:
        raise RuntimeError(f"softmax: not implemented for {target} tensors")
    wide = cast(x, target).astype(np.float64)
    if wide.size:
        dims = dims_of(dim, x.ndim)
        with np.errstate(all="ignore"):
            wide = wide - np.max(wide, axis=dims, keepdims=True)
            wide = wide - np.log(np.sum(np.exp(wide), axis=dims, keepdims=True))
    return wide if keep_wide else np.array(cast(wide, target), order="C")


def _softmax(name: str, reference: Callable[..., Array], result: str) -> None:
    operator(
        f"aten::{name}.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
        infer=_softmax_type,
        reference=reference,
        lowering=Composite(f"""
def {name}(self: Tensor, dim: int, dtype: Optional[int]) -> Tensor:
    x = self if dtype is None else self.to(dtype)
    if not x.is_floating_point():
        raise RuntimeError("{name}: not implemented for integer tensors; convert the tensor first")
    if x.numel() == 0:
        return x.clone()
    wide = x
    if x.dtype == torch.float16 or x.dtype == torch.bfloat16:
        wide = x.to(torch.float32)
    shifted = wide - torch.amax(wide, [dim], True)
    {result}
    return result.to(x.dtype)
"""),
    )


_softmax(
    "softmax",
    softmax,
    """e = torch.exp(shifted)
    result = e / torch.sum(e, [dim], True)""",
)
_softmax("log_softmax", log_softmax, "result = shifted - torch.log(torch.sum(torch.exp(shifted), [dim], True))")


def layer_norm(
    x: Array, shape: Sequence[int], weight: Array | None, bias: Array | None, eps: float, *rest: Value
) -> Array:
    dims = tuple(range(x.ndim - len(shape), x.ndim))
    wide = x.astype(np.float64)
    centred = wide - np.mean(wide, axis=dims, keepdims=True)
    result = centred / np.sqrt(np.mean(centred * centred, axis=dims, keepdims=True) + eps)
    result = result if weight is None else result * weight
    return np.array((result if bias is None else result + bias).astype(x.dtype), order="C")


operator(
    "aten::layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, "
    "float eps=1.0000000000000001e-05, bool cudnn_enable=True) -> Tensor",
    infer=like("input"),
    reference=layer_norm,
    lowering=Composite(
        """
def layer_norm(input: Tensor, normalized_shape: List[int], weight: Optional[Tensor], bias: Optional[Tensor],
               eps: float) -> Tensor:
    if not input.is_floating_point():
        raise NotImplementedError("layer_norm: not implemented for integer tensors; convert the tensor first")
    for i in range(len(normalized_shape)):
        if input.size(input.dim() - len(normalized_shape) + i) != normalized_shape[i]:
            raise RuntimeError("layer_norm: the input's last dims are not normalized_shape")
    wide = input
    if input.dtype == torch.float16 or input.dtype == torch.bfloat16:
        wide = input.to(torch.float32)
    if len(normalized_shape) == 1:
        count = float(normalized_shape[0])
        centred = wide - torch.sum(wide, [-1], True) / count
        variance = torch.sum(torch.squared_length(centred), [-1], True) / count
    else:
        dims = torch.jit.annotate(List[int], [])
        count = 1.0
        for i in range(len(normalized_shape)):
            dims.append(i - len(normalized_shape))
            count *= float(normalized_shape[i])
        centred = wide - torch.sum(wide, dims, True) / count
        variance = torch.sum(torch.squared_length(centred), dims, True) / count
    result = centred * torch.rsqrt(variance + eps)
    if weight is not None:
        result = result * weight
    if bias is not None:
        result = result + bias
    return result.to(input.dtype)
""",
        drop=("cudnn_enable",),
    ),
)

# -- variance ---------------------------------------------------------------------------------------------------------


def _statistic_type(args: Arguments) -> Sequence[Type]:
    _floating(args)
    source = tensor(args.type("self"))
    dtype = dtype_argument(args) or source.dtype
    return fresh(None if dtype is None else dtype.part, reduced_dims(args, source.dims))


def variance(x: Array, dim: object, correction: float, keepdim: bool) -> Array:
    dims = dims_of(dim, x.ndim)
    wide = x.astype(np.float64)
    count = math.prod(x.shape[d] for d in dims)
    with np.errstate(all="ignore"):
        centred = wide - np.sum(wide, axis=dims, keepdims=True) / np.float64(count)
        total = np.sum(centred * centred, axis=dims, keepdims=keepdim)
        return np.asarray(total / np.float64(max(0.0, count - correction))).astype(x.dtype)


def _spread(name: str, function: Callable[[Array], Array], result: str) -> None:
    """var and std: with dims and a correction of 1 unless `unbiased` is False."""
    operator(
        f"aten::{name}(Tensor self, bool unbiased=True) -> Tensor",
        infer=_statistic_type,
        reference=lambda x, unbiased: np.asarray(function(variance(x, None, float(unbiased), False))),
        lowering=Composite(f"""
def {name}(self: Tensor, unbiased: bool) -> Tensor:
    centred = self - torch.mean(self)
    total = torch.sum(torch.squared_length(centred))
    result = total / max(0.0, float(self.numel()) - (1.0 if unbiased else 0.0))
    return {result}
"""),
    )
    operator(
        f"aten::{name}.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
        infer=_statistic_type,
        reference=lambda x, dim, unbiased, keepdim: np.asarray(function(variance(x, dim, float(unbiased), keepdim))),
        lowering=Composite(f"""
def {name}(self: Tensor, dim: Optional[List[int]], unbiased: bool, keepdim: bool) -> Tensor:
    mean = torch.mean(self, dim, True)
    centred = self - mean
    count = self.numel() // max(mean.numel(), 1)
    total = torch.sum(torch.squared_length(centred), dim, keepdim)
    result = total / max(0.0, float(count) - (1.0 if unbiased else 0.0))
    return {result}
"""),
    )


_spread("var", lambda x: x, "result")
_spread("std", lambda x: np.sqrt(x), "torch.sqrt(result)")


def norm(x: Array, p: float, dim: object, keepdim: bool) -> Array:
    dims = dims_of(dim, x.ndim)
    if x.dtype.kind != "f":
        raise RuntimeError("norm: not implemented for integer tensors")
    wide = np.abs(x.astype(np.float64))
    if p == 2:
        total = np.sqrt(np.sum(wide * wide, axis=dims, keepdims=keepdim))
    elif math.isinf(p):
        total = (np.max if p > 0 else np.min)(wide, axis=dims, keepdims=keepdim)
    elif p == 0:
        total = np.sum(wide != 0, axis=dims, keepdims=keepdim)
    else:
        total = np.sum(wide**p, axis=dims, keepdims=keepdim) ** (1 / p)
    return np.asarray(total).astype(x.dtype)


_NORM = """
    x = torch.abs(self) if self.is_complex() else self
    if not x.is_floating_point():
        raise RuntimeError("norm: not implemented for integer tensors; convert the tensor first")
    if p == 2.0:
        return torch.sqrt(torch.sum(x * x{dims}))
    if p == 1.0:
        return torch.sum(torch.abs(x){dims})
    if p == 0.0:
        return torch.sum((x != 0).to(x.dtype){dims})
    if p == -math.inf:
        return torch.amin(torch.abs(x){max_dims})
    if p == math.inf:
        return torch.amax(torch.abs(x){max_dims})
    return torch.power(torch.sum(torch.power(torch.abs(x), p){dims}), 1.0 / p)
"""
operator(
    "aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor",
    infer=_statistic_type,
    reference=lambda x, p: norm(x, p, None, False),
    lowering=Composite("def norm(self: Tensor, p: float) -> Tensor:" + _NORM.format(dims="", max_dims="")),
)
operator(
    "aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
    infer=_statistic_type,
    reference=lambda x, p, dim, keepdim: norm(x, 2 if p is None else p, dim, keepdim),
    lowering=Composite(
        "def norm(self: Tensor, q: Optional[float], dim: List[int], keepdim: bool) -> Tensor:\n"
        "    p = 2.0\n"
        "    if q is not None:\n"
        "        p = float(q)" + _NORM.format(dims=", dim, keepdim", max_dims=", dim, keepdim")
    ),
)

# -- norms with their statistics, as exported programs have them -------------------------------------------------------

composite(
    "aten::native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> "
    "(Tensor, Tensor, Tensor)",
    """
dims = torch.jit.annotate(List[int], [])
for i in range(len(normalized_shape)):
    dims.append(i - len(normalized_shape))
mean = torch.mean(input, dims, True)
centred = input - mean
rstd = torch.rsqrt(torch.mean(centred * centred, dims, True) + eps)
return torch.layer_norm(input, normalized_shape, weight, bias, eps), mean, rstd
""",
)
composite(
    "aten::native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group, "
    "float eps) -> (Tensor, Tensor, Tensor)",
    """
grouped = input.reshape([N, group, C // group * HxW])
mean = torch.mean(grouped, [2], True)
centred = grouped - mean
rstd = torch.rsqrt(torch.mean(centred * centred, [2], True) + eps)
return torch.group_norm(input, group, weight, bias, eps), mean.squeeze(2), rstd.squeeze(2)
""",
)
composite(
    "aten::native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
    "bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    """
if not training:
    kept = torch.empty([0], dtype=input.dtype)
    return torch.batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps, False), kept, kept
dims = [0]
for i in range(2, input.dim()):
    dims.append(i)
mean = torch.mean(input, dims, True)
centred = input - mean
rstd = torch.rsqrt(torch.mean(centred * centred, dims) + eps)
result = torch.batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps, False)
return result, mean.flatten(), rstd
""",
)
