"""What lists hold: one cell for all lists that may be the same object or exchange elements (union-find)."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import SSAValue

from aotjit import types
from aotjit.ir import ts
from aotjit.types import DictType, ListType, OptionalType, SimpleType, TupleType, Type

Path = tuple[int | str, ...]
"""Where in a value a container is: indices of tuple elements, "some" for the inside of an Optional, "item" for what a
list holds and for the values of a dict (all of one container are one place)."""

NOTHING = SimpleType("nothing")
"""The element type of a list in which nothing was ever seen put."""


class _Cell:
    """Elements of some lists: the join of what was put in; None before the first."""

    def __init__(self) -> None:
        self.parent: _Cell | None = None
        self.element: Type | None = None

    def root(self) -> _Cell:
        at = self
        while at.parent is not None:
            if at.parent.parent is not None:
                at.parent = at.parent.parent
            at = at.parent
        return at


class Cells:
    """The cells of all containers in the values of a program. `changed` is set when any cell loses facts."""

    def __init__(self) -> None:
        self.cells: dict[tuple[SSAValue, Path], _Cell] = {}
        self.changed = False

    def unify(self, a: SSAValue, a_path: Path, b: SSAValue, b_path: Path, t: Type) -> None:
        """What `a` is at `a_path` and `b` at `b_path`, both of type `t`, may be one object."""
        for path in _containers(t):
            left, right = self._cell(a, a_path + path), self._cell(b, b_path + path)
            if left is right:
                continue
            if left.element is not None and right.element is not None:
                self._join(left, right.element)
            left.element = left.element if left.element is not None else right.element
            right.parent = left
            self.changed = True

    def put(self, value: SSAValue, t: Type | None) -> None:
        """A `t` is put into the list."""
        held = ts.type_of(value)
        if t is not None and isinstance(held, ListType | DictType):
            self._join(self._cell(value, ()), strip(t, held_type(held)))

    def hold(self, value: SSAValue, item: SSAValue, t: Type) -> None:
        """The containers in `item`, of type `t`, may be those that the list `value` holds."""
        self.unify(item, (), value, ("item",), t)

    def element(self, value: SSAValue) -> Type | None:
        """What the list holds; None when nothing was seen put in."""
        return self._cell(value, ()).element

    def declare(self, value: SSAValue, t: Type) -> None:
        """The containers in `value` hold what its type says."""
        for path, container in _containers(t).items():
            held = held_type(container)
            self._join(self._cell(value, path), strip(held, held))

    def escape(self, value: SSAValue, t: Type) -> None:
        """The containers in `value` are reachable from where they are not followed: they may hold anything."""
        self.declare(value, types.erase(t))

    def fill(self, value: SSAValue, t: Type) -> Type:
        """`t`, the type of `value`, with what its containers hold."""
        return self._fill(value, (), t) if has_container(t) else t

    def _fill(self, value: SSAValue, path: Path, t: Type) -> Type:
        if isinstance(t, ListType):
            held = self._cell(value, path).element
            return ListType(NOTHING if held is None else self._fill(value, (*path, "item"), held))
        if isinstance(t, DictType):
            held = self._cell(value, path).element
            return DictType(t.key, NOTHING if held is None else self._fill(value, (*path, "item"), held))
        if isinstance(t, OptionalType):
            return OptionalType(self._fill(value, (*path, "some"), t.element))
        if isinstance(t, TupleType):
            elements = tuple(self._fill(value, (*path, i), e) for i, e in enumerate(t.elements))
            return TupleType(elements, t.name, t.fields)
        return t

    def _cell(self, value: SSAValue, path: Path) -> _Cell:
        cell = self.cells.get((value, path))
        if cell is None:
            cell = self.cells[value, path] = _Cell()
        return cell.root()

    def _join(self, cell: _Cell, t: Type) -> None:
        if cell.element == t:
            return
        new = t if cell.element is None else types.join(cell.element, t)
        assert new is not None, f"a list of {cell.element} cannot hold a {t}"
        if new != cell.element:
            cell.element = new
            self.changed = True


def held_type(container: ListType | DictType) -> Type:
    """What a container's cell is about: a list's elements, a dict's values. (Keys carry no facts.)"""
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


_NO_CONTAINERS: dict[Path, ListType | DictType] = {}


def _containers(t: Type) -> dict[Path, ListType | DictType]:
    return dict(_find(t, ())) if has_container(t) else _NO_CONTAINERS


def _find(t: Type, path: Path) -> Iterator[tuple[Path, ListType | DictType]]:
    if isinstance(t, ListType | DictType):
        yield path, t
    if isinstance(t, ListType | DictType):
        yield from _find(held_type(t), (*path, "item"))
    elif isinstance(t, OptionalType):
        yield from _find(t.element, (*path, "some"))
    elif isinstance(t, TupleType):
        for index, element in enumerate(t.elements):
            yield from _find(element, (*path, index))
