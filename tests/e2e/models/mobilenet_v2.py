"""MobileNetV2 (Sandler et al. 2018) as in torchvision: inverted residuals around depthwise convolutions."""

from torch import Tensor, nn


class ConvUnit(nn.Module):
    def __init__(self, inner: int, outer: int, kernel: int = 3, stride: int = 1, groups: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outer)
        self.relu = nn.ReLU6(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))


class InvertedResidual(nn.Module):
    def __init__(self, inner: int, outer: int, stride: int, expand: int):
        super().__init__()
        hidden = inner * expand
        self.adds = stride == 1 and inner == outer
        layers = []
        if expand != 1:
            layers.append(ConvUnit(inner, hidden, 1))
        layers.append(ConvUnit(hidden, hidden, 3, stride, hidden))
        layers.append(nn.Conv2d(hidden, outer, 1, bias=False))
        layers.append(nn.BatchNorm2d(outer))
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        if self.adds:
            return x + self.conv(x)
        return self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self, classes: int = 1000):
        super().__init__()
        features = [ConvUnit(3, 32, 3, 2)]
        inner = 32
        for expand, outer, count, first in (
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ):
            for i in range(count):
                features.append(InvertedResidual(inner, outer, first if i == 0 else 1, expand))
                inner = outer
        features.append(ConvUnit(inner, 1280, 1))
        self.features = nn.Sequential(*features)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(1280, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x).mean([2, 3])
        return self.classifier(self.dropout(x))
