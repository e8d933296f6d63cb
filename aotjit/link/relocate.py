"""Relocations: `scan` says before placement what they need (GOT, PLT, loader's work), `apply` fills them in after.

A reference to a symbol of the library itself is bound at link time; a load of its address from the GOT becomes an
address computation where the instruction allows it (psABI, "GOTPCRELX optimisation").
"""

from __future__ import annotations

import struct

from . import elf
from .dynamic import DynamicRelocation
from .elf import LinkError
from .layout import OutputSection, synthetic
from .objects import Edge, InputSection, Symbol

_GOT_KINDS = (elf.R_GOTPCREL, elf.R_GOTPCRELX, elf.R_REX_GOTPCRELX)
_PLT_ENTRY = 8
_FAR = 1 << 30


class Tables:
    """`.got`, `.plt` and the loader's relocations, filled while the live sections are scanned."""

    def __init__(self, data_size: int) -> None:
        self.got = synthetic(".got", elf.SHT_PROGBITS, elf.SHF_WRITE, 8, 8)
        self.plt = synthetic(".plt", elf.SHT_PROGBITS, elf.SHF_EXECINSTR, 16, _PLT_ENTRY)
        self.slots: list[Symbol] = []
        self.stubs: list[Symbol] = []
        self.imports: dict[str, Symbol] = {}
        self.relocations: list[DynamicRelocation] = []
        # Beyond this the data may lie out of reach of a 32-bit displacement, so its addresses stay in the GOT.
        self._data_is_far = data_size > _FAR

    def scan(self, section: InputSection) -> None:
        """Notes what the relocations of a live section need."""
        output = section.output
        assert output is not None
        for edge in section.edges:
            symbol = edge.symbol
            if symbol.state == "discarded":
                raise section.fail(f"refers to {symbol.name or 'a section'!r} of a dropped group")
            if edge.kind in _GOT_KINDS:
                if not self.is_relaxed(section, edge):
                    self._slot(symbol)
            elif edge.kind == elf.R_64:
                self._word(section, edge, output)
            elif symbol.state == "undefined":
                self._stub(section, edge)
            elif edge.kind not in (elf.R_NONE, elf.R_PC32, elf.R_PLT32, elf.R_PC64):
                absolute = symbol.state == "absolute" and edge.kind in (elf.R_32, elf.R_32S)
                if not absolute:
                    raise section.fail(_not_pic(edge))

    def is_relaxed(self, section: InputSection, edge: Edge) -> bool:
        """The GOT load at `edge` is rewritten to use the address itself."""
        symbol = edge.symbol
        if edge.kind == elf.R_GOTPCREL or symbol.section is None or edge.addend != -4:
            return False
        if self._data_is_far and not symbol.section.flags & elf.SHF_EXECINSTR:
            return False
        before = section.data()[max(0, edge.offset - 2) : edge.offset].tobytes()
        if edge.kind == elf.R_REX_GOTPCRELX:
            return before[:1] == b"\x8b"
        return before[:1] == b"\x8b" or before in (b"\xff\x15", b"\xff\x25")

    def _import(self, symbol: Symbol) -> None:
        if symbol.state == "undefined":
            if not symbol.is_import and not symbol.is_weak:
                raise LinkError(f"undefined hidden symbol: {symbol.name} (used in {symbol.file})")
            if symbol.is_import:
                self.imports[symbol.name] = symbol

    def _slot(self, symbol: Symbol) -> None:
        if symbol.got >= 0:
            return
        symbol.got = len(self.slots)
        self.slots.append(symbol)
        self.got.size += 8
        self._import(symbol)
        if symbol.is_import:
            self.relocations.append(DynamicRelocation(self.got, symbol.got * 8, elf.R_GLOB_DAT, symbol))
        elif symbol.is_local_definition:
            self.relocations.append(DynamicRelocation(self.got, symbol.got * 8, elf.R_RELATIVE, symbol))

    def _stub(self, section: InputSection, edge: Edge) -> None:
        symbol = edge.symbol
        self._import(symbol)
        if edge.kind != elf.R_PLT32 or not symbol.is_import:
            raise section.fail(_not_pic(edge))
        self._slot(symbol)
        if symbol.plt < 0:
            symbol.plt = len(self.stubs)
            self.stubs.append(symbol)
            self.plt.size += _PLT_ENTRY

    def _word(self, section: InputSection, edge: Edge, output: OutputSection) -> None:
        symbol = edge.symbol
        self._import(symbol)
        if not symbol.is_import and not symbol.is_local_definition:
            return
        if not section.flags & elf.SHF_WRITE:
            raise section.fail(f"an address in a read-only section ({symbol.name or 'of a section'!r})")
        kind = elf.R_64 if symbol.is_import else elf.R_RELATIVE
        place = section.offset + edge.offset
        self.relocations.append(DynamicRelocation(output, place, kind, symbol, edge.addend))

    @property
    def relative_count(self) -> int:
        return sum(r.kind == elf.R_RELATIVE for r in self.relocations)

    def fill(self) -> None:
        """Writes `.got` and `.plt`, after placement."""
        addresses = (s.address if s.is_local_definition or s.state == "absolute" else 0 for s in self.slots)
        self.got.content = bytearray(struct.pack(f"<{len(self.slots)}Q", *addresses))
        code = bytearray()
        for position, symbol in enumerate(self.stubs):
            after = self.plt.address + position * _PLT_ENTRY + 6
            code += b"\xff\x25" + struct.pack("<i", self.got.address + symbol.got * 8 - after) + b"\x66\x90"
        self.plt.content = code


