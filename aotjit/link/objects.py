"""The linker's view of its input: sections that can be placed, symbols shared between files.

`load_object` turns a relocatable file into `InputSection`s whose relocations point at `Symbol`s. Global symbols of one
name are one `Symbol` in the whole link (`SymbolTable`); a COMDAT group of a signature seen before is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from . import elf
from .elf import LinkError
from .reader import ElfFile, RawSection, RawSymbol

if TYPE_CHECKING:
    from .layout import OutputSection

_KEPT_TYPES = (elf.SHT_PROGBITS, elf.SHT_NOBITS, elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_X86_64_UNWIND)
_OLD_CONSTRUCTORS = re.compile(r"\.(ctors|dtors)(?:\.([0-9]{1,5}))?")
_DROPPED = (".comment", ".note.GNU-stack", ".llvmbc", ".llvmcmd")


@dataclass(eq=False, slots=True)
class Symbol:
    """A named place. `section` is None for undefined, absolute and discarded ones; see `state`."""

    name: str
    file: str
    binding: int
    kind: int = elf.STT_NOTYPE
    visibility: int = elf.STV_DEFAULT
    section: InputSection | None = None
    value: int = 0
    size: int = 0
    state: str = "undefined"  # undefined | defined | absolute | common | discarded
    exported: bool = False
    got: int = -1
    plt: int = -1
    number: int = -1
    """Index in .dynsym; -1 when it is not there."""

    @property
    def is_local_definition(self) -> bool:
        """Its address is a fixed distance from the library's code."""
        return self.state == "defined"

    @property
    def is_import(self) -> bool:
        """The dynamic loader finds it; a hidden undefined weak symbol is 0 for good."""
        return self.state == "undefined" and self.visibility == elf.STV_DEFAULT

    @property
    def is_weak(self) -> bool:
        return self.binding == elf.STB_WEAK

    @property
    def address(self) -> int:
        """Where it lies in the image; 0 when it is undefined or its section was dropped."""
        if self.section is None:
            return self.value if self.state == "absolute" else 0
        return self.section.address + self.value


class Edge(NamedTuple):
    """A relocation: the place at `offset` of its section depends on `symbol`."""

    offset: int
    kind: int
    symbol: Symbol
    addend: int


@dataclass(eq=False, slots=True)
class InputSection:
    """A piece of one object (or a blob) that is placed as a whole. `data` gives its `size` bytes."""

    file: str
    name: str
    type: int
    flags: int
    align: int
    size: int
    data: Callable[[], memoryview]
    read_edges: Callable[[], list[Edge]] = list
    live: bool = False
    output: OutputSection | None = None
    offset: int = 0
    _edges: list[Edge] | None = None

    @property
    def edges(self) -> list[Edge]:
        """Its relocations. Read when first asked for: most sections of the runtime never are."""
        if self._edges is None:
            self._edges = self.read_edges()
        return self._edges

    @edges.setter
    def edges(self, edges: list[Edge]) -> None:
        self._edges = edges

    @property
    def address(self) -> int:
        return 0 if self.output is None else self.output.address + self.offset

    @property
    def is_alloc(self) -> bool:
        return bool(self.flags & elf.SHF_ALLOC)

    def fail(self, message: str) -> LinkError:
        return LinkError(f"{self.file}: {self.name}: {message}")


