"""Which values may share memory, and what each operation writes.

Flow-insensitive, by unification (Steensgaard, "Points-to Analysis in Almost Linear Time", 1996): values that may refer
to one object are in one class; a class of containers has one class for everything that the containers hold.

    fresh results       do not alias anything (new tensors, lists, strings)
    views               are in the class of their base
    arguments           all arguments, what lists among them hold, and instance state are one class
    weights             are constants; nothing else is in their class but their views
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import IsTerminator, MemoryEffectKind

from aotjit.ir import ts
from aotjit.ir.effects import CALL_EFFECTS
from aotjit.ir.ownership import is_counted
from aotjit.ir.rewrite import blocks_of, effect_kinds
from aotjit.ops import REGISTRY
from aotjit.ops.schema import mentions_variable
from aotjit.types import TENSOR, ClassType, DictType, ListType, OptionalType, TensorType, TupleType, Type, is_boxed

Path = tuple[int | str, ...]


class Memory:
    """A class of objects that may be the same one."""

    def __init__(self) -> None:
        self.parent: Memory | None = None
        self.held: Memory | None = None
        self.escapes = False
        self.constant = False
        self.written = False

    def root(self) -> Memory:
        at = self
        while at.parent is not None:
            if at.parent.parent is not None:
                at.parent = at.parent.parent
            at = at.parent
        return at

    def contents(self) -> Memory:
        """The class of what these containers hold."""
        root = self.root()
        if root.held is None:
            root.held = Memory()
        return root.held.root()


def merge(a: Memory, b: Memory) -> None:
    """The objects of both classes may be the same, and so may what they hold."""
    work = [(a, b)]
    while work:
        left, right = (m.root() for m in work.pop())
        if left is right:
            continue
        right.parent = left
        left.escapes |= right.escapes
        left.constant |= right.constant
        left.written |= right.written
        if left.held is None:
            left.held = right.held
        elif right.held is not None:
            work.append((left.held, right.held))


class Aliases:
    """The classes of all values in one function."""

    def __init__(self, function: func.FuncOp) -> None:
        self.memory: dict[tuple[SSAValue, Path], Memory] = {}
        self.outside = Memory()  # what callers and the instance hold
        self.outside.escapes = True
        self.outside.held = self.outside
        self.writes: dict[Operation, list[Memory]] = {}
        for argument in function.body.block.args:
            self._merge_all(argument, self.outside)
        self._block(function.body.block)
        for written in self.writes.values():
            for memory in written:
                memory.root().written = True

    # -- questions ----------------------------------------------------------------------------------------------------

    def of(self, value: SSAValue) -> set[Memory]:
        """The classes of the objects that `value` refers to, with all that they hold."""
        found: set[Memory] = set()
        for path, _ in _objects(ts.type_of(value)) if is_counted(value) else ():
            at: Memory | None = self._node(value, path)
            while at is not None and at.root() not in found:
                found.add(at.root())
                at = at.root().held
        return found

    def is_written(self, value: SSAValue) -> bool:
        """Anything in the function writes to what `value` refers to."""
        return any(memory.written for memory in self.of(value))

    def escapes(self, value: SSAValue) -> bool:
        """The caller or the instance may hold what `value` refers to."""
        return any(memory.escapes for memory in self.of(value))

    def is_constant(self, value: SSAValue) -> bool:
        """What `value` refers to may be a weight."""
        return any(memory.constant for memory in self.of(value))

    def first_write_to_weight(self) -> Operation | None:
        """An operation that may change a weight."""
        for op, written in self.writes.items():
            # A field that is set is the instance's, though what instances hold may be weights.
            if not isinstance(op, ts.AttributeSetOp) and any(memory.root().constant for memory in written):
                return op
        return None

    def written_by(self, op: Operation) -> set[Memory]:
        """What `op`, or anything in it, writes."""
        found = {memory.root() for memory in self.writes.get(op, ())}
        for block in blocks_of(op):
            for inner in block.ops:
                found |= self.written_by(inner)
        return found

    def may_write(self, op: Operation, values: Iterable[SSAValue]) -> bool:
        """`op` may change what one of `values` refers to."""
        written = self.written_by(op)
        return bool(written) and any(written & self.of(value) for value in values)

    def adopt(self, new: SSAValue, old: SSAValue) -> None:
        """`new` stands where `old` stood."""
        for path, _ in _objects(ts.type_of(new)) if is_counted(new) else ():
            self.memory[new, path] = self._node(old, path)

    def unite(self, a: SSAValue, b: SSAValue) -> None:
        """`a` and `b` are one object from now on."""
        self._flow(a, b)

    # -- building -----------------------------------------------------------------------------------------------------

    def _node(self, value: SSAValue, path: Path) -> Memory:
        node = self.memory.get((value, path))
        if node is None:
            node = self.memory[value, path] = Memory()
        return node.root()

    def _nodes(self, value: SSAValue) -> list[Memory]:
        return [self._node(value, path) for path, _ in _objects(ts.type_of(value))] if is_counted(value) else []

    def _merge_all(self, value: SSAValue, memory: Memory) -> None:
        """Everything that `value` refers to may be `memory`."""
        for node in self._nodes(value):
            merge(memory, node)

    def _same(self, a: SSAValue, a_path: Path, b: SSAValue, b_path: Path, t: Type) -> None:
        for path, _ in _objects(t):
            merge(self._node(a, a_path + path), self._node(b, b_path + path))

    def _flow(self, source: SSAValue, target: SSAValue) -> None:
        if is_counted(target):
            self._same(source, (), target, (), ts.type_of(target))

    def _flow_all(self, sources: Sequence[SSAValue], targets: Sequence[SSAValue]) -> None:
        for source, target in zip(sources, targets, strict=True):
            self._flow(source, target)

    def _block(self, block: Block) -> None:
        for op in block.ops:
            build = BUILD.get(type(op))
            if build is not None:
                build(self, op)

    def _regions(self, op: Operation) -> None:
        for inner in blocks_of(op):
            self._block(inner)

    def _kernel(self, op: ts.GenericOp) -> None:
        if op.outs:
            self.writes[op] = [m for out in op.outs for m in self._nodes(out)]
            self._flow_all(op.outs, op.outputs)

    def _weight(self, op: ts.WeightOp) -> None:
        self._node(op.result, ()).constant = True

    def _list(self, op: ts.ListOp) -> None:
        for element in op.elements:
            self._merge_all(element, self._node(op.result, ()).contents())

    def _dict(self, op: ts.DictOp) -> None:
        for item in op.items:
            self._merge_all(item, self._node(op.result, ()).contents())

    def _attribute_get(self, op: ts.AttributeGetOp) -> None:
        self._merge_all(op.result, self._node(op.operand, ()).contents())

    def _attribute_set(self, op: ts.AttributeSetOp) -> None:
        self.writes[op] = self._nodes(op.target)
        self._merge_all(op.value, self._node(op.target, ()).contents())

    def _box(self, op: ts.BoxOp) -> None:
        if is_boxed(ts.type_of(op.operand)):
            self._flow(op.operand, op.result)
        else:
            self._merge_all(op.operand, self._node(op.result, ()).contents())

    def _unbox(self, op: ts.UnboxOp) -> None:
        if is_boxed(ts.type_of(op.result)):
            self._flow(op.operand, op.result)
        else:
            self._merge_all(op.result, self._node(op.operand, ()).contents())

    def _fork(self, op: ts.ForkOp) -> None:
        self._regions(op)
        self._merge_all(op.value, self._node(op.result, ()).contents())

    def _wait(self, op: ts.WaitOp) -> None:
        self._merge_all(op.result, self._node(op.operand, ()).contents())

    def _state_get(self, op: ts.StateGetOp) -> None:
        self._merge_all(op.result, self.outside)

    def _state_set(self, op: ts.StateSetOp) -> None:
        self._merge_all(op.value, self.outside)

    def _return(self, op: func.ReturnOp) -> None:
        for value in op.arguments:
            for memory in self.of(value):
                memory.escapes = True

    def _tuple(self, op: ts.TupleOp) -> None:
        for index, element in enumerate(op.elements):
            if is_counted(element):
                self._same(element, (), op.result, (index,), ts.type_of(element))

    def _tuple_get(self, op: ts.TupleGetOp) -> None:
        if is_counted(op.result):
            self._same(op.operand, (op.index.value.data,), op.result, (), ts.type_of(op.result))

    def _some(self, op: ts.SomeOp) -> None:
        if is_counted(op.operand):
            self._same(op.operand, (), op.result, ("some",), ts.type_of(op.operand))

    def _unwrap(self, op: ts.UnwrapOp) -> None:
        if is_counted(op.result):
            self._same(op.operand, ("some",), op.result, (), ts.type_of(op.result))

    def _refine(self, op: ts.RefineOp) -> None:
        self._flow(op.operand, op.result)

    def _if(self, op: scf.IfOp) -> None:
        self._regions(op)
        for block in blocks_of(op):
            self._flow_all(_passed(block), op.results)

    def _for(self, op: scf.ForOp) -> None:
        self._regions(op)
        self._flow_all(op.iter_args, op.body.block.args[1:])
        self._flow_all(_passed(op.body.block), op.body.block.args[1:])
        self._flow_all(op.body.block.args[1:], op.results)

    def _while(self, op: scf.WhileOp) -> None:
        self._regions(op)
        before, after = op.before_region.block, op.after_region.block
        self._flow_all(op.operands, before.args)
        self._flow_all(_passed(before)[1:], after.args)
        self._flow_all(_passed(before)[1:], op.results)
        self._flow_all(_passed(after), before.args)

    def _operator(self, op: ts.AtenOp) -> None:
        schema = REGISTRY[op.op.data].schema
        written = [op.arguments[i] for i in op.written]
        if written:
            self.writes[op] = [m for value in written for m in self._nodes(value)]
        lists = [v for v, a in zip(op.arguments, schema.arguments, strict=True) if _holds_variable(a.type)]
        lists += [v for v, t in zip(op.outputs, schema.returns, strict=True) if _holds_variable(t)]
        if lists:
            shared = self._node(lists[0], ()).contents()
            for value in lists[1:]:
                merge(shared, self._node(value, ()).contents())
            declared = [*(a.type for a in schema.arguments), *schema.returns]
            for value, t in zip((*op.arguments, *op.outputs), declared, strict=True):
                if t == ListType(TENSOR):  # the keys of a dict, in a list of their own
                    merge(shared, self._node(value, ()).contents())
                elif not _holds_variable(t) and (mentions_variable(t) or t == TENSOR):
                    self._merge_all(value, shared)
        bases = list(written)
        if op.effects.data == "view" and op.arguments:
            bases.append(op.arguments[0])
        for base in bases:
            for result in op.outputs:
                self._may_share(base, result)

    def _may_share(self, base: SSAValue, result: SSAValue) -> None:
        """Tensors in `result` may be views of those in `base`; a written container is the result itself."""
        if not is_counted(base) or not is_counted(result):
            return
        base_is_list, result_is_list = (isinstance(ts.type_of(v), ListType | DictType) for v in (base, result))
        if base_is_list == result_is_list:
            self._flow(base, result)
        elif result_is_list:
            self._merge_all(base, self._node(result, ()).contents())
        else:
            self._merge_all(result, self._node(base, ()).contents())


    def _call(self, op: func.CallOp) -> None:
        effects = op.attributes.get(CALL_EFFECTS)
        stated = effects.data if isinstance(effects, StringAttr) else "write"
        made = [m for result in op.results for m in self._nodes(result)]
        for memory in made[1:]:  # a function may give the same object twice
            merge(made[0], memory)
        if stated == "read":
            return
        if stated == "write":
            self.writes[op] = [m for value in op.arguments for m in self._nodes(value)]
        for base in op.arguments:
            for result in op.results:
                self._may_share(base, result)


BUILD: dict[type[Operation], Callable[[Aliases, Any], None]] = {
    ts.AtenOp: Aliases._operator,
    ts.GenericOp: Aliases._kernel,
    ts.WeightOp: Aliases._weight,
    ts.ListOp: Aliases._list,
    ts.DictOp: Aliases._dict,
    ts.AttributeGetOp: Aliases._attribute_get,
    ts.AttributeSetOp: Aliases._attribute_set,
    ts.BoxOp: Aliases._box,
    ts.UnboxOp: Aliases._unbox,
    ts.ForkOp: Aliases._fork,
    ts.WaitOp: Aliases._wait,
    ts.StateGetOp: Aliases._state_get,
    ts.StateSetOp: Aliases._state_set,
    ts.TupleOp: Aliases._tuple,
    ts.TupleGetOp: Aliases._tuple_get,
    ts.SomeOp: Aliases._some,
    ts.UnwrapOp: Aliases._unwrap,
    ts.RefineOp: Aliases._refine,
    func.CallOp: Aliases._call,
    func.ReturnOp: Aliases._return,
    scf.IfOp: Aliases._if,
    scf.ForOp: Aliases._for,
    scf.WhileOp: Aliases._while,
}


def call_effects(function: func.FuncOp) -> str:
    """What calls of a function do, in the words of ts.aten's effects: "read" where it neither writes to what its
    arguments refer to nor has results that share memory with them, "view" where it only does not write, else "write".
    """
    if any(map(_has_other_effects, function.walk())):
        return "write"
    aliases = Aliases(function)
    if aliases.outside.root().written:
        return "write"
    returned = function.body.block.last_op
    assert returned is not None
    seen = [m for value in returned.operands for m in aliases.of(value)]
    return "view" if any(m.constant or m is aliases.outside.root() for m in seen) else "read"


def _has_other_effects(op: Operation) -> bool:
    """`op` itself does something that the classes of memory do not tell: it prints, or reads or writes the state."""
    if isinstance(op, ts.AtenOp):
        return op.effects.data == "io"
    known = (ts.GenericOp, ts.MatmulOp, ts.RaiseOp, func.CallOp)
    if isinstance(op, known) or op.regions or op.has_trait(IsTerminator):
        return False
    kinds = effect_kinds(op)
    return isinstance(op, ts.StateGetOp) or kinds is None or MemoryEffectKind.WRITE in kinds


def _holds_variable(t: Type) -> bool:
    """Containers of a variable type, or of tuples with one."""
    return isinstance(t, ListType | DictType) and mentions_variable(t)


def _passed(block: Block) -> Sequence[SSAValue]:
    assert block.last_op is not None
    return tuple(block.last_op.operands)


def _objects(t: Type, path: Path = ()) -> Iterator[tuple[Path, Type]]:
    """Where in a value of type `t` references are, but for those that containers hold."""
    if isinstance(t, OptionalType):
        yield from _objects(t.element, (*path, "some"))
    elif isinstance(t, TupleType):
        for index, element in enumerate(t.elements):
            yield from _objects(element, (*path, index))
    elif isinstance(t, TensorType | ListType | DictType | ClassType) or is_boxed(t):
        yield path, t
