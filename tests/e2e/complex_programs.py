"""Programs with complex numbers, for tests.e2e.agreement."""

# ruff: noqa
import cmath
import math
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor

INF, NAN = math.inf, math.nan
NUMBERS = (
    1.5 - 2j, complex(-0.0, 0.0), complex(3.0, -0.0), 1e-300 + 1e300j, complex(INF, 1.0), complex(-2.0, NAN), -4 + 0j,
    complex(-4.0, -0.0), complex(0.0, -INF), 0.5 + 1e-9j,
)  # fmt: skip


def arithmetic(a: complex, b: complex, c: float, d: int, e: bool):
    mixed = [a + c, c + a, a - c, c - a, a * c, c * a, a + d, d + a, a - d, d - a, a * d, d * a]
    bools = [a + e, e + a, a - e, e - a, a * e, e * a]
    return a + b, a - b, a * b, a / b, -a, b if c > 1e9 else a, mixed, bools


def comparisons(a: complex, b: complex, c: float, e: bool):
    return a == b, a != b, a == c, c == a, a != c, a == a, a == e, b != e


def powers(a: complex, b: complex, c: float):
    return a**b, a**c, c**a, pow(a, b), math.pow(b, c), a**True


def functions(a: complex):
    circular = cmath.sin(a), cmath.cos(a), cmath.tan(a), cmath.asin(a), cmath.acos(a), cmath.atan(a)
    hyperbolic = cmath.sinh(a), cmath.cosh(a), cmath.tanh(a), cmath.asinh(a), cmath.acosh(a), cmath.atanh(a)
    others = cmath.exp(a), cmath.log(a), cmath.log10(a), cmath.sqrt(a), torch.exp(a), math.sin(a)
    return circular, hyperbolic, others, abs(a), cmath.phase(a), torch.angle(a)


def real_arguments(c: float, d: int):
    return cmath.sqrt(abs(c)), cmath.exp(d), cmath.phase(c), cmath.phase(d), torch.angle(-c), cmath.isnan(c)


def tests(a: complex):
    return cmath.isnan(a), cmath.isinf(a), cmath.isfinite(a), math.isnan(a)


def logarithms(a: complex, b: complex, c: float, d: int):
    return cmath.log(a, b), cmath.log(a, c), cmath.log(c, a), cmath.log(a, d), cmath.log(d, a)


def construction(c: float, d: int, e: bool):
    pairs = [complex(c, c), complex(c, d), complex(d, c), complex(d, d), complex(c, e), complex(e, c), complex(e, d)]
    return pairs, complex(d, e), complex(e, e), complex(c), complex(d), complex(e), complex(2j)


def polar(c: float, d: int):
    return cmath.rect(c, 2.0), torch.polar(c, c), cmath.rect(d, c), cmath.rect(c, d), torch.polar(d, d)


def literals():
    a = 1 + 2j
    b = 3j - 1.5
    c = 0.25 - 2.5j
    return a, b, c, -(1 + 2j), [1j, 2e3j], cmath.pi, cmath.e, cmath.tau, cmath.infj, cmath.inf, cmath.nanj


def text(a: complex):
    print(a, [a], (a, 1), {"a": a})
    return str(a), f"{a} {a * a}", "{} and {}".format(a, [a, -a]), "%s" % a


def conversions(a: complex):
    return float(a), complex(a), int(complex(float(a), 0.0))


def to_int(a: complex):
    return int(a)


def lists(a: complex, n: int):
    b = 0.25j
    x = [a, a * a, 2j]
    x.append(a + 1)
    x.insert(1, 0.5j)
    x[0] = x[2]
    y = x[1:] + [a]
    y.reverse()
    last = y.pop()
    del y[0]
    y += [1j] * 2
    y.extend([a for i in range(n)])
    total = 0j
    for i, item in enumerate(x):
        total += item * i
    return x, y, last, total, sum([a, b]), len(y), [z * z for z in x], x[-1], x.copy(), [u * v for u, v in zip(x, x)]


def optional(a: Optional[complex], b: Optional[complex] = None):
    if a is None:
        return 0j, b
    if b is not None:
        a = a * b
    return a, b


def tuples(a: complex):
    t = (a, 1, "x", (a * a, 2.0))
    u, v, w, (x, y) = t
    return t, u + x, t[3][0], t + (2j,)


class Wave(NamedTuple):
    amplitude: complex
    name: str


def named(a: complex):
    wave = Wave(a, "w")
    return wave.amplitude * 2, wave.name, wave


