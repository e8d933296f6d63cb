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
FALLBACK = "v2"
"""The level for machines that have no other: few, so that its kernels are small where there are others beside it."""
