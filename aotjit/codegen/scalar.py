"""Scalar operations (`arith`, `math` and their extensions) as LLVM IR, for single values and for vectors of lanes.

One table says how each operation is emitted. Host code emits single values (`lanes=1`); kernels emit the operations
on vectors, which LLVM splits into what the target has, so that the IR text is the same for all ISA levels.

f16 and bf16 elements are held as the i16 of their bits, computed in f32 and rounded after each operation: neither needs
a conversion routine of a compiler's support library.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from llvmlite import ir

from aotjit.codegen import half, vector_math
from aotjit.codegen.elements import Elements
from aotjit.diagnostics import CompileError
from aotjit.ir.ts import span_of

if TYPE_CHECKING:
    from xdsl.ir import Attribute, Operation

Operands = Sequence[ir.Value]
Emitter = Callable[[Elements, "Operation", Operands], ir.Value]

_NARROW = {"f16": half.F16, "bf16": half.BF16}


def llvm_type(attribute: Attribute) -> ir.Type:
    """The LLVM type of one element of an IR scalar type; f16 and bf16 are their bits."""
    from xdsl.dialects.builtin import ComplexType, Float32Type, Float64Type, IndexType, IntegerType

    if isinstance(attribute, IntegerType):
        return ir.IntType(attribute.width.data)
    if isinstance(attribute, Float32Type):
        return ir.FloatType()
    if isinstance(attribute, Float64Type):
        return ir.DoubleType()
    if isinstance(attribute, IndexType):
        return ir.IntType(64)
    if attribute.name in _NARROW:
        return ir.IntType(16)
    if isinstance(attribute, ComplexType):
        return ir.LiteralStructType([llvm_type(attribute.element_type)] * 2)
    raise CompileError.at(None, f"there is no machine code for elements of type {attribute}")


def emit(elements: Elements, op: Operation, operands: Operands) -> ir.Value:
    """The value of the one result of `op` on already emitted operands."""
    emitter = EMITTERS.get(op.name) or EMITTERS.get(op.name.partition(".")[2])
    if emitter is None:
        raise CompileError.at(span_of(op), f"there is no machine code for {op.name}")
    formats = [_NARROW.get(v.type.name) for v in op.operands]
    if not any(formats) or op.name in _BIT_LEVEL:
        return emitter(elements, op, operands)
    wide = [v if f is None else half.widen(elements, v, f) for f, v in zip(formats, operands, strict=True)]
    result = emitter(elements, op, wide)
    narrow = _NARROW.get(op.results[0].type.name)
    return result if narrow is None else half.narrow(elements, result, narrow)


def is_scalar_operation(op: Operation) -> bool:
    """Is `op` in the table?"""
    return op.name in EMITTERS or op.name.partition(".")[2] in EMITTERS


# -- constants and conversions ----------------------------------------------------------------------------------------


def _constant(e: Elements, op: Operation, _: Operands) -> ir.Value:
    from xdsl.dialects.builtin import ArrayAttr, FloatAttr, IntegerAttr

    value = op.properties["value"]
    if isinstance(value, ArrayAttr):
        element = ir.DoubleType()
        re, im = (e.constant(element, part.value.data) for part in value if isinstance(part, FloatAttr))
        return e.pair(re, im)
    t = op.results[0].type
    if isinstance(value, IntegerAttr):
        width = llvm_type(t).width
        return e.constant(ir.IntType(width), value.value.data & ((1 << width) - 1))
    assert isinstance(value, FloatAttr)
    number = value.value.data
    if t.name == "bf16":
        return e.constant(ir.IntType(16), half.bf16_bits(number))
    if t.name == "f16":
        return e.constant(ir.IntType(16), half.f16_bits(number))
    if t.name == "f32":
        number = _to_f32(number)
    return e.constant(llvm_type(t), number)


def _to_f32(number: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _cast(method: str) -> Emitter:
    def emitter(e: Elements, op: Operation, operands: Operands) -> ir.Value:
        target = e.of(llvm_type(op.results[0].type))
        value = operands[0]
        return value if value.type == target else getattr(e.builder, method)(value, target)

    return emitter


def _float_cast(e: Elements, op: Operation, operands: Operands) -> ir.Value:
    """extf and truncf; a narrow source has been widened to f32 and a narrow target is rounded from f32."""
    target = op.results[0].type
    wanted = ir.FloatType() if target.name in _NARROW else llvm_type(target)
    value = e.float_cast(operands[0], wanted)
    if target.name in _NARROW and op.operands[0].type.name not in _NARROW:
        return half.narrow(e, value, _NARROW[target.name])
    return value


def _to_float(method: str) -> Emitter:
    def emitter(e: Elements, op: Operation, operands: Operands) -> ir.Value:
        target = op.results[0].type
        if target.name not in _NARROW:
            return getattr(e.builder, method)(operands[0], e.of(llvm_type(target)))
        wide = getattr(e.builder, method)(operands[0], e.of(ir.FloatType()))
        return half.narrow(e, wide, _NARROW[target.name])

    return emitter


def _bitcast(e: Elements, op: Operation, operands: Operands) -> ir.Value:
    target = e.of(llvm_type(op.results[0].type))
    return operands[0] if operands[0].type == target else e.builder.bitcast(operands[0], target)


# -- arithmetic -------------------------------------------------------------------------------------------------------


def _binary(method: str) -> Emitter:
    return lambda e, _, v: getattr(e.builder, method)(v[0], v[1])


def _divf(e: Elements, op: Operation, v: Operands) -> ir.Value:
    """The quotient; 1 / (1 + exp(y)), the logistic function, by the target's estimate where it is in range."""
    if e.lanes > 1 and e.base(v[0].type) == ir.FloatType() and _is_logistic(op):
        return vector_math.call(e, "reciprocal", v[1])
    return e.builder.fdiv(v[0], v[1])


