"""Builds operations in the place of a ts.aten that is being lowered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from aotjit import types
from aotjit.diagnostics import CompileError
from aotjit.dtypes import DType
from aotjit.ir import ts
from aotjit.ir.rewrite import constant_op
from aotjit.ir.window import Window
from aotjit.ops import bounds
from aotjit.ops.builder import Element
from aotjit.ops.call import arguments_of, static_value
from aotjit.ops.complex_builder import ScalarBuilder
from aotjit.ops.infer import tensor
from aotjit.ops.opdef import REGISTRY, Arguments, Intrinsic, Operator, Runtime
from aotjit.types import TensorType, Type

SCALAR_DTYPES: dict[Type, DType] = {
    types.INT: DType.I64, types.FLOAT: DType.F64, types.COMPLEX: DType.C128, types.BOOL: DType.BOOL
}  # fmt: skip

Lower = Callable[[ts.AtenOp, Operator], Sequence[SSAValue]]


class Emitter:
    """Puts operations before `at`; `lower` lowers the operators that a rewrite is made of."""

    def __init__(self, at: ts.AtenOp, operator: Operator, lower: Lower) -> None:
        self.at = at
        self.operator = operator
        self.arguments: Arguments = arguments_of(at, operator)
        self.result_types: Sequence[Type] = operator.infer(self.arguments)
        self._lower = lower

    # -- operations ---------------------------------------------------------------------------------------------------

    def insert(self, op: Operation) -> Operation:
        block = self.at.parent
        assert block is not None
        block.insert_op_before(ts.with_span(op, ts.span_of(self.at)), self.at)
        return op

    def aten(self, name: str, *values: SSAValue) -> list[SSAValue]:
        """The results of the operator `name` on all of its arguments, lowered too."""
        operator = REGISTRY[name]
        op = ts.AtenOp(name, values, operator.schema.returns, operator.effects, operator.writes)
        for result, t in zip(op.outputs, operator.infer(self._call(op, operator)), strict=True):
            result._type = ts.ir_type(t)
        self.insert(op)
        results = list(self._lower(op, operator))
        if isinstance(operator.lowering, Runtime | Intrinsic):
            return results
        assert op.parent is not None
        op.parent.erase_op(op)
        return results

    def _call(self, op: ts.AtenOp, operator: Operator) -> Arguments:
        found = arguments_of(op, operator)
        return Arguments(found.schema, found.types, found.constants, ts.span_of(self.at))

    def generic(self, inputs: Sequence[SSAValue], t: TensorType, body: Callable[..., Element],
                scalars: Sequence[SSAValue] = ()) -> SSAValue:  # fmt: skip
        """A pointwise ts.generic: `body(build, *elements)` of all inputs and scalars in their own dtypes."""
        if any(ts.type_of(v) == types.COMPLEX for v in scalars):
            raise self.error("not compiled for a complex number by this version of aotjit")
        op = ts.GenericOp("pointwise", inputs, scalars, [t], kernel_body([*inputs, *scalars], t, body))
        self.insert(op)
        return op.outputs[0]

    def converted(self, value: SSAValue, dtype: DType) -> SSAValue:
        """A new tensor of the same elements in another dtype."""
        t = tensor(ts.type_of(value))
        return self.generic([value], TensorType(dtype, t.dims, contiguous=True), lambda b, x: x)

    def convolution(self, image: SSAValue, weight: SSAValue, window: Window) -> SSAValue:
        """The product of an image's patches with a weight, of the first result's type."""
        op = ts.MatmulOp(image, weight, tensor(self.result_types[0]), window=window)
        self.insert(op)
        return op.result

    # -- scalars ------------------------------------------------------------------------------------------------------

    def constant(self, value: bool | int | float | complex | str) -> SSAValue:
        kinds: dict[type, Type] = {
            bool: types.BOOL, int: types.INT, float: types.FLOAT, complex: types.COMPLEX, str: types.STR
        }  # fmt: skip
        return self.insert(constant_op(value, kinds[type(value)])).results[0]

    def int_list(self, values: Sequence[int]) -> SSAValue:
        return self.insert(ts.ListOp([self.constant(v) for v in values], types.ListType(types.INT))).results[0]

    def float_list(self, values: Sequence[SSAValue]) -> SSAValue:
        return self.insert(ts.ListOp(list(values), types.ListType(types.FLOAT))).results[0]

    def present(self, name: str, value: SSAValue) -> SSAValue | None:
        """An operand, or None where an optional one is None, which must be known."""
        if static_value(value) is None:
            return None
        if not isinstance(ts.type_of(value), types.OptionalType):
            return value
        if isinstance(value.owner, ts.SomeOp):
            return value.owner.operand
        raise self.error(f"whether '{name}' is None must be known at compile time", "test it with `is not None` first")

    def device(self, name: str) -> SSAValue:
        return self.insert(ts.DeviceOp(name)).results[0]

    def scalar(self, body: Callable[..., Element], values: Sequence[SSAValue], result: Type) -> SSAValue:
        """Scalar operations on i64, f64 and i1 values."""
        build = ScalarBuilder(self.insert)
        elements = [scalar_element(build, v) for v in values]
        return build.convert(body(build, *elements), SCALAR_DTYPES[result]).value

    def number(self, value: SSAValue | int) -> tuple[str, SSAValue]:
        """A number as the runtime takes it: its kind, "int", "float" or "complex", and the value; bool becomes int."""
        if isinstance(value, int):
            return "int", self.constant(value)
        t = ts.type_of(value)
        if t == types.BOOL:
            return "int", self.scalar(lambda b, x: x, [value], types.INT)
        return ("float" if t == types.FLOAT else "complex" if t == types.COMPLEX else "int"), value

    def kernel_scalars(self, value: SSAValue) -> list[SSAValue]:
        """A number as kernels are given it: a complex one as its parts."""
        if ts.type_of(value) != types.COMPLEX:
            return [value]
        build = ScalarBuilder(self.insert)
        return [part.value for part in build.parts(scalar_element(build, value))]

    def fitting(self, value: SSAValue, dtype: DType | None) -> SSAValue:
        """A number that torch makes an element of `dtype` (any number, where that is None): it is tested where it is
        not known, or known not to fit."""
        kind, known = ts.type_of(value), static_value(value)
        if isinstance(known, bool | int | float) and bounds.fits(known, dtype):
            return value
        all_fit = bounds.ints_fit(dtype) if kind == types.INT else bounds.floats_fit(dtype)
        if dtype is None or kind not in (types.INT, types.FLOAT) or all_fit:
            return value
        return self.aten(f"aotjit::fitting_{kind}", value, self.constant(dtype.code))[0]

    def real(self, value: SSAValue) -> SSAValue:
        if ts.type_of(value) == types.COMPLEX:
            raise self.error("a complex number stands where a real one is expected", "write float(...)")
        return value if ts.type_of(value) == types.FLOAT else self.scalar(lambda b, x: x, [value], types.FLOAT)

    def logical_not(self, value: SSAValue) -> SSAValue:
        return self.scalar(lambda b, x: ~x, [value], types.BOOL)

    def compare(self, name: str, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.scalar(lambda build, x, y: build.compare(name, x, y), [a, b], types.BOOL)

    def optional(self, value: SSAValue, type_name: str) -> SSAValue:
        """The value as an Optional of the named simple type."""
        if isinstance(ts.type_of(value), types.OptionalType):
            return value
        t = types.OptionalType(types.SIMPLE_TYPES[type_name])
        op = ts.NoneOp(t) if ts.type_of(value) == types.NONE else ts.SomeOp(value, t)
        return self.insert(op).results[0]

    def absent(self, type_name: str) -> SSAValue:
        """None as an Optional of the named simple type."""
        return self.insert(ts.NoneOp(types.OptionalType(types.SIMPLE_TYPES[type_name]))).results[0]

    def known(self, value: SSAValue, t: Type) -> SSAValue:
        """The result of an operator emitted here, of which the facts of `t` hold too."""
        value._type = ts.ir_type(t)
        return value

    # -- facts --------------------------------------------------------------------------------------------------------

    @property
    def dtype(self) -> DType:
        """The dtype of the first result."""
        dtype = tensor(self.result_types[0]).dtype
        assert dtype is not None
        return dtype

    @property
    def dtype_code(self) -> SSAValue:
        return self.constant(self.dtype.code)

    def dtype_of(self, value: SSAValue) -> DType | None:
        return tensor(ts.type_of(value)).dtype

    def is_contiguous(self, value: SSAValue) -> bool:
        return tensor(ts.type_of(value)).contiguous

    def constant_of(self, value: SSAValue) -> object:
        """The compile-time value, or UNKNOWN."""
        return static_value(value)

    def only(self, *pairs: SSAValue | int) -> Emitter:
        """Checks that each value is the constant that follows it."""
        for value, expected in zip(pairs[::2], pairs[1::2], strict=True):
            if isinstance(value, SSAValue) and static_value(value) != expected:
                name = next(a.name for a, v in zip(self.operator.schema.arguments, self.at.arguments, strict=True)
                            if v is value)  # fmt: skip
                raise self.error(f"only {name}={expected} is compiled by this version of aotjit")
        return self

    def error(self, message: str, hint: str | None = None) -> CompileError:
        return self.arguments.error(message, hint)

    def sorted_copy(self, value: SSAValue, kind: str) -> list[SSAValue]:
        """A sorted copy of a list."""
        (copied,) = self.aten("copy.t", value)
        copied._type = value.type
        self.aten(f"sort.{kind}", copied, self.constant(False))
        return [copied]


def kernel_body(values: Sequence[SSAValue], t: TensorType, body: Callable[..., Element]) -> Region:
    """The region of a kernel: `body` on elements of `values`, its result converted to the dtype of `t`."""
    block = Block(arg_types=[element_ir_type(v) for v in values])
    build = ScalarBuilder(block.add_op)
    elements = [Element(build, element_dtype_of(v), a, None) for v, a in zip(values, block.args, strict=True)]
    result = body(build, *elements)
    assert t.dtype is not None
    block.add_op(ts.YieldOp([build.convert(result, t.dtype).value]))
    return Region([block])


def element_dtype_of(value: SSAValue) -> DType:
    """The dtype of a kernel operand's elements."""
    t = ts.type_of(value)
    if not isinstance(t, TensorType):
        return SCALAR_DTYPES[t]
    assert t.dtype is not None
    return t.dtype


def element_ir_type(value: SSAValue) -> Attribute:
    return ts.element_type(element_dtype_of(value))


def scalar_element(build: ScalarBuilder, value: SSAValue) -> Element:
    """A scalar operand, as a constant where it is one."""
    dtype = SCALAR_DTYPES[ts.type_of(value)]
    known = static_value(value)
    if isinstance(known, bool | int | float | complex):
        return Element(build, dtype, value, known)
    return Element(build, dtype, value, None)
