"""Reads operator schemas in PyTorch's text form: `aten::add.t(t[] a, t[] b) -> t[]`.

Grammar: https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/README.md ("func"). ScalarType, Layout,
MemoryFormat and SymInt are `int`, as at run time.
"""

from __future__ import annotations

import ast
import re

from aotjit import types
from aotjit.ops.opdef import Argument, Schema
from aotjit.types import Type

_BASE: dict[str, Type] = {
    "Tensor": types.TENSOR, "int": types.INT, "SymInt": types.INT, "ScalarType": types.INT, "Layout": types.INT,
    "MemoryFormat": types.INT, "float": types.FLOAT, "complex": types.COMPLEX, "bool": types.BOOL, "str": types.STR,
    "Scalar": types.NUMBER,
    "number": types.NUMBER, "Generator": types.SimpleType("Generator"), "Device": types.DEVICE, "Any": types.ANY,
}  # fmt: skip

_TOKEN = re.compile(
    r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|->|-?\d+(?:\.\d*)?(?:e[-+]?\d+)?|[A-Za-z_][A-Za-z_0-9.]*|[()\[\],*=?!:|])"""
)


def parse_schema(text: str) -> Schema:
    """The schema of `namespace::name.overload(arguments) -> returns`. Raises ValueError when the text is none: at once
    for its name, for the rest when that is first used."""
    head, separator, rest = text.partition("(")
    namespace, colons, qualified = head.strip().rpartition("::")
    if not separator or not colons:
        raise ValueError(f"not a schema: {text!r}")
    name, _, overload = qualified.partition(".")
    return Schema(text, name, overload, namespace, lambda: _Reader(text, separator + rest).signature())


class _Reader:
    """Recursive descent over the tokens behind a schema's name."""

    def __init__(self, text: str, rest: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        at = 0
        while at < len(rest):
            match = _TOKEN.match(rest, at)
            if match is None:
                raise ValueError(f"not a schema: {text!r} at {rest[at:]!r}")
            self.tokens.append(match.group(1))
            at = match.end()
        self.at = 0

    def signature(self) -> tuple[tuple[Argument, ...], tuple[Type, ...]]:
        arguments = self.arguments()
        self.take("->")
        return arguments, self.returns()

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if not token or (expected is not None and token != expected):
            raise ValueError(f"not a schema: {self.text!r} (expected {expected or 'more'} at {token or 'the end'!r})")
        self.at += 1
        return token

    def accept(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self.at += 1
        return True

    def arguments(self) -> tuple[Argument, ...]:
        self.take("(")
        result: list[Argument] = []
        keyword_only = False
        while not self.accept(")"):
            if self.accept("*"):
                keyword_only = True
            else:
                result.append(self.argument(keyword_only))
            if self.peek() != ")":
                self.take(",")
        return tuple(result)

    def argument(self, keyword_only: bool) -> Argument:
        t, size, alias, writes = self.type()
        name = self.take()
        required = not self.accept("=")
        default = None if required else self.default()
        return Argument(name, t, default, required, keyword_only, size, alias, writes)

    def returns(self) -> tuple[Type, ...]:
        if not self.accept("("):
            return (self.type()[0],)
        if self.peek() == "(":  # `((K, V)[])`: one result that is a tuple or made of tuples
            only = self.type()[0]
            self.take(")")
            return (only,)
        result: list[Type] = []
        while not self.accept(")"):
            result.append(self.type()[0])
            if self.peek() not in (",", ")"):
                self.take()  # the name of a result
            if self.peek() != ")":
                self.take(",")
        return tuple(result)

    def type(self) -> tuple[Type, int | None, str | None, bool]:
        """A type with its fixed list size and its alias annotation."""
        word = self.take()
        t = self.compound(word) or _BASE.get(word)
        if t is None:
            if not re.fullmatch(r"t\d*|tVal", word):
                raise ValueError(f"not a schema: {self.text!r} (unknown type {word!r})")
            t = types.SimpleType(word)
        size: int | None = None
        alias: str | None = None
        writes = False
        while True:
            if self.accept("("):
                letter, mark = self.alias()
                alias, writes = alias or letter, writes or mark
            elif self.accept("["):
                if self.peek() != "]":
                    size = int(self.take())
                self.take("]")
                t = types.ListType(t)
            elif self.accept("?"):
                t = types.OptionalType(t)
            else:
                return t, size, alias, writes

    def compound(self, word: str) -> Type | None:
        """`Dict(K, V)` or a tuple `(A, B)`, the first word being taken."""
        if word != "(" and not (word == "Dict" and self.accept("(")):
            return None
        parts = [self.type()[0]]
        while not self.accept(")"):
            self.take(",")
            parts.append(self.type()[0])
        return types.DictType(*parts) if word == "Dict" else types.TupleType(tuple(parts))

    def alias(self) -> tuple[str | None, bool]:
        parts: list[str] = []
        while not self.accept(")"):
            parts.append(self.take())
        letter = parts[0] if parts and parts[0].isalpha() else None
        return letter, "!" in parts

    def default(self) -> object:
        if self.accept("["):
            items: list[object] = []
            while not self.accept("]"):
                items.append(self.default())
                if self.peek() != "]":
                    self.take(",")
            return items
        return ast.literal_eval(self.take())


# -- type variables ----------------------------------------------------------------------------------------------------


def is_variable(t: Type) -> bool:
    """The type stands for any type: `t` of list operators."""
    return isinstance(t, types.SimpleType) and t.name not in types.SIMPLE_TYPES


def mentions_variable(t: Type) -> bool:
    """A variable is somewhere in the type."""
    if isinstance(t, types.ListType | types.OptionalType):
        return mentions_variable(t.element)
    if isinstance(t, types.DictType):
        return mentions_variable(t.key) or mentions_variable(t.value)
    if isinstance(t, types.TupleType):
        return any(map(mentions_variable, t.elements))
    return is_variable(t)
