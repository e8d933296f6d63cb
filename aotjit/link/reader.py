"""Reads ELF files: relocatable objects for the linker, shared libraries for `inspect`.

The bytes may come from anywhere, so every offset, size and index is checked; what does not fit is a LinkError that
names the file and the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from . import elf
from .elf import LinkError, SectionHeader

_LONGEST_STRING = 1 << 16


@dataclass(frozen=True)
class RawSection:
    """A section as the file has it. `data` is empty for SHT_NOBITS."""

    index: int
    name: str
    header: SectionHeader
    data: memoryview


class RawSymbol(NamedTuple):
    """A symbol as the file has it."""

    name: str
    binding: int
    kind: int
    visibility: int
    shndx: int
    value: int
    size: int


class ElfFile:
    """The sections and tables of one ELF-64 x86-64 file; `name` is what messages show."""

    def __init__(self, data: bytes | memoryview, name: str = "object") -> None:
        self.name = name
        self.data = memoryview(data).cast("B").toreadonly()
        self.header = self._file_header()
        self.sections = self._sections()

    def fail(self, message: str) -> LinkError:
        return LinkError(f"{self.name}: {message}")

    def slice(self, offset: int, size: int, what: str) -> memoryview:
        """`size` bytes at `offset` of the file."""
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise self.fail(f"{what} lies outside the file (offset {offset}, size {size}, file {len(self.data)})")
        return self.data[offset : offset + size]

    def _file_header(self) -> elf.FileHeader:
        if len(self.data) < elf.FILE_HEADER.size or bytes(self.data[:4]) != elf.MAGIC:
            raise self.fail("not an ELF file")
        header = elf.FileHeader(*elf.FILE_HEADER.unpack_from(self.data))
        if header.ident[4:6] != b"\x02\x01" or header.machine != elf.EM_X86_64:
            raise self.fail("not a 64-bit little-endian x86-64 ELF file")
        return header

    def _sections(self) -> list[RawSection]:
        header = self.header
        if header.shoff == 0:
            return []
        size = elf.SECTION_HEADER.size
        if header.shentsize != size:
            raise self.fail(f"section headers of {header.shentsize} bytes")
        first = SectionHeader(*elf.SECTION_HEADER.unpack(self.slice(header.shoff, size, "the section header table")))
        # A file with 0xff00 sections or more keeps their number, and the name table's index, in section 0.
        count = header.shnum or first.size
        names_at = first.link if header.shstrndx == elf.SHN_XINDEX else header.shstrndx
        table = self.slice(header.shoff, count * size, "the section header table")
        headers = [SectionHeader(*fields) for fields in elf.SECTION_HEADER.iter_unpack(table)]
        if names_at >= count:
            raise self.fail(f"section name table {names_at} of {count} sections")
        names = bytes(self.slice(headers[names_at].offset, headers[names_at].size, "the section name table"))
        result = []
        for index, section in enumerate(headers):
            name = self.string(names, section.name, f"name of section {index}")
            empty = section.type in (elf.SHT_NOBITS, elf.SHT_NULL)
            data = self.slice(section.offset, 0 if empty else section.size, f"section {name or index}")
            result.append(RawSection(index, name, section, data))
        return result

    def string(self, table: bytes, offset: int, what: str) -> str:
        """The NUL-terminated string at `offset` of a string table."""
        end = table.find(0, offset, offset + _LONGEST_STRING)
        if end < 0:
            raise self.fail(f"{what}: no string at offset {offset} of {len(table)}")
        try:
            return table[offset:end].decode()
        except UnicodeDecodeError:
            raise self.fail(f"{what} is not UTF-8") from None

    def section(self, name: str) -> RawSection | None:
        """The first section of that name."""
        return next((s for s in self.sections if s.name == name), None)

    def linked(self, section: RawSection) -> RawSection:
        """The section that `sh_link` names."""
        if section.header.link >= len(self.sections):
            raise self.fail(f"{section.name}: linked section {section.header.link} does not exist")
        return self.sections[section.header.link]

    def symbols(self, table: RawSection) -> list[RawSymbol]:
        """The symbols of a SHT_SYMTAB or SHT_DYNSYM section; extended section indices are resolved."""
        if len(table.data) % elf.SYMBOL.size:
            raise self.fail(f"{table.name}: {len(table.data)} bytes are no whole number of symbols")
        strings = bytes(self.linked(table).data)
        extended = self._extended_indices(table)
        result = []
        for number, fields in enumerate(elf.SYMBOL.iter_unpack(table.data)):
            name, info, other, shndx, value, size = fields
            if shndx == elf.SHN_XINDEX:
                if number >= len(extended):
                    raise self.fail(f"symbol {number} of {table.name}: no extended section index")
                shndx = extended[number]
            elif shndx >= elf.SHN_LORESERVE and shndx not in (elf.SHN_ABS, elf.SHN_COMMON):
                raise self.fail(f"symbol {number} of {table.name}: reserved section index {shndx:#x}")
            text = self.string(strings, name, f"name of symbol {number}") if name else ""
            result.append(RawSymbol(text, info >> 4, info & 15, other & 3, shndx, value, size))
        return result

    def _extended_indices(self, table: RawSection) -> list[int]:
        for section in self.sections:
            if section.header.type == elf.SHT_SYMTAB_SHNDX and section.header.link == table.index:
                whole = len(section.data) // 4 * 4
                return [word for (word,) in elf.WORD.iter_unpack(section.data[:whole])]
        return []

    def relocations(self, section: RawSection, symbol_count: int) -> Iterator[tuple[int, int, int, int]]:
        """(offset, kind, symbol number, addend) of the records of a SHT_RELA section."""
        if len(section.data) % elf.RELA.size:
            raise self.fail(f"{section.name}: {len(section.data)} bytes are no whole number of relocations")
        for offset, info, addend in elf.RELA.iter_unpack(section.data):
            if info >> 32 >= symbol_count:
                raise self.fail(f"{section.name}: symbol {info >> 32} of {symbol_count}")
            yield offset, info & 0xFFFFFFFF, info >> 32, addend
