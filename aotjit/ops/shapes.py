"""Shape signatures: which ranks, sizes and element types of an operator's tensors must fit together, as text.

    input:t[... k], weight:t[n k], bias:t[n] -> :t[... n]

says that the weight has two dims, that the input's last one is as long as the weight's second, that all have one
element type, and what the result looks like. `...` stands for any number of dims, the same ones wherever it is written.
Names are variables of one call; integers, and element types such as `i64`, mean themselves: `i64` is what an argument
gets where nothing else is said of it. Without brackets nothing is said of the shape; arguments that are not named are
free.

Alternatives are separated by `;`: one of them holds, and it is known which when only one fits the known ranks. The form
follows numpy's generalised ufunc signatures (https://numpy.org/doc/stable/reference/c-api/generalized-ufuncs.html).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from aotjit.dtypes import DTYPE_BY_TEXT
from aotjit.ops.opdef import Arguments

MOST_DIMS = 16
"""Of a tensor at run time (AJ_MAX_RANK)."""

_TERM = re.compile(r"\s*(\w*)(?::(\w+))?(?:\[([^\]]*)\])?\s*")


@dataclass(frozen=True)
class Pattern:
    """One tensor: `first` dims, then any number where `is_open`, then `last` ones. `first` is None when nothing is said
    of the shape."""

    dtype: str | None
    first: tuple[str, ...] | None
    last: tuple[str, ...] = ()
    is_open: bool = False

    @property
    def least(self) -> int:
        """The lowest rank it allows."""
        return len(self.first or ()) + len(self.last)

    def allows(self, rank: int) -> bool:
        return self.first is None or rank == self.least or (self.is_open and rank > self.least)


@dataclass(frozen=True)
class ShapeSignature:
    """One alternative: patterns of arguments by name, and of the results in order."""

    arguments: dict[str, Pattern]
    results: tuple[Pattern, ...]


@cache
def parse_shapes(text: str) -> tuple[ShapeSignature, ...]:
    """The alternatives that `text` states. ValueError where it is none."""
    return tuple(map(_alternative, text.split(";"))) if text.strip() else ()


def _alternative(text: str) -> ShapeSignature:
    left, _, right = text.partition("->")
    return ShapeSignature(dict(_terms(left, text)), tuple(p for _, p in _terms(right, text)))


def _terms(text: str, whole: str) -> Sequence[tuple[str, Pattern]]:
    result = []
    for term in text.split(",") if text.strip() else ():
        match = _TERM.fullmatch(term)
        if match is None:
            raise ValueError(f"not a shape signature: {term!r} in {whole!r}")
        result.append((match[1], _pattern(match[2], match[3])))
    return result


def _pattern(dtype: str | None, dims: str | None) -> Pattern:
    if dims is None:
        return Pattern(dtype, None)
    names = tuple(dims.split())
    if "..." not in names:
        return Pattern(dtype, names)
    at = names.index("...")
    return Pattern(dtype, names[:at], names[at + 1 :], is_open=True)


def is_variable(dtype: str) -> bool:
    """The element type is a variable of the call."""
    return dtype not in DTYPE_BY_TEXT


def one_dim(more: bool) -> Callable[[Arguments], str]:
    """The signature of a view that puts a dim into `self`, or takes one away, at the constant place `dim`."""

    def signature(args: Arguments) -> str:
        dim = args.constant("dim")
        if not isinstance(dim, int) or abs(dim) > MOST_DIMS:
            return ""
        before, after = _names("a", dim), _names("b", -dim - 1)
        small = [*before, "...", *after]
        one = "1" if more else "one"
        large = [*before, one, "...", *after] if dim >= 0 else [*before, "...", one, *after]
        given, result = (small, large) if more else (large, small)
        return f"self[{' '.join(given)}] -> [{' '.join(result)}]"

    return signature


def has_dim(args: Arguments) -> str:
    """The signature of a question about the constant place `dim`: `self` has one there."""
    dim = args.constant("dim")
    if not isinstance(dim, int) or abs(dim) > MOST_DIMS:
        return ""
    names = _names("a", dim + 1 if dim >= 0 else -dim)
    return f"self[{' '.join([*names, '...'] if dim >= 0 else ['...', *names])}]"


def _names(letter: str, count: int) -> list[str]:
    return [f"{letter}{i}" for i in range(count)]
