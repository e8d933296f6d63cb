"""Functions of numbers that give several results or take numbers apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from aotjit import types
from aotjit.dtypes import DTYPE_BY_CODE, DType
from aotjit.ops import bounds
from aotjit.ops.declare import operator
from aotjit.ops.gamma import log_gamma
from aotjit.ops.ieee import INVALID, divide, fmod
from aotjit.ops.opdef import Composite, Intrinsic, Lowering, Runtime
from aotjit.ops.scalar import scalar, single


def function(text: str, reference: Callable[..., Any], lowering: Lowering) -> None:
    """One overload."""
    operator(f"aten::{text}", reference=reference, lowering=lowering, effects="pure")


def _divmod_int(a: int, b: int) -> tuple[int, int]:
    if b == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    return divmod(a, b)


def _divmod_float(a: float, b: float) -> tuple[float, float]:
    if b == 0:
        raise ZeroDivisionError("float divmod()")
    rest = fmod(a, b)
    if rest != 0 and (rest < 0) != (b < 0):
        rest += b
    return divide(a - rest, b), rest


def _ieee_remainder(a: float, b: float) -> float:
    try:
        return math.remainder(a, b)
    except ValueError:
        return INVALID


function("divmod.int(int x, int y) -> (int, int)", _divmod_int, Composite("""
def divmod(x: int, y: int):
    return x // y, x % y
"""))  # fmt: skip
# The operators of a float and an int round to single precision on the way in torch; here they are those of two floats.
_DIVMOD = """
def divmod(x: {0}, y: {1}):
    a = float(x)
    b = float(y)
    if b == 0.0:
        raise ZeroDivisionError("float divmod()")
    rest = math.fmod(a, b)
    if rest != 0.0 and (rest < 0.0) != (b < 0.0):
        rest = rest + b
    return (a - rest) / b, rest
"""
for _overload, _a, _b in (("float", "float", "float"), ("int_float", "int", "float"), ("float_int", "float", "int")):
    function(f"divmod.{_overload}({_a} x, {_b} y) -> (float, float)", _divmod_float,
             Composite(_DIVMOD.format(_a, _b)))  # fmt: skip

# CPython's algorithm (Modules/mathmodule.c, m_remainder): every step is exact.
_REMAINDER = """
def mathremainder(a: {0}, b: {1}) -> float:
    x = float(a)
    y = float(b)
    if math.isnan(x) or math.isnan(y):
        return x + y
    if math.isinf(x) or y == 0.0:
        return -math.nan
    if math.isinf(y):
        return x
    size = abs(x)
    step = abs(y)
    rest = math.fmod(size, step)
    other = step - rest
    if rest < other:
        result = rest
    elif rest > other:
        result = -other
    else:
        result = rest - 2.0 * math.fmod(0.5 * (size - rest), step)
    return math.copysign(1.0, x) * result
"""
for _overload, _a, _b in (("int", "int", "int"), ("float", "float", "float"), ("int_float", "int", "float"),
                          ("float_int", "float", "int")):  # fmt: skip
    function(f"mathremainder.{_overload}({_a} a, {_b} b) -> float", _ieee_remainder,
             Composite(_REMAINDER.format(_a, _b)))  # fmt: skip

# -- the gamma function -----------------------------------------------------------------------------------------------


def _gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.copysign(math.inf, x) if x == 0 else math.nan


# CPython's algorithm (Modules/mathmodule.c, m_tgamma): Lanczos' sum with N = 13, as a quotient of polynomials.
_NUMERATOR = (
    23531376880.410759, 42919803642.649098, 35711959237.355668, 17921034426.037209, 6039542586.352028,
    1439720407.3117216, 248874557.86205415, 31426415.585400194, 2876370.6289353724, 186056.26539522349,
    8071.6720023658162, 210.82427775157934, 2.5066282746310002,
)  # fmt: skip
_DENOMINATOR = (
    0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0, 2637558.0, 357423.0, 32670.0,
    1925.0, 66.0, 1.0,
)  # fmt: skip
_OFFSET = 6.024680040776729583740234375 - 0.5


def _horner(coefficients: tuple[float, ...], x: str, step: str) -> str:
    """The polynomial as an expression, the first coefficient's power the highest."""
    text = repr(coefficients[0])
    for c in coefficients[1:]:
        text = f"({text} {step} {x} + {c!r})"
    return text


