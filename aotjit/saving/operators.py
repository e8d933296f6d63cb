"""Single operations as expressions of an archive's code."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, IntegerType
from xdsl.ir import Operation

from aotjit.diagnostics import UsageError
from aotjit.ir.rewrite import constant_of
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Argument, Composite, Operator
from aotjit.saving.types import literal

_SCALAR: Mapping[type[Operation], str] = {
    arith.AddiOp: "torch.add({0}, {1})", arith.SubiOp: "torch.sub({0}, {1})", arith.MuliOp: "torch.mul({0}, {1})",
    arith.AddfOp: "torch.add({0}, {1})", arith.SubfOp: "torch.sub({0}, {1})", arith.MulfOp: "torch.mul({0}, {1})",
    arith.DivfOp: "torch.div({0}, {1})", arith.NegfOp: "torch.neg({0})", arith.SIToFPOp: "float({0})",
    arith.FPToSIOp: "int({0})", arith.ShLIOp: "torch.__lshift__({0}, {1})", arith.ShRSIOp: "torch.__rshift__({0}, {1})",
    arith.MaxSIOp: "ops.prim.max({0}, {1})", arith.MinSIOp: "ops.prim.min({0}, {1})",
    arith.AndIOp: "torch.__and__({0}, {1})", arith.OrIOp: "torch.__or__({0}, {1})",
    arith.XOrIOp: "torch.__xor__({0}, {1})", arith.ExtUIOp: "int({0})",
    arith.FloorDivSIOp: "torch.floordiv({0}, {1})", arith.UIToFPOp: "float(int({0}))",
    # What has 32 bits is held in 64: cutting is done when it is extended again.
    arith.TruncIOp: "{0}",
    arith.ExtSIOp: "torch.sub(torch.__and__(torch.add({0}, 2147483648), 4294967295), 2147483648)",
}  # fmt: skip
_INT_PREDICATES = ("eq", "ne", "lt", "le", "gt", "ge")
_FLOAT_PREDICATES = {1: "eq", 2: "gt", 3: "ge", 4: "lt", 5: "le", 13: "ne"}
_CONVERSIONS = {"Int": "int", "Float": "float", "Complex": "complex", "Bool": "bool"}
_OWN = {
    "aotjit::Float.complex": "float({0})", "aotjit::Int.complex": "int({0})",
    "aotjit::float_fixed": 'torch.percentFormat("%f", {0})',
    "aotjit::float_scientific": 'torch.percentFormat("%e", {0})',
    **dict.fromkeys(("aotjit::hash_float", "aotjit::hash_str", "aotjit::hash_tensor"), "torch.hash({0})"),
    "aotjit::address": "ops.prim.id({0})",
    "aotjit::set_": "torch.copy_({0}, torch.tensor({1}, dtype=ops.prim.dtype({0})))",
    "aotjit::__contains__.str": "torch.ge(torch.find({0}, {1}), 0)",
}
"""The operators of aotjit that sema itself calls; the others belong to later stages."""


def constant_value(op: arith.ConstantOp) -> int | float:
    """An int, float or bool."""
    value = op.value
    if isinstance(value, IntegerAttr):
        is_bool = isinstance(value.type, IntegerType) and value.type.width.data == 1
        return bool(value.value.data) if is_bool else int(value.value.data)
    assert isinstance(value, FloatAttr)
    return float(value.value.data)


def scalar_text(op: Operation, operands: list[str]) -> str | None:
    """An operation on numbers and bools; None when it is none of them."""
    if op.name == "complex.constant":
        value = constant_of(op.results[0])
        assert isinstance(value, complex)
        return literal(value)
    if isinstance(op, arith.CmpiOp) and op.predicate.value.data < len(_INT_PREDICATES):
        return f"torch.{_INT_PREDICATES[op.predicate.value.data]}({', '.join(operands)})"
    if isinstance(op, arith.CmpfOp) and op.predicate.value.data in _FLOAT_PREDICATES:
        return f"torch.{_FLOAT_PREDICATES[op.predicate.value.data]}({', '.join(operands)})"
    template = _SCALAR.get(type(op))
    return None if template is None else template.format(*operands)


def operator_text(name: str, operands: list[str], given: Callable[[int], object]) -> str:
    """A call of the operator `name` with all arguments of its schema; `given(i)` is the constant that argument i is.
    Keyword-only arguments that say what is the default are left out, as torch does."""
    if name in _OWN:
        return _OWN[name].format(*operands)
    operator = REGISTRY[name]
    schema = operator.schema
    if schema.namespace not in ("aten", "prim"):
        raise UsageError(f"a program with {name} cannot be saved: torch has no such operator")
    if schema.namespace == "aten" and schema.name in _CONVERSIONS:
        return f"{_CONVERSIONS[schema.name]}({', '.join(operands)})"
    parts: list[str] = []
    by_name = False
    position = 0
    dropped = _dropped(operator)
    for argument in schema.arguments:
        if argument.name in dropped:
            if argument.required:
                parts.append("True")  # a permission to use a library
            by_name = by_name or not argument.required
            continue
        text, constant = operands[position], given(position)
        position += 1
        if argument.keyword_only or by_name:
            if argument.required or not _is_default(constant, argument):
                parts.append(f"{argument.name}={text}")
        else:
            parts.append(text)
    prefix = "torch" if schema.namespace == "aten" else f"ops.{schema.namespace}"
    return f"{prefix}.{schema.name}({', '.join(parts)})"


def _dropped(operator: Operator) -> tuple[str, ...]:
    """The arguments that calls in a program lack: the meaning does not depend on them."""
    return operator.lowering.drop if isinstance(operator.lowering, Composite) else ()


def _is_default(value: object, argument: Argument) -> bool:
    return value is not ... and type(value) is type(argument.default) and value == argument.default


VERSIONS: Mapping[str, int] = {"div": 4, "div_": 4, "full": 5, "linspace": 8, "logspace": 9, "gelu": 10, "gelu_": 10}
OLDEST = 3
"""What torch writes where no operator asks for more."""


def version_of(name: str) -> int:
    """The archive version from which on the operator means what it means today."""
    schema = REGISTRY[name].schema
    return VERSIONS.get(schema.name, OLDEST) if schema.namespace == "aten" else OLDEST
