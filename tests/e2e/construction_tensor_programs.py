"""Modules whose constructors compute with tensors: each is compared with torch, attribute by attribute, by
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


class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        a = torch.ones(4)
        b = a
        a += 1
        a *= 3
        c = torch.arange(4.0)
        d = c[1:3]
        d += 10
        d[0] -= 100
        e = c.view(2, 2)
        e /= 2
        self.register_buffer("a", a); self.register_buffer("b", b); self.register_buffer("c", c)
        self.register_buffer("d", d); self.register_buffer("e", e)
        f = torch.zeros(3, 3)
        f[0] += 1
        f[:, 1] *= 5
        f[1, 1] = 7
        f.t()[2] -= 3
        f[f > 1] = -1
        f.fill_diagonal_(9)
        self.register_buffer("f", f)
        g = torch.zeros(4)
        for i in range(4):
            g[i] = i ** 2
        g[0].fill_(5.0)
        g[1].add_(3)
        self.register_buffer("g", g)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.a + self.b + self.c


class InPlaceDtypes(nn.Module):
    def __init__(self):
        super().__init__()
        a = torch.arange(4)
        a += 2
        a //= 2
        a **= 2
        a %= 3
        b = torch.tensor([True, False])
        c = b
        c |= torch.tensor([False, False])
        c &= torch.tensor([True, True])
        c ^= torch.tensor([True, True])
        d = torch.tensor([1, 2, 3], dtype=torch.uint8)
        d <<= 1
        d += 200
        e = torch.ones(2, dtype=torch.float16)
        e *= 1.3
        f = torch.ones(2, dtype=torch.bfloat16)
        f *= 1.3
        f += 1e-3
        self.register_buffer("a", a); self.register_buffer("b", b); self.register_buffer("c", c); self.register_buffer("d", d)
        self.register_buffer("e", e); self.register_buffer("f", f)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.a


class HalfPrecision(nn.Module):
    def __init__(self):
        super().__init__()
        a = torch.linspace(0, 1, 5).to(torch.bfloat16)
        self.register_buffer("a", a)
        self.register_buffer("b", a * 3)
        self.register_buffer("c", a[1:3])
        self.register_buffer("d", a.float() * 3)
        self.register_buffer("e", (a + 1).to(torch.float32))
        self.register_buffer("f", torch.stack([a, a]))
        self.register_buffer("g", a.clone())
        self.register_buffer("h", a.view(5, 1))
        self.register_buffer("i", -a)
        self.register_buffer("j", a > 0.3)
        self.register_buffer("k", torch.tensor([0.1, 0.2], dtype=torch.bfloat16))
        self.register_buffer("l", torch.full((2,), 0.1, dtype=torch.bfloat16))
        self.register_buffer("m", torch.rand(3, dtype=torch.bfloat16))
        self.register_buffer("n", torch.randn(20, dtype=torch.float16))
        self.item = torch.tensor(0.1, dtype=torch.bfloat16).item()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.d[:4]


class Promoted(nn.Module):
    def __init__(self):
        super().__init__()
        i = torch.arange(3)
        self.register_buffer("a", i / 2)
        self.register_buffer("b", i * 0.5)
        self.register_buffer("c", 0.5 - i)
        self.register_buffer("d", 1 / (i + 1))
        self.register_buffer("e", 2 ** i)
        self.register_buffer("f", i ** 2)
        self.register_buffer("g", 2.0 ** i)
        self.register_buffer("h", 7 // (i + 1))
        self.register_buffer("j", 7 % (i + 1))
        self.register_buffer("k", i == 1)
        self.register_buffer("l", (i > 0) & (i < 2))
        self.register_buffer("m", ~(i > 0))
        self.register_buffer("n", -i)
        self.register_buffer("o", i + torch.tensor(0.5))
        self.register_buffer("p", i.int() + torch.tensor(2**33))
        self.register_buffer("q", torch.tensor([1, 2], dtype=torch.uint8) + 1)
        self.register_buffer("r", torch.tensor([1.0], dtype=torch.float64) * torch.tensor([2.0]))
        self.register_buffer("s", torch.tensor(3) / torch.tensor(2))
        self.register_buffer("t", torch.tensor([True, False]) + 1)
        self.register_buffer("u", torch.tensor([True, False]) * 1.5)
        self.register_buffer("v", 1 + i * 1j)
        self.register_buffer("w", 1 << i)
        self.register_buffer("x", i.half() * 3.3)
        self.register_buffer("y", 5 - torch.tensor([1], dtype=torch.uint8))
        self.register_buffer("z", 0 < i)
        self.register_buffer("aa", 1.5 // (i + 1))
        self.register_buffer("bb", abs(-i))
        self.register_buffer("cc", torch.tensor([1, 2.5]))
        self.register_buffer("dd", torch.tensor([True, 2]))
        self.register_buffer("ee", torch.tensor([]))
        self.register_buffer("ff", torch.tensor(1j))
        self.register_buffer("gg", torch.Tensor([1, 2]))
        self.register_buffer("hh", torch.LongTensor([1, 2]))
        self.register_buffer("ii", torch.tensor([i[0], i[2]]))
        self.register_buffer("jj", torch.tensor([[1, 2], [3, 4]], dtype=torch.half))
        self.register_buffer("kk", torch.zeros_like(i, dtype=torch.bool))
        self.register_buffer("ll", torch.arange(0, 1, 0.25))
        self.register_buffer("mm", torch.full((2,), 3))
        self.register_buffer("nn", torch.full((2,), True))
        self.register_buffer("oo", torch.ones(2, 2).cumsum(0).to(torch.int16))
        self.register_buffer("pp", i.sum())
        self.register_buffer("qq", i.float().mean())
        self.register_buffer("rr", i.max())
        self.register_buffer("ss", torch.sum(i, dtype=torch.float32))
        self.it = i.sum().item()
        self.fl = float(i.float().mean())
        self.ls: List[int] = i.tolist()
        self.bo = bool(i.any())
        self.nz: List[int] = [int(v) for v in i if v > 0]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.fl


class Indexed(nn.Module):
    def __init__(self):
        super().__init__()
        x = torch.arange(24.0).view(2, 3, 4)
        self.register_buffer("a", x[0])
        self.register_buffer("b", x[:, 1])
        self.register_buffer("c", x[..., -1])
        self.register_buffer("d", x[None, 0, :, None])
        self.register_buffer("e", x[[0, 1], [1, 2]])
        self.register_buffer("f", x[:, [0, 2]])
        self.register_buffer("g", x[torch.tensor([1, 0])])
        self.register_buffer("h", x[x > 10])
        self.register_buffer("i", x[:, torch.tensor([True, False, True])])
        self.register_buffer("j", x[0, torch.tensor([0, 1]), :2])
        self.register_buffer("k", x[torch.tensor([0, 1]), :, torch.tensor([2, 3])])
        self.register_buffer("l", x[:, ::2, 1:3])
        self.register_buffer("m", x[torch.tensor(1)])
        self.register_buffer("n", x[1, 2, 3])
        y = x.clone()
        y[0] = 1
        y[:, 1] = torch.arange(4.0)
        y[y > 20] = -1
        y[[0, 1], 2] = 7
        y[..., 0] += 100
        y[1, 2, 3] = 55
        y[:, torch.tensor([True, False, True]), 1] *= -1
        y[1, :, 2:] = torch.zeros(3, 2)
        y[0, torch.tensor([0, 0])] += 1
        self.register_buffer("y", y)
        z = torch.zeros(3, dtype=torch.int64)
        z[0] = 2.7
        z[1] = True
        z[2] = torch.tensor(9.9)
        self.register_buffer("z", z)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.b[:, :4].sum()


class Aliases(nn.Module):
    def __init__(self):
        super().__init__()
        a = [1, 2]
        self.a: List[int] = a
        b = self.a
        b.append(3)
        a += [4]
        d = {"x": a}
        d["x"].append(5)
        self.d: Dict[str, List[int]] = d
        m = [[0] * 2] * 2
        m[0][0] = 1
        self.m: List[List[int]] = m
        c = a[:]
        c.append(100)
        self.total = sum(a)
        t = torch.zeros(2)
        lst = [t, t]
        lst[0] += 1
        lst[1].add_(2)
        self.register_buffer("t", t)
        ts = list(torch.arange(4.0))
        ts[0] += 5
        self.register_buffer("ts", torch.stack(ts))
        u = torch.arange(6.0).view(2, 3)
        for row in u:
            row *= 2
            row[0] = -1
        x, y = u.unbind(0)
        x += 100
        p, q = u.chunk(2, dim=1)
        q.zero_()
        self.register_buffer("u", u)
        v = torch.arange(4.0)
        w = v.float()
        w += 1
        z = v.to(torch.float32)
        z *= 2
        zz = v.contiguous()
        zz -= 3
        self.register_buffer("v", v)
        vv = v.data
        vv += 1000
        vd = v.detach()
        vd[0] = 7

    def forward(self, x: Tensor) -> Tensor:
        return x * self.total + self.v


class Windows(nn.Module):
    def __init__(self, H=4, W=4, ws=2, shift=1):
        super().__init__()
        img_mask = torch.zeros((1, H, W, 1))
        h_slices = (slice(0, -ws), slice(-ws, -shift), slice(-shift, None))
        w_slices = (slice(0, -ws), slice(-ws, -shift), slice(-shift, None))
        cnt = 0
        for h in h_slices:
            for w in w_slices:
                img_mask[:, h, w, :] = cnt
                cnt += 1
        m = img_mask.view(1, H // ws, ws, W // ws, ws, 1).permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, ws * ws)
        attn_mask = m.unsqueeze(1) - m.unsqueeze(2)
        attn_mask = attn_mask.masked_fill(attn_mask != 0, float(-100.0)).masked_fill(attn_mask == 0, float(0.0))
        self.register_buffer("attn_mask", attn_mask)
        self.register_buffer("img", img_mask)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.attn_mask


class SharedMemory(nn.Module):
    def __init__(self):
        super().__init__()
        t = torch.arange(4.0)
        self.register_buffer("a", t)
        self.register_buffer("b", t[1:3])

    def forward(self, x: Tensor) -> Tensor:
        self.a.add_(1)
        return x + self.b.sum()


class SharedInList(nn.Module):
    def __init__(self):
        super().__init__()
        t = torch.arange(4.0)
        self.register_buffer("a", t)
        self.l: List[Tensor] = [t, t.view(2, 2)]

    def forward(self, x: Tensor) -> Tensor:
        self.a.add_(1)
        return x + self.l[1].sum() + self.l[0].sum()


class Reshaped(nn.Module):
    def __init__(self):
        super().__init__()
        x = torch.arange(6).view(2, 3)
        self.a = x.float().mean(dim=1, keepdim=True).shape[1]
        self.register_buffer("b", torch.where(x > 2, x, torch.zeros_like(x)))
        self.register_buffer("c", torch.clamp(x, 1, 3))
        y = torch.zeros(2, 3)
        torch.add(x, 1, out=y)
        self.register_buffer("y", y)
        z = torch.zeros(3)
        z.scatter_(0, torch.tensor([0, 2]), 5.0)
        z.index_fill_(0, torch.tensor([1]), -1.0)
        z.masked_fill_(z > 4, 9)
        z.clamp_(max=8).sub_(0.5, alpha=2)
        self.register_buffer("z", z)
        w = torch.zeros(2, 2)
        w.diagonal().fill_(3)
        w[0].copy_(torch.tensor([1.0, 2.0]))
        w.view(-1)[3] = 17
        w.t_()
        self.register_buffer("w", w)
        v = torch.zeros(2, 3).requires_grad_(False)
        v.data = torch.ones(4)
        self.register_buffer("v", v)
        u = torch.ones(3).expand(2, 3)
        self.register_buffer("u", u)
        self.register_buffer("sq", torch.zeros(1, 3, 1).squeeze())
        s = torch.zeros(3)
        s.unsqueeze_(0)
        self.register_buffer("s", s)

    def forward(self, x: Tensor) -> Tensor:
        return x


class Shapes(nn.Module):
    def __init__(self):
        super().__init__()
        t = torch.zeros(2, 3)
        self.eq = t.shape == (2, 3)
        self.eq2 = t.shape == torch.Size([2, 3])
        self.eq3 = t.size() == torch.zeros(2, 3).shape
        self.rank = len(t.shape)
        self.ndim = t.ndim
        self.n = t.numel()
        self.n2 = t.nelement()
        self.last = t.shape[-1]
        self.tup = tuple(t.shape)
        self.lst = list(t.shape)
        a, b = t.shape
        self.ab = a * b
        self.s = t.size(-1)
        self.sh: List[int] = [*t.shape]
        self.prod = math.prod(t.shape)
        self.cat = (1,) + t.shape
        self.new = torch.ones(*t.shape[1:], 2).shape[0]
        self.flag = isinstance(t.shape, tuple)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.ab


def ramp(*sizes: int) -> Tensor:
    return torch.arange(float(math.prod(sizes))).view(list(sizes)) / 7 - 1


X = ramp(3, 4)
CONSTRUCTED = {
    "InPlace()": (X,),
    "InPlaceDtypes()": (X,),
    "HalfPrecision()": (X,),
    "Promoted()": (X,),
    "Indexed()": (X,),
    "Aliases()": (X,),
    "Windows()": (ramp(4, 4, 4),),
    "SharedMemory()": (X,),
    "SharedInList()": (X,),
    "Reshaped()": (X,),
    "Shapes()": (X,),
}
