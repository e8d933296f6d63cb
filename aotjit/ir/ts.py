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
by the enclosing block; operands are borrowed, except that terminators (func.return, scf.yield, scf.condition) and loop
initial values consume theirs; block arguments of loop bodies are owned by the body, function arguments are borrowed;
`ts.retain`/`ts.release` make up the difference. A value is released (or consumed) in the block that owns it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    Float64Type,
    IntegerAttr,
    IntegerType,
    StringAttr,
    UnitAttr,
    f64,
    i1,
    i64,
)
from xdsl.ir import Attribute, Block, Data, Dialect, Operation, Region, SSAValue, TypeAttribute
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.traits import (
    ConstantLike,
    EffectInstance,
    IsTerminator,
    MemoryEffect,
    MemoryEffectKind,
    NoMemoryEffect,
    Pure,
)

from aotjit import types
from aotjit.diagnostics import SourceText, Span

OpT = TypeVar("OpT", bound=Operation)

# -- attributes -------------------------------------------------------------------------------------------------------


@irdl_attr_definition
class ValueType(Data[types.Type], TypeAttribute):
    """A type of the language other than int, float and bool: `!ts.val<"List[int]">`."""

    name = "ts.val"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> types.Type:
        with parser.in_angle_brackets():
            return types.parse_type(parser.parse_str_literal())

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string_literal(str(self.data))


@irdl_attr_definition
class SpanAttr(Data[Span]):
    """Where in the source an operation comes from: `#ts.span<"model.py":3:12:3:17>`."""

    name = "ts.span"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Span:
        with parser.in_angle_brackets():
            name = parser.parse_str_literal()
            numbers = []
            for _ in range(4):
                parser.parse_punctuation(":")
                numbers.append(parser.parse_integer(allow_boolean=False, allow_negative=False))
            line, column, end_line, end_column = numbers
            return Span(SourceText(name, ""), line, column, end_line, end_column)

    def print_parameter(self, printer: Printer) -> None:
        s = self.data
        with printer.in_angle_brackets():
            printer.print_string_literal(s.source.name)
            printer.print_string(f":{s.line}:{s.column}:{s.end_line}:{s.end_column}")


def ir_type(t: types.Type) -> TypeAttribute:
    """The IR type of a language type."""
    if t == types.INT:
        return i64
    if t == types.FLOAT:
        return f64
    return i1 if t == types.BOOL else ValueType(t)


def lang_type(attribute: Attribute) -> types.Type:
    """The language type of an IR type; the inverse of `ir_type`."""
    if isinstance(attribute, ValueType):
        return attribute.data
    if isinstance(attribute, Float64Type):
        return types.FLOAT
    if isinstance(attribute, IntegerType):
        return types.BOOL if attribute.width.data == 1 else types.INT
    raise ValueError(f"{attribute} is no type of the language")


def type_of(value: SSAValue) -> types.Type:
    """The language type of an SSA value."""
    return lang_type(value.type)


def span_of(op: Operation) -> Span | None:
    """The source span an operation carries, or that of the nearest enclosing operation."""
    at: Operation | None = op
    while at is not None:
        loc = at.attributes.get("loc")
        if isinstance(loc, SpanAttr):
            return loc.data
        at = at.parent_op()
    return None


def with_span(op: OpT, span: Span | None) -> OpT:
    """Attaches `span` to `op` and returns it."""
    if span is not None:
        op.attributes["loc"] = SpanAttr(span)
    return op


# -- effects ----------------------------------------------------------------------------------------------------------

_READ = EffectInstance(MemoryEffectKind.READ)
_WRITE = EffectInstance(MemoryEffectKind.WRITE)
EFFECTS: dict[str, frozenset[EffectInstance]] = {
    "pure": frozenset(),
    "view": frozenset(),
    "read": frozenset({_READ}),
    "write": frozenset({_READ, _WRITE}),
    "io": frozenset({_READ, _WRITE}),
}


