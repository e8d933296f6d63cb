"""Modules whose constructors compute with Python's classes and functions: each is compared with torch, attribute by attribute, by
test_whole_programs.py. Both seed the generator before."""

# ruff: noqa
import copy
import functools
import itertools
import math
import operator
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from functools import partial
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

torch.manual_seed(7)


class NamedLayers(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(3):
            setattr(self, f"fc{i}", nn.Linear(4, 4))
            setattr(self, "scale_%d" % i, 0.5 * i)
        self.n = getattr(self, "fc0").in_features

    def forward(self, x):
        return self.fc2(self.fc1(self.fc0(x))) * self.scale_1 + self.n


class A0OfDiamond(nn.Module):
    tag = "base"
    k = 1

    def __init__(self):
        super().__init__()
        self.order: List[str] = ["A0OfDiamond"]

    def who(self) -> str:
        return "A0OfDiamond"


class B0OfDiamond(A0OfDiamond):
    def __init__(self):
        super().__init__()
        self.order.append("B0OfDiamond")

    def who(self) -> str:
        return "B0OfDiamond"


class C0OfDiamond(A0OfDiamond):
    tag = "c"
    k = 2

    def __init__(self):
        super().__init__()
        self.order.append("C0OfDiamond")

    def who(self) -> str:
        return "C0OfDiamond"


class Diamond(B0OfDiamond, C0OfDiamond):
    def __init__(self):
        super().__init__()
        self.name = self.who()
        self.t = self.tag
        self.kk = self.k

    def forward(self, x: Tensor) -> Tensor:
        return x * self.kk


class InitMixinOfMixed:
    def _init_weights(self, m):
        if isinstance(m, nn.Linear):
            nn.init.normal_(m.weight, std=0.02)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, (nn.LayerNorm, nn.Embedding)):
            m.weight.data.fill_(0.5)


class CountMixinOfMixed:
    factor = 2

    def count(self):
        return sum(p.numel() for p in self.parameters())


class Mixed(InitMixinOfMixed, CountMixinOfMixed, nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.norm = nn.LayerNorm(3)
        self.apply(self._init_weights)
        self.total = self.count() * self.factor

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.fc(x)) * self.total


@dataclass
class ConfigOfConfigured:
    dim: int = 4
    hidden: int = 8
    drop: float = 0.0
    layers: List[int] = field(default_factory=lambda: [4, 4])
    @classmethod
    def tiny(cls):
        return cls(dim=4, hidden=2)
    @staticmethod
    def big():
        return ConfigOfConfigured(4, 32)
    @property
    def head(self):
        return self.dim // 2

    def total(self):
        return self.dim + self.hidden


class Configured(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.fc = nn.Linear(cfg.dim, cfg.hidden)
        self.h = cfg.head
        self.t = cfg.total()
        self.l: List[int] = cfg.layers
        self.b = ConfigOfConfigured.big().hidden

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) * self.t


class Containers(nn.Module):
    def __init__(self):
        super().__init__()
        self.d = nn.ModuleDict()
        for k, v in {"a": 4, "b": 8}.items():
            self.d[k] = nn.Linear(4, v)
        self.d.update({"c": nn.Linear(4, 3)})
        self.keys: List[str] = list(self.d.keys())
        self.has = "a" in self.d
        self.n = len(self.d)
        del self.d["b"]
        self.l = nn.ModuleList([nn.Linear(4, 4) for _ in range(4)])
        self.l[1] = nn.Linear(4, 4, bias=False)
        self.l[-1] = nn.Identity()
        self.l.append(nn.ReLU())
        self.l.insert(0, nn.Tanh())
        self.l.extend([nn.Identity(), nn.Sigmoid()])
        del self.l[1]
        self.head = self.l[:2]
        self.s = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
        self.s[0] = nn.Linear(4, 4)
        self.s.append(nn.Tanh())
        self.t = self.s[1:3]
        self.u = nn.Sequential(*list(self.s.children())[:-1])
        self.v = nn.Sequential(OrderedDict([("x", nn.Linear(4, 4)), ("y", nn.ReLU())]))
        self.v.add_module("z", nn.Linear(4, 2))

    def forward(self, x: Tensor) -> Tensor:
        for m in self.l:
            x = m(x)
        for m in self.head:
            x = m(x)
        return self.v(self.u(self.t(self.s(x)))) + self.d["a"](x)[:, :2] + self.d["c"](x)[:, :2]


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = self.a
        self.c = copy.deepcopy(self.a)
        self.clones = nn.ModuleList([copy.deepcopy(self.a) for _ in range(2)])
        self.n_params = sum(p.numel() for p in self.parameters())
        self.n_train = sum(p.numel() for p in self.parameters() if p.requires_grad)
        self.names: List[str] = [n for n, _ in self.named_parameters()]
        self.mods: List[str] = [n for n, _ in self.named_modules()]
        self.kids: List[str] = [n for n, _ in self.named_children()]
        self.register_buffer("z", torch.zeros(2))
        self.register_buffer("zz", torch.ones(2), persistent=False)
        self.bufs: List[str] = [n for n, _ in self.named_buffers()]
        self.register_parameter("nop", None)
        self.register_buffer("nob", None)
        for p in self.c.parameters():
            p.requires_grad = False
        self.devs = str(next(self.parameters()).device)
        self.dt = next(self.parameters()).dtype == torch.float32
        self.sub = self.get_submodule("clones.1").in_features

    def forward(self, x: Tensor) -> Tensor:
        for m in self.clones:
            x = m(x)
        return self.c(self.b(self.a(x)))


