"""isinstance and torch.jit.isinstance: what they find, at compile time where the type is known, and what they tell."""

from __future__ import annotations

from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.sema import boxes
from aotjit.sema.annotations import read_type
from aotjit.sema.conditions import Condition, Refinements, known
from aotjit.sema.context import FunctionContext, is_tensor
from aotjit.sema.conversions import plain, subtype
from aotjit.sema.values import ModuleValue, Plain
from aotjit.syntax import ast
from aotjit.types import ANY, NONE, DictType, ListType, OptionalType, TupleType, Type, UnionType, is_boxed, union_of

_ANY_LIST, _ANY_TUPLE, _ANY_DICT = ListType(ANY), TupleType(()), DictType(ANY, ANY)
_KINDS: dict[str, Type] = {"list": _ANY_LIST, "tuple": _ANY_TUPLE, "dict": _ANY_DICT}


def _types_named(ctx: FunctionContext, node: ast.Expr) -> list[Type]:
    match node:
        case ast.TupleExpr(elements=elements) | ast.ListExpr(elements=elements):
            return [t for e in elements for t in _types_named(ctx, e)]
        case ast.Name(id=name) if name in _KINDS and name not in ctx.bindings:
            return [_KINDS[name]]
        case ast.Call(function=ast.Name(id="type"), args=(ast.Constant(value=None),)):
            return [NONE]
    t = read_type(node, ctx.scope)
    if isinstance(t, UnionType):
        return list(t.members)
    return [t.element, NONE] if isinstance(t, OptionalType) else [t]


def is_instance(ctx: FunctionContext, node: ast.Call) -> Condition:
    """The test `isinstance(value, types)`."""
    if len(node.args) != 2:
        raise CompileError.at(node.span, "isinstance takes a value and a type")
    value = ctx.expression(node.args[0])
    if isinstance(value, ModuleValue):
        return known(ctx.compiler.is_module_instance(ctx, value, node.args[1]))
    wanted = _types_named(ctx, node.args[1])
    name = node.args[0].id if isinstance(node.args[0], ast.Name) else None
    given = plain(ctx, value, node.span)
    if is_boxed(given.type):
        return _of_box(ctx, given, wanted, name, node)
    if isinstance(given.type, OptionalType):
        return _of_optional(ctx, given, given.type, wanted, name, node)
    return known(any(_matches(given.type, w) for w in wanted))


def _of_optional(
    ctx: FunctionContext, value: Plain, t: OptionalType, wanted: list[Type], name: str | None, node: ast.Call
) -> Condition:
    holds, none = any(_matches(t.element, w) for w in wanted), NONE in wanted
    if holds == none:
        return known(holds)
    test = ctx.value(ts.IsNoneOp(value.ssa), node.span)
    present: Refinements = {name: t.element} if name is not None else {}
    missing: Refinements = {name: NONE} if name is not None else {}
    found = Condition(test, None, missing, present)
    return found if none else found.negated(ctx, node.span)


def _of_box(ctx: FunctionContext, value: Plain, wanted: list[Type], name: str | None, node: ast.Call) -> Condition:
    t = value.type
    if isinstance(t, UnionType):
        found = [m for m in t.members if any(_matches(m, w) for w in wanted)]
        if not found or len(found) == len(t.members):
            return known(bool(found))
    else:
        found = [w for w in wanted if w != ANY]
        if len(found) < len(wanted):
            return known(True)
        kinds = [w for w in found if _is_kind(w)]
        if kinds:
            tests = [ctx.value(ts.IsTypeOp(value.ssa, w, True), node.span) for w in kinds]
            if len(kinds) < len(found):
                tests.append(boxes.holds(ctx, value, [w for w in found if not _is_kind(w)], node.span))
            return Condition(boxes.either(ctx, tests, node.span))
    test = boxes.holds(ctx, value, found, node.span)
    if name is None:
        return Condition(test)
    rest = boxes.without(t, found)
    return Condition(test, None, {name: union_of(found)}, {name: rest} if rest is not None and rest != t else {})


def _is_kind(wanted: Type) -> bool:
    """It stands for the name `list`, `tuple` or `dict`; List[Any] is equal to what stands for `list`."""
    return any(wanted is kind for kind in _KINDS.values())


def _matches(given: Type, wanted: Type) -> bool:
    if _is_kind(wanted):
        return type(given) is type(wanted)
    if isinstance(wanted, OptionalType):
        return subtype(given, wanted)
    return given == wanted or (is_tensor(given) and is_tensor(wanted))


