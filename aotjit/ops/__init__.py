"""The operators: importing this package declares all of them.

Light: neither numpy nor xdsl is imported here; references and lowerings reach them when they are used.
"""

from aotjit.ops import (
    activation,
    attention,
    comparison,
    composed,
    convert,
    convolution,
    create,
    dict,
    einsum,
    images,
    index,
    join,
    layers,
    list,
    loss,
    matmul,
    normalize,
    number,
    order,
    overlap,
    pieces,
    pointwise,
    pooling,
    products,
    properties,
    random,
    rearrange,
    recurrent,
    reduction,
    remap,
    resample,
    scalar,
    scan,
    scatter,
    strided,
    string,
    tolist,
    totals,
    view,
)
from aotjit.ops.opdef import REGISTRY

__all__ = [
    "REGISTRY", "activation", "attention", "comparison", "composed", "convert", "convolution", "create", "dict",
    "einsum", "images", "index", "join", "layers", "list", "loss", "matmul", "normalize", "number", "order",
    "overlap", "pieces", "pointwise", "pooling", "products", "properties", "random", "rearrange", "recurrent",
    "reduction", "remap", "resample", "scalar", "scan", "scatter", "strided", "string", "tolist", "totals", "view",
]  # fmt: skip
