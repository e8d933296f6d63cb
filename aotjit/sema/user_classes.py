"""Classes of the program inside compiled functions: instances, their attributes and methods.

A class is compiled when it is first needed: its __init__ first, whose assignments to `self` say which fields there are
and of what types. A field is assigned first at the top level of __init__, and whatever is compiled before that does not
know the field, so that compiled code never reads one that has no value. Methods are functions whose first parameter is
the instance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema.annotations import read_type
from aotjit.sema.class_types import class_name, instance_type, is_plain_class
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import require
from aotjit.sema.dataclass_methods import is_dataclass, with_dataclass_methods
from aotjit.sema.implicit import require_argument
from aotjit.sema.names import close_match
from aotjit.sema.reports import Poisoned
from aotjit.sema.signatures import ParameterInfo, Signature, read_signature
from aotjit.sema.values import ClassValue, FunctionValue, InstanceMethod, Plain, Value
from aotjit.syntax import ast
from aotjit.types import ClassType, Type, erase, is_future

if TYPE_CHECKING:
    from aotjit.sema.compiler import CompiledFunction

INIT = "__init__"
BINARY_METHODS = {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "%": "__mod__", "//": "__floordiv__",
    "**": "__pow__", "@": "__matmul__", "<<": "__lshift__", ">>": "__rshift__", "&": "__and__", "|": "__or__",
    "^": "__xor__",
}  # fmt: skip
COMPARISON_METHODS = {
    "==": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"
}  # fmt: skip


@dataclass(eq=False)
class UserClass:
    """A class of the program in one compilation. `declared` are the types that its body gives to fields, `of_class`
    what the body assigns: programs have no attributes of classes."""

    value: ClassValue
    type: ClassType
    methods: dict[str, ast.FunctionDef]
    setters: dict[str, ast.FunctionDef]
    declared: dict[str, Type] = field(default_factory=dict)
    of_class: dict[str, Span] = field(default_factory=dict)
    init: CompiledFunction | None = None
    is_defining: bool = False

    @property
    def fields(self) -> dict[str, Type]:
        return self.type.layout.fields

    def is_property(self, name: str) -> bool:
        return name in self.methods and _decorated(self.methods[name], "property")


def _decorated(definition: ast.FunctionDef, name: str) -> bool:
    return any(isinstance(d, ast.Name) and d.id == name for d in definition.decorators)


def _read(value: ClassValue, t: ClassType) -> UserClass:
    """The methods and declared fields of a class's body."""
    definition = value.definition
    body = with_dataclass_methods(definition, value.scope) if is_dataclass(definition, value.scope) else definition.body
    found = UserClass(value, t, {}, {})
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name, decorators=decorators):
                if any(isinstance(d, ast.Attribute) and d.name == "setter" for d in decorators):
                    found.setters[name] = statement
                elif not any(isinstance(d, ast.Attribute) and d.name in ("ignore", "unused") for d in decorators):
                    found.methods[name] = statement
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=assigned):
                found.declared[name] = erase(read_type(annotation, value.scope))
                if assigned is not None:
                    found.of_class[name] = statement.span
            case ast.Assign(targets=(ast.Name(id=name),)):
                found.of_class[name] = statement.span
    return found


def user_class(ctx: FunctionContext, t: ClassType, span: Span) -> UserClass:
    """The class of an instance's type, with its __init__ compiled (or being compiled)."""
    if is_future(t):
        raise CompileError.at(span, f"a {t} has no operators and attributes", "wait for it first")
    classes = ctx.compiler.user_classes
    found = classes.get(t.name)
    if found is None:
        value = t.layout.source
        assert isinstance(value, ClassValue)
        t.layout.fields.clear()
        found = classes[t.name] = _read(value, t)
    if found.init is None and not found.is_defining and INIT in found.methods:
        found.is_defining = True
        found.init = compile_method(ctx, found, found.methods[INIT], span)
        found.is_defining = False
    return found


def compile_method(
    ctx: FunctionContext, owner: UserClass, definition: ast.FunctionDef, span: Span
) -> CompiledFunction:
    """A method as a function whose first parameter is the instance."""
    kind = ".setter" if owner.setters.get(definition.name) is definition else ""
    symbol = f"{owner.type.name}::{definition.name}{kind}"

    def make() -> CompiledFunction:
        from aotjit.sema.compiler import check_decorators

        check_decorators(definition)
        signature = method_signature(owner, definition)
        defining = owner if definition.name == INIT else None
        return ctx.compiler.compile_function(symbol, definition, owner.value.scope, signature, defining=defining)

    return ctx.compiler.once(symbol, span, f"{owner.value.definition.name}.{definition.name}", make)


