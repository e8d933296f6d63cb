"""What is known of each value: tensor facts and compile-time constants, found by forward propagation.

The analysis is optimistic (Wegman and Zadeck, "Constant Propagation with Conditional Branches", 1991): a value starts
with no fact at all, facts are joined where control flow meets, and branches that a constant condition excludes are
never looked at. Joins only lose facts and there are finitely many, so sweeping until nothing changes ends.

Facts of list elements do not depend on the point in the program: lists that may be the same object, or exchange
elements, share a cell with the join of everything ever put in (cells.py). Lists inside other containers are not
followed: their elements have no facts.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from xdsl.dialects import arith, func, scf
from xdsl.ir import Block, Operation, SSAValue

from aotjit import types
from aotjit.diagnostics import CompileError, Diagnostic
from aotjit.ir import ts
from aotjit.ir.rewrite import NOT_CONSTANT, Constant, NotConstant, blocks_of, constant_of
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import UNKNOWN, Symbol
from aotjit.passes import arithmetic
from aotjit.passes.cells import Cells, strip
from aotjit.passes.operators import transfer_operator
from aotjit.program import Program, State
from aotjit.types import Type

Known = Constant | Symbol | list[object]
"""A constant: a scalar, the size that a symbol names, or a list of them with UNKNOWN for items that are neither."""


class Facts:
    """Types and constants of all values of a program; `reached` holds the blocks that can run."""

    def __init__(self, program: Program) -> None:
        self.types: dict[SSAValue, Type] = {}
        self.constants: dict[SSAValue, Known | NotConstant] = {}
        self.cells = Cells()
        self.reached: set[Block] = set()
        self.ended: dict[Block, Operation] = {}  # blocks whose end is not reached, and after what
        self.states: dict[str, Type] = {s.path: _state_type(program, s) for s in program.states}
        self.state_values: dict[str, SSAValue] = {}  # one value of each state
        self.errors: list[Diagnostic] = []
        self.stuck = False  # something waits for a value that was not set in this sweep
        self.undefined_is_anything = False
        self.changed = False
        self._sweep_until_stable(program)

    def _sweep_until_stable(self, program: Program) -> None:
        functions = [f for f in program.module.ops if isinstance(f, func.FuncOp)]
        while True:
            self.changed = self.cells.changed = self.stuck = False
            self.errors = []
            for function in functions:
                self._function(function)
            if self.changed or self.cells.changed:
                continue
            # Something uses a value that is never set: such values may as well be anything.
            if not self.stuck or self.errors or self.undefined_is_anything:
                break
            self.undefined_is_anything = True
        if self.errors:
            raise CompileError(list(dict.fromkeys(self.errors)))

    # -- the lattice --------------------------------------------------------------------------------------------------

    def type(self, value: SSAValue) -> Type | None:
        """The type with facts; None when no definition of the value has been reached."""
        if not isinstance(value.type, ts.ValueType):
            return ts.type_of(value)
        known = self.types.get(value)
        return None if known is None else self.cells.fill(value, known)

    def constant(self, value: SSAValue) -> Known | NotConstant:
        """The value itself where it is the same at every execution."""
        return self.constants.get(value, NOT_CONSTANT)

    def join(self, value: SSAValue, t: Type | None) -> None:
        """`value` may also be of type `t`."""
        if t is None or not isinstance(value.type, ts.ValueType):
            return
        t = strip(t)
        old = self.types.get(value)
        if old is t or old == t:
            return
        new = t if old is None else types.join(old, t)
        if new is None:
            new = ts.type_of(value)
        if new != old:
            self.types[value] = new
            self.changed = True

    def same_containers(self, path: str, value: SSAValue) -> None:
        """The lists in `value` are those of the state at `path`, in which this program alone puts things."""
        first = self.state_values.setdefault(path, value)
        self.cells.unify(first, (), value, (), ts.type_of(value))

    def set_constant(self, value: SSAValue, constant: Known | NotConstant) -> None:
        """`value` may also be `constant`."""
        if value not in self.constants:
            self.constants[value] = constant
            self.changed = True
        elif not same_constant(self.constants[value], constant):
            if not isinstance(self.constants[value], NotConstant):
                self.changed = True
            self.constants[value] = NOT_CONSTANT

    def flow(self, source: SSAValue, target: SSAValue) -> None:
        """The value of `source` may become that of `target`."""
        self.cells.unify(source, (), target, (), ts.type_of(target))
        self.join(target, self.type(source))
        if source in self.constants:
            self.set_constant(target, self.constants[source])

    # -- sweeping -----------------------------------------------------------------------------------------------------

    def _function(self, function: func.FuncOp) -> None:
        block = function.body.block
        for argument in block.args:
            self.join(argument, ts.type_of(argument))
            self.cells.declare(argument, ts.type_of(argument))
            self.set_constant(argument, NOT_CONSTANT)
        self.block(block)

    def block(self, block: Block) -> bool:
        """Propagates through `block`; False when its end is not reached."""
        self.reached.add(block)
        for op in block.ops:
            transfer = TRANSFER.get(type(op))
            if transfer is None:
                self._scalar(op)
            elif not transfer(self, op):
                self.ended[block] = op
                return False
        self.ended.pop(block, None)
        return True

    def _scalar(self, op: Operation) -> None:
        """arith and math, and what has neither facts nor constants."""
        if not op.results:
            return
        if any(v not in self.constants for v in op.operands):
            self.stuck = True
            return
        value = arithmetic.evaluate(op, [self.constants[v] for v in op.operands])
        for result in op.results:
            self.join(result, ts.type_of(result) if isinstance(result.type, ts.ValueType) else None)
            self.set_constant(result, value)

    def report(self, error: CompileError) -> None:
        """Keeps an error, which counts only when it is still there in the last sweep."""
        self.errors += error.diagnostics


def same_constant(a: Known | NotConstant, b: Known | NotConstant) -> bool:
    """The same value bit for bit: -0.0 is not 0.0, 1 is not True, NaN is NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float) and isinstance(b, float):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(x is y or same_item(x, y) for x, y in zip(a, b, strict=True))
    return a == b


