"""Compiles functions on demand: each becomes one func.func, the first time that something calls it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Region, SSAValue

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.ir import ts
from aotjit.ops.opdef import Composite, Operator
from aotjit.program import State, Weight
from aotjit.sema import assignments, library, tensor_objects
from aotjit.sema.annotations import path_of
from aotjit.sema.attributes import CONSTANTS
from aotjit.sema.context import FunctionContext, constant_of
from aotjit.sema.conversions import plain, require
from aotjit.sema.flow import RETURN_VALUE
from aotjit.sema.implicit import require_argument
from aotjit.sema.loops import refuse_stray_exits
from aotjit.sema.module_rules import ModuleRules
from aotjit.sema.modules import has_decorator, is_unused
from aotjit.sema.names import ModuleScope
from aotjit.sema.origins import declaration
from aotjit.sema.overloading import chosen
from aotjit.sema.reports import Poisoned, Reports
from aotjit.sema.signatures import (
    GivenArguments,
    ParameterInfo,
    Signature,
    default_value,
    match_arguments,
    read_signature,
)
from aotjit.sema.statements import EndOfFunction, statements
from aotjit.sema.user_classes import UserClass
from aotjit.sema.values import Binding, FunctionValue, Namespace, Plain, Value
from aotjit.syntax import ast
from aotjit.types import BOOL, COMPLEX, FLOAT, INT, NONE, OptionalType, TupleType, Type, erase

_SUFFIXES: dict[Type, str] = {INT: "i", FLOAT: "f", COMPLEX: "c", BOOL: "b"}
_SUFFIXES |= {OptionalType(t): suffix.upper() for t, suffix in _SUFFIXES.items()}
"""What a number is given as tells the forms of one operator apart."""
_PARSED_COMPOSITES: dict[str, FunctionValue] = {}
_COMPOSITE_IMPORTS = "import math\nimport torch\nimport torch.nn.functional as F\nfrom torch import Tensor\n"
_COMPOSITE_IMPORTS += "from typing import List, Optional, Tuple\n"


@dataclass(frozen=True)
class CompiledFunction:
    symbol: str
    signature: Signature
    result: Type
    failed: bool = False
    """Its errors left its result's type unknown: nothing is said of calls to it."""
    reshapes: tuple[int, ...] = ()
    """The parameters whose tensors it gives another shape."""


_SCRIPTING = ("torch.jit.script", "torch.jit.script_if_tracing", "aotjit.script")


