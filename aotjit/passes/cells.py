"""What lists, dicts, instances and boxes hold: one cell for all that may be the same object (union-find).

The analysis is Steensgaard's ("Points-to Analysis in Almost Linear Time", 1996): where values meet, the objects in them
become one cell, and what two objects hold that became one becomes one as well. A cell knows what was put in under each
label: ITEM for what a list holds and for the values of a dict, KEY for its keys that are tensors, a field's name, the
type of a boxed value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xdsl.ir import SSAValue

from aotjit import types
from aotjit.ir import ts
from aotjit.types import (
    ClassType,
    DictType,
    ListType,
    OptionalType,
    SimpleType,
    TensorType,
    TupleType,
    Type,
    is_boxed,
)

Path = tuple[int | str, ...]
"""Where in a value an object is: indices of tuple elements, "some" for the inside of an Optional, a label for what an
object holds (all that a container holds is one place)."""

ITEM = "item"
KEY = "key"
NOTHING = SimpleType("nothing")
"""The element type of a list in which nothing was ever seen put."""


def field_label(name: str) -> str:
    return f".{name}"


def box_label(t: Type) -> str:
    return f"box {types.erase(t)}"


def _is_label(step: int | str) -> bool:
    return isinstance(step, str) and step != "some"


class _Cell:
    """What some objects hold: the join of what was put in under each label, and the cells of the objects in that."""

    def __init__(self) -> None:
        self.parent: _Cell | None = None
        self.held: dict[str, Type] = {}
        self.inner: dict[Path, _Cell] = {}

    def root(self) -> _Cell:
        at = self
        while at.parent is not None:
            if at.parent.parent is not None:
                at.parent = at.parent.parent
            at = at.parent
        return at

    def at(self, path: Path) -> _Cell:
        """The cell of the object that is at `path` in what this one holds; the path begins with a label."""
        cell = self.root()
        while path:
            end = next((i for i, step in enumerate(path) if i and _is_label(step)), len(path))
            key, path = path[:end], path[end:]
            found = cell.inner.get(key)
            if found is None:
                found = cell.inner[key] = _Cell()
            cell = found.root()
        return cell


class Cells:
    """The cells of all objects in the values of a program. `changed` is set when any cell loses facts."""

    def __init__(self) -> None:
        self.cells: dict[tuple[SSAValue, Path], _Cell] = {}
        self.outside: dict[Type, _Cell] = {}
        self.changed = False

    def unify(self, a: SSAValue, a_path: Path, b: SSAValue, b_path: Path, t: Type) -> None:
        """What `a` is at `a_path` and `b` at `b_path`, both of type `t`, may be one object."""
        for path in _objects(t):
            self._merge(self._cell(a, a_path + path), self._cell(b, b_path + path))

    def put(self, value: SSAValue, t: Type | None) -> None:
        """A `t` is put into the list."""
        held = ts.type_of(value)
        if t is not None and isinstance(held, ListType | DictType):
            self._join(self._cell(value, ()), ITEM, strip(t, held_type(held)))

    def put_key(self, value: SSAValue, t: Type | None) -> None:
        """A `t` is a key of the dict."""
        if isinstance(t, TensorType):
            self._join(self._cell(value, ()), KEY, t)

    def key(self, value: SSAValue) -> Type | None:
        """The tensors that are keys of the dict; None where none are."""
        return self.held(value, KEY)

    def hold(self, value: SSAValue, item: SSAValue, t: Type) -> None:
        """The objects in `item`, of type `t`, may be those that the list `value` holds."""
        self.unify(item, (), value, (ITEM,), t)

    def element(self, value: SSAValue) -> Type | None:
        """What the list holds; None when nothing was seen put in."""
        return self.held(value, ITEM)

    def store(self, value: SSAValue, label: str, t: Type) -> None:
        """A `t` is put under the label into the instance or box."""
        self._join(self._cell(value, ()), label, t)

    def held(self, value: SSAValue, label: str) -> Type | None:
        """What the object holds under the label; None when nothing was seen put there."""
        return self._cell(value, ()).held.get(label)

    def declare(self, value: SSAValue, t: Type) -> None:
        """The containers in `value` hold what its type says; instances and boxes are what `outside` has."""
        self._declare(lambda path: self._cell(value, path), t)

    def _declare(self, cell: Callable[[Path], _Cell], t: Type) -> None:
        for path, held in _objects(t).items():
            if isinstance(held, ListType | DictType):
                item = held_type(held)
                self._join(cell(path), ITEM, strip(item, item))
                if isinstance(held, DictType) and isinstance(held.key, TensorType):
                    self._join(cell(path), KEY, held.key)
                self._declare(lambda inner, at=path: cell(at).at((ITEM, *inner)), item)  # type: ignore[misc]
            else:
                self._merge(cell(path), self._outside(types.erase(held)))

    def _outside(self, t: Type) -> _Cell:
        return self.outside.setdefault(t, _Cell()).root()

    def give(self, t: Type, label: str, held: Type) -> None:
        """Instances or boxes of type `t` that come from outside hold a `held` under the label."""
        self._join(self._outside(t), label, strip(held, held))
        self._declare(lambda path: self._outside(t).at((label, *path)), held)

    def escape(self, value: SSAValue, t: Type) -> None:
        """The containers in `value` are reachable from where they are not followed: they may hold anything."""
        self.declare(value, types.erase(t))

    def fill(self, value: SSAValue, t: Type) -> Type:
        """`t`, the type of `value`, with what its containers hold."""
        return self._fill(value, (), t) if has_container(t) else t

    def _fill(self, value: SSAValue, path: Path, t: Type) -> Type:
        if isinstance(t, ListType):
            held = self._cell(value, path).held.get(ITEM)
            return ListType(NOTHING if held is None else self._fill(value, (*path, ITEM), held))
        if isinstance(t, DictType):
            cell = self._cell(value, path)
            held = cell.held.get(ITEM)
            return DictType(
                cell.held.get(KEY, t.key), NOTHING if held is None else self._fill(value, (*path, ITEM), held)
            )
        if isinstance(t, OptionalType):
            return OptionalType(self._fill(value, (*path, "some"), t.element))
        if isinstance(t, TupleType):
            elements = tuple(self._fill(value, (*path, i), e) for i, e in enumerate(t.elements))
            return TupleType(elements, t.name, t.fields)
        return t

    def _cell(self, value: SSAValue, path: Path) -> _Cell:
        end = next((i for i, step in enumerate(path) if _is_label(step)), len(path))
        cell = self.cells.get((value, path[:end]))
        if cell is None:
            cell = self.cells[value, path[:end]] = _Cell()
        return cell.at(path[end:])

    def _merge(self, a: _Cell, b: _Cell) -> None:
        work = [(a, b)]
        while work:
            left, right = (cell.root() for cell in work.pop())
            if left is right:
                continue
            right.parent = left
            self.changed = True
            for label, t in right.held.items():
                self._join(left, label, t)
            for key, cell in right.inner.items():
                if key in left.inner:
                    work.append((left.inner[key], cell))
                else:
                    left.inner[key] = cell

    def _join(self, cell: _Cell, label: str, t: Type) -> None:
        old = cell.held.get(label)
        if old == t:
            return
        new = t if old is None else types.join(old, t)
        assert new is not None, f"what holds a {old} cannot hold a {t}"
        if new != old:
            cell.held[label] = new
            self.changed = True


def held_type(container: ListType | DictType) -> Type:
    """What a container's cell is about: a list's elements, a dict's values."""
    return container.element if isinstance(container, ListType) else container.value


