"""Statements other than assignments, and how they follow each other when one may leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field

from xdsl.dialects import scf
from xdsl.ir import Block, Region

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.sema import assignments, contexts, subscripts
from aotjit.sema.calls import arguments
from aotjit.sema.checks import raise_error
from aotjit.sema.conditions import Condition, Refinements, condition
from aotjit.sema.context import FunctionContext, not_compiled
from aotjit.sema.conversions import common_type, plain
from aotjit.sema.expressions import to_text
from aotjit.sema.flow import (
    BREAK,
    CONTINUE,
    FLAGS,
    RETURN,
    RETURN_VALUE,
    Branch,
    Flow,
    any_flag,
    exit_by,
    join_branches,
    refine,
)
from aotjit.sema.implicit import require_argument
from aotjit.sema.iteration import iteration_of
from aotjit.sema.loops import counted_loop, names_of, target_names, while_loop
from aotjit.sema.names import EXCEPTIONS, close_match
from aotjit.sema.refused import refusal
from aotjit.sema.reports import Poisoned
from aotjit.sema.values import DELETED, Binding, ClassValue, ClosureValue, Namespace, Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.types import NONE, ListType


@ast.node
class _Unrolled(ast.Stmt):
    """One iteration of a loop that is written out."""

    loop: ast.For
    value: Value = field(compare=False)


@ast.node
class EndOfFunction(ast.Stmt):
    """What is reached when a function's last statement falls through."""


def statements(ctx: FunctionContext, body: Sequence[ast.Stmt]) -> Flow:
    """Compiles a list of statements into the current block."""
    exits: frozenset[str] = frozenset()
    for i, statement in enumerate(body):
        flow, consumed = _statement(ctx, statement, body[i + 1 :])
        if consumed or not flow.falls:
            return Flow(flow.falls, flow.kinds | exits)
        exits |= flow.kinds
        if flow.kinds and i + 1 < len(body):
            rest = _guarded(ctx, flow.kinds, body[i + 1 :], statement.span)
            return Flow(rest.falls, rest.kinds | exits)
    return Flow(True, exits)


def _guarded(ctx: FunctionContext, kinds: frozenset[str], rest: Sequence[ast.Stmt], span: Span) -> Flow:
    """The statements after one that may have left: they run when it has not."""
    left = any_flag(ctx, kinds, span)
    gone = Branch(Block(), dict(ctx.bindings), Flow(False, kinds))
    stays = Branch(Block(), dict(ctx.bindings))
    for name in (*FLAGS, RETURN_VALUE):
        stays.bindings.pop(name, None)
    resume(ctx, stays, rest)
    return join_branches(ctx, left, gone, stays, span)


def resume(ctx: FunctionContext, branch: Branch, body: Sequence[ast.Stmt]) -> None:
    """Compiles what follows an `if` at the end of one of its branches."""
    with ctx.inside(branch.block, deeper=0):
        ctx.bindings = branch.bindings
        pending = branch.flow.kinds
        flow = _guarded(ctx, pending, body, body[0].span) if pending and body else statements(ctx, body)
        branch.flow = Flow(flow.falls, flow.kinds | pending)
        branch.bindings = ctx.bindings  # a loop whose types were widened has bound all names anew


def _statement(ctx: FunctionContext, node: ast.Stmt, rest: Sequence[ast.Stmt]) -> tuple[Flow, bool]:
    """Compiles one statement; True when `rest` went into one of its branches. Errors are reported here."""
    ctx.span = node.span
    try:
        if isinstance(node, ast.If):
            return _if(ctx, node, rest)
        return _SIMPLE.get(type(node), _unknown)(ctx, node), False
    except Poisoned:
        pass
    except CompileError as error:
        if ctx.scope.is_archive:
            # torch.jit.save wrote what is right: this is something that we lack, and calls may do without it.
            ctx.refuse(error)
            return Flow(False), False
        ctx.reports.add(error)
    ctx.poison(_assigned(node))
    return (Flow(False) if isinstance(node, ast.Return | ast.Raise) else Flow()), False


def _assigned(node: ast.Stmt) -> list[str]:
    match node:
        case ast.Assign(targets=targets):
            return [n for t in targets for n in target_names(t)]
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return target_names(target)
        case ast.For() | ast.While():
            return list(names_of([node]).assigned)
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.UnsupportedStmt(name=name) if name:
            return [name]
    return []


def _unknown(ctx: FunctionContext, node: ast.Stmt) -> Flow:
    if isinstance(node, ast.UnsupportedStmt):
        raise refusal(node.what, node.span)
    names: dict[type[ast.Stmt], str] = {
        ast.ClassDef: "a class inside a function", ast.Import: "an import inside a function"
    }  # fmt: skip
    if type(node) in names:
        raise refusal(names[type(node)], node.span, names[type(node)])
    raise not_compiled(node.span, "this statement")


# -- if ---------------------------------------------------------------------------------------------------------------


