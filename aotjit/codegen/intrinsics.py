"""Operators emitted inline, by the name of their `Intrinsic` lowering: accesses to lists and to a tensor's shape;
others are in dicts.py and integer_division.py. Each emitter returns the components of the results; owned references
are retained already."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir
from xdsl.ir import SSAValue

from aotjit import types
from aotjit.codegen.context import reference_positions
from aotjit.codegen.dicts import DICT_INTRINSICS
from aotjit.codegen.fitting import FITTING_INTRINSICS
from aotjit.codegen.function import HostFunction
from aotjit.codegen.indices import constant_of, wrapped_index
from aotjit.codegen.integer_division import int_floordiv, int_mod
from aotjit.codegen.layout import DICT, F64, I32, I64, LIST, STATUS, TENSOR
from aotjit.codegen.strings import str_field
from aotjit.ir import ts
from aotjit.ops.numeric import NO_WHOLE_NUMBER

STR_WORDS = 6
"""Of an aj_str, where such are the elements of a list of parts that are lent."""
Intrinsic = Callable[[HostFunction, ts.AtenOp], Sequence[ir.Value]]


# -- lists ------------------------------------------------------------------------------------------------------------


def element_of(value: SSAValue) -> types.Type:
    """The element type of a list value."""
    t = ts.type_of(value)
    assert isinstance(t, types.ListType)
    return t.element


def element_address(f: HostFunction, op: ts.AtenOp) -> tuple[ir.Value, types.Type]:
    """Where element `arguments[1]` of list `arguments[0]` is; fails with IndexError."""
    element = element_of(op.arguments[0])
    container = f.value(op.arguments[0])
    index = f.value(op.arguments[1])
    if op.inside is None:
        length = f.load_field(container, LIST, "length")
        index = wrapped_index(f, index, length, "list index out of range", op)
    width = types.word_count(element) if op.lent is None else STR_WORDS
    offset = index if width == 1 else f.builder.mul(index, I64(width))
    data = f.load_field(container, LIST, "data")
    return f.builder.gep(data, [offset], inbounds=True, source_etype=I64), element


def list_get(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    address, element = element_address(f, op)
    if op.lent is not None:
        return (address,)
    components = f.load_words(address, element)
    for position in reference_positions(element):
        f.retain(components[position])
    return components


def list_set(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    address, element = element_address(f, op)
    components = f.components(op.arguments[2])
    positions = reference_positions(element)
    for position in positions:
        f.retain(components[position])
    old = f.load_words(address, element) if positions else ()
    f.store_words(address, components)
    for position in positions:
        f.release(old[position])
    return same_object(f, op)


def same_object(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """The result of an operator that returns its first argument: one more reference, unless it is dropped unused."""
    if not op.outputs or ts.type_of(op.outputs[0]) == types.NONE:
        return ()
    result = op.outputs[0]
    if all(isinstance(use.operation, ts.ReleaseOp) and use.operation.parent is op.parent for use in result.uses):
        f.elided.add(result)
    else:
        f.retain(f.value(op.arguments[0]))
    return f.components(op.arguments[0])


def list_len(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    return (f.load_field(f.value(op.arguments[0]), LIST, "length"),)


def dict_len(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    return (f.load_field(f.value(op.arguments[0]), DICT, "length"),)


def list_append(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """Stores inline while there is room; the runtime grows the list otherwise."""
    b = f.builder
    container, value = (f.values[v] for v in op.arguments)
    length = f.load_field(container[0], LIST, "length")
    if op.inside is not None:
        _store_behind(f, op, length)
        return same_object(f, op)
    room = b.icmp_signed("<", length, f.load_field(container[0], LIST, "capacity"))
    store, grow = f.function.append_basic_block("store"), f.function.append_basic_block("grow")
    done = f.function.append_basic_block("appended")
    b.cbranch(room, store, grow).set_weights([8, 1])
    b.position_at_end(store)
    _store_behind(f, op, length)
    b.branch(done)
    b.position_at_end(grow)
    f.call("aj_list_append", [container[0], f.words_of(value)], ts.span_of(op))
    b.branch(done)
    b.position_at_end(done)
    return same_object(f, op)


def list_pop(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """The last element is taken inline; the runtime moves those behind another one, and says that a list is empty."""
    b, container, index = f.builder, f.value(op.arguments[0]), f.value(op.arguments[1])
    element = element_of(op.arguments[0])
    width = types.word_count(element)
    taken = f.alloca(I64, max(1, width))
    if constant_of(index) != -1:
        f.call("aj_list_pop", [container, index, taken], ts.span_of(op))
        return f.load_words(taken, element)
    length = f.load_field(container, LIST, "length")
    empty, last = f.function.append_basic_block("empty"), f.function.append_basic_block("last")
    b.cbranch(b.icmp_unsigned("==", length, I64(0)), empty, last).set_weights([1, 2000])
    b.position_at_end(empty)
    f.call("aj_list_pop", [container, index, taken], ts.span_of(op))
    b.unreachable()
    b.position_at_end(last)
    left = b.sub(length, I64(1))
    f.store_field(left, container, LIST, "length")
    offset = left if width == 1 else b.mul(left, I64(width))
    data = f.load_field(container, LIST, "data")
    return f.load_words(b.gep(data, [offset], inbounds=True, source_etype=I64), element)


def _store_behind(f: HostFunction, op: ts.AtenOp, length: ir.Value) -> None:
    """Puts an element behind the `length` elements of a list that has room for it."""
    container, value = (f.values[v] for v in op.arguments)
    element = element_of(op.arguments[0])
    width = types.word_count(element)
    for position in reference_positions(element):
        f.retain(value[position])
    data = f.load_field(container[0], LIST, "data")
    offset = length if width == 1 else f.builder.mul(length, I64(width))
    f.store_words(f.builder.gep(data, [offset], inbounds=True, source_etype=I64), value)
    f.store_field(f.builder.add(length, I64(1)), container[0], LIST, "length")


# -- tensors ----------------------------------------------------------------------------------------------------------


def tensor_size(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """sizes[dim]: IndexError when there is no such dim."""
    return (_at_dim(f, op, "sizes"),)


def tensor_stride(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    return (_at_dim(f, op, "strides"),)


def _at_dim(f: HostFunction, op: ts.AtenOp, field: str) -> ir.Value:
    tensor = f.value(op.arguments[0])
    t = ts.type_of(op.arguments[0])
    index = f.value(op.arguments[1])
    rank = t.rank if isinstance(t, types.TensorType) else None
    known = constant_of(index)
    if rank is not None and known is not None and -rank <= known < rank:
        dim: ir.Value = I64(known % rank)
    else:
        ndim = f.builder.sext(f.load_field(tensor, TENSOR, "ndim"), I64)
        dim = wrapped_index(f, index, ndim, "Dimension out of range", op)
    return f.load_dim(tensor, field, dim)


def tensor_dim(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    return (f.builder.sext(f.load_field(f.value(op.arguments[0]), TENSOR, "ndim"), I64),)


def tensor_numel(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    return (f.load_field(f.value(op.arguments[0]), TENSOR, "numel"),)


def tensor_dtype(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    return (f.builder.sext(f.load_field(f.value(op.arguments[0]), TENSOR, "dtype"), I64),)


def tensor_len(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    tensor = f.value(op.arguments[0])
    scalar = f.builder.icmp_unsigned("==", f.load_field(tensor, TENSOR, "ndim"), I32(0))
    f.fail_when(scalar, STATUS["TypeError"], "len() of a 0-d tensor", ts.span_of(op))
    return (f.load_dim(tensor, "sizes", I64(0)),)


# -- numbers ----------------------------------------------------------------------------------------------------------


def float_to_int(f: HostFunction, x: ir.Value) -> ir.Value:
    """int(x): truncation; what a 64-bit integer cannot hold gives the lowest one, as on x86-64."""
    b = f.builder
    inside = _fits_int(f, x)
    truncated = b.fptosi(b.select(inside, x, F64(0.0)), I64)
    return b.select(inside, truncated, I64(-(2**63)))


def _fits_int(f: HostFunction, x: ir.Value) -> ir.Value:
    b = f.builder
    return b.and_(b.fcmp_ordered(">=", x, F64(-(2.0**63))), b.fcmp_ordered("<", x, F64(2.0**63)))


def whole_number(f: HostFunction, x: ir.Value, op: ts.AtenOp, message: str) -> ir.Value:
    """A float truncated to an int; RuntimeError for what an int cannot hold."""
    outside = f.builder.not_(_fits_int(f, x))
    f.fail_when(outside, STATUS["RuntimeError"], message, ts.span_of(op))
    return f.builder.fptosi(x, I64)


def _rounded(name: str) -> Intrinsic:
    """math.floor and math.ceil: of an int the int itself."""

    def emit(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
        x = f.value(op.arguments[0])
        if ts.type_of(op.arguments[0]) != types.FLOAT:
            return (x,)
        function = f.builder.module.declare_intrinsic(f"llvm.{name}", [F64])
        return (whole_number(f, f.builder.call(function, [x]), op, NO_WHOLE_NUMBER),)

    return emit


def str_len(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    return (str_field(f, op.arguments[0], "chars"),)


INTRINSICS: dict[str, Intrinsic] = {
    "list_get": list_get,
    "list_set": list_set,
    "list_len": list_len,
    "list_append": list_append,
    "list_pop": list_pop,
    "dict_len": dict_len,
    **DICT_INTRINSICS,
    **FITTING_INTRINSICS,
    "tensor_size": tensor_size,
    "tensor_stride": tensor_stride,
    "tensor_dim": tensor_dim,
    "tensor_numel": tensor_numel,
    "tensor_dtype": tensor_dtype,
    "tensor_len": tensor_len,
    "str_len": str_len,
    "int_floordiv": int_floordiv,
    "int_mod": int_mod,
    "float_floor": _rounded("floor"),
    "float_ceil": _rounded("ceil"),
}
