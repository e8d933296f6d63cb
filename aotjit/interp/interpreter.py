"""The reference interpreter: runs `ts` IR at any level on numpy.

Tensors are numpy arrays (views share memory), lists are Python lists (shared by reference), tuples are tuples, an
Optional is the value or None, int, float and bool are Python's. An operator is what its declaration's reference says;
kernels and scalar code are evaluated operation by operation. What ends a compiled call with a status raises
`ProgramError` with the exception's class name.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Block, Operation, Region, SSAValue

from aotjit import types
from aotjit.diagnostics import Span
from aotjit.dtypes import DType
from aotjit.interp.elements import array_dtype, evaluate, is_element_operation
from aotjit.interp.kernels import KERNEL_HANDLERS
from aotjit.interp.objects import OBJECT_HANDLERS, Future
from aotjit.interp.output import OUTPUT_HANDLERS
from aotjit.ir import ts
from aotjit.ir.window import Window
from aotjit.ops import REGISTRY
from aotjit.ops.numeric import numpy_dtype
from aotjit.program import Program, Weight
from aotjit.schedule.unpacking import unpacked
from aotjit.types import TensorType

Value = Any
"""None, bool, int, float, str, tuple, list or numpy.ndarray."""

Environment = dict[SSAValue, Value]


class ProgramError(Exception):
    """The program ended with an error: `kind` is the class name of the exception (ValueError, ...)."""

    def __init__(self, kind: str, message: str, span: Span | None = None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.span = span


class Interpreter:
    """Runs the functions of one program. `state` holds the mutable attributes between calls; `print_line` gets what
    the program prints."""

    def __init__(self, program: Program, print_line: Callable[[str], object] = print) -> None:
        self.program = program
        self.print_line = print_line
        self.warned: set[Operation] = set()
        """What has warned in this call."""
        self._depth = 0
        self.functions = {op.sym_name.data: op for op in program.module.ops if isinstance(op, func.FuncOp)}
        self.weights: dict[str, Value] = {}
        self.state: dict[str, Value] = {s.path: self._initial(s.type, s.initial) for s in program.states}
        if program.initialiser:
            self.call(program.initialiser, [])

    def _initial(self, t: types.Type, initial: Value) -> Value:
        if isinstance(t, TensorType) and isinstance(initial, str):
            return np.array(self.weight(initial))
        return copy.deepcopy(initial)

    def weight(self, name: str) -> Value:
        if name not in self.weights:
            self.weights[name] = weight_array(self.program.weights[name])
        return self.weights[name]

    def call(self, symbol: str, arguments: Sequence[Value]) -> Value:
        """The result of one function."""
        function = self.functions[symbol]
        if self._depth == 0:
            self.warned.clear()
        self._depth += 1
        try:
            (result,) = self._block(function.body.block, dict(zip(function.body.block.args, arguments, strict=True)))
        finally:
            self._depth -= 1
        return result

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _block(self, block: Block, env: Environment) -> tuple[Value, ...]:
        """Runs a block; the values that its terminator passes on."""
        for op in block.ops:
            if isinstance(op, func.ReturnOp | scf.YieldOp | ts.TaskReturnOp):
                return tuple(env[v] for v in op.operands)
            if isinstance(op, scf.ConditionOp):
                return (env[op.condition], *(env[v] for v in op.args))
            results = self.run_operation(op, env)
            for result, value in zip(op.results, results, strict=True):
                env[result] = value
        return ()

    def _region(self, region: Region, arguments: Sequence[Value], env: Environment) -> tuple[Value, ...]:
        block = region.block
        env.update(zip(block.args, arguments, strict=True))
        return self._block(block, env)

    def reference(self, op: ts.AtenOp, arguments: Sequence[Value]) -> Value:
        """What an operator's reference gives."""
        return REGISTRY[op.op.data].reference(*arguments)

    def run_operation(self, op: Operation, env: Environment) -> Sequence[Value]:
        """The results of one operation on the values in `env`."""
        handler = _HANDLERS.get(type(op))
        try:
            if handler is not None:
                return handler(self, op, env)
            if is_element_operation(op):
                return [scalar_value(op, [env[v] for v in op.operands])]
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError, AssertionError) as problem:
            raise ProgramError(_kind(problem, op), str(problem), ts.span_of(op)) from problem
        raise NotImplementedError(f"the interpreter does not know {op.name}")


