"""Values of expressions at compile time, and what targets do with them; the statements are in evaluator.py."""

from __future__ import annotations

import operator
from collections import ChainMap
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.class_types import enum_type
from aotjit.sema.host import targets as host_targets
from aotjit.sema.host import tensors as host_tensors
from aotjit.sema.host.objects import HostEnum, HostInstance
from aotjit.sema.modules import HostLambda, HostTensor, HostValue, ModuleObject
from aotjit.sema.values import ClassValue, Namespace, Value
from aotjit.syntax import ast

if TYPE_CHECKING:
    from aotjit.sema.host.evaluator import Evaluator
    from aotjit.sema.names import ModuleScope

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
    "-": operator.neg, "+": operator.pos, "~": operator.invert,
}  # fmt: skip
_IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.iadd, "*": operator.imul, "|": operator.ior, "&": operator.iand, "-": operator.isub,
    "^": operator.ixor,
}  # fmt: skip
"""Operators that change the list, dict or set on their left."""
_SAMENESS = {"==": True, "is": True, "!=": False, "is not": False}
_CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "a": ascii, "s": str}
_ITERABLE = (list, tuple, dict, str, range, set, frozenset, *map(type, ({}.keys(), {}.values(), {}.items())))
Locals = MutableMapping[str, HostValue]


