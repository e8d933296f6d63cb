"""Which tensor operations cannot fail (but for memory), as far as their types say."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from aotjit.dtypes import DType
from aotjit.ir import ts
from aotjit.ir.rewrite import NotConstant, blocks_of, constant_of
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Intrinsic, Runtime
from aotjit.passes.shapes import broadcasts_to
from aotjit.types import ListType, OptionalType, TensorType

DIVISIONS = (arith.DivSIOp, arith.RemSIOp, arith.FloorDivSIOp, arith.DivUIOp, arith.RemUIOp)
MATRIX_DTYPES = (DType.F32, DType.F64, DType.F16, DType.BF16, DType.I64)


def known_to_succeed(op: Operation) -> bool:
    """Inference has seen all that the operation could complain of."""
    if isinstance(op, ts.GenericOp):
        return _kernel(op)
    if isinstance(op, ts.MatmulOp):
        return _product(op)
    return isinstance(op, ts.AtenOp) and _operator(op)


def _tensor(value: SSAValue) -> TensorType | None:
    t = ts.type_of(value)
    return t if isinstance(t, TensorType) else None


def _static(value: SSAValue) -> bool:
    t = _tensor(value)
    return t is not None and t.dtype is not None and t.is_static


def _kernel(op: ts.GenericOp) -> bool:
    """Operands that fit each other, and no division of integers."""
    if op.outs or op.dynamic_dims or any(isinstance(o, DIVISIONS) for block in blocks_of(op) for o in block.ops):
        return False
    if op.kind.data != "pointwise":
        shapes = [t.dims for t in map(_tensor, op.inputs) if t is not None]
        return all(map(_static, op.inputs)) and all(d != 0 for dims in shapes for d in dims or ())
    if all(map(_static, op.inputs)):
        return True
    result = _tensor(op.outputs[0])
    return result is not None and all(broadcasts_to(ts.type_of(v), result) for v in op.inputs)


def _product(op: ts.MatmulOp) -> bool:
    a, b = _tensor(op.a), _tensor(op.b)
    if a is None or b is None or a.dims is None or b.dims is None or op.extras or a.dtype not in MATRIX_DTYPES:
        return False
    if op.window is not None:
        return a.is_static and b.is_static
    inner = a.dims[-1] is not None and a.dims[-1] == b.dims[-2]
    batches = all(x is not None and x == y for x, y in zip(a.dims[:-2], b.dims[:-2], strict=True))
    return inner and batches and a.dtype is b.dtype


def _operator(op: ts.AtenOp) -> bool:
    """Sizes and views of tensors with known dims, by constants."""
    operator = REGISTRY[op.op.data]
    if not isinstance(operator.lowering, Runtime | Intrinsic) or op.effects.data not in ("pure", "view"):
        return False
    tensors = [t for t in map(_tensor, op.arguments) if t is not None]
    if not tensors or any(isinstance(ts.type_of(r), ListType) for r in op.outputs):
        return False
    if op.effects.data == "pure":
        known = all(t.dims is not None for t in tensors)
    else:
        known = all(t.is_static for t in tensors) and all(map(_static, op.outputs))
    return known and all(map(_is_constant, (v for v in op.arguments if _tensor(v) is None)))


def _is_constant(value: SSAValue) -> bool:
    owner = value.owner
    if isinstance(owner, ts.SomeOp):
        return _is_constant(owner.operand)
    if isinstance(owner, ts.ListOp):
        return all(map(_is_constant, owner.elements))
    if isinstance(ts.type_of(value), OptionalType) and isinstance(owner, ts.NoneOp):
        return True
    return not isinstance(constant_of(value), NotConstant)
