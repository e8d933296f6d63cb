"""A pickle reader that constructs nothing but archive values: a closed list of opcodes and of named functions.

Pickle is a stack language. torch writes a small part of protocol 2, and only that part is read. A global is a name
here, never looked up; what `REDUCE` may call is the table `_FUNCTIONS`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aotjit.archive.extent import PickleError, check_extent
from aotjit.archive.values import (
    ArchiveObject,
    DeviceValue,
    EnumValue,
    OpaqueValue,
    Storage,
    TensorValue,
    Value,
    make_tensor,
)
from aotjit.diagnostics import UsageError
from aotjit.dtypes import DTYPE_BY_TORCH, DType


@dataclass(frozen=True)
class Global:
    """A name the pickle refers to."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, eq=False)
class TypedStorage:
    """What a persistent id stands for: a storage seen as elements of one type."""

    storage: Storage
    dtype: DType


FindStorage = Callable[[str, int], Storage]
"""The storage of a key, which must have at least that many bytes."""


_STORAGE_TYPES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool", "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
}  # fmt: skip


def unpickle(data: memoryview, find_storage: FindStorage, lenient: bool = False) -> Value:
    """The value of a pickle. `lenient` keeps unknown globals as OpaqueValue instead of refusing them."""
    try:
        value = _Machine(data, find_storage, lenient).run()
    except (struct.error, IndexError):
        raise PickleError("it ends too soon") from None
    except (TypeError, ValueError, KeyError, OverflowError):
        raise PickleError("it is damaged") from None
    check_extent(value)
    return value


