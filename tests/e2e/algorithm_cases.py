"""Arguments for the functions of examples/algorithms.py, for tests and benchmarks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

TEXT = "The quick brown fox, the lazy dog; unknowable words: the foxes quickly barked! "
PIECES = "the quick ##ly brown fox ##es lazy dog un ##know ##able word ##s bark"
VOCABULARY = {piece: i + 1 for i, piece in enumerate(PIECES.split())}
SETTINGS = "# all\nGain = 0.5, 2\noffset= -1.5   # volts\n\nrates = 1, 2, 3, 4.25\n"
TEXTS = ["=1+2*(3-4)*5", "(a[b]{c})", "#" + SETTINGS, "([)]", "=12*(30-4*(5+6))-7", "[[[]]]", "=((7))"]


def wave(*shape: int) -> Tensor:
    """Numbers that look random, many of them different."""
    flat = torch.arange(torch.Size(shape).numel()) * 37 % 101
    return flat.to(torch.float32).view(shape) / 16 - 3


def boxes(n: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(n)
    corner = torch.rand([n, 2], generator=generator) * 10
    far = corner + 1 + torch.rand([n, 2], generator=generator) * 3
    return torch.cat([corner, far], 1), torch.rand([n], generator=generator)


CASES: dict[str, list[tuple[Any, ...]]] = {
    "non_maximum_suppression": [(*boxes(30), 0.3), (*boxes(1), 0.5), (*boxes(0), 0.5)],
    "decode_ctc": [(wave(20, 2, 6), [20, 11], "abcde"), (wave(3, 1, 2), [0], "a")],
    "tokenize": [(TEXT * 2, VOCABULARY), ("", VOCABULARY)],
    "conjugate_gradient": [(wave(40), 1e-3, 100), (torch.zeros(5), 1e-3, 9)],
    "evaluate": [("1+2*(3-4)*5",), ("2*(3+4",), ("7 & 1",)],
    "parse_settings": [(SETTINGS,), ("a = x",)],
    "balance": [("([x]{})",), ("(]",), ("",)],
    "parse_all": [(TEXTS,), ([],)],
    "simulate": [(200, 7), (5, 1)],
    "smooth_all": [([wave(8) * i for i in range(1, 5)], 3)],
}

LARGER: dict[str, tuple[Any, ...]] = {
    "non_maximum_suppression": (*boxes(100), 0.3),
    "decode_ctc": (wave(100, 4, 6), [100, 90, 70, 40], "abcde"),
    "tokenize": (TEXT * 20, VOCABULARY),
    "conjugate_gradient": (wave(500), 1e-3, 60),
    "evaluate": ("+".join(["(1+20*(3-4)*5)"] * 30),),
    "parse_settings": (SETTINGS * 10,),
    "balance": ("([x]{abc})" * 40,),
    "parse_all": (TEXTS * 10,),
    "simulate": (2000, 20),
    "smooth_all": ([wave(64) * i for i in range(1, 9)], 10),
}
"""Of sizes at which the work counts, not the call."""
