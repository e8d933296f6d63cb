"""Futures as arguments and results of entries: torch, the interpreter and compiled code agree, and nothing is kept."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from aotjit.diagnostics import SourceText
from aotjit.interp.boundary import inside, outside
from aotjit.interp.interpreter import Interpreter
from aotjit.sema import build
from aotjit.syntax.parse import parse
from tests.e2e import crossing_future_programs as programs
from tests.e2e.agreement import compiled
from tests.e2e.libraries import C_SOURCES, GCC, Libraries, compile_c, run_program

Call = Callable[..., Any]
SOURCE = Path(str(programs.__file__))


@pytest.fixture(scope="module", params=[0, 3])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("futures")
    compiled(programs, folder, request.param)
    return aotjit.load(folder / f"{SOURCE.stem}_{request.param}.so")


def torch_call(name: str, *args: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(getattr(programs, name))(*args)


def interpreted() -> Call:
    program = build(parse(SourceText(SOURCE.name, SOURCE.read_text())))
    entries = {e.name: e for e in program.entries}
    interpreter = Interpreter(program, lambda line: None)

    def call(name: str, *args: Any) -> Any:
        given = [a.numpy() if isinstance(a, torch.Tensor) else a for a in args]
        taken = [inside(a, p.type) for a, p in zip(given, entries[name].parameters, strict=True)]
        return outside(interpreter.call(entries[name].symbol, taken))

    return call


def plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return np.asarray(value).tolist() if isinstance(value, torch.Tensor | np.ndarray) else value


def outcome(function: Call, *args: Any) -> Any:
    """The value, or that there is none and whether the message is the program's."""
    try:
        return plain(function(*args))
    except Exception as error:  # each of the four raises another class
        return "error", "too many" in str(error)


def session(call: Call) -> list[Any]:
    """Everything that a caller may do with futures, and what comes of it."""
    found: list[Any] = []
    for n in (1, 2, 5):
        future = call("start", n)
        found += [outcome(future.wait), outcome(future.wait), outcome(future.value), outcome(call, "finish", future, 3)]
        found += [outcome(call("again", future).wait), future.done()]
        pair, several, named, maybe = call("everywhere", n)
        found += [outcome(f.wait) for f in (pair, *several, *named.values())] + [list(named), maybe is None]
        found += [outcome(call, "taken", several, named, maybe, (pair, 7))]
        found += [outcome(call, "taken", [], {}, None, (pair, 7))]
    x = torch.tensor([1.0, -2.0])
    rows = call("rows", x, 3)
    rows.wait().append(x)  # a list of the caller's own
    found += [outcome(rows.wait), outcome(call, "total", rows)]
    found += [outcome(call("nothing", n).wait) for n in (0, 1)]
    return found


def test_the_interpreter_agrees() -> None:
    assert session(interpreted()) == session(torch_call)


def test_compiled_code_agrees(library: Any) -> None:
    expected = session(torch_call)
    several = library.clone()
    several.threads = 3
    for model in (library, several):
        assert session(lambda name, *args, m=model: getattr(m, name)(*args)) == expected


def test_what_the_exception_is(library: Any) -> None:
    future = library.start(5)
    with pytest.raises(ValueError, match=r"^too many at crossing_future_programs\.py:") as one:
        future.wait()
    with pytest.raises(ValueError) as two:
        library.again(future).wait()
    assert str(one.value) == str(two.value)
    assert repr(library.start(2)) == "Future(2)"
    with pytest.raises(AssertionError):
        library.nothing(0).wait()


def test_others_futures(library: Any) -> None:
    """Any object with `wait` and `done` does."""
    table, ids = torch.eye(2), torch.jit.fork(lambda: torch.tensor([1, 0]))
    assert plain(library.look(table, ids)) == [[0.0, 1.0], [1.0, 0.0]]
    assert library.moved(library.point(2)) == 4.5
    with pytest.raises(TypeError, match="expected int64 in an instance"):
        library.look(table, torch.jit.fork(lambda: torch.ones(2)))
    for other in (3, None):
        with pytest.raises(TypeError, match="f: expected a Future, got"):
            library.finish(other, 1)

    class Interrupted:
        done = True

        def wait(self) -> int:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.finish(Interrupted(), 1)


def test_a_future_outlives_the_model(library: Any) -> None:
    model = library.clone()
    rows, failed = model.rows(torch.ones(2000), 2), model.start(9)
    del model
    gc.collect()
    assert float(rows.wait()[2].sum()) == 2000
    with pytest.raises(ValueError, match="too many"):
        failed.wait()


def test_nothing_is_left_after_ten_thousand_calls(library: Any) -> None:
    model = library.clone()
    model.threads = 2
    x = torch.ones(3)

    def calls(count: int) -> int:
        for i in range(count):
            pair, several, named, maybe = model.everywhere(i % 5)
            outcome(model.taken, several, named, maybe, (pair, 1))
            model.total(model.rows(x, 3))
            outcome(model.finish, None, 1)
        del pair, several, named, maybe
        return int(model._live_bytes)

    before = calls(500)
    assert calls(10_000) == before


KEEPER = """
import torch
from torch import Tensor, nn
from torch.jit import Future


class Keeper(nn.Module):
    def __init__(self):
        super().__init__()
        self.kept = torch.zeros(2)

    @torch.jit.export
    def keep(self, f: Future[Tensor]) -> int:
        self.kept = f.wait()
        return 1

    def forward(self) -> Tensor:
        return self.kept + 0


model = Keeper()
"""


def test_state_keeps_no_memory_of_the_callers(tmp_path: Path) -> None:
    path = tmp_path / "keeper.py"
    path.write_text(KEEPER)
    model = aotjit.compile(path, output=tmp_path / "keeper.so")
    given = torch.ones(2)
    model.keep(torch.jit.fork(lambda: given))
    given[0] = 5.0
    assert plain(model()) == [1.0, 1.0]


@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_from_c(tmp_path: Path) -> None:
    libraries = Libraries(tmp_path)
    libraries.make("futures", SOURCE, "-O1", "--cpu", "v2")
    program = compile_c(tmp_path, "futures_main", C_SOURCES / "futures.c", "./futures.so")
    assert run_program(program) == b"done\n"
