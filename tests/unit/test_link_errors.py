"""What the linker refuses, and that damaged input is refused with a LinkError and nothing else."""

from __future__ import annotations

import random
import struct

import pytest

from aotjit.link import Blob, ElfFile, LinkError, LinkUnit, elf, link_shared
from tests.objects_for_linking import C_COMPILER, compile_c, compile_ir

needs_cc = pytest.mark.skipif(C_COMPILER is None, reason="needs a C compiler")
F = "define i64 @f() { ret i64 1 }"


def _link(*irs: str, exports: tuple[str, ...] = ("f",), **more: object) -> bytes:
    objects = [(f"{i}.o", compile_ir(ir)) for i, ir in enumerate(irs)]
    return link_shared(LinkUnit(objects, exports, **more))  # type: ignore[arg-type]  # the tests pass what fits


def test_undefined_symbols_are_all_named() -> None:
    ir = """
    declare i64 @b_missing()
    declare i64 @a_missing()
    define i64 @f() { %a = call i64 @b_missing()  %b = call i64 @a_missing()  %c = add i64 %a, %b  ret i64 %c }
    """
    with pytest.raises(LinkError) as error:
        _link(ir)
    assert str(error.value) == "undefined symbols: a_missing (used in 0.o), b_missing (used in 0.o)"


def test_unused_code_may_refer_to_nothing() -> None:
    declared = "declare i64 @missing()\ndefine i64 @g() { %r = call i64 @missing()  ret i64 %r }"
    _link(F, declared)


def test_undefined_hidden_symbol() -> None:
    with pytest.raises(LinkError, match="undefined hidden symbol: w"):
        _link("@w = external hidden global i64\ndefine ptr @f() { ret ptr @w }")


def test_export_that_is_not_there() -> None:
    with pytest.raises(LinkError, match="exported but not defined: g, h"):
        _link(F, exports=("f", "g", "h"))


def test_defined_twice() -> None:
    with pytest.raises(LinkError, match=r"symbol 'f' is defined twice: in 0\.o and in 1\.o"):
        _link(F, F)


def test_data_defined_twice() -> None:
    with pytest.raises(LinkError, match=r"symbol 'f' is defined twice: in 0\.o and in data f"):
        _link(F, blobs=[Blob("f", b"x")])


def test_weak_definition_gives_way() -> None:
    _link(F, "define weak i64 @f() { ret i64 2 }")


def test_extra_imports() -> None:
    ir = "declare i64 @special()\ndefine i64 @f() { %r = call i64 @special()  ret i64 %r }"
    data = _link(ir, imports={"special": ("libspecial.so.1", "")})
    assert b"libspecial.so.1" in data


def test_thread_local_storage() -> None:
    with pytest.raises(LinkError, match="thread-local storage is not supported"):
        _link("@t = internal thread_local global i64 3\ndefine i64 @f() { %v = load i64, ptr @t  ret i64 %v }")


@needs_cc
@pytest.mark.parametrize(
    ("source", "flags", "message"),
    [
        ("extern int v; int f(void) { return v; }", ("-fno-pic",), "undefined symbol: v|R_X86_64_PC32 against 'v'"),
        ("static int v[4]; int *f(int i) { return v + i; }", ("-fno-pic", "-O2"), "R_X86_64_32S? against"),
        ("int v; int f(void) { return v; }", ("-mcmodel=large",), "R_X86_64_GOT"),
    ],
)
def test_code_that_is_not_position_independent(source: str, flags: tuple[str, ...], message: str) -> None:
    with pytest.raises(LinkError, match=message):
        link_shared(LinkUnit([("o", compile_c(source, *flags))], ["f"]))


@needs_cc
def test_address_in_read_only_data() -> None:
    source = r"""
    __asm__(".section .rodata\n.globl p\np: .quad f\n.text");
    extern int p[2] __attribute__((visibility("hidden")));
    int f(void) { return p[0]; }
    """
    with pytest.raises(LinkError, match="address in a read-only section"):
        link_shared(LinkUnit([("o", compile_c(source))], ["f"]))


def test_data_out_of_reach() -> None:
    """A direct reference across more than 2 GiB is refused; one through the GOT works."""
    far = Blob("w", bytes, size=3 << 30)
    near = "@{0} = external {1} constant [8 x i8]\ndefine ptr @f() {{ ret ptr @{0} }}"
    last = Blob("x", b"12345678", keep=True)
    with pytest.raises(LinkError, match="must lie within 2 GiB"):
        _link(near.format("x", "hidden"), blobs=[Blob("w", far.data, far.size, keep=True), last])
    from aotjit.link import link_pieces

    objects = [("o", compile_ir(near.format("x", "")))]
    next(iter(link_pieces(LinkUnit(objects, ["f"], blobs=[Blob("w", far.data, far.size, keep=True), last]))))


def test_not_an_object() -> None:
    library = _link(F)
    for data, message in (
        (b"", "not an ELF file"),
        (b"\x7fELF" + bytes(60), "not a 64-bit little-endian x86-64 ELF file"),
        (library, "not a relocatable object"),
    ):
        with pytest.raises(LinkError, match=message):
            link_shared(LinkUnit([("o", data)], ["f"]))


def test_damaged_files_are_refused() -> None:
    """Random damage never gives anything but a LinkError, or a file that still links."""
    rng = random.Random(1)
    ir = """
    @s = private unnamed_addr constant [6 x i8] c"hello\\00"
    @t = hidden constant [1 x ptr] [ptr @f]
    declare i64 @strlen(ptr)
    define i64 @f() { %r = call i64 @strlen(ptr @s)  ret i64 %r }
    define internal void @start() { ret void }
    @llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 1, ptr @start, ptr null }]
    """
    good = compile_ir(ir)
    refused = 0
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(data))
            if rng.random() < 0.5:
                data[at] = rng.randrange(256)
            else:
                struct.pack_into(
                    "<I", data, min(at & ~3, len(data) - 4), rng.choice((0, 0xFFFFFFFF, 0x7FFFFFFF, 1 << 20))
                )
        if rng.random() < 0.1:
            del data[rng.randrange(len(data)) :]
        try:
            link_shared(LinkUnit([("o", bytes(data))], ["f"]))
        except LinkError:
            refused += 1
    assert refused > 500


def test_damaged_library_is_refused_by_the_reader() -> None:
    rng = random.Random(2)
    good = _link(F)
    for _ in range(500):
        data = bytearray(good)
        data[rng.randrange(64)] = rng.randrange(256)
        data[len(data) - 1 - rng.randrange(min(len(data), 1000))] = rng.randrange(256)
        try:
            file = ElfFile(bytes(data), "x.so")
            for section in file.sections:
                if section.header.type in (elf.SHT_DYNSYM, elf.SHT_SYMTAB):
                    file.symbols(section)
        except LinkError as error:
            assert str(error).startswith("x.so: ")
