"""Syntax tree to source text: `print_module(parse(text))` parses to an equal tree again.

Brackets are written only where precedence asks for them. Nodes for Python that TorchScript has not are copied from
the text they were read from.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from aotjit.diagnostics import Span
from aotjit.syntax import ast

INDENT = "    "

# Binding strength, weakest first; an operand weaker than its place is bracketed.
_TUPLE, _NAMED, _TEST, _OR, _AND, _NOT, _COMPARE, _BIT_OR = range(8)
_BINARY = {"|": 7, "^": 8, "&": 9, "<<": 10, ">>": 10, "+": 11, "-": 11, "*": 12, "/": 12, "//": 12, "%": 12, "@": 12}
_UNARY, _POWER, _AWAIT, _PRIMARY = 13, 14, 15, 16


def print_module(module: ast.SourceModule) -> str:
    """The whole file as source text."""
    lines: list[str] = []
    for i, statement in enumerate(module.body):
        if i and isinstance(statement, ast.FunctionDef | ast.ClassDef):
            lines += ["", ""]
        lines += statement_lines(statement)
    return "\n".join(lines) + "\n" if lines else ""


def print_expression(node: ast.Expr) -> str:
    """One expression as source text."""
    return _expression(node, _TUPLE)


# -- statements -------------------------------------------------------------------------------------------------------


@functools.singledispatch
def statement_lines(node: ast.Stmt) -> list[str]:
    """The lines of one statement, without indentation of their own."""
    raise NotImplementedError(type(node).__name__)


def _block(body: Iterable[ast.Stmt]) -> list[str]:
    lines: list[str] = []
    for statement in body:
        lines += [INDENT + line if line else line for line in statement_lines(statement)]
    return lines or [INDENT + "pass"]


@statement_lines.register
def _(node: ast.ExprStmt) -> list[str]:
    return [print_expression(node.value)]


@statement_lines.register
def _(node: ast.Assign) -> list[str]:
    parts = [print_expression(part) for part in (*node.targets, node.value)]
    return [" = ".join(parts) + (f"  # type: {node.type_comment}" if node.type_comment is not None else "")]


@statement_lines.register
def _(node: ast.AnnAssign) -> list[str]:
    value = "" if node.value is None else f" = {print_expression(node.value)}"
    return [f"{_expression(node.target, _PRIMARY)}: {_expression(node.annotation, _TEST)}{value}"]


@statement_lines.register
def _(node: ast.AugAssign) -> list[str]:
    return [f"{_expression(node.target, _PRIMARY)} {node.op}= {print_expression(node.value)}"]


@statement_lines.register
def _(node: ast.If) -> list[str]:
    lines = [f"if {_expression(node.test, _NAMED)}:", *_block(node.body)]
    orelse = node.orelse
    while len(orelse) == 1 and isinstance(orelse[0], ast.If):
        clause = orelse[0]
        lines += [f"elif {_expression(clause.test, _NAMED)}:", *_block(clause.body)]
        orelse = clause.orelse
    return lines + _else(orelse)


def _else(body: tuple[ast.Stmt, ...]) -> list[str]:
    return ["else:", *_block(body)] if body else []


@statement_lines.register
def _(node: ast.For) -> list[str]:
    head = f"for {_target(node.target)} in {print_expression(node.iterable)}:"
    return [head, *_block(node.body), *_else(node.orelse)]


@statement_lines.register
def _(node: ast.While) -> list[str]:
    return [f"while {_expression(node.test, _NAMED)}:", *_block(node.body), *_else(node.orelse)]


@statement_lines.register
def _(node: ast.With) -> list[str]:
    items = [
        _expression(context, _TEST) + ("" if target is None else f" as {_expression(target, _BIT_OR)}")
        for context, target in node.items
    ]
    if len(items) == 1 and isinstance(node.items[0][0], ast.TupleExpr):
        # `with (a, b):` would be two contexts.
        items = [f"({items[0]})"]
    return [f"with {', '.join(items)}:", *_block(node.body)]


@statement_lines.register
def _(node: ast.Return) -> list[str]:
    return ["return" if node.value is None else f"return {print_expression(node.value)}"]


@statement_lines.register
def _(node: ast.Raise) -> list[str]:
    if node.exception is None:
        return ["raise"]
    cause = "" if node.cause is None else f" from {_expression(node.cause, _TEST)}"
    return [f"raise {_expression(node.exception, _TEST)}{cause}"]


@statement_lines.register
def _(node: ast.Assert) -> list[str]:
    message = "" if node.message is None else f", {_expression(node.message, _TEST)}"
    return [f"assert {_expression(node.test, _TEST)}{message}"]


@statement_lines.register
def _(node: ast.Delete) -> list[str]:
    trailing = "," if len(node.targets) == 1 and isinstance(node.targets[0], ast.TupleExpr) else ""
    return ["del " + ", ".join(_expression(target, _TEST) for target in node.targets) + trailing]


@statement_lines.register
def _(node: ast.Pass) -> list[str]:
    return ["pass"]


@statement_lines.register
def _(node: ast.Break) -> list[str]:
    return ["break"]


@statement_lines.register
def _(node: ast.Continue) -> list[str]:
    return ["continue"]


@statement_lines.register
def _(node: ast.Import) -> list[str]:
    names = ", ".join(n.name if n.alias is None else f"{n.name} as {n.alias}" for n in node.names)
    return [f"import {names}" if node.module is None else f"from {node.module} import {names}"]


@statement_lines.register
def _(node: ast.UnsupportedStmt) -> list[str]:
    return _source_lines(node.span)


@statement_lines.register
def _(node: ast.FunctionDef) -> list[str]:
    returns = "" if node.returns is None else f" -> {_expression(node.returns, _TEST)}"
    lines = [f"@{_expression(d, _NAMED)}" for d in node.decorators]
    lines.append(f"def {node.name}({_parameters(node.parameters)}){returns}:")
    if node.type_comment is not None:
        lines.append(f"{INDENT}# type: {node.type_comment}")
    return lines + _definition_body(node.docstring, node.body)


@statement_lines.register
def _(node: ast.ClassDef) -> list[str]:
    arguments = [_argument(base) for base in node.bases] + [_keyword(k) for k in node.keywords]
    lines = [f"@{_expression(d, _NAMED)}" for d in node.decorators]
    lines.append(f"class {node.name}({', '.join(arguments)}):" if arguments else f"class {node.name}:")
    return lines + _definition_body(node.docstring, node.body)


def _definition_body(docstring: str | None, body: tuple[ast.Stmt, ...]) -> list[str]:
    if docstring is None:
        return _block(body)
    return [INDENT + _quoted(docstring), *(_block(body) if body else [])]


def _parameters(parameters: tuple[ast.Parameter, ...]) -> str:
    parts: list[str] = []
    star_written = False
    for i, parameter in enumerate(parameters):
        kind = parameter.kind
        if i and parameters[i - 1].kind == "positional-only" and kind != "positional-only":
            parts.append("/")
        if kind == "keyword" and not star_written:
            parts.append("*")
        star_written = star_written or kind in ("keyword", "args")
        parts.append({"args": "*", "kwargs": "**"}.get(kind, "") + _parameter(parameter))
    if parameters and parameters[-1].kind == "positional-only":
        parts.append("/")
    return ", ".join(parts)


def _parameter(parameter: ast.Parameter) -> str:
    text = parameter.name
    if parameter.annotation is not None:
        text += f": {_expression(parameter.annotation, _TEST)}"
    if parameter.default is not None:
        equals = " = " if parameter.annotation is not None else "="
        text += equals + _expression(parameter.default, _TEST)
    return text


def _source_lines(span: Span) -> list[str]:
    """The text of a span, its lines moved left by the first line's indentation."""
    lines = span.source.text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    margin = lines[0][: span.column - 1]
    lines[0] = lines[0][span.column - 1 :]
    width = len(margin) if not margin.strip() else 0
    return [lines[0]] + [line[width:] if not line[:width].strip() else line for line in lines[1:]]


