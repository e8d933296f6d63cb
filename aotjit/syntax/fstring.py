"""Where an f-string ends and where its fields are, before any of them is parsed.

Fields may contain strings with the same quotes (as Python 3.12 allows), brackets and nested format specs, so an
f-string's end is only known by scanning its fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aotjit.syntax.literals import LiteralError

MAX_NESTING = 5


@dataclass(frozen=True)
class Field:
    """`{expression=!conversion:spec}` as offsets. `debug` is the text before the `=` of `{x=}`, with it."""

    start: int
    expression_end: int
    debug: str | None
    conversion: str | None
    spec: str | None


@dataclass(frozen=True)
class FormattedLayout:
    """Literal pieces (start, end offsets) and fields in turn; `end` is after the closing quote."""

    raw: bool
    parts: tuple[tuple[int, int] | Field, ...]
    end: int


_PLAIN = re.compile(r"[^\\{}\n'\"]+")
_NESTED = re.compile(
    r"(?P<formatted>(?:[fFtT][rR]?|[rR][fFtT])(?:'''|\"\"\"|'|\"))"
    r"|(?:[rR][bB]?|[bB][rR]?|[uU])?(?:'''(?:[^'\\]|\\.|'(?!''))*'''|\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\""
    r"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")|[^\W\d]\w*",
    re.DOTALL,
)


def scan_formatted(text: str, start: int, content: int, limit: int, depth: int = 0) -> FormattedLayout:
    """The layout of the f-string whose prefix is at `start` and whose content begins at `content`."""
    if depth > MAX_NESTING:
        raise LiteralError(f"f-strings are nested more than {MAX_NESTING} deep", start, content)
    opening = text[start:content]
    quote = opening[-3:] if opening[-3:] in ("'''", '"""') else opening[-1]
    return _Scanner(text, start, limit, quote, "r" in opening[: -len(quote)].lower(), depth).scan(content)


class _Scanner:
    def __init__(self, text: str, start: int, limit: int, quote: str, raw: bool, depth: int) -> None:
        self.text, self.start, self.limit = text, start, limit
        self.quote, self.raw, self.depth = quote, raw, depth

    def fail(self, message: str, start: int, end: int | None = None) -> LiteralError:
        return LiteralError(message, start, end if end is not None else start + 1)

    def scan(self, at: int) -> FormattedLayout:
        parts: list[tuple[int, int] | Field] = []
        literal = at
        while True:
            at = self.skip_literal(at)
            if self.text.startswith(self.quote, at):
                parts.append((literal, at))
                return FormattedLayout(self.raw, tuple(parts), at + len(self.quote))
            if self.text[at] == "}":
                raise self.fail("'}' alone in an f-string: write '}}' for a brace", at)
            parts.append((literal, at))
            field, at = self.field(at)
            parts.append(field)
            literal = at

    def skip_literal(self, at: int) -> int:
        """To the closing quote, the `{` of a field, or a lone `}`."""
        while True:
            found = _PLAIN.match(self.text, at, self.limit)
            at = found.end() if found else at
            if at >= self.limit or (self.text[at] == "\n" and len(self.quote) == 1):
                raise self.fail("unterminated f-string", self.start, self.start + 1)
            character = self.text[at]
            if character in "{}":
                if self.text[at : at + 2] != character * 2:
                    return at
                at += 2
            elif character == "\\":
                at = self.skip_escape(at)
            elif self.text.startswith(self.quote, at):
                return at
            else:
                at += 1

    def skip_escape(self, at: int) -> int:
        following = self.text[at + 1 : at + 3]
        if following == "N{" and not self.raw:
            end = self.text.find("}", at, self.limit)
            return at + 2 if end < 0 else end + 1
        return at + 1 if following[:1] in ("{", "}") else at + 2

    def field(self, opening: int) -> tuple[Field, int]:
        """The field whose `{` is at `opening`, and the offset after its `}`."""
        start = opening + 1
        end = at = self.skip_expression(start, opening)
        debug = conversion = spec = None
        if self.text[at] == "=":
            at = re.compile(r"\s*").match(self.text, at + 1).end()  # type: ignore[union-attr]  # matches the empty string
            debug = self.text[start:at]
        if self.text[at] == "!":
            conversion = self.text[at + 1 : at + 2]
            if conversion not in ("r", "s", "a") or self.text[at + 2 : at + 3] not in (":", "}"):
                raise self.fail("an f-string conversion is one of !r !s !a", at, at + 2)
            at += 2
        if self.text[at] == ":":
            spec_end = self.skip_spec(at + 1, opening)
            spec = self.text[at + 1 : spec_end]
            at = spec_end
        if at >= self.limit or self.text[at] != "}":
            raise self.fail("'{' of this f-string field was never closed", opening)
        if not self.text[start:end].strip():
            raise self.fail("an f-string field needs an expression", opening, at + 1)
        return Field(start, end, debug, conversion, spec), at + 1

    def skip_expression(self, at: int, opening: int) -> int:
        """To the `=`, `!`, `:` or `}` that ends a field's expression."""
        depth = 0
        while at < self.limit:
            character = self.text[at]
            if depth == 0 and (
                character in ":}"
                or (character == "!" and self.text[at + 1 : at + 2] != "=")
                or (character == "=" and self.is_debug(at))
            ):
                return at
            if character in "([{":
                depth += 1
            elif character in ")]}":
                depth -= 1
            elif character == "\n" and len(self.quote) == 1:
                break
            elif character == "\\":
                raise self.fail("a backslash may not stand in an f-string field", at)
            found = _NESTED.match(self.text, at, self.limit)
            if found is None:
                if character in "'\"":
                    break
                at += 1
            elif found["formatted"]:
                at = scan_formatted(self.text, at, found.end(), self.limit, self.depth + 1).end
            else:
                at = found.end()
        raise self.fail("'{' of this f-string field was never closed", opening)

    def is_debug(self, at: int) -> bool:
        """`=` that ends the expression of `{x=}`, and no part of == <= >= !=."""
        if self.text[at + 1 : at + 2] == "=" or self.text[at - 1] in "=<>!:":
            return False
        return re.compile(r"\s*[!:}]").match(self.text, at + 1, self.limit) is not None

    def skip_spec(self, at: int, opening: int) -> int:
        """To the `}` that ends a format spec; fields inside it are skipped."""
        while at < self.limit and self.text[at] != "}":
            if self.text.startswith(self.quote, at) or (self.text[at] == "\n" and len(self.quote) == 1):
                break
            if self.text[at] == "{":
                if self.depth >= MAX_NESTING:
                    raise self.fail(f"f-strings are nested more than {MAX_NESTING} deep", at)
                nested = _Scanner(self.text, self.start, self.limit, self.quote, self.raw, self.depth + 1)
                at = nested.field(at)[1]
            else:
                at += 1
        if at >= self.limit or self.text[at] != "}":
            raise self.fail("'{' of this f-string field was never closed", opening)
        return at
