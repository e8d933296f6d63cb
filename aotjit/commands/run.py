"""`aotjit run model.so --arg x=x.npy --arg n=3`: calls an entry point and prints or saves what it returns."""

from __future__ import annotations

import argparse
import ast
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..diagnostics import CompileError, Diagnostic, UsageError
from .output import Outputs

_RUN_ERRORS = (
    TypeError, ValueError, IndexError, KeyError, AssertionError, ZeroDivisionError, NotImplementedError, RuntimeError,
    AttributeError,
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("library", type=Path, metavar="FILE", help="model.so")
    parser.add_argument(
        "--entry", metavar="NAME", help="the function or method to call (default: forward, or the only)"
    )
    parser.add_argument(
        "--arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument: a .npy file, a number, True, None, text, a list or tuple of those (repeatable)",
    )
    parser.add_argument(
        "--out", action="append", default=[], type=Path, metavar="FILE", help="save the next tensor to a .npy file"
    )


def run(arguments: argparse.Namespace) -> int:
    from ..link.elf import LinkError
    from ..link.manifest import read_manifest
    from ..link.reader import ElfFile

    path: Path = arguments.library
    try:
        entries = read_manifest(ElfFile(path.read_bytes(), str(path))).get("entries")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except LinkError as error:
        raise UsageError(str(error)) from None
    entry = _choose(entries if isinstance(entries, list) else [], arguments.entry, path)
    values = _arguments(arguments.arg, entry)

    from ..loader import load

    function = getattr(load(path), entry["name"])
    try:
        result = function(**values)
    except _RUN_ERRORS as error:
        raise CompileError(Diagnostic(f"{type(error).__name__}: {error}")) from error
    tensors = list(_tensors(result))
    if len(arguments.out) > len(tensors):
        raise UsageError(f"--out is given {len(arguments.out)} times, but the result has {len(tensors)} tensors")
    if arguments.out:
        _save(tensors, arguments.out)
    else:
        print(_show(result))
    return 0


def _choose(entries: list[Any], wanted: str | None, path: Path) -> dict[str, Any]:
    """The manifest's record of the entry to call."""
    by_name = {e["name"]: e for e in entries if isinstance(e, dict) and isinstance(e.get("name"), str)}
    if wanted is None:
        wanted = "forward" if "forward" in by_name else next(iter(by_name)) if len(by_name) == 1 else None
    if wanted not in by_name:
        known = ", ".join(by_name) or "none"
        raise UsageError(f"{path}: {'which entry?' if wanted is None else f'no entry {wanted!r};'} there are {known}")
    return by_name[wanted]


def _arguments(texts: list[str], entry: dict[str, Any]) -> dict[str, Any]:
    types = {p["name"]: str(p["type"]) for p in entry.get("parameters", [])}
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--arg {text}: expected NAME=VALUE")
        if name not in types:
            raise UsageError(f"--arg {text}: {entry['name']} has no parameter {name!r}; it has {', '.join(types)}")
        if name in values:
            raise UsageError(f"--arg {text}: {name} is given twice")
        values[name] = _value(value, types[name], text)
    return values


def _value(text: str, type_text: str, option: str) -> Any:
    if text.endswith(".npy"):
        return _load(text)
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = text
    kind = type_text.removeprefix("Optional[")
    if kind.startswith("Enum[") and value is not None:
        return SimpleNamespace(name=text)
    if isinstance(value, dict) and not kind.startswith(("Dict[", "Any", "Union[")):
        return SimpleNamespace(**value)  # an instance, by its attributes
    if not kind.startswith("Tensor") or value is None:
        return value
    return _as_tensor(value, type_text, option)


def _as_tensor(value: object, type_text: str, option: str) -> Any:
    """An array of the parameter's dtype from nested lists or a number."""
    import numpy as np

    from ..dtypes import DEFAULT_DTYPE
    from ..type_text import parse_type
    from ..types import TensorType

    t = parse_type(type_text.removeprefix("Optional[").removesuffix("]") if type_text.startswith("Opt") else type_text)
    dtype = t.dtype if isinstance(t, TensorType) and t.dtype is not None else DEFAULT_DTYPE
    try:
        return np.asarray(value, dtype=dtype.value.torch)
    except (TypeError, ValueError):
        raise UsageError(f"--arg {option}: not a tensor of {dtype}") from None


def _load(name: str) -> Any:
    import numpy as np

    try:
        return np.load(name, allow_pickle=False)
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror or error}") from None
    except (ValueError, EOFError) as error:
        raise UsageError(f"cannot read {name}: {' '.join(str(error).split())}") from None


def _tensors(value: object) -> list[Any]:
    """The arrays in a result, from left to right."""
    if isinstance(value, list | tuple):
        return [t for item in value for t in _tensors(item)]
    return [value] if hasattr(value, "__array__") else []


def _save(tensors: list[Any], paths: list[Path]) -> None:
    import numpy as np

    with Outputs() as outputs:
        for tensor, path in zip(tensors, paths, strict=False):
            buffer = io.BytesIO()
            np.save(buffer, np.asarray(tensor), allow_pickle=False)
            outputs.write(path, [buffer.getbuffer()])
        outputs.commit()


def _show(value: object, indent: str = "") -> str:
    """A result as text; a tensor with its dtype and shape."""
    if isinstance(value, tuple):
        return "\n".join(f"{indent}[{i}] {_show(item, indent + '    ')}" for i, item in enumerate(value))
    if hasattr(value, "__array__"):
        import numpy as np

        array = np.asarray(value)
        return f"{array.dtype}{list(array.shape)}\n{array}"
    return repr(value)
