"""aotjit beside its peers on the issue's workloads, interleaved in one process, one thread.

    python benchmarks/compare.py [WORKLOAD ...]

Workloads: foo chain matmul rnn collatz compile. Prints medians and ratios; needs torch, and onnx with onnxruntime for
those columns.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from peers import Contestants, onnx_model, onnx_session, torch_peers
from timing import interleave, table

import aotjit

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"


def compile_source(text: str, folder: Path, name: str, **options: object) -> object:
    """Compiles source text with `aotjit.compile` and returns the loaded model."""
    path = folder / f"{name}.py"
    path.write_text(text)
    return aotjit.compile(str(path), output=str(folder / f"{name}.so"), **options)


FOO = "import torch\nfrom torch import Tensor\n\n\ndef foo(x, y):\n    return x + y\n"

CHAIN = """import torch
from torch import Tensor


def chain(x: Tensor, y: Tensor) -> Tensor:
    return torch.sigmoid(x) * torch.tanh(y) + torch.exp(x) * y
"""

MATMUL = """import torch
from torch import Tensor


def product(a: Tensor, b: Tensor) -> Tensor:
    return torch.mm(a, b)
"""


def load_function(text: str, folder: Path, name: str) -> Callable[..., object]:
    """The function `name` of source text as ordinary Python, for the peers."""
    import importlib.util

    path = folder / f"{name}_peer.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(f"{name}_peer", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)  # type: ignore[no-any-return]


def bench_foo(folder: Path) -> None:
    import torch

    model = compile_source(FOO, folder, "foo")
    eager = load_function(FOO, folder, "foo")
    a, b = np.ones(3, np.float32), np.ones(3, np.float32)
    ta, tb = torch.ones(3), torch.ones(3)
    contestants: Contestants = {
        "aotjit": lambda: model.foo(a, b),
        "aotjit on torch tensors": lambda: model.foo(ta, tb),
        "torch eager": lambda: eager(ta, tb),
        "numpy": lambda: a + b,
        "empty call": lambda: None,
    }
    print(table("foo, 3 elements", interleave(contestants)))


def bench_chain(folder: Path) -> None:
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


def bench_matmul(folder: Path) -> None:
    import torch
    from onnx import helper

    model = compile_source(MATMUL, folder, "product")
    n = 1024
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((n, n)).astype(np.float32) for _ in range(2))
    eager = load_function(MATMUL, folder, "product")
    contestants: Contestants = {"aotjit": lambda: model.product(a, b)}
    contestants |= torch_peers(eager, (torch.from_numpy(a), torch.from_numpy(b)), compiled=False)
    contestants |= onnx_session(
        onnx_model([helper.make_node("MatMul", ["a", "b"], ["out"])], {"a": [n, n], "b": [n, n]}, ["out"], {}),
        {"a": a, "b": b},
    )
    result = interleave(contestants, rounds=9, budget=0.1)
    print(table("matmul 1024^3 f32", result))
    print(f"  aotjit: {2 * n**3 / result.seconds['aotjit'] / 1e9:.0f} GFLOP/s")


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


def bench_rnn(folder: Path) -> None:
    import torch

    steps, size, hidden = 100, 64, 128
    torch.manual_seed(0)
    module = load_function(RNN, folder, "RNN")(size, hidden).eval()  # type: ignore[attr-defined]
    weights_file = folder / "rnn_weights.pt"
    torch.save(module.state_dict(), weights_file)
    model = compile_source(RNN, folder, "rnn", entry=f"RNN({size}, {hidden})", weights=str(weights_file))
    rng = np.random.default_rng(0)
    x = rng.standard_normal((steps, 1, size)).astype(np.float32)
    h = np.zeros((1, hidden), np.float32)
    got = model.forward(x, h)
    want = module(torch.from_numpy(x), torch.from_numpy(h))
    torch.testing.assert_close(torch.from_numpy(got[0]), want[0].detach())
    weights = {name: value.detach().numpy() for name, value in module.state_dict().items()}
    contestants: Contestants = {"aotjit": lambda: model.forward(x, h)}
    contestants |= torch_peers(module, (torch.from_numpy(x), torch.from_numpy(h)), compiled=False)
    contestants |= onnx_session(unrolled_rnn(weights, steps, size, hidden), {"x": x, "h": h})
    print(table("RNN, T=100, 64 -> 128, batch 1", interleave(contestants)))
    floor = steps * 2 * (size + hidden) * hidden
    print(f"  {floor / 1e6:.1f} MFLOP; weights {4 * (size + hidden) * hidden / 1024:.0f} KiB are read every step")


COLLATZ_C = """
long longest(long n) {
    long best = 0, best_length = 0;
    for (long start = 1; start < n; start++) {
        long value = start, length = 1;
        while (value != 1) {
            if (value % 2 == 0) value = value / 2; else value = 3 * value + 1;
            length++;
        }
        if (length > best_length) { best_length = length; best = start; }
    }
    return best;
}
"""

COLLATZ = """

