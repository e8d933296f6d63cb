"""The first half of every link: read the objects, resolve their symbols, keep what the exports need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import elf, reach
from .elf import LinkError
from .objects import InputSection, ObjectFile, Symbol, SymbolTable, load_object
from .unit import Blob, LinkUnit


@dataclass(frozen=True)
class Resolved:
    """The live sections, in input order with the data last, and the symbols of a link."""

    objects: list[ObjectFile]
    table: SymbolTable
    exports: list[Symbol]
    inputs: list[InputSection]
    data_size: int


def resolve(unit: LinkUnit) -> Resolved:
    """Raises LinkError for damaged objects, double definitions, exports without a definition."""
    table = SymbolTable()
    objects = [load_object(data, name, table) for name, data in unit.objects]
    data = [_enter_blob(blob, table) for blob in unit.blobs]
    commons = _place_commons(table)
    exports = _exports(unit.exports, table)
    kept = [section for section, blob in zip(data, unit.blobs, strict=True) if blob.keep]
    reach.mark_live(exports, kept, objects)
    sections = [s for o in objects for s in o.sections] + commons + data
    inputs = [s for s in sections if s.live and (s.is_alloc or unit.symbol_table)]
    return Resolved(objects, table, exports, inputs, sum(s.size for s in data))


def _enter_blob(blob: Blob, table: SymbolTable) -> InputSection:
    if blob.size < 0 or blob.align < 1 or blob.align & (blob.align - 1) or blob.align > elf.PAGE:
        raise LinkError(f"data {blob.name!r}: size {blob.size}, alignment {blob.align}")
    file = f"data {blob.name}"
    section = InputSection(file, blob.section, elf.SHT_PROGBITS, elf.SHF_ALLOC, blob.align, blob.size, blob.load)
    symbol = Symbol(blob.name, file, elf.STB_GLOBAL, elf.STT_OBJECT, elf.STV_HIDDEN, section, 0, blob.size)
    symbol.state = "defined"
    table.define(symbol)
    return section


def _place_commons(table: SymbolTable) -> list[InputSection]:
    """Gives each common symbol (C's tentative definition) its place in `.bss`."""
    result = []
    for symbol in table.by_name.values():
        if symbol.state == "common":
            flags = elf.SHF_ALLOC | elf.SHF_WRITE
            align = max(1, symbol.value)
            section = InputSection(
                symbol.file, ".bss", elf.SHT_NOBITS, flags, align, symbol.size, lambda: memoryview(b"")
            )
            if align & (align - 1) or align > elf.PAGE:
                raise section.fail(f"common symbol {symbol.name!r} has alignment {align}")
            symbol.section, symbol.value, symbol.state = section, 0, "defined"
            result.append(section)
    return result


def _exports(names: Sequence[str], table: SymbolTable) -> list[Symbol]:
    missing = [n for n in names if n not in table.by_name or table.by_name[n].state in ("undefined", "discarded")]
    if missing:
        raise LinkError(f"exported but not defined: {', '.join(missing)}")
    result = [table.by_name[name] for name in dict.fromkeys(names)]
    for symbol in result:
        symbol.exported = True
    return result
