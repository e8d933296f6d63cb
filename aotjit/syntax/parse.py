"""Source text to syntax tree.

`parse` reads a whole file, `parse_expression` one expression (a `--entry` option, an annotation in quotes, a type
comment), `parse_signature` the text of a signature comment. All mistakes of a file are reported at once: after one,
parsing resumes at the next definition or top-level statement.
"""

from __future__ import annotations

from typing import Any

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.syntax import ast, lalr
from aotjit.syntax.builder import TreeBuilder
from aotjit.syntax.expected import explain
from aotjit.syntax.lexer import Tokens, tokenize, tokenize_expression
from aotjit.syntax.recovery import Recovery
from aotjit.syntax.table import ParseTable, parse_table

MAX_ERRORS = 20


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
    items = tokens.items
    result: Any = None
    recovery: Recovery | None = None
    first = 0
    while True:
        try:
            result = lalr.run(table, start, items, first, TreeBuilder(tokens))
            break
        except lalr.UnexpectedTokenError as error:
            failed = error.index
            recovery = recovery or Recovery(items)
            resumed = recovery.end_of_block(failed, first)
            if resumed is None:
                _report(
                    table,
                    tokens,
                    recovery.definition(failed),
                    failed,
                    lalr.states_before(table, start, items, first, failed),
                )
                resumed = recovery.after(failed)
            first = resumed
        except lalr.TooDeepError as error:
            recovery = recovery or Recovery(items)
            first = recovery.after(error.index)
            tokens.error(
                error.start, error.end, f"nested more than {lalr.MAX_DEPTH} levels deep",
                "compute parts of this in statements of their own",
            )  # fmt: skip
        if start != "file" or items[first].kind == "$END" or len(tokens.diagnostics) >= MAX_ERRORS:
            break
    if tokens.diagnostics:
        found = sorted(tokens.diagnostics, key=lambda d: (d.span.line, d.span.column) if d.span else (0, 0))
        raise CompileError(found[:MAX_ERRORS])
    return result


def _report(table: ParseTable, tokens: Tokens, begun: int, failed: int, states: list[int]) -> None:
    """Explains the token at `failed`, unless a mistake the lexer saw in the same definition already does."""
    begin, end = tokens.items[begun].start, tokens.items[min(failed + 1, len(tokens.items) - 1)].end
    if not any(begin <= offset <= end for offset in tokens.error_offsets):
        explain(table, tokens, failed, states)
