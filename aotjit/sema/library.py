"""torch.nn and torch.nn.functional as far as they are written in the language: the source files of aotjit/library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from aotjit.diagnostics import SourceText
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.values import ClassValue, FunctionValue, Value
from aotjit.syntax import ast

_FUNCTIONAL = "torch.nn.functional."
_CLASS = re.compile(r"^class (\w+)\(", re.M)
_FUNCTION = re.compile(r"^def (\w+)\(", re.M)
_SUFFIX = ".torchscript"


@cache
def _text(name: str) -> str:
    """The source of aotjit/library/NAME.torchscript."""
    return resources.files("aotjit.library").joinpath(name + _SUFFIX).read_text(encoding="utf-8")


@cache
def _files() -> tuple[str, ...]:
    entries = resources.files("aotjit.library").iterdir()
    return tuple(sorted(e.name.removesuffix(_SUFFIX) for e in entries if e.name.endswith(_SUFFIX)))


@cache
def _function_file() -> dict[str, str]:
    """Which source file has which function of torch.nn.functional."""
    files = [f for f in _files() if f.startswith("functional")]
    return {name: file for file in files for name in _FUNCTION.findall(_text(file))}


@cache
def _file_of() -> dict[str, str]:
    """Which source file has which class."""
    return {name: file for file in _files() for name in _CLASS.findall(_text(file)) if not name.startswith("_")}


@cache
def _scope(name: str) -> ModuleScope:
    """The names of aotjit/library/NAME.torchscript."""
    from aotjit.syntax.parse import parse

    return ModuleScope(parse(SourceText(f"<library {name}>", _text(name))).body, prefix=f"library.{name}.")


def generic_function(file: str, name: str, types: Mapping[str, Value], key: str) -> FunctionValue:
    """The function NAME of aotjit/library/FILE.torchscript, which is about the classes that `types` names; `key` tells
    the choices of classes apart."""
    from aotjit.syntax.parse import parse

    text = resources.files("aotjit.library").joinpath(f"{file}.torchscript").read_text(encoding="utf-8")
    scope = ModuleScope(parse(SourceText(f"<library {file}>", text)).body, prefix=f"library.{file}.{key}.")
    scope.names.update(types)
    found = scope.names[name]
    assert isinstance(found, FunctionValue)
    return found


@cache
def module_class(path: str) -> ClassValue | None:
    """The class behind torch.nn.NAME (or torch.nn.modules.....NAME)."""
    if not path.startswith("torch.nn."):
        return None
    name = path.rpartition(".")[2]
    file = _file_of().get(name)
    found = _scope(file).names.get(name) if file is not None else None
    return found if isinstance(found, ClassValue) else None


def class_hint(path: str) -> str:
    return close_match(path.rpartition(".")[2], _file_of()) or "write it with operators, as a module of your own"


def owns(value: ClassValue) -> bool:
    """Is it a class of the library?"""
    return value.definition.span.source.name.startswith("<library")


def function(path: str) -> FunctionValue | None:
    """The function behind torch.nn.functional.NAME, when it is more than the operator of that name."""
    name = path.removeprefix(_FUNCTIONAL)
    file = _function_file().get(name) if path.startswith(_FUNCTIONAL) else None
    found = _scope(file).names.get(name) if file is not None else None
    return found if isinstance(found, FunctionValue) else None


def is_generic(definition: ast.FunctionDef) -> bool:
    """Is it a function of the library some of whose parameters take their types from the arguments?"""
    return definition.span.source.name.startswith("<library") and any(
        p.annotation is None for p in definition.parameters
    )
