"""Instances of the program's classes, named tuples and members of Enums at compile time: what constructors of modules
make of them. An instance that a module holds is state of the running model (first_state.py makes it anew there)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.annotations import named_tuple
from aotjit.sema.class_types import enum_type, instance_type, is_plain_class
from aotjit.sema.dataclass_methods import is_dataclass, with_dataclass_methods
from aotjit.sema.modules import BoundHostMethod, HostValue
from aotjit.sema.names import close_match
from aotjit.sema.values import ClassValue, FunctionValue
from aotjit.syntax import ast
from aotjit.types import ClassType, EnumType, TupleType

if TYPE_CHECKING:
    from aotjit.sema.host_expressions import ExpressionFrame


@dataclass(eq=False)
class HostInstance:
    """An instance of a class of the program."""

    value: ClassValue
    type: ClassType
    attributes: dict[str, HostValue] = field(default_factory=dict)

    def method(self, name: str) -> ast.FunctionDef | None:
        return next((s for s in _body(self.value) if isinstance(s, ast.FunctionDef) and s.name == name), None)


@dataclass(frozen=True)
class HostEnum:
    """A member of an Enum."""

    type: EnumType
    index: int


class HostNamedTuple(tuple[HostValue, ...]):
    """A tuple with the names of its elements."""

    type: TupleType

    @classmethod
    def of(cls, t: TupleType, elements: Iterable[HostValue]) -> HostNamedTuple:
        made = cls(elements)
        made.type = t
        return made


def _body(value: ClassValue) -> Sequence[ast.Stmt]:
    definition = value.definition
    return with_dataclass_methods(definition, value.scope) if is_dataclass(definition, value.scope) else definition.body


def is_object_class(value: ClassValue) -> bool:
    """A class whose instances are objects or named tuples, not modules."""
    return named_tuple(value) is not None or enum_type(value) is not None or is_plain_class(value)


def construct_object(
    frame: ExpressionFrame, value: ClassValue, args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span
) -> HostValue:
    """`Class(args)` at compile time."""
    named = named_tuple(value)
    if named is not None:
        return _named_tuple(frame, value, named, args, keywords, span)
    enum = enum_type(value)
    if enum is not None:
        held = [v for _, v in enum.members]
        if len(args) != 1 or args[0] not in held:
            raise CompileError.at(span, f"{enum.name} has no member with this value")
        return HostEnum(enum, held.index(args[0]))
    instance = HostInstance(value, instance_type(value, span))
    init = instance.method("__init__")
    if init is not None:
        frame.evaluator.run_function(init, value.scope, [instance, *args], keywords, span, value)
    elif args or keywords:
        raise CompileError.at(span, f"{value.definition.name} takes no arguments")
    return instance


def _named_tuple(
    frame: ExpressionFrame,
    value: ClassValue,
    t: TupleType,
    args: Sequence[HostValue],
    keywords: dict[str, HostValue],
    span: Span,
) -> HostNamedTuple:
    assert t.fields is not None
    given = dict(zip(t.fields, args, strict=False)) | keywords
    for statement in value.definition.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=default) if default is not None and name not in given:
                given[name] = frame.expression(default)
    if len(args) > len(t.fields) or set(given) != set(t.fields):
        raise CompileError.at(span, f"{t.name} has the fields {', '.join(t.fields)}")
    return HostNamedTuple.of(t, (given[name] for name in t.fields))


def object_attribute(frame: ExpressionFrame, value: HostValue, name: str, span: Span) -> HostValue:
    """`value.name` of an instance, a named tuple, a member of an Enum, or a class."""
    if isinstance(value, HostInstance):
        return _instance_attribute(frame, value, name, span)
    if isinstance(value, HostNamedTuple) and name in (value.type.fields or ()):
        return value[(value.type.fields or ()).index(name)]
    if isinstance(value, HostEnum) and name in ("name", "value"):
        return value.type.members[value.index][0 if name == "name" else 1]
    if isinstance(value, ClassValue):
        enum = enum_type(value)
        names = [n for n, _ in enum.members] if enum is not None else []
        if enum is not None and name in names:
            return HostEnum(enum, names.index(name))
        for statement in value.definition.body:
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                return FunctionValue(statement, value.scope, f"{value.definition.name}::{name}")
        raise CompileError.at(span, f"{value.definition.name} has no attribute '{name}' here", close_match(name, names))
    raise CompileError.at(span, f"'{name}' is not known at compile time")


def _instance_attribute(frame: ExpressionFrame, value: HostInstance, name: str, span: Span) -> HostValue:
    if name in value.attributes:
        return value.attributes[name]
    definition = value.method(name)
    if definition is None:
        shown = value.value.definition.name
        raise CompileError.at(span, f"{shown} has no attribute '{name}' here", close_match(name, value.attributes))
    decorators = [d.id for d in definition.decorators if isinstance(d, ast.Name)]
    if "property" in decorators:
        return frame.evaluator.run_function(definition, value.value.scope, [value], {}, span, value.value)
    if "staticmethod" in decorators:
        return FunctionValue(definition, value.value.scope, f"{value.value.definition.name}::{name}")
    return BoundHostMethod(value, definition, value.value)


def instances_in(value: HostValue) -> bool:
    """An instance of a class is in a value that is no module."""
    if isinstance(value, list | tuple):
        return any(map(instances_in, value))
    if isinstance(value, dict):
        return any(map(instances_in, value.values()))
    return isinstance(value, HostInstance)
