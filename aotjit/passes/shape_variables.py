"""Variables for the shapes and element types of values, and what shape signatures (ops/shapes.py) say of them.

A variable is joined with others that must be equal (union-find). Shapes know their last dims and a lowest rank; a
closed one has no further dims. Where two things cannot both hold, the later one is left out: what is found are values
with which a program can run, not proofs that it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from aotjit.dtypes import DTYPE_BY_TEXT, DType
from aotjit.ops.shapes import Pattern, ShapeSignature, is_variable
from aotjit.types import Dim, TensorType


class _Variable:
    """One of a class of equal things; the class is described by its root."""

    def __init__(self) -> None:
        self.parent: Self | None = None

    def root(self) -> Self:
        at = self
        while at.parent is not None:
            if at.parent.parent is not None:
                at.parent = at.parent.parent
            at = at.parent
        return at


class DimVariable(_Variable):
    """A size: a number or a symbol's name where it is known."""

    def __init__(self, value: int | str | None = None) -> None:
        super().__init__()
        self.value = value

    def join(self, other: DimVariable) -> bool:
        """Makes both one; True when anything changed. Different numbers stay apart."""
        a, b = self.root(), other.root()
        if a is b or (isinstance(a.value, int) and isinstance(b.value, int) and a.value != b.value):
            return False
        if not isinstance(a.value, int) and b.value is not None:
            a.value = b.value
        b.parent = a
        return True


class DTypeVariable(_Variable):
    """An element type. `is_given` where the program or the user said so."""

    def __init__(self, dtype: DType | None = None) -> None:
        super().__init__()
        self.dtype = dtype

    def join(self, other: DTypeVariable) -> bool:
        a, b = self.root(), other.root()
        if a is b or (a.dtype is not None and b.dtype is not None and a.dtype is not b.dtype):
            return False
        a.dtype = a.dtype or b.dtype
        b.parent = a
        return True


@dataclass(eq=False)
class ShapeVariable:
    """The dims of one value, the last one first."""

    dims: list[DimVariable] = field(default_factory=list)
    closed: bool = False
    dtype: DTypeVariable = field(default_factory=DTypeVariable)

    declared: TensorType | None = None

    @classmethod
    def of(cls, t: TensorType) -> ShapeVariable:
        dims = [DimVariable(d) for d in reversed(t.dims or ())]
        return cls(dims, t.dims is not None, DTypeVariable(t.dtype), t)

    def at_least(self, rank: int) -> bool:
        """Gives it dims up to that rank; a closed one keeps its own."""
        if self.closed or len(self.dims) >= rank:
            return False
        self.dims += [DimVariable() for _ in range(rank - len(self.dims))]
        return True

    def close(self, rank: int) -> bool:
        """No dims beyond `rank`."""
        if self.closed or len(self.dims) > rank:
            return False
        self.at_least(rank)
        self.closed = True
        return True

    def join(self, other: ShapeVariable) -> bool:
        """Both are the same, in dims and element type."""
        return self.join_dims(other) | self.dtype.join(other.dtype)

    def join_dims(self, other: ShapeVariable) -> bool:
        """Both have the same dims."""
        changed = self.at_least(len(other.dims)) | other.at_least(len(self.dims))
        if len(self.dims) != len(other.dims):
            return changed
        if self.closed or other.closed:
            changed |= self.close(len(self.dims)) | other.close(len(self.dims))
        for a, b in zip(self.dims, other.dims, strict=True):
            changed |= a.join(b)
        return changed

    def broadcasts_to(self, result: ShapeVariable) -> bool:
        """This operand fits into the result: equal dims do, and so does a size of one."""
        changed = result.at_least(len(self.dims)) | self.at_least(min(len(result.dims), 1))
        for a, b in zip(self.dims, result.dims, strict=False):
            if a.root().value != 1:
                changed |= a.join(b)
        return changed