def same_item(a: object, b: object) -> bool:
    scalars = bool | int | float | str | Symbol | None
    return isinstance(a, scalars) and isinstance(b, scalars) and same_constant(a, b)


def _state_type(program: Program, state: State) -> Type:
    """What a state holds in a new instance."""
    if state.initial is None and isinstance(state.type, types.OptionalType):
        return types.NONE
    weight = program.weights.get(state.initial) if isinstance(state.initial, str) else None
    if state.initial is None:
        return types.NONE  # what is stored later says more
    return weight.type if weight is not None and isinstance(state.type, types.TensorType) else state.type


# -- transfer functions: True when what follows is reached ------------------------------------------------------------


def _constant(facts: Facts, op: Operation) -> bool:
    result = op.results[0]
    facts.join(result, types.NONE if isinstance(op, ts.NoneOp) else ts.type_of(result))
    facts.set_constant(result, constant_of(result))
    return True


def _undef(facts: Facts, op: Operation) -> bool:
    return _known(facts, op) if facts.undefined_is_anything else True


def _known(facts: Facts, op: Operation) -> bool:
    """Operations whose results have the facts of their declared type."""
    for result in op.results:
        facts.join(result, ts.type_of(result))
        facts.cells.declare(result, ts.type_of(result))
        facts.set_constant(result, NOT_CONSTANT)
    return True


def _raise(facts: Facts, op: Operation) -> bool:
    return False


