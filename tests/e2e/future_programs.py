"""Programs with torch.jit.fork and wait; torch.jit is the oracle."""

# ruff: noqa
from typing import List, Tuple

import torch
from torch import Tensor
from torch.jit import Future


def _work(x: Tensor, k: int = 2) -> Tensor:
    return torch.tanh(x * k) + k


def _count(n: int) -> Tuple[int, str]:
    total = 0
    for i in range(n):
        total += i
    return total, "n" + str(n)


def _fails(n: int) -> int:
    if n > 2:
        raise ValueError("too many")
    return n


def one(x: Tensor) -> Tensor:
    future = torch.jit.fork(_work, x)
    y = x + 1
    return torch.jit.wait(future) + y


def many(x: Tensor, n: int) -> Tuple[Tensor, int]:
    futures: List[Future[Tensor]] = []
    for i in range(n):
        futures.append(torch.jit.fork(_work, x, k=i))
    total = torch.zeros_like(x)
    for f in futures:
        total = total + torch.jit.wait(f)
    return total, len(futures)


def tuples(n: int) -> Tuple[int, str]:
    a = torch.jit.fork(_count, n)
    b = torch.jit.fork(_count, n + 1)
    x, s = torch.jit.wait(a)
    y, t = b.wait()
    return x + y, s + t


def failing(n: int) -> int:
    future = torch.jit.fork(_fails, n)
    return torch.jit.wait(future)


NOT_FOR_TORCH: List[str] = []
CASES = {
    "one": [(torch.tensor([1.0, -2.0]),)],
    "many": [(torch.tensor([1.0, -2.0]), 0), (torch.tensor([1.0, -2.0]), 3)],
    "tuples": [(3,)],
    "failing": [(1,), (3,)],
}