def _is_logistic(op: Operation) -> bool:
    """Is it 1 / (1 + exp(y))? Then the divisor is at least 1."""
    divisor = op.operands[1].owner
    if not _is_one(op.operands[0]) or getattr(divisor, "name", "") != "arith.addf":
        return False
    terms = list(divisor.operands)  # type: ignore[union-attr]  # an operation, as it has a name
    exponentials = [t for t in terms if getattr(t.owner, "name", "") == "math.exp"]
    return bool(exponentials) and any(_is_one(t) for t in terms)


def _is_one(value: object) -> bool:
    from xdsl.dialects.arith import ConstantOp
    from xdsl.dialects.builtin import FloatAttr

    owner = getattr(value, "owner", None)
    return isinstance(owner, ConstantOp) and isinstance(owner.value, FloatAttr) and owner.value.value.data == 1.0


def _negf(e: Elements, _: Operation, v: Operands) -> ir.Value:
    return e.builder.fneg(v[0])


_CMPI = ("==", "!=", "<", "<=", ">", ">=", "<", "<=", ">", ">=")
_CMPF = (None, "==", ">", ">=", "<", "<=", "!=", "ord", "==", ">", ">=", "<", "<=", "!=", "uno", None)


def _predicate(op: Operation) -> int:
    from xdsl.dialects.builtin import IntegerAttr

    attribute = op.properties["predicate"]
    assert isinstance(attribute, IntegerAttr)
    return int(attribute.value.data)


def _cmpi(e: Elements, op: Operation, v: Operands) -> ir.Value:
    p = _predicate(op)
    compare = e.builder.icmp_unsigned if p >= 6 else e.builder.icmp_signed
    return compare(_CMPI[p], v[0], v[1])


def _cmpf(e: Elements, op: Operation, v: Operands) -> ir.Value:
    p = _predicate(op)
    name = _CMPF[p]
    if name is None:
        return e.constant(ir.IntType(1), p == 15)
    compare = e.builder.fcmp_unordered if p >= 8 else e.builder.fcmp_ordered
    return compare(name, v[0], v[1])


def _extreme_float(relation: str, propagate: bool) -> Emitter:
    """maximumf/minimumf give NaN when either operand is NaN; maxnumf/minnumf the other operand."""

    def emitter(e: Elements, _: Operation, v: Operands) -> ir.Value:
        return e.extreme(relation, v[0], v[1]) if propagate else e.extreme_number(relation, v[0], v[1])

    return emitter


def _extreme_int(relation: str, signed: bool) -> Emitter:
    def emitter(e: Elements, _: Operation, v: Operands) -> ir.Value:
        compare = e.builder.icmp_signed if signed else e.builder.icmp_unsigned
        return e.builder.select(compare(relation, v[0], v[1]), v[0], v[1])

    return emitter


def _divide(method: str, signed: bool) -> Emitter:
    """Integer quotient or remainder. In a kernel a zero divisor is recorded as a fault instead of trapping."""

    def emitter(e: Elements, _: Operation, v: Operands) -> ir.Value:
        return e.divide(method, v[0], v[1], signed)

    return emitter


