"""Random arguments for an entry's parameters, with one size for each symbol."""

from __future__ import annotations

import random
from collections import namedtuple
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .. import types
from ..diagnostics import UsageError
from ..dtypes import DEFAULT_DTYPE, Category, DType
from ..interp.boundary import made, outside
from ..interp.objects import Future
from ..types import TensorType

if TYPE_CHECKING:
    import numpy as np

    from ..program import Entry

_LARGEST_SIZE = 7
_RANKS = (2, 1, 3, 2, 0, 4)
_LETTERS = "abcxyz ÄÖ0189_"


class Draw:
    """One trial's arguments. Tensors of unknown rank all get one shape, so that they fit each other."""

    def __init__(self, seed: int, trial: int) -> None:
        import numpy as np

        self.random = random.Random(seed * 1000003 + trial)
        self.arrays = np.random.default_rng([seed, trial])
        self.sizes: dict[str, int] = {}
        self.shape = tuple(self._size() for _ in range(_RANKS[trial % len(_RANKS)]))

    def arguments(self, entry: Entry) -> list[Any]:
        """A value for each parameter of `entry`."""
        return [self.value(parameter.example or parameter.type) for parameter in entry.parameters]

    def value(self, t: types.Type) -> Any:
        """A random value of type `t`."""
        if isinstance(t, TensorType):
            return self._tensor(t)
        if isinstance(t, types.ListType):
            return [self.value(t.element) for _ in range(self.random.randrange(1, 5))]
        if isinstance(t, types.DictType):
            return {self.value(t.key): self.value(t.value) for _ in range(self.random.randrange(1, 5))}
        if isinstance(t, types.TupleType):
            items = tuple(self.value(element) for element in t.elements)
            return items if t.fields is None else namedtuple("Named", t.fields)(*items)
        if isinstance(t, types.OptionalType):
            return None if self.random.random() < 0.5 else self.value(t.element)
        if t == types.INT:
            return self.random.randrange(0, 10)
        if t == types.FLOAT:
            return self.random.gauss(0, 1)
        if t == types.COMPLEX:
            return complex(self.random.gauss(0, 1), self.random.gauss(0, 1))
        if t == types.BOOL:
            return self.random.random() < 0.5
        if t == types.STR:
            return "".join(self.random.choices(_LETTERS, k=self.random.randrange(6)))
        if t == types.NONE:
            return None
        if isinstance(t, types.UnionType):
            return self.value(self.random.choice(t.members))
        if t == types.ANY:
            return self.value(self.random.choice((types.INT, types.FLOAT, types.BOOL, types.STR)))
        if isinstance(t, types.EnumType):
            name, held = self.random.choice(t.members)
            return made(t, name=name, value=held)
        if isinstance(t, types.ClassType) and types.is_future(t):
            return outside(Future(self.value(t.layout.fields[types.FUTURE_VALUE])))
        if isinstance(t, types.ClassType):
            return made(t, **{name: self.value(held) for name, held in t.layout.fields.items()})
        raise UsageError(f"check: there are no random arguments of type {t}")

    def _size(self) -> int:
        return self.random.randint(1, _LARGEST_SIZE)

    def _tensor(self, t: TensorType) -> np.ndarray[Any, Any]:
        import numpy as np

        dtype = t.dtype or DEFAULT_DTYPE
        if dtype is DType.BF16:
            raise UsageError("check: there are no random arguments of dtype bf16 (numpy has no such type)")
        shape = self.shape if t.dims is None else tuple(self._dim(d) for d in t.dims)
        if dtype.category is Category.BOOL:
            return np.asarray(self.arrays.random(shape) < 0.5)
        if dtype.category is Category.INTEGRAL:
            return np.asarray(self.arrays.integers(0, 10, shape), dtype.value.torch)
        values = np.asarray(self.arrays.standard_normal(shape))
        if dtype.category is Category.COMPLEX:
            return np.asarray(values + 1j * self.arrays.standard_normal(shape), dtype.value.torch)
        return np.asarray(values, dtype.value.torch)

    def _dim(self, dim: types.Dim) -> int:
        if isinstance(dim, int):
            return dim
        if dim is None:
            return self._size()
        return self.sizes.setdefault(dim, self._size())


def copied(value: Any) -> Any:
    """The same value in memory of its own."""
    if isinstance(value, list):
        return [copied(item) for item in value]
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, tuple):
        items = tuple(copied(item) for item in value)
        return type(value)(*items) if hasattr(value, "_fields") else items
    if isinstance(value, SimpleNamespace):
        return type(value)(**{name: copied(held) for name, held in vars(value).items()})
    return value.copy() if hasattr(value, "__array__") else value
