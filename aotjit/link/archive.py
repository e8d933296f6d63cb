"""Static libraries: the `ar` format with a symbol index (System V / GNU variant)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from . import elf
from .elf import LinkError
from .reader import ElfFile
from .relocatable import merge_objects
from .unit import Bytes, LinkUnit

_MAGIC = b"!<arch>\n"
_LONGEST_NAME = 15
_LARGEST = 10**10 - 1


def link_archive(unit: LinkUnit) -> Iterator[Bytes]:
    """The `.a` of a unit: one object whose only global symbols are the exports."""
    name = unit.soname.partition(".")[0] or "model"
    yield make_archive([(f"{name}.o", b"".join(merge_objects(unit)))])


def make_archive(members: Sequence[tuple[str, bytes]]) -> bytes:
    """The `.a` of (name, object) pairs. Dates and owners are 0: the same members give the same bytes."""
    long_names = bytearray()
    headers = []
    for name, data in members:
        if "/" in name or not name or len(data) > _LARGEST:
            raise LinkError(f"not an archive member: {name!r} of {len(data)} bytes")
        field = name + "/"
        if len(name) > _LONGEST_NAME:
            field = f"/{len(long_names)}"
            long_names += name.encode() + b"/\n"
        headers.append(_header(field, len(data), "644"))
    symbols = [(symbol, i) for i, (name, data) in enumerate(members) for symbol in _defined(name, data)]
    text = b"".join(symbol.encode() + b"\0" for symbol, _ in symbols)
    index_size = 4 + 4 * len(symbols) + len(text)
    names = [_header("//", len(long_names), ""), _even(bytes(long_names))] if long_names else []
    at = len(_MAGIC) + 60 + index_size + index_size % 2 + sum(map(len, names))
    offsets = []
    for _, data in members:
        offsets.append(at)
        at += 60 + len(data) + len(data) % 2
    if offsets and offsets[-1] >= 1 << 32:
        raise LinkError("the archive is larger than 4 GiB")
    places = struct.pack(f">{1 + len(symbols)}I", len(symbols), *(offsets[i] for _, i in symbols))
    out = [_MAGIC, _header("/", index_size, "0"), _even(places + text), *names]
    for header, (_, data) in zip(headers, members, strict=True):
        out += [header, _even(data)]
    return b"".join(out)


def _header(name: str, size: int, mode: str) -> bytes:
    owner = "0" if mode else ""
    return f"{name:<16}{owner:<12}{owner:<6}{owner:<6}{mode:<8}{size:<10}`\n".encode()


def _even(data: bytes) -> bytes:
    return data + b"\n" if len(data) % 2 else data


def _defined(name: str, data: bytes) -> list[str]:
    """The global symbols that an object defines."""
    file = ElfFile(data, name)
    tables = [s for s in file.sections if s.header.type == elf.SHT_SYMTAB]
    symbols = [s for table in tables for s in file.symbols(table)]
    return [s.name for s in symbols if s.binding != elf.STB_LOCAL and s.shndx != elf.SHN_UNDEF and s.name]