# -- expressions ------------------------------------------------------------------------------------------------------


def _expression(node: ast.Expr, place: int) -> str:
    """`node` as text, bracketed when it binds more weakly than its place asks."""
    text, strength = _render(node)
    return f"({text})" if strength < place else text


@functools.singledispatch
def _render(node: ast.Expr) -> tuple[str, int]:
    """An expression's text and its binding strength."""
    raise NotImplementedError(type(node).__name__)


@_render.register
def _(node: ast.Name) -> tuple[str, int]:
    return node.id, _PRIMARY


@_render.register
def _(node: ast.Constant) -> tuple[str, int]:
    value = node.value
    if value is ...:
        return "...", _PRIMARY
    if isinstance(value, str):
        return _quoted(value), _PRIMARY
    if isinstance(value, float):
        return _float(value), _PRIMARY
    if isinstance(value, complex):
        return _float(value.imag) + "j", _PRIMARY
    # Python refuses to write very long ints in decimal.
    return hex(value) if value is not None and value.bit_length() > 10000 else repr(value), _PRIMARY


def _float(value: float) -> str:
    return "1e999" if value == float("inf") else repr(value)


def _quoted(value: str) -> str:
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
    return 'f"' + "".join(parts) + '"', _PRIMARY


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
    value = _expression(node.value, _PRIMARY)
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int | float | complex):
        # `1.name` would be read as a float.
        value = f"({value})"
    return f"{value}.{node.name}", _PRIMARY


