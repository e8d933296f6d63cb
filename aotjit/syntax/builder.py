"""Makes the tree: one method for each rule or alias of the grammar.

Mistakes that the grammar cannot see (a target that cannot be assigned to, a parameter given twice) are collected as
diagnostics and the node is made all the same, so that one run reports them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from aotjit.diagnostics import Span
from aotjit.syntax import ast
from aotjit.syntax.expressions import ExpressionBuilder
from aotjit.syntax.targets import check_deletable, check_single_target, check_target
from aotjit.syntax.token import Token

MAX_ELIFS = 200


@dataclass(frozen=True)
class ElifClause:
    test: ast.Expr
    body: tuple[ast.Stmt, ...]
    span: Span


class TreeBuilder(ExpressionBuilder):
    """`reduce` is what the parser calls; the methods below are the statements and definitions."""

    def reduce(self, action: str, values: list[Any], start: int, end: int) -> Any:
        method: Callable[[list[Any], Span], Any] = getattr(self, action)
        return method(values, self.tokens.span(start, end))

    # -- whole texts

    def file(self, c: list[Any], span: Span) -> tuple[ast.Stmt, ...]:
        return tuple(c)

    def expression(self, c: list[Any], span: Span) -> ast.Expr:
        self.no_star(c[0])
        result: ast.Expr = c[0]
        return result

    def signature(self, c: list[Any], span: Span) -> tuple[tuple[ast.Expr, ...], ast.Expr]:
        return tuple(c[:-1]), c[-1]

    # -- simple statements

    def expr_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        self.no_star(c[0])
        return ast.ExprStmt(span, c[0])

    def assign(self, c: list[Any], span: Span) -> ast.Stmt:
        for target in c[:-1]:
            check_target(self, target, "write '==' to compare")
        self.no_star(c[-1])
        comment, comment_span = self.trailing_comment(span)
        return ast.Assign(span, tuple(c[:-1]), c[-1], comment, comment_span)

    def ann_assign(self, c: list[Any], span: Span) -> ast.Stmt:
        check_single_target(self, c[0], "annotate")
        self.no_star(c[-1])
        return ast.AnnAssign(span, c[0], c[2], c[3] if len(c) > 3 else None)

    def aug_assign(self, c: list[Any], span: Span) -> ast.Stmt:
        check_single_target(self, c[0], "use augmented assignment on")
        self.no_star(c[2])
        return ast.AugAssign(span, c[0], c[1], c[2])

    def augmented_op(self, c: list[Any], span: Span) -> str:
        operator: str = c[0].text[:-1]
        return operator

    def return_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        if c:
            self.no_star(c[0])
        return ast.Return(span, c[0] if c else None)

    def raise_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.Raise(span, c[0] if c else None, c[1] if len(c) > 1 else None)

    def assert_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.Assert(span, c[0], c[1] if len(c) > 1 else None)

    def delete_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        targets = c[0].elements if isinstance(c[0], ast.TupleExpr) else (c[0],)
        for target in targets:
            check_deletable(self, target)
        return ast.Delete(span, targets)

    def pass_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.Pass(span)

    def break_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.Break(span)

    def continue_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.Continue(span)

    def scope_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.UnsupportedStmt(span, c[0].text)

    def type_alias(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.UnsupportedStmt(span, "type alias")

    # -- imports

    def dotted_name(self, c: list[Any], span: Span) -> str:
        return ".".join(token.text for token in c)

    def dotted_as(self, c: list[Any], span: Span) -> ast.ImportedName:
        return ast.ImportedName(span, c[0], c[1].text if len(c) > 1 else None)

    def import_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.Import(span, None, tuple(c))

    def from_module(self, c: list[Any], span: Span) -> str:
        return "".join(part.text if isinstance(part, Token) else part for part in c)

    from_package = from_module

    def imported_name(self, c: list[Any], span: Span) -> ast.ImportedName:
        return ast.ImportedName(span, c[0].text, c[1].text if len(c) > 1 else None)

    def from_import_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        names = c[1:]
        if isinstance(names[0], Token):
            names = [ast.ImportedName(self.tokens.span(names[0].start, names[0].end), "*", None)]
        return ast.Import(span, c[0], tuple(names))

    # -- compound statements

    def suite(self, c: list[Any], span: Span) -> tuple[ast.Stmt, ...]:
        return tuple(c)

    def orelse(self, c: list[Any], span: Span) -> tuple[ast.Stmt, ...]:
        return tuple(c[0]) if c else ()

    def elif_clause(self, c: list[Any], span: Span) -> ElifClause:
        return ElifClause(c[0], c[1], span)

    def if_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        test, body, *elifs, orelse = c
        if len(elifs) > MAX_ELIFS:
            self.error(elifs[MAX_ELIFS].span, f"more than {MAX_ELIFS} elif branches")
            elifs = elifs[:MAX_ELIFS]
        for clause in reversed(elifs):
            orelse = (ast.If(clause.span.to(span), clause.test, clause.body, orelse),)
        return ast.If(span, test, body, orelse)

    def while_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.While(span, c[0], c[1], c[2])

    def for_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        check_target(self, c[0])
        self.no_star(c[1])
        return ast.For(span, c[0], c[1], c[2], c[3])

    def with_item(self, c: list[Any], span: Span) -> tuple[ast.Expr, ast.Expr | None]:
        if len(c) == 1:
            return c[0], None
        check_target(self, c[1])
        return c[0], c[1]

    def with_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.With(span, tuple(c[:-1]), c[-1])

    def try_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.UnsupportedStmt(span, "try", body=tuple(c[0]))

    def async_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        inner = c[0]
        return ast.UnsupportedStmt(span, "async", inner.name if isinstance(inner, ast.FunctionDef) else "")

    def match_stmt(self, c: list[Any], span: Span) -> ast.Stmt:
        return ast.UnsupportedStmt(span, "match")

    # -- definitions

    def decorator(self, c: list[Any], span: Span) -> ast.Expr:
        result: ast.Expr = c[0]
        return result

    def decorated(self, c: list[Any], span: Span) -> ast.Stmt:
        *decorators, definition = c
        if isinstance(definition, ast.FunctionDef | ast.ClassDef):
            return replace(definition, decorators=tuple(decorators))
        return replace(definition, span=span) if isinstance(definition, ast.UnsupportedStmt) else definition

    def annotation(self, c: list[Any], span: Span) -> ast.Expr | None:
        return c[0] if c else None

    star_annotation = annotation
    default = annotation
    returns = annotation

    def parameter(self, c: list[Any], span: Span) -> ast.Parameter:
        return ast.Parameter(span, c[0].text, c[1], c[2])

    def star_parameter(self, c: list[Any], span: Span) -> ast.Parameter:
        return ast.Parameter(span, c[0].text, c[1], None, "args")

    def starstar_parameter(self, c: list[Any], span: Span) -> ast.Parameter:
        return ast.Parameter(span, c[0].text, c[1], None, "kwargs")

    def lambda_parameter(self, c: list[Any], span: Span) -> ast.Parameter:
        return ast.Parameter(span, c[0].text, None, c[1])

    def lambda_star(self, c: list[Any], span: Span) -> ast.Parameter:
        return ast.Parameter(span, c[0].text, None, None, "args")

    def lambda_starstar(self, c: list[Any], span: Span) -> ast.Parameter:
        return ast.Parameter(span, c[0].text, None, None, "kwargs")

    def lambda_parameters(self, c: list[Any], span: Span) -> tuple[ast.Parameter, ...]:
        return self.parameters(c, span)

    def parameters(self, c: list[Any], span: Span) -> tuple[ast.Parameter, ...]:
        """Settles each parameter's kind from the `/` and `*` around it."""
        result: list[ast.Parameter] = []
        kind, seen, bare_star = "positional", set[str](), None
        for item in c:
            if isinstance(item, Token):
                where = self.tokens.span(item.start, item.end)
                if item.kind == "/":
                    if not result or any(p.kind != "positional" for p in result):
                        self.error(where, "'/' must follow the positional parameters")
                    result = [replace(p, kind="positional-only") for p in result]
                elif kind == "keyword":
                    self.error(where, "only one '*' may stand in a parameter list")
                else:
                    kind, bare_star = "keyword", where
                continue
            if result and result[-1].kind == "kwargs":
                self.error(item.span, "no parameter may follow '**'")
            if item.name in seen:
                self.error(item.span, f"parameter '{item.name}' is given twice")
            seen.add(item.name)
            if item.kind == "args":
                if kind == "keyword":
                    self.error(item.span, "only one '*' may stand in a parameter list")
                kind = "keyword"
            elif item.kind == "positional":
                self.default_order(item, result, kind)
                item = replace(item, kind=kind)
            bare_star = None
            result.append(item)
        if bare_star is not None:
            self.error(bare_star, "a parameter must follow '*'")
        return tuple(result)

    def default_order(self, item: ast.Parameter, before: list[ast.Parameter], kind: str) -> None:
        if kind == "positional" and item.default is None and before and before[-1].default is not None:
            self.error(item.span, f"parameter '{item.name}' without a default follows one with a default")

    def type_parameter(self, c: list[Any], span: Span) -> None:
        return None

    def type_parameters(self, c: list[Any], span: Span) -> bool:
        return bool(c)

    def function_def(self, c: list[Any], span: Span) -> ast.Stmt:
        name, generic, parameters, returns, body = c
        if generic:
            return ast.UnsupportedStmt(span, "type parameters", name.text)
        docstring, rest = _split_docstring(body)
        header_end = returns.span if returns is not None else self.tokens.span(name.start, name.end)
        header_line = max([header_end.end_line, *(p.span.end_line for p in parameters)])
        first = rest[0].span.line if rest else span.end_line + 1
        comment, comment_span = self.signature_comment(header_line, first, parameters)
        return ast.FunctionDef(span, name.text, parameters, returns, rest, (), docstring, comment, comment_span)

    def class_arguments(self, c: list[Any], span: Span) -> tuple[tuple[ast.Expr, ...], tuple[ast.Keyword, ...]]:
        return c[0] if c else ((), ())

    def class_def(self, c: list[Any], span: Span) -> ast.Stmt:
        name, generic, (bases, keywords), body = c
        if generic:
            return ast.UnsupportedStmt(span, "type parameters", name.text)
        docstring, rest = _split_docstring(body)
        return ast.ClassDef(span, name.text, bases, rest, (), docstring, keywords)

    # -- comments that carry types

    def trailing_comment(self, span: Span) -> tuple[str | None, Span | None]:
        """The `# type:` comment that stands right behind a statement."""
        comment = self.tokens.type_comments.get(span.end_line)
        if comment is None:
            return None, None
        end = self.tokens.line_starts[span.end_line - 1] + span.end_column - 1
        between = self.tokens.source.text[end : comment.start]
        if comment.start < end or not between.lstrip().startswith("#"):
            return None, None
        return comment.text, self.tokens.span(comment.start, comment.end)

    def signature_comment(
        self, header: int, first: int, parameters: tuple[ast.Parameter, ...]
    ) -> tuple[str | None, Span | None]:
        """`# type: (T, ...) -> R` between a header and its first statement.

        `(...)` takes the parameters' types from the comments on their own lines.
        """
        comments = self.tokens.type_comments
        lines = (line for line in range(header, max(first, header + 1)) if line in comments) if comments else iter(())
        for line in lines:
            comment = comments[line]
            if not comment.text.startswith("("):
                continue
            span = self.tokens.span(comment.start, comment.end)
            inside, arrow, returns = comment.text.partition("->")
            if not arrow or inside.replace(" ", "") != "(...)":
                return comment.text, span
            own = [comments[p.span.end_line].text for p in parameters if p.span.end_line in comments]
            return f"({', '.join(own)}) ->{returns}", span
        return None, None


def _split_docstring(body: tuple[ast.Stmt, ...]) -> tuple[str | None, tuple[ast.Stmt, ...]]:
    first = body[0]
    if isinstance(first, ast.ExprStmt) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first.value.value, body[1:]
    return None, body
