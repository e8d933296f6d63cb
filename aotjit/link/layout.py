"""Output sections, their order, and where they and the segments lie in the file and in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import elf
from .elf import LinkError, StringTable, align_up
from .objects import InputSection
from .unit import WEIGHTS_SECTION

_CONSTRUCTORS = re.compile(r"\.(?:init|fini)_array\.([0-9]{1,5})")
_DEFAULT_PRIORITY = 65535
_CODE_FILL = b"\xcc"


@dataclass(eq=False, slots=True)
class OutputSection:
    """A section of the library: either `members` one after the other or `content` made by the linker."""

    name: str
    type: int
    flags: int
    align: int = 1
    entsize: int = 0
    size: int = 0
    members: list[InputSection] = field(default_factory=list)
    content: bytearray | None = None
    address: int = 0
    offset: int = 0
    link: OutputSection | None = None
    info: int = 0
    index: int = 0

    @property
    def is_alloc(self) -> bool:
        return bool(self.flags & elf.SHF_ALLOC)

    @property
    def file_size(self) -> int:
        return 0 if self.type == elf.SHT_NOBITS else self.size

    def add(self, section: InputSection) -> None:
        """Places `section` behind the members there are."""
        section.output = self
        section.offset = align_up(self.size, section.align)
        self.size = section.offset + section.size
        self.align = max(self.align, section.align)
        self.members.append(section)

    def materialize(self) -> bytearray:
        """The content as one buffer, so that relocations can be applied to it."""
        if self.content is None:
            self.content = bytearray(b"".join(self.pieces()))
        return self.content

    def pieces(self) -> Iterator[bytes | bytearray | memoryview]:
        """The content in order, members uncopied."""
        if self.content is not None:
            yield self.content
            return
        fill = _CODE_FILL if self.flags & elf.SHF_EXECINSTR else b"\0"
        at = 0
        for member in self.members:
            yield fill * (member.offset - at)
            data = member.data()
            if data.nbytes != member.size:
                raise member.fail(f"its data has {data.nbytes} bytes, not {member.size}")
            yield data
            at = member.offset + member.size


def synthetic(name: str, kind: int, flags: int, align: int = 8, entsize: int = 0, size: int = 0) -> OutputSection:
    """A section that the linker fills itself."""
    return OutputSection(name, kind, flags | elf.SHF_ALLOC, align, entsize, size)


@dataclass(eq=False, slots=True)
class Segment:
    """Output sections mapped together with one set of permissions (PF_*)."""

    flags: int
    sections: list[OutputSection]
    relro: bool = False

    @property
    def header(self) -> elf.ProgramHeader:
        start, last = self.sections[0], self.sections[-1]
        offset, address = start.offset, start.address
        filled = [s for s in self.sections if s.type != elf.SHT_NOBITS]
        file_size = filled[-1].offset + filled[-1].size - offset if filled else 0
        size = last.address + last.size - address
        if self.relro:
            # Only whole pages can be made read-only after relocation.
            size = align_up(address + size, elf.PAGE) - address
        return elf.ProgramHeader(elf.PT_LOAD, self.flags, offset, address, address, file_size, size, elf.PAGE)


_OUTPUT_PREFIXES = (
    ".text", ".rodata", ".data.rel.ro", ".data", ".bss", ".init_array", ".fini_array", ".gcc_except_table",
    ".gnu.linkonce.t", ".gnu.linkonce.r", ".gnu.linkonce.d", ".gnu.linkonce.b", ".lrodata", ".ldata", ".lbss",
)  # fmt: skip
_RENAMED = {
    ".gnu.linkonce.t": ".text", ".gnu.linkonce.r": ".rodata", ".gnu.linkonce.d": ".data", ".gnu.linkonce.b": ".bss",
    ".lrodata": ".rodata", ".ldata": ".data", ".lbss": ".bss",
}  # fmt: skip
RELRO = (".init_array", ".fini_array", ".data.rel.ro", ".dynamic", ".got")


def output_name(name: str) -> str:
    """`.text` for `.text.foo` and so on; a section of another kind keeps its name."""
    for prefix in _OUTPUT_PREFIXES:
        if name == prefix or name.startswith(prefix + "."):
            return _RENAMED.get(prefix, prefix)
    return name


def _priority(section: InputSection) -> int:
    """Order of constructors, which is in their section's name; the sort is stable for all else."""
    match = _CONSTRUCTORS.fullmatch(section.name)
    return int(match[1]) if match else _DEFAULT_PRIORITY


