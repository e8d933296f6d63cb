"""Writing to places that an index gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aotjit.dtypes import DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import dtype_of, like, same, tensor
from aotjit.ops.numeric import Array, check_writable
from aotjit.ops.opdef import Arguments, Rewrite, Runtime
from aotjit.types import Type

WRITE, ADD, MULTIPLY, LARGEST, SMALLEST, FILL = range(6)
"""How aj_scatter combines."""
_FUNCTIONS = {ADD: "add", MULTIPLY: "multiply", LARGEST: "maximum", SMALLEST: "minimum"}


def scatter(x: Array, dim: int, index: Array, source: Array, how: int) -> Array:
    """In place."""
    if index.dtype.kind != "i" or source.dtype != x.dtype:
        raise RuntimeError("scatter: element types")
    if index.size == 0:
        return x
    whole, places = np.atleast_1d(x), np.atleast_1d(index)
    given = np.broadcast_to(source, places.shape) if source.ndim == 0 else np.atleast_1d(source)
    if places.ndim != whole.ndim or given.ndim != places.ndim:
        raise RuntimeError("scatter: ranks")
    for d, n in enumerate(places.shape):
        if n > given.shape[d] or (d != dim % whole.ndim and n > whole.shape[d]):
            raise RuntimeError("scatter: the index is larger than self or src")
    if np.any(places < 0) or np.any(places >= whole.shape[dim]):
        raise IndexError("index out of bounds")
    given = given[tuple(slice(0, n) for n in places.shape)]
    at = list(np.indices(places.shape))
    at[dim % whole.ndim] = places
    if how != FILL:
        check_writable(x, (), uniform=False)
    if how in (WRITE, FILL):
        whole[tuple(at)] = given
    else:
        getattr(np, _FUNCTIONS[how]).at(whole, tuple(at), given)
    if x.ndim == 0:
        x[...] = whole[0]
    return x


def _checked(args: Arguments) -> Sequence[Type]:
    if tensor(args.type("index")).dtype not in (None, DType.I64, DType.I32):
        raise args.error(f"'index' must be an int64 or int32 tensor, not {tensor(args.type('index')).dtype}")
    if dtype_of(args, "self") is not dtype_of(args, "src"):
        raise args.error("'self' and 'src' must have one element type", "convert one of them")
    return (args.types[0],)


operator("aotjit::scatter_into(Tensor(a!) self, int dim, Tensor index, Tensor src, int how) -> ()",
         reference=scatter, lowering=Runtime("aj_scatter"))  # fmt: skip


def _combined(name: str, how: int) -> None:
    """The operator and its in-place form."""
    operator(
        f"aten::{name.replace('.', '_.', 1) if '.' in name else name + '_'}"
        "(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)",
        infer=_checked,
        reference=lambda x, dim, index, source: scatter(x, dim, index, source, how),
        lowering=Rewrite(
            lambda emit, self, dim, index, src: [
                *emit.aten("aotjit::scatter_into", self, dim, index, src, emit.constant(how)),
                self,
            ]
        ),
    )
    operator(
        f"aten::{name}(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
        infer=lambda args: (_checked(args), like()(args))[1],
        reference=lambda x, dim, index, source: scatter(np.array(x, order="C"), dim, index, source, how),
        lowering=Rewrite(lambda emit, **values: _copied(emit, values, how)),
    )


def _copied(emit: Any, values: dict[str, Any], how: int) -> Any:
    (whole,) = emit.aten("clone", values["self"], emit.absent("int"))
    emit.aten("aotjit::scatter_into", whole, values["dim"], values["index"], values["src"], emit.constant(how))
    return [emit.known(whole, emit.result_types[0])]


_combined("scatter.src", WRITE)
_combined("scatter_add", ADD)
_NUMBERED = "int dim, Tensor index, Scalar value"
composite(f"aten::scatter.value(Tensor self, {_NUMBERED}) -> Tensor",
          "return torch.scatter(self, dim, index, torch.full([], value, dtype=self.dtype))")  # fmt: skip
composite(f"aten::scatter_.value(Tensor(a!) self, {_NUMBERED}) -> Tensor(a!)",
          "return torch.scatter_(self, dim, index, torch.full([], value, dtype=self.dtype))", infer=same())  # fmt: skip
_REDUCED = """
if reduce == "add":
    torch.scatter_into(self, dim, index, src, 1)
elif reduce == "multiply":
    torch.scatter_into(self, dim, index, src, 2)
else:
    raise RuntimeError("reduce argument must be either add or multiply.")
return self
"""
composite("aten::scatter_.reduce(Tensor(a!) self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor(a!)",
          _REDUCED, infer=same())  # fmt: skip
for _name, _self, _result in (("scatter_", "Tensor(a!) self", "Tensor(a!)"), ("scatter", "Tensor self", "Tensor")):
    composite(f"aten::{_name}.value_reduce({_self}, {_NUMBERED}, *, str reduce) -> {_result}",
              f"return torch.{_name}(self, dim, index, torch.full_like(index, value, dtype=self.dtype), reduce=reduce)",
              infer=same())  # fmt: skip
composite("aten::scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
          "return torch.scatter_(self.clone(), dim, index, src, reduce=reduce)")  # fmt: skip
_TWO = """
# Without self, the places written to start at what the reduction leaves as it is; of a largest or smallest element
# that is any of the elements.
if not include_self:
    if reduce == "amax" or reduce == "amin":
        torch.scatter_into(self, dim, index, src, 0)
    else:
        torch.scatter_into(self, dim, index, torch.full_like(src, 1 if reduce == "prod" else 0), 0)
