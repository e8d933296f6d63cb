"""From a source file to a Program: what is compiled, and the options that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aotjit.diagnostics import CompileError, Diagnostic, UsageError
from aotjit.options import Example
from aotjit.program import Entry, Program
from aotjit.sema.boundary import can_be_called, is_helper
from aotjit.sema.compiler import Compiler
from aotjit.sema.entries import Inputs, finish, function_entries, public_functions
from aotjit.sema.hooks import is_hook, with_hooks
from aotjit.sema.host.evaluator import Evaluator
from aotjit.sema.modules import ModuleObject, assign_paths
from aotjit.sema.names import ModuleScope
from aotjit.sema.program_modules import (
    compile_module,
    entry_methods,
    evaluate_entry,
    load_weights,
    module_classes,
    parameters_of,
    top_level_modules,
)
from aotjit.sema.values import FunctionValue
from aotjit.syntax import ast
from aotjit.types import TensorType


class BuildRequest(Protocol):
    """What sema reads of the options of a compilation (aotjit.options.CompileOptions)."""

    @property
    def entry(self) -> str | None: ...
    @property
    def methods(self) -> tuple[str, ...]: ...
    @property
    def inputs(self) -> Mapping[str, TensorType]: ...
    @property
    def examples(self) -> tuple[Example, ...] | None: ...
    @property
    def weights(self) -> Path | None: ...


@dataclass(frozen=True)
class BuildOptions:
    """A BuildRequest that asks for nothing, for tests and tools."""

    entry: str | None = None
    methods: tuple[str, ...] = ()
    inputs: Mapping[str, TensorType] = field(default_factory=dict)
    examples: tuple[Example, ...] | None = None
    weights: Path | None = None


@dataclass(frozen=True)
class _Subject:
    """What is compiled: a module, functions, or a module with the functions beside it. `name` is the module's."""

    module: ModuleObject | None = None
    functions: tuple[FunctionValue, ...] = ()
    name: str = ""


def build(source: ast.SourceModule, options: BuildRequest | None = None) -> Program:
    """The program of a source file. Raises CompileError with all errors found, UsageError for a wrong option."""
    options = options or BuildOptions()
    scope = ModuleScope(source.body)
    inputs = Inputs(options.inputs, options.examples)
    subject = _subject(source, scope, options)
    if subject.module is None:
        if options.weights is not None:
            raise UsageError("--weights needs a module; these are functions")
        if options.methods:
            raise UsageError("--method needs a module; these are functions")
        compiler = Compiler(scope)
        entries = function_entries(compiler, subject.functions, inputs)
        return finish(compiler, entries, inputs, source.source.text)
    methods = [*map(with_hooks, entry_methods(subject.module, options.methods))]
    if options.weights is not None:
        from aotjit.archive import read_weights

        assign_paths(subject.module)
        load_weights(subject.module, read_weights(options.weights))
    compiler, entries = compile_module(lambda: Compiler(scope), subject.module, methods, inputs)
    entries += _functions_beside(compiler, subject, {e.name for e in entries}, inputs)
    program = finish(compiler, entries, inputs, source.source.text)
    program.parameters = parameters_of(compiler, subject.module)
    program.kind, program.class_name = "module", subject.module.class_name
    return program


def _functions_beside(compiler: Compiler, subject: _Subject, taken: set[str], inputs: Inputs) -> list[Entry]:
    """The entries of a file's functions when it binds a module too."""
    for function in subject.functions:
        if function.definition.name in taken:
            raise UsageError(
                f"both the module '{subject.name}' and the file have a '{function.definition.name}'; "
                f"choose with --entry {subject.name}"
            )
    entries = function_entries(compiler, subject.functions, inputs)
    try:
        compiler.reports.finish()
    except CompileError as error:
        note = Diagnostic(f"--entry {subject.name} compiles the module alone", severity="note")
        raise CompileError([*error.diagnostics, note]) from None
    return entries


def _subject(source: ast.SourceModule, scope: ModuleScope, options: BuildRequest) -> _Subject:
    """What is compiled: the --entry; else the module bound at top level and all public functions."""
    evaluator = Evaluator(values_replaced=options.weights is not None)
    modules = top_level_modules(scope, source.body, evaluator)
    if options.entry is not None:
        found = modules.get(options.entry)
        value = found if found is not None else evaluate_entry(options.entry, scope, evaluator)
        if isinstance(value, ModuleObject):
            return _Subject(value)
        if isinstance(value, FunctionValue):
            return _Subject(functions=(value,))
        raise UsageError(f"--entry {options.entry}: it is neither a function nor a module")
    if len(modules) > 1:
        raise UsageError(f"the program binds several modules; choose one with --entry: {', '.join(modules)}")
    for name in scope.refused:
        if not name.startswith("_"):
            raise scope.refusal(name)
    public = public_functions(scope)
    helpers = [f for f in public if is_helper(f.definition, f.scope, source.body)]
    called = [f for f in public if f not in helpers and can_be_called(f.definition, f.scope)]
    functions = tuple(called) or tuple(public)
    for name, module in modules.items():
        beside = () if options.methods else tuple(f for f in functions if not is_hook(f, module))
        return _Subject(module, beside, name)
    if not functions:
        classes = [c.definition.name for c in module_classes(scope)]
        hint = f"; say how to make one with --entry '{classes[-1]}(...)'" if classes else ""
        raise UsageError(f"nothing to compile: no public function and no module bound at top level{hint}")
    return _Subject(functions=functions)
