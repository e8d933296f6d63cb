"""Loops: which names they carry, and their scf form.

A counted loop that only ends when its count does is `scf.for`. One that `break` or `return` may leave, and every
`while`, is `scf.while` whose condition also asks the exit flags (flow.py). Names that have a value before the loop and
are assigned in it are carried as iteration arguments; one that turns out not to change is not carried after all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i64
from xdsl.ir import Block, Region, SSAValue

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema import scalars
from aotjit.sema.conditions import Condition, combine, condition
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import convert, plain, require, subtype
from aotjit.sema.flow import BREAK, CONTINUE, RETURN, RETURN_VALUE, Flow, flag, refine
from aotjit.sema.iteration import Items
from aotjit.sema.mutation import names_reshaped
from aotjit.sema.values import Binding, Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.types import BOOL, Type, is_boxed, join

MAX_ATTEMPTS = 8
Body = Callable[[], "Flow | None"]


@dataclass
class Carried:
    """A name that the loop passes from one iteration to the next."""

    name: str
    type: Type
    declared: Type | None
    depth: int
    start: Plain


@dataclass
class LoopNames:
    """What a loop's source says: the names assigned in it, and how it may be left."""

    assigned: Sequence[str] = ()
    exits: frozenset[str] = frozenset()


def names_of(body: Iterable[ast.Stmt], target: ast.Expr | None = None) -> LoopNames:
    """Reads a loop's body."""
    assigned: dict[str, None] = {}
    if target is not None:
        assigned.update(dict.fromkeys(target_names(target)))
    exits: set[str] = set()
    _scan(body, assigned, exits, False)
    assigned.update(dict.fromkeys(names_reshaped(body)))
    return LoopNames(tuple(assigned), frozenset(exits))


def target_names(target: ast.Expr) -> list[str]:
    """The names that an assignment to `target` binds."""
    match target:
        case ast.Name(id=name):
            return [name]
        case ast.TupleExpr(elements=elements) | ast.ListExpr(elements=elements):
            return [n for e in elements for n in target_names(e)]
        case ast.Starred(value=value):
            return target_names(value)
    return []


def _scan(body: Iterable[ast.Stmt], assigned: dict[str, None], exits: set[str], nested: bool) -> None:
    for statement in body:
        match statement:
            case ast.Assign(targets=targets):
                assigned.update(dict.fromkeys(n for t in targets for n in target_names(t)))
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                assigned.update(dict.fromkeys(target_names(target)))
            case ast.If(body=then, orelse=orelse):
                _scan(then, assigned, exits, nested)
                _scan(orelse, assigned, exits, nested)
            case ast.For(target=target, body=inner):
                assigned.update(dict.fromkeys(target_names(target)))
                _scan(inner, assigned, exits, True)
            case ast.While(body=inner):
                _scan(inner, assigned, exits, True)
            case ast.With(items=items, body=inner):
                assigned.update(dict.fromkeys(n for _, t in items if t is not None for n in target_names(t)))
                _scan(inner, assigned, exits, nested)
            case ast.Return():
                exits.add(RETURN)
            case ast.Break() if not nested:
                exits.add(BREAK)


def refuse_stray_exits(body: Sequence[ast.Stmt]) -> None:
    """No `break` or `continue` outside a loop."""
    for statement in body:
        match statement:
            case ast.Break() | ast.Continue():
                word = "break" if isinstance(statement, ast.Break) else "continue"
                raise CompileError.at(statement.span, f"'{word}' outside a loop")
            case ast.If(body=then, orelse=otherwise):
                refuse_stray_exits((*then, *otherwise))
            case ast.With(body=inner):
                refuse_stray_exits(inner)


class _Retry(Exception):  # noqa: N818  # not an error: it steers
    """Other names or types have to be carried: compile the loop again."""

    def __init__(self, types: dict[str, Type]) -> None:
        self.types = types


def run_loop(ctx: FunctionContext, names: LoopNames, attempt: Callable[[list[Carried]], Flow], span: Span) -> Flow:
    """Compiles a loop by `attempt(carried)`, again with wider types where an iteration asks for them."""
    wider: dict[str, Type] = {}
    mark = ctx.reports.mark()
    for _ in range(MAX_ATTEMPTS):
        saved = dict(ctx.bindings)
        try:
            flow = attempt(_carried(ctx, names, wider, span))
        except _Retry as retry:
            wider.update(retry.types)
            ctx.bindings = saved
            ctx.reports.rewind(mark)
            continue
        _forget_inner_names(ctx, names)
        return flow
    raise CompileError.at(span, "the types of the names assigned in this loop do not settle", "annotate them before it")


def _forget_inner_names(ctx: FunctionContext, names: LoopNames) -> None:
    for name in names.assigned:
        if name not in ctx.bindings:
            ctx.bindings[name] = Binding(
                None, None, ctx.depth, missing="may have no value here: it is assigned inside a loop only"
            )