def _not_pic(edge: Edge) -> str:
    what = "an imported symbol" if edge.symbol.state == "undefined" else "an address"
    name = edge.symbol.name or "(section)"
    return f"{elf.relocation_name(edge.kind)} against {name!r}: {what} cannot be reached so from a shared library"


def apply(output: OutputSection, tables: Tables) -> None:
    """Applies the relocations of a placed, loaded section."""
    if not any(member.edges for member in output.members):
        return
    content = output.materialize()
    for member in output.members:
        for edge in member.edges:
            _patch(content, member, edge, tables)


def _patch(content: bytearray, section: InputSection, edge: Edge, tables: Tables) -> None:
    symbol, kind = edge.symbol, edge.kind
    if kind == elf.R_NONE:
        return
    at = section.offset + edge.offset
    place = section.address + edge.offset
    if kind == elf.R_64:
        # The loader overwrites it; the link-time value helps whoever reads the file.
        _store(content, at, 8, symbol.address + edge.addend, section, edge, signed=None)
        return
    target = symbol.address
    if symbol.plt >= 0:
        target = tables.plt.address + symbol.plt * _PLT_ENTRY
    if kind in _GOT_KINDS:
        if tables.is_relaxed(section, edge):
            at, place = _rewrite(content, at, place)
        else:
            target = tables.got.address + symbol.got * 8
    if kind in (elf.R_32, elf.R_32S):
        _store(content, at, 4, target + edge.addend, section, edge, signed=kind == elf.R_32S)
        return
    size = 8 if kind == elf.R_PC64 else 4
    _store(content, at, size, target + edge.addend - place, section, edge, signed=True)


def _rewrite(content: bytearray, at: int, place: int) -> tuple[int, int]:
    """Changes the instruction around a GOT load; returns where its displacement now is."""
    opcode = bytes(content[at - 2 : at])
    if opcode[0] == 0x8B:  # mov foo@GOTPCREL(%rip), %reg -> lea foo(%rip), %reg
        content[at - 2] = 0x8D
        return at, place
    if opcode == b"\xff\x15":  # call *foo@GOTPCREL(%rip) -> addr32 call foo
        content[at - 2 : at] = b"\x67\xe8"
        return at, place
    content[at - 2] = 0xE9  # jmp *foo@GOTPCREL(%rip) -> jmp foo; nop
    content[at + 3] = 0x90
    return at - 1, place - 1


def _store(
    content: bytearray, at: int, size: int, value: int, section: InputSection, edge: Edge, signed: bool | None
) -> None:
    if signed is None:
        value &= (1 << 64) - 1
    try:
        content[at : at + size] = value.to_bytes(size, "little", signed=bool(signed))
    except OverflowError:
        raise section.fail(
            f"{elf.relocation_name(edge.kind)} against {edge.symbol.name or '(section)'!r} is out of range: "
            "code and data that refer to each other must lie within 2 GiB"
        ) from None


def apply_unloaded(output: OutputSection) -> None:
    """Applies the relocations of debug sections; a place in a dropped section is 0."""
    content = output.materialize()
    for member in output.members:
        for edge in member.edges:
            symbol = edge.symbol
            gone = symbol.section is None or symbol.section.output is None
            value = 0 if gone and symbol.state != "absolute" else symbol.address + edge.addend
            at = member.offset + edge.offset
            if edge.kind in (elf.R_64, elf.R_32, elf.R_32S):
                _store(content, at, 8 if edge.kind == elf.R_64 else 4, value, member, edge, signed=value < 0)
            elif edge.kind == elf.R_PC32:
                _store(content, at, 4, value - member.address - edge.offset, member, edge, signed=True)
            elif edge.kind != elf.R_NONE:
                raise member.fail(f"{elf.relocation_name(edge.kind)} is not supported in debug sections")
