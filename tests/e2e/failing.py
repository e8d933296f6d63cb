# ruff: noqa: UP006, UP035, UP045, B007, C416 (typing's names and plain loops are what is tested)
"""Functions that fail in every way a program can; compiled by test_run_time_errors.py."""

from typing import List, Optional

import torch
from torch import Tensor


def list_item(xs: List[int], i: int) -> int:
    return xs[i]


def set_item(xs: List[Tensor], i: int, x: Tensor) -> List[Tensor]:
    ys = [x + 1, x + 2]
    ys[i] = x
    return ys + xs


def tensor_item(x: Tensor, i: int) -> Tensor:
    return (x + 1)[i]


def string_item(s: str, i: int) -> str:
    return (s + "!")[i]


def pop(xs: List[Tensor]) -> Tensor:
    return xs.pop()


def unpack(xs: List[int]) -> int:
    a, b = xs
    return a + b


def unknown(name: str) -> int:
    if name == "a":
        return 1
    assert False, "unknown: " + name  # noqa: B011


def check(n: int, s: str) -> int:
    assert n > 0, f"{s}: {n} is not positive"
    assert n < 100
    return n


class MoneyError(Exception):
    pass


def refuse(n: int, x: Tensor) -> List[Tensor]:
    kept = [x * 2, x * 3]
    if n == 1:
        raise ValueError("wrong value: " + str(n))
    if n == 2:
        raise RuntimeError("it failed")
    if n == 3:
        raise NotImplementedError("later")
    if n == 4:
        raise Exception("plain")
    if n == 5:
        raise ValueError("two", n, x.shape)
    if n == 6:
        raise MoneyError("short of", [n])
    if n == 7:
        raise MoneyError  # without a text
    return kept


def divide(a: int, b: int) -> int:
    return a // b


def modulo(a: int, b: int) -> int:
    return a % b


def add(x: Tensor, y: Tensor) -> Tensor:
    z = [x * 2, y, x * 3]
    return z[0] + y


def mm(x: Tensor, y: Tensor) -> Tensor:
    return torch.mm(x + 1, y)


def cat(x: Tensor, y: Tensor, dim: int) -> Tensor:
    return torch.cat([x, y * 2], dim)


def stack(x: Tensor, y: Tensor) -> Tensor:
    return torch.stack([x, y])


def view(x: Tensor, n: int) -> Tensor:
    return (x + 1).view(n, 2)


def chunk(x: Tensor, n: int) -> List[Tensor]:
    return [c for c in torch.chunk(x, n, 0)]


def split(x: Tensor, n: int) -> List[Tensor]:
    return [c for c in torch.split(x, n, 0)]


def transpose(x: Tensor, a: int, b: int) -> Tensor:
    return x.transpose(a, b)


def expand(x: Tensor, n: int) -> Tensor:
    return x.expand(n, 4)


def total(x: Tensor, dim: int) -> Tensor:
    return x.sum(dim)


def largest(x: Tensor) -> Tensor:
    return x.max()


def decide(x: Tensor) -> int:
    return 1 if x > 0 else 0


def number(x: Tensor) -> float:
    return x.item()


def zeros(n: int, m: int) -> Tensor:
    return torch.zeros(n, m)


def hoard(n: int) -> List[Tensor]:
    xs: List[Tensor] = [torch.ones(3)]
    for i in range(n):
        xs.append(torch.zeros(1000, 1000, 1000, 1000))
    return xs


def repeat(n: int) -> int:
    return len([1] * n)


def read_int(s: str) -> int:
    return int(s)


def present(x: Optional[Tensor]) -> Tensor:
    assert x is not None, "x is needed"
    return x + 1


def step(n: int, s: int) -> int:
    t = 0
    for i in range(0, n, s):
        t += i
    return t


def inner(xs: List[Tensor], i: int) -> Tensor:
    ys = [x + 1 for x in xs]
    return ys[i]


def outer(x: Tensor, i: int) -> Tensor:
    total = x
    for k in range(3):
        total = total + inner([x, total], i + k)
    return total


def nested_tensor(x: Tensor, kind: int) -> Tensor:
    mask = x[:, :, 0] > 0
    if kind == 0:
        return torch._nested_tensor_from_mask(x, mask)
    if kind == 1 and torch._nested_tensor_from_mask_left_aligned(x, mask):
        return x
    return x.to_padded_tensor(0.0)


def fill(n: int) -> Tensor:
    x = torch.zeros([3], dtype=torch.uint8)
    x.fill_(n)
    return torch.full([3], 1e39) + x


def power(n: int) -> Tensor:
    x = torch.ones([3], dtype=torch.int32)
    half = torch.ones([3], dtype=torch.float16)
    return (x ** n) + half ** 1e300


def uniform(low: float, high: float) -> Tensor:
    return torch.zeros([2]).uniform_(low, high)
