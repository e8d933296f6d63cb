"""hash and id: the numbers that torch.jit gives, which are those of libstdc++'s std::hash (MurmurHash2's 64-bit form,
A. Appleby) joined as boost::hash_combine does."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from aotjit.ops.declare import operator
from aotjit.ops.opdef import Composite, Lowering, Runtime

_WORD = (1 << 64) - 1
_SEED, _FACTOR, _SHIFT = 0xC70F6907, 0xC6A4A7935BD1E995, 47


def _function(text: str, reference: Callable[..., Any], lowering: Lowering) -> None:
    operator(f"aotjit::{text}", reference=reference, lowering=lowering, effects="pure")


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


def _mixed(word: int) -> int:
    return word ^ word >> _SHIFT


def _of_bytes(data: bytes) -> int:
    total = _SEED ^ len(data) * _FACTOR & _WORD
    whole = len(data) & ~7
    for at in range(0, whole, 8):
        part = _mixed(int.from_bytes(data[at : at + 8], "little") * _FACTOR & _WORD) * _FACTOR & _WORD
        total = (total ^ part) * _FACTOR & _WORD
    if len(data) > whole:
        total = (total ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _WORD
    return _signed(_mixed(_mixed(total) * _FACTOR & _WORD))


def _joined(seed: int, value: int) -> int:
    word = seed & _WORD
    return _signed(word ^ (value + 0x9E3779B9 + (word << 6) + (word >> 2)) & _WORD)


_function("hash_float(float x) -> int", lambda x: 0 if x == 0 else _of_bytes(struct.pack("<d", x)),
          Runtime("aj_hash_float"))  # fmt: skip
_function("hash_str(str s) -> int", lambda s: _of_bytes(s.encode()), Runtime("aj_hash_str"))
_function("hash_join(int seed, int value) -> int", _joined, Composite(f"""
def hash_join(seed: int, value: int):
    return seed ^ (value + {0x9E3779B9} + (seed << 6) + ((seed >> 2) & {_WORD >> 2}))
"""))  # fmt: skip
_function("address(t x) -> int", id, Runtime("aj_address"))
_function("hash_tensor(Tensor x) -> int", id, Runtime("aj_address", words=("x",)))
