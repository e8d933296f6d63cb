"""torch's own transformer encoder under a token embedding with sines of the place, and an attention block of torch's
multi-head attention with both masks."""
# what torch.jit reads

import math
from typing import Tuple

import torch
from torch import Tensor, nn


class Classifier(nn.Module):
    def __init__(self, vocabulary: int = 30, width: int = 16, heads: int = 2, layers: int = 2, classes: int = 4):
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding(vocabulary, width)
        place = torch.arange(64, dtype=torch.float32).unsqueeze(1)
        rate = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(10000.0) / width))
        sines = torch.zeros(64, width)
        sines[:, 0::2] = torch.sin(place * rate)
        sines[:, 1::2] = torch.cos(place * rate)
        self.register_buffer("sines", sines)
        layer = nn.TransformerEncoderLayer(width, heads, dim_feedforward=32, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.output = nn.Linear(width, classes)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens) * math.sqrt(self.width) + self.sines[: tokens.size(1)]
        return self.output(self.encoder(x).mean(dim=1))


class MaskedAttention(nn.Module):
    def __init__(self, width: int = 16, heads: int = 4):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tuple[Tensor, Tensor]:
        size = x.size(1)
        padding = torch.arange(size, device=x.device)[None, :] >= lengths[:, None]
        later = torch.ones(size, size, dtype=torch.bool, device=x.device).triu(1)
        y = self.norm(x)
        y, weights = self.attention(y, y, y, key_padding_mask=padding, need_weights=True, attn_mask=later)
        assert weights is not None
        return x + y, weights
