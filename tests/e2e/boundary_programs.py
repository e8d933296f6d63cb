"""Entries that take and give instances, values of several types, members of Enums and named tuples; torch.jit is the
oracle, but for Node: torch takes an attribute that is None at first for one that is always None. `CASES` are
arguments of each function, `REFUSED` arguments that it does not take."""

# ruff: noqa
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor


class Color(Enum):
    RED = 1
    GREEN = 5


class Mode(Enum):
    FAST = "fast"
    EXACT = "exact"


class Pair(NamedTuple):
    count: int
    rate: float = 1.5


class Point:
    def __init__(self, x: int, y: float, name: str):
        self.x = x
        self.y = y
        self.name = name
        self.tags: List[str] = []

    def norm(self) -> float:
        return self.x * self.y


class Node:
    def __init__(self, value: int, weight: Tensor):
        self.value = value
        self.weight = weight
        self.next: Optional[Node] = None
        self.mode: Optional[Mode] = None


class Batch:
    def __init__(self, ids: Tensor, mask: Optional[Tensor], layers: List[Tensor]):
        self.ids = ids
        self.mask = mask
        self.layers = layers


class Words(NamedTuple):
    ids: Tensor
    mask: Optional[Tensor]
    rows: Tensor


class Loose:
    def __init__(self, held: Tensor, some: List[Tensor]):
        self.held = held
        self.some = some


def int_or_str(x: Union[int, str]) -> Union[int, str]:
    if isinstance(x, int):
        return str(x) + "!"
    return len(x)


def four(x: Union[int, str, List[int], None]) -> str:
    if x is None:
        return "none"
    if isinstance(x, int):
        return "int"
    elif isinstance(x, str):
        return "str " + x
    return "list" + str(len(x))


def new_style(x: int | None, y: int | float | None = None) -> float:
    total = 0.0
    if x is not None:
        total += x
    if isinstance(y, int):
        total += y
    elif isinstance(y, float):
        total += 2 * y
    return total


def with_default(x: Union[int, str] = "abc", y: Union[float, str] = 2.5, z: Any = 3) -> str:
    text = ""
    if isinstance(x, str):
        text += x
    if isinstance(y, float):
        text += str(y)
    if isinstance(z, int):
        text += str(z)
    return text


def anything(x: Any) -> Any:
    return x


def told_apart(x: Any) -> int:
    if isinstance(x, int):
        return x + 1
    elif isinstance(x, str):
        return len(x)
    elif isinstance(x, Pair):
        return x.count
    return -1


def anythings(xs: List[Any], d: Dict[str, Any]) -> Tuple[List[Any], Dict[str, Any]]:
    xs.append(len(d))
    d["count"] = len(xs)
    return xs, d


def number_or_tensor(x: Union[Tensor, float]) -> Tensor:
    if isinstance(x, Tensor):
        return x + 1
    else:
        return torch.ones(2) * x


def other(c: Color, m: Optional[Mode] = None) -> Color:
    if m is not None and m == Mode.FAST:
        return c
    return Color.GREEN if c == Color.RED else Color.RED


def by_name(cs: List[Color]) -> Dict[str, Color]:
    return {c.name: c for c in cs}


def doubled(p: Pair) -> Pair:
    return Pair(p.count + 1, p.rate * 2)


def pairs(n: int) -> List[Tuple[str, Pair]]:
    return [(str(i), Pair(i, 0.5)) for i in range(n)]


def measured(p: Point) -> float:
    p.tags.append("seen")
    return p.norm() + len(p.tags)


def made(n: int) -> Point:
    p = Point(n, 2.5, "made")
    p.tags.append("a")
    return p


def largest(ps: List[Point]) -> Optional[Point]:
    best: Optional[Point] = None
    for p in ps:
        if best is None or p.x > best.x:
            best = p
    return best


def weighed(n: Node) -> Tensor:
    return n.weight * n.value


def chain(k: int) -> Node:
    n = Node(0, torch.ones(2))
    for i in range(k):
        m = Node(i, torch.ones(2) * i)
        m.mode = Mode.EXACT
        m.next = n
        n = m
    return n


