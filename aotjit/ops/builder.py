"""Builds the scalar operations of kernel bodies and of scalar operators; `complex_builder.py` adds complex elements.

A body is written with Python's operators on `Element`s and the methods of the builder:

    lambda b, x, slope: b.select(x > 0, x, x * slope)

Integers are signless in the IR; an element's dtype says whether it is unsigned. bool is i1, its + is `or` and its * is
`and`. Python numbers stand for constants of the other operand's dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from xdsl.dialects import arith
from xdsl.dialects import math as math_dialect
from xdsl.dialects.builtin import FloatAttr, IntegerAttr
from xdsl.ir import Operation, SSAValue

from aotjit.dtypes import DType
from aotjit.ir import ts
from aotjit.ir.scalar import ErfcOp, RemfOp
from aotjit.ops.bounds import Number, fitted

_UNSIGNED = (DType.U8, DType.BOOL)


class UnsupportedBodyError(Exception):
    """The body has no form for these dtypes or constants; becomes a CompileError at the operator's call."""


class Element:
    """One element: an SSA value, or a constant that becomes one when it is first needed."""

    def __init__(self, builder: RealBuilder, dtype: DType, value: SSAValue | None, constant: Number | None) -> None:
        self.builder = builder
        self.dtype = dtype
        self.constant = constant
        self._value = value

    @property
    def value(self) -> SSAValue:
        if self._value is None:
            assert self.constant is not None
            self._value = self.builder.literal(self.constant, self.dtype)
        return self._value

    def __add__(self, other: Operand) -> Element:
        return self.builder.arithmetic("add", self, other)

    def __radd__(self, other: Operand) -> Element:
        return self.builder.arithmetic("add", other, self)

    def __sub__(self, other: Operand) -> Element:
        return self.builder.arithmetic("sub", self, other)

    def __rsub__(self, other: Operand) -> Element:
        return self.builder.arithmetic("sub", other, self)

    def __mul__(self, other: Operand) -> Element:
        return self.builder.arithmetic("mul", self, other)

    def __rmul__(self, other: Operand) -> Element:
        return self.builder.arithmetic("mul", other, self)

    def __truediv__(self, other: Operand) -> Element:
        return self.builder.arithmetic("div", self, other)

    def __rtruediv__(self, other: Operand) -> Element:
        return self.builder.arithmetic("div", other, self)

    def __neg__(self) -> Element:
        return self.builder.negate(self)

    def __lt__(self, other: Operand) -> Element:
        return self.builder.compare("lt", self, other)

    def __le__(self, other: Operand) -> Element:
        return self.builder.compare("le", self, other)

    def __gt__(self, other: Operand) -> Element:
        return self.builder.compare("gt", self, other)

    def __ge__(self, other: Operand) -> Element:
        return self.builder.compare("ge", self, other)

    def __and__(self, other: Operand) -> Element:
        return self.builder.bits("and", self, other)

    def __or__(self, other: Operand) -> Element:
        return self.builder.bits("or", self, other)

    def __xor__(self, other: Operand) -> Element:
        return self.builder.bits("xor", self, other)

    def __invert__(self) -> Element:
        return self.builder.bits("xor", self, True if self.dtype is DType.BOOL else -1)


Operand = Element | Number
Binary = Callable[[SSAValue, SSAValue], Operation]

_FLOAT_OPS: dict[str, Binary] = {
    "add": arith.AddfOp, "sub": arith.SubfOp, "mul": arith.MulfOp, "div": arith.DivfOp,
}  # fmt: skip
_INT_OPS: dict[str, Binary] = {"add": arith.AddiOp, "sub": arith.SubiOp, "mul": arith.MuliOp}
_BOOL_OPS: dict[str, Binary] = {"add": arith.OrIOp, "mul": arith.AndIOp}
_BIT_OPS: dict[str, Binary] = {"and": arith.AndIOp, "or": arith.OrIOp, "xor": arith.XOrIOp}
_FOLDED: dict[str, Callable[[Number, Number], Number]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
}  # fmt: skip

