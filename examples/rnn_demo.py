"""Runs the compiled RNN from Python and shows its figures; beside torch's where torch is installed.

    aotjit compile rnn.py -o build/rnn.so
    python rnn_demo.py build/rnn.so
"""

import contextlib
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from aotjit import load

STEPS, BATCH, INPUTS, HIDDEN = 100, 1, 64, 128


def main() -> None:
    library = sys.argv[1] if len(sys.argv) > 1 else "build/rnn.so"
    start = time.perf_counter()
    rnn = load(library)
    loaded = time.perf_counter() - start
    rng = np.random.default_rng(0)
    x = rng.standard_normal((STEPS, BATCH, INPUTS), dtype=np.float32)
    h = np.zeros((BATCH, HIDDEN), np.float32)
    y, last = rnn.forward(x, h)
    print(f"y: {list(y.shape)} {y.dtype}, last hidden state starts with {last[0, :3]}")
    np.testing.assert_array_equal(y[-1], last)

    print(f"\n{Path(library).stat().st_size / 1024:.0f} KiB in all, loaded in {loaded * 1e3:.2f} ms")
    compiled = best_time(lambda: rnn.forward(x, h))
    print(f"{STEPS} steps: {compiled * 1e6:.0f} us")
    if importlib.util.find_spec("torch") is not None:
        eager = torch_time(x, h)
        print(f"torch eager: {eager * 1e6:.0f} us ({eager / compiled:.1f} times as long)")


def torch_time(x: np.ndarray, h: np.ndarray) -> float:
    """Seconds of the same class run by torch, with one thread."""
    import torch

    sys.path.insert(0, str(Path(__file__).parent))
    from rnn import model

    torch.set_num_threads(1)
    inputs = torch.from_numpy(x), torch.from_numpy(h)
    with torch.no_grad():
        return best_time(lambda: model(*inputs))


def best_time(call: Callable[[], object], repeats: int = 30) -> float:
    """Seconds of the fastest of several calls, without what they print."""
    times = []
    with silence():
        for _ in range(repeats):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
    return min(times)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Standard output to nowhere, for Python and for compiled code."""
    sys.stdout.flush()
    saved = os.dup(1)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        with contextlib.redirect_stdout(nothing):
            yield
    os.dup2(saved, 1)
    os.close(saved)


if __name__ == "__main__":
    main()
