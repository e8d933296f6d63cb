"""Seconds to compile examples/rnn.py as a whole process and the library's size."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from programs import EXAMPLES


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


def run(folder: Path) -> None:
    command = [sys.executable, "-m", "aotjit", "compile", str(EXAMPLES / "rnn.py"), "-o", str(folder / "rnn.so")]
    ours = seconds_of(command, folder, 5)
    size = (folder / "rnn.so").stat().st_size
    print(f"compile examples/rnn.py, whole process: {ours:.2f} s; rnn.so {size / 1024:.0f} KiB")
    (folder / "aoti.py").write_text(AOTI)
    environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "aoti.py"], cwd=folder, capture_output=True, text=True, env=environment)
    theirs = time.perf_counter() - start
    if done.returncode == 0:
        print(f"  torch.export + AOTInductor on 10 unrolled steps: {theirs:.1f} s, {theirs / ours:.1f} x ours")
    else:
        print(f"  AOTInductor left out: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
