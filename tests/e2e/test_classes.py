"""Programs with classes, enums and unions: torch, the interpreter and compiled code at -O0 and -O3 agree, from source
and from an archive; and nothing that they make is left behind."""

from __future__ import annotations

import copy
import importlib
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from aotjit.diagnostics import SourceText
from aotjit.interp.interpreter import Interpreter, ProgramError
from aotjit.ir.verify_ssa import verify_module
from aotjit.program import Program
from aotjit.sema import BuildOptions, build, build_archive
from aotjit.syntax.parse import parse

FILES = ("class_programs", "union_programs", "future_programs")
MODULES: dict[str, ModuleType] = {name: importlib.import_module(f"tests.e2e.{name}") for name in FILES}
CASES = [(file, name) for file, module in MODULES.items() for name in module.CASES]
FAILURES = (RuntimeError, ValueError, AssertionError, IndexError, KeyError, torch.jit.Error, ProgramError)


def scripted(file: str, name: str) -> Any:
    if name in MODULES[file].NOT_FOR_TORCH:
        return getattr(MODULES[file], name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(getattr(MODULES[file], name))


def outcome(function: Any, args: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "value", function(*copy.deepcopy(args))
    except FAILURES as error:
        return "error", error


def same(actual: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        torch.testing.assert_close(torch.as_tensor(np.asarray(actual)), expected)
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            same(a, e)
    elif isinstance(expected, dict):
        assert list(actual) == list(expected)
        same(list(actual.values()), list(expected.values()))
    else:
        assert type(actual) is type(expected)
        assert actual == expected


def check(function: Any, file: str, name: str) -> None:
    oracle = scripted(file, name)
    for args in MODULES[file].CASES[name]:
        expected, actual = outcome(oracle, args), outcome(function, args)
        assert actual[0] == expected[0], (args, actual, expected)
        if expected[0] == "value":
            same(actual[1], expected[1])


def to_host(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.numpy().copy()
    return type(value)(to_host(v) for v in value) if isinstance(value, list | tuple) else value


def interpreted(program: Program, entry: str) -> Any:
    signature = next(e for e in program.entries if e.name == entry)
    return lambda *args: Interpreter(program, lambda line: None).call(signature.symbol, [to_host(a) for a in args])


@pytest.mark.parametrize(("file", "name"), CASES)
def test_interpreter(file: str, name: str) -> None:
    text = Path(str(MODULES[file].__file__)).read_text()
    program = build(parse(SourceText(f"{file}.py", text)), BuildOptions(entry=name))
    verify_module(program.module)
    check(interpreted(program, name), file, name)


@pytest.mark.parametrize(("file", "name"), [c for c in CASES if c[1] not in MODULES[c[0]].NOT_FOR_TORCH])
def test_archive(file: str, name: str, tmp_path: Path) -> None:
    from aotjit.archive import read_archive

    path = tmp_path / f"{name}.pt"
    scripted(file, name).save(str(path))
    program = build_archive(read_archive(path))
    verify_module(program.module)
    check(interpreted(program, "forward"), file, name)


@pytest.fixture(scope="module", params=[(f, o) for f in MODULES for o in (0, 3)], ids=lambda p: f"{p[0]}-O{p[1]}")
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    file, optimize = request.param
    output = tmp_path_factory.mktemp("classes") / f"{file}_{optimize}.so"
    source = Path(str(MODULES[file].__file__))
    return file, aotjit.compile(source, output=output, cpu="native", optimize=optimize)


def test_compiled(library: tuple[str, Any]) -> None:
    file, model = library
    for name in MODULES[file].CASES:
        check(getattr(model, name), file, name)


def test_tasks_on_other_threads(library: tuple[str, Any]) -> None:
    file, model = library
    if file != "future_programs":
        pytest.skip("nothing is forked")
    threaded = model.clone()
    threaded.threads = 3
    for name, cases in MODULES[file].CASES.items():
        expected = [outcome(scripted(file, name), args) for args in cases]
        for args, (kind, value) in [*zip(cases, expected, strict=True)] * 30:
            actual = outcome(getattr(threaded, name), args)
            assert actual[0] == kind, (name, args, actual, value)
            if kind == "value":
                same(actual[1], value)


def test_nothing_is_left_after_ten_thousand_calls(library: tuple[str, Any]) -> None:
    """Nothing more is held of the arena, to the byte."""
    file, model = library
    for name, cases in MODULES[file].CASES.items():
        function = getattr(model, name)
        given = [to_host(args) for args in cases]
        for args in given * 20:
            outcome(function, args)
        before = model._live_bytes
        for args in given * (10_000 // len(given)):
            outcome(function, args)
        assert model._live_bytes == before, name