if reduce == "sum":
    torch.scatter_into(self, dim, index, src, 1)
elif reduce == "prod":
    torch.scatter_into(self, dim, index, src, 2)
elif reduce == "amax":
    torch.scatter_into(self, dim, index, src, 3)
elif reduce == "amin":
    torch.scatter_into(self, dim, index, src, 4)
elif reduce == "mean":
    counts = torch.ones_like(self)
    if not include_self:
        torch.scatter_into(counts, dim, index, torch.zeros_like(src), 0)
    torch.scatter_into(self, dim, index, src, 1)
    torch.scatter_into(counts, dim, index, torch.ones_like(src), 1)
    if self.is_floating_point():
        self.div_(counts)
    else:
        self.floor_divide_(counts)
else:
    raise RuntimeError("reduce argument must be either sum, prod, mean, amax or amin.")
return self
"""
_TWO_TEXT = "self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True"
composite(f"aten::scatter_reduce_.two(Tensor(a!) {_TWO_TEXT}) -> Tensor(a!)", _TWO, infer=same())
composite(f"aten::scatter_reduce.two(Tensor {_TWO_TEXT}) -> Tensor",
          "return torch.scatter_reduce_(self.clone(), dim, index, src, reduce, include_self=include_self)")  # fmt: skip

# -- whole slices -----------------------------------------------------------------------------------------------------

for _name, _extra, _scale, _how in (
    ("index_add", ", *, Scalar alpha=1", "source = torch.scaled(source, alpha)", ADD), ("index_copy", "", "", 0)
):  # fmt: skip
    _given = f"int dim, Tensor index, Tensor source{_extra}"
    _body = f"""
{_scale}
if index.dim() > 1:
    raise RuntimeError("{_name}: Index should have dimension 1 or 0")
if self.dim() == 0:
    torch.scatter_into(self, 0, index, source.reshape(index.size()), {_how})
    return self
shape = [1] * self.dim()
shape[dim] = index.numel()
wide = index.reshape(shape).expand(source.size())
torch.scatter_into(self, dim, wide, source, {_how})
return self
"""
    composite(f"aten::{_name}_(Tensor(a!) self, {_given}) -> Tensor(a!)", _body, infer=same())
    _passed = ", alpha=alpha" if _extra else ""
    composite(f"aten::{_name}(Tensor self, {_given}) -> Tensor",
              f"return torch.{_name}_(self.clone(), dim, index, source{_passed})")  # fmt: skip
_REDUCED_TEXT = "self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True"
composite(
    f"aten::index_reduce_(Tensor(a!) {_REDUCED_TEXT}) -> Tensor(a!)",
    """
if index.dim() > 1 or reduce == "sum":
    raise RuntimeError("index_reduce(): expected an index of at most one dimension and prod, mean, amax or amin")
if self.dim() == 0:
    return torch.scatter_reduce_(self, 0, index, source.reshape(index.size()), reduce, include_self=include_self)
shape = [1] * self.dim()
shape[dim] = index.numel()
wide = index.reshape(shape).expand(source.size())
return torch.scatter_reduce_(self, dim, wide, source, reduce, include_self=include_self)
""",
    infer=same(),
)
composite(f"aten::index_reduce(Tensor {_REDUCED_TEXT}) -> Tensor",
          "return torch.index_reduce_(self.clone(), dim, index, source, reduce, "
          "include_self=include_self)")  # fmt: skip
_FILL = """
if index.dim() > 1:
    raise RuntimeError("index_fill_(): Index is supposed to be a vector")
shape = [1] * self.dim()
sizes = self.size()
if self.dim() > 0:
    shape[dim] = index.numel()
    sizes[dim] = index.numel()
torch.scatter_into(self, dim, index.reshape(shape).expand(sizes), torch.full([], value, dtype=self.dtype), 5)
return self
"""
composite("aten::index_fill_.int_Scalar(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)", _FILL,
          infer=same())  # fmt: skip
composite("aten::index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
          "return torch.index_fill_(self.clone(), dim, index, value)")  # fmt: skip
composite("aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
          "return torch.index_put_(self.clone(), indices, values, accumulate)")  # fmt: skip
composite(
    "aten::masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor",
    """
wide = torch.logical_or(mask, torch.zeros_like(self, dtype=torch.bool))
whole = torch.where(mask, self, self)
count = int(torch.sum(wide))
result = whole.flatten().clone()
torch.index_put_(result, [wide.flatten()], source.flatten()[:count])
return result.reshape(whole.size())
""",
)
composite("aten::select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor",
          "result = self.clone()\nresult.select(dim, index).copy_(src)\nreturn result")  # fmt: skip
composite("aten::slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1)"
          " -> Tensor", "result = self.clone()\ntorch.slice(result, dim, start, end, step).copy_(src)\n"
                        "return result")  # fmt: skip
