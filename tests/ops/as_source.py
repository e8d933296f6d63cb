"""Operators as functions of the language, so that the whole compiler can be run on their samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aotjit import types
from aotjit.ops.opdef import Operator
from aotjit.types import ListType, OptionalType, Type

JAXTYPING = {
    "float16": "Float16", "float32": "Float32", "float64": "Float64", "int8": "Int8", "int16": "Int16",
    "int32": "Int32", "int64": "Int64", "uint8": "UInt8", "bool": "Bool", "complex64": "Complex64",
    "complex128": "Complex128",
}  # fmt: skip
HEADER = """
import math
import torch
from typing import List
from torch import Tensor
from jaxtyping import Bool, Complex64, Complex128, Float16, Float32, Float64, Int8, Int16, Int32, Int64, UInt8
"""

SCALAR_FORMS = {
    "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "div": "{0} / {1}", "floordiv": "{0} // {1}",
    "remainder": "{0} % {1}", "pow": "{0} ** {1}", "neg": "-{0}", "eq": "{0} == {1}", "ne": "{0} != {1}",
    "lt": "{0} < {1}", "le": "{0} <= {1}", "gt": "{0} > {1}", "ge": "{0} >= {1}", "__and__": "{0} & {1}",
    "__or__": "{0} | {1}", "__xor__": "{0} ^ {1}", "__lshift__": "{0} << {1}", "__rshift__": "{0} >> {1}",
    "__not__": "not {0}", "Int": "int({0})", "Float": "float({0})", "Bool": "bool({0})", "abs": "abs({0})",
    "max": "max({0}, {1})", "min": "min({0}, {1})", "round": "round({0})", "len": "len({0})", "ord": "ord({0})",
    "chr": "chr({0})", "__getitem__": "{0}[{1}]", "__contains__": "{1} in {0}", "sum": "sum({0})", "any": "any({0})",
    "all": "all({0})", "sorted": "sorted({0})",
}  # fmt: skip
METHODS = {"append", "extend", "insert", "pop", "clear", "copy", "reverse", "remove", "sort", "index", "count", "upper",
           "lower", "strip", "join", "find", "startswith", "endswith", "replace", "split"}  # fmt: skip


@dataclass
class Call:
    """One function of a generated source and the arguments to call it with."""

    name: str
    text: str
    arguments: list[Any]
    what: str


def call_source(function: str, operator: Operator, args: Sequence[Any], static: bool, what: str) -> Call | None:
    """A function that calls the operator; None for operators that the language does not reach by a name.

    `static`: tensors have all dims known and numbers are literals; else tensors have any rank and numbers are
    parameters.
    """
    parameters: list[str] = []
    values: list[Any] = []
    shown: list[str] = []
    schema = operator.schema
    for argument, value in zip(schema.arguments, args, strict=True):
        annotation = _annotation(value, argument.type, static)
        if annotation is None:
            shown.append(_literal(value))
            continue
        shown.append(f"a{len(values)}")
        parameters.append(f"a{len(values)}: {annotation}")
        values.append(value)
    expression = _expression(operator, shown, args)
    if expression is None:
        return None
    body = f"    return {expression}\n"
    if not schema.returns:
        body = f"    {expression}\n    return {shown[0]}\n"
    return Call(function, f"def {function}({', '.join(parameters)}):\n{body}", values, what)


def _annotation(value: Any, declared: Type, static: bool) -> str | None:
    """The annotation of a parameter for the value; None when it is to be a literal."""
    inner = declared.element if isinstance(declared, OptionalType) else declared
    if isinstance(value, np.ndarray):
        return f'{JAXTYPING[value.dtype.name]}[Tensor, "{" ".join(map(str, value.shape)) if static else "..."}"]'
    if isinstance(value, list) and isinstance(inner, ListType):
        if value and isinstance(value[0], np.ndarray):
            return "List[Tensor]" if value[0].dtype == np.float32 else None
        if inner.element == types.INT or not value or isinstance(value[0], list):
            return None if static or not value or isinstance(value[0], list) else f"List[{type(value[0]).__name__}]"
        return f"List[{type(value[0]).__name__}]"
    if not static and isinstance(value, int | float) and inner in (types.INT, types.FLOAT, types.NUMBER):
        return None if isinstance(declared, OptionalType) else type(value).__name__
    return None


def _literal(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "math.nan" if value != value else "math.inf" if value > 0 else "(-math.inf)"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return (
        f"({value!r})" if isinstance(value, int | float) and not isinstance(value, bool) and value < 0 else repr(value)
    )


def _expression(operator: Operator, shown: list[str], args: Sequence[Any]) -> str | None:
    schema = operator.schema
    if schema.namespace == "aotjit":
        return None
    first = args[0] if args else None
    if not isinstance(first, np.ndarray) and not (
        isinstance(first, list) and first and isinstance(first[0], np.ndarray)
    ):
        if any(isinstance(v, np.ndarray) for v in args):
            return f"torch.{schema.name}({', '.join(_given(schema, shown))})"
        return _plain_expression(schema.name, schema, shown)
    if schema.name in ("Int", "Float", "Bool"):
        return f"{schema.name.lower()}({shown[0]})"
    if schema.name.endswith("Implicit") or schema.namespace == "prim" or schema.name == "len":
        return None
    if schema.arguments[0].name == "self" and schema.name != "real":  # x.real is a property
        return f"{shown[0]}.{schema.name}({', '.join(_given(schema, shown)[1:])})"
    return f"torch.{schema.name}({', '.join(_given(schema, shown))})"


def _given(schema: Any, shown: list[str]) -> list[str]:
    """The arguments of a call as written."""
    return [f"{a.name}={s}" if a.keyword_only else s for a, s in zip(schema.arguments, shown, strict=True)]


def _plain_expression(name: str, schema: Any, shown: list[str]) -> str | None:
    if name in SCALAR_FORMS and len(shown) == SCALAR_FORMS[name].count("{"):
        return SCALAR_FORMS[name].format(*shown)
    if name in METHODS:
        return f"{shown[0]}.{name}({', '.join(shown[1:])})"
    if hasattr(math, name):
        return f"math.{name}({', '.join(shown)})"
    if schema.returns == (types.TENSOR,):
        return f"torch.{name}({', '.join(_given(schema, shown))})"
    return None
