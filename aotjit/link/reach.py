"""Which sections the library needs: those that the exports, constructors and kept data reach."""

from __future__ import annotations

from collections.abc import Iterable

from . import elf, frames
from .objects import InputSection, ObjectFile, Symbol

_ALWAYS = (elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY)


def mark_live(roots: Iterable[Symbol], kept: Iterable[InputSection], objects: list[ObjectFile]) -> None:
    """Sets `live` on every needed loaded section, on the debug sections, and prunes `.eh_frame` to what is live."""
    work = [s.section for s in roots if s.section is not None]
    work += kept
    unwind: list[tuple[InputSection, list[frames.Record]]] = []
    for object_file in objects:
        for section in object_file.sections:
            if section.name == ".eh_frame":
                unwind.append((section, frames.parse_records(section)))
            elif section.type in _ALWAYS or section.flags & elf.SHF_GNU_RETAIN or not section.is_alloc:
                work.append(section)
    _spread(work)
    # An unwind record names its function's exception table, which may reach more functions.
    pending = True
    while pending:
        named = [e.symbol.section for _, records in unwind for r in records if r.is_live for e in r.edges]
        work = [s for s in named if s is not None and not s.live]
        pending = bool(work)
        _spread(work)
    for section, records in unwind:
        frames.prune(section, records)
        section.live = section.size > 0


def _spread(work: list[InputSection]) -> None:
    while work:
        section = work.pop()
        if section.live:
            continue
        section.live = True
        # Debug sections describe code, they do not keep it.
        if section.is_alloc:
            work += [e.symbol.section for e in section.edges if e.symbol.section is not None]
