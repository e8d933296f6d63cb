"""Whole programs that lean on the type system: inference, refinement, unions, classes, named tuples, aliases. Each function of CASES takes and gives plain values; torch.jit is the oracle."""

# ruff: noqa
import collections
import dataclasses
from collections import namedtuple
from dataclasses import InitVar, dataclass, field
from enum import Enum, Flag, IntEnum, auto
from typing import Any, ClassVar, Dict, List, NamedTuple, Optional, Tuple, Union

import sys
from math import *
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if sys.version_info >= (3, 8):
    from math import comb as unused_function

    def chosen(x: float) -> float:
        return sqrt(x) + pow(x, 2) + gcd(4, 6)
else:
    def chosen(x: float) -> str:
        return "of an old Python"

try:
    import torch.nn.functional as functional
except ImportError:
    functional = None

if TYPE_CHECKING:
    from nowhere import Nothing

State = namedtuple("State", "h c")
Row = NamedTuple("Row", [("n", int), ("tag", Optional[str]), ("state", State)])
Triple = collections.namedtuple("Triple", ["x", "y", "z"])


def made_tuples(x: Tensor, steps: int) -> Tuple[Tensor, List[str], int]:
    rows: List[Row] = []
    s = State(x, c=torch.ones_like(x))
    for i in range(steps):
        s = State(s.h + s.c, s.c * 2)
        rows.append(Row(i, None if i % 2 == 0 else str(i), s))
    tags: List[str] = []
    n = 0
    for row in rows:
        tag = row.tag
        tags.append(tag if tag is not None else "-")
        n += row.n * 10
    t = Triple(z=x, x=s.h, y=s.c)
    a, b, c = t
    return a + b + t.z - c, tags, n


def falls_off(x: int):
    if x > 0:
        return x * 2


def falls_off_twice(x: int) -> Tuple[int, bool]:
    a, b = falls_off(x), falls_off(-x)
    n = 0
    for found in [a, b]:
        n += found if found is not None else 100
    return n, a is None and b is None


def any_is_something(xs: List[int]) -> List[str]:
    held: List[Any] = [1, "text", xs]
    out: List[str] = []
    for h in held:
        if h is not None and isinstance(h, int):
            out.append("int")
        elif h is not None and isinstance(h, str):
            out.append(h)
        else:
            out.append("other")
    return out


@torch.jit.script
@dataclass(order=True)
class Release:
    major: int
    minor: Optional[int] = None
    notes: str = field(default="", compare=False)
    UNIT: ClassVar[str] = "v"

    def label(self) -> str:
        minor = self.minor
        return str(self.major) if minor is None else f"{self.major}.{minor}"


@torch.jit.script
@dataclass(slots=True, unsafe_hash=True)
class Budget:
    total: int = field(kw_only=True)
    name: str = dataclasses.field(default="b", repr=False, metadata={"unit": "m"})
    percent: InitVar[int] = 50
    device: torch.device = torch.device("cpu")
    left: int = 0

    def __post_init__(self, percent: int):
        self.left = self.total * percent // 100


class Limits:
    HIGHEST = 9
    names: List[str] = []

    def __init__(self, low: int):
        self.low = low


def releases(pairs: List[Tuple[int, Optional[int]]]) -> Tuple[List[str], List[bool]]:
    found: List[Release] = []
    for major, minor in pairs:
        found.append(Release(major, minor, "n" + str(len(found))))
    equal = [a == b for a, b in zip(found, found[1:])]
    equal.append(Release(3) == Release(3, notes="other"))
    for i in range(1, len(found)):
        j = i
        while j > 0 and found[j] < found[j - 1]:
            found[j], found[j - 1] = found[j - 1], found[j]
            j -= 1
    return [r.label() + r.notes for r in found], equal


def budgets(total: int) -> Tuple[int, int, str, bool, int]:
    a, b = Budget(total=total), Budget("c", 10, total=total)
    return a.left, b.left, a.name + b.name, a == Budget(total=total), Limits(total).low


class Bit(Enum):
    LOW = 1 << 2
    HIGH = LOW + 1
    ALL = ~0

    def describe(self) -> str:
        return "of Python alone"


class Level(IntEnum):
    DEBUG = 10
    ERROR = auto()


class Access(Flag):
    READ = auto()
    WRITE = auto()
    BOTH = READ | WRITE


class Named(Enum):
    @property
    def shown(self) -> str:
        return "of Python alone"


class Unit(Named):
    METRE = "k" + "m"


def enum_kinds(n: int) -> Tuple[List[int], List[str], Dict[str, int]]:
    values = [b.value for b in Bit]
    names: List[str] = [Unit.METRE.value]
    seen: Dict[str, int] = {}
    level = Level.DEBUG
    for access in Access:
        names.append(access.name)
        if access.value > n:
            level = Level.ERROR
        seen[level.name] = seen.get(level.name, 0) + level.value
    return values, names, seen


class Lexer:
    class Token(NamedTuple):
        kind: int
        text: str = ""

    class Kind(Enum):
        NUMBER = "n"
        OTHER = "o"

    class Failure:
        def __init__(self, at: int):
            self.at = at

        def shifted(self, by: int) -> int:
            return self.at + by

    def __init__(self, text: str):
        self.text = text


def nested_classes(text: str, x: Tensor) -> Tuple[List[str], int, Tensor]:
    lexer = Lexer(text)
    out: List[str] = []
    failure = Lexer.Failure(-10)
    for i, c in enumerate(lexer.text):
        if c == "!":
            failure = Lexer.Failure(i)
            break
        token = Lexer.Token(i, c)
        kind = Lexer.Kind.NUMBER if c.isdigit() else Lexer.Kind.OTHER
        out.append(kind.name + token.text + str(token.kind))
    return out, failure.shifted(1), functional.relu(x) + chosen(2.0)


CASES: Dict[str, List[Tuple[Any, ...]]] = {
    "made_tuples": [(torch.tensor([1.0, -2.0]), 3), (torch.zeros(1), 0)],
    "falls_off_twice": [(3,), (0,), (-2,)],
    "releases": [([(2, 1), (1, 5), (1, 2), (1, 2)],), ([(1, None), (1, None)],), ([(1, 1), (1, None)],), ([],)],
    "budgets": [(200,), (-3,)],
    "enum_kinds": [(0,), (1,), (5,)],
    "nested_classes": [("1a!2", torch.tensor([-1.0, 2.0])), ("", torch.ones(1))],
    "any_is_something": [([1, 2],), ([],)],
}
