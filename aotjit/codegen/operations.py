"""The `ts` operations that are not operators: constants, tuples, optionals, lists, state, failures, text."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir
from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from aotjit import types
from aotjit.codegen.constant_containers import constant_dict, constant_list
from aotjit.codegen.context import component_types, reference_positions
from aotjit.codegen.function import HostFunction, undefined
from aotjit.codegen.intrinsics import float_to_int
from aotjit.codegen.kernels import emit_generic, emit_matmul
from aotjit.codegen.layout import I1, I8, I32, I64, INSTANCE_WEIGHTS, LIST, PTR, STATUS, TENSOR, WARNING
from aotjit.codegen.references import DESTROY
from aotjit.codegen.stack_lists import is_appended, is_lent, new_stack_list, reference_mask
from aotjit.diagnostics import Span
from aotjit.ir import ts

# -- constants --------------------------------------------------------------------------------------------------------


def emit_str(f: HostFunction, op: ts.StrOp) -> None:
    f.define(op.result, [f.module.literal(op.value.data)])


def emit_undefined(f: HostFunction, op: ts.NoneOp | ts.UndefOp) -> None:
    f.define(op.result, undefined(ts.type_of(op.result)))


def emit_device(f: HostFunction, op: ts.DeviceOp) -> None:
    f.define(op.result, [I64(0)])


def emit_weight(f: HostFunction, op: ts.WeightOp) -> None:
    """Its place in the table of the instance's weights."""
    slot = f.builder.gep(f.instance, [I64(INSTANCE_WEIGHTS)], source_etype=PTR)
    table = f.builder.load(slot, typ=PTR)
    table.set_metadata("invariant.load", f.module.llvm.add_metadata([]))
    number = f.module.weight_numbers[op.symbol.data]
    f.define(op.result, [f.builder.gep(table, [I64(number)], inbounds=True, source_etype=TENSOR.type)])


def emit_select(f: HostFunction, op: arith.SelectOp) -> None:
    condition, first, second = (f.values[v] for v in op.operands)
    chosen = [f.builder.select(condition[0], a, b) for a, b in zip(first, second, strict=True)]
    f.define(op.results[0], chosen)


def emit_float_to_int(f: HostFunction, op: arith.FPToSIOp) -> None:
    f.define(op.results[0], [float_to_int(f, f.value(op.operands[0]))])


# -- tuples and optionals ---------------------------------------------------------------------------------------------


def emit_tuple(f: HostFunction, op: ts.TupleOp) -> None:
    f.define(op.result, f.operands(op.elements))


def emit_tuple_get(f: HostFunction, op: ts.TupleGetOp) -> None:
    t = ts.type_of(op.operand)
    assert isinstance(t, types.TupleType)
    index = op.index.value.data % len(t.elements)
    start = sum(len(component_types(e)) for e in t.elements[:index])
    f.define(op.result, f.components(op.operand)[start : start + len(component_types(t.elements[index]))])


def emit_some(f: HostFunction, op: ts.SomeOp) -> None:
    components = f.components(op.operand)
    present = [] if types.is_pointer(ts.type_of(op.operand)) else [I1(1)]
    f.define(op.result, [*present, *components])


def emit_is_none(f: HostFunction, op: ts.IsNoneOp) -> None:
    t = ts.type_of(op.operand)
    if not isinstance(t, types.OptionalType) and not types.is_boxed(t):
        f.define(op.result, [I1(t == types.NONE)])
        return
    first = f.components(op.operand)[0]
    if not isinstance(t, types.OptionalType) or types.is_pointer(t.element):
        f.define(op.result, [f.builder.icmp_unsigned("==", first, ir.Constant(PTR, None))])
    else:
        f.define(op.result, [f.builder.not_(first)])


def emit_unwrap(f: HostFunction, op: ts.UnwrapOp) -> None:
    components = f.components(op.operand)
    f.define(op.result, components if types.is_pointer(ts.type_of(op.result)) else components[1:])


