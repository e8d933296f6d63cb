"""Which values may cross the boundary between a compiled program and its callers."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.names import ModuleScope
from aotjit.sema.signatures import Signature, read_signature
from aotjit.syntax import ast
from aotjit.types import ClassType, DictType, EnumType, ListType, OptionalType, TupleType, Type, is_boxed


def stays_inside(t: Type) -> Type | None:
    """What in a type has no form outside a program: instances of classes and values of type Any or Union."""
    if isinstance(t, ListType | OptionalType):
        return stays_inside(t.element)
    if isinstance(t, DictType):
        return stays_inside(t.key) or stays_inside(t.value)
    if isinstance(t, TupleType):
        return next((found for found in map(stays_inside, t.elements) if found is not None), None)
    return t if isinstance(t, ClassType) or is_boxed(t) else None


def check_boundary(name: str, signature: Signature, types: Sequence[Type], result: Type, span: Span) -> None:
    """Raises CompileError where an entry takes or gives what callers cannot have."""
    for parameter, t in zip(signature.parameters, types, strict=True):
        _check(stays_inside(t), f"parameter '{parameter.name}' of {name}", parameter.span)
    _check(stays_inside(result), f"the result of {name}", span)
    if holds_enum(result):
        raise CompileError.at(
            span, f"the result of {name} has a member of an Enum, whose class callers do not share", "give its value"
        )


def holds_enum(t: Type) -> bool:
    """A member of an Enum is in values of the type."""
    if isinstance(t, ListType | OptionalType):
        return holds_enum(t.element)
    if isinstance(t, DictType):
        return holds_enum(t.value)
    if isinstance(t, TupleType):
        return any(map(holds_enum, t.elements))
    return isinstance(t, EnumType)


def _check(found: Type | None, what: str, span: Span) -> None:
    if found is None:
        return
    if isinstance(found, ClassType):
        reason, hint = f"an instance of {found}", "pass its fields, or a NamedTuple"
    else:
        reason, hint = f"of type {found}", "give each type a function of its own"
    hint += "; a function that only others of the file call has a name that begins with an underscore"
    raise CompileError.at(span, f"{what} is {reason}, which callers of a compiled program cannot have", hint)


def can_be_called(definition: ast.FunctionDef, scope: ModuleScope, method: bool = False) -> bool:
    """The annotations have nothing that stays inside. What is wrong with them is reported elsewhere."""
    try:
        signature = read_signature(definition, scope, method=method)
    except CompileError:
        return True
    types = [p.type for p in signature.parameters] + ([signature.result] if signature.result is not None else [])
    return all(stays_inside(t) is None for t in types)
