"""ts.aten: operators that are calls of the runtime, and the dispatch to those that are emitted inline."""

from __future__ import annotations

from llvmlite import ir
from xdsl.ir import SSAValue

from aotjit import types
from aotjit.codegen.context import component_types
from aotjit.codegen.function import HostFunction
from aotjit.codegen.intrinsics import INTRINSICS
from aotjit.codegen.items import ITEMS, is_plain_element
from aotjit.codegen.kernels.operands import dtype_of
from aotjit.codegen.layout import I1, I8, I64
from aotjit.codegen.strings import emit_lent, inline_form
from aotjit.diagnostics import CompileError
from aotjit.ir import ts
from aotjit.ops.opdef import REGISTRY, Intrinsic, Operator, Runtime


def emit_aten(f: HostFunction, op: ts.AtenOp) -> None:
    operator = REGISTRY[op.op.data]
    lowering = operator.lowering
    if isinstance(lowering, Runtime) and lowering.lent is not None and op.lent is not None:
        emit_lent(f, op, lowering.lent, runtime_arguments(f, op, operator, lowering))
    elif isinstance(lowering, Runtime):
        components = inline_form(f, op)
        if components is not None:
            f.define(op.results[0], components)
        elif lowering.symbol in ITEMS and is_plain_element(op):
            f.define(op.results[0], [ITEMS[lowering.symbol](f, op)])
        else:
            emit_runtime(f, op, operator, lowering)
    elif isinstance(lowering, Intrinsic) and lowering.name in INTRINSICS:
        f.define_all(op.outputs, INTRINSICS[lowering.name](f, op))
    else:
        kind = lowering.name if isinstance(lowering, Intrinsic) else type(lowering).__name__
        raise CompileError.at(ts.span_of(op), f"internal error: no code for aten::{op.op.data} ({kind})")


def emit_runtime(f: HostFunction, op: ts.AtenOp, operator: Operator, lowering: Runtime) -> None:
    """`int32_t symbol(instance, arguments..., results *...)`."""
    arguments = runtime_arguments(f, op, operator, lowering)
    as_words = [is_words(t) for t in operator.schema.returns]
    slots = [result_slot(f, result, as_words[i], i) for i, result in enumerate(op.outputs)]
    f.call(lowering.symbol, [*arguments, *slots], ts.span_of(op))
    for slot, result, words in zip(slots, op.outputs, as_words, strict=True):
        f.define(result, load_result(f, slot, result, words))


def runtime_arguments(f: HostFunction, op: ts.AtenOp, operator: Operator, lowering: Runtime) -> list[ir.Value]:
    """What a function of the runtime is called with, but for the instance and where its results go."""
    arguments: list[ir.Value] = []
    for declared, value in zip(operator.schema.arguments, op.arguments, strict=True):
        if declared.name in lowering.drop:
            continue
        if is_words(declared.type) or declared.name in lowering.words:
            arguments.append(f.words_of(f.components(value)))
        else:
            arguments += f.components(value)
    if lowering.code is not None:
        arguments.insert(lowering.code, f.module.c_string(element_code(op)))
    if lowering.kernels is not None:
        arguments.insert(0, fixed_kernels(f, op, lowering.kernels))
    return arguments


def fixed_kernels(f: HostFunction, op: ts.AtenOp, name: str) -> ir.Value:
    """The level's fixed kernels of that name for the element type of the first argument, or of its parts."""
    dtype = dtype_of(op.arguments[0], op).part
    return f.kernel(f.kernel_module.fixed(f"aj.{name}.{dtype}"))


def element_code(op: ts.AtenOp) -> str:
    """The type code of the elements of the first argument, of its values if it is a dict."""
    t = ts.type_of(op.arguments[0])
    assert isinstance(t, types.ListType | types.DictType)
    return types.type_code(t.element if isinstance(t, types.ListType) else t.value)


def is_words(t: types.Type) -> bool:
    """A schema's `t`, and Optionals and tuples with one: values that the runtime sees as words."""
    if isinstance(t, types.OptionalType):
        return is_words(t.element)
    if isinstance(t, types.TupleType):
        return any(map(is_words, t.elements))
    return isinstance(t, types.SimpleType) and t.name[0] == "t"


def result_slot(f: HostFunction, result: SSAValue, words: bool, position: int) -> ir.Value:
    """Where the runtime puts a result: one native value, or words when it has several or the schema says `t`."""
    components = component_types(ts.type_of(result))
    if len(components) == 1 and not words:
        return f.slot(I8 if components[0] is I1 else components[0], position)
    return f.alloca(I64, max(1, len(components)))


def load_result(f: HostFunction, slot: ir.Value, result: SSAValue, words: bool) -> tuple[ir.Value, ...]:
    t = ts.type_of(result)
    components = component_types(t)
    if len(components) != 1 or words:
        return f.load_words(slot, t)
    if components[0] is I1:
        return (f.builder.trunc(f.builder.load(slot, typ=I8), I1),)
    return (f.builder.load(slot, typ=components[0]),)
