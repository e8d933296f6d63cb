"""The language's types and dimensions, and the rules that join them.

Nothing heavy is imported: the loader uses this module too. A type is an immutable value; its text (`str`) is what
dumps and messages use, and what `type_text.parse_type` reads:

    int float complex bool str None number Device Any
    List[int]  Tuple[int, Tensor]  Optional[str]  Dict[str, Tensor]
    Tensor  Tensor[f32]  Tensor[f32; N, 3, ?]  Tensor[f32; 2; contiguous]

A tensor's dtype, rank and dims are facts: each may be unknown. `Tensor` is any tensor at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .dtypes import DType

Dim = int | str | None
"""A dimension: a fixed size, a symbol's name, or None when nothing is known."""


class Type:
    """Base of all types of the language."""

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, repr=False)
class SimpleType(Type):
    """A type without parameters; the module-level constants below are all there are."""

    name: str

    def __str__(self) -> str:
        return self.name


INT = SimpleType("int")
FLOAT = SimpleType("float")
COMPLEX = SimpleType("complex")
BOOL = SimpleType("bool")
STR = SimpleType("str")
NONE = SimpleType("None")
NUMBER = SimpleType("number")
DEVICE = SimpleType("Device")
ANY = SimpleType("Any")
SIMPLE_TYPES: dict[str, SimpleType] = {t.name: t for t in (INT, FLOAT, COMPLEX, BOOL, STR, NONE, NUMBER, DEVICE, ANY)}


@dataclass(frozen=True, repr=False)
class TensorType(Type):
    """A tensor with what is known of it. `contiguous` says row-major without gaps."""

    dtype: DType | None = None
    dims: tuple[Dim, ...] | None = None
    contiguous: bool = False

    @property
    def rank(self) -> int | None:
        return None if self.dims is None else len(self.dims)

    @property
    def is_static(self) -> bool:
        """Every dim is a known integer."""
        return self.dims is not None and all(isinstance(d, int) for d in self.dims)

    def __str__(self) -> str:
        if self.dtype is None and self.dims is None and not self.contiguous:
            return "Tensor"
        parts = ["?" if self.dtype is None else str(self.dtype)]
        if self.dims is not None or self.contiguous:
            parts.append("..." if self.dims is None else ", ".join("?" if d is None else str(d) for d in self.dims))
        if self.contiguous:
            parts.append("contiguous")
        return f"Tensor[{'; '.join(parts)}]"


TENSOR = TensorType()


@dataclass(frozen=True, repr=False)
class ListType(Type):
    element: Type

    def __str__(self) -> str:
        return f"List[{self.element}]"


@dataclass(frozen=True, repr=False)
class OptionalType(Type):
    element: Type

    def __str__(self) -> str:
        return f"Optional[{self.element}]"


@dataclass(frozen=True, repr=False)
class DictType(Type):
    key: Type
    value: Type

    def __str__(self) -> str:
        return f"Dict[{self.key}, {self.value}]"


@dataclass(frozen=True, repr=False)
class TupleType(Type):
    """A tuple; a NamedTuple has a `name` and `fields`."""

    elements: tuple[Type, ...]
    name: str | None = None
    fields: tuple[str, ...] | None = None

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        return f"Tuple[{', '.join(map(str, self.elements)) or '()'}]"


@dataclass(eq=False)
class ClassLayout:
    """The fields of a class in order, with their types. It grows while the class's __init__ is compiled."""

    fields: dict[str, Type] = field(default_factory=dict)
    source: object = None
    """What sema made the class from."""

    def offset(self, name: str) -> int:
        """The first word of a field."""
        words = 0
        for other, t in self.fields.items():
            if other == name:
                return words
            words += word_count(t)
        raise KeyError(name)


@dataclass(frozen=True, repr=False)
class ClassType(Type):
    """An instance of a user's class, by qualified name."""

    name: str
    layout: ClassLayout = field(default_factory=ClassLayout, compare=False)

    def __str__(self) -> str:
        return self.name


FUTURE = "future"
"""The source of a Future's layout."""
FUTURE_VALUE = "value"
"""Its one field."""


def future_type(result: Type) -> ClassType:
    """The result of a forked task that gives a `result`: an object with one field."""
    return ClassType(f"Future[{result}]", ClassLayout({FUTURE_VALUE: result}, FUTURE))


def is_future(t: Type) -> bool:
    return isinstance(t, ClassType) and t.layout.source is FUTURE


