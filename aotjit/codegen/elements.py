"""An LLVM builder for elements: the same calls emit single values or vectors of `lanes` of them."""

from __future__ import annotations

from llvmlite import ir

BOOL, I8, I16, I32, I64 = (ir.IntType(n) for n in (1, 8, 16, 32, 64))
F32, F64 = ir.FloatType(), ir.DoubleType()
_SUFFIX = {F32: "f32", F64: "f64", BOOL: "i1", I8: "i8", I16: "i16", I32: "i32", I64: "i64"}


class Splat(ir.Constant):  # type: ignore[misc]  # llvmlite has no types
    """A vector constant with the same scalar in all lanes."""

    def __init__(self, vector: ir.VectorType, scalar: ir.Constant) -> None:
        super().__init__(vector, ir.Undefined)
        self.scalar = scalar

    def _get_reference(self) -> str:
        return f"splat ({self.scalar})"


class Elements:
    """`faults` collects conditions (one per lane) under which a kernel must report a division by zero; None in host
    code, where the division has been checked before."""

    def __init__(self, builder: ir.IRBuilder, lanes: int = 1, faults: list[ir.Value] | None = None) -> None:
        self.builder, self.lanes, self.faults = builder, lanes, faults

    def of(self, element: ir.Type) -> ir.Type:
        """The type of a value whose elements have type `element`."""
        return element if self.lanes == 1 else ir.VectorType(element, self.lanes)

    @staticmethod
    def base(t: ir.Type) -> ir.Type:
        """The element type of a value's type."""
        return t.element if isinstance(t, ir.VectorType) else t

    def constant(self, element: ir.Type, number: object) -> ir.Constant:
        """`number` in every lane."""
        scalar = ir.Constant(element, number)
        if self.lanes == 1:
            return scalar
        return Splat(self.of(element), scalar)

    def like(self, value: ir.Value, number: float | int) -> ir.Constant:
        """A constant of the type of `value`."""
        return self.constant(self.base(value.type), number)

    def zero(self, t: ir.Type) -> ir.Constant:
        return self.constant(self.base(t), 0 if isinstance(self.base(t), ir.IntType) else 0.0)

    def pair(self, re: ir.Value, im: ir.Value) -> ir.Value:
        """A complex value, or vector of them: its two parts."""
        empty = ir.Constant(ir.LiteralStructType([re.type, im.type]), ir.Undefined)
        return self.builder.insert_value(self.builder.insert_value(empty, re, 0), im, 1)

    def splat(self, scalar: ir.Value) -> ir.Value:
        """A vector with `scalar` in every lane."""
        if self.lanes == 1:
            return scalar
        if isinstance(scalar.type, ir.LiteralStructType):
            return self.pair(*(self.splat(self.builder.extract_value(scalar, i)) for i in (0, 1)))
        vector = ir.VectorType(scalar.type, self.lanes)
        first = self.builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(I32, 0))
        mask = ir.Constant(ir.VectorType(I32, self.lanes), None)
        return self.builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)

    def suffix(self, t: ir.Type) -> str:
        """How names of functions on `t` end: `v16f32`, `f64`."""
        name = _SUFFIX[self.base(t)]
        return f"v{t.count}{name}" if isinstance(t, ir.VectorType) else name

    def intrinsic(self, name: str, *arguments: ir.Value) -> ir.Value:
        """A call of `llvm.NAME` on operands and a result of one type."""
        t = arguments[0].type
        full = f"llvm.{name}.{self.suffix(t)}"
        function = self.builder.module.globals.get(full)
        if function is None:
            function = ir.Function(self.builder.module, ir.FunctionType(t, [t] * len(arguments)), full)
        return self.builder.call(function, arguments)

    def float_cast(self, value: ir.Value, element: ir.Type) -> ir.Value:
        """Between f32 and f64."""
        have = self.base(value.type)
        if have == element:
            return value
        cast = self.builder.fpext if element == F64 else self.builder.fptrunc
        return cast(value, self.of(element))

    def divide(self, method: str, a: ir.Value, b: ir.Value, signed: bool) -> ir.Value:
        """sdiv, udiv, srem or urem that never traps: a zero divisor is a fault, the lowest integer by -1 wraps."""
        builder = self.builder
        if self.faults is None:
            return getattr(builder, method)(a, b)
        zero = builder.icmp_unsigned("==", b, self.zero(b.type))
        self.faults.append(zero)
        if not signed:
            return getattr(builder, method)(a, builder.select(zero, self.like(b, 1), b))
        minus_one = builder.icmp_unsigned("==", b, self.like(b, -1))
        safe = builder.select(builder.or_(zero, minus_one), self.like(b, 1), b)
        result = getattr(builder, method)(a, safe)
        negated = builder.neg(a) if method == "sdiv" else self.zero(a.type)
        return builder.select(minus_one, negated, result)

    def extreme(self, relation: str, a: ir.Value, b: ir.Value) -> ir.Value:
        """The larger (">") or smaller ("<"); NaN when either is NaN."""
        number = self.builder.select(self.builder.fcmp_ordered(relation, a, b), a, b)
        return self.builder.select(self.builder.fcmp_unordered("uno", a, a), a, number)

    def extreme_number(self, relation: str, a: ir.Value, b: ir.Value) -> ir.Value:
        """The larger or smaller; where one is NaN, the other."""
        number = self.builder.select(self.builder.fcmp_ordered(relation, a, b), a, b)
        return self.builder.select(self.builder.fcmp_unordered("uno", b, b), a, number)
