"""Dict literals, comprehensions and dict(...)."""

from __future__ import annotations

from collections.abc import Callable

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema.annotations import dict_type
from aotjit.sema.calls import arguments, special_call
from aotjit.sema.context import FunctionContext, expression_rule
from aotjit.sema.conversions import common_type, plain, require
from aotjit.sema.expressions import unpack
from aotjit.sema.iteration import iteration_of
from aotjit.sema.loops import counted_loop
from aotjit.sema.overloads import call_operator
from aotjit.sema.values import Plain, Value
from aotjit.syntax import ast
from aotjit.types import STR, TENSOR, DictType, OptionalType, TupleType, Type, erase, union_of


def _wanted(expected: Type | None) -> DictType | None:
    inner = expected.element if isinstance(expected, OptionalType) else expected
    return inner if isinstance(inner, DictType) else None


@expression_rule(ast.DictExpr)
def _dict(ctx: FunctionContext, node: ast.DictExpr, expected: Type | None) -> Value:
    t = _wanted(expected)
    keys = [ctx.plain(k, t.key if t else None) for k in node.keys]
    values = [ctx.plain(v, t.value if t else None) for v in node.values]
    if t is None:
        t = DictType(_common_key(keys, node.span) or STR, _common_value(values) or TENSOR)
    dict_type(t.key, t.value, node.span)
    items = []
    for key_of, value, key_node, value_node in zip(keys, values, node.keys, node.values, strict=True):
        items.append(require(ctx, key_of, t.key, key_node.span, "a key of this dict").ssa)
        items.append(require(ctx, value, t.value, value_node.span, "a value of this dict").ssa)
    return ctx.value(ts.DictOp(items, t), node.span)


def _common_key(keys: list[Plain], span: Span) -> Type | None:
    if not keys:
        return None
    found = common_type([k.type for k in keys])
    if found is None:
        other = next(k for k in keys if k.type != keys[0].type)
        raise CompileError.at(span, f"the keys of a dict have one type; here are {keys[0].type} and {other.type}")
    return found


def _common_value(values: list[Plain]) -> Type | None:
    """As in torch, each value may be of another type."""
    if not values:
        return None
    return common_type([v.type for v in values]) or union_of(erase(v.type) for v in values)


class _LateDict:
    """The dict that a loop fills: made in front of it once the types are known, by the first item or the context."""

    def __init__(self, ctx: FunctionContext, expected: DictType | None, span: Span) -> None:
        self.ctx, self.span, self.block = ctx, span, ctx.block
        self.expected = expected
        self.value: Plain | None = None

    def put(self, key: Plain, value: Plain) -> None:
        if self.value is None:
            made = self.expected or dict_type(key.type, value.type, self.span)
            op = ts.with_span(ts.DictOp([], made), self.span)
            self.block.add_op(op)
            self.value = Plain(op.result)
        t = self.value.type
        assert isinstance(t, DictType)
        key = require(self.ctx, key, t.key, self.span, "a key of this dict")
        value = require(self.ctx, value, t.value, self.span, "a value of this dict")
        call_operator(self.ctx, "_set_item", [self.value, key, value], {}, self.span, "a dict")

    def finished(self) -> Plain:
        if self.value is None:
            self.value = self.ctx.value(ts.DictOp([], self.expected or DictType(STR, TENSOR)), self.span)
        return self.value


def dict_comprehension(ctx: FunctionContext, node: ast.Comprehension, expected: Type | None) -> Value:
    """`{key: value for target in iterable}`."""
    assert node.value is not None
    value_node, wanted = node.value, _wanted(expected)
    late = _LateDict(ctx, wanted, node.span)

    def item(each: Value) -> None:
        ctx.compiler.assign(ctx, node.target, each, node.span)
        key = ctx.plain(node.element, wanted.key if wanted else None)
        late.put(key, ctx.plain(value_node, wanted.value if wanted else None))

    _each(ctx, ctx.expression(node.iterable), item, node.iterable.span)
    return late.finished()


def _each(ctx: FunctionContext, value: Value, body: Callable[[Value], None], span: Span) -> None:
    """Compiles `body` for every element of what is iterated over."""
    items = iteration_of(ctx, value, span)
    if items.elements is None:
        counted_loop(ctx, items, body, span)
        return
    for element in items.elements:
        with ctx.inside(ctx.block):
            body(element)


@special_call("builtins.dict", "collections.OrderedDict", "torch.dict")
def _dict_call(ctx: FunctionContext, node: ast.Call, expected: Type | None) -> Value:
    wanted = _wanted(expected)
    args, keywords = arguments(ctx, node)
    if len(args) > 1:
        raise CompileError.at(node.span, "dict takes one positional argument and keywords")
    late = _LateDict(ctx, wanted, node.span)
    if args and isinstance(args[0], Plain) and isinstance(args[0].type, DictType):
        made = call_operator(ctx, "copy", [args[0]], {}, node.span, "dict")
        assert isinstance(made, Plain)
        late.value = made
    elif args:
        _each(ctx, args[0], lambda pair: late.put(*_pair(ctx, pair, node.span)), node.span)
    for name, value in keywords.items():
        late.put(ctx.constant(name, node.span), plain(ctx, value, node.span))
    return late.finished()


def _pair(ctx: FunctionContext, value: Value, span: Span) -> tuple[Plain, Plain]:
    if isinstance(value, Plain) and not isinstance(value.type, TupleType):
        raise CompileError.at(span, f"dict takes pairs of a key and a value, found {value.describe()}")
    parts = unpack(ctx, value, span)
    if len(parts) != 2:
        raise CompileError.at(span, f"dict takes pairs of a key and a value, found {len(parts)} values")
    return plain(ctx, parts[0], span), plain(ctx, parts[1], span)