def _tuple(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.TupleOp)
    elements = []
    for index, element in enumerate(op.elements):
        facts.cells.unify(element, (), op.result, (index,), ts.type_of(element))
        elements.append(facts.type(element))
    whole = ts.type_of(op.result)
    assert isinstance(whole, types.TupleType)
    if all(e is not None for e in elements):
        facts.join(op.result, types.TupleType(tuple(e for e in elements if e is not None), whole.name, whole.fields))
        facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _tuple_get(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.TupleGetOp)
    index = op.index.value.data
    maker = op.operand.owner
    if isinstance(maker, ts.TupleOp):
        facts.flow(maker.elements[index], op.result)
        return True
    facts.cells.unify(op.operand, (index,), op.result, (), ts.type_of(op.result))
    whole = facts.type(op.operand)
    if isinstance(whole, types.TupleType):
        facts.join(op.result, whole.elements[index])
        facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _some(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.SomeOp)
    inner = ts.type_of(op.operand)
    facts.cells.unify(op.operand, (), op.result, ("some",), inner)
    t = facts.type(op.operand)
    if t is not None:
        facts.join(op.result, types.OptionalType(t))
        facts.set_constant(op.result, facts.constant(op.operand))
    return True


def _unwrap(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.UnwrapOp)
    facts.cells.unify(op.operand, ("some",), op.result, (), ts.type_of(op.result))
    t = facts.type(op.operand)
    if isinstance(t, types.OptionalType):
        facts.join(op.result, t.element)
        constant = facts.constant(op.operand)
        facts.set_constant(op.result, NOT_CONSTANT if constant is None else constant)
    return True


def _is_none(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.IsNoneOp)
    t = facts.type(op.operand)
    if t is None:
        return True
    if t == types.NONE:
        facts.set_constant(op.result, True)
    elif isinstance(op.operand.owner, ts.SomeOp):
        facts.set_constant(op.result, False)
    else:
        constant = facts.constant(op.operand)
        facts.set_constant(op.result, NOT_CONSTANT if isinstance(constant, NotConstant) else constant is None)
    return True


def _refine(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.RefineOp)
    facts.cells.unify(op.operand, (), op.result, (), ts.type_of(op.result))
    t = facts.type(op.operand)
    if t is not None:
        facts.join(op.result, meet(t, ts.type_of(op.result)))
        facts.set_constant(op.result, facts.constant(op.operand))
    return True


def meet(a: Type, b: Type) -> Type:
    """What is known when both are: for tensors, the facts of either (b's win); other types keep a's."""
    if isinstance(a, types.OptionalType) and isinstance(b, types.OptionalType):
        return types.OptionalType(meet(a.element, b.element))
    if not isinstance(a, types.TensorType) or not isinstance(b, types.TensorType):
        return a
    dims = a.dims if b.dims is None else b.dims
    if a.dims is not None and b.dims is not None and len(a.dims) == len(b.dims):
        dims = tuple(x if y is None else y for x, y in zip(a.dims, b.dims, strict=True))
    return types.TensorType(b.dtype or a.dtype, dims, a.contiguous or b.contiguous)


def _list(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.ListOp)
    t = ts.type_of(op.result)
    assert isinstance(t, types.ListType)
    for element in op.elements:
        facts.cells.put(op.result, (), facts.type(element))
        facts.cells.escape(element, ts.type_of(element))
    facts.join(op.result, t)
    if is_frozen(op.result):
        items = [facts.constant(e) for e in op.elements]
        facts.set_constant(op.result, [UNKNOWN if isinstance(i, NotConstant) else i for i in items])
    else:
        facts.set_constant(op.result, NOT_CONSTANT)
    return True


def is_frozen(value: SSAValue) -> bool:
    """Nothing changes this list or keeps it: it is only ever an argument that an operator reads."""
    for use in value.uses:
        user = use.operation
        if isinstance(user, ts.SomeOp):
            if not is_frozen(user.result):
                return False
            continue
        if not isinstance(user, ts.AtenOp):
            return False
        argument = REGISTRY[user.op.data].schema.arguments[use.index]
        if argument.alias is not None or not isinstance(argument.type, types.ListType | types.OptionalType):
            return False
    return True


def _aten(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.AtenOp)
    return transfer_operator(facts, op)