def _kind(problem: Exception, op: Operation) -> str:
    """The class name that torch raises: numpy's ValueErrors about tensors are RuntimeErrors there."""
    name = type(problem).__name__
    if name == "AxisError":
        return "IndexError"
    about_tensors = any(_is_tensor(v) for v in (*op.operands, *op.results))
    return "RuntimeError" if name == "ValueError" and about_tensors else name


def _is_tensor(value: SSAValue) -> bool:
    t = value.type
    return isinstance(t, ts.ValueType) and isinstance(t.data, TensorType)


def run(
    program: Program,
    entry: str,
    args: Sequence[Value],
    state: dict[str, Value] | None = None,
    print_line: Callable[[str], object] = print,
) -> Value:
    """The result of the entry named `entry` on positional arguments. `state`, when given, is read and changed."""
    interpreter = Interpreter(program, print_line)
    if state is not None:
        state.update({k: v for k, v in interpreter.state.items() if k not in state})
        interpreter.state = state
    symbol = next((e.symbol for e in program.entries if e.name == entry), entry)
    return interpreter.call(symbol, args)


def weight_array(weight: Weight, window: Window | None = None) -> Value:
    """A weight as an array of its logical shape. `window` is that of the convolution that it was packed for."""
    data = weight.data()
    if weight.layout == "panel":
        return unpacked(np.frombuffer(data, numpy_dtype(weight.dtype)), weight.shape, window)
    if weight.dtype is DType.BF16:
        bits = np.frombuffer(data, np.uint16).astype(np.uint32) << 16
        return bits.view(np.float32).reshape(weight.shape)
    return np.frombuffer(data, numpy_dtype(weight.dtype)).reshape(weight.shape)


# -- scalars ----------------------------------------------------------------------------------------------------------

_FAST: dict[type[Operation], Callable[..., Value]] = {
    arith.AddiOp: lambda a, b: a + b,
    arith.SubiOp: lambda a, b: a - b,
    arith.MuliOp: lambda a, b: a * b,
    arith.AddfOp: lambda a, b: a + b,
    arith.SubfOp: lambda a, b: a - b,
    arith.MulfOp: lambda a, b: a * b,
    arith.SelectOp: lambda c, a, b: a if c else b,
}


def scalar_value(op: Operation, operands: Sequence[Value]) -> Value:
    """A scalar operation on Python values."""
    fast = _FAST.get(type(op))
    t = op.results[0].type
    is_bit = isinstance(t, IntegerType) and t.width.data == 1
    if fast is not None and (not is_bit or isinstance(op, arith.SelectOp)):
        value = fast(*operands)
        if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
            return (value + 2**63) % 2**64 - 2**63
        return value
    with np.errstate(all="ignore"):
        arrays = [np.array(v, array_dtype(o.type)) for v, o in zip(operands, op.operands, strict=True)]
        return evaluate(op, arrays).item()


# -- weights ----------------------------------------------------------------------------------------------------------


def _weight(self: Interpreter, op: ts.WeightOp, env: Environment) -> Sequence[Value]:
    users = [use.operation for use in op.result.uses]
    windows = [user.convolution for user in users if isinstance(user, ts.MatmulOp)]
    name = op.symbol.data
    if windows and name not in self.weights:
        self.weights[name] = weight_array(self.program.weights[name], windows[0])
    return [self.weight(name)]


# -- control flow -----------------------------------------------------------------------------------------------------


def _if(self: Interpreter, op: scf.IfOp, env: Environment) -> Sequence[Value]:
    region = op.true_region if env[op.cond] else op.false_region
    return self._region(region, (), env) if region.blocks else ()


def _for(self: Interpreter, op: scf.ForOp, env: Environment) -> Sequence[Value]:
    carried: Sequence[Value] = [env[v] for v in op.iter_args]
    for i in range(env[op.lb], env[op.ub], env[op.step]):
        carried = self._region(op.body, [i, *carried], env)
    return carried


