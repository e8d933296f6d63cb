"""Programs with classes of their own. Each function of CASES takes and gives plain values; torch.jit is the oracle."""

# ruff: noqa
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple, Union

import torch
from torch import Tensor


class Counter:
    def __init__(self, start: int, step: int = 1):
        self.count = start
        self.step = step
        self.seen: List[int] = []
        self.name = "counter"

    def advance(self, times: int = 1) -> int:
        for _ in range(times):
            self.count += self.step
            self.seen.append(self.count)
        return self.count

    @staticmethod
    def twice(a: int) -> int:
        return 2 * a

    @property
    def doubled(self) -> int:
        return self.count * 2

    @doubled.setter
    def doubled(self, value: int):
        self.count = value // 2


class Vector:
    def __init__(self, x: float, y: float):
        self.x = x
        self.y = y

    def __add__(self, other: "Vector") -> "Vector":
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other: "Vector") -> "Vector":
        return Vector(self.x - other.x, self.y - other.y)

    def __mul__(self, k: float) -> "Vector":
        return Vector(self.x * k, self.y * k)

    def __neg__(self) -> "Vector":
        return Vector(-self.x, -self.y)

    def __eq__(self, other: "Vector") -> bool:
        return self.x == other.x and self.y == other.y

    def __ne__(self, other: "Vector") -> bool:
        return not (self.x == other.x and self.y == other.y)

    def __lt__(self, other: "Vector") -> bool:
        return self.x * self.x + self.y * self.y < other.x * other.x + other.y * other.y


class Bag:
    def __init__(self, items: List[int]):
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, i: int) -> int:
        return self.items[i]

    def __setitem__(self, i: int, value: int):
        self.items[i] = value

    def __contains__(self, value: int) -> bool:
        return value in self.items

    def __call__(self, k: int) -> int:
        return len(self.items) * k

    def __int__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return len(self.items) > 2

    def __str__(self) -> str:
        return "a bag"

    def __iadd__(self, value: int):
        self.items.append(value)
        return self


class Node:
    def __init__(self, value: int, next: Optional["Node"]):
        self.value = value
        self.next = next


class Tree:
    def __init__(self, key: int):
        self.key = key
        self.left: Optional[Tree] = None
        self.right: Optional[Tree] = None
        self.children: List[Tree] = []


class Cell:
    def __init__(self, h: Tensor):
        self.h = h
        self.history: List[Tensor] = []
        self.best = torch.jit.annotate(Optional[Tensor], None)
        self.pair = (h, 1)

    def step(self, x: Tensor) -> Tensor:
        self.h = torch.tanh(self.h + x)
        self.history.append(self.h)
        best = self.best
        if best is None:
            self.best = self.h
        elif bool(self.h.sum() > best.sum()):
            self.best = self.h
        self.pair = (self.h, self.pair[1] + 1)
        return self.h


class Outer:
    def __init__(self, n: int):
        self.inner = Counter(n)
        self.inners = [Counter(i) for i in range(n)]
        self.by_name: Dict[str, Counter] = {}


@torch.jit.script
@dataclass(order=True)
class Item:
    rank: int
    weight: float
    label: str = "none"


def counting(n: int) -> Tuple[int, int, int, int, List[int], str]:
    c = Counter(n, step=3)
    first = c.advance()
    c.advance(times=2)
    doubled = c.doubled
    c.doubled = 100
    c.step -= 1
    c.name += "!"
    return first, doubled, c.count, Counter.twice(c.step), c.seen, c.name


def references(n: int) -> Tuple[int, int, bool, bool, bool]:
    a = Counter(n)
    b = a
    l = [a, Counter(n)]
    b.advance(5)
    l[0].advance()
    l[1].count = -1
    return a.count, l[1].count, a is b, l[0] is a, l[1] is not a


def vectors(x: float, y: float) -> Tuple[float, float, bool, bool, bool, float]:
    a, b = Vector(x, y), Vector(1.0, 2.0)
    c = (a + b) * 2.0 - b
    c += a
    return c.x, c.y, a == b, a != b, a < b, (-c).x


def bags(items: List[int]) -> Tuple[int, int, bool, bool, int, int, str, str, int, List[int]]:
    bag = Bag(items)
    bag[0] = 7
    kept = 0
    if bag:
        kept = 1
    bag += 9
    bag[1] = bag[1] + 5
    return len(bag), bag[-1], 9 in bag, 100 not in bag, bag(3), int(bag), str(bag), f"{len(bag)}", kept, bag.items


def chain(n: int) -> int:
    head: Optional[Node] = None
    for i in range(n):
        head = Node(i, head)
    total = 0
    at = head
    while at is not None:
        total += at.value * (1 if at.next is None else 2)
        at = at.next
    return total


def search_tree(keys: List[int]) -> List[int]:
    root = Tree(keys[0])
    for key in keys[1:]:
        at = root
        placed = False
        while not placed:
            if key < at.key:
                left = at.left
                if left is None:
                    at.left = Tree(key)
                    placed = True
                else:
                    at = left
            else:
                right = at.right
                if right is None:
                    at.right = Tree(key)
                    placed = True
                else:
                    at = right
    result: List[int] = []
    stack = [root]
    while len(stack) > 0:
        at = stack.pop()
        result.append(at.key)
        right = at.right
        if right is not None:
            stack.append(right)
            root.children.append(right)
        left = at.left
        if left is not None:
            stack.append(left)
    return result + [len(root.children)]


