"""Interfaces (torch.jit.interface). Of modules: a ModuleList or ModuleDict indexed with a value of run time.

    layer: Layer = self.layers[i]        the modules stay known at compile time; only which one is meant is not:
    y = layer.forward(x)                 a call is a choice among the calls of each

Of classes: the type is the Union of the program's classes that have its methods, a call a choice among them.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Region

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema.annotations import path_of
from aotjit.sema.boxes import for_each_member
from aotjit.sema.checks import raise_unless
from aotjit.sema.class_types import is_plain_class
from aotjit.sema.context import FunctionContext, constant_of, integer_constant
from aotjit.sema.conversions import plain, require
from aotjit.sema.modules import ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.sema.operator_calls import single
from aotjit.sema.overloads import call_operator
from aotjit.sema.signatures import read_signature
from aotjit.sema.values import ChoiceMethod, ClassValue, ModuleChoice, ModuleValue, Plain, Value, ValueMethod
from aotjit.syntax import ast
from aotjit.types import INT, NONE, STR, ClassType, Type, UnionType

INTERFACES = ("torch.jit.interface", "torch.jit._script.interface")
_ARCHIVED = ("ModuleInterface", "Interface")


def interface_of(node: ast.Expr, scope: ModuleScope) -> ClassValue | None:
    """The interface of modules that an annotation names; None for any other type."""
    found: Value | None = scope.lookup(node.id) if isinstance(node, ast.Name) else None
    if found is None and (path := path_of(node, scope)) is not None:
        found = scope.definition(path)
    if not isinstance(found, ClassValue) or not is_interface(found):
        return None
    of_classes = is_plain_class(found) or any(path_of(b, found.scope) == "Interface" for b in found.definition.bases)
    return None if of_classes else found


def is_interface(value: ClassValue) -> bool:
    decorated = any(path_of(d, value.scope) in INTERFACES for d in value.definition.decorators)
    return decorated or any(path_of(b, value.scope) in _ARCHIVED for b in value.definition.bases)


def classes_of(interface: ClassValue) -> list[ClassValue]:
    """The program's classes whose instances have all methods of the interface."""
    wanted = set(methods_of(interface))
    classes = (c for c in interface.scope.all_classes() if is_plain_class(c) and not is_interface(c))
    return [c for c in classes if wanted <= set(methods_of(c))]


def is_of_classes(t: Type) -> bool:
    """Values of the type are instances of one of several classes."""
    return isinstance(t, UnionType) and all(isinstance(m, ClassType) for m in t.members)


