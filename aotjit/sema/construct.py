"""Making instances of nn.Module classes: which classes they have, and what their class bodies and __init__ set."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.sema import library
from aotjit.sema.annotations import path_of
from aotjit.sema.class_types import names_module
from aotjit.sema.evaluator import Frame
from aotjit.sema.host_expressions import ExpressionFrame
from aotjit.sema.host_objects import HostInstance, HostNamedTuple, construct_object, is_object_class
from aotjit.sema.interfaces import interface_of
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject
from aotjit.sema.values import ClassValue
from aotjit.syntax import ast

Args = Sequence[HostValue]
Keywords = dict[str, HostValue]
CONTAINERS = ("ModuleList", "Sequential", "ModuleDict", "ParameterList", "ParameterDict")


def classes_of(value: ClassValue, span: Span, below: tuple[ClassValue, ...] = ()) -> tuple[ClassValue, ...]:
    """A class with its bases, nn.Module aside. Raises when it does not come from nn.Module."""
    if value in below:
        raise CompileError.at(span, f"the class {value.definition.name} is a base of itself")
    result = [value]
    seen_module = False
    for base in value.definition.bases:
        path = path_of(base, value.scope)
        if path in ("torch.nn.Module", "torch.nn.modules.Module", "torch.jit.ScriptModule", "Module"):
            seen_module = True
            continue
        found = value.scope.lookup(base.id) if isinstance(base, ast.Name) else None
        inner = found if isinstance(found, ClassValue) else (library.module_class(path) if path else None)
        if inner is None:
            raise CompileError.at(base.span, "this base class is not compiled by this version of aotjit")
        seen_module = True
        result += [c for c in classes_of(inner, span, (*below, value)) if c not in result]
    if not seen_module:
        raise CompileError.at(
            span, f"instances of {value.definition.name} are not compiled by this version of aotjit",
            "only subclasses of nn.Module are",
        )  # fmt: skip
    return tuple(result)


def construct(frame: ExpressionFrame, value: ClassValue, args: Args, keywords: Keywords, span: Span) -> HostValue:
    """Makes an instance of a class by running its __init__: of a module class a module."""
    if is_object_class(value):
        return construct_object(frame, value, args, keywords, span)
    classes = classes_of(value, span)
    module = ModuleObject(value.definition.name, classes)
    module.attributes["training"] = False
    for owner in reversed(classes):
        _class_attributes(frame, module, owner)
    kind = next((c.definition.name for c in classes if c.definition.name in CONTAINERS and library.owns(c)), None)
    if kind is not None:
        module.container = kind
        module.attributes["_items"] = []
    found = module.method("__init__")
    if kind is not None and (found is None or library.owns(found[1])):
        fill_container(frame, module, kind, args, span)
    elif found is not None:
        definition, owner = found
        frame.evaluator.run_function(definition, owner.scope, [module, *args], keywords, span, owner)
    elif args or keywords:
        raise CompileError.at(span, f"{value.definition.name} takes no arguments")
    return module


def _class_attributes(frame: ExpressionFrame, module: ModuleObject, owner: ClassValue) -> None:
    """Attributes that the class body sets or declares."""
    inner = Frame(frame.evaluator, owner.scope, {}, owner)
    for statement in owner.definition.body:
        match statement:
            case ast.Assign(targets=(ast.Name(id=name),), value=value) if not name.startswith("__"):
                module.attributes[name] = inner.expression(value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                if not library.owns(owner) and not _names_modules(annotation, owner):
                    module.annotations[name] = inner.type(annotation)
                if value is not None:
                    module.attributes[name] = inner.expression(value)


def _names_modules(annotation: ast.Expr, owner: ClassValue) -> bool:
    return interface_of(annotation, owner.scope) is not None or names_module(annotation, owner.scope)


def fill_container(frame: ExpressionFrame, module: ModuleObject, kind: str, args: Args, span: Span) -> None:
    given = args[0] if args else []
    if isinstance(given, dict) or (isinstance(given, ModuleObject) and given.container == "ModuleDict"):
        held = given if isinstance(given, dict) else {n: given.attributes[n] for n in given.item_names}
        set_items(module, dict(held))
        return
    if kind in ("ModuleDict", "ParameterDict"):
        pairs = [frame.iterate(pair, span) for pair in frame.iterate(given, span)]
        set_items(module, frame.attempt(lambda: dict(pairs), span))
        return
    values = list(args) if kind == "Sequential" and not isinstance(given, dict) else frame.iterate(given, span)
    set_items(module, {str(i): v for i, v in enumerate(values)})


def set_items(module: ModuleObject, items: dict[str, HostValue]) -> None:
    """Makes `items` what a container holds."""
    for key in module.item_names:
        module.attributes.pop(key, None)
    module.attributes.update(items)
    module.attributes["_items"] = list(items)


def shallow_copy(value: HostValue) -> HostValue:
    """copy.copy; of a module or tensor the same object."""
    return value.copy() if isinstance(value, list | dict | set) else value


def deep_copy(value: HostValue) -> HostValue:
    """copy.deepcopy of a module, tensor or list."""
    if isinstance(value, HostTensor):
        return HostTensor(value.dtype, value.shape, value.numpy().copy(), None, value.is_parameter)
    if isinstance(value, ModuleObject):
        copied = ModuleObject(value.class_name, value.classes, {}, dict(value.buffers), dict(value.annotations))
        copied.container = value.container
        copied.attributes = {n: deep_copy(v) for n, v in value.attributes.items()}
        return copied
    if isinstance(value, HostInstance):
        return HostInstance(value.value, value.type, {n: deep_copy(v) for n, v in value.attributes.items()})
    if isinstance(value, HostNamedTuple):
        return HostNamedTuple.of(value.type, map(deep_copy, value))
    if isinstance(value, list | tuple):
        return type(value)(deep_copy(v) for v in value)
    if isinstance(value, set):
        return value.copy()
    return {k: deep_copy(v) for k, v in value.items()} if isinstance(value, dict) else value
