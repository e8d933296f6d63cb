"""Making instances of nn.Module classes: which classes they have, and what their class bodies and __init__ set."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.sema import library
from aotjit.sema.annotations import path_of
from aotjit.sema.class_types import names_module
from aotjit.sema.host.evaluator import Frame
from aotjit.sema.host.expressions import ExpressionFrame
from aotjit.sema.host.objects import HostInstance, HostNamedTuple, construct_object, is_object_class
from aotjit.sema.interfaces import interface_of
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject
from aotjit.sema.values import ClassValue
from aotjit.syntax import ast

Args = Sequence[HostValue]
Keywords = dict[str, HostValue]
CONTAINERS = ("ModuleList", "Sequential", "ModuleDict", "ParameterList", "ParameterDict")


_NO_CLASSES = frozenset(("builtins.object", "object", "abc.ABC", "typing.Generic", "typing.Protocol"))
"""Bases that give an instance nothing here."""


def classes_of(value: ClassValue, span: Span) -> tuple[ClassValue, ...]:
    """A class with its bases in Python's method resolution order, nn.Module aside. Raises when it does not come from
    nn.Module."""
    order, is_module = _linearised(value, span, ())
    if not is_module:
        raise CompileError.at(
            span, f"instances of {value.definition.name} are not compiled by this version of aotjit",
            "only subclasses of nn.Module are",
        )  # fmt: skip
    return tuple(order)


def _linearised(value: ClassValue, span: Span, below: tuple[ClassValue, ...]) -> tuple[list[ClassValue], bool]:
    """The resolution order (Barrett and others 1996), and whether nn.Module is among the bases."""
    if value in below:
        raise CompileError.at(span, f"the class {value.definition.name} is a base of itself")
    orders: list[list[ClassValue]] = []
    bases: list[ClassValue] = []
    is_module = False
    for base in value.definition.bases:
        path = path_of(base.value if isinstance(base, ast.Subscript) else base, value.scope)
        if path in ("torch.nn.Module", "torch.nn.modules.Module", "torch.jit.ScriptModule", "Module"):
            is_module = True
            continue
        if path in _NO_CLASSES:
            continue
        found = value.scope.lookup(base.id) if isinstance(base, ast.Name) else None
        inner = found if isinstance(found, ClassValue) else (library.module_class(path) if path else None)
        if inner is None:
            raise CompileError.at(base.span, "this base class is not compiled by this version of aotjit")
        order, of_module = _linearised(inner, span, (*below, value))
        is_module |= of_module
        orders.append(order)
        bases.append(inner)
    return [value, *_merged([*orders, bases], span)], is_module


def _merged(orders: list[list[ClassValue]], span: Span) -> list[ClassValue]:
    """Takes, again and again, the first class that stands behind no other."""
    result: list[ClassValue] = []
    orders = [list(o) for o in orders if o]
    while orders:
        first = next((o[0] for o in orders if not any(o[0] in other[1:] for other in orders)), None)
        if first is None:
            raise CompileError.at(span, "the bases of this class have no order that fits all of them")
        result.append(first)
        orders = [rest for o in orders if (rest := o[1:] if o[0] is first else o)]
    return result


def construct(frame: ExpressionFrame, value: ClassValue, args: Args, keywords: Keywords, span: Span) -> HostValue:
    """Makes an instance of a class by running its __init__: of a module class a module."""
    if is_object_class(value):
        return construct_object(frame, value, args, keywords, span)
    classes = classes_of(value, span)
    module = ModuleObject(value.definition.name, classes)
    module.attributes["training"] = True
    for owner in reversed(classes):
        _class_attributes(frame, module, owner)
    kind = next((c.definition.name for c in classes if c.definition.name in CONTAINERS and library.owns(c)), None)
    if kind is not None:
        module.container = kind
        module.attributes["_items"] = []
    frame.evaluator.constructing += 1
    _initialise(frame, module, kind, args, keywords, span)
    frame.evaluator.constructing -= 1
    if frame.evaluator.constructing == 0:
        _end_construction(module)
    return module


def _end_construction(root: ModuleObject) -> None:
    """What a program makes is mostly run, not trained: it is in eval mode unless train() is called."""
    held: set[int] = set()
    for module in root.walk():
        if not module.mode_chosen:
            module.attributes["training"] = False
        # What several attributes hold is in each of them an object of its own in compiled code, as in torch.jit.
        for name, value in module.attributes.items():
            if isinstance(value, list | dict):
                if id(value) in held:
                    module.attributes[name] = shallow_copy(value)
                held.add(id(value))


def _initialise(
    frame: ExpressionFrame, module: ModuleObject, kind: str | None, args: Args, keywords: Keywords, span: Span
) -> None:
    """Runs the constructor of a module."""
    found = module.method("__init__")
    if kind is not None and (found is None or library.owns(found[1])):
        fill_container(frame, module, kind, args, span)
    elif found is not None:
        definition, owner = found
        frame.evaluator.run_function(definition, owner.scope, [module, *args], keywords, span, owner)
    elif args or keywords:
        raise CompileError.at(span, f"{module.class_name} takes no arguments")


def _class_attributes(frame: ExpressionFrame, module: ModuleObject, owner: ClassValue) -> None:
    """Attributes that the class body sets or declares."""
    inner = Frame(frame.evaluator, owner.scope, {}, owner)
    for statement in owner.definition.body:
        match statement:
            case ast.Assign(targets=(ast.Name(id=name),), value=value) if not name.startswith("__"):
                module.attributes[name] = _once(inner, statement, value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                if not library.owns(owner) and not _names_modules(annotation, owner):
                    module.annotations[name] = inner.type(annotation)
                if value is not None:
                    module.attributes[name] = _once(inner, statement, value)


def _once(inner: Frame, statement: ast.Stmt, value: ast.Expr) -> HostValue:
    """What an assignment of a class body gives: one object for all instances."""
    once = inner.evaluator.once
    if id(statement) not in once:
        once[id(statement)] = inner.expression(value)
    return once[id(statement)]


def _names_modules(annotation: ast.Expr, owner: ClassValue) -> bool:
    return interface_of(annotation, owner.scope) is not None or names_module(annotation, owner.scope)


def fill_container(frame: ExpressionFrame, module: ModuleObject, kind: str, args: Args, span: Span) -> None:
    given = args[0] if args else []
    if isinstance(given, dict) or (isinstance(given, ModuleObject) and given.container == "ModuleDict"):
        held = given if isinstance(given, dict) else {n: given.attributes[n] for n in given.item_names}
        module.set_items(dict(held))
        return
    if kind in ("ModuleDict", "ParameterDict"):
        pairs = [frame.iterate(pair, span) for pair in frame.iterate(given, span)]
        module.set_items(frame.attempt(lambda: dict(pairs), span))
        return
    values = list(args) if kind == "Sequential" and not isinstance(given, dict) else frame.iterate(given, span)
    module.set_items({str(i): v for i, v in enumerate(values)})


def shallow_copy(value: HostValue) -> HostValue:
    """copy.copy; of a module or tensor the same object."""
    return value.copy() if isinstance(value, list | dict | set) else value


def deep_copy(value: HostValue, made: dict[int, HostValue] | None = None) -> HostValue:
    """copy.deepcopy: what is one object in the value is one in the copy, what shares memory does not."""
    made = {} if made is None else made
    if id(value) not in made:
        made[id(value)] = _copied(value, made)
    return made[id(value)]


def _copied(value: HostValue, made: dict[int, HostValue]) -> HostValue:
    match value:
        case HostTensor():
            return HostTensor(value.dtype, value.shape, value.numpy().copy(), None, value.is_parameter)
        case ModuleObject():
            copied = ModuleObject(value.class_name, value.classes, {}, dict(value.buffers), dict(value.annotations))
            copied.container, copied.mode_chosen = value.container, value.mode_chosen
            made[id(value)] = copied
            copied.attributes = {n: deep_copy(v, made) for n, v in value.attributes.items()}
            return copied
        case HostInstance():
            instance = made[id(value)] = HostInstance(value.value, value.type)
            instance.attributes = {n: deep_copy(v, made) for n, v in value.attributes.items()}
            return instance
        case HostNamedTuple():
            return HostNamedTuple.of(value.type, (deep_copy(v, made) for v in value))
        case list():
            items = made[id(value)] = []
            items += [deep_copy(v, made) for v in value]
            return items
        case tuple():
            return tuple(deep_copy(v, made) for v in value)
        case set():
            return value.copy()
        case dict():
            held = made[id(value)] = {}
            held.update((deep_copy(k, made), deep_copy(v, made)) for k, v in value.items())
            return held
    return value
