"""Whole programs with unions, instances and tensors held in containers and seen through aliases. Each function of CASES takes and gives plain values; torch.jit is the oracle."""

# ruff: noqa
import math
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor


class Kind(Enum):
    NUM = 0
    OP = 1
    PAREN = 2


class Tok(NamedTuple):
    kind: Kind
    text: str
    value: Optional[float] = None


def prec(op: str) -> int:
    if op == "+" or op == "-":
        return 1
    elif op in "*/":
        return 2
    elif op == "^":
        return 3
    raise ValueError(f"bad op {op}")


def lex(s: str) -> List[Tok]:
    out: List[Tok] = []
    i = 0
    while i < len(s):
        c = s[i]
        if c.isspace():
            i += 1
            continue
        if c.isdigit() or c == ".":
            j = i
            while j < len(s) and (s[j].isdigit() or s[j] == "."):
                j += 1
            out.append(Tok(Kind.NUM, s[i:j], float(s[i:j])))
            i = j
        elif c in "()":
            out.append(Tok(Kind.PAREN, c))
            i += 1
        else:
            out.append(Tok(Kind.OP, c))
            i += 1
    return out


def rpn(s: str) -> Union[float, str]:
    out: List[Union[float, str]] = []
    ops: List[str] = []
    for t in lex(s):
        v = t.value
        if v is not None:
            out.append(v)
        elif t.kind == Kind.OP:
            while len(ops) > 0 and ops[-1] != "(" and (prec(ops[-1]) > prec(t.text) or (prec(ops[-1]) == prec(t.text) and t.text != "^")):
                out.append(ops.pop())
            ops.append(t.text)
        elif t.text == "(":
            ops.append("(")
        else:
            while len(ops) > 0 and ops[-1] != "(":
                out.append(ops.pop())
            if len(ops) == 0:
                return "unbalanced )"
            ops.pop()
    while len(ops) > 0:
        o = ops.pop()
        if o == "(":
            return "unbalanced ("
        out.append(o)
    st: List[float] = []
    for x in out:
        if isinstance(x, float):
            st.append(x)
        else:
            if len(st) < 2:
                return "too few operands for " + x
            b = st.pop()
            a = st.pop()
            if x == "+":
                st.append(a + b)
            elif x == "-":
                st.append(a - b)
            elif x == "*":
                st.append(a * b)
            elif x == "/":
                if b == 0:
                    return "division by zero"
                st.append(a / b)
            else:
                st.append(math.pow(a, b))
    if len(st) == 1:
        return st[0]
    return "no value"


def evaluate(s: str) -> Tuple[float, str]:
    r = rpn(s)
    if isinstance(r, str):
        return 0.0, r
    return r, ""


class Undo:
    def __init__(self, x: Tensor):
        self.x = x
        self.stack: List[Tuple[str, int, Union[float, Tensor]]] = []

    def set(self, i: int, v: float):
        self.stack.append(("set", i, float(self.x[i])))
        self.x[i] = v

    def scale(self, k: float):
        self.stack.append(("scale", -1, self.x.clone()))
        self.x *= k

    def undo(self) -> bool:
        if len(self.stack) == 0:
            return False
        what, i, old = self.stack.pop()
        if isinstance(old, float):
            self.x[i] = old
        else:
            self.x.copy_(old)
        return True


def undo(x: Tensor, steps: int) -> Tuple[Tensor, List[bool]]:
    u = Undo(x)
    alias = u.x[0:2]
    u.set(0, 5.0)
    u.scale(2.0)
    u.set(1, 7.0)
    alias += 0.25
    return alias, [u.undo() for _ in range(steps)]


class Ring:
    def __init__(self, n: int, d: int):
        self.data = torch.zeros(n, d)
        self.views: List[Tensor] = [self.data[i] for i in range(n)]
        self.head = 0
        self.total = self.data.view(-1)

    def push(self, x: Tensor) -> Tensor:
        v = self.views[self.head]
        v.copy_(x)
        self.head = (self.head + 1) % len(self.views)
        return v


def ring(x: Tensor, n: int) -> Tuple[Tensor, Tensor, Tensor]:
    r = Ring(3, x.size(0))
    last = r.data[0]
    for i in range(n):
        last = r.push(x + i)
        last[0] = -1.0
    r.total[0] = 99.0
    s = r.data[:, 0]
    s += 0.5
    return r.data, r.views[0], last


class Link:
    def __init__(self, v: int):
        self.v = v
        self.meta = torch.jit.annotate(Optional[Tuple[str, List[int]]], None)
        self.w = torch.jit.annotate(Optional[Tensor], None)


def links(n: int, x: Tensor) -> Tuple[int, Tensor, List[str]]:
    ls = [Link(i) for i in range(n)]
    for i, l in enumerate(ls):
        if i % 2 == 0:
            l.meta = ("m" + str(i), [i])
        if i % 3 == 0:
            l.w = x[i % x.size(0)]
    t = 0
    acc = torch.zeros_like(x[0])
    names: List[str] = []
    for l in ls:
        m, w = l.meta, l.w
        if m is not None:
            name, lst = m
            lst.append(l.v * 2)
            names.append(name)
            t += sum(lst)
        if w is not None and m is not None:
            w += 1
            acc = acc + w
        elif w is not None:
            acc = acc - w
    m0 = ls[0].meta if n > 0 else None
    if m0 is not None:
        t += len(m0[1]) * 1000
    return t, acc, names