@dataclass(frozen=True, repr=False)
class EnumType(Type):
    """A member of an Enum class, by the class's name. `members` are names and values, in order."""

    name: str
    members: tuple[tuple[str, int | float | str], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"Enum[{self.name}]"

    @property
    def value_type(self) -> Type:
        """The one type of the members' values."""
        return {int: INT, float: FLOAT, str: STR}[type(self.members[0][1])]


@dataclass(frozen=True, repr=False)
class UnionType(Type):
    """One of several types (None may be one); `union_of` makes them, with members in a fixed order."""

    members: tuple[Type, ...]

    def __str__(self) -> str:
        return f"Union[{', '.join(map(str, self.members))}]"


def union_of(members: Iterable[Type]) -> Type:
    """The type of values that are of one of `members`: flat, without repetition; Optional where None is one of two."""
    flat: dict[Type, None] = {}
    for member in members:
        if isinstance(member, UnionType):
            flat.update(dict.fromkeys(member.members))
        elif isinstance(member, OptionalType):
            flat.update(dict.fromkeys((member.element, NONE)))
        else:
            flat[member] = None
    if ANY in flat:
        return ANY
    if len(flat) == 1:
        return next(iter(flat))
    if len(flat) == 2 and NONE in flat:
        return OptionalType(next(t for t in flat if t != NONE))
    return UnionType(tuple(sorted(flat, key=str)))


def is_boxed(t: Type) -> bool:
    """Values of this type carry their own type at run time."""
    return t == ANY or isinstance(t, UnionType)


def join_dims(a: Dim, b: Dim) -> Dim:
    return a if a == b else None


def join(a: Type, b: Type) -> Type | None:
    """The least type that holds both, losing only tensor facts and adding Optional; None when there is none."""
    if a == b:
        return a
    if isinstance(a, TensorType) and isinstance(b, TensorType):
        dims = None
        if a.dims is not None and b.dims is not None and len(a.dims) == len(b.dims):
            dims = tuple(map(join_dims, a.dims, b.dims))
        return TensorType(a.dtype if a.dtype is b.dtype else None, dims, a.contiguous and b.contiguous)
    if a is NONE or b is NONE:
        other = b if a is NONE else a
        if isinstance(other, UnionType) and NONE not in other.members:
            return None
        return other if isinstance(other, OptionalType) or is_boxed(other) else OptionalType(other)
    if isinstance(a, UnionType) or isinstance(b, UnionType):
        return _join_unions(a, b)
    if isinstance(a, OptionalType) or isinstance(b, OptionalType):
        inner_a = a.element if isinstance(a, OptionalType) else a
        inner_b = b.element if isinstance(b, OptionalType) else b
        element = join(inner_a, inner_b)
        return None if element is None else OptionalType(element)
    if isinstance(a, ListType) and isinstance(b, ListType):
        element = join(a.element, b.element)
        return ListType(element) if element is not None and erase(a.element) == erase(b.element) else None
    if isinstance(a, DictType) and isinstance(b, DictType):
        key, value = join(a.key, b.key), join(a.value, b.value)
        same = erase(a.key) == erase(b.key) and erase(a.value) == erase(b.value)
        return DictType(key, value) if key is not None and value is not None and same else None
    if isinstance(a, TupleType) and isinstance(b, TupleType):
        if len(a.elements) != len(b.elements) or a.name != b.name:
            return None
        elements = tuple(join(x, y) for x, y in zip(a.elements, b.elements, strict=True))
        kept = tuple(e for e in elements if e is not None)
        return TupleType(kept, a.name, a.fields) if len(kept) == len(elements) else None
    return None


def _join_unions(a: Type, b: Type) -> Type | None:
    """A Union holds its members and smaller Unions."""
    union = union_of([erase(a), erase(b)])
    return union if union in (a, b) else None


def erase(t: Type) -> Type:
    """The type without tensor facts: what the language itself sees."""
    if isinstance(t, TensorType):
        return TENSOR
    if isinstance(t, ListType):
        return ListType(erase(t.element))
    if isinstance(t, OptionalType):
        return OptionalType(erase(t.element))
    if isinstance(t, DictType):
        return DictType(erase(t.key), erase(t.value))
    if isinstance(t, TupleType):
        return TupleType(tuple(map(erase, t.elements)), t.name, t.fields)
    return t


def is_refcounted(t: Type) -> bool:
    """Values of this type hold at least one reference to a heap object at run time."""
    if isinstance(t, TupleType):
        return any(map(is_refcounted, t.elements))
    if isinstance(t, OptionalType):
        return is_refcounted(t.element)
    return is_pointer(t)


def type_code(t: Type) -> str:
    """The compact code that the runtime reads (see runtime/object.h): T i f c b s n d A, e{...}, C{...}, F{...},
    U{...}, L<e>, O<e>, D<k><v>, (<e>...), (<e>...){...}."""
    if isinstance(t, TensorType):
        return "T"
    if isinstance(t, ListType):
        return "L" + type_code(t.element)
    if isinstance(t, OptionalType):
        return "O" + type_code(t.element)
    if isinstance(t, DictType):
        return "D" + type_code(t.key) + type_code(t.value)
    if isinstance(t, TupleType):
        name = "" if t.name is None else f"{{{t.name}}}"
        return "(" + "".join(map(type_code, t.elements)) + ")" + name
    if isinstance(t, EnumType):
        return "e{" + t.name + "".join(f"|{name}" for name, _ in t.members) + "}"
    if isinstance(t, ClassType):
        return f"{'F' if is_future(t) else 'C'}{{{t.name}}}"
    if isinstance(t, UnionType):
        return "U{" + "|".join(str(erase(m)) for m in t.members) + "}"
    codes = {INT: "i", FLOAT: "f", COMPLEX: "c", BOOL: "b", STR: "s", NONE: "n", DEVICE: "d", ANY: "A"}
    if isinstance(t, SimpleType) and t in codes:
        return codes[t]
    raise ValueError(f"a value of type {t} has no run-time form")


def word_count(t: Type) -> int:
    """How many 8-byte words a value of this type takes in an argument, result or list slot."""
    if isinstance(t, TupleType):
        return sum(map(word_count, t.elements))
    if isinstance(t, OptionalType):
        inner = word_count(t.element)
        return inner if is_pointer(t.element) else 1 + inner
    return 0 if t == NONE else 2 if t == COMPLEX else 1


def is_pointer(t: Type) -> bool:
    """A value of this type is one pointer to a refcounted object (so an Optional of it is a nullable pointer)."""
    return isinstance(t, TensorType | ListType | DictType | ClassType | UnionType) or t in (STR, ANY)
