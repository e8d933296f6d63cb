"""Which attributes of which modules compiled methods change: those become state of the running instance.

Read off the syntax of every method that compiled code may reach: an assignment to `self.x`, `self.x[...]` or
`self.sub.x`, an in-place tensor method (`self.x.add_(1)`), or a list method that changes the list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from aotjit.sema.modules import ModuleObject
from aotjit.syntax import ast

_LIST_METHODS = frozenset(("append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort", "update"))


def mark_mutable(root: ModuleObject, entries: Iterable[str]) -> None:
    """Fills in `mutable` of every module below `root`, for methods reachable from `entries` and any forward."""
    modules = list(root.walk())
    for module, definition in _reachable(modules, {"forward", *entries}):
        if not definition.parameters:
            continue
        self_name = definition.parameters[0].name
        for chain in _changed(definition.body):
            _mark(module, self_name, chain)


def _reachable(modules: list[ModuleObject], names: set[str]) -> Iterator[tuple[ModuleObject, ast.FunctionDef]]:
    """Methods by name: a method is reachable when a reachable one mentions an attribute of its name."""
    methods = [(m, d) for m in modules for d in m.methods()]
    defined = {d.name for _, d in methods}
    pending, seen = list(names & defined), set(names)
    while pending:
        name = pending.pop()
        for module, definition in methods:
            if definition.name != name:
                continue
            yield module, definition
            for node in _nodes(definition.body):
                if isinstance(node, ast.Attribute) and node.name in defined and node.name not in seen:
                    seen.add(node.name)
                    pending.append(node.name)


def _nodes(value: object) -> Iterator[ast.Node]:
    if isinstance(value, tuple | list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, ast.Node):
        yield value
        for field in dataclasses.fields(value):
            if field.name != "span":
                yield from _nodes(getattr(value, field.name))


def _changed(body: Iterable[ast.Stmt]) -> Iterator[list[str]]:
    """The dotted names that statements change, as lists."""
    for node in _nodes(tuple(body)):
        match node:
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from _targets(target)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                yield from _targets(target)
            case ast.Call(function=ast.Attribute(value=receiver, name=name)):
                in_place = name.endswith("_") and not name.endswith("__")
                if in_place or name in _LIST_METHODS:
                    yield from _targets(receiver)


def _targets(target: ast.Expr) -> Iterator[list[str]]:
    match target:
        case ast.TupleExpr(elements=elements) | ast.ListExpr(elements=elements):
            for element in elements:
                yield from _targets(element)
        case ast.Subscript(value=value) | ast.Starred(value=value):
            yield from _targets(value)
        case ast.Attribute():
            chain = _chain(target)
            if chain is not None:
                yield chain


def _chain(node: ast.Expr) -> list[str] | None:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        base = _chain(node.value)
        return None if base is None else [*base, node.name]
    return None


def _mark(module: ModuleObject, self_name: str, chain: list[str]) -> None:
    if chain[0] != self_name or len(chain) < 2:
        return
    owner = module
    for name in chain[1:-1]:
        inner = owner.attributes.get(name)
        if not isinstance(inner, ModuleObject):
            return
        owner = inner
    owner.mutable.add(chain[-1])
