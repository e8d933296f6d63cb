"""Random programs about instances: aliases, fields that are read, written and changed in place, lists of instances,
methods, sorting. The classes are the same in all programs (PRELUDE); what is random is what happens to instances."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from tests.fuzz.generate import Generator, Scope

PRELUDE = '''import torch
from typing import List, Optional, Union


class Inner:
    def __init__(self, n: int):
        self.n = n

    def grow(self, k: int) -> int:
        self.n += k
        return self.n


class Box:
    def __init__(self, n: int, t: torch.Tensor, s: float = 0.5):
        self.n = n
        self.t = t
        self.s = s
        self.ns: List[int] = [n]
        self.inner = Inner(n)
        self.last = torch.jit.annotate(Optional[torch.Tensor], None)

    def add(self, k: int) -> int:
        self.n += k
        self.ns.append(self.n)
        return len(self.ns)

    def keep(self, t: torch.Tensor) -> torch.Tensor:
        last = self.last
        self.last = t
        if last is not None:
            return last + t
        return t

    def swap(self, other: "Box") -> None:
        t = self.t
        self.t = other.t
        other.t = t
        inner = self.inner
        self.inner = other.inner
        other.inner = inner

    @property
    def doubled(self) -> int:
        return self.n * 2

    def __add__(self, other: "Box") -> "Box":
        return Box(self.n + other.n, self.t + other.t, self.s)

    def __lt__(self, other: "Box") -> bool:
        return self.n < other.n

    def __len__(self) -> int:
        return len(self.ns)


def _label(x: Union[int, float, str]) -> int:
    if isinstance(x, int):
        return x
    elif isinstance(x, float):
        return 1 if x > 0.0 else -1
    return len(x)

'''


class ClassGenerator(Generator):
    """Also writes statements about `Box` instances; the list `boxes` is never empty."""

    def program(self) -> str:
        text = super().program().partition("\n\n")[2]
        start = "    tss: List[List[torch.Tensor]] = [ts]\n"
        return text.replace(start, start + "    p = Box(n, x)\n    q = Box(k, y, s)\n    boxes = [p, q, p]\n", 1)

    def statement(self, scope: Scope, depth: int, loop: bool) -> None:
        if not scope.of("Box"):
            scope.of("Box").extend(["p", "q"])
        if self.random.random() < 0.5:
            super().statement(scope, depth, loop)
        else:
            self.instance_statement(scope, depth)

    def box(self, scope: Scope) -> str:
        return self.random.choice([*scope.of("Box"), "boxes[-1]", "boxes[0]", "boxes[k % len(boxes)]"])

    def instance_statement(self, scope: Scope, depth: int) -> None:
        one, two, own = self.box(scope), self.box(scope), self.random.choice(scope.of("Box"))
        number = self.integer(scope, 2)
        texts = [
            f"{one}.n = {number}",
            f"{one}.n += {number}",
            f"{one}.s = {self.real(scope, 2)}",
            f"{one}.t = {self.matrix(scope, 2)}",
            f"{one}.t[0] = {two}.t[1] * 0.5",
            f"{one}.t *= 0.5",
            f"{one}.ns.append({number})",
            f"{one}.add({number})",
            f"{one}.inner.grow({two}.inner.n)",
            f"{one}.inner = {two}.inner",
            f"{one}.swap({two})",
            f"boxes.append({one})",
            f"boxes[0] = {one}",
            f"{own} = {one}",
            f"{own} = {one} + {two}",
            f"{own} = Box({number}, {self.matrix(scope, 1)}, s=0.25)",
            f"{own}.t = {one}.keep({two}.t)",
            "boxes.sort()",
            "boxes = sorted(boxes)",
            "boxes.reverse()",
        ]
        self.emit(depth, self.random.choice(texts))

    def integer(self, scope: Scope, depth: int) -> str:
        if self.random.random() < 0.75 or not scope.of("Box"):
            return super().integer(scope, depth)
        one = self.box(scope)
        texts = (f"{one}.n", f"{one}.doubled", f"len({one})", f"{one}.ns[-1]", f"{one}.inner.n", f"_label({one}.s)",
                 f"_label({one}.n)", "_label('abc')")  # fmt: skip
        return self.random.choice(texts)

    def boolean(self, scope: Scope, depth: int) -> str:
        if self.random.random() < 0.85 or not scope.of("Box"):
            return super().boolean(scope, depth)
        one, two = self.box(scope), self.box(scope)
        return self.random.choice((f"{one} < {two}", f"{one} is {two}", f"{one} is not {two}", f"{one}.last is None"))

    def results(self, scope: Scope) -> str:
        parts = ["p.n", "q.s", "p.t", "[each.n for each in boxes]", "[each.t for each in boxes]", "boxes[-1].ns"]
        return ", ".join([super().results(scope), *parts, "q.inner.n"])


def function(seed: int, size: int = 14) -> str:
    """The function `f` of the program number `seed`, which needs the PRELUDE before it."""
    return ClassGenerator(seed, size).program()


def batch(first: int, count: int) -> str:
    """The programs as functions f<seed> of one file."""
    return PRELUDE + "\n\n".join(function(s).replace("def f(", f"def f{s}(") for s in range(first, first + count))


def load(source: str, folder: Path, name: str) -> ModuleType:
    """The source as a module of Python, which torch.jit.script reads."""
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
