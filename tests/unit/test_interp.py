"""The reference interpreter: control flow, lists, errors, printing, state, at each level of the IR."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aotjit import sema
from aotjit.diagnostics import SourceText
from aotjit.interp.interpreter import Interpreter, ProgramError, run
from aotjit.passes import run_passes
from aotjit.program import Program
from aotjit.syntax.parse import parse

LEVELS = (None, 0, 3)


def program(text: str, level: int | None) -> Program:
    built = sema.build(parse(SourceText("m.py", "import torch\nfrom typing import List, Optional\n" + text)))
    if level is not None:
        run_passes(built, level)
    return built


def outcomes(text: str, *args: Any) -> list[Any]:
    """What f gives before the passes, and after those of the lowest and the highest level."""
    results = []
    for level in LEVELS:
        given = [np.array(a) if isinstance(a, np.ndarray) else list(a) if isinstance(a, list) else a for a in args]
        results.append(run(program(text, level), "f", given))
    return results


def test_loops_and_branches() -> None:
    text = """
def f(n: int):
    total = 0
    while True:
        if n == 1:
            break
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        total += 1
    for i in range(3, 10, 2):
        if i == 7:
            continue
        total += 100 * i
    return total
"""
    assert outcomes(text, 27) == [111 + 100 * (3 + 5 + 9)] * 3


def test_integers_wrap() -> None:
    text = "def f(a: int, b: int):\n    return a * b + a\n"
    assert outcomes(text, 2**62, 4) == [2**62] * 3


def test_lists_are_shared() -> None:
    text = """
def f(a: List[int]):
    b = a
    b.append(4)
    c = b + [5]
    c[0] = 9
    return a, c, len(c)
"""
    assert outcomes(text, [1, 2]) == [([1, 2, 4], [9, 2, 4, 5], 4)] * 3


def test_views_share_memory() -> None:
    text = """
def f(x: torch.Tensor):
    row = x[1]
    row += 10.0
    x[0, 1:] = row[1:]
    return x
"""
    for result in outcomes(text, np.arange(6, dtype=np.float32).reshape(2, 3)):
        np.testing.assert_array_equal(result, [[0, 14, 15], [13, 14, 15]])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("a[5]", "IndexError"),
        ("a[0] // n", "ZeroDivisionError"),
        ("torch.zeros([2, n]).view([4])", "RuntimeError"),
    ],
)
def test_errors(body: str, kind: str, level: int | None) -> None:
    text = f"def f(a: List[int], n: int):\n    return {body}\n"
    with pytest.raises(ProgramError) as found:
        run(program(text, level), "f", [[1, 2], 0])
    assert found.value.kind == kind
    assert found.value.span is not None and found.value.span.line == 4


@pytest.mark.parametrize("level", LEVELS)
def test_raise_and_assert(level: int | None) -> None:
    text = """
def f(n: int):
    assert n != 1, f"not {n}"
    if n > 2:
        raise ValueError("too large")
    return n
"""
    built = program(text, level)
    assert run(built, "f", [0]) == 0
    with pytest.raises(ProgramError, match=r"AssertionError: .*not 1"):
        run(built, "f", [1])
    with pytest.raises(ProgramError, match="ValueError: too large"):
        run(built, "f", [3])


@pytest.mark.parametrize("level", LEVELS)
def test_print(level: int | None) -> None:
    lines: list[str] = []
    text = 'def f(n: int, s: str):\n    print("n", n, 2.5, True, [1, 2], s)\n    return f"{n}-{s}"\n'
    assert run(program(text, level), "f", [3, "x"], print_line=lines.append) == "3-x"
    assert lines == ["n 3 2.5 True [1, 2] x"]


def test_state_stays_between_calls() -> None:
    text = """
class Counter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0

    def forward(self, n: int) -> int:
        self.count += n
        return self.count

model = Counter()
"""
    for level in LEVELS:
        built = program(text, level)
        interpreter = Interpreter(built)
        symbol = built.entries[0].symbol
        assert [interpreter.call(symbol, [2]), interpreter.call(symbol, [3])] == [2, 5]
