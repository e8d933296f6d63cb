"""Says what is wrong where no grammar rule goes on: the first of a list of explanations that fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aotjit.diagnostics import Diagnostic, Span
from aotjit.syntax.lalr import UnexpectedTokenError, acceptable
from aotjit.syntax.lexer import Tokens
from aotjit.syntax.table import ParseTable
from aotjit.syntax.token import Token

_LAYOUT = frozenset(("_NEWLINE", "_INDENT", "_DEDENT", "$END"))
_COMPOUND = frozenset(
    ("if", "elif", "else", "while", "for", "with", "_GROUP_WITH", "def", "class", "try", "except", "finally", "async")
)
_WORDS = {"NAME": "a name", "_NEWLINE": "the end of the line", "_INDENT": "an indented block"}
_OPERANDS = frozenset(("NAME", "NUMBER", "STRING", "None", "True", "False", "..."))


@dataclass(frozen=True)
class Failure:
    """The unexpected token, its surroundings, and the kinds that would have been right."""

    table: ParseTable
    tokens: Tokens
    index: int
    expected: frozenset[str]

    @property
    def token(self) -> Token:
        return self.tokens.items[self.index]

    def previous(self, distance: int = 1) -> Token | None:
        return self.tokens.items[self.index - distance] if self.index >= distance else None

    @property
    def following(self) -> Token:
        return self.tokens.items[min(self.index + 1, len(self.tokens.items) - 1)]

    def is_keyword(self) -> bool:
        return self.token.kind in self.table.keywords

    def line(self) -> list[Token]:
        """The tokens of the logical line so far."""
        first = self.index
        while first > 0 and self.tokens.items[first - 1].kind not in _LAYOUT:
            first -= 1
        return self.tokens.items[first : self.index]

    def colon_follows(self) -> bool:
        """The rest of the logical line ends in a colon, so it is not the colon that is missing."""
        at = self.index
        while self.tokens.items[at].kind not in _LAYOUT:
            at += 1
        return at > self.index and self.tokens.items[at - 1].kind == ":"

    def opener(self) -> Token | None:
        """The innermost bracket open at the token."""
        depth = 0
        for token in reversed(self.line()):
            if token.kind in (")", "]", "}"):
                depth += 1
            elif token.kind in ("(", "[", "{"):
                if depth == 0:
                    return token
                depth -= 1
        return None


Explanation = tuple[str, str | None]
"""A message and a hint."""


def explain(table: ParseTable, tokens: Tokens, error: UnexpectedTokenError) -> None:
    """Adds the diagnostic for `error` to `tokens`."""
    failure = Failure(table, tokens, error.index, frozenset(acceptable(table, error.states)))
    for rule in _EXPLANATIONS:
        found = rule(failure)
        if found is not None:
            break
    message, hint = found or _generic(failure)
    tokens.diagnostics.append(Diagnostic(message, _where(failure), hint, _notes(failure)))


def _where(failure: Failure) -> Span:
    token = failure.token
    if token.kind == "_INDENT" or (token.kind == "_DEDENT" and failure.following.kind not in _LAYOUT):
        token = failure.following
    if token.kind in _LAYOUT:
        return failure.tokens.span(token.start, token.end + 1)
    return failure.tokens.span(token.start, token.end)


def _notes(failure: Failure) -> tuple[tuple[Span, str], ...]:
    if "_INDENT" not in failure.expected:
        return ()
    header = _header(failure)
    if header is None:
        return ()
    return ((failure.tokens.span(header.start, header.end), "the block should follow this line"),)


def _header(failure: Failure) -> Token | None:
    """The keyword of the line before the token's own."""
    at = failure.index - 1
    while at >= 0 and failure.tokens.items[at].kind in _LAYOUT:
        at -= 1
    while at > 0 and failure.tokens.items[at - 1].kind not in _LAYOUT:
        at -= 1
    return failure.tokens.items[at] if at >= 0 else None


def _missing_block(failure: Failure) -> Explanation | None:
    if "_INDENT" not in failure.expected:
        return None
    header = _header(failure)
    name = {"_GROUP_WITH": "with"}.get(header.kind, header.text) if header else "statement"
    return f"expected an indented block after '{name}'", "write `pass` for an empty block"


def _unexpected_indent(failure: Failure) -> Explanation | None:
    return ("unexpected indent", None) if failure.token.kind == "_INDENT" else None


def _stray_continuation(failure: Failure) -> Explanation | None:
    word = failure.token.kind
    if word in ("elif", "else", "except", "finally") and not failure.line():
        opener = {"elif": "'if'", "except": "'try'", "finally": "'try'"}.get(word, "'if', 'for' or 'while'")
        return f"'{word}' without {opener} above it at the same indentation", None
    return None


