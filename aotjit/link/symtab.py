"""`.symtab`: the names that debuggers and profilers show. The loader does not read it."""

from __future__ import annotations

from collections.abc import Iterator

from . import elf
from .dynamic import symbol_record
from .elf import StringTable
from .layout import OutputSection
from .objects import ObjectFile, Symbol


class SymbolListing:
    """The symbols of the library: each file's own, then the hidden ones, then the exports."""

    def __init__(self, objects: list[ObjectFile], shared: dict[str, Symbol]) -> None:
        hidden = [s for s in shared.values() if _is_shown(s) and not s.exported]
        self._local = [*_locals(objects), *sorted(hidden, key=lambda s: s.name)]
        self._global = sorted((s for s in shared.values() if s.exported), key=lambda s: s.name)
        strings = StringTable()
        self._names = [strings.add(s.name) for s in (*self._local, *self._global)]
        count = 1 + len(self._names)
        size = count * elf.SYMBOL.size
        self.text = OutputSection(".strtab", elf.SHT_STRTAB, 0, 1, 0, len(strings.data), content=strings.data)
        self.table = OutputSection(".symtab", elf.SHT_SYMTAB, 0, 8, elf.SYMBOL.size, size, link=self.text)
        self.table.info = 1 + len(self._local)

    def fill(self) -> None:
        """Writes the table, after placement."""
        out = bytearray(elf.SYMBOL.size)
        bindings = [elf.STB_LOCAL] * len(self._local) + [s.binding for s in self._global]
        for symbol, name, binding in zip((*self._local, *self._global), self._names, bindings, strict=True):
            out += symbol_record(symbol, name, binding, 0)
        self.table.content = out


def _locals(objects: list[ObjectFile]) -> Iterator[Symbol]:
    for object_file in objects:
        own = [s for s in object_file.symbols if s.binding == elf.STB_LOCAL]
        shown = [s for s in own if _is_shown(s)]
        if shown:
            yield from (s for s in own if s.kind == elf.STT_FILE)
            yield from shown


def _is_shown(symbol: Symbol) -> bool:
    if symbol.kind in (elf.STT_SECTION, elf.STT_FILE) or symbol.name.startswith(".L"):
        return False
    return symbol.section is not None and symbol.section.output is not None
