"""sin, cos, tan and the inverse functions (formulas for vector_math).

Arguments are reduced to |r| <= pi/4 by subtracting a multiple of pi/2 held in three parts (Cody and Waite). Where any
lane is too large for that, the runtime reduces all lanes with as many bits of 2/pi as it takes (Payne and Hanek).
"""

from __future__ import annotations

import math

from llvmlite import ir

from aotjit.codegen import vector_math_coefficients as fitted
from aotjit.codegen.elements import F32, F64, I64
from aotjit.codegen.formula import Number, any_lane, estrin, fma, horner, select

_REDUCIBLE = 5.0e5
"""Up to here the quotient has at most 20 bits and its products with the 33-bit parts of pi/2 are exact."""
_HALF_PI_LOW = 6.123233995736766e-17

def in_memory(e_value: Number, function: str, results: int, arguments: list[Number]) -> list[Number]:
    """Calls `void function(const T *..., T *..., int64_t lanes)` of the runtime on the lanes; a cold path."""
    e, builder = e_value.e, e_value.e.builder
    pointer = ir.PointerType()
    with builder.goto_entry_block():
        slots = [builder.alloca(a.v.type) for a in arguments] + [builder.alloca(e_value.v.type) for _ in range(results)]
    for slot in slots:
        slot.type = pointer
    for slot, a in zip(slots, arguments, strict=False):
        builder.store(a.v, slot)
    callee = builder.module.globals.get(function)
    if callee is None:
        types = [pointer] * len(slots) + [I64]
        callee = ir.Function(builder.module, ir.FunctionType(ir.VoidType(), types), function)

    builder.call(callee, [*slots, ir.Constant(I64, e.lanes)])
    return [Number(e, builder.load(s, typ=e_value.v.type)) for s in slots[len(arguments) :]]

def _quotient(x: Number, low_part: bool) -> tuple[Number, Number, Number]:
    """n, r, low with x = n pi/2 + r + low; n as a float."""
    n = (x * (2 / math.pi)).round_even()
    p1, p2, p3 = fitted.HALF_PI
    first = x - n * p1
    if not low_part:
        r = (first - n * p2) - n * p3
        return n, r, r
    second = n * p2
    r = first - second
    low = ((first - r) - second) - n * p3
    summed = r + low
    return n, summed, low - (summed - r)

def _reduce(x: Number, low_part: bool = True) -> tuple[Number, Number, Number]:
    """(n mod 4 as a float, r, low) for any finite f64 x; NaN for others."""
    e, builder = x.e, x.e.builder
    quick = _quotient(x, low_part)
    large = any_lane(~(x.abs() < _REDUCIBLE))
    before = builder.block
    slow, join = builder.append_basic_block("huge"), builder.append_basic_block("reduced")
    builder.cbranch(large, slow, join).set_weights([1, 2000])
    builder.position_at_end(slow)
    exact = in_memory(x, "aj_reduce_half_pi", 3, [x])
    slow_end = builder.block
    builder.branch(join)
    builder.position_at_end(join)
    result = []
    for a, b in zip(quick, exact, strict=True):
        phi = builder.phi(a.v.type)
        phi.add_incoming(a.v, before)
        phi.add_incoming(b.v, slow_end)
        result.append(Number(e, phi))
    return result[0], result[1], result[2]

def _sin_cos(x: Number) -> tuple[Number, Number, Number]:
    """(quadrant as an integer, sin r, cos r) in f64."""
    n, r, low = _reduce(x)
    z = r * r
    half = z * 0.5
    # sin(r + low) = sin r + low cos r, cos(r + low) = cos r - low sin r
    cube = z * r
    sin = r + fma(cube, estrin(z, fitted.SIN_F64), low * (1.0 - half))
    top = 1.0 - half
    cos = top + (((1.0 - top) - half) + fma(z * z, estrin(z, fitted.COS_F64), -(r * low)))
    return n.to_int(), sin, cos

def _by_quadrant(quadrant: Number, even: Number, odd: Number) -> Number:
    """`even` or `odd` by the quadrant's parity, negated in the upper half circle."""
    value = select((quadrant & 1) == 0, even, odd)
    bits = 32 if value.is_f32 else 64
    return (value.bits() ^ ((quadrant & 2) << (bits - 2))).as_float()

def sin(x: Number) -> Number:
    quadrant, s, c = _sin_cos(x)
    return select(x == 0.0, x, _by_quadrant(quadrant, s, c))

def cos(x: Number) -> Number:
    quadrant, s, c = _sin_cos(x)
    return _by_quadrant(quadrant + 1, s, c)