_FLOAT_PREDICATES = {"eq": "oeq", "ne": "une", "lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge"}
_FUNCTIONS: dict[str, Callable[[SSAValue], Operation]] = {
    "exp": math_dialect.ExpOp, "exp2": math_dialect.Exp2Op, "expm1": math_dialect.ExpM1Op, "log": math_dialect.LogOp,
    "log2": math_dialect.Log2Op, "log10": math_dialect.Log10Op, "log1p": math_dialect.Log1pOp,
    "sin": math_dialect.SinOp, "cos": math_dialect.CosOp, "tan": math_dialect.TanOp, "asin": math_dialect.AsinOp,
    "acos": math_dialect.AcosOp, "atan": math_dialect.AtanOp, "sinh": math_dialect.SinhOp,
    "cosh": math_dialect.CoshOp, "tanh": math_dialect.TanhOp, "asinh": math_dialect.AsinhOp,
    "acosh": math_dialect.AcoshOp, "atanh": math_dialect.AtanhOp, "sqrt": math_dialect.SqrtOp,
    "erf": math_dialect.ErfOp, "erfc": ErfcOp, "fabs": math_dialect.AbsFOp,
}  # fmt: skip
_ROUNDING: dict[str, Callable[[SSAValue], Operation]] = {
    "floor": math_dialect.FloorOp, "ceil": math_dialect.CeilOp, "trunc": math_dialect.TruncOp,
    "round": math_dialect.RoundEvenOp,
}  # fmt: skip


def _type(dtype: DType) -> Any:
    """The IR type; xDSL's constructors each ask for either an integer or a float one."""
    return ts.element_type(dtype)


class _Functions:
    """The functions of one floating element, by name."""

    def function(self, name: str, x: Element) -> Element:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Callable[[Element], Element]:
        if name not in _FUNCTIONS:
            raise AttributeError(name)
        return lambda x: self.function(name, x)


