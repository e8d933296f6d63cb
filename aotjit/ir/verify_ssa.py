"""What a valid module is at each stage: dominance, types of passed values, terminators, and who owns what.

xDSL's own `verify` checks each operation against its definition, not that definitions come before uses; and what is
legal changes from stage to stage. `LEGAL` says the latter as data.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cache

from xdsl.dialects import arith, builtin, func, scf
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import (
    HasAncestor,
    IsolatedFromAbove,
    IsTerminator,
    SymbolTable,
    SymbolUserOpInterface,
)
from xdsl.utils.exceptions import VerifyException

from aotjit import types
from aotjit.ir import ts
from aotjit.ir.effects import CALL_EFFECTS
from aotjit.ir.ownership import consumed_operands, is_counted, is_owned_leaf, leaves


class InvalidIRError(Exception):
    """The module breaks a rule: a bug of the stage that made it."""

    def __init__(self, op: Operation, message: str) -> None:
        self.op = op
        span = ts.span_of(op)
        super().__init__(f"{message}\n  in: {_first_line(op)}" + (f"\n  from: {span}" if span else ""))


class Stage(enum.IntEnum):
    """How far a program has come."""

    BUILT = 0
    """From sema: calls, private functions, erased tensor types."""
    INLINED = 1
    """Only calls of what the library shares; other functions are entries."""
    OWNED = 2
    """References are counted: after `refcount`."""


@dataclass(frozen=True)
class Legality:
    """What a stage forbids and demands."""

    forbidden: tuple[type[Operation], ...]
    counted: bool
    calls: bool = True
    """Calls that do not state their effects."""


LEGAL: dict[Stage, Legality] = {
    Stage.BUILT: Legality((ts.RetainOp, ts.ReleaseOp), counted=False),
    Stage.INLINED: Legality((ts.RetainOp, ts.ReleaseOp), counted=False, calls=False),
    Stage.OWNED: Legality((), counted=True, calls=False),
}

TERMINATORS: dict[type[Operation], tuple[type[Operation], ...]] = {
    func.FuncOp: (func.ReturnOp,),
    scf.IfOp: (scf.YieldOp,),
    scf.ForOp: (scf.YieldOp,),
    scf.WhileOp: (scf.ConditionOp, scf.YieldOp),
    ts.ForkOp: (ts.TaskReturnOp,),
    ts.GenericOp: (ts.YieldOp,),
    ts.MatmulOp: (ts.YieldOp,),
}


def verify_module(module: builtin.ModuleOp, stage: Stage = Stage.BUILT) -> None:
    """Raises InvalidIRError when `module` is not what `stage` promises."""
    _check_definition(module)
    for op in module.ops:
        if not isinstance(op, func.FuncOp):
            raise InvalidIRError(op, "a module holds functions only")
        _Checker(LEGAL[stage]).function(op)


Signature = tuple[object, ...]
_VERIFIED: set[Signature] = set()
"""What xDSL has found valid: types and attributes are values, so an equal signature is valid in every program."""


def _check_definition(op: Operation) -> None:
    """xDSL's check of `op`, not of the operations in it: that takes ten times as long as to look a signature up."""
    signature = _signature(op) if _is_known_by_signature(type(op)) else None
    if signature in _VERIFIED:
        return
    try:
        op.verify(verify_nested_ops=False)
    except VerifyException as error:
        raise InvalidIRError(op, str(error)) from error
    if signature is not None:
        _VERIFIED.add(signature)


@cache
def _is_known_by_signature(kind: type[Operation]) -> bool:
    """No trait looks at what is in the operation or at other places of the program."""
    looking = (HasAncestor, IsolatedFromAbove, SymbolTable, SymbolUserOpInterface)
    return not any(isinstance(trait, looking) for trait in kind.traits)


@cache
def _is_terminator(kind: type[Operation]) -> bool:
    return any(isinstance(trait, IsTerminator) for trait in kind.traits)


def _signature(op: Operation) -> Signature | None:
    if op.regions or op.successors:
        return None
    parent = op.parent_op() if _is_terminator(type(op)) else None
    around = None if parent is None else _signature_of_one(parent)
    return (*_signature_of_one(op), around)


def _signature_of_one(op: Operation) -> Signature:
    types_of_values = (tuple([v.type for v in op.operands]), tuple([v.type for v in op.results]))
    attributes = tuple([item for item in op.attributes.items() if item[0] != "loc"])
    return (type(op), *types_of_values, tuple(op.properties.items()), attributes)


