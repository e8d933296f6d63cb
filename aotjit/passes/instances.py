"""Functions that stay calls while facts are found: a copy of each for every combination of facts it is called with.

`inline` leaves a library function that is used often as calls. Here each call gets the copy, an instance, made for the
facts of its arguments, and facts are found in that copy once however many calls share it. `specialise` writes the
instances into the program; then `inline` decides again, now that each has become what its facts leave of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import StringAttr, SymbolRefAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue

from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ir.rewrite import NOT_CONSTANT, NotConstant, constant_op, copy_op, erase, set_type
from aotjit.program import Program
from aotjit.types import NONE, ListType, OptionalType, Type

if TYPE_CHECKING:
    from aotjit.passes.facts import Facts, Known

SCALARS = (bool, int, float, str)
Form = None | str | tuple[str, "Form"]
FIRST_CALL = "ts.first_call"
"""On an instance: the span of a call of it, which is where operations without a position fail."""


@dataclass(frozen=True)
class Given:
    """What is known of an argument. `form` is how it was put together as far as bodies ask for that: "some" around
    another form, a device's name, or None."""

    type: Type
    constant: Known | NotConstant
    form: Form = None

    @property
    def key(self) -> object:
        """Equal only where the constant is the same bit for bit."""
        constant = None if isinstance(self.constant, NotConstant) else repr(self.constant)
        return self.type, type(self.constant), constant, self.form


@dataclass(frozen=True, eq=False)
class Instance:
    """A copy of a function. `arguments` is what it was made for."""

    function: func.FuncOp
    arguments: Sequence[Given]


class Instances:
    """The instances of a program's functions, by what they were made for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.functions = {f.sym_name.data: f for f in program.module.ops if isinstance(f, func.FuncOp)}
        self.chosen: dict[func.CallOp, Instance] = {}
        """What each call reached so far would call."""
        self._made: dict[object, Instance] = {}
        self._written: set[Instance] = set()
        self._new: list[func.FuncOp] = []
        self._linked: list[func.CallOp] = []
        called = {name for f in self.functions.values() for name in _called_by(f)}
        self.roots = [f for name, f in self.functions.items() if name not in called or not is_private(f)]
        """The functions that nobody calls: facts start there."""

    def callee(self, call: func.CallOp) -> func.FuncOp:
        return self.functions[callee_name(call)]


    def choose(self, call: func.CallOp, arguments: Sequence[Given]) -> Instance:
        """The instance for a call with these facts."""
        name = callee_name(call)
        key = (name, tuple(a.key for a in arguments))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Instance(self._copy(name, call), arguments)
            for argument, given in zip(found.function.body.block.args, arguments, strict=True):
                _put_in(argument, given)
        self.chosen[call] = found
        return found

    def _copy(self, name: str, call: func.CallOp) -> func.FuncOp:
        copy = copy_op(self.functions[name], {}, _without_position)
        assert isinstance(copy, func.FuncOp)
        span = ts.span_of(call)
        if span is not None:
            copy.attributes[FIRST_CALL] = ts.SpanAttr(span)
        return copy

    # -- into the program ---------------------------------------------------------------------------------------------

    def link(self, call: func.CallOp) -> None:
        """Makes `call` name its instance, which becomes part of the program."""
        instance = self.chosen.get(call)
        if instance is None:  # never reached
            return
        if instance not in self._written:
            name = callee_name(call)
            symbol = f"{name}.{len(self._written)}"
            while symbol in self.functions:
                symbol += "_"
            instance.function.properties["sym_name"] = StringAttr(symbol)
            self.functions[symbol] = instance.function
            self._written.add(instance)
            self._new.append(instance.function)
            self.program.module.body.block.add_op(instance.function)
        call.properties["callee"] = SymbolRefAttr(instance.function.sym_name)
        self._linked.append(call)

    def newly_linked(self) -> list[func.FuncOp]:
        """The instances that became part of the program since this was last asked."""
        new, self._new = self._new, []
        return new

    def settle(self) -> None:
        """Gives calls and the functions that they name the same types, once both have theirs; erases the functions that
        calls named before."""
        self._erase_unused()
        for call in self._linked:
            if call.parent is None or callee_name(call) not in self.functions:
                continue  # erased since
            expected = self.callee(call).function_type
            for index, t in enumerate(expected.inputs.data):
                call.operands[index] = as_type(call.operands[index], t, call)
            for result, t in zip(call.results, expected.outputs.data, strict=True):
                if result.type != t:
                    _give_type(result, t, call)


    def _erase_unused(self) -> None:
        work, used = list(self.roots), {f.sym_name.data for f in self.roots}
        while work:
            new = _called_by(work.pop()) - used
            used |= new
            work += [self.functions[name] for name in new]
        for name in [name for name in self.functions if name not in used]:
            erase(self.functions.pop(name))


def _called_by(function: func.FuncOp) -> set[str]:
    return {callee_name(op) for op in function.walk() if isinstance(op, func.CallOp)}


def callee_name(call: func.CallOp) -> str:
    return call.callee.root_reference.data


def is_private(function: func.FuncOp) -> bool:
    """Nobody outside calls the function."""
    return function.sym_visibility is not None and function.sym_visibility.data == "private"


def _form(value: SSAValue) -> Form:
    owner = value.owner
    if isinstance(owner, ts.RefineOp):
        return _form(owner.operand)
    if isinstance(owner, ts.SomeOp):
        return "some", _form(owner.operand)
    return owner.value.data if isinstance(owner, ts.DeviceOp) else None


def _put_in(argument: SSAValue, given: Given) -> None:
    """Makes inside the function what its body wants to see made: None, the inside of an Optional, a list literal."""
    block = argument.owner
    assert isinstance(block, Block) and block.first_op is not None
    before = block.first_op
    made: list[Operation] = []
    value = _made(argument, ts.type_of(argument), given, made)
    if not made:
        return
    for op in made:
        block.insert_op_before(op, before)
    argument.replace_uses_with_if(value, lambda use: use.operation not in made)


def _made(value: SSAValue, t: Type, given: Given, made: list[Operation]) -> SSAValue:
    """`value`, of type `t`, put together as far as it is known; what that takes goes to `made`."""
    op: Operation
    if isinstance(t, OptionalType) and given.type == NONE:
        op = ts.NoneOp(t)
    elif isinstance(t, OptionalType) and isinstance(given.form, tuple) and isinstance(given.type, OptionalType):
        unwrap = ts.UnwrapOp(value)
        made.append(unwrap)
        inside = Given(given.type.element, given.constant, given.form[1])
        op = ts.SomeOp(_made(unwrap.result, t.element, inside, made))
    elif isinstance(given.form, str):
        op = ts.DeviceOp(given.form)
    elif isinstance(t, ListType) and isinstance(given.constant, list):
        items = [constant_op(i, t.element) for i in given.constant if isinstance(i, SCALARS)]
        if len(items) < len(given.constant):
            return value
        made += items
        op = ts.ListOp([i.results[0] for i in items], t)
    else:
        return value
    made.append(op)
    return op.results[0]


def _without_position(op: Operation) -> None:
    """Operations of the library fail where they are called, those of the program's own functions where they stand."""
    span = ts.span_of(op)
    if span is not None and span.source.name.startswith("<"):
        del op.attributes["loc"]


