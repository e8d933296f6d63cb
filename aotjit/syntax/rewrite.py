"""Rebuilds a tree with some of its expressions replaced."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from aotjit.syntax import ast

N = TypeVar("N", bound=ast.Node)


def rewrite_expressions(root: N, change: Callable[[ast.Expr], ast.Expr]) -> N:
    """`root` with `change` applied to every expression, innermost first. Unchanged subtrees are shared."""
    fields: dict[str, Any] = {}
    for item in dataclasses.fields(root):
        if item.compare:
            old = getattr(root, item.name)
            new = _rewrite(old, change)
            if new is not old:
                fields[item.name] = new
    return dataclasses.replace(root, **fields) if fields else root


def _rewrite(value: object, change: Callable[[ast.Expr], ast.Expr]) -> object:
    if isinstance(value, ast.Node):
        result = rewrite_expressions(value, change)
        return change(result) if isinstance(result, ast.Expr) else result
    if isinstance(value, tuple):
        items = tuple([_rewrite(item, change) for item in value])
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value
