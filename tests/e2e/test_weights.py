"""Weights replaced at run time: by name, for all instances, between calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from tests.e2e import weights_programs
from tests.e2e.libraries import C_SOURCES, GCC, PEAK_MEMORY, Libraries, compile_c, python, run_program

X = torch.randn(2, 4, 6, 6)


def compiled(folder: Path, net: torch.nn.Module, via: str = "source", **options: Any) -> Any:
    if via == "source":
        torch.save(net.state_dict(), folder / "state.pt")
        return aotjit.compile(
            Path(weights_programs.__file__),
            weights=folder / "state.pt",
            output=folder / "net.so",
            cpu="native",
            **options,
        )
    torch.jit.script(net).save(str(folder / "net.pt"))
    return aotjit.compile(folder / "net.pt", output=folder / "net.so", cpu="native", **options)


def close(got: Any, expected: torch.Tensor) -> None:
    torch.testing.assert_close(torch.as_tensor(got), expected.detach())


@pytest.mark.parametrize("via", ["source", "script"])
@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("inputs", [None, {"x": "f32[N,4,6,6]"}])
def test_all_weights_are_replaced(tmp_path: Path, via: str, optimize: int, inputs: Any) -> None:
    one, two = weights_programs.Net(), weights_programs.Net()
    model = compiled(tmp_path, one, via, optimize=optimize, inputs=inputs)
    other = model.new()
    close(model(X.numpy()), one(X))
    model.load_state(two.state_dict())
    model.reset()
    close(model(X.numpy()), two(X))
    close(other(X.numpy()), weights_after(two)(X))
    one.total.fill_(0.25)
    torch.save(one.state_dict(), tmp_path / "one.pt")
    model.load_state(tmp_path / "one.pt")
    other.reset()
    close(other(X.numpy()), one(X))


def weights_after(net: torch.nn.Module) -> torch.nn.Module:
    """The same module in its first state."""
    fresh = weights_programs.Net()
    fresh.load_state_dict(net.state_dict())
    fresh.total.zero_()
    return fresh


@pytest.mark.parametrize("sanitizer", ["", "address,undefined"])
@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_swapped_while_others_call(libraries: Libraries, sanitizer: str) -> None:
    source = """
import torch
from torch import Tensor, nn

class Swapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.ones(48, 48))
        self.second = nn.Parameter(torch.ones(48))
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        return torch.cat([x @ self.first.t(), x * self.second], 1)

model = Swapped()
"""
    libraries.make("swapped", source, "--cpu", "native", "--input", "x=f32[N,48]")
    flags = ["-g", f"-fsanitize={sanitizer}"] if sanitizer else []
    program = compile_c(
        libraries.folder, f"swaps_{sanitizer}", C_SOURCES / "swaps.c", "-pthread", *flags, "./swapped.so"
    )
    assert run_program(program).decode().splitlines() == [
        "the model has no weight 'third'",
        "the weight 'second': expected float32, got float64",
        "the weight 'second': dimension 0 is 24, expected 48",
    ]


FOLDED = """
import torch
from torch import Tensor, nn

class Folded(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.ones(4))
        self.b = nn.Parameter(torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.outer(self.a, self.a).sum(0) + self.b

model = Folded()
"""


def test_what_was_computed_with_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "folded.py"
    path.write_text(FOLDED)
    model = aotjit.compile(path, output=tmp_path / "folded.so", cpu="native")
    x, new = torch.ones(4), torch.full((4,), 3.0)
    if any(why for _, _, _, why, _ in model._parameters):
        with pytest.raises(RuntimeError, match=r"the weight 'a' cannot be replaced: '.*' made '.*' of it"):
            model.load_state({"a": new, "b": new})
        close(model(x), torch.full((4,), 5.0))
    model.load_state({"b": new}, strict=False)
    close(model(x), torch.full((4,), 7.0))
    free = aotjit.compile(path, output=tmp_path / "free.so", cpu="native", fold_weights=False)
    free.load_state({"a": new, "b": new})
    close(free(x), torch.full((4,), 39.0))


def test_names_and_tensors_are_checked(tmp_path: Path) -> None:
    net = weights_programs.Net()
    model = compiled(tmp_path, net)
    state = net.state_dict()
    with pytest.raises(KeyError, match="unknown bad; missing scale"):
        model.load_state({**{k: v for k, v in state.items() if k != "scale"}, "bad": state["scale"]})
    with pytest.raises(ValueError, match="'scale': dimension 0 is 4, expected 3"):
        model.load_state({"scale": torch.ones(4)}, strict=False)
    with pytest.raises(TypeError, match="'scale': expected float32, got float64"):
        model.load_state({"scale": torch.ones(3, dtype=torch.float64)}, strict=False)
    with pytest.raises(aotjit.UsageError, match=r"absent.pt"):
        model.load_state(tmp_path / "absent.pt")
    one_name = {k: v for k, v in state.items() if k not in ("tied.weight", "unused")}
    model.load_state(one_name)  # a tied weight has one name too many, an unused one is no loss
    model.load_state({k: v.numpy().astype(np.float32, order="F") for k, v in state.items()})
    close(model(X), weights_after(net)(X))


def test_what_the_state_keeps_of_old_weights_stays(tmp_path: Path) -> None:
    path = tmp_path / "keeper.py"
    path.write_text("""
from typing import List
import torch
from torch import Tensor, nn

class Keeper(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1000))
        self.kept: List[Tensor] = [torch.zeros(1)]

    def forward(self) -> List[Tensor]:
        self.kept.append(self.w)
        return [k[:1] for k in self.kept]

