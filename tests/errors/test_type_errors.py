"""What each error of names and types says, to the letter."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from aotjit.diagnostics import CompileError, SourceText
from aotjit.ir.text import to_text
from aotjit.sema import build
from aotjit.syntax.parse import parse

HEADER = "import torch\nfrom torch import Tensor, nn\nfrom typing import List, Optional\n"
CASES = [
    (
        "def f(x):\n    return torch.foo(x)\n",
        """\
m.py:5:12: error: torch.foo is not compiled by this version of aotjit
        return torch.foo(x)
               ^~~~~~~~~~~~
    hint: did you mean 'floor'?""",
    ),
    (
        "def f(x):\n    return x.transpoze(0, 1)\n",
        """\
m.py:5:12: error: Tensor.transpoze is not compiled by this version of aotjit
        return x.transpoze(0, 1)
               ^~~~~~~~~~~
    hint: did you mean 'transpose'?""",
    ),
    (
        "def f(x):\n    lenght = 2\n    return x + lengt\n",
        """\
m.py:6:16: error: undefined name 'lengt'
        return x + lengt
                   ^~~~~
    hint: did you mean 'lenght'?""",
    ),
    (
        "def f(x: Tensor, n: int) -> Tensor:\n    return n\n",
        """\
m.py:5:12: error: the result of f must be of type Tensor, found int
        return n
               ^""",
    ),
    (
        "def f(x: Tensor):\n    return torch.sum(x, dims=1)\n",
        """\
m.py:5:12: error: torch.sum has no argument 'dims'
        return torch.sum(x, dims=1)
               ^~~~~~~~~~~~~~~~~~~~
    hint: did you mean 'dim'?""",
    ),
    (
        "def f(x: Tensor):\n    return torch.sum(x, 'a')\n",
        """\
m.py:5:12: error: torch.sum does not take (Tensor, str)
        return torch.sum(x, 'a')
               ^~~~~~~~~~~~~~~~~
    hint: it is declared as sum(Tensor self, Optional[int] dtype) or sum(Tensor self, Optional[List[int]] dim, bool keepdim, Optional[int] dtype)""",
    ),
    (
        "def f(n: Optional[int]) -> int:\n    return n + 1\n",
        """\
m.py:5:12: error: '+' does not take (Optional[int], int)
        return n + 1
               ^~~~~
    hint: a value of type Optional[int] may be None: test it with 'is not None' first""",
    ),
    (
        "def f(n: Optional[int]) -> int:\n    if n:\n        return 1\n    return 2\n",
        """\
m.py:5:8: error: a value of type Optional[int] cannot be used as a condition
        if n:
           ^
    hint: write 'is not None'""",
    ),
    (
        "def f(n: int):\n    if n > 2:\n        q = 1\n    return q\n",
        """\
m.py:7:12: error: 'q' may have no value here: the else branch does not assign it
        return q
               ^
    hint: give it a value of one type before""",
    ),
    (
        "def f(n: int):\n    if n > 2:\n        q = 1\n    else:\n        q = 'a'\n    return q\n",
        """\
m.py:9:12: error: 'q' has no single type here: int in one branch of an if, str in the other
        return q
               ^
    hint: give it a value of one type before""",
    ),
    (
        "def f(n: int):\n    while n > 2:\n        q = 1\n        n -= 1\n    return q\n",
        """\
m.py:8:12: error: 'q' may have no value here: it is assigned inside a loop only
        return q
               ^
    hint: give it a value of one type before""",
    ),
    (
        "def f(n: int):\n    x = 3\n    for i in range(n):\n        x = 2.5\n    return x\n",
        """\
m.py:7:9: error: 'x' has type int outside this block and is given a value of type float here
            x = 2.5
            ^~~~~~~
m.py:5:5: note: 'x' gets its type here
        x = 3
        ^~~~~
    hint: a name keeps its type in inner blocks; use another name, or annotate it where it is first assigned""",
    ),
    (
        "if torch.__version__ > '1':\n    def g(n: int) -> int:\n        return n\n\n\ndef f(n: int) -> int:\n    return g(n)\n",
        """\
m.py:4:4: error: what 'g' is depends on a condition that is not known when compiling
    if torch.__version__ > '1':
       ^~~~~~~~~~~~~~~~~~~~~~~
    hint: define it outside""",
    ),
    (
        "def f(n: int) -> int:\n    def g(k: int) -> int:\n        return k\n    return g(n)\n",
        """\
