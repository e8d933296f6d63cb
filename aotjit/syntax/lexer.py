"""Source text to tokens: layout (newlines, indents), brackets, literals, comments that carry types.

A token is a kind, its text and its offsets; the kind of a keyword or operator is its own text. Layout tokens have no
width and stand where the last real token ends, so that a node's span ends with its last visible character. Mistakes
found here are collected, and lexing goes on with a stand-in token.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from aotjit.diagnostics import CompileError, Diagnostic, SourceText, Span
from aotjit.syntax.fstring import FormattedLayout, scan_formatted
from aotjit.syntax.literals import LiteralError
from aotjit.syntax.table import parse_table
from aotjit.syntax.token import Token, fold_match_blocks, mark_group_with

MAX_BRACKETS = 100
MAX_INDENTS = 60
TAB_WIDTH = 8


class TypeComment(NamedTuple):
    """The text after `# type:` and its offsets."""

    text: str
    start: int
    end: int


@dataclass
class Tokens:
    """What the lexer found in one file (or one region of it). The last token is `$END`."""

    source: SourceText
    line_starts: list[int]
    items: list[Token] = field(default_factory=list)
    type_comments: dict[int, TypeComment] = field(default_factory=dict)
    formatted: dict[int, FormattedLayout] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    error_offsets: list[int] = field(default_factory=list)

    def span(self, start: int, end: int) -> Span:
        starts = self.line_starts
        line = bisect_right(starts, start)
        end_line = line if line == len(starts) or end < starts[line] else bisect_right(starts, end)
        return Span(self.source, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def line_of(self, offset: int) -> int:
        return bisect_right(self.line_starts, offset)

    def error(self, start: int, end: int, message: str, hint: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(message, self.span(start, end), hint))
        self.error_offsets.append(start)


def tokenize(source: SourceText) -> Tokens:
    """The tokens of a whole file."""
    tokens = Tokens(source, _line_starts(source.text))
    lexer = _Lexer(tokens, 0, len(source.text), layout=True)
    lexer.run()
    tokens.items = fold_match_blocks(tokens.items) if "match" in source.text else tokens.items
    mark_group_with(tokens.items)
    return tokens


def tokenize_region(parent: Tokens, start: int, end: int) -> Tokens:
    """The tokens of one expression inside a file already tokenized; newlines are blank there."""
    tokens = Tokens(parent.source, parent.line_starts, diagnostics=parent.diagnostics)
    tokens.error_offsets = parent.error_offsets
    _Lexer(tokens, start, end, layout=False).run()
    return tokens


def tokenize_expression(source: SourceText, within: Span | None) -> Tokens:
    """The tokens of an expression, where newlines are blank; `within` is where it stands in another file.

    Where the text is not there letter for letter (escapes, joined literals), every span is `within` itself.
    """
    if within is None:
        whole = Tokens(source, _line_starts(source.text))
        _Lexer(whole, 0, len(source.text), layout=False).run()
        return whole
    outer = within.source
    starts = _line_starts(outer.text)
    begin = starts[within.line - 1] + within.column - 1
    end = starts[within.end_line - 1] + within.end_column - 1
    at = outer.text.find(source.text, begin, end)
    if at < 0:
        tokens: Tokens = _PinnedTokens(source, _line_starts(source.text), place=within)
        _Lexer(tokens, 0, len(source.text), layout=False).run()
    else:
        tokens = Tokens(outer, starts)
        _Lexer(tokens, at, at + len(source.text), layout=False).run()
    return tokens


@dataclass
class _PinnedTokens(Tokens):
    place: Span = field(kw_only=True)

    def span(self, start: int, end: int) -> Span:
        return self.place


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


# Keywords that cannot stand inside an expression: at the start of a line they prove that a bracket was left open.
_STATEMENT_WORDS = frozenset(
    ("def", "class", "import", "return", "while", "with", "try", "raise", "assert", "del", "global", "pass", "break")
)
# Words that may follow a number without a space, as in `1if x else 2`.
_AFTER_NUMBER = frozenset(["and", "or", "in", "is", "if", "else", "for", "not"])
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_STRAY = {
    "“": "use straight quotes",
    "”": "use straight quotes",
    "‘": "use straight quotes",
    "’": "use straight quotes",
    "!": "write `not x`",
    "?": None,
    "$": None,
    "`": "use straight quotes",
    "–": "use the ASCII minus sign",
    "−": "use the ASCII minus sign",
    "×": "use *",
    "≤": "use <=",
    "≥": "use >=",
    "≠": "use !=",
}


@functools.cache
def _pattern() -> re.Pattern[str]:
    table = parse_table()
    operators = sorted(table.operators, key=len, reverse=True)
    return re.compile(
        r"(?:[ \t\f\r\ufeff]|\\\r?\n)*(?:"
        r"(?P<newline>\n)|(?P<comment>\#[^\n]*)"
        r"|(?P<formatted>(?:[fFtT][rR]?|[rR][fFtT])(?:'''|\"\"\"|'|\"))"
        f"|(?P<STRING>{table.patterns['STRING']})"
        r"|(?P<quote>(?:[rR][bB]?|[bB][rR]?|[uU])?(?:'''|\"\"\"|'|\"))"
        f"|(?P<NAME>{table.patterns['NAME']})|(?P<NUMBER>{table.patterns['NUMBER']})"
        f"|(?P<operator>{'|'.join(map(re.escape, operators))})"
        r"|(?P<end>\Z)|(?P<stray>.))",
        re.DOTALL,
    )


_INDENT = re.compile(r"[ \t\f\ufeff]*")
_BLANK = re.compile(r"\r?\n|#|\r?\Z|\\\r?\n")
_TYPE_COMMENT = re.compile(r"#\s*type:(?!\s*ignore\b)\s*(.*?)\s*\Z", re.DOTALL)
_TYPE_ALIAS = re.compile(r"type[ \t]+[^\W\d]\w*[ \t]*(?:=(?!=)|\[)")


class _Lexer:
    def __init__(self, tokens: Tokens, start: int, end: int, layout: bool) -> None:
        self.tokens = tokens
        self.text = tokens.source.text
        self.at, self.limit, self.layout = start, end, layout
        self.last_end = start
        self.brackets: list[tuple[str, int]] = []
        # Each open indent as (width with tabs to multiples of 8, width with tabs as 1).
        self.indents: list[tuple[int, int]] = [(0, 0)]
        self.keywords = parse_table().keywords

    def emit(self, kind: str, text: str, start: int, end: int) -> None:
        self.tokens.items.append(Token(kind, text, start, end))
        self.last_end = end

    def emit_layout(self, kind: str) -> None:
        self.tokens.items.append(Token(kind, "", self.last_end, self.last_end))

    def run(self) -> None:
        if "\0" in self.text:
            at = self.text.index("\0")
            self.tokens.error(at, at + 1, "the source contains a null byte")
        match = _pattern().match
        line_start = self.layout
        while True:
            if line_start and not self.brackets:
                self.indentation()
            found = match(self.text, self.at, self.limit)
            assert found is not None and found.lastgroup is not None
            group = found.lastgroup
            start, self.at = found.start(group), found.end()
            if group == "end":
                break
            if group == "newline":
                line_start = self.layout
                self.newline()
                continue
            if group == "comment":
                self.comment(start)
                continue
            self.token(group, start, line_start)
            line_start = False
        self.finish()

    def indentation(self) -> None:
        """Compares a line's indentation with the open blocks; blank and comment lines do not count."""
        found = _INDENT.match(self.text, self.at)
        assert found is not None
        if _BLANK.match(self.text, found.end(), self.limit):
            return
        wide = narrow = 0
        for character in found.group():
            if character == "\f":
                wide = narrow = 0
            elif character != "\ufeff":
                wide = (wide // TAB_WIDTH + 1) * TAB_WIDTH if character == "\t" else wide + 1
                narrow += 1
        top = self.indents[-1]
        if wide > top[0]:
            if len(self.indents) > MAX_INDENTS:
                span = self.tokens.span(found.end(), found.end() + 1)
                raise CompileError.at(span, f"more than {MAX_INDENTS} levels of indentation")
            if narrow <= top[1]:
                self.mixed_tabs(found)
            self.indents.append((wide, narrow))
            self.emit_layout("_INDENT")
            return
        while wide < self.indents[-1][0]:
            self.indents.pop()
            self.emit_layout("_DEDENT")
        if wide != self.indents[-1][0]:
            self.tokens.error(
                found.end(), found.end() + 1, "unindent does not match any outer indentation level",
                "align the line with a block that is open above it",
            )  # fmt: skip
        elif narrow != self.indents[-1][1]:
            self.mixed_tabs(found)

    def mixed_tabs(self, found: re.Match[str]) -> None:
        self.tokens.error(
            found.start(), found.end(), "indentation mixes tabs and spaces, so its depth depends on the tab width",
            "indent with spaces only",
        )  # fmt: skip

    def newline(self) -> None:
        items = self.tokens.items
        if self.layout and not self.brackets and items and items[-1].kind not in ("_NEWLINE", "_INDENT", "_DEDENT"):
            self.emit_layout("_NEWLINE")

    def comment(self, start: int) -> None:
        found = _TYPE_COMMENT.match(self.text, start, self.at)
        if found is not None:
            line = self.tokens.line_of(start)
            self.tokens.type_comments[line] = TypeComment(found.group(1), found.start(1), found.end(1))

    def token(self, group: str, start: int, line_start: bool) -> None:
        text = self.text[start : self.at]
        if group == "NAME":
            self.name(text, start, line_start)
        elif group == "operator":
            self.operator(text, start)
        elif group == "STRING":
            self.emit("STRING", text, start, self.at)
        elif group == "NUMBER":
            self.number(text, start)
        elif group == "formatted":
            self.formatted(text, start)
        elif group == "quote":
            self.unterminated(text, start)
        else:
            self.stray(text, start)

    def name(self, text: str, start: int, line_start: bool) -> None:
        if text in self.keywords:
            if line_start and self.brackets and text in _STATEMENT_WORDS:
                self.never_closed()
                self.emit_layout("_NEWLINE")
                self.at = self.text.rfind("\n", 0, start) + 1
                self.indentation()
                self.at = start + len(text)
            self.emit(text, text, start, self.at)
            return
        if line_start and text == "type" and _TYPE_ALIAS.match(self.text, start):
            self.emit("TYPE_WORD", text, start, self.at)
            return
        if not text.isascii():
            text = _normalize(text)
        self.emit("NAME", text, start, self.at)

    def operator(self, text: str, start: int) -> None:
        self.emit(text, text, start, self.at)
        if text in "([{":
            if len(self.brackets) == MAX_BRACKETS:
                span = self.tokens.span(start, self.at)
                raise CompileError.at(span, f"brackets are nested more than {MAX_BRACKETS} deep")
            self.brackets.append((text, start))
        elif text in ")]}":
            if not self.brackets:
                self.tokens.error(start, self.at, f"unmatched '{text}'")
                return
            opener, opened = self.brackets.pop()
            if opener != _CLOSERS[text]:
                self.tokens.error_offsets.append(start)
                self.tokens.diagnostics.append(
                    Diagnostic(
                        f"closing '{text}' does not match the opening '{opener}'",
                        self.tokens.span(start, self.at),
                        notes=((self.tokens.span(opened, opened + 1), f"'{opener}' was opened here"),),
                    )
                )

    def number(self, text: str, start: int) -> None:
        self.emit("NUMBER", text, start, self.at)
        rest = re.compile(r"\w+").match(self.text, self.at, self.limit)
        if rest is not None and rest.group() not in _AFTER_NUMBER:
            self.tokens.error(start, rest.end(), f"'{text}{rest.group()}' is neither a number nor a name")
            self.at = rest.end()

    def formatted(self, text: str, start: int) -> None:
        try:
            layout = scan_formatted(self.text, start, self.at, self.limit)
        except LiteralError as error:
            self.tokens.error(error.start, error.end, str(error))
            end = self.text.find("\n", self.at, self.limit)
            self.at = self.limit if end < 0 or len(text) > 3 else end
            self.emit("STRING", "''", start, self.at)
            return
        self.tokens.formatted[start] = layout
        self.at = layout.end
        self.emit("STRING", self.text[start : self.at], start, self.at)

    def unterminated(self, text: str, start: int) -> None:
        triple = len(text) >= 3 and text[-3:] in ("'''", '"""')
        end = self.limit if triple else self.text.find("\n", self.at, self.limit)
        self.at = self.limit if end < 0 else end
        quote = text[-3:] if triple else text[-1]
        kind = "triple-quoted string" if triple else "string"
        self.tokens.error(start, start + len(text), f"unterminated {kind}", f"close it with {quote}")
        self.emit("STRING", "''", start, self.at)

    def stray(self, text: str, start: int) -> None:
        if text == "\\":
            self.tokens.error(start, self.at, "only a newline may follow a line-continuation '\\'")
        elif text != "\0":
            shown = f"'{text}'" if text.isprintable() else f"U+{ord(text):04X}"
            hint = _STRAY.get(text)
            self.tokens.error(start, self.at, f"{shown} is not a character of the language", hint)

    def never_closed(self) -> None:
        opener, opened = self.brackets[-1]
        self.tokens.error(opened, opened + 1, f"'{opener}' was never closed")
        self.brackets.clear()

    def finish(self) -> None:
        if self.brackets:
            self.never_closed()
        items = self.tokens.items
        if self.layout:
            if items and items[-1].kind not in ("_NEWLINE", "_DEDENT"):
                self.emit_layout("_NEWLINE")
            for _ in self.indents[1:]:
                self.emit_layout("_DEDENT")
        self.emit_layout("$END")


def _normalize(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", text)
