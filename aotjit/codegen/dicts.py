"""Dicts with int and str keys: what is done with the value that is found, inline. Of an int the hash, the first slot
looked at and the value there are inline too; a key that is not in that slot is left to runtime/dict.c, as strs and
everything that fails are. A key is looked for once where the dict is asked for it again (`if k in d: d[k]`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir

from aotjit import types
from aotjit.codegen.context import reference_positions
from aotjit.codegen.function import HostFunction
from aotjit.codegen.layout import DICT, I32, I64, PTR
from aotjit.ir import ts

NULL = ir.Constant(PTR, None)
_MULTIPLIER = 0x9E3779B97F4A7C15


def value_type(op: ts.AtenOp) -> types.Type:
    t = ts.type_of(op.arguments[0])
    assert isinstance(t, types.DictType)
    return t.value


def constant_hash(key: int) -> int:
    """hash_of of runtime/dict.c for an int."""
    return key * _MULTIPLIER % 2**64 or 1


def key_hash(f: HostFunction, key: ir.Value) -> ir.Value:
    """The same when it runs."""
    b = f.builder
    product = b.mul(key, I64(_MULTIPLIER))
    return b.select(b.icmp_unsigned("==", product, I64(0)), I64(1), product)


def find(f: HostFunction, op: ts.AtenOp) -> ir.Value:
    """Where the value at the op's key is; NULL when the dict has no such key."""
    table, key = _arguments(f, op)
    if ts.type_of(op.arguments[1]) == types.STR:
        return _find_str(f, table, key)
    return _find_int(f, table, key, value_type(op))


def _find_str(f: HostFunction, table: ir.Value, key: ir.Value) -> ir.Value:
    function = f.runtime("aj_dict_find_str", [PTR, PTR], PTR)
    # It may write the key's hash, which nothing but the runtime looks at.
    for attribute in ("memory(read)", "willreturn"):
        set.add(function.attributes, attribute)  # llvmlite knows neither
    return f.builder.call(function, [table, key])


def _find_int(f: HostFunction, table: ir.Value, key: ir.Value, t: types.Type) -> ir.Value:
    b = f.builder
    hash_ = key_hash(f, key)
    at = b.lshr(hash_, f.load_field(table, DICT, "shift"))
    slot = b.load(b.gep(f.load_field(table, DICT, "slots"), [at], inbounds=True, source_etype=I32), typ=I32)
    names = ("candidate", "probe", "found")
    candidate, probe, found = (f.function.append_basic_block(name) for name in names)
    start = b.block
    b.cbranch(b.icmp_unsigned("==", slot, I32(0)), found, candidate)
    b.position_at_end(candidate)
    number = b.sub(b.zext(slot, I64), I64(1))
    offset = b.mul(number, I64(2 + types.word_count(t)))
    entry = b.gep(f.load_field(table, DICT, "entries"), [offset], inbounds=True, source_etype=I64)
    same_hash = b.icmp_unsigned("==", b.load(entry, typ=I64), hash_)
    same_key = b.icmp_unsigned("==", b.load(f.word(entry, 1), typ=I64), key)
    value = f.word(entry, 2)
    b.cbranch(b.and_(same_hash, same_key), found, probe).set_weights([8, 1])
    b.position_at_end(probe)
    function = f.runtime("aj_dict_find", [PTR, PTR], PTR)
    further = b.call(function, [table, f.words_of([key])])
    b.branch(found)
    b.position_at_end(found)
    place = b.phi(PTR)
    for source, block in ((NULL, start), (value, candidate), (further, probe)):
        place.add_incoming(source, block)
    return place


def _arguments(f: HostFunction, op: ts.AtenOp) -> tuple[ir.Value, ir.Value]:
    return f.value(op.arguments[0]), f.value(op.arguments[1])


def _loaded(f: HostFunction, place: ir.Value, t: types.Type) -> Sequence[ir.Value]:
    components = f.load_words(place, t)
    for position in reference_positions(t):
        f.retain(components[position])
    return components


def dict_contains(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    return (f.builder.icmp_unsigned("!=", find(f, op), NULL),)


def dict_get(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    table, key = _arguments(f, op)
    t, b = value_type(op), f.builder
    place = find(f, op)
    missing, present = f.function.append_basic_block("missing"), f.function.append_basic_block("present")
    b.cbranch(b.icmp_unsigned("==", place, NULL), missing, present).set_weights([1, 2000])
    b.position_at_end(missing)
    unused = f.alloca(I64, max(1, types.word_count(t)))
    f.call("aj_dict_get", [table, f.words_of([key]), unused], ts.span_of(op))  # says which key
    b.unreachable()
    b.position_at_end(present)
    return _loaded(f, place, t)


def dict_get_default(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    t, b = value_type(op), f.builder
    place = find(f, op)
    default = f.words_of(f.components(op.arguments[2]))
    return _loaded(f, b.select(b.icmp_unsigned("==", place, NULL), default, place), t)


def dict_set(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """Replaces the value inline; the runtime adds a new key."""
    table, key = _arguments(f, op)
    t, b = value_type(op), f.builder
    value = f.components(op.arguments[2])
    place = find(f, op)
    names = ("insert", "replace", "stored")
    insert, replace, stored = (f.function.append_basic_block(name) for name in names)
    b.cbranch(b.icmp_unsigned("==", place, NULL), insert, replace)
    b.position_at_end(insert)
    f.call("aj_dict_set", [table, f.words_of([key]), f.words_of(value)], ts.span_of(op))
    b.branch(stored)
    b.position_at_end(replace)
    positions = reference_positions(t)
    for position in positions:
        f.retain(value[position])
    old = f.load_words(place, t) if positions else ()
    f.store_words(place, value)
    for position in positions:
        f.release(old[position])
    b.branch(stored)
    b.position_at_end(stored)
    return ()


DICT_INTRINSICS: dict[str, Callable[[HostFunction, ts.AtenOp], Sequence[ir.Value]]] = {
    "dict_contains": dict_contains,
    "dict_get": dict_get,
    "dict_get_default": dict_get_default,
    "dict_set": dict_set,
}
