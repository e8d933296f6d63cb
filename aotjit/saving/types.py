"""Types of the language as archives write them, and the classes they name."""

from __future__ import annotations

import keyword
import re

from aotjit import types
from aotjit.diagnostics import UsageError
from aotjit.types import ClassType, DictType, EnumType, ListType, OptionalType, TensorType, TupleType, Type, UnionType

ROOT = "__torch__"
_RESERVED = frozenset((
    "torch", "ops", "CONSTANTS", "__torch__", "annotate", "unchecked_cast", "uninitialized", "isinstance", "getattr",
    "print", "range", "int", "float", "bool", "str", "inf", "nan", "self", "List", "Dict", "Tuple", "Optional", "Union",
    "Any", "Tensor", "Device", "NoneType",
))  # fmt: skip
"""The names that the code relies on."""


def is_name(text: str) -> bool:
    """Can the code of an archive say `x.text`?"""
    return text.isidentifier() and text.isascii() and not keyword.iskeyword(text)


def as_name(text: str) -> str:
    """A name that resembles `text`."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII)
    return f"_{name}" if not name or name[0].isdigit() or not is_name(name) else name


class Names:
    """Gives each name once."""

    def __init__(self, taken: frozenset[str] = _RESERVED) -> None:
        self._taken = set(taken)
        self._temporaries = 0

    def temporary(self) -> str:
        """A name for a value that has none: _0, _1 and so on."""
        while True:
            name = f"_{self._temporaries}"
            self._temporaries += 1
            if name not in self._taken:
                self._taken.add(name)
                return name

    def fresh(self, wanted: str) -> str:
        """`wanted` as a name, with a number where it is taken."""
        base = name = as_name(wanted)
        number = 1
        while name in self._taken:
            name = f"{base}_{number}"
            number += 1
        self._taken.add(name)
        return name


def _inside(t: Type, found: tuple[Type, ...] = ()) -> tuple[Type, ...]:
    """The classes that values of a type may hold."""
    match t:
        case ClassType():
            parts: tuple[Type, ...] = tuple(t.layout.fields.values())
        case TupleType(elements=parts) | UnionType(members=parts):
            pass
        case ListType(element=element) | OptionalType(element=element):
            parts = (element,)
        case DictType():
            parts = (t.key, t.value)
        case _:
            parts = ()
    for part in parts:
        if part not in found:
            found = _inside(part, (*found, part) if isinstance(part, ClassType) else found)
    return found


class Classes:
    """The classes that the code mentions: `define` is called once for each, with its qualified name."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.order: list[tuple[str, Type]] = []
        self._unique = Names(frozenset())

    def unique(self, wanted: str) -> str:
        """A new class name below the root."""
        return f"{ROOT}.{self._unique.fresh(wanted)}"

    def qualified(self, t: ClassType | EnumType | TupleType) -> str:
        """The dotted name of a class's type."""
        assert t.name is not None
        if t.name not in self.names:
            if t in _inside(t):
                raise UsageError(f"the class {t.name} cannot be saved: torch reads no class that holds its own")
            plain = re.fullmatch(r"__torch__((\.[A-Za-z_]\w*)+)", t.name, re.ASCII)
            self.names[t.name] = t.name if plain else self.unique(t.name)
            self.order.append((t.name, t))
        return self.names[t.name]

    def text(self, t: Type) -> str:
        """A type as an annotation. UsageError for what archives cannot say."""
        match t:
            case TensorType():
                return "Tensor"
            case ListType():
                return f"List[{self.text(t.element)}]"
            case OptionalType():
                return f"Optional[{self.text(t.element)}]"
            case DictType():
                return f"Dict[{self.text(t.key)}, {self.text(t.value)}]"
            case TupleType(name=None):
                return f"Tuple[{', '.join(map(self.text, t.elements)) or '()'}]"
            case ClassType() if types.is_future(t):
                return f"Future[{self.text(t.layout.fields[types.FUTURE_VALUE])}]"
            case ClassType() | EnumType() | TupleType():
                return self.qualified(t)
            case UnionType():
                return f"Union[{', '.join(map(self.text, t.members))}]"
        if t == types.NONE:
            return "NoneType"
        if t in (types.INT, types.FLOAT, types.COMPLEX, types.BOOL, types.STR, types.NUMBER, types.DEVICE, types.ANY):
            return str(t)
        raise UsageError(f"a value of type {t} cannot be saved: archives have no such type")

    def definition(self, t: Type) -> list[str]:
        """The lines of a class that a type names."""
        match t:
            case EnumType():
                held = [f"  {name} = {literal(value)}" for name, value in t.members]
                return [f"class {self._last(t)}(Enum):", *held]
            case TupleType(fields=fields) if fields is not None:
                held = [f"  {n} : {self.text(types.erase(e))}" for n, e in zip(fields, t.elements, strict=True)]
                return [f"class {self._last(t)}(NamedTuple):", *held]
            case ClassType():
                held = [f"  {name} : {self.text(types.erase(f))}" for name, f in t.layout.fields.items()]
                return [f"class {self._last(t)}:", *(held or ["  pass"])]
        raise AssertionError(t)

    def _last(self, t: ClassType | EnumType | TupleType) -> str:
        return self.qualified(t).rpartition(".")[2]


def literal(value: int | float | complex | str) -> str:
    """A constant as the code of an archive has it: strings are ASCII, control characters are octal."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return str(value) if value != -(2**63) else "torch.sub(-9223372036854775807, 1)"
    if isinstance(value, float):
        return repr(value)  # inf, -inf and nan are names there
    if isinstance(value, complex):
        return f"complex({value.real!r}, {value.imag!r})"
    inner = "".join(_ESCAPES.get(c) or (c if " " <= c <= "~" else f"\\{ord(c):03o}") for c in value)
    return f'"{inner}"'


_ESCAPES = {"\n": "\\n", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
