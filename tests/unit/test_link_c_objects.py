"""The linker on objects of a C compiler: sections a function, strings, tables, constructors, common symbols, debug."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aotjit.link import Blob, ElfFile, LinkError, LinkUnit, link_shared
from aotjit.link.archive import link_archive, make_archive
from aotjit.link.external import link_external
from aotjit.link.manifest import read_manifest
from aotjit.link.relocatable import merge_objects
from tests.objects_for_linking import C_COMPILER, compile_c

pytestmark = pytest.mark.skipif(C_COMPILER is None, reason="needs a C compiler")

FIRST = r"""
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const char *const names[] = {"zero", "one", "two", "three"};
static int counter;
extern int tentative[4];
static int (*table[2])(int);
static int twice(int x) { return 2 * x; }
static int thrice(int x) { return 3 * x; }
int second_file(int x);
__attribute__((constructor)) static void start(void) { table[0] = twice; table[1] = thrice; counter = 40; }
__attribute__((destructor)) static void stop(void) { if (getenv("SHOW_STOP")) { puts("stopped"); fflush(stdout); } }
const char *name(int i) { return names[i & 3]; }
int call(int i, int x) { return table[i & 1](x); }
int next(void) { tentative[1]++; return ++counter; }
int jump(int x) {
  switch (x) {
    case 0: return 11; case 1: return (int)strlen(name(3)); case 2: return 5; case 3: return next();
    case 4: return 99; case 5: return -3; case 6: return second_file(x); default: return 0;
  }
}
double mathematics(double x) { return sin(x) + pow(x, 1.5) + expf((float)x) + fmod(x, 0.7); }
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
void sort(int *a, int n) { qsort(a, (size_t)n, 4, compare); }
void print(char *b, int n) { snprintf(b, (size_t)n, "%s %d %.3f", "text", counter, 1.5); }
int unused(void) { return puts("this string is not in the library"); }
"""
SECOND = r"""
int tentative[4];
extern int next(void);
int second_file(int x) { return tentative[1] * 1000 + x + next(); }
"""
EXPORTS = ["name", "call", "next", "jump", "mathematics", "sort", "print", "tentative"]


def _objects(*flags: str) -> list[tuple[str, bytes]]:
    return [
        ("first.o", compile_c(FIRST, "-ffunction-sections", *flags)),
        ("second.o", compile_c(SECOND, "-fcommon", *flags)),
    ]


def _exercise(path: Path) -> None:
    m = ctypes.CDLL(str(path))
    m.name.restype = ctypes.c_char_p
    m.mathematics.restype, m.mathematics.argtypes = ctypes.c_double, [ctypes.c_double]
    assert m.name(3) == b"three"
    assert [m.call(i, 7) for i in (0, 1)] == [14, 21]
    assert m.next() == 41
    assert [m.jump(i) for i in range(8)] == [11, 5, 5, 42, 99, -3, 2049, 0]
    assert list((ctypes.c_int * 4).in_dll(m, "tentative")) == [0, 3, 0, 0]
    assert m.mathematics(2.0) == pytest.approx(11.726780757321384)
    values = (ctypes.c_int * 5)(5, 3, 9, 1, 2)
    m.sort(values, 5)
    assert list(values) == [1, 2, 3, 5, 9]
    text = ctypes.create_string_buffer(50)
    m.print(text, 50)
    assert text.value == b"text 43 1.500"


@pytest.mark.parametrize("flags", [(), ("-O0",), ("-g", "-O3"), ("-fno-plt", "-mcmodel=small"), ("-fcf-protection",)])
def test_c_program(tmp_path: Path, flags: tuple[str, ...]) -> None:
    path = tmp_path / "c.so"
    path.write_bytes(link_shared(LinkUnit(_objects(*flags), EXPORTS, "c.so")))
    _exercise(path)
    if "-O0" not in flags:  # which puts all strings into one section
        assert b"this string is not in the library" not in path.read_bytes()
    if shutil.which("readelf"):
        command = ["readelf", "-aW", "--debug-dump", str(path)]
        assert subprocess.run(command, capture_output=True, check=True).stderr == b""


def test_no_plt_calls_go_straight(tmp_path: Path) -> None:
    """Calls through the GOT to the library's own functions become direct ones, so no GOT entry is left for them."""
    source = """
    __attribute__((noinline)) int g(int x) { return x * 3; }
    int f(int x) { return g(x) + 1; }
    int t(int x) { return g(x); }
    """
    path = tmp_path / "c.so"
    path.write_bytes(
        link_shared(LinkUnit([("o", compile_c(source, "-fno-plt", "-O1", "-ffunction-sections"))], ["f", "t"]))
    )
    assert ElfFile(path.read_bytes()).section(".got") is None
    m = ctypes.CDLL(str(path))
    assert (m.f(2), m.t(2)) == (7, 6)


def test_destructor_runs(tmp_path: Path) -> None:
    path = tmp_path / "c.so"
    path.write_bytes(link_shared(LinkUnit(_objects(), EXPORTS, "c.so")))
    code = f"import ctypes; ctypes.CDLL({str(path)!r})"
    environment = {**os.environ, "SHOW_STOP": "1"}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "stopped\n"


