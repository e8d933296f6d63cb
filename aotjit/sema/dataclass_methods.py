"""Dataclasses: the methods that Python would write, as syntax."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aotjit.diagnostics import CompileError
from aotjit.sema.annotations import path_of
from aotjit.sema.names import ModuleScope
from aotjit.syntax import ast

_PATHS = ("dataclasses.dataclass", "dataclass")
_COMPARISONS = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


def is_dataclass(definition: ast.ClassDef, scope: ModuleScope) -> bool:
    return _decorator(definition, scope) is not None


def _decorator(definition: ast.ClassDef, scope: ModuleScope) -> ast.Expr | None:
    for decorator in definition.decorators:
        node = decorator.function if isinstance(decorator, ast.Call) else decorator
        if path_of(node, scope) in _PATHS:
            return decorator
    return None


def with_dataclass_methods(definition: ast.ClassDef, scope: ModuleScope) -> tuple[ast.Stmt, ...]:
    """The body with __init__, __eq__ and, where asked for, the comparisons; those that it has stay."""
    options = _options(definition, scope)
    fields = [s for s in definition.body if isinstance(s, ast.AnnAssign)]
    present = {s.name for s in definition.body if isinstance(s, ast.FunctionDef)}
    made: list[ast.FunctionDef] = []
    if options["init"]:
        made.append(_init(definition, fields, "__post_init__" in present))
    if options["eq"]:
        made.append(_comparison(definition, fields, "__eq__", "=="))
        made.append(_not_equal(definition))
    if options["order"]:
        made += [_comparison(definition, fields, name, op) for name, op in _COMPARISONS.items()]
    kept = [s for s in definition.body if not isinstance(s, ast.AnnAssign)]
    declared = [ast.AnnAssign(f.span, f.target, f.annotation, None) for f in fields]
    return (*declared, *kept, *(m for m in made if m.name not in present))


def _options(definition: ast.ClassDef, scope: ModuleScope) -> dict[str, bool]:
    options = {"init": True, "eq": True, "order": False, "repr": True}
    decorator = _decorator(definition, scope)
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
        if keyword.name not in options or not isinstance(keyword.value, ast.Constant):
            raise CompileError.at(keyword.span, f"dataclass({keyword.name}=...) is not part of TorchScript")
        options[keyword.name] = bool(keyword.value.value)
    return options


def _name_of(field: ast.AnnAssign) -> str:
    if not isinstance(field.target, ast.Name):
        raise CompileError.at(field.span, "a field of a dataclass is a name")
    return field.target.id


def _init(definition: ast.ClassDef, fields: Sequence[ast.AnnAssign], post: bool) -> ast.FunctionDef:
    span = definition.span
    parameters = [ast.Parameter(span, "self", None, None)]
    body: list[ast.Stmt] = []
    for field in fields:
        name = _name_of(field)
        if isinstance(field.value, ast.Call):
            raise CompileError.at(field.span, "field(...) of a dataclass is not part of TorchScript")
        parameters.append(ast.Parameter(field.span, name, field.annotation, field.value))
        body.append(ast.Assign(field.span, (_attribute(field, "self", name),), ast.Name(field.span, name)))
    if post:
        call = ast.Call(span, ast.Attribute(span, ast.Name(span, "self"), "__post_init__"), (), ())
        body.append(ast.ExprStmt(span, call))
    return ast.FunctionDef(span, "__init__", tuple(parameters), None, tuple(body))


def _attribute(node: ast.Node, owner: str, name: str) -> ast.Attribute:
    return ast.Attribute(node.span, ast.Name(node.span, owner), name)


def _comparison(definition: ast.ClassDef, fields: Sequence[ast.AnnAssign], name: str, op: str) -> ast.FunctionDef:
    """Field by field: the first that differs decides."""
    span = definition.span
    other = ast.Constant(span, definition.name)
    parameters = (ast.Parameter(span, "self", None, None), ast.Parameter(span, "other", other, None))
    body = [*_tests(fields, op)]
    outcome = ast.Constant(span, op in ("==", "<=", ">="))
    returns = ast.Name(span, "bool")
    return ast.FunctionDef(span, name, parameters, returns, (*body, ast.Return(span, outcome)))


def _tests(fields: Sequence[ast.AnnAssign], op: str) -> Iterator[ast.Stmt]:
    for field in fields:
        span, name = field.span, _name_of(field)
        mine, theirs = _attribute(field, "self", name), _attribute(field, "other", name)
        differ = ast.Unary(span, "not", ast.Compare(span, mine, ("==",), (theirs,)))
        strict = op.rstrip("=")
        value: ast.Expr = ast.Constant(span, False)
        if strict:
            value = ast.Compare(span, mine, (strict,), (theirs,))
        yield ast.If(span, differ, (ast.Return(span, value),), ())


def _not_equal(definition: ast.ClassDef) -> ast.FunctionDef:
    span = definition.span
    parameters = (
        ast.Parameter(span, "self", None, None),
        ast.Parameter(span, "other", ast.Constant(span, definition.name), None),
    )
    equal = ast.Compare(span, ast.Name(span, "self"), ("==",), (ast.Name(span, "other"),))
    return ast.FunctionDef(
        span, "__ne__", parameters, ast.Name(span, "bool"), (ast.Return(span, ast.Unary(span, "not", equal)),)
    )
