"""Names, literals, operators, tuples and lists, attributes, conditional expressions and comprehensions."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Block

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.sema import scalars
from aotjit.sema.attributes import attribute
from aotjit.sema.conditions import condition
from aotjit.sema.context import NUMERIC, FunctionContext, expression_rule, is_tensor
from aotjit.sema.conversions import common_type, convert, plain, require, to_int
from aotjit.sema.flow import Branch, join_branches, refine
from aotjit.sema.iteration import iteration_of
from aotjit.sema.loops import counted_loop
from aotjit.sema.names import close_match
from aotjit.sema.operator_calls import single
from aotjit.sema.origins import origins
from aotjit.sema.overloads import call_operator
from aotjit.sema.refused import refusal, refused_function
from aotjit.sema.reports import Poisoned
from aotjit.sema.user_classes import BINARY_METHODS, call_conversion, call_special, special_method
from aotjit.sema.values import DELETED, Binding, Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.types import (
    BOOL,
    COMPLEX,
    INT,
    STR,
    TENSOR,
    ClassType,
    ListType,
    OptionalType,
    TupleType,
    Type,
    erase,
    union_of,
)

BINARY_OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floordiv", "%": "remainder", "**": "pow", "@": "matmul",
    "<<": "__lshift__", ">>": "__rshift__", "&": "__and__", "|": "__or__", "^": "__xor__",
}  # fmt: skip
_TENSOR_OPERATORS = {
    "//": "floor_divide", "&": "bitwise_and", "|": "bitwise_or", "^": "bitwise_xor",
    "<<": "bitwise_left_shift", ">>": "bitwise_right_shift",
}  # fmt: skip
_CONDITIONAL = "$conditional"
_IMPORTED = {
    "math": "import math", "torch": "import torch", "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
}  # fmt: skip
_RESERVED = {"inf": float("inf"), "nan": float("nan")}


@expression_rule(ast.Name)
def _name(ctx: FunctionContext, node: ast.Name, expected: Type | None) -> Value:
    binding = ctx.bindings.get(node.id)
    if binding is not None:
        if binding.poisoned:
            raise Poisoned
        if binding.missing is not None or binding.value is None:
            raise CompileError.at(
                node.span,
                f"'{node.id}' {binding.missing or 'has no value here'}",
                "assign it again" if binding.missing == DELETED else "give it a value of one type before",
            )
        return binding.value
    found = ctx.compiler.global_name(ctx, node)
    if found is not None:
        return found
    refused = refused_function(node.id, node.span)
    if refused is not None:
        raise refused
    hint = close_match(node.id, {*ctx.bindings, *ctx.scope.known()})
    if node.id in _IMPORTED:
        hint = f"add '{_IMPORTED[node.id]}' at the top of the file"
    elif node.id in ("np", "numpy"):
        hint = "numpy is not part of TorchScript: use functions of torch"
    raise CompileError.at(node.span, f"undefined name '{node.id}'", hint)


@expression_rule(ast.Constant)
def _constant(ctx: FunctionContext, node: ast.Constant, expected: Type | None) -> Value:
    value = node.value
    if value is ...:
        raise CompileError.at(node.span, "'...' is only understood in a subscript")
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        raise CompileError.at(node.span, "this int does not fit in 64 bits")
    if value is None and isinstance(expected, OptionalType):
        return ctx.value(ts.NoneOp(expected), node.span)
    assert value is None or isinstance(value, bool | int | float | complex | str)
    return ctx.constant(value, node.span)


@expression_rule(ast.Attribute)
def _attribute(ctx: FunctionContext, node: ast.Attribute, expected: Type | None) -> Value:
    return attribute(ctx, ctx.expression(node.value), node.name, node.span)


@expression_rule(ast.TupleExpr)
def _tuple(ctx: FunctionContext, node: ast.TupleExpr, expected: Type | None) -> Value:
    wanted: tuple[Type | None, ...] = (None,) * len(node.elements)
    if isinstance(expected, TupleType) and len(expected.elements) == len(node.elements):
        wanted = expected.elements
    elements: list[Value] = []
    for element, t in zip(node.elements, wanted, strict=True):
        if isinstance(element, ast.Starred):
            elements += unpack(ctx, ctx.expression(element.value), element.span)
        else:
            elements.append(ctx.expression(element, t))
    return TupleValue(tuple(elements))


def unpack(ctx: FunctionContext, value: Value, span: Span) -> list[Value]:
    """The elements of a tuple, or of another value whose length is known."""
    if isinstance(value, TupleValue):
        return list(value.elements)
    items = iteration_of(ctx, value, span)
    if items.elements is None:
        hint = "a loop over a dict gives its keys: write d.items()" if _is_key(value) else "index its elements"
        raise CompileError.at(span, f"{value.describe()} cannot be unpacked here: its length is not known", hint)
    return list(items.elements)


def _is_key(value: Value) -> bool:
    """Is it one of the keys that a loop over a dict gives?"""
    owner = value.ssa.owner if isinstance(value, Plain) else None
    listed = owner.operands[0].owner if isinstance(owner, ts.AtenOp) and owner.operands else None
    return isinstance(listed, ts.AtenOp) and listed.op.data.startswith("keys.")


@expression_rule(ast.ListExpr)
def _list(ctx: FunctionContext, node: ast.ListExpr, expected: Type | None) -> Value:
    inner = expected.element if isinstance(expected, OptionalType) else expected
    wanted = inner.element if isinstance(inner, ListType) else None
    if not node.elements:
        return ctx.value(ts.ListOp([], ListType(wanted if wanted is not None else TENSOR)), node.span)
    values = [ctx.plain(e, wanted) for e in node.elements]
    element = wanted if wanted is not None else common_type([v.type for v in values])
    if element is None:  # as in torch: each element may be of another type
        element = union_of(erase(v.type) for v in values)
    items = [
        require(ctx, v, element, e.span, "an element of this list") for v, e in zip(values, node.elements, strict=True)
    ]
    return ctx.value(ts.ListOp([i.ssa for i in items], ListType(element)), node.span)


# -- operators --------------------------------------------------------------------------------------------------------


@expression_rule(ast.Unary)
def _unary(ctx: FunctionContext, node: ast.Unary, expected: Type | None) -> Value:
    if node.op == "not":
        return condition(ctx, node).plain(ctx, node.span)
    match node:
        case ast.Unary(op="-", operand=ast.Constant(value=int() | float() as number)) if not isinstance(number, bool):
            return ctx.constant(-number, node.span)
    operand = ctx.plain(node.operand)
    if isinstance(operand.type, ClassType):
        method = {"-": "__neg__", "~": "__invert__", "+": "__pos__"}[node.op]
        return single(call_special(ctx, operand, method, [], node.span, f"'{node.op}'") or operand)
    if node.op == "-":
        scalar = scalars.negate(ctx, operand, node.span)
        return scalar if scalar is not None else call_operator(ctx, "neg", [operand], {}, node.span, "-")
    if node.op == "+":
        return operand
    if is_tensor(operand.type):
        return call_operator(ctx, "bitwise_not", [operand], {}, node.span, "~")
    hint = "write -x - 1" if operand.type == INT else "write not x" if operand.type == BOOL else None
    raise CompileError.at(node.span, f"'~' is not defined for {operand.type}", hint)


@expression_rule(ast.Binary)
def _binary(ctx: FunctionContext, node: ast.Binary, expected: Type | None) -> Value:
    if node.op == "%":
        left = ctx.plain(node.left, expected)
        if left.type == STR:
            from aotjit.sema.formatting import percent  # it imports this module

            return percent(ctx, left, ctx.expression(node.right), node.span)
        return binary(ctx, node.op, left, ctx.plain(node.right), node.span)
    return binary(ctx, node.op, ctx.plain(node.left, expected), ctx.plain(node.right), node.span)


def binary(ctx: FunctionContext, op: str, left: Plain, right: Plain, span: Span) -> Plain:
    """The value of `left op right`."""
    own = call_special(ctx, left, BINARY_METHODS[op], [right], span, f"'{op}'")
    if own is not None:
        return own
    scalar = scalars.arithmetic(ctx, op, left, right, span)
    if scalar is not None:
        return scalar
    if op == "+" and isinstance(left.type, TupleType) and isinstance(right.type, TupleType):
        elements = [*unpack(ctx, left, span), *unpack(ctx, right, span)]
        return plain(ctx, TupleValue(tuple(elements)), span)
    left, right = scalars.beside_complex(ctx, left, right, span)
    name = BINARY_OPERATORS[op]
    if is_tensor(left.type) or is_tensor(right.type):
        name = _TENSOR_OPERATORS.get(op, name)
    if op == "*" and STR in (left.type, right.type):
        hint = "write ''.join([s for _ in range(n)])"
        raise CompileError.at(span, f"'*' is not defined for {left.type} and {right.type}", hint)
    if left.type in (*NUMERIC, COMPLEX) and is_tensor(right.type):
        return _number_and_tensor(ctx, op, name, left, right, span)
    if op in ("//", "%", "**") and left.type in NUMERIC and right.type in NUMERIC:
        left, right = (to_int(ctx, v, span) if v.type == BOOL else v for v in (left, right))
    return single(call_operator(ctx, name, [left, right], {}, span, f"'{op}'"))


def _number_and_tensor(ctx: FunctionContext, op: str, name: str, left: Plain, right: Plain, span: Span) -> Plain:
    """number op tensor, in torch's terms: the tensor comes first."""
    if op in ("+", "*", "&", "|", "^"):
        return single(call_operator(ctx, name, [right, left], {}, span, f"'{op}'"))
    if op == "-":
        return single(call_operator(ctx, "rsub", [right, left], {}, span, "'-'"))
    if op == "/":
        inverse = single(call_operator(ctx, "reciprocal", [right], {}, span, "'/'"))
        return single(call_operator(ctx, "mul", [inverse, left], {}, span, "'/'"))
    return single(call_operator(ctx, name, [left, right], {}, span, f"'{op}'"))


