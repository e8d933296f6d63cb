"""The peers that aotjit is measured against, each as a function of no arguments; one that cannot be had is left out
with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Contestants = dict[str, Callable[[], object]]


def torch_peers(function: Any, arguments: Sequence[Any], compiled: bool = True) -> Contestants:
    """torch eager, torch.jit and torch.compile (when a C++ compiler is there) on torch tensors, one thread, no grad."""
    import torch

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    scripted = torch.jit.script(function)
    for _ in range(3):
        scripted(*arguments)
    peers: Contestants = {
        "torch eager": lambda: function(*arguments),
        "torch.jit": lambda: scripted(*arguments),
    }
    if compiled:
        try:
            inductor = torch.compile(function)
            inductor(*arguments)
            peers["torch.compile"] = lambda: inductor(*arguments)
        except Exception as error:
            print(f"  (torch.compile left out: {type(error).__name__})")
    return peers


def onnx_session(model: Any, feeds: dict[str, Any]) -> Contestants:
    """ONNX Runtime on an onnx ModelProto, one thread."""
    try:
        import onnxruntime
    except ImportError:
        print("  (ONNX Runtime left out: not installed)")
        return {}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return {"ONNX Runtime": lambda: session.run(None, feeds)}


def onnx_model(nodes: list[Any], inputs: dict[str, list[int]], outputs: list[str], weights: dict[str, Any]) -> Any:
    """A float32 graph from nodes, input shapes, output names and constant arrays."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
