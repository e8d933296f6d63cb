"""Instances of the program's classes, named tuples and members of Enums at compile time: what constructors of modules
make of them. An instance that a module holds is state of the running model (first_state.py makes it anew there)."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aotjit.diagnostics import CompileError, Span
from aotjit.dtypes import DType
from aotjit.ops.numeric import numpy_dtype
from aotjit.sema.annotations import named_tuple, path_of
from aotjit.sema.class_types import enum_type, instance_type, is_plain_class
from aotjit.sema.dataclass_methods import is_dataclass
from aotjit.sema.modules import BoundHostMethod, HostFunction, HostValue, UnboundHostMethod
from aotjit.sema.names import close_match
from aotjit.sema.values import ClassValue, FunctionValue
from aotjit.syntax import ast
from aotjit.types import ClassType, EnumType, TupleType

if TYPE_CHECKING:
    from aotjit.sema.host.expressions import ExpressionFrame


@dataclass(eq=False)
class HostInstance:
    """An instance of a class of the program."""

    value: ClassValue
    type: ClassType
    attributes: dict[str, HostValue] = field(default_factory=dict)

    @property
    def is_dataclass(self) -> bool:
        """Its class is a dataclass, whose instances are equal where their fields are."""
        return is_dataclass(self.value.definition, self.value.scope)

    def method(self, name: str) -> ast.FunctionDef | None:
        """A method that the class defines itself."""
        body = self.value.definition.body
        return next((s for s in body if isinstance(s, ast.FunctionDef) and s.name == name), None)


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
    if init is None and instance.is_dataclass:
        _fill_fields(frame, instance, args, keywords, span)
    elif init is not None:
        frame.evaluator.run_function(init, value.scope, [instance, *args], keywords, span, value)
    elif args or keywords:
        raise CompileError.at(span, f"{value.definition.name} takes no arguments")
    return instance


def _fill_fields(
    frame: ExpressionFrame,
    instance: HostInstance,
    args: Sequence[HostValue],
    keywords: dict[str, HostValue],
    span: Span,
) -> None:
    """The constructor of a dataclass: its fields in order, their defaults, and __post_init__."""
    value = instance.value
    fields = [s for s in value.definition.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
    names = [s.target.id for s in fields if isinstance(s.target, ast.Name)]
    if len(args) > len(names):
        raise CompileError.at(span, f"{value.definition.name} does not take {len(args)} arguments")
    given = dict(zip(names, args, strict=False)) | keywords
    for name in given:
        if name not in names:
            raise CompileError.at(span, f"{value.definition.name} does not take '{name}'", close_match(name, names))
    for name, statement in zip(names, fields, strict=True):
        if name not in given:
            given[name] = _default(frame, value, name, statement.value, span)
        instance.attributes[name] = given[name]
    after = instance.method("__post_init__")
    if after is not None:
        frame.evaluator.run_function(after, value.scope, [instance], {}, span, value)


def _default(frame: ExpressionFrame, value: ClassValue, name: str, node: ast.Expr | None, span: Span) -> HostValue:
    """The default of a dataclass's field."""
    if isinstance(node, ast.Call) and path_of(node.function, value.scope) == "dataclasses.field":
        options = {k.name: k.value for k in node.keywords}
        if "default_factory" in options:
            from aotjit.sema.host.calls import call_host_value

            inner = type(frame)(frame.evaluator, value.scope, {}, value)
            return call_host_value(frame, inner.expression(options["default_factory"]), [], {}, node.span)
        node = options.get("default")
    if node is None:
        raise CompileError.at(span, f"{value.definition.name} needs a value for '{name}'")
    return type(frame)(frame.evaluator, value.scope, {}, value).expression(node)


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
    """`value.name` of an instance, a named tuple, a member of an Enum, a function, or a class."""
    if isinstance(value, HostInstance):
        return _instance_attribute(frame, value, name, span)
    if isinstance(value, HostNamedTuple):
        return _of_named_tuple(value, name, span)
    if isinstance(value, HostEnum) and name in ("name", "value"):
        return value.type.members[value.index][0 if name == "name" else 1]
    if isinstance(value, FunctionValue | BoundHostMethod | UnboundHostMethod | HostFunction) and name == "__name__":
        return value.definition.name
    if isinstance(value, ClassValue):
        return _class_attribute(frame, value, name, span)
    raise CompileError.at(span, f"'{name}' is not known at compile time")


def _of_named_tuple(value: HostNamedTuple, name: str, span: Span) -> HostValue:
    fields = value.type.fields or ()
    if name in fields:
        return value[fields.index(name)]
    if name == "_fields":
        return fields
    if name == "_asdict":
        return lambda: dict(zip(fields, value, strict=True))
    if name == "_replace":
        return lambda **new: HostNamedTuple.of(value.type, (new.get(f, v) for f, v in zip(fields, value, strict=True)))
    raise CompileError.at(span, f"{value.type.name} has no attribute '{name}' here", close_match(name, fields))


