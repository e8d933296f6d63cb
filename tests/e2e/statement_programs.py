"""Programs with the rarer statements and expressions, for tests.e2e.agreement."""

# ruff: noqa
from typing import Any, Dict, List, Optional, Tuple

import torch
from torch import Tensor


def starred(a: int):
    x, *y = (a, 2.0, "x")
    p, *q, r = 1, 2, 3, a
    *s, t = (a, a + 1)
    return x, y, p, q, r, s, t


def augmented_ints(x: int):
    x |= 1
    x &= 7
    x ^= 3
    x <<= 2
    x >>= 1
    x %= 5
    y = x
    y **= 2
    z = x
    z /= 2
    return x, y, z


def augmented_floats(x: float):
    x **= 2
    x %= 3.0
    x -= 1
    x *= 2
    return x


def augmented_bools(x: bool):
    x |= False
    x &= True
    x ^= True
    return x


def augmented_items(x: List[int], i: int):
    x[i] |= 2
    x[i] <<= 2
    x[i] -= 1
    return x


def augmented_once(x: List[int]):
    order = [0, 1, 2]
    x[order.pop()] += 10
    x[order.pop()] += 10
    return x, order


def augmented_tensor(x: Tensor):
    y = x.clone()
    z = y
    y **= 2
    y += 1
    y[0] *= 3
    return y, z


def augmented_strings(s: str, n: int):
    for i in range(n):
        s += str(i)
    return s


def augmented_lists(n: int):
    a = [1]
    b = a
    a += [n]
    a *= 2
    return a, b


def without_gradients(x: Tensor):
    with torch.no_grad():
        y = x * 2
        if y.sum() > 3:
            return y
    return x


def generators(x: List[int], w: List[str]):
    return (
        sum(i * 2 for i in x),
        any(i > 2 for i in x),
        list(i + 1 for i in x),
        sorted(i + 1 for i in x),
        ",".join(s + "!" for s in w),
        max([i for i in x]) if len(x) > 0 else 0,
    )


def deleted_in_loop(x: List[int]):
    i = 0
    while i < len(x):
        if x[i] % 2 == 0:
            del x[i]
        else:
            i += 1
    return x


def deleted_name(n: int):
    a = n
    del a
    a = "text"
    return a


class Scope:
    def __init__(self, name: str, trace: List[str]):
        self.name = name
        self.trace = trace

    def __enter__(self) -> int:
        self.trace.append("enter " + self.name)
        return len(self.trace)

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        self.trace.append("leave " + self.name)


def with_instances(n: int) -> Tuple[List[str], int]:
    trace: List[str] = []
    total = 0
    with Scope("outer", trace) as depth, Scope("inner", trace):
        total += depth
        for i in range(n):
            with Scope(str(i), trace) as k:
                total += k
                if i == 1:
                    continue
                if i == 3:
                    break
                trace.append("body")
        if n == 2:
            return trace, -1
    trace.append("end")
    return trace, total


def fills(n: int):
    a: List[float] = []
    b = a
    for i in range(n):
        a.append(float(i))
    flags = [i > 1 for i in range(n)]
    return any(flags), all(flags), sum(b), sum(flags), len(a)


def truth_of_values(x: List[int], s: str, d: Dict[str, int], o: Optional[int]):
    n = 0
    if x:
        n += 1
    if not s:
        n += 2
    if d and x or s:
        n += 4
    if o is not None and o:
        n += 8
    return n


def left_two_levels_deep(n: int, x: Tensor) -> Tuple[int, Tensor]:
    if n == 1:
        if n > 2:
            return -1, x
    for i in range(3):
        if n == i:
            return i, x + i
    return n, x


def lists_of_pairs(n: int, words: List[str]):
    numbered = list(enumerate(words))
    paired = list(zip(range(n), words, numbered))
    return numbered, paired, list(zip([n], [words])), {w: i for i, w in list(enumerate(words))}


def sorted_empty(n: int):
    words: List[str] = []
    numbers: List[float] = []
    return {w: len(w) for w in sorted(words)}, [x * 2.0 for x in sorted(numbers)], n


def augmented_picks(x: Tensor, n: int):
    y = x.view(2, 3)
    x[x > 1] *= 2.0
    x[[0, 2, 0]] += 1.0
    y[torch.tensor([1, 0]), 1:] -= torch.tensor([[1.0], [2.0]])
    y[1, torch.tensor([n, n])] /= 4.0
    return x, y


def retyped_after_return(n: int, x: Tensor, words: List[str]):
    best: Optional[Tensor] = None
    best = x + 1
    if n > 3:
        return best
    best = None
    total = x.sum()
    for word in words:
        if len(word) > n:
            return total
        mark = len(word)
        if mark == 0:
            continue
        mark = word  # a name of this block may become another type after an exit
        total = total + len(mark)
    if n < 0:
        return best
    total = "text"
    return x * len(total)


def numbers_of_tensors(x: Tensor):
    floats = [0.5, 1.5, 2.5]
    floats.append(x[0].item())
    floats[x[1]] = x[2].item()
    floats[x[0].item()] += 1.0
    ints: List[int] = []
    ints.append(x[0].item() * 1.5)
    held = {1: 3.0, 2: 4.0}
    held[x[0]] = x[2].item()
    held[x[1].item()] *= 2.0
    return floats, ints, held, held[x[0]], "abc"[x[1]]


def right_side_first(ns: List[int], d: Dict[str, int]):
    ns[-1] += ns.pop()
    d["a"] += d.setdefault("a", 5)
    return ns, d


CASES = {
    "retyped_after_return": [
        (n, torch.ones(2), words) for n, words in [(4, []), (3, ["ab", "", "c"]), (1, ["a", "abc"]), (-1, [])]
    ],
    "numbers_of_tensors": [(torch.tensor([1, 2, 3]),)],
    "right_side_first": [([1, 2, 3], {"a": 1}), ([1, 2], {})],
    "left_two_levels_deep": [(n, torch.ones(2)) for n in range(4)],
    "lists_of_pairs": [(2, ["a", "b", "a"]), (0, [])],
    "sorted_empty": [(1,)],
    "augmented_picks": [(torch.arange(6.0), 2), (torch.arange(6.0), 5)],
    "starred": [(1,)],
    "augmented_ints": [(5,), (-9,)],
    "augmented_floats": [(5.0,), (0.5,)],
    "augmented_bools": [(True,), (False,)],
    "augmented_items": [([3], 0), ([1, 2, 3], -1), ([], 0)],
    "augmented_once": [([1, 2, 3],)],
    "augmented_tensor": [(torch.arange(3.0),)],
    "augmented_strings": [("", 5), ("é", 12)],
    "augmented_lists": [(4,)],
    "without_gradients": [(torch.ones(2),), (torch.zeros(2),)],
    "generators": [([3, 1], ["a", "b"]), ([], [])],
    "deleted_in_loop": [([1, 2, 4, 5, 6],), ([],)],
    "deleted_name": [(3,)],
    "with_instances": [(0,), (1,), (2,), (5,)],
    "fills": [(0,), (4,)],
    "truth_of_values": [([1], "", {}, 0), ([], "x", {"a": 1}, None), ([1], "", {"a": 1}, 3)],
}
