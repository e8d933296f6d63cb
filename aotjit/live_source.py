"""The source text behind a live Python function, for `aotjit.compile(function)` and `aotjit.script`.

The text has the line numbers of the file the function came from, so that messages point into it: every line that is not
needed is blank. Needed are the function itself, the module-level functions and classes it names (and what those name),
and the file's imports. A function defined inside another one is shifted to the left margin.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from aotjit.diagnostics import SourceText, UsageError


def function_source(function: Callable[..., Any]) -> SourceText:
    """The lines of `function`'s file that its compilation needs. Raises UsageError where Python has no source."""
    if not inspect.isfunction(function):
        raise UsageError(f"{function!r} is not a Python function")
    name = function.__name__
    try:
        lines, first = inspect.getsourcelines(function)
        file = inspect.getsourcefile(function) or "<source>"
        whole, _ = inspect.findsource(function)
    except (OSError, TypeError) as error:
        raise UsageError(f"the source of {name} cannot be read: {error}") from None
    if name == "<lambda>":
        raise UsageError("a lambda cannot be compiled; write a function with def")
    kept = [""] * len(whole)
    own = _without_decorators(textwrap.dedent("".join(lines)))
    kept[first - 1 : first - 1 + len(own)] = own
    names = {n.id for n in ast.walk(ast.parse("\n".join(own))) if isinstance(n, ast.Name)}
    _keep_needed("".join(whole), kept, names - {name})
    return SourceText(file, "\n".join(kept) + "\n")


def _without_decorators(text: str) -> list[str]:
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    lines = text.split("\n")
    # Lines above `def` are the decorators: they belong to Python, not to the program.
    return [""] * (tree.lineno - 1) + lines[tree.lineno - 1 : tree.end_lineno]


def _keep_needed(text: str, kept: list[str], names: set[str]) -> None:
    lines = text.split("\n")

    def keep(node: ast.stmt) -> None:
        start = node.lineno - 1
        kept[start : node.end_lineno] = lines[start : node.end_lineno]

    definitions: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                keep(node)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            definitions[node.targets[0].id] = node
    pending, seen = list(names), set(names)
    while pending:
        found = definitions.get(pending.pop())
        if found is None:
            continue
        keep(found)
        for part in ast.walk(found):
            if isinstance(part, ast.Name) and part.id not in seen:
                seen.add(part.id)
                pending.append(part.id)
