"""A chunk of a stream through the published archive of silero-vad, as it is; its vendor's ONNX file beside it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from peers import Contestants
from timing import interleave, table

import aotjit

RATE, CHUNK, CONTEXT, HIDDEN = 16000, 512, 64, 128


def onnx_stream(path: Path, chunk: np.ndarray[Any, Any]) -> Contestants:
    """The ONNX file keeps no state: as in the vendor's wrapper, the caller hands it on and puts the context before."""
    try:
        import onnxruntime
    except ImportError:
        print("  (ONNX Runtime left out: not installed)")
        return {}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    state = np.zeros((2, 1, HIDDEN), np.float32)
    context = np.zeros((1, CONTEXT), np.float32)
    rate = np.array(RATE)

    def step() -> object:
        nonlocal state, context
        whole = np.concatenate([context, chunk], axis=1)
        result, state = session.run(None, {"input": whole, "state": state, "sr": rate})
        context = whole[:, -CONTEXT:]
        return result

    return {"ONNX Runtime": step}


def run(folder: Path) -> None:
    import torch

    package = importlib.util.find_spec("silero_vad")
    if package is None or package.origin is None:
        print("silero-vad is not installed (pip install --no-deps silero-vad==6.2.3)")
        return
    data = Path(package.origin).parent / "data"
    archive = data / "silero_vad.jit"
    chunk = (0.1 * np.random.default_rng(0).standard_normal((1, CHUNK))).astype(np.float32)
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    reference = torch.jit.load(archive)
    given = torch.from_numpy(chunk)
    model = aotjit.compile(archive, output=folder / "vad.so")
    fixed = aotjit.compile(archive, output=folder / "vad_fixed.so", inputs={"x": f"f32[1,{CHUNK}]"})
    for _ in range(5):
        want = reference(given, RATE)
        for ours in (model, fixed):
            torch.testing.assert_close(torch.from_numpy(ours.forward(chunk, RATE)), want)
    contestants: Contestants = {
        "aotjit": lambda: model.forward(chunk, RATE),
        "aotjit, shapes given": lambda: fixed.forward(chunk, RATE),
        "torch.jit": lambda: reference(given, RATE),
    }
    contestants |= onnx_stream(data / "silero_vad.onnx", chunk)
    print(table(f"silero-vad, a chunk of {CHUNK} samples", interleave(contestants)))
