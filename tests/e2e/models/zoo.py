"""Models in the manner of those that people publish as archives, each in small: vision, language, speech, graphs."""
# what torch.jit reads

from collections import OrderedDict
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Translator(nn.Module):
    """Bidirectional encoder, attention, a greedy decoder that stops early."""

    def __init__(self, words: int = 20, width: int = 16):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.encoder = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.cell = nn.GRUCell(3 * width, width)
        self.score = nn.Linear(3 * width, 1)
        self.output = nn.Linear(width, words)
        self.width = width

    def forward(self, source: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        encoded = self.encoder(self.embedding(source))[0]
        hidden = torch.zeros(source.size(0), self.width)
        token = torch.zeros(source.size(0), dtype=torch.long)
        tokens: list[Tensor] = []
        logits: list[Tensor] = []
        for _ in range(steps):
            query = hidden.unsqueeze(1).expand(-1, encoded.size(1), -1)
            weights = torch.softmax(self.score(torch.cat([encoded, query], 2)).squeeze(2), 1)
            context = torch.bmm(weights.unsqueeze(1), encoded).squeeze(1)
            hidden = self.cell(torch.cat([self.embedding(token), context], 1), hidden)
            row = self.output(hidden)
            token = row.argmax(1)
            tokens.append(token)
            logits.append(row)
            if bool((token == 3).all()):
                break
        return torch.stack(tokens, 1), torch.stack(logits, 1)


class Tagger(nn.Module):
    """Two bidirectional LSTM layers and the best path of a linear chain (Viterbi)."""

    def __init__(self, tags: int = 5):
        super().__init__()
        self.lstm = nn.LSTM(6, 8, num_layers=2, bidirectional=True, dropout=0.1)
        self.output = nn.Linear(16, tags)
        self.transitions = nn.Parameter(torch.randn(tags, tags))

    def forward(self, x: Tensor) -> tuple[Tensor, list[int]]:
        features = self.output(self.lstm(x)[0])[:, 0]
        score = features[0]
        back: list[Tensor] = []
        for t in range(1, features.size(0)):
            best, places = (score.unsqueeze(1) + self.transitions).max(0)
            score = best + features[t]
            back.append(places)
        found, last = score.max(0)
        path = [int(last)]
        for i in range(len(back) - 1, -1, -1):
            path.append(int(back[i][path[-1]]))
        path.reverse()
        return found, path


class PackedRows(nn.Module):
    """Sequences of several lengths without their padding: the lengths go through a Union of torch's own."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 3, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, (h, _) = self.lstm(packed)
        y, ends = nn.utils.rnn.pad_packed_sequence(y, batch_first=True, padding_value=-1.0, total_length=x.size(1))
        return torch.cat([y.mean(1), h[0]], 1), ends

    @torch.jit.export
    def sorted(self, y: Tensor, ends: Tensor) -> Tensor:
        return self.lstm(nn.utils.rnn.pack_padded_sequence(y, ends.cpu(), True))[0].data


class VisionTransformer(nn.Module):
    def __init__(self, width: int = 24):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.first = nn.Parameter(torch.randn(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, 17, width))
        self.block = nn.TransformerEncoderLayer(width, 4, 48, activation="gelu", batch_first=True, norm_first=True)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(x.size(0), -1, -1), x], 1) + self.places
        return self.head(self.norm(self.block(x))[:, 0])


class Squeeze(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.down = nn.Conv2d(channels, channels // 4, 1)
        self.up = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * F.hardsigmoid(self.up(F.relu(self.down(F.adaptive_avg_pool2d(x, 1)))))


class MobileNet(nn.Module):
    """The third version's parts: hard swish in place, squeeze and excitation, depthwise convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16, eps=1e-3), nn.Hardswish(True),
            nn.Conv2d(16, 16, 5, 1, 2, groups=16, bias=False), nn.BatchNorm2d(16), Squeeze(16),
            nn.Conv2d(16, 24, 1), nn.ReLU(True),
        )  # fmt: skip
        self.classes = nn.Linear(24, 7)

    def forward(self, x: Tensor) -> Tensor:
        return self.classes(self.features(x).mean([2, 3]))


