"""Complex tensors: their parts, as views and as values, and what makes them.

Conjugates are computed where they are asked for: torch's lazy ones have the same elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import composite, operator, pointwise, unary
from aotjit.ops.infer import dtype_of, same, tensor
from aotjit.ops.numeric import Array
from aotjit.ops.opdef import Arguments, Build, Element, Rewrite, Runtime
from aotjit.types import TensorType, Type

# -- views ------------------------------------------------------------------------------------------------------------


def _as_real(args: Arguments) -> Sequence[Type]:
    source, dtype = tensor(args.types[0]), dtype_of(args, "self")
    if not dtype.is_complex:
        raise args.error(f"defined for complex tensors, not for {dtype}")
    return (TensorType(dtype.part, None if source.dims is None else (*source.dims, 2), source.contiguous),)


def _as_complex(args: Arguments) -> Sequence[Type]:
    source, dtype = tensor(args.types[0]), dtype_of(args, "self")
    if dtype.pair is dtype:
        raise args.error(f"defined for float32 and float64 tensors, not for {dtype}")
    if source.dims is not None and (not source.dims or source.dims[-1] not in (2, None)):
        raise args.error("the last dim must have the size 2")
    dims = None if source.dims is None else source.dims[:-1]
    return (TensorType(dtype.pair, dims, source.contiguous),)


def as_complex(x: Array) -> Array:
    if not x.ndim or x.shape[-1] != 2 or x.strides[-1] != x.itemsize:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if any(s % (2 * x.itemsize) for s in x.strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    dtype = f"complex{16 * x.itemsize}"
    return x.view(dtype)[..., 0] if x.size else np.empty(x.shape[:-1], dtype)


def pair(re: Array, im: Array) -> Array:
    """Complex numbers of their parts, which a product with 1j would change where they are not finite."""
    result = np.empty(np.broadcast(re, im).shape, np.result_type(np.complex64, re))
    result.real, result.imag = re, im
    return result


def as_real(x: Array) -> Array:
    parts: Array = np.ascontiguousarray(x[..., None]) if x.strides and x.strides[-1] % x.itemsize else x[..., None]
    return parts.view(f"float{4 * x.itemsize}")


operator("aten::view_as_real(Tensor(a) self) -> Tensor(a)", infer=_as_real, reference=as_real,
         lowering=Runtime("aj_view_as_real"), effects="view", shapes="self:c64")  # fmt: skip
operator("aten::view_as_complex(Tensor(a) self) -> Tensor(a)", infer=_as_complex, reference=as_complex,
         lowering=Runtime("aj_view_as_complex"), effects="view")  # fmt: skip


def _part(index: int) -> Rewrite:
    def build(emit: Any, self: Any) -> list[Any]:
        if not emit.dtype_of(self).is_complex:
            return [self]
        (pairs,) = emit.aten("view_as_real", self)
        return list(emit.aten("select.int", pairs, emit.constant(-1), emit.constant(index)))

    return Rewrite(build)


def _part_type(args: Arguments) -> Sequence[Type]:
    source, dtype = tensor(args.types[0]), dtype_of(args, "self")
    if not dtype.is_complex:
        if args.schema.name == "imag":
            raise args.error("not defined for tensors with real elements")
        return (args.types[0],)
    return (TensorType(dtype.part, source.dims),)


operator("aten::real(Tensor(a) self) -> Tensor(a)", infer=_part_type, reference=lambda x: x.real, lowering=_part(0),
         effects="view")  # fmt: skip
operator("aten::imag(Tensor(a) self) -> Tensor(a)", infer=_part_type, reference=lambda x: x.imag, lowering=_part(1),
         effects="view")  # fmt: skip
operator("aten::positive(Tensor(a) self) -> Tensor(a)", infer=same(), reference=lambda x: x,
         lowering=Rewrite(lambda emit, self: [self]), effects="view")  # fmt: skip

# -- conjugates -------------------------------------------------------------------------------------------------------


def _conjugate(args: Arguments) -> Sequence[Type]:
    source, dtype = tensor(args.types[0]), dtype_of(args, "self")
    return (TensorType(dtype, source.dims, contiguous=True),) if dtype.is_complex else (args.types[0],)


def _conjugated(emit: Any, self: Any) -> list[Any]:
    if not emit.dtype_of(self).is_complex:
        return [self]
    return list(emit.aten("conj_physical", self))


for _name in ("conj", "_conj"):
    operator(f"aten::{_name}(Tensor(a) self) -> Tensor(a)", infer=_conjugate,
             reference=lambda x: np.array(np.conj(x), order="C") if x.dtype.kind == "c" else x,
             lowering=Rewrite(_conjugated), effects="view")  # fmt: skip
for _name in ("conj_physical", "_conj_physical"):
    unary(_name, body=lambda b, x: b.conjugate(x), reference=lambda x: np.conj(x), compute="promote",
          inplace=_name == "conj_physical", on_complex=True)  # fmt: skip
for _name in ("is_conj", "is_neg"):
    composite(f"aten::{_name}(Tensor self) -> bool", "return False")

# -- values -----------------------------------------------------------------------------------------------------------

pointwise("squared_length(Tensor self)", namespace="aotjit", inplace=False, result="real", on_complex=True,
          body=lambda b, x: _squared_length(b, x), reference=lambda x: (x * np.conj(x)).real)  # fmt: skip


def _squared_length(b: Build, x: Element) -> Element:
    """The square; of a complex number that of its length."""
    if not x.dtype.is_complex:
        return x * x
    re, im = b.parts(x)
    return re * re + im * im


composite("aotjit::to_float32(Tensor self) -> Tensor", """
if self.is_complex():
    raise RuntimeError("not implemented for complex tensors")
return self.to(torch.float32)
""")  # fmt: skip
unary("isreal", body=lambda b, x: b.compare("eq", b.im(x), 0), reference=lambda x: np.isreal(x), compute="promote",
      result="bool", inplace=False, on_complex=True)  # fmt: skip

# -- from and to other forms ------------------------------------------------------------------------------------------


def _made(text: str, body: Callable[..., Any], reference: Callable[..., Array]) -> None:
    pointwise(text, body=body, reference=reference, compute="full", accepts="equal", result="complex", inplace=False)


_made("complex(Tensor real, Tensor imag)", lambda b, re, im: b.complex(re, im), lambda re, im: pair(re, im))
_made("polar(Tensor abs, Tensor angle)", lambda b, length, turn: b.complex(length * b.cos(turn), length * b.sin(turn)),
      lambda length, turn: pair(length * np.cos(turn), length * np.sin(turn)))  # fmt: skip
unary("angle", body=lambda b, x: b.angle(x), reference=lambda x: _angle(x), result="real", inplace=False,
      on_complex=True)  # fmt: skip


def _angle(x: Array) -> Array:
    return np.angle(x) if x.dtype.kind == "c" else np.where(np.isnan(x), x, np.where(x < 0, np.pi, 0)).astype(x.dtype)
