"""Weights without a program: `read_weights` of a state_dict (.pt), .safetensors or .npz file.

The tensors are views of the mapped file; nothing is copied before it is asked for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aotjit.archive.container import Container, map_file
from aotjit.archive.extent import PickleError
from aotjit.archive.model import find_storage
from aotjit.archive.unpickle import unpickle
from aotjit.archive.values import ArchiveObject, Storage, TensorValue, Value, make_tensor
from aotjit.diagnostics import UsageError
from aotjit.dtypes import DTYPE_BY_TORCH, DType

MAX_HEADER = 100 << 20
# Where training scripts put the state_dict in a checkpoint.
CHECKPOINT_KEYS = ("state_dict", "model_state_dict", "model", "module", "net", "weights", "params")

_SAFETENSORS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool", "C64": "complex64",
}  # fmt: skip
_NUMPY = {
    "f8": "float64", "f4": "float32", "f2": "float16", "i8": "int64", "i4": "int32", "i2": "int16", "i1": "int8",
    "u1": "uint8", "b1": "bool", "c8": "complex64", "c16": "complex128",
}  # fmt: skip


def read_weights(path: str | Path) -> dict[str, TensorValue]:
    """The tensors of a weights file by name. Raises UsageError, one line, when it is not one."""
    suffix = Path(path).suffix
    if suffix == ".safetensors":
        return _read_safetensors(str(path))
    container = Container(path)
    if suffix == ".npz":
        return _read_npz(container)
    return _read_state_dict(container)


# -- torch.save -------------------------------------------------------------------------------------------------------


def _read_state_dict(container: Container) -> dict[str, TensorValue]:
    members = [name for name in container.members if name.count("/") == 1 and name.endswith("/data.pkl")]
    if not members:
        raise container.refuse("it was not written by torch.save")
    root = sorted(members)[0].removesuffix("data.pkl")
    order = root + "byteorder"
    if order in container and bytes(container.read(order)) != b"little":
        raise container.refuse("it was written on a big-endian machine")
    storages: dict[str, Storage] = {}

    def find(key: str, size: int) -> Storage:
        return find_storage(container, storages, f"{root}data/{key}", size)

    try:
        # torch.save may be told not to compute checksums.
        value = unpickle(container.read(root + "data.pkl", check=False), find, lenient=True)
    except PickleError as error:
        raise container.refuse(f"'data.pkl': {error}") from None
    found = _tensors(value, container)
    if found is None:
        raise container.refuse("it holds no state_dict: a dict of names and tensors")
    return found


def _tensors(value: Value, container: Container) -> dict[str, TensorValue] | None:
    if isinstance(value, ArchiveObject):
        return dict(_module_tensors(value, ""))
    if not isinstance(value, dict):
        return None
    tensors = {key: item for key, item in value.items() if isinstance(key, str) and isinstance(item, TensorValue)}
    if tensors and len(tensors) == len(value):
        return tensors
    candidates = [key for key in CHECKPOINT_KEYS if isinstance(value.get(key), dict)]
    if candidates:
        return _tensors(value[candidates[0]], container)
    # Some modules keep extra state beside their tensors; a name that is asked for and is no tensor is missed later.
    return tensors or ({} if not value else None)


def _module_tensors(module: ArchiveObject, prefix: str) -> list[tuple[str, TensorValue]]:
    """The tensors of a scripted module by their state_dict names."""
    found: list[tuple[str, TensorValue]] = []
    for name, value in module.attributes.items():
        if isinstance(value, TensorValue):
            found.append((prefix + name, value))
        elif isinstance(value, ArchiveObject):
            found += _module_tensors(value, f"{prefix}{name}.")
    return found


# -- safetensors ------------------------------------------------------------------------------------------------------


def _read_safetensors(path: str) -> dict[str, TensorValue]:
    data = map_file(path)

    def refuse(reason: str) -> UsageError:
        return UsageError(f"{path}: not a readable safetensors file: {reason}")

    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(MAX_HEADER, len(data) - 8):
        raise refuse("its header lies outside the file")
    try:
        header = json.loads(bytes(data[8 : 8 + size]))
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        body = data[8 + size :]
        return {name: _safetensor(name, entry, body) for name, entry in entries.items()}
    except UsageError as error:
        raise refuse(str(error)) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise refuse("its header is damaged") from None


def _safetensor(name: str, entry: Mapping[str, Any], body: memoryview) -> TensorValue:
    kind = _SAFETENSORS.get(entry["dtype"])
    if kind is None:
        raise UsageError(f"element type {str(entry['dtype'])[:20]} is not supported")
    dtype = DTYPE_BY_TORCH[kind]
    begin, end = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if not all(type(n) is int and n >= 0 for n in (begin, end, *shape)):
        raise UsageError("its header is damaged")
    if not begin <= end <= len(body) or end - begin != math.prod(shape) * dtype.size:
        raise UsageError(f"the data of '{name}' lies outside the file")
    return _plain(name, dtype, shape, body[begin:end])


# -- npz --------------------------------------------------------------------------------------------------------------


def _read_npz(container: Container) -> dict[str, TensorValue]:
    result: dict[str, TensorValue] = {}
    for member in container.members:
        if not member.endswith(".npy"):
            raise container.refuse(f"it has a member '{member}' that is no array")
        try:
            result[member.removesuffix(".npy")] = _numpy_array(member, container.read(member, check=False))
        except UsageError as error:
            raise container.refuse(f"'{member}': {error}") from None
        except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError):
            raise container.refuse(f"'{member}' has a damaged header") from None
    return result


def _numpy_array(name: str, content: memoryview) -> TensorValue:
    """An .npy file's array (numpy.lib.format, versions 1 to 3)."""
    from ast import literal_eval

    if bytes(content[:6]) != b"\x93NUMPY" or len(content) < 12:
        raise UsageError("it is no array")
    width = 2 if content[6] == 1 else 4
    size = int.from_bytes(content[8 : 8 + width], "little")
    start = 8 + width + size
    if size > 65536 or start > len(content):
        raise UsageError("its header lies outside the file")
    header = literal_eval(bytes(content[8 + width : start]).decode("latin1").strip())
    text, shape = header["descr"], header["shape"]
    kind = _NUMPY.get(text[1:]) if isinstance(text, str) and text[:1] in "<|" else None
    if kind is None:
        raise UsageError(f"element type {str(text)[:20]} is not supported")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise UsageError("its header is damaged")
    dtype = DTYPE_BY_TORCH[kind]
    body = content[start:]
    if len(body) != math.prod(shape) * dtype.size:
        raise UsageError("its size does not match its shape")
    if header["fortran_order"] is True:
        strides = tuple(math.prod(shape[:i]) for i in range(len(shape)))
        return make_tensor(Storage(name, len(body), lambda: body), dtype, 0, shape, strides)
    return _plain(name, dtype, shape, body)


def _plain(name: str, dtype: DType, shape: tuple[int, ...], body: memoryview) -> TensorValue:
    strides = tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))
    return make_tensor(Storage(name, len(body), lambda: body), dtype, 0, shape, strides)
