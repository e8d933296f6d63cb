"""Which tensors of a function may be one object, and whether one of them may be given another shape (reshaping.py).

Values that may stand for one tensor are one class. A change is refused where a value from before it is used after it,
where something keeps the tensor before it, and where the tensor came out of something that holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.ir.rewrite import blocks_of
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Operator, Runtime
from aotjit.ops.schema import mentions_variable
from aotjit.types import TensorType

_MAY_BE_SELF = frozenset(("aj_view_flatten", "aj_to_dtype", "aj_contiguous"))
_RETURNS_ARGUMENT = frozenset(("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "lift_fresh"))


@dataclass(frozen=True)
class Reshaped:
    """A tensor that `op` gives another shape; `result` is what stands for it afterwards (None after a call)."""

    value: SSAValue
    op: Operation
    result: SSAValue | None
    span: Span


def refusal(span: Span, why: str) -> CompileError:
    return CompileError.at(
        span, f"this changes the shape of a tensor that something else refers to: {why}",
        "assign the view instead, as in x = x.unsqueeze(0)",
    )  # fmt: skip


def check(body: Block, reshaped: Sequence[Reshaped], module: ModuleOp, operators: dict[str, str]) -> list[int]:
    """Refuses what gives a tensor another shape that something else refers to. Returns which of the function's own
    arguments are given one. `operators`: the names of those of the module's functions that are operators."""
    functions = {op.sym_name.data: op.body.block for op in module.ops if isinstance(op, func.FuncOp)}
    objects = _Objects(body, operators, functions)
    parameters: set[int] = set()
    for change in reshaped:
        if change.op in objects.place:  # what a loop's first attempt compiled is gone
            parameters |= objects.check(change)
    return sorted(parameters)


class _Objects:
    """Which tensors may be the same object, by unification over one function, and the order of its operations."""

    def __init__(self, body: Block, operators: dict[str, str], functions: dict[str, Block]) -> None:
        self.body, self.operators, self.functions = body, operators, functions
        self.parent: dict[SSAValue, SSAValue] = {}
        self.held: dict[SSAValue, Operation] = {}  # what comes out of something that holds it
        self.place: dict[Operation, int] = {}
        self.values: list[SSAValue] = list(body.args)
        self._block(body)

    def _root(self, value: SSAValue) -> SSAValue:
        while value in self.parent:
            value = self.parent[value]
        return value

    def _unite(self, a: SSAValue, b: SSAValue) -> None:
        left, right = self._root(a), self._root(b)
        if left is not right:
            self.parent[left] = right

    def _block(self, block: Block) -> None:
        for op in block.ops:
            self.place[op] = len(self.place)
            self.values += op.results
            for inner in blocks_of(op):
                self.values += inner.args
                self._block(inner)
            self._flow(op)

    def _flow(self, op: Operation) -> None:
        """Joins the results of `op` with what they may be."""
        tensors = [v for v in op.operands if isinstance(ts.type_of(v), TensorType)]
        results = [r for r in op.results if isinstance(ts.type_of(r), TensorType)]
        if isinstance(op, scf.IfOp | scf.ForOp | scf.WhileOp):
            self._flow_of_control(op)
        elif isinstance(op, ts.AtenOp) and op.written:
            for r in results:
                self._unite(r, op.arguments[op.written[0]])
        elif isinstance(op, ts.AtenOp | func.CallOp):
            operator = self._operator(op)
            if operator is not None and _is_fresh(operator):
                return
            if isinstance(op, func.CallOp):
                returned = self._returned(op)
                tensors = [v for v in tensors if returned is None or v in returned]
            for r in results:
                for v in tensors:
                    self._unite(r, v)
                if not tensors and isinstance(op, ts.AtenOp) and not self._is_part(op):
                    self.held[r] = op
        elif isinstance(op, ts.RefineOp | ts.UnwrapOp | ts.SomeOp):
            self._unite(op.results[0], op.operands[0])
        else:
            self.held.update(dict.fromkeys(results, op))

    def _operator(self, op: ts.AtenOp | func.CallOp) -> Operator | None:
        if isinstance(op, ts.AtenOp):
            return REGISTRY[op.op.data]
        name = self.operators.get(op.callee.root_reference.data)
        return None if name is None else REGISTRY[name]

    def _returned(self, op: func.CallOp) -> list[SSAValue] | None:
        """The operands that a function may return, None where it may return what something holds."""
        body = self.functions.get(op.callee.root_reference.data)
        last = None if body is None else body.last_op
        if body is None or last is None or not isinstance(ts.type_of(last.operands[0]), TensorType):
            return None
        inside = _Objects(body, self.operators, self.functions)
        root = inside._root(last.operands[0])
        if any(inside._root(v) is root for v in inside.held):
            return None
        return [v for v, a in zip(op.operands, body.args, strict=True) if inside._root(a) is root]

    def _is_part(self, op: Operation) -> bool:
        """An element of a list of new views that nothing else looks at: chunk, split, unbind."""
        if not isinstance(op, ts.AtenOp) or not op.op.data.startswith("__getitem__"):
            return False
        pieces = op.arguments[0]
        made = isinstance(pieces.owner, ts.AtenOp) and pieces.owner.effects.data == "view"
        users = [u.operation for u in pieces.uses]
        return made and all(isinstance(u, ts.AtenOp) and u.op.data.startswith(("__getitem__", "len")) for u in users)

    def _flow_of_control(self, op: scf.IfOp | scf.ForOp | scf.WhileOp) -> None:
        rows: list[Sequence[SSAValue]] = [op.results]
        for block in blocks_of(op):
            last = block.last_op
            if isinstance(last, scf.YieldOp | scf.ConditionOp):
                rows.append(last.operands[isinstance(last, scf.ConditionOp) :])
            if not isinstance(op, scf.IfOp):
                rows.append(block.args[isinstance(op, scf.ForOp) :])
        if isinstance(op, scf.ForOp):
            rows.append(op.iter_args)
        elif isinstance(op, scf.WhileOp):
            rows.append(op.arguments)
        for row in rows[1:]:
            for a, b in zip(rows[0], row, strict=False):
                self._unite(a, b)

    # -- one change ---------------------------------------------------------------------------------------------------

    def check(self, change: Reshaped) -> set[int]:
        if change.result is not None:
            self._unite(change.result, change.value)
        root = self._root(change.value)
        same = [v for v in self.values if v in self.parent or v is root]
        same = [v for v in same if self._root(v) is root]
        for v in same:
            if v in self.held:
                what = "it is a weight" if isinstance(self.held[v], ts.WeightOp) else "it was taken out of something"
                raise refusal(change.span, what)
        later = self._after(change)
        for v in same:
            slots: dict[Operation, int] = {}
            for use in v.uses:
                user = use.operation
                slots[user] = slots.get(user, 0) + 1
                if user is change.op or user not in self.place:
                    continue
                if v not in later and self._may_follow(user, change.op, v):
                    raise refusal(change.span, f"what it was before is used afterwards{_where(user)}")
                if _keeps(user) and self._may_follow(change.op, user, v):
                    raise refusal(change.span, f"it is held{_where(user)}")
            if any(n > 1 and isinstance(u, scf.YieldOp | scf.ForOp | scf.WhileOp) for u, n in slots.items()):
                raise refusal(change.span, "two names of a loop stand for it")
        return {i for i, argument in enumerate(self.body.args) if argument in same}

    def _after(self, change: Reshaped) -> set[SSAValue]:
        """The values that stand for the tensor after the change."""
        found: set[SSAValue] = set()
        work = [] if change.result is None else [change.result]
        while work:
            value = work.pop()
            if value in found:
                continue
            found.add(value)
            for use in value.uses:
                user = use.operation
                targets: list[SSAValue] = []
                if isinstance(user, ts.AtenOp) and user.written and user.written[0] == use.index:
                    targets = list(user.outputs)
                elif isinstance(user, ts.RefineOp | ts.UnwrapOp | ts.SomeOp):
                    targets = list(user.results)
                elif isinstance(user, scf.YieldOp | scf.ConditionOp | scf.ForOp | scf.WhileOp):
                    targets = _carried(user, use.index)
                work += targets
        return found

    def _may_follow(self, later: Operation, earlier: Operation, value: SSAValue) -> bool:
        """`later` may run after `earlier` on the same `value`: it stands behind it, or both are in a loop and the value
        comes from outside."""
        ours, theirs = _chain(later), _chain(earlier)
        for op, at in theirs.items():
            if op in ours and isinstance(op, scf.ForOp | scf.WhileOp) and not _is_inside(value, op):
                return True
            if op in ours and isinstance(op, scf.IfOp) and at is not ours[op]:
                return False
        return self.place[later] > self.place[earlier]


