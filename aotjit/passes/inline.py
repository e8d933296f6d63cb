"""Inlines calls and removes the functions that nobody calls.

    func.func private @double(%x : i64) -> i64 {
      %two = arith.constant 2 : i64
      %r = arith.muli %x, %two : i64
      func.return %r : i64
    }
    func.func @f(%x : i64) -> i64 {
      %y = func.call @double(%x) : (i64) -> i64
      func.return %y : i64
    }
->
    func.func @f(%x : i64) -> i64 {
      %two = arith.constant 2 : i64
      %r = arith.muli %x, %two : i64
      func.return %r : i64
    }

TorchScript has no recursion, so this ends; a recursive call is a CompileError. A callee's own calls are inlined first,
so each body is copied once for each call.

A function whose copies would come to more than `limit` operations together stays a call, when it does nothing but
compute a new result. The pass runs twice: what stays the first time gets its facts once for each kind of call
(instances.py), and what those leave of it is mostly small enough the second time. `own` is the limit of the program's
own functions but those that are given weights: what is done with a weight is done at compile time in copies only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects import func
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Attribute, Operation, SSAValue

from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ir.effects import CALL_EFFECTS
from aotjit.ir.rewrite import copy_op, erase, replace, splice_before
from aotjit.ir.verify_ssa import Stage
from aotjit.passes.alias import call_effects
from aotjit.passes.base import Pass
from aotjit.passes.instances import as_type, callee_name, is_private
from aotjit.program import Program
from aotjit.types import ListType, OptionalType, SimpleType, TensorType, TupleType, Type, is_boxed, is_refcounted


@dataclass(frozen=True)
class Inline(Pass):
    name: ClassVar[str] = "inline"
    level: ClassVar[int] = 0
    stage: ClassVar[Stage | None] = Stage.INLINED
    limit: int = 600
    own: int = 600

    def run(self, program: Program) -> bool:
        inliner = _Inliner(program, self.limit, self.own)
        changed = False
        for name in inliner.callees_first:
            changed |= inliner.inline_calls(name)
        unused = [f for name, f in inliner.functions.items() if is_private(f) and name not in inliner.kept]
        for function in unused:
            erase(function)
        return changed or bool(unused)


class _Inliner:
    """Every call exists once, as callees are free of calls when they are copied: the last one takes the body itself."""

    def __init__(self, program: Program, limit: int, own: int) -> None:
        self.functions = {f.sym_name.data: f for f in program.module.ops if isinstance(f, func.FuncOp)}
        within = {name: list(f.body.walk()) for name, f in self.functions.items()}
        self.calls = {name: [op for op in ops if isinstance(op, func.CallOp)] for name, ops in within.items()}
        self.unplaced = {name: [op for op in ops if not _has_place(op)] for name, ops in within.items()}
        """The operations of each function that get the place of its call."""
        self.callees_first: list[str] = []
        for name in self.functions:
            self._order(name, [])
        self.kept = self._kept(limit, own)
        """The functions that stay, but for the entries."""
        self.left = Counter(callee_name(call) for calls in self.calls.values() for call in calls)

    def _order(self, name: str, path: list[str]) -> None:
        if name in self.callees_first:
            return
        path.append(name)
        for call in self.calls[name]:
            callee = callee_name(call)
            if callee in path:
                raise CompileError.at(
                    ts.span_of(call),
                    f"recursive call of {callee}",
                    "TorchScript functions cannot call themselves; write a loop",
                )
            self._order(callee, path)
        path.pop()
        self.callees_first.append(name)

    # -- what stays a call --------------------------------------------------------------------------------------------

    def _kept(self, limit: int, own: int) -> set[str]:
        """The functions whose copies would be too large together."""
        sizes: dict[str, int] = {}
        for name in self.callees_first:
            own = sum(1 for _ in self.functions[name].walk()) - 2
            sizes[name] = own + sum(sizes[callee_name(call)] - 1 for call in self.calls[name])
        copies: Counter[str] = Counter()
        kept: set[str] = set()
        weights: set[SSAValue] = set()  # arguments that are weights in some call
        for name in reversed(self.callees_first):
            function = self.functions[name]
            stays = not is_private(function)
            free = weights.isdisjoint(function.body.block.args)
            most = own if free and not _is_of_library(function) else limit
            if copies[name] > 1 and copies[name] * sizes[name] > most and self._may_stay(name):
                kept.add(name)
                stays = True
            for call in self.calls[name]:
                callee = callee_name(call)
                copies[callee] += 1 if stays else copies[name]
                parameters = self.functions[callee].body.block.args
                weights |= {p for p, a in zip(parameters, call.arguments, strict=True) if _is_weight(a, weights)}
        return kept

    def _may_stay(self, name: str) -> bool:
        """A function that takes and gives plain values, and has no effect that its caller could see."""
        kind = self.functions[name].function_type
        values = (*kind.inputs, *kind.outputs)
        return len(kind.outputs) == 1 and all(map(_is_plain, values)) and self._effects(name) == "read"

    def _effects(self, name: str) -> str:
        """The effects of a function, which calls of it then state."""
        for call in self.calls[name]:
            if CALL_EFFECTS not in call.attributes:
                call.attributes[CALL_EFFECTS] = StringAttr(self._effects(callee_name(call)))
        return call_effects(self.functions[name])

    # -- inlining -----------------------------------------------------------------------------------------------------

    def inline_calls(self, name: str) -> bool:
        """Inlines the calls in a function but for those that stay."""
        changed = False
        for call in self.calls[name]:
            callee = callee_name(call)
            if callee in self.kept:
                call.attributes[CALL_EFFECTS] = StringAttr("read")
            else:
                self._inline(call, self.functions[callee], self.unplaced[name])
                changed = True
        return changed

    def _inline(self, call: func.CallOp, callee: func.FuncOp, unplaced: list[Operation]) -> None:
        """`unplaced` gets the operations that the caller's own call is to place."""
        block, source = call.parent, callee.body.block
        assert block is not None
        name = callee.sym_name.data
        self.left[name] -= 1
        relocate = _relocation(call, unplaced)
        if self.left[name] == 0 and is_private(callee):
            for argument in source.args:
                argument.name_hint = None  # the caller's values keep their own names
            for op in self.unplaced[name]:
                relocate(op)
            _replace(call, splice_before(source, call, tuple(call.arguments)), unplaced)
            return
        values: dict[SSAValue, SSAValue] = dict(zip(source.args, call.arguments, strict=True))
        returned = source.last_op
        assert returned is not None
        for op in source.ops:
            if op is not returned:
                block.insert_op_before(copy_op(op, values, relocate), call)
        _replace(call, [values.get(v, v) for v in returned.operands], unplaced)