def test_two_libraries_in_one_program(tmp_path: Path) -> None:
    """Linked by the C compiler into a program, with the loader's strictest options."""
    for prefix in "ab":
        source = f"int v = {ord(prefix)}; int shared(void) {{ return v; }} int {prefix}_f(void) {{ return shared(); }}"
        data = link_shared(LinkUnit([("o", compile_c(source))], [f"{prefix}_f"], f"lib{prefix}.so"))
        (tmp_path / f"lib{prefix}.so").write_bytes(data)
    main = tmp_path / "main.c"
    main.write_text("int a_f(void), b_f(void);\nint main(void) { return b_f() - a_f() == 1 ? 0 : 1; }\n")
    program = str(tmp_path / "main")
    assert C_COMPILER is not None
    command = [
        C_COMPILER,
        str(main),
        "-o",
        program,
        f"-L{tmp_path}",
        "-la",
        "-lb",
        f"-Wl,-rpath,{tmp_path},-z,now,-z,defs",
    ]
    subprocess.run(command, check=True)
    subprocess.run([program], check=True, env={**os.environ, "LD_BIND_NOW": "1", "LD_DEBUG": ""})


DATA_USER = """
extern const float weights[4] __attribute__((visibility("hidden")));
extern const char m_text[] __attribute__((visibility("hidden")));
float total(void) { return weights[0] + weights[3]; }
const char *text(void) { return m_text; }
"""
BLOBS = [Blob("weights", b"\0\0\x80?" * 3 + b"\0\0\0@"), Blob("m_text", b"some text\0")]
MANIFEST = Blob("m_manifest", b'{"abi": 1}\0', section=".aotjit", align=1)


def _check_data(path: Path) -> None:
    m = ctypes.CDLL(str(path))
    m.total.restype, m.text.restype = ctypes.c_float, ctypes.c_char_p
    assert m.total() == 3.0
    assert m.text() == b"some text"


@pytest.mark.parametrize("linker", ["own", "cc", "ld", "lld"])
def test_each_linker(tmp_path: Path, linker: str) -> None:
    objects = [("data.o", compile_c(DATA_USER)), *_objects()]
    unit = LinkUnit(objects, [*EXPORTS, "total", "text", "m_manifest"], "c.so", [*BLOBS, MANIFEST])
    path = tmp_path / "c.so"
    path.write_bytes(link_shared(unit) if linker == "own" else link_external(unit, linker))
    _exercise(path)
    _check_data(path)
    file = ElfFile(path.read_bytes())
    assert read_manifest(file) == {"abi": 1}
    table = file.section(".dynsym")
    assert table is not None
    assert sorted(s.name for s in file.symbols(table) if s.shndx) == sorted(unit.exports)


def test_external_linker_refuses() -> None:
    unit = LinkUnit([("o", b"not an object")], [])
    with pytest.raises(LinkError, match="ld failed on"):
        link_external(unit, "ld")


def _run_with(tmp_path: Path, name: str, libraries: list[Path], main: str) -> None:
    source, program = tmp_path / f"{name}.c", str(tmp_path / name)
    source.write_text(main)
    assert C_COMPILER is not None
    subprocess.run([C_COMPILER, str(source), *map(str, libraries), "-lm", "-o", program], check=True)
    subprocess.run([program], check=True)


MAIN = "float total(void); int jump(int);\nint main(void) { return total() == 3.0f && jump(6) == 47 ? 0 : 1; }\n"


def test_archive_of_several_members(tmp_path: Path) -> None:
    """The symbol index and the long member names are right."""
    data = b"".join(merge_objects(LinkUnit([], [], blobs=[replace(b, keep=True) for b in BLOBS]), localize=False))
    members = [*_objects(), ("a_member_with_a_long_name.o", compile_c(DATA_USER)), ("data.o", data)]
    path = tmp_path / "libtest.a"
    path.write_bytes(make_archive(members))
    _run_with(tmp_path, "main", [path], MAIN)
    listing = subprocess.run(["ar", "t", str(path)], capture_output=True, text=True, check=True).stdout.split()
    assert listing == [name for name, _ in members]
    assert make_archive(members) == path.read_bytes()


@pytest.mark.parametrize("flags", [(), ("-g",), ("-O0",), ("-fno-plt", "-fdata-sections")])
def test_merged_object(tmp_path: Path, flags: tuple[str, ...]) -> None:
    unit = LinkUnit([("data.o", compile_c(DATA_USER)), *_objects(*flags)], [*EXPORTS, "total", "text"], "c.so", BLOBS)
    path = tmp_path / "merged.o"
    path.write_bytes(b"".join(merge_objects(unit)))
    _run_with(tmp_path, "main", [path], MAIN)
    if shutil.which("readelf"):
        command = ["readelf", "-aW", "--debug-dump", str(path)]
        assert subprocess.run(command, capture_output=True, check=True).stderr == b""
    library = tmp_path / "c.so"
    library.write_bytes(link_shared(LinkUnit([("merged.o", path.read_bytes())], unit.exports, "c.so")))
    _exercise(library)
    _check_data(library)


def test_two_archives_in_one_program(tmp_path: Path) -> None:
    """Static libraries with the same hidden symbols do not meet."""
    libraries = []
    for prefix in "ab":
        source = f"int v = {ord(prefix)}; int shared(void) {{ return v; }} int {prefix}_f(void) {{ return shared(); }}"
        libraries.append(tmp_path / f"lib{prefix}.a")
        unit = LinkUnit([("o", compile_c(source))], [f"{prefix}_f"], f"{prefix}.a")
        libraries[-1].write_bytes(b"".join(link_archive(unit)))
    main = "int a_f(void), b_f(void);\nint main(void) { return b_f() - a_f() == 1 ? 0 : 1; }\n"
    _run_with(tmp_path, "both", libraries, main)
