"""Classes with operators and properties, contexts, refinement, aliases of nested containers, loops over Enums, for
tests.e2e.test_whole_programs."""

# ruff: noqa
import math
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import torch


class Color(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


class Vec:
    def __init__(self, x: float, y: float):
        self.x = x
        self.y = y
    def __add__(self, o: "Vec") -> "Vec":
        return Vec(self.x + o.x, self.y + o.y)
    def __sub__(self, o: "Vec") -> "Vec":
        return Vec(self.x - o.x, self.y - o.y)
    def __mul__(self, k: float) -> "Vec":
        return Vec(self.x * k, self.y * k)
    def __neg__(self) -> "Vec":
        return Vec(-self.x, -self.y)
    def __eq__(self, o: "Vec") -> bool:
        return self.x == o.x and self.y == o.y
    def __lt__(self, o: "Vec") -> bool:
        return self.norm < o.norm
    def __str__(self) -> str:
        return "<" + str(self.x) + "," + str(self.y) + ">"
    @property
    def norm(self) -> float:
        return math.sqrt(self.x * self.x + self.y * self.y)
    @staticmethod
    def unit(angle: float) -> "Vec":
        return Vec(math.cos(angle), math.sin(angle))


class Stack:
    def __init__(self, n: int = 4):
        self.items: List[int] = []
        self.limit = n
    def push(self, v: int) -> bool:
        if len(self.items) >= self.limit:
            return False
        self.items.append(v)
        return True
    def __len__(self) -> int:
        return len(self.items)
    def __getitem__(self, i: int) -> int:
        return self.items[i]
    def __setitem__(self, i: int, v: int) -> None:
        self.items[i] = v
    def __contains__(self, v: int) -> bool:
        return v in self.items
    def __call__(self, k: int) -> int:
        return sum(self.items) * k


class Pt(NamedTuple):
    x: int
    y: int = 7
    name: str = "p"


def vectors(n: int) -> Tuple[List[float], str, bool]:
    vs = [Vec(float(i), float(-i * 2)) for i in range(n)]
    total = Vec(0.0, 0.0)
    for v in vs:
        total = total + v * 2.0 - (-v)
    vs.sort(reverse=True)
    out = [v.norm for v in vs]
    u = Vec.unit(0.0)
    return out, str(total), u == Vec(1.0, 0.0)


def stack_ops(vals: List[int]) -> Tuple[int, bool, int, List[int]]:
    s = Stack()
    refused = 0
    for v in vals:
        if not s.push(v):
            refused += 1
    if len(s) > 1:
        s[0] = s[1] + 10
    s[-1] = s[-1] + 5
    return s(2), 3 in s, refused, s.items


def named(n: int) -> Tuple[int, str, Pt, bool]:
    p = Pt(n)
    q = Pt(x=1, y=2, name="q")
    x, y, nm = q
    ps = [p, q, Pt(0, 0)]
    best = ps[0]
    for r in ps:
        if r.x * r.y > best.x * best.y:
            best = r
    return x + p.y + p[0], nm + best.name, best, p.x == n


def refine(x: Optional[int], y: Optional[int]) -> int:
    if x is None and y is None:
        return -1
    if x is not None and y is not None and x > y:
        return x - y
    if x is None:
        x = 5
    if y is None:
        return x
    elif x == y:
        return 0
    else:
        return y * x


def refine_while(xs: List[Optional[int]]) -> int:
    i = 0
    cur: Optional[int] = xs[0]
    total = 0
    while cur is not None and i < 50:
        assert cur is not None
        total += cur
        i += 1
        if i >= len(xs):
            break
        cur = xs[i]
    return total


def alias_nest(n: int) -> Tuple[List[List[int]], Dict[str, List[int]]]:
    a = [1]
    b = [a, a, [n]]
    b[0].append(2)
    d = {"k": b[2], "a": a}
    d["k"].extend([9, 9])
    for row in b:
        row[0] += 10
    c = b[1]
    c += [7]
    e = a.copy()
    e.append(100)
    return b, d


def del_with(n: int) -> Tuple[List[int], Dict[int, str]]:
    x = [i * i for i in range(n)]
    del x[0]
    del x[-1]
    d = {i: str(i) for i in range(n)}
    del d[1]
    y = 3
    del y
    return x, d


def early(xs: List[int], t: int) -> int:
    for i, x in enumerate(xs):
        for j in range(i + 1, len(xs)):
            if x + xs[j] == t:
                return i * 100 + j
            if xs[j] < 0:
                break
        else_flag = False
        if x == 99:
            continue
    return -1


class Op(Enum):
    ADD = "+"
    MUL = "*"


class Account:
    count: int
    def __init__(self, owner: str, balance: float = 0.0):
        self.owner = owner
        self._balance = balance
        self.log: List[Tuple[str, float]] = []
    @property
    def balance(self) -> float:
        return self._balance
    @balance.setter
    def balance(self, v: float):
        self.log.append(("set", v))
        self._balance = v
    def transfer(self, other: "Account", amount: float) -> bool:
        if amount > self._balance:
            return False
        self.balance = self.balance - amount
        other.balance = other.balance + amount
        return True


class Ctx:
    def __init__(self, log: List[str], name: str):
        self.log = log
        self.name = name
    def __enter__(self) -> str:
        self.log.append("in " + self.name)
        return self.name
    def __exit__(self, a: Any, b: Any, c: Any):
        self.log.append("out " + self.name)


def bank(x: float) -> Tuple[float, float, List[Tuple[str, float]], bool]:
    a = Account("a", 10.0)
    b = Account("b")
    ok = a.transfer(b, x)
    c = a
    c.balance = c.balance * 2
    return a.balance, b.balance, a.log + b.log, ok


def contexts(n: int) -> List[str]:
    log: List[str] = []
    for i in range(n):
        with Ctx(log, "a" + str(i)) as nm, Ctx(log, "b"):
            if i == 1:
                continue
            if i == 3:
                break
            log.append(nm)
    return log


def ctx_return(n: int) -> int:
    log: List[str] = []
    with Ctx(log, "x"):
        if n > 2:
            return len(log)
    return len(log) * 10


def apply_op(op: Op, a: int, b: int) -> int:
    if op == Op.ADD:
        return a + b
    elif op == Op.MUL:
        return a * b
    return -1


def fold_ops(n: int) -> int:
    ops = [Op.ADD, Op.MUL, Op.ADD]
    r = n
    for o in ops:
        r = apply_op(o, r, 3)
    return r


def gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def shadow(x: int) -> str:
    y = 1
    if x > 0:
        z = "a"
        y = 2
    else:
        z = "b"
    for y in range(x):
        z += str(y)
    return z + str(y)


def opt_chain(d: Dict[str, Optional[int]], k: str) -> int:
    v = d.get(k)
    if v is None:
        return -1
    w: Optional[int] = v
    assert w is not None, "never"
    return w + 1


def ternary(x: Optional[str], n: int) -> str:
    s = x if x is not None else "none"
    t = "neg" if n < 0 else "zero" if n == 0 else "pos"
    return s + t


def multi_assign(n: int) -> Tuple[int, int, List[int]]:
    a = b = c = [n]
    b.append(1)
    (x, y), z = (len(a), len(b)), c
    return x, y, z


def ret_none(x: List[int]) -> None:
    x.append(1)


def uses_none(n: int) -> int:
    l = [n]
    ret_none(l)
    r = ret_none(l)
    return len(l) + (1 if r is None else 0)


def asserts(n: int) -> int:
    assert n > 0, f"n must be positive, got {n}"
    assert isinstance(n, int)
    if n > 10:
        raise ValueError("too big: {}".format(n))
    return n


def enum_loops(n: int) -> Tuple[List[int], str]:
    out: List[int] = []
    for m in Color:
        if m.value == n:
            continue
        out.append(m.value)
    names = ""
    for m in Color:
        if m == Color.BLUE:
            break
        names += m.name
    return out, names


CASES = {
    "vectors": [(0,), (1,), (5,)],
    "stack_ops": [([1, 2, 3],), ([3, 4, 5, 6, 7, 8],), ([1],), ([],)],
    "named": [(3,), (9,)],
    "refine": [(None, None), (1, None), (None, 3), (5, 3), (3, 3), (2, 3)],
    "refine_while": [([1, 2, None, 4],), ([None],), ([1, 2],)],
    "alias_nest": [(4,)],
    "del_with": [(4,), (2,)],
    "early": [([1, 2, 3, 4], 7), ([5, -1, 3], 8), ([], 1), ([99, 1], 100)],
    "bank": [(5.0,), (50.0,)],
    "contexts": [(5,), (2,)],
    "ctx_return": [(1,), (5,)],
    "fold_ops": [(4,)],
    "gcd": [(48, 36)],
    "shadow": [(0,), (3,)],
    "opt_chain": [({"a": 1, "b": None}, "a"), ({"a": 1, "b": None}, "b"), ({"a": 1}, "c")],
    "ternary": [(None, 0), ("x", -1), ("y", 4)],
    "multi_assign": [(3,)],
    "uses_none": [(1,)],
    "asserts": [(1,), (0,), (11,)],
    "enum_loops": [(1,), (3,), (9,)],
}
