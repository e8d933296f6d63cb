"""What the dynamic loader reads: symbols, their hash table and versions, relocations and the dynamic section."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import elf
from .elf import LinkError, StringTable
from .layout import OutputSection, synthetic
from .objects import Symbol
from .versions import IMPORT_VERSIONS, version_hash

# Version indices 0 and 1 are "local" and "global, no version"; needed versions count from 2.
_NO_VERSION = 1
_FIRST_VERSION = 2
_VER_FLG_WEAK = 2
_BLOOM_SHIFT = 26


def gnu_hash(name: str) -> int:
    """The hash of DT_GNU_HASH (Bernstein's, times 33)."""
    value = 5381
    for byte in name.encode():
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


@dataclass
class DynamicSymbols:
    """The dynamic symbol table: imports by name, then exports in hash order. `library` has each import's origin."""

    imports: list[Symbol]
    exports: list[Symbol]
    origins: dict[str, tuple[str, str]]
    strings: StringTable
    buckets: int

    @property
    def ordered(self) -> list[Symbol]:
        return self.imports + self.exports

    @property
    def libraries(self) -> list[str]:
        """Needed libraries, in the order of DT_NEEDED."""
        return sorted({library for library, _ in self.origins.values() if library}, reverse=True)


def collect(imports: list[Symbol], exports: list[Symbol], extra: Mapping[str, tuple[str, str]]) -> DynamicSymbols:
    """Orders and numbers the symbols; an import that no known library has is a LinkError unless it is weak."""
    origins, unknown = {}, []
    for symbol in imports:
        origin = extra.get(symbol.name) or IMPORT_VERSIONS.get(symbol.name)
        if origin is not None:
            origins[symbol.name] = origin
        elif not symbol.is_weak:
            unknown.append(f"{symbol.name} (used in {symbol.file})")
    if unknown:
        raise LinkError(f"undefined symbol{'s' * (len(unknown) > 1)}: {', '.join(sorted(unknown))}")
    buckets = max(1, len(exports) // 2)
    result = DynamicSymbols(
        sorted(imports, key=lambda s: s.name),
        sorted(exports, key=lambda s: (gnu_hash(s.name) % buckets, s.name)),
        origins,
        StringTable(),
        buckets,
    )
    for number, symbol in enumerate(result.ordered, 1):
        symbol.number = number
        result.strings.add(symbol.name)
    return result


def symbol_sections(symbols: DynamicSymbols, soname: str) -> list[OutputSection]:
    """`.gnu.hash`, `.dynsym`, `.gnu.version`, `.gnu.version_r` and `.dynstr`; all but `.dynsym` are complete."""
    strings = symbols.strings
    needs, indices, count = _version_needs(symbols)
    for text in (*symbols.libraries, soname):
        strings.add(text)
    numbers = [0, *(indices.get(s.name, _NO_VERSION) for s in symbols.ordered)]
    hashes = _filled(".gnu.hash", elf.SHT_GNU_HASH, _hash_table(symbols), 8)
    table = synthetic(".dynsym", elf.SHT_DYNSYM, 0, 8, elf.SYMBOL.size, elf.SYMBOL.size * len(numbers))
    table.info = 1
    versym = _filled(".gnu.version", elf.SHT_GNU_VERSYM, struct.pack(f"<{len(numbers)}H", *numbers), 2, 2)
    verneed = _filled(".gnu.version_r", elf.SHT_GNU_VERNEED, needs, 8)
    verneed.info = count
    names = _filled(".dynstr", elf.SHT_STRTAB, bytes(strings.data), 1)
    hashes.link = versym.link = table
    table.link = verneed.link = names
    return [hashes, table, *([versym, verneed] if count else []), names]


def _filled(name: str, kind: int, content: bytes, align: int, entsize: int = 0) -> OutputSection:
    section = synthetic(name, kind, 0, align, entsize, len(content))
    section.content = bytearray(content)
    return section


def _hash_table(symbols: DynamicSymbols) -> bytes:
    hashes = [gnu_hash(s.name) for s in symbols.exports]
    words = 1
    while words * 8 < len(hashes):
        words *= 2
    bloom = [0] * words
    buckets = [0] * symbols.buckets
    first = 1 + len(symbols.imports)
    chain = []
    for position, value in enumerate(hashes):
        bloom[value // 64 % words] |= 1 << value % 64 | 1 << (value >> _BLOOM_SHIFT) % 64
        bucket = value % symbols.buckets
        buckets[bucket] = buckets[bucket] or first + position
        last = position + 1 == len(hashes) or hashes[position + 1] % symbols.buckets != bucket
        chain.append(value & ~1 | last)
    head = struct.pack("<IIII", symbols.buckets, first, words, _BLOOM_SHIFT)
    tail = struct.pack(f"<{words}Q{len(buckets)}I{len(chain)}I", *bloom, *buckets, *chain)
    return head + tail


def _version_needs(symbols: DynamicSymbols) -> tuple[bytes, dict[str, int], int]:
    """The needed versions by library, each import's version index, the number of libraries."""
    wanted: dict[str, dict[str, list[Symbol]]] = {}
    for symbol in symbols.imports:
        library, version = symbols.origins.get(symbol.name, ("", ""))
        if version:
            wanted.setdefault(library, {}).setdefault(version, []).append(symbol)
    out, indices, number = bytearray(), {}, _FIRST_VERSION
    for place, (library, versions) in enumerate(sorted(wanted.items())):
        last = place + 1 == len(wanted)
        size = elf.VERNEED.size + elf.VERNAUX.size * len(versions)
        out += elf.VERNEED.pack(1, len(versions), symbols.strings.add(library), elf.VERNEED.size, 0 if last else size)
        for position, (version, users) in enumerate(sorted(versions.items())):
            # A version that only weak imports want may be missing.
            flags = _VER_FLG_WEAK if all(s.is_weak for s in users) else 0
            following = elf.VERNAUX.size if position + 1 < len(versions) else 0
            name = symbols.strings.add(version)
            out += elf.VERNAUX.pack(version_hash(version), flags, number, name, following)
            indices.update(dict.fromkeys((s.name for s in users), number))
            number += 1
    return bytes(out), indices, len(wanted)


def fill_symbols(section: OutputSection, symbols: DynamicSymbols) -> None:
    """Writes `.dynsym`, after placement."""
    out = bytearray(elf.SYMBOL.size)
    for symbol in symbols.ordered:
        out += symbol_record(symbol, symbols.strings.add(symbol.name), symbol.binding, 0)
    section.content = out


def symbol_record(symbol: Symbol, name: int, binding: int, visibility: int) -> bytes:
    """The 24 bytes of a symbol at its final address."""
    kind = elf.STT_OBJECT if symbol.kind == elf.STT_COMMON else symbol.kind
    shndx = elf.SHN_ABS if symbol.state == "absolute" else elf.SHN_UNDEF
    if symbol.section is not None and symbol.section.output is not None:
        shndx = symbol.section.output.index
    return elf.SYMBOL.pack(name, binding << 4 | kind, visibility, shndx, symbol.address, symbol.size)


@dataclass(frozen=True)
class DynamicRelocation:
    """A word that the loader fills: at `offset` of `section`, with `symbol`'s address + `addend`."""

    section: OutputSection
    offset: int
    kind: int
    symbol: Symbol
    addend: int = 0

    def record(self) -> bytes:
        place = self.section.address + self.offset
        if self.kind == elf.R_RELATIVE:
            return elf.RELA.pack(place, elf.R_RELATIVE, self.symbol.address + self.addend)
        return elf.RELA.pack(place, self.symbol.number << 32 | self.kind, self.addend)


def fill_relocations(section: OutputSection, relocations: Sequence[DynamicRelocation]) -> None:
    """Writes `.rela.dyn`: relative ones first (the loader does those in one loop), each kind by address."""
    ordered = sorted(relocations, key=lambda r: (r.kind != elf.R_RELATIVE, r.section.address + r.offset))
    section.content = bytearray(b"".join(r.record() for r in ordered))


def dynamic_size(libraries: Sequence[str]) -> int:
    """An upper bound of the bytes of `.dynamic`; what is not used holds DT_NULL."""
    return elf.DYNAMIC.size * (22 + len(libraries))


def fill_dynamic(
    section: OutputSection,
    named: Mapping[str, OutputSection],
    symbols: DynamicSymbols,
    soname: str,
    relative_count: int,
) -> None:
    """Writes `.dynamic`, after placement. `named` has the placed sections by name."""
    entries = [(elf.DT_NEEDED, symbols.strings.add(library)) for library in symbols.libraries]
    if soname:
        entries.append((elf.DT_SONAME, symbols.strings.add(soname)))
    for name, start, size in (
        (".init_array", elf.DT_INIT_ARRAY, elf.DT_INIT_ARRAYSZ),
        (".fini_array", elf.DT_FINI_ARRAY, elf.DT_FINI_ARRAYSZ),
        (".rela.dyn", elf.DT_RELA, elf.DT_RELASZ),
    ):
        if name in named:
            entries += [(start, named[name].address), (size, named[name].size)]
    if ".rela.dyn" in named:
        entries += [(elf.DT_RELAENT, elf.RELA.size), (elf.DT_RELACOUNT, relative_count)]
    entries += [
        (elf.DT_GNU_HASH, named[".gnu.hash"].address),
        (elf.DT_SYMTAB, named[".dynsym"].address),
        (elf.DT_SYMENT, elf.SYMBOL.size),
        (elf.DT_STRTAB, named[".dynstr"].address),
        (elf.DT_STRSZ, named[".dynstr"].size),
    ]
    if ".gnu.version" in named:
        entries += [
            (elf.DT_VERSYM, named[".gnu.version"].address),
            (elf.DT_VERNEED, named[".gnu.version_r"].address),
            (elf.DT_VERNEEDNUM, named[".gnu.version_r"].info),
        ]
    entries += [(elf.DT_FLAGS, elf.DF_BIND_NOW), (elf.DT_FLAGS_1, elf.DF_1_NOW)]
    content = b"".join(elf.DYNAMIC.pack(*entry) for entry in entries)
    section.content = bytearray(content.ljust(section.size, b"\0"))
