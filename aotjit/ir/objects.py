"""Instances of classes, members of enums, and values whose type is known at run time only, as operations of `ts`.

An instance is a reference to a record of fields; the ClassType of an operand has the fields' types (ClassLayout). A
member of an Enum is its number in the class. A value of type Any or Union is a box: None, or a value with its type.
"""

from __future__ import annotations

from xdsl.dialects.builtin import IntegerAttr, StringAttr, UnitAttr, i1, i64
from xdsl.ir import SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def, traits_def
from xdsl.traits import ConstantLike, Pure

from aotjit import types
from aotjit.ir.effects import ReadsMemory, WritesMemory
from aotjit.ir.values import ValueType, ir_type, type_of


@irdl_op_definition
class ObjectOp(IRDLOperation):
    """A new instance whose fields are not set: zeros, and no reference."""

    name = "ts.object"
    result = result_def(ValueType)
    traits = traits_def(ReadsMemory())

    def __init__(self, t: types.ClassType) -> None:
        super().__init__(result_types=[ir_type(t)])


@irdl_op_definition
class AttributeGetOp(IRDLOperation):
    """Reads a field of an instance."""

    name = "ts.attribute_get"
    operand = operand_def(ValueType)
    field = prop_def(StringAttr)
    result = result_def()
    traits = traits_def(ReadsMemory())

    def __init__(self, operand: SSAValue, field: str, t: types.Type) -> None:
        super().__init__(operands=[operand], properties={"field": StringAttr(field)}, result_types=[ir_type(t)])


@irdl_op_definition
class AttributeSetOp(IRDLOperation):
    """Writes a field of an instance, which takes its own reference."""

    name = "ts.attribute_set"
    target = operand_def(ValueType)
    value = operand_def()
    field = prop_def(StringAttr)
    traits = traits_def(WritesMemory())

    def __init__(self, target: SSAValue, field: str, value: SSAValue) -> None:
        super().__init__(operands=[target, value], properties={"field": StringAttr(field)})


@irdl_op_definition
class SameOp(IRDLOperation):
    """Are two references to the same object (`is`)?"""

    name = "ts.same"
    first = operand_def(ValueType)
    second = operand_def(ValueType)
    result = result_def(i1)
    traits = traits_def(Pure())

    def __init__(self, first: SSAValue, second: SSAValue) -> None:
        super().__init__(operands=[first, second], result_types=[i1])


@irdl_op_definition
class EnumOp(IRDLOperation):
    """A member of an Enum, by its number."""

    name = "ts.enum"
    index = prop_def(IntegerAttr)
    result = result_def(ValueType)
    traits = traits_def(Pure(), ConstantLike())

    def __init__(self, t: types.EnumType, index: int) -> None:
        super().__init__(properties={"index": IntegerAttr(index, i64)}, result_types=[ir_type(t)])


@irdl_op_definition
class EnumIndexOp(IRDLOperation):
    """The number of a member."""

    name = "ts.enum_index"
    operand = operand_def(ValueType)
    result = result_def(i64)
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue) -> None:
        super().__init__(operands=[operand], result_types=[i64])


@irdl_op_definition
class BoxOp(IRDLOperation):
    """A value as one of type Any or Union, with its type."""

    name = "ts.box"
    operand = operand_def()
    result = result_def(ValueType)
    traits = traits_def(ReadsMemory())

    def __init__(self, operand: SSAValue, t: types.Type) -> None:
        super().__init__(operands=[operand], result_types=[ir_type(t)])


@irdl_op_definition
class UnboxOp(IRDLOperation):
    """What a box holds, where that is of the result's type; else a value that is never used."""

    name = "ts.unbox"
    operand = operand_def(ValueType)
    result = result_def()
    traits = traits_def(ReadsMemory())

    def __init__(self, operand: SSAValue, t: types.Type) -> None:
        super().__init__(operands=[operand], result_types=[ir_type(t)])


def held_value(box: SSAValue, t: types.Type) -> SSAValue | None:
    """The value of type `t` that was put into the box where it was made."""
    maker = box.owner
    if isinstance(maker, BoxOp) and types.erase(type_of(maker.operand)) == types.erase(t):
        return maker.operand
    return None


@irdl_op_definition
class IsTypeOp(IRDLOperation):
    """Does the box hold a value of the type (given as text)? With `any_elements`: a list, a tuple or a dict of any."""

    name = "ts.is_type"
    operand = operand_def(ValueType)
    tested = prop_def(ValueType)
    any_elements = opt_prop_def(UnitAttr)
    result = result_def(i1)
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue, t: types.Type, any_elements: bool = False) -> None:
        properties = {"tested": ValueType(t), "any_elements": UnitAttr() if any_elements else None}
        super().__init__(operands=[operand], properties=properties, result_types=[i1])


OBJECTS = (
    ObjectOp, AttributeGetOp, AttributeSetOp, SameOp, EnumOp, EnumIndexOp, BoxOp, UnboxOp, IsTypeOp,
)  # fmt: skip