class SymbolTable:
    """The global symbols of a link, by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Symbol] = {}
        self.groups: set[str] = set()

    def refer(self, name: str, file: str, binding: int, visibility: int) -> Symbol:
        """The symbol of that name, undefined if nothing defined it so far."""
        symbol = self.by_name.get(name)
        if symbol is None:
            symbol = self.by_name[name] = Symbol(name, file, binding, visibility=visibility)
        elif symbol.state == "undefined" and binding != elf.STB_WEAK:
            symbol.binding = elf.STB_GLOBAL
        symbol.visibility = symbol.visibility or visibility
        return symbol

    def define(self, new: Symbol) -> Symbol:
        """Enters a definition: strong over weak and common, the larger of two commons, never two strong ones."""
        old = self.by_name.setdefault(new.name, new)
        if old is new:
            return new
        visibility = old.visibility or new.visibility
        rank_old, rank_new = _rank(old), _rank(new)
        if rank_old == rank_new == 3:
            raise LinkError(f"symbol {new.name!r} is defined twice: in {old.file} and in {new.file}")
        both_common = old.state == new.state == "common"
        if rank_new > rank_old or (both_common and new.size > old.size):
            for name in ("file", "binding", "kind", "section", "value", "size", "state"):
                setattr(old, name, getattr(new, name))
        old.visibility = visibility
        return old


def _rank(symbol: Symbol) -> int:
    if symbol.state == "undefined":
        return 0
    if symbol.state == "common":
        return 2
    return 1 if symbol.is_weak else 3


@dataclass(eq=False)
class ObjectFile:
    """One loaded relocatable."""

    name: str
    sections: list[InputSection]
    symbols: list[Symbol]


def load_object(data: bytes, name: str, table: SymbolTable) -> ObjectFile:
    """Reads a relocatable file and enters its symbols into `table`."""
    file = ElfFile(data, name)
    if file.header.type != elf.ET_REL:
        raise file.fail("not a relocatable object")
    tables = [s for s in file.sections if s.header.type == elf.SHT_SYMTAB]
    if len(tables) > 1:
        raise file.fail("more than one symbol table")
    raw_symbols = file.symbols(tables[0]) if tables else []
    dropped = _dropped_groups(file, raw_symbols, table)
    placed = {s.index: _input_section(file, s) for s in file.sections if s.index not in dropped and _is_kept(s)}
    symbols = [_symbol(file, raw, placed, table) for raw in raw_symbols]
    for section in file.sections:
        if section.header.type == elf.SHT_REL and section.header.info in placed:
            raise file.fail(f"{section.name}: relocations without addends")
        if section.header.type == elf.SHT_RELA and section.header.info in placed:
            target = placed[section.header.info]
            if target.type == elf.SHT_NOBITS:
                raise file.fail(f"{section.name}: relocations for a section without content")
            target.read_edges = partial(_read_edges, file, section, target, symbols)
    for target in placed.values():
        if target.name.startswith((".ctors", ".dtors")):
            _reverse_constructors(target)
    return ObjectFile(name, list(placed.values()), symbols)


def _is_kept(section: RawSection) -> bool:
    header = section.header
    if header.type not in _KEPT_TYPES or header.flags & elf.SHF_EXCLUDE or section.name in _DROPPED:
        return False
    return bool(header.flags & elf.SHF_ALLOC) or section.name.startswith(".debug_")


def _dropped_groups(file: ElfFile, symbols: list[RawSymbol], table: SymbolTable) -> set[int]:
    """Sections of COMDAT groups whose signature another file already brought."""
    dropped: set[int] = set()
    for section in file.sections:
        if section.header.type == elf.SHT_GROUP:
            if section.header.info >= len(symbols) or len(section.data) < 4 or len(section.data) % 4:
                raise file.fail(f"{section.name}: damaged section group")
            flags, *members = [word for (word,) in elf.WORD.iter_unpack(section.data)]
            signature = symbols[section.header.info].name
        elif section.name.startswith(".gnu.linkonce."):
            flags, members, signature = elf.GRP_COMDAT, [section.index], section.name
        else:
            continue
        if flags & elf.GRP_COMDAT and signature in table.groups:
            dropped.update(members)
        elif flags & elf.GRP_COMDAT:
            table.groups.add(signature)
    return dropped


def _input_section(file: ElfFile, section: RawSection) -> InputSection:
    header, data = section.header, section.data
    if header.flags & elf.SHF_TLS:
        raise file.fail(f"{section.name}: thread-local storage is not supported")
    if header.flags & elf.SHF_COMPRESSED:
        raise file.fail(f"{section.name}: compressed sections are not supported")
    align = max(1, header.align)
    if align & (align - 1) or align > elf.PAGE:
        raise file.fail(f"{section.name}: alignment {align} is no power of two up to {elf.PAGE}")
    return InputSection(file.name, section.name, header.type, header.flags, align, header.size, lambda: data)


def _symbol(file: ElfFile, raw: RawSymbol, placed: dict[int, InputSection], table: SymbolTable) -> Symbol:
    if raw.kind in (elf.STT_TLS, elf.STT_GNU_IFUNC):
        what = "thread-local storage" if raw.kind == elf.STT_TLS else "an indirect function"
        raise file.fail(f"symbol {raw.name!r}: {what} is not supported")
    binding = elf.STB_GLOBAL if raw.binding == elf.STB_GNU_UNIQUE else raw.binding
    symbol = Symbol(raw.name, file.name, binding, raw.kind, raw.visibility, None, raw.value, raw.size, "discarded")
    if raw.shndx == elf.SHN_ABS:
        symbol.state = "absolute"
    elif raw.shndx == elf.SHN_COMMON:
        symbol.state, symbol.kind = "common", elf.STT_OBJECT
    elif raw.shndx == elf.SHN_UNDEF:
        symbol.state = "undefined"
    elif raw.shndx >= len(file.sections):
        raise file.fail(f"symbol {raw.name!r}: section {raw.shndx} of {len(file.sections)}")
    elif raw.shndx in placed:
        symbol.section, symbol.state = placed[raw.shndx], "defined"
        if raw.value > symbol.section.size:
            raise file.fail(f"symbol {raw.name!r} lies outside section {symbol.section.name}")
    if raw.binding == elf.STB_LOCAL:
        return symbol
    if symbol.state in ("undefined", "discarded"):
        return table.refer(raw.name, file.name, binding, raw.visibility)
    return table.define(symbol)


def _read_edges(file: ElfFile, records: RawSection, target: InputSection, symbols: list[Symbol]) -> list[Edge]:
    result = []
    for offset, kind, symbol, addend in file.relocations(records, len(symbols)):
        if kind in elf.TLS_RELOCATIONS:
            raise target.fail(f"{elf.relocation_name(kind)}: thread-local storage is not supported")
        if offset + (8 if kind in (elf.R_64, elf.R_PC64) else 4) > target.size and kind != elf.R_NONE:
            raise target.fail(f"{elf.relocation_name(kind)} at offset {offset} of {target.size}")
        result.append(Edge(offset, kind, symbols[symbol], addend))
    return result


def _reverse_constructors(section: InputSection) -> None:
    """Makes `.ctors`, which runs from its end, an `.init_array`, which runs from its start (`.dtors` likewise)."""
    if section.size % 8 or any(e.kind != elf.R_64 or e.offset % 8 for e in section.edges):
        raise section.fail("not a table of function addresses")
    section.edges = [e._replace(offset=section.size - 8 - e.offset) for e in reversed(section.edges)]
    match = _OLD_CONSTRUCTORS.fullmatch(section.name)
    if match is None:
        raise section.fail("not a name for a table of constructors")
    constructs = match[1] == "ctors"
    # .ctors.NNNNN counts down from 65535 what .init_array.NNNNN counts up.
    suffix = f".{max(0, 65535 - int(match[2])):05d}" if match[2] else ""
    section.name = (".init_array" if constructs else ".fini_array") + suffix
    section.type = elf.SHT_INIT_ARRAY if constructs else elf.SHT_FINI_ARRAY