class _Machine:
    def __init__(self, data: memoryview, find_storage: FindStorage, lenient: bool) -> None:
        self.data, self.at, self.find_storage, self.lenient = data, 0, find_storage, lenient
        # Everything on the stack is a Value, a Global or a TypedStorage; checked where it is used.
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Value:
        while True:
            opcode = self.data[self.at]
            self.at += 1
            if opcode == 0x2E:  # STOP
                break
            action = _OPCODES.get(opcode)
            if action is None:
                raise PickleError(f"it uses opcode 0x{opcode:02x}, which torch does not write")
            action(self)
        if len(self.stack) != 1 or self.marks:
            raise PickleError("it does not end with one value")
        return self.value(self.pop())

    # -- reading

    def take(self, count: int) -> memoryview:
        piece = self.data[self.at : self.at + count]
        if len(piece) != count:
            raise PickleError("it ends too soon")
        self.at += count
        return piece

    def unpack(self, form: str) -> int:
        size = struct.calcsize(form)
        number: int = struct.unpack(form, self.take(size))[0]
        return number

    def line(self) -> str:
        start = self.at
        while self.data[self.at] != 0x0A:
            self.at += 1
            if self.at - start > 4096:
                raise PickleError("a name in it is too long")
        self.at += 1
        return bytes(self.data[start : self.at - 1]).decode()

    # -- the stack

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if not self.stack or (self.marks and self.marks[-1] >= len(self.stack)):
            raise PickleError("it takes a value that is not there")
        return self.stack.pop()

    def pop_to_mark(self) -> list[Any]:
        if not self.marks:
            raise PickleError("it takes a mark that is not there")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def value(self, item: Any) -> Value:
        """`item` as a value; a name or a bare storage is none."""
        if isinstance(item, Global | TypedStorage):
            if not self.lenient:
                raise PickleError(f"it holds {item} as a value")
            return OpaqueValue(str(item))
        result: Value = item
        return result

    # -- opcodes

    def protocol(self) -> None:
        version = self.unpack("B")
        if version != 2 and not (self.lenient and version < 6):
            raise PickleError(f"it is of protocol {version}; torch writes 2")

    def global_name(self) -> None:
        self.push(Global(self.line(), self.line()))

    def mark(self) -> None:
        self.marks.append(len(self.stack))
        if len(self.marks) > 10_000:
            raise PickleError("it is nested too deeply")

    def get(self, key: int) -> None:
        if key not in self.memo:
            raise PickleError("it refers to a value that is not there")
        self.push(self.memo[key])

    def put(self, key: int) -> None:
        if not self.stack:
            raise PickleError("it takes a value that is not there")
        self.memo[key] = self.stack[-1]

    def tuple(self, count: int) -> None:
        items = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(items)))

    def long(self) -> None:
        count = self.unpack("B")
        if count > 8:
            raise PickleError("it holds an integer of more than 64 bits")
        self.push(int.from_bytes(self.take(count), "little", signed=True))

    def string(self, form: str) -> None:
        self.push(bytes(self.take(self.unpack(form))).decode("utf-8", "surrogatepass"))

    def extend(self, items: list[Any]) -> None:
        target = self.stack[-1] if self.stack else None
        if isinstance(target, OpaqueValue):
            return
        if not isinstance(target, list):
            raise PickleError("it appends to something that is no list")
        target += [self.value(item) for item in items]

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1] if self.stack else None
        if isinstance(target, OpaqueValue):
            return
        if not isinstance(target, dict) or len(items) % 2:
            raise PickleError("it sets items of something that is no dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_key(key)] = self.value(value)

    def dict_of(self, items: list[Any]) -> None:
        self.push({})
        self.set_items(items)

    def new_object(self) -> None:
        arguments, cls = self.pop(), self.pop()
        if isinstance(cls, Global) and _is_own(cls) and arguments == ():
            self.push(ArchiveObject(str(cls)))
        elif self.lenient:
            self.push(OpaqueValue(str(cls)))
        else:
            raise PickleError(f"it makes an object of {cls}")

    def build(self) -> None:
        state, target = self.value(self.pop()), self.stack[-1]
        if isinstance(target, ArchiveObject):
            if target.attributes or target.has_state:
                raise PickleError("it sets an object's attributes twice")
            if isinstance(state, dict) and all(isinstance(key, str) for key in state):
                target.attributes = {str(key): value for key, value in state.items()}
            else:
                target.state, target.has_state = state, True
        elif not isinstance(target, dict | OpaqueValue):
            # An OrderedDict carries `_metadata` this way, which nothing needs.
            raise PickleError("it sets attributes of something that is no object")

    def reduce(self) -> None:
        arguments, function = self.pop(), self.pop()
        if isinstance(function, Global) and _is_own(function) and isinstance(arguments, int | float | str):
            # torch writes an enum member as its class applied to its bare value.
            self.push(EnumValue(str(function), arguments))
            return
        if not isinstance(arguments, tuple):
            raise PickleError("it calls something without a tuple of arguments")
        if isinstance(function, Global):
            known = _FUNCTIONS.get(str(function))
            if known is not None:
                self.push(known(self, *arguments))
                return
        if not self.lenient:
            raise PickleError(f"it calls {function}, which aotjit does not know")
        self.push(OpaqueValue(str(function)))

    def persistent(self) -> None:
        found = self.pop()
        if not (isinstance(found, tuple) and len(found) == 5 and found[0] == "storage"):
            raise PickleError("it names a storage in an unknown way")
        _, kind, key, _, elements = found
        if not isinstance(kind, Global) or not isinstance(key, str) or type(elements) is not int or elements < 0:
            raise PickleError("it names a storage in an unknown way")
        name = _STORAGE_TYPES.get(kind.name)
        if name is None:
            element = kind.name.removesuffix("Storage").lower()
            raise PickleError(f"element type {element} is not supported")
        dtype = DTYPE_BY_TORCH[name]
        self.push(TypedStorage(self.find_storage(key, elements * dtype.size), dtype))


def _is_own(name: Global) -> bool:
    """The name of a class that the archive itself defines."""
    return name.module.split(".")[0] == "__torch__"


def _key(key: Any) -> Any:
    if not isinstance(key, str | int | float | bool | complex | EnumValue | DeviceValue | tuple):
        raise PickleError("a dict in it has keys of an unknown kind")
    return key


def _integers(value: Any) -> tuple[int, ...]:
    if not isinstance(value, tuple) or not all(type(n) is int for n in value):
        raise PickleError("a tensor in it has sizes that are no integers")
    return value


def _tensor(
    machine: _Machine, typed: Any, offset: Any, size: Any, stride: Any, grad: Any = False, hooks: Any = None,
    metadata: Any = None,
) -> TensorValue:  # fmt: skip
    """torch._utils._rebuild_tensor_v2"""
    if not isinstance(typed, TypedStorage) or type(offset) is not int:
        raise PickleError("a tensor in it has no storage")
    if hooks:
        raise PickleError("a tensor in it has hooks")
    try:
        tensor = make_tensor(typed.storage, typed.dtype, offset, _integers(size), _integers(stride))
    except UsageError as error:
        raise PickleError(str(error)) from None
    flags = metadata if isinstance(metadata, dict) else {}
    conj, neg = flags.get("conj") is True, flags.get("neg") is True
    return TensorValue(
        tensor.dtype, tensor.shape, tensor.strides, tensor.offset, tensor.storage, grad is True, conj, neg
    )


def _parameter(machine: _Machine, data: Any, grad: Any = True, hooks: Any = None) -> Any:
    """torch._utils._rebuild_parameter"""
    if not isinstance(data, TensorValue):
        raise PickleError("a parameter in it is no tensor")
    return data


def _ordered_dict(machine: _Machine, items: Any = ()) -> Any:
    return {_key(key): machine.value(value) for key, value in items}


def _tagged(machine: _Machine, value: Any, tag: Any) -> Any:
    """restore_type_tag: the declared type of a container, which its attribute's declaration says too."""
    if not isinstance(value, list | dict) or not isinstance(tag, str):
        raise PickleError("a container in it has no type")
    return value


def _typed_list(*types: type) -> Callable[..., Any]:
    def build(machine: _Machine, items: Any) -> Any:
        if not isinstance(items, list) or not all(type(item) in types for item in items):
            raise PickleError("a list in it holds values of another type")
        return items

    return build


def _device(machine: _Machine, name: Any, index: Any = None) -> DeviceValue:
    if not isinstance(name, str):
        raise PickleError("a device in it has no name")
    return DeviceValue(name if index is None else f"{name}:{int(index)}")


def _complex(machine: _Machine, real: Any, imaginary: Any) -> complex:
    return complex(float(real), float(imaginary))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.jit._pickle.restore_type_tag": _tagged,
    "torch.jit._pickle.build_intlist": _typed_list(int),
    "torch.jit._pickle.build_doublelist": _typed_list(float),
    "torch.jit._pickle.build_boollist": _typed_list(bool),
    "torch.jit._pickle.build_tensorlist": _typed_list(TensorValue),
    "torch.device": _device,
    "collections.OrderedDict": _ordered_dict,
    "builtins.complex": _complex,
    "__builtin__.complex": _complex,
}