def _replace(call: func.CallOp, values: Sequence[SSAValue], unplaced: list[Operation]) -> None:
    typed = [as_type(v, r.type, call) for v, r in zip(values, call.results, strict=True)]
    unplaced += [t.owner for t, v in zip(typed, values, strict=True) if t is not v and isinstance(t.owner, Operation)]
    replace(call, typed)


def _is_of_library(function: func.FuncOp) -> bool:
    span = ts.span_of(function)
    return span is None or span.source.name.startswith("<")


def _is_weight(value: SSAValue, weights: set[SSAValue]) -> bool:
    """A weight, one of the arguments `weights`, or a view of either."""
    maker = value.owner
    if isinstance(maker, ts.SomeOp | ts.RefineOp | ts.UnwrapOp):
        return _is_weight(maker.operand, weights)
    if isinstance(maker, ts.AtenOp) and maker.effects.data == "view":
        return _is_weight(maker.arguments[0], weights)
    return isinstance(maker, ts.WeightOp) or value in weights


def _is_plain(t: Attribute) -> bool:
    """Neither state nor a container of references, whose contents callers follow."""
    return not isinstance(t, ts.ValueType) or _is_plain_type(t.data)


def _is_plain_type(t: Type) -> bool:
    if isinstance(t, OptionalType | ListType):
        return _is_plain_type(t.element) and not (isinstance(t, ListType) and is_refcounted(t.element))
    if isinstance(t, TupleType):
        return all(map(_is_plain_type, t.elements))
    return isinstance(t, TensorType | SimpleType) and not is_boxed(t)


def _relocation(call: func.CallOp, unplaced: list[Operation]) -> Callable[[Operation], None]:
    """Makes code of the library speak of the line that called it. What has no place then either goes to `unplaced`."""
    caller = ts.span_of(call)
    here = None if caller is None else ts.SpanAttr(caller)

    def relocate(op: Operation) -> None:
        if _has_place(op):
            return
        if here is not None:
            op.attributes["loc"] = here
        if not _has_place(op):
            unplaced.append(op)

    return relocate


def _has_place(op: Operation) -> bool:
    """In the program's own text: sources of the library have names in angle brackets."""
    loc = op.attributes.get("loc")
    return isinstance(loc, ts.SpanAttr) and not loc.data.source.name.startswith("<")
