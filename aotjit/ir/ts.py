"""The `ts` dialect: TorchScript's values and operations as MLIR (through xDSL).

int is i64, float is f64, bool is i1; every other type of the language is `!ts.val<"...">` with the text of
aotjit.types (tensor facts included). Scalar arithmetic that cannot fail is `arith`/`math`; control flow is structured:
`scf.if`, `scf.while`, `scf.for` with values passed as results and iteration arguments; functions are `func.func` with
exactly one result. Everything that TorchScript calls an operator is `ts.aten`:

    %2 = "ts.aten"(%0, %1, %one) <{op = "add.Tensor", effects = "read"}>
           {loc = #ts.span<"model.py":3:12:3:17>} : (...) -> !ts.val<"Tensor[f32]">

with all of its schema's arguments present, in schema order, defaults filled in (`ts.none` for None).

Memory. Values of refcounted types (types.is_refcounted) are references. `effects` says what an operator does to memory:
  pure   reads no tensor or container memory (sizes and scalars only); result is new
  read   reads what its operands refer to; result is new
  view   result may share memory with operand 0 (select, reshape, ...); reads no elements
  write  changes what operand `writes[i]` refers to (and may read every operand)
  io     prints, draws random numbers, reads or writes instance state
Any operator may fail; a failing one ends the call. An unused `pure`, `read` or `view` operator may be removed.

Ownership. Before the `refcount` pass, values are used freely. After it: each operation's refcounted results are owned
by the enclosing block; operands are borrowed, except that terminators (func.return, scf.yield, scf.condition,
ts.task_return) and loop initial values consume theirs; block arguments of loop bodies are owned by the body, function
arguments are borrowed;
`ts.retain`/`ts.release` make up the difference. A value is released (or consumed) in the block that owns it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, StringAttr, UnitAttr, i1, i64
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import ConstantLike, Pure

from aotjit import types
from aotjit.ir.effects import EFFECTS, ReadsMemory, StatedEffects, WritesMemory
from aotjit.ir.objects import (
    OBJECTS,
    AttributeGetOp,
    AttributeSetOp,
    BoxOp,
    EnumIndexOp,
    EnumOp,
    IsTypeOp,
    ObjectOp,
    SameOp,
    UnboxOp,
    held_value,
)
from aotjit.ir.structured import GenericOp, MatmulOp, YieldOp
from aotjit.ir.tasks import TASKS, ForkOp, TaskReturnOp, WaitOp
from aotjit.ir.values import SpanAttr, ValueType, element_type, ir_type, lang_type, span_of, type_of, with_span

__all__ = [
    "EFFECTS",
    "SCATTERS",
    "TS",
    "AtenOp",
    "AttributeGetOp",
    "AttributeSetOp",
    "BoxOp",
    "DeviceOp",
    "DictOp",
    "EnumIndexOp",
    "EnumOp",
    "ForkOp",
    "FormatOp",
    "GenericOp",
    "IsNoneOp",
    "IsTypeOp",
    "ListOp",
    "MatmulOp",
    "NoneOp",
    "ObjectOp",
    "PrintOp",
    "RaiseOp",
    "RefineOp",
    "ReleaseOp",
    "RetainOp",
    "SameOp",
    "SomeOp",
    "SpanAttr",
    "StateGetOp",
    "StateSetOp",
    "StrOp",
    "TaskReturnOp",
    "TupleGetOp",
    "TupleOp",
    "UnboxOp",
    "UndefOp",
    "UnwrapOp",
    "ValueType",
    "WaitOp",
    "WeightOp",
    "YieldOp",
    "element_type",
    "held_value",
    "ir_type",
    "lang_type",
    "span_of",
    "type_of",
    "with_span",
]

SCATTERS = "ts.scatters"
"""The attribute of a loop that stores to places which do not lie side by side: as vectors it would be slower."""


@irdl_op_definition
class StrOp(IRDLOperation):
    """A string literal."""

    name = "ts.str"
    value = prop_def(StringAttr)
    result = result_def(ValueType)
    traits = traits_def(Pure(), ConstantLike())

    def __init__(self, value: str) -> None:
        super().__init__(properties={"value": StringAttr(value)}, result_types=[ir_type(types.STR)])


@irdl_op_definition
class NoneOp(IRDLOperation):
    """None, as a plain None or as an empty Optional of the result's type."""

    name = "ts.none"
    result = result_def(ValueType)
    traits = traits_def(Pure(), ConstantLike())

    def __init__(self, t: types.Type = types.NONE) -> None:
        super().__init__(result_types=[ir_type(t)])


@irdl_op_definition
class DeviceOp(IRDLOperation):
    """A device; only "cpu" runs."""

    name = "ts.device"
    value = prop_def(StringAttr)
    result = result_def(ValueType)
    traits = traits_def(Pure(), ConstantLike())

    def __init__(self, value: str) -> None:
        super().__init__(properties={"value": StringAttr(value)}, result_types=[ir_type(types.DEVICE)])