def tan(x: Number) -> Number:
    quadrant, s, c = _sin_cos(x)
    odd = (quadrant & 1) == 1
    quotient = select(odd, -c, s) / select(odd, s, c)
    return select(x == 0.0, x, quotient)

def _sin_cos_f32(x: Number) -> tuple[Number, Number, Number]:
    n, wide, _ = _reduce(x.to(F64), low_part=False)
    r = wide.to(F32)
    z = r * r
    sin = fma(z * r, horner(z, fitted.SIN_F32), r)
    cos = fma(z * z, horner(z, fitted.COS_F32), fma(z, -0.5, 1.0))
    return n.to(F32).to_int(), sin, cos

def sin_f32(x: Number) -> Number:
    quadrant, s, c = _sin_cos_f32(x)
    return select(x == 0.0, x, _by_quadrant(quadrant, s, c))

def cos_f32(x: Number) -> Number:
    quadrant, s, c = _sin_cos_f32(x)
    return _by_quadrant(quadrant + 1, s, c)

# -- inverse functions ------------------------------------------------------------------------------------------------

def _asin_tail(x: Number, z: Number) -> Number:
    """asin(x) - x for |x| <= 1/2, z = x^2."""
    return x * z * estrin(z, fitted.ASIN_F64)

def _root_parts(z: Number) -> tuple[Number, Number]:
    """sqrt(z) as an upper part with half of the bits and the rest."""
    root = z.sqrt()
    upper = (root.bits() & (-1 << 32)).as_float()
    rest = (z - upper * upper) / (root + upper)
    return upper, select(z == 0.0, 0.0, rest)

def asin(x: Number) -> Number:
    a = x.abs()
    z = (1.0 - a) * 0.5
    upper, rest = _root_parts(z)
    root = upper + rest
    far = (math.pi / 4 - 2.0 * upper) + (math.pi / 4 - (2.0 * (rest + _asin_tail(root, z)) - _HALF_PI_LOW))
    near = a + _asin_tail(a, a * a)
    return select(a <= 0.5, near, far).copysign(x)

def acos(x: Number) -> Number:
    a = x.abs()
    z = (1.0 - a) * 0.5
    upper, rest = _root_parts(z)
    tail = rest + _asin_tail(upper + rest, z)
    positive = 2.0 * (upper + tail)
    negative = math.pi - 2.0 * (upper + (tail - _HALF_PI_LOW))
    far = select(x > 0.0, positive, negative)
    near = math.pi / 2 - (x - (_HALF_PI_LOW - _asin_tail(x, x * x)))
    return select(a <= 0.5, near, far)

def _atan_ratio(y: Number, x: Number) -> Number:
    """atan(y / x) for y, x >= 0, not both 0 or infinite, in [0, pi/2]."""
    # tan(pi/8) and its reciprocal bound the range reduced by pi/4; above it the reciprocal is taken.
    middle = (y > x * (math.sqrt(2) - 1)) & (y < x * (math.sqrt(2) + 1))
    above = y >= x * (math.sqrt(2) + 1)
    numerator = select(middle, y - x, select(above, -x, y))
    denominator = select(middle, y + x, select(above, y, x))
    t = numerator / denominator
    z = t * t
    base = select(middle, math.pi / 4, select(above, t.constant(math.pi / 2), t.constant(0.0)))
    low = select(middle, _HALF_PI_LOW / 2, select(above, t.constant(_HALF_PI_LOW), t.constant(0.0)))
    return base + (t + (t * z * estrin(z, fitted.ATAN_F64) + low))

def atan(x: Number) -> Number:
    a = x.abs()
    return select(x.is_nan(), x, _atan_ratio(a, a.constant(1.0)).copysign(x))

def atan2(y: Number, x: Number) -> Number:
    a, b = y.abs(), x.abs()
    both_infinite = (a == float("inf")) & (b == float("inf"))
    both_zero = (a == 0.0) & (b == 0.0)
    a = select(both_infinite, 1.0, a)
    b = select(both_infinite, 1.0, select(both_zero, 1.0, b))
    # The sums and products of the reduction stay in range.
    shrink = (a > 2.0**1000) | (b > 2.0**1000)
    grow = ((a < 2.0**-900) & (b < 2.0**50)) | ((b < 2.0**-900) & (a < 2.0**50))
    factor = select(shrink, 2.0**-60, select(grow, a.constant(2.0**120), a.constant(1.0)))
    angle = _atan_ratio(a * factor, b * factor)
    left = math.pi - (angle - 2 * _HALF_PI_LOW)
    result = select(x.bits() < 0, left, angle).copysign(y)
    return select(x.is_nan() | y.is_nan(), x + y, result)
