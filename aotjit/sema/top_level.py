"""What Python does at the top of a file before it calls anything, as far as it decides which names there are: blocks of
`if` and `try`, and imports of all names of a module."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator, Sequence

from aotjit.syntax import ast

_COMPARISONS: dict[str, Callable[[tuple[object, ...], tuple[object, ...]], bool]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "==": operator.eq, "!=": operator.ne
}  # fmt: skip
_MATH = frozenset(name for name in vars(math) if not name.startswith("_"))
STAR_IMPORTS: dict[str, frozenset[str]] = {"math": _MATH}
"""The names that `from module import *` gives, of modules whose names are no names of the language anyway."""


def known_test(test: ast.Expr) -> bool | None:
    """Whether the condition of an `if` at the top of a file holds; None where that is not known when compiling."""
    match test:
        case _ if for_types_only(test):
            return False
        case ast.Constant(value=bool() | int() as value):
            return bool(value)
        case ast.Unary(op="not", operand=operand):
            inner = known_test(operand)
            return None if inner is None else not inner
        case ast.Boolean(op=op, values=values):
            found = [known_test(value) for value in values]
            decides = op == "or"
            return decides if decides in found else (None if None in found else not decides)
        case ast.Compare(first=ast.Name(id="__name__"), ops=("==",)):
            return False
        case ast.Compare(first=ast.Attribute(value=ast.Name(id="sys"), name="version_info"), ops=(op,), rest=(other,)):
            version = _numbers(other)
            return None if version is None or op not in _COMPARISONS else _COMPARISONS[op](sys.version_info, version)
    return None


def for_types_only(test: ast.Expr) -> bool:
    """Is it TYPE_CHECKING? What such a block defines only annotations ask for."""
    name = test.id if isinstance(test, ast.Name) else (test.name if isinstance(test, ast.Attribute) else "")
    return name == "TYPE_CHECKING"


def _numbers(node: ast.Expr) -> tuple[object, ...] | None:
    elements = node.elements if isinstance(node, ast.TupleExpr) else ()
    found = tuple(e.value for e in elements if isinstance(e, ast.Constant) and isinstance(e.value, int))
    return found if found and len(found) == len(elements) else None


def defined_names(body: Sequence[ast.Stmt]) -> Iterator[str]:
    """The names that statements at the top of a file give a meaning."""
    for statement in body:
        match statement:
            case ast.Import(names=names):
                yield from (n.alias or n.name.split(".")[0] for n in names)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (t.id for t in targets if isinstance(t, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.If(body=then, orelse=orelse):
                yield from defined_names((*then, *orelse))
            case ast.UnsupportedStmt(body=inner):
                yield from defined_names(inner)
