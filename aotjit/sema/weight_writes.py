"""Finds constants that the program writes to through another name: weights, and lists that stand for an attribute. They
cannot be shared by all instances.

    def _add(b: Tensor, x: Tensor):   b.add_(x)        # writes parameter 0
    def forward(self, x):             _add(self.buf, x)  # so 'buf' is written

mutation.py sees most such attributes in the syntax; this looks at the IR, through views, branches, loops, containers
and calls, and never misses one. Functions come after those that they call, so one walk is enough. A write that happens
only where a bool parameter is true, as in batch_norm, counts for calls that do not pass a constant False.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from aotjit.ir import ts
from aotjit.ir.rewrite import constant_of
from aotjit.ops import REGISTRY
from aotjit.ops.schema import mentions_variable
from aotjit.types import ListType, is_refcounted

ORIGIN = "attribute"
"""Marks a list that stands for an attribute: should it be changed, the attribute is state."""


@dataclass(frozen=True)
class ListRoot:
    """The list of an attribute, by its path."""

    path: str


Root = int | str | ListRoot
"""What a value's memory may belong to: a parameter of the function by position, a weight by name, a list."""

_FORWARDING = (ts.RefineOp, ts.SomeOp, ts.UnwrapOp, ts.TupleOp, ts.TupleGetOp, ts.ListOp)


Guard = int | None
"""The bool parameter that has to be true for a write to happen, by position; None: it may always happen."""
Write = tuple[int, Guard]
"""A parameter that is written, and its guard."""


@dataclass
class _Summary:
    """What callers need to know: the parameters whose tensors and whose lists are written, and what the result may
    share memory with."""

    written: set[Write] = field(default_factory=set)
    grown: set[Write] = field(default_factory=set)
    returned: set[Root] = field(default_factory=set)


@dataclass
class Writes:
    """Names of the weights, and paths of the attributes holding lists, that some operation changes."""

    weights: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)


def written_constants(module: ModuleOp) -> Writes:
    """What a module of functions writes to."""
    summaries: dict[str, _Summary] = {}
    writes = Writes()
    for function in module.ops:
        if isinstance(function, func.FuncOp):
            summaries[function.sym_name.data] = _Walk(function, summaries, writes).summary
    return writes


