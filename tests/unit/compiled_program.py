"""IR text compiled to a library and called with words, for the tests of code generation."""

from __future__ import annotations

import ctypes
import itertools
import struct
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import aotjit.ops  # noqa: F401  (declares the operators)
from aotjit import dtypes, types
from aotjit.codegen import CodegenOptions, generate
from aotjit.dtypes import DType
from aotjit.ir import text, ts
from aotjit.link import Blob, LinkUnit, link_shared
from aotjit.passes import by_name
from aotjit.program import Entry, EntryParameter, Program, State, Weight
from aotjit.types import TENSOR, TensorType, Type

MAX_RANK = 16
_FOLDER = tempfile.TemporaryDirectory()
_NUMBERS = itertools.count()


class Tensor(ctypes.Structure):
    """aj_tensor."""

    _fields_ = (
        ("refcount", ctypes.c_int32), ("kind", ctypes.c_uint16), ("flags", ctypes.c_uint16), ("dtype", ctypes.c_int32),
        ("ndim", ctypes.c_int32), ("data", ctypes.c_void_p), ("storage", ctypes.c_void_p), ("numel", ctypes.c_int64),
        ("sizes", ctypes.c_int64 * MAX_RANK), ("strides", ctypes.c_int64 * MAX_RANK),
    )  # fmt: skip


class CString(ctypes.Structure):
    """aj_str."""

    _fields_ = (
        ("refcount", ctypes.c_int32), ("kind", ctypes.c_uint16), ("flags", ctypes.c_uint16),
        ("bytes", ctypes.c_int64), ("chars", ctypes.c_int64), ("text", ctypes.c_void_p), ("hash", ctypes.c_uint64),
        ("buffer", ctypes.c_void_p),
    )  # fmt: skip


class List(ctypes.Structure):
    """aj_list."""

    _fields_ = (
        ("refcount", ctypes.c_int32), ("kind", ctypes.c_uint16), ("flags", ctypes.c_uint16), ("width", ctypes.c_int32),
        ("reserved", ctypes.c_int32), ("references", ctypes.c_uint64), ("length", ctypes.c_int64),
        ("capacity", ctypes.c_int64), ("data", ctypes.POINTER(ctypes.c_uint64)),
    )  # fmt: skip