def _if(ctx: FunctionContext, node: ast.If, rest: Sequence[ast.Stmt]) -> tuple[Flow, bool]:
    test = _test(ctx, node.test)
    if test.static is not None:
        for name, t in (test.when_true if test.static else test.when_false).items():
            refine(ctx, name, t, node.span)
        return statements(ctx, node.body if test.static else node.orelse), False
    assert test.value is not None
    then = _branch(ctx, test.when_true, node.body, node.span)
    otherwise = _branch(ctx, test.when_false, node.orelse, node.span)
    consumed = False
    for leaving, staying in ((then, otherwise), (otherwise, then)):
        if rest and not leaving.flow.falls and leaving.flow.kinds and staying.flow.falls:
            resume(ctx, staying, rest)
            consumed = True
    return join_branches(ctx, test.value, then, otherwise, node.span), consumed


def _test(ctx: FunctionContext, node: ast.Expr) -> Condition:
    """The condition; after an error in it both branches are still looked at."""
    try:
        return condition(ctx, node)
    except Poisoned:
        pass
    except CompileError as error:
        if ctx.scope.is_archive:
            raise
        ctx.reports.add(error)
    return Condition(ctx.constant(False, node.span))


def _branch(ctx: FunctionContext, learnt: Refinements, body: Sequence[ast.Stmt], span: Span) -> Branch:
    branch = Branch(Block(), dict(ctx.bindings))
    with ctx.inside(branch.block):
        for name, t in learnt.items():
            refine(ctx, name, t, span)
        branch.flow = statements(ctx, body)
        branch.bindings = ctx.bindings
    return branch


# -- loops ------------------------------------------------------------------------------------------------------------


def _for(ctx: FunctionContext, node: ast.For) -> Flow:
    if node.orelse:
        raise refusal("'else' of a loop", node.span, "'else' of a loop")
    iterable = ctx.expression(node.iterable)
    items = iteration_of(ctx, iterable, node.iterable.span)
    leaving = next(_exits(node.body), None) if items.elements is not None else None
    if leaving is not None and isinstance(iterable, ClassValue):  # the members of an Enum: a list, as in torch
        members = [plain(ctx, e, node.span) for e in items.elements or ()]
        listed = ctx.value(ts.ListOp([m.ssa for m in members], ListType(members[0].type)), node.span)
        items = iteration_of(ctx, listed, node.iterable.span)
    elif leaving is not None:
        word = "break" if isinstance(leaving, ast.Break) else "continue"
        message = f"'{word}' in a loop over modules or a tuple is not part of TorchScript: it is unrolled"
        raise CompileError.at(leaving.span, message, "put what follows under an if, or return")
    if items.elements is not None:
        return statements(ctx, [_Unrolled(node.span, node, e) for e in items.elements])

    def body(item: Value) -> Flow:
        with ctx.reports.collecting():
            assignments.assign(ctx, node.target, item, node.span)
        return statements(ctx, node.body)

    return counted_loop(ctx, items, body, node.span, names_of(node.body, node.target))


def _iteration(ctx: FunctionContext, node: _Unrolled) -> Flow:
    assignments.assign(ctx, node.loop.target, node.value, node.span)
    return statements(ctx, node.loop.body)


def _exits(body: Sequence[ast.Stmt]) -> Iterator[ast.Stmt]:
    """Each `break` and `continue` of the loop around the body."""
    for statement in body:
        match statement:
            case ast.Break() | ast.Continue():
                yield statement
            case ast.If(body=then, orelse=otherwise):
                yield from _exits((*then, *otherwise))
            case ast.With(body=inner):
                yield from _exits(inner)


def _while(ctx: FunctionContext, node: ast.While) -> Flow:
    if node.orelse:
        raise refusal("'else' of a loop", node.span, "'else' of a loop")
    return while_loop(ctx, node.test, lambda: statements(ctx, node.body), node.span, names_of(node.body))


def _with(ctx: FunctionContext, node: ast.With) -> Flow:
    """What leaves the body early sets flags only: leaving the contexts comes behind it in any case."""
    leave = [contexts.enter(ctx, item, target) for item, target in node.items]
    flow = statements(ctx, node.body)
    for step in reversed(leave):
        step()
    return flow


def _exit(kind: str) -> Callable[[FunctionContext, ast.Stmt], Flow]:
    return lambda ctx, node: exit_by(ctx, kind)


# -- return, raise, assert --------------------------------------------------------------------------------------------


def _return(ctx: FunctionContext, node: ast.Return) -> Flow:
    declared = ctx.declared_result
    if node.value is None:
        value = ctx.constant(None, node.span)
    else:
        value = plain(ctx, ctx.expression(node.value, declared), node.value.span, declared)
    span = node.value.span if node.value is not None else node.span
    if declared is not None:
        value = _declared_result(ctx, value, span)
    else:
        _infer_result(ctx, value, span)
    ctx.bindings[RETURN_VALUE] = Binding(value, value.type, ctx.depth)
    return exit_by(ctx, RETURN)


def _declared_result(ctx: FunctionContext, value: Plain, span: Span) -> Plain:
    declared = ctx.declared_result
    assert declared is not None
    return require_argument(ctx, value, declared, span, f"the result of {ctx.name}")


