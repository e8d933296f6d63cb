"""Programs with Union, Any and Enum; torch.jit is the oracle."""

# ruff: noqa
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor


class Color(Enum):
    RED = 1
    GREEN = 2
    BLUE = 4


class Mode(Enum):
    FAST = "fast"
    EXACT = "exact"


class Rate(Enum):
    LOW = 0.25
    HIGH = 4.0


class Point(NamedTuple):
    x: int
    color: Color


def _describe(x: Union[int, str, List[int], None]) -> str:
    if isinstance(x, int):
        return "int " + str(x + 1)
    elif isinstance(x, str):
        return "str " + x.upper()
    elif x is None:
        return "none"
    return "list " + str(len(x))


def literals(n: int):
    xs = [n, str(n), n * 0.5]
    d = {"x": [1, 2], "y": n}
    total = 0.0
    for x in xs:
        if isinstance(x, int):
            total += x
        elif isinstance(x, str):
            total += len(x)
        else:
            total += x
    y = d["y" if n > 1 else "x"]
    if isinstance(y, int):
        total += y
    else:
        total += 0.5
    return total, len(xs), len(d)


def unions(n: int) -> List[str]:
    x: Union[int, str] = n
    if n > 2:
        x = "big"
    y: Union[int, str, None] = None
    for i in range(n):
        if i % 2 == 0:
            y = i
        else:
            y = "odd"
    result = [_describe(n), _describe("abc"), _describe([1, 2, 3]), _describe(None), _describe(x), _describe(y)]
    if not isinstance(x, str):
        result.append(str(x * 2))
    return result


def _first(x: Any) -> int:
    if isinstance(x, int):
        return x
    if isinstance(x, float):
        return int(x) + 100
    if isinstance(x, str):
        return len(x) + 200
    if torch.jit.isinstance(x, List[int]):
        return sum(x) + 300
    if torch.jit.isinstance(x, Dict[str, int]):
        return x["a"] + 400
    if torch.jit.isinstance(x, Tuple[int, str]):
        return x[0] + 500
    if isinstance(x, Tensor):
        return int(x.sum()) + 600
    return -1


def anything(n: int) -> List[int]:
    o: Optional[int] = None
    if n > 0:
        o = n
    return [
        _first(n), _first(2.5 * n), _first("abc"), _first([1, n]), _first({"a": n}), _first((n, "x")),
        _first(torch.ones(n)), _first(None), _first(o), _first([1.0]), _first(True),
    ]


def tensor_or_number(n: int) -> Tensor:
    total = torch.zeros(2)
    values: List[Union[Tensor, float]] = []
    for i in range(n):
        if i % 3 == 0:
            values.append(torch.full([2], float(i)))
        else:
            values.append(float(i) / 2)
    for v in values:
        if isinstance(v, Tensor):
            total = total + v
        else:
            total = total * v
    return total


def early_return(n: int) -> int:
    x: Union[int, List[int], None] = None
    if n == 1:
        x = 5
    if n == 2:
        x = [n, 7]
    if x is None:
        return -1
    if isinstance(x, int):
        return x
    x.append(3)
    return x[-2] + len(x)


def asserted(n: int) -> int:
    x: Union[int, str] = "text"
    if n > 1:
        x = n
    assert isinstance(x, int)
    return x + 1


def enums(n: int) -> Tuple[int, str, bool, bool, bool, List[int], str, float]:
    c = Color.RED
    if n == 1:
        c = Color.GREEN
    elif n > 1:
        c = Color.BLUE
    m = Mode.FAST if n > 0 else Mode.EXACT
    found: List[int] = []
    for each in Color:
        if each != c:
            found.append(each.value)
    l = [Color.RED, c]
    r = Rate.LOW if n == 0 else Rate.HIGH
    p = Point(n, c)
    return l[1].value, c.name + m.value, c == Color.GREEN, c != Color.RED, p.color == c, found, m.name, r.value


def _tint(c: Color, k: int = 2) -> int:
    if c == Color.RED:
        return k
    return c.value * k


def enums_through_functions(n: int) -> Tuple[int, int]:
    o: Optional[Color] = None
    if n > 1:
        o = Color.GREEN
    if o is not None:
        return _tint(o), _tint(Color.RED, k=n)
    return _tint(Color.BLUE), 0


