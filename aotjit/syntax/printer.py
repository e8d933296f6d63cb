"""Syntax tree to source text: `print_module(parse(text))` parses to an equal tree again.

Nodes for Python that TorchScript has not are copied from the text they were read from.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from aotjit.syntax import ast
from aotjit.syntax.expression_printer import (
    BIT_OR,
    NAMED,
    PRIMARY,
    TEST,
    argument_text,
    bracketed,
    keyword_text,
    print_expression,
    quoted,
    source_lines,
    target_text,
)

__all__ = ["print_expression", "print_module", "statement_lines"]

INDENT = "    "


def print_module(module: ast.SourceModule) -> str:
    """The whole file as source text."""
    lines: list[str] = []
    for i, statement in enumerate(module.body):
        if i and isinstance(statement, ast.FunctionDef | ast.ClassDef):
            lines += ["", ""]
        lines += statement_lines(statement)
    return "\n".join(lines) + "\n" if lines else ""


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
    return [f"{bracketed(node.target, PRIMARY)}: {bracketed(node.annotation, TEST)}{value}"]


@statement_lines.register
def _(node: ast.AugAssign) -> list[str]:
    return [f"{bracketed(node.target, PRIMARY)} {node.op}= {print_expression(node.value)}"]


@statement_lines.register
def _(node: ast.If) -> list[str]:
    lines = [f"if {bracketed(node.test, NAMED)}:", *_block(node.body)]
    orelse = node.orelse
    while len(orelse) == 1 and isinstance(orelse[0], ast.If):
        clause = orelse[0]
        lines += [f"elif {bracketed(clause.test, NAMED)}:", *_block(clause.body)]
        orelse = clause.orelse
    return lines + _else(orelse)


def _else(body: tuple[ast.Stmt, ...]) -> list[str]:
    return ["else:", *_block(body)] if body else []


@statement_lines.register
def _(node: ast.For) -> list[str]:
    head = f"for {target_text(node.target)} in {print_expression(node.iterable)}:"
    return [head, *_block(node.body), *_else(node.orelse)]


@statement_lines.register
def _(node: ast.While) -> list[str]:
    return [f"while {bracketed(node.test, NAMED)}:", *_block(node.body), *_else(node.orelse)]


@statement_lines.register
def _(node: ast.With) -> list[str]:
    items = [
        bracketed(context, TEST) + ("" if target is None else f" as {bracketed(target, BIT_OR)}")
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
    cause = "" if node.cause is None else f" from {bracketed(node.cause, TEST)}"
    return [f"raise {bracketed(node.exception, TEST)}{cause}"]


@statement_lines.register
def _(node: ast.Assert) -> list[str]:
    message = "" if node.message is None else f", {bracketed(node.message, TEST)}"
    return [f"assert {bracketed(node.test, TEST)}{message}"]


@statement_lines.register
def _(node: ast.Delete) -> list[str]:
    trailing = "," if len(node.targets) == 1 and isinstance(node.targets[0], ast.TupleExpr) else ""
    return ["del " + ", ".join(bracketed(target, TEST) for target in node.targets) + trailing]


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
    return source_lines(node.span)


@statement_lines.register
def _(node: ast.FunctionDef) -> list[str]:
    returns = "" if node.returns is None else f" -> {bracketed(node.returns, TEST)}"
    lines = [f"@{bracketed(d, NAMED)}" for d in node.decorators]
    lines.append(f"def {node.name}({_parameters(node.parameters)}){returns}:")
    if node.type_comment is not None:
        lines.append(f"{INDENT}# type: {node.type_comment}")
    return lines + _definition_body(node.docstring, node.body)


@statement_lines.register
def _(node: ast.ClassDef) -> list[str]:
    arguments = [argument_text(base) for base in node.bases] + [keyword_text(k) for k in node.keywords]
    lines = [f"@{bracketed(d, NAMED)}" for d in node.decorators]
    lines.append(f"class {node.name}({', '.join(arguments)}):" if arguments else f"class {node.name}:")
    return lines + _definition_body(node.docstring, node.body)


def _definition_body(docstring: str | None, body: tuple[ast.Stmt, ...]) -> list[str]:
    if docstring is None:
        return _block(body)
    return [INDENT + quoted(docstring), *(_block(body) if body else [])]


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
        text += f": {bracketed(parameter.annotation, TEST)}"
    if parameter.default is not None:
        equals = " = " if parameter.annotation is not None else "="
        text += equals + bracketed(parameter.default, TEST)
    return text
