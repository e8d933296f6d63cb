"""`aotjit inspect model.so`: signature, manifest, sizes and imports of an artefact, read from the file alone."""

from __future__ import annotations

import argparse
import json
import mmap
from collections.abc import Iterator
from pathlib import Path

from ..diagnostics import UsageError
from ..link import elf
from ..link.elf import LinkError
from ..link.manifest import Json, read_manifest
from ..link.reader import ElfFile

_SHOWN_APART = ("entries", "weights", "states", "inputs", "kind", "class", "name")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("library", type=Path, metavar="FILE", help="model.so")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON and nothing else")


def run(arguments: argparse.Namespace) -> int:
    path: Path = arguments.library
    try:
        with open(path, "rb") as handle:
            # The mapping lives as long as views into it; nothing of the weights is read.
            data = memoryview(mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{path}: empty file") from None
    try:
        file = ElfFile(data, str(path))
        manifest = read_manifest(file)
        lines = [json.dumps(manifest, indent=2, sort_keys=True)] if arguments.json else list(_describe(file, manifest))
    except LinkError as error:
        raise UsageError(str(error)) from None
    print("\n".join(lines))
    return 0


def _describe(file: ElfFile, manifest: dict[str, Json]) -> Iterator[str]:
    what = f"class {manifest.get('class')}" if manifest.get("class") else manifest.get("kind", "functions")
    yield f"{manifest.get('name')} ({what})"
    yield "\nentries:"
    for entry in _items(manifest.get("entries")):
        yield f"  {entry.get('name')}{entry.get('signature')}"
    weights = manifest.get("weights")
    if isinstance(weights, dict):
        yield f"\nweights: {weights.get('count')} tensors, {weights.get('bytes')} bytes"
    yield "\nmanifest:"
    for key, value in sorted(manifest.items()):
        if key not in _SHOWN_APART and value not in (None, "", [], {}):
            yield f"  {key:<16} {value if isinstance(value, str | int) else json.dumps(value)}"
    yield "\nsections:"
    for section in file.sections:
        if section.header.size:
            kind = "loaded" if section.header.flags & elf.SHF_ALLOC else "file only"
            yield f"  {section.name:<20} {section.header.size:>12}  {kind}"
    yield f"  {'file':<20} {len(file.data):>12}"
    yield from _imports(file)


def _items(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _imports(file: ElfFile) -> Iterator[str]:
    needed = ", ".join(_needed(file))
    yield f"\nneeds: {needed or 'nothing'}"
    table = file.section(".dynsym")
    symbols = file.symbols(table) if table is not None else []
    for title, weak in (("imports", False), ("imports where there is Python", True)):
        names = [s.name for s in symbols if s.name and not s.shndx and (s.binding == elf.STB_WEAK) == weak]
        if names:
            yield f"{title}: {', '.join(names)}"
    yield f"exports: {', '.join(s.name for s in symbols if s.shndx)}"


def _needed(file: ElfFile) -> Iterator[str]:
    section = file.section(".dynamic")
    if section is None:
        return
    strings = bytes(file.linked(section).data)
    whole = len(section.data) // elf.DYNAMIC.size * elf.DYNAMIC.size
    for tag, value in elf.DYNAMIC.iter_unpack(section.data[:whole]):
        if tag == elf.DT_NEEDED:
            yield file.string(strings, value, "the name of a needed library")
