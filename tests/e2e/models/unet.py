"""A U-Net (Ronneberger et al. 2015): convolutions downwards, transposed ones upwards, skips that are padded to fit."""
# what torch.jit reads

from typing import List

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Double(nn.Sequential):
    def __init__(self, inner: int, outer: int):
        super().__init__(
            nn.Conv2d(inner, outer, 3, padding=1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(inplace=True),
            nn.Conv2d(outer, outer, 3, padding=1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(inplace=True),
        )  # fmt: skip


class Up(nn.Module):
    def __init__(self, inner: int, outer: int, bilinear: bool):
        super().__init__()
        if bilinear:
            self.up = nn.Sequential(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Conv2d(inner, outer, 1)
            )
        else:
            self.up = nn.ConvTranspose2d(inner, outer, kernel_size=2, stride=2)
        self.convolutions = Double(2 * outer, outer)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        high = skip.size(2) - x.size(2)
        wide = skip.size(3) - x.size(3)
        x = F.pad(x, [wide // 2, wide - wide // 2, high // 2, high - high // 2])
        return self.convolutions(torch.cat([skip, x], dim=1))


class UNet(nn.Module):
    def __init__(self, channels: int = 3, classes: int = 2, base: int = 8, depth: int = 3):
        super().__init__()
        self.first = Double(channels, base)
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        for i in range(depth):
            self.down.append(nn.Sequential(nn.MaxPool2d(2), Double(base << i, base << (i + 1))))
            self.up.insert(0, Up(base << (i + 1), base << i, i % 2 == 0))
        self.head = nn.Conv2d(base, classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        skips: List[Tensor] = []
        for down in self.down:
            skips.append(x)
            x = down(x)
        for up in self.up:
            x = up(x, skips.pop())
        return torch.sigmoid(self.head(x))