m.py:5:5: error: a function inside a function is not part of TorchScript
        def g(k: int) -> int:
        ^~~~~~~~~~~~~~~~~~~~~
    hint: move it outside""",
    ),
    (
        "def f(n: int) -> int:\n    if n > 2:\n        return 1\n",
        """\
m.py:4:1: error: f does not return a value on every path
    def f(n: int) -> int:
    ^~~~~~~~~~~~~~~~~~~~~
    hint: add a return or a raise at its end""",
    ),
    (
        "def f(n: int):\n    if n > 2:\n        return 1\n    return 'a'\n",
        """\
m.py:7:12: error: this returns str, an earlier return of f returns int
        return 'a'
               ^~~
    hint: annotate the result""",
    ),
    (
        "def f(n: int) -> int:\n    return f(n - 1)\n",
        """\
m.py:5:12: error: f calls itself; recursion is not part of TorchScript
        return f(n - 1)
               ^~~~~~~~
    hint: write a loop""",
    ),
    (
        "def g(n: float) -> float:\n    return n\n\ndef f(n: int):\n    return g(n)\n",
        """\
m.py:8:12: error: argument 'n' of g must be of type float, found int
        return g(n)
               ^~~~
m.py:4:7: note: 'n' is declared here
    def g(n: float) -> float:
          ^~~~~~~~
    hint: ints are not converted silently: write float(...)""",
    ),
    (
        "def g(n: float, k: int = 2) -> float:\n    return n\n\ndef f(n: float):\n    return g(n, m=2) + g(n, 1, 2) + g()\n",
        """\
m.py:8:12: error: g has no parameter 'm'
        return g(n, m=2) + g(n, 1, 2) + g()
               ^~~~~~~~~""",
    ),
    (
        "def f(x: Tensro, y: List) -> int:\n    return 1\n",
        """\
m.py:4:10: error: unknown type 'Tensro'
    def f(x: Tensro, y: List) -> int:
             ^~~~~~
    hint: did you mean 'Tensor'?""",
    ),
    (
        "def f(n: int):\n    a, b, c = (n, n)\n    return (n, n)[2]\n",
        """\
m.py:5:5: error: 2 values cannot be unpacked into 3 targets
        a, b, c = (n, n)
        ^~~~~~~~~~~~~~~~
m.py:6:19: error: the tuple has 2 elements
        return (n, n)[2]
                      ^""",
    ),
    (
        "def f(n: int, t: Tensor):\n    t[0] = 'a'\n    return [1][1.5]\n",
        """\
m.py:5:5: error: part of a tensor is assigned a tensor or a number, found str
        t[0] = 'a'
        ^~~~~~~~~~
m.py:6:16: error: an index must be of type int, found float
        return [1][1.5]
                   ^~~""",
    ),
    (
        "K = 3\n\ndef f(x):\n    return x * K\n",
        """\
m.py:7:16: error: the global variable 'K' cannot be used in a compiled function
        return x * K
                   ^
    hint: pass it as an argument, assign it inside the function, or make it a Final attribute of the module""",
    ),
    (
        "def f(x):\n    d = {1: 2}\n    with torch.cuda.device(0):\n        pass\n    g = lambda y: y\n    del x\n    return x\n",
        """\
m.py:6:10: error: torch.cuda.device is not compiled by this version of aotjit
        with torch.cuda.device(0):
             ^~~~~~~~~~~~~~~~~~~~
m.py:8:9: error: 'lambda' is not part of TorchScript
        g = lambda y: y
            ^~~~~~~~~~~
    hint: write a function at the top of the file and call it by its name
m.py:10:12: error: 'x' was deleted
        return x
               ^
    hint: assign it again""",
    ),
    (
        "def f(x):\n    try:\n        return x\n    except ValueError:\n        return x\n",
        """\
m.py:5:5: error: 'try' is not part of TorchScript
        try:
        ^~~~
    hint: test before what fails, or return an Optional""",
    ),
    (
        "def f(x, *args):\n    return x\n",
        """\
m.py:4:10: error: '*args' and '**kwargs' are not part of TorchScript
    def f(x, *args):
             ^~~~~
    hint: name the parameters, or take a list""",
    ),
    (
        "def f(x):\n    return math.sqrt(2)\n",
        """\
