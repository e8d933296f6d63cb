"""Small programs of the language, one function each, with arguments: torch and the reference interpreter must agree.

The functions run in plain Python too, but what counts is torch.jit.script. `CASES` has the arguments of every call.
"""

# ruff: noqa
import math
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Pair(NamedTuple):
    first: int
    second: Tensor


IntPair = Tuple[int, int]

# -- arithmetic


def int_arithmetic(a: int, b: int) -> Tuple[int, int, int, int, int, float, float]:
    return a + b, a - b, a * b, a // b, a % b, a / b, a**b


def float_arithmetic(a: float, b: float) -> Tuple[float, float, float, float, float, float]:
    return a + b, a - b, a * b, a // b, a % b, a / b


def mixed_arithmetic(a: int, b: float) -> Tuple[float, float, float, float, float, float]:
    return a + b, b - a, a * b, a // b, b % a, a / b


def comparisons(a: int, b: float) -> Tuple[bool, bool, bool, bool, bool, bool]:
    return a < b, a <= b, a > b, a >= b, a == b, a != b


def chained(a: int, b: int, c: int) -> bool:
    return a < b <= c


def bits(a: int, b: int) -> Tuple[int, int, int, int, int]:
    return a & b, a | b, a ^ b, a << 2, a >> 1


def booleans(a: bool, b: bool) -> Tuple[bool, bool, bool, bool]:
    return a and b, a or b, not a, a == b


def unary(a: int, b: float) -> Tuple[int, float]:
    return -a, -b


def casts(a: int, b: float, c: bool) -> Tuple[float, int, int, float, bool, bool, str, str, str]:
    return float(a), int(b), int(c), float(c), bool(a), bool(b), str(a), str(b), str(c)


def builtin_functions(a: int, b: int, x: float) -> Tuple[int, int, int, float, int, float]:
    return min(a, b), max(a, b), abs(a), abs(x), min([a, b, 3]), max(x, float(a))


def rounding(x: float) -> Tuple[float, int, int]:
    return round(x), math.floor(x), math.ceil(x)


def mathematics(x: float) -> Tuple[float, float, float, float]:
    return math.sqrt(x), math.exp(x), math.log(x), math.pi * math.pow(x, 2.0)


def wrapping(n: int) -> int:
    h = 1469598103934665603
    for i in range(n):
        h = (h ^ i) * 1099511628211
    return h


# -- control flow


def branches(x: int) -> str:
    if x > 10:
        r = "large"
    elif x > 5:
        r = "medium"
    else:
        r = "small"
    return r


def early_return(x: int) -> int:
    if x > 3:
        return 1
    y = x * 2
    if y > 3:
        return y
    y += 1
    return y + 100


def nested_return(a: int, b: int) -> int:
    if a > 0:
        if b > 0:
            return 1
        a = a + 10
    elif b < 0:
        return 2
    return a * 100 + b


def return_in_loop(xs: List[int], k: int) -> int:
    for i in range(len(xs)):
        if xs[i] == k:
            return i
    return -1


def return_inferred_in_loop(xs: List[int], k: int):
    for i, x in enumerate(xs):
        if x == k:
            return i
    return -1


def break_and_continue(n: int) -> int:
    total = 0
    for i in range(n):
        if i == 3:
            continue
        if i > 7:
            break
        total += i
    return total


def continue_at_the_end(n: int) -> int:
    total = 0
    for i in range(n):
        total += 1
        if i % 2 == 0:
            total += 10
            continue
        else:
            total += 100
    return total


def nested_breaks(n: int) -> Tuple[int, int]:
    count = 0
    last = -1
    for i in range(n):
        for j in range(n):
            if j > i:
                break
            if i * j == 6:
                last = i * 10 + j
                continue
            count += 1
        if count > 20:
            break
    return count, last


