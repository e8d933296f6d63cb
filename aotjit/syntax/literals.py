"""The values of string and number literals."""

from __future__ import annotations

import re


class LiteralError(Exception):
    """A malformed literal; `start` and `end` are offsets in the text the literal was read from."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


_ESCAPE = re.compile(
    r"\\(?:(?P<line>\r?\n)|(?P<octal>[0-7]{1,3})|x(?P<x>[0-9a-fA-F]{0,2})|u(?P<u>[0-9a-fA-F]{0,4})"
    r"|U(?P<U>[0-9a-fA-F]{0,8})|N(?P<N>\{[^}\n]*\}?)?|(?P<other>.))",
    re.DOTALL,
)
_SIMPLE = {"\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_DIGITS = {"x": 2, "u": 4, "U": 8}


def split_string(text: str) -> tuple[str, int, int]:
    """A literal's prefix in lower case and where its content begins and ends."""
    start = min(i for i in (text.find("'"), text.find('"')) if i >= 0)
    width = 3 if text[start : start + 3] in ("'''", '"""') and len(text) >= start + 6 else 1
    return text[:start].lower(), start + width, len(text) - width


def decode_escapes(content: str, offset: int) -> str:
    """`content` with its backslash escapes replaced; `offset` is where it stands, for messages."""
    if "\r" in content:
        content = content.replace("\r\n", "\n")
    if "\\" not in content:
        return content

    def replace(found: re.Match[str]) -> str:
        group = found.lastgroup
        if group == "line":
            return ""
        if group == "octal":
            return chr(int(found["octal"], 8))
        if group == "other":
            return _SIMPLE.get(found["other"], found.group())
        start, end = offset + found.start(), offset + found.end()
        if group in _DIGITS:
            return _code_point(group, found[group], start, end)
        return _named(found["N"], start, end)

    return _ESCAPE.sub(replace, content)


def _code_point(letter: str, digits: str, start: int, end: int) -> str:
    if len(digits) != _DIGITS[letter]:
        raise LiteralError(f"\\{letter} in a string needs {_DIGITS[letter]} hexadecimal digits", start, end)
    code = int(digits, 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise LiteralError(f"\\{letter}{digits} is not a Unicode character", start, end)
    return chr(code)


def _named(name: str | None, start: int, end: int) -> str:
    import unicodedata

    try:
        return unicodedata.lookup((name or "").strip("{}"))
    except KeyError:
        raise LiteralError("\\N in a string needs the name of a Unicode character in braces", start, end) from None


def number_value(text: str, start: int) -> int | float | complex:
    """The value of a number literal as Python reads it; malformed ones raise LiteralError."""
    try:
        if text[:2].lower() in ("0x", "0o", "0b"):
            return int(text, 0)
        if text[-1] in "jJ":
            return complex(0.0, float(text[:-1]))
        if any(c in ".eE" for c in text):
            return float(text)
        return int(text, 0)
    except ValueError:
        end = start + len(text)
        if len(text) > 1000:
            raise LiteralError("this number has too many digits", start, end) from None
        if text.isdigit():
            raise LiteralError(f"'{text}': a decimal number may not begin with 0", start, end) from None
        raise LiteralError(f"'{text}' is not a valid number", start, end) from None