def _class_attribute(frame: ExpressionFrame, value: ClassValue, name: str, span: Span) -> HostValue:
    enum = enum_type(value)
    names = [n for n, _ in enum.members] if enum is not None else []
    if enum is not None and name in names:
        return HostEnum(enum, names.index(name))
    if enum is not None and name == "__members__":
        return {n: HostEnum(enum, i) for i, n in enumerate(names)}
    if name == "__name__":
        return value.definition.name
    found = class_member(value, name)
    if found is not None:
        return _member(frame, *found, None, value)
    raise CompileError.at(span, f"{value.definition.name} has no attribute '{name}' here", close_match(name, names))


def class_member(value: ClassValue, name: str) -> tuple[ast.Stmt, ClassValue] | None:
    """The statement of a class's body, or of a base's, that defines a name; with the class that has it."""
    for statement in reversed(value.definition.body):
        match statement:
            case ast.FunctionDef(name=defined) if defined == name:
                return statement, value
            case ast.Assign(targets=targets) if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                return statement, value
            case ast.AnnAssign(target=ast.Name(id=defined), value=node) if defined == name and node is not None:
                return statement, value
    for base in value.definition.bases:
        inner = value.scope.lookup(base.id) if isinstance(base, ast.Name) else None
        found = class_member(inner, name) if isinstance(inner, ClassValue) else None
        if found is not None:
            return found
    return None


def _member(
    frame: ExpressionFrame, statement: ast.Stmt, owner: ClassValue, receiver: HostValue, called: ClassValue
) -> HostValue:
    """What a class's statement defines, asked of an instance or (receiver None) of the class."""
    if isinstance(statement, ast.FunctionDef):
        return member_of_class(statement, owner, receiver, called)
    assert isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
    key = id(statement)
    if key not in frame.evaluator.once:
        value = type(frame)(frame.evaluator, owner.scope, ChainMap({}, _ClassNames(frame, owner)), owner)
        frame.evaluator.once[key] = value.expression(statement.value)
    return frame.evaluator.once[key]


class _ClassNames(dict[str, HostValue]):
    """The names of a class's body, for the expressions in it."""

    def __init__(self, frame: ExpressionFrame, owner: ClassValue) -> None:
        super().__init__()
        self.frame, self.owner = frame, owner

    def __contains__(self, name: object) -> bool:
        found = class_member(self.owner, str(name))
        return found is not None and found[1] is self.owner

    def __missing__(self, name: str) -> HostValue:
        found = class_member(self.owner, name)
        if found is None:
            raise KeyError(name)
        return _member(self.frame, *found, None, self.owner)


def decorated(definition: ast.FunctionDef, *names: str) -> bool:
    """Has the function one of these decorators?"""
    return any(isinstance(d, ast.Name) and d.id in names for d in definition.decorators)


def member_of_class(
    definition: ast.FunctionDef, owner: ClassValue, receiver: HostValue, called: ClassValue
) -> HostValue:
    """A method as an attribute of an instance, or (receiver None) of the class that it was `called` of."""
    if decorated(definition, "classmethod"):
        return BoundHostMethod(called, definition, owner)
    if receiver is None and not decorated(definition, "staticmethod"):
        return UnboundHostMethod(definition, owner)
    if receiver is None or decorated(definition, "staticmethod"):
        return FunctionValue(definition, owner.scope, f"{owner.definition.name}::{definition.name}")
    return BoundHostMethod(receiver, definition, owner)


def _instance_attribute(frame: ExpressionFrame, value: HostInstance, name: str, span: Span) -> HostValue:
    if name in value.attributes:
        return value.attributes[name]
    if name == "__class__":
        return value.value
    if name == "__dict__":
        return dict(value.attributes)
    found = class_member(value.value, name)
    if found is None:
        shown = value.value.definition.name
        raise CompileError.at(span, f"{shown} has no attribute '{name}' here", close_match(name, value.attributes))
    statement, owner = found
    if isinstance(statement, ast.FunctionDef) and decorated(statement, "property"):
        return frame.evaluator.run_function(statement, owner.scope, [value], {}, span, owner)
    return _member(frame, statement, owner, value, value.value)


@dataclass(frozen=True)
class HostLimits:
    """torch.finfo and torch.iinfo of a dtype."""

    dtype: DType

    def limit(self, name: str) -> int | float:
        """`info.name`. AttributeError for what they have not."""
        import numpy

        if not self.dtype.is_floating:
            whole = numpy.iinfo(numpy_dtype(self.dtype))
            limits: dict[str, int | float] = {"min": int(whole.min), "max": int(whole.max), "bits": int(whole.bits)}
        elif self.dtype is DType.BF16:
            limits = {"max": 3.3895313892515355e38, "eps": 2.0**-7, "tiny": 2.0**-126, "bits": 16}
        else:
            info = numpy.finfo(numpy_dtype(self.dtype))
            limits = {"max": float(info.max), "eps": float(info.eps), "tiny": float(info.tiny), "bits": int(info.bits)}
        if self.dtype.is_floating:
            limits |= {"min": -limits["max"], "smallest_normal": limits["tiny"]}
        if name not in limits:
            raise AttributeError(f"it has {', '.join(limits)}, not {name}")
        return limits[name]


def instances_in(value: HostValue) -> bool:
    """An instance of a class is in a value that is no module."""
    if isinstance(value, list | tuple):
        return any(map(instances_in, value))
    if isinstance(value, dict):
        return any(map(instances_in, value.values()))
    return isinstance(value, HostInstance)