def nested_loop_return(n: int) -> int:
    for i in range(n):
        for j in range(n):
            if i * j == 12:
                return i * 100 + j
            if j > i:
                break
        if i > 8:
            return -2
    return -1


def while_loop(n: int) -> int:
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


def while_true(n: int) -> int:
    i = 0
    while True:
        i += 1
        if i * i > n:
            break
    return i


def while_return(n: int) -> int:
    i = 0
    while i < 100:
        i += 1
        if i * i > n:
            return i
    return -1


def ranges(a: int, b: int, c: int) -> List[int]:
    r: List[int] = []
    for i in range(a, b, c):
        r.append(i)
    for i in range(b, a, -1):
        r.append(i)
    for i in range(a, b, 2):
        r += [i]
    for i in range(a, b):
        r += [i]
    return r


def loop_variable_after(n: int) -> int:
    i = -5
    for i in range(n):
        pass
    return i


def condition_with_effects(xs: List[int], i: int) -> bool:
    return i < len(xs) and xs[i] > 3 or i < 0


def ternary(x: int) -> int:
    return x if x > 0 else -x


def short_circuit(a: List[int]) -> int:
    if len(a) > 0 and a[0] == 1:
        return 1
    return 0


def assertion(x: int) -> int:
    assert x > 0, f"x is {x}"
    return x


def raising(x: int) -> int:
    if x < 0:
        raise ValueError("negative")
    return x


def raise_on_all_but_one(x: int) -> int:
    if x == 0:
        r = 7
    elif x == 1:
        r = 8
    else:
        raise RuntimeError("no")
    return r


def several_loops(n: int) -> int:
    a = 0
    b = 1
    for _ in range(n):
        a, b = b, a + b
    while a > 100:
        a = a // 2
    return a


def deep(n: int) -> int:
    t = 0
    for i in range(n):
        if i % 3 == 0:
            if i % 2 == 0:
                if i > 12:
                    return t
                t += i
            else:
                continue
        else:
            t += 1
        t += 1000
    return -t


# -- optionals


def optional_default(x: Optional[int] = None) -> int:
    if x is None:
        return 0
    return x + 1


def optional_refined(x: Optional[int]) -> int:
    if x is not None and x > 3:
        return x
    return -1


def optional_assigned(x: Optional[int]) -> int:
    if x is None:
        x = 5
    return x * 2


def optional_loop(xs: List[int]) -> Optional[int]:
    best: Optional[int] = None
    for x in xs:
        if best is None:
            best = x
        elif x > best:
            best = x
    return best


def optional_ternary(x: Optional[int]) -> int:
    return 0 if x is None else x + 1


def optional_assert(x: Optional[int]) -> int:
    assert x is not None
    return x + 1


def optional_raise(x: Optional[int]) -> int:
    if x is None:
        raise ValueError("none")
    return x + 1


def optional_or(x: Optional[int]) -> int:
    if x is None or x < 0:
        return 0
    return x


def optional_tensor(x: Tensor, b: Optional[Tensor] = None) -> Tensor:
    if b is not None:
        x = x + b
    return x


def none_result(x: int) -> Optional[int]:
    if x > 3:
        return None
    return x


def optional_instance(x: Optional[int]) -> int:
    if isinstance(x, int):
        return x
    return -1


# -- lists, tuples, strings


def list_basics(xs: List[int]) -> Tuple[List[int], int, int, List[int]]:
    ys = xs + [1, 2]
    ys[0] = 100
    ys[-1] += 5
    return ys, len(ys), ys[1], ys[1:-1]


def list_methods(xs: List[int]) -> List[int]:
    ys = list(xs)
    ys.append(4)
    ys.extend([7, 6])
    ys.insert(0, 9)
    last = ys.pop()
    ys.reverse()
    zs = ys.copy()
    zs.sort()
    return ys + zs + [last]


def list_alias(xs: List[int]) -> List[int]:
    ys = xs
    ys.append(3)
    ys += [4]
    return xs


