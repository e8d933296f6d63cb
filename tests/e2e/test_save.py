"""`.save`: the archive is read back by torch.jit.load and by aotjit, with the results of the original."""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from aotjit.archive import read_archive
from aotjit.diagnostics import SourceText, UsageError
from aotjit.program import Program
from aotjit.saving import saved_form
from aotjit.sema import BuildOptions, build, build_archive
from aotjit.syntax.parse import parse
from tests.e2e.agreement import FAILURES
from tests.e2e.archive_models import SAVED, Saved
from tests.e2e.compiling import torch_callable
from tests.e2e.programs import Source
from tests.unit import sema_modules

FILES = (
    "tests.unit.sema_programs", "tests.e2e.class_programs", "tests.e2e.union_programs", "tests.e2e.future_programs",
    "tests.e2e.dict_programs", "tests.e2e.statement_programs", "tests.e2e.string_programs", "tests.e2e.number_programs",
    "tests.e2e.complex_programs",
)  # fmt: skip
MODULES: dict[str, ModuleType] = {name: importlib.import_module(name) for name in FILES}
UNREADABLE = ("chain", "search_tree", "unions", "fails_always")
"""torch cannot load classes that hold their own instances and tasks that get no value from outside; it does not run
constants of a Union that it propagates, nor load what it saves of `unions` itself."""
PROGRAMS = [(file, name) for file, module in MODULES.items() for name in module.CASES if name not in UNREADABLE]


def write(program: Program, path: Path) -> None:
    path.write_bytes(b"".join(bytes(p) for p in saved_form(program).pieces(path.stem)))


def from_source(text: str, entry: str | None = None) -> Program:
    return build(parse(SourceText("program.py", text)), BuildOptions(entry=entry))


def outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[str, Any, str]:
    """The result or the error, and what was printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            return "value", function(*copy.deepcopy(args)), out.getvalue()
        except FAILURES:
            return "error", None, out.getvalue()


def same(actual: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        torch.testing.assert_close(torch.as_tensor(np.asarray(actual)), expected.detach(), equal_nan=True)
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            same(a, e)
    elif isinstance(expected, dict):
        assert list(actual) == list(expected)
        same(list(actual.values()), list(expected.values()))
    elif isinstance(expected, float):
        assert isinstance(actual, float)
        np.testing.assert_equal(actual, expected)
    elif isinstance(expected, complex):
        assert isinstance(actual, complex)
        np.testing.assert_equal((actual.real, actual.imag), (expected.real, expected.imag))
    elif isinstance(expected, int | str | bool | None):
        assert type(actual) is type(expected) and actual == expected


def reference(file: str, name: str) -> Any:
    """torch's compiled function, or Python's where torch has none."""
    module = MODULES[file]
    if name in getattr(module, "NOT_FOR_TORCH", ()):
        return getattr(module, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(getattr(module, name))


@pytest.mark.parametrize(("file", "name"), PROGRAMS, ids=[f"{f.rpartition('.')[2]}-{n}" for f, n in PROGRAMS])
def test_functions(file: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "saved.pt"
    source = Path(str(MODULES[file].__file__)).read_text()
    write(from_source(source, name), path)
    loaded, expected = torch.jit.load(path), reference(file, name)
    for args in MODULES[file].CASES[name]:
        kind, value, lines = outcome(expected, args)
        found_kind, found, found_lines = outcome(loaded.forward, args)
        assert (found_kind, found_lines) == (kind, lines)
        same(found, value)


@pytest.mark.parametrize("saved", SAVED, ids=lambda s: s.name)
def test_archives(saved: Saved, tmp_path: Path) -> None:
    torch.manual_seed(0)
    first, second = tmp_path / "model.pt", tmp_path / "saved.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(saved.make(), str(first))
    write(build_archive(read_archive(first)), second)
    loaded, expected = torch.jit.load(second), torch.jit.load(first)
    assert [n for n, _ in loaded.named_parameters()] == [n for n, _ in expected.named_parameters()]
    assert [n for n, _ in loaded.named_buffers()] == [n for n, _ in expected.named_buffers()]
    with torch.no_grad():
        for _ in range(3):
            same(loaded(*saved.arguments), expected(*saved.arguments))


CHANGING = ("Attributes", "hooks_that_write", "SharesMemory", "GrowsListElsewhere")


@pytest.mark.parametrize("saved", [s for s in SAVED if s.name in CHANGING], ids=lambda s: s.name)
def test_state_as_it_is_now(saved: Saved, tmp_path: Path) -> None:
    torch.manual_seed(0)
    path, copied = tmp_path / "model.pt", tmp_path / "copied.pt"
    torch.jit.save(saved.make(), str(path))
    expected = torch.jit.load(path)
    model = aotjit.compile(path, optimize=1, cpu="v3")
    with torch.no_grad():
        same(model.forward(*saved.arguments), expected(*saved.arguments))
        model.clone().save(copied)
        model.save(path)
        model.forward(*saved.arguments)  # is not in the file
        first, second = torch.jit.load(path), torch.jit.load(copied)
        for _ in range(2):
            value = expected(*saved.arguments)
            same(first(*saved.arguments), value)
            same(second(*saved.arguments), value)


def test_weights_that_were_given_later(tmp_path: Path) -> None:
    torch.manual_seed(0)
    one, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    path, x = tmp_path / "model.pt", torch.ones(4, 3)
    torch.jit.script(one).save(str(path))
    model = aotjit.compile(path, optimize=1, cpu="v3")
    model.load_state({n: t.detach() for n, t in other.state_dict().items()})
    model.save(path)
    loaded = torch.jit.load(path)
    assert list(loaded.state_dict()) == ["weight", "bias"] and all(p.requires_grad for p in loaded.parameters())
    same(loaded(x).detach(), other(x))


@pytest.mark.parametrize("program", sema_modules.PROGRAMS, ids=lambda p: p.name)
def test_modules(program: sema_modules.ModuleProgram, tmp_path: Path) -> None:
    path = tmp_path / "saved.pt"
    write(from_source(program.text), path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = torch.jit.script(torch_callable(Source(program.name, program.text, "model"), tmp_path))
    loaded = torch.jit.load(path)
    with torch.no_grad():
        for name, texts in program.calls:
            args = [eval(t, {"torch": torch}) if isinstance(t, str) else t for t in texts]
            same(getattr(loaded, name)(*args), getattr(expected, name)(*args))


def test_traced_model_saved_loaded_and_compiled_again(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), torch.nn.GELU()).eval()
    x = torch.ones(5, 4)
    path = tmp_path / "traced.pt"
    aotjit.trace(net, (x,), optimize=1, cpu="v3").save(path)
    loaded = torch.jit.load(path)
    assert list(loaded.state_dict()) == list(net.state_dict())
    same(loaded(x).detach(), net(x))
    same(aotjit.compile(path, optimize=1, cpu="v3").forward(x), net(x))


def test_class_that_holds_its_own_is_refused(tmp_path: Path) -> None:
    source = Path(str(MODULES["tests.e2e.class_programs"].__file__)).read_text()
    with pytest.raises(UsageError, match="the class Node cannot be saved"):
        write(from_source(source, "chain"), tmp_path / "saved.pt")


def test_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs/tracing.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(blocks) == 2
    code = "\n".join(blocks)
    names: dict[str, Any] = {"__name__": "tracing"}
    exec(compile(code, "tracing.md", "exec"), names)
