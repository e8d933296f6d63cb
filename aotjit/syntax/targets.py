"""What may stand on the left of `=`, after `del` and before `in`; and names for what may not."""

from __future__ import annotations

from typing import Protocol

from aotjit.diagnostics import Span
from aotjit.syntax import ast


class ErrorSink(Protocol):
    def error(self, span: Span, message: str, hint: str | None = None) -> None: ...


def check_target(sink: ErrorSink, target: ast.Expr, hint: str | None = None) -> None:
    """Reports every part of an assignment target that cannot be assigned to.

    `hint` is what to say when it looks like something else that was meant.
    """
    if isinstance(target, ast.Starred):
        sink.error(target.span, "a starred target must be part of a tuple", "write `*name, = value`")
        return
    _check_nested(sink, target, "assign to", hint)


def _check_nested(sink: ErrorSink, target: ast.Expr, verb: str, hint: str | None) -> None:
    if isinstance(target, ast.TupleExpr | ast.ListExpr):
        starred = [e for e in target.elements if isinstance(e, ast.Starred)]
        if len(starred) > 1:
            sink.error(starred[1].span, "only one starred target may stand in an assignment")
        for element in target.elements:
            _check_nested(sink, element.value if isinstance(element, ast.Starred) else element, verb, None)
    elif not isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        likely = isinstance(target, ast.Compare | ast.Boolean | ast.Call)
        sink.error(target.span, f"cannot {verb} {describe(target)}", hint if likely else None)


def check_single_target(sink: ErrorSink, target: ast.Expr, verb: str) -> None:
    """For annotated and augmented assignment: one name, attribute or subscript."""
    if not isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        sink.error(target.span, f"cannot {verb} {describe(target)}")


def check_deletable(sink: ErrorSink, target: ast.Expr) -> None:
    if isinstance(target, ast.Starred):
        sink.error(target.span, "cannot delete a starred expression")
    else:
        _check_nested(sink, target, "delete", None)


def describe(node: ast.Expr) -> str:
    """An expression's kind in words, for messages."""
    if isinstance(node, ast.Constant):
        if node.value is None or isinstance(node.value, bool):
            return str(node.value)
        return "'...'" if node.value is ... else "a literal"
    if isinstance(node, ast.UnsupportedExpr):
        article = "an" if node.what[0] in "aeiou" else "a"
        return f"{article} {node.what} expression"
    return _WORDS.get(type(node), "this expression")


_WORDS: dict[type[ast.Expr], str] = {
    ast.Call: "a function call",
    ast.Binary: "an expression",
    ast.Unary: "an expression",
    ast.Boolean: "an expression",
    ast.Compare: "a comparison",
    ast.Conditional: "a conditional expression",
    ast.Comprehension: "a comprehension",
    ast.DictExpr: "a dict literal",
    ast.FormattedString: "an f-string",
    ast.TupleExpr: "a tuple",
    ast.ListExpr: "a list",
    ast.Starred: "a starred expression",
}
