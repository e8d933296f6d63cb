"""A child process under LeakSanitizer: calls a library's functions on pickled arguments and prints the stacks of what
was left in memory.

    LD_PRELOAD=libasan.so python -m tests.e2e.sanitized_calls LIBRARY ARGUMENTS
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import io
import pickle
import sys
from pathlib import Path

import aotjit

ROUNDS = 20
FAILURES = (RuntimeError, ValueError, AssertionError, IndexError, KeyError, ZeroDivisionError, TypeError)


def main() -> None:
    library, arguments = sys.argv[1:]
    model = aotjit.load(library)
    with contextlib.redirect_stdout(io.StringIO()):
        for name, cases in pickle.loads(Path(arguments).read_bytes()).items():
            for case in cases * ROUNDS:
                with contextlib.suppress(*FAILURES):
                    getattr(model, name)(*copy.deepcopy(case))
    # Before the instance goes: what its state holds is no leak.
    ctypes.CDLL(None).__lsan_do_recoverable_leak_check()
    print("checked")


if __name__ == "__main__":
    main()