def _end_of_function(ctx: FunctionContext, node: EndOfFunction) -> Flow:
    # As in torch.jit: a result that is Optional by its annotation is returned, one that is not annotated becomes so.
    if ctx.declared_result not in (None, NONE):
        raise CompileError.at(
            node.span, f"{ctx.name} does not return a value on every path", "add a return or a raise at its end"
        )
    return _return(ctx, ast.Return(node.span, None))


def _infer_result(ctx: FunctionContext, value: Plain, span: Span) -> None:
    before = ctx.inferred_result
    merged = value.type if before is None else common_type([before, value.type])
    if merged is None:
        raise CompileError.at(
            span, f"this returns {value.type}, an earlier return of {ctx.name} returns {before}", "annotate the result"
        )
    ctx.inferred_result = merged


def _raise(ctx: FunctionContext, node: ast.Raise) -> Flow:
    exception = node.exception
    if exception is None:
        raise CompileError.at(node.span, "'raise' needs an exception")
    called = exception.function if isinstance(exception, ast.Call) else exception
    name = called.id if isinstance(called, ast.Name) else (called.name if isinstance(called, ast.Attribute) else "")
    if name not in EXCEPTIONS and not isinstance(raised := ctx.expression(called), Namespace | ClassValue):
        hint = close_match(name, EXCEPTIONS) or "raise a class such as ValueError, or a call of it: ValueError('text')"
        raise CompileError.at(exception.span, f"{raised.describe()} cannot be raised: it is no exception", hint)
    message = _message(ctx, exception) if isinstance(exception, ast.Call) else ctx.constant("", node.span)
    raise_error(ctx, name, message, node.span)
    return Flow(False)


def _message(ctx: FunctionContext, node: ast.Call) -> Plain:
    """The text of an exception: its argument, or the tuple of its arguments."""
    given, _ = arguments(ctx, node)
    value = given[0] if len(given) == 1 else TupleValue(tuple(given))
    return to_text(ctx, plain(ctx, value, node.span), node.span) if given else ctx.constant("", node.span)


def _assert(ctx: FunctionContext, node: ast.Assert) -> Flow:
    test = _test(ctx, node.test)
    if test.static is True:
        return Flow()
    if test.value is None:
        _fail(ctx, node)
        return Flow(False)
    failing = Branch(Block(), dict(ctx.bindings), Flow(False))
    with ctx.inside(failing.block):
        for name, t in test.when_false.items():
            refine(ctx, name, t, node.span)
        _fail(ctx, node)
        ctx.emit(scf.YieldOp(), node.span)
    passing = Block([scf.YieldOp()])
    ctx.emit(scf.IfOp(test.value.ssa, [], Region([passing]), Region([failing.block])), node.span)
    for name, t in test.when_true.items():
        refine(ctx, name, t, node.span)
    return Flow()


def _fail(ctx: FunctionContext, node: ast.Assert) -> None:
    text = ctx.constant("", node.span)
    if node.message is not None:
        text = to_text(ctx, ctx.plain(node.message), node.span)
    ctx.emit(ts.RaiseOp("AssertionError", text.ssa), node.span)


# -- del --------------------------------------------------------------------------------------------------------------


def _delete(ctx: FunctionContext, node: ast.Delete) -> None:
    for target in node.targets:
        match target:
            case ast.Name(id=name):
                ctx.expression(target)  # it must have a value
                ctx.bindings[name] = Binding(None, None, ctx.depth, missing=DELETED)
            case ast.Subscript():
                subscripts.delete(ctx, target)
            case _:
                raise CompileError.at(target.span, "only names and items of lists and dicts can be deleted")


# -- the rest ---------------------------------------------------------------------------------------------------------


def _expression(ctx: FunctionContext, node: ast.ExprStmt) -> Flow:
    if not (isinstance(node.value, ast.Constant) and (isinstance(node.value.value, str) or node.value.value is ...)):
        ctx.expression(node.value)
    return Flow()


def _simple(rule: Callable[..., None]) -> Callable[..., Flow]:
    def run(ctx: FunctionContext, node: ast.Stmt) -> Flow:
        rule(ctx, node)
        return Flow()

    return run


def _closure(ctx: FunctionContext, node: ast.FunctionDef) -> Flow:
    if not ctx.scope.is_archive:
        raise CompileError.at(node.span, "a function inside a function is not part of TorchScript", "move it outside")
    ctx.bindings[node.name] = Binding(ClosureValue(node, dict(ctx.bindings)), None, ctx.depth)
    return Flow()


_SIMPLE: dict[type[ast.Stmt], Callable[..., Flow]] = {
    ast.Assign: _simple(assignments.assign_statement),
    ast.AnnAssign: _simple(assignments.annotated_statement),
    ast.AugAssign: _simple(assignments.augmented_statement),
    ast.ExprStmt: _expression,
    ast.For: _for,
    ast.FunctionDef: _closure,
    _Unrolled: _iteration,
    ast.While: _while,
    ast.With: _with,
    ast.Return: _return,
    EndOfFunction: _end_of_function,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Delete: _simple(_delete),
    ast.Pass: lambda ctx, node: Flow(),
    ast.Break: _exit(BREAK),
    ast.Continue: _exit(CONTINUE),
}
