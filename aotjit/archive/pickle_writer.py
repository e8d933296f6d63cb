"""A pickle writer for what an archive holds: the opcodes and globals of protocol 2 that torch.jit.load knows.

The values are those that `unpickle` gives, so that what was read can be written again; `Typed` adds the type of a
list or dict, which its items may not tell. What is one object in the value is one object in the pickle.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aotjit.archive.values import ArchiveObject, DeviceValue, EnumValue, Storage, TensorValue, Value
from aotjit.dtypes import DType

STORAGE_TYPES = {
    "float32": "FloatStorage", "float64": "DoubleStorage", "float16": "HalfStorage", "bfloat16": "BFloat16Storage",
    "int64": "LongStorage", "int32": "IntStorage", "int16": "ShortStorage", "int8": "CharStorage",
    "uint8": "ByteStorage", "bool": "BoolStorage", "complex64": "ComplexFloatStorage",
    "complex128": "ComplexDoubleStorage",
}  # fmt: skip
_LIST_BUILDERS = {
    "List[int]": "build_intlist", "List[float]": "build_doublelist", "List[bool]": "build_boollist",
    "List[Tensor]": "build_tensorlist",
}  # fmt: skip


@dataclass(eq=False)
class Typed:
    """A list or dict with its type as text, such as `Dict[str, int]`."""

    value: list[Writable] | dict[Writable, Writable]
    type: str


Writable = Value | Typed


class PickleWriter:
    """One pickle. `storages` are those that its tensors refer to, in the order of their keys; several pickles of one
    folder share them."""

    def __init__(self, storages: list[Storage]) -> None:
        self._storages = storages
        self._out = bytearray()
        self._memo: dict[int, int] = {}
        self._placed: dict[tuple[int, DType], int] = {}
        self._memos = 0
        self._kept: list[object] = []  # so that the ids in the memo stay their own

    def dump(self, value: Writable) -> bytes:
        """The pickle of one value."""
        self._out += b"\x80\x02"
        self._write(value)
        self._out += b"."
        return bytes(self._out)

    def _write(self, value: Writable) -> None:
        known = self._memo.get(id(value))
        if known is not None:
            self._out += b"j" + struct.pack("<I", known)
            return
        match value:
            case None | bool():
                self._out += {None: b"N", True: b"\x88", False: b"\x89"}[value]
            case int():
                self._int(value)
            case float():
                self._out += b"G" + struct.pack(">d", value)
            case str():
                self._text(value)
            case complex():
                self._call("builtins", "complex", (value.real, value.imag))
            case tuple():
                self._tuple(value)
            case TensorValue():
                self._tensor(value)
                self._keep(value)
            case ArchiveObject():
                self._object(value)
            case EnumValue():
                self._global(*value.class_name.rsplit(".", 1))
                self._write(value.value)
                self._out += b"R"
            case DeviceValue():
                self._call("torch", "device", (value.name,))
            case Typed():
                self._typed(value)
                self._keep(value)
            case list():
                self._list(value)
            case dict():
                self._dict(value)
            case _:
                raise TypeError(f"an archive has no form of {value!r}")

    def _keep(self, value: object) -> None:
        self._memo[id(value)] = self._remember()
        self._kept.append(value)

    def _int(self, value: int) -> None:
        if -(2**31) <= value < 2**31:
            self._out += b"J" + struct.pack("<i", value)
        else:
            self._out += b"\x8a\x08" + struct.pack("<q", value)

    def _text(self, value: str) -> None:
        encoded = value.encode("utf-8", "surrogatepass")
        self._out += b"X" + struct.pack("<I", len(encoded)) + encoded

    def _global(self, module: str, name: str) -> None:
        self._out += b"c" + f"{module}\n{name}\n".encode()

    def _tuple(self, values: tuple[Writable, ...]) -> None:
        self._out += b"("
        for value in values:
            self._write(value)
        self._out += b"t"

    def _call(self, module: str, name: str, arguments: tuple[Writable, ...]) -> None:
        self._global(module, name)
        self._tuple(arguments)
        self._out += b"R"

    def _list(self, values: Sequence[Writable]) -> None:
        self._out += b"]("
        for value in values:
            self._write(value)
        self._out += b"e"

    def _dict(self, values: Mapping[Any, Writable]) -> None:
        self._out += b"}("
        for key, value in values.items():
            self._write(key)
            self._write(value)
        self._out += b"u"

    def _typed(self, typed: Typed) -> None:
        builder = _LIST_BUILDERS.get(typed.type)
        self._global("torch.jit._pickle", builder or "restore_type_tag")
        self._out += b"("
        if isinstance(typed.value, dict):
            self._dict(typed.value)
        else:
            self._list(typed.value)
        if builder is None:
            self._text(typed.type)
        self._out += b"tR"

    def _object(self, value: ArchiveObject) -> None:
        """torch makes the instance of BUILD: before that there is nothing to remember."""
        self._global(*value.class_name.rsplit(".", 1))
        self._out += b")\x81"
        self._dict(value.attributes)
        self._out += b"b"
        self._keep(value)

    def _tensor(self, value: TensorValue) -> None:
        self._global("torch._utils", "_rebuild_tensor_v2")
        self._out += b"("
        self._storage(value.storage, value.dtype)
        self._int(value.offset)
        self._tuple(value.shape)
        self._tuple(value.strides)
        self._write(value.requires_grad)
        self._call("collections", "OrderedDict", ())
        self._out += b"tR"

    def _storage(self, storage: Storage, dtype: DType) -> None:
        """torch reads a storage each time that it is named: tensors share the one that was remembered."""
        known = self._placed.get((id(storage), dtype))
        if known is not None:
            self._out += b"j" + struct.pack("<I", known)
            return
        if not any(s is storage for s in self._storages):
            self._storages.append(storage)
        key = next(i for i, s in enumerate(self._storages) if s is storage)
        self._out += b"("
        self._text("storage")
        self._global("torch", STORAGE_TYPES[dtype.value.torch])
        self._text(str(key))
        self._text("cpu")
        self._int(storage.size // dtype.size)
        self._out += b"tQ"
        self._placed[id(storage), dtype] = self._remember()

    def _remember(self) -> int:
        """Gives the value on top of the stack a number."""
        number = self._memos
        self._memos += 1
        self._out += b"r" + struct.pack("<I", number)
        return number