class Segmentation(nn.Module):
    """Dilated convolutions at several rates, results in a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=2, dilation=2), nn.BatchNorm2d(8), nn.ReLU())
        self.rates = nn.ModuleList([nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 3, padding=3, dilation=3)])
        self.pooled = nn.Conv2d(8, 4, 1)
        self.output = nn.Conv2d(12, 2, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        size = x.shape[-2:]
        found = OrderedDict()
        y = self.stem(x)
        parts = [rate(y) for rate in self.rates]
        pooled = self.pooled(F.adaptive_avg_pool2d(y, 1))
        parts.append(F.interpolate(pooled, size=y.shape[-2:], mode="bilinear", align_corners=False))
        found["out"] = F.interpolate(
            self.output(torch.cat(parts, 1)), size=size, mode="bilinear", align_corners=False
        )
        found["features"] = y
        return found


class Heads(NamedTuple):
    logits: Tensor
    aux: Tensor | None


class TwoHeads(nn.Module):
    """A second classifier in training only; a NamedTuple."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(3, 4, 1)
        self.three = nn.Conv2d(3, 4, 3, padding=1)
        self.classes = nn.Linear(8, 3)
        self.aux = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Heads:
        y = torch.cat([F.relu(self.one(x)), F.relu(self.three(x), inplace=True)], 1)
        y = torch.flatten(F.adaptive_avg_pool2d(y, (1, 1)), 1)
        aux: Tensor | None = None
        if self.training:
            aux = self.aux(y)
        return Heads(self.classes(y), aux)


class Waves(nn.Module):
    """Convolutions over a signal, group norm, a place embedding with weight norm."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv1d(1, 16, 10, 5, bias=False)
        self.narrow = nn.Conv1d(16, 16, 3, 2, bias=False)
        self.groups = nn.GroupNorm(16, 16)
        self.norm = nn.LayerNorm(16)
        self.places = nn.utils.parametrizations.weight_norm(nn.Conv1d(16, 16, 8, padding=4, groups=4), dim=2)
        self.output = nn.Linear(16, 9)

    def forward(self, x: Tensor) -> Tensor:
        y = F.gelu(self.narrow(F.gelu(self.groups(self.wide(x.unsqueeze(1))))))
        y = self.norm(y.transpose(1, 2))
        y = y + F.gelu(self.places(y.transpose(1, 2))[:, :, :-1]).transpose(1, 2)
        return F.log_softmax(self.output(y), -1)


class Messages(nn.Module):
    """One round of messages along the edges of a graph."""

    def __init__(self) -> None:
        super().__init__()
        self.edge = nn.Linear(8, 6)
        self.node = nn.Linear(10, 4)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        source, target = edges[0], edges[1]
        messages = torch.tanh(self.edge(torch.cat([x[source], x[target]], 1)))
        total = torch.zeros(x.size(0), 6).index_add_(0, target, messages)
        count = torch.bincount(target, minlength=x.size(0)).clamp(min=1).unsqueeze(1)
        return self.node(torch.cat([x, total / count], 1))


class Windows(nn.Module):
    """Attention in shifted windows with a bias for each relative place."""

    def __init__(self, width: int = 8, window: int = 4, heads: int = 2):
        super().__init__()
        self.window, self.heads = window, heads
        self.joint = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.table = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
        grid = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        relative = grid[:, :, None] - grid[:, None, :] + window - 1
        self.register_buffer("places", relative[0] * (2 * window - 1) + relative[1])

    def forward(self, x: Tensor) -> Tensor:
        batch, rows, columns, width = x.shape
        size, area = self.window, self.window * self.window
        y = torch.roll(x, shifts=(-2, -2), dims=(1, 2))
        y = y.view(batch, rows // size, size, columns // size, size, width).permute(0, 1, 3, 2, 4, 5)
        joint = self.joint(y.reshape(-1, area, width)).reshape(-1, area, 3, self.heads, width // self.heads)
        query, key, value = joint.permute(2, 0, 3, 1, 4).unbind(0)
        scores = (query * (width // self.heads) ** -0.5) @ key.transpose(-2, -1)
        bias = self.table[self.places.view(-1)].view(area, area, -1).permute(2, 0, 1)
        y = ((scores + bias.unsqueeze(0)).softmax(-1) @ value).transpose(1, 2).reshape(-1, area, width)
        y = self.output(y).view(batch, rows // size, columns // size, size, size, width)
        y = y.permute(0, 1, 3, 2, 4, 5).reshape(batch, rows, columns, width)
        return torch.roll(y, shifts=(2, 2), dims=(1, 2)) + x


class Rotary(nn.Module):
    """Rotary places, fewer heads for keys and values, a gated feed-forward layer, RMS norm."""

    def __init__(self, width: int = 16, heads: int = 4, groups: int = 2):
        super().__init__()
        self.heads, self.groups = heads, groups
        self.embedding = nn.Embedding(30, width)
        self.norm = nn.RMSNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width // heads * groups, bias=False)
        self.value = nn.Linear(width, width // heads * groups, bias=False)
        self.gate = nn.Linear(width, 32, bias=False)
        self.up = nn.Linear(width, 32, bias=False)
        self.down = nn.Linear(32, width, bias=False)
        angles = torch.outer(torch.arange(32).float(), 1.0 / (10000 ** (torch.arange(0, 4, 2).float() / 4)))
        self.register_buffer("cosines", angles.cos(), persistent=False)
        self.register_buffer("sines", angles.sin(), persistent=False)

    def turned(self, x: Tensor) -> Tensor:
        a, b = x.float().chunk(2, -1)
        c, s = self.cosines[: x.size(1)].unsqueeze(1), self.sines[: x.size(1)].unsqueeze(1)
        return torch.cat([a * c - b * s, a * s + b * c], -1)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        batch, length, width = x.shape
        y = self.norm(x)
        query = self.turned(self.query(y).view(batch, length, self.heads, -1)).transpose(1, 2)
        key = self.turned(self.key(y).view(batch, length, self.groups, -1)).transpose(1, 2)
        value = self.value(y).view(batch, length, self.groups, -1).transpose(1, 2)
        y = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        x = x + y.transpose(1, 2).reshape(batch, length, width)
        return F.linear(x + self.down(F.silu(self.gate(x)) * self.up(x)), self.embedding.weight)


class Boxes(nn.Module):
    """A one-stage detector: anchors, a threshold, the ten best of each image."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 2 * 7, 3, 2, 1)
        self.register_buffer("anchors", torch.rand(2, 2) * 10)

    def forward(self, x: Tensor) -> list[Tensor]:
        y = self.convolution(x)
        batch, _, rows, columns = y.shape
        y = y.view(batch, 2, 7, rows, columns).permute(0, 1, 3, 4, 2).contiguous().sigmoid()
        down, across = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        centre = (y[..., 0:2] * 2 - 0.5 + torch.stack((across, down), 2).view(1, 1, rows, columns, 2).float()) * 2
        size = (y[..., 2:4] * 2) ** 2 * self.anchors.view(1, 2, 1, 1, 2)
        whole = torch.cat((centre, size, y[..., 4:]), -1).view(batch, -1, 7)
        found: list[Tensor] = []
        for i in range(batch):
            kept = whole[i][whole[i][:, 4] > 0.5]
            score, kind = (kept[:, 5:] * kept[:, 4:5]).max(1, keepdim=True)
            order = score.squeeze(1).argsort(descending=True)[:10]
            found.append(torch.cat((kept[:, :4], score, kind.float()), 1)[order])
        return found


