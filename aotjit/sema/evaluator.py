"""Runs `__init__` and top-level expressions at compile time, on the syntax tree.

A small interpreter of the statements and expressions that constructors use. What it does not know is an error at its
place, never a guess. Calls are in host_calls.py.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.annotations import path_of, read_type
from aotjit.sema.attributes import CONSTANTS
from aotjit.sema.class_types import names_module
from aotjit.sema.generator import Generator
from aotjit.sema.host_objects import HostInstance
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.values import ClassValue, Namespace, Value
from aotjit.syntax import ast
from aotjit.types import Type

MAX_STEPS = 1_000_000
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "@": operator.matmul, "<<": operator.lshift, ">>": operator.rshift,
    "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "is": operator.is_, "is not": operator.is_not, "in": lambda a, b: a in b, "not in": lambda a, b: a not in b,
}  # fmt: skip
_UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_,
}  # fmt: skip
Locals = dict[str, HostValue]


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
        names = self.bind(definition, scope, args, keywords, span, called)
        frame = Frame(self, scope, names, owner)
        try:
            frame.run(definition.body)
        except _Return as result:
            return result.value
        return None

    def bind(
        self,
        definition: ast.FunctionDef,
        scope: ModuleScope,
        args: Sequence[HostValue],
        keywords: dict[str, HostValue],
        span: Span,
        called: str,
    ) -> Locals:
        """The parameters of a call."""
        names: Locals = {}
        rest = list(args)
        for parameter in definition.parameters:
            if parameter.kind == "args":
                names[parameter.name], rest = tuple(rest), []
            elif parameter.kind == "kwargs":
                names[parameter.name], keywords = dict(keywords), {}
            elif rest and parameter.kind == "positional":
                names[parameter.name] = rest.pop(0)
            elif parameter.name in keywords:
                names[parameter.name] = keywords[parameter.name]
                keywords = {k: v for k, v in keywords.items() if k != parameter.name}
            elif parameter.default is not None:
                names[parameter.name] = Frame(self, scope, {}, None).expression(parameter.default)
            else:
                raise CompileError.at(span, f"{called} needs a value for '{parameter.name}'")
        if rest or keywords:
            given = len(args) - (1 if called != definition.name else 0)
            extra = f"'{next(iter(keywords))}'" if keywords else f"{given} arguments"
            raise CompileError.at(span, f"{called} does not take {extra}")
        return names

    def global_value(self, scope: ModuleScope, name: str, span: Span) -> HostValue:
        """A top-level name; constants are evaluated when they are first asked for."""
        found = scope.lookup(name)
        if found is not None:
            return CONSTANTS.get(found.path, found) if isinstance(found, Namespace) else found
        key = (id(scope), name)
        if key not in self._globals:
            if name not in scope.constants:
                raise CompileError.at(span, f"undefined name '{name}'", close_match(name, scope.known()))
            self._globals[key] = Frame(self, scope, {}, None).expression(scope.constants[name])
        return self._globals[key]

    def set_global(self, scope: ModuleScope, name: str, value: HostValue) -> None:
        self._globals[id(scope), name] = value


class Frame:
    """One running function, or the top level. `owner` is the class whose method it is."""

    def __init__(self, evaluator: Evaluator, scope: ModuleScope, names: Locals, owner: ClassValue | None) -> None:
        self.evaluator, self.scope, self.names, self.owner = evaluator, scope, names, owner

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
                self.assign(target, self.binary(op, self.expression(target), self.expression(value), node.span))
            case ast.If(test=test, body=body, orelse=orelse):
                self.run(body if self.truth(test) else orelse)
            case ast.For(target=target, iterable=iterable, body=body):
                self._for(target, self.iterate(self.expression(iterable), iterable.span), body)
            case ast.While(test=test, body=body):
                self._while(test, body)
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
            case ast.Assert(test=test):
                if not self.truth(test):
                    raise CompileError.at(node.span, "this assertion fails while the module is constructed")
            case ast.Raise():
                raise CompileError.at(node.span, "constructing the module raises this exception")
            case ast.Pass():
                pass
            case _:
                raise CompileError.at(node.span, "this statement is not run at compile time")

    def _annotated(self, target: ast.Expr, annotation: ast.Expr, value: ast.Expr | None) -> None:
        if isinstance(target, ast.Attribute):
            owner = self.expression(target.value)
            if isinstance(owner, ModuleObject) and not names_module(annotation, self.scope):
                owner.annotations[target.name] = self.type(annotation)
        if value is not None:
            self.assign(target, self.expression(value))

    def _typed(self, target: ast.Expr, value: ast.Expr) -> None:
        """`self.x = torch.jit.Attribute(value, type)` says the type of an attribute of a module."""
        from aotjit.sema.host_calls import ANNOTATING

        if not isinstance(target, ast.Attribute) or not isinstance(value, ast.Call) or len(value.args) != 2:
            return
        place = ANNOTATING.get(path_of(value.function, self.scope) or "")
        owner = self.expression(target.value)
        if place is not None and isinstance(owner, ModuleObject):
            owner.annotations[target.name] = self.type(value.args[1 - place])

    def type(self, annotation: ast.Expr) -> Type:
        return read_type(annotation, self.scope)

    def _for(self, target: ast.Expr, items: list[HostValue], body: Sequence[ast.Stmt]) -> None:
        for item in items:
            self.assign(target, item)
            try:
                self.run(body)
            except _Continue:
                continue
            except _Break:
                break

    def _while(self, test: ast.Expr, body: Sequence[ast.Stmt]) -> None:
        while self.truth(test):
            try:
                self.run(body)
            except _Continue:
                continue
            except _Break:
                break

    def assign(self, target: ast.Expr, value: HostValue) -> None:
        match target:
            case ast.Name(id=name):
                self.names[name] = value
            case ast.TupleExpr(elements=elements) | ast.ListExpr(elements=elements):
                items = self.iterate(value, target.span)
                if len(items) != len(elements):
                    raise CompileError.at(target.span, f"{len(items)} values for {len(elements)} targets")
                for element, item in zip(elements, items, strict=True):
                    self.assign(element, item)
            case ast.Attribute(value=owner, name=name):
                self.set_attribute(self.expression(owner), name, value, target.span)
            case ast.Subscript(value=container, indices=indices):
                held = self.expression(container)
                index = self.index(indices)
                if isinstance(held, HostTensor):
                    held.numpy()[index] = value.numpy() if isinstance(value, HostTensor) else value
                elif isinstance(held, list | dict):
                    held[index] = value
                else:
                    raise CompileError.at(target.span, "this cannot be assigned to at compile time")
            case _:
                raise CompileError.at(target.span, "this cannot be assigned to at compile time")

    def set_attribute(self, owner: HostValue, name: str, value: HostValue, span: Span) -> None:
        if isinstance(owner, HostTensor) and name == "data" and isinstance(value, HostTensor):
            owner.array, owner.shape, owner.dtype, owner.source = value.numpy(), value.shape, value.dtype, None
        elif isinstance(owner, HostTensor) and name == "requires_grad":
            pass
        elif isinstance(owner, ModuleObject):
            owner.hold(name, value)
        elif isinstance(owner, HostInstance):
            owner.attributes[name] = value
        else:
            raise CompileError.at(span, f"'{name}' cannot be set at compile time")

    # -- expressions -------------------------------------------------------------------------------------------------

    def expression(self, node: ast.Expr) -> HostValue:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return (
                    self.names[name] if name in self.names else self.evaluator.global_value(self.scope, name, node.span)
                )
            case ast.Attribute(value=value, name=name):
                from aotjit.sema.host_calls import host_attribute

                return host_attribute(self, self.expression(value), name, node.span)
            case ast.Call():
                from aotjit.sema.host_calls import host_call

                return host_call(self, node)
            case ast.TupleExpr(elements=elements):
                return tuple(self.elements(elements))
            case ast.ListExpr(elements=elements):
                return self.elements(elements)
            case ast.DictExpr(keys=keys, values=values):
                return {self.expression(k): self.expression(v) for k, v in zip(keys, values, strict=True)}
            case ast.Unary(op=op, operand=operand):
                return self.attempt(lambda: _UNARY[op](self.operand(operand)), node.span)
            case ast.Binary(op=op, left=left, right=right):
                return self.binary(op, self.expression(left), self.expression(right), node.span)
            case ast.Boolean(op=op, values=values):
                return self._boolean(op, values)
            case ast.Compare():
                return self._compare(node)
            case ast.Conditional(test=test, then=then, otherwise=otherwise):
                return self.expression(then if self.truth(test) else otherwise)
            case ast.Subscript(value=value, indices=indices):
                return self._subscript(self.expression(value), indices, node.span)
            case ast.FormattedString(parts=parts):
                return "".join(p if isinstance(p, str) else str(self.expression(p.value)) for p in parts)
            case ast.Comprehension():
                return self._comprehension(node)
        raise CompileError.at(node.span, "this expression is not evaluated at compile time")

    def elements(self, nodes: Sequence[ast.Expr]) -> list[HostValue]:
        result: list[HostValue] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                result += self.iterate(self.expression(node.value), node.span)
            else:
                result.append(self.expression(node))
        return result

    def operand(self, node: ast.Expr) -> Any:
        value = self.expression(node)
        return value.numpy() if isinstance(value, HostTensor) else value

    def attempt(self, compute: Callable[[], Any], span: Span) -> HostValue:
        """Runs Python code on host values; what it raises is the program's error."""
        import numbers

        try:
            result = compute()
        except CompileError:
            raise
        except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
            raise CompileError.at(span, f"evaluating this at compile time fails: {error}") from None
        if type(result).__module__ == "numpy":
            import numpy

            if isinstance(result, numpy.ndarray | numbers.Number):
                return HostTensor.of(numpy.asarray(result))
        return result

    def binary(self, op: str, left: HostValue, right: HostValue, span: Span) -> HostValue:
        if isinstance(left, HostTensor) or isinstance(right, HostTensor):
            from aotjit.sema.host_tensors import tensor_binary

            return tensor_binary(self.evaluator.generator, op, left, right, span)
        for value in (left, right):
            if isinstance(value, Value | ModuleObject):
                raise CompileError.at(span, f"'{op}' is not evaluated at compile time for these values")
        return self.attempt(lambda: _BINARY[op](left, right), span)

    def truth(self, node: ast.Expr) -> bool:
        value = self.expression(node)
        return bool(value.numpy()) if isinstance(value, HostTensor) else bool(value)

    def _boolean(self, op: str, values: Sequence[ast.Expr]) -> HostValue:
        result: HostValue = None
        for value in values:
            result = self.expression(value)
            if bool(result) is (op == "or"):
                break
        return result

    def _compare(self, node: ast.Compare) -> HostValue:
        left = self.operand(node.first)
        outcome: HostValue = True
        for op, right_node in zip(node.ops, node.rest, strict=True):
            right = self.operand(right_node)
            outcome = self.attempt(lambda o=op, x=left, y=right: _COMPARE[o](x, y), node.span)  # type: ignore[misc]  # bound now
            if isinstance(outcome, bool) and not outcome:
                return False
            left = right
        return outcome

    def index(self, indices: Sequence[ast.Expr]) -> Any:
        parts = [self._one_index(i) for i in indices]
        return parts[0] if len(parts) == 1 else tuple(parts)

    def _one_index(self, node: ast.Expr) -> Any:
        if isinstance(node, ast.Slice):
            return slice(*(None if p is None else self.expression(p) for p in (node.start, node.stop, node.step)))
        return self.operand(node)

    def _subscript(self, value: HostValue, indices: Sequence[ast.Expr], span: Span) -> HostValue:
        index = self.index(indices)
        if isinstance(value, HostTensor):
            return self.attempt(lambda: value.numpy()[index], span)
        if isinstance(value, ModuleObject) and value.children is not None:
            if isinstance(index, str):
                return self.attempt(lambda: value.attributes[index], span)
            return self.attempt(lambda: (value.children or [])[index], span)
        return self.attempt(lambda: value[index], span)

    def iterate(self, value: HostValue, span: Span) -> list[HostValue]:
        if isinstance(value, ModuleObject) and value.children is not None:
            return value.children if value.container != "ModuleDict" else list(value.item_names)
        if isinstance(value, HostTensor):
            return [HostTensor.of(row) for row in value.numpy()]
        if isinstance(value, list | tuple | dict | str | range | zip | enumerate) or hasattr(value, "__next__"):
            return list(value)
        if type(value).__name__ in ("dict_keys", "dict_values", "dict_items"):
            return list(value)
        raise CompileError.at(span, "this cannot be iterated over at compile time")

    def _comprehension(self, node: ast.Comprehension) -> HostValue:
        if node.unsupported == "async":
            raise CompileError.at(node.span, "this expression is not evaluated at compile time")
        saved = dict(self.names)
        items: list[Any] = []

        def collect() -> None:
            key = self.expression(node.element)
            items.append(key if node.value is None else (key, self.expression(node.value)))

        self._clauses(node.clauses or (ast.Clause(node.span, node.target, node.iterable, ()),), collect)
        self.names = saved
        return dict(items) if node.kind == "dict" else items

    def _clauses(self, clauses: Sequence[ast.Clause], collect: Callable[[], None]) -> None:
        """Runs `collect` for each round of the `for` clauses of a comprehension, the first outermost."""
        if not clauses:
            collect()
            return
        first = clauses[0]
        for item in self.iterate(self.expression(first.iterable), first.iterable.span):
            self.assign(first.target, item)
            if all(self.truth(c) for c in first.conditions):
                self._clauses(clauses[1:], collect)
