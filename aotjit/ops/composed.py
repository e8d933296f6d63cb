"""Operators that others express: written in the language."""

from __future__ import annotations

from aotjit.ops.declare import composite
from aotjit.ops.infer import like

# -- normalisation ----------------------------------------------------------------------------------------------------

composite(
    "aten::instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
    "bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor",
    """
if not use_input_stats:
    return torch.batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps, False)
if input.numel() == input.size(0) * input.size(1):
    raise ValueError("Expected more than 1 spatial element when training")
dims = torch.jit.annotate(List[int], [])
for i in range(2, input.dim()):
    dims.append(i)
mean = torch.mean(input, dims, True)
centred = input - mean
var = torch.mean(centred * centred, dims, True)
if running_mean is not None and running_var is not None:
    count = float(input.numel() // (input.size(0) * input.size(1)))
    running_mean.copy_(running_mean * (1.0 - momentum) + torch.mean(mean.flatten(1), [0]) * momentum)
    unbiased = torch.mean(var.flatten(1), [0]) * (count / (count - 1.0))
    running_var.copy_(running_var * (1.0 - momentum) + unbiased * momentum)
result = centred * torch.rsqrt(var + eps)
shape = [1] * input.dim()
shape[1] = input.size(1)
if weight is not None:
    result = result * weight.reshape(shape)
if bias is not None:
    result = result + bias.reshape(shape)
return result
""",
    infer=like("input"),
)
composite(
    "aten::_weight_norm(Tensor v, Tensor g, int dim=0) -> Tensor",
    """
dims = torch.jit.annotate(List[int], [])
for i in range(v.dim()):
    if i != dim % v.dim():
        dims.append(i)
return v * (g / torch.norm(v, 2, dims, True))
""",
    infer=like("v"),
)

# -- statistics -------------------------------------------------------------------------------------------------------

composite(
    "aten::linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, "
    "ScalarType? dtype=None) -> Tensor",
    """
x = self
if dtype is not None:
    x = self.to(dtype)
if dim is None:
    dims = torch.jit.annotate(List[int], [])
    for i in range(x.dim()):
        dims.append(i)
    return torch.norm(x, float(ord), dims, keepdim)
return torch.norm(x, float(ord), dim, keepdim)
""",
)
for _name in ("var", "std"):
    composite(
        f"aten::{_name}.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> "
        "Tensor",
        """
mean = torch.mean(self, dim, True)
centred = self - mean
amount = 1.0
if correction is not None:
    amount = float(correction)
count = float(self.numel() // max(mean.numel(), 1))
result = torch.sum(torch.squared_length(centred), dim, keepdim) / max(0.0, count - amount)
"""
        + ("return torch.sqrt(result)" if _name == "std" else "return result"),
    )
    composite(f"aten::{_name}_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, "
              "bool keepdim=False) -> (Tensor, Tensor)",
              f"amount = 1.0 if correction is None else float(correction)\n"
              f"return (torch.{_name}(self, dim, correction=amount, keepdim=keepdim),\n"
              "        torch.mean(self, dim, keepdim))")  # fmt: skip
    composite(f"aten::{_name}_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> "
              "(Tensor, Tensor)",
              f"return torch.{_name}(self, dim, unbiased, keepdim), torch.mean(self, dim, keepdim)")  # fmt: skip
    composite(f"aten::{_name}_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)",
              f"return torch.{_name}(self, unbiased), torch.mean(self)")  # fmt: skip
composite(
    "aten::aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)",
    """
dims = torch.jit.annotate(List[int], [])
if dim is not None:
    dims.append(dim)
return torch.amin(self, dims, keepdim), torch.amax(self, dims, keepdim)
""",
)
composite("aten::trace(Tensor self) -> Tensor", "return torch.sum(torch.diagonal(self, 0, 0, 1))")
composite(
    "aten::diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
    """
x = self
if prepend is not None:
    x = torch.cat([prepend, x], dim)
if append is not None:
    x = torch.cat([x, append], dim)
for i in range(n):
    x = x.narrow(dim, 1, x.size(dim) - 1) - x.narrow(dim, 0, x.size(dim) - 1)
return x
""",
)

# -- places -----------------------------------------------------------------------------------------------------------

composite("aten::tile(Tensor self, SymInt[] dims) -> Tensor",
          "lead = self.dim() - len(dims)\nreturn self.repeat([1] * lead + dims if lead > 0 else dims)")  # fmt: skip
