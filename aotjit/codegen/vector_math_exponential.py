"""exp, log, their relatives and hyperbolic functions (formulas for vector_math)."""

from __future__ import annotations

from dataclasses import dataclass

from aotjit.codegen import vector_math_coefficients as fitted
from aotjit.codegen.formula import Number, divide, estrin, fma, horner, maximum, minimum, select, unless_any

LOG2_E = 1.4426950408889634
LN_2 = 0.6931471805599453
INFINITY = float("inf")


@dataclass(frozen=True)
class FloatFormat:
    """`ln2_high` has trailing zero bits, so that its product with an exponent is exact; x beyond `overflow` or below
    `underflow` has exp(x) = inf or 0."""

    mantissa: int
    bias: int
    ln2_high: float
    ln2_low: float
    overflow: float
    underflow: float
    exp_tail: tuple[float, ...]

    @property
    def least_normal(self) -> float:
        return 2.0 ** (1 - self.bias)

    @property
    def magic(self) -> float:
        """Added to a small number, it leaves the nearest integer in the lowest bits of the sum."""
        return 1.5 * 2.0**self.mantissa


_F32 = FloatFormat(23, 127, *fitted.LN2_F32, 90.0, -104.0, fitted.EXP_F32)
_F64 = FloatFormat(52, 1023, *fitted.LN2_F64, 711.0, -746.0, fitted.EXP_F64)


def format_of(x: Number) -> FloatFormat:
    return _F32 if x.is_f32 else _F64


def _power_of_two(n: Number) -> Number:
    """2**n for an integer n in the range of normal exponents."""
    f = _F32 if n.e.base(n.v.type).width == 32 else _F64
    return ((n + f.bias) << f.mantissa).as_float()


def scale(x: Number, n: Number) -> Number:
    """x * 2**n for an integer n, rounded once: two factors keep both in range and the first product exact."""
    half = n >> 1
    return x * _power_of_two(half) * _power_of_two(n - half)


def _reduce(x: Number) -> tuple[Number, Number, Number]:
    """n and r = high + low with x = n ln 2 + r, |r| <= ln 2 / 2: (n, r, low)."""
    f = format_of(x)
    n = (x * LOG2_E).round_even()
    high = fma(n, -f.ln2_high, x)
    low = n * f.ln2_low
    return n, high - low, (high - (high - low)) - low


def _clamped(x: Number) -> Number:
    f = format_of(x)
    return maximum(minimum(x, f.overflow), f.underflow)


def exp_times(x: Number, shift: int) -> Number:
    """exp(x) * 2**shift for |shift| <= 2, without intermediate overflow."""
    n, r, low = _reduce(_clamped(x))
    tail = fma(r * r, estrin(r, format_of(x).exp_tail), low)
    result = scale((tail + r) + 1.0, n.to_int() + shift)
    return select(x.is_nan(), x, result)


def exp(x: Number) -> Number:
    """Where all results are normal numbers, the exponent is added to the polynomial's bits."""
    f = format_of(x)
    shifted = fma(x, LOG2_E, f.magic)
    n = shifted - f.magic
    r = fma(n, -f.ln2_low, fma(n, -f.ln2_high, x))
    quick = (horner(r, (1.0, 1.0, *f.exp_tail)).bits() + (shifted.bits() << f.mantissa)).as_float()
    limit = 87.0 if x.is_f32 else 708.0
    return unless_any(~(x.abs() < limit), quick, "exp_any", x)


def exp_any(x: Number) -> Number:
    """exp for all arguments."""
    return exp_times(x, 0)


def exp2(x: Number) -> Number:
    limit = 129.0 if x.is_f32 else 1025.0
    lowest = -151.0 if x.is_f32 else -1076.0
    clamped = maximum(minimum(x, limit), lowest)
    n = clamped.round_even()
    r = (clamped - n) * LN_2
    result = scale(fma(r * r, estrin(r, format_of(x).exp_tail), r) + 1.0, n.to_int())
    return select(x.is_nan(), x, result)


def expm1(x: Number) -> Number:
    f = format_of(x)
    n, r, low = _reduce(maximum(minimum(x, f.overflow), -40.0))
    tail = fma(r * r, estrin(r, f.exp_tail), low)
    k = n.to_int()
    # 2**n overflows where the result does not yet: half of everything, doubled at the end.
    two_n = _power_of_two(k - 1)
    result = (fma(two_n, tail, two_n * r) + (two_n - 0.5)) * 2.0
    result = select(k == 0, r + tail, result)
    result = select(x.abs() < 2.0**-60, x, result)
    return select(x.is_nan(), x, select(x >= f.overflow, INFINITY, result))


# -- logarithms -------------------------------------------------------------------------------------------------------


def split(x: Number) -> tuple[Number, Number]:
    """(e, m) with x = m 2**e, m in [sqrt(1/2), sqrt(2)), for finite x > 0; e is a float."""
    subnormal = x < format_of(x).least_normal
    power = format_of(x).mantissa + 1
    exponent, m = split_normal(select(subnormal, x * 2.0**power, x))
    return select(subnormal, exponent - power, exponent).to_float(), m


def split_normal(x: Number) -> tuple[Number, Number]:
    """The same for normal numbers; e is an integer."""
    f = format_of(x)
    half_root = 0x3F3504F3 if x.is_f32 else 0x3FE6A09E667F3BCD
    offset = x.bits() - half_root
    return offset >> f.mantissa, ((offset & ((1 << f.mantissa) - 1)) + half_root).as_float()


