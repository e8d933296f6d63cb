"""Whole programs with classes, enums, named tuples, contexts and aliases. Each function of CASES takes and gives plain values; torch.jit is the oracle."""

# ruff: noqa
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor


class Account:
    rate: float
    def __init__(self, owner: str, balance: float = 0.0):
        self.owner = owner
        self.balance = balance
        self.history: List[Tuple[str, float]] = []

    def deposit(self, amount: float):
        if amount <= 0:
            raise ValueError(f"bad amount {amount}")
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount: float) -> bool:
        if amount > self.balance:
            self.history.append(("refused", amount))
            return False
        self.balance -= amount
        self.history.append(("withdraw", amount))
        return True

    def __lt__(self, other: "Account") -> bool:
        return self.balance < other.balance


class Bank:
    def __init__(self):
        self.accounts: Dict[str, Account] = {}
        self.log: List[str] = []

    def open(self, name: str, initial: float = 10.0) -> Account:
        a = Account(name, initial)
        self.accounts[name] = a
        return a

    def transfer(self, src: str, dst: str, amount: float) -> bool:
        ok = self.accounts[src].withdraw(amount)
        if ok:
            self.accounts[dst].deposit(amount)
        self.log.append("%s->%s %s %s" % (src, dst, amount, ok))
        return ok


def bank_sim(moves: List[Tuple[str, str, float]]) -> Tuple[List[str], List[float], int]:
    bank = Bank()
    for s, d, _ in moves:
        for n in [s, d]:
            if n not in bank.accounts:
                bank.open(n)
    bank.open("vip", 1e6)
    for s, d, amount in moves:
        bank.transfer(s, d, amount)
    accts = [a for a in bank.accounts.values()]
    accts.sort(reverse=True)
    total = 0
    for a in accts:
        total += len(a.history)
        print(a.owner, a.balance, a.history)
    return bank.log, [a.balance for a in accts], total


class Light(Enum):
    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"


def next_light(l: Light, night: bool) -> Light:
    if night:
        return Light.YELLOW
    if l == Light.RED:
        return Light.GREEN
    elif l == Light.GREEN:
        return Light.YELLOW
    return Light.RED


def traffic(n: int, night_from: int) -> Tuple[str, Dict[str, int]]:
    l = Light.RED
    counts: Dict[str, int] = {}
    path: List[str] = []
    for i in range(n):
        counts[l.name] = counts.get(l.name, 0) + 1
        path.append(l.value)
        l = next_light(l, i >= night_from)
    print(l, Light.GREEN == l, [x.name for x in Light])
    return ",".join(path), counts


@torch.jit.script
@dataclass
class Vec3:
    x: float
    y: float
    z: float = 0.0

    def dot(self, o: "Vec3") -> float:
        return self.x * o.x + self.y * o.y + self.z * o.z

    def cross(self, o: "Vec3") -> "Vec3":
        return Vec3(self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x)

    def __add__(self, o: "Vec3") -> "Vec3":
        return Vec3(self.x + o.x, self.y + o.y, self.z + o.z)

    def __mul__(self, k: float) -> "Vec3":
        return Vec3(self.x * k, self.y * k, self.z * k)

    @property
    def norm(self) -> float:
        return math.sqrt(self.dot(self))


def ray_sphere(ox: float, oy: float, oz: float) -> Tuple[bool, float, List[float]]:
    o = Vec3(ox, oy, oz)
    d = Vec3(0.6, 0.8)
    c = o.dot(o) - 1.0
    b = 2.0 * o.dot(d)
    disc = b * b - 4.0 * c
    if disc < 0:
        return False, -1.0, [o.cross(d).norm]
    t = (-b - math.sqrt(disc)) / 2.0
    hit = o + d * t
    return True, t, [hit.x, hit.y, hit.z, hit.norm, d.norm]


class Body:
    def __init__(self, x: float, v: float, m: float):
        self.x = x
        self.v = v
        self.m = m
        self.id = 0

    def step(self, dt: float) -> None:
        self.x += self.v * dt

    @property
    def momentum(self) -> float:
        return self.m * self.v

    def __lt__(self, o: "Body") -> bool:
        return self.x < o.x


def collide(xs: List[float], vs: List[float], steps: int) -> Tuple[List[float], List[int], float, int]:
    bodies = [Body(x, v, 1.0 + i) for i, (x, v) in enumerate(zip(xs, vs))]
    for i, b in enumerate(bodies):
        b.id = i
    hits = 0
    for _ in range(steps):
        for b in bodies:
            b.step(0.1)
        bodies.sort()
        for i in range(len(bodies) - 1):
            a, b = bodies[i], bodies[i + 1]
            if b.x - a.x < 0.1 and a.v > b.v:
                va = (a.v * (a.m - b.m) + 2 * b.m * b.v) / (a.m + b.m)
                vb = (b.v * (b.m - a.m) + 2 * a.m * a.v) / (a.m + b.m)
                a.v, b.v = va, vb
                hits += 1
    p = 0.0
    for b in bodies:
        p += b.momentum
    return [b.x for b in bodies], [b.id for b in bodies], p, hits


class Timer:
    def __init__(self, name: str, log: List[str]):
        self.name = name
        self.log = log
        self.depth = 0

    def __enter__(self) -> "Timer":
        self.log.append("enter " + self.name)
        self.depth += 1
        return self

    def __exit__(self, type: Any, value: Any, tb: Any) -> None:
        self.log.append("exit " + self.name)
        self.depth -= 1


