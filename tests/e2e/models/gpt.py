"""A decoder in the manner of GPT-2 (Radford et al. 2019) with a cache of keys and values, and greedy generation."""
# what torch.jit reads

import math
from typing import List, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.joint = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Tensor, past: Optional[Tuple[Tensor, Tensor]]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        batch, length, width = x.shape
        query, key, value = self.joint(x).split(width, dim=2)
        query = query.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        key = key.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        value = value.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        if past is not None:
            key = torch.cat([past[0], key], dim=2)
            value = torch.cat([past[1], value], dim=2)
        total = key.size(2)
        scores = query @ key.transpose(2, 3) * (1.0 / math.sqrt(width // self.heads))
        causal = torch.ones(length, total, dtype=torch.bool, device=x.device).tril(total - length)
        weights = F.softmax(scores.masked_fill(~causal, float("-inf")), dim=-1)
        y = (weights @ value).transpose(1, 2).reshape(batch, length, width)
        return self.output(y), (key, value)


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, past: Optional[Tuple[Tensor, Tensor]]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        y, cache = self.attention(self.norm1(x), past)
        x = x + y
        return x + self.mlp(self.norm2(x)), cache


class Gpt(nn.Module):
    def __init__(self, vocabulary: int = 40, width: int = 32, heads: int = 4, layers: int = 2, places: int = 64):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(places, width)
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.tokens.weight

    def step(
        self, tokens: Tensor, caches: Optional[List[Tuple[Tensor, Tensor]]]
    ) -> Tuple[Tensor, List[Tuple[Tensor, Tensor]]]:
        start = 0
        if caches is not None:
            start = caches[0][0].size(2)
        places = torch.arange(start, start + tokens.size(1), device=tokens.device)
        x = self.tokens(tokens) + self.places(places)
        made: List[Tuple[Tensor, Tensor]] = []
        for i, block in enumerate(self.blocks):
            past: Optional[Tuple[Tensor, Tensor]] = None
            if caches is not None:
                past = caches[i]
            x, cache = block(x, past)
            made.append(cache)
        return self.head(self.norm(x)), made

    def forward(self, tokens: Tensor) -> Tensor:
        return self.step(tokens, None)[0]

    @torch.jit.export
    def generate(self, tokens: Tensor, count: int, stop: int = -1) -> Tensor:
        logits, caches = self.step(tokens, None)
        for _ in range(count):
            best = logits[:, -1].argmax(dim=-1, keepdim=True)
            tokens = torch.cat([tokens, best], dim=1)
            if bool((best == stop).all()):
                break
            logits, caches = self.step(best, caches)
        return tokens
