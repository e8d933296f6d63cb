"""The linker on objects that LLVM makes: link, load, call; and what readelf and gdb say of the result."""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from aotjit.link import Blob, ElfFile, LinkError, LinkUnit, link_pieces, link_shared
from aotjit.link.manifest import manifest_text, read_manifest
from tests.objects_for_linking import compile_ir

needs_readelf = pytest.mark.skipif(shutil.which("readelf") is None, reason="needs readelf")
needs_gdb = pytest.mark.skipif(shutil.which("gdb") is None, reason="needs gdb")

MAIN = """
@weights = external hidden global [4 x float], align 64
@table = hidden constant [2 x ptr] [ptr @twice, ptr @square]
@counter = internal global i64 0
@text = private unnamed_addr constant [6 x i8] c"hello\\00"
$shared = comdat any
declare double @exp(double)
declare float @powf(float, float)
declare extern_weak ptr @PyNotThere(ptr)
declare i64 @strlen(ptr)
declare i64 @other(i64)
define internal i64 @twice(i64 %x) { %r = shl i64 %x, 1  ret i64 %r }
define internal i64 @square(i64 %x) { %r = mul i64 %x, %x  ret i64 %r }
define linkonce_odr i64 @shared() comdat { ret i64 3 }
define double @m_exp(double %x) { %r = call double @exp(double %x)  ret double %r }
define float @m_pow(float %x) { %r = call float @powf(float %x, float 2.0)  ret float %r }
define i1 @m_has_python() { %c = icmp ne ptr @PyNotThere, null  ret i1 %c }
define i64 @m_length(ptr %s) { %r = call i64 @strlen(ptr %s)  ret i64 %r }
define ptr @m_text() { ret ptr @text }
define ptr @m_strlen_address() { ret ptr @strlen }
define ptr @m_weights() { ret ptr @weights }
define i64 @m_count() {
  %a = load i64, ptr @counter  %b = add i64 %a, 1  store i64 %b, ptr @counter  ret i64 %b
}
define i64 @m_dispatch(i64 %which, i64 %x) {
  %p = getelementptr [2 x ptr], ptr @table, i64 0, i64 %which
  %f = load ptr, ptr %p
  %r = call i64 %f(i64 %x)
  ret i64 %r
}
define i64 @m_other(i64 %x) { %a = call i64 @other(i64 %x)  %b = call i64 @shared()  %c = add i64 %a, %b  ret i64 %c }
@llvm.global_ctors = appending global [2 x { i32, ptr, ptr }] [
  { i32, ptr, ptr } { i32 65535, ptr @second, ptr null }, { i32, ptr, ptr } { i32 101, ptr @first, ptr null }]
define internal void @first() { store i64 10, ptr @counter  ret void }
define internal void @second() {
  %a = load i64, ptr @counter  %b = mul i64 %a, 5  store i64 %b, ptr @counter  ret void
}
"""
OTHER = """
$shared = comdat any
@state = hidden global i64 100
@unused = hidden constant [4096 x i8] zeroinitializer
define linkonce_odr i64 @shared() comdat { ret i64 3 }
define i64 @other(i64 %x) {
  %a = load i64, ptr @state  %b = add i64 %a, %x  %c = call i64 @shared()  %d = add i64 %b, %c  ret i64 %d
}
"""
EXPORTS = [
    "m_exp", "m_pow", "m_has_python", "m_length", "m_text", "m_strlen_address", "m_weights", "m_count", "m_dispatch",
    "m_other",
]  # fmt: skip
WEIGHTS = struct.pack("4f", 1.0, 2.0, 3.0, 4.0)


@pytest.fixture(scope="module")
def unit() -> LinkUnit:
    objects = [("main.o", compile_ir(MAIN)), ("other.o", compile_ir(OTHER))]
    return LinkUnit(objects, EXPORTS, "libm.so", [Blob("weights", WEIGHTS)])


