"""Entries that give and take Futures; torch.jit is the oracle."""

# ruff: noqa
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor
from torch.jit import Future


class Point:
    def __init__(self, x: int, y: float):
        self.x = x
        self.y = y


def _small(n: int) -> int:
    if n > 2:
        raise ValueError("too many")
    return n


def _count(n: int) -> Tuple[int, str]:
    return n, "n" + str(n)


def _rows(x: Tensor, n: int) -> List[Tensor]:
    rows: List[Tensor] = [x]
    for i in range(n):
        rows.append(x * i)
    return rows


def _nothing(n: int) -> None:
    assert n > 0


def _point(n: int) -> Point:
    return Point(n, n + 0.5)


def start(n: int) -> Future[int]:
    return torch.jit.fork(_small, n)


def finish(f: Future[int], n: int) -> int:
    return f.wait() + f.wait() + n


def rows(x: Tensor, n: int) -> Future[List[Tensor]]:
    return torch.jit.fork(_rows, x, n)


def total(f: Future[List[Tensor]]) -> Tensor:
    found = f.wait()
    s = found[0]
    for t in found:
        s = s + t
    return s


def everywhere(
    n: int,
) -> Tuple[Future[Tuple[int, str]], List[Future[int]], Dict[str, Future[int]], Optional[Future[int]]]:
    a = torch.jit.fork(_count, n)
    b = torch.jit.fork(_small, n)
    c: Optional[Future[int]] = None
    if n > 1:
        c = b
    return a, [b, b], {"b": b}, c


def taken(
    fs: List[Future[int]], d: Dict[str, Future[int]], o: Optional[Future[int]], t: Tuple[Future[Tuple[int, str]], int]
) -> int:
    s = 0
    for f in fs:
        s += f.wait()
    for k in d:
        s += d[k].wait()
    if o is not None:
        s += o.wait()
    return s + t[0].wait()[0] + t[1]


def again(f: Future[int]) -> Future[int]:
    return f


def look(table: Tensor, f: Future[Tensor]) -> Tensor:
    return torch.embedding(table, f.wait())


def nothing(n: int) -> Future[None]:
    return torch.jit.fork(_nothing, n)


def point(n: int) -> Future[Point]:
    return torch.jit.fork(_point, n)


def moved(f: Future[Point]) -> float:
    return f.wait().x + f.wait().y
