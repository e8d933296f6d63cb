"""Scalar operations that xDSL's `arith` and `math` dialects lack."""

from __future__ import annotations

from xdsl.dialects.builtin import AnyFloat
from xdsl.ir import Dialect, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.traits import Pure


@irdl_op_definition
class ErfcOp(IRDLOperation):
    """1 - erf(x), accurate where erf(x) is close to 1."""

    name = "ts_scalar.erfc"
    operand = operand_def(AnyFloat)
    result = result_def(AnyFloat)
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue) -> None:
        super().__init__(operands=[operand], result_types=[operand.type])


@irdl_op_definition
class RemfOp(IRDLOperation):
    """C's fmod (arith.remf)."""

    name = "ts_scalar.remf"
    lhs = operand_def(AnyFloat)
    rhs = operand_def(AnyFloat)
    result = result_def(AnyFloat)
    traits = traits_def(Pure())

    def __init__(self, lhs: SSAValue, rhs: SSAValue) -> None:
        super().__init__(operands=[lhs, rhs], result_types=[lhs.type])


SCALAR = Dialect("ts_scalar", [ErfcOp, RemfOp], [])
