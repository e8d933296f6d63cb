"""Names at the top level of a source file: imports, functions, classes, constants, and names that Python supplies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aotjit.diagnostics import CompileError, Span
from aotjit.sema.made_classes import made_class
from aotjit.sema.modules import is_overload
from aotjit.sema.refused import refusal
from aotjit.sema.top_level import STAR_IMPORTS, defined_names, for_types_only, known_test
from aotjit.sema.values import ClassValue, FunctionValue, Namespace, Value
from aotjit.syntax import ast

PYTHON_BUILTINS = frozenset(
    (
        "print", "len", "range", "min", "max", "abs", "int", "float", "bool", "str", "isinstance", "round", "sum",
        "any", "all", "sorted", "zip", "enumerate", "list", "tuple", "dict", "getattr", "hasattr", "ord", "chr",
        "divmod", "hex", "oct", "bin", "pow", "hash", "id", "super", "complex", "slice", "type", "object", "annotate",
        "unchecked_cast", "uninitialized", "fork",
    )
)  # fmt: skip
RAISED_KINDS = frozenset(
    (
        "RuntimeError", "ValueError", "TypeError", "IndexError", "KeyError", "AssertionError", "NotImplementedError",
        "ZeroDivisionError", "MemoryError",
    )
)  # fmt: skip
"""Exceptions that a call can end with; others are reported as RuntimeError."""
EXCEPTIONS = RAISED_KINDS | {"Exception", "ArithmeticError", "OverflowError", "StopIteration", "AttributeError"}


class ModuleScope:
    """The names of one file; a class in another is "Outer.Inner". `constants` are the assignments at top level, which
    only some uses may read."""

    is_archive = False
    """torch wrote the code, which may then do what only torch does."""

    def __init__(self, body: Iterable[ast.Stmt], prefix: str = "") -> None:
        self.names: dict[str, Value] = {}
        self.constants: dict[str, ast.Expr] = {}
        self.functions: list[FunctionValue] = []
        self.overloads: dict[str, list[ast.FunctionDef]] = {}
        self.classes: list[ClassValue] = []
        self.refused: dict[str, ast.UnsupportedStmt] = {}
        self.conditional: dict[str, Span] = {}
        self.prefix = prefix
        for statement in body:
            self._declare(statement)

    def _declare(self, statement: ast.Stmt) -> None:
        match statement:
            case ast.Import(module=None, names=names):
                for name in names:
                    path = name.name if name.alias else name.name.split(".")[0]
                    self.names[name.alias or path] = Namespace(path)
            case ast.Import(module=str() as module, names=(ast.ImportedName(name="*"),)) if module in STAR_IMPORTS:
                self.names |= {name: Namespace(f"{module}.{name}") for name in STAR_IMPORTS[module]}
            case ast.Import(module=module, names=names):
                for name in names:
                    self.names[name.alias or name.name] = Namespace(f"{module}.{name.name}")
            case ast.FunctionDef(name=name) if is_overload(statement):
                self.overloads.setdefault(name, []).append(statement)
            case ast.FunctionDef(name=name):
                function = FunctionValue(statement, self, self.prefix + name)
                self.names[name] = function
                if name not in self.overloads:
                    self.functions.append(function)
            case ast.UnsupportedStmt(name=name) if name:
                self.refused[name] = statement
            case ast.UnsupportedStmt(body=body):  # try: what it is there for
                for inner in body:
                    self._declare(inner)
            case ast.If(test=test, body=body, orelse=orelse):
                holds = known_test(test)
                if holds is None:
                    self.conditional |= dict.fromkeys(defined_names((*body, *orelse)), test.span)
                taken = (*body, *orelse) if for_types_only(test) else (body if holds else orelse)
                for inner in taken if holds is not None else ():
                    self._declare(inner)
            case ast.ClassDef(name=name, body=body):
                value = ClassValue(statement, self)
                self.names[name] = value
                self.classes.append(value)
                for inner in body:
                    if isinstance(inner, ast.ClassDef):
                        self._declare(replace(inner, name=f"{name}.{inner.name}"))
            case ast.Assign(targets=(ast.Name(id=name),), value=call) if made := made_class(call, self._imported):
                value = ClassValue(made, self)
                self.names[name] = value
                self.classes.append(value)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._constant(target, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                self.constants[name] = value

    def _imported(self, node: ast.Expr) -> str | None:
        """The dotted name of what was imported before, or by `from ... import *`."""
        if isinstance(node, ast.Attribute):
            base = self._imported(node.value)
            return None if base is None else f"{base}.{node.name}"
        if not isinstance(node, ast.Name):
            return None
        found = self.names.get(node.id, Namespace(node.id))
        return found.path if isinstance(found, Namespace) else None

    def _constant(self, target: ast.Expr, value: ast.Expr) -> None:
        """`name = value` or `a, b = x, y` at top level."""
        if isinstance(target, ast.Name):
            self.constants[target.id] = value
        elif isinstance(target, ast.TupleExpr) and isinstance(value, ast.TupleExpr):
            for part, held in zip(target.elements, value.elements, strict=False):
                self._constant(part, held)

    def lookup(self, name: str) -> Value | None:
        """The value of a top-level or built-in name; None when there is none (a constant is none)."""
        if name in self.names:
            return self.names[name]
        if name in self.refused:
            raise self.refusal(name)
        if name in self.conditional:
            raise CompileError.at(
                self.conditional[name],
                f"what '{name}' is depends on a condition that is not known when compiling",
                "define it outside",
            )
        if name in PYTHON_BUILTINS or name in EXCEPTIONS:
            return Namespace(f"builtins.{name}")
        return None

    def refusal(self, name: str) -> CompileError:
        """The error for a definition that the language has not."""
        return refusal(self.refused[name].what, self.refused[name].span)

    def all_classes(self) -> list[ClassValue]:
        """The classes of the program."""
        return self.classes

    def definition(self, path: str) -> Value | None:
        """The class or function of a dotted path; only archives have such."""
        return None

    def known(self) -> set[str]:
        return {*self.names, *self.constants, *PYTHON_BUILTINS}


def close_match(name: str, candidates: Iterable[str]) -> str | None:
    """'did you mean ...?' for a misspelt name."""
    import difflib  # 5 ms that only errors need

    found = difflib.get_close_matches(name, sorted(candidates), n=1)
    return f"did you mean '{found[0]}'?" if found else None
