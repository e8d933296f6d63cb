"""Tests the bounds of lists once before a loop instead of at each access in it.

    !l = !ts.val<"List[float]">
    func.func @f(%x : !l, %n : i64) -> i64 {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      scf.for %i = %zero to %n step %one : i64 {
        %e = "ts.aten"(%x, %i) <{op = "__getitem__.t", effects = "read"}> : (!l, i64) -> f64
        %s = arith.addf %e, %e : f64
        %r = "ts.aten"(%x, %i, %s) <{op = "_set_item.t", effects = "write", writes = array<i64: 0>}>
             : (!l, i64, f64) -> !l
      }
      func.return %n : i64
    }
->
    func.func @f(%x : !l, %n : i64) -> i64 {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %0 = arith.constant 1 : i64
      %1 = arith.subi %n, %0 : i64
      %2 = "ts.aten"(%x) <{op = "len.t", effects = "read"}> : (!l) -> i64
      %3 = arith.cmpi ult, %zero, %2 : i64
      %4 = arith.cmpi ult, %1, %2 : i64
      %5 = arith.andi %3, %4 : i1
      scf.if %5 {
        scf.for %6 = %zero to %n step %one : i64 {
          %7 = "ts.aten"(%x, %6) <{op = "__getitem__.t", effects = "read", inside}> : (!l, i64) -> f64
          %8 = arith.addf %7, %7 : f64
          %9 = "ts.aten"(%x, %6, %8) <{op = "_set_item.t", effects = "write", writes = array<i64: 0>, inside}>
               : (!l, i64, f64) -> !l
        }
      } else {
        scf.for %i = %zero to %n step %one : i64 {
          %e = "ts.aten"(%x, %i) <{op = "__getitem__.t", effects = "read"}> : (!l, i64) -> f64
          %s = arith.addf %e, %e : f64
          %r = "ts.aten"(%x, %i, %s) <{op = "_set_item.t", effects = "write", writes = array<i64: 0>}>
               : (!l, i64, f64) -> !l
        }
      }
      func.return %n : i64
    }

An index that is linear in the loop's counter is inside everywhere if it is at both ends, as long as it does not wrap on
the way. Only innermost loops have two forms, and of those only ones whose operations are all compiled inline: a test is
nothing beside a call. The length of the list must stay what it is. A loop over all of a list needs no test. A list that
a loop appends to gets room for all iterations before it (has_room).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IntegerAttr, UnitAttr, i64
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import IsTerminator, MemoryEffectKind

from aotjit import types
from aotjit.ir import ts
from aotjit.ir.rewrite import blocks_of, constant_of, copy_op, effect_kinds
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Intrinsic
from aotjit.passes.alias import Aliases
from aotjit.passes.base import Pass
from aotjit.passes.licm import LOOPS, is_inside
from aotjit.program import Program

LARGEST = 100
"""How many operations a loop has of which two forms are made, at most."""
FAR = 1 << 31
"""Iterations and slopes below this do not make an index wrap that starts inside."""
INDEXED = ("list_get", "list_set")


@dataclass(frozen=True)
class Bounds(Pass):
    name: ClassVar[str] = "bounds"

    def run(self, program: Program) -> bool:
        changed = False
        for function in program.module.ops:
            if isinstance(function, func.FuncOp):
                facts = _Facts(function)
                for loop in [op for op in function.walk() if isinstance(op, scf.ForOp)]:
                    changed |= _mend(loop, facts)
        return changed


@dataclass
class _Facts:
    function: func.FuncOp

    @cached_property
    def aliases(self) -> Aliases:
        return Aliases(self.function)

    def keeps_length(self, op: Operation, value: SSAValue) -> bool:
        """`op`, or what is in it, leaves the number of elements of the list `value` alone."""
        if op.regions:
            return all(self.keeps_length(inner, value) for block in blocks_of(op) for inner in block.ops)
        kinds = effect_kinds(op)
        if isinstance(op, ts.RaiseOp | ts.PrintOp) or (kinds is not None and MemoryEffectKind.WRITE not in kinds):
            return True
        if isinstance(op, ts.AtenOp):
            return _intrinsic(op) == "list_set" or not self.aliases.may_write(op, [value])
        return op.has_trait(IsTerminator)


@dataclass(frozen=True)
class _Access:
    """An access to a list that is there before the loop, by an index that is linear in the loop's counter."""

    op: ts.AtenOp
    loop: scf.ForOp

    @property
    def container(self) -> SSAValue:
        return self.op.arguments[0]

    @property
    def index(self) -> SSAValue:
        return self.op.arguments[1]

    def covers(self, facts: _Facts) -> bool:
        """The counter goes over the places of the list, and is the index."""
        counted, low = self.loop.ub.owner, constant_of(self.loop.lb)
        if self.index is not self.loop.body.block.args[0] or not isinstance(low, int) or low < 0:
            return False
        if not isinstance(counted, ts.AtenOp) or _intrinsic(counted) != "list_len":
            return False
        if counted.arguments[0] is not self.container or counted.parent is not self.loop.parent:
            return False
        between = counted.next_op
        while between is not None and between is not self.loop:
            if not facts.keeps_length(between, self.container):
                return False
            between = between.next_op
        return True


