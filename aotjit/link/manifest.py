"""The manifest: what an artefact is, as JSON inside it.

It lies NUL-terminated in the section `.aotjit` under the exported symbol `<prefix>_manifest`, so that a program that
has loaded the library reads it as a C string and `aotjit inspect` reads it without loading anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from .elf import LinkError
from .reader import ElfFile
from .unit import Blob

SECTION = ".aotjit"
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def manifest_symbol(prefix: str) -> str:
    """The name under which a library with that prefix exports its manifest."""
    return f"{prefix}_manifest"


def manifest_blob(prefix: str, manifest: Mapping[str, Json]) -> Blob:
    """The data to link; export `manifest_symbol(prefix)` with it."""
    text = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Blob(manifest_symbol(prefix), text.encode() + b"\0", align=1, section=SECTION, keep=True)


def read_manifest(file: ElfFile) -> dict[str, Json]:
    """The manifest of a library that aotjit made; LinkError when it has none or it is damaged."""
    section = file.section(SECTION)
    if section is None:
        raise file.fail("not made by aotjit (it has no manifest)")
    try:
        manifest = json.loads(bytes(section.data).partition(b"\0")[0])
    except (ValueError, RecursionError):
        raise file.fail("damaged manifest") from None
    if not isinstance(manifest, dict):
        raise LinkError(f"{file.name}: damaged manifest")
    return manifest
