"""A detection head: anchors, decoded boxes, scores and non-maximum suppression, one class at a time."""
# what torch.jit reads

import math
from typing import List, Tuple

import torch
from torch import Tensor, nn


def overlap(box: Tensor, others: Tensor) -> Tensor:
    """Intersection over union of box [4] and others [n, 4]."""
    corner = torch.max(box[:2], others[:, :2])
    extent = (torch.min(box[2:], others[:, 2:]) - corner).clamp(min=0)
    shared = extent[:, 0] * extent[:, 1]
    area = (box[2] - box[0]) * (box[3] - box[1])
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return shared / (area + areas - shared)


def suppress(boxes: Tensor, scores: Tensor, limit: float) -> Tensor:
    """The indices of the boxes that are kept, best first."""
    order = scores.argsort(descending=True)
    kept: List[int] = []
    while order.numel() > 0:
        best = int(order[0])
        kept.append(best)
        order = order[1:]
        order = order[overlap(boxes[best], boxes[order]) <= limit]
    return torch.tensor(kept, dtype=torch.long)


class Detector(nn.Module):
    def __init__(self, channels: int = 8, classes: int = 3, threshold: float = 0.4):
        super().__init__()
        self.classes = classes
        self.threshold = threshold
        self.sizes = [8.0, 16.0]
        self.body = nn.Sequential(nn.Conv2d(3, channels, 3, stride=4, padding=1), nn.SiLU())
        self.score = nn.Conv2d(channels, len(self.sizes) * classes, 1)
        self.delta = nn.Conv2d(channels, len(self.sizes) * 4, 1)

    def anchors(self, high: int, wide: int) -> Tensor:
        y = (torch.arange(high, dtype=torch.float32) + 0.5) * 4
        x = (torch.arange(wide, dtype=torch.float32) + 0.5) * 4
        rows, columns = torch.meshgrid([y, x], indexing="ij")
        centres = torch.stack([columns, rows], dim=-1).reshape(-1, 1, 2)
        sizes = torch.tensor(self.sizes).reshape(1, -1, 1)
        return torch.cat([centres.expand(-1, sizes.size(1), 2), sizes.expand(centres.size(0), -1, 2)], 2).reshape(-1, 4)

    def boxes(self, anchors: Tensor, delta: Tensor) -> Tensor:
        centre = anchors[:, :2] + delta[:, :2] * anchors[:, 2:]
        half = 0.5 * anchors[:, 2:] * torch.exp(delta[:, 2:].clamp(max=math.log(8.0)))
        return torch.cat([centre - half, centre + half], dim=1)

    def forward(self, image: Tensor) -> List[Tuple[Tensor, Tensor, Tensor]]:
        x = self.body(image)
        batch, _, high, wide = x.shape
        scores = self.score(x).permute(0, 2, 3, 1).reshape(batch, -1, self.classes).sigmoid()
        delta = self.delta(x).permute(0, 2, 3, 1).reshape(batch, -1, 4)
        anchors = self.anchors(high, wide)
        found: List[Tuple[Tensor, Tensor, Tensor]] = []
        for i in range(batch):
            boxes = self.boxes(anchors, delta[i])
            parts: List[Tensor] = []
            values: List[Tensor] = []
            labels: List[Tensor] = []
            for c in range(self.classes):
                chosen = torch.nonzero(scores[i, :, c] > self.threshold).squeeze(1)
                if chosen.numel() == 0:
                    continue
                kept = chosen[suppress(boxes[chosen], scores[i, chosen, c], 0.5)]
                parts.append(boxes[kept])
                values.append(scores[i, kept, c])
                labels.append(torch.full_like(kept, c))
            if len(parts) == 0:
                found.append((boxes[:0], scores[i, :0, 0], torch.zeros(0, dtype=torch.long)))
            else:
                found.append((torch.cat(parts), torch.cat(values), torch.cat(labels)))
        return found
