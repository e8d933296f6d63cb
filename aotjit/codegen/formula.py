"""LLVM values with Python's operators, so that mathematical functions read as formulas.

A `Number` is a float, integer or condition value with one or more lanes. Python numbers mix in as constants of the
same type. Products and sums are separate operations; `fma` is fused where the target has it.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from aotjit.codegen.elements import F32, F64, I32, I64, Elements

Operand = "Number | float | int"


class Number:
    __slots__ = ("e", "v")
    __hash__ = None  # type: ignore[assignment]  # == compares lanes

    def __init__(self, e: Elements, v: ir.Value) -> None:
        self.e, self.v = e, v

    # -- construction -------------------------------------------------------------------------------------------------

    def constant(self, number: float | int) -> Number:
        """A constant of the same type."""
        return Number(self.e, self.e.like(self.v, number))

    def _value(self, other: Number | float | int) -> ir.Value:
        return other.v if isinstance(other, Number) else self.e.like(self.v, other)

    @property
    def element(self) -> ir.Type:
        return Elements.base(self.v.type)

    @property
    def is_float(self) -> bool:
        return not isinstance(self.element, ir.IntType)

    @property
    def is_f32(self) -> bool:
        return bool(self.element == F32)

    def _apply(self, method: str, *operands: Number | float | int) -> Number:
        values = [self._value(o) for o in operands]
        return Number(self.e, getattr(self.e.builder, method)(self.v, *values))

    # -- arithmetic ---------------------------------------------------------------------------------------------------

    def __add__(self, other: Number | float | int) -> Number:
        return self._apply("fadd" if self.is_float else "add", other)

    def __radd__(self, other: float | int) -> Number:
        return self + other

    def __sub__(self, other: Number | float | int) -> Number:
        return self._apply("fsub" if self.is_float else "sub", other)

    def __rsub__(self, other: float | int) -> Number:
        return self.constant(other) - self

    def __mul__(self, other: Number | float | int) -> Number:
        return self._apply("fmul" if self.is_float else "mul", other)

    def __rmul__(self, other: float | int) -> Number:
        return self * other

    def __truediv__(self, other: Number | float) -> Number:
        return self._apply("fdiv", other)

    def __rtruediv__(self, other: float) -> Number:
        return self.constant(other) / self

    def __neg__(self) -> Number:
        return Number(self.e, self.e.builder.fneg(self.v) if self.is_float else self.e.builder.neg(self.v))

    def __and__(self, other: Number | int) -> Number:
        return self._apply("and_", other)

    def __or__(self, other: Number | int) -> Number:
        return self._apply("or_", other)

    def __xor__(self, other: Number | int) -> Number:
        return self._apply("xor", other)

    def __lshift__(self, other: int) -> Number:
        return self._apply("shl", other)

    def __rshift__(self, other: int) -> Number:
        """Arithmetic shift."""
        return self._apply("ashr", other)

    def shift_right(self, other: int) -> Number:
        """Logical shift."""
        return self._apply("lshr", other)

    def __invert__(self) -> Number:
        return Number(self.e, self.e.builder.not_(self.v))

    # -- comparison ---------------------------------------------------------------------------------------------------

    def _compare(self, relation: str, other: Number | float | int) -> Number:
        builder = self.e.builder
        compare = builder.fcmp_ordered if self.is_float else builder.icmp_signed
        if self.is_float and relation == "!=":
            compare = builder.fcmp_unordered
        return Number(self.e, compare(relation, self.v, self._value(other)))

    def __lt__(self, other: Number | float | int) -> Number:
        return self._compare("<", other)

    def __le__(self, other: Number | float | int) -> Number:
        return self._compare("<=", other)

    def __gt__(self, other: Number | float | int) -> Number:
        return self._compare(">", other)

    def __ge__(self, other: Number | float | int) -> Number:
        return self._compare(">=", other)

    def __eq__(self, other: object) -> Number:  # type: ignore[override]  # lane by lane
        assert isinstance(other, Number | float | int)
        return self._compare("==", other)

    def __ne__(self, other: object) -> Number:  # type: ignore[override]  # lane by lane
        assert isinstance(other, Number | float | int)
        return self._compare("!=", other)

    def is_nan(self) -> Number:
        return Number(self.e, self.e.builder.fcmp_unordered("uno", self.v, self.v))

    # -- bits and conversions -----------------------------------------------------------------------------------------

    def bits(self) -> Number:
        """The float's bits as an integer."""
        return Number(self.e, self.e.builder.bitcast(self.v, self.e.of(I32 if self.is_f32 else I64)))

    def as_float(self) -> Number:
        """The integer's bits as a float."""
        element = F32 if self.element == I32 else F64
        return Number(self.e, self.e.builder.bitcast(self.v, self.e.of(element)))

    def to_int(self) -> Number:
        """Truncated to the integer of the same width."""
        return Number(self.e, self.e.builder.fptosi(self.v, self.e.of(I32 if self.is_f32 else I64)))

    def to_float(self) -> Number:
        """The integer's value in the float of the same width."""
        element = F32 if self.element == I32 else F64
        return Number(self.e, self.e.builder.sitofp(self.v, self.e.of(element)))

    def to(self, element: ir.Type) -> Number:
        """Converted between f32 and f64."""
        return Number(self.e, self.e.float_cast(self.v, element))

    # -- functions ----------------------------------------------------------------------------------------------------

    def _call(self, name: str, *operands: Number | float | int) -> Number:
        return Number(self.e, self.e.intrinsic(name, self.v, *(self._value(o) for o in operands)))

    def abs(self) -> Number:
        return self._call("fabs")

    def sqrt(self) -> Number:
        return self._call("sqrt")

    def trunc(self) -> Number:
        return self._call("trunc")

    def copysign(self, sign: Number) -> Number:
        return self._call("copysign", sign)

    def round_even(self) -> Number:
        """The nearest integer, ties to even."""
        return self._call("roundeven")


