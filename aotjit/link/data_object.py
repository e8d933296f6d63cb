"""A relocatable object that holds data blobs, for archives and for external linkers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from . import elf
from .elf import StringTable, align_up
from .unit import Blob, Bytes


def data_object(blobs: Sequence[Blob], exports: Collection[str] = ()) -> bytes:
    """The object as bytes: a read-only section for each section name, a global symbol for each blob.

    Symbols that are not in `exports` are hidden.
    """
    return b"".join(data_object_pieces(blobs, exports))


def data_object_pieces(blobs: Sequence[Blob], exports: Collection[str] = ()) -> Iterator[Bytes]:
    """`data_object` in pieces, without copies of the data."""
    groups: dict[str, list[Blob]] = {}
    for blob in blobs:
        groups.setdefault(blob.section, []).append(blob)
    strings, symbols = StringTable(), bytearray(elf.SYMBOL.size)
    headers: list[elf.SectionHeader] = [elf.SectionHeader(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    at = elf.FILE_HEADER.size
    body: list[tuple[int, Blob]] = []
    for number, (name, members) in enumerate(groups.items(), 1):
        align = max(blob.align for blob in members)
        start = at = align_up(at, align)
        for blob in members:
            at = align_up(at, blob.align)
            info = elf.STB_GLOBAL << 4 | elf.STT_OBJECT
            seen = elf.STV_DEFAULT if blob.name in exports else elf.STV_HIDDEN
            symbols += elf.SYMBOL.pack(strings.add(blob.name), info, seen, number, at - start, blob.size)
            body.append((at, blob))
            at += blob.size
        flags = elf.SHF_ALLOC
        headers.append(
            elf.SectionHeader(strings.add(name), elf.SHT_PROGBITS, flags, 0, start, at - start, 0, 0, align, 0)
        )
    # Without this note, linkers assume that the object wants an executable stack.
    note = elf.SectionHeader(strings.add(".note.GNU-stack"), elf.SHT_PROGBITS, 0, 0, at, 0, 0, 0, 1, 0)
    names = [strings.add(".symtab"), strings.add(".strtab")]
    tables_at = align_up(at, 8)
    text_at = tables_at + len(symbols)
    table_at = align_up(text_at + len(strings.data), 8)
    index = len(headers) + 2
    headers += [
        note,
        elf.SectionHeader(names[0], elf.SHT_SYMTAB, 0, 0, tables_at, len(symbols), index, 1, 8, elf.SYMBOL.size),
        elf.SectionHeader(names[1], elf.SHT_STRTAB, 0, 0, text_at, len(strings.data), 0, 0, 1, 0),
    ]
    yield elf.FILE_HEADER.pack(
        elf.IDENT, elf.ET_REL, elf.EM_X86_64, 1, 0, 0, table_at, 0,
        elf.FILE_HEADER.size, 0, 0, elf.SECTION_HEADER.size, len(headers), index,
    )  # fmt: skip
    written = elf.FILE_HEADER.size
    for offset, blob in body:
        yield bytes(offset - written)
        yield blob.load()
        written = offset + blob.size
    yield bytes(tables_at - written)
    yield symbols
    yield strings.data
    yield bytes(table_at - text_at - len(strings.data))
    for header in headers:
        yield elf.SECTION_HEADER.pack(*header)
