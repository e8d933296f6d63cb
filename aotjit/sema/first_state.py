"""The first value of the instance's state where it is more than constant data: containers of tensors, and tensors whose
memory several attributes share. Such states are COMPUTED: a function that every new instance runs stores them.

    self.cache = [torch.zeros(3), torch.ones(3)]        def initialise():
    self.b.weight = self.a.weight  (and it is written)      %0 = list of copies of two weights; state_set "cache"
                                                            %1 = copy of a weight; state_set "a.weight", "b.weight"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from xdsl.dialects import func
from xdsl.ir import Block, Region

from aotjit.diagnostics import CompileError, Span
from aotjit.ir import ts
from aotjit.program import COMPUTED, State
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import plain, require
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.sema.overloads import call_operator, single
from aotjit.sema.values import Plain
from aotjit.types import INT, NONE, DictType, ListType, TupleType, erase

SYMBOL = "initialise"


def memory_of(tensor: HostTensor) -> int:
    """Equal for tensors that share memory: views of one storage, or the same tensor."""
    storage = getattr(tensor.source, "storage", None)
    return id(tensor) if storage is None else id(storage)


def tensors_in(value: HostValue) -> Iterator[HostTensor]:
    """The tensors in a value that is no module."""
    if isinstance(value, HostTensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)


def spread_mutability(root: ModuleObject) -> None:
    """Attributes that share memory with one that is written are state too."""
    groups: dict[int, list[tuple[ModuleObject, str]]] = {}
    for module in root.walk():
        for name, value in module.attributes.items():
            for tensor in tensors_in(value):
                groups.setdefault(memory_of(tensor), []).append((module, name))
    for places in groups.values():
        if len(places) > 1 and any(name in module.mutable for module, name in places):
            for module, name in places:
                module.mutable.add(name)


class FirstState:
    """Collects the states of a compilation that are COMPUTED."""

    def __init__(self) -> None:
        self.held: dict[str, HostValue] = {}
        self.spans: dict[str, Span] = {}
        self.memories: dict[int, list[str]] = {}

    def add(self, state: State, held: HostValue, span: Span) -> None:
        """Notes what a state holds in a new instance."""
        self.held[state.path], self.spans[state.path] = held, span
        for tensor in tensors_in(held):
            self.memories.setdefault(memory_of(tensor), []).append(state.path)

    def computed(self, states: dict[str, State]) -> list[str]:
        """The paths of the states that need the initialiser; these become COMPUTED."""
        shared = {path for paths in self.memories.values() if len(paths) > 1 for path in paths}
        paths = [p for p, v in self.held.items() if p in shared or (not isinstance(v, HostTensor) and any_tensor(v))]
        for path in paths:
            states[path] = replace(states[path], initial=COMPUTED)
        return paths


def any_tensor(value: HostValue) -> bool:
    return next(tensors_in(value), None) is not None


def define_initialiser(compiler: Any, first: FirstState) -> str:
    """Adds the function that stores the COMPUTED states, as the module's first. Gives its symbol, "" for none."""
    paths = first.computed(compiler.states)
    if not paths:
        return ""
    block = Block()
    ctx = FunctionContext(compiler, ModuleScope(()), SYMBOL, block)
    maker = _Maker(ctx)
    for path in paths:
        span, t = first.spans[path], erase(compiler.states[path].type)
        value = require(ctx, maker.make(first.held[path], path, span), t, span, f"the attribute '{path}'")
        ctx.emit(ts.StateSetOp(path, value.ssa), span)
    ctx.emit(func.ReturnOp(ctx.constant(None, None).ssa), None)
    op = func.FuncOp(SYMBOL, ([], [ts.ir_type(NONE)]), Region([block]), "public")
    body = compiler.module.body.block
    if body.first_op is None:
        body.add_op(op)
    else:
        body.insert_op_before(op, body.first_op)
    return SYMBOL


class _Maker:
    """Values of compile time as values of the initialiser; what is one object there is one here."""

    def __init__(self, ctx: FunctionContext) -> None:
        self.ctx = ctx
        self.made: dict[int, Plain] = {}

    def make(self, value: HostValue, path: str, span: Span) -> Plain:
        found = self.made.get(id(value))
        if found is None:
            found = self._make(value, path, span)
            if isinstance(value, HostTensor | list | dict):
                self.made[id(value)] = found
        return found

    def _make(self, value: HostValue, path: str, span: Span) -> Plain:
        if isinstance(value, HostTensor):
            return self._tensor(value, path, span)
        if isinstance(value, list | tuple):
            items = [self.make(v, f"{path}.{i}", span) for i, v in enumerate(value)]
            if isinstance(value, tuple):
                t = TupleType(tuple(i.type for i in items))
                return self.ctx.value(ts.TupleOp([i.ssa for i in items], t), span)
            return self.ctx.value(ts.ListOp([i.ssa for i in items], ListType(items[0].type)), span)
        if isinstance(value, dict):
            pairs = [(self.make(k, path, span), self.make(v, f"{path}.{k}", span)) for k, v in value.items()]
            t = DictType(pairs[0][0].type, pairs[0][1].type)
            return self.ctx.value(ts.DictOp([x.ssa for pair in pairs for x in pair], t), span)
        return plain(self.ctx, self.ctx.compiler.wrap(self.ctx, value, span, path), span)

    def _tensor(self, tensor: HostTensor, path: str, span: Span) -> Plain:
        storage = getattr(tensor.source, "storage", None)
        if storage is None or tensor.source.is_whole:
            return self._copy(tensor, path, span)
        whole = self.made.get(id(storage))
        if whole is None:
            source = tensor.source.whole()
            flat = HostTensor(source.dtype, source.shape, None, source)
            whole = self.made[id(storage)] = self._copy(flat, f"{path}.storage", span)
        return self._view(whole, tensor, span)

    def _copy(self, tensor: HostTensor, path: str, span: Span) -> Plain:
        weight = plain(self.ctx, self.ctx.compiler.wrap(self.ctx, tensor, span, path), span)
        return single(call_operator(self.ctx, "clone", [weight], {}, span))

    def _view(self, whole: Plain, tensor: HostTensor, span: Span) -> Plain:
        source = tensor.source
        if source.conj or source.neg:
            raise CompileError.at(span, "a conjugated or negated view of memory that other attributes share")
        offset = self.ctx.constant(source.offset, span)
        operands = [whole, self._ints(source.shape, span), self._ints(source.strides, span), offset]
        return single(call_operator(self.ctx, "as_strided", operands, {}, span))

    def _ints(self, values: tuple[int, ...], span: Span) -> Plain:
        items = [self.ctx.constant(v, span).ssa for v in values]
        return self.ctx.value(ts.ListOp(items, ListType(INT)), span)
