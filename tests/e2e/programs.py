"""The issue's real programs: their source, how to call them, and what to compare."""

from __future__ import annotations

from dataclasses import dataclass

HEADER = "import torch\nfrom torch import Tensor, nn\nfrom typing import List, Tuple, Optional\n\n\n"


@dataclass(frozen=True)
class Source:
    """A program: the text, the name of the function or class, and the constructor call if it is a module."""

    name: str
    text: str
    construct: str = ""

    @property
    def is_module(self) -> bool:
        return bool(self.construct)


FOO = Source("foo", HEADER + "def foo(x, y):\n    return x + y\n")

LINEAR = Source(
    "Linear",
    HEADER
    + """class Linear(nn.Module):
    def __init__(self, m: int, n: int):
        super().__init__()
        self.w = nn.Parameter(torch.randn(m, n))
        self.b = nn.Parameter(torch.randn(n))

    def forward(self, a: Tensor) -> Tensor:
        t = torch.mm(a, self.w)
        return t + self.b
""",
    "Linear(20, 30)",
)

GATE = Source(
    "Cell",
    HEADER
    + """class Gate(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            return x
        else:
            return -x


class Cell(nn.Module):
    def __init__(self, gate_size: int):
        super().__init__()
        self.gate = Gate()
        self.linear = nn.Linear(gate_size, gate_size)

    def forward(self, x: Tensor, h: Tensor) -> Tuple[Tensor, Tensor]:
        new_h = torch.tanh(self.gate(self.linear(x)) + h)
        return new_h, new_h
""",
    "Cell(4)",
)

RNN = Source(
    "RNN",
    HEADER
    + """class RNN(nn.Module):
    def __init__(self, size: int, hidden: int):
        super().__init__()
        self.W_h = nn.Parameter(torch.randn(size, hidden) / 8)
        self.U_h = nn.Parameter(torch.randn(hidden, hidden) / 8)
        self.b_h = nn.Parameter(torch.zeros(hidden))

    def forward(self, x: Tensor, h: Tensor) -> Tuple[Tensor, Tensor]:
        y: List[Tensor] = []
        for t in range(x.size(0)):
            h = torch.tanh(x[t] @ self.W_h + h @ self.U_h + self.b_h)
            y += [h]
            if t % 10 == 0:
                print("stats:", t, h.mean(), h.var())
        return torch.stack(y), h
""",
    "RNN(6, 9)",
)

COLLATZ = Source(
    "longest",
    """def longest(n: int) -> int:
    best = 0
    best_length = 0
    for start in range(1, n):
        value = start
        length = 1
        while value != 1:
            if value % 2 == 0:
                value = value // 2
            else:
                value = 3 * value + 1
            length += 1
        if length > best_length:
            best_length = length
            best = start
    return best
""",
)

CHAIN = Source(
    "chain",
    HEADER
    + """def chain(x: Tensor, y: Tensor) -> Tensor:
    return torch.sigmoid(x) * torch.tanh(y) + torch.exp(x) * y
""",
)
