"""Whole programs on texts, numbers and containers. Each function of CASES takes and gives plain values; torch.jit is the oracle."""

# ruff: noqa
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor


class Lexer:
    def __init__(self, text: str):
        self.text = text
        self.pos = 0

    def peek(self) -> str:
        return self.text[self.pos] if self.pos < len(self.text) else ""

    def next_token(self) -> Tuple[str, str]:
        while self.pos < len(self.text) and self.text[self.pos].isspace():
            self.pos += 1
        if self.pos >= len(self.text):
            return "end", ""
        c = self.text[self.pos]
        if c.isdigit() or c == ".":
            start = self.pos
            while self.pos < len(self.text) and (self.text[self.pos].isdigit() or self.text[self.pos] == "."):
                self.pos += 1
            return "num", self.text[start:self.pos]
        if c.isalpha():
            start = self.pos
            while self.pos < len(self.text) and self.text[self.pos].isalnum():
                self.pos += 1
            return "name", self.text[start:self.pos]
        self.pos += 1
        return "op", c


def shunting_yard(text: str, env: Dict[str, float]) -> Tuple[float, List[str]]:
    prec = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3, "%": 2}
    lex = Lexer(text)
    out: List[str] = []
    ops: List[str] = []
    kind, tok = lex.next_token()
    prev = "op"
    while kind != "end":
        if kind == "num" or kind == "name":
            out.append(tok)
        elif tok == "(":
            ops.append(tok)
        elif tok == ")":
            while len(ops) > 0 and ops[-1] != "(":
                out.append(ops.pop())
            if len(ops) == 0:
                raise ValueError("unbalanced ) at " + str(lex.pos))
            ops.pop()
        else:
            if tok not in prec:
                raise KeyError(tok)
            if prev == "op" and tok == "-":
                out.append("0")
            while len(ops) > 0 and ops[-1] != "(" and (prec[ops[-1]] > prec[tok] or (prec[ops[-1]] == prec[tok] and tok != "^")):
                out.append(ops.pop())
            ops.append(tok)
        prev = kind if tok != ")" else "num"
        kind, tok = lex.next_token()
    while ops:
        o = ops.pop()
        assert o != "(", "unbalanced ("
        out.append(o)
    st: List[float] = []
    for t in out:
        if t in prec:
            b, a = st.pop(), st.pop()
            if t == "+":
                st.append(a + b)
            elif t == "-":
                st.append(a - b)
            elif t == "*":
                st.append(a * b)
            elif t == "/":
                st.append(a / b)
            elif t == "%":
                st.append(a % b)
            else:
                st.append(a ** b)
        elif t in env:
            st.append(env[t])
        else:
            st.append(float(t))
    return st[0], out


def render(template: str, values: Dict[str, str], lists: Dict[str, List[str]]) -> str:
    out = ""
    rest = template
    while "{{" in rest:
        before, _, after = rest.partition("{{")
        tag, end, tail = after.partition("}}")
        if end == "":
            raise ValueError("missing }}")
        out += before
        tag = tag.strip()
        if tag.startswith("each "):
            name = tag[len("each "):]
            body, _, tail2 = tail.partition("{{end}}")
            for n, item in enumerate(lists[name]):
                out += body.replace("$item", item).replace("$i", str(n))
            tail = tail2
        elif "|" in tag:
            name, _, filt = tag.partition("|")
            v = values[name]
            if filt == "upper":
                v = v.upper()
            elif filt == "title":
                v = v.title()
            elif filt.startswith("pad"):
                v = v.rjust(int(filt[3:]), "0")
            out += v
        else:
            out += values.get(tag, "<" + tag + "?>")
        rest = tail
    return out + rest


def lcg(seed: int, n: int) -> Tuple[List[int], int, str]:
    x = seed
    out: List[int] = []
    h = 1469598103934665603
    for _ in range(n):
        x = x * 6364136223846793005 + 1442695040888963407
        out.append((x >> 33) & 0x7fffffff)
        h = (h ^ (x & 0xff)) * 1099511628211
    return out, h, hex(x & 0xffff)