def cells(x: Tensor, n: int) -> Tuple[Tensor, Optional[Tensor], int, List[Tensor]]:
    cell = Cell(torch.zeros_like(x))
    for _ in range(n):
        cell.step(x)
        x = x - 0.5
    return cell.h, cell.best, cell.pair[1], cell.history


def in_place(x: Tensor) -> Tuple[Tensor, Tensor]:
    cell = Cell(x.clone())
    y = cell.h
    cell.h += 1.0
    cell.h[0] = 5.0
    cell.h.mul_(2.0)
    z = cell.h
    cell.h = cell.h + 1
    return y, z + cell.h


def nested(n: int) -> Tuple[int, int, int, int]:
    o = Outer(n)
    o.inner.advance(2)
    for c in o.inners:
        o.inner.count += c.advance()
    o.by_name["a"] = o.inner
    o.by_name["b"] = Counter(50)
    o.by_name["a"].count += 1
    o.inner = o.by_name["b"]
    return o.inner.count, o.by_name["a"].count, len(o.inners), sum([c.count for c in o.inners])


def sorting(xs: List[float], reverse: bool) -> Tuple[List[float], List[float]]:
    vs = [Vector(x, 0.5) for x in xs]
    ordered = sorted(vs)
    vs.sort(reverse=reverse)
    return [v.x for v in ordered], [v.x for v in vs]


def records(n: int) -> Tuple[bool, bool, bool, str, float]:
    a, b = Item(n, 2.0), Item(n, 3.0, label="b")
    c = Item(n, 2.0, "none")
    b.weight += 0.5
    return a == b, a == c, a < b, a.label + b.label, b.weight


def conditional(n: int) -> int:
    c = Counter(1) if n > 0 else Counter(2)
    if n > 5:
        c = Counter(3)
    d: Optional[Counter] = None
    if n > 2:
        d = c
    for i in range(n):
        if i % 2 == 0:
            c = Counter(i)
        c.advance()
    if d is not None and d.count > 0:
        return d.count * 100 + c.count
    return c.count


def _make(n: int) -> Counter:
    if n > 3:
        return Counter(n)
    return Counter(-n, 2)


def _take(c: Counter, k: int) -> Tuple[Counter, int]:
    c.advance(k)
    return c, k


def through_functions(n: int) -> Tuple[int, int]:
    c, k = _take(_make(n), 3)
    return c.count, k


def failing(n: int) -> int:
    c = Counter(n)
    l = [c, Counter(2)]
    if n > 3:
        raise ValueError("too large")
    return l[n].count


NOT_FOR_TORCH = ["chain", "search_tree"]
"""torch.jit has no classes that hold instances of themselves: Python is the oracle."""
class Box:
    """Fields of any element type: facts are each instance's own."""

    def __init__(self, x: Tensor):
        self.x = x
        self.seen: List[Tensor] = []

    def next(self) -> Tensor:
        self.seen.append(self.x)
        return self.x + 1


class Link:
    def __init__(self, box: Box):
        self.box = box
        self.other: List[Box] = []


def boxes_of_two_types(n: int):
    floats, ints = Box(torch.ones(2, 3)), Box(torch.arange(n))
    for i in range(n):
        floats.x = floats.next()
        ints.x = ints.next()
    return floats.x, ints.x, floats.seen, ints.seen


def boxes_in_containers(n: int):
    floats = [Box(torch.ones(2) * i) for i in range(n)]
    ints = {"a": Box(torch.arange(3))}
    links = [Link(b) for b in floats]
    other = Link(ints["a"])
    for link in links:
        link.other.append(floats[0])
        link.box.x = link.box.next() * 0.5
    other.other.append(Box(torch.arange(2)))
    other.box.x = other.box.next() * 2
    return [b.x for b in floats], ints["a"].x, [len(b.seen) for b in floats], other.other[0].next()


def boxes_that_meet(n: int):
    a, b = Box(torch.ones(2)), Box(torch.zeros(2))
    c = a if n > 1 else b
    c.x = c.next()
    ints = Box(torch.arange(n))
    return a.x, b.x, c is a, ints.next()


def unions_of_two_types(n: int):
    a: Union[int, Tensor] = torch.ones(2)
    b: Union[int, Tensor] = torch.arange(n)
    if n > 2:
        a = n
    out = [torch.zeros(1)]
    if isinstance(a, Tensor):
        out.append(a * 0.5)
    m = 0
    if isinstance(b, Tensor):
        m = int((b * 2).sum())
    return out, m


CASES = {
    "boxes_of_two_types": [(0,), (3,)],
    "boxes_in_containers": [(1,), (3,)],
    "boxes_that_meet": [(1,), (4,)],
    "unions_of_two_types": [(1,), (4,)],
    "counting": [(0,), (7,)],
    "references": [(4,)],
    "vectors": [(1.0, 2.0), (-3.0, 0.5)],
    "bags": [([1, 2],), ([3, 4, 5],)],
    "chain": [(0,), (1,), (10,)],
    "search_tree": [([5],), ([5, 2, 8, 1, 9, 3, 7],)],
    "cells": [(torch.tensor([1.0, -2.0, 0.5]), 0), (torch.tensor([1.0, -2.0, 0.5]), 4)],
    "in_place": [(torch.tensor([1.0, -2.0, 0.5]),)],
    "nested": [(3,), (1,)],
    "sorting": [([3.0, 1.0, -2.0, 8.0, 0.0], False), ([3.0, 1.0, -2.0, 8.0, 0.0], True), ([], True)],
    "records": [(3,)],
    "conditional": [(0,), (1,), (3,), (7,)],
    "through_functions": [(2,), (9,)],
    "failing": [(0,), (1,), (2,), (5,)],
}
