"""Programs with numbers and the order of lists, for tests.e2e.agreement."""

# ruff: noqa
import math
from typing import List, Tuple

import torch
from torch import Tensor


def log_gamma(x: float):
    return math.lgamma(x)


def divided(a: int, b: int):
    return divmod(a, b), a // b, a % b


def divided_floats(a: float, b: float):
    return divmod(a, b), a // b


def divided_mixed(a: int, b: float):
    return divmod(a, b), divmod(b, a)


def remainders(a: float, b: float):
    return math.remainder(a, b), math.fmod(a, b)


def taken_apart(x: float, n: int):
    return math.frexp(x), math.modf(x), math.ldexp(x, n)


def rounded(x: float, n: int):
    return round(x), round(n), math.floor(x), math.ceil(x), abs(n), abs(x)


def summed(a: List[float], b: List[bool], c: List[int], d: List[str]):
    return sum(a), sum(b), sum(c), any(c), all(c), any(b), all(b), any(d), any(a), all(a)


def extremes(a: List[float], b: List[bool], c: List[int]):
    return min(a), max(a), min(b), max(b), min(c), max(c), min(c[0], 2.5), max(c[0], a[0]), min(3, c[0], 5)


def sorted_tuples(a: List[Tuple[int, str]], b: List[Tuple[float, Tuple[int, bool]]]):
    c = sorted(a)
    a.sort(reverse=True)
    b.sort()
    return a, b, c


def sorted_lists(a: List[float], b: List[str], c: List[bool]):
    d = sorted(b)
    a.sort()
    b.sort(reverse=True)
    c.sort()
    return a, b, c, d


def sorted_long(n: int, reverse: bool):
    ints: List[int] = []
    floats: List[float] = []
    words: List[str] = []
    x = 12345
    for i in range(n):
        x = (x * 1103515245 + 12345) & 2147483647
        ints.append(x % 1000 - 500)
        floats.append(float(x % 777) / 7 - 50.0)
        words.append(str(x % 1000))
    ints.sort(reverse=reverse)
    floats.sort(reverse=reverse)
    words.sort(reverse=reverse)
    return ints, floats, words, sorted(ints)


def event_queue(n: int):
    queue: List[Tuple[float, int, str]] = []
    for i in range(n):
        queue.append((float(i * 7 % 5), i, str(i)))
        queue.sort()
        if len(queue) > 3:
            queue.pop(0)
    return queue


def bools(a: bool, b: bool):
    return a + b, a * 2, a & b, a | b, a ^ b, int(a), float(b), a < b, a == b


def lists(a: List[int], b: List[int], n: int):
    return a == b, a != b, a + b, a * n, n in a, a.count(n), a[::-1], a[1:], a[-2:], a[:100:2]


def wrapped(n: int):
    return n + n, n * n, -n, n << 3, n >> 2, hex(n)


def powers(a: int, b: int, x: float, y: float) -> Tuple[float, float, float, float, float]:
    return a ** b, x ** y, a ** y, x ** b, math.pow(x, y)


def of_numbers(t: Tensor) -> Tuple[int, int, int, float, float, bool]:
    """item() is a number whose type is that of the elements."""
    s = t.item()
    rounded = float(round(s))
    return int(math.sqrt(s) * 1000) + int(math.exp(s) * 1000), int(math.floor(s)), int(math.ceil(s)), rounded, float(math.fabs(s)), s > 2


def extremes_of_lists(a: List[int], b: List[int], c: List[bool], d: List[bool], n: int) -> Tuple[List[int], List[bool], List[float]]:
    least = min(a, b)
    least.append(n)
    floats = max([float(i) for i in a], [float(i) * 0.5 for i in b])
    return max(a, b), min(c, d) + max(c, d), floats


def integer_powers(x: List[int], y: List[int]) -> List[Tensor]:
    a, b = torch.tensor(x), torch.tensor(y)
    small = a.abs().to(torch.uint8) ** b.abs().to(torch.uint8)
    return [a**b, 2**b, (-1) ** b, a.to(torch.int8) ** b.to(torch.int8), a.int() ** b.int(), small, a.pow(b + 1)]


def written_numbers(n: int, x: float):
    """torch.jit makes a tensor of what is written to a place, which wraps."""
    bytes = torch.zeros([4], dtype=torch.uint8)
    bytes[0] = n
    bytes[1:3] = x
    bytes[bytes > 3] = n
    made = torch.tensor(n, dtype=torch.int8), torch.tensor([x], dtype=torch.int16), torch.tensor(x)
    return bytes, bytes + n, bytes * x, bytes < n, n - bytes, made


def filled_bytes(n: int):
    bytes = torch.arange(4, dtype=torch.uint8)
    return bytes.clone().fill_(n), torch.clamp(bytes, max=n), bytes.masked_fill(bytes > 1, n), torch.where(bytes > 1, n, bytes)


def filled_floats(x: float):
    single = torch.ones([3])
    double = single.to(torch.float64)
    return double.fill_(x), torch.full([2], x), torch.nn.functional.leaky_relu(single - 2.0, x)


def never_bytes(fails: bool):
    result = torch.zeros([2], dtype=torch.uint8)
    if fails:
        result = torch.full([2], 300, dtype=torch.uint8)
    return result


def halves(x: float):
    half = torch.tensor([0.1, 1.0, 3.0, 0.0]).to(torch.float16)
    return half == x, half - x, half % x, half * x, half // x, half + torch.tensor(x)


def narrowed(x: float, n: int):
    wide = torch.full([9], x, dtype=torch.float64)
    kinds = wide.to(torch.uint8), wide.to(torch.int8), wide.to(torch.int16), wide.to(torch.int32), wide.to(torch.int64)
    bytes = torch.tensor([251, 128, 7]).to(torch.uint8)
    return kinds, wide.to(torch.float32).to(torch.int8), torch.tensor([x], dtype=torch.int32), bytes >> n, bytes << n