class CallError(Exception):
    """A call that returned a status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class CompiledProgram:
    """A library made from IR text; `call` runs an entry at one level and converts values both ways."""

    def __init__(
        self,
        source: str,
        weights: Sequence[Weight] = (),
        states: Sequence[State] = (),
        level: str = "v3",
        optimize: int = 3,
        refcount: bool = True,
    ) -> None:
        module = text.module_from_text(source)
        entries = tuple(entry_of(op) for op in module.ops)
        self.entries = {e.name: e for e in entries}
        self.program = Program(module, entries, {w.name: w for w in weights}, tuple(states))
        if refcount:
            by_name("refcount").run(self.program)
        options = CodegenOptions("m", (level,), optimize)
        self.objects = generate(self.program, options)
        self.level = level
        symbols = [f"ts.{e.symbol}" for e in entries]
        blobs = [Blob(s, bytes(self.program.weights[k].data())) for k, s in self.objects.weights.items()]
        names = [*self.objects.exports, "aj_release_value", "aj_arena_allocations", *symbols]
        unit = LinkUnit(self.objects.objects, names, blobs=blobs)
        # A file of its own for as long as the process lives: dlopen knows a library by its inode.
        path = Path(_FOLDER.name) / f"{next(_NUMBERS)}.so"
        path.write_bytes(link_shared(unit))
        self.library = ctypes.CDLL(str(path))
        self.library.m_last_error.restype = ctypes.c_char_p
        self.library.aj_arena_allocations.restype = ctypes.c_int64
        self.instance = ctypes.c_void_p()
        assert self.library.m_create(None, ctypes.byref(self.instance)) == 0

    def allocations(self) -> int:
        """How often the instance asked for memory so far."""
        return int(self.library.aj_arena_allocations(self.instance))

    def call(self, name: str, *values: object) -> object:
        entry = self.entries[name]
        keep: list[object] = []
        words = [w for p, v in zip(entry.parameters, values, strict=True) for w in encode(p.type, v, keep)]
        arguments = (ctypes.c_uint64 * max(1, len(words)))(*words)
        count = types.word_count(entry.result)
        results = (ctypes.c_uint64 * max(1, count))()
        status = self.library[f"ts.{entry.symbol}"](self.instance, arguments, results)
        if status:
            raise CallError(status, self.library.m_last_error(self.instance).decode())
        decoded, _ = decode(entry.result, list(results), 0)
        self.library.aj_release_value(self.instance, types.type_code(entry.result).encode(), results)
        return decoded


def entry_of(op: object) -> Entry:
    from xdsl.dialects import func

    assert isinstance(op, func.FuncOp)
    parameters = tuple(EntryParameter(f"a{i}", ts.lang_type(a.type)) for i, a in enumerate(op.body.block.args))
    name = op.sym_name.data
    return Entry(name, name, parameters, ts.lang_type(op.function_type.outputs.data[0]))


def weight(name: str, array: np.ndarray) -> Weight:
    dtype = dtypes.DTYPE_BY_TORCH[array.dtype.name]
    return Weight(name, dtype, array.shape, lambda: memoryview(np.ascontiguousarray(array).tobytes()))


def encode(t: Type, value: object, keep: list[object]) -> list[int]:
    """The words of a Python value; `keep` holds the memory they point to."""
    if isinstance(t, types.OptionalType):
        pointer = types.is_pointer(t.element)
        if value is None:
            return [0] * types.word_count(t)
        return [*([] if pointer else [1]), *encode(t.element, value, keep)]
    if isinstance(t, types.TupleType):
        assert isinstance(value, tuple)
        return [w for e, v in zip(t.elements, value, strict=True) for w in encode(e, v, keep)]
    if isinstance(t, types.ListType):
        assert isinstance(value, list)
        words = [w for v in value for w in encode(t.element, v, keep)]
        data = (ctypes.c_uint64 * max(1, len(words)))(*words)
        made = List(-1, 4, 0, types.word_count(t.element), 0, 0, len(value), len(value), data)
        keep += [data, made]
        return [ctypes.addressof(made)]
    if isinstance(t, TensorType):
        assert isinstance(value, np.ndarray)
        tensor = borrowed_tensor(value)
        keep += [value, tensor]
        return [ctypes.addressof(tensor)]
    if t == types.STR:
        data = ctypes.create_string_buffer(str(value).encode())
        made_str = CString(-1, 3, 0, len(data) - 1, len(str(value)), ctypes.addressof(data))
        keep += [data, made_str]
        return [ctypes.addressof(made_str)]
    if t == types.FLOAT:
        return [struct.unpack("<Q", struct.pack("<d", value))[0]]
    return [] if t == types.NONE else [int(value) & (1 << 64) - 1]  # type: ignore[call-overload]


def borrowed_tensor(array: np.ndarray) -> Tensor:
    dtype = dtypes.DTYPE_BY_TORCH[array.dtype.name]
    tensor = Tensor(-1, 1, 0, dtype.code, array.ndim, array.ctypes.data, None, array.size)
    for i in range(array.ndim):
        tensor.sizes[i], tensor.strides[i] = array.shape[i], array.strides[i] // array.itemsize
    return tensor


def decode(t: Type, words: list[int], at: int) -> tuple[object, int]:
    """The Python value at word `at` and where the next one starts."""
    if isinstance(t, types.OptionalType):
        if words[at] == 0:
            return None, at + types.word_count(t)
        return decode(t.element, words, at if types.is_pointer(t.element) else at + 1)
    if isinstance(t, types.TupleType):
        values = []
        for element in t.elements:
            value, at = decode(element, words, at)
            values.append(value)
        return tuple(values), at
    if t == types.NONE:
        return None, at
    word = words[at]
    if isinstance(t, types.ListType):
        made = List.from_address(word)
        inner = [made.data[i] for i in range(made.length * made.width)]
        return [decode(t.element, inner, i * made.width)[0] for i in range(made.length)], at + 1
    if isinstance(t, TensorType):
        return array_of(Tensor.from_address(word)), at + 1
    if t == types.STR:
        text = CString.from_address(word)
        return ctypes.string_at(text.text, text.bytes).decode(), at + 1  # in a shared buffer no NUL ends it
    if t == types.FLOAT:
        return struct.unpack("<d", struct.pack("<Q", word))[0], at + 1
    if t == types.BOOL:
        assert word in (0, 1)
        return bool(word), at + 1
    return ctypes.c_int64(word).value, at + 1


def array_of(tensor: Tensor) -> np.ndarray:
    """A copy of a tensor's elements."""
    dtype = np.dtype(dtypes.DTYPE_BY_CODE[tensor.dtype].value.torch)
    shape = tuple(tensor.sizes[: tensor.ndim])
    strides = tuple(s * dtype.itemsize for s in tensor.strides[: tensor.ndim])
    if tensor.numel == 0:
        return np.zeros(shape, dtype)
    reach = sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) + dtype.itemsize
    buffer = (ctypes.c_byte * reach).from_address(tensor.data)
    return np.ndarray(shape, dtype, buffer, strides=strides).copy()


__all__ = ["TENSOR", "CallError", "CompiledProgram", "DType", "State", "weight"]
