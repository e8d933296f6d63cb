"""Which values have a form in C (runtime/model.h), and how results are spread over out parameters."""

from __future__ import annotations

from aotjit.types import NONE, ClassType, DictType, EnumType, ListType, OptionalType, TupleType, Type


def has_c_form(t: Type) -> bool:
    """Instances of classes have none."""
    if isinstance(t, ListType | OptionalType):
        return has_c_form(t.element)
    if isinstance(t, TupleType):
        return all(map(has_c_form, t.elements))
    if isinstance(t, DictType):
        return has_c_form(t.key) and has_c_form(t.value)
    return not isinstance(t, ClassType | EnumType)


def spread(result: Type) -> list[Type]:
    """The out parameters of a result: a tuple's elements, without those that are None."""
    parts = result.elements if isinstance(result, TupleType) else (result,)
    return [p for p in parts if p != NONE]
