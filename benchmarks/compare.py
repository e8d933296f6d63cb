"""aotjit beside its peers on the issue's workloads, interleaved in one process, one thread.

    python benchmarks/compare.py [WORKLOAD ...]

The workloads are the modules of benchmarks/workloads. Prints medians and ratios; needs torch, and onnx with onnxruntime
for those columns.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

WORKLOADS = ("foo", "chain", "matmul", "rnn", "vad", "collatz", "algorithms", "containers", "compile", "load")


def main() -> None:
    for name in sys.argv[1:] or WORKLOADS:
        with tempfile.TemporaryDirectory() as folder:
            importlib.import_module(f"workloads.{name}").run(Path(folder))
        print(flush=True)


if __name__ == "__main__":
    main()
