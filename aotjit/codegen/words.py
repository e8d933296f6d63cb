"""Compile-time values as constant words (runtime/object.h): defaults of parameters, first values of the state."""

from __future__ import annotations

import struct

from llvmlite import ir

from aotjit.codegen.constants import ProgramContext, object_head, string_hash
from aotjit.codegen.context import reference_positions
from aotjit.codegen.layout import DICT, I32, I64, LIST, PTR, RECORD
from aotjit.codegen.objects import box_descriptor
from aotjit.program import PlainValue
from aotjit.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    STR,
    TENSOR,
    DictType,
    ListType,
    OptionalType,
    TensorType,
    TupleType,
    Type,
    UnionType,
    is_boxed,
    is_pointer,
    type_code,
    word_count,
)

NULL = ir.Constant(PTR, None)


def int_word(value: int) -> ir.Constant:
    return ir.Constant(I64, value & 0xFFFFFFFFFFFFFFFF)


def float_word(value: float) -> ir.Constant:
    """The bits of a double."""
    return ir.Constant(I64, int(struct.unpack("<Q", struct.pack("<d", value))[0]))


def value_words(module: ProgramContext, t: Type, value: PlainValue) -> list[ir.Constant]:
    """The words of `value`, word_count(t) many; references are to immortal objects. A tensor is a weight's name."""
    if isinstance(t, OptionalType):
        return _optional_words(module, t, value)
    if is_boxed(t):
        return [NULL if value is None else _box_constant(module, t, value)]
    if isinstance(t, TupleType):
        assert isinstance(value, tuple | list)
        return [w for e, v in zip(t.elements, value, strict=True) for w in value_words(module, e, v)]
    if isinstance(t, ListType):
        assert isinstance(value, tuple | list)
        return [_list_constant(module, t, list(value))]
    if isinstance(t, DictType):
        assert isinstance(value, dict)
        return [_dict_constant(module, t, value)]
    if isinstance(t, TensorType):
        assert isinstance(value, str)
        return [module.first_weight(value)]
    if t == STR:
        return [module.literal(str(value))]
    if t == FLOAT:
        assert isinstance(value, int | float)
        return [float_word(float(value))]
    if t == COMPLEX:
        assert isinstance(value, int | float | complex)
        return [float_word(value.real), float_word(value.imag)]
    if t == BOOL:
        return [int_word(1 if value else 0)]
    if word_count(t) == 0:
        return []
    assert not is_pointer(t), f"a value of type {t} has no constant words"
    return [int_word(value if isinstance(value, int) else 0)]


def _optional_words(module: ProgramContext, t: OptionalType, value: PlainValue) -> list[ir.Constant]:
    pointer = is_pointer(t.element)
    if value is None:
        positions = reference_positions(t)
        return [NULL if i in positions else int_word(0) for i in range(word_count(t))]
    return [*([] if pointer else [int_word(1)]), *value_words(module, t.element, value)]


def _box_constant(module: ProgramContext, t: Type, value: PlainValue) -> ir.GlobalVariable:
    """The immortal box of a default."""
    held = _plain_type(value)
    if isinstance(t, UnionType) and held not in t.members and held == INT:
        held = FLOAT
    words = value_words(module, held, value)
    record = ir.LiteralStructType([*RECORD.type.elements, *(w.type for w in words)])
    constant = ir.Constant(record, [object_head("class"), box_descriptor(module, held), *words])
    return module.constant(module.unique("box"), record, constant)


def _plain_type(value: PlainValue) -> Type:
    if isinstance(value, list):
        return ListType(_plain_type(value[0]) if value else TENSOR)
    if isinstance(value, tuple):
        return TupleType(tuple(map(_plain_type, value)))
    return {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX, str: STR}[type(value)]


def _list_constant(module: ProgramContext, t: ListType, values: list[PlainValue]) -> ir.GlobalVariable:
    words = [w for v in values for w in value_words(module, t.element, v)]
    mask = sum(1 << i for i in reference_positions(t.element))
    fields = [
        object_head("list"),
        I32(word_count(t.element)),
        I32(0),
        I64(mask),
        I64(len(values)),
        I64(len(values)),
        words_global(module, words),
    ]
    return module.constant(module.unique("list"), LIST.type, ir.Constant(LIST.type, fields))


def _dict_constant(
    module: ProgramContext, t: DictType, values: dict[bool | int | float | complex | str, PlainValue]
) -> ir.GlobalVariable:
    """The table of runtime/dict.c with the slots filled as it fills them."""
    slots = 8 if values else 2
    while slots * 2 // 3 < len(values):
        slots *= 2
    table = [0] * slots
    shift = 65 - slots.bit_length()
    words: list[ir.Constant] = []
    for number, (key, value) in enumerate(values.items()):
        hash_ = key_hash(t.key, key)
        words += [int_word(hash_), *value_words(module, t.key, key), *value_words(module, t.value, value)]
        at = hash_ >> shift
        while table[at]:
            at = (at + 1) % slots
        table[at] = number + 1
    fields = [
        object_head("dict"),
        I32(word_count(t.value)),
        I32(ord(type_code(t.key))),
        I64(sum(1 << i for i in reference_positions(t.value))),
        I64(len(values)),
        I64(len(values)),
        I64(len(values)),
        I64(0),
        words_global(module, words),
        module.constant(module.unique("slots"), ir.ArrayType(I32, len(table)), table),
        I64(shift),
    ]
    return module.constant(module.unique("dict"), DICT.type, ir.Constant(DICT.type, fields))


def key_hash(t: Type, key: bool | int | float | complex | str) -> int:
    """hash_of of runtime/dict.c."""
    if t == STR:
        return string_hash(str(key).encode("utf-8", "surrogatepass"))
    assert not isinstance(key, str)
    if t == COMPLEX:
        return _spread(_spread(_unsigned_zero(key.real)) ^ _unsigned_zero(key.imag)) or 1
    assert not isinstance(key, complex)
    return _spread(_unsigned_zero(float(key)) if t == FLOAT else int(key)) or 1


def _unsigned_zero(number: float) -> int:
    """The bits of a float key: -0.0 == 0.0."""
    return int(struct.unpack("<Q", struct.pack("<d", number or 0.0))[0])


def _spread(word: int) -> int:
    return word * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF


def words_global(module: ProgramContext, words: list[ir.Constant]) -> ir.Constant:
    """A constant run of words; NULL when there is none."""
    if not words:
        return NULL
    t = ir.LiteralStructType([w.type for w in words])
    return module.constant(module.unique("words"), t, ir.Constant(t, words))
