"""Runs the functions of a file every way there is: torch.jit, the reference interpreter and machine code, from source
and from the archive that torch saves. All must give the same results, print the same lines and fail on the same calls.

The file has `CASES`: the argument tuples of every function by its name.
"""

from __future__ import annotations

import contextlib
import copy
import io
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

import aotjit
from aotjit.archive import read_archive
from aotjit.diagnostics import SourceText
from aotjit.interp.interpreter import Interpreter, ProgramError
from aotjit.ir.verify_ssa import Stage, verify_module
from aotjit.passes import run_passes
from aotjit.program import Program
from aotjit.sema import BuildOptions, build, build_archive
from aotjit.syntax.parse import parse

FAILURES = (
    ProgramError, RuntimeError, ValueError, AssertionError, IndexError, KeyError, ZeroDivisionError, TypeError,
    NotImplementedError, torch.jit.Error,
)  # fmt: skip
Outcome = tuple[str, Any, list[str]]
"""("value", result, printed lines) or ("error", exception, printed lines)."""


def scripted(module: ModuleType, name: str) -> Any:
    """The function as torch compiles it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(getattr(module, name))


def outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> Outcome:
    out = io.StringIO()
    given = copy.deepcopy(args)
    with contextlib.redirect_stdout(out):
        try:
            result = "value", function(*given)
        except FAILURES as error:
            result = "error", error
    return (*result, out.getvalue().splitlines())


def to_host(value: Any) -> Any:
    """torch's values as the interpreter has them."""
    if isinstance(value, torch.Tensor):
        return value.detach().numpy().copy()
    if isinstance(value, dict):
        return {k: to_host(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(to_host(v) for v in value)
    return value


def assert_same(actual: Any, expected: Any) -> None:
    """Equal values of equal types, dicts in the same order; the last bit of a float may differ (libm does)."""
    if isinstance(expected, torch.Tensor):
        torch.testing.assert_close(torch.as_tensor(np.asarray(actual)), expected.detach(), equal_nan=True)
    elif isinstance(expected, dict):
        assert isinstance(actual, dict)
        assert_same(list(actual), list(expected))
        assert_same(list(actual.values()), list(expected.values()))
    elif isinstance(expected, list | tuple):
        assert isinstance(actual, list if isinstance(expected, list) else tuple)
        assert len(actual) == len(expected), f"{actual} and {expected}"
        for a, e in zip(actual, expected, strict=True):
            assert_same(a, e)
    elif isinstance(expected, float):
        assert isinstance(actual, float), f"{actual!r} and {expected!r}"
        close = math.isclose(actual, expected, rel_tol=1e-15) and math.copysign(1, actual) == math.copysign(1, expected)
        assert close or (math.isnan(actual) and math.isnan(expected)), f"{actual!r} and {expected!r}"
    elif isinstance(expected, complex):
        assert isinstance(actual, complex), f"{actual!r} and {expected!r}"
        same = all(map(_same_part, (actual.real, actual.imag), (expected.real, expected.imag)))
        # Where parts cancel, the error is relative to the whole.
        close = 0 < abs(actual - expected) <= 2e-15 * abs(expected)
        assert same or close, f"{actual!r} and {expected!r}"
    else:
        assert type(actual) is type(expected), f"{actual!r} and {expected!r}"
        assert actual == expected


def _same_part(actual: float, expected: float) -> bool:
    """Zeros with their signs: they tell on which side of a branch cut a complex number lies."""
    if math.isnan(expected):
        return math.isnan(actual)
    return math.isclose(actual, expected, rel_tol=2e-15) and math.copysign(1, actual) == math.copysign(1, expected)


def assert_agree(actual: Outcome, expected: Outcome, what: str) -> None:
    assert actual[0] == expected[0], f"{what}: {actual[1]!r} and {expected[1]!r}"
    if actual[0] == "value":
        try:
            assert_same(actual[1], expected[1])
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}\n{actual[1]!r}\n{expected[1]!r}") from None
    assert actual[2] == expected[2], what


def interpreted(program: Program, entry: str, stage: Stage) -> Callable[..., Any]:
    """The entry in the reference interpreter, printing to standard output."""
    verify_module(program.module, stage)
    symbol = next(e.symbol for e in program.entries if e.name == entry)
    return lambda *args: Interpreter(program).call(symbol, [to_host(a) for a in args])


def check_interpreted(module: ModuleType, name: str, cases: list[tuple[Any, ...]], folder: Path) -> None:
    """Source and archive in the interpreter, each as sema builds it and after all passes."""
    oracle = scripted(module, name)
    assert module.__file__ is not None
    tree = parse(SourceText(Path(module.__file__).name, Path(module.__file__).read_text()))
    archive = folder / f"{name}.pt"
    oracle.save(str(archive))
    for optimised in (False, True):
        programs = {
            "source": (build(tree, BuildOptions(entry=name)), name),
            "archive": (build_archive(read_archive(archive)), "forward"),
        }
        for via, (program, entry) in programs.items():
            if optimised:
                run_passes(program, 3)
            function = interpreted(program, entry, Stage.OWNED if optimised else Stage.BUILT)
            for args in cases:
                what = f"{name}{args} from {via}{' after all passes' if optimised else ''}"
                assert_agree(outcome(function, args), outcome(oracle, args), what)


def check_compiled(library: Any, module: ModuleType, name: str, cases: list[tuple[Any, ...]]) -> None:
    """The library's function of this name."""
    oracle, function = scripted(module, name), getattr(library, name)
    for args in cases:
        assert_agree(outcome(function, args), outcome(oracle, args), f"{name}{args} compiled")


def assert_no_leak(library: Any, name: str, cases: list[tuple[Any, ...]], calls: int = 10_000) -> None:
    """After the first calls nothing more is held of the instance's memory, to the byte, whatever calls end with."""
    function = getattr(library, name)

    def run(times: int) -> None:
        for i in range(times):
            with contextlib.suppress(*FAILURES):
                function(*cases[i % len(cases)])

    with contextlib.redirect_stdout(io.StringIO()):
        run(50)
        before = library._live_bytes
        run(calls)
    assert library._live_bytes == before, f"{name} keeps memory"


def compiled(module: ModuleType, folder: Path, optimize: int) -> Any:
    """All functions of the file in one library."""
    assert module.__file__ is not None
    output = folder / f"{Path(module.__file__).stem}_{optimize}.so"
    return aotjit.compile(Path(module.__file__), output=output, cpu="native", optimize=optimize)
