"""Random small programs over the whole language, each a function of scalars, a string, a list and two tensors that
returns what it changed. `patterns.py` holds what they are made of. A theme names the types that a program is about.

Programs may fail at run time (an index, a key), but seldom do. Numbers are multiples of small powers of two, so that
most sums and products are exact in any order.
"""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np

from tests.fuzz.patterns import (
    EXPRESSIONS,
    LEAVING,
    NESTED,
    PARAMETERS,
    PRELUDE,
    RESULTS,
    RETURNING,
    SIMPLE,
    THEMES,
    TYPES,
)

HOLE = re.compile(r"\{(=|new:|fresh)?([a-z_]*)(?::([a-z]))?\}")
NESTING = 2
"""Of blocks in blocks."""
Scope = dict[str, list[str]]


def _needs(pattern: str) -> set[str]:
    """The types of which variables must exist."""
    return {m[2] for m in HOLE.finditer(pattern) if m[1] == "="}


PATTERNS = (*SIMPLE, *NESTED, *LEAVING, *RETURNING, *(e for patterns in EXPRESSIONS.values() for e in patterns))
NEEDS = {p: _needs(p) for p in PATTERNS}
LEAVES = {kind: tuple(p for p in patterns if not HOLE.search(p)) for kind, patterns in EXPRESSIONS.items()}


