"""Damage to archives: bytes of the file, its ZIP structure, and the pickles, code and tensors inside it."""

from __future__ import annotations

import io
import random
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

Members = list[tuple[str, bytes]]
Damage = Callable[[bytes, random.Random], bytes]


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def packed(members: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    """A well-formed zip file of the members, uncompressed as tensors must be."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name are what is wanted
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


# -- bytes ------------------------------------------------------------------------------------------------------------


def flipped(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def repeated(data: bytes, rng: random.Random) -> bytes:
    """A piece is there twice, or is missing."""
    begin = rng.randrange(len(data) + 1)
    end = min(len(data), begin + rng.randrange(1, 40))
    return data[:end] + data[begin:] if rng.random() < 0.5 else data[:begin] + data[end:]


# -- the ZIP structure ------------------------------------------------------------------------------------------------

_HEADERS = {b"PK\x01\x02": "<4s6H3L5H2L", b"PK\x03\x04": "<4s5H3L2H", b"PK\x05\x06": "<4s4H2LH"}
_ODD = (0, 1, 7, 8, 99, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def fields_changed(data: bytes, rng: random.Random) -> bytes:
    """Fields of headers: sizes, offsets, methods, flags, counts."""
    places = [(m.start(), m.group()) for m in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", data)]
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, kind = rng.choice(places)
        form = _HEADERS[kind]
        if at + struct.calcsize(form) > len(data):
            continue
        values = list(struct.unpack_from(form, changed, at))
        i = rng.randrange(1, len(values))
        letters = re.sub(r"(\d)([HL])", lambda m: m[2] * int(m[1]), form.removeprefix("<4s"))
        largest = 0xFFFF if letters[i - 1] == "H" else 0xFFFFFFFF
        values[i] = min(largest, max(0, rng.choice((*_ODD, values[i] - 1, values[i] + 1, rng.choice(places)[0]))))
        struct.pack_into(form, changed, at, *values)
    return bytes(changed)


# -- code -------------------------------------------------------------------------------------------------------------


def lines_changed(data: bytes, rng: random.Random) -> bytes:
    """Code with a line dropped, doubled, moved or indented otherwise."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(rng.randrange(len(lines)), lines[at])
    elif kind == 2:
        lines[at] = b"  " + lines[at]
    else:
        lines[at] = lines[at].removeprefix(b"  ")
    return b"\n".join(lines)


def words_changed(data: bytes, rng: random.Random) -> bytes:
    """Code with one word in the place of another."""
    words = data.split(b" ")
    for _ in range(rng.choice((1, 1, 3))):
        words[rng.randrange(len(words))] = rng.choice(words)
    return b" ".join(words)


_NUMBERS = (b"0", b"-1", b"2", b"1.5", b"nan", b"9223372036854775807", b"-9223372036854775808", b"1" * 40, b"None",
            b"True", b"[]", b"1e400", b"(1 << 62)", b"100000000")  # fmt: skip


def numbers_changed(data: bytes, rng: random.Random) -> bytes:
    """Code with another number in the place of one."""
    return _replaced(data, rng, rb"(?<![\w.])-?\d+(?:\.\d*)?(?!\w)", lambda: rng.choice(_NUMBERS))


def names_changed(data: bytes, rng: random.Random) -> bytes:
    """Code with one of its names in the place of another: other operators, types, variables."""
    names = re.findall(rb"[A-Za-z_]\w*", data)
    return _replaced(data, rng, rb"[A-Za-z_]\w*", lambda: rng.choice(names))


def deepened(data: bytes, rng: random.Random) -> bytes:
    """An expression inside very many others."""
    depth = rng.choice((50, 1000, 100_000))
    opening, closing = rng.choice(((b"(", b")"), (b"[", b"]"), (b"-", b""), (b"torch.neg(", b")"), (b"not ", b"")))
    place = rb"(?<== )[A-Za-z_]\w*(?=\n)|(?<=return )\w+"
    return _replaced(data, rng, place, lambda: b"", opening * depth, closing * depth)


def _replaced(
    data: bytes, rng: random.Random, pattern: bytes, new: Callable[[], bytes], before: bytes = b"", after: bytes = b""
) -> bytes:
    places = list(re.finditer(pattern, data))
    for _ in range(rng.choice((1, 1, 3)) if places else 0):
        found = rng.choice(places)
        inside = before + found.group() + after if before else new()
        data = data[: found.start()] + inside + data[found.end() :]
        places = [p for p in places if p.end() <= found.start()]
        if not places:
            break
    return data


# -- pickles ----------------------------------------------------------------------------------------------------------


def operands_changed(data: bytes, rng: random.Random) -> bytes:
    """Integers of the pickle: sizes, strides, offsets, counts."""
    places = [i for i in range(len(data) - 5) if data[i] in b"JKM\x8a"]
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2)) if places else 0):
        at = rng.choice(places)
        kind = changed[at]
        if kind == 0x4A:
            struct.pack_into("<i", changed, at + 1, rng.choice((-1, 0, 1, 3, 1 << 20, 0x7FFFFFFF, -(1 << 31))))
        elif kind == 0x8A and at + 10 <= len(changed):
            struct.pack_into("<q", changed, at + 2, rng.choice((-1, 0, 1 << 40, (1 << 63) - 1, -(1 << 63))))
        else:
            changed[at + 1] = rng.choice((0, 1, 2, 127, 255))
    return bytes(changed)


_INSERTED = (
    b"(", b"t", b"]", b"}", b")", b"R", b"b", b"\x81", b"N", b"h\x00", b"j\x05\0\0\0", b"a", b"s", b"Q",
    b"cos\nsystem\n", b"c__torch__\nM\n", b"ctorch._utils\n_rebuild_tensor_v2\n", b"(" * 20_000, b"]q\x00h\x00a",
)  # fmt: skip


def opcodes_inserted(data: bytes, rng: random.Random) -> bytes:
    """Opcodes where there were none: other containers, calls, values from the memo."""
    opcode = rng.choice(_INSERTED)
    at = rng.randrange(2, max(3, len(data)))
    return data[:at] + opcode + data[at:]


DAMAGE: dict[str, tuple[Damage, ...]] = {
    ".py": (flipped, cut, repeated, lines_changed, words_changed, words_changed, numbers_changed, numbers_changed,
            names_changed, names_changed, deepened),
    ".pkl": (flipped, flipped, cut, repeated, operands_changed, operands_changed, opcodes_inserted),
    "": (flipped, cut, repeated),
}  # fmt: skip


def damaged(data: bytes, rng: random.Random) -> bytes:
    """One archive made of another: bytes of the file changed, or members of a file that is well-formed again."""
    if rng.random() < 0.25:
        return rng.choice((flipped, cut, repeated, fields_changed, fields_changed))(data, rng)
    members = [m for m in members_of(data) if not m[0].endswith("debug_pkl")]
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(members))
        if rng.random() < 0.7:
            wanted = [i for i, (name, _) in enumerate(members) if name.endswith((".py", ".pkl"))]
            at = rng.choice(wanted)
        name, content = members[at]
        if rng.random() < 0.05:
            members[at] = (rng.choice(members)[0], content)
        elif rng.random() < 0.05 and len(members) > 1:
            del members[at]
        else:
            kinds = DAMAGE.get(Path(name).suffix, DAMAGE[""])
            members[at] = (name, rng.choice(kinds)(content, rng))
    return packed(members, zipfile.ZIP_DEFLATED if rng.random() < 0.05 else zipfile.ZIP_STORED)
