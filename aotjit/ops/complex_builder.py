"""Complex elements: each operation as operations on the two parts, so that all that follows (codegen, interpreter,
vector functions) knows floats only, and `complex.create`, `complex.re` and `complex.im` of xDSL's dialect beside them.

The formulas are c10::complex's and the C library's: products and quotients as they are written, functions by their real
and imaginary parts. What has no order or no bits is refused here by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from xdsl.ir import Operation, SSAValue

from aotjit.dtypes import DType
from aotjit.ir.values import element_type
from aotjit.ops.bounds import Number
from aotjit.ops.builder import Element, Operand, RealBuilder, UnsupportedBodyError

_LN2, _LN10 = math.log(2), math.log(10)


def _refuse(name: str, *operands: object) -> None:
    """Raises UnsupportedBodyError where an operand is complex."""
    for x in operands:
        if isinstance(x, complex) or (isinstance(x, Element) and x.dtype.is_complex):
            raise UnsupportedBodyError(f"{name} is not defined for complex numbers")


class ScalarBuilder(RealBuilder):
    """Emits operations on real and on complex elements."""

    def __init__(self, emit: Callable[[Operation], object]) -> None:
        super().__init__(emit)
        self._parts: dict[SSAValue, tuple[Element, Element]] = {}

    # -- the two parts ------------------------------------------------------------------------------------------------

    def complex(self, re: Operand, im: Operand) -> Element:
        """The complex element with these parts, floats of one dtype."""
        re, im = self.pair(re, im)
        from xdsl.dialects.complex import CreateOp

        dtype = re.dtype.pair
        created = self.emit(CreateOp(re.value, im.value, _complex_type(dtype)), dtype)
        self._parts[created.value] = re, im
        return created

    def re(self, x: Element) -> Element:
        """The real part; of a real element, the element."""
        return self.parts(x)[0]

    def im(self, x: Element) -> Element:
        return self.parts(x)[1]

    def parts(self, x: Element) -> tuple[Element, Element]:
        if not x.dtype.is_complex:
            return x, self.constant(0, x.dtype)
        if x.constant is not None:
            number = complex(x.constant)
            return self.constant(number.real, x.dtype.part), self.constant(number.imag, x.dtype.part)
        if x.value not in self._parts:
            from xdsl.dialects.complex import ImOp, ReOp

            self._parts[x.value] = self.emit(ReOp(x.value), x.dtype.part), self.emit(ImOp(x.value), x.dtype.part)
        return self._parts[x.value]

    # -- constants and conversions ------------------------------------------------------------------------------------

    def constant(self, value: Number, dtype: DType) -> Element:
        if dtype.is_complex:
            return Element(self, dtype, None, complex(value))
        return super().constant(value.real if isinstance(value, complex) else value, dtype)

    def literal(self, value: Number, dtype: DType) -> SSAValue:
        if not dtype.is_complex:
            return super().literal(value, dtype)
        number = complex(value)
        return self.complex(self.constant(number.real, dtype.part), self.constant(number.imag, dtype.part)).value

    def like(self, value: Operand, other: Operand) -> Element:
        if isinstance(value, complex) and isinstance(other, Element) and not other.dtype.is_complex:
            return self.constant(value, other.dtype.pair if other.dtype.is_floating else DType.C64)
        return super().like(value, other)

    def convert(self, x: Element, dtype: DType) -> Element:
        if not (x.dtype.is_complex or dtype.is_complex) or x.dtype is dtype:
            return super().convert(x, dtype)
        if dtype is DType.BOOL:
            return self.compare("ne", x, 0)
        if not dtype.is_complex:
            return self.convert(self.re(x), dtype)  # the imaginary part is dropped, of which torch warns
        if x.constant is not None and not x.dtype.is_complex:
            return self.constant(x.constant, dtype)
        re, im = self.parts(x)
        im = im if x.dtype.is_complex else self.constant(0, dtype.part)
        return self.complex(self.convert(re, dtype.part), self.convert(im, dtype.part))

    # -- arithmetic ---------------------------------------------------------------------------------------------------

    def arithmetic(self, name: str, x: Operand, y: Operand) -> Element:
        x, y = self.pair(x, y)
        if not x.dtype.is_complex:
            return super().arithmetic(name, x, y)
        if name == "mul" and y.constant == 1:
            return x
        if name == "mul" and x.constant == 1:
            return y
        (a, b), (c, d) = self.parts(x), self.parts(y)
        if name in ("add", "sub"):
            return self.complex(super().arithmetic(name, a, c), super().arithmetic(name, b, d))
        if name == "mul":
            return self.complex(a * c - b * d, a * d + b * c)
        return self._quotient(a, b, c, d)

    def _quotient(self, a: Element, b: Element, c: Element, d: Element) -> Element:
        """(a + bi) / (c + di), scaled by the divisor's longer part; divided by its length where it is zero."""
        flat = super().abs(c) >= super().abs(d)
        long, short = self.select(flat, c, d), self.select(flat, d, c)
        zero = self.compare("eq", c, 0) & self.compare("eq", d, 0)
        ratio = self.select(zero, 0, short / long)
        scale = 1 / self.select(zero, super().abs(c), long + short * ratio)
        u, v = self.select(flat, a, b), self.select(flat, b, a)
        turned_u, turned_v = (self.select(zero, 0, x * ratio) for x in (u, v))  # of an infinity it would be NaN
        re = (u + turned_v) * scale
        return self.complex(re, self.select(flat, v - turned_u, turned_u - v) * scale)

    def negate(self, x: Element) -> Element:
        if not x.dtype.is_complex:
            return super().negate(x)
        re, im = self.parts(x)
        return self.complex(-re, -im)

    def abs(self, x: Element) -> Element:
        """The absolute value, a real element: in float64 where squares cannot overflow there, else scaled."""
        if not x.dtype.is_complex:
            return super().abs(x)
        re, im = self.parts(x)
        if re.dtype is DType.F32:
            wide = [self.convert(part, DType.F64) for part in (re, im)]
            length = super().function("sqrt", wide[0] * wide[0] + wide[1] * wide[1])
            infinite = self.isinf(re) | self.isinf(im)
            return self.select(infinite, math.inf, self.convert(length, DType.F32))
        return self.hypot(re, im)

    def hypot(self, x: Element, y: Element) -> Element:
        """sqrt(x * x + y * y) of floats, scaled by the longer side; infinite where a side is, even beside NaN."""
        first, second = super().abs(x), super().abs(y)
        long, short = self.maximum(first, second), self.minimum(first, second)
        ratio = short / long
        scaled = self.select(self.compare("eq", long, 0), 0, long * super().function("sqrt", 1 + ratio * ratio))
        return self.select(self.isinf(x) | self.isinf(y), math.inf, scaled)

    def angle(self, x: Element) -> Element:
        """The argument; of a real element 0 or pi, and NaN of NaN."""
        if x.dtype.is_complex:
            re, im = self.parts(x)
            return self.atan2(im, re)
        turned = self.select(x < 0, math.pi, self.constant(0, x.dtype))
        return self.select(self.isnan(x), x, turned)

    def conjugate(self, x: Element) -> Element:
        if not x.dtype.is_complex:
            return x
        re, im = self.parts(x)
        return self.complex(re, -im)

    def powf(self, x: Operand, y: Operand) -> Element:
        x, y = self.pair(x, y)
        if not x.dtype.is_complex:
            return super().powf(x, y)
        if x.dtype is DType.C64:  # what the logarithm is off by grows with the exponent
            return self.convert(self.powf(self.convert(x, DType.C128), self.convert(y, DType.C128)), DType.C64)
        power = self.exp(y * self.log(x))
        at_zero = self.select(self.compare("eq", y, 0), self.constant(1, x.dtype), self.constant(0, x.dtype))
        return self.select(self.compare("eq", x, 0), at_zero, power)

    def function(self, name: str, x: Element) -> Element:
        if not x.dtype.is_complex:
            return super().function(name, x)
        if name not in _FUNCTIONS:
            raise UnsupportedBodyError(f"{name} is not defined for complex numbers")
        return _FUNCTIONS[name](self, x, *self.parts(x))

    # -- comparison and choice ----------------------------------------------------------------------------------------

    def compare(self, name: str, x: Operand, y: Operand) -> Element:
        x, y = self.pair(x, y)
        if not x.dtype.is_complex:
            return super().compare(name, x, y)
        if name not in ("eq", "ne"):
            raise UnsupportedBodyError("complex numbers have no order")
        (a, b), (c, d) = self.parts(x), self.parts(y)
        of_parts = super().compare(name, a, c), super().compare(name, b, d)
        return of_parts[0] & of_parts[1] if name == "eq" else of_parts[0] | of_parts[1]

    def select(self, condition: Element, x: Operand, y: Operand) -> Element:
        x, y = self.pair(x, y)
        if not x.dtype.is_complex:
            return super().select(condition, x, y)
        (a, b), (c, d) = self.parts(x), self.parts(y)
        return self.complex(super().select(condition, a, c), super().select(condition, b, d))

    def isnan(self, x: Element) -> Element:
        if not x.dtype.is_complex:
            return super().isnan(x)
        re, im = self.parts(x)
        return super().isnan(re) | super().isnan(im)

    def isinf(self, x: Element) -> Element:
        if not x.dtype.is_complex:
            return super().isinf(x)
        re, im = self.parts(x)
        return super().isinf(re) | super().isinf(im)

    # -- what complex numbers have not --------------------------------------------------------------------------------

    def fmod(self, x: Operand, y: Operand) -> Element:
        _refuse("the remainder", x, y)
        return super().fmod(x, y)

    def copysign(self, x: Operand, y: Operand) -> Element:
        _refuse("a sign", x, y)
        return super().copysign(x, y)

    def atan2(self, y: Operand, x: Operand) -> Element:
        _refuse("atan2", x, y)
        return super().atan2(y, x)

    def bits(self, name: str, x: Operand, y: Operand) -> Element:
        _refuse(f"bitwise {name}", x, y)
        return super().bits(name, x, y)

    def _rounded(self, name: str, x: Element) -> Element:
        _refuse(name, x)
        return super()._rounded(name, x)

    def _extreme(self, x: Operand, y: Operand, floating: Any, unsigned: Any, signed: Any) -> Element:
        _refuse("an order", x, y)
        return super()._extreme(x, y, floating, unsigned, signed)