def _if(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, scf.IfOp)
    if op.cond not in facts.constants:
        facts.stuck = True
        return True
    condition = facts.constant(op.cond)
    taken = list(blocks_of(op)) if isinstance(condition, NotConstant) else [taken_block(op, bool(condition))]
    falls_through = isinstance(condition, NotConstant) and len(taken) < 2
    for block in taken:
        if block is None:
            falls_through = True
        elif facts.block(block):
            falls_through = True
            assert block.last_op is not None
            for source, target in zip(block.last_op.operands, op.results, strict=True):
                facts.flow(source, target)
    return falls_through


def taken_block(op: scf.IfOp, condition: bool) -> Block | None:
    """The branch that a constant condition takes; None when it has none."""
    region = op.true_region if condition else op.false_region
    return region.block if region.blocks else None


def _for(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, scf.ForOp)
    body = op.body.block
    for source, argument, result in zip(op.iter_args, body.args[1:], op.results, strict=True):
        facts.flow(source, argument)
        facts.flow(argument, result)
    facts.set_constant(body.args[0], NOT_CONSTANT)
    if runs_never(facts, op):
        return True
    if facts.block(body):
        assert body.last_op is not None
        for source, argument in zip(body.last_op.operands, body.args[1:], strict=True):
            facts.flow(source, argument)
    for argument, result in zip(body.args[1:], op.results, strict=True):
        facts.flow(argument, result)
    return True


def runs_never(facts: Facts, op: scf.ForOp) -> bool:
    """The bounds are constants that leave out every iteration."""
    low, high = facts.constant(op.lb), facts.constant(op.ub)
    return isinstance(low, int) and isinstance(high, int) and low >= high


def _while(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, scf.WhileOp)
    before, after = op.before_region.block, op.after_region.block
    for source, argument in zip(op.operands, before.args, strict=True):
        facts.flow(source, argument)
    if not facts.block(before):
        return False
    condition = before.last_op
    assert isinstance(condition, scf.ConditionOp)
    if condition.condition not in facts.constants:
        facts.stuck = True
        return True
    for source, argument, result in zip(condition.args, after.args, op.results, strict=True):
        facts.flow(source, argument)
        facts.flow(argument, result)
    goes_on = facts.constant(condition.condition)
    if goes_on is False:
        return True
    if facts.block(after):
        assert after.last_op is not None
        for source, argument in zip(after.last_op.operands, before.args, strict=True):
            facts.flow(source, argument)
    return True


def _state_get(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.StateGetOp)
    facts.join(op.result, facts.states.get(op.path.data, ts.type_of(op.result)))
    facts.same_containers(op.path.data, op.result)
    facts.set_constant(op.result, NOT_CONSTANT)
    return True


def _state_set(facts: Facts, op: Operation) -> bool:
    assert isinstance(op, ts.StateSetOp)
    facts.same_containers(op.path.data, op.value)
    t, old = facts.type(op.value), facts.states.get(op.path.data)
    if t is not None and old is not None:
        new = types.join(strip(t), old) or types.erase(old)
        facts.changed |= new != old
        facts.states[op.path.data] = new
    return True


TRANSFER: dict[type[Operation], Callable[[Facts, Operation], bool]] = {
    arith.ConstantOp: _constant,
    ts.StrOp: _constant,
    ts.NoneOp: _constant,
    ts.DeviceOp: _known,
    ts.WeightOp: _known,
    ts.UndefOp: _undef,
    ts.FormatOp: _known,
    ts.StateGetOp: _state_get,
    ts.StateSetOp: _state_set,
    ts.RaiseOp: _raise,
    ts.TupleOp: _tuple,
    ts.TupleGetOp: _tuple_get,
    ts.ListOp: _list,
    ts.SomeOp: _some,
    ts.UnwrapOp: _unwrap,
    ts.IsNoneOp: _is_none,
    ts.RefineOp: _refine,
    ts.AtenOp: _aten,
    ts.GenericOp: _known,
    ts.MatmulOp: _known,
    scf.IfOp: _if,
    scf.ForOp: _for,
    scf.WhileOp: _while,
}
