"""The runtime's C functions from Python: built by the system's compiler as a library with everything visible, called
through ctypes on tensors that share numpy's memory."""

from __future__ import annotations

import ctypes as ct
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "runtime"
C_TESTS = ROOT / "tests" / "c"
CC = shutil.which("gcc") or shutil.which("cc")
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror")
DTYPES = {"uint8": 0, "int8": 1, "int16": 2, "int32": 3, "int64": 4, "float16": 5, "float32": 6, "float64": 7,
          "complex64": 9, "complex128": 10, "bool": 11}  # fmt: skip
NUMPY = {code: np.dtype(name) for name, code in DTYPES.items()}
RANK = 16


EMPTY_MODEL_C = C_TESTS / "empty_model.c"


class Object(ct.Structure):
    _fields_ = [("refcount", ct.c_int32), ("kind", ct.c_uint16), ("flags", ct.c_uint16)]


class Tensor(ct.Structure):
    _fields_ = [
        ("head", Object), ("dtype", ct.c_int32), ("ndim", ct.c_int32), ("data", ct.c_void_p), ("storage", ct.c_void_p),
        ("numel", ct.c_int64), ("sizes", ct.c_int64 * RANK), ("strides", ct.c_int64 * RANK),
    ]  # fmt: skip


class List(ct.Structure):
    _fields_ = [
        ("head", Object), ("width", ct.c_int32), ("reserved", ct.c_int32), ("references", ct.c_uint64),
        ("length", ct.c_int64), ("capacity", ct.c_int64), ("data", ct.POINTER(ct.c_uint64)),
    ]  # fmt: skip


class Str(ct.Structure):
    _fields_ = [("head", Object), ("bytes", ct.c_int64), ("chars", ct.c_int64), ("text", ct.c_void_p),
                ("hash", ct.c_uint64), ("buffer", ct.c_void_p)]  # fmt: skip


class RuntimeStatusError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def compile_c(*arguments: object, flags: tuple[str, ...] = (), folder: Path | None = None) -> None:
    command = [str(CC), "-std=c11", "-O1", "-fPIC", f"-I{RUNTIME}", f"-I{C_TESTS}", *flags, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def build(
    folder: Path, name: str, *sources: Path, flags: tuple[str, ...] = (), runtime: Sequence[Path] | None = None
) -> Path:
    """Compiles sources with the whole runtime (its sources, or objects made of them) into a shared library or, with
    `-o` semantics, whatever flags say."""
    output = folder / name
    compile_c(*sources, *(runtime or sorted(RUNTIME.glob("*.c"))), "-lm", "-o", output, flags=flags)
    return output


def build_objects(folder: Path, flags: tuple[str, ...]) -> list[Path]:
    """The runtime's sources, each as an object in the folder."""
    compile_c("-c", *sorted(RUNTIME.glob("*.c")), flags=flags, folder=folder)
    return sorted(folder.glob("*.o"))


class Runtime:
    """An instance of the empty model, in a library built of `EMPTY_MODEL_C`. Scalars are passed as ctypes values,
    tensors and lists as what new_* returned."""

    def __init__(self, library: Path) -> None:
        self.library = ct.CDLL(str(library))
        self.library.aj_last_error.restype = ct.c_char_p
        model = ct.c_char.in_dll(self.library, "EMPTY_MODEL")
        self.instance = ct.c_void_p()
        assert self.library.aj_create(ct.byref(model), None, ct.byref(self.instance)) == 0
        self.kept: list[Any] = []

    def call(self, name: str, *arguments: Any, out: Any = Tensor) -> Any:
        """Calls `name(self, arguments..., &out)`; returns a pointer to `out`, or the value of a simple ctypes type."""
        pointer = issubclass(out, ct.Structure)
        result = ct.POINTER(out)() if pointer else out()
        status = getattr(self.library, name)(self.instance, *map(self.argument, arguments), ct.byref(result))
        if status:
            raise RuntimeStatusError(status, self.library.aj_last_error(self.instance).decode())
        return result if pointer else result.value

    @staticmethod
    def argument(value: Any) -> Any:
        if isinstance(value, bool):
            return ct.c_bool(value)
        if isinstance(value, int):
            return ct.c_int64(value)
        if isinstance(value, float):
            return ct.c_double(value)
        return value

    def tensor(self, array: np.ndarray) -> Any:
        """An immortal tensor on the array's memory."""
        t = Tensor(head=Object(-1, 1, 0), dtype=DTYPES[array.dtype.name], ndim=array.ndim, numel=array.size)
        t.data = array.ctypes.data
        for d in range(array.ndim):
            t.sizes[d] = array.shape[d]
            t.strides[d] = array.strides[d] // array.itemsize
        self.kept.append((t, array))
        return ct.pointer(t)

    def ints(self, values: list[int]) -> Any:
        data = (ct.c_uint64 * max(len(values), 1))(*[v & (2**64 - 1) for v in values])
        one = List(head=Object(-1, 4, 0), width=1, length=len(values), capacity=len(values))
        one.data = ct.cast(data, ct.POINTER(ct.c_uint64))
        self.kept.append((one, data))
        return ct.pointer(one)

    def tensors(self, arrays: list[np.ndarray]) -> Any:
        made = [self.tensor(a) for a in arrays]
        return self.ints([ct.cast(p, ct.c_void_p).value or 0 for p in made])

    def str(self, text: str) -> Any:
        data = text.encode()
        buffer = ct.create_string_buffer(data)
        one = Str(head=Object(-1, 3, 0), bytes=len(data), chars=len(text), text=ct.addressof(buffer))
        self.kept.append((one, buffer))
        return ct.pointer(one)

    def array(self, t: Any) -> np.ndarray:
        """A copy of a tensor's elements; releases the tensor."""
        value = t.contents
        dtype = NUMPY[value.dtype]
        shape, strides = value.sizes[: value.ndim], [s * dtype.itemsize for s in value.strides[: value.ndim]]
        if value.numel == 0:
            result = np.empty(shape, dtype)
        else:
            low = sum(min(0, (n - 1) * s) for n, s in zip(shape, strides, strict=True))
            high = sum(max(0, (n - 1) * s) for n, s in zip(shape, strides, strict=True)) + dtype.itemsize
            raw = (ct.c_char * (high - low)).from_address(value.data + low)
            result = np.ndarray(shape, dtype, raw, -low, strides).copy()
        self.release(t)
        return result

    def arrays(self, items: Any) -> list[np.ndarray]:
        """Copies of a list's tensors; releases the list."""
        result = []
        for i in range(items.contents.length):
            t = ct.cast(ct.c_void_p(items.contents.data[i]), ct.POINTER(Tensor))
            t.contents.head.refcount += 1
            result.append(self.array(t))
        self.release(items)
        return result

    def text(self, s: Any) -> str:
        result = ct.string_at(s.contents.text, s.contents.bytes).decode()
        assert s.contents.chars == len(result)
        self.release(s)
        return result

    def release(self, pointer: Any) -> None:
        head = ct.cast(pointer, ct.POINTER(Object)).contents
        if head.refcount > 0:
            head.refcount -= 1
            if head.refcount == 0:
                self.library.aj_destroy(self.instance, pointer)
