"""Integers only: the speed of the same loop in C."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

from peers import Contestants
from programs import compile_source, load_function
from timing import interleave, table

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


def run(folder: Path) -> None:
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
