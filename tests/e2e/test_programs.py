"""Every program of the first slice, from source and from an archive, at -O0 and -O3, equals torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.e2e import programs
from tests.e2e.compiling import compile_program, entry_of, torch_callable

VIAS = ["source", "script"]


def call_torch(function: Any, arguments: tuple[Any, ...]) -> Any:
    with torch.no_grad():
        return function(*[torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in arguments])


def assert_equal(got: Any, want: Any) -> None:
    if isinstance(want, torch.Tensor):
        torch.testing.assert_close(torch.as_tensor(got), want)
    elif isinstance(want, tuple | list):
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            assert_equal(g, w)
    else:
        assert type(got) is type(want)
        assert got == want


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


FOO_ARGUMENTS = [
    (floats(5), floats(5, seed=1)),
    (floats(4, 5), floats(5, seed=1)),
    (floats(3, 1, 5), floats(4, 1, seed=1)),
    (floats(2, 3, 4, 5), floats(2, 3, 4, 5, seed=1)),
    (floats(2, 3, 4, 5), floats(1, 5, seed=1)),
    (floats(0), floats(0)),
    (floats(0, 3), floats(3)),
    (floats(3, 0, 2), floats(1, 1, 2)),
    (floats(6, 8)[::2, 1::3], floats(3, 3)),
    (floats(6, 8).T, floats(8, 6, seed=2)),
    (floats(), floats()),
    (floats(), floats(2, 3)),
    (floats(7, 1)[:, :1], floats(1, 9)),
    (floats(1000, 33), floats(1000, 1, seed=4)),
    (np.broadcast_to(floats(1, 4), (3, 4)), floats(3, 4)),
    (floats(700, 2), floats(2, seed=1)),
    (floats(70, 5, 2, 3)[:, ::2], floats(2, 1, seed=1)),
    (floats(3, seed=1), floats(400, 3).T.copy().T),
]


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("via", VIAS)
def test_foo_on_any_shape(tmp_path: Path, via: str, optimize: int) -> None:
    oracle = torch_callable(programs.FOO, tmp_path)
    model = compile_program(programs.FOO, tmp_path / via, oracle, via, optimize=optimize)
    foo = entry_of(model, programs.FOO, via)
    for arguments in FOO_ARGUMENTS:
        assert_equal(foo(*arguments), call_torch(oracle, tuple(np.array(a) for a in arguments)))


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("via", VIAS)
def test_linear(tmp_path: Path, via: str, optimize: int) -> None:
    oracle = torch_callable(programs.LINEAR, tmp_path)
    model = compile_program(programs.LINEAR, tmp_path / via, oracle, via, optimize=optimize)
    for rows in (0, 1, 3, 14, 100):
        a = floats(rows, 20, seed=rows)
        assert_equal(model.forward(a), call_torch(oracle, (a,)))


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("via", VIAS)
def test_decision_gate_in_a_cell(tmp_path: Path, via: str, optimize: int) -> None:
    oracle = torch_callable(programs.GATE, tmp_path)
    model = compile_program(programs.GATE, tmp_path / via, oracle, via, optimize=optimize)
    for seed in range(6):
        x, h = floats(3, 4, seed=seed), floats(3, 4, seed=100 + seed)
        assert_equal(model.forward(x, h), call_torch(oracle, (x, h)))


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("via", VIAS)
def test_rnn_and_what_it_prints(tmp_path: Path, via: str, optimize: int, capfd: pytest.CaptureFixture[str]) -> None:
    oracle = torch_callable(programs.RNN, tmp_path)
    model = compile_program(programs.RNN, tmp_path / via, oracle, via, optimize=optimize)
    scripted = torch.jit.script(oracle)
    for steps in (1, 2, 25):
        x, h = floats(steps, 3, 6, seed=steps), floats(3, 9)
        capfd.readouterr()
        want = call_torch(scripted, (x, h))
        printed = capfd.readouterr().out
        assert_equal(model.forward(x, h), want)
        ours = capfd.readouterr().out
        assert ours.count("stats:") == printed.count("stats:") == (steps + 9) // 10
        assert [line.split()[:2] for line in ours.splitlines()] == [line.split()[:2] for line in printed.splitlines()]


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("via", VIAS)
def test_collatz(tmp_path: Path, via: str, optimize: int) -> None:
    oracle = torch_callable(programs.COLLATZ, tmp_path)
    model = compile_program(programs.COLLATZ, tmp_path / via, oracle, via, optimize=optimize)
    longest = entry_of(model, programs.COLLATZ, via)
    for n in (0, 1, 2, 10, 1000):
        assert_equal(longest(n), oracle(n))


@pytest.mark.parametrize("optimize", [0, 3])
@pytest.mark.parametrize("via", VIAS)
def test_chain(tmp_path: Path, via: str, optimize: int) -> None:
    oracle = torch_callable(programs.CHAIN, tmp_path)
    model = compile_program(programs.CHAIN, tmp_path / via, oracle, via, optimize=optimize)
    chain = entry_of(model, programs.CHAIN, via)
    for arguments in FOO_ARGUMENTS:
        assert_equal(chain(*arguments), call_torch(oracle, tuple(np.array(a) for a in arguments)))


def test_traced_modules(tmp_path: Path) -> None:
    """torch.jit.trace(...).save() compiles too: modules inside modules, and a loop that tracing has unrolled."""
    import aotjit

    cases = [
        (programs.LINEAR, (floats(3, 20),)),
        (programs.RNN, (floats(5, 3, 6), floats(3, 9))),
    ]
    for source, arguments in cases:
        oracle = torch_callable(source, tmp_path)
        traced = torch.jit.trace(oracle, tuple(torch.from_numpy(a) for a in arguments))
        path = tmp_path / f"{source.name}_traced.pt"
        traced.save(str(path))
        model = aotjit.compile(str(path), output=str(tmp_path / f"{source.name.lower()}_traced.so"))
        assert_equal(model.forward(*arguments), call_torch(oracle, arguments))