def emit_refine(f: HostFunction, op: ts.RefineOp) -> None:
    t = ts.type_of(op.result)
    components = f.components(op.operand)
    if op.checked is not None:
        if not isinstance(t, types.TensorType):
            raise NotImplementedError(f"a test at run time for the type {t}")
        check_facts(f, components[0], t, op)
    f.define(op.result, components)


def check_facts(f: HostFunction, tensor: ir.Value, t: types.TensorType, op: Operation) -> None:
    """Fails with TypeError where the tensor lacks a dtype, rank, fixed dim or contiguity that `t` states. A symbol says
    nothing of one tensor alone."""
    span, b = ts.span_of(op), f.builder
    message = f"a tensor is not of the type {t} that the code was compiled for"

    def require(value: ir.Value, expected: ir.Constant) -> None:
        f.fail_when(b.icmp_unsigned("!=", value, expected), STATUS["TypeError"], message, span)

    if t.dtype is not None:
        require(f.load_field(tensor, TENSOR, "dtype"), I32(t.dtype.code))
    if t.dims is not None:
        require(f.load_field(tensor, TENSOR, "ndim"), I32(len(t.dims)))
        for i, dim in enumerate(t.dims):
            if isinstance(dim, int):
                require(f.load_dim(tensor, "sizes", I64(i)), I64(dim))
    if t.contiguous:
        flag = f.slot(I8)
        f.call("aj_is_contiguous", [tensor, flag], span)
        require(b.load(flag, typ=I8), I8(1))


# -- lists ------------------------------------------------------------------------------------------------------------


def new_list(f: HostFunction, t: types.ListType, count: int, op: Operation) -> ir.Value:
    """An empty list with room for `count` elements."""
    slot = f.slot(PTR)
    arguments = [I32(types.word_count(t.element)), I64(reference_mask(t.element)), I64(count), slot]
    f.call("aj_list_new", arguments, ts.span_of(op))
    return f.builder.load(slot, typ=PTR)


def emit_list(f: HostFunction, op: ts.ListOp) -> None:
    t = ts.type_of(op.result)
    assert isinstance(t, types.ListType)
    constant = constant_list(f, op)
    if constant is not None:
        f.define(op.result, [constant])
        return
    if is_lent(op):
        f.lent[op.result] = [reference for element in op.elements for reference in f.references(element)]
        for reference in f.lent[op.result]:
            f.retain(reference)
        f.define(op.result, [new_stack_list(f, t, f.operands(op.elements))])
        return
    result = new_list(f, t, max(len(op.elements), int(is_appended(op.result))), op)
    width = types.word_count(t.element)
    if op.elements:
        data = f.load_field(result, LIST, "data")
        for i, element in enumerate(op.elements):
            for reference in f.references(element):
                f.retain(reference)
            f.store_words(data, f.components(element), i * width)
        f.store_field(I64(len(op.elements)), result, LIST, "length")
    f.define(op.result, [result])


