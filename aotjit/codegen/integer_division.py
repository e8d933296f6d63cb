"""Python's // and % of ints: quotients rounded down, remainders with the divisor's sign.

Where both operands are below 2**32, which the program finds out when it runs, the processor's unsigned division of
32 bits gives what Python wants: it takes 12 cycles where the signed one of 64 bits takes 18 (Ice Lake) to 90 (Skylake),
and there is nothing to mend behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir

from aotjit.codegen.function import HostFunction
from aotjit.codegen.indices import constant_of
from aotjit.codegen.layout import I32, I64, STATUS
from aotjit.ir import ts

NARROW_BITS = 32


def int_floordiv(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """Python's //: the quotient rounded down; ZeroDivisionError. Lowest // -1 wraps."""
    a, d = (f.value(v) for v in op.arguments)
    b, constant = f.builder, constant_of(d)
    if constant is None or constant in (0, -1):
        _fail_on_zero(f, d, op)
        return (_narrow_or_wide(f, a, d, b.udiv, _wide_quotient),)
    if constant > 0 and constant & (constant - 1) == 0:
        return (b.ashr(a, I64(constant.bit_length() - 1)),)
    return (_floor(f, b.sdiv(a, d), b.srem(a, d), d),)


def int_mod(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """Python's %: the remainder with the divisor's sign; ZeroDivisionError."""
    a, d = (f.value(v) for v in op.arguments)
    b, constant = f.builder, constant_of(d)
    if constant is None or constant in (0, -1):
        _fail_on_zero(f, d, op)
        return (_narrow_or_wide(f, a, d, b.urem, _wide_remainder),)
    if constant > 0 and constant & (constant - 1) == 0:
        return (b.and_(a, I64(constant - 1)),)
    return (_with_sign_of(f, b.srem(a, d), d),)


def _fail_on_zero(f: HostFunction, d: ir.Value, op: ts.AtenOp) -> None:
    zero = f.builder.icmp_signed("==", d, I64(0))
    f.fail_when(zero, STATUS["ZeroDivisionError"], "integer division or modulo by zero", ts.span_of(op))


def _narrow_or_wide(
    f: HostFunction,
    a: ir.Value,
    d: ir.Value,
    narrow: Callable[[ir.Value, ir.Value], ir.Value],
    wide: Callable[[HostFunction, ir.Value, ir.Value], ir.Value],
) -> ir.Value:
    """By `narrow` of 32 bits where both operands have no more and are not negative."""
    b = f.builder
    low, high, done = (f.function.append_basic_block(name) for name in ("narrow", "wide", "divided"))
    fits = b.icmp_unsigned("==", b.lshr(b.or_(a, d), I64(NARROW_BITS)), I64(0))
    b.cbranch(fits, low, high).set_weights([8, 1])
    b.position_at_end(low)
    of_low = b.zext(narrow(b.trunc(a, I32), b.trunc(d, I32)), I64)
    b.branch(done)
    b.position_at_end(high)
    of_high = wide(f, a, d)
    high = b.block
    b.branch(done)
    b.position_at_end(done)
    result = b.phi(I64)
    result.add_incoming(of_low, low)
    result.add_incoming(of_high, high)
    return result


def _wide_quotient(f: HostFunction, a: ir.Value, d: ir.Value) -> ir.Value:
    """The lowest int by -1 would trap."""
    b = f.builder
    minus_one = b.icmp_signed("==", d, I64(-1))
    safe = b.select(minus_one, I64(1), d)
    quotient = b.sdiv(a, safe)
    floor = _floor(f, quotient, b.srem(a, safe), d)
    return b.select(minus_one, b.neg(a), floor)


def _wide_remainder(f: HostFunction, a: ir.Value, d: ir.Value) -> ir.Value:
    """By -1 there is none, as by 1."""
    b = f.builder
    safe = b.select(b.icmp_signed("==", d, I64(-1)), I64(1), d)
    return _with_sign_of(f, b.srem(a, safe), d)


def _floor(f: HostFunction, quotient: ir.Value, remainder: ir.Value, divisor: ir.Value) -> ir.Value:
    """A truncated division's quotient as a floored one's."""
    return _where_signs_differ(f, remainder, divisor, quotient, lambda: f.builder.sub(quotient, I64(1)))


def _with_sign_of(f: HostFunction, remainder: ir.Value, divisor: ir.Value) -> ir.Value:
    """A truncated division's remainder as a floored one's."""
    return _where_signs_differ(f, remainder, divisor, remainder, lambda: f.builder.add(remainder, divisor))


def _where_signs_differ(
    f: HostFunction, remainder: ir.Value, divisor: ir.Value, value: ir.Value, mended: Callable[[], ir.Value]
) -> ir.Value:
    """`mended` where truncation and floor differ: the remainder is not 0 and has not the divisor's sign. A branch, as
    dividends are seldom negative: the loop that goes on with the value does not wait for the comparison."""
    b = f.builder
    opposite = b.icmp_signed("<", b.xor(remainder, divisor), I64(0))
    differ = b.and_(opposite, b.icmp_signed("!=", remainder, I64(0)))
    before, mend, done = b.block, f.function.append_basic_block("mend"), f.function.append_basic_block("floored")
    b.cbranch(differ, mend, done).set_weights([1, 2000])
    b.position_at_end(mend)
    better = mended()
    b.branch(done)
    b.position_at_end(done)
    result = b.phi(value.type)
    result.add_incoming(value, before)
    result.add_incoming(better, mend)
    return result