model = Keeper()
""")
    model = aotjit.compile(path, output=tmp_path / "keeper.so", cpu="native")
    model()
    for value in (2.0, 3.0, 4.0):
        model.load_state({"w": torch.full((1000,), value)})
        model()
    assert [float(np.asarray(t)[0]) for t in model()] == [0, 1, 2, 3, 4, 4]
    assert [float(np.asarray(t)[0]) for t in model.clone()()] == [0, 1, 2, 3, 4, 4, 4]


@pytest.mark.parametrize("optimize", [0, 3])
def test_weights_in_a_file_beside_the_library(tmp_path: Path, optimize: int) -> None:
    net = weights_programs.Net()
    model = compiled(tmp_path, net, weights_place="file", optimize=optimize)
    library, file = tmp_path / "net.so", tmp_path / "net.weights"
    close(model(X), net(X))
    first = file.read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    compiled(other, weights_programs.Net(), weights_place="file", optimize=optimize)
    (other / "again").mkdir()
    moved = (other / "again" / "net.so", other / "elsewhere")
    moved[0].write_bytes(library.read_bytes())
    with pytest.raises(aotjit.UsageError, match=r"again/net.weights: the file of weights cannot be opened"):
        aotjit.load(moved[0])
    for content, message in (
        (first[:-1], f"has {len(first) - 1} bytes, expected {len(first)}"),
        (b"x" + first[1:], "not a file of weights"),
        ((other / "net.weights").read_bytes(), "these weights belong to another library"),
    ):
        moved[1].write_bytes(content)
        with pytest.raises(aotjit.UsageError, match=message):
            aotjit.load(moved[0], weights=moved[1])
    moved[1].write_bytes(first)
    close(aotjit.load(moved[0], weights=moved[1])(X), weights_after(weights_from(tmp_path))(X))
    code = "import aotjit, sys; print(aotjit.load(sys.argv[1])._weights_place)"
    assert python(code, str(library), folder=other) == "1\n"


def weights_from(folder: Path) -> torch.nn.Module:
    net = weights_programs.Net()
    net.load_state_dict(torch.load(folder / "state.pt"))
    return net


def test_weights_that_the_caller_gives(tmp_path: Path) -> None:
    net = weights_programs.Net()
    torch.save(net.state_dict(), tmp_path / "given.pt")
    model = compiled(tmp_path, weights_programs.Net(), weights_place="given")
    with pytest.raises(RuntimeError, match="the weights have not been given yet"):
        model(X)
    with pytest.raises(KeyError, match=r"the weight '.*' is missing"):
        model.load_state({"scale": torch.ones(3)}, strict=False)
    model.load_state(net.state_dict())
    close(model(X), net(X))
    twin = model.clone()
    close(twin(X), net(X))
    again = aotjit.load(tmp_path / "net.so", weights=tmp_path / "given.pt")
    close(again(X), weights_after(net)(X))


def test_the_compiler_needs_little_more_than_the_weights(tmp_path: Path) -> None:
    """Peak memory under three times the weights and 300 MiB; mapped pages of the files count too."""
    path = tmp_path / "stack.py"
    path.write_text("""
from torch import Tensor, nn

class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Linear(2048, 2048) for i in range(12)])

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
""")
    state = {}
    for i in range(12):
        state[f"layers.{i}.weight"], state[f"layers.{i}.bias"] = torch.zeros(2048, 2048), torch.zeros(2048)
    torch.save(state, tmp_path / "stack.pt")
    weights = (tmp_path / "stack.pt").stat().st_size
    code = (
        f"import sys; from aotjit import cli; assert cli.main(sys.argv[1:]) == 0; print({PEAK_MEMORY})"
    )
    for place in ("embedded", "file"):
        options = ("--entry", "Stack", "--weights", "stack.pt", "--cpu", "v3", "--weights-place", place)
        peak = int(python(code, "compile", "stack.py", "-o", "stack.so", *options, folder=tmp_path))
        assert peak < 3 * weights + (300 << 20)
