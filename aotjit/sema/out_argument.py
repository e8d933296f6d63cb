"""`out=` of torch's functions: the operator's result, copied to the tensor that is given."""

from __future__ import annotations

from collections.abc import Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.ops import REGISTRY
from aotjit.sema.context import FunctionContext, is_tensor
from aotjit.sema.library import generic_function
from aotjit.sema.overloads import call_operator
from aotjit.sema.values import Plain, Value


def takes_out(name: str, keywords: dict[str, Plain]) -> bool:
    """Is `out` given to an operator that does not declare it?"""
    if "out" not in keywords:
        return False
    return not any(a.name == "out" for o in REGISTRY.overloads(name) for a in o.schema.arguments)


def call_with_out(
    ctx: FunctionContext, name: str, args: Sequence[Plain], keywords: dict[str, Plain], span: Span, shown: str
) -> Value:
    """The value of `shown(..., out=out)`: `out`, with the result written to it."""
    out = keywords.pop("out")
    result = call_operator(ctx, name, args, keywords, span, shown)
    if not is_tensor(out.type) or not isinstance(result, Plain) or not is_tensor(result.type):
        hint = "assign the results, and copy them with copy_" if is_tensor(out.type) else "give a tensor"
        raise CompileError.at(span, f"{shown} takes a Tensor as 'out' where its result is one, found {out.type}", hint)
    function = generic_function("out_argument", "write_out", {}, "any")
    return ctx.compiler.call_function(ctx, function, [result, out], {}, span)