class StatedEffects(MemoryEffect):
    """Effects as the operation's own `effects` property states them."""

    @classmethod
    def get_effects(cls, op: Operation) -> frozenset[EffectInstance]:
        stated = op.properties["effects"]
        assert isinstance(stated, StringAttr)
        return EFFECTS[stated.data]


class ReadsMemory(MemoryEffect):
    @classmethod
    def get_effects(cls, op: Operation) -> frozenset[EffectInstance]:
        return EFFECTS["read"]


class WritesMemory(MemoryEffect):
    @classmethod
    def get_effects(cls, op: Operation) -> frozenset[EffectInstance]:
        return EFFECTS["write"]


class WritesOuts(MemoryEffect):
    """Reads; writes too when there are `outs` operands."""

    @classmethod
    def get_effects(cls, op: Operation) -> frozenset[EffectInstance]:
        return EFFECTS["write" if isinstance(op, GenericOp) and op.outs else "read"]


# -- constants and structure ------------------------------------------------------------------------------------------


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
    """A call of a declared operator (aotjit.ops), named 'name.overload' or 'name' without its `aten::`."""

    name = "ts.aten"
    op = prop_def(StringAttr)
    effects = prop_def(StringAttr)
    writes = opt_prop_def(DenseArrayBase)
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
    """print(values...), separated by spaces, with a newline."""

    name = "ts.print"
    values = var_operand_def()
    traits = traits_def(WritesMemory())

    def __init__(self, values: Sequence[SSAValue]) -> None:
        super().__init__(operands=[values])


@irdl_op_definition
class FormatOp(IRDLOperation):
    """str.format with plain {} fields, f-strings and str(): one value for each {} of the template."""

    name = "ts.format"
    template = prop_def(StringAttr)
    values = var_operand_def()
    result = result_def(ValueType)
    traits = traits_def(ReadsMemory())

    def __init__(self, template: str, values: Sequence[SSAValue]) -> None:
        super().__init__(
            operands=[values], properties={"template": StringAttr(template)}, result_types=[ir_type(types.STR)]
        )


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


# -- structured tensor operations ------------------------------------------------------------------------------------


@irdl_op_definition
class GenericOp(IRDLOperation):
    """One loop nest: a pointwise kernel or a reduction, over tensors of any rank.

    The iteration space is the broadcast of all tensor inputs. The body gets one element of each tensor input and each
    scalar, and yields (`ts.yield`) one element for each result. Element types: bool is i1, other dtypes the signless
    integer or float of their width; conversions are explicit in the body.

    kind "pointwise": every result has the shape of the iteration space. With `outs` (as many as results; they do not
      add to the iteration space but must have its shape) the elements are written there instead of to new tensors and
      the results are those tensors; an out may also be an input.
    kind "reduction": `combiners[i]` (add mul max min and or) folds result i over `dims` (absent: over all), which stay
      as size 1 where `keepdim`. Negative dims count from the end of the iteration space. `dynamic_dims`, when given, is
      a List[int] with the dims instead. An empty reduction gives the combiner's identity; for max and min it fails.
    Results are new, contiguous tensors of the dtype in their type. `reuse` (set by `memory plan`): indices of inputs
    that are dead after this operation, so that a result may take over their memory when aj_tensor_reusable.
    """

    name = "ts.generic"
    inputs = var_operand_def()
    scalars = var_operand_def()
    outs = var_operand_def()
    dynamic_dims = var_operand_def()
    kind = prop_def(StringAttr)
    combiners = opt_prop_def(ArrayAttr)
    dims = opt_prop_def(DenseArrayBase)
    keepdim = opt_prop_def(UnitAttr)
    reuse = opt_prop_def(DenseArrayBase)
    body = region_def("single_block")
    outputs = var_result_def(ValueType)
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(WritesOuts())

    def __init__(
        self,
        kind: str,
        inputs: Sequence[SSAValue],
        scalars: Sequence[SSAValue],
        outputs: Sequence[types.Type],
        body: Region,
        outs: Sequence[SSAValue] = (),
        combiners: Sequence[str] = (),
        dims: Sequence[int] | None = None,
        keepdim: bool = False,
        dynamic_dims: Sequence[SSAValue] = (),
    ) -> None:
        properties: dict[str, Attribute] = {"kind": StringAttr(kind)}
        if combiners:
            properties["combiners"] = ArrayAttr([StringAttr(c) for c in combiners])
        if dims is not None:
            properties["dims"] = DenseArrayBase.from_list(i64, list(dims))
        if keepdim:
            properties["keepdim"] = UnitAttr()
        super().__init__(
            operands=[inputs, scalars, outs, dynamic_dims],
            properties=properties,
            result_types=[[ir_type(t) for t in outputs]],
            regions=[body],
        )

    @property
    def reduced(self) -> tuple[int, ...] | None:
        """The constant reduction dims; None when all are reduced (or `dynamic_dims` says)."""
        return None if self.dims is None else tuple(int(d) for d in self.dims.iter_values())