class Durations(nn.Module):
    """Speech synthesis: each letter is repeated for as long as it lasts, rows are padded."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(12, 8, padding_idx=0)
        self.duration = nn.Linear(8, 1)
        self.convolution = nn.Conv1d(8, 8, 3, padding=1)
        self.slope = nn.PReLU()
        self.output = nn.Linear(8, 5)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        x = self.embedding(tokens)
        lasts = torch.clamp(torch.round(torch.exp(self.duration(x).squeeze(-1))), min=1).long()
        rows: list[Tensor] = []
        for i in range(tokens.size(0)):
            rows.append(torch.repeat_interleave(x[i], lasts[i], dim=0))
        y = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        heard = torch.arange(y.size(1)).unsqueeze(0) < lasts.sum(1).unsqueeze(1)
        y = self.slope(self.convolution(y.transpose(1, 2))).transpose(1, 2)
        return self.output(y).masked_fill(~heard.unsqueeze(2), 0.0), lasts


class Experts(nn.Module):
    """Each row goes to the two experts that its gate likes best."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(6, 4)
        self.experts = nn.ModuleList(
            [nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 6)) for _ in range(4)]
        )

    def forward(self, x: Tensor) -> Tensor:
        weights, chosen = torch.topk(F.softmax(self.gate(x), -1), 2, -1)
        weights = weights / weights.sum(-1, keepdim=True)
        result = torch.zeros_like(x)
        for k, expert in enumerate(self.experts):
            row, place = torch.where(chosen == k)
            if row.numel() > 0:
                result.index_add_(0, row, expert(x[row]) * weights[row, place].unsqueeze(1))
        return result


class Autoencoder(nn.Module):
    """A variational one, whose trace has numbers as 0-dim constants in front of tensors of unknown rank."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(8, 6)
        self.decoder = nn.Linear(3, 8)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, spread = self.encoder(x).chunk(2, 1)
        z = mean + torch.exp(0.5 * spread) / 3
        return torch.sigmoid(self.decoder(z)), -0.5 * torch.sum(1 + spread - mean.pow(2) - spread.exp())


class Video(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv3d(3, 6, 3, padding=1, stride=(1, 2, 2))
        self.norm = nn.BatchNorm3d(6)
        self.classes = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        y = F.max_pool3d(F.relu(self.norm(self.convolution(x))), (1, 2, 2))
        return self.classes(F.adaptive_avg_pool3d(y, 1).flatten(1))
