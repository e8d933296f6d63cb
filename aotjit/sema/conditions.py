"""Truth values: comparisons, and/or/not, None and type tests, and what they tell about the names in them.

A test whose outcome follows from types or compile-time facts (`x is None` of a Tensor, isinstance, hasattr,
torch.jit.is_scripting) is static: the branch not taken is not compiled, as torch does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, Region

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema import scalars
from aotjit.sema.boxes import without
from aotjit.sema.context import NUMERIC, FunctionContext, constant_of, expression_rule
from aotjit.sema.conversions import plain, require
from aotjit.sema.flow import refine
from aotjit.sema.operator_calls import single
from aotjit.sema.overloads import call_operator
from aotjit.sema.user_classes import COMPARISON_METHODS, call_conversion, call_special
from aotjit.sema.values import ModuleValue, Plain, Value
from aotjit.syntax import ast
from aotjit.types import (
    ANY,
    BOOL,
    COMPLEX,
    NONE,
    NUMBER,
    STR,
    ClassType,
    DictType,
    EnumType,
    ListType,
    OptionalType,
    TensorType,
    Type,
    is_boxed,
)

COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
REFLECTED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
Refinements = dict[str, Type]
_PURE_OPERATIONS = (
    arith.ConstantOp, arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.CmpiOp,
    arith.CmpfOp, arith.XOrIOp, arith.AndIOp, arith.OrIOp, arith.ExtUIOp, arith.SIToFPOp, ts.IsNoneOp,
)  # fmt: skip


@dataclass
class Condition:
    """A test: its value, or its outcome where that is `static`, and the types of names under either outcome."""

    value: Plain | None
    static: bool | None = None
    when_true: Refinements = field(default_factory=dict)
    when_false: Refinements = field(default_factory=dict)

    def plain(self, ctx: FunctionContext, span: Span) -> Plain:
        if self.value is None:
            return ctx.constant(bool(self.static), span)
        return self.value

    def negated(self, ctx: FunctionContext, span: Span) -> Condition:
        value = None if self.value is None else scalars.invert(ctx, self.value, span)
        static = None if self.static is None else not self.static
        return Condition(value, static, self.when_false, self.when_true)


def known(outcome: bool) -> Condition:
    return Condition(None, outcome)


STATIC_TESTS: dict[type[ast.Expr], Callable[[FunctionContext, ast.Expr], Condition | None]] = {}
"""Further tests by node class, entered by other modules; None means that it is an ordinary expression."""


def condition(ctx: FunctionContext, node: ast.Expr) -> Condition:
    """Compiles a test."""
    match node:
        case ast.Unary(op="not", operand=operand):
            return condition(ctx, operand).negated(ctx, node.span)
        case ast.Boolean(op=op, values=values):
            return combine(ctx, op, [_thunk(ctx, v) for v in values], node.span)
        case ast.Compare():
            return _compare(ctx, node)
        case ast.Constant(value=bool() as constant):
            return known(constant)
    special = STATIC_TESTS.get(type(node))
    found = special(ctx, node) if special is not None else None
    if found is not None:
        return found
    value = ctx.expression(node)
    if isinstance(value, ModuleValue):
        return known(True)
    return as_condition(ctx, plain(ctx, value, node.span), node.span)


def as_condition(ctx: FunctionContext, value: Plain, span: Span) -> Condition:
    constant = constant_of(value)
    if isinstance(constant, bool):
        return known(constant)
    return Condition(truth(ctx, value, span))


def truth(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    """bool(value), where the language has it."""
    scalar = scalars.truth(ctx, value, span)
    if scalar is not None:
        return scalar
    if isinstance(value.type, TensorType) or value.type == NUMBER:
        return single(call_operator(ctx, "Bool", [value], {}, span, "bool"))
    if isinstance(value.type, ListType | DictType) or value.type == STR:
        length = single(call_operator(ctx, "len", [value], {}, span, "bool"))
        return ctx.value(arith.CmpiOp(length.ssa, ctx.constant(0, span).ssa, "ne"), span)
    own = call_conversion(ctx, value, BOOL, span)
    if own is not None:
        return own
    hint = "write 'is not None'" if isinstance(value.type, OptionalType) else None
    hint = "write z != 0j" if value.type == COMPLEX else hint
    raise CompileError.at(span, f"{value.describe()} cannot be used as a condition", hint)


def _thunk(ctx: FunctionContext, node: ast.Expr) -> Callable[[], Condition]:
    return lambda: condition(ctx, node)


def combine(
    ctx: FunctionContext, op: str, tests: Sequence[Callable[[], Condition]], span: Span, speculate: bool = True
) -> Condition:
    """`and` / `or` of tests, each compiled where the earlier ones leave it open.

    With `speculate`, a later test that costs nothing is computed in any case; it must not meet undefined values then.
    """
    first = tests[0]()
    if len(tests) == 1:
        return first
    decided = op == "or"  # the outcome of the first test that settles the matter
    learnt = first.when_false if decided else first.when_true
    if first.static is not None:
        return first if first.static is decided else combine(ctx, op, tests[1:], span, speculate)
    assert first.value is not None
    block = Block()
    with ctx.inside(block):
        for name, t in learnt.items():
            refine(ctx, name, t, span)
        rest = combine(ctx, op, tests[1:], span, speculate)
        second = rest.plain(ctx, span)
    both = {**learnt, **(rest.when_false if decided else rest.when_true)}
    value = _select(ctx, first.value, block, second, decided, span, speculate)
    return Condition(value, None, *(({}, both) if decided else (both, {})))


def _select(
    ctx: FunctionContext, first: Plain, block: Block, second: Plain, decided: bool, span: Span, speculate: bool
) -> Plain:
    """first or/and second, where `block` computes second."""
    if speculate and all(isinstance(op, _PURE_OPERATIONS) for op in block.ops):
        # Nothing in it can fail or costs anything: no branch is needed.
        for op in list(block.ops):
            ctx.block.add_op(block.detach_op(op))
        kind = arith.OrIOp if decided else arith.AndIOp
        return ctx.value(kind(first.ssa, second.ssa), span)
    block.add_op(scf.YieldOp(second.ssa))
    other = Block()
    constant = ts.with_span(arith.ConstantOp.from_int_and_width(int(decided), 1), span)
    other.add_ops([constant, scf.YieldOp(constant.result)])
    one, two = (other, block) if decided else (block, other)
    return ctx.value(scf.IfOp(first.ssa, [i1], Region([one]), Region([two])), span)


# -- comparisons ------------------------------------------------------------------------------------------------------


def _compare(ctx: FunctionContext, node: ast.Compare) -> Condition:
    if len(node.ops) == 1 and node.ops[0] in ("is", "is not"):
        return none_test(ctx, node.first, node.ops[0], node.rest[0], node.span)
    if len(node.ops) == 1:
        value = comparison(ctx, node)
        return as_condition(ctx, value, node.span)
    operands = [node.first, *node.rest]
    earlier = [ctx.plain(node.first)]

    def link(i: int) -> Callable[[], Condition]:
        def test() -> Condition:
            left = earlier[-1]
            right = ctx.plain(operands[i + 1])
            earlier.append(right)
            return as_condition(ctx, compare_values(ctx, node.ops[i], left, right, node.span), node.span)

        return test

    return combine(ctx, "and", [link(i) for i in range(len(node.ops))], node.span)


def comparison(ctx: FunctionContext, node: ast.Compare) -> Plain:
    """The value of `a op b`, which for tensors is a tensor."""
    left, right = ctx.plain(node.first), ctx.expression(node.rest[0])
    if node.ops[0] in ("in", "not in") and isinstance(right, ModuleValue):
        return _holds_key(ctx, right, node.ops[0], left, node.span)
    return compare_values(ctx, node.ops[0], left, plain(ctx, right, node.rest[0].span), node.span)


def _holds_key(ctx: FunctionContext, modules: ModuleValue, op: str, key: Plain, span: Span) -> Plain:
    """`key in modules`: with a literal an outcome of compile time, which leaves branches out."""
    if modules.object.container not in ("ModuleDict", "ParameterDict"):
        raise CompileError.at(span, f"'{op}' asks for a key of a ModuleDict", "compare with the items in a loop")
    name, names = constant_of(key), modules.object.item_names
    if isinstance(name, str) or not names:
        return ctx.constant((name in names) is (op == "in"), span)
    keys = ts.ListOp([ctx.constant(n, span).ssa for n in names], ListType(STR))
    return compare_values(ctx, op, key, ctx.value(keys, span), span)


def compare_values(ctx: FunctionContext, op: str, left: Plain, right: Plain, span: Span) -> Plain:
    if op in ("in", "not in") and isinstance(right.type, ClassType):
        own = call_special(ctx, right, "__contains__", [left], span, "'in'")
        found = require(ctx, single(own or left), BOOL, span, "the result of __contains__")
        return found if op == "in" else scalars.invert(ctx, found, span)
    if op in ("in", "not in"):
        found = single(call_operator(ctx, "__contains__", [right, left], {}, span, "in"))
        return found if op == "in" else scalars.invert(ctx, found, span)
    if op not in COMPARISONS:
        raise CompileError.at(span, f"'{op}' compares with None only", "use == for values")
    own = call_special(ctx, left, COMPARISON_METHODS[op], [right], span, f"'{op}'")
    if own is not None:
        return own
    scalar = scalars.compare(ctx, op, left, right, span)
    if scalar is not None:
        return scalar
    left, right = scalars.beside_complex(ctx, left, right, span)
    if left.type in (*NUMERIC, COMPLEX) and isinstance(right.type, TensorType):
        left, right, op = right, left, REFLECTED[op]
    return single(call_operator(ctx, COMPARISONS[op], [left, right], {}, span, op))


def none_test(ctx: FunctionContext, first: ast.Expr, op: str, second: ast.Expr, span: Span) -> Condition:
    """`x is None` and `x is not None`."""
    if isinstance(first, ast.Constant) and first.value is None:
        first, second = second, first
    if not isinstance(second, ast.Constant) or second.value is not None:
        return _identity(ctx, op, ctx.plain(first), ctx.plain(second), span)
    value = ctx.expression(first)
    result = _is_none(ctx, first, value, span)
    return result if op == "is" else result.negated(ctx, span)


def _identity(ctx: FunctionContext, op: str, left: Plain, right: Plain, span: Span) -> Condition:
    """`a is b` of instances, lists, dicts and tensors: are they one object? Of members of an Enum: are they equal?"""
    if left.type == right.type and isinstance(left.type, EnumType):
        result = as_condition(ctx, compare_values(ctx, "==", left, right, span), span)
        return result if op == "is" else result.negated(ctx, span)
    held = [v.type.element if isinstance(v.type, OptionalType) else v.type for v in (left, right)]
    if held == [BOOL, BOOL] and left.type != right.type:
        optional, plain_bool = (right, left) if left.type == BOOL else (left, right)
        result = _is_that_bool(ctx, optional, plain_bool, span)
        return result if op == "is" else result.negated(ctx, span)
    if left.type == right.type and left.type in NUMERIC:  # as in torch, where numbers are no objects
        result = as_condition(ctx, compare_values(ctx, "==", left, right, span), span)
        return result if op == "is" else result.negated(ctx, span)
    if held[0] != held[1] or not isinstance(held[0], ClassType | ListType | DictType | TensorType):
        raise CompileError.at(
            span, f"'{op}' compares with None, or instances of one class, lists, dicts or tensors", "use == for values"
        )
    result = Condition(ctx.value(ts.SameOp(left.ssa, right.ssa), span))
    return result if op == "is" else result.negated(ctx, span)


def _is_that_bool(ctx: FunctionContext, optional: Plain, value: Plain, span: Span) -> Condition:
    """`x is True` of an Optional[bool]."""
    missing, present = Block(), Block()
    with ctx.inside(missing):
        ctx.emit(scf.YieldOp(ctx.constant(True, span).ssa), span)
    with ctx.inside(present):
        held = ctx.value(ts.UnwrapOp(optional.ssa), span)
        ctx.emit(scf.YieldOp(ctx.value(arith.XOrIOp(held.ssa, value.ssa), span).ssa), span)
    absent = ctx.value(ts.IsNoneOp(optional.ssa), span)
    other = ctx.value(scf.IfOp(absent.ssa, [i1], Region([missing]), Region([present])), span)
    return Condition(other).negated(ctx, span)


def _is_none(ctx: FunctionContext, node: ast.Expr, value: Value, span: Span) -> Condition:
    if not isinstance(value, Plain):
        return known(False)
    present: Type | None
    if value.type == ANY:
        present = None  # anything else: a test that torch.jit takes for False
    elif is_boxed(value.type):
        present = without(value.type, [NONE])
        if present == value.type:
            return known(False)
    elif isinstance(value.type, OptionalType):
        present = value.type.element
    else:
        return known(value.type == NONE)
    test = ctx.value(ts.IsNoneOp(value.ssa), span)
    if not isinstance(node, ast.Name):
        return Condition(test)
    learnt: Refinements = {node.id: present} if present is not None and present != value.type else {}
    return Condition(test, None, {node.id: NONE}, learnt)


@expression_rule(ast.Boolean)
def _boolean(ctx: FunctionContext, node: ast.Boolean, expected: Type | None) -> Value:
    return condition(ctx, node).plain(ctx, node.span)


@expression_rule(ast.Compare)
def _comparison(ctx: FunctionContext, node: ast.Compare, expected: Type | None) -> Value:
    if len(node.ops) == 1 and node.ops[0] not in ("is", "is not"):
        return comparison(ctx, node)
    return condition(ctx, node).plain(ctx, node.span)
