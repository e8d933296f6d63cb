"""The inner loops of Fourier transforms (aj_fourier of runtime/fourier.h): as many transforms at once as a register has
lanes, one in each.

A buffer holds elements [index][re, im][lane]. A pass is one step of Stockham's algorithm: butterflies of `radix`
elements `s * m` apart, times the powers of a root of unity, to where the next pass finds them; no bit reversal is left.
With the places of re and im exchanged, the same loops compute the inverse transform.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from llvmlite import ir

from aotjit.codegen.kernels.fixed import fourier_name
from aotjit.codegen.kernels.registers import Registers, Writer, kernel_function, registers_of
from aotjit.codegen.kernels.transposes import define_transpose, transpose_side
from aotjit.codegen.layout import I64, PTR
from aotjit.codegen.module import level_symbol
from aotjit.schedule.targets import Target

RADICES = (2, 3, 4, 5, 7, 8)
"""AJ_RADICES of runtime/fourier.h."""
PASS_ARGUMENTS = (PTR, PTR, I64, I64, PTR, I64, I64)
"""x, y, m, s, roots, place of re, place of im (in bytes)."""
SPAN_ARGUMENTS = (PTR, PTR, I64, PTR, I64, I64)
"""x, y, count, factors, place of re, place of im."""
FOURIER = ir.LiteralStructType([I64, I64, *[PTR] * (5 + 2 * len(RADICES))])

Number = tuple[ir.Value, ir.Value]
"""A vector of complex numbers: real and imaginary parts."""


def define_fourier(short: str, element: ir.Type, module: ir.Module, target: Target) -> None:
    """The constant aj_fourier of the target, with its functions."""
    registers = registers_of(element, target)
    stem = level_symbol(fourier_name(short), target.level)
    side = transpose_side(registers, registers.lanes)
    functions = [
        define_transpose(f"{stem}.transpose", side, module, registers),
        define_span(f"{stem}.multiply", _multiply, 2 * registers.bytes, module, registers),
        define_span(f"{stem}.scale", _scale, 0, module, registers),
        define_mirrored(f"{stem}.split", _split, module, registers),
        define_mirrored(f"{stem}.merge", _merge, module, registers),
        *(define_pass(f"{stem}.pass{r}", r, True, module, registers) for r in RADICES),
        *(define_pass(f"{stem}.last{r}", r, False, module, registers) for r in RADICES),
    ]
    variable = ir.GlobalVariable(module, FOURIER, stem)
    variable.global_constant = True
    variable.initializer = ir.Constant(FOURIER, [I64(registers.lanes), I64(side), *functions])


class _Complex(Writer):
    """A writer of complex vectors in memory, their parts at two places."""

    def __init__(self, builder: ir.IRBuilder, registers: Registers, re: ir.Value, im: ir.Value) -> None:
        super().__init__(builder, registers)
        self.places = re, im
        self.element_bytes = 2 * registers.vector_bytes

    def number(self, address: ir.Value) -> Number:
        re, im = (self.load(self.at(address, place)) for place in self.places)
        return re, im

    def put(self, value: Number, address: ir.Value) -> None:
        for part, place in zip(value, self.places, strict=True):
            self.store(part, self.at(address, place))

    def root(self, address: ir.Value) -> Number:
        """One complex constant, in every lane."""
        return self.broadcast(address), self.broadcast(self.at(address, self.registers.bytes))

    def plus(self, a: Number, b: Number) -> Number:
        return self.b.fadd(a[0], b[0]), self.b.fadd(a[1], b[1])

    def minus(self, a: Number, b: Number) -> Number:
        return self.b.fsub(a[0], b[0]), self.b.fsub(a[1], b[1])

    def times(self, a: Number, w: Number) -> Number:
        re = self.fma(a[0], w[0], self.b.fneg(self.b.fmul(a[1], w[1])))
        return re, self.fma(a[0], w[1], self.b.fmul(a[1], w[0]))

    def real_times(self, a: Number, factor: float) -> Number:
        c = self.elements.like(a[0], factor)
        return self.b.fmul(a[0], c), self.b.fmul(a[1], c)

    def turned(self, a: Number) -> Number:
        """a * -i."""
        return a[1], self.b.fneg(a[0])

    def conjugate(self, a: Number) -> Number:
        return a[0], self.b.fneg(a[1])


# -- butterflies ------------------------------------------------------------------------------------------------------


def butterfly(w: _Complex, x: list[Number]) -> list[Number]:
    """The transform of a few numbers in registers."""
    if len(x) == 2:
        return [w.plus(x[0], x[1]), w.minus(x[0], x[1])]
    if len(x) % 2:
        return _odd(w, x)
    even, odd = butterfly(w, x[::2]), butterfly(w, x[1::2])
    odd = [_root_times(w, o, k, len(x)) for k, o in enumerate(odd)]
    return [w.plus(e, o) for e, o in zip(even, odd, strict=True)] + [
        w.minus(e, o) for e, o in zip(even, odd, strict=True)
    ]


def _root_times(w: _Complex, a: Number, k: int, n: int) -> Number:
    """a * exp(-2 pi i k / n) of a butterfly of 4 or 8."""
    if k == 0:
        return a
    if 4 * k == n:
        return w.turned(a)
    half = math.sqrt(0.5)
    if 8 * k == n:
        return w.real_times((w.b.fadd(a[0], a[1]), w.b.fsub(a[1], a[0])), half)
    assert 8 * k == 3 * n
    return w.real_times((w.b.fsub(a[1], a[0]), w.b.fneg(w.b.fadd(a[0], a[1]))), half)


def _odd(w: _Complex, x: list[Number]) -> list[Number]:
    """Sums and differences of the numbers from both ends have real factors."""
    n, half = len(x), len(x) // 2
    sums = [w.plus(x[k], x[n - k]) for k in range(1, half + 1)]
    differences = [w.minus(x[k], x[n - k]) for k in range(1, half + 1)]
    first = x[0]
    for s in sums:
        first = w.plus(first, s)
    low, high = [], []
    for j in range(1, half + 1):
        along, across = x[0], None
        for k in range(1, half + 1):
            angle = 2 * math.pi * (j * k % n) / n
            along = _fma(w, sums[k - 1], math.cos(angle), along)
            part = differences[k - 1]
            across = w.real_times(part, math.sin(angle)) if across is None else _fma(w, part, math.sin(angle), across)
        assert across is not None
        turned = w.turned(across)
        low.append(w.plus(along, turned))
        high.append(w.minus(along, turned))
    return [first, *low, *reversed(high)]


def _fma(w: _Complex, a: Number, factor: float, c: Number) -> Number:
    f = w.elements.like(a[0], factor)
    return w.fma(a[0], f, c[0]), w.fma(a[1], f, c[1])


def define_pass(name: str, radix: int, rooted: bool, module: ir.Module, registers: Registers) -> ir.Function:
    """y[q + s (radix p + k)] = w^(p k) sum over j of x[q + s (p + m j)] exp(-2 pi i j k / radix), for p < m and q < s;
    `roots` holds w^p ... w^(p (radix - 1)) for each p. Without them (`rooted`) for the last pass, where m is 1."""
    function = kernel_function(module, name, PASS_ARGUMENTS)
    x, y, m, s, roots, re, im = function.args
    w = _Complex(ir.IRBuilder(function.append_basic_block("entry")), registers, re, im)
    row = w.b.mul(s, I64(w.element_bytes))
    step = w.b.mul(row, m)
    x_steps = [w.b.mul(step, I64(k)) for k in range(radix)]
    y_steps = [w.b.mul(row, I64(k)) for k in range(radix)]
    next_y = w.b.mul(row, I64(radix))

    def group(values: list[ir.Value]) -> list[ir.Value]:
        from_p, to_p, roots_p = values
        factors = [w.root(w.at(roots_p, 2 * k * registers.bytes)) for k in range(radix - 1)] if rooted else []

        def one(places: list[ir.Value]) -> list[ir.Value]:
            results = butterfly(w, [w.number(w.at(places[0], d)) for d in x_steps])
            if rooted:
                results[1:] = [w.times(r, f) for r, f in zip(results[1:], factors, strict=True)]
            for result, d in zip(results, y_steps, strict=True):
                w.put(result, w.at(places[1], d))
            return [w.at(place, w.element_bytes) for place in places]

        w.count_loop(s, [from_p, to_p], one)
        return [w.at(from_p, row), w.at(to_p, next_y), w.at(roots_p, 2 * (radix - 1) * registers.bytes)]

    w.count_loop(m, [x, y, roots], group)
    w.b.ret_void()
    return function


# -- sweeps over a buffer ---------------------------------------------------------------------------------------------

Step = Callable[[_Complex, Number, ir.Value], Number]


def _multiply(w: _Complex, x: Number, factors: ir.Value) -> Number:
    return w.times(x, w.root(factors))


def _scale(w: _Complex, x: Number, factors: ir.Value) -> Number:
    factor = w.broadcast(factors)
    return w.b.fmul(x[0], factor), w.b.fmul(x[1], factor)


def define_span(name: str, step: Step, advance: int, module: ir.Module, registers: Registers) -> ir.Function:
    """y[i] = step(x[i], the factors for i), which are `advance` bytes apart: complex numbers, or one real number for
    all."""
    function = kernel_function(module, name, SPAN_ARGUMENTS)
    x, y, count, factors, re, im = function.args
    w = _Complex(ir.IRBuilder(function.append_basic_block("entry")), registers, re, im)

    def one(values: list[ir.Value]) -> list[ir.Value]:
        w.put(step(w, w.number(values[0]), values[2]), values[1])
        return [w.at(values[0], w.element_bytes), w.at(values[1], w.element_bytes), w.at(values[2], advance)]

    w.count_loop(count, [x, y, factors], one)
    w.b.ret_void()
    return function


Mirror = Callable[[_Complex, Number, Number, Number], Number]
"""Of z[k], the conjugate of z[h - k] and the root at k."""


def _split(w: _Complex, z: Number, mirrored: Number, root: Number) -> Number:
    """The transform of 2 h reals from that of h pairs of them: even + exp(-2 pi i k / 2h) odd."""
    even = w.real_times(w.plus(z, mirrored), 0.5)
    odd = w.real_times(w.minus(z, mirrored), 0.5)
    return w.plus(even, w.times(w.turned(odd), root))


def _merge(w: _Complex, z: Number, mirrored: Number, root: Number) -> Number:
    """The way back: even + i odd, each twice what it was."""
    odd = w.times(w.minus(z, mirrored), w.conjugate(root))
    return w.minus(w.plus(z, mirrored), w.turned(odd))


def define_mirrored(name: str, step: Mirror, module: ir.Module, registers: Registers) -> ir.Function:
    """y[k] = step(x[k], conjugate of x[h - k], root k) for k up to h, which is `count`."""
    function = kernel_function(module, name, SPAN_ARGUMENTS)
    x, y, count, factors, re, im = function.args
    w = _Complex(ir.IRBuilder(function.append_basic_block("entry")), registers, re, im)
    end = w.at(x, w.b.mul(count, I64(w.element_bytes)))

    def one(values: list[ir.Value]) -> list[ir.Value]:
        from_k, mirrored, to_k, root = values
        w.put(step(w, w.number(from_k), w.conjugate(w.number(mirrored)), w.root(root)), to_k)
        return [
            w.at(from_k, w.element_bytes), w.at(mirrored, -w.element_bytes), w.at(to_k, w.element_bytes),
            w.at(root, 2 * registers.bytes),
        ]  # fmt: skip

    w.count_loop(w.b.add(count, I64(1)), [x, end, y, factors], one)
    w.b.ret_void()
    return function
