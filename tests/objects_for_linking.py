"""Objects for the linker's tests: LLVM IR and C to relocatable ELF."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import llvmlite.binding as llvm

C_COMPILER = shutil.which("cc") or shutil.which("gcc")


@functools.cache
def _target() -> llvm.TargetMachine:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple("x86_64-unknown-linux-gnu")
    return target.create_target_machine(cpu="x86-64-v2", opt=2, reloc="pic", codemodel="small")


def compile_ir(ir: str) -> bytes:
    """The object of a module's text."""
    module = llvm.parse_assembly('target triple = "x86_64-unknown-linux-gnu"\n' + ir)
    module.verify()
    data: bytes = _target().emit_object(module)
    return data


def compile_c(source: str, *flags: str) -> bytes:
    """The object of a C file, position independent."""
    assert C_COMPILER is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.c"
        path.write_text(source)
        output = path.with_suffix(".o")
        subprocess.run([C_COMPILER, "-O2", "-fPIC", "-c", *flags, str(path), "-o", str(output)], check=True)
        return output.read_bytes()
