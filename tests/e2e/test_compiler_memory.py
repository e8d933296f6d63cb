"""What the compiler takes beside the weights: they are not held several times."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.libraries import PEAK_MEMORY, python

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
    code = f"import sys; from aotjit import cli; assert cli.main(sys.argv[1:]) == 0; print({PEAK_MEMORY})"
    return int(python(code, "compile", path.name, "-o", "stack.so", "--cpu", "v3", folder=folder))


def test_weights_are_held_less_than_three_times(tmp_path: Path) -> None:
    few, many = peak(1, tmp_path), peak(25, tmp_path)
    assert many - few < 2.5 * 24 * LAYER_BYTES
    assert few < 300 << 20