def method_signature(owner: UserClass, definition: ast.FunctionDef) -> Signature:
    read = read_signature(definition, owner.value.scope, method=True)
    receiver = definition.parameters[0]
    self_parameter = ParameterInfo(receiver.name, owner.type, None, None, receiver.span)
    name = owner.value.definition.name if definition.name == INIT else read.name
    return Signature(name, (self_parameter, *read.parameters), read.result, read.annotated_result)


# -- instances --------------------------------------------------------------------------------------------------------


def construct(
    ctx: FunctionContext, value: ClassValue, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> Plain:
    """`Class(args)`."""
    t = instance_type(value, span)
    owner = user_class(ctx, t, span)
    instance = ctx.value(ts.ObjectOp(t), span)
    if INIT in owner.methods:
        if owner.init is None:
            raise CompileError.at(span, f"{value.definition.name} makes another {value.definition.name} in __init__")
        call_method(ctx, instance, owner, owner.methods[INIT], args, keywords, span)
    elif args or keywords:
        raise CompileError.at(span, f"{value.definition.name} takes no arguments: it has no __init__")
    return instance


def call_method(
    ctx: FunctionContext,
    receiver: Plain,
    owner: UserClass,
    definition: ast.FunctionDef,
    args: Sequence[Value],
    keywords: dict[str, Value],
    span: Span,
) -> Value:
    compiled = compile_method(ctx, owner, definition, span)
    return ctx.compiler.emit_call(ctx, compiled, owner.value.scope, [receiver, *args], keywords, span)


def call_instance_method(
    ctx: FunctionContext, method: InstanceMethod, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> Value:
    assert isinstance(method.receiver.type, ClassType)
    owner = user_class(ctx, method.receiver.type, span)
    return call_method(ctx, method.receiver, owner, method.definition, args, keywords, span)


def instance_attribute(ctx: FunctionContext, value: Plain, name: str, span: Span) -> Value:
    """`instance.name`: a field, a property's value, or a method."""
    assert isinstance(value.type, ClassType)
    owner = user_class(ctx, value.type, span)
    if name in owner.fields:
        return ctx.value(ts.AttributeGetOp(value.ssa, name, owner.fields[name]), span)
    definition = owner.methods.get(name)
    if definition is None:
        raise _no_attribute(owner, name, span)
    if owner.is_property(name):
        return call_method(ctx, value, owner, definition, [], {}, span)
    if _decorated(definition, "staticmethod"):
        return _static(owner, definition)
    return InstanceMethod(value, definition)


def _static(owner: UserClass, definition: ast.FunctionDef) -> FunctionValue:
    return FunctionValue(definition, owner.value.scope, f"{owner.type.name}::{definition.name}")


def class_attribute(ctx: FunctionContext, value: ClassValue, name: str, span: Span) -> Value:
    """`Class.name`: a static method, of a class of modules too."""
    if not is_plain_class(value):
        static = _static_of_bases(value, name)
        if static is None:
            raise CompileError.at(
                span, f"{value.definition.name}.{name} is no static method, and is not called by its class's name",
                f"write self.{name}(...); of a base class's method, give it another name there",
            )  # fmt: skip
        return static
    owner = user_class(ctx, instance_type(value, span), span)
    definition = owner.methods.get(name)
    if definition is None:
        raise _no_attribute(owner, name, span)
    if not _decorated(definition, "staticmethod"):
        hint = "mark it @staticmethod, or call it on an instance"
        raise CompileError.at(span, f"{name} is not a static method of {value.definition.name}", hint)
    return _static(owner, definition)


def _static_of_bases(value: ClassValue, name: str) -> FunctionValue | None:
    """The static method of a class with bases, or of the first of them that has one."""
    for statement in value.definition.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == name:
            is_static = _decorated(statement, "staticmethod")
            return FunctionValue(statement, value.scope, f"{class_name(value)}::{name}") if is_static else None
    bases = (value.scope.lookup(b.id) for b in value.definition.bases if isinstance(b, ast.Name))
    found = (_static_of_bases(b, name) for b in bases if isinstance(b, ClassValue))
    return next((f for f in found if f is not None), None)


def _no_attribute(owner: UserClass, name: str, span: Span) -> Exception:
    if owner.init is not None and owner.init.failed:
        return Poisoned()
    shown = owner.value.definition.name
    if name in owner.of_class:
        return CompileError.at(
            span, f"'{name}' is an attribute of the class {shown} itself, which TorchScript does not read",
            "assign it in __init__", ((owner.of_class[name], "it is assigned here"),),
        )  # fmt: skip
    hint = close_match(name, {*owner.fields, *owner.methods})
    if name in owner.declared or owner.is_defining:
        hint = hint or "assign it at the top level of __init__ before it is used"
    elif owner.fields:
        hint = hint or f"it has {', '.join(owner.fields)}"
    return CompileError.at(span, f"{shown} has no attribute '{name}'", hint)


def has_attribute(ctx: FunctionContext, t: ClassType, name: str, span: Span) -> bool:
    owner = user_class(ctx, t, span)
    return name in owner.fields or name in owner.methods


def field_type(ctx: FunctionContext, t: ClassType, name: str, span: Span) -> Type | None:
    """The type that an assignment to a field must have; None where it is not known yet."""
    owner = user_class(ctx, t, span)
    return owner.fields.get(name, owner.declared.get(name))


def set_attribute(
    ctx: FunctionContext, target: Plain, name: str, value: Plain, span: Span, declared: Type | None = None
) -> None:
    """`instance.name = value`; in __init__ the first one makes the field."""
    assert isinstance(target.type, ClassType)
    owner = user_class(ctx, target.type, span)
    shown = owner.value.definition.name
    setter = owner.setters.get(name)
    if setter is not None:
        call_method(ctx, target, owner, setter, [value], {}, span)
        return
    if name not in owner.fields:
        _new_field(ctx, owner, name, declared or owner.declared.get(name) or value.type, span)
    given = require_argument(ctx, value, owner.fields[name], span, f"the attribute '{name}' of {shown}")
    ctx.emit(ts.AttributeSetOp(target.ssa, name, given.ssa), span)


def _new_field(ctx: FunctionContext, owner: UserClass, name: str, t: Type, span: Span) -> None:
    shown = owner.value.definition.name
    if ctx.defining is not owner:
        if owner.init is not None and owner.init.failed:
            raise Poisoned
        if owner.is_property(name):
            raise CompileError.at(span, f"the property '{name}' of {shown} has no setter")
        raise CompileError.at(
            span, f"{shown} has no attribute '{name}'",
            close_match(name, owner.fields) or "attributes are made in __init__",
        )  # fmt: skip
    if ctx.nesting > 0:
        raise CompileError.at(
            span, f"the first assignment to '{name}' must not be inside a block or after a return",
            "give it a value at the top level of __init__ first",
        )  # fmt: skip
    owner.fields[name] = t


# -- what operators ask of instances ----------------------------------------------------------------------------------


def special_method(ctx: FunctionContext, value: Value, name: str, span: Span) -> InstanceMethod | None:
    """The method `__name__` of an instance; None when the value is no instance or its class has none."""
    if not isinstance(value, Plain) or not isinstance(value.type, ClassType):
        return None
    definition = user_class(ctx, value.type, span).methods.get(name)
    return None if definition is None else InstanceMethod(value, definition)


def call_special(
    ctx: FunctionContext, value: Value, name: str, args: Sequence[Value], span: Span, shown: str
) -> Plain | None:
    """What the method `__name__` gives; None where the value is no instance. Raises CompileError where the class does
    not define it; `shown` is what the source does."""
    if not isinstance(value, Plain) or not isinstance(value.type, ClassType):
        return None
    method = special_method(ctx, value, name, span)
    if method is None:
        raise CompileError.at(
            span, f"{shown} is not defined for {value.type}: the class has no {name}", f"write a method {name}"
        )
    result = call_instance_method(ctx, method, args, {}, span)
    assert isinstance(result, Plain)
    return result


def call_conversion(ctx: FunctionContext, value: Value, wanted: Type, span: Span) -> Plain | None:
    """int(), float(), bool() or str() of an instance whose class defines it."""
    result = call_special(ctx, value, f"__{wanted}__", [], span, f"{wanted}()")
    return None if result is None else require(ctx, result, wanted, span, f"the result of __{wanted}__")