def held(a: Union[int, complex]) -> complex:
    if isinstance(a, complex):
        return a
    return complex(a)


def union(a: complex, n: int):
    x: List[Union[int, complex]] = [a, n]
    y: List[complex] = [held(z) for z in x]
    return y, held(a), held(n)


def any_value(a: complex, n: int) -> List[complex]:
    values: List[Any] = [a, n, "x"]
    found: List[complex] = []
    print(values)
    for value in values:
        if isinstance(value, complex):
            found.append(value)
    return found


def type_tests(a: complex, c: float):
    return isinstance(a, complex), isinstance(c, complex), isinstance(a, float), isinstance(a, (int, complex))


def default(a: complex = 2j, b: complex = -1.5, c: float = 1.0):
    return a * b * c


def loops(a: complex, limit: float):
    steps = 0
    z = 0j
    while abs(z) < limit and steps < 50:
        z = z * z + a
        steps += 1
    w = z if steps > 3 else a
    if steps % 2 == 0:
        w = -w
    for i in range(3):
        w *= 1j
    w /= 2j
    w -= 1
    return z, steps, w


def values_of_dicts(a: complex):
    d = {"x": a, "y": a * a}
    d["z"] = 1j
    e = {n: a * n for n in range(3)}
    missing = d.get("q")
    return d, e, d.pop("x"), d.get("w", 3j), missing is None, list(d.values()), list(e.items())


def keys(a: complex, b: complex):
    d = {a: 1, b: 2, a * b: 3}
    d[1j] = 4
    d[a] = 5
    present = a in d, 9j in d, b in d, complex(0.0, -0.0) in {0j: 1}
    found = d.get(b), d.get(9j), d.get(9j, -1), d.setdefault(a, 7), d.setdefault(8j, 8), d[1j]
    e = d.copy()
    del d[b]
    popped = d.pop(1j), d.pop(1j, 11)
    f: Dict[complex, str] = {}
    for k, v in e.items():
        f[k] = str(v)
    f.update({2j: "x", a: "y"})
    print(d, f)
    g = dict([(a, b), (b, a)])
    h = {k: -k for k in e}
    first = e.popitem()
    size = len(e)
    e.clear()
    return d, present, found, popped, f, g, h, first, size, len(e), list(f.keys()), list(f.values()), list(f.items())


def many_keys(n: int) -> Tuple[int, int, complex]:
    seen: Dict[complex, int] = {}
    total = 0j
    for i in range(n):
        key = complex(i % 13, i % 7 - 3.0)
        seen[key] = seen.get(key, 0) + 1
        if i % 5 == 0 and key in seen:
            del seen[key]
    most = 0
    for key, count in seen.items():
        total += key * count
        most = max(most, count)
    return len(seen), most, total


def missing_key(a: complex):
    d = {a: 1}
    return d[a + 1]


def given_keys(d: Dict[complex, List[int]], e: Dict[complex, complex]):
    d[3j] = [3]
    return d, e, [e[k] * k for k in e], d[1j][0]


class Point:
    def __init__(self, z: complex, scale: float):
        self.z = z
        self.scale = scale
        self.zs = [z]

    def turned(self, angle: float) -> complex:
        return self.z * torch.polar(self.scale, angle)

    def __add__(self, other: complex) -> complex:
        return self.z + other


def instances(a: complex):
    p = Point(a, 2.0)
    p.z += 1
    p.zs.append(p.z)
    return p.turned(0.5), p.zs, p.z, p + 1j


def tensors(x: Tensor, a: complex):
    grown = [x + a, x - a, a - x, x * a, a * x, x / a, a / x, torch.add(x, a), x == a, x != a, torch.rsub(x, a)]
    return grown, torch.full([2], a), torch.tensor(a), torch.where(x.abs() > 1, a, 1.0), x + 2j, x * (1 + 2j)


def powers_of_tensors(x: Tensor, a: complex):
    return x**a, a**x, torch.pow(x, 2j)


def filled(x: Tensor, a: complex):
    y = x.to(torch.complex64)
    z = torch.zeros(2, dtype=torch.complex128).fill_(a)
    y[0] = a
    y *= a
    return y, z, torch.full_like(z, a), z.new_full([2], a), y.masked_fill(y.abs() > 1, a)


def items(x: Tensor):
    y = x.to(torch.complex128) * 1j
    one = y[0]
    return one.item(), complex(one), one.item() * 2, one.item() == 1j, complex(x[0], x[1]), complex(x[0], 1), complex(2.0, x[1])