composite(
    "aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> "
    "Tensor",
    """
if dim is None:
    return self.flatten().unsqueeze(1).expand([-1, repeats]).reshape([self.numel() * repeats]).clone()
at = dim % self.dim()
sizes = self.size()
wide = self.unsqueeze(at + 1).expand(sizes[:at + 1] + [repeats] + sizes[at + 1:])
sizes[at] = sizes[at] * repeats
return wide.reshape(sizes).clone()
""",
)
composite(
    "aten::repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor",
    """
ends = torch.cumsum(repeats, 0)
count = 0
if ends.numel() > 0:
    count = int(ends[-1])
return torch.places_in(ends, torch.arange(count), True)
""",
)
composite(
    "aten::repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> "
    "Tensor",
    """
x = self
at = 0
if dim is None:
    x = self.flatten()
else:
    at = dim
counts = repeats.expand([x.size(at)]) if repeats.numel() == 1 else repeats
return torch.index_select(x, at, torch.repeat_interleave(counts.contiguous()))
""",
)
_MESH = """
shapes = torch.jit.annotate(List[int], [])
for t in tensors:
    shapes.append(t.numel())
result = torch.jit.annotate(List[Tensor], [])
for i in range(len(tensors)):
    shape = [1] * len(tensors)
    shape[i] = tensors[i].numel()
    result.append(tensors[i].reshape(shape).expand(shapes))
"""
composite("aten::meshgrid(Tensor[] tensors) -> Tensor[]", _MESH + "return result")
composite(
    "aten::meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]",
    _MESH
    + """
if indexing != "xy" and indexing != "ij":
    raise RuntimeError('torch.meshgrid: indexing must be one of "xy" or "ij", but received: ' + indexing)
if indexing == "xy" and len(tensors) > 1:
    return [grid.transpose(0, 1) for grid in result]
return result
""",
)
composite(
    "aten::broadcast_tensors(Tensor[] tensors) -> Tensor[]",
    """
shape = torch.jit.annotate(List[int], [])
for t in tensors:
    lead = t.dim() - len(shape)
    if lead > 0:
        shape = [1] * lead + shape
    for i in range(t.dim()):
        at = len(shape) - t.dim() + i
        if shape[at] == 1:
            shape[at] = t.size(i)
result = torch.jit.annotate(List[Tensor], [])
for t in tensors:
    result.append(t.expand(shape))
return result
""",
)
composite(
    "aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]",
    """
result = torch.jit.annotate(List[Tensor], [])
size = self.size(dim) // sections
more = self.size(dim) % sections
start = 0
for i in range(sections):
    count = size + 1 if i < more else size
    result.append(self.narrow(dim, start, count))
    start += count
return result
""",
)
composite(
    "aten::tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]",
    """
result = torch.jit.annotate(List[Tensor], [])
start = 0
for end in indices:
    result.append(torch.slice(self, dim, start, end, 1))
    start = end
result.append(torch.slice(self, dim, start, None, 1))
return result
""",
)
composite("aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]", "return torch.chunk(self, chunks, dim)")
composite("aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]",
          "return torch.split(self, split_size, dim)")  # fmt: skip
composite(
    "aten::diag(Tensor self, int diagonal=0) -> Tensor",
    """
if self.dim() == 2:
    return torch.diagonal(self, diagonal, 0, 1).clone()
return torch.diag_embed(self, diagonal, -2, -1)
""",
)
composite(
    "aten::diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor",
    """
n = self.size(-1) + abs(offset)
result = torch.zeros(self.size()[:-1] + [n, n], dtype=self.dtype)
torch.diagonal(result, offset, -2, -1).copy_(self)
if (dim1 == -2 and dim2 == -1):
    return result
return result.movedim([-2, -1], [dim1, dim2])
""",
)
composite("aten::eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
          "bool? pin_memory=None) -> Tensor", "return torch.eye(n, n, dtype=dtype)")  # fmt: skip
