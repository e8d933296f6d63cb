"""The linker: relocatable objects and data in, an ELF shared library out. `link_pieces` is the list of its steps.

read, resolve -> mark what is needed -> gather into output sections -> scan relocations (GOT, PLT, loader's work)
-> dynamic symbols -> place -> fill the linker's own sections -> apply relocations -> write
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import dynamic, elf, frames, layout, reach, relocate
from .elf import LinkError, StringTable
from .layout import Image, OutputSection, synthetic
from .objects import InputSection, Symbol, SymbolTable, load_object
from .symtab import SymbolListing
from .unit import Blob, Bytes, LinkUnit


def link_shared(unit: LinkUnit) -> bytes:
    """The library as bytes. The same unit gives the same bytes. Raises LinkError."""
    return b"".join(link_pieces(unit))


def link_pieces(unit: LinkUnit) -> Iterator[Bytes]:
    """The library in pieces, to be written one after the other; the blobs' data is neither copied nor held.

    All that can be wrong with the input raises LinkError before the first piece.
    """
    table = SymbolTable()
    objects = [load_object(data, name, table) for name, data in unit.objects]
    data = [_enter_blob(blob, table) for blob in unit.blobs]
    commons = _place_commons(table)
    exports = _exports(unit.exports, table)
    kept = [section for section, blob in zip(data, unit.blobs, strict=True) if blob.keep]
    reach.mark_live(exports, kept, objects)

    inputs = [s for o in objects for s in o.sections if s.live] + [s for s in (*commons, *data) if s.live]
    gathered = layout.gather([s for s in inputs if s.is_alloc or unit.symbol_table])
    tables = relocate.Tables(sum(s.size for s in data))
    for section in inputs:
        if section.is_alloc:
            tables.scan(section)
    symbols = dynamic.collect(list(tables.imports.values()), exports, unit.imports)

    image = layout.place(_loaded_sections(gathered, tables, symbols, unit.soname))
    listing = SymbolListing(objects, table.by_name) if unit.symbol_table else None
    unloaded = [s for s in gathered if not s.is_alloc] + ([listing.table, listing.text] if listing else [])
    names = _add_section_names(image, unloaded)
    _fill(image, tables, symbols, unit.soname)
    for output in gathered:
        if output.is_alloc:
            relocate.apply(output, tables)
        else:
            relocate.apply_unloaded(output)
    if listing:
        listing.fill()
    return _write(image, names)


def _enter_blob(blob: Blob, table: SymbolTable) -> InputSection:
    if blob.size < 0 or blob.align < 1 or blob.align & (blob.align - 1) or blob.align > elf.PAGE:
        raise LinkError(f"data {blob.name!r}: size {blob.size}, alignment {blob.align}")
    section = InputSection(
        f"data {blob.name}", blob.section, elf.SHT_PROGBITS, elf.SHF_ALLOC, blob.align, blob.size, blob.load
    )
    symbol = Symbol(blob.name, section.file, elf.STB_GLOBAL, elf.STT_OBJECT, elf.STV_HIDDEN, section, 0, blob.size)
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


def _loaded_sections(
    gathered: list[OutputSection], tables: relocate.Tables, symbols: dynamic.DynamicSymbols, soname: str
) -> list[OutputSection]:
    """The loaded sections with the linker's own, of known size, in the order of each segment."""
    writable = elf.SHF_WRITE
    head = dynamic.symbol_sections(symbols, soname)
    text = next(s for s in head if s.name == ".dynstr")
    table = next(s for s in head if s.name == ".dynsym")
    size = elf.RELA.size * len(tables.relocations)
    rela = synthetic(".rela.dyn", elf.SHT_RELA, 0, 8, elf.RELA.size, size)
    rela.link = table
    entries = dynamic.dynamic_size(symbols.libraries)
    section = synthetic(".dynamic", elf.SHT_DYNAMIC, writable, 8, elf.DYNAMIC.size, entries)
    section.link = text
    result = head + ([rela] if size else [])
    for output in gathered:
        if output.name == ".eh_frame":
            output.align = 8
            functions = sum(record.cie >= 0 for m in output.members for record in frames.parse_records(m))
            result.append(synthetic(".eh_frame_hdr", elf.SHT_PROGBITS, 0, 4, 0, frames.header_size(functions)))
        if output.is_alloc:
            result.append(output)
    own = [tables.plt, section, tables.got]
    return result + [s for s in own if s.size]


