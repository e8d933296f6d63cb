"""The programs of sema_programs.py (all in one library) and of sema_modules.py as machine code, against torch."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sema_modules

import aotjit

torch = pytest.importorskip("torch")
import sema_programs  # noqa: E402  # it needs torch
from test_sema_modules import evaluated, torch_model  # noqa: E402

SOURCE = Path(__file__).with_name("sema_programs.py")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("compiled")
    yield aotjit.compile(SOURCE, output=folder / "programs.so", cpu="native", optimize=1)


def same(actual: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        # Without a tensor among the arguments, results are numpy's.
        torch.testing.assert_close(torch.as_tensor(actual), expected.detach(), equal_nan=True)
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            same(a, e)
    elif isinstance(expected, float):
        assert isinstance(actual, float) and actual == pytest.approx(expected, rel=1e-6, nan_ok=True)
    else:
        assert type(actual) is type(expected) and actual == expected


def outcome(call: Any, args: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "value", call(*copy.deepcopy(args))
    except (RuntimeError, ValueError, AssertionError, IndexError, torch.jit.Error) as error:
        return "error", error


@pytest.mark.parametrize("name", sema_programs.CASES)
def test_machine_code_does_what_torch_does(name: str, library: Any) -> None:
    expected_function = getattr(sema_programs, name)
    if name not in sema_programs.NOT_FOR_TORCH:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected_function = torch.jit.script(expected_function)
    for args in sema_programs.CASES[name]:
        expected, actual = outcome(expected_function, args), outcome(getattr(library, name), args)
        assert actual[0] == expected[0], (actual, expected)
        if actual[0] == "value":
            same(actual[1], expected[1])


@pytest.mark.parametrize("program", sema_modules.PROGRAMS, ids=[p.name for p in sema_modules.PROGRAMS])
def test_compiled_modules(program: sema_modules.ModuleProgram, tmp_path: Path) -> None:
    scripted = torch_model(program, tmp_path)
    source = tmp_path / "model.py"
    source.write_text(program.text)
    inputs = {"i": "i64[...]"} if program.name == "normal_start" else None
    model = aotjit.compile(source, output=tmp_path / "model.so", inputs=inputs, cpu="native", optimize=1)
    for name, texts in program.calls:
        args = [evaluated(t) for t in texts]
        # Tensors that a module keeps are copies, so that its results do not change with the caller's arguments.
        same(getattr(model, name)(*copy.deepcopy(args)), getattr(scripted, name)(*args))