def _intrinsic(op: Operation) -> str | None:
    """The name of the operator's inline code."""
    lowering = REGISTRY[op.op.data].lowering if isinstance(op, ts.AtenOp) else None
    return lowering.name if isinstance(lowering, Intrinsic) else None


def _mend(loop: scf.ForOp, facts: _Facts) -> bool:
    inner = [op for op in loop.body.walk() if op is not loop]
    if any(isinstance(op, LOOPS) for op in inner):
        return False
    found = [_Access(op, loop) for op in inner if isinstance(op, ts.AtenOp) and _is_linear_access(op, loop)]
    found = [a for a in found if facts.keeps_length(loop, a.container)]
    sure = [a for a in found if a.covers(facts)]
    for access in sure:
        access.op.properties["inside"] = UnitAttr()
    if len(inner) <= LARGEST and all(map(_is_inline, inner)):
        accesses, appends = [a for a in found if a not in sure], _appends(loop, facts)
        if accesses or appends:
            _split(loop, accesses, appends)
            return True
    return bool(sure)


def _appends(loop: scf.ForOp, facts: _Facts) -> list[ts.AtenOp]:
    """What each iteration appends to lists that nothing else in the loop may make longer."""
    found = [op for op in loop.body.block.ops if isinstance(op, ts.AtenOp) and _intrinsic(op) == "list_append"]
    found = [op for op in found if not is_inside(op.arguments[0], loop)]
    if not found or constant_of(loop.step) != 1:
        return []
    return [op for op in found if all(_adds_alone(other, op, facts) for other in loop.body.block.ops)]


def _adds_alone(other: Operation, op: ts.AtenOp, facts: _Facts) -> bool:
    return other is op or facts.keeps_length(other, op.arguments[0])


def _is_linear_access(op: ts.AtenOp, loop: scf.ForOp) -> bool:
    if _intrinsic(op) not in INDEXED or is_inside(op.arguments[0], loop):
        return False
    line = _line(op.arguments[1], loop)
    return line is not None and line.slope != 0 and (line.slope is None or abs(line.slope) <= FAR)


def _is_inline(op: Operation) -> bool:
    if isinstance(op, ts.AtenOp):
        return _intrinsic(op) is not None
    return not isinstance(op, ts.GenericOp | ts.MatmulOp | ts.ForkOp | ts.PrintOp | func.CallOp)


# -- linear indices ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """A value that is linear in a loop's counter; `slope` is None when that is not known before it runs."""

    slope: int | None


UNIT = (_Line(1), _Line(-1))


def _line(value: SSAValue, loop: scf.ForOp) -> _Line | None:
    """How `value` grows with the counter; None when it is not linear, or not made of additions and products alone."""
    if value is loop.body.block.args[0]:
        return _Line(1)
    if not is_inside(value, loop):
        return _Line(0)
    op = value.owner
    if not isinstance(op, arith.AddiOp | arith.SubiOp | arith.MuliOp):
        return None
    left, right = (_line(v, loop) for v in op.operands)
    if left is None or right is None:
        return None
    if isinstance(op, arith.MuliOp):
        return _product(op, left, right)
    if left.slope is None or right.slope is None:
        return _Line(None)
    return _Line(left.slope - right.slope if isinstance(op, arith.SubiOp) else left.slope + right.slope)


def _product(op: arith.MuliOp, left: _Line, right: _Line) -> _Line | None:
    if left.slope != 0 and right.slope != 0:
        return None
    factor, grown = (op.operands[0], right.slope) if left.slope == 0 else (op.operands[1], left.slope)
    if grown == 0:
        return _Line(0)
    known = constant_of(factor)
    return _Line(known * grown if isinstance(known, int) and grown is not None else None)


# -- two forms of a loop ----------------------------------------------------------------------------------------------