@irdl_op_definition
class WeightOp(IRDLOperation):
    """A constant tensor of Program.weights, by name. Its type carries all facts."""

    name = "ts.weight"
    symbol = prop_def(StringAttr)
    result = result_def(ValueType)
    traits = traits_def(Pure())

    def __init__(self, symbol: str, t: types.TensorType) -> None:
        super().__init__(properties={"symbol": StringAttr(symbol)}, result_types=[ir_type(t)])


@irdl_op_definition
class UndefOp(IRDLOperation):
    """A value that is never used: what a branch that raises yields. (prim::Uninitialized)"""

    name = "ts.undef"
    result = result_def()
    traits = traits_def(Pure())

    def __init__(self, t: types.Type) -> None:
        super().__init__(result_types=[ir_type(t)])


@irdl_op_definition
class TupleOp(IRDLOperation):
    name = "ts.tuple"
    elements = var_operand_def()
    result = result_def(ValueType)
    traits = traits_def(Pure())

    def __init__(self, elements: Sequence[SSAValue], t: types.Type | None = None) -> None:
        t = t or types.TupleType(tuple(map(type_of, elements)))
        super().__init__(operands=[elements], result_types=[ir_type(t)])


@irdl_op_definition
class TupleGetOp(IRDLOperation):
    name = "ts.tuple_get"
    operand = operand_def(ValueType)
    index = prop_def(IntegerAttr)
    result = result_def()
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue, index: int) -> None:
        t = type_of(operand)
        assert isinstance(t, types.TupleType)
        super().__init__(
            operands=[operand],
            properties={"index": IntegerAttr(index, i64)},
            result_types=[ir_type(t.elements[index])],
        )


@irdl_op_definition
class ListOp(IRDLOperation):
    """A new list of the operands (all of the element type)."""

    name = "ts.list"
    elements = var_operand_def()
    result = result_def(ValueType)
    traits = traits_def(ReadsMemory())

    def __init__(self, elements: Sequence[SSAValue], t: types.ListType) -> None:
        super().__init__(operands=[elements], result_types=[ir_type(t)])


@irdl_op_definition
class DictOp(IRDLOperation):
    """A new dict of the operands: a key, its value, the next key and so on. A later equal key replaces the value."""

    name = "ts.dict"
    items = var_operand_def()
    result = result_def(ValueType)
    traits = traits_def(ReadsMemory())

    def __init__(self, items: Sequence[SSAValue], t: types.DictType) -> None:
        super().__init__(operands=[items], result_types=[ir_type(t)])


@irdl_op_definition
class SomeOp(IRDLOperation):
    """T to Optional[T]."""

    name = "ts.some"
    operand = operand_def()
    result = result_def(ValueType)
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue, t: types.OptionalType | None = None) -> None:
        super().__init__(operands=[operand], result_types=[ir_type(t or types.OptionalType(type_of(operand)))])


@irdl_op_definition
class IsNoneOp(IRDLOperation):
    name = "ts.is_none"
    operand = operand_def(ValueType)
    result = result_def(i1)
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue) -> None:
        super().__init__(operands=[operand], result_types=[i1])


@irdl_op_definition
class UnwrapOp(IRDLOperation):
    """Optional[T] to T where it is known not to be None (prim::unchecked_unwrap_optional)."""

    name = "ts.unwrap"
    operand = operand_def(ValueType)
    result = result_def()
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue) -> None:
        t = type_of(operand)
        assert isinstance(t, types.OptionalType)
        super().__init__(operands=[operand], result_types=[ir_type(t.element)])


@irdl_op_definition
class RefineOp(IRDLOperation):
    """The same tensor or list with other facts. `checked` (unit) asks for a test at run time that fails with
    TypeError; without it the facts are known to hold (or, towards fewer facts, need no test)."""

    name = "ts.refine"
    operand = operand_def(ValueType)
    checked = opt_prop_def(UnitAttr)
    result = result_def(ValueType)
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue, t: types.Type, checked: bool = False) -> None:
        super().__init__(
            operands=[operand],
            properties={"checked": UnitAttr()} if checked else {},
            result_types=[ir_type(t)],
        )


# -- operators --------------------------------------------------------------------------------------------------------