def _is_fresh(operator: Operator) -> bool:
    """The results are tensors that nothing refers to yet."""
    if operator.schema.name in _RETURNS_ARGUMENT:
        return False
    if operator.effects == "view":
        lowering = operator.lowering
        return isinstance(lowering, Runtime) and lowering.symbol not in _MAY_BE_SELF
    types = [a.type for a in operator.schema.arguments]
    return "(a" not in operator.schema.text and not any(map(mentions_variable, types))


def _keeps(user: Operation) -> bool:
    """`user` makes something refer to its operand."""
    if isinstance(user, ts.AtenOp):
        return bool(user.written) and not isinstance(ts.type_of(user.arguments[user.written[0]]), TensorType)
    return isinstance(user, ts.TupleOp | ts.ListOp | ts.DictOp | ts.AttributeSetOp | ts.StateSetOp | ts.BoxOp)


def _carried(terminator: Operation, index: int) -> list[SSAValue]:
    """The values that an operand of a loop or of a terminator becomes."""
    op = terminator if isinstance(terminator, scf.ForOp | scf.WhileOp) else terminator.parent_op()
    if isinstance(op, scf.IfOp):
        return [op.results[index]]
    at = index - 3 if terminator is op and isinstance(op, scf.ForOp) else index
    if isinstance(terminator, scf.ConditionOp):
        at -= 1
    if isinstance(op, scf.ForOp) and at >= 0:
        return [op.body.block.args[at + 1], op.results[at]]
    if isinstance(op, scf.WhileOp) and at >= 0:
        return [r for row in (op.before_region.block.args, op.after_region.block.args, op.results)
                for r in row[at : at + 1]]  # fmt: skip
    return []


def _chain(op: Operation) -> dict[Operation, Block | None]:
    """The operations around `op`, each with the block of it that `op` is in."""
    found: dict[Operation, Block | None] = {}
    at: Operation | None = op
    while at is not None:
        block = at.parent
        above = at.parent_op()
        if above is not None:
            found[above] = block
        at = above
    return found


def _is_inside(value: SSAValue, op: Operation) -> bool:
    owner = value.owner
    block = owner.parent if isinstance(owner, Operation) else owner
    while block is not None:
        above = block.parent_op()
        if above is op:
            return True
        block = above.parent if above is not None else None
    return False


def _where(user: Operation) -> str:
    span = ts.span_of(user)
    # The return at a function's end has the span of the whole function.
    return "" if span is None or isinstance(user, func.ReturnOp) else f", in line {span.line}"