def longest(n: int) -> int:
    best = 0
    best_length = 0
    for start in range(1, n):
        value = start
        length = 1
        while value != 1:
            if value % 2 == 0:
                value = value // 2
            else:
                value = 3 * value + 1
            length += 1
        if length > best_length:
            best_length = length
            best = start
    return best
"""


def bench_collatz(folder: Path) -> None:
    import torch

    model = compile_source(COLLATZ, folder, "longest")
    (folder / "collatz.c").write_text(COLLATZ_C)
    contestants: Contestants = {"aotjit": lambda: model.longest(30000)}
    if shutil.which("gcc"):
        library = folder / "collatz_c.so"
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, folder / "collatz.c"], check=True)
        reference = ctypes.CDLL(str(library)).longest
        reference.restype, reference.argtypes = ctypes.c_long, [ctypes.c_long]
        contestants["C, gcc -O2"] = lambda: reference(30000)
    scripted = torch.jit.script(load_function(COLLATZ, folder, "longest"))
    contestants["torch.jit"] = lambda: scripted(3000)
    result = interleave(contestants, rounds=7, budget=0.1)
    print(table("longest Collatz chain below 30000 (torch.jit: below 3000)", result))


def seconds_of(command: list[str], folder: Path, rounds: int) -> float:
    """Median wall seconds of a whole process."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(command, check=True, cwd=folder, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


AOTI = f"""
import sys; sys.path.insert(0, {str(EXAMPLES)!r})
import torch
class Step(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.W_h = torch.nn.Parameter(torch.randn(64, 128))
        self.U_h = torch.nn.Parameter(torch.randn(128, 128))
        self.b_h = torch.nn.Parameter(torch.zeros(128))
    def forward(self, x, h):
        y = []
        for t in range(10):
            h = torch.tanh(x[t] @ self.W_h + h @ self.U_h + self.b_h)
            y.append(h)
        return torch.stack(y), h
program = torch.export.export(Step().eval(), (torch.randn(10, 1, 64), torch.randn(1, 128)))
torch._inductor.aoti_compile_and_package(program, package_path="step.pt2")
"""


def bench_compile(folder: Path) -> None:
    command = [sys.executable, "-m", "aotjit", "compile", str(EXAMPLES / "rnn.py"), "-o", str(folder / "rnn.so")]
    ours = seconds_of(command, folder, 5)
    size = (folder / "rnn.so").stat().st_size
    print(f"compile examples/rnn.py, whole process: {ours:.2f} s; rnn.so {size / 1024:.0f} KiB")
    timed = "s = time.perf_counter(); aotjit.loader.load('rnn.so'); print(time.perf_counter() - s)"
    loading = f"import time, aotjit.loader; {timed}"
    command = [sys.executable, "-c", loading]
    times = [float(subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout) for _ in range(7)]
    print(f"  load in a running Python: {sorted(times)[3] * 1e3:.2f} ms")
    (folder / "aoti.py").write_text(AOTI)
    environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "aoti.py"], cwd=folder, capture_output=True, text=True, env=environment)
    theirs = time.perf_counter() - start
    if done.returncode == 0:
        print(f"  torch.export + AOTInductor on 10 unrolled steps: {theirs:.1f} s, {theirs / ours:.1f} x ours")
    else:
        print(f"  AOTInductor left out: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")


WORKLOADS: dict[str, Callable[[Path], None]] = {
    "foo": bench_foo,
    "chain": bench_chain,
    "matmul": bench_matmul,
    "rnn": bench_rnn,
    "collatz": bench_collatz,
    "compile": bench_compile,
}


def main() -> None:
    chosen = sys.argv[1:] or list(WORKLOADS)
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            WORKLOADS[name](Path(folder))
            print(flush=True)


if __name__ == "__main__":
    main()
