"""The state of a running instance, read from its memory as runtime/object.h lays it out: the values of the interpreter,
with TensorValues for tensors. What is one object there is one object here; tensors of one storage share one.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from aotjit import types
from aotjit.archive.values import Storage, TensorValue
from aotjit.codegen.layout import CLASS, DICT, KIND, LIST, RECORD, STORAGE, STR, TENSOR, Struct
from aotjit.diagnostics import UsageError
from aotjit.dtypes import DTYPE_BY_CODE
from aotjit.interp.objects import Box, EnumMember, Instance
from aotjit.program import State
from aotjit.types import Type, word_count


def read_states(states: Sequence[State], address: int) -> dict[str, Any]:
    """The values by path. `address` is that of the state's words, which nobody changes meanwhile."""
    reader, found = _Reader(), {}
    for state in states:
        found[state.path] = reader.value(types.erase(state.type), address)
        address += 8 * word_count(state.type)
    return found


def _size(t: ir.Type) -> int:
    """Bytes of a field's type, which are its alignment too but for arrays and structs."""
    if isinstance(t, ir.IntType):
        return int(t.width) // 8
    if isinstance(t, ir.ArrayType):
        return int(t.count) * _size(t.element)
    return sum(map(_size, t.elements)) if isinstance(t, ir.LiteralStructType) else 8


def _offset(of: Struct, field: str) -> int:
    """Bytes before a field. All fields lie at multiples of their sizes, as the headers order them."""
    at = 0
    for name, t in of.fields:
        size = _size(t)
        align = min(size, 8) if not isinstance(t, ir.ArrayType | ir.LiteralStructType) else 8
        at = -(-at // align) * align
        if name == field:
            return at
        at += size
    raise KeyError(field)


def _word(address: int) -> int:
    return int(ctypes.c_int64.from_address(address).value)


def _int32(address: int) -> int:
    return int(ctypes.c_int32.from_address(address).value)


def _text(address: int) -> str:
    return ctypes.string_at(address).decode("utf-8", "surrogatepass")


class _Reader:
    def __init__(self) -> None:
        self._made: dict[int, Any] = {}
        self._storages: dict[int, Storage] = {}

    def value(self, t: Type, address: int) -> Any:
        """The value of type `t` in the words at `address`."""
        match t:
            case types.TupleType():
                return self._tuple(t, address)
            case types.OptionalType():
                return self._optional(t, address)
            case types.EnumType():
                return EnumMember(t, _word(address))
        if t == types.NONE:
            return None
        if t == types.FLOAT:
            return struct.unpack("<d", ctypes.string_at(address, 8))[0]
        if t == types.COMPLEX:
            return complex(*struct.unpack("<2d", ctypes.string_at(address, 16)))
        if t == types.BOOL:
            return bool(_word(address))
        if t == types.DEVICE:
            return "cpu"
        return self._object(t, _word(address)) if types.is_pointer(t) else _word(address)

    def _tuple(self, t: types.TupleType, address: int) -> tuple[Any, ...]:
        found = []
        for element in t.elements:
            found.append(self.value(element, address))
            address += 8 * word_count(element)
        return tuple(found)

    def _optional(self, t: types.OptionalType, address: int) -> Any:
        if not _word(address):
            return None
        return self.value(t.element, address if types.is_pointer(t.element) else address + 8)

    def _object(self, t: Type, address: int) -> Any:
        if not address:
            return None
        if address not in self._made:
            self._made[address] = self._read(t, address)
        return self._made[address]

    def _read(self, t: Type, address: int) -> Any:
        match t:
            case types.TensorType():
                return self._tensor(address)
            case types.ListType():
                found: list[Any] = []
                self._made[address] = found
                data, width = _word(address + _offset(LIST, "data")), 8 * word_count(t.element)
                length = _word(address + _offset(LIST, "length"))
                found.extend(self.value(t.element, data + i * width) for i in range(length))
                return found
            case types.DictType():
                return self._dict(t, address)
            case types.ClassType():
                return self._instance(t, address)
        if t == types.STR:
            text, size = _word(address + _offset(STR, "text")), _word(address + _offset(STR, "bytes"))
            return ctypes.string_at(text, size).decode("utf-8", "surrogatepass")
        return self._box(t, address)

    def _dict(self, t: types.DictType, address: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        self._made[address] = found
        entry, key = _word(address + _offset(DICT, "entries")), 8 * word_count(t.key)
        width = 8 + key + 8 * word_count(t.value)
        for i in range(_word(address + _offset(DICT, "first")), _word(address + _offset(DICT, "used"))):
            at = entry + i * width
            if _word(at):  # the hash; 0 where the entry was taken out
                found[self.value(t.key, at + 8)] = self.value(t.value, at + 8 + key)
        return found

    def _instance(self, t: types.ClassType, address: int) -> Instance:
        made = self._made[address] = Instance(t.name)
        at = address + _offset(RECORD, "type") + 8
        for name, field in t.layout.fields.items():
            made.fields[name] = self.value(field, at)
            at += 8 * word_count(field)
        return made

    def _box(self, t: Type, address: int) -> Any:
        descriptor = _word(address + _offset(RECORD, "type"))
        name = _text(_word(descriptor + _offset(CLASS, "name")))
        members = t.members if isinstance(t, types.UnionType) else types.SIMPLE_TYPES.values()
        held = next((m for m in members if str(m) == name), None)
        if held is None:
            raise UsageError(f"an attribute of type {t} that holds a {name} cannot be saved")
        at = address if isinstance(held, types.ClassType) else address + _offset(RECORD, "type") + 8
        value = self._instance(held, at) if isinstance(held, types.ClassType) else self.value(held, at)
        return Box(held, value)

    def _tensor(self, address: int) -> TensorValue:
        ndim = _int32(address + _offset(TENSOR, "ndim"))
        sizes, strides = (
            tuple(_word(address + _offset(TENSOR, name) + 8 * i) for i in range(ndim)) for name in ("sizes", "strides")
        )
        dtype = DTYPE_BY_CODE[_int32(address + _offset(TENSOR, "dtype"))]
        data, owner = _word(address + _offset(TENSOR, "data")), _word(address + _offset(TENSOR, "storage"))
        if not owner or ctypes.c_uint16.from_address(owner + 4).value != KIND["storage"]:
            count = 1 + sum((n - 1) * s for n, s in zip(sizes, strides, strict=True)) if min(sizes, default=1) else 0
            start, size = data, count * dtype.size
        else:
            start, size = _word(owner + _offset(STORAGE, "data")), _word(owner + _offset(STORAGE, "bytes"))
        return TensorValue(dtype, sizes, strides, (data - start) // dtype.size, self._storage(start, size))

    def _storage(self, start: int, size: int) -> Storage:
        """The memory as it is now."""
        if start not in self._storages:
            content = memoryview(ctypes.string_at(start, size) if size else b"")
            self._storages[start] = Storage("state", size, lambda: content)
        return self._storages[start]