class ExpressionFrame:
    """The names that expressions see and targets set. `owner` is the class whose method runs."""

    def __init__(self, evaluator: Evaluator, scope: ModuleScope, names: Locals, owner: ClassValue | None) -> None:
        self.evaluator, self.scope, self.names, self.owner = evaluator, scope, names, owner

    def expression(self, node: ast.Expr) -> HostValue:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return (
                    self.names[name] if name in self.names else self.evaluator.global_value(self.scope, name, node.span)
                )
            case ast.Attribute(value=value, name=name):
                return self.attribute(self.expression(value), name, node.span)
            case ast.Call():
                from aotjit.sema.host.calls import host_call

                return host_call(self, node)
            case ast.TupleExpr(elements=elements):
                return tuple(self.elements(elements))
            case ast.ListExpr(elements=elements):
                return self.elements(elements)
            case ast.UnsupportedExpr(what=what, inner=ast.Expr() as inner):
                return self._not_compiled(what, inner)
            case ast.DictExpr(keys=keys, values=values):
                return {self.expression(k): self.expression(v) for k, v in zip(keys, values, strict=True)}
            case ast.Unary(op=op, operand=operand):
                return self._unary(op, self.expression(operand), node.span)
            case ast.Binary(op=op, left=left, right=right):
                return self.binary(op, self.expression(left), self.expression(right), node.span)
            case ast.Boolean(op=op, values=values):
                return self._boolean(op, values)
            case ast.Compare():
                return self._compare(node)
            case ast.Conditional(test=test, then=then, otherwise=otherwise):
                return self.expression(then if self.truth(test) else otherwise)
            case ast.Subscript(value=value, indices=indices):
                return self.item(self.expression(value), self.index(indices), node.span)
            case ast.FormattedString(parts=parts):
                return "".join(p if isinstance(p, str) else self._formatted(p) for p in parts)
            case ast.Comprehension():
                return self._comprehension(node)
        raise CompileError.at(node.span, "this expression is not evaluated at compile time")

    def attribute(self, value: HostValue, name: str, span: Span) -> HostValue:
        """`value.name`."""
        from aotjit.sema.host.calls import host_attribute

        return host_attribute(self, value, name, span)

    def _not_compiled(self, what: str, inner: ast.Expr) -> HostValue:
        """Python that only constructors may use."""
        if isinstance(inner, ast.Lambda):
            defaults = {p.name: self.expression(p.default) for p in inner.parameters if p.default is not None}
            return HostLambda(inner, defaults, self)
        if isinstance(inner, ast.Named):
            value = self.expression(inner.value)
            self.assign(inner.target, value)
            return value
        elements = self.expression(inner)
        if what == "set":
            return self.attempt(lambda: set(elements), inner.span)
        joined: dict[HostValue, HostValue] = {}
        for held in elements:
            if not isinstance(held, dict):
                raise CompileError.at(inner.span, "'**' joins dicts here")
            joined.update(held)
        return joined

    def _formatted(self, part: ast.FormattedField) -> str:
        value, spec = self.expression(part.value), part.spec or ""
        if "{" in spec:
            raise CompileError.at(part.span, "a format specification that is computed is not evaluated at compile time")
        text = self.text(value, part.span)
        if part.conversion is not None:
            value = _CONVERSIONS[part.conversion](value)
        return str(self.attempt(lambda: format(value, spec), part.span)) if spec or part.conversion else text

    def text(self, value: HostValue, span: Span) -> str:
        """str(value)."""
        if not _has_text(value):
            raise CompileError.at(
                span, "the text of this value is not made at compile time", "write the text of its numbers: x.tolist()"
            )
        return str(value)

    def elements(self, nodes: Sequence[ast.Expr]) -> list[HostValue]:
        result: list[HostValue] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                result += self.iterate(self.expression(node.value), node.span)
            else:
                result.append(self.expression(node))
        return result

    def _unary(self, op: str, value: HostValue, span: Span) -> HostValue:
        if op == "not":
            return not self.true(value, span)
        if isinstance(value, HostTensor):
            return host_tensors.tensor_unary(self.evaluator.generator, op, value, span)
        return self.attempt(lambda: _UNARY[op](value), span)

    def attempt(self, compute: Callable[[], Any], span: Span) -> HostValue:
        """Runs Python code on host values; what it raises is the program's error."""
        import numbers

        try:
            result = compute()
        except CompileError:
            raise
        except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RuntimeError) as error:
            raise CompileError.at(span, f"evaluating this at compile time fails: {error}") from None
        if type(result).__module__ == "numpy":
            import numpy

            if isinstance(result, numpy.ndarray | numbers.Number):
                return HostTensor.of(numpy.asarray(result))
        return result

    def binary(self, op: str, left: HostValue, right: HostValue, span: Span) -> HostValue:
        if isinstance(left, HostTensor) or isinstance(right, HostTensor):
            return host_tensors.tensor_binary(self.evaluator.generator, op, left, right, span)
        for value in (left, right):
            if isinstance(value, Value | ModuleObject):
                raise CompileError.at(span, f"'{op}' is not evaluated at compile time for these values")
        return self.attempt(lambda: _BINARY[op](left, right), span)

    def changed(self, op: str, left: HostValue, right: HostValue, span: Span) -> HostValue:
        """What `left op= right` assigns; tensors, lists, dicts and sets are changed in place."""
        if isinstance(left, HostTensor):
            return host_tensors.changed_in_place(self.evaluator.generator, op, left, right, span)
        if isinstance(left, list | dict | set) and op in _IN_PLACE:
            if isinstance(left, list) and op == "+":
                right = self.iterate(right, span)
            return self.attempt(lambda: _IN_PLACE[op](left, right), span)
        return self.binary(op, left, right, span)

    def truth(self, node: ast.Expr) -> bool:
        return self.true(self.expression(node), node.span)

    def true(self, value: HostValue, span: Span) -> bool:
        """bool(value)."""
        if isinstance(value, HostTensor):
            return bool(self.attempt(lambda: bool(value.numpy()), span))
        return bool(value.children if isinstance(value, ModuleObject) and value.children is not None else value)

    def _boolean(self, op: str, values: Sequence[ast.Expr]) -> HostValue:
        result: HostValue = None
        for value in values:
            result = self.expression(value)
            if self.true(result, value.span) is (op == "or"):
                break
        return result

    def _compare(self, node: ast.Compare) -> HostValue:
        left = self.expression(node.first)
        outcome: HostValue = True
        for op, right_node in zip(node.ops, node.rest, strict=True):
            right = self.expression(right_node)
            outcome = self._comparison(op, left, right, node.span)
            if right_node is not node.rest[-1] and not self.true(outcome, node.span):
                return outcome
            left = right
        return outcome

    def _comparison(self, op: str, left: HostValue, right: HostValue, span: Span) -> HostValue:
        if op in host_tensors.COMPARISONS and (isinstance(left, HostTensor) or isinstance(right, HostTensor)):
            return host_tensors.tensor_binary(self.evaluator.generator, op, left, right, span)
        if op in ("in", "not in") and isinstance(right, HostTensor | ModuleObject):
            return self._contains(right, left, span) is (op == "in")
        if op in _SAMENESS and isinstance(left, ClassValue | Namespace) and isinstance(right, ClassValue | Namespace):
            from aotjit.sema.host.inspection import same_type

            return same_type(left, right) is _SAMENESS[op]
        if op in _SAMENESS and isinstance(left, HostEnum) and isinstance(right, HostEnum):
            return (left == right) is _SAMENESS[op]
        if op in ("==", "!=") and isinstance(left, HostInstance) and isinstance(right, HostInstance):
            return self._equal(left, right, span) is (op == "==")
        return self.attempt(lambda: _COMPARE[op](left, right), span)

    def _equal(self, left: HostInstance, right: HostInstance, span: Span) -> bool:
        """`left == right` of two instances of classes of the program."""
        method = left.method("__eq__")
        if method is not None:
            return self.true(
                self.evaluator.run_function(method, left.value.scope, [left, right], {}, span, left.value), span
            )
        if left.is_dataclass and left.value is right.value:
            return all(
                self.true(self._comparison("==", v, right.attributes[n], span), span)
                for n, v in left.attributes.items()
            )
        return left is right

    def _contains(self, held: HostTensor | ModuleObject, value: HostValue, span: Span) -> bool:
        """`value in held`."""
        if isinstance(held, ModuleObject):
            if held.container is None:
                raise CompileError.at(span, f"{held.class_name} is no container")
            return value in (held.item_names if isinstance(value, str) else held.children or [])
        if not isinstance(value, HostTensor | int | float | complex):
            raise CompileError.at(span, f"'in' of a tensor takes a tensor or a number, not a {type(value).__name__}")
        return bool(self.binary("==", held, value, span).numpy().any())

    def index(self, indices: Sequence[ast.Expr]) -> Any:
        parts = [self._one_index(i) for i in indices]
        return parts[0] if len(parts) == 1 else tuple(parts)

    def _one_index(self, node: ast.Expr) -> Any:
        if isinstance(node, ast.Slice):
            parts = [None if p is None else self.expression(p) for p in (node.start, node.stop, node.step)]
            made = self.attempt(lambda: [_whole(p) if isinstance(p, HostTensor) else p for p in parts], node.span)
            return slice(*made)
        return self.expression(node)

    def item(self, value: HostValue, index: HostValue, span: Span) -> HostValue:
        """`value[index]`."""
        if isinstance(value, HostTensor):
            return self.attempt(lambda: host_tensors.indexed(value, index), span)
        if isinstance(index, HostTensor):
            index = self.attempt(lambda: _whole(index), span)
        if isinstance(value, ModuleObject) and value.children is not None:
            if isinstance(index, str):
                return self.attempt(lambda: value.attributes[index], span)
            if isinstance(index, slice):
                from aotjit.sema.host.modules import sliced

                return sliced(value, index)
            return self.attempt(lambda: (value.children or [])[index], span)
        if isinstance(value, ClassValue) and isinstance(index, str):
            return self.attribute(value, index, span)
        return self.attempt(lambda: value[index], span)

    def iterate(self, value: HostValue, span: Span) -> list[HostValue]:
        return list(self.items(value, span))

    def items(self, value: HostValue, span: Span) -> Iterator[HostValue]:
        """What a loop over the value goes through, one after the other."""
        if isinstance(value, ModuleObject) and value.children is not None:
            value = value.children if value.container != "ModuleDict" else list(value.item_names)
        elif isinstance(value, HostTensor):
            value = [host_tensors.indexed(value, i) for i in range(value.shape[0])] if value.shape else None
        elif isinstance(value, set | frozenset):
            check_order(value, span)
        elif isinstance(value, ClassValue) and (enum := enum_type(value)) is not None:
            value = [HostEnum(enum, i) for i in range(len(enum.members))]
        if not isinstance(value, _ITERABLE) and not hasattr(value, "__next__"):
            raise CompileError.at(span, "this cannot be iterated over at compile time")
        iterator = iter(value)
        while True:
            try:
                item = next(iterator)
            except StopIteration:
                return
            except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RuntimeError) as error:
                raise CompileError.at(span, f"evaluating this at compile time fails: {error}") from None
            yield item

    def _comprehension(self, node: ast.Comprehension) -> HostValue:
        if node.unsupported == "async":
            raise CompileError.at(node.span, "this expression is not evaluated at compile time")
        # Its targets are names of its own, which a lambda inside sees change; the first iterable stands outside.
        inner = type(self)(self.evaluator, self.scope, ChainMap({}, self.names), self.owner)
        clauses = node.clauses or (ast.Clause(node.span, node.target, node.iterable, ()),)
        rounds = inner.rounds(clauses, self.items(self.expression(node.iterable), node.iterable.span))
        if node.value is not None:
            value = node.value
            return self.attempt(
                lambda: {inner.expression(node.element): inner.expression(value) for _ in rounds}, node.span
            )
        elements = (inner.expression(node.element) for _ in rounds)
        return elements if node.kind == "generator" else list(elements)

    def rounds(self, clauses: Sequence[ast.Clause], items: Iterator[HostValue]) -> Iterator[None]:
        """Yields for each round of the `for` clauses of a comprehension, the first outermost, its targets set."""
        first, *rest = clauses
        for item in items:
            self.assign(first.target, item)
            if not all(self.truth(c) for c in first.conditions):
                continue
            if rest:
                yield from self.rounds(rest, self.items(self.expression(rest[0].iterable), rest[0].iterable.span))
            else:
                yield

    def assign(self, target: ast.Expr, value: HostValue) -> None:
        """`target = value`."""
        host_targets.assign(self, target, value)