m.py:5:12: error: undefined name 'math'
        return math.sqrt(2)
               ^~~~
    hint: add 'import math' at the top of the file""",
    ),
    (
        "def f(n: int):\n    for i in n:\n        pass\n    for j in range(1, n, 0):\n        pass\n    return len(3)\n",
        """\
m.py:5:14: error: a value of type int cannot be iterated over
        for i in n:
                 ^
m.py:7:14: error: the step of a range is not 0
        for j in range(1, n, 0):
                 ^~~~~~~~~~~~~~
m.py:9:12: error: len() takes a str, list, dict, tuple or tensor, found int
        return len(3)
               ^~~~~~""",
    ),
    (
        "def f(n: int):\n    x = []\n    for i in range(n):\n        x.append(i)\n    return x\n",
        """\
m.py:7:9: error: List.append: argument 'el' must be of type Tensor, found int
            x.append(i)
            ^~~~~~~~~~~
m.py:5:9: note: an empty list is a List[Tensor] where nothing else is said; write x: List[int] = []
        x = []
            ^~
    hint: it is declared as append(List[t] self, t el)""",
    ),
    (
        "def f(n: int):\n    d = {}\n    d['a'] = n\n    return d\n",
        """\
m.py:6:5: error: a value of this dict must be of type Tensor, found int
        d['a'] = n
        ^~~~~~~~~~
m.py:5:9: note: an empty dict is a Dict[str, Tensor] where nothing else is said; write x: Dict[str, int] = {}
        d = {}
            ^~""",
    ),
    (
        "def g(x, y: int):\n    return y\n\ndef f(n: int):\n    return g(n, n)\n",
        """\
m.py:8:12: error: argument 'x' of g must be of type Tensor, found int
        return g(n, n)
               ^~~~~~~
m.py:4:7: note: 'x' has no annotation, which makes it a Tensor; write x: int
    def g(x, y: int):
          ^""",
    ),
    (
        "def f(n: int):\n    if n > 2:\n        break\n    return n\n",
        """\
m.py:6:9: error: 'break' outside a loop
            break
            ^~~~~""",
    ),
    (
        "def f(n: int = 'a', x: float = 1):\n    return x\n",
        """\
m.py:4:7: error: the default of 'n' must be of type int, found 'a'
    def f(n: int = 'a', x: float = 1):
          ^~~~~~~~~~~~""",
    ),
    (
        "def f(x: List[int]):\n    return sorted(x, reverse=True)\n",
        """\
m.py:5:12: error: sorted takes one list, and neither key nor reverse, in TorchScript
        return sorted(x, reverse=True)
               ^~~~~~~~~~~~~~~~~~~~~~~
    hint: copy the list and call sort(reverse=True) of the copy; an order of its own needs a class with __lt__""",
    ),
    (
        "@torch.jit.ignore\ndef g(x):\n    return x\n\ndef f(x):\n    return g(x)\n",
        """\
m.py:5:1: error: g is marked torch.jit.ignore and has no compiled form
    def g(x):
    ^~~~~~~~~
m.py:9:12: note: it is called here
        return g(x)
               ^~~~
    hint: it cannot be called from compiled code; of a function marked torch.jit.unused a call raises""",
    ),
    (
        "def f(n: int):\n    n //= 2\n    x: int = 2.5\n    return f'{n:.2f}'\n",
        """\
m.py:5:5: error: '//=' is not part of TorchScript
        n //= 2
        ^~~~~~~
    hint: write a = a // b
m.py:6:14: error: 'x' must be of type int, found float
        x: int = 2.5
                 ^~~
m.py:7:15: error: a format specification in an f-string is not part of TorchScript
        return f'{n:.2f}'
                  ^
    hint: make the text before: str(x), or '%f' % x""",
    ),
    (
        "class M(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.w = nn.Parameter(torch.zeros(3))\n        self.l = nn.ModuleList([nn.ReLU()])\n\n    def forward(self, x, i: int):\n        self.q = x\n        y = self.v + self.l[i](x)\n        return self.wieght\n\nmodel = M()\n",
        """\
m.py:11:9: error: the attribute 'q' is assigned before it exists
            self.q = x
            ^~~~~~~~~~
    hint: give it a value in __init__ too
m.py:12:13: error: M has no attribute 'v'
            y = self.v + self.l[i](x)
                ^~~~~~
