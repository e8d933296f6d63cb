"""Attributes of modules that are constants: annotated as Final, or named in `__constants__`."""

from __future__ import annotations

from collections.abc import Iterator

from aotjit.sema.annotations import path_of
from aotjit.sema.modules import ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.syntax import ast

_FINAL = ("typing.Final", "torch.jit.Final", "torch.jit._script.Final")


def is_constant(module: ModuleObject, name: str) -> bool:
    """Is the attribute `name` one that compiled code must not assign?"""
    return any(name in _constants(value.definition.body, value.scope) for value in module.classes)


def _constants(body: tuple[ast.Stmt, ...], scope: ModuleScope) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(name=name), annotation=annotation):
                bare = annotation.value if isinstance(annotation, ast.Subscript) else annotation
                if path_of(bare, scope) in _FINAL:
                    yield name
            case ast.Assign(targets=(ast.Name(id="__constants__"),), value=ast.ListExpr() | ast.TupleExpr() as names):
                yield from (e.value for e in names.elements if isinstance(e, ast.Constant) and isinstance(e.value, str))
            case ast.FunctionDef(name="__init__", body=inner):
                yield from _constants(inner, scope)