def bits(n: int) -> Tuple[int, int, int, int, List[int]]:
    c = 0
    m = n
    while m != 0 and c < 64:
        m &= m - 1
        c += 1
    rev = 0
    for i in range(16):
        if (n >> i) & 1 == 1:
            rev |= 1 << (15 - i)
    return c, rev, n ^ (n >> 1), n << 3, [n // 7, n % 7, -n // 7, -n % 7, n // -7, n % -7]


def floats(a: float, b: float) -> Tuple[List[float], List[bool], List[str]]:
    vals = [a + b, a - b, a * b, a % b if b != 0 else 0.0, math.fmod(a, b) if b != 0 else 0.0, math.copysign(1.0, b), abs(a), -a, a / b if b != 0 else a / 0.0, float(round(a))]
    tests = [a < b, a == b, a != b, a >= b, math.isnan(a), math.isinf(b), a is a if False else True, bool(a), not b, a <= b and b <= a]
    return vals, tests, [str(a), str(-b), f"{a * b}", "%f" % a, "%e" % b, "%s" % a]


def nan_order(x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, bool]:
    s, i = x.sort()
    d = torch.sort(x, descending=True)[0]
    return s, i, d, x.max(), torch.nan_to_num(x).cumsum(0), bool((x == x).all())


def slices(x: List[int], a: int, b: int) -> List[List[int]]:
    out: List[List[int]] = []
    out.append(x[a:b])
    out.append(x[:b])
    out.append(x[a:])
    out.append(x[::2])
    out.append(x[::-1])
    out.append(x[b:a:1])
    out.append(x[-2:])
    out.append(x[:-1])
    y = x.copy()
    y.extend(x)
    y += [a]
    y.insert(0, b)
    y.insert(-1, 100)
    y.reverse()
    out.append(y)
    out.append(y * 2)
    y.remove(b)
    out.append([y.index(a), y.count(a), len(y)])
    z = sorted(y)
    out.append(z)
    y.sort(reverse=True)
    out.append(y)
    y.clear()
    out.append(y)
    return out


def dicts(keys: List[str]) -> Tuple[List[str], List[int], Dict[str, int], int]:
    d: Dict[str, int] = {}
    for i, k in enumerate(keys):
        d[k] = i
    d.update({"zz": 100, "a": -1})
    p = d.pop("zz")
    q = d.pop("nope", 7)
    d.setdefault("new", 5)
    d.setdefault("a", 99)
    e = d.copy()
    e["only"] = 1
    if "b" in d:
        del d["b"]
    g = d.get("a")
    total = p + q + (g if g is not None else 1000)
    last = ""
    for k in e:
        last += k
    items = [k + "=" + str(v) for k, v in d.items()]
    items.append(last)
    f = dict([(k, v) for k, v in e.items()])
    return items, list(d.values()), f, total + len(e)


def views(x: Tensor) -> List[Tensor]:
    y = x.clone()
    a, b = y.chunk(2, 0)
    a += 1
    b.mul_(2)
    rows = y.unbind(0)
    rows[0].fill_(9)
    d = y.diagonal()
    d.zero_()
    z = y.permute(1, 0)
    z[0] = torch.arange(z.size(1), dtype=torch.float32)
    s = y.narrow(0, 1, 2)
    s[:, -1] -= 100
    e = y[[0, 2]]
    e += 1000
    y[[1, 3], 1] = 5.5
    m = y > 8
    y[m] = -y[m]
    y[1:3, ::2] = y[1:3, ::2] * 0 + 7
    y[..., 0] += y[..., 1]
    y[-1] = y[0]
    f = y.flatten()
    f[0] = 77
    u = y.unsqueeze(1).squeeze()
    u[0, 1] = 0.25
    w = y.detach()
    w[2, 2] = -0.5
    r = y.reshape(-1, 2)
    r[0] = torch.tensor([1.5, 2.5])
    return [y, a, b, d, z, e, f, r]


def grades(rows: List[Tuple[str, int, float]]) -> List[str]:
    by: Dict[int, List[Tuple[float, str]]] = {}
    for name, cls, g in rows:
        if cls not in by:
            by[cls] = torch.jit.annotate(List[Tuple[float, str]], [])
        by[cls].append((g, name))
    out: List[str] = []
    for c in sorted([k for k in by.keys()]):
        l = by[c]
        l.sort(reverse=True)
        total = 0.0
        for g, _ in l:
            total += g
        out.append("{}: {} avg {}".format(c, [n for _, n in l], total / len(l)))
    return out


def matrix_chain(dims: List[int]) -> Tuple[int, str]:
    n = len(dims) - 1
    if n < 1:
        return 0, ""
    m = [[0 for _ in range(n)] for _ in range(n)]
    sp = [[0 for _ in range(n)] for _ in range(n)]
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            m[i][j] = 1 << 60
            for k in range(i, j):
                q = m[i][k] + m[k + 1][j] + dims[i] * dims[k + 1] * dims[j + 1]
                if q < m[i][j]:
                    m[i][j] = q
                    sp[i][j] = k
    out = ""
    stack: List[Tuple[int, int, str]] = [(0, n - 1, "")]
    while len(stack) > 0:
        i, j, text = stack.pop()
        if text != "":
            out += text
        elif i == j:
            out += "A" + str(i)
        else:
            k = sp[i][j]
            stack.append((0, 0, ")"))
            stack.append((k + 1, j, ""))
            stack.append((0, 0, " "))
            stack.append((i, k, ""))
            stack.append((0, 0, "("))
    return m[0][n - 1], out


NAN = float("nan")
CASES = {
    "shunting_yard": [("1 + 2 * (3 - 4) ^ 2 / x", {"x": 4.0}), ("-3 % 2", {}), ("2 ^ 3 ^ 2", {}), ("(1", {}), ("1)", {}), ("1 $ 2", {}), ("", {}), ("1 / 0", {})],
    "render": [("Hi {{ name }} {{name|upper}} {{each xs}}<$i:$item>{{end}} {{nope}} {{id|pad5}}", {"name": "bob", "id": "42"}, {"xs": ["p", "q"]}), ("{{", {}, {}), ("{{each z}}", {}, {}), ("plain", {}, {})],
    "lcg": [(1, 5), (-7, 3), (1 << 62, 4)],
    "bits": [(12345,), (0,), (-5,), (2**62 + 1,)],
    "floats": [(1.5, -2.25), (0.0, 0.0), (float("inf"), -1.0), (1e308, 10.0), (-0.0, 5.0)],
    "nan_order": [(torch.tensor([3.0, NAN, -1.0, float("inf"), 2.0]),), (torch.tensor([1.0]),)],
    "slices": [([1, 2, 3, 4, 5], 1, 3), ([], 0, 0), ([7], -5, 10), ([3, 1, 2], 2, 1)],
    "dicts": [(["a", "b", "c"],), ([],), (["x", "x"],)],
    "views": [(torch.arange(16.0).reshape(4, 4),), (torch.ones(4, 4),)],
    "grades": [([("ann", 1, 2.5), ("bob", 2, 3.0), ("cy", 1, 4.0), ("dee", 1, 4.0)],), ([],)],
    "matrix_chain": [([30, 35, 15, 5, 10, 20, 25],), ([2, 3],), ([1],)],
}
