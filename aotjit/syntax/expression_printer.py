"""Expressions to source text, with brackets only where precedence asks for them (see printer.py)."""

from __future__ import annotations

import functools

from aotjit.diagnostics import Span
from aotjit.syntax import ast

# Binding strength, weakest first; an operand weaker than its place is bracketed.
TUPLE, NAMED, TEST, OR, AND, NOT, COMPARE, BIT_OR = range(8)
BINARY = {"|": 7, "^": 8, "&": 9, "<<": 10, ">>": 10, "+": 11, "-": 11, "*": 12, "/": 12, "//": 12, "%": 12, "@": 12}
UNARY, POWER, AWAIT, PRIMARY = 13, 14, 15, 16


def print_expression(node: ast.Expr) -> str:
    """One expression as source text."""
    return bracketed(node, TUPLE)


def source_lines(span: Span) -> list[str]:
    """The text of a span, its lines moved left by the first line's indentation."""
    lines = span.source.text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    margin = lines[0][: span.column - 1]
    lines[0] = lines[0][span.column - 1 :]
    width = len(margin) if not margin.strip() else 0
    return [lines[0]] + [line[width:] if not line[:width].strip() else line for line in lines[1:]]


def bracketed(node: ast.Expr, place: int) -> str:
    """`node` as text, bracketed when it binds more weakly than its place asks."""
    text, strength = _render(node)
    return f"({text})" if strength < place else text


@functools.singledispatch
def _render(node: ast.Expr) -> tuple[str, int]:
    """An expression's text and its binding strength."""
    raise NotImplementedError(type(node).__name__)


@_render.register
def _(node: ast.Name) -> tuple[str, int]:
    return node.id, PRIMARY


@_render.register
def _(node: ast.Constant) -> tuple[str, int]:
    value = node.value
    if value is ...:
        return "...", PRIMARY
    if isinstance(value, str):
        return quoted(value), PRIMARY
    if isinstance(value, float):
        return _float(value), PRIMARY
    if isinstance(value, complex):
        return _float(value.imag) + "j", PRIMARY
    # Python refuses to write very long ints in decimal.
    return hex(value) if value is not None and value.bit_length() > 10000 else repr(value), PRIMARY


def _float(value: float) -> str:
    return "1e999" if value == float("inf") else repr(value)


def quoted(value: str) -> str:
    """A literal on one line, readable by every Python version."""
    return repr(value)


@_render.register
def _(node: ast.FormattedString) -> tuple[str, int]:
    parts: list[str] = []
    for part in node.parts:
        if isinstance(part, str):
            parts.append("".join(map(_escaped, part)))
        else:
            parts.append(_field(part))
    return 'f"' + "".join(parts) + '"', PRIMARY


def _escaped(character: str) -> str:
    """One character of an f-string's text between double quotes."""
    if character in "{}":
        return character * 2
    return '\\"' if character == '"' else repr(character)[1:-1] if character != "'" else character


def _field(part: ast.FormattedField) -> str:
    text = print_expression(part.value)
    if text.startswith("{"):
        text = " " + text
    if ":" in text or "!" in text or "=" in text or "lambda" in text:
        text = f"({text})"
    conversion = "" if part.conversion is None else f"!{part.conversion}"
    spec = "" if part.spec is None else f":{part.spec}"
    return f"{{{text}{conversion}{spec}}}".replace("\n", " ")


@_render.register
def _(node: ast.Attribute) -> tuple[str, int]:
    value = bracketed(node.value, PRIMARY)
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int | float | complex):
        # `1.name` would be read as a float.
        value = f"({value})"
    return f"{value}.{node.name}", PRIMARY


@_render.register
def _(node: ast.Subscript) -> tuple[str, int]:
    indices = ", ".join(_index(i) for i in node.indices)
    single_tuple = node.is_tuple and len(node.indices) == 1 and not isinstance(node.indices[0], ast.Starred)
    return f"{bracketed(node.value, PRIMARY)}[{indices}{',' if single_tuple else ''}]", PRIMARY