def bind(
    parameters: Sequence[ast.Parameter],
    args: Sequence[HostValue],
    keywords: dict[str, HostValue],
    default: Callable[[ast.Parameter], HostValue],
    span: Span,
    called: str,
    own: int = 0,
) -> dict[str, HostValue]:
    """The parameters of a call; the first `own` arguments are no part of what the caller wrote."""
    names: dict[str, HostValue] = {}
    rest = list(args)
    for parameter in parameters:
        if parameter.kind == "args":
            names[parameter.name], rest = tuple(rest), []
        elif parameter.kind == "kwargs":
            names[parameter.name], keywords = dict(keywords), {}
        elif rest and parameter.kind in ("positional", "positional-only"):
            names[parameter.name] = rest.pop(0)
        elif parameter.name in keywords and parameter.kind != "positional-only":
            names[parameter.name] = keywords[parameter.name]
            keywords = {k: v for k, v in keywords.items() if k != parameter.name}
        elif parameter.default is not None:
            names[parameter.name] = default(parameter)
        else:
            raise CompileError.at(span, f"{called} needs a value for '{parameter.name}'")
    if rest or keywords:
        extra = f"'{next(iter(keywords))}'" if keywords else f"{len(args) - own} arguments"
        raise CompileError.at(span, f"{called} does not take {extra}")
    return names