@pytest.fixture(scope="module")
def library(unit: LinkUnit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("link") / "m.so"
    path.write_bytes(link_shared(unit))
    return path


def test_calls(library: Path) -> None:
    m = ctypes.CDLL(str(library))
    m.m_exp.restype, m.m_exp.argtypes = ctypes.c_double, [ctypes.c_double]
    m.m_pow.restype, m.m_pow.argtypes = ctypes.c_float, [ctypes.c_float]
    m.m_text.restype = ctypes.c_char_p
    m.m_weights.restype = m.m_strlen_address.restype = ctypes.c_void_p
    assert m.m_exp(1.0) == pytest.approx(2.718281828459045)
    assert m.m_pow(3.0) == 9.0
    assert m.m_has_python() == 0
    assert m.m_length(b"four") == 4
    assert m.m_text() == b"hello"
    assert [m.m_dispatch(i, 7) for i in (0, 1)] == [14, 49]
    assert m.m_other(1) == 107
    # first() set 10, second() made it 50: the priorities are kept.
    assert m.m_count() == 51
    assert m.m_weights() % 64 == 0
    assert ctypes.string_at(m.m_weights(), 16) == WEIGHTS
    assert ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_char_p)(m.m_strlen_address())(b"abc") == 3


def test_loads_with_bind_now(library: Path) -> None:
    code = f"import ctypes; print(ctypes.CDLL({str(library)!r}).m_dispatch(1, 5))"
    environment = {**os.environ, "LD_BIND_NOW": "1"}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "25\n"


def test_same_input_same_bytes(unit: LinkUnit) -> None:
    assert link_shared(unit) == b"".join(link_pieces(unit))


def test_hidden_names_do_not_meet(tmp_path: Path) -> None:
    """Two libraries with the same hidden symbols and different data in one process."""
    ir = """
    @value = hidden global i64 {}
    define hidden ptr @address() {{ ret ptr @value }}
    define i64 @{}_get() {{ %p = call ptr @address()  %v = load i64, ptr %p  ret i64 %v }}
    """
    for prefix, value in (("a", 1), ("b", 2)):
        objects = [("o", compile_ir(ir.format(value, prefix)))]
        (tmp_path / f"{prefix}.so").write_bytes(link_shared(LinkUnit(objects, [f"{prefix}_get"], f"{prefix}.so")))
    a = ctypes.CDLL(str(tmp_path / "a.so"), ctypes.RTLD_GLOBAL)
    b = ctypes.CDLL(str(tmp_path / "b.so"), ctypes.RTLD_GLOBAL)
    assert (a.a_get(), b.b_get()) == (1, 2)


def test_only_exports_are_visible(library: Path) -> None:
    file = ElfFile(library.read_bytes())
    table = file.section(".dynsym")
    assert table is not None
    defined = [s.name for s in file.symbols(table) if s.shndx]
    imported = [s.name for s in file.symbols(table) if not s.shndx and s.name]
    assert sorted(defined) == sorted(EXPORTS)
    assert imported == ["PyNotThere", "exp", "powf", "strlen"]


@needs_readelf
def test_readelf_has_nothing_to_say(library: Path) -> None:
    result = subprocess.run(
        ["readelf", "-aW", "--debug-dump", str(library)], capture_output=True, text=True, check=True
    )
    assert result.stderr == ""
    assert "Shared library: [libm.so.6]" in result.stdout
    assert "powf@GLIBC_2.27" in result.stdout


def test_libm_only_when_needed(tmp_path: Path) -> None:
    objects = [
        (
            "o",
            compile_ir("declare i64 @strlen(ptr)\ndefine i64 @f(ptr %p) { %r = call i64 @strlen(ptr %p) ret i64 %r }"),
        )
    ]
    data = link_shared(LinkUnit(objects, ["f"]))
    assert b"libc.so.6" in data and b"libm.so.6" not in data


def test_no_imports_at_all(tmp_path: Path) -> None:
    path = tmp_path / "f.so"
    path.write_bytes(link_shared(LinkUnit([("o", compile_ir("define i64 @f() { ret i64 42 }"))], ["f"])))
    assert b".so.6" not in path.read_bytes()
    assert ctypes.CDLL(str(path)).f() == 42