def list_comprehension(xs: List[int]) -> List[float]:
    return [x * 0.5 for x in xs]


def comprehension_over_range(n: int) -> List[int]:
    k = 3
    return [i * k for i in range(n)]


def list_of_lists(n: int) -> List[List[int]]:
    r: List[List[int]] = []
    for i in range(n):
        row: List[int] = []
        for j in range(i):
            row.append(i * j)
        r.append(row)
    return r


def contains(xs: List[int], k: int) -> Tuple[bool, bool]:
    return k in xs, k not in xs


def list_equal(xs: List[int], ys: List[int]) -> bool:
    return xs == ys


def list_repeat(n: int) -> List[int]:
    return [0, 1] * n


def zipped(xs: List[int], ys: List[float]) -> float:
    t = 0.0
    for x, y in zip(xs, ys):
        t += x * y
    return t


def enumerated(xs: List[int]) -> int:
    t = 0
    for i, (a, b) in enumerate(zip(xs, xs)):
        t += i * a + b
    return t


def enumerate_from(xs: List[int]) -> List[int]:
    return [i * x for i, x in enumerate(xs, 10)]


def tuples(t: Tuple[int, float]) -> Tuple[float, int]:
    a, b = t
    c = (b, a)
    return c[0] + t[1], c[-1]


def nested_tuples(a: int) -> Tuple[Tuple[int, int], List[int]]:
    x, (y, z) = a, (a + 1, a + 2)
    return (x, y), [z]


def tuple_loop(a: int, b: int) -> int:
    t = 0
    for x in (a, b, 3):
        t = t * 10 + x
    return t


def named(p: int, x: Tensor) -> Tensor:
    q = Pair(p, x)
    return q.second * q.first + q[0]


def alias(x: IntPair) -> IntPair:
    return x[1], x[0]


def swap(a: int, b: int) -> Tuple[int, int]:
    a, b = b, a
    return a, b


def strings(s: str) -> Tuple[str, int, bool, str, str]:
    return s + "!", len(s), s == "abc", s[1], s[0:2]


def formatted(a: int, x: float, s: str) -> str:
    return f"{a} and {x} of {s}" + "{} {}".format(a, s)


def string_methods(s: str) -> Tuple[str, str, bool, List[str]]:
    return s.upper(), s.strip(), s.startswith("a"), s.split(",")


def string_loop(s: str) -> int:
    n = 0
    for c in s:
        if c == "a":
            n += 1
    return n


def unpack_list(xs: List[int]) -> int:
    a, b = xs
    return a * 10 + b


# -- functions


def _helper(x: int, k: int = 3, *, flag: bool = False) -> int:
    return x * k + (1 if flag else 0)


def _helper_simple(x: int, k: int = 3) -> int:
    if x > 2:
        return x * k
    return k


def calls(x: int) -> int:
    return _helper_simple(x) + _helper_simple(x, 5) + _helper_simple(k=2, x=x)


def untyped(x, y):
    return x + y


def comment_types(x, n):
    # type: (Tensor, int) -> Tensor
    return x * n


def no_result(xs: List[int]) -> None:
    xs.append(1)


def calls_none(xs: List[int]) -> List[int]:
    no_result(xs)
    return xs


# -- tensors


def tensor_arithmetic(x: Tensor, y: Tensor) -> Tensor:
    return (x + y) * 2 - 1 / (x * x + 1) + (3 - y) ** 2


def tensor_compare(x: Tensor) -> Tensor:
    return (x > 0) & (x < 1) | (0.5 <= x)


def tensor_condition(x: Tensor) -> Tensor:
    if x.sum() > 0:
        return x
    else:
        return -x


