"""What is known of each value: tensor facts and compile-time constants, found by forward propagation.

The analysis is optimistic (Wegman and Zadeck, "Constant Propagation with Conditional Branches", 1991): a value starts
with no fact at all, facts are joined where control flow meets, and branches that a constant condition excludes are
never looked at. Joins only lose facts and there are finitely many, so sweeping until nothing changes ends.

Facts of what objects hold (elements of lists, fields of instances, values in boxes) do not depend on the point in the
program: objects that may be the same one, or exchange what they hold, share a cell with the join of everything ever put
in (cells.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.ir import Block, Operation, SSAValue

from aotjit import types
from aotjit.diagnostics import CompileError, Diagnostic
from aotjit.ir import ts
from aotjit.ir.rewrite import NOT_CONSTANT, Constant, NotConstant
from aotjit.ops.opdef import Arguments, Symbol
from aotjit.passes import arithmetic
from aotjit.passes.cells import Cells, strip
from aotjit.passes.instances import Instance, Instances
from aotjit.passes.transfer import TRANSFER
from aotjit.passes.transfer_objects import declare_given
from aotjit.program import Computed, Program, State
from aotjit.types import Type

Known = Constant | Symbol | list[object]
"""A constant: a scalar, the size that a symbol names, or a list of them with UNKNOWN for items that are neither."""


class Facts:
    """Types and constants of all values of a program; `reached` holds the blocks that can run."""

    def __init__(self, program: Program) -> None:
        self.types: dict[SSAValue, Type] = {}
        self.constants: dict[SSAValue, Known | NotConstant] = {}
        self.cells = Cells()
        self.instances = Instances(program)
        self.inferred: dict[Operation, tuple[Arguments, Sequence[Type]]] = {}
        """What the rules last gave for an operator's call, and of what."""
        self.swept: set[Instance] = set()  # in this sweep
        self.reached: set[Block] = set()
        self.ended: dict[Block, Operation] = {}  # blocks whose end is not reached, and after what
        # What the initialiser stores is not there yet: it is the program's first function.
        constant = [s for s in program.states if not isinstance(s.initial, Computed)]
        self.states: dict[str, Type] = {s.path: _state_type(program, s) for s in constant}
        self.filled = {s.path for s in constant if isinstance(s.initial, tuple | list | dict) and s.initial}
        self.state_values: dict[str, SSAValue] = {}  # one value of each state
        declare_given(self, program)
        self.errors: list[tuple[Operation, Diagnostic]] = []
        self.refused: dict[Operation, Diagnostic] = {}
        """Operations that cannot be compiled, in a program that may run without them."""
        self.stuck = False  # something waits for a value that was not set in this sweep
        self.undefined_is_anything = self.unstored_is_anything = False
        self.changed = False
        self._sweep_until_stable(program)

    def _sweep_until_stable(self, program: Program) -> None:
        functions = self.instances.roots
        while True:
            self.changed = self.cells.changed = self.stuck = False
            self.errors = []
            self.swept.clear()
            for function in functions:
                self._function(function)
            if self.changed or self.cells.changed:
                continue
            if self.errors and program.partial:
                self.refused.update(reversed(self.errors))
                continue
            if not self.stuck or self.errors or self.undefined_is_anything:
                break
            # Something uses a value that is never set: such values may as well be anything. First those of fields and
            # boxes that nothing is stored in, which only code that never runs can mean.
            self.undefined_is_anything = self.unstored_is_anything
            self.unstored_is_anything = True
        if self.errors:
            raise CompileError(list(dict.fromkeys(d for _, d in self.errors)))

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
        t = strip(t, ts.type_of(value))
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
        if first is value and path in self.filled:  # what it holds in a new instance is not seen put in
            self.cells.declare(value, ts.type_of(value))
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

    def instance(self, instance: Instance) -> None:
        """Propagates through an instance, once in a sweep."""
        if instance in self.swept:
            return
        self.swept.add(instance)
        block = instance.function.body.block
        for argument, given in zip(block.args, instance.arguments, strict=True):
            self.join(argument, given.type)
            self.cells.declare(argument, given.type)
            self.set_constant(argument, given.constant)
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

    def report(self, op: Operation, error: CompileError) -> None:
        """Keeps an error, which counts only when it is still there in the last sweep."""
        self.errors += [(op, d) for d in error.diagnostics]


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
