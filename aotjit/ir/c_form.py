"""How results are spread over out parameters in C (runtime/model.h)."""

from __future__ import annotations

from aotjit.types import NONE, TupleType, Type


def spread(result: Type) -> list[Type]:
    """The out parameters of a result: a tuple's elements, without those that are None."""
    parts = result.elements if isinstance(result, TupleType) else (result,)
    return [p for p in parts if p != NONE]
