"""Programs with what the language's table has in its rarer rows, for tests.e2e.agreement."""

# ruff: noqa
import math
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor


@torch.jit._overload
def _twice(x: int) -> int: ...


@torch.jit._overload
def _twice(x: str) -> str: ...


@torch.jit._overload
def _twice(x: List[int]) -> List[int]: ...


def _twice(x, n: int = 2):
    return x + x if n == 2 else x


def overloaded(n: int, s: str):
    return _twice(n), _twice(s), _twice([n]), _twice(s, n=3)


@torch.jit.unused
def _left_out(n: int) -> int:
    return torch.no_such_thing(n)


def unused(n: int) -> int:
    if n > 3:
        return _left_out(n)
    return n


def tuple_items(t: Tuple[int, int, int], u: Tuple[Tensor, Tensor], i: int):
    total = 0
    for k in range(3):
        total += t[k] * 10
    return t[i], u[i % 2], total


def same_numbers(a: int, b: int, x: float, p: bool, q: bool):
    return a is b, a is not b, p is q, p is not q


def remainders_of_numbers(x: Tensor):
    n = x.to(torch.int64)
    return 5 % x, -5.5 % x, 7 % n, torch.remainder(2.5, n)


def devices(x: Tensor) -> Tuple[str, Optional[int], str, bool, bool]:
    d = x.device
    return d.type, d.index, str(d), d == torch.device("cpu"), d.type != "cuda"


class Shelf:
    def __init__(self, n: int):
        self.items: List[int] = [i for i in range(n)]

    def __delitem__(self, i: int) -> None:
        self.items.pop(i)

    def __getitem__(self, i: int) -> int:
        return self.items[i]


def deleted_item(n: int, i: int):
    shelf = Shelf(n)
    del shelf[i]
    return shelf.items, shelf[0]


def attribute_or_default(n: int):
    shelf = Shelf(n)
    return getattr(shelf, "missing", 3), getattr(shelf, "items")


def compared_tensors(x: Tensor, n: int):
    a = [x[1], x[0], x[2], x[0] + 0]
    b = sorted(a)
    c = [t for t in a]
    c.sort(reverse=True)
    a.sort()
    a.remove(x[1])
    return a, b, c, b.index(x[1]), b.count(x[0]), a == b, a != b, b == sorted(c), [x[n]] == [x[0]]


def tensors_that_are_missing(x: Tensor, n: int):
    a = [x[0], x[1]]
    if n == 0:
        a.remove(x[2])
    return a.index(x[n])


def tensors_without_order(x: Tensor):
    a = [x, x + 1]
    a.sort()
    return a


def gammas(x: float, n: int):
    return math.gamma(x), math.gamma(n)


def log_gammas(x: Tensor) -> Tuple[float, float, float]:
    return math.lgamma(x.item()), math.lgamma(1), math.lgamma(2.0)


def hashes(s: str, n: int, x: float, t: Tuple[int, Tuple[str, float]]):
    of_text = hash(s), hash(s[1:]), hash(s + "longer than eight")
    return of_text, hash(n), hash(x), hash(n > 1), hash(None), hash(()), hash(t), hash((s, x)), hash(torch.float64)


def kept_types(x: float, t: Tensor):
    y: Optional[float] = None
    if x > 1:
        x = t[0].item()
        y = t[1].item()
    for i in range(2):
        x = x + t[1]
    t[0] = t[1].item()
    t[1:] = t[0].item() * 2
    t[t > 2] = t[1].item()
    return x, y, t


class Numbered:
    def __init__(self, n: int):
        self.n = n


def identities(n: int):
    a, b = Numbered(n), Numbered(n)
    c = [a, b][n]
    return id(a) == id(b), id(a) == id(c), id(b) == id(c)


EPSILON = 1e-5
COUNTS = (2, 3)


def _scaled(x: float, eps: float = EPSILON * 2, n: int = 1 << 3, top: float = -float("inf"), flag: bool = not True):
    return x + eps, n, max(x, top), flag


def _described(counts: Tuple[int, int] = COUNTS, t: torch.dtype = torch.float64, name: str = f"n{COUNTS[1]}"):
    return counts, t, name


class Tuned(NamedTuple):
    n: int
    eps: float = EPSILON


def computed_defaults(x: float):
    EPSILON = 3.0
    tuned = Tuned(2)
    return _scaled(x), _scaled(x, n=1), _described(), _described((4, 5)), tuned.n, tuned.eps + EPSILON


def names_beyond_ascii(naïve: int, 变量: float):
    été = naïve + 1
    return été * 变量, f"{été}é"


_scripted_scale = torch.jit.script(_described)


def scripted_globals(n: int):
    return _scripted_scale((n, n))


def math_of_tensors(x: Tensor):
    return math.sqrt(x), math.floor(x), math.atan2(x, x), math.pow(x, 2), math.isnan(x), math.pow(2, x)


def empty_literals(a: List[int], s: List[str]):
    return [] == a, a != [], [] != s, torch.ones(()), torch.full((), 2.0), torch.zeros([])


CASES = {
    "computed_defaults": [(1.5,), (-2.0,)],
    "names_beyond_ascii": [(3, 0.5)],
    "scripted_globals": [(2,)],
    "math_of_tensors": [(torch.tensor(2.5),), (torch.tensor([2.5, -1.0]),)],
    "empty_literals": [([], []), ([1], ["x"])],
    "hashes": [("abcdefgh", -3, 0.1, (1, ("", 2.5))), ("aé", 2**62, -0.0, (-1, ("x", float("inf")))), ("", 0, 1e300, (0, ("abcdefghij", 0.0)))],
    "kept_types": [(x, torch.tensor([2.5, 3.5, 1.0])) for x in (0.5, 1.5)],
    "identities": [(0,), (1,)],
    "compared_tensors": [(torch.tensor([2.0, 5.0, -1.0]), 0), (torch.tensor([3.0, 1.0, 2.0]), 2)],
    "tensors_that_are_missing": [(torch.tensor([2.0, 5.0, -1.0]), n) for n in (0, 1, 2)],
    "tensors_without_order": [(torch.ones(2),)],
    "gammas": [(x, n) for x, n in ((2.5, 3), (0.5, 1), (10.1, 5), (0.0, 0), (-0.0, -2), (171.7, 172), (-200.5, 23), (float("inf"), -1), (float("nan"), 2), (-1.5, 10), (150.5, 4))],
    "log_gammas": [(torch.tensor(2.5),), (torch.tensor(0.25),)],
    "overloaded": [(3, "ab")],
    "unused": [(1,), (4,)],
    "tuple_items": [((1, 2, 3), (torch.ones(2), torch.zeros(3)), i) for i in (0, 2, -1, 3)],
    "same_numbers": [(1, 1, 2.5, True, True), (1, 2, 0.5, True, False), (3, 3, 2.5, False, False)],
    "remainders_of_numbers": [(torch.tensor([2.0, -3.0, 1.7]),), (torch.tensor([0.5]),)],
    "devices": [(torch.ones(1),)],
    "deleted_item": [(3, 0), (3, -1), (2, 5)],
    "attribute_or_default": [(2,)],
}
