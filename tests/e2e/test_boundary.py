"""Instances, values of type Any and Union, members of Enums and named tuples as arguments and results."""

from __future__ import annotations

import copy
import enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from aotjit import cli
from tests.e2e import boundary_programs as programs
from tests.e2e.agreement import compiled, scripted
from tests.e2e.c_calls import check_file_from_c
from tests.e2e.libraries import C_SOURCES, GCC, Libraries, compile_c, run_program


@pytest.fixture(scope="module", params=[0, 3])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boundary")
    compiled(programs, folder, request.param)
    return folder / f"boundary_programs_{request.param}.so"


@pytest.fixture(scope="module")
def library(path: Path) -> Any:
    return aotjit.load(path)


def assert_same(actual: Any, expected: Any) -> None:
    """Equal values; instances have the attributes, and classes of ours have the names."""
    if isinstance(expected, torch.Tensor):
        torch.testing.assert_close(torch.as_tensor(np.asarray(actual)), expected)
    elif isinstance(expected, enum.Enum):
        assert isinstance(actual, enum.Enum)
        assert actual == expected and expected == actual and actual.value == expected.value
        assert {expected: 1}[actual] == 1
    elif isinstance(expected, list | tuple):
        assert isinstance(actual, list if isinstance(expected, list) else tuple)
        assert getattr(actual, "_fields", None) == getattr(expected, "_fields", None)
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            assert_same(a, e)
    elif isinstance(expected, dict):
        assert list(actual) == list(expected)
        assert_same(list(actual.values()), list(expected.values()))
    elif hasattr(expected, "__dict__"):
        assert type(actual).__name__ == type(expected).__name__
        assert_same(vars(actual), vars(expected))
    else:
        assert type(actual) is type(expected)
        assert actual == expected


@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_cases_from_c(path: Path) -> None:
    check_file_from_c(programs, path)


@pytest.mark.parametrize("name", programs.CASES)
def test_as_torch(library: Any, name: str) -> None:
    oracle = scripted(programs, name)
    for arguments in programs.CASES[name]:
        given, ours = copy.deepcopy(arguments), copy.deepcopy(arguments)
        assert_same(getattr(library, name)(*ours), oracle(*given))


@pytest.mark.parametrize("name", programs.REFUSED)
def test_refused_as_torch_does(library: Any, name: str) -> None:
    oracle = scripted(programs, name)
    for arguments in programs.REFUSED[name]:
        with pytest.raises((RuntimeError, TypeError, AttributeError)):
            oracle(*arguments)
        with pytest.raises(TypeError, match=r"^\w+: "):
            getattr(library, name)(*arguments)


def test_results_are_arguments(library: Any) -> None:
    assert library.measured(library.made(4)) == 12.0
    assert library.summed(library.chain(500)) == sum(range(500)) and library.summed(None) == 0
    last = library.chain(1)
    assert (last.value, last.mode, last.next.mode, last.next.next) == (0, programs.Mode.EXACT, None, None)
    assert_same(library.weighed(programs.NODE), programs.NODE.weight * 3)
    assert library.summed(programs.NODE) == 7
    assert library.told_apart(programs.Pair(7)) == 7
    assert library.anything(programs.Pair(2)).rate == 1.5
    assert library.point_or_color((1, programs.Pair(2))) == (1, programs.Pair(2))
    assert library.doubled(library.doubled(programs.Pair(1))).rate == 6.0
    assert library.other(library.other(programs.Color.RED)) == programs.Color.RED
    point = type(library.made(1))(5, 0.5, name="own", tags=[])
    assert library.measured(point) == 3.5
    with pytest.raises(TypeError, match="needs x, y, name, tags"):
        type(point)(5)