def fma(a: Number, b: Number | float, c: Number | float) -> Number:
    """a * b + c, in one rounding where the target can."""
    operands = [a.v, a._value(b), a._value(c)]
    return Number(a.e, a.e.intrinsic("fmuladd", *operands))


def select(condition: Number, a: Number | float | int, b: Number | float | int) -> Number:
    like = a if isinstance(a, Number) else b
    assert isinstance(like, Number)
    e = condition.e
    return Number(e, e.builder.select(condition.v, like._value(a), like._value(b)))


def minimum(a: Number, b: Number | float) -> Number:
    """The smaller; `b` where `a` is NaN."""
    return select(a < b, a, b)


def maximum(a: Number, b: Number | float) -> Number:
    """The larger; `b` where `a` is NaN."""
    return select(a > b, a, b)


def divide(a: Number, b: Number) -> Number:
    """a / b within about one unit, for finite a and b with b far from 0: the target may estimate 1 / b."""
    return Number(a.e, a.e.builder.fdiv(a.v, b.v, flags=("arcp", "ninf", "contract")))


def any_lane(condition: Number) -> ir.Value:
    """Is the condition true in any lane? An i1."""
    e = condition.e
    if e.lanes == 1:
        return condition.v
    mask = e.builder.bitcast(condition.v, ir.IntType(e.lanes))
    return e.builder.icmp_unsigned("!=", mask, ir.Constant(ir.IntType(e.lanes), 0))


def unless_any(condition: Number, quick: Number, function: str, *arguments: Number) -> Number:
    """`quick` where no lane meets the condition; else what `function` (of vector_math) gives, out of line."""
    from aotjit.codegen import vector_math

    builder = quick.e.builder
    before = builder.block
    slow, join = builder.append_basic_block("slow"), builder.append_basic_block("join")
    builder.cbranch(any_lane(condition), slow, join).set_weights([1, 2000])
    builder.position_at_end(slow)
    value = vector_math.call(quick.e, function, *(a.v for a in arguments))
    builder.branch(join)
    builder.position_at_end(join)
    phi = builder.phi(quick.v.type)
    phi.add_incoming(quick.v, before)
    phi.add_incoming(value, slow)
    return Number(quick.e, phi)


def horner(x: Number, coefficients: Sequence[float]) -> Number:
    """The polynomial with these coefficients, lowest power first."""
    result = x.constant(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        result = fma(result, x, c)
    return result


def estrin(x: Number, coefficients: Sequence[float]) -> Number:
    """The same polynomial with a shorter chain of dependent operations."""
    terms = [x.constant(c) for c in coefficients]
    power = x
    while len(terms) > 1:
        paired = [fma(terms[i + 1], power, terms[i]) for i in range(0, len(terms) - 1, 2)]
        terms = paired + ([terms[-1]] if len(terms) % 2 else [])
        if len(terms) > 1:
            power = power * power
    return terms[0]
