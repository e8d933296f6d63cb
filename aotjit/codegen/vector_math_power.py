"""x**y (formula for vector_math). The logarithm is a sum of two f64 with a relative error near 2**-65, so that its
product with y, up to 745, is still accurate to a fraction of the last place of the result."""

from __future__ import annotations

from aotjit.codegen import vector_math_coefficients as fitted
from aotjit.codegen.elements import F32, F64
from aotjit.codegen.formula import Number, estrin, fma, maximum, minimum, select
from aotjit.codegen.vector_math_exponential import INFINITY, LN_2, exp, log_of, split

Pair = tuple[Number, Number]


def two_sum(a: Number, b: Number) -> Pair:
    """a + b exactly, as the rounded sum and its error (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def fast_two_sum(a: Number, b: Number) -> Pair:
    """The same for |a| >= |b| (Dekker)."""
    total = a + b
    return total, b - (total - a)


def two_product(a: Number, b: Number) -> Pair:
    """a * b as the rounded product and its error, from halves of the significands: no fused operation is assumed."""
    product = a * b
    a_high, b_high = upper_half(a), upper_half(b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def upper_half(a: Number) -> Number:
    """The leading 26 bits of the significand."""
    return (a.bits() & (-1 << 27)).as_float()


def _log(x: Number) -> Pair:
    """log(x) for x > 0."""
    e, m = split(x)
    f = m - 1.0
    d = f + 2.0
    s = f / d
    # The quotient's error, from the exact remainder f - s (2 + f).
    product, error = two_product(s, d)
    s_low = (((f - product) - error) - s * (f - (d - 2.0))) / d
    square, square_error = two_product(s, s)
    square_low = square_error + 2.0 * s * s_low
    cube, cube_error = two_product(square, s)
    cube_low = cube_error + square * s_low + square_low * s
    third, third_error = two_product(cube, cube.constant(fitted.TWO_THIRDS[0]))
    third_low = third_error + cube * fitted.TWO_THIRDS[1] + cube_low * fitted.TWO_THIRDS[0]
    tail = cube * square * estrin(square, fitted.LOG_RATIO_TAIL)
    high, low = fast_two_sum(s * 2.0, third)
    low = low + (s_low * 2.0 + third_low + tail)
    total, error = two_sum(e * fitted.LN2_F64[0], high)
    return fast_two_sum(total, error + (low + e * fitted.LN2_F64[1]))


def power(x: Number, y: Number) -> Number:
    log_high, log_low = _log(x.abs())
    # Beyond these the result is 0 or infinite whatever |log x| >= 2**-54 is; the products stay finite.
    limited = maximum(minimum(y, 2.0**66), -(2.0**66))
    high, error = two_product(limited, log_high)
    low = error + limited * log_low
    value = exp(high)
    return special(x, y, select(value == INFINITY, value, fma(value, low, value)))


def power_f32(x: Number, y: Number) -> Number:
    """Through f64, where the plain logarithm is accurate enough."""
    wide_x, wide_y = x.to(F64), y.to(F64)
    e, m = split(wide_x.abs())
    high, low = log_of(m - 1.0)
    logarithm = fma(e, LN_2, high + low)
    limited = maximum(minimum(wide_y * logarithm, 200.0), -200.0)
    return special(wide_x, wide_y, exp(limited)).to(F32)


def special(x: Number, y: Number, magnitude: Number) -> Number:
    """pow(x, y), given |x|**y where that is finite and x is not 0 (C11, F.10.4.4)."""
    a = x.abs()
    half = y * 0.5
    is_integer = y.trunc() == y
    is_odd = is_integer & (half.trunc() != half)
    grows = (a > 1.0) ^ (y < 0.0)
    edge = (a == 0.0) | (a == INFINITY) | (y.abs() == INFINITY)
    result = select(edge, select(grows, x.constant(INFINITY), x.constant(0.0)), magnitude)
    result = select((a == 1.0) & (y.abs() == INFINITY), 1.0, result)
    negative = x.bits() < 0
    result = select(negative & is_odd, -result, result)
    result = select((x < 0.0) & (a != INFINITY) & ~is_integer, float("nan"), result)
    result = select(x.is_nan() | y.is_nan(), x + y, result)
    return select((y == 0.0) | (x == 1.0), 1.0, result)
