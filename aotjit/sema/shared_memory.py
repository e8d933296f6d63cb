"""Tensors of constructors that share memory, as first_state.py knows them: a storage, with views of it.

    t = torch.zeros(4)                        self.a: all of the storage
    self.register_buffer("a", t)              self.b: two elements of it, from the second on
    self.register_buffer("b", t[1:3])

Where a method writes to one of them, the others see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aotjit.dtypes import DType
from aotjit.sema.deferred import Elements
from aotjit.sema.first_state import tensors_in
from aotjit.sema.modules import HostTensor, ModuleObject

Array = Any


@dataclass
class ArrayView:
    """A tensor's place in a storage; `shape`, `strides` and `offset` count elements."""

    storage: Array
    dtype: DType
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    is_whole: bool = False
    conj: bool = False
    neg: bool = False

    def whole(self) -> ArrayView:
        """All elements of the storage in the order of their places."""
        return ArrayView(self.storage, self.dtype, (self.storage.size,), (1,), 0)

    def numpy(self) -> Array:
        import numpy

        size = self.storage.itemsize
        strides = tuple(s * size for s in self.strides)
        return numpy.ndarray(self.shape, self.storage.dtype, self.storage.data, self.offset * size, strides)

    def data(self) -> memoryview:
        """The elements in row-major order."""
        return HostTensor(self.dtype, self.shape, self.numpy()).bytes()


def note_shared_memory(root: ModuleObject) -> None:
    """Gives the attributes below `root` that share memory without being the same tensor their places in it."""
    groups: dict[int, list[HostTensor]] = {}
    for module in root.walk():
        for value in module.attributes.values():
            for tensor in tensors_in(value):
                key = _memory(tensor)
                if key is not None and not any(tensor is t for t in groups.setdefault(key, [])):
                    groups[key].append(tensor)
    for tensors in groups.values():
        if len(tensors) > 1:
            _place(tensors)


def _memory(tensor: HostTensor) -> int | None:
    """Equal for tensors that share memory; None where that is known already."""
    if tensor.array is None:
        if not isinstance(tensor.source, Elements):
            return None
        found = tensor.source.computed
        return id(tensor.source) if found is None else id(_owner(found))
    return None if isinstance(tensor.source, ArrayView) else id(_owner(tensor.array))


def _owner(array: Array) -> Array:
    """The array that has the memory."""
    while array.base is not None and hasattr(array.base, "dtype"):
        array = array.base
    return array


def _place(tensors: list[HostTensor]) -> None:
    arrays = [t.numpy() for t in tensors]
    owner = _owner(arrays[0])
    start, size = owner.__array_interface__["data"][0], owner.itemsize
    storage = owner.ravel(order="K")
    if storage.__array_interface__["data"][0] != start or any(a.dtype != owner.dtype for a in arrays):
        return
    for tensor, array in zip(tensors, arrays, strict=True):
        offset = (array.__array_interface__["data"][0] - start) // size
        strides = tuple(s // size for s in array.strides)
        tensor.source = ArrayView(storage, tensor.dtype, tensor.shape, strides, offset)