@expression_rule(ast.Conditional)
def _conditional(ctx: FunctionContext, node: ast.Conditional, expected: Type | None) -> Value:
    test = condition(ctx, node.test)
    if test.static is not None:
        learnt = test.when_true if test.static else test.when_false
        with ctx.inside(ctx.block):
            for name, t in learnt.items():
                refine(ctx, name, t, node.span)
            return ctx.expression(node.then if test.static else node.otherwise, expected)
    branches = []
    for value, learnt in ((node.then, test.when_true), (node.otherwise, test.when_false)):
        branch = Branch(Block(), {})
        with ctx.inside(branch.block):
            for name, t in learnt.items():
                refine(ctx, name, t, node.span)
            result = ctx.plain(value, expected)
            ctx.bindings[_CONDITIONAL] = Binding(result, result.type, ctx.depth)
            branch.bindings = ctx.bindings
        branches.append(branch)
    saved = ctx.bindings
    ctx.bindings = dict(saved)
    join_branches(ctx, test.plain(ctx, node.span), branches[0], branches[1], node.span)
    outcome, ctx.bindings = ctx.bindings[_CONDITIONAL], saved
    if outcome.value is None:
        types = [b.bindings[_CONDITIONAL].declared for b in branches]
        raise CompileError.at(
            node.span,
            f"both values of a conditional expression have one type; here are {types[0]} and {types[1]}",
            "write an if statement for each type, or make the values one type",
            origins(v for b in branches if isinstance(v := b.bindings[_CONDITIONAL].value, Plain)),
        )
    return outcome.value