class _Checker:
    """Walks one function with the set of values that are defined at each point."""

    def __init__(self, legality: Legality) -> None:
        self.legality = legality
        self.defined: set[SSAValue] = set()

    def function(self, op: func.FuncOp) -> None:
        _check_definition(op)
        if len(op.function_type.outputs.data) != 1:
            raise InvalidIRError(op, "a function has exactly one result")
        if op.body.blocks:
            self.block(op.body.block, op, 0)

    def block(self, block: Block, parent: Operation, index: int) -> None:
        before = set(self.defined)
        self.defined.update(block.args)
        last = block.last_op
        allowed = TERMINATORS.get(type(parent), ())
        expected = allowed[min(index, len(allowed) - 1)] if allowed else None
        if expected is None or not isinstance(last, expected):
            raise InvalidIRError(parent, f"region {index} must end in {expected.name if expected else 'nothing known'}")
        for op in block.ops:
            if op.parent is not block:
                raise InvalidIRError(op, "an operation stands in another block than it says")
            self.operation(op, op is last)
        if self.legality.counted and not isinstance(parent, ts.GenericOp | ts.MatmulOp):
            _check_counts(block)
        self.defined = before

    def operation(self, op: Operation, is_last: bool) -> None:
        stated = not isinstance(op, func.CallOp) or CALL_EFFECTS in op.attributes
        if isinstance(op, self.legality.forbidden) or not (stated or self.legality.calls):
            raise InvalidIRError(op, f"{op.name} is not allowed at this stage")
        _check_definition(op)
        if _is_terminator(type(op)) != is_last:
            raise InvalidIRError(op, "a terminator stands at the end of its block, and nothing else does")
        for operand in op.operands:
            if operand not in self.defined:
                raise InvalidIRError(op, "an operand is used where it is not defined")
        for index, region in enumerate(op.regions):
            if len(region.blocks) > 1:
                raise InvalidIRError(op, "control flow is structured: a region has one block")
            for block in region.blocks:
                self.block(block, op, index)
        check = TYPE_CHECKS.get(type(op))
        if check is not None:
            check(op)
        self.defined.update(op.results)


def _same(op: Operation, what: str, left: tuple[SSAValue, ...], right: tuple[SSAValue, ...]) -> None:
    if len(left) != len(right):
        raise InvalidIRError(op, f"{what}: {len(left)} values for {len(right)}")
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        if a.type != b.type:
            raise InvalidIRError(op, f"{what} {i}: {a.type} for {b.type}")


def _terminator(block: Block) -> Operation:
    assert block.last_op is not None
    return block.last_op


def _check_if(op: Operation) -> None:
    for region in op.regions:
        if region.blocks:
            _same(op, "yielded value", tuple(_terminator(region.block).operands), tuple(op.results))
        elif op.results:
            raise InvalidIRError(op, "an scf.if with results has both branches")


def _check_for(op: Operation) -> None:
    assert isinstance(op, scf.ForOp)
    arguments = tuple(op.body.block.args[1:])
    _same(op, "initial value", tuple(op.iter_args), arguments)
    _same(op, "yielded value", tuple(_terminator(op.body.block).operands), arguments)
    _same(op, "result", tuple(op.results), arguments)


def _check_while(op: Operation) -> None:
    assert isinstance(op, scf.WhileOp)
    before, after = op.before_region.block, op.after_region.block
    condition = _terminator(before)
    assert isinstance(condition, scf.ConditionOp)
    _same(op, "initial value", tuple(op.operands), tuple(before.args))
    _same(op, "passed value", tuple(condition.args), tuple(after.args))
    _same(op, "result", tuple(op.results), tuple(after.args))
    _same(op, "yielded value", tuple(_terminator(after).operands), tuple(before.args))


def _check_fork(op: Operation) -> None:
    assert isinstance(op, ts.ForkOp)
    yielded = [types.erase(ts.type_of(v)) for v in _terminator(op.body.block).operands]
    if len(yielded) != 1 or ts.type_of(op.result) != types.future_type(yielded[0]):
        raise InvalidIRError(op, "a ts.fork is a Future of what its region yields")


def _check_tuple(op: Operation) -> None:
    assert isinstance(op, ts.TupleOp)
    t = ts.type_of(op.result)
    if not isinstance(t, types.TupleType) or t.elements != tuple(map(ts.type_of, op.elements)):
        raise InvalidIRError(op, "a ts.tuple has the types of its elements")


def _check_tuple_get(op: Operation) -> None:
    assert isinstance(op, ts.TupleGetOp)
    whole = ts.type_of(op.operand)
    index = op.index.value.data
    if not isinstance(whole, types.TupleType) or not 0 <= index < len(whole.elements):
        raise InvalidIRError(op, "ts.tuple_get needs a tuple with that element")
    if whole.elements[index] != ts.type_of(op.result):
        raise InvalidIRError(op, "ts.tuple_get has the type of the element")


def _check_list(op: Operation) -> None:
    assert isinstance(op, ts.ListOp)
    t = ts.type_of(op.result)
    if not isinstance(t, types.ListType):
        raise InvalidIRError(op, "ts.list makes a list")
    for element in op.elements:
        if types.erase(ts.type_of(element)) != types.erase(t.element):
            raise InvalidIRError(op, f"a {t} of {ts.type_of(element)}")