class Partial(nn.Module):
    def __init__(self, norm_layer=None):
        super().__init__()
        norm_layer = norm_layer or partial(nn.LayerNorm, eps=1e-6)
        make = functools.partial(nn.Linear, 4)
        self.a = make(4)
        self.b = make(out_features=4, bias=False)
        self.norm = norm_layer(4)
        act = partial(nn.LeakyReLU, negative_slope=0.2)
        self.act = act()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.act(self.b(self.a(x))))


class Nested(nn.Module):
    def __init__(self, width=4):
        super().__init__()

        def block(i, o, norm=True):
            layers = [nn.Linear(i, o)]
            if norm:
                layers.append(nn.LayerNorm(o))
            layers.append(nn.ReLU(inplace=True))
            return layers

        def tail():
            return nn.Linear(width, 2)
        self.net = nn.Sequential(*block(4, 4, norm=False), *block(4, width), tail())

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class Combined(nn.Module):
    def __init__(self):
        super().__init__()
        self.pairs: List[Tuple[int, int]] = list(itertools.product(range(2), range(3)))
        self.combos: List[Tuple[int, int]] = list(itertools.combinations([1, 2, 3], 2))
        self.flat: List[int] = list(itertools.chain([1], [2, 3]))
        self.flat2: List[int] = list(itertools.chain.from_iterable([[1], [2, 3]]))
        self.acc: List[int] = list(itertools.accumulate([1, 2, 3]))
        self.prod = functools.reduce(operator.mul, [2, 3, 4], 1)
        self.pw: List[Tuple[int, int]] = list(itertools.pairwise([1, 2, 3]))
        self.rep: List[int] = list(itertools.repeat(3, 2))
        self.perm: List[Tuple[int, int]] = list(itertools.permutations([1, 2, 3], 2))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.prod + len(self.pairs)


SpecOfFromTuples = namedtuple("SpecOfFromTuples", ["inp", "out", "act"])


class Spec2OfFromTuples(NamedTuple):
    inp: int
    out: int = 4


SPECSOfFromTuples = [SpecOfFromTuples(4, 8, True), SpecOfFromTuples(8, 4, False)]


class FromTuples(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList()
        for s in SPECSOfFromTuples:
            self.layers.append(nn.Linear(s.inp, s.out))
            if s.act:
                self.layers.append(nn.ReLU())
        s2 = Spec2OfFromTuples(4)
        self.tail = nn.Linear(s2.inp, s2.out)
        i, o, a = SPECSOfFromTuples[0]
        self.o = o

    def forward(self, x: Tensor) -> Tensor:
        for l in self.layers:
            x = l(x)
        return self.tail(x)


class Asked(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = 3
        self.b = self.double + self.static(2) + self.cls_make(1)
        self.name = self.__class__.__name__
        self.n2 = type(self).__name__
        self.lin = nn.Linear(4, 4)
        self.eq = type(self.lin) == nn.Linear
        self.eq2 = type(self.lin) is nn.Linear
        self.eq3 = type(self.a) == int
        self.lname = type(self.lin).__name__
        self.cls: str = self.lin.__class__.__name__.lower()
    @property
    def double(self):
        return self.a * 2
    @staticmethod
    def static(x):
        return x + 100
    @classmethod
    def cls_make(cls, y):
        return y + len(cls.__name__)

    def forward(self, x: Tensor) -> Tensor:
        return self.lin(x) * self.b


def ramp(*sizes: int) -> Tensor:
    return torch.arange(float(math.prod(sizes))).view(list(sizes)) / 7 - 1


X = ramp(3, 4)
CONSTRUCTED = {
    "NamedLayers()": (X,),
    "Diamond()": (X,),
    "Mixed()": (X,),
    "Configured(ConfigOfConfigured.tiny())": (X,),
    "Containers()": (X,),
    "Listed()": (X,),
    "Partial()": (X,),
    "Nested()": (X,),
    "Combined()": (X,),
    "FromTuples()": (X,),
    "Asked()": (X,),
}
