"""The ELF-64 format for x86-64: numbers, records and their byte layout (System V ABI, x86-64 psABI, gABI).

Records are NamedTuples in file order; `*_FORMAT` packs and unpacks them. Nothing here has behaviour.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from ..diagnostics import LinkError as LinkError

PAGE: Final = 4096
MAGIC: Final = b"\x7fELF"
EM_X86_64: Final = 62
ET_REL: Final = 1
ET_DYN: Final = 3

SHN_UNDEF: Final = 0
SHN_LORESERVE: Final = 0xFF00
SHN_ABS: Final = 0xFFF1
SHN_COMMON: Final = 0xFFF2
SHN_XINDEX: Final = 0xFFFF

SHT_NULL: Final = 0
SHT_PROGBITS: Final = 1
SHT_SYMTAB: Final = 2
SHT_STRTAB: Final = 3
SHT_RELA: Final = 4
SHT_DYNAMIC: Final = 6
SHT_NOTE: Final = 7
SHT_NOBITS: Final = 8
SHT_REL: Final = 9
SHT_DYNSYM: Final = 11
SHT_INIT_ARRAY: Final = 14
SHT_FINI_ARRAY: Final = 15
SHT_GROUP: Final = 17
SHT_SYMTAB_SHNDX: Final = 18
SHT_GNU_HASH: Final = 0x6FFFFFF6
SHT_GNU_VERNEED: Final = 0x6FFFFFFE
SHT_GNU_VERSYM: Final = 0x6FFFFFFF
SHT_X86_64_UNWIND: Final = 0x70000001

SHF_WRITE: Final = 0x1
SHF_ALLOC: Final = 0x2
SHF_EXECINSTR: Final = 0x4
SHF_MERGE: Final = 0x10
SHF_STRINGS: Final = 0x20
SHF_INFO_LINK: Final = 0x40
SHF_TLS: Final = 0x400
SHF_COMPRESSED: Final = 0x800
SHF_GNU_RETAIN: Final = 0x200000
SHF_EXCLUDE: Final = 0x80000000

GRP_COMDAT: Final = 1

STB_LOCAL: Final = 0
STB_GLOBAL: Final = 1
STB_WEAK: Final = 2
STB_GNU_UNIQUE: Final = 10
STT_NOTYPE: Final = 0
STT_OBJECT: Final = 1
STT_FUNC: Final = 2
STT_SECTION: Final = 3
STT_FILE: Final = 4
STT_COMMON: Final = 5
STT_TLS: Final = 6
STT_GNU_IFUNC: Final = 10
STV_DEFAULT: Final = 0
STV_HIDDEN: Final = 2

PT_LOAD: Final = 1
PT_DYNAMIC: Final = 2
PT_GNU_EH_FRAME: Final = 0x6474E550
PT_GNU_STACK: Final = 0x6474E551
PT_GNU_RELRO: Final = 0x6474E552
PF_X: Final = 1
PF_W: Final = 2
PF_R: Final = 4

DT_NULL: Final = 0
DT_NEEDED: Final = 1
DT_STRTAB: Final = 5
DT_SYMTAB: Final = 6
DT_RELA: Final = 7
DT_RELASZ: Final = 8
DT_RELAENT: Final = 9
DT_STRSZ: Final = 10
DT_SYMENT: Final = 11
DT_SONAME: Final = 14
DT_INIT_ARRAY: Final = 25
DT_FINI_ARRAY: Final = 26
DT_INIT_ARRAYSZ: Final = 27
DT_FINI_ARRAYSZ: Final = 28
DT_FLAGS: Final = 30
DT_GNU_HASH: Final = 0x6FFFFEF5
DT_VERSYM: Final = 0x6FFFFFF0
DT_RELACOUNT: Final = 0x6FFFFFF9
DT_FLAGS_1: Final = 0x6FFFFFFB
DT_VERNEED: Final = 0x6FFFFFFE
DT_VERNEEDNUM: Final = 0x6FFFFFFF
DF_BIND_NOW: Final = 0x8
DF_1_NOW: Final = 0x1

R_NONE: Final = 0
R_64: Final = 1
R_PC32: Final = 2
R_PLT32: Final = 4
R_GLOB_DAT: Final = 6
R_RELATIVE: Final = 8
R_GOTPCREL: Final = 9
R_32: Final = 10
R_32S: Final = 11
R_PC64: Final = 24
R_GOTPCRELX: Final = 41
R_REX_GOTPCRELX: Final = 42

RELOCATION_NAMES: Final[dict[int, str]] = {
    0: "NONE", 1: "64", 2: "PC32", 3: "GOT32", 4: "PLT32", 5: "COPY", 6: "GLOB_DAT", 7: "JUMP_SLOT", 8: "RELATIVE",
    9: "GOTPCREL", 10: "32", 11: "32S", 12: "16", 13: "PC16", 14: "8", 15: "PC8", 16: "DTPMOD64", 17: "DTPOFF64",
    18: "TPOFF64", 19: "TLSGD", 20: "TLSLD", 21: "DTPOFF32", 22: "GOTTPOFF", 23: "TPOFF32", 24: "PC64",
    25: "GOTOFF64", 26: "GOTPC32", 27: "GOT64", 28: "GOTPCREL64", 29: "GOTPC64", 31: "PLTOFF64", 32: "SIZE32",
    33: "SIZE64", 34: "GOTPC32_TLSDESC", 35: "TLSDESC_CALL", 36: "TLSDESC", 37: "IRELATIVE", 41: "GOTPCRELX",
    42: "REX_GOTPCRELX",
}  # fmt: skip
TLS_RELOCATIONS: Final = frozenset({16, 17, 18, 19, 20, 21, 22, 23, 34, 35, 36})


def relocation_name(kind: int) -> str:
    """`R_X86_64_PC32` and so on; the number for one that is not known."""
    return f"R_X86_64_{RELOCATION_NAMES.get(kind, kind)}"


class FileHeader(NamedTuple):
    ident: bytes
    type: int
    machine: int
    version: int
    entry: int
    phoff: int
    shoff: int
    flags: int
    ehsize: int
    phentsize: int
    phnum: int
    shentsize: int
    shnum: int
    shstrndx: int


class SectionHeader(NamedTuple):
    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entsize: int


class ProgramHeader(NamedTuple):
    type: int
    flags: int
    offset: int
    address: int
    physical: int
    file_size: int
    memory_size: int
    align: int


class SymbolRecord(NamedTuple):
    name: int
    info: int
    other: int
    shndx: int
    value: int
    size: int


FILE_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
SECTION_HEADER: Final = struct.Struct("<IIQQQQIIQQ")
PROGRAM_HEADER: Final = struct.Struct("<IIQQQQQQ")
SYMBOL: Final = struct.Struct("<IBBHQQ")
RELA: Final = struct.Struct("<QQq")
DYNAMIC: Final = struct.Struct("<qQ")
VERNEED: Final = struct.Struct("<HHIII")
VERNAUX: Final = struct.Struct("<IHHII")
WORD: Final = struct.Struct("<I")

IDENT: Final = MAGIC + bytes([2, 1, 1, 0]) + bytes(8)


def align_up(value: int, alignment: int) -> int:
    """The least multiple of `alignment` that is not below `value`; an alignment of 0 is 1."""
    return -(-value // alignment) * alignment if alignment > 1 else value


class StringTable:
    """Bytes of a string table under construction; a string added twice is stored once."""

    def __init__(self) -> None:
        self.data = bytearray(1)
        self._offsets: dict[str, int] = {"": 0}

    def add(self, text: str) -> int:
        """The offset of `text`."""
        offset = self._offsets.get(text)
        if offset is None:
            offset = self._offsets[text] = len(self.data)
            self.data += text.encode() + b"\0"
        return offset
