"""Gives every value the facts that follow from the entries' parameter types, and drops what they rule out.

    !x = !ts.val<"Tensor[f32; N, 3]">
    !y = !ts.val<"Tensor[f32; N, 3; contiguous]">
    !any = !ts.val<"Tensor">
    func.func @f(%x : !x) -> !any {
      %rank = "ts.aten"(%x) <{op = "dim", effects = "pure"}> : (!x) -> i64
      %two = arith.constant 2 : i64
      %is_matrix = arith.cmpi eq, %rank, %two : i64
      %r = scf.if %is_matrix -> (!any) {
        %y = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!x) -> !any
        scf.yield %y : !any
      } else {
        %z = "ts.refine"(%x) : (!x) -> !any
        scf.yield %z : !any
      }
      func.return %r : !any
    }
->
    func.func @f(%x : !x) -> !y {
      %y = "ts.aten"(%x) <{op = "relu", effects = "read"}> : (!x) -> !y
      func.return %y : !y
    }

The analysis is in facts.py. Where control flow meets, a `ts.refine` forgets the facts that only one side has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import FunctionType
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.traits import ConstantLike

from aotjit import types
from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ir.refusals import refusal
from aotjit.ir.rewrite import (
    NotConstant,
    blocks_of,
    constant_of,
    constant_op,
    erase,
    is_removable,
    set_type,
    splice_before,
)
from aotjit.ir.rewrite import replace as replace_op
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Symbol
from aotjit.passes.alias import Aliases
from aotjit.passes.base import Pass
from aotjit.passes.cells import NOTHING
from aotjit.passes.facts import Facts
from aotjit.passes.operators import is_generic
from aotjit.passes.refusals import refusals_left
from aotjit.passes.transfer import runs_never, taken_block
from aotjit.program import Program
from aotjit.types import DictType, ListType, OptionalType, TensorType, TupleType, Type

SCALARS = (types.INT, types.FLOAT, types.BOOL, types.STR)


@dataclass(frozen=True)
class Specialise(Pass):
    name: ClassVar[str] = "specialise"
    level: ClassVar[int] = 0

    def run(self, program: Program) -> bool:
        facts = Facts(program)
        results: dict[str, Type] = {}
        changed = False
        functions = facts.instances.roots
        while functions:
            for function in functions:
                rewriter = _Rewriter(facts)
                rewriter.block(function.body.block)
                _drop_constants(function)
                changed |= rewriter.changed | _retype(function)
                if program.weights:
                    _check_weights(function)
                results[function.sym_name.data] = ts.lang_type(function.function_type.outputs.data[0])
            functions = facts.instances.newly_linked()
        facts.instances.settle()
        program.warnings += refusals_left(program)
        program.entries = tuple(replace(e, result=results.get(e.symbol, e.result)) for e in program.entries)
        return changed


def _retype(function: func.FuncOp) -> bool:
    """The function's type follows its arguments and what it returns."""
    returned = function.body.block.last_op
    assert returned is not None
    new = FunctionType.from_lists([a.type for a in function.body.block.args], [v.type for v in returned.operands])
    old = function.function_type
    function.properties["function_type"] = new
    return old != new


def _check_weights(function: func.FuncOp) -> None:
    """Weights are shared by all instances and cannot be changed."""
    if not any(isinstance(op, ts.AtenOp) and _writes_tensor(op) for op in function.walk()):
        return
    op = Aliases(function).first_write_to_weight()
    if op is not None:
        raise CompileError.at(
            ts.span_of(op),
            "this may change a parameter or constant tensor in place",
            "write to a copy (x.clone()), or keep changing values in a buffer that is assigned: self.x = ...",
        )


def _writes_tensor(op: ts.AtenOp) -> bool:
    return op.writes is not None and any(isinstance(ts.type_of(op.arguments[i]), TensorType) for i in op.written)


def _drop_constants(function: func.FuncOp) -> None:
    """Removes the constants that only folded operations used."""
    for op in list(function.walk()):
        if op.has_trait(ConstantLike) and _is_unused(op):
            erase(op)


