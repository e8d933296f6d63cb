"""What the emitters of host code and of kernels share: the function being written.

`FunctionContext` keeps, beside the values, the stack of references that the code owns at this place. A failing call
branches to a cleanup block that releases exactly those; blocks are shared by all places with the same stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen.layout import F64, I1, I32, I64, INSTANCE_KERNELS, PTR, TENSOR, VOID, Struct
from aotjit.codegen.module import Callee, KernelModule, ModuleContext
from aotjit.codegen.references import DESTROY, release_function, retain_function
from aotjit.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    NONE,
    NUMBER,
    OptionalType,
    TupleType,
    Type,
    is_pointer,
    is_refcounted,
)

if TYPE_CHECKING:
    from xdsl.ir import SSAValue

    from aotjit.diagnostics import Span

Components = tuple[ir.Value, ...]
"""One language value as LLVM scalars, one for each of its words: i64, double, i1 or ptr."""




def component_types(t: Type) -> tuple[ir.Type, ...]:
    """LLVM types of a value's components, in word order (types.word_count many)."""
    if isinstance(t, TupleType):
        return tuple(c for e in t.elements for c in component_types(e))
    if isinstance(t, OptionalType):
        inner = component_types(t.element)
        return inner if is_pointer(t.element) else (I1, *inner)
    if t == NONE:
        return ()
    if t == NUMBER:
        raise NotImplementedError(f"a value of type {t} has no run-time form")
    if is_pointer(t):
        return (PTR,)
    if t == COMPLEX:
        return (F64, F64)
    return (F64,) if t == FLOAT else (I1,) if t == BOOL else (I64,)


def reference_positions(t: Type) -> tuple[int, ...]:
    """Which components are references to heap objects."""
    return tuple(i for i, c in enumerate(component_types(t)) if c is PTR) if is_refcounted(t) else ()


class Held:
    """References owned at this place; compared by identity."""

    __slots__ = ("references",)

    def __init__(self, references: Sequence[ir.Value]) -> None:
        self.references = tuple(references)


