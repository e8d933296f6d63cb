"""How matrix products are cut up on each target: register tiles, blocks for the caches."""

from __future__ import annotations

from dataclasses import dataclass

from aotjit.schedule.targets import Target

SWAPPED_COLUMNS = 4
"""Up to so many columns the runtime may compute C^T = B^T A^T instead (FEW_COLUMNS of runtime/matmul.c)."""


@dataclass(frozen=True)
class PackedTile:
    """The register tile of large products: `rows` x `vectors` registers of accumulators, A packed as [k][rows].

    `memory_rows` rows take their element of A twice from memory, as an operand of the multiply-add, instead of once
    into a register: fewer instructions, more loads. `prefetch`: rows of B's panel that are fetched ahead.
    """

    rows: int
    vectors: int
    unroll: int
    memory_rows: int
    prefetch: int


@dataclass(frozen=True)
class Tile:
    """A register tile of up to `rows` rows of A as they lie, `phases` steps of K in separate accumulators, so that
    independent multiply-adds cover their latency."""

    rows: int
    vectors: int
    phases: int = 1


@dataclass(frozen=True)
class Dot:
    """Scalar products of up to `rows` rows and `columns` columns at a time."""

    rows: int
    columns: int


@dataclass(frozen=True)
class MatmulSchedule:
    """`tiles` and `dots` by rows, descending.

    A block of B is at most `block_k` rows and `block_bytes` large: a panel of A of that many steps stays in L1 while
    the block passes through, the block in L2. A is packed for `packing_columns` columns or more. B is packed when A has
    more than `in_place_rows` rows and B's are more than `in_place_bytes` apart, else it costs more than it saves (few
    rows of A then meet `in_place_k` rows of B at a time, each of which the processor fetches as one stream); when B's
    columns are contiguous, unless A has `dot_rows` rows or fewer: then dots need no packing.
    """

    packed: PackedTile
    tiles: tuple[Tile, ...]
    dots: tuple[Dot, ...]
    block_k: int
    block_bytes: int
    packing_columns: int
    in_place_rows: int
    in_place_bytes: int
    in_place_k: int
    dot_rows: int


_WIDE = MatmulSchedule(
    PackedTile(14, 2, unroll=2, memory_rows=7, prefetch=8),
    (Tile(8, 2), Tile(4, 2, phases=2), Tile(1, 2, phases=4)),
    (Dot(4, 4), Dot(1, 8)),
    block_k=256,
    block_bytes=1024 * 1024,
    packing_columns=64,
    in_place_rows=40,
    in_place_bytes=2048,
    in_place_k=32,
    dot_rows=8,
)


def _narrow(whole_panel: int) -> MatmulSchedule:
    return MatmulSchedule(
        PackedTile(6, 2, unroll=2, memory_rows=0, prefetch=8),
        (Tile(4, 2), Tile(1, whole_panel, phases=max(1, 8 // whole_panel))),
        (Dot(2, 4), Dot(1, 8)),
        block_k=256,
        block_bytes=256 * 1024,
        packing_columns=64,
        in_place_rows=24,
        in_place_bytes=2048,
        in_place_k=32,
        dot_rows=4,
    )


def matmul_schedule(target: Target) -> MatmulSchedule:
    """The packed tile is the largest that fits the registers: its accumulators, one row of B and one element of A."""
    return _WIDE if target.registers == 32 else _narrow(1024 // target.vector_bits)
