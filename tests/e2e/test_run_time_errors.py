"""What goes wrong while a model runs: the exception or status, its text, and an instance that works on."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aotjit
from tests.e2e.libraries import C_SOURCES, GCC, VALGRIND, Libraries, compile_c, run_program

SOURCE = Path(__file__).parent / "failing.py"
F = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(scope="module")
def library(libraries: Libraries) -> Path:
    return libraries.make("failing", SOURCE)


@pytest.fixture(scope="module")
def m(library: Path) -> Any:
    return aotjit.load(library)


CASES: list[tuple[str, type[Exception], str, str]] = [
    ("list_item([1, 2], 2)", IndexError, "list index out of range", "return xs[i]"),
    ("list_item([1, 2], -3)", IndexError, "list index out of range", "return xs[i]"),
    ("set_item([F], 2, F)", IndexError, "list index out of range", "ys[i] = x"),
    ("tensor_item(F, 2)", IndexError, "index 2 is out of bounds for dimension 0 with size 2", "return (x + 1)[i]"),
    ("tensor_item(F[0, 0], 0)", IndexError, "select() cannot be applied to a 0-dim tensor.", "return (x + 1)[i]"),
    ("string_item('ab', 3)", IndexError, "string index out of range", 'return (s + "!")[i]'),
    ("pop([])", IndexError, "pop from empty list", "return xs.pop()"),
    ("unpack([1])", ValueError, "a list of 2 elements is needed to unpack it into 2 targets", "a, b = xs"),
    ("unknown('b')", AssertionError, "unknown: b", "assert False"),
    ("check(-1, 'n')", AssertionError, "n: -1 is not positive", "assert n > 0"),
    ("check(100, 'n')", AssertionError, "", "assert n < 100"),
    ("refuse(1, F)", ValueError, "wrong value: 1", 'raise ValueError("wrong'),
    ("refuse(2, F)", RuntimeError, "it failed", "raise RuntimeError"),
    ("refuse(3, F)", NotImplementedError, "later", "raise NotImplementedError"),
    ("refuse(4, F)", RuntimeError, "plain", "raise Exception"),
    ("refuse(5, F)", ValueError, "(two, 5, [2, 3])", 'raise ValueError("two'),
    ("refuse(6, F)", RuntimeError, "MoneyError: (short of, [6])", "raise MoneyError("),
    ("refuse(7, F)", RuntimeError, "MoneyError", "raise MoneyError  #"),
    ("divide(1, 0)", ZeroDivisionError, "integer division or modulo by zero", "return a // b"),
    ("modulo(1, 0)", ZeroDivisionError, "integer division or modulo by zero", "return a % b"),
    ("add(F, F.T)", RuntimeError,
     "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1", "return z[0] + y"),
    ("mm(F, F)", RuntimeError, "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", "return torch.mm"),
    ("mm(F[0], F)", RuntimeError, "a matrix product of tensors with 1 and 2 dimensions", "return torch.mm"),
    ("cat(F, F[:, :1], 0)", RuntimeError, "Sizes of tensors must match except in dimension 0.", "return torch.cat"),
    ("cat(F, F, 2)", IndexError, "Dimension out of range (expected to be in range of [-2, 1], but got 2)",
     "return torch.cat"),
    ("stack(F, F.T)", RuntimeError, "stack expects each tensor to be equal size", "return torch.stack"),
    ("view(F, 4)", RuntimeError, "shape of 2 dimensions is invalid for input of size 6", "return (x + 1).view"),
    ("chunk(F, 0)", RuntimeError, "chunk expects `chunks` to be greater than 0, got: 0", "for c in torch.chunk"),
    ("split(F, -1)", RuntimeError, "split expects split_size be non-negative", "for c in torch.split"),
    ("transpose(F, 0, 5)", IndexError, "Dimension out of range", "return x.transpose"),
    ("expand(F, 2)", RuntimeError, "The expanded size of the tensor (4) must match the existing size (3)",
     "return x.expand"),
    ("total(F, 2)", IndexError, "Dimension out of range", "return x.sum"),
    ("largest(F[:0])", RuntimeError, "a maximum or minimum over no elements has no value", "return x.max()"),
    ("decide(F)", RuntimeError, "Boolean value of Tensor with more than one value is ambiguous", "return 1 if x > 0"),
    ("decide(F[:0])", RuntimeError, "Boolean value of Tensor with no values is ambiguous", "return 1 if x > 0"),
    ("number(F)", RuntimeError, "a Tensor with 6 elements cannot be converted to Scalar", "return x.item()"),
    ("fill(300)", RuntimeError, "value cannot be converted to type uint8_t without overflow", "x.fill_(n)"),
    ("fill(1)", RuntimeError, "value cannot be converted to type float without overflow", "return torch.full(["),
    ("uniform(1e300, 2e300)", RuntimeError, "from is out of bounds for float", "uniform_(low, high)"),
    ("uniform(0.0, float('nan'))", RuntimeError, "to is out of bounds for float", "uniform_(low, high)"),
    ("uniform(2.0, 1.0)", RuntimeError, "uniform_ expects to return a [from, to) range, but found from=2 > to=1",
     "uniform_(low, high)"),
    ("power(2)", RuntimeError, "value cannot be converted to type c10::Half without overflow", "half ** 1e300"),
    ("power(-1)", RuntimeError, "Integers to negative integer powers are not allowed.", "x ** n"),
    ("zeros(-1, 2)", RuntimeError, "negative size -1 in dimension 0", "return torch.zeros"),
    ("zeros(2 ** 31, 2 ** 31)", MemoryError, "out of memory: the size of a tensor overflows", "return torch.zeros"),
    ("zeros(2 ** 21, 2 ** 20)", MemoryError, "out of memory: ", "return torch.zeros"),
    ("hoard(3)", MemoryError, "out of memory: ", "xs.append"),
    ("repeat(2 ** 62)", MemoryError, "out of memory: the size of a list overflows", "return len([1] * n)"),
    ("read_int('a')", ValueError, "invalid literal for int(): 'a'", "return int(s)"),
    ("present(None)", AssertionError, "x is needed", 'assert x is not None, "x'),
    ("step(3, 0)", ValueError, "range() arg 3 must not be zero", "for i in range(0, n, s)"),
    ("outer(F, 0)", IndexError, "list index out of range", "return ys[i]"),
    ("nested_tensor(F[None], 0)", NotImplementedError, "nested tensors are not compiled", "return torch._nested"),
    ("nested_tensor(F[None], 1)", NotImplementedError, "nested tensors are not compiled", "if kind == 1 and"),
    ("nested_tensor(F[None], 2)", NotImplementedError, "nested tensors are not compiled", "return x.to_padded"),
]  # fmt: skip


def place_of(text: str) -> tuple[int, str]:
    """Line and function of the source line that contains `text`."""
    lines = SOURCE.read_text().split("\n")
    line = next(i for i, one in enumerate(lines) if text in one)
    name = next(match[1] for i in range(line, 0, -1) if (match := re.match(r"def (\w+)", lines[i])))
    return line + 1, name


@pytest.mark.parametrize(("code", "kind", "text", "line"), CASES, ids=[c[0] for c in CASES])
def test_exception(m: Any, code: str, kind: type[Exception], text: str, line: str) -> None:
    with pytest.raises(kind) as raised:
        eval(f"m.{code}", {"m": m, "F": F})
    said = str(raised.value)
    number, function = place_of(line)
    assert type(raised.value) is kind and said.startswith(text)
    # A function that was inlined has no name any more, only its line.
    assert re.search(rf"(^|\S )at {re.escape(SOURCE.name)}:{number}:\d+( in {function})?$", said), said
    assert said.endswith(f" in {function}") or function == "inner"
    assert m.divide(7, 2) == 3


def test_nothing_leaks(m: Any) -> None:
    """Neither objects of Python nor memory of the model, however often calls fail."""

    def once() -> None:
        for code, kind, _, _ in CASES:
            with pytest.raises(kind):
                eval(f"m.{code}", {"m": m, "F": x})

    x = F.copy()
    for _ in range(3):
        once()
    references, allocations = sys.getrefcount(x), m._allocations
    for _ in range(100):  # what leaks would need new memory in the end
        once()
    assert sys.getrefcount(x) == references
    assert m._allocations == allocations


def test_long_messages(m: Any) -> None:
    """A long text is cut between two characters, and the place is still there."""
    for shift in range(3):
        with pytest.raises(AssertionError) as raised:
            m.check(-1, "x" * shift + "€" * 2000)
        assert re.search(r"€ at \S*failing.py:\d+:5 in check$", str(raised.value))


HOLDS_ITSELF = """\
from typing import Any, List


