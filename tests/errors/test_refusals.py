"""What torch.jit refuses of Python (column "no" of the language's table): each refusal has its place and says what to
write instead."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from aotjit.diagnostics import CompileError, SourceText
from aotjit.sema import BuildOptions, build
from aotjit.syntax.parse import parse

HEADER = """\
import math, parts, random
import torch
from torch import Tensor, nn
from typing import Dict, List, Optional, Tuple

SIZE = 5


def two(a: int, b: int) -> int:
    return a + b


"""
MODULE = """\
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.ml = nn.ModuleList([nn.ReLU(), nn.ReLU()])
        self.l0 = nn.ReLU()

    def forward(self, x: Tensor, i: int):
"""
FUNCTIONS = {
    "(n: int):\n    return b'abc'": ("2:12", "'bytes' is not part of TorchScript", "use a str"),
    "(n: int):\n    return {1, n}": ("2:12", "'set' is not part of TorchScript", "keys of a Dict"),
    "(x: List[int]):\n    return set(x)": ("2:12", "set() is not part of TorchScript", "keys of a Dict"),
    "(x: List[int]):\n    return reversed(x)": ("2:12", "reversed() is not part of TorchScript", "x[::-1]"),
    "(x: List[int]):\n    return map(str, x)": ("2:12", "map() is not part of TorchScript", "list comprehension"),
    "(x: List[int]):\n    return list(filter(None, x))": ("2:17", "filter() is not part of TorchScript", "a loop"),
    "(n: int):\n    return type(n)": ("2:12", "type() is not part of TorchScript", "isinstance"),
    "(n: int):\n    return callable(n)": ("2:12", "callable() is not part of TorchScript", "by its name"),
    "(x: List[int]):\n    return hash(x)": ("2:12", "a List[int] has no hash", "tuples"),
    "(x: int):\n    return id(x)": ("2:12", "id takes an instance of a class, found int", "use hash"),
    "(x: float):\n    return math.log2(x)": ("2:12", "math.log2 is not part of TorchScript", "math.log(x, 2)"),
    "(x: float):\n    return math.trunc(x)": ("2:12", "math.trunc is not part of TorchScript", "int(x)"),
    "(x: float):\n    return math.hypot(x, x)": ("2:12", "math.hypot is not part of TorchScript", "math.sqrt"),
    "(x: List[int]):\n    return math.prod(x)": ("2:12", "math.prod is not part of TorchScript", "a loop"),
    "(x: float):\n    return math.isclose(x, x)": ("2:12", "math.isclose is not part of TorchScript", "abs(a - b)"),
    "(d: Dict[Tuple[int, int], int]):\n    return 1": ("1:10", "a dict with keys of type Tuple[int, int] is not part of TorchScript", "keys are"),
    "(s: torch.Size):\n    return s": ("1:10", "unknown type 'torch.Size'", "List[int]"),
    "(m: nn.Module):\n    return 1": ("1:10", "unknown type 'torch.nn.Module'", "self.name"),
    "(*args: int):\n    return 1": ("1:7", "'*args' and '**kwargs' are not part of TorchScript", "take a list"),
    "(**kw: int):\n    return 1": ("1:7", "'*args' and '**kwargs' are not part of TorchScript", "take a list"),
    "(x: List[int] = [1]):\n    return x": ("1:22", "the default of 'x' is a list, which calls would share: TorchScript has no such defaults", "None and the value in the function"),
    "(x: Dict[str, int] = {}):\n    return x": ("1:27", "the default of 'x' is a dict, which calls would share: TorchScript has no such defaults", "None and the value in the function"),
    "(x: Tuple[int, List[int]] = (1, [2])):\n    return x": ("1:38", "the default of 'x' is a list, which calls would share: TorchScript has no such defaults", "a List may have a tuple"),
    "(n: int) -> Optional[int]:\n    if n > 1:\n        return n": ("1:1", "f does not return a value on every path", "add a return"),
    "(x, y=-3):\n    return x": ("1:10", "'y' has no annotation, which makes it a Tensor, and its default is of type int", "write y: int = ..."),
    "(n: int, *, k: int = 3):\n    return n": ("1:18", "a keyword-only parameter with a default is not part of TorchScript", "leave the default away"),
    "(x: Tensor):\n    held = [x]\n    x.t_()\n    return held": ("3:5", "this changes the shape of a tensor that something else refers to: it is held, in line 14", "x = x.unsqueeze(0)"),
    "(x: Tensor):\n    y = x.contiguous()\n    y.t_()\n    return x": ("3:5", "this changes the shape of a tensor that something else refers to: what it was before is used afterwards", "x = x.unsqueeze(0)"),
    "(x: Tensor):\n    return torch.stack([x, x.t_()])": ("2:28", "this changes the shape of a tensor that something else refers to: what it was before is used afterwards, in line 14", "x = x.unsqueeze(0)"),
    "(x: List[Tensor]):\n    x[0].squeeze_()\n    return x": ("2:5", "this changes the shape of a tensor that something else refers to: it was taken out of something", "x = x.unsqueeze(0)"),
    "(x: Tensor):\n    y = (x, 1)\n    x.t_()\n    return y": ("3:5", "this changes the shape of a tensor that something else refers to: the tuple 'y' holds it", "x = x.unsqueeze(0)"),
    "(n: int):\n    n //= 2\n    return n": ("2:5", "'//=' is not part of TorchScript", "a = a // b"),
    "(x: Tensor):\n    x @= x\n    return x": ("2:5", "'@=' is not part of TorchScript", "a = a @ b"),
    "(n: int):\n    try:\n        n = 3\n    except Exception:\n        n = 4\n    return n": ("2:5", "'try' is not part of TorchScript", "test before"),
    "(n: int):\n    for i in range(n):\n        pass\n    else:\n        n = 3\n    return n": ("2:5", "'else' of a loop is not part of TorchScript", "flag"),
    "(n: int):\n    while n > 3:\n        n -= 1\n    else:\n        n = 3\n    return n": ("2:5", "'else' of a loop is not part of TorchScript", "flag"),
    "(n: int):\n    def g(b: int):\n        return b\n    return 1": ("2:5", "a function inside a function is not part of TorchScript", "move it"),
    "(n: int):\n    class A:\n        pass\n    return 1": ("2:5", "a class inside a function is not part of TorchScript", "move it"),
    "(n: int):\n    import os\n    return n": ("2:5", "an import inside a function is not part of TorchScript", "move it"),
    "(n: int):\n    g = lambda b: b\n    return n": ("2:9", "'lambda' is not part of TorchScript", "write a function"),
    "(n: int):\n    return (b := n)": ("2:13", "'assignment expression' is not part of TorchScript", "assign"),
    "(n: int):\n    match n:\n        case 1:\n            return 3\n    return 4": ("2:5", "'match' is not part of TorchScript", "elif"),
    "(n: int):\n    global Q\n    return n": ("2:5", "'global' is not part of TorchScript", "argument"),
    "(n: int):\n    yield n": ("2:5", "'yield' is not part of TorchScript", "append"),
    "(n: int):\n    b: int\n    return n": ("2:5", "an annotation without a value is not part of TorchScript", "give it a value"),
    "(x: List[int]):\n    x[0:2] = [1, 2]\n    return x": ("2:5", "changing a slice of a list is not part of TorchScript", "one by one"),
    "(x: List[int]):\n    del x[0:2]\n    return x": ("2:9", "deleting a slice is not part of TorchScript", "one by one"),
    "(x: List[int]):\n    return [i for i in x if i > 1]": ("2:12", "a comprehension with if is not part of TorchScript", "a loop"),
    "(x: List[int]):\n    return {i: i for i in x if i > 1}": ("2:12", "a comprehension with if is not part of TorchScript", "a loop"),
    "(x: List[int]):\n    return [i + j for i in x for j in x]": ("2:12", "a comprehension with for is not part of TorchScript", "nested loops"),
    "(n: int):\n    return ~n": ("2:12", "'~' is not defined for int", "-x - 1"),
    "(x: float):\n    return f'{x:.2f}'": ("2:15", "a format specification in an f-string is not part of TorchScript", "str(x)"),
    "(s: str):\n    return f'{s!r}'": ("2:15", "a format specification in an f-string is not part of TorchScript", "str(x)"),
    "(s: str):\n    return s * 3": ("2:12", "'*' is not defined for str and int", "''.join"),
    "(s: str):\n    return 3 * s": ("2:12", "'*' is not defined for int and str", "''.join"),
    "(x: Tensor):\n    t = (0, 1)\n    return x[t]": ("3:14", "a tensor cannot be indexed with a value of type Tuple[int, int]", "x[i, j]"),
    "(x: Tensor):\n    return x[True]": ("2:14", "a tensor cannot be indexed with a bool", "mask"),
    "(x: List[int]):\n    return two(*x)": ("2:16", "a value of type List[int] cannot be unpacked here: its length is not known", "index"),
    "(x: List[int]):\n    return [*x]": ("2:13", "'*' cannot stand here", "joined with +"),
    "(x: List[int]):\n    a, *b = x\n    return b": ("2:8", "'*' takes what is left of a tuple: the length of a list is not known", "slices"),
    "(d: Dict[str, int]):\n    return {**d}": ("2:12", "'** in a dict' is not part of TorchScript", "update"),
    "(d: Dict[str, int]):\n    return two(**d)": ("2:16", "'** argument' is not part of TorchScript", "name=value"),
    "(n: Optional[int]):\n    return n != None": ("2:12", "!= does not take (Optional[int], None)", "'is not None'"),
    "(n: Optional[int]):\n    if n:\n        return 1\n    return 0": ("2:8", "a value of type Optional[int] cannot be used as a condition", "'is not None'"),
    "(n: int):\n    return n + SIZE": ("2:16", "the global variable 'SIZE' cannot be used in a compiled function", "argument"),
    "(n: int):\n    raise 'x'": ("2:11", "a value of type str cannot be raised: it is no exception", "ValueError('text')"),
    "(n: int):\n    raise n": ("2:11", "a value of type int cannot be raised: it is no exception", "ValueError('text')"),
    "(x: Tensor):\n    return x.cuda()": ("2:12", "Tensor.cuda: device 'cuda' is not supported", "only the CPU is"),
    "(x: Tensor):\n    return x.type('torch.DoubleTensor')": ("2:12", "Tensor.type takes a dtype, found str", "x.to(torch.float64)"),
    "(x: Tensor):\n    return torch.add(x, x, out=3)": ("2:12", "torch.add takes a Tensor as 'out' where its result is one, found int", "give a tensor"),
    "(x: Tensor):\n    return torch.sort(x, out=x)": ("2:12", "torch.sort takes a Tensor as 'out' where its result is one, found Tensor", "copy_"),
    "(x: Tensor):\n    return twice(x)\n\nasync def twice(x: Tensor):\n    return x + x": ("4:1", "'async' is not part of TorchScript", "torch.jit.fork"),
    "(n: int):\n    return 'a' + n": ("2:12", "'+' does not take (str, int)", "str(...)"),
    "(x: Tensor):\n    return F.relu(x)": ("2:12", "undefined name 'F'", "import torch.nn.functional as F"),
    "(n: int):\n    return np.zeros(n)": ("2:12", "undefined name 'np'", "functions of torch"),
    "(x: Tensor):\n    x.note = 3\n    return x": ("2:5", "attributes of a value of type Tensor cannot be assigned", "an instance of a class"),
    "(t: Tuple[int, str], i: int):\n    return t[i]": ("2:14", "a tuple of several types is indexed with an int literal", "list"),
    "(t: Tuple[int, int]):\n    t[0] = 1\n    return t": ("2:5", "items of a value of type Tuple[int, int] cannot be changed", "make a new one"),
    "(s: str):\n    s[0] = 'a'\n    return s": ("2:5", "items of a value of type str cannot be changed", "make a new one"),
    "(s: str):\n    return s.uper()": ("2:12", "str has no method 'uper'", "'upper'"),
    "(x: frozenset):\n    return x": ("1:10", "unknown type 'frozenset'", "Dict[..., bool]"),
    "(x: Dict):\n    return x": ("1:10", "typing.Dict needs the types of its elements", "as in Dict[str, int]"),
    "(x: Tuple[int, ...]):\n    return x": ("1:10", "a tuple of any length is not part of TorchScript", "write List[...]"),
    "(n: int):\n    return random.randint(1, n)": ("2:12", "random.randint is not part of TorchScript", "torch.randint"),
    "(s: str):\n    return s.removeprefix('a')": ("2:12", "str.removeprefix is not part of TorchScript", "s.startswith(p)"),
    "(n: int):\n    return parts.halve(n)": ("2:12", "parts.halve is in another file, which is not read", "into this file"),
    "(n: int):\n    return torch.finfo(torch.float32)": ("2:12", "torch.finfo is not part of TorchScript", "write the number"),
    "(x: Tensor):\n    return x.numpy()": ("2:12", "Tensor.numpy is not part of TorchScript", "return the tensor"),
    "(x: List[str]):\n    x.sort(key=len)": ("2:12", "List.sort has no argument 'key' in TorchScript", "__lt__"),
    "(x: float):\n    return round(x, 2)": ("2:12", "round does not take (float, int)", "round(x * 100.0) / 100.0"),
    "(n: int):\n    return pow(n, 2, 5)": ("2:12", "pow does not take (int, int, int)", "(a ** b) % m"),
    "(x: List[int]):\n    return sum(x, 5)": ("2:12", "sum does not take (List[int], int)", "add the start"),
    "(x: List[List[int]]):\n    return [1] in x": ("2:12", "in does not take (List[List[int]], List[int])", "write a loop"),
    "(d: Dict[str, int]):\n    return sorted(d)": ("2:12", "sorted does not take (Dict[str, int])", "d.keys()"),
    "(d: Dict[str, int]):\n    for k, v in d:\n        pass": ("2:5", "a value of type str cannot be unpacked here: its length is not known", "d.items()"),
    "(x: List[int]):\n    return zip(x, x)": ("2:12", "zip(...) cannot be used as a value here", "list(...)"),
    "(n: int):\n    return n if n > 1 else 'a'": ("2:12", "both values of a conditional expression have one type; here are int and str", "one type"),
    "(n: int = None):\n    return n": ("1:7", "the default of 'n' must be of type int, found None", "n: Optional[int] = None"),
    "(n: int) -> int:\n    return f(n - 1)": ("2:12", "f calls itself; recursion is not part of TorchScript", "loop"),
}
METHODS = {
    "        return super().forward(x)": ("1:16", "super() is not part of TorchScript", "another name"),
    "        return self.ml[i](x)": ("1:24", "a ModuleList is indexed with a literal", "loop over it"),
    "        for m in self.ml:\n            x = m(x)\n            break\n        return x": ("3:13", "'break' in a loop over modules or a tuple is not part of TorchScript: it is unrolled", "return"),
    "        for m in self.ml:\n            if i > 1:\n                continue\n            x = m(x)\n        return x": ("3:17", "'continue' in a loop over modules or a tuple is not part of TorchScript: it is unrolled", "return"),
    "        for n, p in self.named_parameters():\n            x = x + p\n        return x": ("1:21", "named_parameters() is not part of TorchScript", "one by one"),
    "        return 'l0' in self.ml": ("1:16", "'in' asks for a key of a ModuleDict", "compare"),
}


def refused(header: str, source: str, entry: str) -> list[str]:
    with pytest.raises(CompileError) as caught:
        build(parse(SourceText("m.py", header + source)), BuildOptions(entry=entry))
    return str(caught.value).split("\n")


def check(lines: list[str], header: str, place: str, message: str, hint: str) -> None:
    """`place` counts lines from the end of the header."""
    line, column = place.split(":")
    assert lines[0] == f"m.py:{int(line) + header.count(chr(10))}:{column}: error: {message}"
    assert lines[2].strip().startswith("^")
    assert lines[3].startswith("    hint: ") and hint in lines[3]


@pytest.mark.parametrize("source", FUNCTIONS)
def test_functions(source: str) -> None:
    check(refused(HEADER, f"def f{source}\n", "f"), HEADER, *FUNCTIONS[source])


@pytest.mark.parametrize("body", METHODS)
def test_methods(body: str) -> None:
    check(refused(HEADER + MODULE, body + "\n", "M()"), HEADER + MODULE, *METHODS[body])


def test_attributes_that_tensors_have_not() -> None:
    lines = refused("", "from torch import Tensor\n\ndef f(x: Tensor):\n    return x.foo\n", "f")
    assert lines[0] == "m.py:4:12: error: a value of type Tensor has no attribute 'foo'"


@pytest.mark.parametrize(("call", "message"), [
    ("self.one(x, self.part)", "one takes 1 arguments, 2 are given"),
    ("self.one(x, y=self.part)", "one has no parameter 'y'"),
])  # fmt: skip
def test_modules_that_no_parameter_takes(call: str, message: str) -> None:
    text = f"""from torch import Tensor, nn

class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = nn.ReLU()

    def one(self, x: Tensor) -> Tensor:
        return x

    def forward(self, x: Tensor) -> Tensor:
        return {call}
"""
    assert refused("", text, "M()")[0] == f"m.py:12:16: error: {message}"
