"""Modules as they are found in repositories, whose constructors look at what they have made: each is compared with
torch, attribute by attribute, by test_whole_programs.py. Both seed the generator before."""

# ruff: noqa
import math
from typing import Callable, List, Sequence

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

torch.manual_seed(7)


def add_of_defaults(x, acc=[]):
    acc.append(x)
    return acc


class Defaults(nn.Module):
    def __init__(self):
        super().__init__()
        add_of_defaults(1)
        self.l: List[int] = add_of_defaults(2)

    def forward(self, x: Tensor) -> Tensor:
        return x * len(self.l)


class Pretrained(nn.Module):
    def __init__(self):
        super().__init__()
        table = torch.arange(8.0).view(2, 4)
        self.embedding = nn.Embedding.from_pretrained(table, padding_idx=0)
        self.bag = nn.EmbeddingBag.from_pretrained(table * 2, mode="sum")

    def forward(self, x: Tensor) -> Tensor:
        return x + self.embedding(torch.tensor([1])) + self.bag(torch.tensor([[0, 1]]))


class Ordered(nn.Module):
    def __init__(self):
        super().__init__()
        self.z = nn.Parameter(torch.ones(1))
        self.sub = nn.Linear(4, 4)
        self.a = nn.Parameter(torch.ones(1))
        for n, p in self.named_parameters():
            p.data.fill_(len(n))
        for i, p in enumerate(self.parameters()):
            p.data += i
        for i, m in enumerate(self.modules()):
            m.idx = i
        self.order: List[str] = [n for n, _ in self.named_parameters(recurse=False)]
        self.pre: List[str] = [n for n, _ in self.sub.named_parameters(prefix="s")]

    def forward(self, x: Tensor) -> Tensor:
        return self.sub(x) + self.z + self.a


