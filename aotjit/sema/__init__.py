"""Names, types, classes and modules: from the syntax tree to the ts dialect."""

from __future__ import annotations

from aotjit.diagnostics import UsageError
from aotjit.program import Program
from aotjit.sema import builtins as _builtins  # enters the rules for calls
from aotjit.sema import subscripts as _subscripts  # enters the rule for subscripts
from aotjit.sema.compiler import Compiler
from aotjit.sema.entries import BuildOptions, Inputs, finish, function_entries, public_functions
from aotjit.sema.names import ModuleScope
from aotjit.syntax import ast

__all__ = ["BuildOptions", "build"]


def build(source: ast.SourceModule, options: BuildOptions | None = None) -> Program:
    """The program of a source file. Raises CompileError with all errors found, UsageError for a wrong option."""
    options = options or BuildOptions()
    scope = ModuleScope(source.body)
    compiler = Compiler(scope)
    inputs = Inputs(options.inputs, options.examples)
    functions = public_functions(scope)
    if not functions:
        raise UsageError("nothing to compile")
    entries = function_entries(compiler, functions, inputs)
    return finish(compiler, entries, inputs, source.source.text)
