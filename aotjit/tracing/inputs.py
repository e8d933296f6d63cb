"""What an example argument of a trace says: the annotation and type of its parameter, and its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aotjit.diagnostics import Span, UsageError
from aotjit.sema.modules import HostTensor
from aotjit.syntax import ast
from aotjit.tracing import foreign
from aotjit.types import STR, TENSOR, DictType, ListType, TupleType, Type


@dataclass(frozen=True)
class Example:
    """`value` is the interpreter's: arrays for tensors."""

    annotation: ast.Expr
    type: Type
    value: Any


def describe(name: str, value: Any, span: Span) -> Example:
    """The example for the parameter `name`. UsageError for what is no tensor and no container of tensors."""
    if foreign.is_tensor(value):
        return Example(ast.Name(span, "Tensor"), TENSOR, checked(foreign.host_tensor(value)).numpy().copy())
    if isinstance(value, tuple | list) and value:
        parts = [describe(name, item, span) for item in value]
        types = tuple(p.type for p in parts)
        values = [p.value for p in parts]
        if isinstance(value, tuple):
            annotation = _generic(span, "Tuple", [p.annotation for p in parts])
            return Example(annotation, TupleType(types), tuple(values))
        if all(t == types[0] for t in types):
            return Example(_generic(span, "List", [parts[0].annotation]), ListType(types[0]), values)
    if isinstance(value, dict) and value and all(isinstance(k, str) for k in value):
        held = {k: describe(name, item, span) for k, item in value.items()}
        if all(e.type == TENSOR for e in held.values()):
            annotation = _generic(span, "Dict", [ast.Name(span, "str"), ast.Name(span, "Tensor")])
            return Example(annotation, DictType(STR, TENSOR), {k: e.value for k, e in held.items()})
    raise UsageError(
        f"example_inputs: the argument '{name}' is a {type(value).__name__}; tensors, and tuples, lists and dicts of "
        "them, are traced; everything else is part of the function"
    )


def _generic(span: Span, name: str, arguments: list[ast.Expr]) -> ast.Expr:
    return ast.Subscript(span, ast.Name(span, name), tuple(arguments), len(arguments) > 1)


def checked(tensor: HostTensor) -> HostTensor:
    """The tensor; UsageError for an element type in which the function cannot be run while it is traced."""
    if tensor.dtype.value.torch == "bfloat16":
        raise UsageError("bfloat16 tensors cannot be traced; trace in float32")
    return tensor