def as_type(value: SSAValue, t: Attribute, before: Operation) -> SSAValue:
    """`value` with the type `t`, which has fewer facts, for what follows `before`."""
    if value.type == t:
        return value
    assert isinstance(t, ts.ValueType) and before.parent is not None
    refined = ts.RefineOp(value, t.data)
    before.parent.insert_op_before(refined, before)
    return refined.result


def _give_type(result: SSAValue, t: Attribute, call: func.CallOp) -> None:
    """The result has the type that the function returns; its users go on with the one that they know."""
    assert isinstance(t, ts.ValueType) and isinstance(result.type, ts.ValueType) and call.parent is not None
    known = result.type.data
    set_type(result, t)
    refined = ts.RefineOp(result, known)
    call.parent.insert_op_after(refined, call)
    result.replace_all_uses_with(refined.result)
    refined.operands[0] = result


# -- facts ------------------------------------------------------------------------------------------------------------


def transfer_call(facts: Facts, op: Operation) -> bool:
    """Facts go into the instance with the arguments, and come back with what it returns."""
    assert isinstance(op, func.CallOp)
    known = [facts.type(a) for a in op.arguments]
    if any(t is None for t in known):
        facts.stuck = True
        return True
    given = [Given(t, facts.constant(a), _form(a)) for a, t in zip(op.arguments, known, strict=True) if t is not None]
    instance = facts.instances.choose(op, given)
    errors = len(facts.errors)
    facts.instance(instance)
    facts.errors[errors:] = [(o, d if d.span else replace(d, span=ts.span_of(op))) for o, d in facts.errors[errors:]]
    block = instance.function.body.block
    if block in facts.ended:
        return False
    assert block.last_op is not None
    for source, result in zip(block.last_op.operands, op.results, strict=True):
        facts.join(result, facts.type(source))
        facts.cells.declare(result, facts.type(source) or ts.type_of(result))
        constant = facts.constant(source)
        facts.set_constant(result, NOT_CONSTANT if isinstance(constant, list) else constant)
    return True


def place_error(function: func.FuncOp, error: CompileError) -> CompileError:
    """An error found in an instance, at a call of it."""
    at = function.attributes.get(FIRST_CALL)
    if not isinstance(at, ts.SpanAttr):
        return error
    return CompileError([d if d.span else replace(d, span=at.data) for d in error.diagnostics])



