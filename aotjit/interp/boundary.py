"""Arguments and results of entries as callers have them, and as the interpreter does: instances by their attributes,
members of Enums by their names, values of type Any and Union as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from aotjit import types
from aotjit.interp.objects import Box, EnumMember, Future, Instance
from aotjit.ops.dict import as_key
from aotjit.types import Type

Value = Any
_PLAIN: dict[type, Type] = {
    bool: types.BOOL, int: types.INT, float: types.FLOAT, complex: types.COMPLEX, str: types.STR
}  # fmt: skip


def short_name(t: types.ClassType | types.EnumType) -> str:
    """How Python names the class."""
    return t.name.rpartition(".")[2]


def made(t: types.ClassType | types.EnumType, **attributes: Value) -> Value:
    """An instance or member as a caller has it."""
    return type(short_name(t), (SimpleNamespace,), {})(**attributes)


def inside(value: Value, t: Type) -> Value:
    """A caller's value of type `t` as the interpreter has it."""
    if isinstance(t, types.OptionalType):
        return None if value is None else inside(value, t.element)
    if isinstance(t, types.ListType):
        return [inside(item, t.element) for item in value]
    if isinstance(t, types.DictType):
        return {as_key(t.key, inside(k, t.key)): inside(v, t.value) for k, v in value.items()}
    if isinstance(t, types.TupleType):
        return tuple(inside(item, e) for item, e in zip(value, t.elements, strict=True))
    if isinstance(t, types.EnumType):
        return EnumMember(t, [name for name, _ in t.members].index(value.name))
    if isinstance(t, types.ClassType) and types.is_future(t):
        return _awaited(value, t.layout.fields[types.FUTURE_VALUE])
    if isinstance(t, types.ClassType):
        fields = {name: inside(getattr(value, name), held) for name, held in t.layout.fields.items()}
        return Instance(str(t), fields)
    if t == types.COMPLEX:
        return complex(value)
    if types.is_boxed(t) and value is not None:
        held = alternative(value, t.members if isinstance(t, types.UnionType) else tuple(_PLAIN.values()))
        return Box(held, inside(value, held))
    return value


def _awaited(value: Value, held: Type) -> Future:
    try:
        result = value.wait()
    except Exception as failure:  # whatever the task of another program fails with
        return Future(failure=failure)
    return Future(inside(result, held))


def alternative(value: Value, members: Sequence[Type]) -> Type:
    """Which of the types the value is of. Raises TypeError where it is of none."""
    for t in members:
        if _is_of(value, t):
            return t
    raise TypeError(f"expected {' or '.join(map(str, members))}, got {type(value).__name__}")


def _is_of(value: Value, t: Type) -> bool:
    if isinstance(t, types.OptionalType):
        return value is None or _is_of(value, t.element)
    if isinstance(t, types.UnionType):
        return any(_is_of(value, member) for member in t.members)
    if isinstance(t, types.TensorType):
        return hasattr(value, "__array__")
    if isinstance(t, types.ListType):
        return isinstance(value, list) and all(_is_of(item, t.element) for item in value)
    if isinstance(t, types.DictType):
        return isinstance(value, dict) and all(_is_of(k, t.key) and _is_of(v, t.value) for k, v in value.items())
    if isinstance(t, types.TupleType):
        same = isinstance(value, tuple) and len(value) == len(t.elements)
        return same and all(_is_of(item, e) for item, e in zip(value, t.elements, strict=True))
    if isinstance(t, types.ClassType | types.EnumType):
        return type(value).__name__ == short_name(t)
    return t == types.ANY or _PLAIN.get(type(value), types.NONE) == t


@dataclass(eq=False)
class FinishedTask:
    """A Future as a caller has it."""

    outcome: Future

    def wait(self) -> Value:
        if self.outcome.failure is not None:
            raise self.outcome.failure
        return outside(self.outcome.value)

    value = wait

    def done(self) -> bool:
        return True


def outside(value: Value) -> Value:
    """What the interpreter has as a caller gets it."""
    if isinstance(value, Box):
        return outside(value.value)
    if isinstance(value, EnumMember):
        name, held = value.type.members[value.index]
        return made(value.type, name=name, value=held)
    if isinstance(value, Instance):
        return type(value.class_name.rpartition(".")[2], (SimpleNamespace,), {})(
            **{name: outside(held) for name, held in value.fields.items()}
        )
    if isinstance(value, Future):
        return FinishedTask(value)
    if isinstance(value, dict):
        return {outside(k): outside(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(outside(item) for item in value)
    return value
