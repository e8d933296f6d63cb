"""Compiles programs for the end-to-end tests: from source, from a scripted and from a traced archive."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

import aotjit
from tests.e2e.programs import Source


def python_module(source: Source, folder: Path) -> ModuleType:
    """The source as ordinary Python (what torch runs)."""
    path = folder / f"{source.name}_torch.py"
    path.write_text(source.text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def torch_callable(source: Source, folder: Path) -> Any:
    """The function, or the module built with a fixed seed."""
    module = python_module(source, folder)
    if not source.is_module:
        return getattr(module, source.name)
    torch.manual_seed(0)
    return eval(source.construct, vars(module)).eval()


def compile_program(source: Source, folder: Path, oracle: Any, via: str, **options: Any) -> Any:
    """The loaded model, compiled `via` "source" or "script" (an archive). Weights come from the oracle."""
    folder.mkdir(exist_ok=True)
    output = folder / f"{source.name.lower()}_{via}.so"
    if via == "script":
        archive = folder / f"{source.name}.pt"
        torch.jit.script(oracle).save(str(archive))
        return aotjit.compile(str(archive), output=str(output), **options)
    path = folder / f"{source.name}.py"
    path.write_text(source.text)
    if source.is_module:
        weights = folder / f"{source.name}_weights.pt"
        torch.save(oracle.state_dict(), weights)
        return aotjit.compile(
            str(path), entry=source.construct, weights=str(weights), output=str(output), **options
        )
    return aotjit.compile(str(path), entry=source.name, output=str(output), **options)


def entry_of(model: Any, source: Source, via: str) -> Any:
    """The callable of a compiled model that stands for the source's function or forward."""
    if source.is_module or via == "script":
        return model.forward
    return getattr(model, source.name)