class RealBuilder(_Functions):
    """Emits operations through `emit`, which puts them where they belong."""

    def __init__(self, emit: Callable[[Operation], object]) -> None:
        self._emit = emit

    def emit(self, op: Operation, dtype: DType) -> Element:
        self._emit(op)
        return Element(self, dtype, op.results[0], None)

    # -- constants ----------------------------------------------------------------------------------------------------

    def constant(self, value: Number, dtype: DType) -> Element:
        return Element(self, dtype, None, fitted(value, dtype))

    def literal(self, value: Number, dtype: DType) -> SSAValue:
        """The operation behind a constant element."""
        t = _type(dtype)
        attribute: Any
        if dtype.is_floating:
            attribute = FloatAttr(float(value.real), t)
        else:
            width = 1 if dtype is DType.BOOL else 8 * dtype.size
            number = int(value.real) & ((1 << width) - 1)
            signed = number - (1 << width) if width > 1 and number >> (width - 1) else number
            attribute = IntegerAttr(signed, t)
        op = arith.ConstantOp(attribute)
        self._emit(op)
        return op.result

    def like(self, value: Operand, other: Operand) -> Element:
        """An operand as an element; a number becomes a constant of the other operand's dtype."""
        if isinstance(value, Element):
            return value
        assert isinstance(other, Element)
        return self.constant(value, other.dtype)

    def pair(self, x: Operand, y: Operand) -> tuple[Element, Element]:
        """Both as elements of one dtype; of two numbers of a scalar operator, the float decides."""
        x, y = self.like(x, y), self.like(y, x)
        if x.dtype is not y.dtype:
            wide = max(x.dtype, y.dtype, key=lambda d: (d.category, d.size))
            x, y = self.convert(x, wide), self.convert(y, wide)
        return x, y

    # -- arithmetic ---------------------------------------------------------------------------------------------------

    def arithmetic(self, name: str, x: Operand, y: Operand) -> Element:
        x, y = self.pair(x, y)
        if name == "mul" and y.constant == 1 and type(y.constant) is not bool:
            return x
        if name == "mul" and x.constant == 1 and type(x.constant) is not bool:
            return y
        if x.constant is not None and y.constant is not None and name in _FOLDED and x.dtype is not DType.BOOL:
            return self.constant(_FOLDED[name](x.constant, y.constant), x.dtype)
        table = _FLOAT_OPS if x.dtype.is_floating else _BOOL_OPS if x.dtype is DType.BOOL else _INT_OPS
        if name not in table:
            raise UnsupportedBodyError(f"{name} is not defined for {x.dtype}")
        return self.emit(table[name](x.value, y.value), x.dtype)

    def negate(self, x: Element) -> Element:
        if x.constant is not None and x.dtype is not DType.BOOL:
            return self.constant(-x.constant, x.dtype)
        return self.emit(arith.NegfOp(x.value), x.dtype) if x.dtype.is_floating else 0 - x

    def abs(self, x: Element) -> Element:
        if x.dtype in _UNSIGNED:
            return x
        return self.function("fabs", x) if x.dtype.is_floating else self.select(x < 0, 0 - x, x)

    def fmod(self, x: Operand, y: Operand) -> Element:
        """The remainder with the dividend's sign."""
        x, y = self.pair(x, y)
        op = arith.RemUIOp if x.dtype in _UNSIGNED else arith.RemSIOp
        if x.dtype.is_floating:
            return self.emit(RemfOp(x.value, y.value), x.dtype)
        return self.emit(op(x.value, y.value), x.dtype)

    def floor_quotient(self, x: Element, y: Element) -> Element:
        """floor(x / y) of integers."""
        op = arith.DivUIOp if x.dtype in _UNSIGNED else arith.FloorDivSIOp
        return self.emit(op(x.value, y.value), x.dtype)

    def truncated_quotient(self, x: Element, y: Element) -> Element:
        """x / y of integers, towards zero."""
        op = arith.DivUIOp if x.dtype in _UNSIGNED else arith.DivSIOp
        return self.emit(op(x.value, y.value), x.dtype)

    def powf(self, x: Operand, y: Operand) -> Element:
        """C's pow."""
        x, y = self.pair(x, y)
        if not x.dtype.is_floating:
            raise UnsupportedBodyError("an integer power needs an exponent that is a constant, 0 or greater")
        return self.emit(math_dialect.PowFOp(x.value, y.value), x.dtype)

    def copysign(self, x: Operand, y: Operand) -> Element:
        x, y = self.pair(x, y)
        return self.emit(math_dialect.CopySignOp(x.value, y.value), x.dtype)

    def atan2(self, y: Operand, x: Operand) -> Element:
        y, x = self.pair(y, x)
        return self.emit(math_dialect.Atan2Op(y.value, x.value), x.dtype)

    def function(self, name: str, x: Element) -> Element:
        return self.emit(_FUNCTIONS[name](x.value), x.dtype)

    def degrees(self, x: Element) -> Element:
        return x * (180.0 / math.pi)

    def radians(self, x: Element) -> Element:
        return x * (math.pi / 180.0)

    def floor(self, x: Element) -> Element:
        return self._rounded("floor", x)

    def ceil(self, x: Element) -> Element:
        return self._rounded("ceil", x)

    def trunc(self, x: Element) -> Element:
        return self._rounded("trunc", x)

    def round(self, x: Element) -> Element:
        return self._rounded("round", x)

    def _rounded(self, name: str, x: Element) -> Element:
        return self.emit(_ROUNDING[name](x.value), x.dtype) if x.dtype.is_floating else x

    # -- comparison and choice ----------------------------------------------------------------------------------------

    def compare(self, name: str, x: Operand, y: Operand) -> Element:
        x, y = self.pair(x, y)
        if x.dtype.is_floating:
            return self.emit(arith.CmpfOp(x.value, y.value, _FLOAT_PREDICATES[name]), DType.BOOL)
        prefix = "" if name in ("eq", "ne") else "u" if x.dtype in _UNSIGNED else "s"
        return self.emit(arith.CmpiOp(x.value, y.value, prefix + name), DType.BOOL)

    def select(self, condition: Element, x: Operand, y: Operand) -> Element:
        x, y = self.pair(x, y)
        return self.emit(arith.SelectOp(condition.value, x.value, y.value), x.dtype)

    def maximum(self, x: Operand, y: Operand) -> Element:
        """The greater; NaN where either is."""
        return self._extreme(x, y, arith.MaximumfOp, arith.MaxUIOp, arith.MaxSIOp)

    def minimum(self, x: Operand, y: Operand) -> Element:
        """The less; NaN where either is."""
        return self._extreme(x, y, arith.MinimumfOp, arith.MinUIOp, arith.MinSIOp)

    def _extreme(self, x: Operand, y: Operand, floating: Binary, unsigned: Binary,
                 signed: Binary) -> Element:  # fmt: skip
        x, y = self.pair(x, y)
        op = floating if x.dtype.is_floating else unsigned if x.dtype in _UNSIGNED else signed
        return self.emit(op(x.value, y.value), x.dtype)

    def clamp(self, x: Element, low: Operand | None, high: Operand | None) -> Element:
        x = x if low is None else self.maximum(x, low)
        return x if high is None else self.minimum(x, high)

    def isnan(self, x: Element) -> Element:
        if not x.dtype.is_floating:
            return self.constant(False, DType.BOOL)
        return self.emit(arith.CmpfOp(x.value, x.value, "uno"), DType.BOOL)

    def isinf(self, x: Element) -> Element:
        if not x.dtype.is_floating:
            return self.constant(False, DType.BOOL)
        return self.compare("eq", self.abs(x), math.inf)

    # -- bits ---------------------------------------------------------------------------------------------------------

    def bits(self, name: str, x: Operand, y: Operand) -> Element:
        """and, or, xor."""
        x, y = self.pair(x, y)
        if x.dtype.is_floating:
            raise UnsupportedBodyError(f"bitwise {name} is not defined for {x.dtype}")
        return self.emit(_BIT_OPS[name](x.value, y.value), x.dtype)

    def shifted(self, direction: str, x: Element, amount: Element) -> Element:
        """x << amount, or x >> amount with the sign kept."""
        op = arith.ShLIOp if direction == "left" else arith.ShRSIOp
        return self.emit(op(x.value, amount.value), x.dtype)

    def bits_of(self, x: Element, dtype: DType) -> Element:
        """A float's representation as an integer of its width."""
        return self.emit(arith.BitcastOp(x.value, _type(dtype)), dtype)

    def of_bits(self, x: Element, dtype: DType) -> Element:
        """The float that an integer represents."""
        return self.emit(arith.BitcastOp(x.value, _type(dtype)), dtype)

    # -- conversions --------------------------------------------------------------------------------------------------

    def truth(self, x: Element) -> Element:
        return self.convert(x, DType.BOOL)

    def real(self, x: Element) -> Element:
        return self.convert(x, DType.F64)

    def to_int(self, x: Element) -> Element:
        """A float truncated to int64; what does not fit, and NaN, gives the least integer."""
        if not x.dtype.is_floating:
            return self.convert(x, DType.I64)
        inside = (x >= -(2.0**63)) & (x < 2.0**63)
        converted = self.convert(self.select(inside, x, 0.0), DType.I64)
        return self.select(inside, converted, -(2**63))

    def convert(self, x: Element, dtype: DType) -> Element:
        """C's conversion of one element; anything but zero is True."""
        if x.dtype is dtype:
            return x
        if x.constant is not None and not (x.dtype.is_floating and dtype.is_floating and dtype.size < x.dtype.size):
            return self.constant(x.constant, dtype)  # a narrower float rounds: that is the operation's to do
        if dtype is DType.BOOL:
            return self.compare("ne", x, 0)
        if x.dtype.is_floating:
            return self._from_float(x, dtype)
        t = _type(dtype)
        if dtype.is_floating:
            to_float = arith.UIToFPOp if x.dtype in _UNSIGNED else arith.SIToFPOp
            return self.emit(to_float(x.value, t), dtype)
        width = 0 if x.dtype is DType.BOOL else x.dtype.size
        if width == dtype.size:
            return Element(self, dtype, x.value, None)
        if width > dtype.size:
            return self.emit(arith.TruncIOp(x.value, t), dtype)
        extend = arith.ExtUIOp if x.dtype in _UNSIGNED else arith.ExtSIOp
        return self.emit(extend(x.value, t), dtype)

    def _from_float(self, x: Element, dtype: DType) -> Element:
        t = _type(dtype)
        if not dtype.is_floating:
            # Narrow integers by way of int32, bytes by way of int64, as torch: what does not fit wraps.
            byte = DType.I64 if x.dtype is DType.F64 else DType.I32  # a float32 that large is a multiple of 256
            target = dtype if dtype.size >= 4 else byte if dtype is DType.U8 else DType.I32
            whole = self.emit(arith.FPToSIOp(x.value, _type(target)), target)
            return self.convert(whole, dtype)
        if {x.dtype, dtype} == {DType.F16, DType.BF16}:
            return self.convert(self.convert(x, DType.F32), dtype)
        op = arith.ExtFOp if dtype.size > x.dtype.size else arith.TruncFOp
        return self.emit(op(x.value, t), dtype)
