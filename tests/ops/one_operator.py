"""A program of one operator call, before and after lowering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Region, SSAValue

from aotjit import types
from aotjit.interp.interpreter import run
from aotjit.ir import ts
from aotjit.ir.rewrite import constant_op
from aotjit.ops.call import arguments_of
from aotjit.ops.lower import lower
from aotjit.ops.numeric import element_dtype
from aotjit.ops.opdef import Argument, Intrinsic, Operator, Runtime
from aotjit.program import Program
from aotjit.types import DictType, ListType, OptionalType, TensorType, TupleType, Type


def type_of_value(value: Any, declared: Type, erased: frozenset[str] = frozenset()) -> Type:
    """The language type of a sample value with all facts, those named in `erased` (rank, dims) left out."""
    if isinstance(value, np.ndarray):
        dims: tuple[types.Dim, ...] | None = value.shape
        if "rank" in erased:
            dims = None
        elif "dims" in erased:
            dims = tuple(None for _ in value.shape)
        return TensorType(element_dtype(value), dims, value.flags.c_contiguous and not erased)
    if isinstance(value, dict):
        assert isinstance(declared, DictType)
        held = [type_of_value(v, declared.value, erased) for v in value.values()]
        return DictType(declared.key, held[0] if held else types.INT)
    if isinstance(value, tuple):
        return TupleType(tuple(type_of_value(v, declared, erased) for v in value))
    if isinstance(value, list):
        inner = declared.element if isinstance(declared, OptionalType) else declared
        listed = inner.element if isinstance(inner, ListType) else inner
        kinds = [type_of_value(v, listed, erased) for v in value]
        element: Type = kinds[0] if kinds else types.INT if listed == types.SimpleType("t") else listed
        for k in kinds:
            joined = types.join(element, k)
            assert joined is not None
            element = joined
        return ListType(element)
    if value is None:
        return types.NONE
    return {bool: types.BOOL, int: types.INT, float: types.FLOAT, str: types.STR}[type(value)]


class OneOperator:
    """A func.func whose tensor arguments (and lists of tensors) are parameters, and its other arguments constants."""

    def __init__(self, operator: Operator, args: Sequence[Any], erased: frozenset[str] = frozenset()) -> None:
        self.operator = operator
        self.inputs: list[Any] = []
        self.block = Block()
        operands = [self._operand(a, v, erased) for a, v in zip(operator.schema.arguments, args, strict=True)]
        schema = operator.schema
        self.op = ts.AtenOp(schema.qualified, operands, schema.returns, operator.effects, operator.writes)
        self.block.add_op(self.op)
        self.arguments = arguments_of(self.op, operator)
        self.types = operator.infer(self.arguments)
        for output, t in zip(self.op.outputs, self.types, strict=True):
            output._type = ts.ir_type(t)

    def _operand(self, argument: Argument, value: Any, erased: frozenset[str]) -> SSAValue:
        if isinstance(value, str) and argument.type in (types.DEVICE, OptionalType(types.DEVICE)):
            return self._add(ts.DeviceOp(value))
        if value is None:
            return self._add(ts.NoneOp(argument.type))
        t = type_of_value(value, argument.type, erased)
        of_tuples = isinstance(t, ListType) and isinstance(t.element, TupleType)
        if _holds_tensor(t) or argument.writes or isinstance(t, DictType) or of_tuples:
            self.inputs.append(value)
            given = self.block.insert_arg(ts.ir_type(t), len(self.block.args))
        elif isinstance(t, ListType):
            given = self._literal(value, t)
        else:
            given = self._add(constant_op(value, t))
        if isinstance(argument.type, OptionalType):
            return self._add(ts.SomeOp(given, OptionalType(ts.type_of(given))))
        return given

    def _literal(self, value: list[Any], t: ListType) -> SSAValue:
        if isinstance(t.element, ListType):
            items = [self._literal(v, t.element) for v in value]
        else:
            items = [self._add(constant_op(v, t.element)) for v in value]
        return self._add(ts.ListOp(items, t))

    def _add(self, op: Any) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]  # type: ignore[no-any-return]

    def lowered(self) -> OneOperator:
        """Replaces the call by what it lowers to."""
        values = list(lower(self.op, self.operator))
        if not isinstance(self.operator.lowering, Runtime | Intrinsic):
            for result, value in zip(self.op.outputs, values, strict=True):
                result.replace_all_uses_with(value)
            self.block.erase_op(self.op)
        self.results = values
        return self

    def program(self) -> Program:
        """The finished program; results are returned as one value or a tuple."""
        values = list(getattr(self, "results", self.op.outputs))
        if len(values) != 1:
            values = [self._add(ts.TupleOp(values) if values else ts.NoneOp())]
        result = values[0]
        self.block.add_op(func.ReturnOp(result))
        function = func.FuncOp("f", ([a.type for a in self.block.args], [result.type]), Region([self.block]))
        return Program(ModuleOp([function]), ())

    def run(self, inputs: Sequence[Any] | None = None) -> Any:
        return run(self.program(), "f", self.inputs if inputs is None else inputs)


def _holds_tensor(t: Type) -> bool:
    return isinstance(t, TensorType) or (isinstance(t, ListType | OptionalType) and _holds_tensor(t.element))