def _raised(x: Tensor, a: Union[int, float]) -> Tuple[Tensor, Tensor, Tensor, bool, float]:
    return torch.pow(x, a), torch.clamp(x * a, min=a), x + a, torch.eq(a, 2.0), torch.div(1.0, a)


def numbers_of_two_types(n: int) -> Tuple[Tensor, Tensor, Tensor, bool, float]:
    if n == 2:
        return _raised(torch.arange(4.0), n)
    return _raised(torch.arange(4.0), n / 2)


@torch.jit.interface
class Shape:
    def area(self, k: float) -> float:
        pass

    def grow(self, by: float) -> None:
        pass

class Square:
    def __init__(self, s: float):
        self.s = s
    def area(self, k: float) -> float:
        return self.s * self.s * k
    def grow(self, by: float) -> None:
        self.s += by

class Circle:
    def __init__(self, r: float):
        self.r = r
        self.grown = 0
    def area(self, k: float) -> float:
        return 3.0 * self.r * self.r * k + self.grown
    def grow(self, by: float) -> None:
        self.r += by
        self.grown += 1

def _total(shapes: List[Shape], k: float) -> float:
    total = 0.0
    for s in shapes:
        total += s.area(k)
    return total

def _grown(s: Shape) -> float:
    s.grow(1.0)
    return s.area(1.0)

def interfaces(n: int) -> List[float]:
    square, circle = Square(2.0), Circle(1.5)
    some: Shape = square
    if n > 1:
        some = circle
    shapes: List[Shape] = [square, circle, some]
    return [_grown(square), _grown(some), _total(shapes, 0.5)]


def _kind(x: Any) -> str:
    if isinstance(x, list):
        return "list"
    if isinstance(x, (tuple, int)):
        return "tuple or int"
    return "other"


def kinds(n: int) -> List[str]:
    boxes: List[Any] = [n, [n], (n, n), 2.5, "s", None, [["a"]], [2.5], (n, ("a", 2.5)), torch.ones(n)]
    return [_kind(v) for v in boxes]


def _nested(x: Any) -> int:
    if torch.jit.isinstance(x, List[Tuple[int, str]]):
        return x[0][0]
    if torch.jit.isinstance(x, Dict[int, Tuple[str, List[float]]]):
        return len(x[1][1])
    if torch.jit.isinstance(x, (List[List[int]], Dict[str, List[str]])):
        return 7
    return -1


def nested_types(n: int) -> List[int]:
    boxes: List[Any] = [[(n, "a")], {1: ("a", [1.0, 2.0])}, [[n]], {"a": ["b"]}, n, [n], [[2.5]], (n, "a")]
    return [_nested(v) for v in boxes]


NOT_FOR_TORCH: List[str] = []
def _hash(x: Optional[int], s: Optional[str], u: Union[int, str, None], t: Tensor, o: Optional[Tensor]):
    of_tensors = hash(t) == hash(t), hash(o) == hash(o), hash((t, 1)) == hash((t, 1))
    return hash(x), hash(s), hash(u), hash((x, s)), of_tensors


def made_numbers(n: int):
    xs = [n, n * 0.75]
    total = 0.0
    whole = 0
    for x in xs:
        total += float(x)
        whole += int(x)
    some = _hash(n, "ab", n, torch.ones(2), torch.ones(2)), _hash(n, "ab", str(n), torch.ones(2), None)
    return total, whole, some, _hash(None, None, n + 1, torch.ones(2), None)


CASES = {
    "made_numbers": [(3,), (-5,)],
    "literals": [(1,), (5,)],
    "unions": [(0,), (1,), (2,), (3,)],
    "anything": [(0,), (3,)],
    "tensor_or_number": [(0,), (5,)],
    "kinds": [(3,)],
    "nested_types": [(3,)],
    "early_return": [(0,), (1,), (2,)],
    "asserted": [(1,), (2,)],
    "numbers_of_two_types": [(2,), (4,), (5,)],
    "interfaces": [(1,), (2,)],
    "enums": [(0,), (1,), (2,)],
    "enums_through_functions": [(1,), (2,)],
}