def _else_if(failure: Failure) -> Explanation | None:
    before = failure.previous()
    if failure.token.kind == "if" and before is not None and before.kind == "else" and ":" in failure.expected:
        return "unexpected 'if' after 'else'", "write `elif`"
    return None


def _assignment_in_test(failure: Failure) -> Explanation | None:
    if failure.token.kind != "=" or "==" not in failure.expected:
        return None
    if failure.opener() is None and (line := failure.line()) and line[0].kind in ("if", "elif", "while", "assert"):
        return "'=' cannot stand in a condition", "write '==' to compare"
    return None


def _missing_colon(failure: Failure) -> Explanation | None:
    line = failure.line()
    if ":" not in failure.expected or not line or failure.opener() is not None:
        return None
    if line[0].kind in _COMPOUND and not failure.colon_follows():
        return "expected ':'", None
    return None


def _keyword_as_name(failure: Failure) -> Explanation | None:
    if "NAME" not in failure.expected or not failure.is_keyword():
        return None
    before = failure.previous()
    if failure.following.kind in ("=", ")", ",", ":", "(", ".", "in") or (before and before.kind in (".", "def")):
        return f"'{failure.token.text}' is a keyword and cannot be used as a name", None
    return None


def _keyword_assigned(failure: Failure) -> Explanation | None:
    line = failure.line()
    if failure.token.kind in ("=", ".") and len(line) == 1 and line[0].kind in failure.table.keywords:
        return f"'{line[0].text}' is a keyword and cannot be used as a name", None
    return None


def _missing_comma(failure: Failure) -> Explanation | None:
    starts_operand = failure.token.kind in _OPERANDS or failure.token.kind in ("(", "[", "{", "not", "lambda")
    if starts_operand and "," in failure.expected and (opener := failure.opener()) is not None:
        closer = {"(": ")", "[": "]", "{": "}"}[opener.kind]
        return f"expected ',' or '{closer}' before {_show(failure.token)}", None
    return None


def _print_statement(failure: Failure) -> Explanation | None:
    line = failure.line()
    if len(line) == 1 and line[0].text in ("print", "exec") and failure.token.kind in _OPERANDS:
        return f"{line[0].text} is a function", f"write `{line[0].text}(...)`"
    return None


def _foreign_operator(failure: Failure) -> Explanation | None:
    before = failure.previous()
    if before is None or before.end != failure.token.start:
        return None
    hints = {"&&": "write `and`", "||": "write `or`", "<>": "write `!=`"}
    pair = before.text + failure.token.text
    if pair in hints:
        return f"'{pair}' is not an operator", hints[pair]
    if pair in ("++", "--") or (before.kind in ("+", "-") and failure.token.kind == "_NEWLINE"):
        second = failure.previous(2)
        if second is not None and second.kind == before.kind:
            operator = before.text * 2
            return f"'{operator}' is not an operator", f"write `{before.text}= 1`"
    return None


def _expected_expression(failure: Failure) -> Explanation | None:
    """An operand is missing: `x = `, `f(a, =)`, `a + * b`."""
    if "NAME" in failure.expected and "NUMBER" in failure.expected and not (failure.expected & {",", "_NEWLINE"}):
        return f"expected an expression before {_show(failure.token)}", None
    return None


def _generic(failure: Failure) -> Explanation:
    wanted = failure.expected - _LAYOUT | (failure.expected & {"_NEWLINE"})
    if 0 < len(wanted) <= 3:
        names = sorted(_WORDS.get(kind, f"'{kind}'") for kind in wanted)
        listing = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]
        return f"expected {listing} before {_show(failure.token)}", None
    return f"invalid syntax: unexpected {_show(failure.token)}", None


def _show(token: Token) -> str:
    if token.kind in ("_NEWLINE", "_INDENT", "_DEDENT"):
        return "the end of the line"
    if token.kind == "$END":
        return "the end of the text"
    if token.kind == "STRING":
        return "a string"
    text = token.text if len(token.text) <= 30 else token.text[:27] + "..."
    return f"'{text}'"


_EXPLANATIONS: tuple[Callable[[Failure], Explanation | None], ...] = (
    _missing_block,
    _unexpected_indent,
    _stray_continuation,
    _else_if,
    _assignment_in_test,
    _print_statement,
    _foreign_operator,
    _keyword_assigned,
    _missing_colon,
    _keyword_as_name,
    _missing_comma,
    _expected_expression,
)
