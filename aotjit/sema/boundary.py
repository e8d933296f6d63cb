"""Which values may cross the boundary between a compiled program and its callers."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.ir.boundary import reach
from aotjit.sema.mutation import nodes
from aotjit.sema.names import ModuleScope
from aotjit.sema.signatures import Signature, read_signature
from aotjit.syntax import ast
from aotjit.types import ClassType, Type, UnionType, is_boxed, is_future


def stays_inside(t: Type) -> Type | None:
    """What in a type has no form outside a program: a Future that a value may be or not, whose task a caller's object
    does not tell."""
    unions = [u for u in reach([t]) if isinstance(u, UnionType)]
    return next((u for u in unions if any(map(is_future, reach([u])))), None)


def check_boundary(name: str, signature: Signature, types: Sequence[Type], result: Type, span: Span) -> None:
    """Raises CompileError where an entry takes or gives what callers cannot have."""
    for parameter, t in zip(signature.parameters, types, strict=True):
        _check(stays_inside(t), f"parameter '{parameter.name}' of {name}", parameter.span)
    _check(stays_inside(result), f"the result of {name}", span)


def _check(found: Type | None, what: str, span: Span) -> None:
    if found is not None:
        raise CompileError.at(
            span,
            f"{what} is of type {found}, which callers of a compiled program cannot have",
            "take or give the Future itself, or what it gives; a function that only others of the file call has a name "
            "that begins with an underscore",
        )


def can_be_called(definition: ast.FunctionDef, scope: ModuleScope, method: bool = False) -> bool:
    """The annotations have nothing that stays inside. What is wrong with them is reported elsewhere."""
    try:
        signature = read_signature(definition, scope, method=method)
    except CompileError:
        return True
    types = [p.type for p in signature.parameters] + ([signature.result] if signature.result is not None else [])
    return all(stays_inside(t) is None for t in types)


def is_helper(definition: ast.FunctionDef, scope: ModuleScope, body: Sequence[ast.Stmt]) -> bool:
    """It takes what callers say the least of, instances and values of several types, and others of the file use it."""
    try:
        signature = read_signature(definition, scope)
    except CompileError:
        return False
    taken = reach(p.type for p in signature.parameters)
    if not any(isinstance(t, ClassType) or is_boxed(t) for t in taken):
        return False
    others = tuple(statement for statement in body if statement is not definition)
    return any(isinstance(node, ast.Name) and node.id == definition.name for node in nodes(others))
