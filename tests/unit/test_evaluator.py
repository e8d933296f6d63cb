"""What constructors may do at compile time, and what is an error there."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from aotjit.diagnostics import CompileError, SourceText
from aotjit.sema import BuildOptions, build, library
from aotjit.sema.host.evaluator import Evaluator, Frame
from aotjit.sema.host.modules import instance_of
from aotjit.sema.library_bases import DERIVED
from aotjit.sema.modules import HostTensor, ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.sema.values import Namespace
from aotjit.syntax.parse import parse, parse_expression

torch = pytest.importorskip("torch")
IMPORTS = "import math\nimport copy\nimport random\nimport torch\nimport torch.nn as nn\nfrom torch import Tensor\n"


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
        "(lambda a, b=2, *c, k, **d: (a, b, c, k, d))(1, 3, 4, k=5, z=6)",
        "(lambda a, /, b: a - b)(5, b=1)",
        "sorted(['bb', 'a', 'ccc'], key=lambda s: -len(s))", "max([3, -5], key=abs)", "min('b', 'a', key=lambda s: s)",
        "[f() for f in [lambda: i for i in range(3)]]", "[f() for f in [lambda i=i: i for i in range(3)]]",
        "(lambda n: [(lambda k: k * n + i)(j) for i in range(2) for j in range(2) if i != j])(10)",
        "{**{'a': 1}, 'b': 2, **{'a': 3}}", "[*(1, 2), *'ab']", "(lambda *a, **k: (a, k))(*[1, 2], **{'x': 3}, y=4)",
        "list(map(lambda a, b: a + b, [1, 2], (3, 4)))", "list(filter(None, [0, 1, '', 'a']))",
        "list(map(str, [1, 2]))",
        "list(filter(lambda x: x % 2, range(5)))", "list(reversed([1, 2, 3]))", "dict(zip('ab', reversed([1, 2])))",
        "any(x > 2 for x in [1, 2])", "all(x > 0 for x in [1, 2])", "any([])", "next(iter([7, 8]))",
        "(lambda m: (list(m), list(m)))(map(abs, [-1]))", "(lambda g: (next(g), list(g)))(i for i in range(3))",
        "sorted({3, 1, 3})", "len({1, *[2, 3]} | {4})", "sorted(set('hello') - {'l'})",
        "sum({i % 3 for i in range(9)})",
        "3 in {1, 2}", "sorted(set([2, 1]).union({5}))", "[x for x in {2}]", "f'{3:02d} {1.5!r} {\"a\"!r:>5} {[1]}'",
        "isinstance({1}, set)",
        "[(n := 3), n + 1]", "{k: v for k, v in map(lambda p: p[::-1], [(1, 'a')])}", "','.join(map(str, {1}))",
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

def failing(n):
    assert n > 0, f"n={n}"
    raise ValueError(f"n is {n}")

def caught():
    try:
        return 1
    finally:
        pass

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
        ("torch.load('x')", "torch.load fails at compile time: torch.load is not"),
        ("open('x')", "undefined name 'open'"),
        ("nn.Conv9d(1)", "torch.nn.Conv9d is not compiled by this version of aotjit"),
        ("random.randint(1, 2)", "random.randint is not evaluated at compile time"),
        ("torch.set_default_dtype(torch.float64)", "torch.set_default_dtype is not compiled by this version of aotjit"),
        ("failing(3)", "constructing the module raises this exception: n is 3"),
        ("failing(-1)", "this assertion fails while the module is constructed: n=-1"),
        ("caught()", "'try' is not run while modules are constructed"),
        ("'a' in torch.zeros(2)", "'in' of a tensor takes a tensor or a number, not a str"),
        ("torch.zeros(2) + 'a'", "'+' takes a tensor and a tensor or number, not a str"),
        ("torch.zeros(2).fill_(1e39)", "evaluating this at compile time fails: value cannot be converted"),
        ("torch.tensor([1, 300], dtype=torch.uint8)", "torch.tensor fails at compile time: value cannot be"),
        ("torch.zeros(2)[::-1]", "evaluating this at compile time fails: slice step must be positive"),
        ("torch.rand(2, dtype=torch.int64)", "this call fails at compile time: random numbers of this kind are"),
        ("hasattr(math, 'pi')", "whether this has an attribute 'pi' is not known at compile time"),
        ("torch.randn(2, generator=3)", "torch.randn does not take 'generator' at compile time"),
        ("torch.zeros(-1)", "the sizes of a tensor are ints of at least 0"),
        ("[i async for i in []]", "this expression is not evaluated at compile time"),
        ("(lambda a: a)()", "this lambda needs a value for 'a'"),
        ("(lambda a: a)(1, 2)", "this lambda does not take 2 arguments"),
        ("(lambda a, /: a)(a=1)", "this lambda needs a value for 'a'"),
        ("(lambda a: b)(1)", "undefined name 'b'"),
        (
            "list(map(lambda a: 1 // a, [0]))",
            "evaluating this at compile time fails: integer division or modulo by zero",
        ),
        ("[x for x in map(len, [1])]", "evaluating this at compile time fails: object of type 'int' has no len()"),
        ("sorted(['a'], key=3)", "this cannot be called at compile time"),
        ("{**[1]}", "'**' joins dicts here"),
        ("dict(**[1])", "'**' in a call takes a dict whose keys are strs"),
        ("dict(a=1, **{'a': 2})", "keyword argument 'a' is given twice"),
        ("{[1]}", "evaluating this at compile time fails: "),
        ("list({'a', 'b'})", "the order of this set is another in each run of Python"),
        ("[s for s in {'a', 'b'}]", "the order of this set is another in each run of Python"),
        ("','.join({'a', 'b'})", "the order of this set is another in each run of Python"),
        ("f'{torch.zeros(1)}'", "the text of this value is not made at compile time"),
        ("f'{1:{2}}'", "a format specification that is computed is not evaluated at compile time"),
    ],
)
def test_errors(expression: str, message: str) -> None:
    with pytest.raises(CompileError) as caught:
        evaluate(expression, SOURCE)
    assert caught.value.diagnostics[0].message.startswith(message)


def test_initialisers_of_constructed_modules() -> None:
    source = """