def tensor_index(x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    return x[0], x[:, 1], x[1:, None], x[..., 0], x[::2, -1]


def tensor_write(x: Tensor) -> Tensor:
    y = x.clone()
    y[0] = 1.5
    y[1, 1:] = x[0, 1:] * 2
    y[:, 0] += 10
    return y


def tensor_inplace(x: Tensor) -> Tensor:
    y = x.clone()
    z = y
    y += 1
    y *= 2
    return z


def tensor_loop(x: Tensor) -> Tensor:
    s = torch.zeros(x.size(1))
    for row in x:
        s = s + row
    return s


def tensor_shape(x: Tensor) -> Tuple[int, int, List[int], int]:
    return x.dim(), x.size(0), x.shape, x.numel()


def unpack_shape(x: Tensor) -> int:
    a, b = x.shape
    return a * 10 + b


def rnn(x: Tensor, w: Tensor, u: Tensor, h: Tensor) -> Tuple[Tensor, Tensor]:
    y: List[Tensor] = []
    for t in range(x.size(0)):
        h = torch.tanh(x[t] @ w + h @ u)
        y += [h]
    return torch.stack(y), h


def functional(x: Tensor) -> Tensor:
    return F.relu(x) + F.softmax(x, dim=-1) + torch.sigmoid(x) + x.tanh().exp()


def keyword_arguments(x: Tensor) -> Tensor:
    return torch.sum(x, dim=1, keepdim=True) + torch.clamp(x, min=0.0) + x.mean(dim=[0, 1])


def factories(n: int) -> Tensor:
    return torch.zeros(n, 2) + torch.ones([n, 2]) * torch.full([2], 3.0) + torch.arange(2)


def dtypes(x: Tensor) -> Tensor:
    return x.to(torch.int64) + torch.zeros(3, dtype=torch.int64)


def item(x: Tensor) -> float:
    return float(x.sum()) + x[0, 0].item()


def reshaping(x: Tensor) -> Tensor:
    return x.view(-1).reshape(3, 2).t().permute(1, 0).unsqueeze(0).squeeze(0)


def concat(x: Tensor) -> Tensor:
    return torch.cat([x, x * 2], dim=1)


def list_of_tensors(x: Tensor) -> List[Tensor]:
    return [x[i] * i for i in range(x.size(0))]


# -- further forms


def several_targets(n: int) -> Tuple[int, int]:
    a = b = n + 1
    a += 1
    return a, b


def retyped(n: int) -> float:
    x = n
    x = x * 0.5
    return x


def string_compare(s: str, t: str) -> Tuple[bool, bool, bool, str]:
    return s < t, s == t, "b" in s, s + t * 1 if False else s


def not_is_none(x: Optional[int]) -> int:
    if not x is None:
        return x
    return -1


def conditional_none(n: int) -> Optional[int]:
    r = n if n > 2 else None
    return r


def annotated_call(n: int) -> List[int]:
    r = torch.jit.annotate(List[int], [])
    for i in range(n):
        r.append(i)
    return r


def scripting(n: int) -> int:
    if torch.jit.is_scripting():
        return n
    else:
        return undefined_function(n)


def min_of_three(a: int, b: int, c: int) -> Tuple[int, int]:
    return min(a, b, c), max(a, b, c)


def reductions(xs: List[int], ys: List[bool]) -> Tuple[int, bool, bool]:
    return sum(xs), any(ys), all(ys)


def sorting(xs: List[int]) -> Tuple[List[int], List[int]]:
    ys = sorted(xs)
    xs.sort(reverse=True)
    return ys, xs


def slices(xs: List[int]) -> Tuple[List[int], List[int], List[int], List[int]]:
    return xs[1:], xs[:-1], xs[::2], xs[-2:]


def numbers_of_all_kinds() -> Tuple[float, float, int, int, float, float]:
    return 1e-5, float("inf"), 0x10, 10**2 // 1 if False else 7, 2**-1, 10 / 4


def powers(a: int, b: int, x: float) -> Tuple[float, float, float]:
    return a**b, x**b, a**x


def mixed_min(a: int, x: float) -> Tuple[float, float]:
    return min(a, x), max(a, x)


def clamp_index(xs: List[float], i: int) -> float:
    return xs[max(0, min(i, len(xs) - 1))]


def two_returns(x: int) -> Tuple[int, str]:
    if x > 0:
        return x, "positive"
    return -x, "negative"


def loops_of_strings(words: List[str]) -> str:
    r = ""
    for i, w in enumerate(words):
        if i > 0:
            r += ", "
        r += w
    return r


def optional_chain(a: Optional[int], b: Optional[int]) -> int:
    if a is None and b is None:
        return 0
    elif a is not None and b is not None:
        return a + b
    elif a is not None:
        return a
    assert b is not None
    return b


def optional_in_loop(xs: List[Optional[int]]) -> int:
    t = 0
    for x in xs:
        if x is None:
            continue
        t += x
    return t


def optional_break(xs: List[Optional[int]]) -> int:
    t = 0
    for x in xs:
        if x is None:
            break
        t += x
    return t


def while_and(xs: List[int]) -> int:
    i = 0
    while i < len(xs) and xs[i] != 0:
        i += 1
    return i


def while_or_continue(n: int) -> int:
    i = 0
    t = 0
    while i < n or t < 5:
        i += 1
        if i % 3 == 0:
            continue
        if t > 50:
            return -t
        t += i
    return t


def bool_arithmetic(a: bool, b: int) -> Tuple[int, int, bool]:
    return a + b, b * a, a == (b > 0)


def bool_for_int(a: int, x: Tensor) -> Tuple[int, Tensor, int]:
    return a > 2, x + (a > 1), _helper_simple(a == 3)


def nested_conditions(a: int, b: int, c: int) -> int:
    if (a > b and b > c) or (a < b and not b < c):
        return 1
    return 0


def early_exit_in_else(n: int) -> int:
    t = 0
    for i in range(n):
        if i % 2 == 0:
            t += i
        else:
            if i > 6:
                break
            t -= 1
    return t


def return_none_or_list(n: int) -> Optional[List[int]]:
    if n < 0:
        return None
    return [n]


def lists_in_loops(n: int) -> List[List[int]]:
    rows = [[0]]
    for i in range(n):
        last = rows[-1]
        rows.append(last + [i])
    return rows


def tuple_in_list(n: int) -> int:
    pairs = [(i, i * i) for i in range(n)]
    t = 0
    for a, b in pairs:
        t += a * b
    return t


def copied_in_loop(n: int) -> int:
    a = 0
    b = 1
    c = 2
    for _ in range(n):
        a, b = b, b
        while a > c:
            a = c
    return a * 100 + b * 10 + c


def unchanged_condition(flag: bool, n: int) -> int:
    while flag:
        flag = flag
        n += 1
        if n > 5:
            break
    return n


def swap_items(xs: List[int]) -> List[int]:
    for i in range(len(xs) // 2):
        j = len(xs) - 1 - i
        xs[i], xs[j] = xs[j], xs[i]
    return xs


def bubble_sort(xs: List[int]) -> List[int]:
    n = len(xs)
    for i in range(n):
        swapped = False
        for j in range(0, n - i - 1):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
                swapped = True
        if not swapped:
            break
    return xs


def primes(n: int) -> List[int]:
    found: List[int] = []
    for i in range(2, n):
        is_prime = True
        for p in found:
            if p * p > i:
                break
            if i % p == 0:
                is_prime = False
                break
        if is_prime:
            found.append(i)
    return found


def tensor_slices(x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    return x[..., None], x[:, ::2], x[-1], x[0:1, 1]


def ellipsis(x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    return x[..., 0], x[0, ..., None], x[..., 1, :], x[..., None, 0, 1:], x[None, ..., :2, None]


def mixed_none(x: Tensor) -> Tuple[Tensor, Tensor]:
    return x[None, 0, :, None], x[:, None, 1]


def slice_inplace(x: Tensor) -> Tensor:
    y = x.clone()
    y[1:3] += 1
    y[:, 0] *= 2
    y[0, 0] = 7
    return y


def shapes(x: Tensor) -> Tuple[Tensor, Tensor, Tensor, List[int]]:
    b, n = x.size()
    return x.view(b, -1), x.reshape((n, b)), torch.zeros(x.shape[0], n), x.size()[1:]


def new_tensors(x: Tensor, n: int) -> Tensor:
    a = torch.zeros([n, 2], dtype=torch.float32, device=x.device)
    b = torch.ones((n, 2))
    c = torch.zeros_like(x[:n, :2])
    return a + b + c


def enumerate_tensor(x: Tensor) -> Tensor:
    t = torch.zeros(3)
    for i, row in enumerate(x):
        t = t + row * i
    return t


def tensor_min_max(x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    return torch.max(x, y), x.min(), torch.maximum(x, y)


def where_and_mask(x: Tensor) -> Tensor:
    y = torch.where(x > 0, x, torch.zeros_like(x))
    return y.masked_fill(x > 1, 5.0)


def casts_of_tensors(x: Tensor) -> Tuple[int, float, bool]:
    return int(x[0]), float(x[1]), bool(x[2] > 0)


def numbers_from_tensors(x: Tensor) -> Tuple[float, Tuple[int, bool]]:
    return x.sum(), (x.size(0), True)


def tensor_while(x: Tensor) -> Tensor:
    while x.sum() < 100:
        x = x * 2
    return x


def tensor_loop_condition(x: Tensor, n: int) -> Tensor:
    for i in range(n):
        if x.mean() > 3:
            return x
        x = x + 1
    return -x


def stack_of_list(x: Tensor) -> Tensor:
    rows = [row * 2 for row in x]
    rows.append(x[0])
    return torch.stack(rows, dim=1)


def optional_accumulator(x: Tensor) -> Tensor:
    total: Optional[Tensor] = None
    for row in x:
        if total is None:
            total = row
        else:
            total = total + row
    assert total is not None
    return total


def tuple_of_tensors(x: Tensor) -> Tuple[Tensor, Tuple[Tensor, int]]:
    h = (x, x * 2)
    for i in range(2):
        a, b = h
        h = (b, a + b)
    return h[0], (h[1], 3)


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(q.size(-1))
    return torch.matmul(torch.softmax(scores, dim=-1), v)


def normalise(x: Tensor, eps: float = 1e-5) -> Tensor:
    mean = x.mean(-1, keepdim=True)
    var = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / torch.sqrt(var + eps)


# Refinement after `continue` and `break`.
NOT_FOR_TORCH = ("optional_in_loop", "optional_break")
CASES = {
    "int_arithmetic": [(7, 2), (-7, 2), (7, -3), (-7, -3), (0, 5)],
    "float_arithmetic": [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.5), (1.0, 0.5)],
    "mixed_arithmetic": [(7, 2.5), (-7, 2.5), (3, -1.5)],
    "comparisons": [(1, 1.0), (2, 1.5), (-1, float("nan"))],
    "chained": [(1, 2, 2), (1, 1, 2), (3, 4, 1)],
    "bits": [(13, 6), (-13, 6)],
    "booleans": [(True, False), (True, True), (False, False)],
    "unary": [(3, 2.5), (-3, -0.0)],
    "casts": [(3, -2.5, True), (0, 0.0, False), (1, -2.7, True)],
    "builtin_functions": [(3, -4, -1.5), (0, 9, 2.5)],
    "rounding": [(2.5,), (3.5,), (-1.2,)],
    "mathematics": [(2.0,), (0.5,)],
    "wrapping": [(5,), (50,)],
    "branches": [(11,), (7,), (1,)],
    "early_return": [(4,), (2,), (1,)],
    "nested_return": [(1, 1), (1, -1), (-1, -1), (-1, 1)],
    "return_in_loop": [([1, 5, 3], 5), ([1, 5, 3], 4), ([], 1)],
    "return_inferred_in_loop": [([1, 5, 3], 5), ([1, 5, 3], 4), ([], 1)],
    "break_and_continue": [(20,), (5,), (0,)],
    "continue_at_the_end": [(5,), (0,)],
    "nested_breaks": [(10,), (3,), (0,)],
    "nested_loop_return": [(10,), (4,), (20,)],
    "while_loop": [(27,), (1,)],
    "while_true": [(50,), (0,)],
    "while_return": [(50,), (20000,)],
    "ranges": [(0, 10, 3), (5, 2, 4), (3, 3, 1)],
    "loop_variable_after": [(4,), (0,)],
    "condition_with_effects": [([1, 5], 1), ([1, 5], 2), ([1, 5], -1)],
    "ternary": [(3,), (-3,)],
    "short_circuit": [([],), ([1],), ([2],)],
    "assertion": [(1,), (-1,)],
    "raising": [(1,), (-1,)],
    "raise_on_all_but_one": [(0,), (1,), (2,)],
    "several_loops": [(30,), (0,)],
    "deep": [(8,), (30,), (0,)],
    "optional_default": [(), (None,), (4,)],
    "optional_refined": [(None,), (4,), (1,)],
    "optional_assigned": [(None,), (4,)],
    "optional_loop": [([],), ([3, 9, 2],)],
    "optional_ternary": [(None,), (4,)],
    "optional_assert": [(None,), (4,)],
    "optional_raise": [(None,), (4,)],
    "optional_or": [(None,), (4,), (-4,)],
    "optional_tensor": [(torch.ones(2),), (torch.ones(2), torch.ones(2))],
    "none_result": [(4,), (2,)],
    "optional_instance": [(None,), (4,)],
    "list_basics": [([3, 4, 5],)],
    "list_methods": [([3, 1, 2],)],
    "list_alias": [([1],)],
    "list_comprehension": [([1, 2, 3],), ([],)],
    "comprehension_over_range": [(4,), (0,)],
    "list_of_lists": [(4,)],
    "contains": [([1, 2], 2), ([1, 2], 3)],
    "list_equal": [([1], [1]), ([1], [2])],
    "list_repeat": [(3,), (0,)],
    "zipped": [([1, 2, 3], [0.5, 1.5])],
    "enumerated": [([4, 5, 6],)],
    "enumerate_from": [([4, 5, 6],)],
    "tuples": [((3, 1.5),)],
    "nested_tuples": [(3,)],
    "tuple_loop": [(1, 2)],
    "named": [(3, torch.arange(3.0))],
    "alias": [((1, 2),)],
    "swap": [(1, 2)],
    "strings": [("abc",), ("xyz1",)],
    "formatted": [(1, 2.5, "s")],
    "string_methods": [(" a,b ",), ("abc",)],
    "string_loop": [("banana",)],
    "unpack_list": [([1, 2],), ([1, 2, 3],)],
    "calls": [(1,), (5,)],
    "untyped": [(torch.ones(3), torch.arange(3.0))],
    "comment_types": [(torch.ones(3), 4)],
    "calls_none": [([1],)],
    "tensor_arithmetic": [(torch.rand(3, 4), torch.rand(4))],
    "tensor_compare": [(torch.linspace(-1, 2, 9),)],
    "tensor_condition": [(torch.ones(3),), (-torch.ones(3),)],
    "tensor_index": [(torch.rand(3, 4),)],
    "tensor_write": [(torch.rand(3, 4),)],
    "tensor_inplace": [(torch.rand(3),)],
    "tensor_loop": [(torch.rand(3, 4),)],
    "tensor_shape": [(torch.rand(3, 4),)],
    "unpack_shape": [(torch.rand(3, 4),)],
    "rnn": [(torch.rand(5, 3), torch.rand(3, 4), torch.rand(4, 4), torch.rand(4))],
    "functional": [(torch.randn(3, 4),)],
    "keyword_arguments": [(torch.randn(3, 4),)],
    "factories": [(3,)],
    "dtypes": [(torch.tensor([1.5, -2.5, 3.0]),)],
    "item": [(torch.rand(2, 2),)],
    "reshaping": [(torch.rand(2, 3),)],
    "concat": [(torch.rand(2, 3),)],
    "list_of_tensors": [(torch.rand(2, 3),)],
    "several_targets": [(3,)],
    "retyped": [(3,)],
    "string_compare": [("ab", "b"), ("c", "c")],
    "not_is_none": [(None,), (3,)],
    "conditional_none": [(1,), (3,)],
    "annotated_call": [(3,)],
    "scripting": [(3,)],
    "min_of_three": [(3, 1, 2)],
    "reductions": [([1, 2, 3], [True, False]), ([4], [True])],
    "sorting": [([3, 1, 2],)],
    "slices": [([3, 1, 2, 5],), ([],)],
    "numbers_of_all_kinds": [()],
    "powers": [(2, 3, 0.5), (2, -1, 2.0)],
    "mixed_min": [(3, 2.5), (-3, 2.5)],
    "clamp_index": [([1.0, 2.0], 5), ([1.0, 2.0], -5)],
    "two_returns": [(3,), (-3,)],
    "loops_of_strings": [(["a", "b"],), ([],)],
    "optional_chain": [(None, None), (1, 2), (1, None), (None, 2)],
    "optional_in_loop": [([1, None, 3],)],
    "optional_break": [([1, None, 3],)],
    "while_and": [([1, 2, 0, 3],), ([1],)],
    "while_or_continue": [(3,), (40,)],
    "bool_arithmetic": [(True, 3), (False, -1)],
    "bool_for_int": [(3, torch.ones(2)), (0, torch.arange(2.0))],
    "nested_conditions": [(3, 2, 1), (1, 2, 3), (1, 3, 2)],
    "early_exit_in_else": [(20,), (3,)],
    "return_none_or_list": [(-1,), (2,)],
    "lists_in_loops": [(3,)],
    "tuple_in_list": [(4,)],
    "copied_in_loop": [(0,), (3,)],
    "unchanged_condition": [(True, 2), (False, 2)],
    "swap_items": [([1, 2, 3, 4, 5],)],
    "bubble_sort": [([5, 2, 8, 1, 9, 3],), ([1, 2, 3],), ([],)],
    "primes": [(50,)],
    "tensor_slices": [(torch.rand(3, 4),)],
    "ellipsis": [(torch.rand(3, 4, 5),)],
    "mixed_none": [(torch.rand(3, 4, 5),)],
    "slice_inplace": [(torch.rand(4, 3),)],
    "shapes": [(torch.rand(3, 4),)],
    "new_tensors": [(torch.rand(3, 4), 2)],
    "enumerate_tensor": [(torch.rand(4, 3),)],
    "tensor_min_max": [(torch.rand(3), torch.rand(3))],
    "where_and_mask": [(torch.linspace(-2, 2, 9),)],
    "casts_of_tensors": [(torch.tensor([1.5, 2.5, 3.0]),)],
    "numbers_from_tensors": [(torch.ones(3),)],
    "tensor_while": [(torch.ones(3),)],
    "tensor_loop_condition": [(torch.zeros(3), 10), (torch.zeros(3), 2)],
    "stack_of_list": [(torch.rand(4, 3),)],
    "optional_accumulator": [(torch.rand(4, 3),), (torch.rand(0, 3),)],
    "tuple_of_tensors": [(torch.rand(3),)],
    "attention": [(torch.rand(2, 5, 4), torch.rand(2, 6, 4), torch.rand(2, 6, 3))],
    "normalise": [(torch.rand(3, 5), 1e-5)],
}
