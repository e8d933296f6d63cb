"""Dicts with tensors as keys as arguments and results, from Python and from C."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from aotjit.diagnostics import CompileError
from tests.e2e import tensor_key_programs as programs
from tests.e2e.agreement import assert_no_leak, compiled, scripted
from tests.e2e.libraries import C_SOURCES, GCC, Libraries, compile_c, run_program


@pytest.fixture(scope="module", params=[0, 3])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return compiled(programs, tmp_path_factory.mktemp("keys"), request.param)


def test_a_tensor_is_the_object_that_it_is(library: Any) -> None:
    x, oracle = torch.ones(2), scripted(programs, "has")
    for d, given in (({x: 3}, x), ({x: 3}, torch.ones(2)), ({x: 3, torch.zeros(2): 1}, x.view(2))):
        assert library.has(d, given) is oracle(d, given)
    assert library.same(x, x, [x])[:2] == (True, True)
    assert library.same(x, torch.ones(2), [torch.ones(2)])[:2] == (False, False)
    array = np.ones(2, np.float32)
    assert library.same(array, array, [array])[:2] == (True, True)
    assert library.same(array, array, [array])[2] is array


@pytest.mark.parametrize("name", ["library", "torch"])
def test_keys_of_results_are_the_other_results(name: str, library: Any) -> None:
    function = library.back if name == "library" else scripted(programs, "back")
    x = torch.ones(2)
    d, same, y, both = function({x: 3}, x)
    assert same is x and list(d.values()) == [3, 7] and d[x] == 3 and d[y] == 7
    assert both[x] is y and both[y] is x and y.tolist() == [2.0, 2.0]


def test_arrays_are_keys_of_results(library: Any) -> None:
    made = library.made()
    assert [made[key] for key in made] == [1, 2]
    ones, zeros = made
    assert isinstance(ones, np.ndarray) and ones.tolist() == [1.0, 1.0] and zeros.shape == (3,)
    assert library.weighted({ones: 2.0}).tolist() == [2.0, 2.0]


def test_values_and_refusals(library: Any) -> None:
    given = {torch.ones(2): 2.5, torch.ones(2): 1.5}
    torch.testing.assert_close(library.weighted(given), scripted(programs, "weighted")(given))
    with pytest.raises(TypeError, match="d: expected float32, got int32"):
        library.weighted({torch.ones(2).int(): 1.0})
    with pytest.raises(TypeError):
        library.weighted({"a": 1.0})
    assert library.devices({torch.device("cpu"): 2})[1] == 1


def test_nothing_leaks(library: Any) -> None:
    x = torch.ones(2)
    cases: dict[str, list[tuple[Any, ...]]] = {
        "back": [({x: 3}, x), ({x: 3, torch.zeros(2): 1}, torch.ones(2)), ({x: "a"}, x)],
        "weighted": [({x: 1.0},), ({torch.ones(3): 1.0},)],
        "same": [(x, x, [x])],
        "made": [()],
    }
    for name, some in cases.items():
        assert_no_leak(library, name, some, 1000)


@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_from_c(tmp_path: Path) -> None:
    Libraries(tmp_path).make("keys", Path(str(programs.__file__)), "-O1", "--cpu", "v2")
    program = compile_c(tmp_path, "keys_main", C_SOURCES / "tensor_keys.c", "./keys.so")
    assert run_program(program) == b"done\n"


COMPARED = """
from typing import Optional
import torch
from torch import Tensor


def same(a: Tensor, b: Tensor) -> bool:
    return a is b


def doubled(a: Tensor, b: Optional[Tensor]) -> Tensor:
    return a * 2 if a is b else a
"""


def test_compared_without_any_dict(tmp_path: Path) -> None:
    path = tmp_path / "compared.py"
    path.write_text(COMPARED)
    library = aotjit.compile(path, output=tmp_path / "compared.so", cpu="native")
    x = torch.ones(2)
    for _ in range(100):
        assert library.same(x, x) and not library.same(x, torch.ones(2))
        assert library.doubled(x, x).tolist() == [2, 2] and library.doubled(x, None).tolist() == [1, 1]


KEPT = """
from typing import Dict
import torch
from torch import Tensor, nn


class Seen(nn.Module):
    seen: Dict[Tensor, int]

    def __init__(self):
        super().__init__()
        self.seen = {}

    def forward(self, x: Tensor) -> int:
        self.seen[x] = 1
        return len(self.seen)
"""


def test_calls_are_not_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "seen.py"
    path.write_text(KEPT)
    with pytest.raises(CompileError, match="'seen' has tensors as keys of a dict"):
        aotjit.compile(path, entry="Seen()", output=tmp_path / "seen.so")
