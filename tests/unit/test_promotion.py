"""torch.result_type, for every pair of element types and every kind of operand."""

from __future__ import annotations

import itertools

import pytest

from aotjit.dtypes import DType
from aotjit.ops.promotion import AmbiguousPromotionError, Operand, can_cast, result_type

torch = pytest.importorskip("torch")

DTYPES = [d for d in DType if d.value.text not in ("c64", "c128")]
NUMBERS = {DType.I64: 2, DType.F32: 2.5, DType.BOOL: True}


def torch_dtype(dtype: DType) -> torch.dtype:
    found = getattr(torch, dtype.value.torch)
    assert isinstance(found, torch.dtype)
    return found


@pytest.mark.parametrize("ranks", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_tensors(ranks: tuple[int, int]) -> None:
    for a, b in itertools.product(DTYPES, repeat=2):
        tensors = [torch.zeros((1,) * r, dtype=torch_dtype(d)) for r, d in zip(ranks, (a, b), strict=True)]
        ours = result_type([Operand(d, r) for d, r in zip((a, b), ranks, strict=True)])
        assert torch_dtype(ours) is torch.result_type(*tensors), f"{a} {b} {ranks}"


@pytest.mark.parametrize("rank", (0, 1))
def test_tensor_and_number(rank: int) -> None:
    for dtype, (kind, number) in itertools.product(DTYPES, NUMBERS.items()):
        ours = result_type([Operand(dtype, rank), Operand(kind, is_number=True)])
        assert torch_dtype(ours) is torch.result_type(torch.zeros((1,) * rank, dtype=torch_dtype(dtype)), number)


def test_unknown_rank() -> None:
    assert result_type([Operand(DType.F32), Operand(DType.F32)]) is DType.F32
    assert result_type([Operand(DType.F32), Operand(DType.I64, 1)]) is DType.F32
    with pytest.raises(AmbiguousPromotionError) as found:
        result_type([Operand(DType.F32), Operand(DType.F64)])
    assert set(found.value.dtypes) == {DType.F32, DType.F64}


def test_can_cast() -> None:
    for a, b in itertools.product(DTYPES, repeat=2):
        assert can_cast(a, b) == torch.can_cast(torch_dtype(a), torch_dtype(b))
