"""The state while one function is compiled: the block being filled, what the names stand for, the result so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, f64, i1, i64
from xdsl.ir import Block, Operation, SSAValue

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.ir.refusals import refusal
from aotjit.ir.rewrite import complex_constant
from aotjit.sema.names import ModuleScope
from aotjit.sema.reports import Reports
from aotjit.sema.values import Binding, Plain, Value
from aotjit.syntax import ast
from aotjit.types import BOOL, FLOAT, INT, TensorType, Type

if TYPE_CHECKING:
    from aotjit.sema.compiler import Compiler
    from aotjit.sema.tensor_objects import Reshaped
    from aotjit.sema.user_classes import UserClass

MAX_DEPTH = 128
"""Blocks inside each other: the passes walk them recursively."""
OpT = TypeVar("OpT", bound=Operation)
ExpressionRule = Callable[["FunctionContext", ast.Expr, "Type | None"], Value]
EXPRESSION_RULES: dict[type[ast.Expr], ExpressionRule] = {}
"""How each kind of expression is compiled; the modules of this package enter their rules with `expression_rule`."""


def expression_rule(*kinds: type[ast.Expr]) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Enters the decorated function, called with (context, node, expected type), for these node classes."""

    def enter(rule: Callable[..., Value]) -> Callable[..., Value]:
        for kind in kinds:
            EXPRESSION_RULES[kind] = rule
        return rule

    return enter


class FunctionContext:
    """What the statements and expressions of one function body are compiled into."""

    def __init__(self, compiler: Compiler, scope: ModuleScope, name: str, block: Block) -> None:
        self.compiler = compiler
        self.scope = scope
        self.name = name
        self.block = block
        self.bindings: dict[str, Binding] = {}
        self.depth = 0
        """How deep the current statements stand in the source: a name of an outer block keeps its type."""
        self.nesting = 0
        """How deep the current block is inside others, which what follows an `if` that leaves adds to."""
        self.span: Span | None = None
        """The statement being compiled."""
        self.declared_result: Type | None = None
        self.inferred_result: Type | None = None
        self.defining: UserClass | None = None
        """The class whose __init__ this is."""
        self.reshaped: list[Reshaped] = []
        """Tensors that in-place operators give another shape."""
        self._constants: dict[tuple[Block, str, str], SSAValue] = {}

    @property
    def reports(self) -> Reports:
        return self.compiler.reports

    # -- emission ----------------------------------------------------------------------------------------------------

    def emit(self, op: OpT, span: Span | None) -> OpT:
        """Appends `op` to the current block."""
        self.block.add_op(ts.with_span(op, span))
        return op

    def value(self, op: Operation, span: Span | None) -> Plain:
        """Appends `op` and returns its only result."""
        return Plain(self.emit(op, span).results[0])

    def constant(self, value: bool | int | float | complex | str | None, span: Span | None) -> Plain:
        """A constant; equal ones in a block are one operation."""
        key = (self.block, type(value).__name__, repr(value))
        known = self._constants.get(key)
        if known is None:
            known = self._constants[key] = self.emit(_constant(value), span).results[0]
        return Plain(known)

    def undefined(self, t: Type, span: Span | None) -> Plain:
        return self.value(ts.UndefOp(t), span)

    @contextmanager
    def inside(self, block: Block, deeper: int = 1) -> Iterator[Block]:
        """Compiles into `block`, `deeper` in the source, with names as they are now; they are as before afterwards."""
        if self.nesting >= MAX_DEPTH:
            raise CompileError.at(
                self.span,
                f"{self.name} is nested more than {MAX_DEPTH} levels deep here",
                "what follows an 'if' that returns is nested in its other branch: split the function, or use elif",
            )
        saved = self.block, self.bindings
        self.block, self.bindings = block, dict(self.bindings)
        self.depth += deeper
        self.nesting += 1
        try:
            yield block
        finally:
            self.depth -= deeper
            self.nesting -= 1
            self.block, self.bindings = saved

    # -- names -------------------------------------------------------------------------------------------------------

    def bind(self, name: str, value: Value, span: Span | None, declared: Type | None = None) -> None:
        """Gives `name` a value. A name of an outer block keeps the type that it has there."""
        old = self.bindings.get(name)
        if old is not None and old.depth < self.depth and old.declared is not None and not old.poisoned:
            value = self._keep_type(name, value, old.declared, span)
            self.bindings[name] = Binding(value, old.declared, old.depth, span=old.span)
            return
        t = declared if declared is not None else (value.type if isinstance(value, Plain) else None)
        depth = old.depth if old is not None and old.depth < self.depth else self.depth
        self.bindings[name] = Binding(value, t, depth, span=span)

    def _keep_type(self, name: str, value: Value, declared: Type, span: Span | None) -> Value:
        from aotjit.sema.conversions import convert, is_literal, plain, subtype
        from aotjit.sema.implicit import implicitly

        given = plain(self, value, span, declared)
        if given.type == declared or subtype(given.type, declared):
            return given
        converted = convert(self, given, declared, span) if is_literal(given) else None
        if converted is None:
            converted = implicitly(self, given, declared, span)
        if converted is not None:
            return converted
        first = self.bindings[name].span
        raise CompileError.at(
            span,
            f"'{name}' has type {declared} outside this block and is given a value of type {given.type} here",
            "a name keeps its type in inner blocks; use another name, or annotate it where it is first assigned",
            () if first is None else ((first, f"'{name}' gets its type here"),),
        )

    def poison(self, names: Sequence[str]) -> None:
        """Marks names whose assignment failed, so that reading them reports nothing more."""
        for name in names:
            self.bindings[name] = Binding(None, None, self.depth, poisoned=True)

    # -- dispatch ----------------------------------------------------------------------------------------------------

    def expression(self, node: ast.Expr, expected: Type | None = None) -> Value:
        """Compiles an expression. `expected` is the type that a literal without one of its own takes."""
        rule = EXPRESSION_RULES.get(type(node))
        if rule is None:
            raise not_compiled(node.span, f"this expression ({type(node).__name__})")
        return rule(self, node, expected)

    def plain(self, node: ast.Expr, expected: Type | None = None) -> Plain:
        """Compiles an expression that must be a run-time value."""
        from aotjit.sema.conversions import plain

        return plain(self, self.expression(node, expected), node.span, expected)

    def refuse(self, error: CompileError) -> None:
        """Ends the current block with what is not compiled: it fails when it is run."""
        for op in refusal(error.diagnostics[0], self.span):
            self.block.add_op(op)