def _while(self: Interpreter, op: scf.WhileOp, env: Environment) -> Sequence[Value]:
    carried: Sequence[Value] = [env[v] for v in op.arguments]
    while True:
        goes_on, *passed = self._region(op.before_region, carried, env)
        if not goes_on:
            return passed
        carried = self._region(op.after_region, passed, env)


def _call(self: Interpreter, op: func.CallOp, env: Environment) -> Sequence[Value]:
    return [self.call(op.callee.root_reference.data, [env[v] for v in op.arguments])]


def _fork(self: Interpreter, op: ts.ForkOp, env: Environment) -> Sequence[Value]:
    try:
        (value,) = self._region(op.body, (), env)
    except ProgramError as failure:
        return [Future(failure=failure)]
    return [Future(value)]


def _wait(self: Interpreter, op: ts.WaitOp, env: Environment) -> Sequence[Value]:
    future = env[op.operand]
    if future.failure is not None:
        raise future.failure
    return [future.value]


# -- ts ---------------------------------------------------------------------------------------------------------------


def _aten(self: Interpreter, op: ts.AtenOp, env: Environment) -> Sequence[Value]:
    result = self.reference(op, [env[v] for v in op.arguments])
    if len(op.outputs) == 1:
        return [result]
    return list(result) if op.outputs else ()


def _raise(self: Interpreter, op: ts.RaiseOp, env: Environment) -> Sequence[Value]:
    raise ProgramError(op.kind.data, env[op.message], ts.span_of(op))


def _state_set(self: Interpreter, op: ts.StateSetOp, env: Environment) -> Sequence[Value]:
    self.state[op.path.data] = env[op.value]
    return ()


def _refine(self: Interpreter, op: ts.RefineOp, env: Environment) -> Sequence[Value]:
    value, t = env[op.operand], ts.type_of(op.result)
    if op.checked is not None and isinstance(t, TensorType):
        if t.rank is not None and t.rank != value.ndim:
            raise TypeError(f"expected a tensor of rank {t.rank}, got {value.ndim}")
        for expected, size in zip(t.dims or (), value.shape, strict=False):
            if isinstance(expected, int) and expected != size:
                raise ValueError(f"expected a dim of {expected}, got {size}")
    return [value]


Handler = Callable[[Interpreter, Any, Environment], Sequence[Value]]


def _on_objects(handler: Callable[[Any, Environment], Sequence[Value]]) -> Handler:
    return lambda self, op, env: handler(op, env)


_HANDLERS: dict[type[Operation], Handler] = {
    scf.IfOp: _if,
    scf.ForOp: _for,
    scf.WhileOp: _while,
    func.CallOp: _call,
    ts.ForkOp: _fork,
    ts.WaitOp: _wait,
    ts.AtenOp: _aten,
    ts.RaiseOp: _raise,
    ts.StrOp: lambda self, op, env: [op.value.data],
    ts.NoneOp: lambda self, op, env: [None],
    ts.UndefOp: lambda self, op, env: [None],
    ts.DeviceOp: lambda self, op, env: [op.value.data],
    ts.WeightOp: _weight,
    ts.TupleOp: lambda self, op, env: [tuple(env[v] for v in op.elements)],
    ts.TupleGetOp: lambda self, op, env: [env[op.operand][op.index.value.data]],
    ts.ListOp: lambda self, op, env: [[env[v] for v in op.elements]],
    ts.SomeOp: lambda self, op, env: [env[op.operand]],
    ts.UnwrapOp: lambda self, op, env: [env[op.operand]],
    ts.IsNoneOp: lambda self, op, env: [env[op.operand] is None],
    ts.RefineOp: _refine,
    ts.StateGetOp: lambda self, op, env: [self.state[op.path.data]],
    ts.StateSetOp: _state_set,
    **OUTPUT_HANDLERS,
    **{kind: _on_objects(handler) for kind, handler in (OBJECT_HANDLERS | KERNEL_HANDLERS).items()},
    ts.RetainOp: lambda self, op, env: (),
    ts.ReleaseOp: lambda self, op, env: (),
}
