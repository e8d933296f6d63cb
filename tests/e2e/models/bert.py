"""An encoder in the manner of BERT (Devlin et al. 2018): embeddings of tokens, places and segments, attention in both
directions with a mask of padding, layer norms after the residuals, a pooled first token."""
# what torch.jit reads

import math
from typing import Optional

import torch
from torch import Tensor, nn


class Embeddings(nn.Module):
    def __init__(self, vocabulary: int, width: int, places: int):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width, padding_idx=0)
        self.places = nn.Embedding(places, width)
        self.segments = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.register_buffer("indices", torch.arange(places).unsqueeze(0))

    def forward(self, tokens: Tensor, segments: Optional[Tensor]) -> Tensor:
        if segments is None:
            segments = torch.zeros_like(tokens)
        places = self.places(self.indices[:, : tokens.size(1)])
        return self.dropout(self.norm(self.tokens(tokens) + self.segments(segments) + places))


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.size = width // heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(0.1)

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), self.heads, self.size).permute(0, 2, 1, 3)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(self.size) + mask
        weights = self.dropout(nn.functional.softmax(scores, dim=-1))
        context = torch.matmul(weights, value).permute(0, 2, 1, 3).contiguous()
        context = context.view(x.size(0), x.size(1), self.heads * self.size)
        return self.norm(x + self.dropout(self.output(context)))


class Layer(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.attention = SelfAttention(width, heads)
        self.inner = nn.Linear(width, 4 * width)
        self.outer = nn.Linear(4 * width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.attention(x, mask)
        return self.norm(x + self.outer(nn.functional.gelu(self.inner(x))))


class Bert(nn.Module):
    def __init__(self, vocabulary: int = 50, width: int = 32, heads: int = 4, layers: int = 2):
        super().__init__()
        self.embeddings = Embeddings(vocabulary, width, 64)
        self.layers = nn.ModuleList([Layer(width, heads) for _ in range(layers)])
        self.pooler = nn.Linear(width, width)

    def forward(self, tokens: Tensor, attend: Tensor):
        mask = (1.0 - attend[:, None, None, :].to(torch.float32)) * -10000.0
        x = self.embeddings(tokens, None)
        for layer in self.layers:
            x = layer(x, mask)
        return x, torch.tanh(self.pooler(x[:, 0]))