def summed(n: Optional[Node]) -> int:
    s = 0
    while n is not None:
        s += n.value
        n = n.next
    return s


def looped(k: int) -> Node:
    n = Node(k, torch.ones(2))
    n.next = n
    return n


def point_or_color(x: Union[Point, Color, Tuple[int, Pair]]) -> Union[Point, Color, Tuple[int, Pair]]:
    if isinstance(x, Point):
        x.x += 1
    return x


def places(device: torch.device, kind: torch.dtype) -> Tuple[bool, bool]:
    return device == torch.device("cpu"), kind == torch.float64


def picked(b: Batch, table: Tensor) -> Tensor:
    found = table[b.ids] + b.layers[0]
    mask = b.mask
    if mask is not None:
        found = found.masked_fill(mask, 0.0)
    return found


def picked_by_name(w: Words) -> Tensor:
    found = w.rows[w.ids]
    mask = w.mask
    if mask is not None:
        found = torch.where(mask, found, torch.zeros_like(found))
    return found


def picked_inside(p: Tuple[Tensor, List[Tensor]], d: Dict[str, Tensor]) -> Tensor:
    return p[1][0][p[0]] + d["x"]


def passed_on(x: Loose) -> Tuple[Tensor, int, List[Tensor]]:
    return x.held, x.held.numel() + len(x.some), x.some


POINT = Point(3, 1.5, "q")
NODE = Node(3, torch.tensor([1.0, 2.0]))
NODE.next = Node(4, torch.zeros(2))
_IDS, _MASK = torch.tensor([1, 0]), torch.tensor([True, False])
CASES = {
    "picked": [(Batch(_IDS, _MASK, [torch.ones(2)]), torch.arange(3.0)), (Batch(_IDS, None, [torch.ones(2)]), torch.ones(3))],
    "picked_by_name": [(Words(_IDS, _MASK, torch.arange(3.0)),), (Words(_IDS, None, torch.arange(3.0)),)],
    "picked_inside": [((_IDS, [torch.arange(3.0)]), {"x": torch.ones(2)})],
    "passed_on": [
        (Loose(torch.ones(2, dtype=held), [torch.ones(1, dtype=some)]),)
        for held, some in ((torch.float32, torch.int64), (torch.int64, torch.bool), (torch.bool, torch.float64))
    ],
    "int_or_str": [(3,), ("abc",)],
    "four": [(None,), (3,), ("a",), ([1, 2],)],
    "new_style": [(1,), (None,), (2, 3), (2, 3.5), (None, None)],
    "with_default": [(), (1,), ("q", "r"), (1, 0.5, "s")],
    "anything": [(None,), (3,), ("a",), ([1, 2],), (["a"],), (2.5,), (True,), ({"a": 1},)],
    "told_apart": [(None,), (3,), ("abc",), ([1, 2],), (2.5,), (True,)],
    "anythings": [([1, "a", None], {"b": 2.5, "c": True})],
    "number_or_tensor": [(2.0,), (torch.tensor([1.0, 3.0]),)],
    "other": [(Color.RED,), (Color.RED, Mode.FAST), (Color.GREEN, Mode.EXACT), (Color.GREEN, None)],
    "by_name": [([Color.RED, Color.GREEN],), ([],)],
    "doubled": [(Pair(1),), ((1, 2.0),)],
    "pairs": [(2,)],
    "measured": [(POINT,)],
    "made": [(4,)],
    "largest": [([],), ([POINT, Point(9, 0.5, "r")],)],
    "point_or_color": [(POINT,), (Color.RED,)],
    "places": [(torch.device("cpu"), torch.float32), (torch.device("cpu"), torch.float64)],
}
REFUSED = {
    "int_or_str": [(2.5,), (True,), (None,)],
    "four": [(["a"],), (2.5,)],
    "anything": [(object(),), ([1, "a"],)],
    "number_or_tensor": [(1,)],
    "other": [(1,), ("RED",)],
    "doubled": [((1, 2.0, 3),), (1,)],
    "measured": [(3,), (None,)],
    "point_or_color": [(3,), ((1, 2),)],
}