def test_what_does_not_cross(library: Any) -> None:
    with pytest.raises(ValueError, match="in a cycle"):
        library.looped(1)
    with pytest.raises(ValueError, match="1000 deep"):
        library.chain(2000)
    node = programs.Node(1, torch.ones(2))
    node.next = node
    with pytest.raises(ValueError, match="in a cycle"):
        library.summed(node)
    node.next, node.weight = None, torch.ones(2, dtype=torch.int64)
    with pytest.raises(TypeError, match="weight: expected float32 in an instance"):
        library.weighed(node)
    batch = programs.Batch(torch.ones(2), None, [torch.ones(2)])
    with pytest.raises(TypeError, match="ids: expected int64 in an instance"):
        library.picked(batch, torch.ones(3))
    batch.ids, batch.layers = torch.tensor([0, 1]), [torch.ones(2), torch.ones(2, dtype=torch.float64)]
    with pytest.raises(TypeError, match="layers: expected float32 in an instance"):
        library.picked(batch, torch.ones(3))
    with pytest.raises(TypeError, match="d: expected float32, got int64"):
        library.picked_inside((torch.tensor([0]), [torch.ones(2)]), {"x": torch.tensor([1])})
    del node.weight
    with pytest.raises(TypeError, match="n: the instance has no attribute 'weight'"):
        library.weighed(node)
    with pytest.raises(TypeError, match="device: expected the device cpu, got str"):
        library.places("cuda:0", torch.float32)


def test_nothing_is_kept(library: Any) -> None:
    def call() -> None:
        for name, cases in programs.CASES.items():
            for arguments in cases:
                getattr(library, name)(*copy.deepcopy(arguments))
        for name, cases in programs.REFUSED.items():
            for arguments in cases:
                with pytest.raises(TypeError):
                    getattr(library, name)(*arguments)

    for _ in range(3):
        call()
    before = library._allocations
    for _ in range(200):
        call()
    assert library._allocations == before


@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_from_c(tmp_path: Path) -> None:
    libraries = Libraries(tmp_path)
    libraries.make("boundary", Path(str(programs.__file__)), "-O1", "--cpu", "v2")
    program = compile_c(tmp_path, "boundary_main", C_SOURCES / "boundary.c", "./boundary.so")
    assert run_program(program) == b"done\n"


def test_from_the_command(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(path), "--entry", "other", "--arg", "c=RED"]) == 0
    assert cli.main(["run", str(path), "--entry", "int_or_str", "--arg", "x=abc"]) == 0
    fields = "{'x': 2, 'y': 4.0, 'name': 'p', 'tags': []}"
    assert cli.main(["run", str(path), "--entry", "measured", "--arg", f"p={fields}"]) == 0
    assert capsys.readouterr().out.split() == ["<Color.GREEN:", "5>", "3", "9.0"]


KEEPING = """
from typing import List, Optional
import torch
from torch import Tensor, nn

class Box:
    def __init__(self, t: Tensor):
        self.t = t
        self.next: Optional["Box"] = None

class Outer:
    def __init__(self, box: Box):
        self.box = box

class Keeping(nn.Module):
    def __init__(self):
        super().__init__()
        self.box = Box(torch.zeros(3))
        self.outer = Outer(self.box)
        self.boxes: List[Box] = []

    def forward(self, b: Box, way: int) -> Tensor:
        if way == 0:
            self.box = b
        elif way == 1:
            b.next = b
            self.box = b
        elif way == 2:
            self.outer = Outer(b)
            self.box = self.outer.box
        else:
            self.boxes.append(b)
            self.box = self.boxes[-1]
        return b.t

    @torch.jit.export
    def kept(self) -> Tensor:
        after = self.box.next
        return self.box.t if after is None else after.t

model = Keeping()
"""


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("keeping") / "keeping.py"
    path.write_text(KEEPING)
    return aotjit.compile(path, output=path.with_suffix(".so"), cpu="native")


@pytest.mark.parametrize("way", range(4), ids=["itself", "in a ring", "in an instance", "in a list"])
def test_state_keeps_no_memory_of_the_caller(keeping: Any, way: int) -> None:
    model, given = keeping.new(), np.full(3, 2, np.float32)
    np.testing.assert_array_equal(model(SimpleNamespace(t=given, next=None), way), given)
    given[:] = 9
    np.testing.assert_array_equal(model.kept(), np.full(3, 2, np.float32))