@needs_gdb
def test_gdb_shows_source_lines(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("first line\nsecond line\nthird line\n")
    ir = f"""
    define i64 @f(i64 %x) !dbg !4 {{ %r = mul i64 %x, 3, !dbg !7  ret i64 %r, !dbg !8 }}
    !llvm.dbg.cu = !{{!0}}
    !llvm.module.flags = !{{!2, !3}}
    !0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1, producer: "aotjit", emissionKind: LineTablesOnly)
    !1 = !DIFile(filename: "model.py", directory: "{tmp_path}")
    !2 = !{{i32 7, !"Dwarf Version", i32 4}}
    !3 = !{{i32 2, !"Debug Info Version", i32 3}}
    !4 = distinct !DISubprogram(name: "f", file: !1, line: 1, type: !5, unit: !0, spFlags: DISPFlagDefinition)
    !5 = !DISubroutineType(types: !6)
    !6 = !{{}}
    !7 = !DILocation(line: 2, column: 3, scope: !4)
    !8 = !DILocation(line: 3, column: 3, scope: !4)
    """
    path = tmp_path / "f.so"
    path.write_bytes(link_shared(LinkUnit([("o", compile_ir(ir))], ["f"])))
    command = ["gdb", "-batch", "-ex", "info line f", "-ex", "list f", str(path)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "model.py" in output and "second line" in output


def test_manifest(tmp_path: Path) -> None:
    manifest = {"abi": 1, "name": "größe", "entries": ["forward"]}
    objects = [("o", compile_ir("define i64 @f() { ret i64 42 }"))]
    blob = Blob("m_text", manifest_text(manifest).encode() + b"\0", section=".aotjit", align=1)
    path = tmp_path / "m.so"
    path.write_bytes(link_shared(LinkUnit(objects, ["f", "m_text"], blobs=[blob])))
    assert read_manifest(ElfFile(path.read_bytes())) == manifest
    text = ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(ctypes.CDLL(str(path)), "m_text")))
    assert text == '{"abi":1,"entries":["forward"],"name":"größe"}'.encode()
    with pytest.raises(LinkError, match="not made by aotjit"):
        read_manifest(ElfFile(link_shared(LinkUnit(objects, ["f"]))))


def test_lazy_data_and_what_is_left_out(tmp_path: Path) -> None:
    calls = []

    def supply() -> memoryview:
        calls.append(1)
        return memoryview(WEIGHTS)

    ir = """
    @big = external hidden global [8 x i8]
    define ptr @f() { ret ptr @big }
    """
    blobs = [Blob("big", supply, size=16), Blob("unused", bytes(1 << 20)), Blob("kept", b"kept", keep=True)]
    pieces = link_pieces(LinkUnit([("o", compile_ir(ir))], ["f"], blobs=blobs))
    assert not calls
    data = b"".join(pieces)
    assert calls == [1] and len(data) < 1 << 16 and b"kept" in data


def test_data_of_the_wrong_size() -> None:
    ir = "@w = external hidden global i64\ndefine ptr @f() { ret ptr @w }"
    blobs = [Blob("w", lambda: b"1234", size=16)]
    with pytest.raises(LinkError, match="4 bytes, not 16"):
        link_shared(LinkUnit([("o", compile_ir(ir))], ["f"], blobs=blobs))


def test_unwind_table(library: Path) -> None:
    """`.eh_frame_hdr` has one sorted entry for each function that is left."""
    file = ElfFile(library.read_bytes())
    header = file.section(".eh_frame_hdr")
    assert header is not None
    (count,) = struct.unpack_from("<I", header.data, 8)
    starts = [struct.unpack_from("<i", header.data, 12 + 8 * i)[0] + header.header.address for i in range(count)]
    text = file.section(".text")
    assert text is not None
    assert starts == sorted(starts)
    assert all(text.header.address <= s < text.header.address + text.header.size for s in starts)
    assert count == len(set(starts)) == 16


def test_symbol_table_can_be_left_out(unit: LinkUnit) -> None:
    plain = link_shared(LinkUnit(unit.objects, unit.exports, unit.soname, unit.blobs, symbol_table=False))
    assert ElfFile(plain).section(".symtab") is None
    assert ElfFile(link_shared(unit)).section(".symtab") is not None