def emit_dict(f: HostFunction, op: ts.DictOp) -> None:
    t = ts.type_of(op.result)
    assert isinstance(t, types.DictType)
    constant = constant_dict(f, op)
    if constant is not None:
        f.define(op.result, [constant])
        return
    slot, span = f.slot(PTR), ts.span_of(op)
    key = I32(ord(types.type_code(t.key)))
    layout = [I32(types.word_count(t.value)), I64(reference_mask(t.value)), key, I64(len(op.items) // 2)]
    f.call("aj_dict_new", [*layout, slot], span)
    result = f.builder.load(slot, typ=PTR)
    with f.guard(result):
        for key_of, value in zip(op.items[::2], op.items[1::2], strict=True):
            f.call("aj_dict_set", [result, f.words_of(f.components(key_of)), f.words_of(f.components(value))], span)
    f.define(op.result, [result])


# -- references -------------------------------------------------------------------------------------------------------


def emit_retain(f: HostFunction, op: ts.RetainOp) -> None:
    for reference in f.references(op.operand):
        f.retain(reference)
    f.acquire(op.operand)


def emit_release(f: HostFunction, op: ts.ReleaseOp) -> None:
    if op.operand in f.elided:
        return
    f.give_up(op.operand)
    if op in f.taken:
        return
    destroy = "aj_destroy_str" if ts.type_of(op.operand) == types.STR else DESTROY
    for reference in f.references(op.operand):
        f.release(reference, destroy)


# -- state ------------------------------------------------------------------------------------------------------------


def state_address(f: HostFunction, path: str) -> ir.Value:
    words = f.builder.load(f.instance, typ=PTR)
    return f.word(words, f.module.state_offsets[path])


def emit_state_get(f: HostFunction, op: ts.StateGetOp) -> None:
    components = f.load_words(state_address(f, op.path.data), ts.type_of(op.result))
    f.values[op.result] = components
    for reference in f.references(op.result):
        f.retain(reference)
    f.define(op.result, components)


def emit_state_set(f: HostFunction, op: ts.StateSetOp) -> None:
    t = ts.type_of(op.value)
    components = f.components(op.value)
    if not types.is_refcounted(t):
        f.store_words(state_address(f, op.path.data), components)
        return
    own = f.alloca(I64, max(1, len(components)))
    code = f.module.c_string(types.type_code(t))
    # The value may live on the caller's stack: the state keeps a reference only to what the arena owns, else a copy.
    f.call("aj_own", [code, f.words_of(components), own], ts.span_of(op))
    address = state_address(f, op.path.data)
    old = f.load_words(address, t)
    f.store_words(address, f.load_words(own, t))
    for position in reference_positions(t):
        f.release(old[position])


# -- failures and text ------------------------------------------------------------------------------------------------


def emit_raise(f: HostFunction, op: ts.RaiseOp) -> None:
    fail = f.module.declare("aj_fail", [PTR, I32, PTR], varargs=True)
    kind = I32(STATUS.get(op.kind.data, STATUS["RuntimeError"]))
    arguments = [f.instance, kind, f.module.c_string("%S"), f.value(op.message)]
    f.leave(f.builder.call(fail, arguments), ts.span_of(op))


def _codes_and_words(f: HostFunction, values: Sequence[SSAValue]) -> list[ir.Value]:
    codes = "".join(types.type_code(ts.type_of(v)) for v in values)
    return [f.module.c_string(codes), f.words_of(f.operands(values))]


def emit_print(f: HostFunction, op: ts.PrintOp) -> None:
    if op.warning is not None:
        f.call("aj_warn", [f.value(op.values[0]), _warning(f, ts.span_of(op))], ts.span_of(op))
        return
    f.call("aj_print", _codes_and_words(f, op.values), ts.span_of(op))


def _warning(f: HostFunction, span: Span | None) -> ir.GlobalVariable:
    """What the runtime knows of a place that warns."""
    site = ir.GlobalVariable(f.module.llvm, WARNING.type, f.module.unique("warning"))
    site.type = PTR
    file, line = (span.source.file_name, span.line) if span is not None else ("", 0)
    site.initializer = ir.Constant(WARNING.type, [ir.Constant(PTR, None), I64(0), f.module.c_string(file), I64(line)])
    site.linkage = "internal"
    return site


def emit_format(f: HostFunction, op: ts.FormatOp) -> None:
    slot = f.slot(PTR)
    values = list(op.values)
    template = f.value(values.pop(0)) if op.template is None else f.module.literal(op.template.data)
    f.call("aj_format", [template, *_codes_and_words(f, values), slot], ts.span_of(op))
    f.define(op.result, [f.builder.load(slot, typ=PTR)])


# -- kernels ----------------------------------------------------------------------------------------------------------


def emit_generic_operation(f: HostFunction, op: ts.GenericOp) -> None:
    for result, value in zip(op.outputs, emit_generic(f, op), strict=True):
        f.define(result, [value])


def emit_matmul_operation(f: HostFunction, op: ts.MatmulOp) -> None:
    f.define(op.result, [emit_matmul(f, op)])
