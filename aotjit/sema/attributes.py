"""`value.name`: members of namespaces, tensors, named tuples and modules, and the methods of all other values."""

from __future__ import annotations

import cmath
import math

from aotjit.diagnostics import CompileError, Span
from aotjit.dtypes import DTYPE_BY_TORCH
from aotjit.ir import ts
from aotjit.sema.class_types import enum_type, instance_type
from aotjit.sema.context import FunctionContext, is_tensor
from aotjit.sema.conversions import tuple_element
from aotjit.sema.enums import enum_attribute, enum_member
from aotjit.sema.interfaces import choice_attribute
from aotjit.sema.origins import origins
from aotjit.sema.overloads import call_operator
from aotjit.sema.user_classes import class_attribute, instance_attribute
from aotjit.sema.values import (
    ClassValue,
    ModuleChoice,
    ModuleValue,
    Namespace,
    NewInstance,
    Plain,
    TupleValue,
    Value,
    ValueMethod,
)
from aotjit.types import COMPLEX, DEVICE, INT, ClassType, EnumType, OptionalType, TupleType, is_future

TENSOR_ATTRIBUTES = {
    "shape": "size", "ndim": "dim", "T": "numpy_T", "mT": "mT", "dtype": "dtype", "device": "device", "data": "detach",
    "is_cuda": "is_cuda", "requires_grad": "requires_grad", "layout": "layout", "H": "matrix_H", "mH": "mH",
    "nbytes": "nbytes", "real": "real", "imag": "imag",
    "itemsize": "itemsize", "is_sparse": "is_sparse", "is_quantized": "is_quantized", "is_meta": "is_meta",
}  # fmt: skip
CONSTANTS: dict[str, bool | int | float | complex | str] = {
    **{f"math.{n}": getattr(math, n) for n in ("pi", "e", "inf", "nan", "tau")},
    **{f"cmath.{n}": getattr(cmath, n) for n in ("pi", "e", "inf", "nan", "tau", "infj", "nanj")},
    "torch.pi": math.pi, "torch.inf": math.inf, "torch.nan": math.nan, "torch.e": math.e,
    **{f"torch.{name}": d.code for name, d in DTYPE_BY_TORCH.items()},
    "torch.strided": 0, "torch.contiguous_format": 0, "torch.preserve_format": 1, "torch.channels_last": 2,
    "torch.channels_last_3d": 3,
}  # fmt: skip
_OF_COMPLEX = {"real": "write float(z)", "imag": "write float(z * -1j)",
               "conjugate": "write complex(float(z), float(z * 1j))"}  # fmt: skip
"""What does the same as an attribute that complex numbers have in Python."""
# The names of the results of operators that return several tensors (torch.return_types).
RESULT_NAMES = {
    "values": 0, "indices": 1, "solution": 0, "eigenvalues": 0, "eigenvectors": 1, "Q": 0, "R": 1, "U": 0, "S": 1,
    "mantissa": 0, "exponent": 1, "sign": 0, "logabsdet": 1,
}  # fmt: skip


def attribute(ctx: FunctionContext, value: Value, name: str, span: Span) -> Value:
    """The value of `value.name`."""
    match value:
        case Namespace(path=path):
            full = f"{path}.{name}"
            if full in CONSTANTS:
                return ctx.constant(CONSTANTS[full], span)
            found = ctx.compiler.member(ctx, full, span)
            return found if found is not None else Namespace(full)
        case ClassValue(path=path) if path and (found := ctx.compiler.member(ctx, f"{path}.{name}", span)):
            return found
        case ClassValue():
            return class_member(ctx, value, name, span)
        case ModuleChoice():
            return choice_attribute(value, name, span)
        case ModuleValue():
            return ctx.compiler.module_attribute(ctx, value, name, span)
        case TupleValue(elements=elements):
            at = RESULT_NAMES.get(name)
            if at is not None and at < len(elements):
                return elements[at]
        case Plain():
            return _of_value(ctx, value, name, span)
    raise CompileError.at(span, f"{value.describe()} has no attribute '{name}'")


def class_member(ctx: FunctionContext, value: ClassValue, name: str, span: Span) -> Value:
    """`Class.name`: a class inside it, a member of an Enum, a static method, or what archives make instances with."""
    inner = value.scope.names.get(f"{value.definition.name}.{name}")
    if inner is not None:
        return inner
    t = enum_type(value)
    if t is not None:
        return enum_member(ctx, t, name, span)
    if name == "__new__":
        return NewInstance(instance_type(value, span))
    return class_attribute(ctx, value, name, span)


def _of_value(ctx: FunctionContext, value: Plain, name: str, span: Span) -> Value:
    t = value.type
    if isinstance(t, ClassType) and not is_future(t):
        return instance_attribute(ctx, value, name, span)
    if isinstance(t, EnumType):
        return enum_attribute(ctx, value, t, name, span)
    if isinstance(t, TupleType):
        if t.fields is not None and name in t.fields:
            return tuple_element(ctx, value, t.fields.index(name), span)
        at = RESULT_NAMES.get(name)
        if t.fields is None and at is not None and at < len(t.elements):
            return tuple_element(ctx, value, at, span)
        raise CompileError.at(span, f"a value of type {t} has no attribute '{name}'", None, origins([value]))
    if is_tensor(t) and name in TENSOR_ATTRIBUTES:
        return call_operator(ctx, TENSOR_ATTRIBUTES[name], [value], {}, span, f"Tensor.{name}")
    if t == DEVICE and name == "type":
        return call_operator(ctx, "type", [value], {}, span, "device.type")
    if t == DEVICE and name == "index":  # the processor, which is the only device there is, has none
        return ctx.value(ts.NoneOp(OptionalType(INT)), span)
    if isinstance(t, OptionalType):
        raise CompileError.at(
            span, f"'{name}' is asked of a value of type {t}, which may be None", "test it with 'is not None' first"
        )
    if t == COMPLEX:
        message = f"a value of type complex has no attribute '{name}' in TorchScript"
        raise CompileError.at(span, message, _OF_COMPLEX.get(name))
    return ValueMethod(value, name, span)
