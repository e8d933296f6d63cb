"""Modules whose constructors compute with random numbers, initialisers, calls of modules and dtypes: each is compared with torch, attribute by attribute, by
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


class WholeNumbers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("ints", torch.randint(0, 4, (5,)))
        self.register_buffer("i32", torch.randint(-3, 4, size=[5], dtype=torch.int32))
        self.register_buffer("i1", torch.randint(high=100, size=(2, 3)))
        self.register_buffer("f", torch.randint(0, 2, (3,), dtype=torch.float32))
        self.register_buffer("big", torch.randint(0, 2**40, (3,)))

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.ints]


class NormalNumbers(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.normal(0.0, 0.02, (4, 3)))
        self.v = nn.Parameter(torch.normal(mean=1.0, std=0.5, size=(40,)))
        self.register_buffer("u", torch.normal(torch.arange(3.0), torch.ones(3)))
        self.register_buffer("t", torch.normal(torch.arange(20.0), 0.1))
        self.register_buffer("s", torch.normal(2.0, torch.arange(1.0, 18.0)))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w


class Drawn(nn.Module):
    def __init__(self):
        super().__init__()
        g = torch.randn(3, 4)
        q, r = torch.linalg.qr(torch.randn(4, 4))
        self.register_buffer("q", q @ r)
        self.register_buffer("m", (torch.rand(4, 4) > 0.5).float())
        self.w = nn.Parameter(torch.randn(3, 4) / math.sqrt(4))
        self.v = nn.Parameter(torch.Tensor(3).uniform_(-1, 1))
        self.register_buffer("idx", torch.randperm(10)[:4])
        self.register_buffer("srt", torch.sort(torch.rand(5))[0])
        self.register_buffer("tk", torch.topk(torch.rand(6), 2).indices)
        self.register_buffer("hash", torch.randint(1, 2 ** 31 - 1, (2, 3)))
        self.register_buffer("B", torch.randn(2, 3) * 10.0)
        torch.manual_seed(3)
        self.register_buffer("c", torch.randn(17))
        self.register_buffer("d", torch.empty(3, 5).t().normal_())
        self.register_buffer("e", torch.empty(5, 7).t().uniform_())
        self.register_buffer("f", torch.randn(4, 3, dtype=torch.float64))
        self.register_buffer("g2", torch.randint(0, 2, (4,)).bool())
        self.register_buffer("h", torch.multinomial(torch.tensor([0.1, 0.5, 0.4]), 5, replacement=True))
        self.register_buffer("i", torch.zeros(3, 4).normal_(0, 1) + torch.rand(()))
        self.register_buffer("j", torch.randn(()))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w.t()


class Initialised(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.empty(5, 7)); nn.init.xavier_uniform_(self.a, gain=nn.init.calculate_gain("relu"))
        self.b = nn.Parameter(torch.empty(5, 7)); nn.init.xavier_normal_(self.b)
        self.c = nn.Parameter(torch.empty(5, 7)); nn.init.kaiming_uniform_(self.c, a=math.sqrt(5))
        self.d = nn.Parameter(torch.empty(5, 7)); nn.init.kaiming_normal_(self.d, mode="fan_out", nonlinearity="relu")
        self.e = nn.Parameter(torch.empty(5, 7)); nn.init.normal_(self.e, mean=1.0, std=0.02)
        self.f = nn.Parameter(torch.empty(5, 7)); nn.init.uniform_(self.f, -0.1, 0.1)
        self.g = nn.Parameter(torch.empty(5, 7)); nn.init.trunc_normal_(self.g, std=0.02)
        self.h = nn.Parameter(torch.empty(5, 7)); nn.init.constant_(self.h, 0.3)
        self.i = nn.Parameter(torch.empty(5, 5)); nn.init.eye_(self.i)
        self.j = nn.Parameter(torch.empty(5, 7, 3)); nn.init.dirac_(self.j)
        self.k = nn.Parameter(torch.empty(5, 7)); nn.init.orthogonal_(self.k)
        self.l = nn.Parameter(torch.empty(5, 7)); nn.init.sparse_(self.l, 0.3)
        self.m = nn.Parameter(torch.empty(3)); nn.init.normal_(self.m)
        self.o = nn.Parameter(torch.empty(3)); nn.init.zeros_(self.o)
        self.p = nn.Parameter(torch.empty(3)); nn.init.ones_(self.p)
        fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(self.a)
        bound = 1 / math.sqrt(fan_in)
        self.q = nn.Parameter(torch.empty(4)); nn.init.uniform_(self.q, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.a[:4, :4]


class ForgetGates(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 5, num_layers=2, batch_first=True)
        for names in self.lstm._all_weights:
            for name in filter(lambda n: "bias" in n, names):
                bias = getattr(self.lstm, name)
                n = bias.size(0)
                start, end = n // 4, n // 2
                bias.data[start:end].fill_(1.0)
        for name, param in self.lstm.named_parameters():
            if name.startswith("weight_hh"):
                nn.init.orthogonal_(param)
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(param.data)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(x)[0]


class Trained(nn.Module):
    def __init__(self):
        super().__init__()
        self.d = nn.Dropout(0.5)
        self.d.eval()
        self.bn = nn.BatchNorm1d(4)
        y = self.bn(torch.arange(12.0).view(3, 4))
        self.register_buffer("y", y.detach())
        z = F.dropout(torch.ones(20), 0.5, training=self.training)
        self.register_buffer("z", z)
        w = self.d(torch.ones(5))
        self.register_buffer("w", w)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(x)


class BlockOfCalled(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = nn.Linear(n, n)
        self.conv = nn.Conv1d(1, 2, 3)

    def forward(self, x: Tensor, scale: float = 1.0, flag: Optional[bool] = None) -> Tuple[Tensor, int]:
        y = self.fc(x)
        if flag is not None and flag:
            y = y + 1
        for i in range(2):
            y = y * scale
        return F.relu(y), y.size(-1)


class Called(nn.Module):
    def __init__(self):
        super().__init__()
        self.b = BlockOfCalled(4)
        out, n = self.b(torch.ones(2, 4), scale=2.0, flag=True)
        self.register_buffer("out", out.detach())
        self.n = n
        self.gru = nn.GRU(4, 3)
        o, h = self.gru(torch.ones(2, 1, 4))
        self.register_buffer("o", o.detach())
        self.emb = nn.Embedding(5, 4)
        self.register_buffer("e", self.emb(torch.tensor([1, 2])).detach())
        self.att = nn.MultiheadAttention(4, 2)
        a, w = self.att(torch.ones(2, 1, 4), torch.ones(2, 1, 4), torch.ones(2, 1, 4))
        self.register_buffer("a", a.detach())
        self.pool = nn.AdaptiveAvgPool2d(1)(torch.arange(16.0).view(1, 1, 4, 4)).item()
        c = self.b.conv(torch.arange(6.0).view(1, 1, 6))
        self.cs = c.shape[-1]
        self.ln = nn.Sequential(nn.LayerNorm(4), nn.GELU())(torch.arange(4.0)).sum().item()

    def forward(self, x: Tensor) -> Tensor:
        return self.b(x)[0]


class Probed(nn.Module):
    def __init__(self, shape=(1, 8, 8)):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3)
        self.bn = nn.BatchNorm2d(3)
        self.conv2 = nn.Conv2d(3, 2, 3)
        self.n = self._size(shape)
        self.fc = nn.Linear(self.n, 2)

    def _size(self, shape):
        x = torch.rand(1, *shape)
        x = self.features(x)
        return int(x.numel())

    def features(self, x):
        x = F.relu(self.bn(self.conv1(x)))
        return F.max_pool2d(self.conv2(x), 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x).flatten(1))


class Converted(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.half_fc = nn.Linear(4, 4).half()
        self.bf = nn.Linear(2, 2).bfloat16()
        self.db = nn.Linear(2, 2, dtype=torch.float64)
        self.bf2 = nn.Linear(2, 2, dtype=torch.bfloat16)
        self.h2 = nn.Linear(20, 2, dtype=torch.float16)
        self.to_d = nn.Linear(2, 2).to(torch.float64)
        self.ln = nn.LayerNorm(3).to(dtype=torch.bfloat16)
        self.to_dev = nn.Linear(2, 2).to(torch.device("cpu"))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class Copied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)
        self.b.load_state_dict(self.a.state_dict())
        with torch.no_grad():
            self.a.weight.copy_(torch.eye(4))
            self.a.bias.zero_()
            self.b.weight += 1.0
            self.b.bias[0] = 5

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.a(x))


def ramp(*sizes: int) -> Tensor:
    return torch.arange(float(math.prod(sizes))).view(list(sizes)) / 7 - 1


X = ramp(3, 4)
CONSTRUCTED = {
    "WholeNumbers()": (X,),
    "NormalNumbers()": (X,),
    "Drawn()": (X,),
    "Initialised()": (X,),
    "ForgetGates()": (ramp(2, 3, 4),),
    "Trained()": (X,),
    "Called()": (X,),
    "Probed()": (ramp(2, 1, 8, 8),),
    "Converted()": (X,),
    "Copied()": (X,),
}
