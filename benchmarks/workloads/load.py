"""How long aotjit.load takes: in a fresh process that has imported it, and once more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from programs import EXAMPLES

import aotjit

LOAD = """
import sys, time
import aotjit.loader
begin = time.perf_counter()
model = aotjit.loader.load(sys.argv[1])
first = time.perf_counter()
again = aotjit.loader.load(sys.argv[1])
print(first - begin, time.perf_counter() - first)
"""


def run(folder: Path) -> None:
    library = folder / "load.so"
    aotjit.compile(str(EXAMPLES / "rnn.py"), output=str(library))
    times = []
    for _ in range(21):
        command = [sys.executable, "-c", LOAD, str(library)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        times.append([float(word) for word in done.stdout.split()])
    first, again = (sorted(column)[len(times) // 2] for column in zip(*times, strict=True))
    print(f"load examples/rnn.so: first {first * 1e3:.2f} ms, again {again * 1e6:.1f} us")
