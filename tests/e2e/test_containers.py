"""Programs with containers, strings and numbers: torch.jit, the interpreter and machine code agree; nothing leaks."""

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
    character_programs,
    complex_programs,
    dict_module,
    dict_programs,
    language_programs,
    loop_programs,
    number_programs,
    statement_programs,
    string_programs,
    tensor_programs,
)
from tests.e2e.agreement import (
    assert_agree,
    assert_no_leak,
    assert_same,
    check_compiled,
    check_interpreted,
    compiled,
    interpreted,
    outcome,
)
from tests.e2e.c_calls import check_file_from_c
from tests.e2e.libraries import GCC

FILES: tuple[ModuleType, ...] = (
    dict_programs, loop_programs, statement_programs, string_programs, character_programs, number_programs,
    tensor_programs, language_programs, complex_programs,
)  # fmt: skip
FROM_C = (dict_programs, loop_programs, statement_programs, tensor_programs, language_programs)
PROGRAMS = [(module, name) for module in FILES for name in module.CASES]
IDS = [f"{module.__name__.rpartition('.')[2]}-{name}" for module, name in PROGRAMS]
Libraries = dict[tuple[str, int], Any]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Libraries:
    """Filled as tests ask for a file at a level."""
    return {("folder", 0): tmp_path_factory.mktemp("containers")}


def library(libraries: Libraries, module: ModuleType, optimize: int) -> Any:
    key = module.__name__, optimize
    if key not in libraries:
        libraries[key] = None  # not again for every test when it fails
        libraries[key] = compiled(module, libraries["folder", 0], optimize)
    if libraries[key] is None:
        pytest.fail("the file does not compile")
    return libraries[key]


@pytest.mark.parametrize(("module", "name"), PROGRAMS, ids=IDS)
def test_interpreter_does_what_torch_does(module: ModuleType, name: str, tmp_path: Path) -> None:
    check_interpreted(module, name, module.CASES[name], tmp_path)


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize(("module", "name"), PROGRAMS, ids=IDS)
def test_machine_code_does_what_torch_does(
    module: ModuleType, name: str, optimize: int, libraries: Libraries
) -> None:
    check_compiled(library(libraries, module, optimize), module, name, module.CASES[name])


@pytest.mark.skipif(GCC is None, reason="no C compiler")
@pytest.mark.parametrize("module", FROM_C, ids=[m.__name__.rpartition(".")[2] for m in FROM_C])
def test_from_c(module: ModuleType, libraries: Libraries) -> None:
    library(libraries, module, 3)
    check_file_from_c(module, libraries["folder", 0] / f"{Path(str(module.__file__)).stem}_3.so")


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("name", list(character_programs.OTHER))
def test_characters_are_code_points(name: str, optimize: int, libraries: Libraries) -> None:
    function, made = getattr(character_programs, name), library(libraries, character_programs, optimize)
    for args in character_programs.OTHER[name]:
        assert_agree(outcome(getattr(made, name), args), outcome(function, args), f"{name}{args}")


def test_tensors_of_complex_lists(libraries: Libraries) -> None:
    """torch.jit fails at them; Python's torch is what they must equal."""
    name, function = "tensors_of_lists", complex_programs.tensors_of_lists
    program = build(parse(SourceText("complex_programs.py", Path(str(complex_programs.__file__)).read_text())),
                    BuildOptions(entry=name))  # fmt: skip
    made = [getattr(library(libraries, complex_programs, optimize), name) for optimize in (0, 3)]
    for args in [([1j, complex(2.5, -0.0)], [[1 + 2j], [2 - 0j]]), ([1j], [[1j], [1j, 2j]])]:
        for tried in (interpreted(program, name, Stage.BUILT), *made):
            assert_agree(outcome(tried, args), outcome(function, args), f"{name}{args}")


@pytest.mark.parametrize(("module", "name"), PROGRAMS, ids=IDS)
def test_nothing_leaks(module: ModuleType, name: str, libraries: Libraries) -> None:
    assert_no_leak(library(libraries, module, 3), name, module.CASES[name])


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("via", ["source", "archive"])
def test_dicts_as_attributes(via: str, optimize: int, tmp_path: Path) -> None:
    words = ["a", "b", "c"]
    oracle = torch.jit.script(dict_module.Vocabulary(words))
    archive = tmp_path / "vocabulary.pt"
    torch.jit.save(oracle, str(archive))  # type: ignore[no-untyped-call]  # torch annotates little
    source = archive if via == "archive" else Path(dict_module.__file__)
    entry = None if via == "archive" else f"Vocabulary({words})"
    model = aotjit.compile(source, entry=entry, output=tmp_path / "m.so", cpu="native", optimize=optimize)
    given = {"z": 5}
    for _ in range(2):
        for i, word in enumerate(("a", "b", "a", "c", "unknown", "a")):
            x = torch.full((2,), float(i))
            assert_same(model.forward(x, word), oracle(x, word))
        assert_same(model.state(), oracle.state())
        assert model.reset(given) == oracle.reset(given) == 2
    assert given == {"z": 5}
    assert_same(model.state(), oracle.state())
    assert_no_leak(model, "reset", [(given,)])
