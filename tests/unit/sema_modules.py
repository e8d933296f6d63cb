"""Programs with modules. Each is the text of a file that binds `model`; CALLS has the methods to call, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

HEADER = """\
import math
from typing import Dict, Final, List, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

torch.manual_seed(7)


"""


@dataclass(frozen=True)
class ModuleProgram:
    """`calls`: method name and arguments; a string among the arguments is a torch expression."""

    name: str
    source: str
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return HEADER + self.source


PROGRAMS = [
    ModuleProgram(
        "linear_layer",
        """class Layer(nn.Module):
    def __init__(self, m: int, n: int):
        super().__init__()
        self.w = nn.Parameter(torch.randn(m, n))
        self.b = nn.Parameter(torch.randn(n))

    def forward(self, a: Tensor) -> Tensor:
        t = torch.mm(a, self.w)
        return t + self.b

model = Layer(20, 30)
""",
        [("forward", ("torch.ones(3, 20)",))],
    ),
    ModuleProgram(
        "initialised_in_order",
        """class Initialised(nn.Module):
    def __init__(self, m: int, n: int):
        super().__init__()
        a = torch.randn(m, n)
        self.a = nn.Parameter(a)
        half = a * 0.5
        nn.init.uniform_(self.a, -1.0, 1.0)
        self.b = nn.Parameter(half + 1.0)
        c = torch.rand(n)
        scaled = c * 2.0
        c[0] = 7.0
        self.register_buffer("c", c)
        self.register_buffer("scaled", scaled)
        self.d = nn.Parameter(torch.zeros(m, n))
        nn.init.constant_(self.d, 0.25)
        torch.manual_seed(3)
        self.e = nn.Parameter(torch.ones(m, n) - 0.5)
        self.e.data = half
        nn.init.normal_(self.e, 1.0, 2.0)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        return x + self.a, x + self.b, x + self.c, x + self.scaled, x + self.d, x + self.e

model = Initialised(4, 6)
""",
        [("forward", ("torch.ones(4, 6)",))],
    ),
    ModuleProgram(
        "gate_in_cell",
        """class Gate(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        else:
            return -x

class Cell(nn.Module):
    def __init__(self, size):
        super(Cell, self).__init__()
        self.gate = Gate()
        self.linear = nn.Linear(size, size)

    def forward(self, x, h):
        new_h = torch.tanh(self.gate(self.linear(x)) + h)
        return new_h, new_h

model = Cell(4)
""",
        [("forward", ("torch.ones(3, 4)", "torch.zeros(3, 4)")), ("forward", ("-torch.ones(3, 4)", "torch.ones(4)"))],
    ),
    ModuleProgram(
        "rnn",
        """class RNN(nn.Module):
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
        return torch.stack(y), h

model = RNN(6, 9)
""",
        [
            ("forward", ("torch.ones(5, 6)", "torch.zeros(9)")),
            ("forward", ("torch.ones(5, 2, 6)", "torch.zeros(2, 9)")),
        ],
    ),
    ModuleProgram(
        "containers",
        """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        head = [nn.Linear(4, 8, bias=False), nn.ReLU(), nn.Dropout(0.5), nn.LayerNorm(8), nn.Tanh()]
        self.head = nn.Sequential(*head)
        self.named = nn.ModuleDict({"a": nn.Identity(), "b": nn.GELU()})

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x) * (i + 1)
        x = self.layers[0](x) + self.layers[-1](x)
        for name, m in self.named.items():
            x = m(x)
        return self.head(x)

model = Net()
""",
        [("forward", ("torch.ones(3, 4)",))],
    ),
    ModuleProgram(
        "state",
        """class Counter(nn.Module):
    seen: List[int]
    last: Optional[Tensor]

    def __init__(self):
        super().__init__()
        self.count = 0
        self.total = 0.5
        self.seen = []
        self.last = None
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("fixed", torch.ones(3))

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        self.total = self.total * 2
        self.seen.append(self.count)
        self.mean += x
        last = self.last
        self.last = x
        if last is not None:
            return last + self.mean + self.fixed
        return self.mean * self.total

    @torch.jit.export
    def statistics(self) -> Tuple[int, float, List[int], Tensor]:
        return self.count, self.total, self.seen, self.mean

    @torch.jit.export
    def reset(self) -> int:
        old = self.count
        self.count = 0
        self.mean.zero_()
        return old

model = Counter()
""",
        [
            ("forward", ("torch.ones(3)",)),
            ("forward", ("torch.arange(3.0)",)),
            ("statistics", ()),
            ("reset", ()),
            ("forward", ("torch.ones(3)",)),
            ("statistics", ()),
        ],
    ),
    ModuleProgram(
        "methods",
        """class Base(nn.Module):
    def __init__(self, scale: float):
        super().__init__()
        self.scale = scale
        self.act = torch.tanh
        self.flag = True

    def shifted(self, x: Tensor, by: int = 2) -> Tensor:
        return x + by

    @staticmethod
    def twice(x: Tensor) -> Tensor:
        return x * 2

