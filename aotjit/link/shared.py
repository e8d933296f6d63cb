"""The linker: relocatable objects and data in, an ELF shared library out. `link_pieces` is the list of its steps.

read, resolve -> mark what is needed -> gather into output sections -> scan relocations (GOT, PLT, loader's work)
-> dynamic symbols -> place -> fill the linker's own sections -> apply relocations -> write
"""

from __future__ import annotations

from collections.abc import Iterator

from . import dynamic, elf, frames, layout, relocate
from .elf import StringTable
from .layout import Image, OutputSection, synthetic
from .resolve import resolve
from .symtab import SymbolListing
from .unit import Bytes, LinkUnit


def link_shared(unit: LinkUnit) -> bytes:
    """The library as bytes. The same unit gives the same bytes. Raises LinkError."""
    return b"".join(link_pieces(unit))


def link_pieces(unit: LinkUnit) -> Iterator[Bytes]:
    """The library in pieces, to be written one after the other; the blobs' data is neither copied nor held.

    All that can be wrong with the input raises LinkError before the first piece.
    """
    program = resolve(unit)
    gathered = layout.gather(program.inputs)
    tables = relocate.Tables(program.data_size)
    for section in program.inputs:
        if section.is_alloc:
            tables.scan(section)
    symbols = dynamic.collect(list(tables.imports.values()), program.exports, unit.imports)

    image = layout.place(_loaded_sections(gathered, tables, symbols, unit.soname))
    listing = SymbolListing(program.objects, program.table.by_name) if unit.symbol_table else None
    unloaded = [s for s in gathered if not s.is_alloc] + ([listing.table, listing.text] if listing else [])
    names = layout.add_section_names(image, unloaded)
    _fill(image, tables, symbols, unit.soname)
    for output in gathered:
        if output.is_alloc:
            relocate.apply(output, tables)
        else:
            relocate.apply_unloaded(output)
    if listing:
        listing.fill()
    return _write(image, names)


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
    yield from layout.contents(image, names, at)
