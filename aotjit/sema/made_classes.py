"""Classes that a call makes: `Point = namedtuple("Point", "x y")` and `Size = NamedTuple("Size", [("n", int)])`.

They are written out as the class statements that mean the same, so that nothing else has to know of them.
"""

from __future__ import annotations

from collections.abc import Callable

from aotjit.syntax import ast


def made_class(value: ast.Expr, path_of: Callable[[ast.Expr], str | None]) -> ast.ClassDef | None:
    """The class statement for `value`; None where it makes no class, or none that is understood. `path_of` gives the
    dotted name that an expression stands for."""
    if not isinstance(value, ast.Call) or len(value.args) != 2 or value.keywords:
        return None
    fields = _FIELDS.get(path_of(value.function) or "")
    name, content = value.args
    body = None if fields is None else fields(content)
    if body is None or not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        return None
    return ast.ClassDef(value.span, name.value, (value.function,), body)


def _untyped(content: ast.Expr) -> tuple[ast.Stmt, ...] | None:
    """`["x", "y"]` or "x y": fields that nothing is said of are tensors."""
    names = _names(content)
    if names is None:
        return None
    return tuple(ast.AnnAssign(n.span, n, ast.Constant(n.span, "Tensor"), None) for n in names)


def _typed(content: ast.Expr) -> tuple[ast.Stmt, ...] | None:
    """`[("x", int), ("y", Tensor)]`."""
    fields: list[ast.Stmt] = []
    for pair in content.elements if isinstance(content, ast.ListExpr | ast.TupleExpr) else ():
        match pair:
            case ast.TupleExpr(elements=(ast.Constant(value=str() as name), annotation)):
                fields.append(ast.AnnAssign(pair.span, ast.Name(pair.span, name), annotation, None))
            case _:
                return None
    return tuple(fields) or None


def _names(content: ast.Expr) -> list[ast.Name] | None:
    match content:
        case ast.Constant(value=str() as text):
            return [ast.Name(content.span, name) for name in text.replace(",", " ").split()]
        case ast.ListExpr(elements=elements) | ast.TupleExpr(elements=elements):
            texts = [e for e in elements if isinstance(e, ast.Constant) and isinstance(e.value, str)]
            return [ast.Name(t.span, str(t.value)) for t in texts] if len(texts) == len(elements) else None
    return None


_FIELDS: dict[str, Callable[[ast.Expr], tuple[ast.Stmt, ...] | None]] = {
    "collections.namedtuple": _untyped, "namedtuple": _untyped, "typing.NamedTuple": _typed, "NamedTuple": _typed,
}  # fmt: skip
