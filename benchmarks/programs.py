"""A workload's source text as a compiled model, and as ordinary Python for the peers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import aotjit

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def compile_source(text: str, folder: Path, name: str, **options: object) -> object:
    """Compiles source text with `aotjit.compile` and returns the loaded model."""
    path = folder / f"{name}.py"
    path.write_text(text)
    return aotjit.compile(str(path), output=str(folder / f"{name}.so"), **options)


def load_function(text: str, folder: Path, name: str) -> Callable[..., object]:
    """The function `name` of source text as ordinary Python, for the peers."""
    import importlib.util

    path = folder / f"{name}_peer.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(f"{name}_peer", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)  # type: ignore[no-any-return]
