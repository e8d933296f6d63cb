"""Reads a type from the text that `str` writes of it."""

from __future__ import annotations

import re

from aotjit.dtypes import DTYPE_BY_TEXT
from aotjit.types import (
    SIMPLE_TYPES,
    TENSOR,
    ClassType,
    DictType,
    Dim,
    EnumType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    UnionType,
    future_type,
)

_TOKEN = re.compile(r"\s*([A-Za-z_][\w.]*|\d+|\.\.\.|[\[\],;?*()])")


def parse_type(text: str) -> Type:
    """The type that `str` wrote. Raises ValueError with the place when the text is no type."""
    tokens: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"not a type: {text!r} at {text[at:]!r}")
        tokens.append(match.group(1))
        at = match.end()
    parser = _TypeParser(tokens, text)
    result = parser.type()
    parser.end()
    return result


class _TypeParser:
    def __init__(self, tokens: list[str], text: str) -> None:
        self.tokens, self.text, self.at = tokens, text, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if not token or (expected is not None and token != expected):
            raise ValueError(f"not a type: {self.text!r} (expected {expected or 'more'} at {token or 'the end'!r})")
        self.at += 1
        return token

    def end(self) -> None:
        if self.at != len(self.tokens):
            raise ValueError(f"not a type: {self.text!r} (unexpected {self.peek()!r})")

    def type(self) -> Type:
        name = self.take()
        if name in SIMPLE_TYPES:
            return SIMPLE_TYPES[name]
        if name == "Tensor":
            return self.tensor()
        if name in ("List", "Optional", "Dict", "Tuple"):
            arguments = self.arguments()
            if name == "Tuple":
                return TupleType(tuple(arguments))
            if len(arguments) != (2 if name == "Dict" else 1):
                raise ValueError(f"not a type: {self.text!r} ({name} takes {2 if name == 'Dict' else 1})")
            if name == "Dict":
                return DictType(arguments[0], arguments[1])
            return ListType(arguments[0]) if name == "List" else OptionalType(arguments[0])
        if name == "Future":
            return future_type(self.arguments()[0])
        if name in ("Enum", "Union"):
            arguments = self.arguments()
            return EnumType(str(arguments[0])) if name == "Enum" else UnionType(tuple(arguments))
        return ClassType(name)

    def arguments(self) -> list[Type]:
        self.take("[")
        result: list[Type] = []
        if self.peek() == "(":
            self.take("(")
            self.take(")")
        while self.peek() != "]":
            result.append(self.type())
            if self.peek() != "]":
                self.take(",")
        self.take("]")
        return result

    def tensor(self) -> TensorType:
        if self.peek() != "[":
            return TENSOR
        self.take("[")
        text = self.take()
        if text != "?" and text not in DTYPE_BY_TEXT:
            raise ValueError(f"not a type: {self.text!r} (unknown element type {text!r})")
        dtype = DTYPE_BY_TEXT.get(text)
        dims: tuple[Dim, ...] | None = None
        if self.peek() == ";":
            self.take(";")
            dims = self.dims()
        contiguous = False
        if self.peek() == ";":
            self.take(";")
            contiguous = self.take("contiguous") != ""
        self.take("]")
        return TensorType(dtype, dims, contiguous)

    def dims(self) -> tuple[Dim, ...] | None:
        if self.peek() == "...":
            self.take()
            return None
        result: list[Dim] = []
        while self.peek() not in ("]", ";", ""):
            token = self.take()
            result.append(None if token in "?*" else int(token) if token.isdigit() else token)
            if self.peek() == ",":
                self.take()
        return tuple(result)
