"""What each error about classes, enums, unions and futures says, to the letter."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from aotjit.diagnostics import CompileError, SourceText
from aotjit.sema import build
from aotjit.syntax.parse import parse

HEADER = "import torch\nfrom torch import Tensor, nn\nfrom typing import Any, List, Optional, Union\nfrom enum import Enum\n\n\n"
POINT = "class P:\n    def __init__(self, x: int):\n        self.x = x\n\n    def get(self) -> int:\n        return self.x\n\n\n"
ENUM = "class E(Enum):\n    A = 1\n    B = 2\n\n\n"
CASES = [
    (
        "from torch.jit import Future\n\n\ndef f(x: Union[int, Future[int]]) -> int:\n    return 1\n",
        """\
m.py:10:7: error: parameter 'x' of f is of type Union[Future[int], int], which callers of a compiled program cannot have
    def f(x: Union[int, Future[int]]) -> int:
          ^~~~~~~~~~~~~~~~~~~~~~~~~~
    hint: take or give the Future itself, or what it gives; a function that only others of the file call has a name that begins with an underscore""",
    ),
    (
        POINT + "def f(n: int) -> int:\n    return P(n).y\n",
        """\
m.py:16:12: error: P has no attribute 'y'
        return P(n).y
               ^~~~~~
    hint: it has x""",
    ),
    (
        POINT + "def f(n: int) -> int:\n    p = P(n)\n    p.y = 3\n    return p.x\n",
        """\
m.py:17:5: error: P has no attribute 'y'
        p.y = 3
        ^~~~~~~
    hint: attributes are made in __init__""",
    ),
    (
        POINT + "def f(n: int) -> int:\n    p = P(n)\n    p.x = 'a'\n    return p.x\n",
        """\
m.py:17:5: error: the attribute 'x' of P must be of type int, found str
        p.x = 'a'
        ^~~~~~~~~""",
    ),
    (
        POINT + "def f(n: int) -> bool:\n    return P(n) < P(2)\n",
        """\
m.py:16:12: error: '<' is not defined for P: the class has no __lt__
        return P(n) < P(2)
               ^~~~~~~~~~~
    hint: write a method __lt__""",
    ),
    (
        POINT + "def f(n: int) -> int:\n    return P()\n",
        """\
m.py:16:12: error: P needs a value for 'x'
        return P()
               ^~~
m.py:8:24: note: 'x' is declared here, without a default
        def __init__(self, x: int):
                           ^~~~~~""",
    ),
    (
        POINT + "def f(n: int) -> int:\n    return P.get(P(n))\n",
        """\
m.py:16:12: error: get is not a static method of P
        return P.get(P(n))
               ^~~~~
    hint: mark it @staticmethod, or call it on an instance""",
    ),
    (
        POINT + "class Q(P):\n    pass\n\n\ndef f(n: int) -> int:\n    return Q(n).x\n",
        """\
m.py:20:12: error: the class Q has a base class: inheritance of classes is not part of TorchScript
        return Q(n).x
               ^~~~
    hint: write out what it inherits, or hold an instance of the other class in an attribute""",
    ),
    (
        "class P:\n    def __init__(self, n: int):\n        if n > 2:\n            self.x = n\n\n\ndef f(n: int) -> int:\n    return P(n).x\n",
        """\
m.py:10:13: error: the first assignment to 'x' must not be inside a block or after a return
                self.x = n
                ^~~~~~~~~~
    hint: give it a value at the top level of __init__ first""",
    ),
    (
        "class P:\n    def __init__(self, n: int):\n        self.x = self.y\n        self.y = n\n\n\ndef f(n: int) -> int:\n    return P(n).x\n",
        """\
m.py:9:18: error: P has no attribute 'y'
            self.x = self.y
                     ^~~~~~
    hint: assign it at the top level of __init__ before it is used""",
    ),
    (
        "class P:\n    K = 3\n\n    def __init__(self, n: int):\n        self.x = n\n\n\ndef f(n: int) -> int:\n    return P(n).K\n",
        """\
m.py:15:12: error: 'K' is an attribute of the class P itself, which TorchScript does not read
        return P(n).K
               ^~~~~~
m.py:8:5: note: it is assigned here
        K = 3
        ^~~~~
    hint: assign it in __init__""",
    ),
    (
        POINT + "def f(n: int) -> int:\n    l = [P(n)]\n    l.sort()\n    return l[0].x\n",
        """\
