"""Operators on complex numbers, which are pairs of floats in registers.

Arithmetic is c10::complex's: products and quotients as they are written, a real operand without an imaginary part (so
that its zero does not become a NaN beside an infinity). Functions are the C library's, as torch's are. What torch.jit
fails at (complex / int, complex == int, an order) has no overload here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from aotjit.dtypes import DType
from aotjit.ops import numpy_lazily as np
from aotjit.ops.declare import operator
from aotjit.ops.opdef import Composite, Lowering, Runtime, Scalar
from aotjit.ops.properties import item
from aotjit.ops.scalar import to_int

Number = bool | int | float | complex
_REAL = ("int", "float", "bool")
_MIXED = (("complex", "complex", "complex"), ("complex_float", "complex", "float"),
          ("float_complex", "float", "complex"), ("complex_int", "complex", "int"),
          ("int_complex", "int", "complex"))  # fmt: skip


def function(text: str, reference: Callable[..., Any], lowering: Lowering | Callable[..., Any]) -> None:
    """One overload; a `lowering` that is no Lowering is a body."""
    if not isinstance(lowering, Lowering):
        lowering = Scalar(lowering)
    operator(text, reference=reference, lowering=lowering, effects="pure")


def made(re: float, im: float) -> complex:
    """`complex(re, im)`."""
    return complex(float(re), float(im))


def parts(z: Number) -> tuple[float, float | None]:
    """The parts; a real number has no imaginary one."""
    return (z.real, z.imag) if isinstance(z, complex) else (float(z), None)


def _numpy(name: str) -> Callable[..., complex]:
    """numpy's function, which is the C library's, without Python's exceptions."""

    def apply(*values: Number) -> complex:
        with np.errstate(all="ignore"):
            return complex(getattr(np, name)(*map(np.complex128, values)))

    return apply


# -- parts and construction -------------------------------------------------------------------------------------------

_OF_TENSORS = Composite("""
def to_complex(x, y):
    return complex(float(x), float(y))
""")
for _a in _REAL:
    for _b in _REAL:
        function(f"aten::Complex.{_a}_{_b}({_a} x, {_b} y) -> complex", made,
                 lambda b, x, y: b.complex(b.convert(x, DType.F64), b.convert(y, DType.F64)))  # fmt: skip
    function(f"aten::Complex.{_a}_Tensor({_a} x, Tensor y) -> complex", made, _OF_TENSORS)
    function(f"aten::Complex.Tensor_{_a}(Tensor x, {_a} y) -> complex", made, _OF_TENSORS)
function("aten::Complex.Tensor_Tensor(Tensor a, Tensor b) -> complex", made, Composite("""
def to_complex(a, b):
    return complex(float(a), float(b))
"""))
function("aten::Complex.Scalar(Scalar a) -> complex", complex, lambda b, x: b.convert(x, DType.C128))
function("aten::ComplexImplicit(Tensor a) -> complex", lambda x: complex(item(x)), Runtime("aj_item_complex"))
function("aotjit::complex_real(complex a) -> float", lambda a: a.real, lambda b, x: b.re(x))
function("aotjit::complex_imag(complex a) -> float", lambda a: a.imag, lambda b, x: b.im(x))
# What torch registers for a Scalar: the real part, whatever the other is, as a float; none but a real number as an int.
function("aotjit::Float.complex(complex a) -> float", lambda a: a.real, lambda b, x: b.re(x))


def _to_int(a: complex) -> int:
    if a.imag != 0:
        raise RuntimeError("value cannot be converted to type int without overflow")
    return to_int(a.real)


function("aotjit::Int.complex(complex a) -> int", _to_int, Runtime("aj_complex_to_int"))
for _a, _b in (("float", "float"), ("int", "float"), ("float", "int"), ("int", "int")):
    _overload = _a if _a == _b else f"{_a}_{_b}"
    function(f"aten::polar.{_overload}({_a} a, {_b} b) -> complex",
             lambda length, turn: made(length * np.cos(np.float64(turn)), length * np.sin(np.float64(turn))),
             lambda b, length, turn: b.complex(b.real(length) * b.cos(b.real(turn)),
                                               b.real(length) * b.sin(b.real(turn))))  # fmt: skip