class _Before:
    """Writes what is computed before a loop."""

    def __init__(self, loop: scf.ForOp) -> None:
        self.loop = loop
        self.conditions: list[SSAValue] = []

    def put(self, op: Operation) -> None:
        assert self.loop.parent is not None
        self.loop.parent.insert_op_before(ts.with_span(op, ts.span_of(self.loop)), self.loop)

    def value(self, op: Operation) -> SSAValue:
        self.put(op)
        return op.results[0]

    def constant(self, value: int) -> SSAValue:
        return self.value(arith.ConstantOp(IntegerAttr(value, i64)))

    def require(self, value: SSAValue, below: SSAValue) -> None:
        """`value` is not negative and less than `below`."""
        self.conditions.append(self.value(arith.CmpiOp(value, below, "ult")))

    def at(self, value: SSAValue, counter: SSAValue) -> SSAValue:
        """What `value`, a polynomial of the loop's counter, is where the counter has that value."""
        if value is self.loop.body.block.args[0]:
            return counter
        if not is_inside(value, self.loop):
            return value
        assert isinstance(value.owner, Operation)
        operands = {v: self.at(v, counter) for v in value.owner.operands}
        return self.value(copy_op(value.owner, dict(operands), lambda op: None))

    def condition(self) -> SSAValue:
        first, *others = self.conditions
        for other in others:
            first = self.value(arith.AndIOp(first, other))
        return first


def _split(loop: scf.ForOp, accesses: list[_Access], appends: list[ts.AtenOp]) -> None:
    """Makes the loop two: one in which the accesses are known to be inside, and what it was."""
    before = _Before(loop)
    if accesses:
        _require_inside(before, accesses)
    if appends:
        count = before.value(arith.SubiOp(loop.ub, loop.lb))
        for op in appends:
            room = ts.AtenOp("aotjit::has_room", [op.arguments[0], count], [types.BOOL], "write", [0])
            before.conditions.append(before.value(room))
    fast = _copy(loop, accesses, appends)
    choice = scf.IfOp(before.condition(), loop.result_types, [Block([fast, scf.YieldOp(*fast.results)])], [Block()])
    before.put(choice)
    for result, chosen in zip(loop.results, choice.results, strict=True):
        result.replace_all_uses_with(chosen)
    assert loop.parent is not None
    loop.parent.detach_op(loop)
    choice.false_region.block.add_ops([loop, scf.YieldOp(*loop.results)])


def _copy(loop: scf.ForOp, accesses: list[_Access], appends: list[ts.AtenOp]) -> Operation:
    """The loop with the accesses known to be inside."""
    copy = copy_op(loop, {}, lambda op: None)
    known = {*(access.op for access in accesses), *appends}
    for old, new in zip(loop.walk(), copy.walk(), strict=True):
        if old in known:
            new.properties["inside"] = UnitAttr()
    if any(_intrinsic(a.op) == "list_set" and _line(a.index, loop) not in UNIT for a in accesses):
        copy.attributes[ts.SCATTERS] = UnitAttr()
    return copy


def _require_inside(before: _Before, accesses: list[_Access]) -> None:
    """Indices are those of elements in the first and in the last iteration, and so between them."""
    last = before.value(arith.SubiOp(before.loop.ub, before.constant(1)))
    lengths: dict[SSAValue, SSAValue] = {}
    for container, index in dict.fromkeys((a.container, a.index) for a in accesses):
        if container not in lengths:
            lengths[container] = before.value(ts.AtenOp("len.t", [container], [types.INT], "read"))
        for end in (before.loop.lb, last):
            before.require(before.at(index, end), lengths[container])
    _require_no_wrap(before, last, [a.index for a in accesses])


def _require_no_wrap(before: _Before, last: SSAValue, indices: list[SSAValue]) -> None:
    """An index with slope 1 or -1 wraps only in a loop of nearly 2**64 iterations."""
    loop = before.loop
    lines = {v: _line(v, loop) for v in indices}
    steep = [v for v, line in lines.items() if line not in UNIT]
    low = constant_of(loop.lb)
    if not steep and isinstance(low, int) and low >= 0:
        return
    span = before.value(arith.SubiOp(last, loop.lb))
    before.require(span, before.constant(FAR))
    unknown = [v for v in steep if lines[v] == _Line(None)]
    if not unknown:
        return
    second = before.value(arith.AddiOp(loop.lb, before.constant(1)))
    for value in unknown:
        slope = before.value(arith.SubiOp(before.at(value, second), before.at(value, loop.lb)))
        shifted = before.value(arith.AddiOp(slope, before.constant(FAR)))
        before.require(shifted, before.constant(2 * FAR))