class _Rewriter:
    """Puts the facts into the IR of one function."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.changed = False

    def block(self, block: Block) -> None:
        for argument in block.args:
            self._refine(argument)
        self._fold(block.args, block.first_op)
        end = self.facts.ended.get(block)
        for op in list(block.ops):
            follow = op.next_op
            if op is end and isinstance(op, ts.AtenOp):
                self._fail_instead(op)
                self._cut(block, op)
                return
            self._operation(op)
            if op is end:
                self._cut(block, follow)
                return

    def _operation(self, op: Operation) -> None:
        if isinstance(op, scf.IfOp) and self._take_branch(op):
            return
        if isinstance(op, func.CallOp):
            self.facts.instances.link(op)
        if isinstance(op, scf.ForOp) and runs_never(self.facts, op):
            self._replace(op, op.iter_args)
            return
        if isinstance(op, scf.WhileOp) and self._run_once(op):
            return
        if isinstance(op, scf.IfOp | scf.ForOp | scf.WhileOp | ts.ForkOp):
            for block in blocks_of(op):
                if block in self.facts.reached:
                    self.block(block)
        for result in op.results:
            self._refine(result)
        _take_types(op)
        _meet(op)
        self._fold(op.results, op.next_op)
        if op.results and not op.regions and _is_unused(op) and is_removable(op):
            self.changed = True
            erase(op)

    def _replace(self, op: Operation, values: Sequence[SSAValue]) -> None:
        self.changed = True
        replace_op(op, values)

    def _take_branch(self, op: scf.IfOp) -> bool:
        condition = self.facts.constant(op.cond)
        if isinstance(condition, NotConstant) or op.cond not in self.facts.constants:
            return False
        taken = taken_block(op, bool(condition))
        if taken is None:
            self._replace(op, ())
            return True
        self.block(taken)
        self._replace(op, splice_before(taken, op, ()))
        return True

    def _run_once(self, op: scf.WhileOp) -> bool:
        """A loop whose condition is false at once, or whose condition raises."""
        before = op.before_region.block
        condition = before.last_op
        assert isinstance(condition, scf.ConditionOp)
        raises = before in self.facts.ended
        if not raises and self.facts.constant(condition.condition) is not False:
            return False
        self.block(before)
        passed = splice_before(before, op, tuple(op.operands))
        self._replace(op, passed[1:])
        return True

    def _cut(self, block: Block, first: Operation | None) -> None:
        """Nothing from `first` on is reached: the terminator passes undefined values."""
        last = block.last_op
        assert last is not None
        if first is None or (all(isinstance(v.owner, ts.UndefOp) for v in last.operands) and first is last):
            return
        for index, operand in enumerate(list(last.operands)):
            undefined = ts.UndefOp(ts.type_of(operand))
            block.insert_op_before(undefined, last)
            last.operands[index] = undefined.result
        at = block.last_op
        dead = []
        while at is not None:
            if at is not last and not isinstance(at, ts.UndefOp):
                dead.append(at)
            if at is first:
                break
            at = at.prev_op
        for op in dead:
            erase(op)
        self.changed = True

    def _fail_instead(self, op: ts.AtenOp) -> None:
        """What an operator that never returns does."""
        assert op.parent is not None
        why = self.facts.refused.get(op)
        if why is None:
            _raise_empty(op)
            return
        for made in refusal(why, ts.span_of(op)):
            op.parent.insert_op_before(made, op)

    # -- types and constants ------------------------------------------------------------------------------------------

    def _refine(self, value: SSAValue) -> None:
        if not isinstance(value.type, ts.ValueType):
            return
        known = self.facts.type(value)
        if known is None:
            return
        new = _settled(known, value.type.data)
        if new != value.type.data:
            set_type(value, ts.ir_type(new))
            self.changed = True

    def _fold(self, values: Sequence[SSAValue], before: Operation | None) -> None:
        """Puts constants in the place of values that are always the same."""
        for value in values:
            known = self.facts.constant(value)
            if value.first_use is None or isinstance(known, NotConstant | Symbol | list) or known is None:
                continue
            if not isinstance(constant_of(value), NotConstant) or ts.type_of(value) not in SCALARS:
                continue
            constant = constant_op(known, ts.type_of(value))
            assert before is not None and before.parent is not None
            before.parent.insert_op_before(constant, before)
            value.replace_all_uses_with(constant.results[0])
            self.facts.constants[constant.results[0]] = known
            self.changed = True


def _raise_empty(op: ts.AtenOp) -> None:
    """What the operator does on a list that is always empty, instead of it (there is no element type to compile)."""
    assert op.parent is not None
    span = ts.span_of(op)
    message = ts.with_span(ts.StrOp(f"{op.op.data.partition('.')[0]}: the list is empty"), span)
    kind = "IndexError" if is_generic(REGISTRY[op.op.data].schema) else "RuntimeError"
    op.parent.insert_op_before(message, op)
    op.parent.insert_op_before(ts.with_span(ts.RaiseOp(kind, message.result), span), op)


def _is_unused(op: Operation) -> bool:
    return all(result.first_use is None for result in op.results)


def _settled(known: Type, declared: Type) -> Type:
    """The type to write down: an Optional that is always None keeps its type, and so do elements never put in."""
    if known == types.NONE and (isinstance(declared, OptionalType) or types.is_boxed(declared)):
        return types.erase(declared)
    if isinstance(known, OptionalType) and isinstance(declared, OptionalType):
        return OptionalType(_settled(known.element, declared.element))
    if isinstance(known, TupleType) and isinstance(declared, TupleType):
        pairs = zip(known.elements, declared.elements, strict=True)
        return TupleType(tuple(_settled(k, d) for k, d in pairs), known.name, known.fields)
    if isinstance(known, ListType) and isinstance(declared, ListType):
        if known.element == NOTHING:
            return types.erase(declared)
        return ListType(_settled(known.element, declared.element))
    if isinstance(known, DictType) and isinstance(declared, DictType):
        if known.value == NOTHING:
            return types.erase(declared)
        return DictType(known.key, _settled(known.value, declared.value))
    return known


def _take_types(op: Operation) -> None:
    """A tuple has exactly its elements' types, and what is taken out of it too."""
    if isinstance(op, ts.TupleOp):
        whole = ts.type_of(op.result)
        assert isinstance(whole, TupleType)
        elements = tuple(map(ts.type_of, op.elements))
        set_type(op.result, ts.ir_type(TupleType(elements, whole.name, whole.fields)))
    elif isinstance(op, ts.TupleGetOp):
        whole = ts.type_of(op.operand)
        assert isinstance(whole, TupleType)
        set_type(op.result, ts.ir_type(whole.elements[op.index.value.data]))


