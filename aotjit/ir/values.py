"""Values and places in the IR: the types of the language as MLIR types, elements of kernels, source spans.

int is i64, float is f64, complex is complex<f64>, bool is i1; every other type of the language is `!ts.val<"...">` with
aotjit.types' text.
"""

from __future__ import annotations

from typing import TypeVar, cast

from xdsl.dialects import builtin
from xdsl.dialects.builtin import ComplexType, Float64Type, IntegerType, f64, i1, i64
from xdsl.ir import Attribute, Data, Operation, SSAValue, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from aotjit import dtypes, types
from aotjit.diagnostics import SourceText, Span
from aotjit.type_text import parse_type

OpT = TypeVar("OpT", bound=Operation)


@irdl_attr_definition
class ValueType(Data[types.Type], TypeAttribute):
    """A type of the language other than int, float, complex and bool: `!ts.val<"List[int]">`."""

    name = "ts.val"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> types.Type:
        with parser.in_angle_brackets():
            return parse_type(parser.parse_str_literal())

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
    if t == types.COMPLEX:
        return ComplexType(f64)
    return i1 if t == types.BOOL else ValueType(t)


def lang_type(attribute: Attribute) -> types.Type:
    """The language type of an IR type; the inverse of `ir_type`."""
    # Attributes are of an abstract base class: isinstance takes three times as long, and this is asked most of all.
    kind = type(attribute)
    if kind is ValueType:
        return cast(ValueType, attribute).data
    if kind is Float64Type:
        return types.FLOAT
    if kind is IntegerType:
        return types.BOOL if cast(IntegerType, attribute).width.data == 1 else types.INT
    if kind is ComplexType:
        return types.COMPLEX
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


def element_type(dtype: dtypes.DType) -> TypeAttribute:
    """The type of one element inside a kernel body."""
    floats = {
        dtypes.DType.F16: builtin.f16,
        dtypes.DType.BF16: builtin.bf16,
        dtypes.DType.F32: builtin.f32,
        dtypes.DType.F64: builtin.f64,
    }
    if dtype in floats:
        return floats[dtype]
    if dtype is dtypes.DType.BOOL:
        return i1
    if dtype.category is dtypes.Category.COMPLEX:
        return builtin.ComplexType(builtin.f32 if dtype is dtypes.DType.C64 else builtin.f64)
    return IntegerType(8 * dtype.size)
