"""Whole programs: graphs, parsers, caches, machines. Each function of CASES takes and gives plain values; torch.jit is the oracle."""

# ruff: noqa
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor


class DSU:
    def __init__(self, n: int):
        self.parent = [i for i in range(n)]
        self.rank = [0] * n
        self.count = n

    def find(self, x: int) -> int:
        root = x
        while self.parent[root] != root:
            root = self.parent[root]
        while self.parent[x] != root:
            nxt = self.parent[x]
            self.parent[x] = root
            x = nxt
        return root

    def union(self, a: int, b: int) -> bool:
        ra, rb = self.find(a), self.find(b)
        if ra == rb:
            return False
        if self.rank[ra] < self.rank[rb]:
            ra, rb = rb, ra
        self.parent[rb] = ra
        if self.rank[ra] == self.rank[rb]:
            self.rank[ra] += 1
        self.count -= 1
        return True


def kruskal(edges: List[Tuple[float, int, int]], n: int) -> Tuple[float, List[Tuple[int, int]], int]:
    dsu = DSU(n)
    total = 0.
    picked: List[Tuple[int, int]] = []
    for e in sorted(edges):
        w, u, v = e
        if dsu.union(u, v):
            total += w
            picked.append((u, v))
        if len(picked) == n - 1:
            break
    return total, picked, dsu.count


def toposort(deps: Dict[str, List[str]]) -> List[str]:
    indeg: Dict[str, int] = {}
    for k, vs in deps.items():
        indeg.setdefault(k, 0)
        for v in vs:
            indeg.setdefault(v, 0)
            indeg[k] += 1
    ready = [k for k in indeg.keys()]
    order: List[str] = []
    done: Dict[str, bool] = {}
    progress = True
    while progress:
        progress = False
        for k in ready:
            if k in done:
                continue
            ok = True
            if k in deps:
                for d in deps[k]:
                    if d not in done:
                        ok = False
                        break
            if ok:
                done[k] = True
                order.append(k)
                progress = True
    if len(order) != len(indeg):
        stuck = [k for k in ready]
        for k in order:
            stuck.remove(k)
        raise ValueError("cycle among " + ", ".join(stuck))
    return order


