"""The element of a 0-dim tensor as a number of the language, read inline where its dtype is known."""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from aotjit.codegen.elements import Elements
from aotjit.codegen.function import HostFunction
from aotjit.codegen.intrinsics import whole_number
from aotjit.codegen.kernels.rows import load
from aotjit.codegen.layout import F64, I1, I64, TENSOR
from aotjit.dtypes import Category, DType
from aotjit.ir import ts
from aotjit.ops.numeric import NO_WHOLE_ELEMENT
from aotjit.types import TensorType


def _tensor(op: ts.AtenOp) -> TensorType:
    t = ts.type_of(op.arguments[0])
    assert isinstance(t, TensorType)
    return t


def is_plain_element(op: ts.AtenOp) -> bool:
    """The operand is known to have one element, of a type that the machine has."""
    t = _tensor(op)
    return t.dims == () and t.dtype not in (None, DType.F16, DType.BF16) and t.dtype.category is not Category.COMPLEX


def _element(f: HostFunction, op: ts.AtenOp) -> tuple[ir.Value, DType]:
    dtype = _tensor(op).dtype
    assert dtype is not None
    return load(Elements(f.builder), f.load_field(f.value(op.arguments[0]), TENSOR, "data"), dtype), dtype


def _is_unsigned(dtype: DType) -> bool:
    return dtype in (DType.U8, DType.BOOL)


def _float(f: HostFunction, op: ts.AtenOp) -> ir.Value:
    value, dtype = _element(f, op)
    if dtype.is_floating:
        return value if dtype is DType.F64 else f.builder.fpext(value, F64)
    return (f.builder.uitofp if _is_unsigned(dtype) else f.builder.sitofp)(value, F64)


def _int(f: HostFunction, op: ts.AtenOp) -> ir.Value:
    value, dtype = _element(f, op)
    if dtype.is_floating:
        wide = value if dtype is DType.F64 else f.builder.fpext(value, F64)
        return whole_number(f, wide, op, NO_WHOLE_ELEMENT)
    if dtype is DType.I64:
        return value
    return (f.builder.zext if _is_unsigned(dtype) else f.builder.sext)(value, I64)


def _bool(f: HostFunction, op: ts.AtenOp) -> ir.Value:
    value, dtype = _element(f, op)
    if dtype.is_floating:
        return f.builder.fcmp_unordered("!=", value, ir.Constant(value.type, 0.0))
    return value if value.type == I1 else f.builder.icmp_unsigned("!=", value, ir.Constant(value.type, 0))


ITEMS: dict[str, Callable[[HostFunction, ts.AtenOp], ir.Value]] = {
    "aj_item_float": _float,
    "aj_item_int": _int,
    "aj_item_bool": _bool,
}
"""By the runtime's function for any tensor."""
