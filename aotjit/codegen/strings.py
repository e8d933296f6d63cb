"""Strings inline: characters, comparisons with literals, text that grows in its place.

A character of which only the number is asked (`c == "("`, `c.isdigit()`, `ord(c)`) is no object at all; those of ASCII
texts are one of aj_ascii (runtime/object.h) where they are objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llvmlite import ir
from xdsl.dialects import scf
from xdsl.ir import Operation, SSAValue, Use

from aotjit.codegen.function import HostFunction
from aotjit.codegen.indices import wrapped_index
from aotjit.codegen.layout import CHARACTER, I1, I8, I64, PARTS, PTR, SCRATCH, STR
from aotjit.ir import ts
from aotjit.ops.opdef import REGISTRY, Lent, Runtime

NOT_A_CHARACTER = I64(-1)
"""The number of a literal that is not one character long."""
LONGEST = 16
"""Literals up to this length are compared, and looked for characters, inline."""


def inline_form(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value] | None:
    """The components of the results of an operator on strings; None where it is best left to the runtime."""
    emit = INLINE.get(_symbol(op) or "")
    return emit(f, op) if emit is not None else None


def _symbol(op: Operation) -> str | None:
    lowering = REGISTRY[op.op.data].lowering if isinstance(op, ts.AtenOp) else None
    return lowering.symbol if isinstance(lowering, Runtime) else None


def str_field(f: HostFunction, text: SSAValue, name: str) -> ir.Value:
    """A field of an aj_str, which changes as little as its text does: a str that grows in its place is another value
    from then on. One in the function's frame makes place for the next."""
    field = f.load_field(f.value(text), STR, name)
    if not _in_frame(text):
        field.set_metadata("invariant.load", f.module.llvm.add_metadata([]))
    return field


def _in_frame(text: SSAValue) -> bool:
    owner = text.owner
    if isinstance(owner, scf.IfOp):
        at = owner.results.index(text)
        return any(_in_frame(region.block.last_op.operands[at]) for region in owner.regions if region.block.last_op)
    return isinstance(owner, ts.AtenOp) and owner.lent is not None


def emit_lent(f: HostFunction, op: ts.AtenOp, form: Lent, arguments: Sequence[ir.Value]) -> None:
    """An operator whose results end with the function."""
    span, slot = ts.span_of(op), f.slot(PTR)
    if form.kind == "parts":
        results = [f.alloca(STR.type) for _ in op.outputs]
        f.call(form.symbol, [*arguments, *results], span)
        f.define_all(op.outputs, results)
        return
    room = f.alloca(SCRATCH.type if form.kind == "text" else PARTS.type)
    f.call(form.symbol, [*arguments, room, slot], span)
    f.define(op.outputs[0], [f.builder.load(slot, typ=PTR)])


# -- characters -------------------------------------------------------------------------------------------------------


def _get(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value]:
    """The character at an index: its number is kept for those who ask, its object made for the others."""
    b, text, result = f.builder, f.value(op.arguments[0]), op.outputs[0]
    length, size = str_field(f, op.arguments[0], "chars"), str_field(f, op.arguments[0], "bytes")
    index = wrapped_index(f, f.value(op.arguments[1]), length, "string index out of range", op)
    is_object = not all(map(_asks_number, result.uses))
    ascii_, other, done = (f.function.append_basic_block(name) for name in ("ascii", "other", "character"))
    b.cbranch(b.icmp_unsigned("==", length, size), ascii_, other).set_weights([8, 1])
    b.position_at_end(ascii_)
    byte = b.load(b.gep(str_field(f, op.arguments[0], "text"), [index], inbounds=True, source_etype=I8), typ=I8)
    number = b.zext(f.module.access(byte, "text"), I64)
    table = f.module.external("aj_ascii", ir.ArrayType(CHARACTER.type, 128))
    table.global_constant = True
    found = [(number, b.gep(table, [number], inbounds=True, source_etype=CHARACTER.type), ascii_)]
    b.branch(done)
    b.position_at_end(other)
    number = b.call(_code_at(f), [f.instance, text, index])
    made: ir.Value = ir.Constant(PTR, None)
    if is_object:
        slot = f.slot(PTR)
        f.call("aj_str_get", [text, index, slot], ts.span_of(op))
        made = b.load(slot, typ=PTR)
    found.append((number, made, b.block))
    b.branch(done)
    b.position_at_end(done)
    code, character = b.phi(I64), b.phi(PTR)
    for number, made, block in found:
        code.add_incoming(number, block)
        character.add_incoming(made, block)
    f.characters[result] = code
    if not is_object:
        f.elided.add(result)
    return (character,)


def _code_at(f: HostFunction) -> ir.Function:
    function = f.runtime("aj_str_code_at", [PTR, PTR, I64], I64)
    for attribute in ("memory(read)", "willreturn"):
        set.add(function.attributes, attribute)  # llvmlite knows neither
    return function


def _asks_number(use: Use) -> bool:
    """The use of a character is one that its number is enough for."""
    op = use.operation
    if isinstance(op, ts.ReleaseOp):
        return True
    symbol = _symbol(op)
    if symbol == "aj_str_equal":
        other = op.operands[1 - use.index]
        return isinstance(other.owner, ts.StrOp) or _symbol_of(other) == "aj_str_get"
    if symbol == "aj_str_contains":
        return use.index == 1 and _literal_characters(op.operands[0]) is not None
    return symbol == "aj_str_ord" or symbol in CLASSES


