"""Dicts: references are Python dicts, shared and changed in place, in the order of insertion.

torch registers each operator once for every type of key; so does the table here. A tensor as a key is the object that
it is: not its elements, nor another view of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aotjit.ops.declare import operator
from aotjit.ops.opdef import Arguments, Intrinsic, Lowering, Runtime
from aotjit.types import DictType, ListType, OptionalType, TensorType, TupleType, Type

Table = dict[Any, Any]
KEYS = ("str", "int", "bool", "float", "complex", "Tensor", "Device")


@dataclass(frozen=True, eq=False)
class TensorKey:
    """A tensor as a key of a reference's dict."""

    tensor: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorKey) and other.tensor is self.tensor

    def __hash__(self) -> int:
        return id(self.tensor)

    def __array__(self, *args: Any, **keywords: Any) -> Any:
        return self.tensor.__array__(*args, **keywords)


def as_key(t: Type, key: Any) -> Any:
    """A value of a dict's type of keys as a reference has it there."""
    return TensorKey(key) if isinstance(t, TensorType) else key


def key_value(key: Any) -> Any:
    """The value that a key stands for."""
    return key.tensor if isinstance(key, TensorKey) else key


def method(text: str, lowering: Lowering, reference: Callable[..., Any]) -> None:
    """One overload."""
    operator(f"aten::{text}", infer=_with_values, reference=reference, lowering=lowering, effects="read")


def _with_values(args: Arguments) -> Sequence[Type]:
    """What the schema says, with the type of the first argument's values for its variable."""
    given = args.types[0]
    if isinstance(given, ListType):  # of tuples of a key and a value
        assert isinstance(given.element, TupleType)
        held = given.element.elements[1]
    else:
        assert isinstance(given, DictType)
        held = given.value
    return tuple(_filled(t, held) for t in args.schema.returns)


def _filled(t: Type, held: Type) -> Type:
    if isinstance(t, ListType):
        return ListType(_filled(t.element, held))
    if isinstance(t, DictType):
        return DictType(t.key, _filled(t.value, held))
    if isinstance(t, TupleType):
        return TupleType(tuple(_filled(e, held) for e in t.elements))
    if isinstance(t, OptionalType):
        inner = _filled(t.element, held)
        return inner if isinstance(inner, OptionalType) else OptionalType(inner)
    return held if str(t).startswith("t") else t


def _runtime(symbol: str, code: int | None = None, key: str = "key") -> Runtime:
    return Runtime(f"aj_dict_{symbol}", code=code, words=(key,))


def _access(name: str, key_type: str, key: str = "key") -> Lowering:
    """Inline for the keys that most dicts have."""
    return Intrinsic(f"dict_{name}") if key_type in ("int", "str") else _runtime(name, key=key)


def _contains(table: Table, key: Any) -> bool:
    return key == key and key in table  # Python finds a NaN that is the same object


def _get(table: Table, key: Any) -> Any:
    if not _contains(table, key):
        raise KeyError(key)
    return table[key]


def _get_default(table: Table, key: Any, default: Any = None) -> Any:
    return table[key] if _contains(table, key) else default


def _set(table: Table, key: Any, value: Any) -> None:
    table[key if key == key else key + 0.0] = value  # a new NaN never meets another one


def _setdefault(table: Table, key: Any, value: Any) -> Any:
    if not _contains(table, key):
        _set(table, key, value)
        return value
    return table[key]


def _pop(table: Table, key: Any, *default: Any) -> Any:
    if _contains(table, key):
        return table.pop(key)
    if not default:
        raise KeyError(key)
    return default[0]


def _popitem(table: Table) -> tuple[Any, Any]:
    """The oldest item: what torch gives; Python gives the youngest."""
    if not table:
        raise KeyError("popitem(): dictionary is empty")
    key = next(iter(table))
    return key_value(key), table.pop(key)


def _keys(table: Table) -> list[Any]:
    return [key_value(key) for key in table]


def _items(table: Table) -> list[tuple[Any, Any]]:
    return [(key_value(key), value) for key, value in table.items()]


def _at_tensor(reference: Callable[..., Any]) -> Callable[..., Any]:
    """The reference with a tensor as its key."""
    return lambda table, key, *rest: reference(table, TensorKey(key), *rest)


def _made_with_tensors(items: Sequence[tuple[Any, Any]]) -> Table:
    return {TensorKey(key): value for key, value in items}


def _delete(table: Table, key: Any) -> None:
    _pop(table, key)


def _update(table: Table, other: Mapping[Any, Any]) -> None:
    table.update(other)


for _key in KEYS:
    _self = f"Dict({_key}, t)"
    _written = f"Dict({_key}, t)(a!)"
    _at = _at_tensor if _key == "Tensor" else lambda reference: reference
    method(f"len.Dict_{_key}({_self} self) -> int", Intrinsic("dict_len"), len)
    method(f"__contains__.{_key}({_self} dict, {_key} key) -> bool", _access("contains", _key), _at(_contains))
    method(f"__getitem__.Dict_{_key}({_self} self, {_key} key) -> t(*)", _access("get", _key), _at(_get))
    method(f"get.{_key}({_self} self, {_key} key) -> t(*)?", _runtime("get_optional", code=2), _at(_get_default))
    method(f"get.default_{_key}({_self} self, {_key} key, t default_value) -> t(*)", _access("get_default", _key),
           _at(_get_default))  # fmt: skip
    method(f"_set_item.{_key}({_written} l, {_key}(b -> *) idx, t(c -> *) v) -> ()", _access("set", _key, "idx"),
           _at(_set))  # fmt: skip
    method(f"setdefault.{_key}({_written} self, {_key}(b -> *) key, t(c -> *) default_value) -> t(*)",
           _runtime("setdefault"), _at(_setdefault))  # fmt: skip
    method(f"Delete.Dict_{_key}({_written} self, {_key} key) -> ()", _runtime("delete"), _at(_delete))
    method(f"pop.Dict_{_key}({_written} self, {_key} key) -> t(*)", _runtime("pop"), _at(_pop))
    method(f"pop.Dict_default_{_key}({_written} self, {_key} key, t default_value) -> t(*)", _runtime("pop_default"),
           _at(_pop))  # fmt: skip
    method(f"popitem.{_key}({_written} self) -> (({_key}, t))", Runtime("aj_dict_popitem"), _popitem)
    method(f"clear.{_key}({_written} self) -> ()", Runtime("aj_dict_clear"), lambda d: d.clear())
    method(f"update.{_key}({_written} self, {_written} to_add) -> ()", Runtime("aj_dict_update"), _update)
    method(f"keys.{_key}({_self} self) -> {_key}[](*)", Runtime("aj_dict_keys"), _keys)
    method(f"values.{_key}({_self} self) -> t[](*)", Runtime("aj_dict_values"), lambda d: list(d.values()))
    method(f"items.{_key}({_self} self) -> (({_key}, t)[])", Runtime("aj_dict_items"), _items)
    method(f"copy.Dict_{_key}({_self}(a) self) -> Dict({_key}, t)", Runtime("aj_dict_copy"), dict)
    method(f"dict.Dict_{_key}({_self}(a) self) -> Dict({_key}, t)", Runtime("aj_dict_copy"), dict)
    method(f"dict.{_key}(({_key}, tVal)[] inputs) -> Dict({_key}, tVal)", Runtime("aj_dict_from_items", code=1),
           _made_with_tensors if _key == "Tensor" else dict)  # fmt: skip
