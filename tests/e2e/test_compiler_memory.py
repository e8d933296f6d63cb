"""What the compiler takes beside the weights: they are not held several times."""

from __future__ import annotations

import os
import sys
from pathlib import Path

STACK = """import torch
from torch import Tensor, nn


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(1024, 1024) for _ in range({layers})])

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x


model = Stack()
"""
LAYER_BYTES = 4 * 1024 * 1024


def peak(layers: int, folder: Path) -> int:
    """The largest resident set of a compiler process, in bytes."""
    path = folder / f"stack{layers}.py"
    path.write_text(STACK.format(layers=layers))
    command = [sys.executable, "-m", "aotjit", "compile", str(path), "-o", str(folder / "stack.so"), "--cpu", "v3"]
    pid = os.spawnv(os.P_NOWAIT, sys.executable, command)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0
    return usage.ru_maxrss * 1024


def test_weights_are_held_less_than_three_times(tmp_path: Path) -> None:
    few, many = peak(1, tmp_path), peak(25, tmp_path)
    assert many - few < 2.5 * 24 * LAYER_BYTES
    assert few < 300 << 20