@expression_rule(ast.UnsupportedExpr)
def _unsupported(ctx: FunctionContext, node: ast.UnsupportedExpr, expected: Type | None) -> Value:
    raise refusal(node.what, node.span)


@expression_rule(ast.Slice, ast.Starred)
def _misplaced(ctx: FunctionContext, node: ast.Expr, expected: Type | None) -> Value:
    if isinstance(node, ast.Starred):
        raise CompileError.at(
            node.span, "'*' cannot stand here", "lists are joined with +; a tuple is unpacked in a tuple or a call"
        )
    raise CompileError.at(node.span, "a slice can only stand in a subscript")


# -- strings ----------------------------------------------------------------------------------------------------------


@expression_rule(ast.FormattedString)
def _formatted(ctx: FunctionContext, node: ast.FormattedString, expected: Type | None) -> Value:
    parts: list[str | Plain] = []
    for part in node.parts:
        if isinstance(part, ast.FormattedField):
            if part.spec or part.conversion:
                what = "a format specification in an f-string"
                raise refusal(what, part.span, what)
            parts.append(ctx.plain(part.value))
        else:
            parts.append(part)
    return text_of_parts(ctx, parts, node.span)


def text_of_parts(ctx: FunctionContext, parts: Sequence[str | Plain], span: Span) -> Plain:
    """Texts and the texts of values, one behind the other."""
    template = ""
    values: list[Plain] = []
    for part in parts:
        if isinstance(part, str) and "{}" not in part:
            template += part
        else:
            template += "{}"
            values.append(part if isinstance(part, Plain) else ctx.constant(part, span))
    if not values:
        return ctx.constant(template, span)
    return ctx.value(ts.FormatOp(template, [v.ssa for v in values]), span)