def _constant(value: bool | int | float | complex | str | None) -> Operation:
    if value is None:
        return ts.NoneOp()
    if isinstance(value, bool):
        return arith.ConstantOp(IntegerAttr(int(value), i1))
    if isinstance(value, int):
        return arith.ConstantOp(IntegerAttr(value, i64))
    if isinstance(value, float):
        return arith.ConstantOp(FloatAttr(value, f64))
    if isinstance(value, complex):
        return complex_constant(value)
    return ts.StrOp(value)


def constant_of(value: Value) -> bool | int | float | str | type(...) | None:  # type: ignore[valid-type]
    """The constant that a value is; Ellipsis when it is none."""
    if not isinstance(value, Plain):
        return ...
    owner = value.ssa.owner
    if isinstance(owner, ts.StrOp):
        return owner.value.data
    if isinstance(owner, ts.NoneOp):
        return None
    if not isinstance(owner, arith.ConstantOp):
        return ...
    attribute = owner.value
    if isinstance(attribute, IntegerAttr):
        number = int(attribute.value.data)
        return bool(number) if value.type == BOOL else number
    return float(attribute.value.data) if isinstance(attribute, FloatAttr) else ...


def integer_constant(value: Value) -> int | None:
    """The int that a value is at compile time."""
    found = constant_of(value)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def not_compiled(span: Span, what: str, hint: str | None = None) -> CompileError:
    """The language has it, or Python has it, and this version of aotjit does not."""
    return CompileError.at(span, f"{what} is not compiled by this version of aotjit", hint)


def is_tensor(t: Type) -> bool:
    return isinstance(t, TensorType)


NUMERIC = (BOOL, INT, FLOAT)
