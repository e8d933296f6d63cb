"""The values an archive holds: tensors over shared storages, objects, enum members."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aotjit.diagnostics import UsageError
from aotjit.dtypes import DType

if TYPE_CHECKING:
    import numpy as np

MAX_EXPANDED = 1 << 30


@dataclass(frozen=True, eq=False)
class Storage:
    """Bytes that tensors are views of. Two tensors share memory exactly when their storages are the same object."""

    name: str
    size: int
    load: Callable[[], memoryview] = field(repr=False)


@dataclass(frozen=True, eq=False)
class TensorValue:
    """A view of a storage. `offset` and `strides` count elements; `conj` and `neg` are views not yet computed."""

    dtype: DType
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    storage: Storage = field(repr=False)
    requires_grad: bool = False
    conj: bool = False
    neg: bool = False

    @property
    def numel(self) -> int:
        return math.prod(self.shape)

    @property
    def is_contiguous(self) -> bool:
        """Row-major without gaps, so that the elements are one piece of the storage."""
        expected = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size != 1 and stride != expected:
                return self.numel == 0
            expected *= size
        return True

    @property
    def is_whole(self) -> bool:
        """It is all of its storage, in order."""
        return self.offset == 0 and self.is_contiguous and self.numel * self.dtype.size == self.storage.size

    def whole(self) -> TensorValue:
        """All elements of the storage, in one dim."""
        return TensorValue(self.dtype, (self.storage.size // self.dtype.size,), (1,), 0, self.storage)

    def data(self) -> memoryview:
        """The elements in row-major order; a view of the file when they already are."""
        if self.is_contiguous and not self.conj and not self.neg:
            start = self.offset * self.dtype.size
            return self.storage.load()[start : start + self.numel * self.dtype.size]
        import numpy

        return memoryview(numpy.ascontiguousarray(self._raw()).tobytes())

    def numpy(self) -> np.ndarray[Any, Any]:
        """An array of the elements; bfloat16, which numpy has not, becomes float32."""
        import numpy

        array = self._raw()
        if self.dtype is DType.BF16:
            widened: np.ndarray[Any, Any] = (array.astype(numpy.uint32) << 16).view(numpy.float32)
            return widened
        return array

    def _raw(self) -> np.ndarray[Any, Any]:
        """The strided view, with bfloat16 as uint16 and pending conj and neg computed."""
        import numpy

        kind = numpy.dtype("uint16" if self.dtype is DType.BF16 else self.dtype.value.torch)
        flat = numpy.frombuffer(self.storage.load(), kind, count=self.storage.size // kind.itemsize)
        strides = [stride * kind.itemsize for stride in self.strides]
        array: np.ndarray[Any, Any] = numpy.lib.stride_tricks.as_strided(
            flat[self.offset :], self.shape, strides, writeable=False
        )
        if self.conj:
            array = numpy.conj(array)
        if self.neg:
            array = numpy.bitwise_xor(array, 0x8000) if self.dtype is DType.BF16 else numpy.negative(array)
        return array


@dataclass(eq=False)
class ArchiveObject:
    """An instance of a class of the archive. Identity matters: modules may share a submodule.

    `state` is what `__getstate__` returned when the class defines `__setstate__`; the attributes are then empty.
    """

    class_name: str
    attributes: dict[str, Value] = field(default_factory=dict)
    state: Value = None
    has_state: bool = False


@dataclass(frozen=True)
class EnumValue:
    """A member of an enum class, by the value it was declared with."""

    class_name: str
    value: Value


@dataclass(frozen=True)
class DeviceValue:
    """A torch.device, as in 'cpu' or 'cuda:0'."""

    name: str


@dataclass(frozen=True)
class OpaqueValue:
    """A value of a Python class that a weights file mentions and nothing needs; it is never constructed."""

    name: str


Value = (
    None | bool | int | float | complex | str
    | list["Value"] | dict["Value", "Value"] | tuple["Value", ...]
    | TensorValue | ArchiveObject | EnumValue | DeviceValue | OpaqueValue
)  # fmt: skip


def make_tensor(
    storage: Storage, dtype: DType, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> TensorValue:
    """A tensor after checking that it lies inside its storage. Raises UsageError."""
    if len(shape) != len(strides) or len(shape) > 64:
        raise UsageError("a tensor's sizes and strides do not match")
    if offset < 0 or any(n < 0 for n in shape) or any(n < 0 for n in strides):
        raise UsageError("a tensor has a negative size, stride or offset")
    count = math.prod(shape)
    elements = storage.size // dtype.size
    last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True)) if count else offset - 1
    if last >= elements or (count > elements and count * dtype.size > MAX_EXPANDED):
        raise UsageError(f"a tensor reaches outside its storage '{storage.name}'")
    return TensorValue(dtype, shape, strides, offset, storage)


def children(value: Value) -> Iterator[Value]:
    """The values directly inside a container or object."""
    if isinstance(value, list | tuple):
        yield from value
    elif isinstance(value, dict):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, ArchiveObject):
        yield from value.attributes.values()
        if value.has_state:
            yield value.state
    elif isinstance(value, EnumValue):
        yield value.value
