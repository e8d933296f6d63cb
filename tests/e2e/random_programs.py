# ruff: noqa: UP006, UP035, N812  (a program as its author writes it for torch.jit)
"""Random numbers: each function seeds the generator and draws, so that results can be compared."""

from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor


def uniform(n: int, seed: int) -> List[Tensor]:
    torch.manual_seed(seed)
    return [
        torch.rand([n]),
        torch.rand([n], dtype=torch.float64),
        torch.rand([2, n]),
        torch.empty([n]).uniform_(-2.0, 3.0),
        torch.empty([n], dtype=torch.float64).uniform_(1.0, 1.5),
        torch.rand_like(torch.zeros([n, 3])),
        torch.rand([1]),
    ]


def normal(n: int, seed: int) -> List[Tensor]:
    torch.manual_seed(seed)
    return [
        torch.randn([n]),
        torch.randn([1]),
        torch.randn([n], dtype=torch.float64),
        torch.empty([n]).normal_(1.0, 0.5),
        torch.randn_like(torch.zeros([n, 2])),
        torch.normal(0.5, 2.0, [n]),
        torch.normal(torch.arange(n).to(torch.float32), torch.ones([n])),
        torch.normal(torch.arange(n).to(torch.float32), 0.5),
        torch.normal(-1.0, torch.arange(n).to(torch.float32) * 0.01),
        torch.randn([3, 5]),
    ]


def whole_numbers(n: int, seed: int) -> List[Tensor]:
    torch.manual_seed(seed)
    return [
        torch.randint(10, [n]),
        torch.randint(-5, 5, [n, 2]),
        torch.randint(0, 1 << 40, [n]),
        torch.randint(3, [n], dtype=torch.int32),
        torch.empty([n], dtype=torch.int64).random_(7),
        torch.empty([n]).random_(3, 9),
        torch.empty([n], dtype=torch.int32).random_(2, None),
        torch.empty([n], dtype=torch.int64).random_(-3, None),
        torch.empty([n]).random_(5, None),
        torch.empty([n]).random_(),
        torch.empty([n], dtype=torch.float64).random_(),
        torch.empty([n], dtype=torch.int64).random_(),
        torch.empty([n], dtype=torch.int32).random_(),
        torch.empty([n], dtype=torch.uint8).random_(),
        torch.empty([n], dtype=torch.bool).random_(),
        torch.randperm(n),
        torch.randperm(n + 40),
    ]


def chances(n: int, seed: int) -> List[Tensor]:
    torch.manual_seed(seed)
    p = torch.linspace(0.0, 1.0, n)
    return [
        torch.bernoulli(p),
        torch.bernoulli(p, 0.3),
        torch.zeros([n]).bernoulli_(0.6),
        torch.zeros([n]).bernoulli_(p),
        torch.zeros([n], dtype=torch.int64).bernoulli_(0.5),
        torch.empty([n]).exponential_(),
        torch.empty([n], dtype=torch.float64).exponential_(2.5),
    ]


def choices(n: int, seed: int) -> List[Tensor]:
    torch.manual_seed(seed)
    weights = torch.arange(n).to(torch.float32) + 0.5
    return [
        torch.multinomial(weights, 1),
        torch.multinomial(weights, n, True),
        torch.multinomial(torch.stack([weights, weights.flip([0])]), 5, True),
        torch.multinomial(weights, n),
    ]


def dropped(n: int, seed: int) -> List[Tensor]:
    torch.manual_seed(seed)
    x = torch.arange(6 * n).to(torch.float32).reshape([2, 3, n]) - 4.0
    return [
        F.dropout(x, 0.3, True),
        F.dropout(x, 0.3, False),
        F.feature_alpha_dropout(x, 0.4, True),
        F.alpha_dropout(x, 0.4, True),
        F.dropout1d(x, 0.5, True),
        F.rrelu(x, 0.1, 0.3, True),
        F.rrelu(x, 0.1, 0.3, False),
        torch.dropout_(x.clone(), 0.2, True),
    ]


def half_precision(n: int, seed: int) -> List[Tensor]:
    torch.manual_seed(seed)
    found: List[Tensor] = []
    for _ in range(2):
        found += [
            torch.rand([n], dtype=torch.float16).to(torch.float32),
            torch.empty([n], dtype=torch.float16).uniform_(-1.3, 0.7).to(torch.float32),
            torch.randn([n], dtype=torch.float16),
            torch.rand([n], dtype=torch.bfloat16).to(torch.float32),
            torch.empty([n], dtype=torch.bfloat16).uniform_(-1.3, 0.7).to(torch.float32),
            torch.empty([n], dtype=torch.bfloat16).uniform_(-1.0, 0.0).to(torch.float32),
            torch.empty([n], dtype=torch.bfloat16).exponential_().to(torch.float32),
            torch.randn([1]),
        ]
    return found


def transposed(n: int, seed: int) -> List[Tensor]:
    """Tensors are filled in the order of their memory."""
    torch.manual_seed(seed)
    return [
        torch.empty([n, 3]).t().uniform_(),
        torch.empty([n, 3]).t().normal_(),
        torch.empty([2, n, 3]).transpose(0, 2).exponential_(),
        torch.empty([2, n, 3]).permute(1, 2, 0).bernoulli_(0.4),
        torch.empty([n, 3], dtype=torch.int64).t().random_(7),
        torch.empty([n, 6], dtype=torch.int32)[:, ::2].t().random_(),
        torch.empty([n, 3]).t().bernoulli_(torch.full([3, n], 0.5)),
        torch.rand([2]),
    ]


def one_after_another(n: int, seed: int) -> Tuple[Tensor, float, Tensor, Tensor]:
    """What one call leaves is where the next goes on: an odd number of normals keeps half a pair."""
    torch.manual_seed(seed)
    first = torch.randn([1])
    second = torch.randn([1], dtype=torch.float64)
    return first, torch.rand([1]).item(), second, torch.randn([n])


def unseeded(n: int) -> Tensor:
    return torch.rand([n])
