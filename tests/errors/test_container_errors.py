"""Exact texts of what is refused about containers, text and formats."""

from __future__ import annotations

import pytest

from aotjit.diagnostics import CompileError, SourceText
from aotjit.sema import build
from aotjit.syntax.parse import parse

HEADER = "from typing import Dict, List, Tuple\n"
CASES = {
    "def f(d: Dict[str, int]):\n    return d[1]\n": (
        "m.py:3:14: error: a key of this dict must be of type str, found int"
    ),
    "def f():\n    return {'a': 1, 2: 3}\n": (
        "m.py:3:12: error: the keys of a dict have one type; here are str and int"
    ),
    "def f():\n    return len([1, 'a'][0])\n": "m.py:3:12: error: len does not take (Union[int, str])",
    "def f():\n    return {(1, 2): 3}\n": (
        "m.py:3:12: error: a dict with keys of type Tuple[int, int] is not part of TorchScript"
    ),
    "def f(d: Dict[Tuple[int, int], str]):\n    return d\n": (
        "m.py:2:10: error: a dict with keys of type Tuple[int, int] is not part of TorchScript"
    ),
    "def f(d: Dict[str, int]):\n    d['a'] = 1.5\n": (
        "m.py:3:5: error: a value of this dict must be of type int, found float"
    ),
    "def f(d: Dict[str, int]):\n    d['a':'b']\n": "m.py:3:7: error: a dict has no slices",
    "def f(x: List[int]):\n    del x[0:1]\n": "m.py:3:9: error: deleting a slice is not part of TorchScript",
    "def f(n: int):\n    del n\n    return n\n": "m.py:4:12: error: 'n' was deleted",
    "def f():\n    return '%5d' % 3\n": "m.py:3:12: error: '%5' is not part of TorchScript's formats",
    "def f():\n    return '%d %d' % (1,)\n": "m.py:3:12: error: the format has 2 fields and 1 values",
    "def f(s: str):\n    return '%d' % s\n": "m.py:3:12: error: '%d' formats an int or a float, found str",
    "def f(x: List[List[int]]):\n    x.sort()\n": (
        "m.py:3:5: error: a List[List[int]] cannot be sorted: its elements have no order"
    ),
    "def f(x: List[int]):\n    with x:\n        pass\n": (
        "m.py:3:10: error: 'with' and a value of type List[int] is not compiled by this version of aotjit"
    ),
}


@pytest.mark.parametrize("source", CASES)
def test_text(source: str) -> None:
    with pytest.raises(CompileError) as caught:
        build(parse(SourceText("m.py", HEADER + source)))
    assert str(caught.value).split("\n")[0] == CASES[source]