class _Walk:
    """One function."""

    def __init__(self, function: func.FuncOp, summaries: dict[str, _Summary], writes: Writes) -> None:
        self.entry = function.body.block
        self.summaries = summaries
        self.summary = _Summary()
        self.writes = writes
        self._roots: dict[SSAValue, set[Root]] = {}
        for op in function.walk():
            for value, guard in self._written(op):
                self._note(self.roots(value), guard)
            for value, guard in self._grown(op):
                self._note_list(self.roots(value), guard)
        last = self.entry.last_op
        if isinstance(last, func.ReturnOp):
            self.summary.returned = set().union(*(self.roots(v) for v in last.operands))

    def _note(self, roots: set[Root], guard: Guard) -> None:
        for root in roots:
            if isinstance(root, int):
                self.summary.written.add((root, guard))
            elif isinstance(root, str):
                self.writes.weights.add(root)

    def _note_list(self, roots: set[Root], guard: Guard) -> None:
        for root in roots:
            if isinstance(root, int):
                self.summary.grown.add((root, guard))
            elif isinstance(root, ListRoot):
                self.writes.lists.add(root.path)

    def _written(self, op: Operation) -> Iterator[tuple[SSAValue, Guard]]:
        if isinstance(op, ts.AtenOp):
            for i in op.written:
                # A list is written when it grows; that does not change the tensors in it.
                if not _is_list(op.arguments[i]):
                    yield op.arguments[i], self._guard(op)
        elif isinstance(op, func.CallOp):
            yield from self._passed_on(op, self._callee(op).written)

    def _grown(self, op: Operation) -> Iterator[tuple[SSAValue, Guard]]:
        if isinstance(op, ts.AtenOp):
            yield from ((op.arguments[i], self._guard(op)) for i in op.written if _is_list(op.arguments[i]))
        elif isinstance(op, func.CallOp):
            yield from self._passed_on(op, self._callee(op).grown)

    def _callee(self, op: func.CallOp) -> _Summary:
        return self.summaries.get(op.callee.root_reference.data, _Summary())

    def _passed_on(self, op: func.CallOp, writes: set[Write]) -> Iterator[tuple[SSAValue, Guard]]:
        """What a callee's writes mean here."""
        own = self._guard(op)
        for parameter, guard in writes:
            if guard is None:
                yield op.operands[parameter], own
                continue
            condition = op.operands[guard]
            if _constant_truth(condition) is not False:
                yield op.operands[parameter], own if own is not None else self._parameter(condition)

    def _guard(self, op: Operation) -> Guard:
        """The parameter that the branch around `op` asks for."""
        block = op.parent
        while block is not None and block is not self.entry:
            parent = block.parent_op()
            if isinstance(parent, scf.IfOp) and block is parent.true_region.block:
                found = self._parameter(parent.cond)
                if found is not None:
                    return found
            block = None if parent is None else parent.parent
        return None

    def _parameter(self, value: SSAValue) -> Guard:
        return value.index if isinstance(value, BlockArgument) and value.block is self.entry else None

    def roots(self, value: SSAValue) -> set[Root]:
        """What the value's memory may belong to. Cycles through loops end at the values already met."""
        found: set[Root] = set()
        pending, seen = [value], {value}
        while pending:
            at = pending.pop()
            known = self._roots.get(at)
            if known is not None:
                found |= known
                continue
            found |= self._own_roots(at)
            for source in self._sources(at):
                if source not in seen and _counts(source):
                    seen.add(source)
                    pending.append(source)
        self._roots[value] = found
        return found

    def _own_roots(self, value: SSAValue) -> set[Root]:
        if isinstance(value, BlockArgument) and value.block is self.entry:
            return {value.index}
        owner = value.owner
        if isinstance(owner, ts.WeightOp):
            return {owner.symbol.data}
        if isinstance(owner, ts.ListOp) and isinstance(path := owner.attributes.get(ORIGIN), StringAttr):
            return {ListRoot(path.data)}
        if isinstance(owner, func.CallOp):
            summary = self.summaries.get(owner.callee.root_reference.data, _Summary())
            return {r for r in summary.returned if not isinstance(r, int)}
        return set()

    def _sources(self, value: SSAValue) -> list[SSAValue]:
        """The values whose memory this one may share."""
        owner = value.owner
        if isinstance(owner, Block):
            return self._argument_sources(value, owner)
        if isinstance(owner, _FORWARDING):
            return list(owner.operands)
        if isinstance(owner, ts.AtenOp):
            if owner.effects.data in ("view", "write"):
                return list(owner.arguments[:1])
            if not mentions_variable(REGISTRY[owner.op.data].schema.returns[owner.results.index(value)]):
                return []  # made by the operator
            return [a for a in owner.arguments if _is_container(a)]
        if isinstance(owner, func.CallOp):
            summary = self.summaries.get(owner.callee.root_reference.data, _Summary())
            return [owner.operands[r] for r in summary.returned if isinstance(r, int)]
        if isinstance(owner, scf.IfOp | scf.ForOp | scf.WhileOp):
            position = owner.results.index(value)
            return self._region_results(owner, position)
        return []

    def _region_results(self, op: Operation, position: int) -> list[SSAValue]:
        result = []
        if isinstance(op, scf.ForOp):
            result.append(op.iter_args[position])
        for region in op.regions:
            last = region.block.last_op if region.blocks else None
            if isinstance(last, scf.ConditionOp):
                result.append(last.args[position])
            elif isinstance(last, scf.YieldOp) and position < len(last.operands):
                result.append(last.operands[position])
        return result

    def _argument_sources(self, value: SSAValue, block: Block) -> list[SSAValue]:
        op = block.parent_op()
        assert isinstance(value, BlockArgument)
        if isinstance(op, scf.ForOp):
            at = value.index - 1
            return [] if at < 0 else [op.iter_args[at], *self._region_results(op, at)]
        if isinstance(op, scf.WhileOp):
            return [op.arguments[value.index], *self._region_results(op, value.index)]
        return []


def _constant_truth(value: SSAValue) -> bool | None:
    """The value of a bool that is known here, through branches whose condition is."""
    found = constant_of(value)
    if isinstance(found, bool):
        return found
    owner = value.owner
    if not isinstance(owner, scf.IfOp):
        return None
    taken = _constant_truth(owner.cond)
    regions = [r for r in owner.regions if taken is None or r is owner.regions[0 if taken else 1]]
    outcomes = {_constant_truth(_yielded(r.block)[owner.results.index(value)]) for r in regions}
    return outcomes.pop() if len(outcomes) == 1 else None


def _yielded(block: Block) -> Sequence[SSAValue]:
    assert block.last_op is not None
    return block.last_op.operands


def _is_list(value: SSAValue) -> bool:
    return isinstance(ts.type_of(value), ListType)


def _counts(value: SSAValue) -> bool:
    return is_refcounted(ts.type_of(value))


def _is_container(value: SSAValue) -> bool:
    text = str(ts.type_of(value))
    return text.startswith(("List", "Optional", "Tuple")) and "Tensor" in text