class Compiler(ModuleRules):
    """One compilation: the module being made and everything that its functions share."""

    def __init__(self, scope: ModuleScope) -> None:
        super().__init__()
        self.scope = scope
        self.reports = Reports()
        self.module = ModuleOp([])
        self.weights: dict[str, Weight] = {}
        self.states: dict[str, State] = {}
        self.operators: dict[str, str] = {}
        self.user_classes: dict[str, UserClass] = {}
        self._compiled: dict[str, CompiledFunction] = {}
        self._in_progress: list[str] = []

    # -- functions ---------------------------------------------------------------------------------------------------

    def compile_function(
        self,
        symbol: str,
        definition: ast.FunctionDef,
        scope: ModuleScope,
        signature: Signature,
        *,
        argument_types: Sequence[Type] | None = None,
        bound: Mapping[str, Value] | None = None,
        public: bool = False,
        defining: UserClass | None = None,
    ) -> CompiledFunction:
        """Adds the func.func. `argument_types` are those of its block, with facts; the body sees them erased. `bound`
        are names that stand for something known now: `self`, and parameters that modules are given for."""
        given = list(argument_types) if argument_types is not None else [p.type for p in signature.parameters]
        block = Block(arg_types=[ts.ir_type(t) for t in given])
        ctx = FunctionContext(self, scope, definition.name, block)
        ctx.declared_result = signature.result
        ctx.defining = defining
        errors = self.reports.total
        ctx.bindings.update({name: Binding(value, None, 0) for name, value in (bound or {}).items()})
        for parameter, argument in zip(signature.parameters, block.args, strict=True):
            argument.name_hint = parameter.name if parameter.name.isascii() else None  # the IR's text has ASCII names
            self._bind_parameter(ctx, parameter, argument)
        statements(ctx, [*definition.body, EndOfFunction(_name_span(definition))])
        result = ctx.declared_result or ctx.inferred_result or NONE
        refuse_stray_exits(definition.body)
        self._finish(ctx, result, definition.span)
        types = [ts.ir_type(t) for t in given], [ts.ir_type(result)]
        op = func.FuncOp(symbol, types, Region([block]), "public" if public else "private")
        self.module.body.block.add_op(ts.with_span(op, definition.span))
        failed = self.reports.total > errors and signature.result is None
        reshapes = tensor_objects.check(block, ctx.reshaped, self.module, self.operators) if ctx.reshaped else ()
        return CompiledFunction(symbol, signature, result, failed, tuple(reshapes))

    def _bind_parameter(self, ctx: FunctionContext, parameter: ParameterInfo, argument: SSAValue) -> None:
        value = Plain(argument, parameter if parameter.annotated is None else None)
        erased = erase(value.type)
        if value.type != erased:
            value = ctx.value(ts.RefineOp(argument, erased), parameter.span)
        ctx.bindings[parameter.name] = Binding(value, erased, 0, span=parameter.span)

    def _finish(self, ctx: FunctionContext, result: Type, span: Span) -> None:
        binding = ctx.bindings.get(RETURN_VALUE)
        if binding is None or binding.value is None:
            value = ctx.undefined(result, span)
        else:
            value = require(ctx, plain(ctx, binding.value, span), result, span, f"the result of {ctx.name}")
        ctx.emit(func.ReturnOp(value.ssa), span)

    def once(self, symbol: str, span: Span, name: str, make: Callable[[], CompiledFunction]) -> CompiledFunction:
        """The function of this symbol, compiled now if nothing has called it before."""
        if symbol in self._in_progress:
            raise CompileError.at(span, f"{name} calls itself; recursion is not part of TorchScript", "write a loop")
        found = self._compiled.get(symbol)
        if found is None:
            self._in_progress.append(symbol)
            try:
                found = self._compiled[symbol] = make()
            finally:
                self._in_progress.pop()
        return found

    def function(
        self, value: FunctionValue, span: Span, modules: Mapping[str, Value] | None = None, suffix: str = ""
    ) -> CompiledFunction:
        """A function of the program or of the library; for `modules` given for some of its parameters."""
        definition = value.definition
        symbol = f"{value.symbol}{suffix}.called"  # an entry of the same name has facts in its parameters

        def make() -> CompiledFunction:
            check_decorators(definition, span)
            signature = read_signature(definition, value.scope, bound=modules or ())
            return self.compile_function(symbol, definition, value.scope, signature, bound=modules)

        return self.once(symbol, span, definition.name, make)

    def call_function(
        self, ctx: FunctionContext, value: FunctionValue, args: Sequence[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        if library.is_generic(value.definition):
            return self._call_generic(ctx, value, args, keywords, span)
        declared = value.scope.overloads.get(value.definition.name)
        if declared:
            definition, number = chosen(ctx, declared, value.definition, value.scope, args, keywords, span)
            value = FunctionValue(definition, value.scope, f"{value.symbol}.{number}")
        if is_unused(value.definition):
            return self.call_unused(ctx, read_signature(value.definition, value.scope), span)
        given = GivenArguments.of(value.definition, False, args, keywords)
        function = self.function(value, span, given.modules, given.suffix)
        return self.emit_call(ctx, function, value.scope, given.positional, given.keywords, span)

    def _call_generic(
        self, ctx: FunctionContext, value: FunctionValue, args: Sequence[Value], keywords: dict[str, Value], span: Span
    ) -> Value:
        """A function of the library whose parameters without annotation have the types of the arguments: each list of
        types makes a function of its own."""
        definition = value.definition
        signature = read_signature(definition, value.scope)
        given: list[Value] = []
        for parameter, argument in zip(
            signature.parameters, match_arguments(signature, args, keywords, span), strict=True
        ):
            given.append(self._default(ctx, parameter, value.scope) if argument is None else argument)
        infos = tuple(
            replace(info, type=erase(plain(ctx, v, span).type)) if p.annotation is None else info
            for info, v, p in zip(signature.parameters, given, definition.parameters, strict=True)
        )
        types = ",".join(str(i.type) for i, p in zip(infos, definition.parameters, strict=True) if p.annotation is None)
        symbol = f"{value.symbol}[{types}].called"
        typed = replace(signature, parameters=infos)
        function = self.once(
            symbol, span, definition.name, lambda: self.compile_function(symbol, definition, value.scope, typed)
        )
        return self.emit_call(ctx, function, value.scope, given, {}, span)

    def emit_call(
        self,
        ctx: FunctionContext,
        function: CompiledFunction,
        scope: ModuleScope,
        args: Sequence[Value],
        keywords: dict[str, Value],
        span: Span,
    ) -> Value:
        values = match_arguments(function.signature, args, keywords, span)
        if function.failed:
            raise Poisoned
        operands = []
        for parameter, value in zip(function.signature.parameters, values, strict=True):
            given = self._default(ctx, parameter, scope) if value is None else plain(ctx, value, span, parameter.type)
            what = f"argument '{parameter.name}' of {function.signature.name}"
            operands.append(require_argument(ctx, given, parameter.type, span, what, declaration(parameter)).ssa)
        call = ctx.emit(func.CallOp(function.symbol, operands, [ts.ir_type(function.result)]), span)
        ctx.reshaped += [tensor_objects.Reshaped(operands[i], call, None, span) for i in function.reshapes]
        return Plain(call.results[0])

    def _default(self, ctx: FunctionContext, parameter: ParameterInfo, scope: ModuleScope) -> Plain:
        assert parameter.default is not None
        saved = ctx.scope, ctx.bindings
        ctx.scope, ctx.bindings = scope, {}
        try:
            return default_value(ctx, ctx.plain(parameter.default, parameter.type), parameter)
        finally:
            ctx.scope, ctx.bindings = saved

    # -- operators written in the language ---------------------------------------------------------------------------

    def call_composite(self, ctx: FunctionContext, operator: Operator, operands: Sequence[Plain], span: Span) -> Value:
        """A call of an operator whose meaning is stated in the language."""
        value, variant = _composite_source(operator, operands)
        wanted = value.definition.parameters
        types = [o.type for o in operands]
        suffix = "".join(_SUFFIXES[t] for t in types if t in _SUFFIXES)
        symbol = f"aten.{operator.schema.qualified}" + (f".{suffix}" if suffix else "") + variant
        returns = operator.schema.returns
        result = returns[0] if len(returns) == 1 else TupleType(returns)

        def make() -> CompiledFunction:
            infos = tuple(ParameterInfo(p.name, t, None, None, p.span) for p, t in zip(wanted, types, strict=True))
            signature = Signature(operator.schema.name, infos, result)
            outer, self.reports = self.reports, Reports()
            try:
                compiled = self.compile_function(symbol, value.definition, value.scope, signature)
                self.reports.finish()
            except CompileError as error:
                detail = error.diagnostics[0].message
                raise CompileError.at(span, f"torch.{operator.schema.name}: {detail}") from error
            finally:
                self.reports = outer
            return compiled

        compiled = self.once(symbol, span, f"torch.{operator.schema.name}", make)
        self.operators[symbol] = operator.schema.qualified
        call = func.CallOp(compiled.symbol, [o.ssa for o in operands], [ts.ir_type(compiled.result)])
        return ctx.value(call, span)

    # -- names -------------------------------------------------------------------------------------------------------

    def global_name(self, ctx: FunctionContext, node: ast.Name) -> Value | None:
        """The value of a name that is not local to the function; None when nothing has that name."""
        found = ctx.scope.lookup(node.id)
        if found is not None:
            if isinstance(found, Namespace) and found.path in CONSTANTS:
                return ctx.constant(CONSTANTS[found.path], node.span)
            return found
        constant = ctx.scope.constants.get(node.id)
        if constant is None:
            return None
        meaning = _scripted(constant, ctx.scope)
        if isinstance(meaning, ast.Name | ast.Attribute):
            saved, ctx.bindings = ctx.bindings, {}
            del ctx.scope.constants[node.id]  # so that a name that means itself is an unknown one
            try:
                return ctx.expression(meaning)
            finally:
                ctx.bindings = saved
                ctx.scope.constants[node.id] = constant
        raise CompileError.at(
            node.span,
            f"the global variable '{node.id}' cannot be used in a compiled function",
            "pass it as an argument, assign it inside the function, or make it a Final attribute of the module",
        )

    def member(self, ctx: FunctionContext, path: str, span: Span) -> Value | None:
        """What a dotted name means where it is more than a name; archives have such names."""
        return None

    def constant_number(self, node: ast.Expr) -> bool | int | float | None:
        """The number that the expression is in the form of a 0-dim tensor; archives have such constants."""
        return None

    def assign(self, ctx: FunctionContext, target: ast.Expr, value: Value, span: Span) -> None:
        assignments.assign(ctx, target, value, span)


def _name_span(definition: ast.FunctionDef) -> Span:
    """The line of the `def`, for what concerns the function as a whole."""
    span = definition.span
    return Span(span.source, span.line, span.column, span.line, len(span.source.line(span.line)) + 1)


def check_decorators(definition: ast.FunctionDef, called: Span | None = None) -> None:
    """Refuses functions that torch.jit.ignore or unused keeps out of compiled code; `called` is the place of a call."""
    for word in ("ignore", "unused"):
        if has_decorator(definition, word):
            raise CompileError.at(
                definition.span,
                f"{definition.name} is marked torch.jit.{word} and has no compiled form",
                "it cannot be called from compiled code; of a function marked torch.jit.unused a call raises",
                () if called is None else ((called, "it is called here"),),
            )


def _composite_source(operator: Operator, operands: Sequence[Plain]) -> tuple[FunctionValue, str]:
    """The parsed source of a composite operator, once per process, and what tells it from other forms of it."""
    lowering = operator.lowering
    assert isinstance(lowering, Composite)
    text: str | None = None
    if lowering.unrolled is not None:
        names = [a.name for a in operator.schema.arguments if a.name not in lowering.drop]
        text = lowering.unrolled({n: constant_of(o) for n, o in zip(names, operands, strict=True)})
    variant = "" if text is None else f".{zlib.crc32(text.encode()):x}"
    key = operator.schema.qualified + variant
    found = _PARSED_COMPOSITES.get(key)
    if found is None:
        from aotjit.syntax.parse import parse

        tree = parse(SourceText(f"<{operator.schema.qualified}>", text or lowering.text()))
        imports = parse(SourceText("<library>", _COMPOSITE_IMPORTS))
        scope = ModuleScope([*imports.body, *tree.body])
        definition = next(s for s in tree.body if isinstance(s, ast.FunctionDef))
        found = _PARSED_COMPOSITES[key] = FunctionValue(definition, scope, f"aten.{key}")
    return found, variant


__all__ = ["CompiledFunction", "Compiler", "Poisoned", "check_decorators"]


def _scripted(node: ast.Expr, scope: ModuleScope) -> ast.Expr:
    """What `torch.jit.script(f)` compiles: f."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and path_of(node.function, scope) in _SCRIPTING:
        return node.args[0]
    return node
