"""The operators: importing this package declares all of them.

Light: neither numpy nor xdsl is imported here; references and lowerings reach them when they are used.
"""

from aotjit.ops import (
    activation,
    comparison,
    convert,
    convolution,
    create,
    dict,
    index,
    join,
    layers,
    list,
    matmul,
    normalize,
    pieces,
    pointwise,
    pooling,
    properties,
    rearrange,
    reduction,
    remap,
    resample,
    scalar,
    scan,
    strided,
    string,
    totals,
    view,
)
from aotjit.ops.opdef import REGISTRY

__all__ = [
    "REGISTRY", "activation", "comparison", "convert", "convolution", "create", "dict", "index", "join", "layers",
    "list", "matmul", "normalize", "pieces", "pointwise", "pooling", "properties", "rearrange", "reduction", "remap", "resample", "scalar", "scan",
    "strided", "string", "totals", "view",
]  # fmt: skip
