"""Tensors, modules and functions of other libraries, seen by duck typing: torch is never imported here, only met."""

from __future__ import annotations

import sys
from typing import Any

from aotjit.diagnostics import UsageError
from aotjit.dtypes import DTYPE_BY_TORCH, DType
from aotjit.sema.modules import HostTensor, ModuleObject


class LiveTensor:
    """The elements of a live tensor, read when they are needed; what HostTensor takes as its source."""

    def __init__(self, tensor: Any, dtype: DType) -> None:
        self.tensor, self.dtype = tensor, dtype

    def numpy(self) -> Any:
        """The elements; bfloat16 as float32."""
        plain = self._plain()
        return (plain.float() if self.dtype is DType.BF16 else plain).numpy()

    def data(self) -> memoryview:
        """The elements in row-major order."""
        plain = self._plain()
        if self.dtype is DType.BF16:
            plain = plain.view(sys.modules["torch"].int16)
        import numpy

        view: memoryview = plain.numpy().reshape(-1).view(numpy.uint8).data
        return view

    def _plain(self) -> Any:
        return self.tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()


def dtype_name(dtype: object) -> str:
    return str(dtype).removeprefix("torch.")


def is_tensor(value: object) -> bool:
    """A live array or tensor of another library."""
    return hasattr(value, "shape") and hasattr(value, "dtype") and hasattr(value, "__dlpack__") and value is not None


def host_tensor(value: Any) -> HostTensor:
    """A live array or tensor as one of compile time. UsageError for an element type that TorchScript has not."""
    dtype = DTYPE_BY_TORCH.get(dtype_name(value.dtype))
    if dtype is None:
        raise UsageError(f"a tensor of dtype {value.dtype} cannot be a constant of a trace")
    shape = tuple(int(n) for n in value.shape)
    if hasattr(value, "detach"):
        return HostTensor(dtype, shape, None, LiveTensor(value, dtype))
    import numpy

    return HostTensor(dtype, shape, numpy.array(value))


def is_module(value: object) -> bool:
    """A torch.nn.Module."""
    return hasattr(value, "named_parameters") and hasattr(value, "named_buffers") and hasattr(value, "forward")


def module_tree(module: Any) -> tuple[ModuleObject, dict[int, str]]:
    """The parameters and buffers of a module as a tree, and their paths by the identity of the tensor."""
    root = ModuleObject(type(module).__name__, ())
    paths: dict[int, str] = {}
    held: dict[int, HostTensor] = {}
    for kind in ("parameters", "buffers"):
        for path, tensor in getattr(module, f"named_{kind}")(remove_duplicate=False):
            value = held.get(id(tensor))
            if value is None:
                value = held[id(tensor)] = host_tensor(tensor)
                value.is_parameter = kind == "parameters"
                paths[id(tensor)] = path
            place(root, path, value, buffer=kind == "buffers")
    return root, paths


def place(root: ModuleObject, path: str, value: HostTensor, buffer: bool = False) -> None:
    """Makes `value` the attribute `path` below `root`."""
    *parents, name = path.split(".")
    for parent in parents:
        if parent not in root.attributes:
            root.attributes[parent] = ModuleObject(parent, ())
        root = root.attributes[parent]
    root.attributes[name] = value
    if buffer:
        root.buffers[name] = True


def torch_dtype(name: str) -> object:
    """The dtype of that name, torch's where torch is imported, else the name."""
    torch = sys.modules.get("torch")
    return name if torch is None else getattr(torch, name)


def cpu() -> object:
    """The device of all recording tensors."""
    torch = sys.modules.get("torch")
    return "cpu" if torch is None else torch.device("cpu")


def path_of_function(function: Any) -> str:
    """The dotted name of a function of torch. UsageError where torch knows none."""
    overrides = sys.modules.get("torch.overrides")
    name = overrides.resolve_name(function) if overrides is not None else None
    if name is None:
        raise UsageError(f"{function} cannot be traced: torch has no name for it")
    return str(name)


def is_named_constant(value: object) -> bool:
    """A dtype, layout or memory format of torch: its text is its name."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.dtype | torch.layout | torch.memory_format)


def is_device(value: object) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.device)
