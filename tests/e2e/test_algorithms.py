"""Whole algorithms (examples/algorithms.py): torch.jit, the interpreter and machine code at -O0 and -O3 agree, with and
without facts about the tensors, and leave nothing behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import aotjit
from tests.e2e.agreement import assert_no_leak, check_compiled, check_interpreted
from tests.e2e.algorithm_cases import CASES
from tests.e2e.c_calls import check_file_from_c
from tests.e2e.libraries import GCC, Libraries, example_module

SHAPES = ("--input=boxes=f32[n,4]", "--input=scores=f32[n]", "--input=logits=f32[t,b,c]", "--input=b=f32[m]")
VARIANTS = {"O0": ("-O0",), "O3": ("-O3",), "O3 with shapes": ("-O3", *SHAPES)}


@pytest.mark.parametrize("name", CASES)
def test_interpreter(name: str, tmp_path: Path) -> None:
    check_interpreted(example_module("algorithms"), name, CASES[name], tmp_path)


@pytest.fixture(scope="module", params=VARIANTS)
def library(request: pytest.FixtureRequest, libraries: Libraries) -> Any:
    output = "algorithms_" + "".join(c if c.isalnum() else "_" for c in request.param)
    return aotjit.load(libraries.example("algorithms", *VARIANTS[request.param], "--cpu=native", output=output))


def test_machine_code(library: Any) -> None:
    for name, cases in CASES.items():
        check_compiled(library, example_module("algorithms"), name, cases)


@pytest.mark.parametrize("library", ["O3"], indirect=True)
def test_nothing_is_left_after_ten_thousand_calls(library: Any) -> None:
    for name, cases in CASES.items():
        assert_no_leak(library, name, cases)


@pytest.mark.skipif(GCC is None, reason="no C compiler")
@pytest.mark.parametrize("library", ["O3"], indirect=True)
def test_from_c(library: Any, libraries: Libraries) -> None:
    check_file_from_c(example_module("algorithms"), libraries.folder / "algorithms_O3.so", CASES)
