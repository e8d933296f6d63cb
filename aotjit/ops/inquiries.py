"""Questions about tensors and element types that have a yes, a no or an element type for an answer."""

from __future__ import annotations

from typing import Any

from aotjit import types
from aotjit.dtypes import DTYPE_BY_CODE, DType, promote
from aotjit.ops.declare import composite, operator
from aotjit.ops.infer import operand, tensor
from aotjit.ops.numeric import operand_of
from aotjit.ops.opdef import UNKNOWN, Arguments, Rewrite
from aotjit.ops.promotion import AmbiguousPromotionError, can_cast, result_type
from aotjit.types import Type

composite("aten::is_nonzero(Tensor self) -> bool", "return bool(self)")
composite("aten::is_same_size(Tensor self, Tensor other) -> bool", "return self.size() == other.size()")
composite("aten::is_signed(Tensor self) -> bool",
          "return self.dtype != torch.uint8 and self.dtype != torch.bool", effects="pure")  # fmt: skip
for _name in ("is_inference", "is_distributed"):
    composite(f"aten::{_name}(Tensor self) -> bool", "return False", effects="pure")
composite("aten::is_pinned(Tensor self, Device? device=None) -> bool", "return False", effects="pure")


def _decided(text: str, answer: Any, reference: Any, result: Type = types.INT) -> None:
    """A question whose answer follows from the facts: `answer(args)` is it, or UNKNOWN."""

    def build(emit: Any, **given: Any) -> Any:
        found = answer(emit.arguments)
        if found is UNKNOWN:
            raise emit.error("the element types, and which tensors have dims, must be known at compile time")
        return [emit.constant(found)]

    operator(text, infer=lambda args: (result,), reference=reference, lowering=Rewrite(build), effects="pure",
             value=answer)  # fmt: skip


def _dtypes(args: Arguments) -> list[DType] | None:
    codes = [args.constant(a.name) for a in args.schema.arguments]
    return None if UNKNOWN in codes else [DTYPE_BY_CODE[c] for c in codes if isinstance(c, int)]


def _promoted(args: Arguments) -> object:
    dtypes = _dtypes(args)
    return UNKNOWN if dtypes is None else promote(*dtypes).code


def _castable(args: Arguments) -> object:
    dtypes = _dtypes(args)
    return UNKNOWN if dtypes is None else can_cast(*dtypes)


_decided("aten::promote_types(ScalarType type1, ScalarType type2) -> ScalarType", _promoted,
         lambda a, b: promote(DTYPE_BY_CODE[a], DTYPE_BY_CODE[b]).code)  # fmt: skip
_decided("aten::can_cast(ScalarType from_, ScalarType to) -> bool", _castable,
         lambda a, b: can_cast(DTYPE_BY_CODE[a], DTYPE_BY_CODE[b]), types.BOOL)  # fmt: skip


def _result(args: Arguments) -> object:
    names = [a.name for a in args.schema.arguments]
    if any(isinstance(args.type(n), types.TensorType) and tensor(args.type(n)).dtype is None for n in names):
        return UNKNOWN
    try:
        return result_type([operand(args, n) for n in names]).code
    except AmbiguousPromotionError:
        return UNKNOWN


for _overload, _given in (
    ("Tensor", "Tensor tensor, Tensor other"), ("Scalar", "Tensor tensor, Scalar other"),
    ("Scalar_Tensor", "Scalar scalar, Tensor tensor"), ("Scalar_Scalar", "Scalar scalar1, Scalar scalar2"),
):  # fmt: skip
    _decided(f"aten::result_type.{_overload}({_given}) -> ScalarType", _result,
             lambda a, b: result_type([operand_of(a), operand_of(b)]).code)  # fmt: skip
