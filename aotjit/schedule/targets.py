"""Facts about the x86-64 ISA levels that schedules depend on, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One ISA level. `cpu` is LLVM's name; caches are the sizes blocking aims at, in bytes."""

    level: str
    cpu: str
    vector_bits: int
    registers: int
    fma: bool
    l1_bytes: int = 32 * 1024
    l2_bytes: int = 512 * 1024

    def lanes(self, element_bytes: int) -> int:
        """Elements in one vector register."""
        return self.vector_bits // (8 * element_bytes)


TARGETS: dict[str, Target] = {
    t.level: t
    for t in (
        Target("v2", "x86-64-v2", 128, 16, fma=False),
        Target("v3", "x86-64-v3", 256, 16, fma=True),
        Target("v4", "x86-64-v4", 512, 32, fma=True, l1_bytes=48 * 1024, l2_bytes=1024 * 1024),
    )
}


@dataclass(frozen=True)
class Tile:
    """The register tile of a matrix product: `rows` x (`vectors` registers of columns) accumulators."""

    rows: int
    vectors: int


def matmul_tile(target: Target) -> Tile:
    """The largest tile whose accumulators, one row of B and one broadcast element of A fit the registers."""
    return Tile(14, 2) if target.registers == 32 else Tile(6, 2)


@dataclass(frozen=True)
class Strip:
    """A product with few rows: `vectors` registers of columns at a time, `phases` steps of K in separate accumulators,
    so that independent multiply-adds cover their latency."""

    rows: int
    vectors: int
    phases: int


def matmul_strips(target: Target) -> tuple[Strip, Strip]:
    """For up to four rows, and for one."""
    if target.registers == 32:
        return Strip(4, 2, 2), Strip(1, 2, 4)
    whole_panel = 1024 // target.vector_bits
    return Strip(4, 2, 1), Strip(1, whole_panel, max(1, 8 // whole_panel))
