"""Whole programs in the styles of real repositories: torch.jit, the interpreter and machine code agree, from source
and, for modules, from archives, from Python and from C; nothing is left in memory."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

import aotjit
from aotjit.diagnostics import SourceText
from aotjit.ir.verify_ssa import Stage
from aotjit.sema import BuildOptions, build
from aotjit.syntax.parse import parse
from tests.e2e import (
    class_state_programs,
    constructor_programs,
    search_programs,
    simulation_programs,
    tensor_repository_programs,
    text_processing_programs,
    type_system_programs,
)
from tests.e2e.agreement import assert_agree, assert_no_leak, compiled, interpreted, outcome, scripted
from tests.e2e.c_calls import check_from_c
from tests.e2e.libraries import GCC

FILES: tuple[ModuleType, ...] = (
    search_programs, simulation_programs, text_processing_programs, tensor_repository_programs,
    class_state_programs, type_system_programs,
)  # fmt: skip
NAMES = [file.__name__.rpartition(".")[2] for file in FILES]
Cases = list[tuple[str, tuple[Any, ...], Any]]


def cases_of(file: ModuleType) -> Cases:
    """Each call of the file, and what torch does."""
    found: Cases = []
    for name, cases in file.CASES.items():
        oracle = scripted(file, name)
        found += [(name, args, outcome(oracle, args)) for args in cases]
    return found


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_functions(file: ModuleType, tmp_path: Path) -> None:
    assert file.__file__ is not None
    tree = parse(SourceText(Path(file.__file__).name, Path(file.__file__).read_text()))
    functions = {name: interpreted(build(tree, BuildOptions(entry=name)), name, Stage.BUILT) for name in file.CASES}
    libraries = {level: compiled(file, tmp_path, level) for level in (0, 3)}
    cases = cases_of(file)
    for name, args, expected in cases:
        assert_agree(outcome(functions[name], args), expected, f"{name}{args} interpreted")
        for level, library in libraries.items():
            for _ in range(2):
                assert_agree(outcome(getattr(library, name), args), expected, f"{name}{args} at -O{level}")
    if GCC is not None:
        assert check_from_c(build(tree), f"{tree.source.name.removesuffix('.py')}_0", tmp_path, cases) == len(cases)
    for name in file.CASES:
        calls = 1000 if file is tensor_repository_programs else 10_000
        assert_no_leak(libraries[3], name, file.CASES[name], calls)


@pytest.mark.parametrize("construct", list(constructor_programs.MODULES))
def test_modules(construct: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    oracle = torch.jit.script(eval(construct, vars(constructor_programs)).eval())
    weights, archive = tmp_path / "weights.pt", tmp_path / "module.pt"
    torch.save(oracle.state_dict(), weights)
    oracle.save(str(archive))
    source = Path(str(constructor_programs.__file__))
    given = {"weights": str(weights)} if oracle.state_dict() else {}
    models = [
        aotjit.compile(source, entry=construct, output=tmp_path / "source.so", cpu="native", optimize=0, **given),
        aotjit.compile(archive, output=tmp_path / "archive.so", cpu="native"),
    ]
    cases: Cases = []
    for args in constructor_programs.MODULES[construct]:
        with torch.no_grad():
            expected = outcome(oracle, args)
        cases.append(("forward", args, expected))
        for model in models:
            assert_agree(outcome(model.forward, args), expected, f"{construct}{args}")
    if GCC is not None:
        program = build(parse(SourceText(source.name, source.read_text())), BuildOptions(entry=construct))
        assert check_from_c(program, "source", tmp_path, cases) == len(cases)