def _carried(ctx: FunctionContext, names: LoopNames, wider: dict[str, Type], span: Span) -> list[Carried]:
    result = []
    for name in names.assigned:
        binding = ctx.bindings.get(name)
        if binding is None or not isinstance(binding.value, Plain | TupleValue):
            continue
        start = plain(ctx, binding.value, span)
        t = wider.get(name, start.type)
        start = require(ctx, start, t, span, f"'{name}'")
        result.append(Carried(name, t, binding.declared, binding.depth, start))
    for kind in (BREAK, RETURN):
        if kind in names.exits:
            result.append(Carried(kind, BOOL, BOOL, ctx.depth, ctx.constant(False, span)))
    t_result = ctx.declared_result if ctx.declared_result is not None else wider.get(RETURN_VALUE)
    if RETURN in names.exits and t_result is not None:
        result.append(Carried(RETURN_VALUE, t_result, t_result, ctx.depth, ctx.undefined(t_result, span)))
    return result


def _bind_carried(ctx: FunctionContext, carried: list[Carried], values: Sequence[SSAValue]) -> None:
    for item, value in zip(carried, values, strict=True):
        if item.name not in (BREAK, RETURN, RETURN_VALUE):
            before = ctx.bindings.get(item.name)
            place = before.span if before is not None else None
            ctx.bindings[item.name] = Binding(Plain(value), item.declared, item.depth, span=place)


def _end_values(ctx: FunctionContext, carried: list[Carried], flow: Flow, span: Span) -> list[SSAValue]:
    """What the carried names are at the end of an iteration. Raises _Retry when a type has to be wider."""
    wider: dict[str, Type] = {}
    result: list[SSAValue] = []
    for item in carried:
        binding = ctx.bindings.get(item.name)
        if item.name in (BREAK, RETURN):
            set_ = flag(ctx, item.name, span) or ctx.constant(False, span)
            result.append(set_.ssa)
            continue
        if binding is None or binding.value is None or (flow.is_over and item.name != RETURN_VALUE):
            if binding is not None and binding.missing is not None:
                raise CompileError.at(span, f"'{item.name}' {binding.missing}")
            result.append(ctx.undefined(item.type, span).ssa)
            continue
        value = plain(ctx, binding.value, span)
        if value.type != item.type and not subtype(value.type, item.type):
            joined = join(value.type, item.type)
            if joined is None and item.declared is not None and is_boxed(item.declared):
                joined = item.declared if subtype(value.type, item.declared) else None
            if joined is None:
                raise CompileError.at(
                    span, f"'{item.name}' has type {item.type} before this loop and {value.type} after an iteration"
                )
            wider[item.name] = joined
            continue
        converted = convert(ctx, value, item.type, span)
        assert converted is not None
        result.append(converted.ssa)
    late = ctx.bindings.get(RETURN_VALUE)
    if late is not None and late.value is not None and all(c.name != RETURN_VALUE for c in carried):
        wider[RETURN_VALUE] = plain(ctx, late.value, span).type
    if wider:
        raise _Retry(wider)
    return result


def _settled(carried: list[Carried], blocks: Sequence[tuple[Block, int]], ends: list[SSAValue]) -> list[int]:
    """Drops iteration arguments that never change, from `ends` too; returns the positions that stay. `blocks` are the
    loop's blocks, with the number of arguments in front of the carried ones; the last is the body, which yields `ends`.
    """
    kept = []
    body, offset = blocks[-1]
    for i, end in enumerate(ends):
        if end is not body.args[offset + i] or carried[i].name in (BREAK, RETURN, RETURN_VALUE):
            kept.append(i)
    for i in reversed(range(len(carried))):
        if i not in kept:
            for block, first in blocks:
                argument = block.args[first + i]
                argument.replace_all_uses_with(carried[i].start.ssa)
                ends[:] = [carried[i].start.ssa if end is argument else end for end in ends]
                block.erase_arg(argument)
    return kept


def _after(ctx: FunctionContext, carried: list[Carried], results: Sequence[SSAValue], flow: Flow) -> Flow:
    """Names after the loop, and whether it may have been left by a return."""
    for item, value in zip(carried, results, strict=True):
        if item.name != BREAK:
            ctx.bindings[item.name] = Binding(Plain(value), item.declared, item.depth)
    if RETURN not in flow.kinds:
        ctx.bindings.pop(RETURN, None)
        ctx.bindings.pop(RETURN_VALUE, None)
        return Flow()
    return Flow(True, frozenset({RETURN}))


def counted_loop(
    ctx: FunctionContext, items: Items, body: Callable[[Value], Flow | None], span: Span, names: LoopNames | None = None
) -> Flow:
    """A loop over `items` that are not written out."""
    names = names or LoopNames()
    if names.exits:
        return run_loop(ctx, names, lambda carried: _counted_while(ctx, items, body, carried, span), span)
    return run_loop(ctx, names, lambda carried: _counted_for(ctx, items, body, carried, span), span)