def nested_with(n: int) -> Tuple[List[str], int]:
    log: List[str] = []
    total = 0
    with Timer("a", log) as a:
        with Timer("b", log), Timer("c", log) as c:
            total += n + c.depth
        total += a.depth
        if n > 2:
            total *= 10
    for i in range(n):
        with Timer(str(i), log):
            if i % 2 == 0:
                total += i
    return log, total


class Event:
    def __init__(self, time: float, kind: str, payload: Optional[int] = None):
        self.time = time
        self.kind = kind
        self.payload = payload

    def __lt__(self, other: "Event") -> bool:
        if self.time == other.time:
            return self.kind < other.kind
        return self.time < other.time


def schedule(jobs: List[Tuple[float, int]], until: float) -> List[str]:
    q: List[Event] = [Event(t, "start", i) for i, (t, _) in enumerate(jobs)]
    out: List[str] = []
    busy = False
    waiting: List[int] = []
    while len(q) > 0:
        q.sort()
        e = q.pop(0)
        if e.time > until:
            out.append("timeout")
            break
        p = e.payload
        assert p is not None
        if e.kind == "start":
            if busy:
                waiting.append(p)
                out.append(f"{e.time}: {p} waits")
                continue
            busy = True
            q.append(Event(e.time + jobs[p][1], "done", p))
            out.append(f"{e.time}: {p} starts")
        elif e.kind == "done":
            busy = False
            out.append(f"{e.time}: {p} done")
            if waiting:
                q.append(Event(e.time, "start", waiting.pop(0)))
    return out


def deep(m: Dict[str, List[Dict[int, Tuple[float, str]]]]) -> Tuple[float, List[str], int]:
    total = 0.0
    names: List[str] = []
    depth = 0
    for key, rows in m.items():
        for row in rows:
            for k, (v, name) in row.items():
                total += k * v
                names.append(key + "/" + str(k) + "/" + name)
                depth = max(depth, k)
    print(m)
    return total, names, depth


def alias(n: int) -> Tuple[List[List[int]], List[int], int]:
    row = [0] * 3
    grid = [row, row, row.copy()]
    grid[0][1] = n
    other = grid
    other[2] += [n]
    grid[2].append(n * 2)
    row.extend([7])
    def_len = len(grid[1])
    s = grid[0:2]
    s[0] = [99]
    s[1].pop()
    t = [g for g in grid]
    t.append([1])
    a, b = grid[0], grid[2]
    a, b = b, a
    a[0] = -5
    return grid, b, def_len + len(t)


def tensor_alias(x: Tensor) -> Tuple[Tensor, Tensor, Tensor, float]:
    y = x.clone()
    v = y[1]
    w = y.view(-1)
    z = y.t()
    v += 10
    w[0] = -1.0
    z[2, 0] = 42
    y[y > 10.5] *= 2
    mask = y < 0
    y[mask] = y[mask] + 0.5
    d = {"a": y, "b": y[:, 1]}
    d["b"].mul_(3)
    lst = [y, v]
    lst[1][0] = 7
    e = y.expand(2, 2, 3)
    y[0, 2] = 123.
    s = e.sum().item()
    return y, v, w[2:4], float(s)


class Validator:
    def __init__(self, lo: int, hi: int):
        assert lo <= hi, "lo must not exceed hi: " + str(lo) + " > " + str(hi)
        self.lo = lo
        self.hi = hi

    def check(self, v: int) -> int:
        if v < self.lo:
            raise IndexError("too small: {} < {}".format(v, self.lo))
        if v > self.hi:
            raise KeyError(f"too big {v}")
        return v


def validate(lo: int, hi: int, vals: List[int]) -> int:
    c = Validator(lo, hi)
    s = 0
    for v in vals:
        s += c.check(v)
    if s == 13:
        raise Exception("unlucky")
    if s == 14:
        raise RuntimeError
    if s == 15:
        raise NotImplementedError("later", s)
    return s


def defaults(a: int, b: int = 3, c: Optional[List[int]] = None, d: str = "x", e: Tuple[int, float] = (1, 2.0), f: bool = True) -> str:
    if c is None:
        c = [a, b]
    c.append(e[0])
    return d + str(sum(c)) + str(f) + str(e)


def call_defaults(n: int) -> List[str]:
    return [defaults(n), defaults(n, 1), defaults(n, c=[1, 2]), defaults(a=n, d="z", f=False), defaults(n, 2, None, "q", (5, 0.5))]


CASES = {
    "bank_sim": [([("ann", "bob", 5.0), ("bob", "cy", 100.0), ("cy", "ann", 2.5)],), ([],)],
    "traffic": [(7, 5), (0, 0), (3, 100)],
    "ray_sphere": [(-3.0, -4.0, 0.0), (5.0, -4.0, 1.0), (0.0, 0.0, 0.0)],
    "collide": [([0.0, 1.0, 3.0], [1.0, -0.5, -2.0], 20), ([], [], 3), ([1.0], [2.0], 5)],
    "nested_with": [(0,), (1,), (4,)],
    "schedule": [([(0.0, 3), (1.0, 2), (1.5, 1), (9.0, 1)], 20.0), ([(0.0, 30), (1.0, 1)], 5.0), ([], 1.0)],
    "deep": [({"a": [{1: (0.5, "x"), 3: (2.0, "y")}, {}], "b": []},), ({},)],
    "alias": [(4,)],
    "tensor_alias": [(torch.arange(6.).reshape(2, 3),), (torch.full((2, 3), 3.0),)],
    "validate": [(0, 10, [1, 2]), (5, 1, []), (0, 10, [-1]), (0, 10, [11]), (0, 10, [6, 7]), (0, 10, [7, 7]), (0, 10, [7, 8])],
    "call_defaults": [(1,), (-4,)],
}