@irdl_op_definition
class MatmulOp(IRDLOperation):
    """C = epilogue(A @ B, extras...): [M, K] x [K, N], or batched [B, M, K] x [B, K, N] (B may be 1 on either side).

    A and B have any strides; the sum runs in the result's dtype (f32, f64, i64; f16/bf16 sum in f32). The epilogue's
    block gets the sum, then one element of each of `extras` (tensors broadcast to C's shape) and `scalars`, and yields
    one element of C. `packed` names the layout of a B that is a packed weight ("panel"; aotjit.schedule).
    """

    name = "ts.matmul"
    a = operand_def(ValueType)
    b = operand_def(ValueType)
    extras = var_operand_def()
    scalars = var_operand_def()
    packed = opt_prop_def(StringAttr)
    reuse = opt_prop_def(DenseArrayBase)
    epilogue = region_def("single_block")
    result = result_def(ValueType)
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(ReadsMemory())

    def __init__(
        self,
        a: SSAValue,
        b: SSAValue,
        t: types.TensorType,
        extras: Sequence[SSAValue] = (),
        scalars: Sequence[SSAValue] = (),
        epilogue: Region | None = None,
    ) -> None:
        if epilogue is None:
            assert t.dtype is not None
            block = Block(arg_types=[element_type(t.dtype)])
            block.add_op(YieldOp([block.args[0]]))
            epilogue = Region([block])
        super().__init__(operands=[a, b, extras, scalars], result_types=[ir_type(t)], regions=[epilogue])


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Ends the body of ts.generic and the epilogue of ts.matmul."""

    name = "ts.yield"
    values = var_operand_def()
    traits = traits_def(IsTerminator(), NoMemoryEffect())

    def __init__(self, values: Sequence[SSAValue]) -> None:
        super().__init__(operands=[values])


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


def element_type(dtype: types.DType) -> TypeAttribute:
    """The type of one element inside a kernel body."""
    from xdsl.dialects import builtin

    floats = {
        types.DType.F16: builtin.f16,
        types.DType.BF16: builtin.bf16,
        types.DType.F32: builtin.f32,
        types.DType.F64: builtin.f64,
    }
    if dtype in floats:
        return floats[dtype]
    if dtype is types.DType.BOOL:
        return i1
    if dtype.category is types.Category.COMPLEX:
        return builtin.ComplexType(builtin.f32 if dtype is types.DType.C64 else builtin.f64)
    return IntegerType(8 * dtype.size)


TS = Dialect(
    "ts",
    [
        StrOp, NoneOp, DeviceOp, WeightOp, UndefOp, TupleOp, TupleGetOp, ListOp, SomeOp, IsNoneOp, UnwrapOp, RefineOp,
        AtenOp, RaiseOp, PrintOp, FormatOp, StateGetOp, StateSetOp, GenericOp, MatmulOp, YieldOp, RetainOp, ReleaseOp,
    ],
    [ValueType, SpanAttr],
)  # fmt: skip
