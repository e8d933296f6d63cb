"""The product of two 1024 x 1024 matrices of float32, beside as many multiply-adds without any memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from peak import fma_loop
from peers import Contestants, onnx_model, onnx_session, torch_peers
from programs import compile_source, load_function
from timing import interleave, table

MATMUL = """import torch
from torch import Tensor


def product(a: Tensor, b: Tensor) -> Tensor:
    return torch.mm(a, b)
"""

PEAK = "multiply-adds alone"


def run(folder: Path) -> None:
    import torch
    from onnx import helper

    model = compile_source(MATMUL, folder, "product")
    n = 1024
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((n, n)).astype(np.float32) for _ in range(2))
    eager = load_function(MATMUL, folder, "product")
    contestants: Contestants = {"aotjit": lambda: model.product(a, b), PEAK: fma_loop(2 * n**3)}
    contestants |= torch_peers(eager, (torch.from_numpy(a), torch.from_numpy(b)), compiled=False)
    contestants |= onnx_session(
        onnx_model([helper.make_node("MatMul", ["a", "b"], ["out"])], {"a": [n, n], "b": [n, n]}, ["out"], {}),
        {"a": a, "b": b},
    )
    result = interleave(contestants, rounds=9, budget=0.1)
    print(table("matmul 1024^3 f32", result))
    reached, peak = (2 * n**3 / result.seconds[name] / 1e9 for name in ("aotjit", PEAK))
    print(f"  aotjit: {reached:.0f} GFLOP/s, {reached / peak:.0%} of the core's {peak:.0f}")