def any_roundtrip(xs: List[int], k: int) -> Tuple[int, str]:
    store: Dict[str, Any] = {}
    store["xs"] = xs
    store["k"] = k
    store["t"] = torch.ones(2)
    store["n"] = Held(k)
    total = 0
    kinds = ""
    for name, v in store.items():
        if torch.jit.isinstance(v, List[int]):
            v.append(k)
            total += len(v)
            kinds += "L"
        elif isinstance(v, int):
            total += v
            kinds += "I"
        elif isinstance(v, Tensor):
            v = v + 1
            total += int(v.sum())
            kinds += "T"
        elif isinstance(v, Held):
            v.v += 100
            total += v.v
            kinds += "N"
    nd = store["n"]
    assert isinstance(nd, Held)
    return total + nd.v + len(xs), kinds


class Held:
    def __init__(self, v: int):
        self.v = v


@torch.jit.script
class Circle:
    def __init__(self, r: float):
        self.r = r

    def area(self) -> float:
        return 3.0 * self.r * self.r


@torch.jit.script
class Rect:
    def __init__(self, a: float, b: float):
        self.a = a
        self.b = b

    def area(self) -> float:
        return self.a * self.b


def area(s: Union[Circle, Rect]) -> float:
    if isinstance(s, Circle):
        return s.area()
    return s.area() + s.a


def areas(n: int) -> Tuple[float, int]:
    shapes: List[Union[Circle, Rect]] = []
    for i in range(n):
        if i % 2 == 0:
            shapes.append(Circle(float(i)))
        else:
            shapes.append(Rect(float(i), 2.0))
    t = 0.0
    circles = 0
    for s in shapes:
        t += area(s)
        if isinstance(s, Circle):
            s.r += 1
            circles += 1
    d: Dict[str, Union[Circle, Rect]] = {"x": shapes[0]} if n > 0 else {}
    for k in d:
        t += area(d[k])
    return t, circles


class Slots:
    def __init__(self, n: int, d: int):
        self.buf = torch.zeros(n, d)
        self.free: List[int] = [n - 1 - i for i in range(n)]
        self.live: Dict[int, Tensor] = {}

    def alloc(self) -> Tuple[int, Tensor]:
        if len(self.free) == 0:
            raise RuntimeError("pool exhausted")
        i = self.free.pop()
        v = self.buf[i]
        self.live[i] = v
        return i, v

    def release(self, i: int):
        self.live[i].zero_()
        self.live.pop(i)
        self.free.append(i)


def slots(ops: List[int]) -> Tuple[Tensor, List[int], Tensor]:
    p = Slots(3, 2)
    keep: Optional[Tensor] = None
    for o in ops:
        if o >= 0:
            i, v = p.alloc()
            v += float(o)
            if keep is None:
                keep = v
        else:
            p.release(-o - 1)
    assert keep is not None, "nothing kept"
    return p.buf, sorted(p.live.keys()), keep


class Beam(NamedTuple):
    score: float
    toks: List[int]
    state: Tensor


def beam(logits: Tensor, k: int) -> Tuple[List[List[int]], List[float], Tensor]:
    beams = [Beam(0.0, [0], torch.zeros(2))]
    for t in range(logits.size(0)):
        cand: List[Tuple[float, int, int]] = []
        for bi, b in enumerate(beams):
            for v in range(logits.size(1)):
                cand.append((b.score + float(logits[t, v]) - 0.1 * bi, bi, v))
        cand.sort(reverse=True)
        nxt: List[Beam] = []
        for s, bi, v in cand[:k]:
            b = beams[bi]
            nxt.append(Beam(s, b.toks + [v], b.state + v))
        beams = nxt
    return [b.toks for b in beams], [b.score for b in beams], beams[0].state


CASES = {
    "evaluate": [("1+2*3",), ("(1+2)*3^2",), ("2^3^2",), ("1/0",), ("(1",), ("1)",), ("+",), ("",), ("4 % 2",)],
    "undo": [(torch.ones(3), 0), (torch.ones(3), 2), (torch.ones(3), 4)],
    "ring": [(torch.arange(2.0), 4), (torch.ones(1), 0)],
    "links": [(5, torch.arange(6.0).reshape(3, 2)), (0, torch.ones(1, 2))],
    "any_roundtrip": [([1, 2], 3), ([], 0)],
    "areas": [(0,), (5,)],
    "slots": [([1, 2, -1, 5],), ([1, 1, 1, 1],), ([],), ([3],)],
    "beam": [(torch.tensor([[0.1, 0.9], [0.8, 0.2]]), 2), (torch.zeros(0, 2), 1)],
}
