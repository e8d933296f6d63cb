"""load(): a compiled library as a Python object. Imports no compiler stage and no numpy.

The library is itself an extension module (`PyInit_<prefix>`, runtime/python_entry.c); what is returned is an object of
its class: `model(x)`, `model.forward(x)`, `model.signature`. Every call of load() gives an object with its own mutable
state; weights are shared. `model.graph` and `model.code` are there when aotjit.compile() made the object.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
import sys
from collections.abc import Callable, Mapping
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
from types import ModuleType
from typing import Any, Protocol

from aotjit.diagnostics import UsageError

MODEL_ABI = 1
"""AJ_MODEL_ABI of runtime/model.h: what load() can work with."""

_INIT = re.compile(rb"\0PyInit_(\w{1,200})\0")
_ELF_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_ELF_SEGMENT = struct.Struct("<IIQQQQQQ")
_PT_LOAD = 1
_IN_FILE = 1
"""AJ_WEIGHTS_FILE."""
_loaded: dict[str, tuple[tuple[int, int, int], ModuleType]] = {}


class Model(Protocol):
    """What load() returns: `forward` (or the only function) by call, the others by name."""

    signature: str
    manifest: str
    graph: str
    code: str
    save: Callable[[str], None]
    threads: int

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    def __getattr__(self, name: str) -> Any: ...


def load(
    path: str | os.PathLike[str], weights: Mapping[str, Any] | str | os.PathLike[str] | None = None
) -> Model:
    """The model in the library at `path`. Raises UsageError when the file is missing or is no such library.

    `weights` are for a library without them: the path of its .weights file where that is not beside it, or else tensors
    by name, or a file of them (.pt, .safetensors, .npz). They serve all models of the library.
    """
    full = os.path.realpath(os.fspath(path))
    try:
        module = _import_library(full)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except ImportError as error:
        raise UsageError(f"{path}: {error}") from None
    model: Model = type(module.model)()
    if model._weights_place == _IN_FILE and not isinstance(weights, Mapping):
        _open_weights(model, os.path.splitext(full)[0] + ".weights" if weights is None else os.fspath(weights))
    elif weights is not None:
        model.load_state(weights)
    return model


def _open_weights(model: Any, path: str) -> None:
    try:
        model._open_weights(path)
    except (RuntimeError, ValueError) as error:
        raise UsageError(str(error)) from None


def _import_library(path: str) -> ModuleType:
    stat = os.stat(path)
    identity = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    known = _loaded.get(path)
    if known is not None and known[0] == identity:
        return known[1]
    name = _module_name(path)
    # The dynamic loader knows a library by its path: a new file under an old path needs another one.
    origin = path if known is None else _alias(path)
    loader = ExtensionFileLoader(name, origin)
    spec = ModuleSpec(name, loader, origin=origin)
    module = _create_module(spec)
    loader.exec_module(module)
    module.__file__ = path
    _loaded[path] = (identity, module)
    return module


def _create_module(spec: ModuleSpec) -> ModuleType:
    """The module, without its name in sys.modules: Python puts it there, in place of any module of that name."""
    known = sys.modules.get(spec.name)
    try:
        return module_from_spec(spec)
    finally:
        if known is not None:
            sys.modules[spec.name] = known
        else:
            sys.modules.pop(spec.name, None)


def _alias(path: str) -> str:
    """Another name of the same file; the descriptor stays open so that the name is never used again."""
    return f"/proc/self/fd/{os.open(path, os.O_RDONLY | os.O_CLOEXEC)}"


def _module_name(path: str) -> str:
    """The prefix in the only PyInit_<prefix> among the library's names."""
    with open(path, "rb") as file:
        head = file.read(_ELF_HEADER.size)
        if len(head) < _ELF_HEADER.size or not head.startswith(b"\x7fELF\x02"):
            raise UsageError(f"{path}: not a shared library")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if not _is_whole(content):
                raise UsageError(f"{path}: damaged: the file is shorter than it says")
            match = _INIT.search(content)
            name = match.group(1).decode() if match else ""
    if not name:
        raise UsageError(f"{path}: not a library made by aotjit (it has no PyInit function)")
    return name


def _is_whole(content: mmap.mmap) -> bool:
    """All segments lie inside the file: the dynamic loader maps them unchecked and would crash on what is missing."""
    fields = _ELF_HEADER.unpack_from(content)
    offset, size, count = fields[5], fields[9], fields[10]
    if size != _ELF_SEGMENT.size or offset + size * count > len(content):
        return False
    segments = (_ELF_SEGMENT.unpack_from(content, offset + i * size) for i in range(count))
    return all(segment[2] + segment[5] <= len(content) for segment in segments if segment[0] == _PT_LOAD)
