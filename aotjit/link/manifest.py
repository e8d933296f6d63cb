"""The manifest: what an artefact is, as JSON inside it.

Its text lies NUL-terminated in the section `.aotjit`: a program that has loaded the library gets it from
`<prefix>_manifest()`, `aotjit inspect` reads it without loading anything. The same input gives the same text: it holds
no time, no path and no machine's name.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping

from aotjit import __version__
from aotjit.options import CompileOptions
from aotjit.program import Entry, Program, Required, Weight

from .reader import ElfFile

SECTION = ".aotjit"
ABI_VERSION = 1
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def build_manifest(program: Program, options: CompileOptions, source: bytes) -> dict[str, Json]:
    """What there is to know of the library that `program` becomes; `source` is the text or archive it came from."""
    return {
        "abi": ABI_VERSION,
        "compiler": f"aotjit {__version__}",
        "name": options.name,
        "kind": program.kind,
        "class": program.class_name,
        "entries": [_entry(entry) for entry in program.entries],
        "states": [state.path for state in program.states],
        "weights": {"count": len(program.weights), "bytes": sum(map(_weight_bytes, program.weights.values()))},
        "target": "x86_64-linux-gnu",
        "cpu": list(options.cpu),
        "optimize": options.optimize,
        "passes": [step if isinstance(step, str) else type(step).__qualname__ for step in options.passes],
        "inputs": {name: str(type) for name, type in options.inputs.items()},
        "source_sha256": hashlib.sha256(source).hexdigest(),
    }


def _weight_bytes(weight: Weight) -> int:
    return math.prod(weight.shape) * weight.dtype.size


def _entry(entry: Entry) -> dict[str, Json]:
    parameters: list[Json] = []
    for parameter in entry.parameters:
        one: dict[str, Json] = {"name": parameter.name, "type": str(parameter.type)}
        if not isinstance(parameter.default, Required):
            one["default"] = repr(parameter.default)
        parameters.append(one)
    return {
        "name": entry.name,
        "signature": entry.signature,
        "parameters": parameters,
        "result": str(entry.result),
        "doc": entry.doc,
    }


def manifest_text(manifest: Mapping[str, Json]) -> str:
    """The JSON text, keys sorted."""
    return json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


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
        raise file.fail("damaged manifest")
    return manifest
