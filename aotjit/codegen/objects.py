"""Instances of classes, members of enums, and boxes (aotjit.ir.objects; the layouts are in runtime/object.h)."""

from __future__ import annotations

from llvmlite import ir

from aotjit import types
from aotjit.codegen.constants import ProgramContext
from aotjit.codegen.context import component_types, reference_positions
from aotjit.codegen.function import HostFunction, undefined
from aotjit.codegen.layout import CLASS, I1, I8, I32, I64, PTR, RECORD
from aotjit.ir import ts
from aotjit.passes.shape_places import field_of, given_in, held_by_boxes, leaves
from aotjit.program import qualified_name
from aotjit.types import ClassType, Type, is_boxed

RECORD_WORDS = 2
"""Where a record's words start, in words."""
NULL = ir.Constant(PTR, None)


# -- descriptors ------------------------------------------------------------------------------------------------------


def _descriptor(
    module: ProgramContext, symbol: str, linkage: str, names: tuple[str, str, str | None], parts: list[Type]
) -> ir.GlobalVariable:
    """The aj_class of records that hold values of the types `parts`, one after another, with the facts of what callers
    put in. `names` are the type's, its code and those of its fields."""
    known = module.llvm.globals.get(symbol)
    if known is not None:
        return known
    positions: list[int] = []
    words = 0
    for t in parts:
        positions += [words + i for i in reference_positions(t)]
        words += len(component_types(t))
    offsets: ir.Constant = NULL
    if positions:
        array = ir.ArrayType(I32, len(positions))
        offsets = module.constant(module.unique("references"), array, positions)
    dtypes = [-1 if t.dtype is None else t.dtype.code for part in parts for _, t in leaves(part)]
    given: ir.Constant = NULL
    if dtypes:
        given = module.constant(module.unique("dtypes"), ir.ArrayType(I32, len(dtypes)), dtypes)
    name, code, fields = (NULL if text is None else module.c_string(text) for text in names)
    values = [name, code, I32(words), I32(len(positions)), offsets, fields, given]
    return module.constant(symbol, CLASS.type, ir.Constant(CLASS.type, values), linkage)


def class_descriptor(module: ProgramContext, t: ClassType) -> ir.GlobalVariable:
    """The one in the base object where instances cross the boundary."""
    symbol = module.crossing_classes.get(t)
    if symbol is not None:
        return module.external(symbol, CLASS.type)
    return _define_class(module, t, f"class.instance {t.name}", "internal")


def _define_class(module: ProgramContext, t: ClassType, symbol: str, linkage: str) -> ir.GlobalVariable:
    parts = [given_in(module.program, field_of(t, name), held) for name, held in t.layout.fields.items()]
    code = "(" + "".join(map(types.type_code, parts)) + ")"
    return _descriptor(module, symbol, linkage, (qualified_name(t.name), code, "|".join(t.layout.fields)), parts)


def box_descriptor(module: ProgramContext, t: Type) -> ir.GlobalVariable:
    """The aj_class of boxes with a value of type `t`: what isinstance compares."""
    t = types.erase(t)
    symbol = module.crossing_boxes.get(t)
    if symbol is not None:
        return module.external(symbol, CLASS.type)
    return _define_box(module, t, f"class.box {t}", "internal")


def _define_box(module: ProgramContext, t: Type, symbol: str, linkage: str) -> ir.GlobalVariable:
    held = given_in(module.program, held_by_boxes(t), t)
    return _descriptor(module, symbol, linkage, (str(t), types.type_code(t), None), [held])


def define_crossing(module: ProgramContext) -> tuple[list[ir.Constant], list[ir.Constant]]:
    """In the base object: the descriptors of instances and of boxes that cross the boundary."""
    classes = [_define_class(module, t, symbol, "") for t, symbol in module.crossing_classes.items()]
    boxes = [_define_box(module, t, symbol, "") for t, symbol in module.crossing_boxes.items()]
    return classes, boxes


# -- instances --------------------------------------------------------------------------------------------------------


def emit_object(f: HostFunction, op: ts.ObjectOp) -> None:
    t = ts.type_of(op.result)
    assert isinstance(t, ClassType)
    f.define(op.result, [_new_record(f, class_descriptor(f.module, t), op)])


def _new_record(f: HostFunction, descriptor: ir.Value, op: ts.ObjectOp | ts.BoxOp) -> ir.Value:
    slot = f.slot(PTR)
    f.call("aj_record_new", [descriptor, slot], ts.span_of(op))
    return f.builder.load(slot, typ=PTR)


def _field_offset(t: Type, name: str) -> int:
    assert isinstance(t, ClassType)
    return RECORD_WORDS + t.layout.offset(name)


