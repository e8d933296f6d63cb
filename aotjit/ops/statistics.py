"""Statistics of samples: those that leave out NaN, quantiles, histograms, covariance, distances."""

from __future__ import annotations

from aotjit.ops.declare import composite

_DIMS = "int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None"
composite(
    f"aten::nansum(Tensor self, {_DIMS}) -> Tensor",
    "return torch.sum(torch.where(self != self, torch.zeros_like(self), self), dim, keepdim, dtype=dtype)",
)
composite(
    f"aten::nanmean(Tensor self, {_DIMS}) -> Tensor",
    """
if not self.is_floating_point():
    raise RuntimeError("nanmean(): expected input to have floating point dtype")
count = torch.sum((self == self).to(self.dtype), dim, keepdim)
return torch.nansum(self, dim, keepdim, dtype=dtype) / count
""",
)
_QUANTILE = """
if self.dtype != torch.float32 and self.dtype != torch.float64:
    raise RuntimeError("quantile() input tensor must be either float or double dtype")
if q.dim() > 1 or q.dtype != self.dtype:
    raise RuntimeError("quantile() q must be a scalar or 1D tensor of the same dtype as the input tensor")
if bool(torch.any((q < 0.0) | (q > 1.0))):
    raise RuntimeError("quantile() q values must be in the range [0, 1]")
if self.numel() == 0:
    raise RuntimeError("quantile() input tensor must be non-empty")
x = self.unsqueeze(0) if self.dim() == 0 else self
at = -1
if dim is None:
    x = self.flatten()
else:
    at = dim
x = x.transpose(at, -1)
values, places = torch.ordered(x, -1, False)
size = x.size(-1)
count = torch.sum((values == values).to(x.dtype), [-1], True)
missing = count < float(size)
rank = q.reshape([-1]) * {last}
rank = torch.where({missing}, float(size - 1), rank)
if interpolation == "lower":
    rank = torch.floor(rank)
elif interpolation == "higher":
    rank = torch.ceil(rank)
elif interpolation == "nearest":
    rank = torch.round(rank)
elif interpolation != "linear" and interpolation != "midpoint":
    raise RuntimeError("quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, "
                       "but got " + interpolation)
shape = x.size()[:-1] + [q.numel()]
below = torch.floor(rank)
low = torch.gather(values, -1, below.to(torch.int64).expand(shape))
high = torch.gather(values, -1, torch.ceil(rank).to(torch.int64).expand(shape))
weight = torch.full_like(below, 0.5) if interpolation == "midpoint" else rank - below
result = torch.lerp(low, high, weight.expand(shape)).transpose(at, -1) if dim is not None else (
    torch.lerp(low, high, weight.expand(shape)))
if dim is None:
    result = result.reshape([1] * self.dim() + [q.numel()]) if keepdim else result
    result = result.movedim(-1, 0)
elif keepdim or self.dim() == 0:
    result = result.unsqueeze(0).transpose(0, at + 1 if at >= 0 else at)
else:
    result = result.movedim(at, 0)
return result.squeeze(0) if q.dim() == 0 else result.contiguous()
"""
_REST = "int? dim=None, bool keepdim=False, *, str interpolation=\"linear\") -> Tensor"
for _name, _last, _missing in (("quantile", "float(size - 1)", "missing"),
                               ("nanquantile", "torch.clamp(count - 1.0, min=0.0)", "count == 0.0")):  # fmt: skip
    composite(f"aten::{_name}(Tensor self, Tensor q, {_REST}", _QUANTILE.format(last=_last, missing=_missing))
    composite(f"aten::{_name}.scalar(Tensor self, float q, {_REST}",
              f"return torch.{_name}(self, torch.scalar_tensor(q, dtype=self.dtype), dim, keepdim, "
              "interpolation=interpolation)")  # fmt: skip
