"""Hooks of modules, which run when a module is called, around its forward:

    def forward(self, x):
        hooked0 = self.pre_hook((x, ))              each takes the arguments as a tuple and may give others
        hooked1 = self.forward((hooked0)[0], )
        return self.hook(hooked0, hooked1, )        each takes arguments and result and may give another result

An archive's class lists the methods that are its hooks, and its code calls those of submodules itself. In source
programs a module gets a class of that form for each hook that is registered.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from aotjit.sema.annotations import read_type
from aotjit.sema.modules import ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.sema.values import ClassValue, FunctionValue, ModuleMethod
from aotjit.syntax import ast
from aotjit.types import NONE, TupleType

_PRE, _POST = "__forward_pre_hooks__", "__forward_hooks__"


def with_hooks(method: ModuleMethod) -> ModuleMethod:
    """`forward` with the hooks of its module around it; the same method where there are none."""
    module = method.object
    before, after = [*_listed(module, _PRE)], [*_listed(module, _POST)]
    if method.definition.name != "forward" or not (before or after):
        return method
    writer = _Writer(method.definition, module, method.scope)
    body = writer.body(before, after)
    definition = dataclasses.replace(method.definition, body=body)
    return ModuleMethod(module, definition, method.scope, method.static)


def hooked_call(method: ModuleMethod) -> ModuleMethod:
    """What a call of the module in source compiles: another method where its forward has hooks."""
    hooked = with_hooks(method)
    if hooked is method:
        return method
    definition = dataclasses.replace(hooked.definition, name="forward.hooked", decorators=())
    return ModuleMethod(hooked.object, definition, hooked.scope, hooked.static)


def add_hook(module: ModuleObject, before: bool, hook: FunctionValue) -> None:
    """Registers a function whose first parameter is the module."""
    span = hook.definition.span
    name = f"hook{len(module.classes)}.{hook.definition.name}"
    listed = ast.Assign(
        span, (ast.Name(span, _PRE if before else _POST),), ast.ListExpr(span, (ast.Constant(span, name),))
    )
    body = (listed, dataclasses.replace(hook.definition, name=name))
    definition = ast.ClassDef(span, f"{module.class_name}.{name}", (), body)
    module.classes = (*module.classes, ClassValue(definition, hook.scope))


def is_hook(function: FunctionValue, root: ModuleObject) -> bool:
    """The function was registered as a hook of one of these modules: it is none that others call."""
    return any(
        statement.span == function.definition.span
        for module in root.walk()
        for owner in module.classes
        if owner.scope is function.scope
        for statement in owner.definition.body
        if isinstance(statement, ast.FunctionDef)
    )


def hook_names(module: ModuleObject) -> list[str]:
    """The methods of a module that are its hooks."""
    return [*_listed(module, _PRE), *_listed(module, _POST)]


def _listed(module: ModuleObject, kind: str) -> Iterator[str]:
    for owner in module.classes:
        for statement in owner.definition.body:
            match statement:
                case ast.Assign(targets=(ast.Name(id=name),), value=ast.ListExpr(elements=elements)) if name == kind:
                    yield from (str(e.value) for e in elements if isinstance(e, ast.Constant))


class _Writer:
    """Writes the body of the wrapper."""

    def __init__(self, definition: ast.FunctionDef, module: ModuleObject, scope: ModuleScope) -> None:
        self.span = definition.span
        self.module, self.scope = module, scope
        self.self_name, *self.names = [p.name for p in definition.parameters]
        self.statements: list[ast.Stmt] = []

    def body(self, before: Sequence[str], after: Sequence[str]) -> tuple[ast.Stmt, ...]:
        span = self.span
        arguments: ast.Expr = ast.TupleExpr(span, tuple(ast.Name(span, n) for n in self.names))
        for hook in before:
            given = self.keep(self.call(hook, arguments))
            kind = self.result_of(hook)
            if isinstance(kind, TupleType):
                arguments = given
            elif kind != NONE:
                arguments = ast.TupleExpr(span, (given,))
        arguments = self.keep(arguments)
        parts = [ast.Subscript(span, arguments, (ast.Constant(span, i),), False) for i in range(len(self.names))]
        result: ast.Expr = self.keep(self.call("forward", *parts))
        for hook in after:
            given = self.keep(self.call(hook, arguments, result))
            result = result if self.result_of(hook) == NONE else given
        return (*self.statements, ast.Return(span, result))

    def call(self, name: str, *arguments: ast.Expr) -> ast.Expr:
        method = ast.Attribute(self.span, ast.Name(self.span, self.self_name), name)
        return ast.Call(self.span, method, arguments, ())

    def keep(self, value: ast.Expr) -> ast.Expr:
        """A new name for the value."""
        name = f"hooked{len(self.statements)}"
        self.statements.append(ast.Assign(self.span, (ast.Name(self.span, name),), value))
        return ast.Name(self.span, name)

    def result_of(self, hook: str) -> object:
        found = self.module.method(hook)
        assert found is not None, hook
        returns = found[0].returns
        return NONE if returns is None else read_type(returns, found[1].scope)
