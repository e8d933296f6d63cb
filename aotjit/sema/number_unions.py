"""Operators on a number that is an int or a float, which only the run tells: the operator stands in a branch for each.

x ** n        n : Union[float, int]        scf.if is_type(n, float): x ** unbox(n, float) else: x ** unbox(n, int)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aotjit.diagnostics import Span
from aotjit.ops.opdef import Argument
from aotjit.sema.boxes import for_each_member
from aotjit.sema.context import FunctionContext
from aotjit.sema.conversions import plain
from aotjit.sema.values import Plain, Value
from aotjit.types import NUMBER, OptionalType, UnionType


def boxed_number(arguments: Sequence[Argument], values: Sequence[Plain | list[Plain] | None]) -> Plain | None:
    """The first value of such a type that is given for a number; None where there is none."""
    for argument, value in zip(arguments, values, strict=True):
        wanted = argument.type.element if isinstance(argument.type, OptionalType) else argument.type
        if wanted == NUMBER and isinstance(value, Plain) and isinstance(value.type, UnionType):
            return value
    return None


def for_each_number(
    ctx: FunctionContext,
    call: Callable[[Sequence[Plain], Mapping[str, Plain]], Value],
    args: Sequence[Plain],
    keywords: Mapping[str, Plain],
    boxed: Plain,
    span: Span,
) -> Value:
    """The call with `boxed` as the number that it is."""

    def make(number: Plain) -> Plain:
        given = [number if a is boxed else a for a in args]
        named = {n: number if a is boxed else a for n, a in keywords.items()}
        return plain(ctx, call(given, named), span)

    return for_each_member(ctx, boxed, make, span)
