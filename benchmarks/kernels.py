"""Single kernels against torch eager, interleaved, on one thread: `python benchmarks/kernels.py [NAME...]`.

Times are of the calling thread's processor, best of many rounds; `ratio` is torch's time over ours. The last column is
what the kernel reached: GFLOP/s of products, nanoseconds an element of the others.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import aotjit

SOURCE = """
import torch
from torch import Tensor

def add(x: Tensor, y: Tensor) -> Tensor:
    return x + y

def chain(x: Tensor, y: Tensor) -> Tensor:
    return torch.sigmoid(x) * torch.tanh(y) + torch.exp(-x * x) * y

def product(x: Tensor, y: Tensor) -> Tensor:
    return torch.mm(x, y)

def product_transposed(x: Tensor, y: Tensor) -> Tensor:
    return torch.mm(x, y.t())

def add_transposed(x: Tensor, y: Tensor) -> Tensor:
    return x.t() + y

def total(x: Tensor) -> Tensor:
    return x.sum()

def row_sums(x: Tensor) -> Tensor:
    return x.sum(1)

def column_sums(x: Tensor) -> Tensor:
    return x.sum(0)

def power(x: Tensor, y: Tensor) -> Tensor:
    return torch.abs(x) ** y
"""
STATISTICS = {
    "variance": "torch.var(x, {dim})",
    "softmax": "torch.softmax(x, {dim})",
    "arg_max": "torch.argmax(x, {dim})",
    "running_sum": "torch.cumsum(x, {dim})",
}
SOURCE += "".join(
    f"\ndef {name}{dim}(x: Tensor) -> Tensor:\n    return {text.format(dim=dim)}\n"
    for name, text in STATISTICS.items()
    for dim in range(3)
)
UNARY = ("exp", "log", "tanh", "sigmoid", "sin", "erf", "sqrt")
SOURCE += "".join(f"\ndef {name}(x: Tensor) -> Tensor:\n    return torch.{name}(x)\n" for name in UNARY)


@dataclass(frozen=True)
class Case:
    """A function of SOURCE and the shapes of its arguments."""

    name: str
    shapes: tuple[tuple[int, ...], ...]

    def arguments(self) -> list[torch.Tensor]:
        positive = self.name in ("log", "sqrt")
        return [torch.rand(s) + 0.1 if positive else torch.randn(s) for s in self.shapes]

    def reached(self, seconds: float) -> str:
        if self.name.startswith("product"):
            (m, k), right = self.shapes
            n = right[0] * right[1] // k
            return f"{2 * m * n * k / seconds * 1e-9:8.1f} GFLOP/s"
        elements = max(torch.Size(s).numel() for s in self.shapes)
        return f"{seconds / elements * 1e9:8.3f} ns"


SQUARE = (1000, 1000)
CASES = (
    Case("add", ((3,), (3,))),
    Case("add", ((1000,), (1000,))),
    Case("add", (SQUARE, SQUARE)),
    Case("add", (SQUARE, (1000,))),
    Case("add", (SQUARE, (1000, 1))),
    Case("add_transposed", (SQUARE, SQUARE)),
    Case("chain", ((1000,), (1000,))),
    Case("chain", ((1000000,), (1000000,))),
    *(Case(name, ((10000,),)) for name in UNARY),
    Case("power", ((10000,), (10000,))),
    Case("total", ((10000,),)),
    Case("total", ((1000000,),)),
    Case("row_sums", (SQUARE,)),
    Case("row_sums", ((10000, 64),)),
    Case("column_sums", (SQUARE,)),
    Case("column_sums", ((10000, 64),)),
    *(Case(f"{name}{dim}", ((64, 100, 64),)) for name in STATISTICS for dim in range(3)),
    *(Case("product", ((n, n), (n, n))) for n in (64, 256, 512, 1024)),
    Case("product_transposed", ((1024, 1024), (1024, 1024))),
    Case("product", ((1, 128), (128, 128))),
    Case("product", ((4, 512), (512, 512))),
    Case("product_transposed", ((1, 512), (512, 512))),
    Case("product", ((2000, 64), (64, 64))),
)


def seconds(call: Callable[[], Any], rounds: int) -> float:
    """Processor time of one call, over `rounds` of them."""
    start = time.thread_time()
    for _ in range(rounds):
        call()
    return (time.thread_time() - start) / rounds


def measure(calls: list[Callable[[], Any]], repeats: int = 15) -> list[float]:
    """The best time of each call, measured in turns."""
    for call in calls:
        call()
    rounds = [max(1, int(2e-3 / max(seconds(c, 3), 1e-7))) for c in calls]
    best = [float("inf")] * len(calls)
    for _ in range(repeats):
        for i, call in enumerate(calls):
            best[i] = min(best[i], seconds(call, rounds[i]))
    return best


def functions() -> tuple[Any, dict[str, Any]]:
    """The compiled module, and torch's own functions."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "kernel_functions.py"
    path.write_text(SOURCE)
    eager: dict[str, Any] = {}
    exec(compile(SOURCE, str(path), "exec"), eager)
    return aotjit.compile(path, output=folder / "kernel_library.so"), eager


def main() -> None:
    torch.set_num_threads(1)
    compiled, eager = functions()
    wanted = set(sys.argv[1:]) or {c.name for c in CASES}
    for case in (c for c in CASES if c.name in wanted):
        arguments = case.arguments()
        ours, theirs = getattr(compiled, case.name), eager[case.name]
        torch.testing.assert_close(ours(*arguments), theirs(*arguments), rtol=1e-4, atol=1e-3)
        a, b = measure([lambda f=ours, x=arguments: f(*x), lambda f=theirs, x=arguments: f(*x)])
        shapes = " ".join("x".join(map(str, s)) for s in case.shapes)
        print(f"{case.name:20}{shapes:24}{a * 1e6:10.2f} us{b * 1e6:10.2f} us  ratio {b / a:6.2f}{case.reached(a)}")


if __name__ == "__main__":
    main()