def gather(inputs: list[InputSection]) -> list[OutputSection]:
    """Output sections for the live inputs, which keep their order in each."""
    result: dict[str, OutputSection] = {}
    for section in sorted(inputs, key=_priority):
        name = output_name(section.name)
        flags = section.flags & (elf.SHF_WRITE | elf.SHF_ALLOC | elf.SHF_EXECINSTR)
        kind = elf.SHT_PROGBITS if section.type == elf.SHT_X86_64_UNWIND else section.type
        output = result.get(name)
        if output is None:
            output = result[name] = OutputSection(name, kind, flags)
        elif output.is_alloc != section.is_alloc:
            raise section.fail("is loaded in one object and not in another")
        output.flags |= flags
        if output.type == elf.SHT_NOBITS != kind:
            raise section.fail("has content in one object and none in another")
        output.add(section)
    return list(result.values())


def _group(section: OutputSection) -> int:
    """Position of its segment: read-only, code, read-only after relocation, data, weights."""
    writable = section.flags & elf.SHF_WRITE
    if section.flags & elf.SHF_EXECINSTR:
        if writable:
            raise LinkError(f"section {section.name} is both writable and executable")
        return 1
    if section.name in RELRO:
        return 2
    if writable:
        return 3
    return 4 if section.name == WEIGHTS_SECTION else 0


_GROUP_FLAGS = (elf.PF_R, elf.PF_R | elf.PF_X, elf.PF_R | elf.PF_W, elf.PF_R | elf.PF_W, elf.PF_R)


@dataclass(eq=False)
class Image:
    """The placed library: sections in file order, the segments of the loaded ones, the file's size."""

    sections: list[OutputSection]
    segments: list[Segment]
    header_count: int
    section_table: int = 0

    def find(self, name: str) -> OutputSection | None:
        return next((s for s in self.sections if s.name == name), None)


def place(sections: list[OutputSection]) -> Image:
    """Gives every section its offset and, to loaded ones, an address; the order within a segment is kept."""
    groups: list[list[OutputSection]] = [[] for _ in _GROUP_FLAGS]
    for section in sections:
        if section.is_alloc:
            groups[_group(section)].append(section)
    for group in groups:
        group.sort(key=lambda s: s.type == elf.SHT_NOBITS)
    segments = [Segment(f, g, i == 2) for i, (f, g) in enumerate(zip(_GROUP_FLAGS, groups, strict=True)) if g]
    names = {s.name for s in sections}
    header_count = len(segments) + 2 + (".dynamic" in names) + (".eh_frame_hdr" in names)
    offset = address = elf.FILE_HEADER.size + elf.PROGRAM_HEADER.size * header_count
    for number, segment in enumerate(segments):
        if segment.sections[0].name == WEIGHTS_SECTION:
            offset = align_up(offset, elf.PAGE)
        if number:
            # The next page of memory; the file goes on where it is, which maps its boundary pages twice.
            address = align_up(address, elf.PAGE) + offset % elf.PAGE
        for section in segment.sections:
            address, offset = align_up(address, section.align), align_up(offset, section.align)
            section.address, section.offset = address, offset
            address += section.size
            offset += section.file_size
    return Image([s for g in groups for s in g], segments, header_count, offset)


def append_unloaded(image: Image, sections: list[OutputSection]) -> None:
    """Places sections that are only in the file behind the loaded ones, then the section header table."""
    offset = image.section_table
    for section in sections:
        section.offset = offset = align_up(offset, section.align)
        offset += section.file_size
        image.sections.append(section)
    image.section_table = align_up(offset, 8)
    for number, section in enumerate(image.sections, 1):
        section.index = number


def add_section_names(image: Image, unloaded: list[OutputSection]) -> StringTable:
    """Appends the sections that are only in the file, and the table of all names; returns it."""
    names = StringTable()
    table = OutputSection(".shstrtab", elf.SHT_STRTAB, 0)
    for section in (*image.sections, *unloaded, table):
        names.add(section.name)
    table.content, table.size = names.data, len(names.data)
    append_unloaded(image, [*unloaded, table])
    return names


def contents(image: Image, names: StringTable, at: int) -> Iterator[bytes | bytearray | memoryview]:
    """Everything behind the file's headers, which end at `at`: the sections and the section header table."""
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