def shown(n: int) -> str:
    held: List[Any] = [n]
    held.append(held)
    return str(held)


def counted(n: int) -> int:
    held: List[Any] = [n]
    held.append(held)
    return len([1 for v in held])
"""


def test_a_list_that_holds_itself(tmp_path: Path) -> None:
    """torch.jit has no end of it."""
    source = tmp_path / "cycle.py"
    source.write_text(HOLDS_ITSELF)
    cycle = aotjit.compile(source, output=tmp_path / "cycle.so", cpu="native")
    for _ in range(3):
        with pytest.raises(RuntimeError, match="a value that holds itself, or is more than 1000 deep"):
            cycle.shown(1)
        assert cycle.counted(1) == 2


@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_statuses(library: Path) -> None:
    program = compile_c(library.parent, "statuses", C_SOURCES / "statuses.c", "./failing.so")
    assert run_program(program) == b"ok\n"


@pytest.mark.skipif(GCC is None or VALGRIND is None, reason="no C compiler or no valgrind")
def test_statuses_under_valgrind(library: Path) -> None:
    """No read of freed or unset memory on the way out of a failing call."""
    program = compile_c(library.parent, "statuses_valgrind", C_SOURCES / "statuses.c", "./failing.so")
    prefix = (str(VALGRIND), "-q", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=all")
    assert run_program(program, prefix=prefix) == b"ok\n"
