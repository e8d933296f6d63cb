"""The kinds of random programs: what writes the function number `seed` of each, and the arguments for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fuzz import check, classes, compiled, containers, generate, language


@dataclass(frozen=True)
class Kind:
    """`function(seed)` is the text of a function named f<seed>; `header` goes before all of a file."""

    header: str
    function: Callable[[int], str]
    arguments: Callable[[int], tuple[Any, ...]]
    share: float = 1.0
    """How many run for each program of the others."""

    def source(self, seeds: list[int]) -> str:
        return self.header + "\n\n".join(self.function(seed) for seed in seeds)


def _tensors(seed: int) -> str:
    return generate.program(seed).partition("\n\n")[2].replace("def f(", f"def f{seed}(")


def _instances(seed: int) -> str:
    return classes.function(seed).replace("def f(", f"def f{seed}(")


def _themed(theme: str) -> Kind:
    return Kind(language.PRELUDE, lambda seed: language.function(seed, theme), language.arguments)


LONG = 0.1
KINDS: dict[str, Kind] = {theme: _themed(theme) for theme in language.THEMES} | {
    "long tensor programs": Kind(compiled.HEADER, _tensors, lambda seed: tuple(check.arguments(seed)), LONG),
    "long class programs": Kind(classes.PRELUDE, _instances, lambda seed: tuple(check.arguments(seed)), LONG),
    "long container programs": Kind(containers.HEADER, containers.function, containers.arguments, LONG),
}