def _complex_type(dtype: DType) -> Any:
    """The IR type; xDSL's constructors ask for a complex one."""
    return element_type(dtype)


# -- functions --------------------------------------------------------------------------------------------------------

Function = Callable[[ScalarBuilder, Element, Element, Element], Element]
"""Of the builder, the element and its parts."""


def _exp(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    length = b.exp(re)
    # A real argument has a real result, where an infinite length times sin(0) would be NaN.
    across = b.select(b.compare("eq", im, 0), im, length * b.sin(im))
    return b.complex(length * b.cos(im), across)


def _log(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    return b.complex(b.log(b.abs(x)), b.angle(x))


def _log1p(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    """log |1 + z| = log1p(2 re + re^2 + im^2) / 2 near 0."""
    near = b.abs(x) < 0.5
    small = b.log1p(re * (re + 2) + im * im) * 0.5
    whole = b.complex(re + 1, im)
    return b.complex(b.select(near, small, b.log(b.abs(whole))), b.angle(whole))


def _expm1(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    """exp(re) cos(im) - 1 = expm1(re) cos(im) - 2 sin(im / 2)^2."""
    half = b.sin(im * 0.5)
    return b.complex(b.expm1(re) * b.cos(im) - half * half * 2, b.exp(re) * b.sin(im))


def _sqrt(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    """The root with the real part at least 0: the larger part by a sum of lengths, the other by the product."""
    large = b.sqrt((b.abs(re) + b.abs(x)) * 0.5)
    small = b.select(b.compare("eq", large, 0), 0, b.abs(im) / (large * 2))
    right = re >= 0
    return b.complex(b.select(right, large, small), b.copysign(b.select(right, small, large), im))


def _sin(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    return b.complex(b.sin(re) * b.cosh(im), b.cos(re) * b.sinh(im))


def _cos(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    return b.complex(b.cos(re) * b.cosh(im), -(b.sin(re) * b.sinh(im)))


def _sinh(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    return b.complex(b.sinh(re) * b.cos(im), b.cosh(re) * b.sin(im))


def _cosh(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    return b.complex(b.cosh(re) * b.cos(im), b.sinh(re) * b.sin(im))


def _tanh_parts(b: ScalarBuilder, re: Element, im: Element) -> tuple[Element, Element]:
    """Kahan's formula (Branch Cuts for Complex Elementary Functions); beyond the limit the real part is 1."""
    limit = 22.0 if re.dtype is DType.F64 else 11.0
    near = b.clamp(re, -limit, limit)
    s, t = b.sinh(near), b.tan(im)
    beta = 1 + t * t
    denominator = 1 + beta * s * s
    return beta * b.sqrt(1 + s * s) * s / denominator, t / denominator


def _tanh(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    return b.complex(*_tanh_parts(b, re, im))


def _tan(b: ScalarBuilder, x: Element, re: Element, im: Element) -> Element:
    """tan(z) = -i tanh(iz)."""
    u, v = _tanh_parts(b, -im, re)
    return b.complex(v, -u)


_FUNCTIONS: dict[str, Function] = {
    "exp": _exp,
    "exp2": lambda b, x, re, im: b.exp(b.complex(re * _LN2, im * _LN2)),
    "expm1": _expm1,
    "log": _log,
    "log2": lambda b, x, re, im: _scaled(b, b.log(x), 1 / _LN2),
    "log10": lambda b, x, re, im: _scaled(b, b.log(x), 1 / _LN10),
    "log1p": _log1p,
    "sqrt": _sqrt,
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
}


def _scaled(b: ScalarBuilder, x: Element, factor: float) -> Element:
    re, im = b.parts(x)
    return b.complex(re * factor, im * factor)
