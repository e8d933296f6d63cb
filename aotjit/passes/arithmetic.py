"""What arith and math operations on int, float and bool give for constants. i64 wraps; f64 follows IEEE 754."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from xdsl.dialects import arith
from xdsl.dialects import math as math_dialect
from xdsl.dialects.builtin import Float64Type, IntegerType, i1
from xdsl.ir import Operation

from aotjit.ir.rewrite import NOT_CONSTANT, Constant, NotConstant
from aotjit.ops.ieee import divide
from aotjit.ops.opdef import Symbol

Number = int | float


def wrap(value: int) -> int:
    """`value` modulo 2**64 as a signed number."""
    return (value + 2**63) % 2**64 - 2**63


def evaluate(op: Operation, operands: Sequence[object]) -> Constant | NotConstant:
    """The result of `op` for operands some of which may not be constant, or NOT_CONSTANT: the table has no meaning for
    it, it has no value, or it depends on the others."""
    if isinstance(op, arith.CmpiOp) and isinstance(operands[0], Symbol) and operands[0] == operands[1]:
        return _compare_int(op, 0, 0)
    meaning = MEANING.get(type(op))
    if meaning is None or len(op.results) != 1:
        return NOT_CONSTANT
    if op.results[0].type == i1 and ABSORBING.get(type(op)) in [v for v in operands if isinstance(v, bool)]:
        return ABSORBING[type(op)]
    if not all(isinstance(v, int | float) for v in operands):
        return NOT_CONSTANT
    result_type = op.results[0].type
    if not all(_is_scalar(value.type) for value in (*op.operands, op.results[0])):
        return NOT_CONSTANT
    try:
        value = meaning(op, *operands)
    except (ArithmeticError, ValueError):
        return NOT_CONSTANT
    if isinstance(result_type, Float64Type):
        return float(value)
    assert isinstance(result_type, IntegerType)
    return bool(int(value) & 1) if result_type.width.data == 1 else wrap(int(value))


ABSORBING: dict[type[Operation], bool] = {arith.AndIOp: False, arith.OrIOp: True}
"""The bool that decides the result whatever the other operand is."""


def _is_scalar(t: object) -> bool:
    return isinstance(t, Float64Type) or (isinstance(t, IntegerType) and t.width.data in (1, 64))


def _compare_int(op: Operation, a: int, b: int) -> bool:
    assert isinstance(op, arith.CmpiOp)
    predicate = op.predicate.value.data
    if predicate >= 6:
        a, b = a % 2**64, b % 2**64
        predicate -= 4
    return (a == b, a != b, a < b, a <= b, a > b, a >= b)[predicate]


def _compare_float(op: Operation, a: float, b: float) -> bool:
    """Predicates in MLIR's order: false, ordered (oeq ogt oge olt ole one), ord, unordered (ueq ... une), uno, true."""
    assert isinstance(op, arith.CmpfOp)
    predicate = op.predicate.value.data
    unordered = math.isnan(a) or math.isnan(b)
    if predicate in (0, 15):
        return predicate == 15
    if predicate in (7, 14):
        return unordered == (predicate == 14)
    if unordered:
        return predicate > 7
    return (a == b, a > b, a >= b, a < b, a <= b, a != b)[(predicate - 1) % 7]


def _divide(_: Operation, a: float, b: float) -> float:
    return divide(a, b)


def _maximum(_: Operation, a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)


def _minimum(_: Operation, a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else min(a, b)


def _divide_int(_: Operation, a: int, b: int) -> int:
    """Towards zero."""
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _power(_: Operation, a: float, b: float) -> float:
    return math.pow(a, b)


def _shift(_: Operation, a: int, b: int) -> int:
    if not 0 <= b < 64:
        raise ValueError("the result is not defined")
    return a << b


def _shift_right(_: Operation, a: int, b: int) -> int:
    if not 0 <= b < 64:
        raise ValueError("the result is not defined")
    return a >> b


def _to_int(_: Operation, a: float) -> int:
    result = int(a)
    if not -(2**63) <= result < 2**63:
        raise ValueError("the result is not defined")
    return result


def _extend(_: Operation, a: int) -> int:
    return int(a)


def _sign_extend(_: Operation, a: int) -> int:
    return -a if isinstance(a, bool) else a


def _unary(function: Callable[[float], float]) -> Callable[[Operation, float], float]:
    return lambda _, a: function(a)


MEANING: dict[type[Operation], Callable[..., Number]] = {
    arith.AddiOp: lambda _, a, b: a + b,
    arith.SubiOp: lambda _, a, b: a - b,
    arith.MuliOp: lambda _, a, b: a * b,
    arith.DivSIOp: _divide_int,
    arith.RemSIOp: lambda op, a, b: a - b * _divide_int(op, a, b),
    arith.DivUIOp: lambda _, a, b: (a % 2**64) // (b % 2**64),
    arith.RemUIOp: lambda _, a, b: (a % 2**64) % (b % 2**64),
    arith.FloorDivSIOp: lambda _, a, b: a // b,
    arith.AndIOp: lambda _, a, b: a & b,
    arith.OrIOp: lambda _, a, b: a | b,
    arith.XOrIOp: lambda _, a, b: a ^ b,
    arith.ShLIOp: _shift,
    arith.ShRSIOp: _shift_right,
    arith.MaxSIOp: lambda _, a, b: max(a, b),
    arith.MinSIOp: lambda _, a, b: min(a, b),
    arith.CmpiOp: _compare_int,
    arith.CmpfOp: _compare_float,
    arith.SelectOp: lambda _, c, a, b: a if c else b,
    arith.AddfOp: lambda _, a, b: a + b,
    arith.SubfOp: lambda _, a, b: a - b,
    arith.MulfOp: lambda _, a, b: a * b,
    arith.DivfOp: _divide,
    arith.NegfOp: lambda _, a: -a,
    arith.MaximumfOp: _maximum,
    arith.MinimumfOp: _minimum,
    arith.ExtUIOp: _extend,
    arith.ExtSIOp: _sign_extend,
    arith.TruncIOp: lambda _, a: a,
    arith.SIToFPOp: lambda _, a: -float(a) if isinstance(a, bool) else float(a),
    arith.UIToFPOp: lambda _, a: float(a) if isinstance(a, bool) else float(a % 2**64),
    arith.FPToSIOp: _to_int,
    math_dialect.AbsFOp: _unary(abs),
    math_dialect.AbsIOp: lambda _, a: abs(a),
    math_dialect.SqrtOp: _unary(math.sqrt),
    math_dialect.ExpOp: _unary(math.exp),
    math_dialect.LogOp: _unary(math.log),
    math_dialect.SinOp: _unary(math.sin),
    math_dialect.CosOp: _unary(math.cos),
    math_dialect.TanhOp: _unary(math.tanh),
    math_dialect.FloorOp: lambda _, a: float(math.floor(a)),
    math_dialect.CeilOp: lambda _, a: float(math.ceil(a)),
    math_dialect.TruncOp: lambda _, a: float(math.trunc(a)),
    math_dialect.RoundEvenOp: lambda _, a: float(round(a)),
    math_dialect.PowFOp: _power,
}