def call_of_any(
    ctx: FunctionContext, method: ValueMethod, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> Value:
    """Calls the method of the instance, whose class only the run tells."""
    from aotjit.sema.attributes import attribute
    from aotjit.sema.calls import call

    given = [plain(ctx, a, span) for a in args]
    named: dict[str, Value] = {n: plain(ctx, v, span) for n, v in keywords.items()}

    def one(instance: Plain) -> Plain:
        return plain(ctx, call(ctx, attribute(ctx, instance, method.name, span), given, dict(named), span), span)

    return for_each_member(ctx, method.receiver, one, span)


def methods_of(value: ClassValue) -> dict[str, ast.FunctionDef]:
    return {s.name: s for s in value.definition.body if isinstance(s, ast.FunctionDef)}


def through_interface(ctx: FunctionContext, node: ast.Expr, interface: ClassValue) -> Value:
    """The module that an expression stands for, seen through an interface."""
    if isinstance(node, ast.Subscript) and len(node.indices) == 1 and not isinstance(node.indices[0], ast.Slice):
        container = ctx.expression(node.value)
        if isinstance(container, ModuleValue) and (items := _items(container)):
            index = ctx.plain(node.indices[0])
            if index.type == INT and container.object.container != "ModuleDict" and integer_constant(index) is None:
                place = _place(ctx, len(items), index, node.span)
                return _choice(tuple(items.values()), place, interface, node.span)
            if index.type == STR and constant_of(index) is ...:
                place = _place_of_key(ctx, list(items), index, node.span)
                return _choice(tuple(items.values()), place, interface, node.span)
    value = ctx.expression(node)
    if not isinstance(value, ModuleValue | ModuleChoice):
        name = interface.definition.name
        raise CompileError.at(node.span, f"the interface {name} is of modules, found {value.describe()}")
    modules = value.modules if isinstance(value, ModuleChoice) else (value,)
    _check_methods(modules, interface, node.span)
    return value


def _items(value: ModuleValue) -> dict[str, ModuleValue]:
    """The modules of a ModuleList or ModuleDict by name; in an archive these are modules with an attribute for each."""
    module = value.object
    kinds = ("ModuleList", "ModuleDict")
    if module.container not in kinds and (module.container is not None or module.class_name not in kinds):
        return {}
    return {n: ModuleValue(m) for n, m in module.attributes.items() if isinstance(m, ModuleObject)}


def _check_methods(modules: Sequence[ModuleValue], interface: ClassValue, span: Span) -> None:
    for module in modules:
        missing = [n for n in methods_of(interface) if module.object.method(n) is None]
        if missing:
            raise CompileError.at(
                span, f"{module.object.class_name} has no method '{missing[0]}' of {interface.definition.name}"
            )


def _choice(
    modules: tuple[ModuleValue, ...], place: Plain, interface: ClassValue, span: Span
) -> ModuleChoice:
    _check_methods(modules, interface, span)
    return ModuleChoice(modules, place, interface)


def _place(ctx: FunctionContext, length: int, index: Plain, span: Span) -> Plain:
    """The place that an index of a ModuleList means; IndexError when the program runs."""
    count, zero = ctx.constant(length, span), ctx.constant(0, span)
    negative = ctx.value(arith.CmpiOp(index.ssa, zero.ssa, "slt"), span)
    shifted = ctx.value(arith.AddiOp(index.ssa, count.ssa), span)
    wrapped = ctx.value(arith.SelectOp(negative.ssa, shifted.ssa, index.ssa), span)
    low, high = ctx.value(arith.CmpiOp(wrapped.ssa, zero.ssa, "sge"), span), arith.CmpiOp(wrapped.ssa, count.ssa, "slt")
    inside = ctx.value(arith.AndIOp(low.ssa, ctx.value(high, span).ssa), span)
    message = ctx.constant(f"module index out of range: there are {length} modules", span)
    raise_unless(ctx, inside, "IndexError", message, span)
    return wrapped


def _place_of_key(ctx: FunctionContext, names: Sequence[str], key: Plain, span: Span) -> Plain:
    """The place of a ModuleDict's item by its name; KeyError when the program runs."""
    place = ctx.constant(len(names), span)
    for i, name in enumerate(names):
        same = single(call_operator(ctx, "eq", [key, ctx.constant(name, span)], {}, span))
        place = ctx.value(arith.SelectOp(same.ssa, ctx.constant(i, span).ssa, place.ssa), span)
    found = ctx.value(arith.CmpiOp(place.ssa, ctx.constant(len(names), span).ssa, "slt"), span)
    raise_unless(ctx, found, "KeyError", ctx.constant(f"the modules are {', '.join(names)}", span), span)
    return place


def choice_attribute(value: ModuleChoice, name: str, span: Span) -> ChoiceMethod:
    if name not in methods_of(value.interface):
        raise CompileError.at(span, f"the interface {value.interface.definition.name} has no method '{name}'")
    return ChoiceMethod(value, name)


def call_choice(
    ctx: FunctionContext, method: ChoiceMethod, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> Plain:
    """Calls the method of the module that the index says, by comparing it with each number."""
    interface = method.choice.interface
    definition = methods_of(interface)[method.name]
    result = read_signature(definition, interface.scope, method=True).result or NONE
    given = [plain(ctx, a, span) for a in args]
    named = {n: plain(ctx, v, span) for n, v in keywords.items()}

    def one(module: ModuleValue) -> Plain:
        called = ctx.compiler.module_attribute(ctx, module, method.name, span)
        from aotjit.sema.calls import call

        value = plain(ctx, call(ctx, called, given, dict(named), span), span)
        return require(ctx, value, result, span, f"the result of {method.name} of {module.object.class_name}")

    return _among(ctx, method.choice, 0, one, result, span)


def _among(ctx: FunctionContext, choice: ModuleChoice, at: int, one: object, result: Type, span: Span) -> Plain:
    assert callable(one)
    if at == len(choice.modules) - 1:
        value = one(choice.modules[at])
        assert isinstance(value, Plain)
        return value
    test = ctx.value(arith.CmpiOp(choice.index.ssa, ctx.constant(at, span).ssa, "eq"), span)
    this, others = Block(), Block()
    with ctx.inside(this):
        ctx.emit(scf.YieldOp(one(choice.modules[at]).ssa), span)
    with ctx.inside(others):
        ctx.emit(scf.YieldOp(_among(ctx, choice, at + 1, one, result, span).ssa), span)
    return ctx.value(scf.IfOp(test.ssa, [ts.ir_type(result)], Region([this]), Region([others])), span)
