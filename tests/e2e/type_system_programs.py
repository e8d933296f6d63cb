"""Whole programs that lean on the type system: inference, refinement, unions, classes, named tuples, aliases. Each function of CASES takes and gives plain values; torch.jit is the oracle."""

# ruff: noqa
import collections
from collections import namedtuple
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor

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


CASES: Dict[str, List[Tuple[Any, ...]]] = {
    "made_tuples": [(torch.tensor([1.0, -2.0]), 3), (torch.zeros(1), 0)],
    "falls_off_twice": [(3,), (0,), (-2,)],
    "any_is_something": [([1, 2],), ([],)],
}