def _index(node: ast.Expr) -> str:
    if isinstance(node, ast.Slice):
        start, stop, step = ("" if e is None else bracketed(e, TEST) for e in (node.start, node.stop, node.step))
        return f"{start}:{stop}" + (f":{step}" if node.step is not None else "")
    return bracketed(node, NAMED)


@_render.register
def _(node: ast.Starred) -> tuple[str, int]:
    return "*" + bracketed(node.value, BIT_OR), NAMED


@_render.register
def _(node: ast.Call) -> tuple[str, int]:
    arguments = [argument_text(a) for a in node.args] + [keyword_text(k) for k in node.keywords]
    return f"{bracketed(node.function, PRIMARY)}({', '.join(arguments)})", PRIMARY


def argument_text(node: ast.Expr) -> str:
    return bracketed(node, NAMED)


def keyword_text(keyword: ast.Keyword) -> str:
    return f"{keyword.name}={bracketed(keyword.value, TEST)}"


@_render.register
def _(node: ast.Unary) -> tuple[str, int]:
    if node.op == "not":
        return f"not {bracketed(node.operand, NOT)}", NOT
    return node.op + bracketed(node.operand, UNARY), UNARY


@_render.register
def _(node: ast.Binary) -> tuple[str, int]:
    if node.op == "**":
        return f"{bracketed(node.left, AWAIT)} ** {bracketed(node.right, UNARY)}", POWER
    strength = BINARY[node.op]
    return f"{bracketed(node.left, strength)} {node.op} {bracketed(node.right, strength + 1)}", strength


@_render.register
def _(node: ast.Boolean) -> tuple[str, int]:
    strength = OR if node.op == "or" else AND
    return f" {node.op} ".join(bracketed(v, strength + 1) for v in node.values), strength


@_render.register
def _(node: ast.Compare) -> tuple[str, int]:
    pairs = (f" {op} {bracketed(e, BIT_OR)}" for op, e in zip(node.ops, node.rest, strict=True))
    return bracketed(node.first, BIT_OR) + "".join(pairs), COMPARE


@_render.register
def _(node: ast.Conditional) -> tuple[str, int]:
    then, test = bracketed(node.then, OR), bracketed(node.test, OR)
    return f"{then} if {test} else {bracketed(node.otherwise, TEST)}", TEST


@_render.register
def _(node: ast.TupleExpr) -> tuple[str, int]:
    if not node.elements:
        return "()", PRIMARY
    elements = [bracketed(e, NAMED) for e in node.elements]
    return ", ".join(elements) + ("," if len(elements) == 1 else ""), TUPLE


def target_text(node: ast.Expr) -> str:
    """A `for` target, where a comparison's `in` would be misread."""
    if isinstance(node, ast.TupleExpr) and node.elements:
        return ", ".join(bracketed(e, NAMED) for e in node.elements) + ("," if len(node.elements) == 1 else "")
    return bracketed(node, BIT_OR)


@_render.register
def _(node: ast.ListExpr) -> tuple[str, int]:
    return f"[{', '.join(bracketed(e, NAMED) for e in node.elements)}]", PRIMARY


@_render.register
def _(node: ast.DictExpr) -> tuple[str, int]:
    pairs = (f"{bracketed(k, TEST)}: {bracketed(v, TEST)}" for k, v in zip(node.keys, node.values, strict=True))
    return f"{{{', '.join(pairs)}}}", PRIMARY


@_render.register
def _(node: ast.Comprehension) -> tuple[str, int]:
    if node.unsupported is not None:
        return _copied(node), PRIMARY
    element = bracketed(node.element, NAMED)
    if node.value is not None:
        element = f"{bracketed(node.element, TEST)}: {bracketed(node.value, TEST)}"
    text = f"{element} for {target_text(node.target)} in {bracketed(node.iterable, OR)}"
    brackets = {"list": "[]", "dict": "{}", "generator": "()"}[node.kind]
    return brackets[0] + text + brackets[1], PRIMARY


@_render.register
def _(node: ast.UnsupportedExpr) -> tuple[str, int]:
    # Brackets also join the lines of a text that lost its own.
    bare = node.what in ("** argument", "set", "** in a dict")
    return _copied(node), PRIMARY if bare else -1


def _copied(node: ast.Expr) -> str:
    return "\n".join(source_lines(node.span))
