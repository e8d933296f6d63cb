"""Runs `__init__` and top-level expressions at compile time, on the syntax tree.

A small interpreter of the statements and expressions that constructors use. What it does not know is an error at its
place, never a guess. Expressions are in expressions.py, calls in calls.py.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.annotations import path_of, read_type
from aotjit.sema.attributes import CONSTANTS
from aotjit.sema.class_types import names_module
from aotjit.sema.host import targets as host_targets
from aotjit.sema.host.builtins import BUILTINS, INSPECTIONS
from aotjit.sema.host.expressions import ExpressionFrame, bind
from aotjit.sema.host.generator import Generator
from aotjit.sema.modules import HostFunction, HostValue, ModuleObject
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.values import ClassValue, Namespace
from aotjit.syntax import ast
from aotjit.types import Type

MAX_STEPS = 1_000_000


class _Return(Exception):  # noqa: N818  # not an error: it steers
    def __init__(self, value: HostValue) -> None:
        self.value = value


class _Break(Exception):  # noqa: N818  # not an error: it steers
    pass


class _Continue(Exception):  # noqa: N818  # not an error: it steers
    pass


class Evaluator:
    """One evaluation: the random generator, and how many statements have run. With `values_replaced` all weights come
    from a file, so that initialisers that are not known here may be passed over."""

    def __init__(self, values_replaced: bool = False) -> None:
        self.values_replaced = values_replaced
        self.generator = Generator()
        self.steps = 0
        self.constructing = 0
        """How many constructors of modules run, one inside the other."""
        self.once: dict[int, HostValue] = {}
        """What the assignments of class bodies and the defaults of parameters gave: they are evaluated once."""
        self._globals: dict[tuple[int, str], HostValue] = {}

    # -- statements --------------------------------------------------------------------------------------------------

    def run_function(
        self,
        definition: ast.FunctionDef,
        scope: ModuleScope,
        args: Sequence[HostValue],
        keywords: dict[str, HostValue],
        span: Span,
        owner: ClassValue | None = None,
    ) -> HostValue:
        """Calls a function of the program with host values."""
        called = owner.definition.name if owner is not None and definition.name == "__init__" else definition.name

        def default(parameter: ast.Parameter) -> HostValue:
            assert parameter.default is not None
            key = id(parameter)
            if key not in self.once:
                self.once[key] = Frame(self, scope, {}, None).expression(parameter.default)
            return self.once[key]

        own = 1 if called != definition.name else 0
        names = bind(definition.parameters, args, keywords, default, span, called, own)
        frame = Frame(self, scope, names, owner)
        try:
            frame.run(definition.body)
        except _Return as result:
            return result.value
        return None

    def run_nested(
        self, function: HostFunction, args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span
    ) -> HostValue:
        """Calls a function that a function defined: it sees the names around it."""
        definition, outer = function.definition, function.frame
        names = bind(
            definition.parameters, args, keywords, lambda p: function.defaults[p.name], span, definition.name
        )
        frame = Frame(self, outer.scope, ChainMap(names, outer.names), outer.owner)
        try:
            frame.run(definition.body)
        except _Return as result:
            return result.value
        return None

    def global_value(self, scope: ModuleScope, name: str, span: Span) -> HostValue:
        """A top-level name; constants are evaluated when they are first asked for."""
        found = scope.lookup(name)
        if found is not None:
            return CONSTANTS.get(found.path, found) if isinstance(found, Namespace) else found
        key = (id(scope), name)
        if key not in self._globals:
            if name not in scope.constants:
                if name in BUILTINS or name in INSPECTIONS:
                    return Namespace(f"builtins.{name}")
                raise CompileError.at(span, f"undefined name '{name}'", close_match(name, scope.known()))
            self._globals[key] = Frame(self, scope, {}, None).expression(scope.constants[name])
        return self._globals[key]

    def set_global(self, scope: ModuleScope, name: str, value: HostValue) -> None:
        self._globals[id(scope), name] = value


class Frame(ExpressionFrame):
    """One running function, or the top level."""

    def run(self, body: Sequence[ast.Stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.Stmt) -> None:
        self.evaluator.steps += 1
        if self.evaluator.steps > MAX_STEPS:
            raise CompileError.at(node.span, "this constructor does not end")
        match node:
            case ast.Assign(targets=(ast.Attribute() as target,), value=ast.Call(args=(value, annotation)) as made) if (
                path_of(made.function, self.scope) == "torch.jit.Attribute"
            ):
                self._annotated(target, annotation, value)
            case ast.Assign(targets=targets, value=value):
                result = self.expression(value)
                for target in targets:
                    self.assign(target, result)
                    self._typed(target, value)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._annotated(target, annotation, value)
            case ast.AugAssign(target=target, op=op, value=value):
                self._augmented(target, op, value, node.span)
            case ast.If(test=test, body=body, orelse=orelse):
                self.run(body if self.truth(test) else orelse)
            case ast.For():
                self._for(node)
            case ast.While():
                self._while(node)
            case ast.With(items=items, body=body):
                for item, _ in items:
                    self.expression(item)
                self.run(body)
            case ast.Return(value=value):
                raise _Return(None if value is None else self.expression(value))
            case ast.Break():
                raise _Break
            case ast.Continue():
                raise _Continue
            case ast.ExprStmt(value=value):
                self.expression(value)
            case ast.Assert(test=test, message=message):
                if not self.truth(test):
                    said = "" if message is None else f": {self.text(self.expression(message), node.span)}"
                    raise CompileError.at(node.span, f"this assertion fails while the module is constructed{said}")
            case ast.Raise(exception=exception):
                raise CompileError.at(
                    node.span, f"constructing the module raises this exception{self._message(exception)}"
                )
            case ast.Pass():
                pass
            case ast.FunctionDef(parameters=parameters, decorators=()):
                defaults = {p.name: self.expression(p.default) for p in parameters if p.default is not None}
                self.names[node.name] = HostFunction(node, defaults, self)
            case ast.Delete(targets=targets):
                for target in targets:
                    host_targets.delete(self, target)
            case ast.Import(names=names):
                for name in names:
                    path = name.name if node.module is None else f"{node.module}.{name.name}"
                    self.names[name.alias or path.rpartition(".")[2]] = Namespace(path)
            case ast.UnsupportedStmt(what=what):
                hint = "test before, or compute it outside of the class" if what == "try" else None
                raise CompileError.at(node.span, f"'{what}' is not run while modules are constructed", hint)
            case _:
                raise CompileError.at(node.span, "this statement is not run while modules are constructed")

    def _message(self, exception: ast.Expr | None) -> str:
        """What a raised exception says, as far as it is text."""
        if not isinstance(exception, ast.Call) or len(exception.args) != 1:
            return ""
        try:
            return f": {self.text(self.expression(exception.args[0]), exception.span)}"
        except CompileError:
            return ""

    def _augmented(self, target: ast.Expr, op: str, value: ast.Expr, span: Span) -> None:
        """`target op= value`; what stands in the target is evaluated once."""
        match target:
            case ast.Attribute(value=owner, name=name):
                held = self.expression(owner)
                changed = self.changed(op, self.attribute(held, name, target.span), self.expression(value), span)
                host_targets.set_attribute(held, name, changed, target.span)
            case ast.Subscript(value=container, indices=indices):
                held, index = self.expression(container), self.index(indices)
                changed = self.changed(op, self.item(held, index, target.span), self.expression(value), span)
                host_targets.set_item(self, held, index, changed, target.span)
            case _:
                self.assign(target, self.changed(op, self.expression(target), self.expression(value), span))

    def _annotated(self, target: ast.Expr, annotation: ast.Expr, value: ast.Expr | None) -> None:
        if isinstance(target, ast.Attribute):
            owner = self.expression(target.value)
            if isinstance(owner, ModuleObject) and not names_module(annotation, self.scope):
                owner.annotations[target.name] = self.type(annotation)
        if value is not None:
            self.assign(target, self.expression(value))

    def _typed(self, target: ast.Expr, value: ast.Expr) -> None:
        """`self.x = torch.jit.Attribute(value, type)` says the type of an attribute of a module."""
        from aotjit.sema.host.calls import ANNOTATING

        if not isinstance(target, ast.Attribute) or not isinstance(value, ast.Call) or len(value.args) != 2:
            return
        place = ANNOTATING.get(path_of(value.function, self.scope) or "")
        owner = self.expression(target.value)
        if place is not None and isinstance(owner, ModuleObject):
            owner.annotations[target.name] = self.type(value.args[1 - place])

    def type(self, annotation: ast.Expr) -> Type:
        return read_type(annotation, self.scope)

    def _for(self, node: ast.For) -> None:
        for item in self.items(self.expression(node.iterable), node.iterable.span):
            self.assign(node.target, item)
            try:
                self.run(node.body)
            except _Continue:
                continue
            except _Break:
                return
        self.run(node.orelse)

    def _while(self, node: ast.While) -> None:
        while self.truth(node.test):
            try:
                self.run(node.body)
            except _Continue:
                continue
            except _Break:
                return
        self.run(node.orelse)