def made():
    torch.manual_seed(5)
    layer = nn.Linear(4, 3)
    nn.init.orthogonal_(layer.weight, gain=nn.init.calculate_gain('relu'))
    nn.init.trunc_normal_(layer.bias, std=0.02)
    return [layer.weight, layer.bias]
"""
    names: dict[str, Any] = {"torch": torch, "nn": torch.nn}
    exec(source, names)
    for found, expected in zip(evaluate("made()", source), names["made"](), strict=True):
        assert found.is_parameter
        np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), atol=1e-5)


STATEMENTS = """
def starred():
    first, *rest, last = [1, 2, 3, 4]
    return [first, rest, last]

def shared():
    a = [1]
    b = a
    b += (2,)
    c = {1}
    d = c
    d |= {2}
    return [a, sorted(c), copy.copy(a) is a, copy.deepcopy(c) is c]

def otherwise():
    found = []
    for i in range(3):
        if i == 5:
            break
    else:
        found.append('for')
    while found:
        break
    else:
        found.append('while')
    return found

def interleaved():
    order = []
    for x in map(lambda n: order.append(n) or n, [1, 2]):
        order.append(-x)
    return order

def late():
    k = 1
    f = lambda x: x + k
    k = 10
    return [f(1)] + sorted([3, 2], key=f)
"""


@pytest.mark.parametrize("name", ["starred", "shared", "otherwise", "interleaved", "late"])
def test_statements_do_what_python_does(name: str) -> None:
    names: dict[str, Any] = {"copy": copy}
    exec(STATEMENTS, names)
    assert evaluate(f"{name}()", STATEMENTS) == names[name]()


HOLDING = """
class Holding(nn.Module):
    def __init__(self):
        super().__init__()
        self.{} = {}

    def forward(self, x: int):
        return self.{}(x) if x in self.members else x
"""


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        ("members", "{1, 2}", "an attribute holding a set is not part of TorchScript",
         "use the keys of a Dict[int, bool] or Dict[str, bool]"),
        ("members", "lambda x: x", "an attribute holding a lambda is not part of TorchScript",
         "write a function at the top of the file and call it by its name"),
    ],
)  # fmt: skip
def test_what_only_constructors_hold(name: str, value: str, message: str, hint: str) -> None:
    source = SourceText("m.py", IMPORTS + HOLDING.format(name, value, name))
    with pytest.raises(CompileError) as caught:
        build(parse(source), BuildOptions(entry="Holding()"))
    assert [(d.message, d.hint) for d in caught.value.diagnostics] == [(message, hint)]


def test_endless_constructors_end() -> None:
    with pytest.raises(CompileError, match="does not end"):
        evaluate("loop()", "def loop():\n    i = 0\n    while True:\n        i = 1\n")


TOP_LEVEL = """
torch.manual_seed(3)
noise = torch.randn(2)
model = nn.Linear(2, 2)
parameters = list(model.parameters())
with torch.no_grad():
    model.weight[0].fill_(0.5)
nn.init.ones_(model.bias)
for p in parameters:
    p.data.mul_(3)
print(model(torch.zeros(1, 2)))
torch.save(model.state_dict(), "x.pt")
"""


def test_statements_at_top_level_run_in_order() -> None:
    names: dict[str, Any] = {"torch": torch, "nn": torch.nn, "print": lambda x: None}
    exec(TOP_LEVEL.replace("torch.save", "print").replace(', "x.pt"', ""), names)
    program = build(parse(SourceText("m.py", IMPORTS + TOP_LEVEL)), BuildOptions(entry="model"))
    for name, expected in names["model"].state_dict().items():
        held = np.frombuffer(program.weights[name].data(), np.float32)
        np.testing.assert_allclose(held, expected.flatten(), rtol=1e-6)


def test_instances_are_what_they_are_in_torch() -> None:
    """isinstance with each base that torch's classes have."""
    for name in sorted(library._file_of()):
        theirs = getattr(torch.nn, name, None)
        if theirs is None:
            continue
        ours = library.module_class(f"torch.nn.{name}")
        assert ours is not None
        module = ModuleObject(name, (ours,))
        for base in DERIVED:
            homes = [c for c in theirs.__mro__ if c.__name__ == base]
            path = f"torch.nn.modules.any.{base}"
            assert instance_of(module, Namespace(path), ours.definition.span) == bool(homes), (name, base)