def _floor_divide(e: Elements, _: Operation, v: Operands) -> ir.Value:
    b = e.builder
    quotient = e.divide("sdiv", v[0], v[1], True)
    remainder = b.sub(v[0], b.mul(quotient, v[1]))
    zero = e.zero(v[0].type)
    inexact = b.icmp_signed("!=", remainder, zero)
    opposite = b.icmp_signed("<", b.xor(remainder, v[1]), zero)
    return b.add(quotient, b.sext(b.and_(inexact, opposite), v[0].type))


def _absi(e: Elements, _: Operation, v: Operands) -> ir.Value:
    negative = e.builder.icmp_signed("<", v[0], e.zero(v[0].type))
    return e.builder.select(negative, e.builder.neg(v[0]), v[0])


def _select(e: Elements, _: Operation, v: Operands) -> ir.Value:
    return e.builder.select(v[0], v[1], v[2])


# -- mathematics ------------------------------------------------------------------------------------------------------


def _intrinsic(name: str) -> Emitter:
    return lambda e, _, v: e.intrinsic(name, *v)


def _round(e: Elements, _: Operation, v: Operands) -> ir.Value:
    """Half away from zero: adding the predecessor of 0.5 keeps 0.49999997 below 1."""
    below_half = 0.5 - 2.0**-25 if e.base(v[0].type) == ir.FloatType() else 0.5 - 2.0**-54
    nudge = e.intrinsic("copysign", e.like(v[0], below_half), v[0])
    return e.intrinsic("trunc", e.builder.fadd(v[0], nudge))


def _rsqrt(e: Elements, _: Operation, v: Operands) -> ir.Value:
    return e.builder.fdiv(e.like(v[0], 1.0), e.intrinsic("sqrt", v[0]))


def _function(name: str) -> Emitter:
    return lambda e, _, v: vector_math.call(e, name, *v)


def _remf(e: Elements, _: Operation, v: Operands) -> ir.Value:
    return vector_math.call(e, "fmod", *v)


def _create(e: Elements, op: Operation, v: Operands) -> ir.Value:
    return e.pair(v[0], v[1])


def _part(index: int) -> Emitter:
    return lambda e, _, v: e.builder.extract_value(v[0], index)


_BIT_LEVEL = frozenset({"arith.constant", "arith.select", "arith.bitcast", "ts.bitcast"})

EMITTERS: dict[str, Emitter] = {
    "constant": _constant,
    "addf": _binary("fadd"),
    "subf": _binary("fsub"),
    "mulf": _binary("fmul"),
    "divf": _divf,
    "remf": _remf,
    "negf": _negf,
    "cmpf": _cmpf,
    "maximumf": _extreme_float(">", True),
    "minimumf": _extreme_float("<", True),
    "maxnumf": _extreme_float(">", False),
    "minnumf": _extreme_float("<", False),
    "addi": _binary("add"),
    "subi": _binary("sub"),
    "muli": _binary("mul"),
    "divsi": _divide("sdiv", True),
    "divui": _divide("udiv", False),
    "remsi": _divide("srem", True),
    "remui": _divide("urem", False),
    "floordivsi": _floor_divide,
    "andi": _binary("and_"),
    "ori": _binary("or_"),
    "xori": _binary("xor"),
    "shli": _binary("shl"),
    "shrsi": _binary("ashr"),
    "shrui": _binary("lshr"),
    "cmpi": _cmpi,
    "maxsi": _extreme_int(">", True),
    "minsi": _extreme_int("<", True),
    "maxui": _extreme_int(">", False),
    "minui": _extreme_int("<", False),
    "select": _select,
    "extsi": _cast("sext"),
    "extui": _cast("zext"),
    "trunci": _cast("trunc"),
    "index_cast": _cast("sext"),
    "fptosi": _cast("fptosi"),
    "fptoui": _cast("fptoui"),
    "sitofp": _to_float("sitofp"),
    "uitofp": _to_float("uitofp"),
    "extf": _float_cast,
    "truncf": _float_cast,
    "bitcast": _bitcast,
    "absi": _absi,
    "absf": _intrinsic("fabs"),
    "ceil": _intrinsic("ceil"),
    "floor": _intrinsic("floor"),
    "trunc": _intrinsic("trunc"),
    "roundeven": _intrinsic("roundeven"),
    "copysign": _intrinsic("copysign"),
    "sqrt": _intrinsic("sqrt"),
    "fma": _intrinsic("fmuladd"),
    "create": _create,
    "re": _part(0),
    "im": _part(1),
    "round": _round,
    "rsqrt": _rsqrt,
    **{name: _function(name) for name in vector_math.NAMES},
}
