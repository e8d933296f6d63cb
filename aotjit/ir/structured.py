"""Structured tensor operations: a loop nest with a body of scalar operations (`ts.generic`), a matrix product with an
epilogue (`ts.matmul`)."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, StringAttr, UnitAttr, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
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
from xdsl.traits import EffectInstance, IsTerminator, MemoryEffect, NoMemoryEffect

from aotjit import types
from aotjit.ir.effects import EFFECTS, ReadsMemory
from aotjit.ir.values import ValueType, element_type, ir_type
from aotjit.ir.window import Window


class WritesOuts(MemoryEffect):
    """Reads; writes too when there are `outs` operands."""

    @classmethod
    def get_effects(cls, op: Operation) -> frozenset[EffectInstance]:
        return EFFECTS["write" if isinstance(op, GenericOp) and op.outs else "read"]


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

    With a `window` (aotjit.ir.window) it is a convolution: A is an image [N, C, spatial...] or [C, spatial...] whose
    patches are multiplied with the weight B, and C is the result [N, O, spatial...].
    """

    name = "ts.matmul"
    a = operand_def(ValueType)
    b = operand_def(ValueType)
    extras = var_operand_def()
    scalars = var_operand_def()
    packed = opt_prop_def(StringAttr)
    window = opt_prop_def(DenseArrayBase)
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
        window: Window | None = None,
    ) -> None:
        if epilogue is None:
            assert t.dtype is not None
            block = Block(arg_types=[element_type(t.dtype)])
            block.add_op(YieldOp([block.args[0]]))
            epilogue = Region([block])
        properties: dict[str, Attribute] = {}
        if window is not None:
            properties["window"] = DenseArrayBase.from_list(i64, window.numbers())
        super().__init__(
            operands=[a, b, extras, scalars], properties=properties, result_types=[ir_type(t)], regions=[epilogue]
        )

    @property
    def convolution(self) -> Window | None:
        """How the window moves, where this is a convolution."""
        return None if self.window is None else Window.of([int(n) for n in self.window.iter_values()])


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Ends the body of ts.generic and the epilogue of ts.matmul."""

    name = "ts.yield"
    values = var_operand_def()
    traits = traits_def(IsTerminator(), NoMemoryEffect())

    def __init__(self, values: Sequence[SSAValue]) -> None:
        super().__init__(operands=[values])