_GAMMA = f"""
def gamma(given):
    x = float(given)
    if math.isnan(x) or (math.isinf(x) and x > 0.0):
        return x
    if x == 0.0:
        return math.copysign(math.inf, x)
    whole = x == round(x)
    if whole and x < 0.0 or math.isinf(x):
        return math.nan
    if whole and x < 24.0:
        product = 1.0
        for i in range(2, int(x)):
            product *= i
        return product
    size = abs(x)
    if size > 200.0:
        return math.inf if x > 0.0 else (-0.0 if math.fmod(math.floor(size), 2.0) == 0.0 else 0.0)
    y = size + {_OFFSET!r}
    rest = y - size - {_OFFSET!r} if size > {_OFFSET!r} else y - {_OFFSET!r} - size
    rest = rest * {_OFFSET + 0.5!r} / y
    if size < 5.0:
        total = {_horner(_NUMERATOR[::-1], "size", "*")} / {_horner(_DENOMINATOR[::-1], "size", "*")}
    else:
        total = {_horner(_NUMERATOR, "size", "/")} / {_horner(_DENOMINATOR, "size", "/")}
    power = size - 0.5 if size < 140.0 else size / 2 - 0.25
    if x > 0.0:
        result = total / math.exp(y)
        result += rest * result
        result *= y ** power
        return result if size < 140.0 else result * y ** power
    sine = math.sin(math.pi * (size - round(size)))
    if int(round(size)) % 2 == 1:
        sine = -sine
    result = -math.pi / sine / size * math.exp(y) / total
    result -= rest * result
    result /= y ** power
    return result if size < 140.0 else result / y ** power
"""
for _kind in ("int", "float"):
    function(f"gamma.{_kind}({_kind} a) -> float", _gamma, Composite(_GAMMA.replace("given", "a")))

# -- parts of a float -------------------------------------------------------------------------------------------------

function("frexp(float a) -> (float, int)", math.frexp, Runtime("aj_float_frexp"))
function("modf(float a) -> (float, float)", math.modf, Runtime("aj_float_modf"))


def _ldexp(x: float, exponent: int) -> float:
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(math.inf, x)


function("ldexp(float x, int i) -> float", _ldexp, Runtime("aj_float_ldexp"))

# -- numbers that are to become elements (ops/bounds.py) ---------------------------------------------------------------

for _kind in ("int", "float"):
    operator(f"aotjit::fitting_{_kind}({_kind} value, int dtype) -> {_kind}",
             reference=lambda value, code: bounds.fitting(value, DTYPE_BY_CODE[code]),
             lowering=Intrinsic("fitting"), effects="pure")  # fmt: skip
operator("aotjit::whole_exponent(int value) -> int", reference=bounds.whole_exponent,
         lowering=Intrinsic("whole_exponent"), effects="pure")  # fmt: skip

# fdlibm's algorithm (e_lgamma_r.c), which glibc's is made of.
_NEAR_TWO = (
    7.72156649015328655494e-02, 3.22467033424113591611e-01, 6.73523010531292681824e-02, 2.05808084325167332806e-02,
    7.38555086081402883957e-03, 2.89051383673415629091e-03, 1.19270763183362067845e-03, 5.10069792153511336608e-04,
    2.20862790713908385557e-04, 1.08011567247583939954e-04, 2.52144565451257326939e-05, 4.48640949618915160150e-05,
)  # fmt: skip
_NEAR_LEAST = (
    4.83836122723810047042e-01, -1.47587722994593911752e-01, 6.46249402391333854778e-02, -3.27885410759859649565e-02,
    1.79706750811820387126e-02, -1.03142241298341437450e-02, 6.10053870246291332635e-03, -3.68452016781138256760e-03,
    2.25964780900612472250e-03, -1.40346469989232843813e-03, 8.81081882437654011382e-04, -5.38595305356740546715e-04,
    3.15632070903625950361e-04, -3.12754168375120860518e-04, 3.35529192635519073543e-04,
)  # fmt: skip
_NEAR_ONE = (
    -7.72156649015328655494e-02, 6.32827064025093366517e-01, 1.45492250137234768737e+00, 9.77717527963372745603e-01,
    2.28963728064692451092e-01, 1.33810918536787660377e-02,
)  # fmt: skip
_NEAR_ONE_BELOW = (
    1.0, 2.45597793713041134822e+00, 2.12848976379893395361e+00, 7.69285150456672783825e-01,
    1.04222645593369134254e-01, 3.21709242282423911810e-03,
)  # fmt: skip
_MIDDLE = (
    -7.72156649015328655494e-02, 2.14982415960608852501e-01, 3.25778796408930981787e-01, 1.46350472652464452805e-01,
    2.66422703033638609560e-02, 1.84028451407337715652e-03, 3.19475326584100867617e-05,
)  # fmt: skip
_MIDDLE_BELOW = (
    1.0, 1.39200533467621045958e+00, 7.21935547567138069525e-01, 1.71933865632803078993e-01,
    1.86459191715652901344e-02, 7.77942496381893596434e-04, 7.32668430744625636189e-06,
)  # fmt: skip
_LARGE = (
    8.33333333333329678849e-02, -2.77777777728775536470e-03, 7.93650558643019558500e-04, -5.95187557450339963135e-04,
    8.36339918996282139126e-04, -1.63092934096575273989e-03,
)  # fmt: skip


