"""The Python classes of what a library gives: members of Enums, named tuples, instances and futures, as Python
source.

A caller's program has classes of its own by these names. A member of an Enum equals the caller's member of that name;
a named tuple is a tuple; an instance has the attributes. The library is a module that has them by their names.
"""

from __future__ import annotations

from collections.abc import Iterable

from aotjit.types import ClassType, DictType, EnumType, TensorType, TupleType, Type, is_future

_ENUM = """
from enum import Enum as _Enum


class _Member(_Enum):
    def __eq__(self, other):
        same = getattr(other, "name", None) == self.name and isinstance(other, _Enum)
        return same and type(other).__name__ == type(self).__name__

    def __hash__(self):
        return hash(self._name_)


def _make_enum(name, members):
    made = _Member(name, members, module=__name__)
    made._members = [made[member] for member, _ in members]
    return made

"""
_TUPLE = """
from collections import namedtuple as _namedtuple
"""
_INSTANCE = """
class _Instance:
    def __init__(self, *values, **fields):
        given = dict(zip(self._fields, values), **fields)
        if len(values) + len(fields) != len(self._fields) or set(given) != set(self._fields):
            raise TypeError(f"{type(self).__name__} needs {', '.join(self._fields)}")
        self.__dict__.update(given)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"

"""
_FUTURE = """
def _again(value):
    if type(value) is list:
        return [_again(item) for item in value]
    if type(value) is dict:
        return {key: _again(held) for key, held in value.items()}
    if isinstance(value, tuple):
        items = map(_again, value)
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value


class Future:
    def __init__(self, value, failure):
        self._value, self._failure = value, failure

    def wait(self):
        if self._failure is not None:
            raise type(self._failure)(*self._failure.args)
        return _again(self._value)

    value = wait

    def done(self):
        return True

    def __repr__(self):
        outcome = self._value if self._failure is None else self._failure
        return f"Future({outcome!r})"


_types["torch.jit.Future"] = Future

"""
"""A task that is over: each wait gives containers of its own, and raises an exception of its own."""
_KEY = """
class _Tensor:
    made = None


def _key(array):
    if _Tensor.made is None:
        import numpy
        _Tensor.made = type("Tensor", (numpy.ndarray,), dict(__hash__=object.__hash__, __module__=__name__))
    return array.view(_Tensor.made) if hasattr(array, "view") else array

"""
"""Arrays that are keys of dicts, each by its identity, as torch's tensors are."""


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def python_types(found: Iterable[Type]) -> str:
    """Source that leaves the classes in `_types`, by the names that type codes have for them; "" for none."""
    heads: dict[str, None] = {}
    lines: list[str] = []
    for t in found:
        if isinstance(t, DictType) and isinstance(t.key, TensorType):
            heads[_KEY] = None
        elif isinstance(t, EnumType):
            heads[_ENUM] = None
            lines.append(f"_types[{t.name!r}] = _make_enum({_short(t.name)!r}, {list(t.members)!r})")
        elif isinstance(t, TupleType) and t.name is not None:
            heads[_TUPLE] = None
            made = f"_namedtuple({_short(t.name)!r}, {list(t.fields or ())!r}, module=__name__)"
            lines.append(f"_types[{t.name!r}] = {made}")
        elif is_future(t):
            heads[_FUTURE] = None
        elif isinstance(t, ClassType):
            heads[_INSTANCE] = None
            body = f"dict(_fields={tuple(t.layout.fields)!r}, __module__=__name__)"
            lines.append(f"_types[{t.name!r}] = type({_short(t.name)!r}, (_Instance,), {body})")
    return "_types = {}\n" + "".join(heads) + "\n".join(lines) + "\n" if heads else ""
