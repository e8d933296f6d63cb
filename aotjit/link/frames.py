"""`.eh_frame`: drops the unwind records of dropped functions and builds the search table of `.eh_frame_hdr`.

Format: Linux Standard Base Core, "Exception Frames". A record is a length, an id (0 for a CIE, else the distance back
to its CIE) and a body; an FDE's body starts with the address of its function.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from . import elf
from .objects import Edge, InputSection

_FDE_TARGET = 8


@dataclass(frozen=True)
class Record:
    """One CIE (`cie` is -1) or FDE of an input section."""

    offset: int
    size: int
    cie: int
    edges: tuple[Edge, ...]

    @property
    def target(self) -> Edge | None:
        """The relocation of the function's address."""
        at = self.offset + _FDE_TARGET
        return next((e for e in self.edges if e.offset == at), None) if self.cie >= 0 else None

    @property
    def is_live(self) -> bool:
        """False for the FDE of a function that was left out."""
        if self.cie < 0:
            return True
        section = self.target.symbol.section if self.target else None
        return section is not None and section.live


def parse_records(section: InputSection) -> list[Record]:
    """The records of an `.eh_frame` section."""
    data = section.data()
    by_offset = sorted(section.edges, key=lambda e: e.offset)
    records: list[Record] = []
    cies: set[int] = set()
    at = edge = 0
    while at + 4 <= len(data):
        (length,) = elf.WORD.unpack_from(data, at)
        if length == 0:
            break
        end = at + 4 + length
        if length < 4 or length == 0xFFFFFFFF or end > len(data):
            raise section.fail(f"damaged unwind record at offset {at}")
        (identity,) = elf.WORD.unpack_from(data, at + 4)
        first = edge
        while edge < len(by_offset) and by_offset[edge].offset < end:
            edge += 1
        cie = at + 4 - identity if identity else -1
        if identity and cie not in cies:
            raise section.fail(f"unwind record at offset {at} names no CIE")
        if not identity:
            cies.add(at)
        records.append(Record(at, end - at, cie, tuple(by_offset[first:edge])))
        at = end
    return records


def prune(section: InputSection, records: list[Record]) -> None:
    """Rewrites `section` in place so that it holds only live records."""
    old, new, edges, moved = section.data(), bytearray(), [], {}
    for record in records:
        if not record.is_live:
            continue
        moved[record.offset] = start = len(new)
        new += old[record.offset : record.offset + record.size]
        if record.cie >= 0:
            elf.WORD.pack_into(new, start + 4, start + 4 - moved[record.cie])
        edges += [e._replace(offset=e.offset - record.offset + start) for e in record.edges]
    view = memoryview(bytes(new))
    section.data, section.size, section.edges = (lambda: view), len(new), edges
    # Padding between two objects' records would read as the end of all records.
    section.align = 1


def header_size(function_count: int) -> int:
    """Bytes of `.eh_frame_hdr` for that many FDEs."""
    return 12 + 8 * function_count


def build_header(sections: list[InputSection], address: int, frame_address: int) -> bytes:
    """`.eh_frame_hdr` at `address`: a table of (function, record) sorted by function, relative to the header."""
    entries = []
    for section in sections:
        for record in parse_records(section):
            target = record.target
            if target is not None:
                function = target.symbol.address + target.addend
                if abs(function - address) >= 1 << 31:
                    raise section.fail(f"the unwind record at offset {record.offset} names a function out of reach")
                entries.append((function - address, section.address + record.offset - address))
    # Version 1; pointer: pcrel sdata4; count: udata4; table: datarel sdata4.
    head = bytes([1, 0x1B, 0x03, 0x3B]) + struct.pack("<iI", frame_address - address - 4, len(entries))
    return head + b"".join(struct.pack("<ii", *entry) for entry in sorted(entries))
