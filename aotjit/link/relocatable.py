"""Several objects and data as one relocatable object, whose only global symbols are the exports.

What `ld -r` and `objcopy --localize-hidden` do: two models' objects then link into one program although both hold the
same runtime.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import elf, layout
from .dynamic import symbol_record
from .elf import StringTable
from .layout import Image, OutputSection
from .objects import Edge, Symbol
from .resolve import Resolved, resolve
from .unit import Bytes, LinkUnit


def merge_objects(unit: LinkUnit, localize: bool = True) -> Iterator[Bytes]:
    """The object in pieces. Without `localize`, symbols that are not exported stay global and hidden."""
    program = resolve(unit)
    gathered = layout.gather(program.inputs)
    listing = _Symbols(program, gathered, localize)
    relocations = [t for output in gathered if (t := _relocations(output, listing)).size]
    # Without this note, linkers assume that the object wants an executable stack.
    note = OutputSection(".note.GNU-stack", elf.SHT_PROGBITS, 0)
    image = Image([], [], 0, elf.FILE_HEADER.size)
    names = layout.add_section_names(image, [*gathered, *relocations, note, listing.table, listing.text])
    numbers = {section.name: section.index for section in gathered}
    for table in relocations:
        table.info = numbers[table.name.removeprefix(".rela")]
    listing.fill()
    return _write(image, names)


def _write(image: Image, names: StringTable) -> Iterator[Bytes]:
    yield elf.FILE_HEADER.pack(
        elf.IDENT, elf.ET_REL, elf.EM_X86_64, 1, 0, 0, image.section_table, 0,
        elf.FILE_HEADER.size, 0, 0, elf.SECTION_HEADER.size, len(image.sections) + 1, image.sections[-1].index,
    )  # fmt: skip
    yield from layout.contents(image, names, elf.FILE_HEADER.size)


class _Symbols:
    """The symbol table: one symbol for each section, then the local ones, then the global ones."""

    def __init__(self, program: Resolved, gathered: list[OutputSection], localize: bool) -> None:
        used = {id(e.symbol) for s in program.inputs for e in s.edges}
        own = [s for o in program.objects for s in o.symbols if s.binding == elf.STB_LOCAL and _is_kept(s, used)]
        shared = [s for s in program.table.by_name.values() if _is_kept(s, used) or s.exported]
        hidden = [s for s in shared if localize and s.state == "defined" and not s.exported]
        visible = [s for s in shared if not localize or s.state != "defined" or s.exported]
        self._sections = gathered
        self._local = [*own, *sorted(hidden, key=lambda s: s.name)]
        self._global = sorted(visible, key=lambda s: s.name)
        first = 1 + len(gathered)
        self._numbers = {id(s): first + i for i, s in enumerate((*self._local, *self._global))}
        self._section_numbers = {id(section): 1 + i for i, section in enumerate(gathered)}
        strings = StringTable()
        self._names = [strings.add(s.name) for s in (*self._local, *self._global)]
        size = elf.SYMBOL.size * (first + len(self._names))
        self.text = OutputSection(".strtab", elf.SHT_STRTAB, 0, 1, 0, len(strings.data), content=strings.data)
        self.table = OutputSection(".symtab", elf.SHT_SYMTAB, 0, 8, elf.SYMBOL.size, size, link=self.text)
        self.table.info = first + len(self._local)

    def target(self, edge: Edge) -> tuple[int, int] | None:
        """Symbol number and addend for a relocation; None when what it names was left out."""
        symbol = edge.symbol
        if symbol.kind == elf.STT_SECTION:
            if symbol.section is None or symbol.section.output is None:
                return None
            return self._section_numbers[id(symbol.section.output)], edge.addend + symbol.section.offset
        number = self._numbers.get(id(symbol))
        return None if number is None else (number, edge.addend)

    def fill(self) -> None:
        """Writes the table, when the sections have their numbers."""
        out = bytearray(elf.SYMBOL.size)
        for section in self._sections:
            out += elf.SYMBOL.pack(0, elf.STB_LOCAL << 4 | elf.STT_SECTION, 0, section.index, 0, 0)
        for number, (symbol, name) in enumerate(zip((*self._local, *self._global), self._names, strict=True)):
            local = number < len(self._local)
            visibility = 0 if local or symbol.exported else symbol.visibility or _hidden_unless_import(symbol)
            out += symbol_record(symbol, name, elf.STB_LOCAL if local else symbol.binding, visibility)
        self.table.content = out


def _hidden_unless_import(symbol: Symbol) -> int:
    return elf.STV_HIDDEN if symbol.state == "defined" else elf.STV_DEFAULT


def _is_kept(symbol: Symbol, used: set[int]) -> bool:
    if symbol.kind in (elf.STT_SECTION, elf.STT_FILE):
        return False
    if symbol.section is not None:
        return symbol.section.output is not None and (id(symbol) in used or not symbol.name.startswith(".L"))
    return symbol.state in ("undefined", "absolute") and id(symbol) in used


def _relocations(output: OutputSection, listing: _Symbols) -> OutputSection:
    """`.rela.X` of section X; it is empty when there is nothing to relocate."""
    out = bytearray()
    for member in output.members:
        for edge in member.edges:
            target = listing.target(edge)
            if target is None and member.is_alloc:
                raise member.fail(f"refers to {edge.symbol.name or 'a section'!r} of a dropped group")
            if target is not None and edge.kind != elf.R_NONE:
                number, addend = target
                out += elf.RELA.pack(member.offset + edge.offset, number << 32 | edge.kind, addend)
    name = f".rela{output.name}"
    flags, record = elf.SHF_INFO_LINK, elf.RELA.size
    return OutputSection(name, elf.SHT_RELA, flags, 8, record, len(out), content=out, link=listing.table)
