"""Vector registers and the operations of matrix products on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llvmlite import ir

from aotjit.codegen.elements import Elements
from aotjit.codegen.layout import I8, I32, I64, PTR, VOID
from aotjit.codegen.module import Function, leave_loop
from aotjit.schedule.targets import Target


@dataclass(frozen=True)
class Registers:
    """The vector type of an element on a target."""

    element: ir.Type
    bytes: int
    lanes: int

    @property
    def vector(self) -> ir.VectorType:
        return ir.VectorType(self.element, self.lanes)

    @property
    def vector_bytes(self) -> int:
        return self.bytes * self.lanes

    @property
    def zero(self) -> ir.Constant:
        return Elements(ir.IRBuilder(), self.lanes).zero(self.vector)


def registers_of(element: ir.Type, target: Target) -> Registers:
    size = 4 if element in (ir.FloatType(), I32) else 8
    return Registers(element, size, target.lanes(size))


class Writer:
    """An IRBuilder with the operations of these loops."""

    def __init__(self, builder: ir.IRBuilder, registers: Registers) -> None:
        self.b, self.registers = builder, registers
        self.elements = Elements(builder, registers.lanes)
        self.integer = isinstance(registers.element, ir.IntType)

    def at(self, base: ir.Value, offset: ir.Value | int) -> ir.Value:
        """base + offset bytes."""
        if isinstance(offset, int):
            if offset == 0:
                return base
            offset = I64(offset)
        return self.b.gep(base, [offset], source_etype=I8)

    def load(self, address: ir.Value) -> ir.Value:
        return self.b.load(address, typ=self.registers.vector, align=self.registers.bytes)

    def store(self, value: ir.Value, address: ir.Value) -> None:
        self.b.store(value, address, align=self.registers.bytes)

    def broadcast(self, address: ir.Value) -> ir.Value:
        scalar = self.b.load(address, typ=self.registers.element, align=self.registers.bytes)
        return self.elements.splat(scalar)

    def add(self, a: ir.Value, b: ir.Value) -> ir.Value:
        return self.b.add(a, b) if self.integer else self.b.fadd(a, b)

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        return self.b.add(self.b.mul(a, b), c) if self.integer else self.elements.intrinsic("fmuladd", a, b, c)

    def sum(self, vector: ir.Value) -> ir.Value:
        """The sum of the lanes."""
        element, module = self.registers.element, self.b.module
        name = f"llvm.vector.reduce.{'add' if self.integer else 'fadd'}.{self.elements.suffix(vector.type)}"
        start = [] if self.integer else [ir.Constant(element, -0.0)]
        function = module.globals.get(name)
        if function is None:
            types = [*(v.type for v in start), vector.type]
            function = ir.Function(module, ir.FunctionType(element, types), name)
        return self.b.call(function, [*start, vector], fastmath=() if self.integer else ("reassoc",))

    def shuffle(self, a: ir.Value, b: ir.Value, lanes: list[int]) -> ir.Value:
        """The lanes of a, then of b, that the numbers say."""
        mask = ir.Constant(ir.VectorType(I32, len(lanes)), [I32(i) for i in lanes])
        return self.b.shuffle_vector(a, b, mask)

    def opaque(self, value: ir.Value) -> ir.Value:
        """The value, but LLVM does not know that."""
        kept = ir.InlineAsm(ir.FunctionType(value.type, [value.type]), "", "=r,0")
        return self.b.call(kept, [value])

    def prefetch(self, address: ir.Value, locality: int = 3, write: bool = False) -> None:
        """Asks for a cache line: into L1 with locality 3, L2 with 2."""
        name = "llvm.prefetch.p0"
        function = self.b.module.globals.get(name)
        if function is None:
            function = ir.Function(self.b.module, ir.FunctionType(VOID, [PTR, I32, I32, I32]), name)
        self.b.call(function, [address, I32(int(write)), I32(locality), I32(1)])

    def clamped(self, index: int | ir.Value, last: ir.Value) -> ir.Value:
        """min(index, last)."""
        index = I64(index) if isinstance(index, int) else index
        return self.b.select(self.b.icmp_signed("<", index, last), index, last)

    def count_loop(
        self, count: ir.Value, start: list[ir.Value], body: Callable[[list[ir.Value]], list[ir.Value]]
    ) -> list[ir.Value]:
        """Runs `body` `count` >= 0 times on the values, which begin as `start`; returns the last ones."""
        b = self.b
        before = b.block
        loop, after = b.append_basic_block("loop"), b.append_basic_block("after")
        b.cbranch(b.icmp_signed(">", count, I64(0)), loop, after)
        b.position_at_end(loop)
        left = b.phi(I64)
        left.add_incoming(count, before)
        phis = [b.phi(v.type) for v in start]
        for phi, value in zip(phis, start, strict=True):
            phi.add_incoming(value, before)
        following = body(list(phis))
        rest = b.sub(left, I64(1))
        left.add_incoming(rest, b.block)
        for phi, value in zip(phis, following, strict=True):
            phi.add_incoming(value, b.block)
        # How many steps there are at a time is the schedule's choice.
        leave_loop(b.cbranch(b.icmp_signed(">", rest, I64(0)), loop, after))
        last = b.block
        b.position_at_end(after)
        results = [b.phi(v.type) for v in start]
        for result, first, value in zip(results, start, following, strict=True):
            result.add_incoming(first, before)
            result.add_incoming(value, last)
        return list(results)


def kernel_function(module: ir.Module, name: str, arguments: tuple[ir.Type, ...]) -> ir.Function:
    """A new function without blocks."""
    function = Function(module, ir.FunctionType(VOID, list(arguments)), name)
    function.attributes.add("nounwind")
    set.add(function.attributes, '"prefer-vector-width"="512"')
    return function