def to_text(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    """str(value)."""
    if special_method(ctx, value, "__str__", span) is not None:
        return call_conversion(ctx, value, STR, span) or value
    return value if value.type == STR else ctx.value(ts.FormatOp("{}", [value.ssa]), span)


# -- comprehensions ---------------------------------------------------------------------------------------------------


@expression_rule(ast.Comprehension)
def _comprehension(ctx: FunctionContext, node: ast.Comprehension, expected: Type | None) -> Value:
    if node.unsupported is not None:
        what = f"a comprehension with {node.unsupported}"
        raise refusal(what, node.span, what)
    if node.kind == "dict":
        from aotjit.sema.dicts import dict_comprehension

        return dict_comprehension(ctx, node, expected)
    items = iteration_of(ctx, ctx.expression(node.iterable), node.iterable.span)
    wanted = expected.element if isinstance(expected, ListType) else None
    if items.elements is not None:
        results = []
        for item in items.elements:
            with ctx.inside(ctx.block):
                ctx.compiler.assign(ctx, node.target, item, node.span)
                results.append(ctx.plain(node.element, wanted))
        return _list_of(ctx, results, wanted, node.span)

    def body(item: Value) -> None:
        ctx.compiler.assign(ctx, node.target, item, node.span)
        element = ctx.plain(node.element, wanted)
        t = wanted if wanted is not None else element.type
        element = require(ctx, element, t, node.element.span, "an element of this list")
        late.append(element)

    late = LateList(ctx, node.span)
    counted_loop(ctx, items, body, node.span)
    assert late.value is not None
    return late.value


class LateList:
    """The list that a loop fills: made in front of the loop, where this is made, once its element type is known."""

    def __init__(self, ctx: FunctionContext, span: Span) -> None:
        self.ctx, self.block, self.span = ctx, ctx.block, span
        self.value: Plain | None = None

    def append(self, element: Plain) -> None:
        if self.value is None:
            op = ts.with_span(ts.ListOp([], ListType(element.type)), self.span)
            self.block.add_op(op)
            self.value = Plain(op.result)
        emit_append(self.ctx, self.value, element, self.span)


def _list_of(ctx: FunctionContext, values: list[Plain], wanted: Type | None, span: Span) -> Value:
    element = wanted if wanted is not None else (common_type([v.type for v in values]) if values else TENSOR)
    if element is None:
        raise CompileError.at(span, "the elements of a list have one type")
    items = [convert(ctx, v, element, span) or v for v in values]
    return ctx.value(ts.ListOp([i.ssa for i in items], ListType(element)), span)


def emit_append(ctx: FunctionContext, target: Plain, element: Plain, span: Span) -> None:
    operator = REGISTRY["append.t"]
    ctx.emit(ts.AtenOp("append.t", [target.ssa, element.ssa], [target.type], operator.effects, operator.writes), span)
