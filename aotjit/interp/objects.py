"""What the interpreter has for dicts, instances, members of enums and boxes, and the operations on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from xdsl.ir import Operation

from aotjit import types
from aotjit.ir import ts
from aotjit.ops.dict import as_key
from aotjit.program import qualified_name

Value = Any
Environment = dict[Any, Value]


@dataclass(eq=False)
class Instance:
    """An instance of a class, shared by reference."""

    class_name: str
    fields: dict[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"<{qualified_name(self.class_name)} object at {id(self):#x}>"


@dataclass(frozen=True)
class EnumMember:
    type: types.EnumType
    index: int

    def __str__(self) -> str:
        return f"Enum<{self.type.name}.{self.type.members[self.index][0]}>"


@dataclass(frozen=True, eq=False)
class Box:
    """A value of type Any or Union that is not None; `type` is the value's own."""

    type: types.Type
    value: Value


@dataclass(eq=False)
class Future:
    """What a task gave, or the failure that ended it."""

    value: Value = None
    failure: Exception | None = None


def _dict(op: ts.DictOp, env: Environment) -> Sequence[Value]:
    t = ts.type_of(op.result)
    assert isinstance(t, types.DictType)
    pairs = zip(op.items[::2], op.items[1::2], strict=True)
    return [{as_key(t.key, env[key]): env[value] for key, value in pairs}]


def _object(op: ts.ObjectOp, env: Environment) -> Sequence[Value]:
    return [Instance(str(ts.type_of(op.result)))]


def _set(op: ts.AttributeSetOp, env: Environment) -> Sequence[Value]:
    env[op.target].fields[op.field.data] = env[op.value]
    return ()


def _enum(op: ts.EnumOp, env: Environment) -> Sequence[Value]:
    t = ts.type_of(op.result)
    assert isinstance(t, types.EnumType)
    return [EnumMember(t, op.index.value.data)]


def _box(op: ts.BoxOp, env: Environment) -> Sequence[Value]:
    value, t = env[op.operand], ts.type_of(op.operand)
    return [value if types.is_boxed(t) else Box(types.erase(t), value)]


def _unbox(op: ts.UnboxOp, env: Environment) -> Sequence[Value]:
    value, t = env[op.operand], ts.type_of(op.result)
    if types.is_boxed(t):
        return [value]
    # It may hold another type where only some of the paths that follow use what is taken out.
    return [value.value if isinstance(value, Box) and value.type == types.erase(t) else None]


def _is_type(op: ts.IsTypeOp, env: Environment) -> Sequence[Value]:
    value, tested = env[op.operand], types.erase(op.tested.data)
    if op.any_elements is not None:
        return [isinstance(value, Box) and type(value.type) is type(tested)]
    return [value is None if tested == types.NONE else isinstance(value, Box) and value.type == tested]


OBJECT_HANDLERS: dict[type[Operation], Callable[[Any, Environment], Sequence[Value]]] = {
    ts.DictOp: _dict,
    ts.ObjectOp: _object,
    ts.AttributeGetOp: lambda op, env: [env[op.operand].fields[op.field.data]],
    ts.AttributeSetOp: _set,
    ts.SameOp: lambda op, env: [env[op.first] is env[op.second]],
    ts.EnumOp: _enum,
    ts.EnumIndexOp: lambda op, env: [env[op.operand].index],
    ts.BoxOp: _box,
    ts.UnboxOp: _unbox,
    ts.IsTypeOp: _is_type,
}
