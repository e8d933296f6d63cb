"""Source text to syntax tree.

`parse` reads a whole file, `parse_expression` one expression (a `--entry` option, an annotation in quotes, a type
comment), `parse_signature` the text of a signature comment. All mistakes of a file are reported at once: after one,
parsing resumes at the next top-level statement.
"""

from __future__ import annotations

from typing import Any

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.syntax import ast, lalr
from aotjit.syntax.builder import TreeBuilder
from aotjit.syntax.expected import explain
from aotjit.syntax.lexer import Tokens, tokenize, tokenize_expression
from aotjit.syntax.table import parse_table
from aotjit.syntax.token import Token

MAX_ERRORS = 20
# Keywords that continue a statement begun above, so that no statement begins with them.
_CONTINUING = frozenset(("else", "elif", "except", "finally"))


def parse(source: SourceText) -> ast.SourceModule:
    """The tree of a file. Raises CompileError with every mistake found."""
    tokens = tokenize(source)
    body = _run(tokens, "file")
    whole = tokens.span(0, len(source.text))
    return ast.SourceModule(whole, source, body)


def parse_expression(source: SourceText, within: Span | None = None) -> ast.Expr:
    """One expression. `within` is where its text stands in another file: spans and messages then point there."""
    result: ast.Expr = _run(tokenize_expression(source, within), "expression")
    return result


def parse_signature(source: SourceText, within: Span | None = None) -> tuple[tuple[ast.Expr, ...], ast.Expr]:
    """Parameter types and result type of `(T, U) -> R`, the text of a signature comment."""
    parameters, result = _run(tokenize_expression(source, within), "signature")
    return parameters, result


def _run(tokens: Tokens, start: str) -> Any:
    table = parse_table()
    result: Any = None
    first = 0
    while True:
        try:
            result = lalr.run(table, start, tokens.items, first, TreeBuilder(tokens))
            break
        except lalr.UnexpectedTokenError as error:
            failed, parsed_from = error.index, first
            first, begun = _resume(tokens.items, failed)
            # A mistake the lexer saw in the same statement explains this one too.
            begin, end = tokens.items[begun].start, tokens.items[min(failed + 1, len(tokens.items) - 1)].end
            if not any(begin <= offset <= end for offset in tokens.error_offsets):
                states = lalr.states_before(table, start, tokens.items, parsed_from, failed)
                explain(table, tokens, failed, states)
        except lalr.TooDeepError as error:
            first, _ = _resume(tokens.items, error.index)
            tokens.error(
                error.start, error.end, f"nested more than {lalr.MAX_DEPTH} levels deep",
                "compute parts of this in statements of their own",
            )  # fmt: skip
        if start != "file" or tokens.items[first].kind == "$END" or len(tokens.diagnostics) >= MAX_ERRORS:
            break
    if tokens.diagnostics:
        found = sorted(tokens.diagnostics, key=lambda d: (d.span.line, d.span.column) if d.span else (0, 0))
        raise CompileError(found[:MAX_ERRORS])
    return result


def _resume(items: list[Token], failed: int) -> tuple[int, int]:
    """Indices of the next top-level statement after `failed`, and of the one that `failed` is in."""
    depth, begun, fresh = 0, 0, True
    for i, token in enumerate(items):
        if token.kind == "_INDENT":
            depth += 1
        elif token.kind == "_DEDENT":
            depth -= 1
        elif token.kind == "$END":
            return i, begun
        elif fresh and depth == 0 and token.kind not in _CONTINUING:
            if i > failed:
                return i, begun
            begun = i
        fresh = token.kind in ("_NEWLINE", "_DEDENT", "_INDENT")
    return len(items) - 1, begun
