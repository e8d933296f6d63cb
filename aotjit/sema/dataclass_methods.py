"""Dataclasses: the methods that Python would write, as syntax."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aotjit.diagnostics import CompileError
from aotjit.sema.annotations import path_of
from aotjit.sema.names import ModuleScope
from aotjit.syntax import ast

_PATHS = ("dataclasses.dataclass", "dataclass")
_FIELD_PATHS = ("dataclasses.field", "field")
_INIT_ONLY = ("dataclasses.InitVar", "InitVar")
_OPTIONS = {
    "init": True, "eq": True, "order": False, "kw_only": False, "repr": True, "unsafe_hash": False, "slots": False,
    "match_args": True, "weakref_slot": False,
}  # fmt: skip
_FIELD_FLAGS = {"init": True, "compare": True, "kw_only": False}
_WITHOUT_MEANING = ("default", "repr", "hash", "metadata", "doc")
"""Of the arguments of field(): what no flag is, or nothing asks for."""
_COMPARISONS = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


def is_dataclass(definition: ast.ClassDef, scope: ModuleScope) -> bool:
    return _decorator(definition, scope) is not None


def _decorator(definition: ast.ClassDef, scope: ModuleScope) -> ast.Expr | None:
    for decorator in definition.decorators:
        node = decorator.function if isinstance(decorator, ast.Call) else decorator
        if path_of(node, scope) in _PATHS:
            return decorator
    return None


@dataclass(frozen=True)
class _Field:
    """One field. `init`: it is a parameter of __init__; `init_only`: of __init__ and __post_init__ alone (InitVar)."""

    statement: ast.AnnAssign
    name: str
    annotation: ast.Expr
    default: ast.Expr | None
    init: bool = True
    compare: bool = True
    keyword_only: bool = False
    init_only: bool = False


def with_dataclass_methods(definition: ast.ClassDef, scope: ModuleScope) -> tuple[ast.Stmt, ...]:
    """The body with __init__, __eq__ and, where asked for, the comparisons; those that it has stay."""
    options = _options(definition, scope)
    fields: list[_Field] = []
    kept: list[ast.Stmt] = []
    for statement in definition.body:
        if not isinstance(statement, ast.AnnAssign):
            kept.append(statement)
        elif _is_class_variable(statement, scope):
            kept += [ast.Assign(statement.span, (statement.target,), v) for v in (statement.value,) if v is not None]
        else:
            fields.append(_field(statement, scope, options["kw_only"]))
    present = {s.name for s in definition.body if isinstance(s, ast.FunctionDef)}
    made: list[ast.FunctionDef] = []
    if options["init"]:
        made.append(_init(definition, fields, "__post_init__" in present))
    compared = [f for f in fields if f.compare and not f.init_only]
    if options["eq"]:
        made.append(_comparison(definition, compared, "__eq__", "=="))
        made.append(_not_equal(definition))
    if options["order"]:
        made += [_comparison(definition, compared, name, op) for name, op in _COMPARISONS.items()]
    held = [f for f in fields if not f.init_only]
    declared = [ast.AnnAssign(f.statement.span, f.statement.target, f.annotation, None) for f in held]
    return (*declared, *kept, *(m for m in made if m.name not in present))


def _options(definition: ast.ClassDef, scope: ModuleScope) -> dict[str, bool]:
    decorator = _decorator(definition, scope)
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else ()
    return _flags(keywords, _OPTIONS, "dataclass", {"frozen": "leave it away: nothing stops a program from writing it"})


def _flags(
    keywords: Sequence[ast.Keyword], known: dict[str, bool], shown: str, refused: dict[str, str]
) -> dict[str, bool]:
    """True or False for each of `known`, as the keywords say."""
    flags = dict(known)
    for keyword in keywords:
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if keyword.name in refused and value is False:
            continue
        if keyword.name not in known or not isinstance(value, bool):
            hint = refused.get(keyword.name)
            raise CompileError.at(keyword.span, f"{shown}({keyword.name}=...) is not part of TorchScript", hint)
        flags[keyword.name] = value
    return flags


def _is_class_variable(statement: ast.AnnAssign, scope: ModuleScope) -> bool:
    return _generic(statement.annotation, scope) in ("typing.ClassVar", "ClassVar")


def _generic(annotation: ast.Expr, scope: ModuleScope) -> str | None:
    """The dotted name of what is subscripted: of InitVar[int], dataclasses.InitVar."""
    return path_of(annotation.value if isinstance(annotation, ast.Subscript) else annotation, scope)


def _field(statement: ast.AnnAssign, scope: ModuleScope, keyword_only: bool) -> _Field:
    if not isinstance(statement.target, ast.Name):
        raise CompileError.at(statement.span, "a field of a dataclass is a name")
    annotation, default = statement.annotation, statement.value
    init_only = isinstance(annotation, ast.Subscript) and _generic(annotation, scope) in _INIT_ONLY
    if isinstance(annotation, ast.Subscript) and init_only:
        annotation = annotation.indices[0]
    flags = _FIELD_FLAGS | {"kw_only": keyword_only}
    if isinstance(default, ast.Call) and path_of(default.function, scope) in _FIELD_PATHS:
        given = {k.name: k.value for k in default.keywords}
        keywords = [k for k in default.keywords if k.name not in _WITHOUT_MEANING]
        flags = _flags(keywords, flags, "field", {"default_factory": "give the value where an instance is made"})
        default = given.get("default")
    name = statement.target.id
    return _Field(statement, name, annotation, default, flags["init"], flags["compare"], flags["kw_only"], init_only)


def _init(definition: ast.ClassDef, fields: Sequence[_Field], post: bool) -> ast.FunctionDef:
    span = definition.span
    body: list[ast.Stmt] = []
    for field in fields:
        value = ast.Name(field.statement.span, field.name) if field.init else field.default
        if value is not None and not field.init_only:
            body.append(ast.Assign(field.statement.span, (_attribute(field, "self"),), value))
    if post:
        given = tuple(ast.Name(span, f.name) for f in fields if f.init_only)
        call = ast.Call(span, ast.Attribute(span, ast.Name(span, "self"), "__post_init__"), given, ())
        body.append(ast.ExprStmt(span, call))
    parameters = [_parameter(f) for f in fields if f.init]
    parameters.sort(key=lambda p: p.kind == "keyword")
    return ast.FunctionDef(span, "__init__", (ast.Parameter(span, "self", None, None), *parameters), None, tuple(body))


def _parameter(field: _Field) -> ast.Parameter:
    kind = "keyword" if field.keyword_only else "positional"
    return ast.Parameter(field.statement.span, field.name, field.annotation, field.default, kind)


def _attribute(field: _Field, owner: str) -> ast.Attribute:
    span = field.statement.span
    return ast.Attribute(span, ast.Name(span, owner), field.name)


def _comparison(definition: ast.ClassDef, fields: Sequence[_Field], name: str, op: str) -> ast.FunctionDef:
    """Field by field: the first that differs decides."""
    span = definition.span
    other = ast.Constant(span, definition.name)
    parameters = (ast.Parameter(span, "self", None, None), ast.Parameter(span, "other", other, None))
    body = [statement for field in fields for statement in _test(definition.name, field, op)]
    outcome = ast.Constant(span, op in ("==", "<=", ">="))
    returns = ast.Name(span, "bool")
    return ast.FunctionDef(span, name, parameters, returns, (*body, ast.Return(span, outcome)))


def _test(class_name: str, field: _Field, op: str) -> Iterator[ast.Stmt]:
    """What is Optional is compared where both are something."""
    span = field.statement.span
    mine, theirs = ast.Name(span, f"self.{field.name}"), ast.Name(span, f"other.{field.name}")
    yield ast.Assign(span, (mine,), _attribute(field, "self"))
    yield ast.Assign(span, (theirs,), _attribute(field, "other"))
    differ = ast.Unary(span, "not", ast.Compare(span, mine, ("==",), (theirs,)))
    strict = op.rstrip("=")
    value: ast.Expr = ast.Constant(span, False)
    otherwise: ast.Stmt = ast.Return(span, value)
    if strict:
        value = ast.Compare(span, mine, (strict,), (theirs,))
        text = ast.Constant(span, f"Cannot compare {class_name} with None")
        otherwise = ast.Raise(span, ast.Call(span, ast.Name(span, "TypeError"), (text,), ()))
    none = ast.Constant(span, None)
    both = ast.Boolean(span, "and", tuple(ast.Compare(span, v, ("is not",), (none,)) for v in (mine, theirs)))
    one = ast.Boolean(span, "or", tuple(ast.Compare(span, v, ("is not",), (none,)) for v in (mine, theirs)))
    same = ast.If(span, differ, (ast.Return(span, value),), ())
    yield ast.If(span, both, (same,), (ast.If(span, one, (otherwise,), ()),))


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
