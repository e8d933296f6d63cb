"""Compiles the runtime with ziglang's clang: C -> one LLVM bitcode file, and what codegen takes of it.

    runtime.bc          all of it
    runtime.o           all of it as an object in which each function has a section of its own, so that unused ones go
    runtime_inline.bc   the functions of INLINED with the static ones they need: inlined into model code

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
    "-std=c11", "-fPIC", "-fvisibility=hidden", "-fomit-frame-pointer", "-fno-stack-protector",
    "-fno-sanitize=all", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fno-math-errno", "-g0",
)  # fmt: skip
FAST = (
    "call", "dict", "index", "list", "list_search", "map", "object", "parse_number", "python_call", "python_tensor",
    "scan", "string", "string_case", "string_search", "string_split", "string_strip", "utf8",
)  # fmt: skip
"""Sources on the path of every call, compiled for speed; the others are compiled for size (their inner loops are
memory-bound or in generated kernels)."""
SMALL = (
    "arena", "c_call", "c_future", "c_object", "c_value", "clone", "copy", "cpu", "crossing", "decimal",
    "dlpack_export", "fail", "format", "gemm", "handlers", "instance", "matmul", "number", "pool", "python_bind",
    "python_entry", "python_foreign", "python_function", "python_future", "python_memory", "python_model",
    "python_object", "python_thread", "python_value", "python_weights", "reduce_all", "reduction", "show", "state",
    "text", "view", "weights", "weights_file",
)  # fmt: skip
"""Sources that run once an instance, for text or after a failure, those whose work is done by kernels and by memory,
and those of few instructions a call (the refill of arena, view): as small as can be."""
LEVELS = {
    **dict.fromkeys(FAST, ("-O2", "-fno-unroll-loops")),
    # The driver takes -Oz for -Os.
    **dict.fromkeys(SMALL, ("-Os", "-Xclang", "-Oz", "-fno-unroll-loops")),
}
SECTIONS = ("-ffunction-sections", "-fdata-sections")
OUTPUTS = ("runtime.bc", "runtime_inline.bc", "runtime.o")
_STRING = re.compile(r"^(@[\w.$]+ = private) unnamed_addr (?=constant \[\d+ x i8\] c\")", re.M)
"""Strings that may be merged share one section, which goes into a library whole; one that may not has its own."""
# Attributes that tie a function to one CPU or toolchain would keep it from being inlined into model code.
_TIED_ATTRIBUTE = re.compile(
    r' "(?:target-cpu|target-features|tune-cpu|frame-pointer|min-legal-vector-width|stack-protector-buffer-size|'
    r'no-trapping-math)"="[^"]*"'
)

INLINED = (
    "aj_dim", "aj_dtype", "aj_is_contiguous", "aj_is_floating_point", "aj_len", "aj_list_length", "aj_numel", "aj_size",
    "aj_stride", "aj_str_length",
)  # fmt: skip
"""Functions that are little more than a load. Larger ones were measured: LLVM does not inline them, and only looking at
them takes a tenth of the compilation."""
_FUNCTION = re.compile(r"^define (?P<head>[^\n]*?@(?P<name>[\w.$]+)\([^\n]*) \{\n(?P<body>.*?)^\}\n", re.M | re.S)
_TOP_LEVEL = re.compile(r"^@(?P<variable>[\w.$]+) = .*\n|^declare [^\n]*?@(?P<function>[\w.$]+)\(.*\n", re.M)
_NAME = re.compile(r"@([\w.$]+)")
_LINKAGE = re.compile(r"^(?:internal |hidden |dso_local |weak |fastcc )+")


def inlinable_part(text: str) -> str:
    """The module's text with the bodies of INLINED and the static functions they reach; the rest is only declared."""
    text = re.sub(r", !callees !\d+", "", text)
    functions = {m["name"]: m for m in _FUNCTION.finditer(text)}
    kept: set[str] = set()
    work = [name for name in INLINED if name in functions]
    while work:
        name = work.pop()
        if name not in kept:
            kept.add(name)
            callees = _NAME.findall(functions[name]["body"])
            work += [c for c in callees if c in functions and functions[c]["head"].startswith("internal ")]
    needed = {used for name in kept for used in _NAME.findall(functions[name]["body"])}

    def reduced(match: re.Match[str]) -> str:
        if match["name"] in kept:
            return match[0]
        return f"declare {_LINKAGE.sub('', match['head'])}\n" if match["name"] in needed else ""

    def still_needed(match: re.Match[str]) -> str:
        return match[0] if (match["variable"] or match["function"]) in needed else ""

    text = _TOP_LEVEL.sub(still_needed, text)
    text = _FUNCTION.sub(reduced, text)
    return re.sub(r"^!\d+ = .*@.*\n", "", text, flags=re.M)


def source_hash() -> str:
    """A digest of everything that the outputs depend on."""
    digest = hashlib.sha256()
    for path in sorted([*RUNTIME.glob("*.c"), *RUNTIME.glob("*.h"), Path(__file__)]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build_bitcode(out_dir: Path) -> Path:
    """Writes runtime.bc and what is made from it to `out_dir`, with runtime.hash; returns the bitcode's path.

    Raises RuntimeError with the compiler's messages when a source does not compile.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    digest = source_hash()
    with tempfile.TemporaryDirectory(dir=out_dir) as scratch:
        work = Path(scratch)
        parts = []
        for source in sorted(RUNTIME.glob("*.c")):
            level = LEVELS.get(source.stem, ("-Os", "-fno-unroll-loops"))
            part = source.stem + ".bc"
            _zig("cc", *TARGET, *FLAGS, *level, "-emit-llvm", "-c", str(source), "-o", part, cwd=work)
            parts.append(part)
        _zig("ld.lld", "--lto-emit-llvm", "--lto-O1", "-r", "-o", "merged.bc", *parts, cwd=work)
        _zig("cc", *TARGET, "-O0", "-S", "-emit-llvm", "merged.bc", "-o", "merged.ll", cwd=work)
        text = _TIED_ATTRIBUTE.sub("", (work / "merged.ll").read_text())
        text = _STRING.sub(r"\1 ", text)
        text = text.replace(" = { }\n", " = { nounwind }\n")  # LLVM does not read a group without attributes
        (work / "runtime.ll").write_text(text)
        (work / "inline.ll").write_text(inlinable_part(text))
        _zig("cc", *TARGET, "-O0", "-c", "-emit-llvm", "runtime.ll", "-o", "runtime.bc", cwd=work)
        _zig("cc", *TARGET, "-O0", "-c", "-emit-llvm", "inline.ll", "-o", "runtime_inline.bc", cwd=work)
        # The code is optimised already; LLVM's passes would only run again.
        as_is = ("-O2", *SECTIONS, "-Xclang", "-disable-llvm-passes")
        _zig("cc", *TARGET, *FLAGS, *as_is, "-c", "runtime.ll", "-o", "runtime.o", cwd=work)
        for name in OUTPUTS:
            os.replace(work / name, out_dir / name)
    (out_dir / "runtime.hash").write_text(digest)
    return out_dir / "runtime.bc"


def _zig(*arguments: str, cwd: Path) -> None:
    command = [sys.executable, "-m", "ziglang", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments[:1])} failed on the runtime:\n{done.stderr}")


if __name__ == "__main__":
    print(build_bitcode(Path(sys.argv[1] if len(sys.argv) > 1 else "aotjit/_build")))