def init_weights_of_applied(m):
    if type(m) == nn.Linear:
        torch.nn.init.xavier_uniform_(m.weight)
        m.bias.data.fill_(0.01)
    classname = m.__class__.__name__
    if classname.find("Norm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)


class Applied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.n = nn.LayerNorm(4)
        self.s = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.apply(init_weights_of_applied)
        self.s.apply(lambda m: setattr(m, "tag", 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.s(self.n(self.a(x)))


class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4, bias=False)
        with torch.no_grad():
            w = self.a.weight
            w /= w.norm(dim=1, keepdim=True)
            u, s, v = torch.linalg.svd(w)
            self.a.weight.mul_(0.5).add_(torch.eye(4), alpha=0.1)
            self.a.weight[0] = self.a.weight[1:].mean(0)
        self.scale = float(self.a.weight.abs().max())
        self.register_buffer("cov", (self.a.weight.t() @ self.a.weight).detach())
        self.register_buffer("inv", torch.inverse(self.cov + torch.eye(4)))
        self.register_buffer("sv", s.detach())

    def forward(self, x: Tensor) -> Tensor:
        return self.a(x) * self.scale


class Kernels(nn.Module):
    def __init__(self, k=3, sigma=1.0):
        super().__init__()
        coords = torch.arange(k).float() - (k - 1) / 2
        g = torch.exp(-(coords ** 2) / (2 * sigma ** 2))
        g = g / g.sum()
        kernel = torch.outer(g, g)
        self.register_buffer("kernel", kernel[None, None].repeat(2, 1, 1, 1))
        sobel = torch.tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float32)
        self.register_buffer("sobel", torch.stack([sobel, sobel.t()]).unsqueeze(1))
        self.conv = nn.Conv2d(2, 2, k, groups=2, bias=False, padding=k // 2)
        self.conv.weight.data.copy_(self.kernel)
        self.conv.weight.requires_grad = False
        self.up = nn.ConvTranspose2d(2, 2, 4, stride=2, padding=1)
        f = (4 + 1) // 2
        og = torch.arange(4).float()
        filt = 1 - torch.abs(og / f - 0.75)
        w = torch.zeros(2, 2, 4, 4)
        for i in range(2):
            w[i, i] = filt[:, None] * filt[None, :]
        self.up.weight.data = w

    def forward(self, x: Tensor) -> Tensor:
        return self.up(self.conv(x))


class Inquiring(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        for k, v in dict(alpha=1.0, beta=2).items():
            setattr(self, k, kw.get(k, v))
        self.a = hasattr(self, "alpha") and not hasattr(self, "gamma")
        self.b = getattr(self, "gamma", 5)
        self.c = getattr(self, "fc", None) is None
        self.fc = nn.Linear(4, 4)
        self.d = hasattr(self.fc, "bias") and hasattr(self.fc, "weight") and not hasattr(self.fc, "foo")
        self.e = hasattr("abc", "upper") and hasattr([], "append")
        self.f = hasattr(self.fc.weight, "data") and not hasattr(self.fc.weight, "nope")
        self.g = callable(self.fc) and callable(len) and not callable(3)
        self.h = hasattr(self, "forward") and hasattr(self, "h")

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) * self.alpha


class Instances(nn.Module):
    def __init__(self, v=(1, 2)):
        super().__init__()
        self.a = isinstance(v, tuple) and not isinstance(v, list)
        self.b = isinstance(3, int) and not isinstance(3.0, int)
        self.c = isinstance(True, int)
        self.d = isinstance(torch.ones(1), torch.Tensor) and not isinstance(torch.ones(1), nn.Parameter)
        self.e = isinstance(nn.Parameter(torch.ones(1)), nn.Parameter)
        self.f = isinstance(nn.Linear(1, 1), nn.Module) and isinstance(self, Instances)
        self.g = isinstance("a", str) and isinstance({}, dict) and isinstance([], (tuple, list))
        self.h = isinstance(None, type(None))
        self.i = isinstance(v, Sequence)
        self.j = isinstance(nn.Conv2d(1, 1, 1), (nn.Conv1d, nn.Linear))
        self.k = isinstance(lambda x: x, Callable)
        self.l = type(v) is tuple and type(3) is int
        self.m = isinstance(nn.ReLU6(), nn.Hardtanh)
        self.n = isinstance(nn.Conv2d(1, 1, 1), nn.modules.conv._ConvNd)

    def forward(self, x: Tensor) -> Tensor:
        return x


class PythonOfTensors(nn.Module):
    def __init__(self):
        super().__init__()
        t = torch.tensor([3, 1, 2])
        self.a = max(t.tolist())
        self.b = int(max(t))
        self.c: List[int] = sorted(t.tolist())
        self.d = len(t)
        self.e = sum(t).item()
        self.f = [int(x) for x in t][0]
        self.g = (t > 1).sum().item()
        self.h = t[0].item() + float(t.float().mean())
        self.i = 2 in t
        self.j: List[int] = [5, 6, 7, 8][t[1]:t[0]]
        self.k = [5, 6, 7][t[2]]
        self.l = range(3)[t[1]]
        self.m = round(float(t.float().std()), 4)
        self.n = list(t.size())[0]
        self.o: List[List[int]] = torch.ones(2, 2, dtype=torch.int64).tolist()
        self.p = bool(t[0] > t[1]) and t[0] > 2
        self.q = t.dtype == torch.int64
        self.r = str(t.dtype)
        self.s = t.min().item() if t.numel() else 0

    def forward(self, x: Tensor) -> Tensor:
        return x * self.d


class Base2OfDirect(nn.Module):
    def __init__(self, a):
        nn.Module.__init__(self)
        self.a = a


class Direct(Base2OfDirect):
    def __init__(self):
        Base2OfDirect.__init__(self, 4)
        self.k = 2

    def forward(self, x: Tensor) -> Tensor:
        return x * self.a * self.k


class OldOfSwapped(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n
        self.fc = nn.Linear(n, n)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def replace_of_swapped(model):
    for name, child in model.named_children():
        if isinstance(child, nn.ReLU):
            setattr(model, name, nn.Tanh())
        else:
            replace_of_swapped(child)


class Swapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Sequential(nn.ReLU()))
        self.b = OldOfSwapped(4)
        replace_of_swapped(self)
        self.b.fc = nn.Sequential(self.b.fc, nn.Dropout(0.1))
        for n, m in self.named_modules():
            if isinstance(m, nn.Dropout):
                m.p = 0.0

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.a(x))


class Operators(nn.Module):
    def __init__(self):
        super().__init__()
        x = torch.arange(12.0).view(3, 4)
        self.register_buffer("a", x.topk(2, dim=1)[0])
        self.register_buffer("b", x.sort(descending=True)[1])
        self.register_buffer("c", x.unfold(1, 2, 1))
        self.register_buffer("d", torch.cat([x, x], dim=1)[:, ::3])
        self.register_buffer("e", F.pad(x, (1, 1)))
        self.register_buffer("f", F.one_hot(torch.tensor([0, 2])))
        self.register_buffer("g", x.gather(1, torch.tensor([[0], [1], [2]])))
        self.register_buffer("h", torch.zeros(3, 4).scatter(1, torch.tensor([[1], [2], [0]]), 1.0))
        self.register_buffer("i", x.roll(1, 0).flip(1))
        self.register_buffer("j", torch.bucketize(x, torch.tensor([2.0, 5.0])))
        self.register_buffer("k", x.var(dim=1, unbiased=False))
        self.register_buffer("l", x.softmax(-1).log())
        self.register_buffer("m", torch.fft.rfft(x).abs())
        self.register_buffer("n", x.quantile(0.5, dim=1))
        self.register_buffer("o", torch.histc(x, 4))
        self.register_buffer("p", x.cumprod(1).clamp(max=10))
        self.register_buffer("q", torch.einsum("ij,kj->ik", x, x))
        self.register_buffer("r", torch.baddbmm(x[None] @ x.t(), x[None], x.t()[None]))
        self.register_buffer("s", F.interpolate(x[None, None], scale_factor=2, mode="bilinear", align_corners=False))
        self.register_buffer("t", x.repeat_interleave(2, 0))
        self.register_buffer("u", torch.nonzero(x > 5))
        self.register_buffer("v", torch.where(x > 5)[0])
        self.register_buffer("w", x.unique())
        self.register_buffer("x", torch.tril_indices(3, 3))
        self.register_buffer("y", torch.kaiser_window(5))
        self.register_buffer("z", torch.hamming_window(5, periodic=False))
        self.register_buffer("aa", x.masked_fill(x > 3, 0).logsumexp(0))
        self.register_buffer("bb", torch.stack(torch.meshgrid(torch.arange(2.0), torch.arange(3.0), indexing="xy")))
        self.register_buffer("cc", torch.cdist(x, x))
        self.register_buffer("dd", x.amax((0, 1)))
        self.register_buffer("ee", torch.block_diag(x[:1], x[1:2]))
        self.register_buffer("ff", torch.linspace(0, 1, 5, dtype=torch.float64))
        self.register_buffer("gg", torch.arange(3, dtype=torch.float16) / 3)
        self.register_buffer("hh", x.to(torch.int32) // 2)
        self.register_buffer("ii", torch.bitwise_and(x.long(), torch.tensor(3)))
        self.register_buffer("jj", x.mean((0, 1), keepdim=True))
        self.register_buffer("kk", torch.vander(torch.tensor([1.0, 2.0, 3.0])))
        self.register_buffer("ll", torch.combinations(torch.tensor([1, 2, 3]), 2))
        self.register_buffer("mm", torch.polygamma(1, x + 1) if False else torch.lgamma(x + 1))
        self.register_buffer("nn", torch.special.expit(x))
        self.register_buffer("oo", x.new_zeros(2))
        self.register_buffer("pp", x.new_tensor([1, 2]))
        self.register_buffer("qq", x.type(torch.int64))
        self.register_buffer("rr", x.view(-1)[torch.randperm(12)])
        self.register_buffer("ss", torch.ones(2, 3).expand(4, 2, 3).contiguous())
        self.register_buffer("tt", torch.addmm(torch.zeros(3), x, x.t()))
        self.register_buffer("uu", x.triu(1).tril(2))
        self.register_buffer("vv", torch.diagflat(torch.tensor([1.0, 2.0])))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.uu


def ramp(*sizes: int) -> Tensor:
    return torch.arange(float(math.prod(sizes))).view(list(sizes)) / 7 - 1


X = ramp(3, 4)
CONSTRUCTED = {
    "Defaults()": (X,),
    "Pretrained()": (X,),
    "Ordered()": (X,),
    "Applied()": (X,),
    "Normalised()": (X,),
    "Kernels()": (ramp(1, 2, 5, 5),),
    "Inquiring(alpha=3.0)": (X,),
    "Instances()": (X,),
    "PythonOfTensors()": (X,),
    "Direct()": (X,),
    "Swapped()": (X,),
    "Operators()": (X,),
}
