"""Parameters and results of functions: reading them from definitions, and matching the arguments of a call to them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from types import NoneType

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.program import REQUIRED, PlainValue, Required
from aotjit.sema.annotations import read_facts
from aotjit.sema.context import FunctionContext, constant_of
from aotjit.sema.defaults import literal_default, written_default
from aotjit.sema.names import ModuleScope, close_match
from aotjit.sema.values import ModuleValue, Plain, Value
from aotjit.syntax import ast
from aotjit.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    NUMBER,
    STR,
    TENSOR,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    UnionType,
    erase,
)


@dataclass(frozen=True)
class ParameterInfo:
    """`annotated` keeps the facts of a shaped annotation, `type` is what the function's body sees."""

    name: str
    type: Type
    annotated: Type | None
    default: ast.Expr | None
    span: Span


@dataclass(frozen=True)
class Signature:
    name: str
    parameters: tuple[ParameterInfo, ...]
    result: Type | None
    annotated_result: Type | None = None


def read_signature(
    definition: ast.FunctionDef, scope: ModuleScope, method: bool = False, bound: Container[str] = ()
) -> Signature:
    """The signature of a function, or of a method without its `self`. Untyped parameters are tensors; those named in
    `bound` are left out."""
    parameters = [p for p in definition.parameters[1 if method else 0 :] if p.name not in bound]
    if method and not definition.parameters:
        raise CompileError.at(definition.span, f"the method {definition.name} needs a 'self' parameter")
    for parameter in parameters:
        if parameter.kind in ("args", "kwargs"):
            raise CompileError.at(
                parameter.span,
                "'*args' and '**kwargs' are not part of TorchScript",
                "name the parameters, or take a list",
            )
    types, result = _comment_types(definition, scope, len(parameters))
    infos = []
    for i, parameter in enumerate(parameters):
        annotated = types[i] if types is not None else None
        if parameter.annotation is not None:
            annotated = read_facts(parameter.annotation, scope)
        t = TENSOR if annotated is None else erase(annotated)
        default = parameter.default
        if _is_written(definition, scope):
            default = written_default(parameter, annotated is not None, scope)
        infos.append(ParameterInfo(parameter.name, t, annotated, default, parameter.span))
    if definition.returns is not None:
        result = read_facts(definition.returns, scope)
    if result is None and types is not None:
        result = NONE
    return Signature(definition.name, tuple(infos), None if result is None else erase(result), result)


def _is_written(definition: ast.FunctionDef, scope: ModuleScope) -> bool:
    """Is it the user's source, not an archive's and not the library's?"""
    return not scope.is_archive and not definition.span.source.name.startswith("<")


def _comment_types(
    definition: ast.FunctionDef, scope: ModuleScope, count: int
) -> tuple[list[Type] | None, Type | None]:
    if definition.type_comment is None:
        return None, None
    from aotjit.syntax.parse import parse_signature

    text = SourceText(definition.span.source.name, definition.type_comment)
    parameters, result = parse_signature(text, definition.span)
    if len(parameters) != count:
        raise CompileError.at(
            definition.span, f"the type comment of {definition.name} has {len(parameters)} types for {count} parameters"
        )
    return [read_facts(p, scope) for p in parameters], read_facts(result, scope)


def match_arguments(
    signature: Signature, args: Sequence[Value], keywords: dict[str, Value], span: Span
) -> list[Value | None]:
    """The value for each parameter; None where its default is taken."""
    parameters = signature.parameters
    if len(args) > len(parameters):
        raise CompileError.at(
            span, f"{signature.name} takes {len(parameters)} arguments, {len(args) + len(keywords)} are given"
        )
    names = [p.name for p in parameters]
    for name in keywords:
        if name not in names:
            raise CompileError.at(span, f"{signature.name} has no parameter '{name}'", close_match(name, names))
        if name in names[: len(args)]:
            raise CompileError.at(span, f"argument '{name}' of {signature.name} is given twice")
    values: list[Value | None] = list(args)
    for parameter in parameters[len(args) :]:
        if parameter.name not in keywords and parameter.default is None:
            written = not parameter.span.source.name.startswith("<")
            notes = ((parameter.span, f"'{parameter.name}' is declared here, without a default"),) if written else ()
            raise CompileError.at(span, f"{signature.name} needs a value for '{parameter.name}'", None, notes)
        values.append(keywords.get(parameter.name))
    return values


@dataclass(frozen=True)
class GivenArguments:
    """The arguments of a call. Modules are known at compile time: a function is compiled for those that it is given,
    which are no parameters of what is compiled."""

    modules: dict[str, ModuleValue]
    positional: list[Value]
    keywords: dict[str, Value]

    @classmethod
    def of(
        cls, definition: ast.FunctionDef, method: bool, args: Sequence[Value], keywords: dict[str, Value]
    ) -> GivenArguments:
        names = [p.name for p in definition.parameters[1 if method else 0 :]]
        by_place = {n: a for n, a in zip(names, args, strict=False) if isinstance(a, ModuleValue)}
        by_name = {n: v for n, v in keywords.items() if isinstance(v, ModuleValue) and n in names and n not in by_place}
        # What is too much or given twice stays, and is reported as such arguments are.
        positional = [a for i, a in enumerate(args) if i >= len(names) or names[i] not in by_place]
        return cls(by_place | by_name, positional, {n: v for n, v in keywords.items() if n not in by_name})

    @property
    def suffix(self) -> str:
        """What tells the function's forms for different modules apart."""
        paths = ",".join(f"{name}={module.object.path}" for name, module in self.modules.items())
        return f"[{paths}]" if paths else ""


def default_value(ctx: FunctionContext, value: Plain, parameter: ParameterInfo) -> Plain:
    """A default as its parameter has it: Python's numbers are converted once, by torch.jit.script."""
    t = parameter.type.element if isinstance(parameter.type, OptionalType) else parameter.type
    number = constant_of(value)
    if not isinstance(number, int | float) or t not in (FLOAT, COMPLEX):
        return value
    return ctx.constant(float(number) if t == FLOAT else complex(number), parameter.span)


def literal_defaults(signature: Signature, scope: ModuleScope) -> list[PlainValue | Required]:
    """The defaults of a function that callers of the compiled program call."""
    values = []
    for parameter in signature.parameters:
        value = literal_default(parameter.default, scope)
        if parameter.annotated is not None and value is not REQUIRED and not _is_of(value, parameter.type):
            raise CompileError.at(
                parameter.span,
                f"the default of '{parameter.name}' must be of type {parameter.type}, found {value!r}",
                f"write {parameter.name}: Optional[{parameter.type}] = None" if value is None else None,
            )
        values.append(value)
    return values


def _is_of(value: PlainValue | Required, t: Type) -> bool:
    """May a default be a value of the type? Numbers are converted, as torch.jit does."""
    match t:
        case UnionType(members=members):
            return any(_is_of(value, m) for m in members)
        case OptionalType(element=element):
            return value is None or _is_of(value, element)
        case ListType(element=element):
            return isinstance(value, list | tuple) and all(_is_of(v, element) for v in value)
        case TupleType(elements=elements) if isinstance(value, tuple):
            return len(value) == len(elements) and all(map(_is_of, value, elements))
    kinds: dict[Type, tuple[type, ...]] = {
        INT: (int,), FLOAT: (int, float), BOOL: (bool, int), NUMBER: (int, float), STR: (str,), NONE: (NoneType,),
        COMPLEX: (int, float, complex)
    }  # fmt: skip
    return isinstance(value, kinds[t]) if t in kinds else not isinstance(t, TensorType)