class Writer:
    """Writes the function number `seed`."""

    def __init__(self, seed: int, theme: str) -> None:
        self.random = random.Random(f"{theme}{seed}")
        kinds = THEMES[theme]
        self.kinds = set(self.random.sample(kinds, min(len(kinds), self.random.randint(2, 6))))
        self.names = 0
        self.results = ""
        self.left = self.random.choice((1, 1, 2, 2, 2, 3, 3, 4, 7))
        self.depth = self.random.choice((1, 1, 2))
        self.statements = [p for p in SIMPLE if NEEDS[p] and NEEDS[p] <= self.kinds | {"int", "str"}
                           and NEEDS[p] & self.kinds] or list(SIMPLE)  # fmt: skip

    def function(self, name: str) -> str:
        scope: Scope = {}
        for parameter, kind in PARAMETERS.items():
            scope.setdefault(kind, []).append(parameter)
        lines: list[str] = []
        kinds = sorted(self.kinds)
        count = self.random.choice((1, 1, 2, 3))
        returned = [self.define(self.random.choice(kinds), scope, lines) for _ in range(count)]
        shown = [RESULTS.get(kind, "{v}").replace("{v}", variable) for kind, variable in returned]
        self.results = ", ".join([*shown, *(p for p, kind in PARAMETERS.items() if kind in self.kinds)])
        while self.left > 0:
            lines += self.statement(scope, False, NESTING)
        lines.append(f"return {self.results}")
        parameters = ", ".join(f"{p}: {TYPES[kind]}" for p, kind in PARAMETERS.items())
        return f"def {name}({parameters}):\n" + "".join(f"    {line}\n" for line in lines)

    def name(self) -> str:
        self.names += 1
        return f"v{self.names}"

    def define(self, kind: str, scope: Scope, lines: list[str]) -> tuple[str, str]:
        """A new variable, declared by the lines."""
        value = self.declared_value(kind, scope)
        variable = self.name()
        lines.append(f"{variable}: {TYPES[kind]} = {value}")
        scope.setdefault(kind, []).append(variable)
        return kind, variable

    def declared_value(self, kind: str, scope: Scope) -> str:
        """A declaration may be given what an expression of the type is not: None, or one member of a union."""
        choices = {"maybe": ("None", "{int}"), "maybe_mat": ("None", "{mat}"), "either": ("{int}", "{str}"),
                   "ints": ("[]", "{ints}", "{ints}"), "strs": ("[]", "{strs}", "{strs}"),
                   "boxes": ("[]", "{boxes}", "{boxes}")}  # fmt: skip
        if kind in choices and self.random.random() < 0.7:
            return self.fill(self.random.choice(choices[kind]), scope, self.depth)
        return self.expression(kind, scope, self.depth)

    # -- statements ---------------------------------------------------------------------------------------------------

    def statement(self, scope: Scope, loop: bool, nesting: int) -> list[str]:
        """The lines of one statement, with the definitions that it needs before it."""
        self.left -= 1
        chance = self.random.random()
        lines: list[str] = []
        if nesting > 0 and chance < 0.22:
            patterns = [p for p in NESTED if NEEDS[p] <= self.kinds]
        elif loop and chance < 0.3:
            patterns = list(LEAVING)
        elif chance < 0.34 and self.results and nesting > 0:
            patterns = list(RETURNING)
        elif chance < 0.5:
            kind = self.random.choice(sorted(self.kinds & {k for k in scope if scope[k]} or {"int"}))
            return [f"{self.random.choice(scope[kind])} = {self.expression(kind, scope, self.depth)}"]
        elif chance < 0.58:
            self.define(self.random.choice(sorted(self.kinds)), scope, lines)
            return lines
        else:
            patterns = self.statements
        pattern = self.random.choice(patterns)
        for kind in sorted(NEEDS[pattern]):
            if not scope.get(kind):
                self.define(kind, scope, lines)
        return lines + self.lines(pattern, scope, nesting, loop)

    def lines(self, pattern: str, scope: Scope, nesting: int, loop: bool) -> list[str]:
        inner = {kind: list(names) for kind, names in scope.items()}
        labels: dict[str, str] = {}
        result: list[str] = []
        for line in pattern.split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            if line.strip() in ("{block}", "{loop}"):
                body = self.block(inner, nesting - 1, loop or line.strip() == "{loop}")
                result += [indent + text for text in body]
            else:
                result.append(indent + self.fill(line.strip(), inner, self.depth, labels))
        return result

    def block(self, scope: Scope, nesting: int, loop: bool) -> list[str]:
        own = {kind: list(names) for kind, names in scope.items()}
        lines: list[str] = []
        for _ in range(self.random.choice((1, 1, 2))):
            lines += self.statement(own, loop, nesting)
        return lines

    # -- expressions --------------------------------------------------------------------------------------------------

    def expression(self, kind: str, scope: Scope, depth: int) -> str:
        """An expression of the type: a variable, or a pattern whose variables exist."""
        names = scope.get(kind, [])
        if names and (depth <= 0 or self.random.random() < 0.3):
            return self.random.choice(names)
        usable = [p for p in EXPRESSIONS[kind] if all(scope.get(need) for need in NEEDS[p])]
        if depth <= 0 and LEAVES[kind]:
            usable = list(LEAVES[kind])
        if not usable:
            return self.random.choice(names) if names else "torch.jit.annotate(" + TYPES[kind] + ", None)"
        return self.fill(self.random.choice(usable), scope, depth - 1)

    def fill(self, pattern: str, scope: Scope, depth: int, labels: dict[str, str] | None = None) -> str:
        """The pattern with its holes filled; `new` names are put into the scope once the whole line is written."""
        known = {} if labels is None else labels
        made: list[tuple[str, str]] = []
        text = re.sub(r"\}\}(?!\})", "\1", pattern.replace("{{", "\0"))

        def fill_hole(match: re.Match[str]) -> str:
            how, kind, label = match.groups()
            if how is None and kind in known:
                return known[kind]
            if how is None:
                return self.results if kind == "results" else self.expression(kind, scope, depth)
            if how == "=":
                value = self.random.choice([n for n in scope[kind] if n not in known.values()] or scope[kind])
            else:
                value = self.name()
            if how == "new:":
                made.append((kind, value))
            if label:
                known[label] = value
            return value

        for match in HOLE.finditer(text):  # a comprehension uses its variable before it names it
            if match[3] and match[3] not in known and match[1] == "fresh":
                known[match[3]] = self.name()
        text = re.sub(r"\{fresh:([a-z])\}", r"{\1}", text)
        text = HOLE.sub(fill_hole, text)
        for kind, value in made:
            scope.setdefault(kind, []).append(value)
        return text.replace("\0", "{").replace("\1", "}")


def function(seed: int, theme: str) -> str:
    """The text of one function, named f<seed>, which needs the PRELUDE before it."""
    return Writer(seed, theme).function(f"f{seed}")


def arguments(seed: int) -> tuple[Any, ...]:
    """Arguments for the functions."""
    draw = random.Random(seed)
    text = "".join(draw.choice("abl Z9,") for _ in range(draw.randrange(6)))
    ints = [draw.randrange(-4, 9) for _ in range(draw.choice((0, 1, 3, 4)))]
    tensors = [np.array([draw.randrange(-8, 9) / 4 for _ in range(9)], np.float32).reshape(3, 3) for _ in range(2)]
    return draw.randrange(-3, 12), draw.randrange(0, 5), draw.choice([0.5, -1.25, 3.0, 7.75]), text, ints, *tensors


__all__ = ["PRELUDE", "THEMES", "arguments", "function"]