# -- arithmetic -------------------------------------------------------------------------------------------------------


def _sum(sign: int) -> tuple[Callable[..., complex], Callable[..., Any]]:
    """x + y or x - y: a real operand leaves the other's imaginary part as it is, but for its sign."""

    def reference(x: Number, y: Number) -> complex:
        (a, b), (c, d) = parts(x), parts(y)
        im = b if d is None else sign * d if b is None else b + sign * d
        return made(a + sign * c, im)  # type: ignore[arg-type]  # one of the two is complex

    def body(build: Any, x: Any, y: Any) -> Any:
        a, c = (build.re(v) if v.dtype.is_complex else build.real(v) for v in (x, y))
        re = a + c if sign > 0 else a - c
        if not y.dtype.is_complex:
            return build.complex(re, build.im(x))
        d = build.im(y)
        if not x.dtype.is_complex:
            return build.complex(re, d if sign > 0 else -d)
        b = build.im(x)
        return build.complex(re, b + d if sign > 0 else b - d)

    return reference, body


def _product(x: Number, y: Number) -> complex:
    (a, b), (c, d) = parts(x), parts(y)
    if b is None or d is None:
        real, (re, im) = (a, (c, d)) if b is None else (c, (a, b))
        return made(re * real, im * real)  # type: ignore[operator]  # of the complex operand
    return made(a * c - b * d, a * d + b * c)


def _product_body(build: Any, x: Any, y: Any) -> Any:
    if x.dtype.is_complex and y.dtype.is_complex:
        return x * y
    number, real = (x, build.real(y)) if x.dtype.is_complex else (y, build.real(x))
    return build.complex(build.re(number) * real, build.im(number) * real)


def _quotient(x: complex, y: complex) -> complex:
    """c10::complex: scaled by the divisor's longer part, divided by its length where it is zero."""
    with np.errstate(all="ignore"):
        a, b, c, d = map(np.float64, (x.real, x.imag, y.real, y.imag))
        if abs(c) >= abs(d):
            if c == 0 and d == 0:
                return made(a / abs(c), b / abs(d))
            ratio = d / c
            scale = 1 / (c + d * ratio)
            return made((a + b * ratio) * scale, (b - a * ratio) * scale)
        ratio = c / d
        scale = 1 / (d + c * ratio)
        return made((a * ratio + b) * scale, (b * ratio - a) * scale)


def _equal(x: Number, y: Number) -> bool:
    return complex(x) == complex(y)


for _overload, _a, _b in _MIXED:
    _arguments = f"({_a} a, {_b} b)"
    function(f"aten::add.{_overload}{_arguments} -> complex", *_sum(1))
    function(f"aten::sub.{_overload}{_arguments} -> complex", *_sum(-1))
    function(f"aten::mul.{_overload}{_arguments} -> complex", _product, _product_body)
    if "int" in (_a, _b):
        continue  # torch.jit registers none for these
    for _name in ("eq", "ne"):
        function(f"aten::{_name}.{_overload}{_arguments} -> bool",
                 lambda x, y, same=_name == "eq": _equal(x, y) == same,
                 lambda b, x, y, name=_name: b.compare(name, b.convert(x, DType.C128),
                                                       b.convert(y, DType.C128)))  # fmt: skip
function("aten::div.complex(complex a, complex b) -> complex", _quotient, lambda b, x, y: x / y)
function("aotjit::complex_over(complex a, float b) -> complex",
         lambda a, b: made(np.float64(a.real) / b, np.float64(a.imag) / b),
         lambda b, x, y: b.complex(b.re(x) / y, b.im(x) / y))  # fmt: skip
