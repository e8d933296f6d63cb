"""Kernels on numpy arrays: pointwise operations, reductions and products of matrices with what is fused into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Block, Operation, SSAValue

from aotjit import types
from aotjit.dtypes import DType
from aotjit.interp.elements import array_dtype, evaluate
from aotjit.ir import ts
from aotjit.ops.convolution import convolve
from aotjit.ops.numeric import check_writable, numpy_dtype, round_bf16
from aotjit.types import TensorType

Value = Any
Environment = dict[SSAValue, Value]


def _elements(value: Value, t: types.Type) -> Value:
    """A tensor's elements, or a scalar, as arrays that `evaluate` takes: uint8 read as int8."""
    if isinstance(t, TensorType):
        return value.view(np.int8) if t.dtype is DType.U8 else value
    return np.array(value, array_dtype(ts.ir_type(t)))


def _stored(array: Value, dtype: DType) -> Value:
    """The reverse of `_elements`."""
    return array.astype(np.int8).view(np.uint8) if dtype is DType.U8 else array.astype(numpy_dtype(dtype), copy=False)


def kernel(block: Block, arguments: Sequence[Value]) -> list[Value]:
    """What the body of a kernel yields for arrays of elements."""
    env: Environment = dict(zip(block.args, arguments, strict=True))
    with np.errstate(all="ignore"):
        for op in block.ops:
            if isinstance(op, ts.YieldOp):
                return [env[v] for v in op.values]
            env[op.results[0]] = evaluate(op, [env[v] for v in op.operands])
    return []


def _fold(combiner: str, x: Value, dims: tuple[int, ...], keepdim: bool) -> Value:
    if combiner in ("max", "min"):
        if any(x.shape[d] == 0 for d in dims):
            raise IndexError(f"{combiner}() of an empty tensor has no identity")
        return (np.max if combiner == "max" else np.min)(x, axis=dims, keepdims=keepdim)
    if combiner in ("and", "or"):
        return (np.all if combiner == "and" else np.any)(x, axis=dims, keepdims=keepdim)
    wide = x.astype(np.float64) if x.dtype.kind == "f" and combiner == "add" else x
    return (np.sum if combiner == "add" else np.prod)(wide, axis=dims, keepdims=keepdim, dtype=wide.dtype)


def _generic(op: ts.GenericOp, env: Environment) -> Sequence[Value]:
    inputs = [env[v] for v in op.inputs]
    shape = np.broadcast_shapes(*(x.shape for x in inputs))
    operands = [_elements(env[v], ts.type_of(v)) for v in (*op.inputs, *op.scalars)]
    computed = kernel(op.body.block, operands)
    yielded = [np.broadcast_to(y, shape) for y in computed]
    dtypes = [_dtype(v) for v in op.outputs]
    if op.kind.data == "reduction":
        dims = _reduced(op, env, len(shape))
        assert op.combiners is not None
        combiners = [c.data for c in op.combiners if isinstance(c, StringAttr)]
        return [
            np.array(_stored(np.asarray(_fold(c, _unsigned_view(y, d), dims, op.keepdim is not None)), d))
            for c, y, d in zip(combiners, yielded, dtypes, strict=True)
        ]
    if not op.outs:
        return [np.array(_stored(y, d), order="C") for y, d in zip(yielded, dtypes, strict=True)]
    outs = [env[v] for v in op.outs]
    for out, value in zip(outs, computed, strict=True):
        check_writable(out, inputs, np.ndim(value) == 0)
    for out, y, d in zip(outs, yielded, dtypes, strict=True):
        if out.shape != shape:
            raise RuntimeError(f"output with shape {list(out.shape)} doesn't match the broadcast shape {list(shape)}")
        out[...] = np.array(_stored(y, d))
    return outs


def _unsigned_view(x: Value, dtype: DType) -> Value:
    return np.ascontiguousarray(x).view(np.uint8) if dtype is DType.U8 else x


def _dtype(value: SSAValue) -> DType:
    t = ts.type_of(value)
    assert isinstance(t, TensorType) and t.dtype is not None
    return t.dtype


def _reduced(op: ts.GenericOp, env: Environment, rank: int) -> tuple[int, ...]:
    dims = env[op.dynamic_dims[0]] if op.dynamic_dims else op.reduced
    if dims is None or (op.dynamic_dims and not dims):
        return tuple(range(rank))
    for d in dims:
        if not -max(rank, 1) <= d < max(rank, 1):
            raise IndexError(f"dimension {d} is out of range for a tensor of rank {rank}")
    wrapped = tuple(d % rank for d in dims) if rank else ()
    if len(set(wrapped)) != len(wrapped):
        raise RuntimeError("a dim appears twice in the list of dims")
    return wrapped


def _matmul(op: ts.MatmulOp, env: Environment) -> Sequence[Value]:
    a, b = env[op.a], env[op.b]
    dtype, window = _dtype(op.result), op.convolution
    if window is None and (a.ndim not in (2, 3) or b.ndim not in (2, 3) or a.shape[-1] != b.shape[-2]):
        raise RuntimeError(f"shapes cannot be multiplied ({list(a.shape)} and {list(b.shape)})")
    with np.errstate(all="ignore"):
        wide = np.float64 if dtype.is_floating else np.int64
        left, right = a.astype(wide), b.astype(wide)
        total = np.matmul(left, right) if window is None else convolve(left, right, window)
        total = round_bf16(total) if dtype is DType.BF16 else total.astype(numpy_dtype(dtype))
    others = [_elements(env[v], ts.type_of(v)) for v in (*op.extras, *op.scalars)]
    (result,) = kernel(op.epilogue.block, [total, *others])
    return [np.array(_stored(np.broadcast_to(result, total.shape), dtype), order="C")]


KERNEL_HANDLERS: dict[type[Operation], Callable[[Any, Environment], Sequence[Value]]] = {
    ts.GenericOp: _generic,
    ts.MatmulOp: _matmul,
}
