"""Where values have tensors inside: in tuples, lists and dicts, in instances and boxes that callers make.

Of a tensor inside another value, the element type is what is looked for. All tensors that a list may hold have one
variable, and so have those of a field of a class, or of what boxes hold as one type.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from xdsl.ir import SSAValue

from aotjit.dtypes import DEFAULT_DTYPE, DType
from aotjit.passes.cells import ITEM, KEY, Path, box_label, field_label
from aotjit.passes.shape_variables import DTypeVariable, ShapeVariable
from aotjit.program import Program
from aotjit.types import ClassType, DictType, ListType, OptionalType, TensorType, TupleType, Type, erase

Place = tuple[SSAValue, Path]
Owner = tuple[str, str]
"""A class and the label of a field; or "box" and the label of the type that a box holds."""


def leaves(t: Type, path: Path = ()) -> Iterator[tuple[Path, TensorType]]:
    """The tensors in a value of type `t`, but for those in instances and boxes. An Optional is no step of a path."""
    if isinstance(t, TensorType):
        yield path, t
    elif isinstance(t, OptionalType):
        yield from leaves(t.element, path)
    elif isinstance(t, ListType):
        yield from leaves(t.element, (*path, ITEM))
    elif isinstance(t, DictType):
        yield from leaves(t.key, (*path, KEY))
        yield from leaves(t.value, (*path, ITEM))
    elif isinstance(t, TupleType):
        for index, element in enumerate(t.elements):
            yield from leaves(element, (*path, index))


def with_leaves(t: Type, settle: Callable[[Path, TensorType], TensorType], path: Path = ()) -> Type:
    """The type with what `settle` makes of each of its tensors."""
    if isinstance(t, TensorType):
        return settle(path, t)
    if isinstance(t, OptionalType):
        return OptionalType(with_leaves(t.element, settle, path))
    if isinstance(t, ListType):
        return ListType(with_leaves(t.element, settle, (*path, ITEM)))
    if isinstance(t, DictType):
        return DictType(with_leaves(t.key, settle, (*path, KEY)), with_leaves(t.value, settle, (*path, ITEM)))
    if isinstance(t, TupleType):
        elements = tuple(with_leaves(e, settle, (*path, i)) for i, e in enumerate(t.elements))
        return TupleType(elements, t.name, t.fields)
    return t


def at_path(t: Type, path: Path) -> Type:
    """What a value of type `t` has there."""
    for step in path:
        if isinstance(t, OptionalType):
            t = t.element
        if isinstance(t, ListType):
            t = t.element
        elif isinstance(t, DictType):
            t = t.value
        else:
            assert isinstance(t, TupleType) and isinstance(step, int)
            t = t.elements[step]
    return t


def variable_paths(t: Type) -> list[Path]:
    """Where in a value that a schema declares as `t` the values of its type variable are."""
    if isinstance(t, ListType):
        return [(ITEM, *p) for p in variable_paths(t.element)]
    if isinstance(t, DictType):
        return [(ITEM, *p) for p in variable_paths(t.value)]
    if isinstance(t, OptionalType):
        return variable_paths(t.element)
    if isinstance(t, TupleType):
        return [(i, *p) for i, e in enumerate(t.elements) for p in variable_paths(e)]
    return [()] if str(t).startswith("t") and not isinstance(t, TensorType) else []


def field_of(t: ClassType, name: str) -> Owner:
    return t.name, field_label(name)


def held_by_boxes(t: Type) -> Owner:
    return "box", box_label(t)


def given_in(program: Program, owner: Owner, t: Type) -> Type:
    """What callers put into the field or box; float32 tensors where nothing was found out."""
    known = program.outside.get(owner)
    return with_leaves(erase(t), lambda _, leaf: TensorType(DEFAULT_DTYPE)) if known is None else known


class Outside:
    """The tensors in the instances and boxes that callers make, for all entries together."""

    def __init__(self, given: Container[Type] = ()) -> None:
        self.given = given
        """All types in what callers give."""
        self.variables: dict[tuple[Owner, Path], ShapeVariable] = {}
        self.computed: set[ShapeVariable] = set()
        """Of which some operator reads elements."""
        self.taken: list[tuple[ShapeVariable, ShapeVariable]] = []
        """Tensors of a place and what comes out of it: they have one element type, unless the program says more."""
        self.put: list[tuple[ShapeVariable, ShapeVariable]] = []
        """Tensors of a place and what comes into it. That says nothing of the others which are there."""
        self.converted: dict[ShapeVariable, DType] = {}
        """What becomes of some, whatever it was."""

    def agree(self) -> None:
        """Gives what is put into places the element types that what comes out of them is used for."""
        changed = True
        while changed:
            self._unite()
            changed = False
            read = {shape.dtype.root() for shape in self.computed}
            for holder, value in self.put:
                demanded = holder.dtype.root().dtype
                if demanded is not None and value not in self.converted:
                    changed |= value.dtype.root().dtype is None and value.dtype.join(DTypeVariable(demanded))
                if holder.dtype.root() in read and value.dtype.root() not in read:
                    self.computed.add(value)
                    changed = True

    def _unite(self) -> None:
        """Where what comes out of a place has several element types, it holds whatever it is given."""
        read = {shape.dtype.root() for shape in self.computed}
        for together in self._places():
            variables = {shape.dtype.root() for shape in together}
            known = {v.dtype for v in variables if v.dtype is not None}
            if len(known | {self.converted[s] for s in together if s in self.converted}) <= 1:
                first = next(iter(variables))
                for other in variables:
                    first.join(other)
            elif variables & read:
                self.computed |= together

    def _places(self) -> list[set[ShapeVariable]]:
        """What `taken` connects."""
        near: dict[DTypeVariable, list[ShapeVariable]] = {}
        for a, b in self.taken:
            near.setdefault(a.dtype.root(), []).extend((a, b))
            near.setdefault(b.dtype.root(), []).extend((a, b))
        found = []
        while near:
            waiting = [next(iter(near))]
            together: set[ShapeVariable] = set()
            while waiting:
                shapes = near.pop(waiting.pop(), [])
                together.update(shapes)
                waiting += [s.dtype.root() for s in shapes if s.dtype.root() in near]
            found.append(together)
        return found

    def read_from(self, owner: Owner, t: Type) -> None:
        """What is in such a field or box is not followed everywhere."""
        self.computed |= {self.at(owner, path, leaf) for path, leaf in leaves(t)}

    def needs_elements(self, shape: ShapeVariable) -> bool:
        """Some operator reads elements of what the variable stands for."""
        return any(shape.dtype.root() is other.dtype.root() for other in self.computed)

    def settled(self, shape: ShapeVariable) -> DType | None:
        """The element type that is found: float32 where any would do, None where nobody reads elements."""
        found = shape.dtype.root().dtype
        return found or (DEFAULT_DTYPE if self.needs_elements(shape) else None)

    def type_in(self, owner: Owner, t: Type) -> Type:
        """What callers put into the field or box, which the language says is of type `t`."""

        def settle(path: Path, leaf: TensorType) -> TensorType:
            return TensorType(self.settled(self.at(owner, path, leaf)))

        return with_leaves(t, settle)

    def at(self, owner: Owner, path: Path, t: TensorType) -> ShapeVariable:
        found = self.variables.get((owner, path))
        if found is None:
            found = self.variables[owner, path] = ShapeVariable.of(TensorType(t.dtype))
        return found
