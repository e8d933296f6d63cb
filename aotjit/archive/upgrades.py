"""Operators whose meaning changed: an archive older than the change still means the old one.

An archive's version is the highest among the operators it uses, so a file that torch wrote recently needs none of
this. The table follows torch/csrc/jit/operator_upgraders: an operator, the first version with today's meaning, and
what to do with a call in an older file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from aotjit.syntax import ast
from aotjit.syntax.rewrite import rewrite_expressions


@dataclass(frozen=True)
class Upgrade:
    """`rewrite` gives the call's replacement, or itself when it means the same today."""

    operator: str
    since: int
    rewrite: Callable[[ast.Call], ast.Call]


def _argument(call: ast.Call, position: int, name: str) -> ast.Expr | None:
    if position < len(call.args):
        return call.args[position]
    return next((k.value for k in call.keywords if k.name == name), None)


def _is_absent(value: ast.Expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _division(call: ast.Call) -> ast.Call:
    """Old division of two integer tensors truncated; `rounding_mode` or a float literal rules that out, and else the
    types, which sema knows: the call becomes one of an operator of ours (ops/previous.py)."""
    other = _argument(call, 1, "other")
    literal = isinstance(other, ast.Constant) and isinstance(other.value, float)
    if literal or any(k.name == "rounding_mode" for k in call.keywords):
        return call
    assert isinstance(call.function, ast.Attribute)
    return replace(call, function=replace(call.function, name=call.function.name + PREVIOUS_DIVISION))


def _full(call: ast.Call) -> ast.Call:
    """Without a dtype, an integer fill made floats."""
    fill = _argument(call, 1, "fill_value")
    if fill is None or not _is_absent(_argument(call, 9, "dtype")):
        return call
    as_float = ast.Call(fill.span, ast.Name(fill.span, "float"), (fill,), ())
    if len(call.args) > 1:
        return replace(call, args=(call.args[0], as_float, *call.args[2:]))
    keywords = tuple(replace(k, value=as_float) if k.name == "fill_value" else k for k in call.keywords)
    return replace(call, keywords=keywords)


def _hundred_steps(call: ast.Call) -> ast.Call:
    """`steps` was optional and 100."""
    hundred = ast.Constant(call.span, 100)
    if len(call.args) > 2:
        if _is_absent(call.args[2]):
            return replace(call, args=(*call.args[:2], hundred, *call.args[3:]))
        return call
    given = next((k for k in call.keywords if k.name == "steps"), None)
    if given is not None and not _is_absent(given.value):
        return call
    keywords = tuple(k for k in call.keywords if k is not given)
    return replace(call, keywords=(*keywords, ast.Keyword(call.span, "steps", hundred)))


def _same(call: ast.Call) -> ast.Call:
    """The argument added since defaults to what the operator always did."""
    return call


PREVIOUS_DIVISION = "_before_4"
UPGRADES = (
    Upgrade("div", 4, _division),
    Upgrade("div_", 4, _division),
    Upgrade("full", 5, _full),
    Upgrade("linspace", 8, _hundred_steps),
    Upgrade("logspace", 9, _hundred_steps),
    Upgrade("gelu", 10, _same),
    Upgrade("gelu_", 10, _same),
)


def upgrade(tree: ast.SourceModule, version: int) -> ast.SourceModule:
    """The code of an archive of `version` with its calls as today's operators."""
    active = {u.operator: u for u in UPGRADES if u.since > version}
    if not active or not any(f"torch.{name}" in tree.source.text for name in active):
        return tree

    def rewrite(node: ast.Expr) -> ast.Expr:
        if not isinstance(node, ast.Call) or not isinstance(node.function, ast.Attribute):
            return node
        owner = node.function.value
        found = active.get(node.function.name)
        if found is None or not (isinstance(owner, ast.Name) and owner.id == "torch"):
            return node
        return found.rewrite(node)

    return rewrite_expressions(tree, rewrite)
