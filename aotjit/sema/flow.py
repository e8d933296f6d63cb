"""Structured control flow: branches, how names join after them, and early exits.

`return`, `break` and `continue` have no operation of their own. They give values to names that no source can spell:
`$return_value`, and one flag for each kind of exit (`$return`, `$break`, `$continue`). Where an `if` leaves on one
branch only, the statements after it are compiled into its other branch:

    if c:                  %r = scf.if %c { yield %a }
        return a      ->            else { ... rest ...; yield %b }
    rest; return b

so that no flag is needed. Where a statement may or may not have left (an exit two levels deep, or out of a loop) the
rest is guarded by the flags. A branch that raises yields `ts.undef`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Region

from aotjit.diagnostics import Span
from aotjit.ir import ts
from aotjit.sema.boxes import unbox
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import common_type, plain, require, subtype
from aotjit.sema.values import Binding, Plain, TupleValue, Value
from aotjit.types import BOOL, NONE, OptionalType, TupleType, Type, is_boxed

RETURN, BREAK, CONTINUE = "$return", "$break", "$continue"
RETURN_VALUE = "$return_value"
FLAGS = (RETURN, BREAK, CONTINUE)


class Set(Value):
    """A flag that is certainly set here; it becomes a constant only where paths meet."""


SET = Set()


@dataclass(frozen=True)
class Flow:
    """How control leaves a piece of code: `falls` through to what follows, or by exits of these `kinds`; a piece that
    does neither always raises. Where it `falls` and there are kinds, flags tell at run time."""

    falls: bool = True
    kinds: frozenset[str] = frozenset()

    @property
    def is_over(self) -> bool:
        """No later statement of the function runs: names need no values any more."""
        return not self.falls and self.kinds <= {RETURN}


@dataclass
class Branch:
    """A block that is or will be a branch of an `if`, with the names as they are at its end."""

    block: Block
    bindings: dict[str, Binding]
    flow: Flow = field(default_factory=Flow)


def exit_by(ctx: FunctionContext, kind: str) -> Flow:
    """Records an exit at the current place."""
    ctx.bindings[kind] = Binding(SET, BOOL, ctx.depth)
    return Flow(False, frozenset({kind}))


def flag(ctx: FunctionContext, kind: str, span: Span | None) -> Plain | None:
    """The flag as a value; None when it is certainly not set."""
    binding = ctx.bindings.get(kind)
    if binding is None or binding.value is None:
        return None
    return ctx.constant(True, span) if binding.value is SET else plain(ctx, binding.value, span)


def any_flag(ctx: FunctionContext, kinds: frozenset[str], span: Span) -> Plain:
    """Has one of these exits been taken?"""
    result: Plain | None = None
    for kind in FLAGS:
        one = flag(ctx, kind, span) if kind in kinds else None
        if one is not None:
            result = one if result is None else ctx.value(arith.OrIOp(result.ssa, one.ssa), span)
    return result if result is not None else ctx.constant(False, span)


# -- refinement -------------------------------------------------------------------------------------------------------


def refine(ctx: FunctionContext, name: str, to: Type, span: Span) -> None:
    """Narrows the type of a name: an Optional to None or to what it holds, a boxed value to what a test has told."""
    binding = ctx.bindings.get(name)
    if binding is None or not isinstance(binding.value, Plain):
        return
    held = binding.value.type
    if is_boxed(held):
        value = unbox(ctx, binding.value, to, span)
    elif isinstance(held, OptionalType):
        value = ctx.constant(None, span) if to == NONE else ctx.value(ts.UnwrapOp(binding.value.ssa), span)
    else:
        return
    ctx.bindings[name] = Binding(value, binding.declared, binding.depth, refined_from=binding)


# -- joining ----------------------------------------------------------------------------------------------------------


@dataclass
class _Joined:
    """One name that both branches yield."""

    name: str
    type: Type
    values: tuple[Binding | None, Binding | None]
    declared: Type | None
    depth: int


def join_branches(ctx: FunctionContext, condition: Plain, one: Branch, two: Branch, span: Span) -> Flow:
    """Closes both branches and emits the scf.if; names get their values of after it."""
    flow = Flow(one.flow.falls or two.flow.falls, one.flow.kinds | two.flow.kinds)
    joined = []
    refined: list[tuple[str, Binding]] = []
    for name in dict.fromkeys([*one.bindings, *two.bindings]):
        before = ctx.bindings.get(name)
        pair = one.bindings.get(name), two.bindings.get(name)
        if pair[0] is before and pair[1] is before:
            continue
        outcome = _join_name(ctx, name, before, pair, (one, two), flow)
        if isinstance(outcome, _Joined):
            joined.append(outcome)
        elif outcome is not None and outcome.refined_from is not None:
            refined.append((name, outcome))
        elif outcome is not None:
            ctx.bindings[name] = outcome
    for i, branch in enumerate((one, two)):
        _close(ctx, branch, joined, i, span)
    op = scf.IfOp(condition.ssa, [ts.ir_type(j.type) for j in joined], Region([one.block]), Region([two.block]))
    ctx.emit(op, span)
    for item, result in zip(joined, op.output, strict=True):
        ctx.bindings[item.name] = Binding(Plain(result), item.declared, item.depth)
    for name, binding in refined:
        value = binding.value
        assert isinstance(value, Plain)
        refine(ctx, name, value.type, span)
    return flow


def _join_name(
    ctx: FunctionContext,
    name: str,
    before: Binding | None,
    pair: tuple[Binding | None, Binding | None],
    branches: tuple[Branch, Branch],
    flow: Flow,
) -> _Joined | Binding | None:
    """What becomes of a name that a branch has changed: yielded, bound without a yield, or left as it was (None)."""
    if name in FLAGS:
        if not flow.falls and flow.kinds == {name}:
            return Binding(SET, BOOL, ctx.depth)
        return _Joined(name, BOOL, pair, BOOL, ctx.depth)
    if name == RETURN_VALUE:
        return _join_types(ctx, name, before, pair)
    over = [b.flow.is_over for b in branches]
    if all(over):
        return None
    if any(over):
        return _surviving(ctx, name, before, pair, over.index(False))
    if any(b is not None and b.poisoned for b in pair):
        return Binding(None, None, ctx.depth, poisoned=True)
    if before is not None and all(b is before or (b is not None and b.refined_from is before) for b in pair):
        return None
    for i, where in enumerate(("else branch", "branch of the if")):
        other = pair[1 - i]
        if other is None or other.missing is not None:
            if not branches[1 - i].flow.falls:
                continue
            text = f"may have no value here: the {where} does not assign it" if other is None else other.missing
            return Binding(None, None, ctx.depth, missing=text)
    return _join_types(ctx, name, before, pair)


def _surviving(
    ctx: FunctionContext, name: str, before: Binding | None, pair: tuple[Binding | None, Binding | None], alive: int
) -> _Joined | Binding | None:
    """The name after an `if` of whose branches only number `alive` gets there."""
    kept = pair[alive]
    if kept is None or kept is before:
        return None
    if kept.refined_from is not None and kept.refined_from is before and isinstance(kept.value, Plain):
        return kept
    if kept.missing is not None or kept.poisoned or not isinstance(kept.value, Plain | TupleValue):
        return Binding(kept.value, kept.declared, ctx.depth, missing=kept.missing, poisoned=kept.poisoned)
    return _join_types(ctx, name, before, (kept, None) if alive == 0 else (None, kept))


def _join_types(
    ctx: FunctionContext, name: str, before: Binding | None, pair: tuple[Binding | None, Binding | None]
) -> _Joined | Binding | None:
    present = [b for b in pair if b is not None and b.value is not None]
    types = [_type_of(b.value) for b in present if b.value is not None]
    if any(t is None for t in types):
        same = all(b.value is present[0].value for b in present)
        return present[0] if same else Binding(None, None, ctx.depth, missing="differs between the branches of an if")
    known = [t for t in types if t is not None]
    common = common_type(known) if known else None
    widest = before.declared if before is not None else None
    if common is None and widest is not None and is_boxed(widest) and all(subtype(t, widest) for t in known):
        common = widest
    if common is None:
        text = (
            f"has no single type here: {known[0]} in one branch of an if, {known[-1]} in the other"
            if known
            else "has no value here"
        )
        return Binding(None, None, ctx.depth, missing=text)
    declared = before.declared if before is not None and before.declared is not None else common
    return _Joined(name, common, pair, declared, before.depth if before is not None else ctx.depth)


def _type_of(value: Value) -> Type | None:
    if isinstance(value, Plain):
        return value.type
    if isinstance(value, TupleValue):
        elements = [_type_of(e) for e in value.elements]
        known = tuple(e for e in elements if e is not None)
        return TupleType(known) if len(known) == len(elements) else None
    return None


def _close(ctx: FunctionContext, branch: Branch, joined: list[_Joined], index: int, span: Span) -> None:
    with ctx.inside(branch.block):
        ctx.bindings = branch.bindings
        yields = [_yielded(ctx, j, j.values[index], branch, span).ssa for j in joined]
        ctx.emit(scf.YieldOp(*yields), span)


def _yielded(ctx: FunctionContext, item: _Joined, binding: Binding | None, branch: Branch, span: Span) -> Plain:
    if item.name in FLAGS:
        found = flag(ctx, item.name, span)
        return found if found is not None else ctx.constant(False, span)
    unused = branch.flow.is_over and item.name != RETURN_VALUE
    if binding is None or binding.value is None or unused:
        return ctx.undefined(item.type, span)
    return require(ctx, plain(ctx, binding.value, span), item.type, span, f"'{item.name}'")
