# ruff: noqa: UP006, UP035, UP045, RUF005, B007 (typing's names and plain concatenation are what is tested)
"""Functions that take and give every kind of value; compiled by test_python_model.py."""

import cmath
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor


def add(x, y):
    """The sum of two tensors."""
    return x + y


def fill(x: Tensor) -> Tensor:
    x.add_(1)
    return x


def scale(x: Tensor, factor: float = 2.0, times: int = 1, negate: bool = False) -> Tensor:
    for i in range(times):
        x = x * factor
    if negate:
        x = -x
    return x


def scalars(n: int, a: float, b: bool, s: str) -> Tuple[int, float, bool, str]:
    return n + 1, a * 2, not b, s + "!"


def optional(
    x: Optional[Tensor], n: Optional[int] = None, s: Optional[str] = None
) -> Tuple[Optional[Tensor], Optional[int], Optional[str]]:
    return x, n, s


def lists(
    xs: List[Tensor], ns: List[int], fs: List[float], bs: List[bool], ss: List[str]
) -> Tuple[List[Tensor], List[int], List[float], List[bool], List[str]]:
    return xs + xs, ns + [1], fs + [0.5], bs + [True], ss + ["x"]


def nested(
    p: Tuple[int, Tuple[Tensor, float]], ll: List[List[int]], lo: List[Optional[int]]
) -> Tuple[Tuple[int, Tuple[Tensor, float]], List[List[int]], List[Optional[int]]]:
    return p, ll, lo


def show(x: Tensor) -> None:
    print("sum", x.sum().item())


def answer() -> int:
    return 42


def ints(x: Tensor) -> Tensor:
    return x.to(torch.int64)


def product(x: Tensor, y: Tensor) -> Tensor:
    return x @ y


PAIR = (1, 2)


def defaults(ns: List[int] = PAIR, t: Tuple[int, str] = (3, "a")) -> Tuple[int, int, str]:
    s = 0
    for n in ns:
        s += n
    return s, t[0], t[1]


def transposed(x: Tensor) -> Tensor:
    return x.t()


def dicts(
    d: Dict[str, int], t: Dict[int, List[float]], x: Dict[float, Tensor]
) -> Tuple[Dict[str, int], Dict[int, List[float]], Dict[float, Tensor], int]:
    d["new"] = d.get("a", 0) + len(t)
    for k in t:
        t[k].append(float(k))
    return d, t, x, len(x)


def complexes(
    z: complex, zs: List[complex], o: Optional[complex], d: Dict[complex, complex]
) -> Tuple[complex, List[complex], Optional[complex], Dict[complex, complex]]:
    zs.append(z)
    d[z] = z * z
    return cmath.sqrt(z), zs, o, d