def from_numbers(a: complex, c: float):
    return torch.tensor(a, dtype=torch.complex128), torch.scalar_tensor(c), torch.full([2], a, dtype=torch.complex128)


def from_lists(c: float):
    """As torch.jit says of real lists; complex ones have a test of their own."""
    return torch.tensor([c, 2.0], dtype=torch.complex64), torch.tensor([[1, 2]], dtype=torch.complex128), torch.tensor([True, False], dtype=torch.complex64)


def tensors_of_lists(z: List[complex], rows: List[List[complex]]):
    wide = torch.tensor(rows, dtype=torch.complex128)
    return torch.tensor(z), wide, torch.tensor([1 + 2j, complex(len(z), 0)]), torch.as_tensor([z, z], dtype=torch.complex64)


def shown(x: Tensor, n: int):
    """torch.jit shows the real parts."""
    z = x.to(torch.complex64) * (0.37 - 1.25j)
    pairs = torch.arange(2 * n).to(torch.complex128).view(2, 1, n) * 0.5j + 12345.625
    print(z, z[0], z.view(2, 1), pairs)
    print([z[1]], (z * 1e9, 2j), z[:0], (z * float("nan")).to(torch.complex128))
    return str(z) + "{}".format(pairs)


def given(d: Dict[str, complex], x: List[List[complex]], o: Optional[complex], t: Tuple[complex, int]):
    return d, x, o, t, d["x"] * t[0]


X = torch.tensor([0.5, -2.0])
CASES: dict[str, list[tuple[Any, ...]]] = {
    "arithmetic": [(a, b, 2.5, 3, True) for a in NUMBERS for b in NUMBERS[:5]] + [(1j, 0j, 0.0, 0, False)],
    "comparisons": [(1 + 0j, 1 + 0j, 1.0, True), (1j, 2j, 1.0, True), (complex(NAN, 0), 0j, 0.0, False)],
    "powers": [(a, 0.5 - 1j, c) for a in (1.5 - 2j, 1j, -2 + 0j) for c in (2.0, -0.5)],
    "functions": [(a,) for a in (*NUMBERS, 0j, 1 + 0j, -1 + 0j, 710 + 1j, complex(INF, INF), complex(NAN, NAN))],
    "real_arguments": [(2.5, 3), (-2.5, -3)],
    "tests": [(a,) for a in NUMBERS],
    "logarithms": [(1.5 - 2j, 2j, 2.5, 3)],
    "construction": [(2.5, -3, True), (-0.0, 0, False)],
    "polar": [(2.5, 3)],
    "literals": [()],
    "text": [(a,) for a in (*NUMBERS, complex(1 / 3, 1e20))],
    "conversions": [(2.9 + 1j,), (-2 + 0j,)],
    "to_int": [(2.9 + 0j,), (2.9 + 1j,)],
    "lists": [(1.5 - 2j, 2)],
    "optional": [(1j, 2j), (None, 2j), (1j, None)],
    "tuples": [(1.5 - 2j,)],
    "named": [(1.5 - 2j,)],
    "union": [(1.5 - 2j, 3)],
    "any_value": [(1.5 - 2j, 3)],
    "type_tests": [(1j, 2.0)],
    "default": [(1j, 2j, 0.5)],
    "loops": [(0.3 + 0.5j, 4.0), (1 + 1j, 100.0)],
    "values_of_dicts": [(1.5 - 2j,)],
    "keys": [(1.5 - 2j, 2j), (1j, 1j)],
    "many_keys": [(0,), (500,)],
    "missing_key": [(2j,)],
    "given_keys": [({1j: [1, 2], complex(-0.0, 2.0): []}, {2j: 1j, complex(INF, 0): 0j}), ({}, {})],
    "instances": [(1.5 - 2j,)],
    "tensors": [(X, 1.5 - 2j)],
    "powers_of_tensors": [(X, 1.5 - 2j)],
    "filled": [(X, 1.5 - 2j)],
    "items": [(X,)],
    "from_numbers": [(1.5 - 2j, 2.5)],
    "from_lists": [(2.5,)],
    "shown": [(X, 3), (X, 40)],
    "given": [({"x": 1j, "y": 2 + 0j}, [[1j], [], [2j, 3j]], None, (2 + 1j, 3)),
              ({"x": 1j}, [], 2j, (2 + 1j, 3))],
}  # fmt: skip