m.py:17:5: error: a List[P] cannot be sorted: its elements have no order
        l.sort()
        ^~~~~~~~
    hint: write a method __lt__ of P""",
    ),
    (
        POINT + "def f(n: int) -> bool:\n    return P(n) in [P(n)]\n",
        """\
m.py:16:12: error: 'contains' is not defined for a List[P]: it compares elements
        return P(n) in [P(n)]
               ^~~~~~~~~~~~~~
    hint: write a loop""",
    ),
    (
        POINT + "def f(n: int) -> int:\n    if P(n):\n        return 1\n    return 2\n",
        """\
m.py:16:8: error: bool() is not defined for P: the class has no __bool__
        if P(n):
           ^~~~
    hint: write a method __bool__""",
    ),
    (
        POINT + "def f(n: int) -> int:\n    p: Optional[P] = None\n    return p.x\n",
        """\
m.py:17:12: error: 'x' is asked of a value of type Optional[P], which may be None
        return p.x
               ^~~
    hint: test it with 'is not None' first""",
    ),
    (
        "class E(Enum):\n    A = 1\n    B = 'x'\n\n\ndef f(n: int) -> int:\n    return E.A.value\n",
        """\
m.py:7:1: error: the values of the Enum E must be of one type
    class E(Enum):
    ^~~~~~~~~~~~~~
    hint: int, float or str""",
    ),
    (
        ENUM + "def f(n: int) -> int:\n    return E.C.value\n",
        """\
m.py:13:12: error: the Enum E has no member 'C'
        return E.C.value
               ^~~
    hint: it has A, B""",
    ),
    (
        ENUM + "def f(n: int) -> bool:\n    return E.A < E.B\n",
        """\
m.py:13:12: error: < does not take (Enum[E], Enum[E])
        return E.A < E.B
               ^~~~~~~~~
    hint: it is declared as lt(Tensor self, Tensor other) or lt(Tensor self, number other) or lt(int a, int b)""",
    ),
    (
        ENUM + "def f(n: int) -> bool:\n    return E.A == 1\n",
        """\
m.py:13:12: error: members of one Enum are compared, found Enum[E] and int
        return E.A == 1
               ^~~~~~~~""",
    ),
    (
        "def f(n: int) -> int:\n    x: Union[int, str] = n\n    return x + 1\n",
        """\
m.py:9:12: error: '+' does not take (Union[int, str], int)
        return x + 1
               ^~~~~
    hint: test the type of a value of type Union[int, str] with isinstance first""",
    ),
    (
        "def f(n: int) -> int:\n    x: Union[int, str] = 2.5\n    return 1\n",
        """\
m.py:8:26: error: 'x' must be of type Union[int, str], found float
        x: Union[int, str] = 2.5
                             ^~~""",
    ),
    (
        "def f(n: int) -> int:\n    x: Any = n\n    return x\n",
        """\
m.py:9:12: error: the result of f must be of type int, found Any
        return x
               ^
    hint: test its type with isinstance first""",
    ),
    (
        "def f(n: int) -> int:\n    return torch.jit.wait(n)\n",
        """\
m.py:8:12: error: wait takes a Future, found int
        return torch.jit.wait(n)
               ^~~~~~~~~~~~~~~~~""",
    ),
    (
        "class P:\n    def __init__(self, x: int):\n        self.x = x\n\n    def a(self) -> int:\n        return self.b()\n\n    def b(self) -> int:\n        return self.a()\n\n\ndef f(n: int) -> int:\n    return P(n).a()\n",
        """\
m.py:15:16: error: P.a calls itself; recursion is not part of TorchScript
            return self.a()
                   ^~~~~~~~
    hint: write a loop""",
    ),
    (
        "class P:\n    def __init__(self, x: int):\n        self.x = x\n\n    @property\n    def y(self) -> int:\n        return self.x\n\n\ndef f(n: int) -> int:\n    p = P(n)\n    p.y = 2\n    return p.y\n",
        """\
m.py:18:5: error: the property 'y' of P has no setter
        p.y = 2
        ^~~~~~~""",
    ),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_message(source: str, expected: str) -> None:
    with pytest.raises(CompileError) as caught:
        build(parse(SourceText("m.py", HEADER + source)))
    assert str(caught.value) == expected