@dataclass(eq=False)
class Relation:
    """What the signatures of one call say of its tensors."""

    alternatives: tuple[ShapeSignature, ...]
    arguments: Mapping[str, Sequence[ShapeVariable]]
    results: tuple[ShapeVariable | None, ...]
    lead: ShapeVariable = field(default_factory=ShapeVariable)
    names: dict[str, DimVariable] = field(default_factory=dict)
    dtypes: dict[str, DTypeVariable] = field(default_factory=dict)

    @property
    def shapes(self) -> list[ShapeVariable]:
        """All that it is about."""
        given = [shape for some in self.arguments.values() for shape in some]
        return given + [shape for shape in self.results if shape is not None]

    def propagate(self) -> bool:
        """Lets the variables know of each other; True when anything changed."""
        fitting = [s for s in self.alternatives if self._fits(s)]
        if len(fitting) != 1:
            return self._dtypes(self.alternatives[0])
        return self._dtypes(fitting[0]) | self._shapes(fitting[0])

    def propagate_first(self) -> bool:
        """The same with the first of several alternatives that fit."""
        fitting = [s for s in self.alternatives if self._fits(s)]
        self.alternatives = tuple(fitting[:1]) or self.alternatives
        return self.propagate()

    def demand_on(self, shape: ShapeVariable) -> tuple[Dim, ...] | None:
        """The dims that `shape` must have in any call that succeeds, as far as declared facts of the others say; None
        where not even the rank is certain."""
        if len(self.alternatives) != 1:
            return None
        pairs = [(p, s) for p, s in self._pairs(self.alternatives[0]) if p.first is not None and not p.is_open]
        known: dict[str, Dim] = {}
        for pattern, other in pairs:
            declared = None if other.declared is None else other.declared.dims
            if declared is not None and other is not shape and len(declared) == pattern.least:
                known.update((n, d) for n, d in zip(pattern.first or (), declared, strict=True) if isinstance(d, int))
        for pattern, other in pairs:
            if other is shape:
                return tuple(int(n) if n.isdigit() else known.get(n) for n in pattern.first or ())
        return None

    def _fits(self, signature: ShapeSignature) -> bool:
        for name, pattern in signature.arguments.items():
            for shape in self.arguments.get(name, ()) if pattern.first is not None else ():
                rank = len(shape.dims)
                if not (pattern.allows(rank) if shape.closed else pattern.is_open or rank <= pattern.least):
                    return False
        return True

    def _pairs(self, signature: ShapeSignature) -> list[tuple[Pattern, ShapeVariable]]:
        pairs = [(p, shape) for name, p in signature.arguments.items() for shape in self.arguments.get(name, ())]
        return pairs + [(p, s) for p, s in zip(signature.results, self.results, strict=False) if s is not None]

    def _dtypes(self, signature: ShapeSignature) -> bool:
        changed = False
        for pattern, shape in self._pairs(signature):
            if pattern.dtype is None:
                continue
            known = None if is_variable(pattern.dtype) else DTYPE_BY_TEXT[pattern.dtype]
            changed |= shape.dtype.join(self.dtypes.setdefault(pattern.dtype, DTypeVariable(known)))
        return changed

    def _shapes(self, signature: ShapeSignature) -> bool:
        changed = False
        for pattern, shape in self._pairs(signature):
            if pattern.first is not None:
                changed |= self._match(pattern, shape)
        return changed

    def _name(self, name: str) -> DimVariable:
        return self.names.setdefault(name, DimVariable(int(name) if name.isdigit() else None))

    def _match(self, pattern: Pattern, shape: ShapeVariable) -> bool:
        first, last = pattern.first or (), pattern.last
        changed = shape.at_least(pattern.least)
        if not pattern.is_open:
            changed |= shape.close(pattern.least)
        if len(shape.dims) < pattern.least:
            return changed
        for name, dim in zip(reversed(last), shape.dims, strict=False):
            changed |= dim.join(self._name(name))
        if pattern.is_open:
            changed |= self._match_lead(shape, len(last), len(first))
        if shape.closed:
            for name, dim in zip(first, reversed(shape.dims), strict=False):
                changed |= dim.join(self._name(name))
        return changed

    def _match_lead(self, shape: ShapeVariable, after: int, before: int) -> bool:
        """The dims of `shape` between the first `before` and the last `after` ones are those of the lead."""
        middle = max(len(shape.dims) - before - after, 0)
        changed = self.lead.at_least(middle)
        changed |= shape.at_least(before + after + len(self.lead.dims))
        if shape.closed:
            changed |= self.lead.close(middle)
        if self.lead.closed:
            changed |= shape.close(before + after + len(self.lead.dims))
        for a, b in zip(shape.dims[after:], self.lead.dims, strict=False):
            changed |= a.join(b)
        return changed