m.py:13:16: error: M has no attribute 'wieght'
            return self.wieght
                   ^~~~~~~~~~~""",
    ),
    (
        "class M(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.c = nn.Conv9d(3)\n\n    def forward(self, x):\n        return self.c(x)\n\nmodel = M()\n",
        """\
m.py:7:18: error: torch.nn.Conv9d is not compiled by this version of aotjit
            self.c = nn.Conv9d(3)
                     ^~~~~~~~~~~~
    hint: did you mean 'Conv3d'?""",
    ),
    (
        "def f(a: Tensor):\n    b = undefined1(a)\n    c = b + 1\n    d = c * undefined2\n    return d + undefined3\n",
        """\
m.py:5:9: error: undefined name 'undefined1'
        b = undefined1(a)
            ^~~~~~~~~~""",
    ),
    (
        "def f(s):\n    return s.upper()\n",
        """\
m.py:5:12: error: Tensor has no method 'upper'
        return s.upper()
               ^~~~~~~
m.py:4:7: note: 's' has no annotation, which makes it a Tensor; write s: str
    def f(s):
          ^""",
    ),
    (
        "def f(d, n):\n    return d['a'] + n.note\n",
        """\
m.py:5:14: error: a tensor cannot be indexed with a value of type str
        return d['a'] + n.note
                 ^~~
m.py:4:7: note: 'd' has no annotation, which makes it a Tensor; write d: Dict[str, int]
    def f(d, n):
          ^""",
    ),
    (
        "def f(a, n: int):\n    return a[0] if n > 1 else []\n",
        """\
m.py:5:12: error: both values of a conditional expression have one type; here are Tensor and List[Tensor]
        return a[0] if n > 1 else []
               ^~~~~~~~~~~~~~~~~~~~~
m.py:5:31: note: an empty list is a List[Tensor] where nothing else is said; write x: List[int] = []
        return a[0] if n > 1 else []
                                  ^~
    hint: write an if statement for each type, or make the values one type""",
    ),
    (
        "def f(x):\n    assert x.sum() > 0, undefined\n    raise Foo('a')\n",
        """\
m.py:5:25: error: undefined name 'undefined'
        assert x.sum() > 0, undefined
                            ^~~~~~~~~
m.py:6:11: error: undefined name 'Foo'
        raise Foo('a')
              ^~~""",
    ),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_message(source: str, expected: str) -> None:
    with pytest.raises(CompileError) as caught:
        build(parse(SourceText("m.py", HEADER + source)))
    assert str(caught.value) == expected


def test_a_function_that_is_dropped_is_no_error() -> None:
    source = (
        "import torch\n\n@torch.jit.ignore(drop=True)\ndef g(n: int) -> int:\n    return {n}.pop()\n\n"
        "def f(n: int):\n    return g(n) if n > 0 else n\n"
    )
    assert "g is marked torch.jit.unused" in to_text(build(parse(SourceText("m.py", source))))


def test_errors_of_several_functions_come_in_source_order() -> None:
    source = "def b(x):\n    return x + u\n\ndef a(x):\n    y = x + v\n    return a1(x)\n"
    with pytest.raises(CompileError) as caught:
        build(parse(SourceText("m.py", source)))
    assert [d.message for d in caught.value.diagnostics] == [
        "undefined name 'u'", "undefined name 'v'", "undefined name 'a1'",
    ]  # fmt: skip


def test_an_error_in_a_called_function_is_reported_once() -> None:
    source = "def g(x):\n    return x + u\n\ndef f(x):\n    return g(x) + g(x)\n"
    with pytest.raises(CompileError) as caught:
        build(parse(SourceText("m.py", source)))
    assert len(caught.value.diagnostics) == 1


def test_a_loop_compiled_twice_reports_once() -> None:
    source = (
        "def f(n: int):\n    for i in range(n):\n        if i > 2:\n            return u\n        x = v\n    return 1\n"
    )
    with pytest.raises(CompileError) as caught:
        build(parse(SourceText("m.py", source)))
    assert [d.message for d in caught.value.diagnostics] == ["undefined name 'u'", "undefined name 'v'"]


def test_an_alias_of_itself_ends() -> None:
    with pytest.raises(CompileError, match="unknown type 'A'"):
        build(parse(SourceText("m.py", "from typing import List\nA = List[A]\ndef f(x: A):\n    return x\n")))