function("aten::neg.complex(complex a) -> complex", lambda a: made(-a.real, -a.imag), lambda b, x: -x)
function("prim::abs.complex(complex a) -> float", lambda a: float(np.hypot(a.real, a.imag)),
         Runtime("aj_complex_abs"))  # fmt: skip
operator("aten::sum.complex(complex[] self) -> complex", reference=lambda items: sum(items, 0j),
         lowering=Runtime("aj_list_sum_complex"))  # fmt: skip

# -- powers: libstdc++'s, whose forms with a real operand are more precise --------------------------------------------

function("aten::pow.complex(complex a, complex b) -> complex", _numpy("power"), Runtime("aj_complex_pow"))
function("aten::pow.complex_float(complex a, float b) -> complex", _numpy("power"), Composite("""
def pow(a: complex, b: float):
    re = torch.complex_real(a)
    if torch.complex_imag(a) == 0.0 and re > 0.0:
        return complex(torch.powf(re, b), 0.0)
    logarithm = torch.log(a)
    return torch.polar(math.exp(b * torch.complex_real(logarithm)), b * torch.complex_imag(logarithm))
"""))  # fmt: skip
function("aten::pow.float_complex(float a, complex b) -> complex", _numpy("power"), Composite("""
def pow(a: float, b: complex):
    if a > 0.0:
        return torch.polar(torch.powf(a, torch.complex_real(b)), torch.complex_imag(b) * math.log(a))
    return complex(a, 0.0) ** b
"""))  # fmt: skip

# -- functions --------------------------------------------------------------------------------------------------------

_FUNCTIONS = {"exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin",
              "acos": "arccos", "atan": "arctan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh",
              "acosh": "arccosh", "atanh": "arctanh"}  # fmt: skip
for _name, _known in _FUNCTIONS.items():
    function(f"aten::{_name}.complex(complex a) -> complex", _numpy(_known), Runtime(f"aj_complex_{_name}"))
function("aten::log10.complex(complex a) -> complex", lambda a: _numpy("log")(a) / float(np.log(10.0)),
         Composite(f"def log10(a: complex):\n    return torch.complex_over(torch.log(a), {math.log(10.0)!r})\n"))
for _overload, _a, _b in (("complex_complex", "complex", "complex"), *_MIXED[1:]):
    _base = "torch.log(b)" if _b == "complex" else "math.log(float(b))"
    _logarithm = "torch.log(a)" if _a == "complex" else "complex(math.log(float(a)), 0.0)"
    _body = f"torch.complex_over({_logarithm}, {_base})" if _b != "complex" else f"{_logarithm} / {_base}"
    function(f"aten::log.{_overload}({_a} a, {_b} b) -> complex",
             lambda a, b: _numpy("log")(a) / _numpy("log")(b),
             Composite(f"def log(a: {_a}, b: {_b}):\n    return {_body}\n"))  # fmt: skip
function("aten::angle.complex(complex a) -> float", lambda a: float(np.arctan2(a.imag, a.real)),
         Runtime("aj_complex_angle"))  # fmt: skip
for _a in ("int", "float"):
    function(f"aten::angle.{_a}({_a} a) -> float",
             lambda a: math.pi if np.signbit(np.float64(a)) else 0.0,
             lambda b, x: b.select(b.copysign(b.constant(1, DType.F64), b.real(x)) < 0,
                                   b.constant(math.pi, DType.F64), 0))  # fmt: skip
for _name, _either in (("isnan", True), ("isinf", True), ("isfinite", False)):
    function(f"aten::{_name}.complex(complex a) -> bool",
             lambda a, name=_name, either=_either: bool((any if either else all)(
                 getattr(np, name)(part) for part in (a.real, a.imag))),
             lambda b, x, name=_name: getattr(b, name)(x) if name != "isfinite" else ~(b.isnan(x) | b.isinf(x)))
