"""Copies and conversions of whole tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aotjit.dtypes import DTYPE_BY_CODE, DType
from aotjit.ops import bounds
from aotjit.ops import numpy_lazily as np
from aotjit.ops.create import check_options
from aotjit.ops.declare import operator, pointwise
from aotjit.ops.identity import is_told_apart
from aotjit.ops.infer import dtype_argument, dtype_of, tensor
from aotjit.ops.numeric import Array, cast, element_dtype
from aotjit.ops.opdef import UNKNOWN, Arguments, Infer, Rewrite, Runtime
from aotjit.types import TensorType, Type

if TYPE_CHECKING:
    from xdsl.ir import SSAValue

    from aotjit.ops.emitter import Emitter

# -- the same elements ------------------------------------------------------------------------------------------------


def _same(args: Arguments) -> Sequence[Type]:
    check_options(args)
    return (args.types[0],)


def _row_major(args: Arguments) -> Sequence[Type]:
    check_options(args)
    t = tensor(args.types[0])
    return (TensorType(t.dtype, t.dims, contiguous=True),)


def with_dims(x: Array) -> Array:
    """The tensor. Raises RuntimeError for a 0-dim one, where the program was compiled for another dtype."""
    if x.ndim == 0:
        raise RuntimeError(
            "a tensor without dims, on which the result's element type depends: "
            "the program was compiled for one with dims (--input says otherwise)"
        )
    return x


def contiguous(x: Array) -> Array:
    return x if x.flags.c_contiguous else np.array(x, order="C")


def _another(emit: Emitter, self: SSAValue) -> Sequence[SSAValue]:
    """The tensor itself does where nobody asks which of the two it is."""
    return emit.aten("aotjit::view_all", self) if is_told_apart(emit.at.outputs[0]) else [self]


operator("aotjit::view_all(Tensor(a) self) -> Tensor(a)", infer=_same, reference=lambda x: x.view(),
         lowering=Runtime("aj_view_all"), effects="view")  # fmt: skip
for _text in ("detach(Tensor(a) self)", "alias(Tensor(a) self)"):
    operator(f"aten::{_text} -> Tensor(a)", infer=_same, reference=lambda x: x.view(), lowering=Rewrite(_another),
             effects="view")  # fmt: skip
for _text in ("lift_fresh(Tensor(a) self)", "resolve_conj(Tensor(a) self)", "resolve_neg(Tensor(a) self)"):
    operator(f"aten::{_text} -> Tensor(a)", infer=_same, reference=lambda x: x,
             lowering=Rewrite(lambda emit, self: [self]), effects="view")  # fmt: skip
operator("aten::cpu(Tensor(a) self) -> Tensor(b|a)", infer=_same, reference=lambda x: x,
         lowering=Rewrite(lambda emit, self: [self]), effects="view")  # fmt: skip
operator("prim::data(Tensor(a) a) -> Tensor(a)", infer=_same, reference=lambda x: x.view(),
         lowering=Rewrite(lambda emit, a: _another(emit, a)), effects="view")  # fmt: skip
operator("aotjit::with_dims(Tensor(a) self) -> Tensor(a)", infer=_same, reference=with_dims,
         lowering=Runtime("aj_with_dims"), effects="view")  # fmt: skip
operator("aotjit::contiguous(Tensor(a) self) -> Tensor(a)", infer=_row_major, reference=contiguous,
         lowering=Runtime("aj_contiguous"), effects="view")  # fmt: skip
operator(
    "aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)",
    infer=_row_major,
    reference=lambda x, memory_format: contiguous(x),
    lowering=Rewrite(
        lambda emit, self, memory_format: [self] if emit.is_contiguous(self) else emit.aten("aotjit::contiguous", self)
    ),
    effects="view",
)


def _clone(args: Arguments) -> Sequence[Type]:
    dtype_of(args, "self")
    return _row_major(args)


operator(
    "aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
    infer=_clone,
    reference=lambda x, memory_format: np.array(x, order="C"),
    lowering=Rewrite(lambda emit, self, memory_format: [emit.converted(self, emit.dtype)]),
)
pointwise(
    "copy_(Tensor(a!) self, Tensor src, bool non_blocking=False)",
    body=lambda b, x, source: source,
    reference=lambda x, source: source,
    promotes=("src",),
    keep=("self",),
    converts=True,
    inplace="only",
    on_complex=True,
)
for _overload, _value in (("Scalar", "Scalar"), ("Tensor", "Tensor")):
    pointwise(
        f"fill_.{_overload}(Tensor(a!) self, {_value} value)",
        body=lambda b, x, value: value,
        reference=lambda x, value: value,
        promotes=("self",),
        converts=True,
        zero_dim="value",
        inplace="only",
        on_complex=True,
        fits={"value": bounds.element} if _value == "Scalar" else {},
    )
pointwise(
    "set_(Tensor(a!) self, Scalar value)",
    body=lambda b, x, value: value,
    reference=lambda x, value: value,
    promotes=("self",),
    converts=True,
    inplace="only",
    namespace="aotjit",
    on_complex=True,
    fits={"value": bounds.default_tensor},
    doc="What `x[i] = value` writes: torch.jit makes a tensor of the number, which is converted.",
)
pointwise(
    "zero_(Tensor(a!) self)",
    body=lambda b, x: b.constant(0, x.dtype),
    reference=lambda x: np.zeros((), x.dtype),
    inplace="only",
    on_complex=True,
)

# -- another element type ---------------------------------------------------------------------------------------------


def _converting(target: Callable[[Arguments], DType | None]) -> Infer:
    def rule(args: Arguments) -> Sequence[Type]:
        check_options(args)
        source, dtype = tensor(args.types[0]), target(args)
        copies = args.has("copy") and args.constant("copy") is not False
        if dtype is None or dtype is source.dtype:
            return (TensorType(source.dtype, source.dims, source.contiguous or copies),)
        return (TensorType(dtype, source.dims, contiguous=copies or source.dtype is not None),)

    return rule


def _convert(emit: Any, self: Any, copy: Any = None, **rest: Any) -> list[Any]:
    """The tensor itself where it has the dtype and no copy is asked for."""
    asked = False if copy is None else emit.constant_of(copy)
    if asked is UNKNOWN:
        raise emit.error("'copy' must be known at compile time", "write True or False")
    given = emit.dtype_of(self)
    if emit.dtype is given and not asked:
        return [self]
    if given is None:
        (self,) = emit.aten("aotjit::to", self, emit.constant(emit.dtype.code))
        if not asked:
            return [self]
    return [emit.converted(self, emit.dtype)]


def converted(x: Array, code: int | None, copy: bool) -> Array:
    dtype = element_dtype(x) if code is None else DTYPE_BY_CODE[code]
    if dtype is element_dtype(x) and not copy:
        return x
    return np.array(cast(x, dtype), order="C")


_TAIL = "bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None"


def _at_run_time(args: Arguments) -> Sequence[Type]:
    return (TensorType(dtype_argument(args), tensor(args.types[0]).dims),)


operator("aotjit::to(Tensor(a) self, int dtype) -> Tensor(a)", infer=_at_run_time,
         reference=lambda x, dtype: converted(x, dtype, False), lowering=Runtime("aj_to_dtype"), effects="view")


def _to(text: str, target: Callable[[Arguments], DType | None], reference: Callable[..., Array]) -> None:
    operator(
        f"aten::{text}", infer=_converting(target), reference=reference, lowering=Rewrite(_convert), effects="view"
    )


def _other(args: Arguments) -> DType | None:
    return dtype_of(args, "other")


_to(f"to.dtype(Tensor(a) self, ScalarType dtype, {_TAIL}) -> Tensor(a)", dtype_argument,
    lambda x, dtype, non_blocking, copy, memory_format: converted(x, dtype, copy))  # fmt: skip
_to(f"to.device(Tensor(a) self, Device device, ScalarType dtype, {_TAIL}) -> Tensor(a)", dtype_argument,
    lambda x, device, dtype, non_blocking, copy, memory_format: converted(x, dtype, copy))  # fmt: skip
_to(f"to.other(Tensor(a) self, Tensor other, {_TAIL}) -> Tensor(a)", _other,
    lambda x, other, non_blocking, copy, memory_format: converted(x, element_dtype(other).code, copy))  # fmt: skip
_to(
    "to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, "
    f"bool? pin_memory=None, {_TAIL}) -> Tensor(a)",
    dtype_argument,
    lambda x, dtype, layout, device, pin_memory, non_blocking, copy, memory_format: converted(x, dtype, copy),
)
_to("to.prim_Device(Tensor(a) self, Device? device, int? dtype=None, bool non_blocking=False, bool copy=False) "
    "-> Tensor(b|a)", dtype_argument,
    lambda x, device, dtype, non_blocking, copy: converted(x, dtype, copy))  # fmt: skip
_to("to.prim_dtype(Tensor(a) self, int? dtype=None, bool non_blocking=False, bool copy=False) -> Tensor(b|a)",
    dtype_argument, lambda x, dtype, non_blocking, copy: converted(x, dtype, copy))  # fmt: skip
_to(
    "type_as(Tensor self, Tensor other) -> Tensor",
    _other,
    lambda x, other: converted(x, element_dtype(other).code, False),
)