def _check_dict(op: Operation) -> None:
    assert isinstance(op, ts.DictOp)
    t = ts.type_of(op.result)
    if not isinstance(t, types.DictType) or len(op.items) % 2:
        raise InvalidIRError(op, "ts.dict makes a dict of keys and values")
    for i, item in enumerate(op.items):
        if types.erase(ts.type_of(item)) != types.erase(t.value if i % 2 else t.key):
            raise InvalidIRError(op, f"a {t} with a {ts.type_of(item)}")


def _check_some(op: Operation) -> None:
    t = ts.type_of(op.results[0])
    if not isinstance(t, types.OptionalType) or types.erase(t.element) != types.erase(ts.type_of(op.operands[0])):
        raise InvalidIRError(op, f"ts.some of {ts.type_of(op.operands[0])} to {t}")


def _check_unwrap(op: Operation) -> None:
    t = ts.type_of(op.operands[0])
    if not isinstance(t, types.OptionalType) or types.erase(t.element) != types.erase(ts.type_of(op.results[0])):
        raise InvalidIRError(op, f"ts.unwrap of {t} to {ts.type_of(op.results[0])}")


def _check_refine(op: Operation) -> None:
    source, target = ts.type_of(op.operands[0]), ts.type_of(op.results[0])
    if types.erase(source) != types.erase(target):
        raise InvalidIRError(op, f"ts.refine changes facts only, not {source} to {target}")


def _check_kernel(op: Operation) -> None:
    assert isinstance(op, ts.GenericOp)
    arguments = op.body.block.args
    if len(arguments) != len(op.inputs) + len(op.scalars):
        raise InvalidIRError(op, "the body has one argument for each input and each scalar")
    for value, argument in zip((*op.inputs, *op.scalars), arguments, strict=True):
        _check_element(op, value, argument)
    for yielded, result in zip(_terminator(op.body.block).operands, op.outputs, strict=True):
        _check_element(op, result, yielded)


def _check_matmul(op: Operation) -> None:
    assert isinstance(op, ts.MatmulOp)
    arguments = op.epilogue.block.args
    if len(arguments) != 1 + len(op.extras) + len(op.scalars):
        raise InvalidIRError(op, "the epilogue has the sum and one argument for each extra and each scalar")
    for value, argument in zip((*op.extras, *op.scalars), arguments[1:], strict=True):
        _check_element(op, value, argument)
    _check_element(op, op.result, _terminator(op.epilogue.block).operands[0])


def _check_element(op: Operation, value: SSAValue, element: SSAValue) -> None:
    t = ts.type_of(value)
    if isinstance(t, types.TensorType):
        if t.dtype is None:
            raise InvalidIRError(op, "a kernel's tensors have known element types")
        expected = ts.element_type(t.dtype)
    else:
        expected = ts.ir_type(t)
    if element.type != expected:
        raise InvalidIRError(op, f"an element of {t} is {expected}, not {element.type}")


def _check_select(op: Operation) -> None:
    if is_counted(op.results[0]):
        raise InvalidIRError(op, "arith.select chooses between scalars only")


TYPE_CHECKS = {
    scf.IfOp: _check_if,
    scf.ForOp: _check_for,
    scf.WhileOp: _check_while,
    ts.ForkOp: _check_fork,
    ts.TupleOp: _check_tuple,
    ts.TupleGetOp: _check_tuple_get,
    ts.ListOp: _check_list,
    ts.DictOp: _check_dict,
    ts.SomeOp: _check_some,
    ts.UnwrapOp: _check_unwrap,
    ts.RefineOp: _check_refine,
    ts.GenericOp: _check_kernel,
    ts.MatmulOp: _check_matmul,
    arith.SelectOp: _check_select,
}


def _check_counts(block: Block) -> None:
    """Each leaf that this block owns or retains ends at zero and is not given up more often than it is held."""
    counts: dict[SSAValue, int] = {argument: 1 for argument in block.args if is_owned_leaf(argument)}
    for op in block.ops:
        for operand in consumed_operands(op):
            for leaf in leaves(operand):
                _drop(op, counts, leaf)
        if isinstance(op, ts.RetainOp):
            for leaf in leaves(op.operand):
                counts[leaf] = counts.get(leaf, 0) + 1
        elif isinstance(op, ts.ReleaseOp):
            for leaf in leaves(op.operand):
                _drop(op, counts, leaf)
        counts.update({result: 1 for result in op.results if is_owned_leaf(result)})
    for leaf, count in counts.items():
        if count:
            raise InvalidIRError(_terminator(block), f"{count} reference(s) of a {leaf.type} are never released")


def _drop(op: Operation, counts: dict[SSAValue, int], leaf: SSAValue) -> None:
    if counts.get(leaf, 0) <= 0:
        raise InvalidIRError(op, f"a reference of a {leaf.type} is given up that this block does not hold")
    counts[leaf] -= 1


def _first_line(op: Operation) -> str:
    text = str(op).strip().splitlines()
    return text[0] if text else op.name
