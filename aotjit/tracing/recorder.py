"""Runs a function on recording tensors and writes down what it does."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects import func
from xdsl.ir import Block, Operation, SSAValue

from aotjit.diagnostics import CompileError, SourceText, UsageError
from aotjit.interp.interpreter import Interpreter, ProgramError
from aotjit.ir.values import ir_type
from aotjit.live_source import function_source
from aotjit.ops import REGISTRY
from aotjit.program import Program
from aotjit.sema.attributes import TENSOR_ATTRIBUTES
from aotjit.sema.compiler import Compiler
from aotjit.sema.context import FunctionContext
from aotjit.sema.modules import ModuleObject, assign_paths
from aotjit.sema.names import ModuleScope
from aotjit.sema.statements import statements
from aotjit.sema.values import Binding, FunctionValue, ModuleValue, Plain, TupleValue, Value
from aotjit.syntax import ast
from aotjit.syntax.parse import parse
from aotjit.tracing import foreign
from aotjit.tracing.inputs import checked, describe
from aotjit.tracing.places import user_span
from aotjit.tracing.values import TracedInt, TracedTensor
from aotjit.types import BOOL, FLOAT, INT, TensorType

IMPORTS = "import math\nimport torch\nfrom torch import Tensor\nfrom typing import Dict, List, Optional, Tuple\n"


@dataclass(frozen=True)
class Trace:
    """What was recorded: a method, the module it belongs to, the scope of its names, functions it calls by name."""

    definition: ast.FunctionDef
    module: ModuleObject
    scope: ModuleScope
    functions: tuple[ast.FunctionDef, ...]


def record(function: Callable[..., Any], examples: Sequence[Any]) -> Trace:
    """Runs `function`, or a torch.nn.Module, on recording tensors with the examples' values. Raises CompileError for
    what cannot be compiled, at the user's line, and UsageError for arguments that cannot be traced."""
    recorder = Recorder(function)
    names = _names(function, len(examples))
    arguments = [recorder.parameter(name, value) for name, value in zip(names, examples, strict=True)]
    result = function(*arguments)
    return recorder.finish(result)


def _names(function: Callable[..., Any], count: int) -> list[str]:
    """Names for the parameters of the trace: those of the function where it has as many."""
    called = getattr(function, "forward", function)
    try:
        parameters = list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    names += [f"argument{i}" for i in range(len(names), count)]
    return [n if n != "self" else "self_" for n in names]


class _Evaluator(Interpreter):
    """The interpreter on weights that the traced function may change."""

    def weight(self, name: str) -> Any:
        if name not in self.weights:
            self.weights[name] = super().weight(name).copy()
        return self.weights[name]