def _symbol_of(value: SSAValue) -> str | None:
    return _symbol(value.owner) if isinstance(value.owner, Operation) else None


def _literal_characters(value: SSAValue) -> str | None:
    """The characters of a short literal."""
    if isinstance(value.owner, ts.StrOp) and len(value.owner.value.data) <= LONGEST:
        return value.owner.value.data
    return None


def _number(f: HostFunction, value: SSAValue) -> ir.Value | None:
    """The number of a character, or what stands for a literal among such; None where it is not known."""
    if isinstance(value.owner, ts.StrOp):
        text = value.owner.value.data
        return I64(ord(text)) if len(text) == 1 else NOT_A_CHARACTER
    return f.characters.get(value)


def _ord(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value] | None:
    number = f.characters.get(op.arguments[0])
    return None if number is None else (number,)


def _within(f: HostFunction, number: ir.Value, low: str, high: str) -> ir.Value:
    b = f.builder
    return b.icmp_unsigned("<", b.sub(number, I64(ord(low))), I64(ord(high) - ord(low) + 1))


CLASSES: dict[str, tuple[tuple[str, str], ...]] = {
    "aj_str_isdigit": (("0", "9"),),
    "aj_str_isalpha": (("a", "z"), ("A", "Z")),
    "aj_str_isalnum": (("a", "z"), ("A", "Z"), ("0", "9")),
    "aj_str_isspace": ((" ", " "), ("\t", "\r"), ("\x1c", "\x1f")),
    "aj_str_isupper": (("A", "Z"),),
    "aj_str_islower": (("a", "z"),),
}
"""The ranges of the characters that a predicate holds for."""


def _is_of_class(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value] | None:
    number = f.characters.get(op.arguments[0])
    if number is None:
        return None
    ranges = CLASSES[_symbol(op) or ""]
    return (_any(f, [_within(f, number, low, high) for low, high in ranges]),)


def _contains(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value] | None:
    """Whether a character is one of a literal's."""
    characters, number = _literal_characters(op.arguments[0]), f.characters.get(op.arguments[1])
    if characters is None or number is None:
        return None
    return (_any(f, [f.builder.icmp_unsigned("==", number, I64(ord(c))) for c in dict.fromkeys(characters)]),)


def _any(f: HostFunction, conditions: Sequence[ir.Value]) -> ir.Value:
    result: ir.Value = I1(0)
    for condition in conditions:
        result = f.builder.or_(result, condition)
    return result


# -- texts ------------------------------------------------------------------------------------------------------------


def _equal(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value] | None:
    first, second = op.arguments
    if first in f.characters or second in f.characters:
        numbers = _number(f, first), _number(f, second)
        return None if None in numbers else (f.builder.icmp_unsigned("==", *numbers),)
    if isinstance(first.owner, ts.StrOp):
        first, second = second, first
    literal = _literal_characters(second)
    data = (literal or "").encode("utf-8", "surrogatepass")
    if literal is None or len(data) > LONGEST or isinstance(first.owner, ts.StrOp):
        return None
    return (_equals_bytes(f, first, data),)


def _equals_bytes(f: HostFunction, text: SSAValue, data: bytes) -> ir.Value:
    """Is the text `data`, of at most 16 bytes? They are compared as one or two words, which may overlap."""
    b = f.builder
    same_size = b.icmp_unsigned("==", str_field(f, text, "bytes"), I64(len(data)))
    if not data:
        return same_size
    before, look, done = b.block, *(f.function.append_basic_block(name) for name in ("look", "compared"))
    b.cbranch(same_size, look, done)
    b.position_at_end(look)
    start = str_field(f, text, "text")
    width = max(w for w in (1, 2, 4, 8) if w <= len(data))
    word = ir.IntType(8 * width)
    same: ir.Value = I1(1)
    for at in sorted({0, len(data) - width}):
        part = b.load(b.gep(start, [I64(at)], inbounds=True, source_etype=I8), typ=word, align=1)
        expected = word(int.from_bytes(data[at : at + width], "little"))
        same = b.and_(same, b.icmp_unsigned("==", f.module.access(part, "text"), expected))
    b.branch(done)
    b.position_at_end(done)
    outcome = b.phi(I1)
    outcome.add_incoming(I1(0), before)
    outcome.add_incoming(same, look)
    return outcome


def _concat(f: HostFunction, op: ts.AtenOp) -> Sequence[ir.Value] | None:
    """`s += x`: where the first str's reference is dropped at once, it may grow in its place."""
    first, second = op.arguments
    following = op.next_op
    while isinstance(following, ts.ReleaseOp) and following.operand is not first:
        following = following.next_op
    if not isinstance(following, ts.ReleaseOp) or first is second:
        return None
    slot = f.slot(PTR)
    f.call("aj_str_extend", [f.value(first), f.value(second), slot], ts.span_of(op))
    f.taken.add(following)
    return (f.builder.load(slot, typ=PTR),)


Inline = Callable[[HostFunction, ts.AtenOp], Sequence[ir.Value] | None]
INLINE: dict[str, Inline] = {
    "aj_str_get": _get,
    "aj_str_ord": _ord,
    "aj_str_equal": _equal,
    "aj_str_contains": _contains,
    "aj_str_concat": _concat,
    **dict.fromkeys(CLASSES, _is_of_class),
}
"""By the function of the runtime that does the same."""
