"""numpy, imported when the first of its names is used: `from aotjit.ops import numpy_lazily as np`.

Declarations hold numpy references; compiling a program without constants to fold never runs one.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    import numpy

    value = getattr(numpy, name)
    globals()[name] = value
    return value
