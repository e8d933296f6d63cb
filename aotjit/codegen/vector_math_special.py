"""erf, erfc, cbrt, fmod and reciprocals (formulas for vector_math)."""

from __future__ import annotations

from aotjit.codegen import vector_math_coefficients as fitted
from aotjit.codegen.elements import F32, F64
from aotjit.codegen.formula import Number, any_lane, divide, estrin, fma, horner, minimum, select, unless_any
from aotjit.codegen.vector_math_exponential import INFINITY, exp
from aotjit.codegen.vector_math_power import two_product, two_sum
from aotjit.codegen.vector_math_trigonometric import in_memory


def erf_f32(x: Number) -> Number:
    a = x.abs()
    near = fma(x, horner(x * x, fitted.ERF_F32), x)
    limited = minimum(a, 4.0)
    far = (1.0 - exp(horner(limited, fitted.ERF_TAIL_F32))).copysign(x)
    return select(x.is_nan(), x, select(a < 0.92, near, far))


def _erfc_positive(a: Number) -> Number:
    """erfc for a >= 0.5: exp(-a^2) P(t) / (1 + 2a), t = (a - 4) / (a + 4)."""
    limited = minimum(a, 30.0)
    t = (limited - 4.0) / (limited + 4.0)
    # Four roundings would add up to 4 units: the errors of all but the exponential are kept and added at the end.
    polynomial, polynomial_low = two_sum(t * estrin(t, fitted.ERFC_F64[1:]), t.constant(fitted.ERFC_F64[0]))
    divisor = 1.0 + 2.0 * limited
    quotient = polynomial / divisor
    product, error = two_product(quotient, divisor)
    divisor_low = 2.0 * limited - (divisor - 1.0)
    quotient_low = (((polynomial - product) - error) + (polynomial_low - quotient * divisor_low)) / divisor
    square, square_low = two_product(limited, limited)
    exponential = exp(-square)
    value, value_low = two_product(exponential, quotient)
    return value + (value_low + exponential * (quotient_low - quotient * square_low))


def erf(x: Number) -> Number:
    a = x.abs()
    near = fma(x, estrin(x * x, fitted.ERF_F64), x)
    far = (1.0 - _erfc_positive(a)).copysign(x)
    return select(x.is_nan(), x, select(a < 1.0, near, far))


def erfc(x: Number) -> Number:
    a = x.abs()
    near = 1.0 - fma(x, estrin(x * x, fitted.ERF_F64), x)
    far = _erfc_positive(a)
    result = select(x < 0.0, 2.0 - far, far)
    return select(x.is_nan(), x, select(a < 0.5, near, result))


def cbrt(x: Number) -> Number:
    a = x.abs()
    small, large = a < 2.0**-1000, a > 2.0**1000
    factor = select(small, 2.0**54, select(large, a.constant(2.0**-54), a.constant(1.0)))
    a = a * factor
    # A third of the exponent, by multiplying the upper bits with 2^32 / 3; then Halley steps.
    guess = (((a.bits().shift_right(32) * 0x55555556).shift_right(32) + (682 << 20)) << 32).as_float()
    for _ in range(3):
        ratio = guess * guess * guess / a
        guess = guess * ((ratio + 2.0) / (2.0 * ratio + 1.0))
    square, error = two_product(guess, guess)
    guess = _cbrt_step(guess, a, square, error)
    guess = guess * select(small, 2.0**-18, select(large, a.constant(2.0**18), a.constant(1.0)))
    keep = (x == 0.0) | (x.abs() == INFINITY) | x.is_nan()
    return select(keep, x, guess.copysign(x))


def _cbrt_step(g: Number, a: Number, square: Number, error: Number) -> Number:
    """g - (g^3 - a) / (3 g^2) with the cube's rounding errors."""
    cube, cube_error = two_product(square, g)
    return g - ((cube - a) + (cube_error + error * g)) / (3.0 * square)


def reciprocal(x: Number) -> Number:
    """1 / x for x >= 1 or NaN."""
    return unless_any(x > 2.0**120, divide(x.constant(1.0), x), "reciprocal_any", x)


def reciprocal_any(x: Number) -> Number:
    return 1.0 / x


def fmod(x: Number, y: Number) -> Number:
    a, b = x.abs(), y.abs()
    q = (a / b).trunc()
    product, error = two_product(q, b)
    r = (a - product) - error
    r = select(r < 0.0, r + b, r)
    r = select(r >= b, r - b, r)
    easy = (a < 2.0**900) & (b > 2.0**-900) & (b < 2.0**900) & (q < 2.0**50)
    return _or_exact(x, y, easy, r.copysign(x))


def fmod_f32(x: Number, y: Number) -> Number:
    """In f64 the quotient of two f32 below 2**28 truncates to the right integer, and its product is exact. Of what is
    smaller than the divisor nothing is subtracted: 0 times an infinite one is NaN."""
    a, b = x.abs().to(F64), y.abs().to(F64)
    q = (a / b).trunc()
    r = select(a < b, a, a - q * b).to(F32)
    return _or_exact(x, y, q < 2.0**28, r.copysign(x))


def _or_exact(x: Number, y: Number, easy: Number, quick: Number) -> Number:
    """`quick` where all lanes are easy; else the runtime's long division on all lanes."""
    builder = x.e.builder
    before = builder.block
    slow, join = builder.append_basic_block("hard"), builder.append_basic_block("done")
    builder.cbranch(any_lane(~easy), slow, join).set_weights([1, 2000])
    builder.position_at_end(slow)
    wide_x, wide_y = x.to(F64), y.to(F64)
    exact = in_memory(wide_x, "aj_fmod", 1, [wide_x, wide_y])[0].to(x.element)
    slow_end = builder.block
    builder.branch(join)
    builder.position_at_end(join)
    phi = builder.phi(x.v.type)
    phi.add_incoming(quick.v, before)
    phi.add_incoming(exact.v, slow_end)
    return Number(x.e, phi)