composite(
    "aten::eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
    "bool? pin_memory=None) -> Tensor",
    """
equal = torch.arange(n).unsqueeze(1) == torch.arange(m)
return equal.to(torch.float32 if dtype is None else dtype)
""",
)
composite(
    "aten::linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, "
    "Device? device=None, bool? pin_memory=None) -> Tensor",
    """
if steps < 0:
    raise RuntimeError("number of steps must be non-negative")
kind = torch.float32 if dtype is None else dtype
if steps == 0:
    return torch.zeros([0], dtype=kind)
if steps == 1:
    return torch.full([1], start, dtype=kind)
low = torch.element(start, kind)
high = torch.element(end, kind)
places = torch.arange(steps).to(torch.float64)
step = (high - low) / float(steps - 1)
ahead = low + places * step
behind = high - (float(steps) - 1.0 - places) * step
return torch.where(places < steps // 2, ahead, behind).to(kind)
""",
)
composite(
    "aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
    """
order = [-1] * self.dim()
moved = torch.jit.annotate(List[int], [])
for i in range(len(source)):
    order[destination[i] % self.dim()] = source[i] % self.dim()
    moved.append(source[i] % self.dim())
at = 0
for i in range(self.dim()):
    if order[i] == -1:
        while at in moved:
            at += 1
        order[i] = at
        at += 1
return self.permute(order)
""",
)
composite("aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
          "return self.movedim([source], [destination])")  # fmt: skip
composite("aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)", "return self.transpose(axis0, axis1)")
composite("aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)", "return self.transpose(dim0, dim1)")
for _name, _result in (
    ("numpy_T", "self.permute([self.dim() - 1 - i for i in range(self.dim())])"),
    ("mT", 'self.transpose(-2, -1)'), ("mH", 'torch.conj(self.transpose(-2, -1))'),
    ("matrix_H", "self if self.dim() == 0 else torch.conj(self.transpose(0, 1))"),
    ("ravel", "self.contiguous().view(-1)"),
):
    composite(f"aten::{_name}(Tensor(a) self) -> Tensor(a)", f"return {_result}")
composite("aten::requires_grad_(Tensor(a!) self, bool requires_grad=True) -> Tensor(a!)", "return self")
composite("aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)", "return self.expand(size)")
for _name in ("where", "nonzero_numpy"):
    composite(f"aten::{_name}(Tensor {'condition' if _name == 'where' else 'self'}) -> Tensor[]", f"""
given = {'condition' if _name == 'where' else 'self'}
return (given.unsqueeze(0) if given.dim() == 0 else given).nonzero().unbind(1)
""")
for _name in ("tril", "triu"):
    composite(
        f"aten::{_name}_indices(int row, int col, int offset=0, *, ScalarType? dtype=4, Layout? layout=None, "
        "Device? device=None, bool? pin_memory=None) -> Tensor",
        f"""
kind = 4 if dtype is None else dtype
return torch.ones([row, col], dtype=torch.bool).{_name}(offset).nonzero().transpose(0, 1).to(kind).contiguous()
""",
    )
composite("aten::hstack(Tensor[] tensors) -> Tensor",
          "return torch.cat(tensors, 0 if tensors[0].dim() == 1 else 1)")  # fmt: skip
composite(
    "aten::vstack(Tensor[] tensors) -> Tensor",
    """
rows = torch.jit.annotate(List[Tensor], [])
for t in tensors:
    rows.append(t.unsqueeze(0) if t.dim() == 1 else t)
return torch.cat(rows, 0)
""",
)
composite(
    "aten::rot90(Tensor self, int k=1, int[] dims=[0, 1]) -> Tensor",
    """
turns = k % 4
if turns == 1:
    return self.flip([dims[1]]).transpose(dims[0], dims[1]).contiguous()
if turns == 2:
    return self.flip(dims)
if turns == 3:
    return self.flip([dims[0]]).transpose(dims[0], dims[1]).contiguous()
return self.clone()
""",
)
_CLOSE = "(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float atol=1e-08, bool equal_nan=False)"
composite(
    f"aten::isclose{_CLOSE} -> Tensor",
    """
if not (rtol >= 0.0):
    raise RuntimeError("rtol must be greater than or equal to zero, but got {}".format(rtol))
if not (atol >= 0.0):
    raise RuntimeError("atol must be greater than or equal to zero, but got {}".format(atol))
close = self == other
if equal_nan:
    close = close | ((self != self) & (other != other))
if rtol == 0.0 and atol == 0.0:
    return close
given = self if self.is_floating_point() or self.is_complex() else torch.to_float32(self)
meant = other if other.is_floating_point() or other.is_complex() else torch.to_float32(other)
error = torch.abs(given - meant)
return close | ((error <= atol + torch.abs(rtol * meant)) & (error != math.inf))
""",
)
composite(f"aten::allclose{_CLOSE} -> bool",
          "return bool(torch.all(torch.isclose(self, other, rtol, atol, equal_nan)))")  # fmt: skip
composite("aten::equal(Tensor self, Tensor other) -> bool",
          "if self.size() != other.size():\n    return False\nreturn bool(torch.all(self == other))")  # fmt: skip