# -- where control flow meets -----------------------------------------------------------------------------------------


def _meet(op: Operation) -> None:
    """Makes passed values have the types of what they are passed to."""
    if isinstance(op, scf.IfOp):
        for block in blocks_of(op):
            _pass(block.last_op, 0, [r.type for r in op.results])
    elif isinstance(op, scf.ForOp):
        expected = [a.type for a in op.body.block.args[1:]]
        _pass(op, 3, expected)
        _pass(op.body.block.last_op, 0, expected)
        _set_types(op.results, expected)
    elif isinstance(op, scf.WhileOp):
        expected = [a.type for a in op.before_region.block.args]
        _pass(op, 0, expected)
        _pass(op.after_region.block.last_op, 0, expected)
        expected = [a.type for a in op.after_region.block.args]
        _pass(op.before_region.block.last_op, 1, expected)
        _set_types(op.results, expected)


def _set_types(values: Sequence[SSAValue], expected: Sequence[Attribute]) -> None:
    for value, t in zip(values, expected, strict=True):
        set_type(value, t)


def _pass(op: Operation | None, first: int, expected: Sequence[Attribute]) -> None:
    """Operands of `op` from `first` on get the types `expected`."""
    assert op is not None and op.parent is not None
    for index, t in enumerate(expected, first):
        value = op.operands[index]
        if value.type == t:
            continue
        assert isinstance(t, ts.ValueType)
        maker: Operation
        if isinstance(value.owner, ts.UndefOp):
            maker = ts.UndefOp(t.data)
        elif isinstance(value.owner, ts.NoneOp):
            maker = ts.NoneOp(t.data)
        else:
            maker = ts.RefineOp(value, t.data)
        op.parent.insert_op_before(maker, op)
        op.operands[index] = maker.results[0]