composite(
    "aten::nanmedian(Tensor self) -> Tensor",
    """
values, places = torch.ordered(self.flatten(), 0, False)
count = int(torch.sum((values == values).to(torch.int64)))
if values.numel() == 0:
    return torch.full([], math.nan, dtype=self.dtype)
return values[max(count - 1, 0) // 2].clone()
""",
)
composite(
    "aten::mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    """
if self.dim() == 0:
    return self.clone(), torch.zeros([], dtype=torch.int64)
if self.size(dim) == 0:
    raise IndexError("mode(): Expected reduction dim to have non-zero size")
values, places = torch.ordered(self, dim, False)
x = values.transpose(dim, -1)
size = x.size(-1)
index = torch.arange(size).expand(x.size())
starts = torch.ones_like(x, dtype=torch.bool)
starts[..., 1:] = x[..., 1:] != x[..., :-1]
first = torch.where(starts, index, torch.zeros_like(index))
run = index - torch.cummax(first, -1)[0]
best = torch.argmax(run, -1, True)
found = torch.gather(x, -1, best)
place = torch.gather(places.transpose(dim, -1), -1, best)
found, place = found.transpose(dim, -1), place.transpose(dim, -1)
if keepdim:
    return found.clone(), place.clone()
return found.squeeze(dim).clone(), place.squeeze(dim).clone()
""",
)
composite(
    "aten::histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor",
    """
low = torch.element(min, self.dtype)
high = torch.element(max, self.dtype)
if not self.is_floating_point():
    raise RuntimeError("histogram is not implemented for tensors of integers")
if bins <= 0:
    raise RuntimeError("bins must be > 0")
if low == high and self.numel() > 0:
    low, high = float(torch.amin(self)), float(torch.amax(self))
if low == high:
    low, high = low - 1.0, high + 1.0
if not (low <= high) or low == -math.inf or high == math.inf:
    raise RuntimeError("histc: the range of values is not finite, or max is less than min")
x = self.flatten()
inside = torch.masked_select(x, (x >= low) & (x <= high))
place = torch.floor((inside.to(torch.float64) - low) * float(bins) / (high - low)).to(torch.int64)
place = torch.clamp(place, max=bins - 1)
return torch.zeros([bins], dtype=self.dtype).scatter_add(0, place, torch.ones_like(inside))
""",
)
composite(
    "aten::cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor",
    """
if self.dim() > 2:
    raise RuntimeError("cov(): expected input to have two or fewer dimensions")
x = self.reshape([1, -1]) if self.dim() < 2 else self
if not x.is_floating_point():
    x = torch.to_float32(x)
count = x.size(1)
weights = torch.jit.annotate(Optional[Tensor], None)
if fweights is not None:
    if fweights.dim() > 1 or fweights.numel() != count or bool(torch.any(fweights < 0)):
        raise RuntimeError("cov(): fweights must be non-negative, one for each observation")
    weights = fweights.to(x.dtype)
if aweights is not None:
    if aweights.dim() > 1 or aweights.numel() != count or bool(torch.any(aweights < 0)):
        raise RuntimeError("cov(): aweights must be non-negative, one for each observation")
    weights = aweights.to(x.dtype) if weights is None else weights * aweights.to(x.dtype)
if weights is None:
    centred = x - torch.mean(x, [1], True)
    result = centred @ centred.t() / float(max(count - correction, 0))
else:
    total = torch.sum(weights)
    centred = x - torch.sum(x * weights, [1], True) / total
    norm = total - float(correction)
    if aweights is not None:
        norm = total - float(correction) * torch.sum(weights * aweights) / total
    result = (centred * weights) @ centred.t() / torch.clamp(norm, min=0.0)
return result.reshape([]) if self.dim() < 2 else result
""",
)
composite(
    "aten::corrcoef(Tensor self) -> Tensor",
    """
c = torch.cov(self)
if c.dim() == 0:
    return c / c
d = torch.sqrt(torch.diagonal(c))
return torch.clamp(c / d.unsqueeze(1) / d.unsqueeze(0), min=-1.0, max=1.0)
""",
)
composite("aten::dist(Tensor self, Tensor other, Scalar p=2) -> Tensor", "return torch.norm(self - other, float(p))")
_RENORM = """
if self.dim() < 2:
    raise RuntimeError("renorm: input needs at least 2 dimensions")
if not (float(p) > 0.0):
    raise RuntimeError("renorm: non-positive-norm not supported")
if not (float(maxnorm) >= 0.0):
    raise RuntimeError("renorm: expected maxnorm to be >= 0 but got {}".format(maxnorm))
dims = torch.jit.annotate(List[int], [])
for i in range(self.dim()):
    if i != dim % self.dim():
        dims.append(i)
norm = torch.norm(self, float(p), dims, True)
factor = torch.where(norm > float(maxnorm), float(maxnorm) / (norm + 1e-7), torch.ones_like(norm))
"""
composite("aten::renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor", _RENORM + "return self * factor")
composite("aten::renorm_(Tensor(a!) self, Scalar p, int dim, Scalar maxnorm) -> Tensor(a!)",
          _RENORM + "return self.mul_(factor)")  # fmt: skip
composite(
    "aten::count_nonzero(Tensor self, int? dim=None) -> Tensor",
    "return torch.sum((self != 0).to(torch.int64)) if dim is None else torch.sum((self != 0).to(torch.int64), [dim])",
)
composite("aten::count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor",
          "return torch.sum((self != 0).to(torch.int64), dim)")  # fmt: skip

# -- integrals --------------------------------------------------------------------------------------------------------

_SUMMED = {"trapz": "torch.sum(areas, [dim])", "trapezoid": "torch.sum(areas, [dim])",
           "cumulative_trapezoid": "torch.cumsum(areas, dim)"}  # fmt: skip
for _name, _sum in _SUMMED.items():
    _dx = "float dx=1." if _name == "trapz" else "Scalar dx=1"
    composite(
        f"aten::{_name}.dx(Tensor y, *, {_dx}, int dim=-1) -> Tensor",
        "size = y.size(dim)\n"
        + ("" if _name == "cumulative_trapezoid" else
           "if size == 0:\n    return torch.zeros_like(torch.sum(y, [dim]))\n")
        + "areas = (y.narrow(dim, 1, size - 1) + y.narrow(dim, 0, size - 1)) * (float(dx) / 2.0)\n"
        f"return {_sum}",
    )  # fmt: skip
    composite(
        f"aten::{_name}.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor",
        f"""
size = y.size(dim)
steps = torch.diff(x, 1, 0 if x.dim() == 1 and y.dim() != 1 else dim)
if x.dim() == 1:
    shape = [1] * y.dim()
    shape[dim] = size - 1
    steps = steps.reshape(shape)
areas = (y.narrow(dim, 1, size - 1) + y.narrow(dim, 0, size - 1)) * steps / 2.0
return {_sum}
""",
    )
