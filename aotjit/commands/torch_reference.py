"""The same program run by torch, for `aotjit check`. torch is only used where it is installed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..options import CompileOptions
    from ..program import Program

Reference = Callable[[list[Any]], Any]


def torch_references(program: Program, options: CompileOptions) -> dict[str, Reference]:
    """A function for each entry that takes and gives numpy arrays; empty when torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        return {}
    torch = importlib.import_module("torch")
    owner = _owner(torch, program, options)
    return {entry.name: _wrapped(torch, getattr(owner, entry.name)) for entry in program.entries}


def _owner(torch: ModuleType, program: Program, options: CompileOptions) -> Any:
    """What has the entries as attributes: the Python module, or the nn.Module with the program's weights."""
    assert isinstance(options.source, Path)
    if options.source.suffix != ".py":
        return torch.jit.load(str(options.source)).eval()
    module = _python_module(options.source)
    if program.kind != "module":
        return module
    instance = _instance(torch, module, options)
    _copy_weights(torch, program, instance)
    return instance.eval()


def _python_module(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(f"aotjit_checked_{path.stem}", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _instance(torch: ModuleType, module: ModuleType, options: CompileOptions) -> Any:
    if options.entry is None:
        instances = [value for value in vars(module).values() if isinstance(value, torch.nn.Module)]
        return instances[-1]
    # The program is the user's own, which its own constructor expression is a part of.
    value = eval(options.entry, vars(module))
    return value() if isinstance(value, type) else value


def _copy_weights(torch: ModuleType, program: Program, instance: Any) -> None:
    from ..interp.interpreter import weight_array

    own = instance.state_dict()
    known = {name: weight_array(weight) for name, weight in program.weights.items()}
    state = {name: torch.from_numpy(known[name].copy()) for name in own if name in known}
    instance.load_state_dict(state, strict=False)


def _wrapped(torch: ModuleType, function: Callable[..., Any]) -> Reference:
    def call(arguments: list[Any]) -> Any:
        with torch.no_grad():
            return _to_numpy(torch, function(*(_to_torch(torch, argument) for argument in arguments)))

    return call


def _to_torch(torch: ModuleType, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_to_torch(torch, item) for item in value)
    return torch.from_numpy(value) if hasattr(value, "__array__") else value


def _to_numpy(torch: ModuleType, value: Any) -> Any:
    if isinstance(value, list):
        return [_to_numpy(torch, item) for item in value]
    if isinstance(value, tuple):
        return tuple(_to_numpy(torch, item) for item in value)
    return value.detach().numpy() if isinstance(value, torch.Tensor) else value