def astar(grid: List[str]) -> Tuple[int, List[str]]:
    h = len(grid)
    w = len(grid[0])
    start = (-1, -1)
    goal = (-1, -1)
    for r in range(h):
        for c in range(w):
            if grid[r][c] == 'S':
                start = (r, c)
            elif grid[r][c] == 'G':
                goal = (r, c)
    g: Dict[int, int] = {start[0] * w + start[1]: 0}
    came: Dict[int, int] = {}
    frontier: List[Tuple[int, int, int]] = [(abs(start[0] - goal[0]) + abs(start[1] - goal[1]), start[0], start[1])]
    while frontier:
        frontier.sort(reverse=True)
        f, r, c = frontier.pop()
        if (r, c) == goal:
            break
        for dr, dc in [(0, 1), (1, 0), (0, -1), (-1, 0)]:
            nr, nc = r + dr, c + dc
            if not (0 <= nr < h and 0 <= nc < w):
                continue
            if grid[nr][nc] == '#':
                continue
            cost = g[r * w + c] + 1
            key = nr * w + nc
            if key not in g or cost < g[key]:
                g[key] = cost
                came[key] = r * w + c
                frontier.append((cost + abs(nr - goal[0]) + abs(nc - goal[1]), nr, nc))
    gk = goal[0] * w + goal[1]
    if gk not in g:
        return -1, grid
    out: List[List[str]] = [list(row) for row in grid]
    cur = came[gk]
    while cur != start[0] * w + start[1]:
        out[cur // w][cur % w] = '*'
        cur = came[cur]
    return g[gk], ["".join(row) for row in out]


def edit_distance(a: str, b: str) -> Tuple[int, str]:
    m, n = len(a), len(b)
    d = torch.zeros(m + 1, n + 1, dtype=torch.long)
    d[:, 0] = torch.arange(m + 1)
    d[0] = torch.arange(n + 1)
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            sub = int(d[i - 1, j - 1]) + (0 if a[i - 1] == b[j - 1] else 1)
            d[i, j] = min([sub, int(d[i - 1, j]) + 1, int(d[i, j - 1]) + 1])
    ops = ""
    i, j = m, n
    while i > 0 or j > 0:
        if i > 0 and j > 0 and int(d[i][j]) == int(d[i - 1][j - 1]) and a[i - 1] == b[j - 1]:
            ops += "="
            i -= 1
            j -= 1
        elif i > 0 and j > 0 and int(d[i][j]) == int(d[i - 1][j - 1]) + 1:
            ops += "s"
            i -= 1; j -= 1
        elif i > 0 and int(d[i][j]) == int(d[i - 1][j]) + 1:
            ops += "d"
            i -= 1
        else:
            ops += "i"
            j -= 1
    return int(d[m, n].item()), ops[::-1]


def b64decode(s: str) -> List[int]:
    table: Dict[str, int] = {}
    for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"):
        table[c] = i
    assert len(s) % 4 == 0, f"bad length {len(s)}"
    out: List[int] = []
    for i in range(0, len(s), 4):
        n = 0
        pad = 0
        for c in s[i:i + 4]:
            n <<= 6
            if c == '=':
                pad += 1
            else:
                n |= table[c]
        for k in range(3 - pad):
            out.append((n >> (16 - 8 * k)) & 255)
    return out


def parse_csv(text: str) -> List[Dict[str, str]]:
    rows: List[List[str]] = []
    row: List[str] = []
    field = ""
    quoted = False
    i = 0
    while i < len(text):
        c = text[i]
        if quoted:
            if c == '"':
                if i + 1 < len(text) and text[i + 1] == '"':
                    field += '"'
                    i += 1
                else:
                    quoted = False
            else:
                field += c
        elif c == '"':
            quoted = True
        elif c == ',':
            row.append(field)
            field = ""
        elif c == "\n":
            row.append(field)
            rows.append(row)
            row, field = [], ""
        else:
            field += c
        i += 1
    if field != "" or len(row) > 0:
        row.append(field)
        rows.append(row)
    header = rows[0]
    result: List[Dict[str, str]] = []
    for r in rows[1:]:
        assert len(r) == len(header), "row has {} fields, expected {}".format(len(r), len(header))
        result.append({h: v for h, v in zip(header, r)})
    return result


def justify(text: str, width: int) -> List[str]:
    lines: List[str] = []
    cur: List[str] = []
    length = 0
    for word in text.split():
        if length + len(word) + len(cur) > width and len(cur) > 0:
            if len(cur) == 1:
                lines.append(cur[0].ljust(width))
            else:
                gaps = len(cur) - 1
                spaces = width - length
                line = ""
                for i, w in enumerate(cur):
                    line += w
                    if i < gaps:
                        for _ in range(spaces // gaps + (1 if i < spaces % gaps else 0)):
                            line += " "
                lines.append(line)
            cur = []
            length = 0
        cur.append(word)
        length += len(word)
    if len(cur) > 0:
        lines.append(" ".join(cur).ljust(width, "."))
    return lines


class LRU:
    def __init__(self, capacity: int):
        self.capacity = capacity
        self.data: Dict[str, Tuple[int, int]] = {}
        self.clock = 0
        self.hits = 0
        self.misses = 0

    def get(self, key: str) -> Optional[int]:
        self.clock += 1
        if key in self.data:
            v, _ = self.data[key]
            self.data[key] = (v, self.clock)
            self.hits += 1
            return v
        self.misses += 1
        return None

    def put(self, key: str, value: int) -> None:
        self.clock += 1
        if key not in self.data and len(self.data) >= self.capacity:
            oldest = ""
            best = 1 << 62
            for k, (v, t) in self.data.items():
                if t < best:
                    best = t
                    oldest = k
            del self.data[oldest]
        self.data[key] = (value, self.clock)

    def __len__(self) -> int:
        return len(self.data)


def lru_trace(ops: List[str], cap: int) -> Tuple[List[int], int, int, List[str]]:
    cache = LRU(cap)
    got: List[int] = []
    for op in ops:
        if "=" in op:
            k, _, v = op.partition("=")
            cache.put(k, int(v))
        else:
            r = cache.get(op)
            got.append(r if r is not None else -1)
    print("cache", cache.data, len(cache))
    return got, cache.hits, cache.misses, list(cache.data.keys())


def run_machine(code: List[str]) -> Tuple[List[int], int]:
    stack: List[int] = []
    mem: Dict[str, int] = {}
    pc = 0
    steps = 0
    while pc < len(code):
        steps += 1
        if steps > 1000:
            raise RuntimeError("step limit at pc=%d" % pc)
        ins = code[pc].split(" ")
        op = ins[0]
        pc += 1
        if op == "push":
            stack.append(int(ins[1]))
        elif op in ["add", "sub", "mul", "div", "mod"]:
            b = stack.pop()
            a = stack.pop()
            if op == "add":
                stack.append(a + b)
            elif op == "sub":
                stack.append(a - b)
            elif op == "mul":
                stack.append(a * b)
            elif op == "div":
                stack.append(a // b)
            else:
                stack.append(a % b)
        elif op == "store":
            mem[ins[1]] = stack.pop()
        elif op == "load":
            stack.append(mem[ins[1]])
        elif op == "jz":
            if stack.pop() == 0:
                pc = int(ins[1])
        elif op == "jmp":
            pc = int(ins[1])
        elif op == "dup":
            stack.append(stack[-1])
        elif op == "print":
            print("out:", stack[-1])
        else:
            raise NotImplementedError(f"unknown op '{op}' at {pc - 1}")
    return stack, steps


def life(x: Tensor, steps: int) -> Tuple[Tensor, int]:
    grid = (x > 0).to(torch.int64)
    for s in range(steps):
        n = torch.zeros_like(grid)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                if dy != 0 or dx != 0:
                    n += torch.roll(grid, shifts=[dy, dx], dims=[0, 1])
        new = ((n == 3) | ((n == 2) & (grid == 1))).long()
        if torch.equal(new, grid):
            return new, s
        grid = new
    print(grid)
    return grid, steps


CASES = {
    "kruskal": [([(3.0, 0, 1), (1.0, 1, 2), (2.5, 0, 2), (9.0, 2, 3)], 4), ([(1.0, 0, 1)], 3)],
    "toposort": [({"app": ["lib", "net"], "lib": ["core"], "net": ["core", "ssl"]},), ({"a": ["b"], "b": ["a"], "c": []},), ({},)],
    "astar": [(["S.#", "..#", "#.G"],), (["S#G"],), (["S....", ".###.", "...#G"],)],
    "edit_distance": [("kitten", "sitting"), ("", "abc"), ("same", "same")],
    "b64decode": [("TWFu",), ("TWE=",), ("abc",), ("ab!=",)],
    "parse_csv": [('a,b\n1,"x, ""y"""\n2,z',), ("a,b\n1\n",), ("",)],
    "justify": [("This is an example of text justification, done here", 16), ("", 5), ("word", 2)],
    "lru_trace": [(["a=1", "b=2", "a", "c=3", "b", "a", "c"], 2), ([], 1), (["a=x"], 3)],
    "run_machine": [(["push 10", "store n", "load n", "print", "push 1", "sub", "dup", "store n", "jz 10", "jmp 2"],), (["push 1", "push 0", "div"],), (["pop"],), (["jmp 0"],), (["add"],), (["load q"],)],
    "life": [(torch.tensor([[0., 1, 0, 0, 0], [0, 0, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]), 4), (torch.zeros(3, 3), 2)],
}
