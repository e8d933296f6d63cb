"""Defaults of parameters: Python computes them once, when it defines the function, from literals and the file's
constants. What comes of that is a literal again, which callers of the program and calls inside it take."""

from __future__ import annotations

import math

from aotjit.diagnostics import CompileError
from aotjit.dtypes import DTYPE_BY_TORCH
from aotjit.program import REQUIRED, PlainValue, Required
from aotjit.sema.annotations import path_of
from aotjit.sema.modules import HostValue
from aotjit.sema.names import ModuleScope
from aotjit.sema.values import ClassValue
from aotjit.syntax import ast


def written_default(parameter: ast.Parameter, annotated: bool, scope: ModuleScope) -> ast.Expr | None:
    """A default of the user's source as a literal, where it is one. Raises CompileError for what torch.jit refuses."""
    default = parameter.default
    if default is None:
        return None
    if parameter.kind == "keyword":
        raise CompileError.at(
            parameter.span,
            "a keyword-only parameter with a default is not part of TorchScript",
            "leave the default away, or the '*' before it",
        )
    _refuse_shared(parameter, default)
    default = as_literal(default, scope)
    _refuse_shared(parameter, default)
    if not annotated:
        _check_tensor_default(parameter, default)
    return default


def _check_tensor_default(parameter: ast.Parameter, default: ast.Expr) -> None:
    """None stands for a tensor that is missing; no literal is one."""
    literal = default.operand if isinstance(default, ast.Unary) else default
    if isinstance(literal, ast.Constant) and literal.value is not None:
        kind = type(literal.value).__name__
        raise CompileError.at(
            parameter.span,
            f"'{parameter.name}' has no annotation, which makes it a Tensor, and its default is of type {kind}",
            f"write {parameter.name}: {kind} = ...",
        )


def as_literal(default: ast.Expr, scope: ModuleScope) -> ast.Expr:
    """What Python computes where it defines a function or a named tuple; what that does not make a literal stays."""
    try:
        literal_default(default, scope)
        return default
    except CompileError:
        return _computed(default, scope) or default


def _refuse_shared(parameter: ast.Parameter, default: ast.Expr) -> None:
    """No lists and dicts, which all calls would share."""
    parts = [default]
    for part in parts:
        if isinstance(part, ast.ListExpr | ast.DictExpr):
            raise CompileError.at(
                part.span,
                f"the default of '{parameter.name}' is a {'list' if isinstance(part, ast.ListExpr) else 'dict'}, "
                "which calls would share: TorchScript has no such defaults",
                "make the parameter Optional[...] = None and the value in the function; a List may have a tuple",
            )
        parts += part.elements if isinstance(part, ast.TupleExpr) else []


def _computed(default: ast.Expr, scope: ModuleScope) -> ast.Expr | None:
    """What Python computes, as a literal; None for what has none, or is not computed here."""
    from aotjit.sema.host.evaluator import Evaluator, Frame

    try:
        return _literal(Frame(Evaluator(), scope, {}, None).expression(default), default)
    except CompileError:
        return None


def _literal(value: HostValue, origin: ast.Expr) -> ast.Expr | None:
    if value is None or isinstance(value, bool | int | float | complex | str):
        return ast.Constant(origin.span, value)
    if isinstance(value, dict):
        return ast.DictExpr(origin.span, (), ())
    if not isinstance(value, tuple | list):
        return None
    elements = [_literal(v, origin) for v in value]
    kept = tuple(e for e in elements if e is not None)
    if len(kept) < len(elements):
        return None
    return ast.ListExpr(origin.span, kept) if isinstance(value, list) else ast.TupleExpr(origin.span, kept)


def literal_default(node: ast.Expr | None, scope: ModuleScope) -> PlainValue | Required:
    """A parameter's default as a plain value, for callers of the entry."""
    if node is None:
        return REQUIRED
    match node:
        case ast.Constant(value=None | bool() | int() | float() | complex() | str() as value):
            return value
        case ast.Unary(op="-", operand=operand):
            inner = literal_default(operand, scope)
            if isinstance(inner, int | float | complex) and not isinstance(inner, bool):
                return -inner
        case ast.Binary(op="+" | "-" as op, left=left, right=right):  # 1 + 2j, and 0.+1.j in archives
            re, im = literal_default(left, scope), literal_default(right, scope)
            if isinstance(re, int | float) and isinstance(im, complex) and not im.real:
                return complex(re, im.imag if op == "+" else -im.imag)
        case ast.TupleExpr(elements=elements):
            return tuple(_element(e, scope) for e in elements)
        case ast.ListExpr(elements=elements):
            return [_element(e, scope) for e in elements]
        case ast.Attribute():
            found = _constant_attribute(node, scope)
            if found is not None:
                return found
    raise CompileError.at(
        node.span,
        "a parameter's default must be a literal",
        "a number, a str, a member of an Enum or a tuple of such; else make it Optional[...] = None",
    )


def _constant_attribute(node: ast.Attribute, scope: ModuleScope) -> float | int | None:
    """A number of math, the code of a dtype or the number of an Enum's member."""
    path = path_of(node, scope)
    if path is not None and path.startswith("math.") and hasattr(math, path[5:]):
        return float(getattr(math, path[5:]))
    if path is not None and path.startswith("torch.") and path[6:] in DTYPE_BY_TORCH:
        return DTYPE_BY_TORCH[path[6:]].code
    return _enum_member(node, scope)


def _enum_member(node: ast.Attribute, scope: ModuleScope) -> int | None:
    """The number of the member that `Class.NAME` is."""
    from aotjit.sema.class_types import enum_type

    value = scope.lookup(node.value.id) if isinstance(node.value, ast.Name) else None
    t = enum_type(value) if isinstance(value, ClassValue) else None
    names = [name for name, _ in t.members] if t is not None else []
    return names.index(node.name) if node.name in names else None


def _element(node: ast.Expr, scope: ModuleScope) -> PlainValue:
    value = literal_default(node, scope)
    assert not isinstance(value, Required)
    return value
