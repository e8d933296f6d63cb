"""Turns one ts.aten into kernels and scalar operations, as its declaration says.

`lower(op, operator)` puts the new operations before `op` and returns the values that take the place of its results; the
caller replaces and erases `op`. Operators that stay calls (Runtime, Intrinsic) return their own results.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.ir import Block, Region, SSAValue

from aotjit import types
from aotjit.diagnostics import CompileError
from aotjit.dtypes import DType
from aotjit.ir import ts
from aotjit.ops import bounds
from aotjit.ops.builder import Element, UnsupportedBodyError
from aotjit.ops.call import static_value
from aotjit.ops.complex_builder import ScalarBuilder
from aotjit.ops.declare import attributes_of, compute_of, operands_of, promotes_of, rounded_operands
from aotjit.ops.emitter import Emitter, element_dtype_of, element_ir_type
from aotjit.ops.infer import boolean, dtype_of, fresh, tensor, undecided, wrap
from aotjit.ops.numeric import compute_dtype
from aotjit.ops.opdef import (
    UNKNOWN,
    Contraction,
    Intrinsic,
    Operator,
    Pointwise,
    Reduction,
    Rewrite,
    Runtime,
    Scalar,
)
from aotjit.ops.reduction import reduced_dtype
from aotjit.types import ListType, TensorType


def lower(op: ts.AtenOp, operator: Operator) -> Sequence[SSAValue]:
    """The values of the results of `op`, made by what its lowering asks for."""
    lowering = operator.lowering
    if isinstance(lowering, Runtime) and lowering.symbol in _REAL_ONLY:
        _refuse_complex(op, operator)
    if isinstance(lowering, Runtime | Intrinsic):
        return list(op.outputs)
    emit = Emitter(op, operator, lower)
    try:
        if isinstance(lowering, Pointwise):
            return [_pointwise(emit, lowering)]
        if isinstance(lowering, Reduction):
            return [_reduction(emit, lowering)]
        if isinstance(lowering, Contraction):
            return [_contraction(emit, lowering)]
        if isinstance(lowering, Scalar):
            return [emit.scalar(lowering.body, list(op.arguments), emit.result_types[0])]
        if isinstance(lowering, Rewrite):
            names = [a.name for a in operator.schema.arguments]
            return list(lowering.build(emit, **dict(zip(names, op.arguments, strict=True))))
    except UnsupportedBodyError as problem:
        raise emit.error(f"{problem}: not compiled by this version of aotjit") from None
    raise CompileError.at(ts.span_of(op), f"internal error: {op.op.data} should have been expanded before")


_REAL_ONLY = frozenset({
    "aj_adaptive_avg_pool", "aj_adaptive_max_pool", "aj_avg_pool", "aj_cumprod", "aj_cumsum", "aj_flat_list",
    "aj_max_pool", "aj_max_pool_with_indices", "aj_random_bernoulli",
    "aj_random_chances", "aj_random_exponential", "aj_random_integers", "aj_random_normal", "aj_random_uniform",
    "aj_random_whole", "aj_resample", "aj_searchsorted", "aj_sort", "aj_topk",
})  # fmt: skip
"""C functions that compute with elements; the others only move them."""


def _refuse_complex(op: ts.AtenOp, operator: Operator) -> None:
    for value in op.arguments:
        t = ts.type_of(value)
        if isinstance(t, TensorType) and t.dtype is not None and t.dtype.is_complex:
            message = f"{operator.schema.name}: not compiled for {t.dtype} tensors by this version of aotjit"
            raise CompileError.at(ts.span_of(op), message)


# -- pointwise --------------------------------------------------------------------------------------------------------


def present(emit: Emitter, name: str, value: SSAValue) -> SSAValue | None:
    """An operand, or None where an optional one is None."""
    return emit.present(name, value)


def _pointwise(emit: Emitter, lowering: Pointwise) -> SSAValue:
    schema = emit.operator.schema
    by_name = dict(zip((a.name for a in schema.arguments), emit.at.arguments, strict=True))
    for name in undecided(emit.arguments, promotes_of(schema, lowering)):
        (by_name[name],) = emit.aten("aotjit::with_dims", by_name[name])
    operands = {n: present(emit, n, by_name[n]) for n in operands_of(schema)}
    _test_numbers(emit, lowering, operands)
    attributes = {n: _attribute(emit, n) for n in attributes_of(schema)}
    tensors = [v for v in operands.values() if v is not None and isinstance(ts.type_of(v), TensorType)]
    numbers = [
        v for v in operands.values()
        if v is not None and not isinstance(ts.type_of(v), TensorType) and static_value(v) is UNKNOWN
    ]  # fmt: skip
    kernel = _Kernel(tensors, [(v, emit.kernel_scalars(v)) for v in numbers])
    dtype = compute_of(emit.arguments, lowering)
    rounded = rounded_operands(lowering, dtype, {n: _rank(v) for n, v in operands.items() if v is not None})
    elements = [
        _operand(kernel, v, None if n in lowering.keep else compute_dtype(dtype), dtype if n in rounded else None)
        for n, v in operands.items()
    ]
    result_type = tensor(emit.result_types[0])
    writes = schema.arguments[0].writes
    stored = dtype_of(emit.arguments, "self") if writes else result_type.dtype
    assert stored is not None
    result = lowering.body(kernel.build, *elements, **attributes)
    outs = [by_name["self"]] if writes else []
    op = ts.GenericOp("pointwise", tensors, kernel.scalars, [result_type], kernel.finish(result, stored), outs)
    emit.insert(op)
    return op.outputs[0]


def _test_numbers(emit: Emitter, lowering: Pointwise, operands: dict[str, SSAValue | None]) -> None:
    """Numbers that torch refuses where they are no elements pass a test on their way into the kernel."""
    dtype = compute_of(emit.arguments, lowering)
    exponent = operands.get(lowering.exponent or "")
    if exponent is not None and ts.type_of(exponent) == types.INT and dtype.is_integral:
        known = static_value(exponent)
        if not isinstance(known, int) or known < 0:
            (operands[lowering.exponent or ""],) = emit.aten("aotjit::whole_exponent", exponent)
    for name, rule in lowering.fits.items():
        number = operands[name]
        if number is not None and name == lowering.zero_dim:
            number = _item(emit, number, rule(dtype))
        if number is not None and not isinstance(ts.type_of(number), TensorType):
            operands[name] = emit.fitting(number, rule(dtype))


def _item(emit: Emitter, value: SSAValue, target: DType | None) -> SSAValue:
    """The number in a 0-dim tensor, where it may not fit; else the tensor."""
    source = ts.type_of(value)
    if not isinstance(source, TensorType) or source.dtype is None or not bounds.narrows(source.dtype, target):
        return value
    return emit.aten("Float.Tensor" if source.dtype.is_floating else "Int.Tensor", value)[0]


def _attribute(emit: Emitter, name: str) -> object:
    value = emit.arguments.constant(name)
    if value is UNKNOWN:
        raise emit.error(f"'{name}' must be known at compile time", "write a literal")
    return value


class _Kernel:
    """A body under construction: one block argument for each tensor and each run-time number, two for a complex one."""

    def __init__(self, tensors: Sequence[SSAValue], numbers: Sequence[tuple[SSAValue, Sequence[SSAValue]]]) -> None:
        self.scalars = [s for _, scalars in numbers for s in scalars]
        self.block = Block(arg_types=[element_ir_type(v) for v in (*tensors, *self.scalars)])
        self.build = ScalarBuilder(self.block.add_op)
        free = list(self.block.args)
        counts = [*((v, 1) for v in tensors), *((v, len(scalars)) for v, scalars in numbers)]
        self._free = [(v, [free.pop(0) for _ in range(count)]) for v, count in counts]

    def element(self, value: SSAValue) -> Element:
        """The element of an operand; each block argument is given out once."""
        at = next((i for i, (v, _) in enumerate(self._free) if v is value), None)
        if at is None:
            known = static_value(value)
            assert isinstance(known, bool | int | float | complex)
            return Element(self.build, element_dtype_of(value), None, known)
        _, arguments = self._free.pop(at)
        if len(arguments) == 2:
            return self.build.complex(*(Element(self.build, DType.F64, a, None) for a in arguments))
        return Element(self.build, element_dtype_of(value), arguments[0], None)

    def finish(self, result: Element, dtype: DType) -> Region:
        self.block.add_op(ts.YieldOp([self.build.convert(result, dtype).value]))
        return Region([self.block])


def _rank(value: SSAValue) -> int | None:
    t = ts.type_of(value)
    return t.rank if isinstance(t, TensorType) else 0


def _operand(kernel: _Kernel, value: SSAValue | None, dtype: DType | None, through: DType | None) -> Element | None:
    """An element of `dtype`, converted by way of `through`; of its own type without."""
    if value is None:
        return None
    element = kernel.element(value)
    if dtype is None or through is element.dtype:
        return element if dtype is None else kernel.build.convert(element, dtype)
    if element.constant is not None and isinstance(element.constant, bool | int | float):
        known = element.constant if through is None else bounds.rounded(element.constant, through)
        return kernel.build.convert(Element(kernel.build, element.dtype, None, known), dtype)
    return kernel.build.convert(element if through is None else kernel.build.convert(element, through), dtype)


# -- reductions -------------------------------------------------------------------------------------------------------

_BOOL_COMBINERS = {"max": "or", "min": "and", "add": "or", "mul": "and"}


def _reduction(emit: Emitter, lowering: Reduction) -> SSAValue:
    args = emit.arguments
    (source,) = (v for v, a in zip(emit.at.arguments, emit.operator.schema.arguments, strict=True) if a.name == "self")
    target = reduced_dtype(args, lowering)
    folded = DType.BOOL if lowering.result == "bool" else compute_dtype(target)
    combiner = _BOOL_COMBINERS.get(lowering.combiner, lowering.combiner) if folded is DType.BOOL else lowering.combiner
    block = Block(arg_types=[element_ir_type(source)])
    build = ScalarBuilder(block.add_op)
    element = Element(build, element_dtype_of(source), block.args[0], None)
    mapped = build.convert(element if lowering.body is None else lowering.body(build, element), folded)
    if folded.is_complex and combiner != "add":
        raise emit.error(f"not compiled for {folded} tensors by this version of aotjit")
    parts = build.parts(mapped) if folded.is_complex else (mapped,)
    block.add_op(ts.YieldOp([part.value for part in parts]))
    dims, dynamic = _reduction_dims(emit)
    result_type = tensor(emit.result_types[0])
    op = ts.GenericOp(
        "reduction", [source], [], [*fresh(folded.part, result_type.dims)] * len(parts), Region([block]),
        combiners=[combiner] * len(parts), dims=dims, keepdim=boolean(args, "keepdim"), dynamic_dims=dynamic,
    )  # fmt: skip
    emit.insert(op)
    total: SSAValue = op.outputs[0]
    if folded.is_complex:  # the sums of the parts are parts of the sum
        t = TensorType(folded, result_type.dims, contiguous=True)
        total = emit.generic(op.outputs, t, lambda b, re, im: b.complex(re, im))
    if lowering.result == "mean":
        return _divided(emit, source, total, result_type)
    return total if folded is target else emit.converted(total, target)


def _reduction_dims(emit: Emitter) -> tuple[list[int] | None, list[SSAValue]]:
    """The constant dims (None for all), or a list that holds them at run time."""
    args = emit.arguments
    if not args.has("dim"):
        return None, []
    known = args.constant("dim")
    rank = tensor(args.type("self")).rank
    if isinstance(known, int):
        known = [known]
    if known is None or known == [] or rank == 0:
        return None, []
    if isinstance(known, list) and all(isinstance(d, int) for d in known):
        return [d if rank is None else wrap(args, d, rank) or 0 for d in known], []
    value = present(emit, "dim", emit.at.arguments[args.index("dim")])
    assert value is not None
    if isinstance(ts.type_of(value), ListType):
        return None, [value]
    return None, [emit.insert(ts.ListOp([value], ListType(types.INT))).results[0]]


def _divided(emit: Emitter, source: SSAValue, total: SSAValue, t: TensorType) -> SSAValue:
    """The mean: the total divided by how many elements went into each."""
    all_elements, results = (emit.aten("numel", v)[0] for v in (_same_size(source), total))

    def count(b: ScalarBuilder, n: Element, m: Element) -> Element:
        at_least_one = b.select(m > 0, m, 1)
        return b.real(b.emit(_divide(n, at_least_one), DType.I64))

    number = emit.scalar(count, [all_elements, results], types.FLOAT)
    return emit.generic([total], t, lambda b, x, n: x / b.convert(n, x.dtype), [number])


def _same_size(value: SSAValue) -> SSAValue:
    """A tensor of the same shape that is there anyway: what is computed element by element from one tensor need not be
    kept for its size."""
    maker = value.owner
    while isinstance(maker, ts.GenericOp) and maker.kind.data == "pointwise" and len(set(maker.inputs)) == 1:
        value = maker.inputs[0]
        maker = value.owner
    return value


def _divide(a: Element, b: Element) -> Any:
    from xdsl.dialects import arith

    return arith.DivUIOp(a.value, b.value)


# -- products ---------------------------------------------------------------------------------------------------------

_PRODUCT_DTYPES = {
    **dict.fromkeys((DType.F16, DType.BF16), DType.F32),
    **dict.fromkeys((DType.U8, DType.I8, DType.I16), DType.I32),
}
"""What products of narrow elements are summed in. Integers wrap, so that the sum is the wider one, cut off."""


def _contraction(emit: Emitter, lowering: Contraction) -> SSAValue:
    by_name: dict[str, SSAValue] = dict(
        zip((a.name for a in emit.operator.schema.arguments), emit.at.arguments, strict=True)
    )
    a, b = by_name[lowering.a], by_name[lowering.b]
    t = tensor(emit.result_types[0])
    assert t.dtype is not None
    if t.dtype.is_complex:
        return _complex_product(emit, a, b, t)
    wide = _PRODUCT_DTYPES.get(t.dtype)
    if wide is None:
        op = ts.MatmulOp(a, b, t)
        emit.insert(op)
        return op.result
    op = ts.MatmulOp(emit.converted(a, wide), emit.converted(b, wide), TensorType(wide, t.dims, contiguous=True))
    emit.insert(op)
    return emit.converted(op.result, t.dtype)


def _complex_product(emit: Emitter, a: SSAValue, b: SSAValue, t: TensorType) -> SSAValue:
    """One real product: rows of A as they lie in memory (re, im, re, im ...) times a matrix that has, for each row of
    B, that row and the row times i, gives rows of C as they lie in memory."""
    last, before = emit.constant(-1), emit.constant(-2)
    assert t.dtype is not None
    (rows,) = emit.aten("aotjit::contiguous", a)
    (rows,) = emit.aten("flatten.using_ints", *emit.aten("view_as_real", rows), before, last)
    dims = tensor(ts.type_of(b)).dims
    turned = TensorType(t.dtype, dims, contiguous=True)
    kernels = [
        emit.generic([b], turned, lambda build, x: x),
        emit.generic([b], turned, lambda build, x: build.complex(-build.im(x), build.re(x))),
    ]
    pairs = [emit.aten("view_as_real", v)[0] for v in kernels]
    both = emit.insert(ts.ListOp(pairs, ListType(ts.type_of(pairs[0])))).results[0]
    (columns,) = emit.aten("stack", both, emit.constant(-3))  # [k, 2, n, 2]
    (columns,) = emit.aten("flatten.using_ints", columns, before, last)
    (columns,) = emit.aten("flatten.using_ints", columns, emit.constant(-3), before)
    (width,) = emit.aten("size.int", b, last)
    n = None if t.dims is None else t.dims[-1]
    wide = None if t.dims is None else (*t.dims[:-1], 2 * n if isinstance(n, int) else None)
    op = ts.MatmulOp(rows, columns, TensorType(t.dtype.part, wide, contiguous=True))
    emit.insert(op)
    sizes = emit.insert(ts.ListOp([width, emit.constant(2)], ListType(types.INT))).results[0]
    (result,) = emit.aten("view_as_complex", *emit.aten("unflatten.int", op.result, last, sizes))
    return emit.known(result, t)
