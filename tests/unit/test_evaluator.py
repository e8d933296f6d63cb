"""What constructors may do at compile time, and what is an error there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aotjit.diagnostics import CompileError, SourceText
from aotjit.sema.evaluator import Evaluator, Frame
from aotjit.sema.modules import HostTensor, ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.syntax.parse import parse, parse_expression

IMPORTS = "import math\nimport copy\nimport torch\nimport torch.nn as nn\nfrom torch import Tensor\n"


def evaluate(expression: str, source: str = "") -> Any:
    scope = ModuleScope(parse(SourceText("m.py", IMPORTS + source)).body)
    return Frame(Evaluator(), scope, {}, None).expression(parse_expression(SourceText("e", expression)))


@pytest.mark.parametrize(
    "expression",
    [
        "1 + 2 * 3 ** 2 // 4 % 5", "(1, 2.5, 'a')[1]", "[i * i for i in range(5)]", "'a' + 'b'", "not (1 < 2 <= 2)",
        "max(3, 4) - min([1, 2])", "math.sqrt(16.0) + math.pi", "{'a': 1}['a']", "3 if 2 > 1 else 4", "[1, 2, 3][::-1]",
        "sum([1, 2, 3]) / 2", "list(zip([1, 2], [3, 4]))", "dict(a=1)", "1 in [1, 2] and 'x' not in 'abc'",
        "sorted([3, 1, 2])", "'{} {}'.format(1, 2)", "f'{1 + 1}!'", "abs(-2) or 1", "-3 // 2", "len((1, 2)) << 3",
        "[x for x in ['a', 'b']] * 2", "int(2.7) + float(1)", "'a,b'.split(',')", "(1, 2) + (3,)",
    ],
)  # fmt: skip
def test_python_values(expression: str) -> None:
    import math

    assert evaluate(expression) == eval(expression, {"math": math})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("torch.zeros(2, 3)", np.zeros((2, 3), np.float32)),
        ("torch.ones([2], dtype=torch.int64)", np.ones(2, np.int64)),
        ("torch.tensor([[1, 2], [3, 4]])", np.array([[1, 2], [3, 4]])),
        ("torch.tensor([1.5, 2]) * 2 + 1", np.array([4, 5], np.float32)),
        ("torch.full([2], 3.0)", np.full(2, 3, np.float32)),
        ("torch.arange(4)", np.arange(4)),
        ("torch.zeros(3).fill_(2.0)", np.full(3, 2, np.float32)),
        ("torch.ones(2, 3).t()", np.ones((3, 2), np.float32)),
        ("torch.arange(6).view(2, 3)[1, 1:]", np.array([4, 5])),
        ("torch.exp(torch.zeros(2))", np.ones(2, np.float32)),
        ("1.0 / torch.tensor([2.0, 4.0])", np.array([0.5, 0.25], np.float32)),
        ("torch.tensor([1.0, 2.0]).double()", np.array([1.0, 2.0])),
    ],
)
def test_tensors(expression: str, expected: Any) -> None:
    value = evaluate(expression)
    assert isinstance(value, HostTensor)
    assert value.numpy().dtype == expected.dtype
    np.testing.assert_array_equal(value.numpy(), expected)


SOURCE = """
K = 3

def make(n, k=2):
    total = 0
    for i in range(n):
        if i == 4:
            break
        total += i * k
    while total > 100:
        total -= 7
    return total

class Inner(nn.Module):
    def __init__(self, size):
        super().__init__()
        assert size > 0
        self.size = size

class Outer(nn.Module):
    def __init__(self, *sizes, **options):
        super().__init__()
        self.items = nn.ModuleList()
        for s in sizes:
            self.items.append(Inner(s))
        self.extra = copy.deepcopy(self.items[0])
        self.options = options
        a, (b, c) = 1, (2, 3)
        self.sum = a + b + c + K
"""


def test_functions_and_globals() -> None:
    assert evaluate("make(3) + make(10, k=1) + K", SOURCE) == 6 + 6 + 3


def test_modules_are_trees() -> None:
    outer = evaluate("Outer(4, 5, mode='x')", SOURCE)
    assert isinstance(outer, ModuleObject)
    assert [m.attributes["size"] for m in outer.attributes["items"].children] == [4, 5]
    assert outer.attributes["extra"] is not outer.attributes["items"].children[0]
    assert outer.attributes["options"] == {"mode": "x"} and outer.attributes["sum"] == 9


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("undefined_name", "undefined name 'undefined_name'"),
        ("1 // 0", "evaluating this at compile time fails: integer division or modulo by zero"),
        ("[1][3]", "evaluating this at compile time fails: list index out of range"),
        ("Inner(0)", "this assertion fails while the module is constructed"),
        ("Inner()", "Inner needs a value for 'size'"),
        ("Inner(1, 2)", "Inner does not take 2 arguments"),
        ("torch.load('x')", "torch.load is not evaluated at compile time with these arguments"),
        ("open('x')", "undefined name 'open'"),
        ("nn.Conv9d(1)", "torch.nn.Conv9d is not compiled by this version of aotjit"),
        ("torch.zeros(-1)", "the sizes of a tensor are ints of at least 0"),
        ("(lambda: 1)", "this expression is not evaluated at compile time"),
    ],
)
def test_errors(expression: str, message: str) -> None:
    with pytest.raises(CompileError) as caught:
        evaluate(expression, SOURCE)
    assert caught.value.diagnostics[0].message.startswith(message)


def test_endless_constructors_end() -> None:
    with pytest.raises(CompileError, match="does not end"):
        evaluate("loop()", "def loop():\n    i = 0\n    while True:\n        i = 1\n")
