"""Literals of lists and dicts that the program only reads, as `{"+": 1, "*": 2}` in a function: constants of the
library, immortal objects as string literals are. Nobody makes them, and nobody frees them."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir
from xdsl.ir import Operation, SSAValue

from aotjit import types
from aotjit.codegen.constants import ProgramContext, object_head, string_hash
from aotjit.codegen.dicts import constant_hash
from aotjit.codegen.function import HostFunction
from aotjit.codegen.layout import CHARACTER, DICT, I1, I32, I64, LIST, PTR
from aotjit.codegen.stack_lists import reference_mask
from aotjit.ir import ts
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Intrinsic, Runtime

LEAST_SLOTS = 8
"""Of a dict with entries, as in runtime/dict.c."""


def constant_list(f: HostFunction, op: ts.ListOp) -> ir.Value | None:
    """The list, where its elements are constants and nobody writes to it, keeps it or gives it away."""
    t = ts.type_of(op.result)
    assert isinstance(t, types.ListType)
    components = f.operands(op.elements)
    if not (op.elements and _are_constants(components) and all(map(_reads_list, _users(op.result)))):
        return None
    width, count = types.word_count(t.element), I64(len(op.elements))
    data = _words(f.module, components)
    fields = [object_head("list"), I32(width), I32(0), I64(reference_mask(t.element)), count, count, data]
    return f.module.shared_constant("list", ir.Constant(LIST.type, fields))


def constant_dict(f: HostFunction, op: ts.DictOp) -> ir.Value | None:
    """The same for a dict with keys of type str or int."""
    t = ts.type_of(op.result)
    assert isinstance(t, types.DictType)
    keys, values = op.items[::2], op.items[1::2]
    if t.key not in (types.STR, types.INT) or not keys or not all(map(_reads, _users(op.result))):
        return None
    if not _are_constants(f.operands(op.items)):
        return None
    entries = {_plain(f, key): (key, value) for key, value in zip(keys, values, strict=True)}
    words: list[ir.Value] = []
    hashes = [string_hash(k) if isinstance(k, bytes) else constant_hash(k) for k in map(_plain_bytes, entries)]
    first_keys = {_plain(f, key): key for key in reversed(keys)}  # a key that comes again keeps its place
    for hash_, plain in zip(hashes, entries, strict=True):
        words += [I64(hash_), _key(f, first_keys[plain], plain), *f.components(entries[plain][1])]
    slots, shift = _slots(hashes)
    table = ir.Constant(ir.ArrayType(I32, len(slots)), slots)
    count = I64(len(entries))
    layout = [I32(types.word_count(t.value)), I32(ord(types.type_code(t.key))), I64(reference_mask(t.value))]
    places = [_words(f.module, words), f.module.shared_constant("slots", table), I64(shift)]
    head = [object_head("dict"), *layout, count, count, count, I64(0)]
    return f.module.shared_constant("dict", ir.Constant(DICT.type, [*head, *places]))


def _key(f: HostFunction, key: SSAValue, plain: str | int) -> ir.Value:
    """A character is the one that characters of texts are, so that it is found without looking at its text."""
    if not (isinstance(plain, str) and len(plain) == 1 and plain.isascii()):
        return f.value(key)
    table = f.module.external("aj_ascii", ir.ArrayType(CHARACTER.type, 128))
    address = f"getelementptr ({table.value_type}, ptr {table.get_reference()}, i32 0, i32 {ord(plain)})"
    return ir.values.FormattedConstant(PTR, address)


def _slots(hashes: Sequence[int]) -> tuple[list[int], int]:
    """The table that finds the entries with these hashes (runtime/dict.h), and its shift."""
    count, shift = LEAST_SLOTS, 61
    while count * 2 // 3 < len(hashes):
        count, shift = 2 * count, shift - 1
    slots = [0] * count
    for number, hash_ in enumerate(hashes, 1):
        at = hash_ >> shift
        while slots[at]:
            at = (at + 1) % count
        slots[at] = number
    return slots, shift


def _plain(f: HostFunction, key: SSAValue) -> str | int:
    if isinstance(key.owner, ts.StrOp):
        return key.owner.value.data
    return int(f.value(key).constant)


def _plain_bytes(key: str | int) -> bytes | int:
    return key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key


def _words(module: ProgramContext, components: Sequence[ir.Value]) -> ir.GlobalVariable:
    """Constants as the words of values."""
    parts = [I64(int(c.constant)) if c.type == I1 else c for c in components]
    return module.shared_constant("words", ir.Constant.literal_struct(parts))


def _are_constants(components: Sequence[ir.Value]) -> bool:
    return all(isinstance(c, ir.Constant | ir.GlobalVariable) for c in components)


def _users(container: SSAValue) -> list[Operation]:
    return [use.operation for use in container.uses if not isinstance(use.operation, ts.ReleaseOp)]


def _reads(op: Operation) -> bool:
    """Is it a function that writes nothing, where it could put a container?"""
    if not isinstance(op, ts.AtenOp) or op.effects.data not in ("pure", "read", "view"):
        return False
    return isinstance(REGISTRY[op.op.data].lowering, Runtime | Intrinsic)


def _reads_list(op: Operation) -> bool:
    """The same, and gives nothing that could be the list."""
    gives_none = all(isinstance(ts.type_of(r), types.TensorType | types.SimpleType) for r in op.results)
    return gives_none and _reads(op)