def log_of(f: Number) -> tuple[Number, Number]:
    """log(1 + f) = high + low for f in [sqrt(1/2) - 1, sqrt(2) - 1]; high = f."""
    if f.is_f32:
        square = f * f
        return f, fma(square * f, horner(f, fitted.LOG_F32), square * -0.5)
    s = f / (f + 2.0)
    z = s * s
    tail = z * estrin(z, fitted.LOG_F64)
    half_square = f * f * 0.5
    return f, s * (half_square + tail) - half_square


def _special_log(x: Number, result: Number) -> Number:
    """The values at 0, negative numbers, infinity and NaN."""
    result = select(x == 0.0, -INFINITY, result)
    result = select(x < 0.0, float("nan"), result)
    return select((x == INFINITY) | x.is_nan(), x, result)


def log(x: Number) -> Number:
    exponent, m = split_normal(x)
    normal = (x >= format_of(x).least_normal) & (x < INFINITY)
    return unless_any(~normal, _log_sum(exponent.to_float(), m), "log_any", x)


def log_any(x: Number) -> Number:
    """log for all arguments."""
    return _special_log(x, _log_sum(*split(x)))


def _log_sum(e: Number, m: Number) -> Number:
    """e ln 2 + log m."""
    f = format_of(m)
    high, low = log_of(m - 1.0)
    return fma(e, f.ln2_high, high + fma(e, f.ln2_low, low))


def _scaled_log(x: Number, unit: tuple[float, ...], base: tuple[float, ...]) -> Number:
    """e base + log(m) unit, where both factors are in two parts."""
    e, m = split(x)
    high, low = log_of(m - 1.0)
    # The upper half of `high` times the upper half of `unit` is exact.
    upper = (high.bits() & (-1 << 32)).as_float()
    rest = (high - upper) + low
    product = upper * unit[0]
    small = fma(e, base[1], fma(high + low, unit[1], rest * unit[0]))
    total = e * base[0]
    summed = total + product
    error = (total - summed) + product
    return _special_log(x, summed + (error + small))


def log2(x: Number) -> Number:
    return _scaled_log(x, fitted.INVERSE_LN2, (1.0, 0.0))


def log10(x: Number) -> Number:
    return _scaled_log(x, fitted.INVERSE_LN10, fitted.LOG10_2)


def log1p(x: Number) -> Number:
    f = format_of(x)
    u = x + 1.0
    e, m = split(u)
    # What the sum lost: exact, as |1| >= |x| or the other way round decides which is subtracted first.
    lost = select(x.abs() < 1.0, x - (u - 1.0), (x - u) + 1.0)
    # The scale of m: 2**-e, from the exponents' difference.
    factor = _power_of_two(-(maximum(minimum(e, f.bias - 1.0), 2.0 - f.bias).to_int()))
    high, low = log_of((m - 1.0) + lost * factor)
    result = fma(e, f.ln2_high, high + fma(e, f.ln2_low, low))
    result = select(x.abs() < 2.0**-60, x, result)
    result = select(x == -1.0, -INFINITY, result)
    result = select(x < -1.0, -float("nan"), result)
    return select((x == INFINITY) | x.is_nan(), x, result)


# -- hyperbolic functions ---------------------------------------------------------------------------------------------


def tanh(x: Number) -> Number:
    """With t = exp(-2|x|): (1 - t) / (1 + t) near 0, from t - 1; 1 - 2t / (1 + t) beyond, where 1 dominates."""
    f = format_of(x)
    a = x.abs()
    bounded = select(a > 20.0, 20.0, a)
    shifted = fma(bounded, -2.0 * LOG2_E, f.magic)
    n = shifted - f.magic
    r = fma(n, -f.ln2_low, fma(n, -f.ln2_high, bounded * -2.0))
    tail = fma(r * r, horner(r, f.exp_tail), r)
    two_n = ((shifted.bits() << f.mantissa) + (f.bias << f.mantissa)).as_float()
    t = fma(two_n, tail, two_n)
    near = a < 0.55
    numerator = select(near, fma(two_n, -tail, 1.0 - two_n), t * -2.0)
    return (divide(numerator, t + 1.0) + select(near, x.constant(0.0), x.constant(1.0))).copysign(x)


def sinh(x: Number) -> Number:
    a = x.abs()
    em = expm1(minimum(a, 40.0))
    small = (em + em / (em + 1.0)) * 0.5
    result = select(a > 22.0, exp_times(a, -1), small)
    return select(x.is_nan() | (a < 2.0**-60), x, result.copysign(x))


def cosh(x: Number) -> Number:
    half = exp_times(x.abs(), -1)
    return half + 0.25 / half


def asinh(x: Number) -> Number:
    a = x.abs()
    root = (a * a + 1.0).sqrt()
    near = log1p(a + a * a / (root + 1.0))
    far = log(a) + LN_2
    result = select(a > 2.0**28, far, near)
    return select(x.is_nan(), x, result.copysign(x))


def acosh(x: Number) -> Number:
    t = x - 1.0
    near = log1p(t + (t * 2.0 + t * t).sqrt())
    return select(x < 1.0, -float("nan"), select(x > 2.0**28, log(x) + LN_2, near))


def atanh(x: Number) -> Number:
    a = x.abs()
    t = a * 2.0
    argument = select(a < 0.5, t + t * a / (1.0 - a), t / (1.0 - a))
    return select(x.is_nan(), x, (log1p(argument) * 0.5).copysign(x))
