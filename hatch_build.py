"""Build hook: makes what the package needs but the repository does not hold, into `aotjit/_build`.

    runtime.o, runtime*.bc   runtime/*.c, compiled by the clang of the ziglang wheel
    kernels_*.o              kernels that no program changes (aotjit/codegen/kernels/fixed.py)
    aotjit.h, dlpack.h       the public headers, whose text every model.h contains
and beside the parser
    torchscript.table.json   the LALR table of grammar/torchscript.lark

It runs for wheels and for editable installs alike.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILD = "aotjit/_build"
HEADERS = ("aotjit.h", "dlpack.h")
TABLE = "aotjit/syntax/torchscript.table.json"


class RuntimeBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's class is generic in name only
    """Found by hatchling through `[tool.hatch.build.hooks.custom]`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        folder = root / BUILD
        _load(root / "runtime" / "build.py").build_bitcode(folder)
        kernels = "from aotjit.codegen.kernels import fixed, fixed_build; fixed_build.build(fixed.BUILD)"
        subprocess.run([sys.executable, "-c", kernels], cwd=root, check=True)
        for header in HEADERS:
            shutil.copyfile(root / "runtime" / header, folder / header)
        if version == "editable":
            return
        table = folder / "torchscript.table.json"
        subprocess.run([sys.executable, "-m", "aotjit.syntax.table", str(table)], cwd=root, check=True)
        build_data["force_include"][str(table)] = TABLE


def _load(path: Path) -> ModuleType:
    """The module in a file that belongs to no package."""
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
