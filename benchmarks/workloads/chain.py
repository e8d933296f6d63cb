"""Elementwise operations on a million elements: one pass over memory, or six."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from peers import Contestants, onnx_model, onnx_session, torch_peers
from programs import compile_source, load_function
from timing import interleave, table

CHAIN = """import torch
from torch import Tensor


def chain(x: Tensor, y: Tensor) -> Tensor:
    return torch.sigmoid(x) * torch.tanh(y) + torch.exp(x) * y
"""

def run(folder: Path) -> None:
    import torch
    from onnx import helper

    model = compile_source(CHAIN, folder, "chain")
    eager = load_function(CHAIN, folder, "chain")
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(1_000_000).astype(np.float32) for _ in range(2))
    nodes = [
        helper.make_node("Sigmoid", ["x"], ["s"]),
        helper.make_node("Tanh", ["y"], ["t"]),
        helper.make_node("Exp", ["x"], ["e"]),
        helper.make_node("Mul", ["s", "t"], ["st"]),
        helper.make_node("Mul", ["e", "y"], ["ey"]),
        helper.make_node("Add", ["st", "ey"], ["out"]),
    ]
    onnx = onnx_model(nodes, {"x": [1_000_000], "y": [1_000_000]}, ["out"], {})
    contestants: Contestants = {"aotjit": lambda: model.chain(x, y)}
    contestants |= torch_peers(eager, (torch.from_numpy(x), torch.from_numpy(y)))
    contestants |= onnx_session(onnx, {"x": x, "y": y})
    print(table("pointwise chain, 1M elements", interleave(contestants)))