class Recorder:
    """One trace: the statements so far, and what the names in them stand for in this run."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.scope = ModuleScope(parse(SourceText("<trace>", IMPORTS)).body)
        self.span = user_span()
        self.module, self.paths = ModuleObject(getattr(function, "__name__", "Traced"), ()), dict[int, str]()
        if foreign.is_module(function):
            self.module, self.paths = foreign.module_tree(function)
        assign_paths(self.module)
        self.constants: list[Any] = []
        self.parameters: list[ast.Parameter] = []
        self.body: list[ast.Stmt] = []
        self.functions: dict[str, ast.FunctionDef] = {}
        self.scripted: dict[str, Callable[..., Any]] = {}
        self.compiler = Compiler(self.scope)
        self.context = FunctionContext(self.compiler, self.scope, "forward", Block())
        self.context.bindings["self"] = Binding(ModuleValue(self.module), None, 0)
        self.evaluator = _Evaluator(Program(self.compiler.module, (), self.compiler.weights))
        self.values: dict[SSAValue, Any] = {}
        self.evaluated: Operation | None = None
        self.names = 0

    # -- inputs ------------------------------------------------------------------------------------------------------

    def parameter(self, name: str, example: Any) -> Any:
        """Adds a parameter; what the function gets for it."""
        given = describe(name, example, self.span)
        self.parameters.append(ast.Parameter(self.span, name, given.annotation, None))
        block = self.context.block
        argument = block.insert_arg(ir_type(given.type), len(block.args))
        self.values[argument] = given.value
        self.context.bindings[name] = Binding(Plain(argument), given.type, 0)
        return self.lifted(ast.Name(self.span, name), Plain(argument))

    # -- statements --------------------------------------------------------------------------------------------------

    def record(self, node: ast.Expr) -> Any:
        """Adds `name = node`; what Python gets for it."""
        name = ast.Name(node.span, self._new_name())
        self.statement(ast.Assign(node.span, (name,), node))
        binding = self.context.bindings[name.id]
        assert binding.value is not None
        return self.lifted(name, binding.value)

    def assign(self, target: ast.Expr, value: ast.Expr) -> None:
        """Adds `target = value`."""
        self.statement(ast.Assign(target.span, (target,), value))

    def statement(self, node: ast.Stmt) -> None:
        """Compiles and evaluates a statement."""
        self.body.append(node)
        statements(self.context, [node])
        self.compiler.reports.finish()
        self._evaluate(node)

    def _evaluate(self, node: ast.Stmt) -> None:
        """Runs the operations that the block got since the last time."""
        for op in self.compiler.module.ops:
            if isinstance(op, func.FuncOp):
                self.evaluator.functions.setdefault(op.sym_name.data, op)
        block = self.context.block
        op = block.first_op if self.evaluated is None else self.evaluated.next_op
        while op is not None:
            try:
                results = self.evaluator.run_operation(op, self.values)
            except ProgramError as error:
                raise CompileError.at(node.span, f"running this fails: {error}") from None
            self.values.update(zip(op.results, results, strict=True))
            self.evaluated, op = op, op.next_op

    def _new_name(self) -> str:
        self.names += 1
        return f"t{self.names - 1}"

    # -- from the program to Python ----------------------------------------------------------------------------------

    def lifted(self, name: ast.Name, value: Value) -> Any:
        """What Python gets for the value that `name` stands for."""
        if isinstance(value, TupleValue):
            return tuple(self._parts(name, len(value.elements)))
        assert isinstance(value, Plain)
        concrete = self.values[value.ssa]
        t = value.type
        if isinstance(t, TensorType):
            return TracedTensor(self, name.id, concrete)
        if t == INT:
            return TracedInt(self, name, concrete)
        if isinstance(concrete, tuple):
            return tuple(self._parts(name, len(concrete)))
        if isinstance(concrete, list):
            return self._parts(name, len(concrete))
        if isinstance(concrete, dict):
            keys = list(concrete)
            return {k: self.record(ast.Subscript(name.span, name, (self.expression(k),), False)) for k in keys}
        if t in (FLOAT, BOOL) or concrete is None or isinstance(concrete, str):
            return concrete
        raise UsageError(f"a value of type {t} cannot be traced")

    def _parts(self, name: ast.Name, count: int) -> list[Any]:
        """The elements of a tuple or list, each under a name of its own."""
        targets = tuple(ast.Name(name.span, self._new_name()) for _ in range(count))
        if targets:
            self.statement(ast.Assign(name.span, (ast.TupleExpr(name.span, targets),), name))
        values = [self.context.bindings[target.id].value for target in targets]
        return [self.lifted(target, value) for target, value in zip(targets, values, strict=True) if value is not None]

    def dtype_of(self, name: str) -> object:
        """The dtype of a tensor in this run."""
        binding = self.context.bindings[name].value
        assert isinstance(binding, Plain)
        return foreign.torch_dtype(self.values[binding.ssa].dtype.name)

    def device(self) -> object:
        return foreign.cpu()

    # -- from Python to the program ----------------------------------------------------------------------------------

    def takes(self, value: object) -> bool:
        """Can it be an operand of Python's operators with a recording tensor?"""
        number = isinstance(value, int | float | complex | bool)
        return number or isinstance(value, TracedTensor | TracedInt) or foreign.is_tensor(value)

    def expression(self, value: Any) -> ast.Expr:
        """A Python value as an expression of the recorded program."""
        span = user_span()
        match value:
            case TracedTensor():
                return ast.Name(span, value._name)
            case TracedInt():
                return value.node
            case float() if not math.isfinite(value):
                name = "nan" if math.isnan(value) else "inf"
                constant: ast.Expr = ast.Attribute(span, ast.Name(span, "math"), name)
                return ast.Unary(span, "-", constant) if value == -math.inf else constant
            case int() | float() if not isinstance(value, bool) and value < 0:
                return ast.Unary(span, "-", ast.Constant(span, -value))
            case None | bool() | int() | float() | complex() | str():
                return ast.Constant(span, value)
            case tuple() | list():
                return ast.ListExpr(span, tuple(self.expression(v) for v in value))
            case dict():
                keys, values = map(self.expression, value), map(self.expression, value.values())
                return ast.DictExpr(span, tuple(keys), tuple(values))
        if foreign.is_named_constant(value):
            return _dotted(str(value))
        if foreign.is_device(value):
            return ast.Call(span, _dotted("torch.device"), (ast.Constant(span, "cpu"),), ())
        if foreign.is_tensor(value):
            return self._constant(value)
        if hasattr(value, "item") and getattr(value, "shape", None) == ():
            return self.expression(value.item())
        raise UsageError(f"a {type(value).__name__} cannot be an argument of a traced operation")

    def _constant(self, value: Any) -> ast.Expr:
        """A tensor that is no input: an attribute of the module."""
        path = self.paths.get(id(value))
        if path is None:
            tensor = checked(foreign.host_tensor(value))
            path = self.paths[id(value)] = f"constant{len(self.constants)}"
            self.constants.append(value)  # so that the id stays its own
            foreign.place(self.module, path, tensor, buffer=True)
        return _dotted(f"self.{path}")

    def index(self, value: Any) -> ast.Expr:
        """Something in the brackets of a subscript."""
        span = user_span()
        if value is Ellipsis:
            return ast.Constant(span, ...)
        if isinstance(value, slice):
            parts = [None if p is None else self.expression(p) for p in (value.start, value.stop, value.step)]
            return ast.Slice(span, *parts)
        return self.expression(value)

    # -- calls -------------------------------------------------------------------------------------------------------

    def attribute(self, tensor: TracedTensor, name: str) -> Any:
        """`tensor.name`: an attribute that is a tensor, or a method."""
        if name in TENSOR_ATTRIBUTES:
            return self.record(ast.Attribute(user_span(), self.expression(tensor), name))
        if name.startswith("_") and not REGISTRY.overloads(name):
            raise AttributeError(name)
        return lambda *args, **keywords: self.method(tensor, name, args, keywords)

    def method(self, tensor: TracedTensor, name: str, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """`tensor.name(*args, **keywords)`."""
        return self._call(ast.Attribute(user_span(), self.expression(tensor), name), args, keywords)

    def torch_function(self, function: Any, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """A function of torch on recording tensors."""
        path = foreign.path_of_function(function)
        if path.endswith(".__get__"):
            return getattr(args[0], path.split(".")[-2])
        head, _, name = path.rpartition(".")
        if head == "torch.Tensor" and isinstance(args[0], TracedTensor):
            return getattr(args[0], name)(*args[1:], **keywords)
        return self._call(_dotted(path), args, keywords)

    def script(self, function: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """A scripted function, with its control flow."""
        name = function.__name__
        if self.scripted.setdefault(name, function) is not function:
            raise UsageError(f"two different functions named {name} are called in one trace")
        if name not in self.functions:
            scope = ModuleScope(parse(function_source(function)).body)
            value = scope.lookup(name)
            assert isinstance(value, FunctionValue)
            self.scope.names[name], self.functions[name] = value, value.definition
        return self._call(ast.Name(user_span(), name), args, keywords)

    def _call(self, function: ast.Expr, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        span = user_span()
        given = tuple(map(self.expression, args))
        named = tuple(ast.Keyword(span, n, self.expression(v)) for n, v in keywords.items())
        return self.record(ast.Call(span, function, given, named))

    # -- the result --------------------------------------------------------------------------------------------------

    def finish(self, result: Any) -> Trace:
        """The trace of a function that returned `result`."""
        body = (*self.body, ast.Return(self.span, self._returned(result)))
        own = ast.Parameter(self.span, "self", None, None)
        definition = ast.FunctionDef(self.span, "forward", (own, *self.parameters), None, body)
        return Trace(definition, self.module, self.scope, tuple(self.functions.values()))

    def _returned(self, value: Any) -> ast.Expr:
        if isinstance(value, tuple):
            return ast.TupleExpr(self.span, tuple(self._returned(v) for v in value))
        if isinstance(value, list):
            return ast.ListExpr(self.span, tuple(self._returned(v) for v in value))
        if isinstance(value, dict):
            keys, values = map(self.expression, value), map(self._returned, value.values())
            return ast.DictExpr(self.span, tuple(keys), tuple(values))
        return self.expression(value)


def _dotted(path: str) -> ast.Expr:
    span = user_span()
    first, *rest = path.split(".")
    node: ast.Expr = ast.Name(span, first)
    for name in rest:
        if name.isidentifier():
            node = ast.Attribute(span, node, name)
        else:  # a submodule of a container
            node = ast.Call(span, ast.Name(span, "getattr"), (node, ast.Constant(span, name)), ())
    return node
