"""A recurrent network of 100 steps as its loop; ONNX Runtime has it unrolled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from peers import Contestants, onnx_model, onnx_session, torch_peers
from programs import compile_source, load_function
from timing import interleave, table

RNN = """import torch
from torch import Tensor, nn
from typing import List, Tuple


class RNN(nn.Module):
    def __init__(self, size: int, hidden: int):
        super().__init__()
        self.W_h = nn.Parameter(torch.randn(size, hidden) / 8)
        self.U_h = nn.Parameter(torch.randn(hidden, hidden) / 12)
        self.b_h = nn.Parameter(torch.zeros(hidden))

    def forward(self, x: Tensor, h: Tensor) -> Tuple[Tensor, Tensor]:
        y: List[Tensor] = []
        for t in range(x.size(0)):
            h = torch.tanh(x[t] @ self.W_h + h @ self.U_h + self.b_h)
            y += [h]
        return torch.stack(y), h
"""


def unrolled_rnn(weights: dict[str, np.ndarray], steps: int, size: int, hidden: int) -> object:
    """The RNN as an ONNX graph without a loop, as a tracing exporter would write it."""
    from onnx import helper

    nodes = []
    state = "h"
    constants = dict(weights)
    for t in range(steps):
        constants[f"i{t}"] = np.array(t, np.int64)
        nodes += [
            helper.make_node("Gather", ["x", f"i{t}"], [f"x{t}"], axis=0),
            helper.make_node("MatMul", [f"x{t}", "W_h"], [f"a{t}"]),
            helper.make_node("MatMul", [state, "U_h"], [f"b{t}"]),
            helper.make_node("Add", [f"a{t}", f"b{t}"], [f"c{t}"]),
            helper.make_node("Add", [f"c{t}", "b_h"], [f"d{t}"]),
            helper.make_node("Tanh", [f"d{t}"], [f"h{t}"]),
            helper.make_node("Unsqueeze", [f"h{t}", "axis0"], [f"u{t}"]),
        ]
        state = f"h{t}"
    constants["axis0"] = np.array([0], np.int64)
    nodes.append(helper.make_node("Concat", [f"u{t}" for t in range(steps)], ["y"], axis=0))
    nodes.append(helper.make_node("Identity", [state], ["last"]))
    return onnx_model(nodes, {"x": [steps, 1, size], "h": [1, hidden]}, ["y", "last"], constants)


def run(folder: Path) -> None:
    import torch

    steps, size, hidden = 100, 64, 128
    torch.manual_seed(0)
    module = load_function(RNN, folder, "RNN")(size, hidden).eval()  # type: ignore[attr-defined]
    weights_file = folder / "rnn_weights.pt"
    torch.save(module.state_dict(), weights_file)
    model = compile_source(RNN, folder, "rnn", entry=f"RNN({size}, {hidden})", weights=str(weights_file))
    shapes = {"x": f"f32[{steps},1,{size}]", "h": f"f32[1,{hidden}]"}
    fixed = compile_source(
        RNN, folder, "rnn_fixed", entry=f"RNN({size}, {hidden})", weights=str(weights_file), inputs=shapes
    )
    rng = np.random.default_rng(0)
    x = rng.standard_normal((steps, 1, size)).astype(np.float32)
    h = np.zeros((1, hidden), np.float32)
    got = model.forward(x, h)
    want = module(torch.from_numpy(x), torch.from_numpy(h))
    torch.testing.assert_close(torch.from_numpy(got[0]), want[0].detach())
    weights = {name: value.detach().numpy() for name, value in module.state_dict().items()}
    contestants: Contestants = {"aotjit": lambda: model.forward(x, h)}
    contestants["aotjit, shapes given"] = lambda: fixed.forward(x, h)
    contestants |= torch_peers(module, (torch.from_numpy(x), torch.from_numpy(h)), compiled=False)
    contestants |= onnx_session(unrolled_rnn(weights, steps, size, hidden), {"x": x, "h": h})
    print(table("RNN, T=100, 64 -> 128, batch 1", interleave(contestants)))
    floor = steps * 2 * (size + hidden) * hidden
    print(f"  {floor / 1e6:.1f} MFLOP; weights {4 * (size + hidden) * hidden / 1024:.0f} KiB are read every step")