def call_lambda(
    function: HostLambda, args: Sequence[HostValue], keywords: dict[str, HostValue], span: Span
) -> HostValue:
    """The value of a lambda's body."""
    parameters, frame = function.definition.parameters, function.frame
    names = bind(parameters, args, keywords, lambda p: function.defaults[p.name], span, "this lambda")
    return type(frame)(frame.evaluator, frame.scope, ChainMap(names, frame.names), frame.owner).expression(
        function.definition.body
    )


def _whole(index: HostTensor) -> int:
    """A tensor as an index of a list, which another one is none of."""
    if index.shape or index.dtype.is_inexact:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(index.numpy().item())


def check_order(value: set[Any] | frozenset[Any], span: Span) -> None:
    """Refuses to go through a set whose order is another in each run of Python."""
    if len(value) > 1 and not all(isinstance(v, int | float | complex) for v in value):
        raise CompileError.at(
            span, "the order of this set is another in each run of Python", "write sorted(...) around it, or use a list"
        )


def _has_text(value: HostValue) -> bool:
    if isinstance(value, dict):
        return all(_has_text(v) for pair in value.items() for v in pair)
    if isinstance(value, list | tuple):
        return type(value) in (list, tuple) and all(map(_has_text, value))
    return value is None or isinstance(value, bool | int | float | complex | str)
