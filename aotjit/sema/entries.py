"""What a program exports: which functions or module methods, and the facts about their parameters."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from aotjit.diagnostics import CompileError, UsageError
from aotjit.options import Example
from aotjit.program import Entry, EntryParameter, Program
from aotjit.sema.boundary import check_boundary
from aotjit.sema.compiler import Compiler, check_decorators
from aotjit.sema.first_state import define_initialiser
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.signatures import Signature, literal_defaults, read_signature
from aotjit.sema.values import FunctionValue
from aotjit.syntax import ast
from aotjit.types import (
    TENSOR,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    join,
)


def _tensor_leaf(t: Type, facts: TensorType) -> Type | None:
    """The type with `facts` for its tensors; None when it has none."""
    if isinstance(t, TensorType):
        return facts
    if isinstance(t, ListType | OptionalType):
        inner = _tensor_leaf(t.element, facts)
        return None if inner is None else type(t)(inner)
    return None


def _with_example(t: Type, example: Example) -> Type:
    """The type with what an example value says of its tensors. A value of another kind says nothing: the call itself
    will refuse it."""
    if isinstance(t, TensorType) and isinstance(example, TensorType):
        return example
    if isinstance(t, OptionalType):
        return OptionalType(_with_example(t.element, example))
    if isinstance(t, TupleType) and isinstance(example, tuple) and len(example) == len(t.elements):
        return TupleType(tuple(map(_with_example, t.elements, example)))
    if isinstance(t, ListType) and isinstance(example, tuple):
        elements = {_with_example(t.element, e) for e in example}
        return ListType(functools.reduce(lambda a, b: join(a, b) or t.element, elements)) if elements else t
    return t


class Inputs:
    """The `--input` facts, and which of them some entry has used. `examples` are facts by position, `recorded` such
    facts for each method of its own."""

    def __init__(
        self,
        facts: Mapping[str, TensorType],
        examples: tuple[Example, ...] | None = None,
        recorded: Mapping[str, tuple[Example, ...]] | None = None,
    ) -> None:
        self.facts = facts
        self.examples = examples or ()
        self.recorded = recorded or {}
        self.most = 0
        self.used: set[str] = set()
        self.refused: dict[str, Type] = {}
        self.parameters: list[str] = []

    def types(self, name: str, signature: Signature) -> list[Type]:
        """The types of an entry's parameters with all facts that were given; what is open, passes find."""
        result = []
        examples = self.examples or self.recorded.get(name, ())
        self.most = max(self.most, len(signature.parameters))
        for position, parameter in enumerate(signature.parameters):
            self.parameters.append(parameter.name)
            t = parameter.annotated if parameter.annotated is not None else TENSOR
            if position < len(examples):
                t = _with_example(t, examples[position])
            facts = self.facts.get(parameter.name)
            if facts is not None:
                leaf = _tensor_leaf(t, facts)
                if leaf is None:  # another entry may have a tensor of this name
                    self.refused[parameter.name] = parameter.type
                else:
                    self.used.add(parameter.name)
                    t = leaf
            result.append(t)
        return result

    def finish(self) -> None:
        """Raises UsageError for facts about parameters that do not exist."""
        if len(self.examples) > self.most:
            raise UsageError(f"example_inputs: {len(self.examples)} values for {self.most} parameters")
        for name in self.facts:
            if name in self.refused and name not in self.used:
                raise UsageError(f"--input {name}: it is of type {self.refused[name]}, not a Tensor")
            if name not in self.used:
                names = list(dict.fromkeys(self.parameters))
                hint = close_match(name, names)
                known = ", ".join(names) or "none"
                raise UsageError(
                    f"--input {name}: there is no such parameter{f'; {hint}' if hint else ''} (parameters: {known})"
                )


def function_entries(compiler: Compiler, functions: Sequence[FunctionValue], inputs: Inputs) -> list[Entry]:
    """Compiles free functions as entries; all their errors are collected."""
    entries = []
    for function in functions:
        with compiler.reports.collecting():
            check_decorators(function.definition)
            signature = read_signature(function.definition, function.scope)
            types = inputs.types(function.definition.name, signature)
            defaults = literal_defaults(signature, function.scope)
            compiled = compiler.once(
                function.symbol,
                function.definition.span,
                function.definition.name,
                lambda f=function, s=signature, t=types: compiler.compile_function(  # type: ignore[misc]  # bound now
                    f.symbol, f.definition, f.scope, s, argument_types=t, public=True
                ),
            )
            if not compiled.failed:
                span = function.definition.span
                check_boundary(function.definition.name, signature, types, compiled.result, span)
            parameters = tuple(
                EntryParameter(p.name, t, d) for p, t, d in zip(signature.parameters, types, defaults, strict=True)
            )
            name = function.definition.name
            entries.append(
                Entry(name, compiled.symbol, parameters, compiled.result, function.definition.docstring or "")
            )
    return entries


def public_functions(scope: ModuleScope) -> list[FunctionValue]:
    """Top-level functions whose name does not start with an underscore and that are not kept out of compiled code."""
    return [f for f in scope.functions if not f.definition.name.startswith("_") and not _is_ignored(f.definition)]


def _is_ignored(definition: ast.FunctionDef) -> bool:
    try:
        check_decorators(definition)
    except CompileError:
        return True
    return False


def finish(compiler: Compiler, entries: list[Entry], inputs: Inputs, source: str) -> Program:
    compiler.reports.finish()
    inputs.finish()
    initialiser = define_initialiser(compiler, compiler.first_state)
    states = tuple(compiler.states.values())
    return Program(
        compiler.module, tuple(entries), compiler.weights, states, source_text=source, initialiser=initialiser,
        operators=compiler.operators,
    )  # fmt: skip