def strip(t: Type, declared: Type) -> Type:
    """`t` without what its containers hold, which is in cells: there it is as the `declared` type has it."""
    if isinstance(declared, ListType | DictType):
        return types.erase(declared)
    if isinstance(t, OptionalType) and isinstance(declared, OptionalType):
        return OptionalType(strip(t.element, declared.element))
    if isinstance(t, TupleType) and isinstance(declared, TupleType):
        return TupleType(tuple(map(strip, t.elements, declared.elements)), t.name, t.fields)
    return t


def has_container(t: Type) -> bool:
    """A list or dict is in `t`, but not only inside another one."""
    if isinstance(t, OptionalType):
        return has_container(t.element)
    if isinstance(t, TupleType):
        return any(map(has_container, t.elements))
    return isinstance(t, ListType | DictType)


def _objects(t: Type) -> dict[Path, Type]:
    """The containers, instances and boxes in a value of type `t`, but for those in others of them."""
    return dict(_find(t, ()))


def _find(t: Type, path: Path) -> Iterator[tuple[Path, Type]]:
    if isinstance(t, ListType | DictType | ClassType) or is_boxed(t):
        yield path, t
    elif isinstance(t, OptionalType):
        yield from _find(t.element, (*path, "some"))
    elif isinstance(t, TupleType):
        for index, element in enumerate(t.elements):
            yield from _find(element, (*path, index))
