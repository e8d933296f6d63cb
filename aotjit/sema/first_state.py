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
from aotjit.ir.boundary import reach
from aotjit.program import COMPUTED, State
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import plain, require
from aotjit.sema.host.objects import HostInstance, instances_in
from aotjit.sema.host.types import member_of
from aotjit.sema.modules import HostTensor, HostValue, ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.sema.operator_calls import single
from aotjit.sema.overloads import call_operator
from aotjit.sema.user_classes import user_class
from aotjit.sema.values import Plain
from aotjit.types import (
    BOOL,
    COMPLEX,
    DEVICE,
    FLOAT,
    INT,
    NONE,
    STR,
    DictType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    erase,
    is_boxed,
)

SYMBOL = "initialise"


def memory_of(tensor: HostTensor) -> int:
    """Equal for tensors that share memory: views of one storage, or the same tensor."""
    storage = getattr(tensor.source, "storage", None)
    return id(tensor) if storage is None else id(storage)


def tensors_in(value: HostValue, inside: tuple[HostInstance, ...] = ()) -> Iterator[HostTensor]:
    """The tensors in a value that is no module."""
    if isinstance(value, HostTensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, HostInstance) and value not in inside:
        for item in value.attributes.values():
            yield from tensors_in(item, (*inside, value))


def spread_mutability(root: ModuleObject) -> None:
    """Attributes that share memory with one that is written are state too."""
    groups: dict[int, list[tuple[ModuleObject, str]]] = {}
    for module in root.walk():
        for name, value in module.attributes.items():
            for tensor in tensors_in(value):
                groups.setdefault(memory_of(tensor), []).append((module, name))
    for places in groups.values():
        if len(places) > 1 and any(n in m.mutable or instances_in(m.attributes[n]) for m, n in places):
            for module, name in places:
                module.mutable.add(name)


class FirstState:
    """Collects the states of a compilation that are COMPUTED."""

    def __init__(self) -> None:
        self.held: dict[str, HostValue] = {}
        self.spans: dict[str, Span] = {}
        self.types: dict[str, Type] = {}
        self.memories: dict[int, list[str]] = {}

    def add(self, state: State, held: HostValue, span: Span) -> None:
        """Notes what a state holds in a new instance."""
        if any(isinstance(t, DictType) and isinstance(t.key, TensorType) for t in reach([state.type])):
            raise CompileError.at(
                span,
                f"the attribute '{state.path}' has tensors as keys of a dict: what one call is given is another tensor "
                "than what the next one is given",
                "keep such dicts in local variables, or use numbers or names as keys",
            )
        self.held[state.path], self.spans[state.path] = held, span
        self.types[state.path] = erase(state.type)
        for tensor in tensors_in(held):
            self.memories.setdefault(memory_of(tensor), []).append(state.path)

    def computed(self, states: dict[str, State]) -> list[str]:
        """The paths of the states that need the initialiser; these become COMPUTED."""
        shared = {path for paths in self.memories.values() if len(paths) > 1 for path in paths}
        paths = [p for p, v in self.held.items() if p in shared or _needs_code(v, self.types[p])]
        for path in paths:
            states[path] = replace(states[path], initial=COMPUTED)
        return paths


def _needs_code(value: HostValue, t: Type) -> bool:
    """It is no constant data: containers of tensors, instances, boxes."""
    return not _is_data(t) or (not isinstance(value, HostTensor) and any_tensor(value))


def _is_data(t: Type) -> bool:
    """Values of the type have a form as constant words (codegen/words.py)."""
    match t:
        case OptionalType() | ListType():
            return _is_data(t.element)
        case DictType():
            return _is_data(t.key) and _is_data(t.value)
        case TupleType():
            return all(map(_is_data, t.elements))
    return isinstance(t, TensorType) or t in (INT, FLOAT, COMPLEX, BOOL, STR, DEVICE, NONE)


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
        span = first.spans[path]
        value = maker.make(first.held[path], first.types[path], path, span)
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

    def make(self, value: HostValue, t: Type, path: str, span: Span) -> Plain:
        """The value as one of type `t`."""
        if isinstance(t, OptionalType):
            if value is None:
                return self.ctx.value(ts.NoneOp(t), span)
            return self._as(self.make(value, t.element, path, span), t, path, span)
        if is_boxed(t):
            return self._as(self.make(value, member_of(value, t, path, span), path, span), t, path, span)
        found = self.made.get(id(value))
        if found is None:
            found = self._make(value, t, path, span)
            if isinstance(value, HostTensor | list | dict):
                self.made[id(value)] = found
        return self._as(found, t, path, span)

    def _as(self, value: Plain, t: Type, path: str, span: Span) -> Plain:
        return require(self.ctx, value, t, span, f"the attribute '{path}'")

    def _make(self, value: HostValue, t: Type, path: str, span: Span) -> Plain:
        if isinstance(value, HostTensor):
            return self._tensor(value, path, span)
        if isinstance(value, HostInstance):
            return self._instance(value, path, span)
        if isinstance(value, list) and isinstance(t, ListType):
            items = [self.make(v, t.element, f"{path}.{i}", span).ssa for i, v in enumerate(value)]
            return self.ctx.value(ts.ListOp(items, t), span)
        if isinstance(value, dict) and isinstance(t, DictType):
            pairs = [
                (self.make(k, t.key, path, span), self.make(v, t.value, f"{path}.{k}", span)) for k, v in value.items()
            ]
            return self.ctx.value(ts.DictOp([x.ssa for pair in pairs for x in pair], t), span)
        if isinstance(value, tuple) and isinstance(t, TupleType) and len(value) == len(t.elements):
            parts = zip(value, t.elements, strict=True)
            held = [self.make(v, e, f"{path}.{i}", span).ssa for i, (v, e) in enumerate(parts)]
            return self.ctx.value(ts.TupleOp(held, t), span)
        return plain(self.ctx, self.ctx.compiler.wrap(self.ctx, value, span, path), span)

    def _instance(self, value: HostInstance, path: str, span: Span) -> Plain:
        """A new instance with the fields that the class has in compiled code."""
        made = self.made[id(value)] = self.ctx.value(ts.ObjectOp(value.type), span)
        fields = user_class(self.ctx, value.type, span).fields
        for name, t in fields.items():
            if name not in value.attributes:
                raise CompileError.at(span, f"the attribute '{path}' has no '{name}'")
            held = self.make(value.attributes[name], t, f"{path}.{name}", span)
            self.ctx.emit(ts.AttributeSetOp(made.ssa, name, held.ssa), span)
        return made

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
