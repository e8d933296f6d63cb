"""What nn.Module's own methods change in a tree of modules when the program is compiled: train, eval, to, apply.

Modules of source programs start in eval mode: what is compiled is mostly run, not trained. `model.train()` says
otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aotjit.diagnostics import CompileError, Span
from aotjit.dtypes import DTYPE_BY_CODE, DTYPE_BY_TORCH, Category, DType
from aotjit.sema.host import tensors as host_tensors
from aotjit.sema.modules import HostValue, ModuleObject

CONVERSIONS = {name: DTYPE_BY_TORCH[name] for name in ("float", "double", "half", "bfloat16")}
"""Methods that give floating-point parameters and buffers another dtype."""


def set_training(root: ModuleObject, mode: HostValue) -> None:
    """`training` of the module and of all below it."""
    for module in root.walk():
        module.attributes["training"] = bool(mode)
        module.mode_chosen = True


def moved(root: ModuleObject, arguments: Sequence[HostValue], span: Span) -> None:
    """`to(...)`: a dtype is taken over, the one device is where everything is."""
    for argument in arguments:
        if isinstance(argument, int) and not isinstance(argument, bool) and argument in DTYPE_BY_CODE:
            convert(root, DTYPE_BY_CODE[argument], span)
        elif argument is not None and not isinstance(argument, bool) and argument != "cpu":
            raise CompileError.at(span, "to: expected a dtype or the device 'cpu'")


def convert(root: ModuleObject, dtype: DType, span: Span) -> None:
    """Floating-point parameters and buffers become `dtype`, in place: they may be shared."""
    if dtype.category is not Category.FLOATING:
        raise CompileError.at(span, f"to: modules become floating point only, not {dtype}")
    for module in root.walk():
        for _, tensor in module.tensors():
            if tensor.dtype.category is Category.FLOATING and tensor.dtype is not dtype:
                made = host_tensors.from_numpy(tensor.numpy(), dtype)
                tensor.dtype, tensor.array, tensor.source = made.dtype, made.array, made.source


def apply(module: ModuleObject, function: Callable[[ModuleObject], None]) -> None:
    """`function` of every module, those below first, as torch does."""
    for child in list(module.attributes.values()):
        if isinstance(child, ModuleObject):
            apply(child, function)
    function(module)
