"""torch.nn and torch.nn.functional as far as they are written in the language: the source files of aotjit/library."""

from __future__ import annotations

from functools import cache
from importlib import resources

from aotjit.diagnostics import SourceText
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.values import ClassValue, FunctionValue

_FUNCTIONAL = "torch.nn.functional."
_TORCH_FUNCTIONS = {
    "torch.dropout": "_dropout", "torch.dropout_": "_dropout", "torch.feature_dropout": "_dropout",
    "torch.alpha_dropout": "_dropout", "torch.feature_alpha_dropout": "_dropout",
}  # fmt: skip
"""Operators that are library functions, as archives call them."""
MODULE_FILES = {
    "linear": ("Linear", "Identity"),
    "activation": (
        "ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "Softmax", "LogSoftmax", "ELU", "LeakyReLU", "Softplus", "Hardtanh",
        "ReLU6", "Hardswish", "Hardsigmoid", "Tanhshrink", "Softsign",
    ),
    "regularisation": ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "LayerNorm"),
    "container": ("ModuleList", "ModuleDict", "Sequential", "ParameterList", "ParameterDict"),
    "shape": ("Flatten", "Embedding"),
}  # fmt: skip
"""Which source file has which classes."""
_FILE_OF = {name: file for file, names in MODULE_FILES.items() for name in names}


@cache
def _scope(name: str) -> ModuleScope:
    """The names of aotjit/library/NAME.torchscript."""
    from aotjit.syntax.parse import parse

    text = resources.files("aotjit.library").joinpath(f"{name}.torchscript").read_text(encoding="utf-8")
    return ModuleScope(parse(SourceText(f"<library {name}>", text)).body, prefix=f"library.{name}.")


@cache
def module_class(path: str) -> ClassValue | None:
    """The class behind torch.nn.NAME (or torch.nn.modules.....NAME)."""
    if not path.startswith("torch.nn."):
        return None
    name = path.rpartition(".")[2]
    file = _FILE_OF.get(name)
    found = _scope(file).names.get(name) if file is not None else None
    return found if isinstance(found, ClassValue) else None


def class_hint(path: str) -> str:
    return close_match(path.rpartition(".")[2], _FILE_OF) or "write it with operators, as a module of your own"


def owns(value: ClassValue) -> bool:
    """Is it a class of the library?"""
    return value.definition.span.source.name.startswith("<library")


def function(path: str) -> FunctionValue | None:
    """The function behind torch.nn.functional.NAME, when it is more than the operator of that name."""
    name = _TORCH_FUNCTIONS.get(path, path.removeprefix(_FUNCTIONAL) if path.startswith(_FUNCTIONAL) else None)
    if name is None:
        return None
    found = _scope("functional").names.get(name)
    return found if isinstance(found, FunctionValue) else None