@irdl_op_definition
class AtenOp(IRDLOperation):
    """A call of a declared operator (aotjit.ops), named 'name.overload' or 'name' without its `aten::`. `inside`: the
    index of an access to a list is known to be that of an element, or the list is known to have room for one more.
    `lent`: nobody keeps the results. "parts" of the first operand's text or elements lie there and are not counted; a
    "list" holds such; a "text" may be in the function's frame, where nobody counts it either (passes/lend.py)."""

    name = "ts.aten"
    op = prop_def(StringAttr)
    effects = prop_def(StringAttr)
    writes = opt_prop_def(DenseArrayBase)
    inside = opt_prop_def(UnitAttr)
    lent = opt_prop_def(StringAttr)
    arguments = var_operand_def()
    outputs = var_result_def()
    traits = traits_def(StatedEffects())

    def __init__(
        self,
        op: str,
        arguments: Sequence[SSAValue],
        outputs: Sequence[types.Type],
        effects: str,
        writes: Sequence[int] = (),
    ) -> None:
        properties: dict[str, Attribute] = {"op": StringAttr(op), "effects": StringAttr(effects)}
        if writes:
            properties["writes"] = DenseArrayBase.from_list(i64, list(writes))
        super().__init__(operands=[arguments], properties=properties, result_types=[[ir_type(t) for t in outputs]])

    @property
    def written(self) -> tuple[int, ...]:
        """Indices of the arguments whose memory is changed."""
        return () if self.writes is None else tuple(int(i) for i in self.writes.iter_values())


@irdl_op_definition
class RaiseOp(IRDLOperation):
    """Ends the call with a status. `kind` is the exception's class name; the message is a str. Not a terminator:
    what follows in the block is never reached and uses `ts.undef`."""

    name = "ts.raise"
    kind = prop_def(StringAttr)
    message = operand_def(ValueType)
    traits = traits_def(WritesMemory())

    def __init__(self, kind: str, message: SSAValue) -> None:
        super().__init__(operands=[message], properties={"kind": StringAttr(kind)})


@irdl_op_definition
class PrintOp(IRDLOperation):
    """print(values...), separated by spaces, with a newline; `warning`: warnings.warn(value)."""

    name = "ts.print"
    values = var_operand_def()
    warning = opt_prop_def(UnitAttr)
    traits = traits_def(WritesMemory())

    def __init__(self, values: Sequence[SSAValue], warning: bool = False) -> None:
        super().__init__(operands=[values], properties={"warning": UnitAttr()} if warning else {})


@irdl_op_definition
class FormatOp(IRDLOperation):
    """str.format with plain {} fields, f-strings and str(): one value for each {} of the template. Without `template`
    the first value is the template, and there may be more values than fields."""

    name = "ts.format"
    template = opt_prop_def(StringAttr)
    values = var_operand_def()
    result = result_def(ValueType)
    traits = traits_def(ReadsMemory())

    def __init__(self, template: str | None, values: Sequence[SSAValue]) -> None:
        properties = {} if template is None else {"template": StringAttr(template)}
        super().__init__(operands=[values], properties=properties, result_types=[ir_type(types.STR)])


@irdl_op_definition
class StateGetOp(IRDLOperation):
    """Reads a mutable attribute of the instance (Program.states)."""

    name = "ts.state_get"
    path = prop_def(StringAttr)
    result = result_def()
    traits = traits_def(ReadsMemory())

    def __init__(self, path: str, t: types.Type) -> None:
        super().__init__(properties={"path": StringAttr(path)}, result_types=[ir_type(t)])


@irdl_op_definition
class StateSetOp(IRDLOperation):
    """Writes a mutable attribute of the instance; takes its own reference."""

    name = "ts.state_set"
    path = prop_def(StringAttr)
    value = operand_def()
    traits = traits_def(WritesMemory())

    def __init__(self, path: str, value: SSAValue) -> None:
        super().__init__(operands=[value], properties={"path": StringAttr(path)})


# -- ownership --------------------------------------------------------------------------------------------------------


@irdl_op_definition
class RetainOp(IRDLOperation):
    """Adds a reference to whatever the value refers to; the enclosing block owns one more of it."""

    name = "ts.retain"
    operand = operand_def()
    traits = traits_def(WritesMemory())

    def __init__(self, operand: SSAValue) -> None:
        super().__init__(operands=[operand])


@irdl_op_definition
class ReleaseOp(IRDLOperation):
    """Drops the block's reference."""

    name = "ts.release"
    operand = operand_def()
    traits = traits_def(WritesMemory())

    def __init__(self, operand: SSAValue) -> None:
        super().__init__(operands=[operand])


TS = Dialect(
    "ts",
    [
        StrOp, NoneOp, DeviceOp, WeightOp, UndefOp, TupleOp, TupleGetOp, ListOp, DictOp, SomeOp, IsNoneOp, UnwrapOp,
        RefineOp, AtenOp, RaiseOp, PrintOp, FormatOp, StateGetOp, StateSetOp, GenericOp, MatmulOp, YieldOp, RetainOp,
        ReleaseOp,
        *OBJECTS,
        *TASKS,
    ],
    [ValueType, SpanAttr],
)  # fmt: skip
