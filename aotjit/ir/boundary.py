"""What a program's callers give and get: the types that are made of others there, and what boxes may hold.

Callers make instances, members of Enums and values of several types themselves, so that nothing in the program says
what is in them but how they are used (passes/demand.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aotjit.ir import ts
from aotjit.program import Program
from aotjit.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    TENSOR,
    ClassType,
    DictType,
    ListType,
    OptionalType,
    TupleType,
    Type,
    UnionType,
    erase,
    is_boxed,
    is_future,
)

_PLAIN: tuple[Type, ...] = (INT, FLOAT, BOOL, STR, TENSOR)
USUAL: tuple[Type, ...] = (
    *_PLAIN, *map(ListType, _PLAIN), *(DictType(key, value) for key in (STR, INT) for value in _PLAIN),
)  # fmt: skip
"""What a value of type Any may be even where a program does not ask for it."""


def parts(t: Type) -> tuple[Type, ...]:
    """The types that a type is directly made of; of Any, none."""
    if isinstance(t, ListType | OptionalType):
        return (t.element,)
    if isinstance(t, DictType):
        return (t.key, t.value)
    if isinstance(t, TupleType):
        return t.elements
    if isinstance(t, UnionType):
        return t.members
    return tuple(t.layout.fields.values()) if isinstance(t, ClassType) else ()


def reach(types: Iterable[Type], of_any: Sequence[Type] = ()) -> dict[Type, None]:
    """The types and all that they are made of, in the order in which they are found. `of_any` is what Any may be."""
    found: dict[Type, None] = {}
    work = list(types)[::-1]
    while work:
        t = erase(work.pop())
        if t not in found:
            found[t] = None
            work += reversed(of_any if t == ANY else parts(t))
    return found


def signature_types(program: Program) -> list[Type]:
    """Of the entries' parameters and results."""
    return [t for entry in program.entries for t in (*(p.type for p in entry.parameters), entry.result)]


def any_types(program: Program) -> tuple[Type, ...]:
    """What a value of type Any that crosses the boundary may be, beside None; nothing where none does."""
    if ANY not in reach(signature_types(program)):
        return ()
    found = dict.fromkeys(USUAL)
    for op in program.module.walk():
        if isinstance(op, ts.BoxOp):
            found[erase(ts.type_of(op.operand))] = None
        elif isinstance(op, ts.UnboxOp):
            found[erase(ts.type_of(op.result))] = None
        elif isinstance(op, ts.IsTypeOp) and op.any_elements is None:
            found[erase(op.tested.data)] = None
    held = [t for t in found if t != NONE and not is_boxed(t) and not any(map(is_future, reach([t])))]
    # They are tried in this order: a list of anything is what no list of one type is.
    return tuple(sorted(held, key=lambda t: any(map(is_boxed, reach([t])))))


def crossing(program: Program) -> dict[Type, None]:
    """All types in what crosses the boundary."""
    return reach(signature_types(program), any_types(program))


def boxed(program: Program) -> list[Type]:
    """What boxes that cross the boundary hold: those of Any first."""
    of_any = any_types(program)
    members = [m for t in reach(signature_types(program), of_any) if isinstance(t, UnionType) for m in t.members]
    return list(dict.fromkeys(m for m in (*of_any, *members) if m != NONE))

