"""Which values have a form in C (runtime/model.h), and how results are spread over out parameters."""

from __future__ import annotations

from aotjit.ir.boundary import reach
from aotjit.types import NONE, TupleType, Type, is_future


def has_c_form(t: Type) -> bool:
    """Futures have none."""
    return not any(map(is_future, reach([t])))


def spread(result: Type) -> list[Type]:
    """The out parameters of a result: a tuple's elements, without those that are None."""
    parts = result.elements if isinstance(result, TupleType) else (result,)
    return [p for p in parts if p != NONE]
