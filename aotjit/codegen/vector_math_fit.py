"""Writes vector_math_coefficients.py: `python -m aotjit.codegen.vector_math_fit` (needs mpmath; a tool for us).

Each polynomial interpolates its function at Chebyshev nodes of the interval in 60-digit arithmetic, which is within a
small factor of the best polynomial of that degree; the degree is chosen so that its error is far below one unit in the
last place of the result. Coefficients are stored lowest power first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Fit:
    """A polynomial of `degree` in the variable of `function` on [low, high]."""

    function: Function
    low: float
    high: float
    degree: int


def fits() -> dict[str, Fit]:
    """What is fitted, by the name the emitters use."""
    from mpmath import mp, mpf  # type: ignore[import-untyped]  # it has no stubs

    mp.dps = 60
    half_ln2 = float(mp.log(2)) / 2 * 1.01
    quarter_pi_squared = float((mp.pi / 4) ** 2) * 1.01

    def series(function: Function, terms: Callable[[int], Any]) -> Function:
        """`function`, by the power series `terms` where cancellation would spoil it."""
        return lambda x: sum(terms(i) * x**i for i in range(40)) if abs(x) < mpf("1e-3") else function(x)

    exp_tail = series(lambda r: (mp.exp(r) - 1 - r) / r**2, lambda i: 1 / mp.factorial(i + 2))
    log_tail = series(
        lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, lambda i: mpf((-1) ** i) / (i + 3)
    )
    # log((1+s)/(1-s)) = 2s + s z P(z), z = s^2
    log_ratio = series(
        lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z, lambda i: mpf(2) / (2 * i + 3)
    )
    # log((1+s)/(1-s)) = 2s + 2/3 s z + s z^2 P(z)
    log_ratio_tail = series(lambda z: (log_ratio(z) - mpf(2) / 3) / z, lambda i: mpf(2) / (2 * i + 5))
    sin_tail = series(
        lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda i: mpf((-1) ** (i + 1)) / mp.factorial(2 * i + 3)
    )
    cos_tail = series(
        lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, lambda i: mpf((-1) ** i) / mp.factorial(2 * i + 4)
    )
    atan_tail = series(
        lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda i: mpf((-1) ** (i + 1)) / (2 * i + 3)
    )
    asin_tail = series(
        lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        lambda i: mp.binomial(2 * i + 2, i + 1) / (mpf(4) ** (i + 1) * (2 * i + 3)),
    )
    # erf(x) = x + x P(x^2)
    erf_tail = series(
        lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1,
        lambda i: 2 / mp.sqrt(mp.pi) * (-1) ** i / (mp.factorial(i) * (2 * i + 1)) - (i == 0),
    )

    def erfc_scaled(t: Any) -> Any:
        """(1 + 2a) exp(a^2) erfc(a), where t = (a - 4) / (a + 4)."""
        if t >= 1:
            return 2 / mp.sqrt(mp.pi)
        a = 4 * (1 + t) / (1 - t)
        if a > 2000:
            scaled = sum((-1) ** i * mp.fac2(2 * i - 1) / (2 * a * a) ** i for i in range(8)) / (a * mp.sqrt(mp.pi))
        else:
            scaled = mp.exp(a * a) * mp.erfc(a)
        return (1 + 2 * a) * scaled

    return {
        "exp_f32": Fit(exp_tail, -half_ln2, half_ln2, 4),
        "exp_f64": Fit(exp_tail, -half_ln2, half_ln2, 10),
        "log_f32": Fit(log_tail, 2**-0.5 - 1.0, 2**0.5 - 1.0, 8),
        "log_f64": Fit(log_ratio, 0.0, 0.0295, 7),
        "log_ratio_tail": Fit(log_ratio_tail, 0.0, 0.0295, 6),
        "sin_f32": Fit(sin_tail, 0.0, quarter_pi_squared, 3),
        "cos_f32": Fit(cos_tail, 0.0, quarter_pi_squared, 3),
        "sin_f64": Fit(sin_tail, 0.0, quarter_pi_squared, 6),
        "cos_f64": Fit(cos_tail, 0.0, quarter_pi_squared, 6),
        "atan_f64": Fit(atan_tail, 0.0, 0.1718, 11),
        "asin_f64": Fit(asin_tail, 0.0, 0.25, 13),
        "erf_f32": Fit(erf_tail, 0.0, 0.92, 7),
        "erf_tail_f32": Fit(lambda x: mp.log(mp.erfc(x)), 0.92, 4.0, 9),
        "erf_f64": Fit(erf_tail, 0.0, 1.0, 13),
        "erfc_f64": Fit(erfc_scaled, -1.0, 1.0, 26),
    }


def constants() -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Numbers in several parts: the value, and how many significant bits each part has."""
    from mpmath import mp

    mp.dps = 60
    return {
        "LN2_F32": (mp.log(2), (15, 24)),
        "LN2_F64": (mp.log(2), (40, 53)),
        "INVERSE_LN2": (1 / mp.log(2), (21, 53)),
        "INVERSE_LN10": (1 / mp.log(10), (21, 53)),
        "LOG10_2": (mp.log10(2), (40, 53)),
        "HALF_PI": (mp.pi / 2, (33, 33, 53)),
        "TWO_THIRDS": (mp.mpf(2) / 3, (53, 53)),
    }


def parts(value: Any, widths: tuple[int, ...]) -> list[float]:
    """`value` as a sum of numbers of the given widths."""
    from mpmath import mp

    result = []
    for width in widths:
        unit = mp.mpf(2) ** (int(mp.floor(mp.log(abs(value), 2))) + 1 - width)
        part = mp.nint(value / unit) * unit
        result.append(float(part))
        value -= part
    return result


def interpolate(fit: Fit) -> list[Any]:
    """Coefficients of the polynomial through `fit.function` at the Chebyshev nodes of its interval."""
    from mpmath import mp, mpf

    n = fit.degree + 1
    middle, radius = (mpf(fit.low) + mpf(fit.high)) / 2, (mpf(fit.high) - mpf(fit.low)) / 2
    nodes = [mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    rows = mp.matrix(n, n)
    values = mp.matrix(n, 1)
    for i, node in enumerate(nodes):
        x = middle + radius * node
        values[i] = fit.function(x)
        for j in range(n):
            rows[i, j] = x**j
    return list(mp.lu_solve(rows, values))


def round_to(name: str, coefficient: Any) -> float:
    """The nearest number of the precision that `name` ends with."""
    import numpy

    return float(numpy.float32(float(coefficient))) if name.endswith("f32") else float(coefficient)


def module_text() -> str:
    """The module of coefficients."""
    lines = ['"""Polynomial coefficients, lowest power first. Written by vector_math_fit.py."""', ""]
    for name, fit in fits().items():
        lines.append(f"{name.upper()} = (")
        lines += [f"    {round_to(name, c)!r}," for c in interpolate(fit)]
        lines.append(")")
    for name, (value, widths) in constants().items():
        lines.append(f"{name} = ({', '.join(map(repr, parts(value, widths)))})")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("vector_math_coefficients.py").write_text(module_text())
