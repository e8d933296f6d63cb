"""Programs from traces: one method of a module whose tensors are known."""

from __future__ import annotations

from aotjit.options import Example
from aotjit.program import Program
from aotjit.sema.compiler import Compiler
from aotjit.sema.entries import Inputs, finish
from aotjit.sema.modules import ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.sema.program_modules import compile_module, parameters_of
from aotjit.sema.values import ModuleMethod
from aotjit.syntax import ast


def build_traced(
    definition: ast.FunctionDef,
    module: ModuleObject,
    scope: ModuleScope,
    examples: tuple[Example, ...],
    source: str,
) -> Program:
    """The program with `definition` as its entry. `examples` say what is known of the parameters."""
    inputs = Inputs({}, examples)
    method = ModuleMethod(module, definition, scope)
    compiler, entries = compile_module(lambda: Compiler(scope), module, [method], inputs)
    program = finish(compiler, entries, inputs, source)
    program.parameters = parameters_of(compiler, module)
    program.kind, program.class_name = "module", module.class_name
    return program
