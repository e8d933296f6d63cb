"""Forked tasks: the region of a ts.fork becomes a function of its own, which aj_fork calls (runtime/task.h).

What the region uses of its surroundings are the function's arguments, but for constants, which it makes again. A task
that may run on another thread has its arguments' type codes passed to aj_fork, which copies them.
"""

from __future__ import annotations

from llvmlite import ir
from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue
from xdsl.traits import ConstantLike

from aotjit.codegen.context import component_types
from aotjit.codegen.function import HostFunction
from aotjit.codegen.layout import I32, PTR
from aotjit.codegen.objects import NULL, RECORD_WORDS, class_descriptor
from aotjit.ir import ts
from aotjit.passes.alias import Aliases
from aotjit.passes.independent import is_independent
from aotjit.types import ClassType, type_code


def emit_fork(f: HostFunction, op: ts.ForkOp) -> None:
    t = ts.type_of(op.result)
    assert isinstance(t, ClassType)
    captured, constants = _captured(op)
    task = _emit_task(f, op, captured, constants)
    codes: ir.Value = NULL
    if is_independent(op, captured, Aliases(_function_of(op))):
        codes = f.module.c_string("(" + "".join(type_code(ts.type_of(v)) for v in captured) + ")")
    slot = f.slot(PTR)
    words = f.words_of(f.operands(captured))
    f.call("aj_fork", [class_descriptor(f.module, t), task, codes, words, slot], ts.span_of(op))
    f.define(op.result, [f.builder.load(slot, typ=PTR)])


def emit_wait(f: HostFunction, op: ts.WaitOp) -> None:
    """The place of a failure is where the task failed, which its message says already."""
    future = f.value(op.operand)
    f.call("aj_wait", [future], None)
    components = f.load_words(future, ts.type_of(op.result), RECORD_WORDS)
    f.values[op.result] = components
    for reference in f.references(op.result):
        f.retain(reference)
    f.define(op.result, components)


def _function_of(op: Operation) -> func.FuncOp:
    parent = op.parent_op()
    assert parent is not None
    return parent if isinstance(parent, func.FuncOp) else _function_of(parent)


def _captured(op: ts.ForkOp) -> tuple[list[SSAValue], list[Operation]]:
    """The values from outside that the region uses, and the operations outside that make constants for it."""
    own = {value for inner in op.walk() for value in inner.results}
    own |= {a for inner in op.walk() for region in inner.regions for block in region.blocks for a in block.args}
    used = dict.fromkeys(v for inner in op.walk() for v in inner.operands if v not in own)
    constants = dict.fromkeys(v.owner for v in used if isinstance(v.owner, Operation) and _is_constant(v.owner))
    return [v for v in used if v.owner not in constants], list(constants)


def _is_constant(op: Operation) -> bool:
    return isinstance(op, ts.WeightOp) or op.has_trait(ConstantLike)


def _emit_task(f: HostFunction, op: ts.ForkOp, captured: list[SSAValue], constants: list[Operation]) -> ir.Function:
    """`int32_t task(aj_instance *, const aj_word *captured, aj_word *result)`."""
    function = f.module.define(f.module.unique("task"), [PTR, PTR, PTR])
    task = HostFunction(f.module, function, f.title, f.emitters)
    offset = 0
    for value in captured:
        task.values[value] = task.load_words(function.args[1], ts.type_of(value), offset)
        offset += len(component_types(ts.type_of(value)))
    task.open_lines(_function_of(op))
    for constant in constants:
        task.operation(constant)
    task.block(op.body.block)
    task.store_words(task.results, task.operands([op.value]))
    task.builder.ret(I32(0))
    task.finish()
    return function
