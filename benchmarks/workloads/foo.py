"""The cost of a call: two arrays of three elements are added."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from peers import Contestants
from programs import compile_source, load_function
from timing import interleave, table

FOO = "import torch\nfrom torch import Tensor\n\n\ndef foo(x, y):\n    return x + y\n"

def run(folder: Path) -> None:
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
