"""Functions of single f64 numbers in host code: libm's.

torch.jit calls them too, so that results are the same to the last bit, and they are as accurate as a table allows
(exp, log and pow within 0.52 units in the last place). Elements of tensors are computed by vector_math, whose
functions work on vectors. A library needs libm only where its program calls one.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from aotjit.codegen.layout import F64
from aotjit.codegen.module import ModuleContext

_SAME_NAME = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "cbrt",
)  # fmt: skip
SYMBOLS = {**{name: name for name in _SAME_NAME}, "powf": "pow"}
"""The symbol for a scalar operation by the name it has in its dialect (`powf` of `math.powf`)."""


def emit(module: ModuleContext, builder: ir.IRBuilder, operation: str, operands: Sequence[ir.Value]) -> ir.Value | None:
    """The value of a function of f64 numbers; None for any other operation."""
    symbol = SYMBOLS.get(operation.partition(".")[2])
    if symbol is None or any(v.type != F64 for v in operands):
        return None
    function = module.declare(symbol, [F64] * len(operands), F64)
    # LLVM may move calls but not put others in their place: pow(2, x) is not exp2(x) in the last bit.
    for attribute in ("nobuiltin", "memory(none)", "willreturn"):
        set.add(function.attributes, attribute)
    return builder.call(function, operands)
