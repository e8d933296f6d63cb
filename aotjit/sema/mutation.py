"""Which attributes of which modules compiled methods change: those become state of the running instance.

Read off the syntax of every method that compiled code may reach: an assignment to `self.x`, `self.x[...]` or
`self.sub.x`, an in-place tensor method (`self.x.add_(1)`), or a list method that changes the list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from aotjit.ops import REGISTRY
from aotjit.sema.hooks import hook_names
from aotjit.sema.modules import ModuleObject
from aotjit.syntax import ast

_NAMESPACES = ("torch", "F", "ops")
_LIST_METHODS = frozenset(("append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort", "update"))

RESHAPING = {
    "unsqueeze_": "unsqueeze", "squeeze_": "squeeze", "t_": "t", "transpose_": "transpose", "swapaxes_": "transpose",
    "swapdims_": "transpose", "as_strided_": "as_strided", "resize_": "resized", "resize_as_": "resized",
}  # fmt: skip
"""Methods that give a tensor itself another shape (reshaping.py), and the views that they are of."""


def mark_mutable(root: ModuleObject, entries: Iterable[str]) -> None:
    """Fills in `mutable` of every module below `root`, for methods reachable from `entries` and any forward."""
    modules = list(root.walk())
    for module, definition in _reachable(modules, {"forward", *entries}):
        if not definition.parameters:
            continue
        self_name = definition.parameters[0].name
        aliases = _aliases(definition.body, self_name)
        for chain in _changed(definition.body):
            _mark(module, self_name, [*aliases.get(chain[0], [chain[0]]), *chain[1:]])


def _reachable(modules: list[ModuleObject], names: set[str]) -> Iterator[tuple[ModuleObject, ast.FunctionDef]]:
    """Methods by name: a method is reachable when a reachable one mentions an attribute of its name, or as a hook."""
    methods = [(m, d) for m in modules for d in (*m.methods(), *m.setters())]
    defined = {d.name for _, d in methods}
    names = names | {hook for m in modules for hook in hook_names(m)}
    pending, seen = list(names & defined), set(names)
    while pending:
        name = pending.pop()
        for module, definition in methods:
            if definition.name != name:
                continue
            yield module, definition
            for node in nodes(definition.body):
                if isinstance(node, ast.Attribute) and node.name in defined and node.name not in seen:
                    seen.add(node.name)
                    pending.append(node.name)


def names_reshaped(body: Iterable[ast.Stmt]) -> Iterator[str]:
    """The names whose tensors the statements give another shape: loops carry them."""
    for node in nodes(tuple(body)):
        match node:
            case ast.Call(function=ast.Attribute(value=ast.Name(id="torch"), name=name), args=(ast.Name(id=given), *_)):
                if name in RESHAPING:
                    yield given
            case ast.Call(function=ast.Attribute(value=ast.Name(id=given), name=name)) if name in RESHAPING:
                yield given


def attribute_names(definition: ast.FunctionDef) -> set[str]:
    """All attribute names that a function mentions."""
    return {node.name for node in nodes(definition.body) if isinstance(node, ast.Attribute)}


def nodes(value: object) -> Iterator[ast.Node]:
    """All nodes of a syntax tree, or of a sequence of them."""
    if isinstance(value, tuple | list):
        for item in value:
            yield from nodes(item)
    elif isinstance(value, ast.Node):
        yield value
        for field in dataclasses.fields(value):
            if field.name != "span":
                yield from nodes(getattr(value, field.name))


def _aliases(body: Iterable[ast.Stmt], self_name: str) -> dict[str, list[str]]:
    """Local names for attributes of self or views of them: `b = self.buffer`, `row = self.buffer[0]`."""
    found: dict[str, list[str]] = {}
    for node in nodes(tuple(body)):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            chain = _viewed(node.value)
            if chain is not None and chain[0] in found:
                chain = [*found[chain[0]], *chain[1:]]
            if chain is not None and chain[0] == self_name and len(chain) > 1:
                found[node.targets[0].id] = chain
    return found


def _viewed(node: ast.Expr) -> list[str] | None:
    """The dotted name whose memory an expression's value may share."""
    match node:
        case ast.Subscript(value=value):
            return _viewed(value)
        case ast.Call(function=ast.Attribute(value=receiver, name=name), args=args):
            if not any(o.effects in ("view", "write") for o in REGISTRY.overloads(name)):
                return None
            is_function = isinstance(receiver, ast.Name) and receiver.id in _NAMESPACES
            return _viewed(args[0]) if is_function and args else _viewed(receiver)
    return _chain(node)


def _changed(body: Iterable[ast.Stmt]) -> Iterator[list[str]]:
    """The dotted names that statements change, as lists."""
    for node in nodes(tuple(body)):
        match node:
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from _targets(target)
            case ast.AugAssign(target=target):
                yield from _targets(target, True)
            case ast.AnnAssign(target=target):
                yield from _targets(target)
            case ast.Call(function=ast.Attribute(value=receiver, name=name), args=args):
                in_place = name.endswith("_") and not name.endswith("__")
                if in_place or name in _LIST_METHODS:
                    is_function = isinstance(receiver, ast.Name) and receiver.id in _NAMESPACES
                    changed = _viewed(args[0] if is_function and args else receiver)
                    if changed is not None:
                        yield changed


def _targets(target: ast.Expr, augmented: bool = False) -> Iterator[list[str]]:
    match target:
        case ast.TupleExpr(elements=elements) | ast.ListExpr(elements=elements):
            for element in elements:
                yield from _targets(element)
        case ast.Subscript(value=value):
            chain = _viewed(value)
            if chain is not None:
                yield chain
        case ast.Starred(value=value):
            yield from _targets(value)
        case ast.Attribute() | ast.Name():
            chain = _chain(target)
            if chain is not None and (len(chain) > 1 or augmented):
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