def _counted_for(
    ctx: FunctionContext, items: Items, body: Callable[[Value], Flow | None], carried: list[Carried], span: Span
) -> Flow:
    assert items.lower is not None and items.upper is not None and items.at is not None
    block = Block(arg_types=[i64, *(ts.ir_type(c.type) for c in carried)])
    try:
        with ctx.inside(block):
            _bind_carried(ctx, carried, block.args[1:])
            flow = body(items.at(Plain(block.args[0]))) or Flow()
            ctx.bindings.pop(CONTINUE, None)
            ends = _end_values(ctx, carried, flow, span)
            kept = _settled(carried, [(block, 1)], ends)
            ctx.emit(scf.YieldOp(*(ends[i] for i in kept)), span)
    except _Retry:
        block.drop_all_references()
        raise
    staying = [carried[i] for i in kept]
    step = ctx.constant(1, span)
    starts = [c.start.ssa for c in staying]
    op = ctx.emit(scf.ForOp(items.lower.ssa, items.upper.ssa, step.ssa, starts, Region([block])), span)
    return _after(ctx, staying, op.res, Flow())


def _counted_while(
    ctx: FunctionContext, items: Items, body: Callable[[Value], Flow | None], carried: list[Carried], span: Span
) -> Flow:
    """The counter goes in front of the carried values."""
    assert items.lower is not None and items.upper is not None and items.at is not None
    upper, at = items.upper, items.at

    def test(index: Plain) -> Condition:
        return Condition(ctx.value(arith.CmpiOp(index.ssa, upper.ssa, "slt"), span))

    def run(index: Plain) -> Flow | None:
        return body(at(index))

    return _while(ctx, carried, test, run, span, items.lower)


def while_loop(
    ctx: FunctionContext, test: ast.Expr, body: Callable[[], Flow | None], span: Span, names: LoopNames
) -> Flow:
    """`while test: body`."""

    def attempt(carried: list[Carried]) -> Flow:
        learnt: dict[str, Type] = {}

        def tested(_: Plain) -> Condition:
            outcome = condition(ctx, test)
            learnt.update(outcome.when_true)
            return outcome

        def run(_: Plain) -> Flow | None:
            for name, t in learnt.items():
                refine(ctx, name, t, span)
            return body()

        return _while(ctx, carried, tested, run, span, None)

    return run_loop(ctx, names, attempt, span)


def _while(
    ctx: FunctionContext,
    carried: list[Carried],
    test: Callable[[Plain], Condition],
    body: Callable[[Plain], Flow | None],
    span: Span,
    counter: Plain | None,
) -> Flow:
    first = 0 if counter is None else 1
    arg_types = [i64] * first + [ts.ir_type(c.type) for c in carried]
    before, after = Block(arg_types=arg_types), Block(arg_types=arg_types)
    try:
        with ctx.inside(before):
            _bind_carried(ctx, carried, before.args[first:])
            flags = [before.args[first + i] for i, c in enumerate(carried) if c.name in (BREAK, RETURN)]
            index = Plain(before.args[0]) if counter is not None else ctx.constant(0, span)
            tests = [_unset(ctx, f, span) for f in flags]
            # After a return the names of the test are undefined.
            speculate = all(c.name != RETURN for c in carried)
            goes_on = combine(ctx, "and", [*tests, lambda: test(index)], span, speculate).plain(ctx, span)
            # The arguments passed on are filled in below, when it is known which ones there are.
            condition_op = ctx.emit(scf.ConditionOp(goes_on.ssa), span)
        with ctx.inside(after):
            _bind_carried(ctx, carried, after.args[first:])
            index = Plain(after.args[0]) if counter is not None else ctx.constant(0, span)
            flow = body(index) or Flow()
            ctx.bindings.pop(CONTINUE, None)
            ends = _end_values(ctx, carried, flow, span)
            kept = _settled(carried, [(before, first), (after, first)], ends)
            step = [ctx.value(arith.AddiOp(index.ssa, ctx.constant(1, span).ssa), span).ssa] * first
            ctx.emit(scf.YieldOp(*step, *(ends[i] for i in kept)), span)
    except _Retry:
        before.drop_all_references()
        after.drop_all_references()
        raise
    condition_op.operands = (*condition_op.operands, *before.args)
    staying = [carried[i] for i in kept]
    starts = ([counter.ssa] if counter is not None else []) + [c.start.ssa for c in staying]
    types = [ts.ir_type(ts.type_of(s)) for s in starts]
    op = ctx.emit(scf.WhileOp(starts, types, Region([before]), Region([after])), span)
    return _after(ctx, staying, op.res[first:], flow)


def _unset(ctx: FunctionContext, flag_value: SSAValue, span: Span) -> Callable[[], Condition]:
    return lambda: Condition(scalars.invert(ctx, Plain(flag_value), span))