@_render.register
def _(node: ast.Subscript) -> tuple[str, int]:
    indices = ", ".join(_index(i) for i in node.indices)
    single_tuple = node.is_tuple and len(node.indices) == 1 and not isinstance(node.indices[0], ast.Starred)
    return f"{_expression(node.value, _PRIMARY)}[{indices}{',' if single_tuple else ''}]", _PRIMARY


def _index(node: ast.Expr) -> str:
    if isinstance(node, ast.Slice):
        start, stop, step = ("" if e is None else _expression(e, _TEST) for e in (node.start, node.stop, node.step))
        return f"{start}:{stop}" + (f":{step}" if node.step is not None else "")
    return _expression(node, _NAMED)


@_render.register
def _(node: ast.Starred) -> tuple[str, int]:
    return "*" + _expression(node.value, _BIT_OR), _NAMED


@_render.register
def _(node: ast.Call) -> tuple[str, int]:
    arguments = [_argument(a) for a in node.args] + [_keyword(k) for k in node.keywords]
    return f"{_expression(node.function, _PRIMARY)}({', '.join(arguments)})", _PRIMARY


def _argument(node: ast.Expr) -> str:
    return _expression(node, _NAMED)


def _keyword(keyword: ast.Keyword) -> str:
    return f"{keyword.name}={_expression(keyword.value, _TEST)}"


@_render.register
def _(node: ast.Unary) -> tuple[str, int]:
    if node.op == "not":
        return f"not {_expression(node.operand, _NOT)}", _NOT
    return node.op + _expression(node.operand, _UNARY), _UNARY


@_render.register
def _(node: ast.Binary) -> tuple[str, int]:
    if node.op == "**":
        return f"{_expression(node.left, _AWAIT)} ** {_expression(node.right, _UNARY)}", _POWER
    strength = _BINARY[node.op]
    return f"{_expression(node.left, strength)} {node.op} {_expression(node.right, strength + 1)}", strength


@_render.register
def _(node: ast.Boolean) -> tuple[str, int]:
    strength = _OR if node.op == "or" else _AND
    return f" {node.op} ".join(_expression(v, strength + 1) for v in node.values), strength


@_render.register
def _(node: ast.Compare) -> tuple[str, int]:
    pairs = (f" {op} {_expression(e, _BIT_OR)}" for op, e in zip(node.ops, node.rest, strict=True))
    return _expression(node.first, _BIT_OR) + "".join(pairs), _COMPARE


@_render.register
def _(node: ast.Conditional) -> tuple[str, int]:
    then, test = _expression(node.then, _OR), _expression(node.test, _OR)
    return f"{then} if {test} else {_expression(node.otherwise, _TEST)}", _TEST


@_render.register
def _(node: ast.TupleExpr) -> tuple[str, int]:
    if not node.elements:
        return "()", _PRIMARY
    elements = [_expression(e, _NAMED) for e in node.elements]
    return ", ".join(elements) + ("," if len(elements) == 1 else ""), _TUPLE


def _target(node: ast.Expr) -> str:
    """A `for` target, where a comparison's `in` would be misread."""
    if isinstance(node, ast.TupleExpr) and node.elements:
        return ", ".join(_expression(e, _NAMED) for e in node.elements) + ("," if len(node.elements) == 1 else "")
    return _expression(node, _BIT_OR)


@_render.register
def _(node: ast.ListExpr) -> tuple[str, int]:
    return f"[{', '.join(_expression(e, _NAMED) for e in node.elements)}]", _PRIMARY


@_render.register
def _(node: ast.DictExpr) -> tuple[str, int]:
    pairs = (f"{_expression(k, _TEST)}: {_expression(v, _TEST)}" for k, v in zip(node.keys, node.values, strict=True))
    return f"{{{', '.join(pairs)}}}", _PRIMARY


@_render.register
def _(node: ast.Comprehension) -> tuple[str, int]:
    if node.unsupported is not None:
        return _copied(node), _PRIMARY
    element = _expression(node.element, _NAMED)
    if node.value is not None:
        element = f"{_expression(node.element, _TEST)}: {_expression(node.value, _TEST)}"
    text = f"{element} for {_target(node.target)} in {_expression(node.iterable, _OR)}"
    brackets = {"list": "[]", "dict": "{}", "generator": "()"}[node.kind]
    return brackets[0] + text + brackets[1], _PRIMARY


@_render.register
def _(node: ast.UnsupportedExpr) -> tuple[str, int]:
    # Brackets also join the lines of a text that lost its own.
    bare = node.what in ("** argument", "set", "** in a dict")
    return _copied(node), _PRIMARY if bare else -1


def _copied(node: ast.Expr) -> str:
    return "\n".join(_source_lines(node.span))
