"""What operations do to memory, as traits that generic passes ask for (the words are explained in ts.py)."""

from __future__ import annotations

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Operation
from xdsl.traits import EffectInstance, MemoryEffect, MemoryEffectKind

_READ = EffectInstance(MemoryEffectKind.READ)
_WRITE = EffectInstance(MemoryEffectKind.WRITE)
CALL_EFFECTS = "ts.effects"
"""The attribute with which a func.call states its effects; without it, it may do anything. "read" says too that the
results share no memory with the arguments."""
EFFECTS: dict[str, frozenset[EffectInstance]] = {
    "pure": frozenset(),
    "view": frozenset(),
    "read": frozenset({_READ}),
    "write": frozenset({_READ, _WRITE}),
    "io": frozenset({_READ, _WRITE}),
}


class StatedEffects(MemoryEffect):
    """Effects as the operation's own `effects` property states them."""

    @classmethod
    def get_effects(cls, op: Operation) -> frozenset[EffectInstance]:
        stated = op.properties["effects"]
        assert isinstance(stated, StringAttr)
        return EFFECTS[stated.data]


class ReadsMemory(MemoryEffect):
    @classmethod
    def get_effects(cls, op: Operation) -> frozenset[EffectInstance]:
        return EFFECTS["read"]


class WritesMemory(MemoryEffect):
    @classmethod
    def get_effects(cls, op: Operation) -> frozenset[EffectInstance]:
        return EFFECTS["write"]
