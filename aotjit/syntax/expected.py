"""Says what is wrong where no grammar rule goes on: the first of a list of explanations that fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from aotjit.diagnostics import Diagnostic, Span
from aotjit.syntax.lalr import acceptable
from aotjit.syntax.lexer import Tokens
from aotjit.syntax.table import ParseTable
from aotjit.syntax.token import Token

_LAYOUT = frozenset(("_NEWLINE", "_INDENT", "_DEDENT", "$END"))
_COMPOUND = frozenset(
    ("if", "elif", "else", "while", "for", "with", "_GROUP_WITH", "def", "class", "try", "except", "finally", "async")
)
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


class Explanation(NamedTuple):
    """What to say, what to do about it, and where when that is not the unexpected token."""

    message: str
    hint: str | None = None
    at: Token | None = None


def explain(table: ParseTable, tokens: Tokens, index: int, states: list[int]) -> None:
    """Adds a diagnostic to `tokens` for the token at `index`, which does not fit the parser's stack `states`."""
    failure = Failure(table, tokens, index, frozenset(acceptable(table, states)))
    found = next((e for rule in _EXPLANATIONS if (e := rule(failure)) is not None), None) or _generic(failure)
    span = _where(failure) if found.at is None else tokens.span(found.at.start, found.at.end)
    tokens.diagnostics.append(Diagnostic(found.message, span, found.hint, _notes(failure)))


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
    return Explanation(f"expected an indented block after '{name}'", "write `pass` for an empty block")


def _unexpected_indent(failure: Failure) -> Explanation | None:
    return Explanation("unexpected indent") if failure.token.kind == "_INDENT" else None


def _stray_continuation(failure: Failure) -> Explanation | None:
    word = failure.token.kind
    if word in ("elif", "else", "except", "finally") and not failure.line():
        opener = {"elif": "'if'", "except": "'try'", "finally": "'try'"}.get(word, "'if', 'for' or 'while'")
        return Explanation(f"'{word}' without {opener} above it at the same indentation")
    return None


def _unfinished_try(failure: Failure) -> Explanation | None:
    if {"except", "finally"} <= failure.expected:
        return Explanation(f"expected 'except' or 'finally' before {_show(failure.token)}")
    return None


def _undecorated(failure: Failure) -> Explanation | None:
    if "def" in failure.expected and "class" in failure.expected and "NAME" not in failure.expected:
        return Explanation("expected a function or a class after the decorator")
    return None


def _else_if(failure: Failure) -> Explanation | None:
    before = failure.previous()
    if failure.token.kind == "if" and before is not None and before.kind == "else" and ":" in failure.expected:
        return Explanation("unexpected 'if' after 'else'", "write `elif`")
    return None


def _assignment_in_test(failure: Failure) -> Explanation | None:
    if failure.token.kind != "=" or "==" not in failure.expected or failure.opener() is not None:
        return None
    line = failure.line()
    if line and line[0].kind in ("if", "elif", "while", "assert"):
        return Explanation("'=' cannot stand in a condition", "write '==' to compare")
    return None


def _print_statement(failure: Failure) -> Explanation | None:
    line = failure.line()
    if len(line) == 1 and line[0].text in ("print", "exec") and failure.token.kind in _OPERANDS:
        return Explanation(f"{line[0].text} is a function", f"write `{line[0].text}(...)`", line[0])
    return None


def _foreign_operator(failure: Failure) -> Explanation | None:
    before = failure.previous()
    if before is None:
        return None
    pair = Token("", before.text + failure.token.text, before.start, failure.token.end)
    hints = {"&&": "write `and`", "||": "write `or`", "<>": "write `!=`"}
    if pair.text in hints and before.end == failure.token.start:
        return Explanation(f"'{pair.text}' is not an operator", hints[pair.text], pair)
    second = failure.previous(2)
    if before.kind in ("+", "-") and second is not None and second.kind == before.kind and second.end == before.start:
        pair = Token("", second.text + before.text, second.start, before.end)
        if failure.token.kind in ("_NEWLINE", ")", ";"):
            return Explanation(f"'{pair.text}' is not an operator", f"write `{before.text}= 1`", pair)
    return None


def _keyword_assigned(failure: Failure) -> Explanation | None:
    line = failure.line()
    if failure.token.kind in ("=", ".") and len(line) == 1 and line[0].kind in failure.table.keywords:
        return Explanation(f"'{line[0].text}' is a keyword and cannot be used as a name", None, line[0])
    return None


def _missing_in(failure: Failure) -> Explanation | None:
    if "in" not in failure.expected:
        return None
    for token in reversed(failure.line()):
        if token.kind == "in":
            return None
        if token.kind == "for":
            return Explanation(f"expected 'in' before {_show(failure.token)}")
    return None


def _missing_colon(failure: Failure) -> Explanation | None:
    line = failure.line()
    if ":" not in failure.expected or not line or failure.opener() is not None:
        return None
    if line[0].kind in _COMPOUND and not failure.colon_follows():
        return Explanation("expected ':'")
    return None


def _keyword_as_name(failure: Failure) -> Explanation | None:
    if "NAME" not in failure.expected or not failure.is_keyword():
        return None
    before = failure.previous()
    if failure.following.kind in ("=", ")", ",", ":", "(", ".", "in") or (before and before.kind in (".", "def")):
        return Explanation(f"'{failure.token.text}' is a keyword and cannot be used as a name")
    return None


def _missing_comma(failure: Failure) -> Explanation | None:
    starts_operand = failure.token.kind in _OPERANDS or failure.token.kind in ("(", "[", "{", "not", "lambda")
    if starts_operand and "," in failure.expected and (opener := failure.opener()) is not None:
        closer = {"(": ")", "[": "]", "{": "}"}[opener.kind]
        return Explanation(f"expected ',' or '{closer}' before {_show(failure.token)}")
    return None


def _missing_operand(failure: Failure) -> Explanation | None:
    """`x = `, `f(a, =)`, `a + * b`, `from x import`."""
    if "NAME" not in failure.expected or failure.expected & {",", "_NEWLINE"}:
        return None
    what = "an expression" if "NUMBER" in failure.expected else "a name"
    return Explanation(f"expected {what} before {_show(failure.token)}")


def _generic(failure: Failure) -> Explanation:
    wanted = failure.expected - _LAYOUT | (failure.expected & {"_NEWLINE"})
    if 0 < len(wanted) <= 3:
        names = sorted("the end of the line" if kind == "_NEWLINE" else f"'{kind}'" for kind in wanted)
        listing = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]
        return Explanation(f"expected {listing} before {_show(failure.token)}")
    return Explanation(f"invalid syntax: unexpected {_show(failure.token)}")


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
    _unfinished_try,
    _undecorated,
    _stray_continuation,
    _else_if,
    _assignment_in_test,
    _print_statement,
    _foreign_operator,
    _keyword_assigned,
    _missing_in,
    _missing_colon,
    _keyword_as_name,
    _missing_comma,
    _missing_operand,
)