class Derived(Base):
    factor: Final[int] = 3

    def __init__(self, scale: float, sizes: List[int]):
        super().__init__(scale)
        self.sizes = tuple(sizes)
        self.extra = None
        if self.flag and sizes:
            self.w = nn.Parameter(torch.zeros(sizes[0]) + 1)
        for i, n in enumerate(sizes):
            setattr_name = i

    def forward(self, x: Tensor, k: Optional[int] = None) -> Tensor:
        x = self.shifted(self.twice(x)) * self.factor * self.scale
        if self.extra is not None:
            x = self.extra(x)
        if k is None:
            return self.act(x) + self.w
        return self.shifted(x, by=k) + self.sizes[1]

model = Derived(0.1, [4, 5])
""",
        [("forward", ("torch.ones(4)",)), ("forward", ("torch.ones(4)", 3))],
    ),
    ModuleProgram(
        "shared",
        """class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = self.a
        self.c = nn.Linear(3, 3)
        self.c.weight = self.a.weight

    def forward(self, x):
        return self.c(self.b(self.a(x)))

model = Tied()
""",
        [("forward", ("torch.ones(3)",))],
    ),
    ModuleProgram(
        "sequential_subclass",
        """class Block(nn.Sequential):
    def __init__(self, n: int):
        super().__init__(nn.Linear(n, n), nn.Sigmoid())

model = nn.Sequential(Block(3), Block(3), nn.SiLU())
""",
        [("forward", ("torch.ones(2, 3)",))],
    ),
    ModuleProgram(
        "constants",
        """class Config(nn.Module):
    __constants__ = ["depth"]
    depth: int

    def __init__(self, depth: int, name: str):
        super().__init__()
        self.depth = depth
        self.name = name
        self.eps = 1e-3
        self.table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])

    def forward(self, x: Tensor) -> Tuple[Tensor, str]:
        for i in range(self.depth):
            x = x * self.eps + self.table[i % 2]
        if self.training:
            x = x * 100
        if hasattr(self, "missing"):
            x = self.missing(x)
        if isinstance(x, Tensor) and torch.jit.is_scripting():
            x = x + 1
        return x, self.name + "!"

model = Config(3, "config").eval()
""",
        [("forward", ("torch.ones(2)",))],
    ),
    ModuleProgram(
        "normal_start",
        """class Start(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.empty(5, 4))
        self.b = nn.Parameter(torch.empty(4))
        self.e = nn.Embedding(10, 4)
        nn.init.xavier_uniform_(self.a)
        nn.init.uniform_(self.b, -1, 1)
        self.reset(0.5)

    def reset(self, std: float):
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, 0.0, std)
        with torch.no_grad():
            self.b.mul_(2.0)

    def forward(self, i: Tensor) -> Tensor:
        return self.e(i) + self.a[0] + self.b

model = Start()
""",
        [("forward", ("torch.tensor([1, 2, 3])",))],
    ),
    ModuleProgram(
        "written_buffers",
        """def add_to(b: Tensor, x: Tensor) -> Tensor:
    c = b
    for i in range(2):
        c = c.view(-1)
    c.add_(x)
    return b

class Buffers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("through_call", torch.zeros(3))
        self.register_buffer("constant", torch.ones(3))
        self.register_buffer("in_list", torch.ones(3))
        self.register_buffer("row", torch.ones(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        y = add_to(self.through_call, x) + self.constant
        l = [self.in_list]
        l[0].mul_(2)
        view = self.row[1]
        view += x
        if bool(x.sum() > 0):
            r = self.row
        else:
            r = torch.zeros(2, 3)
        return y + l[0] + r[1]

model = Buffers()
""",
        [("forward", ("torch.ones(3)",)), ("forward", ("torch.arange(3.0)",)), ("forward", ("-torch.ones(3)",))],
    ),
    ModuleProgram(
        "parameter_containers",
        """class Params(nn.Module):
    def __init__(self):
        super().__init__()
        self.ps = nn.ParameterList([nn.Parameter(torch.randn(3)) for _ in range(2)])
        self.md = nn.ModuleDict({"x": nn.Linear(3, 3), "y": nn.Tanh()})
        self.t = nn.Parameter(torch.Tensor(3))
        nn.init.ones_(self.t)

    def forward(self, x):
        for p in self.ps:
            x = x * p
        x = x + self.ps[1] + self.t
        for m in self.md.values():
            x = m(x)
        return self.md["y"](x)

model = Params()
""",
        [("forward", ("torch.ones(3)",))],
    ),
    ModuleProgram(
        "lists_of_state",
        """class Window(nn.Module):
    seen: List[Tensor]
    pairs: List[Tuple[Tensor, int]]

    def __init__(self):
        super().__init__()
        self.seen = []
        self.pairs = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x * 2)
        window = self.seen
        if len(window) > 2:
            window.pop(0)
        self.pairs.append((x + 1, len(window)))
        return torch.stack(self.seen).sum(0) + self.pairs[0][0]

    @torch.jit.export
    def reset(self) -> int:
        n = len(self.seen)
        self.seen = []
        return n

    @torch.jit.export
    def first(self) -> Tensor:
        return self.seen[0].mean()

model = Window()
""",
        [
            ("forward", ("torch.ones(3)",)), ("forward", ("torch.arange(3.0)",)), ("forward", ("-torch.ones(3)",)),
            ("first", ()), ("reset", ()), ("forward", ("torch.ones(3)",)),
        ],
    ),
]