def whole_powers(n: int):
    ints = torch.tensor([2, -3, 1], dtype=torch.int16)
    return ints ** n


def numbers_of_ints(x: float):
    ints = torch.tensor([[2, -3], [1, 4]], dtype=torch.int32)
    products = torch.addmm(ints, ints, ints, beta=x, alpha=2.9), torch.addmv(ints[0], ints, ints[1], alpha=x)
    batches = torch.addbmm(ints, ints.unsqueeze(0), ints.unsqueeze(0), beta=x)
    return products, batches, ints.index_add(0, torch.tensor([1]), ints[:1], alpha=3), ints.masked_fill(ints > 1, x)


def ranges(a: float, b: float, step: float):
    return torch.arange(a, b, step, dtype=torch.int32), torch.arange(a, b, step), torch.linspace(a, b, 5, dtype=torch.int64)


CASES = {
    "written_numbers": [(n, x) for n, x in ((3, 2.5), (300, -1.5), (-1, 300.25), (2**40 + 7, 3e9), (5, 1e300))],
    "filled_bytes": [(n,) for n in (2, 255, 256, -1, -255, -256, 2**40)],
    "filled_floats": [(x,) for x in (0.5, 3.5e38, math.inf, -math.inf, math.nan, -1e300)],
    "never_bytes": [(False,), (True,)],
    "halves": [(x,) for x in (0.1, 1.00048828125, 1.001953125, 3.0, 70000.0)],
    "narrowed": [(x, n) for x, n in ((3000000007.0, 1), (-1.5, 7), (1e300, 8), (math.inf, 64), (math.nan, -1), (300.75, 0))],
    "whole_powers": [(n,) for n in (0, 2, 3, -1, 2**40)],
    "numbers_of_ints": [(x,) for x in (0.0, 2.75, -1.5, 3e9, math.nan)],
    "ranges": [(0.0, 6.0, 1.9), (-1.5, 3.2, 1.0), (0.0, 1e300, 1e300), (3.0, -9.0, -2.5)],
    "integer_powers": [([2, 3, -2, 1, -1, 0, 7, 5, 0], [3, 40, 5, -3, -3, -1, 63, 0, 0])],
    "log_gamma": [(x,) for x in (2.5, 2.4999, 0.1, 0.5, 0.95, 1.0, 1.3, 1.7, 2.0, 3.0, 7.7, 100.5, 1e300, -0.5, -1.5, -3.5, -2.0, 0.0)],
    "powers": [(0, -1, 1.0, 1.0), (2, -1, 0.0, 2.0), (3, 5, 0.0, -1.0), (-2, 3, -0.0, -3.0), (1, 2, 2.5, -1.5), (0, 0, 0.0, 0.0)],
    "of_numbers": [(torch.tensor(x),) for x in (1.5, 2.5, 0.25, 4.0)],
    "extremes_of_lists": [
        ([1, 2], [1, 3], [True], [False], 5), ([2], [1, 9], [], [True], 6), ([1], [1, 0], [False], [False], 7),
        ([], [], [True, False], [True, True], 8), ([3, 1, 2], [3, 1], [True], [], 9),
    ],
    "divided": [(7, 2), (-7, 2), (7, -2), (-7, -2), (6, 3), (0, 5), (1, 0)] + [
        (a, b) for a in (2**32 - 1, 2**32, 5 - 2**32, 2**63 - 1, -(2**63)) for b in (2**32 - 1, 2**32, -(2**40), 3, -3, 1)
    ] + [(2**40, -1), (5, -1), (-7, 2**62), (7, -(2**62)), (2**40, 0)],
    "divided_floats": [(a, b) for a in (7.5, -7.5, 0.0, -0.0, 1e300, 0.3, 6.0, math.inf) for b in (2.0, -2.0, 0.1, 3.0, -math.inf)] + [(1.0, 0.0)],
    "divided_mixed": [(7, -2.5), (-7, 2.5), (6, 1.5)],
    "remainders": [(a, b) for a in (5.5, -5.5, 7.0, 3.0, 1e300, 0.1) for b in (2.0, -2.0, 0.3, math.inf)] + [(1.0, 0.0)],
    "taken_apart": [
        (x, n) for x in (2.5, -3.75, 0.0, -0.0, 1e300, 5e-324, 1e-310, math.inf, math.nan) for n in (0, 3, -1074, 2000)
    ],
    "rounded": [(x, -3) for x in (2.5, 3.5, -0.5, 1e10, -2.7)],
    "summed": [([1.5, 2.5], [True, False], [0, 0], ["", "x"]), ([], [], [], []), ([0.0], [True], [1, 2], [""])],
    "extremes": [([1.5, -2.5], [True, False], [3, 1, 2]), ([1.0], [], [1]), ([math.nan, 1.0], [True], [1])],
    "sorted_tuples": [([(2, "a"), (1, "z"), (1, "b")], [(1.0, (2, True)), (1.0, (2, False)), (0.5, (9, True))]), ([], [])],
    "sorted_lists": [([2.5, -1.0, 0.0], ["b", "", "a", "B"], [True, False, True]), ([], [], [])],
    "sorted_long": [(n, r) for n in (0, 1, 15, 16, 17, 33, 500) for r in (False, True)],
    "event_queue": [(0,), (12,)],
    "bools": [(True, True), (True, False), (False, False)],
    "lists": [([1, 2, 3], [1, 2, 3], 2), ([1], [], 0), ([], [], -1)],
    "wrapped": [(2**62,), (-1,), (12345,)],
}  # fmt: skip