class FunctionContext:
    """A function being written. `instance` is the aj_instance pointer, `results` where result words go."""

    def __init__(self, module: ModuleContext, function: ir.Function, title: str) -> None:
        self.module, self.function, self.title = module, function, title
        # Allocas stay in the entry block; code starts behind it.
        self._allocas = ir.IRBuilder(function.append_basic_block("entry"))
        self.builder = ir.IRBuilder(function.append_basic_block("start"))
        self.instance: ir.Value = function.args[0]
        self.results: ir.Value = function.args[-1]
        self.span: Span | None = None
        """Of the whole function, where it is known: what lies outside was inlined."""
        self.values: dict[SSAValue, Components] = {}
        self.held: list[Held] = []
        self._slots: dict[tuple[str, int], ir.Value] = {}
        self._cleanups: dict[tuple[Held, ...], tuple[ir.Block, ir.PhiInstr]] = {}
        self._sites: dict[tuple[object, ...], tuple[ir.Block, ir.PhiInstr]] = {}

    def finish(self) -> None:
        """Closes the entry block."""
        self._allocas.branch(self.function.blocks[1])

    # -- values -------------------------------------------------------------------------------------------------------

    def components(self, value: SSAValue) -> Components:
        """The LLVM scalars of an SSA value."""
        return self.values[value]

    def value(self, value: SSAValue) -> ir.Value:
        """The one LLVM scalar of an int, float, bool, Tensor, str or List."""
        (single,) = self.values[value]
        return single

    def alloca(self, t: ir.Type, count: int | None = None, align: int | None = None) -> ir.Value:
        """Stack memory of fixed size, allocated once a call whatever loop the code is in."""
        slot = self._allocas.alloca(ir.ArrayType(t, count) if count is not None else t)
        slot.type = PTR
        if align is not None:
            slot.align = align
        return slot

    def slot(self, t: ir.Type, position: int = 0) -> ir.Value:
        """Where a call puts its result number `position`, to be read right behind it: the next call's is the same."""
        key = (str(t), position)
        if key not in self._slots:
            self._slots[key] = self.alloca(t)
        return self._slots[key]

    def field(self, base: ir.Value, struct: Struct, name: str) -> ir.Value:
        """Address of a field."""
        return self.builder.gep(base, [I32(0), I32(struct.index(name))], inbounds=True, source_etype=struct.type)

    def load_field(self, base: ir.Value, struct: Struct, name: str) -> ir.Value:
        """Value of a scalar field."""
        loaded = self.builder.load(self.field(base, struct, name), typ=struct.field_type(name))
        return self.module.access(loaded, "field")

    def store_field(self, value: ir.Value, base: ir.Value, struct: Struct, name: str) -> None:
        """Writes a scalar field."""
        self.module.access(self.builder.store(value, self.field(base, struct, name)), "field")

    def load_dim(self, tensor: ir.Value, field: str, index: ir.Value) -> ir.Value:
        """sizes[index] or strides[index] of an aj_tensor."""
        indices = [I32(0), I32(TENSOR.index(field)), index]
        address = self.builder.gep(tensor, indices, inbounds=True, source_etype=TENSOR.type)
        return self.module.access(self.builder.load(address, typ=I64), "field")

    @property
    def kernel_module(self) -> KernelModule:
        """Where the kernels that this function calls are written."""
        assert self.module.kernels is not None
        return self.module.kernels

    def kernel(self, kernel: ir.Value) -> ir.Value:
        """The address, for the CPU's level, of a function or variable of the kernel module."""
        address = self.builder.gep(self.instance, [I64(INSTANCE_KERNELS)], source_etype=PTR)
        table = self.builder.load(address, typ=PTR)
        place = I64(self.kernel_module.place(kernel))
        return self.builder.load(self.builder.gep(table, [place], source_etype=PTR), typ=PTR)

    def call_kernel(self, kernel: ir.Function, arguments: Sequence[ir.Value]) -> ir.Value:
        """What `kernel`, a function of the kernel module, returns."""
        return self.builder.call(Callee(self.kernel(kernel), kernel.function_type), arguments)

    # -- calls and failures -------------------------------------------------------------------------------------------

    def runtime(self, name: str, arguments: Sequence[ir.Type], result: ir.Type = I32) -> ir.Function:
        """A C function of the runtime, declared at first use. `arguments` include the instance where it takes one."""
        return self.module.declare(name, arguments, result)

    def call(self, name: str, arguments: Sequence[ir.Value], span: Span | None) -> None:
        """Calls `int32_t name(instance, arguments...)` and checks its status."""
        function = self.runtime(name, [PTR, *(a.type for a in arguments)])
        self.check(self.builder.call(function, [self.instance, *arguments]), span)

    def check(self, status: ir.Value, span: Span | None) -> None:
        """Goes on when `status` is 0; otherwise says where, releases what is owned here and returns it."""
        self.fail_if(self.builder.icmp_signed("!=", status, I32(0)), status, span)

    def fail_if(self, condition: ir.Value, status: ir.Value, span: Span | None) -> None:
        """`check` with the test given; the message must have been recorded when it holds."""
        block, phi = self._site(span)
        phi.add_incoming(status, self.builder.block)
        following = self.function.append_basic_block("ok")
        self.builder.cbranch(condition, block, following).set_weights([1, 2000])
        self.builder.position_at_end(following)

    def fail(self, kind: int, message: str, span: Span | None) -> None:
        """Ends the call here with a fixed message; the code that follows is unreachable."""
        function = self.module.declare("aj_fail", [PTR, I32, PTR], varargs=True)
        arguments = [self.instance, I32(kind), self.module.c_string(message.replace("%", "%%"))]
        self.leave(self.builder.call(function, arguments), span)

    def leave(self, status: ir.Value, span: Span | None) -> None:
        """Ends the call with a recorded failure; the builder goes on in an unreachable block."""
        block, phi = self._site(span)
        phi.add_incoming(status, self.builder.block)
        self.builder.branch(block)
        self.builder.position_at_end(self.function.append_basic_block("dead"))

    def fail_when(self, condition: ir.Value, kind: int, message: str, span: Span | None) -> None:
        """Ends the call with a fixed message where `condition` holds; the path is cold."""
        failing = self.function.append_basic_block("fail")
        following = self.function.append_basic_block("ok")
        self.builder.cbranch(condition, failing, following).set_weights([1, 2000])
        self.builder.position_at_end(failing)
        self.fail(kind, message, span)
        self.builder.unreachable()
        self.builder.position_at_end(following)

    @contextmanager
    def guard(self, *references: ir.Value) -> Iterator[None]:
        """While it lasts, a failure also releases these new objects, which no SSA value owns yet."""
        held = self.hold(references)
        yield
        self.held.remove(held)

    def hold(self, references: Sequence[ir.Value]) -> Held:
        """Adds owned references to what a failure releases; `held.remove` takes them out again."""
        held = Held(references)
        self.held.append(held)
        return held

    def _site(self, span: Span | None) -> tuple[ir.Block, ir.PhiInstr]:
        """The block that locates a failure at `span` and cleans up: a phi of the status comes first."""
        live = tuple(self.held)
        if span is None:
            return self._cleanup(live)
        key = (span.source.name, span.line, span.column, live)
        if key not in self._sites:
            block, phi, builder = self._cold_block()
            locate = self.module.declare("aj_locate", [PTR, PTR], VOID)
            builder.call(locate, [self.instance, self.module.c_string(self._place(span))])
            self._chain(builder, phi, live)
            self._sites[key] = (block, phi)
        return self._sites[key]

    def _place(self, span: Span) -> str:
        """`model.py:3:5 in forward`, without the function where another one's code was inlined."""
        whole = self.span
        own = whole is None or (span.source.name == whole.source.name and whole.line <= span.line <= whole.end_line)
        place = f"{span.source.file_name}:{span.line}:{span.column}"
        return f"{place} in {self.title}" if own else place

    def _cleanup(self, live: tuple[Held, ...]) -> tuple[ir.Block, ir.PhiInstr]:
        if live not in self._cleanups:
            block, phi, builder = self._cold_block()
            if live:
                for reference in live[-1].references:
                    # Inlined, these cold blocks take a sixth of the time that LLVM needs for a large function.
                    self._release(builder, reference, attributes=("noinline",))
                self._chain(builder, phi, live[:-1])
            else:
                builder.ret(phi)
            self._cleanups[live] = (block, phi)
        return self._cleanups[live]

    def _chain(self, builder: ir.IRBuilder, status: ir.Value, live: tuple[Held, ...]) -> None:
        block, phi = self._cleanup(live)
        phi.add_incoming(status, builder.block)
        builder.branch(block)

    def _cold_block(self) -> tuple[ir.Block, ir.PhiInstr, ir.IRBuilder]:
        block = self.function.append_basic_block("cleanup")
        builder = ir.IRBuilder(block)
        return block, builder.phi(I32), builder

    # -- references ---------------------------------------------------------------------------------------------------

    def retain(self, reference: ir.Value) -> None:
        """Adds a reference; NULL is allowed."""
        self.builder.call(retain_function(self.module), [reference])

    def release(self, reference: ir.Value, destroy: str = DESTROY) -> None:
        """Drops a reference; NULL is allowed. `destroy` ends objects of its kind."""
        self._release(self.builder, reference, destroy=destroy)

    def _release(
        self, builder: ir.IRBuilder, reference: ir.Value, attributes: tuple[str, ...] = (), destroy: str = DESTROY
    ) -> None:
        builder.call(release_function(self.module, destroy), [self.instance, reference], attrs=attributes)