def _add_section_names(image: Image, unloaded: list[OutputSection]) -> StringTable:
    names = StringTable()
    table = OutputSection(".shstrtab", elf.SHT_STRTAB, 0)
    for section in (*image.sections, *unloaded, table):
        names.add(section.name)
    table.content, table.size = names.data, len(names.data)
    layout.append_unloaded(image, [*unloaded, table])
    return names


def _fill(image: Image, tables: relocate.Tables, symbols: dynamic.DynamicSymbols, soname: str) -> None:
    """Writes the sections that the linker makes, now that all addresses are known."""
    named = {s.name: s for s in image.sections}
    tables.fill()
    dynamic.fill_symbols(named[".dynsym"], symbols)
    if ".rela.dyn" in named:
        dynamic.fill_relocations(named[".rela.dyn"], tables.relocations)
    dynamic.fill_dynamic(named[".dynamic"], named, symbols, soname, tables.relative_count)
    if ".eh_frame_hdr" in named:
        header, frame = named[".eh_frame_hdr"], named[".eh_frame"]
        header.content = bytearray(frames.build_header(frame.members, header.address, frame.address))


def _program_headers(image: Image) -> list[elf.ProgramHeader]:
    loads = [segment.header for segment in image.segments]
    result = list(loads)
    for name, kind in ((".dynamic", elf.PT_DYNAMIC), (".eh_frame_hdr", elf.PT_GNU_EH_FRAME)):
        section = image.find(name)
        if section is not None:
            flags = elf.PF_R | (elf.PF_W if section.flags & elf.SHF_WRITE else 0)
            place, size = section.address, section.size
            result.append(elf.ProgramHeader(kind, flags, section.offset, place, place, size, size, section.align))
    for segment, load in zip(image.segments, loads, strict=True):
        if segment.relro:
            result.append(load._replace(type=elf.PT_GNU_RELRO, flags=elf.PF_R, align=1))
    result.append(elf.ProgramHeader(elf.PT_GNU_STACK, elf.PF_R | elf.PF_W, 0, 0, 0, 0, 0, 16))
    assert len(result) == image.header_count
    # The first segment takes the file's headers in too: the loader reads them there.
    first = result[0]
    result[0] = first._replace(
        offset=0, address=0, physical=0, file_size=first.file_size + first.offset,
        memory_size=first.memory_size + first.offset,
    )  # fmt: skip
    return result


def _write(image: Image, names: StringTable) -> Iterator[Bytes]:
    count = len(image.sections) + 1
    yield elf.FILE_HEADER.pack(
        elf.IDENT, elf.ET_DYN, elf.EM_X86_64, 1, 0, elf.FILE_HEADER.size, image.section_table, 0,
        elf.FILE_HEADER.size, elf.PROGRAM_HEADER.size, image.header_count,
        elf.SECTION_HEADER.size, count, image.sections[-1].index,
    )  # fmt: skip
    headers = _program_headers(image)
    yield b"".join(elf.PROGRAM_HEADER.pack(*header) for header in headers)
    at = elf.FILE_HEADER.size + elf.PROGRAM_HEADER.size * len(headers)
    for section in image.sections:
        if section.type != elf.SHT_NOBITS:
            yield bytes(section.offset - at)
            yield from section.pieces()
            at = section.offset + section.size
    yield bytes(image.section_table - at + elf.SECTION_HEADER.size)
    for s in image.sections:
        link = s.link.index if s.link else 0
        yield elf.SECTION_HEADER.pack(
            names.add(s.name), s.type, s.flags, s.address, s.offset, s.size, link, s.info, s.align, s.entsize
        )
