"""The types of values of compile time."""

from __future__ import annotations

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.context import not_compiled
from aotjit.sema.host.objects import HostEnum, HostInstance, HostNamedTuple
from aotjit.sema.modules import HostLambda, HostTensor, HostValue
from aotjit.sema.refused import refusal
from aotjit.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    STR,
    TENSOR,
    DictType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    UnionType,
    is_boxed,
    join,
)

_ONLY_CONSTRUCTED: dict[type, str] = {HostLambda: "lambda", set: "set", frozenset: "set"}
_SCALARS: dict[type, Type] = {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX, str: STR, type(None): NONE}


def host_type(value: HostValue) -> Type | None:
    """The type of an attribute's value; None where the value alone does not tell (an empty list, None)."""
    if isinstance(value, HostTensor):
        return TensorType(value.dtype, None)
    if value is None:
        return None
    if type(value) in _SCALARS:
        return _SCALARS[type(value)]
    if isinstance(value, HostInstance | HostEnum | HostNamedTuple):
        return value.type
    if isinstance(value, tuple):
        elements = [host_type(v) for v in value]
        known = tuple(e for e in elements if e is not None)
        return TupleType(known) if len(known) == len(elements) else None
    if isinstance(value, list):
        element: Type | None = host_type(value[0]) if value else TENSOR
        for item in value[1:]:
            other = host_type(item)
            element = join(element, other) if element is not None and other is not None else None
        return None if element is None else ListType(element)
    if isinstance(value, dict) and value:
        held = host_type(list(value.values()))
        keys = {_SCALARS.get(type(k)) for k in value}
        key = keys.pop() if len(keys) == 1 else None
        return DictType(key, held.element) if key is not None and isinstance(held, ListType) else None
    return None


def not_held(value: HostValue, span: Span) -> CompileError:
    """The error for a value that constructors compute with and compiled code does not read."""
    what = _ONLY_CONSTRUCTED.get(type(value))
    if what is not None:
        return refusal(what, span, f"an attribute holding a {what}")
    return not_compiled(span, f"an attribute holding a {type(value).__name__}")


def member_of(value: HostValue, t: Type, path: str, span: Span) -> Type:
    """Of the types that a boxed type stands for, the one that the value is of."""
    if value is None:
        return NONE
    found = next((m for m in t.members if is_of(value, m)), None) if isinstance(t, UnionType) else host_type(value)
    if found is None:
        raise CompileError.at(span, f"the type of '{path}' is not clear: it is declared as {t}")
    return found


def is_of(value: HostValue, t: Type) -> bool:
    """Is the value one of the type, without any conversion?"""
    match t:
        case OptionalType():
            return value is None or is_of(value, t.element)
        case UnionType():
            return any(is_of(value, m) for m in t.members)
        case TensorType():
            return isinstance(value, HostTensor)
        case ListType():
            return isinstance(value, list) and all(is_of(v, t.element) for v in value)
        case DictType():
            return isinstance(value, dict) and all(is_of(k, t.key) and is_of(v, t.value) for k, v in value.items())
        case TupleType():
            return (
                isinstance(value, tuple)
                and len(value) == len(t.elements)
                and all(is_of(v, e) for v, e in zip(value, t.elements, strict=True))
            )
    if isinstance(value, HostInstance | HostEnum):
        return value.type == t
    return is_boxed(t) or _SCALARS.get(type(value)) == t
