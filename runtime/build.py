"""Compiles the runtime with ziglang's clang: C -> one LLVM bitcode file, which codegen links and inlines.

Run by the wheel's build hook, and by aotjit/runtime_files.py in a source checkout.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RUNTIME = Path(__file__).resolve().parent
TARGET = ("-target", "x86_64-linux-gnu", "-mcpu=x86_64_v2")
FLAGS = (
    "-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-fomit-frame-pointer", "-fno-stack-protector",
    "-fno-sanitize=all", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fno-math-errno", "-g0",
)  # fmt: skip
# Attributes that tie a function to one CPU or toolchain would keep it from being inlined into model code.
_TIED_ATTRIBUTE = re.compile(
    r' "(?:target-cpu|target-features|tune-cpu|frame-pointer|min-legal-vector-width|stack-protector-buffer-size|'
    r'no-trapping-math)"="[^"]*"'
)


def source_hash() -> str:
    """A digest of everything that the outputs depend on."""
    digest = hashlib.sha256()
    for path in sorted([*RUNTIME.glob("*.c"), *RUNTIME.glob("*.h"), Path(__file__)]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build_bitcode(out_dir: Path) -> Path:
    """Writes runtime.bc and runtime.hash to `out_dir`; returns the bitcode's path.

    Raises RuntimeError with the compiler's messages when a source does not compile.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    digest = source_hash()
    with tempfile.TemporaryDirectory(dir=out_dir) as scratch:
        work = Path(scratch)
        parts = []
        for source in sorted(RUNTIME.glob("*.c")):
            _zig("cc", *TARGET, *FLAGS, "-emit-llvm", "-c", str(source), "-o", source.stem + ".bc", cwd=work)
            parts.append(source.stem + ".bc")
        _zig("ld.lld", "--lto-emit-llvm", "-r", "-o", "merged.bc", *parts, cwd=work)
        _zig("cc", *TARGET, "-O0", "-S", "-emit-llvm", "merged.bc", "-o", "merged.ll", cwd=work)
        text = _TIED_ATTRIBUTE.sub("", (work / "merged.ll").read_text())
        text = text.replace(" = { }\n", " = { nounwind }\n")  # LLVM does not read a group without attributes
        (work / "runtime.ll").write_text(text)
        _zig("cc", *TARGET, "-O0", "-c", "-emit-llvm", "runtime.ll", "-o", "runtime.bc", cwd=work)
        os.replace(work / "runtime.bc", out_dir / "runtime.bc")
    (out_dir / "runtime.hash").write_text(digest)
    return out_dir / "runtime.bc"


def _zig(*arguments: str, cwd: Path) -> None:
    command = [sys.executable, "-m", "ziglang", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments[:1])} failed on the runtime:\n{done.stderr}")


if __name__ == "__main__":
    print(build_bitcode(Path(sys.argv[1] if len(sys.argv) > 1 else "aotjit/_build")))
