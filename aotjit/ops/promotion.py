"""torch.result_type over facts: which dtype a mixed operation computes in.

Operands fall into three ranks of priority: tensors with dims, 0-dim tensors, plain numbers. A lower one changes the
dtype only when its category (bool < integral < floating < complex) is higher.
https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from aotjit import types
from aotjit.dtypes import DEFAULT_DTYPE, Category, DType, promote

NUMBER_DTYPES: dict[types.Type, DType] = {
    types.INT: DType.I64, types.FLOAT: DEFAULT_DTYPE, types.COMPLEX: DType.C64, types.BOOL: DType.BOOL
}  # fmt: skip


@dataclass(frozen=True)
class Operand:
    """One operand: a tensor of `dtype` and perhaps known rank, or a plain number (`is_number`)."""

    dtype: DType
    rank: int | None = None
    is_number: bool = False

    @property
    def priorities(self) -> tuple[int, ...]:
        """The priorities it may have: 0 with dims, 1 a 0-dim tensor, 2 a number."""
        if self.is_number:
            return (2,)
        return (0, 1) if self.rank is None else (0 if self.rank else 1,)


class AmbiguousPromotionError(Exception):
    """The result depends on whether tensors of unknown rank have dims; `dtypes` are the possible results."""

    def __init__(self, dtypes: Sequence[DType]) -> None:
        super().__init__(" or ".join(map(str, dtypes)))
        self.dtypes = tuple(dtypes)


def result_type(operands: Sequence[Operand]) -> DType:
    """The dtype that torch computes in. Raises AmbiguousPromotionError where unknown ranks leave it open."""
    found: list[DType] = []
    for priorities in itertools.product(*(o.priorities for o in operands)):
        by_priority: list[DType | None] = [None, None, None]
        for operand, priority in zip(operands, priorities, strict=True):
            held = by_priority[priority]
            by_priority[priority] = operand.dtype if held is None else promote(held, operand.dtype)
        result = _combine(by_priority[0], _combine(by_priority[1], by_priority[2]))
        if result is not None and result not in found:
            found.append(result)
    if len(found) != 1:
        raise AmbiguousPromotionError(found)
    return found[0]


def _combine(higher: DType | None, lower: DType | None) -> DType | None:
    if higher is None or lower is None:
        return lower if higher is None else higher
    if higher.category >= Category.FLOATING and lower.category is Category.COMPLEX:
        return higher if higher.category is Category.COMPLEX else promote(higher, DType.C64)
    return promote(higher, lower) if lower.category > higher.category else higher


def can_cast(source: DType, target: DType) -> bool:
    """torch.can_cast: may a result of `source` be stored in a tensor of `target`?"""
    return source.category <= target.category
