"""A func.func of the IR becomes `int32_t f(aj_instance *, const aj_word *arguments, aj_word *results)`."""

from __future__ import annotations

import math

from llvmlite import ir
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Operation

from aotjit.codegen import control_flow, objects, operations, operators, tasks
from aotjit.codegen.arguments import argument_use
from aotjit.codegen.constants import ProgramContext
from aotjit.codegen.context import Components, component_types, reference_positions
from aotjit.codegen.function import Emitter, HostFunction
from aotjit.codegen.layout import I64, PTR
from aotjit.ir import ts
from aotjit.program import Program
from aotjit.types import Type, type_code

EMITTERS: dict[type[Operation], Emitter] = {
    ts.StrOp: operations.emit_str,
    ts.NoneOp: operations.emit_undefined,
    ts.UndefOp: operations.emit_undefined,
    ts.DeviceOp: operations.emit_device,
    ts.WeightOp: operations.emit_weight,
    ts.TupleOp: operations.emit_tuple,
    ts.TupleGetOp: operations.emit_tuple_get,
    ts.SomeOp: operations.emit_some,
    ts.IsNoneOp: operations.emit_is_none,
    ts.UnwrapOp: operations.emit_unwrap,
    ts.RefineOp: operations.emit_refine,
    ts.ListOp: operations.emit_list,
    ts.DictOp: operations.emit_dict,
    ts.ObjectOp: objects.emit_object,
    ts.AttributeGetOp: objects.emit_attribute_get,
    ts.AttributeSetOp: objects.emit_attribute_set,
    ts.SameOp: objects.emit_same,
    ts.EnumOp: objects.emit_enum,
    ts.EnumIndexOp: objects.emit_enum_index,
    ts.BoxOp: objects.emit_box,
    ts.UnboxOp: objects.emit_unbox,
    ts.IsTypeOp: objects.emit_is_type,
    ts.ForkOp: tasks.emit_fork,
    ts.TaskReturnOp: control_flow.emit_terminator,
    ts.WaitOp: tasks.emit_wait,
    ts.RetainOp: operations.emit_retain,
    ts.ReleaseOp: operations.emit_release,
    ts.StateGetOp: operations.emit_state_get,
    ts.StateSetOp: operations.emit_state_set,
    ts.RaiseOp: operations.emit_raise,
    ts.PrintOp: operations.emit_print,
    ts.FormatOp: operations.emit_format,
    ts.GenericOp: operations.emit_generic_operation,
    ts.MatmulOp: operations.emit_matmul_operation,
    ts.AtenOp: operators.emit_aten,
    arith.FPToSIOp: operations.emit_float_to_int,
    arith.SelectOp: operations.emit_select,
    scf.IfOp: control_flow.emit_if,
    scf.WhileOp: control_flow.emit_while,
    scf.ForOp: control_flow.emit_for,
    scf.YieldOp: control_flow.emit_terminator,
    scf.ConditionOp: control_flow.emit_terminator,
    func.ReturnOp: control_flow.emit_return,
    func.CallOp: control_flow.emit_call,
}
"""What is not here is in aotjit.codegen.scalar's table."""
KERNELS = (ts.GenericOp, ts.MatmulOp)
LONG = 600
"""Operations from which on LLVM's time for a function is worth saving."""
MANY = 8
"""Iterations from which on a loop may be where the time goes: a tensor has fewer dims."""


def emit_function(module: ProgramContext, op: func.FuncOp, symbol: str, title: str) -> None:
    """Writes the function as `symbol`; failures in it say `in title`."""
    known = module.llvm.globals.get(symbol)
    function = known or module.define(symbol, [PTR, PTR, PTR], linkage="")
    f = HostFunction(module, function, title, EMITTERS)
    arguments, offset = function.args[1], 0
    kept = argument_use(op).kept if module.program.states else frozenset()
    for i, argument in enumerate(op.body.block.args):
        t = ts.type_of(argument)
        if i in kept:
            f.values[argument] = own_argument(f, f.word(arguments, offset), t, op)
        else:
            f.values[argument] = f.load_words(arguments, t, offset)
        offset += len(component_types(t))
    f.open_lines(op)
    f.block(op.body.block)
    f.finish()
    if is_dispatch(op):
        # LLVM has no attribute for less than that, and takes the one only beside the other.
        function.attributes.add("optnone")
        function.attributes.add("noinline")


def is_dispatch(function: func.FuncOp) -> bool:
    """A long function whose time goes to the kernels that it calls: each of its loops calls some, or is over a
    tensor's dims. LLVM takes a quarter of the time for it if it does not optimise it, which nobody notices later."""
    operations = list(function.walk())
    loops = [op for op in operations if isinstance(op, scf.WhileOp | scf.ForOp)]
    return len(operations) > LONG and all(
        _iterations(loop) <= MANY or any(isinstance(op, KERNELS) for op in loop.walk()) for loop in loops
    )


def _iterations(loop: Operation) -> float:
    """How often the body of a loop runs at most, where that is known."""
    if not isinstance(loop, scf.ForOp):
        return math.inf
    bounds = [v.owner.value for v in (loop.lb, loop.ub, loop.step) if isinstance(v.owner, arith.ConstantOp)]
    known = [b.value.data for b in bounds if isinstance(b, IntegerAttr)]
    return len(range(*known)) if len(known) == 3 and known[2] > 0 else math.inf


def own_argument(f: HostFunction, words: ir.Value, t: Type, op: Operation) -> Components:
    """The argument at `words`, or a copy of what is the caller's: the state may keep a reference to it."""
    own = f.alloca(I64, max(1, len(component_types(t))))
    f.call("aj_own", [f.module.c_string(type_code(t)), words, own], ts.span_of(op))
    components = f.load_words(own, t)
    f.frame.append(f.hold([components[i] for i in reference_positions(t)]))
    return components


def build_host_module(program: Program, producer: str) -> tuple[ProgramContext, tuple[str, ...]]:
    """The module with all functions of a program, its kernels beside it, and the LLVM names of its entries and
    its initialiser. `producer` is the compiler's name in the line tables; without one there are none."""
    module = ProgramContext("model", program, producer)
    titles = {entry.symbol: entry.name for entry in program.entries}
    for op in program.module.ops:
        if isinstance(op, func.FuncOp):
            name = op.sym_name.data
            emit_function(module, op, control_flow.function_symbol(name), titles.get(name, name))
    symbols = [*(entry.symbol for entry in program.entries), *([program.initialiser] if program.initialiser else [])]
    return module, tuple(map(control_flow.function_symbol, symbols))
