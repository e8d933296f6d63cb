"""Linking with a tool of the system instead of the built-in linker: `--linker cc|ld|lld`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from ..diagnostics import UsageError
from .elf import LinkError
from .relocatable import merge_objects
from .unit import Bytes, LinkUnit

_LIBRARY_FOLDERS = ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib", "/lib")


@dataclass(frozen=True)
class Tool:
    """A linker: the programs to try in order, and how it takes options meant for the linker proper."""

    programs: tuple[str, ...]
    spell: Callable[[str], str]
    libraries: tuple[str, ...]


# ld and lld are given the libraries' run-time names, which exist without a C compiler's development files.
_BARE_LIBRARIES = ("--as-needed", "-l:libm.so.6", "-l:libc.so.6")
TOOLS: dict[str, Tool] = {
    "cc": Tool(("cc", "gcc", "clang"), lambda option: f"-Wl,{option}", ("-nostartfiles", "-Wl,--as-needed", "-lm")),
    "ld": Tool(("ld", "ld.bfd"), lambda option: option, _BARE_LIBRARIES),
    "lld": Tool(("ld.lld",), lambda option: option, _BARE_LIBRARIES),
}


def link_external(unit: LinkUnit, linker: str) -> bytes:
    """`link_shared` by way of another linker. UsageError when it is not installed, LinkError when it refuses."""
    tool = TOOLS[linker]
    command = _find(linker, tool)
    with tempfile.TemporaryDirectory(prefix="aotjit-") as name:
        folder = Path(name)
        inputs = []
        for number, (_, data) in enumerate(unit.objects):
            inputs.append(folder / f"{number}.o")
            inputs[-1].write_bytes(data)
        if unit.blobs:
            inputs.append(folder / "data.o")
            with open(inputs[-1], "wb") as file:
                file.writelines(_data(unit))
        script = folder / "exports"
        script.write_text("{ %s local: *; };\n" % (f"global: {'; '.join(unit.exports)};" if unit.exports else ""))
        output = folder / "out.so"
        options = [f"--version-script={script}", "--gc-sections", "-z", "relro", "-z", "now", "--hash-style=gnu"]
        options += ["--build-id=none", *(["-soname", unit.soname] if unit.soname else [])]
        if not unit.symbol_table:
            options.append("--strip-all")
        spelled = _spell(tool, options)
        arguments = ["-shared", "-o", str(output), *spelled, *map(str, inputs), *_search(linker), *tool.libraries]
        _run(linker, [*command, *arguments], unit)
        return output.read_bytes()


def _data(unit: LinkUnit) -> Iterator[Bytes]:
    """An object of the blobs, which the other objects refer to by hidden global symbols."""
    exports = [blob.name for blob in unit.blobs if blob.name in unit.exports]
    kept = [replace(blob, keep=True) for blob in unit.blobs]
    return merge_objects(LinkUnit([], exports, blobs=kept), localize=False)


def _spell(tool: Tool, options: Sequence[str]) -> list[str]:
    joined: list[str] = []
    for option in options:
        # An option's separate value must travel in the same -Wl, argument.
        if joined and joined[-1] in ("-z", "-soname"):
            joined[-1] += "\0" + option
        else:
            joined.append(option)
    if tool.spell("x") == "x":
        return [part for option in joined for part in option.split("\0")]
    return [tool.spell(option.replace("\0", ",")) for option in joined]


def _find(linker: str, tool: Tool) -> list[str]:
    for program in tool.programs:
        path = shutil.which(program)
        if path is not None:
            return [path]
    if linker == "lld" and find_spec("ziglang") is not None:
        return [sys.executable, "-m", "ziglang", "ld.lld"]
    raise UsageError(f"--linker {linker}: none of {', '.join(tool.programs)} is installed")


def _search(linker: str) -> list[str]:
    return [] if linker == "cc" else [f"-L{folder}" for folder in _LIBRARY_FOLDERS if Path(folder).is_dir()]


def _run(linker: str, command: list[str], unit: LinkUnit) -> None:
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise UsageError(f"--linker {linker}: cannot run {command[0]}: {error.strerror}") from None
    if result.returncode:
        raise LinkError(f"{linker} failed on {unit.soname or 'the library'}:\n{result.stderr.strip()}")
