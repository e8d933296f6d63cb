"""What passes do to IR, in single steps: give a value another type, put constants in place, erase, move blocks.

No greedy driver: passes walk the IR in order and say what they replace, so that each step is done a known number of
times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import cast

from xdsl.dialects import arith
from xdsl.dialects.builtin import ArrayAttr, Float64Type, FloatAttr, IntegerAttr, IntegerType, f64, i1, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue, SSAValues
from xdsl.traits import IsTerminator, MemoryEffect, MemoryEffectKind, NoMemoryEffect, RecursiveMemoryEffect

from aotjit import types
from aotjit.ir import ts

Constant = None | bool | int | float | complex | str
"""A compile-time scalar."""


def set_type(value: SSAValue, type: Attribute) -> None:
    """Gives `value` another type in place; its users must allow it."""
    value._type = type  # xDSL offers only replacing the value, which costs a walk over its uses


def replace(op: Operation, values: Sequence[SSAValue]) -> None:
    """Puts `values` in the place of the results of `op` and erases it."""
    for result, value in zip(op.results, values, strict=True):
        result.replace_all_uses_with(value)
    erase(op)


def erase(op: Operation) -> None:
    """Takes an operation without users out of its block, with all that is in it."""
    block = op.parent
    assert block is not None
    block.erase_op(op)


def splice_before(block: Block, at: Operation, arguments: Sequence[SSAValue]) -> Sequence[SSAValue]:
    """Moves the operations of `block` before `at`, with `arguments` for its arguments; the terminator is erased and its
    operands returned."""
    for argument, value in zip(block.args, arguments, strict=True):
        argument.replace_all_uses_with(value)
    terminator = block.last_op
    assert terminator is not None and at.parent is not None
    results = tuple(terminator.operands)
    erase(terminator)
    for op in list(block.ops):
        block.detach_op(op)
        at.parent.insert_op_before(op, at)
    return results


def copy_op(op: Operation, values: dict[SSAValue, SSAValue], relocate: Callable[[Operation], None]) -> Operation:
    """A copy of `op` with all in it: operands are looked up in `values`, which gets the results and block arguments.
    `relocate` is called on each copied operation. Definitions come before uses, so one pass does (xDSL's takes two)."""
    new = type(op).create(
        operands=[values.get(v, v) for v in op.operands],
        result_types=op.result_types,
        properties=op.properties,
        attributes=op.attributes,
        regions=[Region() for _ in op.regions],
    )
    relocate(new)
    for old_result, new_result in zip(op.results, new.results, strict=True):
        values[old_result] = new_result
    for old_region, new_region in zip(op.regions, new.regions, strict=True):
        for block in old_region.blocks:
            target = Block(arg_types=block.arg_types)
            new_region.add_block(target)
            values.update(zip(block.args, target.args, strict=True))
            for inner in block.ops:
                target.add_op(copy_op(inner, values, relocate))
    return new


def constant_op(value: Constant, t: types.Type) -> Operation:
    """The operation that makes `value` as a value of type `t`: int, float, complex, bool, str, None or an Optional."""
    if isinstance(t, types.OptionalType) or value is None:
        assert value is None
        return ts.NoneOp(t)
    if t == types.BOOL:
        return arith.ConstantOp(IntegerAttr(int(bool(value)), i1))
    if isinstance(value, str):
        return ts.StrOp(value)
    if t == types.COMPLEX:
        return complex_constant(complex(value))
    assert not isinstance(value, complex)
    if t == types.FLOAT:
        return arith.ConstantOp(FloatAttr(float(value), f64))
    return arith.ConstantOp(IntegerAttr(int(value), i64))


def complex_constant(value: complex) -> Operation:
    """The operation that makes a complex number. (The dialect takes a while to read.)"""
    from xdsl.dialects.complex import ConstantOp

    return ConstantOp.from_floats((value.real, value.imag), f64)


class NotConstant:
    """The value is not a compile-time constant."""


NOT_CONSTANT = NotConstant()


def constant_of(value: SSAValue) -> Constant | NotConstant:
    """What an arith.constant, complex.constant, ts.str or ts.none made, else NOT_CONSTANT."""
    owner = value.owner
    kind = type(owner)  # isinstance is slow for operations, whose base class is abstract
    if kind is arith.ConstantOp:
        return _attribute_value(cast(arith.ConstantOp, owner))
    if kind is ts.StrOp:
        return cast(ts.StrOp, owner).value.data
    if kind is ts.NoneOp:
        return None
    if isinstance(owner, Operation) and owner.name == "complex.constant":
        return _complex_value(owner)
    return NOT_CONSTANT


def _complex_value(op: Operation) -> complex:
    parts = op.properties["value"]
    assert isinstance(parts, ArrayAttr)
    re, im = (float(part.value.data) for part in parts if isinstance(part, FloatAttr))
    return complex(re, im)


def _attribute_value(op: arith.ConstantOp) -> Constant | NotConstant:
    attribute = op.value
    if isinstance(attribute, FloatAttr):
        return float(attribute.value.data) if isinstance(attribute.type, Float64Type) else NOT_CONSTANT
    if isinstance(attribute, IntegerAttr) and isinstance(attribute.type, IntegerType):
        width = attribute.type.width.data
        number = int(attribute.value.data)
        if width == 1:
            return bool(number & 1)
        return number if width == 64 else NOT_CONSTANT
    return NOT_CONSTANT


def blocks_of(op: Operation) -> Iterator[Block]:
    """The blocks directly inside `op`."""
    for region in op.regions:
        yield from region.blocks


Kinds = frozenset[MemoryEffectKind]
NO_EFFECT: Kinds = frozenset()


def effect_kinds(op: Operation) -> Kinds | None:
    """The kinds of effects that the traits of `op` state; None when it states nothing, so that it may do anything."""
    traits = _effect_traits(type(op))
    if traits is None:
        return None
    kinds: set[MemoryEffectKind] = set()
    for trait in traits:
        if trait is RecursiveMemoryEffect:
            inner = [effect_kinds(child) for block in blocks_of(op) for child in block.ops]
            if any(k is None for k in inner):
                return None
            kinds.update(*(k for k in inner if k is not None))
            continue
        effects = trait.get_effects(op)
        if effects is None:
            return None
        kinds.update(effect.kind for effect in effects)
    return frozenset(kinds) if kinds else NO_EFFECT


@cache
def _effect_traits(kind: type[Operation]) -> tuple[type[MemoryEffect], ...] | None:
    """The traits that say something about effects (none: there are no effects), looked up once for each operation."""
    traits = [type(t) for t in kind.traits if isinstance(t, MemoryEffect)]
    if not traits:
        return None
    return tuple(t for t in traits if not issubclass(t, NoMemoryEffect))


def is_removable(op: Operation) -> bool:
    """Nobody misses `op` when its results are unused: it changes nothing."""
    if op.has_trait(IsTerminator):
        return False
    kinds = effect_kinds(op)
    return kinds is not None and MemoryEffectKind.WRITE not in kinds


def keep_results(op: Operation, kept: Sequence[int]) -> None:
    """Takes away all results of `op` but those at the indices `kept`; the others have no users."""
    results = [op.results[i] for i in kept]
    for index, result in enumerate(results):
        result.index = index
    op.results = SSAValues(results)


def keep_operands(op: Operation, kept: Sequence[int]) -> None:
    """Takes away all operands of `op` but those at the indices `kept`; `op` has no operand segments."""
    op.operands = [op.operands[i] for i in kept]


def keep_arguments(block: Block, kept: Sequence[int]) -> None:
    """Takes away all arguments of `block` but those at the indices `kept`; the others have no users."""
    for index, argument in reversed(list(enumerate(block.args))):
        if index not in kept:
            block.erase_arg(argument)