def emit_attribute_get(f: HostFunction, op: ts.AttributeGetOp) -> None:
    offset = _field_offset(ts.type_of(op.operand), op.field.data)
    components = f.load_words(f.value(op.operand), ts.type_of(op.result), offset)
    f.values[op.result] = components
    for reference in f.references(op.result):
        f.retain(reference)
    f.define(op.result, components)


def emit_attribute_set(f: HostFunction, op: ts.AttributeSetOp) -> None:
    t = ts.type_of(op.value)
    offset = _field_offset(ts.type_of(op.target), op.field.data)
    base = f.value(op.target)
    for reference in f.references(op.value):
        f.retain(reference)
    positions = reference_positions(t)
    old = f.load_words(base, t, offset) if positions else ()
    f.store_words(base, f.components(op.value), offset)
    for position in positions:
        f.release(old[position])


def emit_same(f: HostFunction, op: ts.SameOp) -> None:
    first, second = (f.components(v)[0] for v in op.operands)
    f.define(op.result, [f.builder.icmp_unsigned("==", first, second)])


# -- enums ------------------------------------------------------------------------------------------------------------


def emit_enum(f: HostFunction, op: ts.EnumOp) -> None:
    f.define(op.result, [I64(op.index.value.data)])


def emit_enum_index(f: HostFunction, op: ts.EnumIndexOp) -> None:
    f.define(op.result, f.components(op.operand))


# -- boxes ------------------------------------------------------------------------------------------------------------


def emit_box(f: HostFunction, op: ts.BoxOp) -> None:
    t = ts.type_of(op.operand)
    if is_boxed(t):
        (box,) = f.components(op.operand)
        f.retain(box)
        f.define(op.result, [box])
        return
    record = _new_record(f, box_descriptor(f.module, t), op)
    for reference in f.references(op.operand):
        f.retain(reference)
    f.store_words(record, f.components(op.operand), RECORD_WORDS)
    f.define(op.result, [record])


def _holds(f: HostFunction, box: ir.Value, t: Type, any_elements: bool = False) -> ir.Value:
    """Is there a value of type `t` in the box? With `any_elements`, of a type whose code begins as that of `t` does."""
    b = f.builder
    before = b.block
    look, done = f.function.append_basic_block("boxed"), f.function.append_basic_block("tested")
    b.cbranch(b.icmp_unsigned("==", box, NULL), done, look)
    b.position_at_end(look)
    descriptor = f.load_field(box, RECORD, "type")
    if any_elements:
        first = b.load(f.load_field(descriptor, CLASS, "code"), typ=I8)
        same = b.icmp_unsigned("==", first, I8(ord(types.type_code(t)[0])))
    else:
        same = b.icmp_unsigned("==", descriptor, box_descriptor(f.module, t))
    b.branch(done)
    b.position_at_end(done)
    outcome = b.phi(I1)
    outcome.add_incoming(I1(0), before)
    outcome.add_incoming(same, look)
    return outcome


def _unboxed(f: HostFunction, box: ir.Value, t: Type) -> list[ir.Value]:
    """The value of type `t` in the box, zeros where it holds another one: a value may be taken out where only some of
    the paths that follow use it."""
    b = f.builder
    holds = _holds(f, box, t)
    before = b.block
    load, done = f.function.append_basic_block("unbox"), f.function.append_basic_block("unboxed")
    b.cbranch(holds, load, done)
    b.position_at_end(load)
    loaded = f.load_words(box, t, RECORD_WORDS)
    b.branch(done)
    b.position_at_end(done)
    merged: list[ir.Value] = []
    for component, zero in zip(loaded, undefined(t), strict=True):
        phi = b.phi(component.type)
        phi.add_incoming(component, load)
        phi.add_incoming(zero, before)
        merged.append(phi)
    return merged


def emit_unbox(f: HostFunction, op: ts.UnboxOp) -> None:
    t = ts.type_of(op.result)
    components = f.components(op.operand) if is_boxed(t) else _unboxed(f, f.value(op.operand), t)
    f.values[op.result] = tuple(components)
    for reference in f.references(op.result):
        f.retain(reference)
    f.define(op.result, components)


def emit_is_type(f: HostFunction, op: ts.IsTypeOp) -> None:
    """The record's type is the one asked for; None is no record."""
    box = f.value(op.operand)
    if op.tested.data == types.NONE:
        f.define(op.result, [f.builder.icmp_unsigned("==", box, NULL)])
    else:
        f.define(op.result, [_holds(f, box, op.tested.data, op.any_elements is not None)])