def _series(coefficients: tuple[float, ...], x: str) -> str:
    return _horner(coefficients[::-1], x, "*")


_LGAMMA = f"""
def lgamma(given):
    x = abs(float(given))
    if not x < math.inf:
        return x
    mirrored = 0.0
    if given < 0.0:
        fraction = x - 2.0 * math.floor(x * 0.5)
        if x == math.floor(x):
            return math.inf
        mirrored = math.log(math.pi / (abs(math.sin(math.pi * (fraction - round(fraction)))) * x))
    if x == 0.0:
        return math.inf
    result = 0.0
    if x < 2.0:
        step = 0.0
        if x <= 0.9:
            result = -math.log(x)
            step = 1.0
        if x >= 1.7316 - step:
            y = 2.0 - step - x
            z = y * y
            result += y * {_series(_NEAR_TWO[::2], "z")} + z * {_series(_NEAR_TWO[1::2], "z")} - 0.5 * y
        elif x >= (1.23 if step == 0.0 else 0.23164):
            y = x - (1.46163214496836224576 - step)
            z = y * y
            w = z * y
            low = {_series(_NEAR_LEAST[1::3], "w")} + y * {_series(_NEAR_LEAST[2::3], "w")}
            z = z * {_series(_NEAR_LEAST[::3], "w")} - (-3.63867699703950536541e-18 - w * low)
            result += -1.21486290535849611461e-01 + z
        else:
            y = x - 1.0 + step
            result += y * {_series(_NEAR_ONE, "y")} / {_series(_NEAR_ONE_BELOW, "y")} - 0.5 * y
    elif x < 8.0:
        whole = int(x)
        y = x - float(whole)
        result = 0.5 * y + y * {_series(_MIDDLE, "y")} / {_series(_MIDDLE_BELOW, "y")}
        z = 1.0
        for i in range(2, whole):
            z *= y + float(i)
        result += math.log(z)
    elif x < 288230376151711744.0:
        z = 1.0 / x
        y = z * z
        result = (x - 0.5) * (math.log(x) - 1.0) + (4.18938533204672725052e-01 + z * {_series(_LARGE, "y")})
    else:
        result = x * (math.log(x) - 1.0)
    return mirrored - result if given < 0.0 else result
"""


def _evaluated(source: str) -> Callable[[float], float]:
    """The function as Python runs it: its meaning is the same."""
    found: dict[str, Any] = {"math": math}
    exec(source, found)
    return lambda a: float(found["lgamma"](a))


for _kind in ("int", "float"):
    function(f"lgamma.{_kind}({_kind} a) -> float", _evaluated(_LGAMMA), Composite(_LGAMMA.replace("given", "a")))
scalar("aten::lgamma.Scalar(Scalar a) -> Scalar", single(_evaluated(_LGAMMA)),
       lambda b, x: b.convert(b.convert(log_gamma(b, b.real(x)), DType.F32), DType.F64), gives=types.FLOAT)  # fmt: skip
