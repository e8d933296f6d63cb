"""New tensors with the elements in other places, and the positions of extremes: written in the language."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.dtypes import DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.infer import fresh, like, reduced_dims, sizes_of, tensor
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments, Composite
from aotjit.ops.reduction import dims_of
from aotjit.types import Type

# -- positions of extremes --------------------------------------------------------------------------------------------

_POSITION = """
    best = torch.{extreme}(x, [d], True)
    shape = [1] * x.dim()
    if x.dim() > 0:
        shape[d] = x.size(d)
    places = torch.arange(1 if x.dim() == 0 else x.size(d)).reshape(shape)
    found = torch.where((x == best) | (x != x), places, places.numel())
    index = torch.amin(found, [d], keepdim)
"""
"""The first place of the extreme; a NaN counts as one."""


def _position(name: str, extreme: str) -> None:
    def reference(x: Array, dim: int | None, keepdim: bool) -> Array:
        if x.size == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0")
        found = np.asarray(getattr(np, name)(x, axis=None if x.ndim == 0 else dim), np.int64)
        if not keepdim:
            return found
        return np.reshape(found, (1,) * x.ndim) if dim is None or x.ndim == 0 else np.expand_dims(found, dim)

    def infer(args: Arguments) -> Sequence[Type]:
        if tensor(args.type("self")).dtype is DType.BOOL:
            raise args.error("not defined for bool tensors", "convert the tensor first")
        return fresh(DType.I64, reduced_dims(args, tensor(args.type("self")).dims))

    operator(
        f"aten::{name}(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
        infer=infer,
        reference=reference,
        lowering=Composite(f"""
def {name}(self: Tensor, dim: Optional[int], keepdim: bool) -> Tensor:
    d = 0
    x = self
    if dim is None:
        x = self.flatten()
    else:
        d = dim
{_POSITION.format(extreme=extreme)}
    if dim is None and keepdim:
        return index.reshape([1] * self.dim())
    return index
"""),
    )


_position("argmax", "amax")
_position("argmin", "amin")


def _extreme_and_place(name: str) -> None:
    def reference(x: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
        axis = dims_of(dim, x.ndim)
        if x.size == 0:
            raise IndexError(f"{name}(): Expected reduction dim to have non-zero size")
        place = np.asarray(getattr(np, f"arg{name}")(x, axis=dim if axis else None, keepdims=keepdim), np.int64)
        return np.array(getattr(np, name)(x, axis=axis, keepdims=keepdim), order="C"), np.array(place, order="C")

    def infer(args: Arguments) -> Sequence[Type]:
        source = tensor(args.type("self"))
        dims = reduced_dims(args, source.dims)
        return (*fresh(source.dtype, dims), *fresh(DType.I64, dims))

    operator(
        f"aten::{name}.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        infer=infer,
        reference=reference,
        lowering=Composite(f"""
def {name}(self: Tensor, dim: int, keepdim: bool) -> Tuple[Tensor, Tensor]:
    x = self
    d = dim
{_POSITION.format(extreme="a" + name)}
    return torch.a{name}(x, [d], keepdim), index
"""),
    )


_extreme_and_place("max")
_extreme_and_place("min")

# -- triangles --------------------------------------------------------------------------------------------------------


def _triangle(name: str, keeps: str) -> None:
    operator(
        f"aten::{name}(Tensor self, SymInt diagonal=0) -> Tensor",
        infer=like(),
        reference=lambda x, diagonal: np.ascontiguousarray(getattr(np, name)(x, diagonal)),
        lowering=Composite(f"""
def {name}(self: Tensor, diagonal: int) -> Tensor:
    if self.dim() < 2:
        raise RuntimeError("{name}: input tensor must have at least 2 dimensions")
    rows = torch.arange(self.size(-2)).unsqueeze(1)
    columns = torch.arange(self.size(-1))
    return torch.where(columns - rows {keeps} diagonal, self, torch.zeros_like(self))
"""),
    )


_triangle("triu", ">=")
_triangle("tril", "<=")

# -- copies of parts --------------------------------------------------------------------------------------------------


def _repeated(args: Arguments) -> Sequence[Type]:
    source, repeats = tensor(args.types[0]), sizes_of(args, "repeats")
    if source.dims is None or repeats is None:
        return fresh(source.dtype, None)
    if len(repeats) < len(source.dims):
        raise args.error("the number of repeats is less than the tensor's rank")
    padded = (1,) * (len(repeats) - len(source.dims)) + source.dims
    whole = [d * r if isinstance(d, int) and isinstance(r, int) else None for d, r in zip(padded, repeats, strict=True)]
    return fresh(source.dtype, tuple(whole))


def repeat(x: Array, repeats: Sequence[int]) -> Array:
    if len(repeats) < x.ndim:
        raise RuntimeError("the number of repeats is less than the tensor's rank")
    return np.tile(x, tuple(repeats))


operator(
    "aten::repeat(Tensor self, SymInt[] repeats) -> Tensor",
    infer=_repeated,
    reference=lambda x, repeats: repeat(x, repeats),
    lowering=Composite("""
def repeat(self: Tensor, repeats: List[int]) -> Tensor:
    lead = len(repeats) - self.dim()
    if lead < 0:
        raise RuntimeError("repeat: the number of repeats is less than the tensor's rank")
    ones = torch.jit.annotate(List[int], [])
    copies = torch.jit.annotate(List[int], [])
    whole = torch.jit.annotate(List[int], [])
    for i in range(len(repeats)):
        size = 1 if i < lead else self.size(i - lead)
        ones += [1, size]
        copies += [repeats[i], size]
        whole.append(repeats[i] * size)
    return self.reshape(ones).expand(copies).reshape(whole).clone()
"""),
)
