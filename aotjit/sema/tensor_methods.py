"""Methods of tensors that are more than an operator, or another one."""

from __future__ import annotations

from aotjit.diagnostics import CompileError
from aotjit.dtypes import DType
from aotjit.ops.tolist import DEEPEST, KINDS, tolist_name
from aotjit.sema.builtins import plain_arguments
from aotjit.sema.calls import METHOD_CALLS
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import plain
from aotjit.sema.overloads import call_operator
from aotjit.sema.values import Plain, Value
from aotjit.syntax import ast
from aotjit.types import STR, ListType, Type

CASTS = {
    "float": DType.F32, "double": DType.F64, "half": DType.F16, "long": DType.I64, "int": DType.I32,
    "short": DType.I16, "char": DType.I8, "byte": DType.U8,
}  # fmt: skip
NOT_IN_TORCHSCRIPT = ("bool", "bfloat16")
"""Methods that Python's tensors have and TorchScript's do not; dtypes of the same names."""


def _no_arguments(node: ast.Call, name: str) -> None:
    if node.args or node.keywords:
        raise CompileError.at(node.span, f"Tensor.{name} takes no arguments")


def _cast(name: str) -> None:
    def rule(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
        _no_arguments(node, name)
        dtype = plain(ctx, ctx.constant(CASTS[name].code, node.span), node.span)
        return call_operator(ctx, "to", [receiver, dtype], {}, node.span, f"Tensor.{name}")

    METHOD_CALLS["Tensor", name] = rule


def _tolist(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
    """The result's type is what the place asks for: an annotation of the name or the function's result, or annotate."""
    _no_arguments(node, "tolist")
    element, depth = expected, 0
    while isinstance(element, ListType):
        element, depth = element.element, depth + 1
    if element not in KINDS or depth > DEEPEST:
        raise CompileError.at(
            node.span,
            "the type of Tensor.tolist's result is not known here" if expected is None or depth > DEEPEST
            else f"Tensor.tolist gives lists of int, float, complex or bool, not {expected}",
            "write it: y: List[List[float]] = x.tolist()",
        )  # fmt: skip
    return call_operator(ctx, tolist_name(element, depth), [receiver], {}, node.span, "Tensor.tolist")


def _refused_cast(name: str) -> None:
    def rule(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
        raise CompileError.at(node.span, f"Tensor.{name} is not part of TorchScript", f"write .to(torch.{name})")

    METHOD_CALLS["Tensor", name] = rule


def _type(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
    """With a dtype another name of `to`; names of Python's tensor classes are no dtypes."""
    (dtype,) = plain_arguments(ctx, node, 1, 1, "Tensor.type")
    if dtype.type == STR:
        raise CompileError.at(node.span, "Tensor.type takes a dtype, found str", "write x.to(torch.float64)")
    return call_operator(ctx, "to", [receiver, dtype], {}, node.span, "Tensor.type")


def _cuda(ctx: FunctionContext, receiver: Plain, node: ast.Call, expected: Type | None) -> Value:
    raise CompileError.at(node.span, "Tensor.cuda: device 'cuda' is not supported", "only the CPU is")


for _name in CASTS:
    _cast(_name)
for _name in NOT_IN_TORCHSCRIPT:
    _refused_cast(_name)
METHOD_CALLS["Tensor", "tolist"] = _tolist
METHOD_CALLS["Tensor", "type"] = _type
METHOD_CALLS["Tensor", "cuda"] = _cuda
