"""The builder's half for expressions and literals (see builder.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aotjit.diagnostics import Diagnostic, Span
from aotjit.syntax import ast, lalr
from aotjit.syntax.expected import explain
from aotjit.syntax.fstring import Field, FormattedLayout
from aotjit.syntax.lexer import Tokens, tokenize_region
from aotjit.syntax.literals import LiteralError, decode_escapes, number_value, split_string
from aotjit.syntax.table import parse_table
from aotjit.syntax.token import Token


@dataclass(frozen=True)
class BareGenerator:
    """A generator expression as an argument, without parentheses of its own."""

    value: ast.Expr


class ExpressionBuilder:
    """One method for each rule that makes an expression."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def reduce(self, action: str, values: list[Any], start: int, end: int) -> Any:
        raise NotImplementedError

    def error(self, span: Span, message: str, hint: str | None = None) -> None:
        self.tokens.diagnostics.append(Diagnostic(message, span, hint))

    def no_star(self, node: ast.Expr) -> None:
        if isinstance(node, ast.Starred):
            self.error(node.span, "a starred expression cannot stand here", "write `(*x,)` for a tuple")

    # -- operators

    def binary(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Binary(span, c[1].text, c[0], c[2])

    def unary(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Unary(span, c[0].text, c[1])

    def not_expr(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Unary(span, "not", c[0])

    def or_test(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Boolean(span, "or", tuple(c))

    def and_test(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Boolean(span, "and", tuple(c))

    def comparison_op(self, c: list[Any], span: Span) -> str:
        return " ".join(token.text for token in c)

    def comparison(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Compare(span, c[0], tuple(c[1::2]), tuple(c[2::2]))

    def conditional(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Conditional(span, c[1], c[0], c[2])

    def starred(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Starred(span, c[0])

    # -- Python that TorchScript has not

    def lambda_expr(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.UnsupportedExpr(span, "lambda", ast.Lambda(span, c[0], c[1]))

    def named_expr(self, c: list[Any], span: Span) -> ast.Expr:
        if not isinstance(c[0], ast.Name):
            self.error(c[0].span, "':=' assigns to a name only")
            return ast.UnsupportedExpr(span, "assignment expression")
        return ast.UnsupportedExpr(span, "assignment expression", ast.Named(span, c[0], c[1]))

    def yield_expr(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.UnsupportedExpr(span, "yield")

    def await_expr(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.UnsupportedExpr(span, "await")

    def set_display(self, c: list[Any], span: Span) -> ast.Expr:
        clauses = [item for item in c if isinstance(item, tuple)]
        elements = self.comprehension("list", c[0], None, clauses, span) if clauses else ast.ListExpr(span, tuple(c))
        return ast.UnsupportedExpr(span, "set", elements)

    # -- primaries

    def attribute(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Attribute(span, c[0], c[1].text)

    def subscript_one(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Subscript(span, c[0], (c[1],), isinstance(c[1], ast.Starred))

    def subscript_tuple(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Subscript(span, c[0], tuple(c[1:]), True)

    def slice_expr(self, c: list[Any], span: Span) -> ast.Expr:
        bounds: list[ast.Expr | None] = [None, None, None]
        at = 0
        for part in c:
            if isinstance(part, Token):
                at += 1
            else:
                bounds[at] = part
        return ast.Slice(span, *bounds)

    def keyword_argument(self, c: list[Any], span: Span) -> ast.Keyword:
        if not isinstance(c[0], ast.Name):
            self.error(c[0].span, "a keyword argument's name must be a name", "write '==' to compare")
            return ast.Keyword(span, "", c[1])
        return ast.Keyword(span, c[0].id, c[1])

    def double_star_argument(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.UnsupportedExpr(span, "** argument", c[0])

    def generator_argument(self, c: list[Any], span: Span) -> BareGenerator:
        return BareGenerator(self.generator(c, span))

    def arguments(self, c: list[Any], span: Span) -> tuple[tuple[ast.Expr, ...], tuple[ast.Keyword, ...]]:
        args: list[ast.Expr] = []
        keywords: dict[str, ast.Keyword] = {}
        for item in c:
            if isinstance(item, ast.Keyword):
                if item.name in keywords:
                    self.error(item.span, f"keyword argument '{item.name}' is given twice")
                keywords[item.name] = item
                continue
            if keywords and not isinstance(item, ast.Starred) and not ast.is_unpacked(item):
                self.error(item.span, "a positional argument follows a keyword argument")
            if isinstance(item, BareGenerator):
                item = item.value
                if len(c) > 1:
                    self.error(item.span, "a generator beside other arguments must stand in parentheses")
            args.append(item)
        return tuple(args), tuple(keywords.values())

    def call(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Call(span, c[0], *c[1])

    # -- displays and comprehensions

    def tuple_display(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.TupleExpr(span, tuple(c))

    def parenthesised(self, c: list[Any], span: Span) -> ast.Expr:
        self.no_star(c[0])
        if isinstance(c[0], ast.TupleExpr):
            return ast.TupleExpr(span, c[0].elements)
        result: ast.Expr = c[0]
        return result

    def list_display(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.ListExpr(span, tuple(c))

    def dict_item(self, c: list[Any], span: Span) -> tuple[ast.Expr, ast.Expr]:
        return c[0], c[1]

    def dict_unpacking(self, c: list[Any], span: Span) -> ast.Expr:
        unpacked: ast.Expr = c[0]
        return unpacked

    def dict_display(self, c: list[Any], span: Span) -> ast.Expr:
        if any(isinstance(item, ast.Expr) for item in c):
            dicts = [item if isinstance(item, ast.Expr) else ast.DictExpr(span, (item[0],), (item[1],)) for item in c]
            return ast.UnsupportedExpr(span, "** in a dict", ast.ListExpr(span, tuple(dicts)))
        return ast.DictExpr(span, tuple(key for key, _ in c), tuple(value for _, value in c))

    def comprehension_if(self, c: list[Any], span: Span) -> ast.Expr:
        condition: ast.Expr = c[0]
        return condition

    def comprehension_for(self, c: list[Any], span: Span) -> tuple[ast.Clause, str | None]:
        """The clause, and the word that TorchScript has not."""
        asynchronous = isinstance(c[0], Token)
        target, iterable, *conditions = c[1:] if asynchronous else c
        if isinstance(target, ast.Starred):
            self.error(target.span, "a starred target must be part of a tuple")
        word = "async" if asynchronous else "if" if conditions else None
        return ast.Clause(span, target, iterable, tuple(conditions)), word

    def comprehension(self, kind: str, element: ast.Expr, value: ast.Expr | None, c: list[Any], span: Span) -> ast.Expr:
        clauses = tuple(clause for clause, _ in c)
        word = c[0][1] or ("for" if c[1:] else None)
        first = clauses[0]
        return ast.Comprehension(
            span, kind, element, value, first.target, first.iterable, word, clauses if word in ("for", "if") else ()
        )

    def list_comprehension(self, c: list[Any], span: Span) -> ast.Expr:
        return self.comprehension("list", c[0], None, c[1:], span)

    def generator(self, c: list[Any], span: Span) -> ast.Expr:
        return self.comprehension("generator", c[0], None, c[1:], span)

    def dict_comprehension(self, c: list[Any], span: Span) -> ast.Expr:
        return self.comprehension("dict", c[0], c[1], c[2:], span)

    # -- atoms

    def name(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Name(span, c[0].text)

    def none(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Constant(span, None)

    def true(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Constant(span, True)

    def false(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Constant(span, False)

    def ellipsis(self, c: list[Any], span: Span) -> ast.Expr:
        return ast.Constant(span, ...)

    def number(self, c: list[Any], span: Span) -> ast.Expr:
        try:
            return ast.Constant(span, number_value(c[0].text, c[0].start))
        except LiteralError as error:
            self.tokens.error(error.start, error.end, str(error))
            return ast.Constant(span, 0)

    def strings(self, c: list[Any], span: Span) -> ast.Expr:
        """Joins adjacent literals; with an f-string among them the result is one f-string."""
        parts: list[str | ast.FormattedField] = []
        unsupported = None
        formatted = False
        for token in c:
            layout = self.tokens.formatted.get(token.start)
            try:
                if layout is None:
                    prefix, start, end = split_string(token.text)
                    unsupported = "bytes" if "b" in prefix else unsupported
                    parts.append(self.text(token.start + start, token.start + end, "r" in prefix))
                else:
                    formatted = True
                    unsupported = "template string" if token.text[0] in "tT" else unsupported
                    parts += self.formatted_parts(layout)
            except LiteralError as error:
                self.tokens.error(error.start, error.end, str(error))
        if unsupported is not None:
            return ast.UnsupportedExpr(span, unsupported)
        if formatted:
            return ast.FormattedString(span, _joined(parts))
        return ast.Constant(span, "".join(part for part in parts if isinstance(part, str)))

    def text(self, start: int, end: int, raw: bool) -> str:
        content = self.tokens.source.text[start:end]
        return content.replace("\r\n", "\n") if raw else decode_escapes(content, start)

    def formatted_parts(self, layout: FormattedLayout) -> list[str | ast.FormattedField]:
        parts: list[str | ast.FormattedField] = []
        for part in layout.parts:
            if isinstance(part, Field):
                if part.debug is not None:
                    parts.append(part.debug)
                parts.append(self.formatted_field(part))
                continue
            content = self.tokens.source.text[part[0] : part[1]].replace("{{", "{").replace("}}", "}")
            content = content.replace("\r\n", "\n")
            parts.append(content if layout.raw else decode_escapes(content, part[0]))
        return parts

    def formatted_field(self, part: Field) -> ast.FormattedField:
        region = tokenize_region(self.tokens, part.start, part.expression_end)
        span = self.tokens.span(part.start, part.expression_end)
        table = parse_table()
        value: ast.Expr = ast.Constant(span, None)
        before = len(self.tokens.diagnostics)
        try:
            value = lalr.run(table, "expression", region.items, 0, type(self)(region))
        except lalr.UnexpectedTokenError as error:
            if len(self.tokens.diagnostics) == before:
                states = lalr.states_before(table, "expression", region.items, 0, error.index)
                explain(table, region, error.index, states)
        except lalr.TooDeepError as error:
            self.tokens.error(error.start, error.end, f"nested more than {lalr.MAX_DEPTH} levels deep")
        conversion = part.conversion or ("r" if part.debug is not None and part.spec is None else None)
        return ast.FormattedField(span, value, conversion, part.spec)


def _joined(parts: list[str | ast.FormattedField]) -> tuple[str | ast.FormattedField, ...]:
    """Adjacent texts joined, empty ones dropped."""
    result: list[str | ast.FormattedField] = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        elif part != "":
            result.append(part)
    return tuple(result)
