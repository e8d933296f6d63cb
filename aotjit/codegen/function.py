"""A func.func being written as an LLVM function: values, words, references.

References follow aotjit.ir.ownership: a leaf that its block owns is on the context's stack of held references from its
definition to its release or consumption.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llvmlite import ir
from xdsl.ir import Block, Operation, SSAValue

from aotjit.codegen import libm, scalar
from aotjit.codegen.constants import ProgramContext
from aotjit.codegen.context import Components, FunctionContext, Held, component_types, reference_positions
from aotjit.codegen.elements import Elements
from aotjit.codegen.layout import I1, I64, PTR
from aotjit.diagnostics import CompileError
from aotjit.ir import ownership, ts
from aotjit.types import Type

Emitter = Callable[["HostFunction", Any], None]


class HostFunction(FunctionContext):
    """One func.func being written."""

    module: ProgramContext

    def __init__(
        self, module: ProgramContext, function: ir.Function, title: str, emitters: Mapping[type[Operation], Emitter]
    ) -> None:
        super().__init__(module, function, title)
        self.emitters = emitters
        self.scope: ir.DIValue | None = None
        self.source_name = ""
        self._places: dict[tuple[str, int, int], ir.DIValue] = {}
        self.owned: dict[SSAValue, list[Held]] = {}
        self.frame: list[Held] = []
        """What the function owns until it returns."""
        self.elided: set[SSAValue] = set()
        """Results whose reference is dropped at once, so that it was never taken."""
        self.taken: set[Operation] = set()
        """The ts.release operations of references that an operation took over."""
        self.exits: dict[Operation, tuple[ir.Block, list[tuple[Sequence[ir.Value], ir.Block]]]] = {}
        """Of the loops around: the block behind, and from where and with which results it is reached."""
        self.lent: dict[SSAValue, list[ir.Value]] = {}
        """Of lists on the stack: the references of their elements, which the block owns in the list's place."""
        self.characters: dict[SSAValue, ir.Value] = {}
        """The numbers of strs that are one character of another."""

    # -- references ---------------------------------------------------------------------------------------------------

    def references(self, value: SSAValue) -> list[ir.Value]:
        """The components of `value` that refer to heap objects."""
        if value in self.lent:
            return self.lent[value]
        components = self.values[value]
        return [components[i] for i in reference_positions(ts.type_of(value))]

    def acquire(self, leaf: SSAValue) -> None:
        """The block owns one (more) reference of `leaf`."""
        self.owned.setdefault(leaf, []).append(self.hold(self.references(leaf)))

    def give_up(self, leaf: SSAValue) -> None:
        """The block's reference is released or taken over."""
        held = self.owned.get(leaf)
        if not held:
            raise CompileError.at(None, f"internal error: a reference is released twice in {self.title}")
        self.held.remove(held.pop())

    def consume(self, op: Operation) -> None:
        for operand in ownership.consumed_operands(op):
            for leaf in ownership.leaves(operand):
                self.give_up(leaf)

    # -- values -------------------------------------------------------------------------------------------------------

    def define(self, value: SSAValue, components: Sequence[ir.Value]) -> None:
        """Gives an SSA value its components; an owned leaf is held from here on."""
        self.values[value] = tuple(components)
        if value not in self.elided and ownership.is_owned_leaf(value):
            self.acquire(value)

    def define_all(self, values: Sequence[SSAValue], components: Sequence[ir.Value]) -> None:
        """Deals out `components` to several values, in order."""
        at = 0
        for value in values:
            count = len(component_types(ts.type_of(value)))
            self.define(value, components[at : at + count])
            at += count

    def operands(self, values: Sequence[SSAValue]) -> list[ir.Value]:
        """All components of several values, one after another."""
        return [c for v in values for c in self.values[v]]

    def load_words(self, base: ir.Value, t: Type, offset: int = 0) -> Components:
        """Reads a value of type `t` at word `offset` behind `base`."""
        loaded: list[ir.Value] = []
        for component in component_types(t):
            address = self.word(base, offset + len(loaded))
            word = self.builder.load(address, typ=I64 if component is I1 else component)
            self.module.access(word, "word")
            loaded.append(self.builder.trunc(word, I1) if component is I1 else word)
        return tuple(loaded)

    def store_words(self, base: ir.Value, components: Sequence[ir.Value], offset: int = 0) -> None:
        """Writes components as words at word `offset` behind `base`."""
        for i, component in enumerate(components):
            value = self.builder.zext(component, I64) if component.type is I1 else component
            self.module.access(self.builder.store(value, self.word(base, offset + i)), "word")

    def word(self, base: ir.Value, index: int) -> ir.Value:
        """Address of word `index` behind `base`."""
        return base if index == 0 else self.builder.gep(base, [I64(index)], inbounds=True, source_etype=I64)

    def words_of(self, components: Sequence[ir.Value]) -> ir.Value:
        """Stack memory that holds the components as words."""
        slot = self.alloca(I64, max(1, len(components)))
        self.store_words(slot, components)
        return slot

    # -- lines --------------------------------------------------------------------------------------------------------

    def open_lines(self, op: Operation) -> None:
        """Starts the function's line table, where the module has one and the function a place."""
        span = self.span = ts.span_of(op)
        if self.module.lines is not None and span is not None:
            self.source_name = span.source.name
            self.scope = self.module.lines.function(self.function, self.title, span)

    def mark_line(self, op: Operation) -> None:
        """The instructions that follow come from the place of `op`."""
        place = op.attributes.get("loc")
        if self.scope is None or not isinstance(place, ts.SpanAttr):
            return
        assert self.module.lines is not None
        span = place.data
        key = (span.source.name, span.line, span.column)
        if key not in self._places:
            self._places[key] = self.module.lines.place(self.scope, self.source_name, span)
        self.builder.debug_metadata = self._places[key]

    # -- operations ---------------------------------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        """Emits the operations of a block, its terminator included."""
        for op in block.ops:
            self.operation(op)

    def operation(self, op: Operation) -> None:
        self.mark_line(op)
        try:
            self.dispatch(op)
        except NotImplementedError as error:
            raise CompileError.at(ts.span_of(op), f"not supported: {error}") from None

    def dispatch(self, op: Operation) -> None:
        emitter = self.emitters.get(type(op))
        if emitter is not None:
            emitter(self, op)
        elif scalar.is_scalar_operation(op):
            elements = Elements(self.builder)
            operands = [self._element(elements, v) for v in op.operands]
            value = libm.emit(self.module, self.builder, op.name, operands)
            if value is None:
                value = scalar.emit(elements, op, operands)
            self.values[op.results[0]] = self._parts(value)
        else:
            raise CompileError.at(ts.span_of(op), f"internal error: no code for the operation {op.name}")


    def _element(self, elements: Elements, value: SSAValue) -> ir.Value:
        """A number as scalar operations take it: the two components of a complex one together."""
        components = self.values[value]
        return components[0] if len(components) == 1 else elements.pair(*components)

    def _parts(self, value: ir.Value) -> Components:
        if not isinstance(value.type, ir.LiteralStructType):
            return (value,)
        return tuple(self.builder.extract_value(value, i) for i in (0, 1))


def undefined(t: Type) -> list[ir.Value]:
    """Components of a value that is never looked at; its references are NULL, so that it can be released."""
    return [ir.Constant(c, None if c is PTR else 0) for c in component_types(t)]