_OPCODES: dict[int, Callable[[_Machine], None]] = {
    0x80: _Machine.protocol,
    ord("c"): _Machine.global_name,
    ord("("): _Machine.mark,
    ord("q"): lambda m: m.put(m.unpack("B")),
    ord("r"): lambda m: m.put(m.unpack("<I")),
    ord("h"): lambda m: m.get(m.unpack("B")),
    ord("j"): lambda m: m.get(m.unpack("<I")),
    ord("t"): lambda m: m.push(tuple(m.pop_to_mark())),
    ord(")"): lambda m: m.push(()),
    0x85: lambda m: m.tuple(1),
    0x86: lambda m: m.tuple(2),
    0x87: lambda m: m.tuple(3),
    ord("]"): lambda m: m.push([]),
    ord("e"): lambda m: m.extend(m.pop_to_mark()),
    ord("a"): lambda m: m.extend([m.pop()]),
    ord("l"): lambda m: m.push([m.value(item) for item in m.pop_to_mark()]),
    ord("}"): lambda m: m.push({}),
    ord("u"): lambda m: m.set_items(m.pop_to_mark()),
    ord("s"): lambda m: m.set_items([m.pop(), m.pop()][::-1]),
    ord("d"): lambda m: m.dict_of(m.pop_to_mark()),
    ord("N"): lambda m: m.push(None),
    0x88: lambda m: m.push(True),
    0x89: lambda m: m.push(False),
    ord("J"): lambda m: m.push(m.unpack("<i")),
    ord("K"): lambda m: m.push(m.unpack("B")),
    ord("M"): lambda m: m.push(m.unpack("<H")),
    0x8A: _Machine.long,
    ord("G"): lambda m: m.push(m.unpack(">d")),
    ord("X"): lambda m: m.string("<I"),
    0x81: _Machine.new_object,
    ord("b"): _Machine.build,
    ord("R"): _Machine.reduce,
    ord("Q"): _Machine.persistent,
}
