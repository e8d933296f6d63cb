"""Which names syntax mentions: what of a file's top level has to run before a module is compiled."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator

from aotjit.syntax import ast

_DRAWING = frozenset(
    ("rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "rand_like", "randn_like",
     "randint_like", "uniform_", "normal_", "random_", "exponential_", "bernoulli_")
)  # fmt: skip


def nodes(node: ast.Node) -> Iterator[ast.Node]:
    """The node and all below it."""
    yield node
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            for inner in item if isinstance(item, tuple) else (item,):
                if isinstance(inner, ast.Node):
                    yield from nodes(inner)


def mentions(node: ast.Node, names: Collection[str]) -> bool:
    """Is one of the names read or written in it?"""
    return bool(names) and any(isinstance(n, ast.Name) and n.id in names for n in nodes(node))


def draws(node: ast.Node) -> bool:
    """Does it call something that takes random numbers from torch's generator?"""
    return any(
        isinstance(n, ast.Call) and isinstance(n.function, ast.Attribute) and n.function.name in _DRAWING
        for n in nodes(node)
    )
