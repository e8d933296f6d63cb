"""What a library exports, and the C functions that take bare pointers."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from aotjit import types
from aotjit.codegen import exports
from aotjit.codegen.arguments import argument_use
from aotjit.codegen.model import symbols_of
from aotjit.diagnostics import CompileError
from aotjit.ir import text
from aotjit.program import Entry, EntryParameter
from aotjit.type_text import parse_type
from tests.unit.compiled_program import CompiledProgram

RUNTIME_FUNCTIONS = [
    "m_create", "m_destroy", "m_reset", "m_clone", "m_load_state", "m_use_weights", "m_open_weights", "m_last_error",
    "m_version", "m_manifest", "PyInit_m",
]  # fmt: skip
IDENTITY = """
builtin.module {{ func.func @f(%a: {0}, %n: i64, %c: i1) -> {1} {{
  %t = "ts.tuple"(%a, %n, %c) : ({0}, i64, i1) -> {1}
  func.return %t : {1}
}} }}"""


def program_of(tensor: str, result: str) -> CompiledProgram:
    value = '!ts.val<"{}">'
    return CompiledProgram(IDENTITY.format(value.format(tensor), value.format(result)))


def entry(result: str, *parameters: str) -> Entry:
    listed = tuple(EntryParameter(f"p{i}", parse_type(p)) for i, p in enumerate(parameters))
    return Entry("f", "f", listed, parse_type(result))


def test_only_static_signatures_have_a_raw_form() -> None:
    static = "Tensor[f32; 2, 3; contiguous]"
    assert program_of(static, f"Tuple[{static}, int, bool]").objects.exports == (*RUNTIME_FUNCTIONS, "m_f", "m_f_raw")
    assert program_of("Tensor", "Tuple[Tensor, int, bool]").objects.exports == (*RUNTIME_FUNCTIONS, "m_f")
    assert not exports.has_raw_form(entry("int", "int"))
    assert not exports.has_raw_form(entry("Tensor[f32; 2]", "Tensor[f32; 2]", "str"))
    assert not exports.has_raw_form(entry("Tensor[f32; 2]", "Tensor[f32; N]"))


def test_raw_form() -> None:
    static = "Tensor[f32; 2, 3; contiguous]"
    program = program_of(static, f"Tuple[{static}, int, bool]")
    source, target = np.arange(6, dtype=np.float32), np.zeros(6, np.float32)
    n, flag = ctypes.c_int64(), ctypes.c_bool()
    raw = program.library.m_f_raw
    raw.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_bool, *[ctypes.c_void_p] * 3]
    pointers = [target.ctypes.data, ctypes.addressof(n), ctypes.addressof(flag)]
    assert raw(program.instance, source.ctypes.data, -7, True, *pointers) == 0
    assert (target.tolist(), n.value, flag.value) == (source.tolist(), -7, True)


def test_names_of_the_library_itself_are_taken() -> None:
    source = "builtin.module { func.func @version(%a: i64) -> i64 { func.return %a : i64 } }"
    with pytest.raises(CompileError, match="a function named version cannot be exported: m_version is another"):
        CompiledProgram(source)


def test_signature_text_and_symbols() -> None:
    e = Entry(
        "f",
        "f",
        (EntryParameter("x", parse_type("Tensor[f32; N, 3, M]")), EntryParameter("s", types.FLOAT, 1.5)),
        parse_type("Tensor[f32; M, K]"),
    )
    assert e.signature == "(x: Tensor[f32; N, 3, M], s: float = 1.5) -> Tensor[f32; M, K]"
    assert symbols_of(e) == ("N", "M", "K")


T = '!ts.val<"Tensor[f32]">'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('%r = "ts.aten"(%a, %b) <{op = "add_.Tensor", effects = "write", writes = array<i64: 0>}> : (T, T) -> T', {0}),
        ('%r = "ts.aten"(%a, %b) <{op = "add.Tensor", effects = "read"}> : (T, T) -> T', set()),
        (
            """%v = "ts.aten"(%b) <{op = "t", effects = "view"}> : (T) -> T
               %r = "ts.aten"(%v, %a) <{op = "add_.Tensor", effects = "write", writes = array<i64: 0>}>
                 : (T, T) -> T""",
            {1},
        ),
        (
            """%v = scf.if %c -> (T) { scf.yield %a : T } else { scf.yield %b : T }
               %r = "ts.aten"(%v, %a) <{op = "add_.Tensor", effects = "write", writes = array<i64: 0>}>
                 : (T, T) -> T""",
            {0, 1},
        ),
        (
            """%l = "ts.list"(%b) : (T) -> !ts.val<"List[Tensor[f32]]">
               %z = arith.constant 0 : i64
               %v = "ts.aten"(%l, %z) <{op = "__getitem__.t", effects = "read"}>
                 : (!ts.val<"List[Tensor[f32]]">, i64) -> T
               %r = "ts.aten"(%v, %a) <{op = "add_.Tensor", effects = "write", writes = array<i64: 0>}>
                 : (T, T) -> T""",
            {1},
        ),
    ],
)
def test_written_arguments(body: str, expected: set[int]) -> None:
    source = f"builtin.module {{ func.func @f(%a: T, %b: T, %c: i1) -> T {{ {body} func.return %r : T }} }}"
    source = source.replace("-> T", f"-> {T}").replace(": T", f": {T}").replace("(T", f"({T}").replace(", T", f", {T}")
    (function,) = text.module_from_text(source).ops
    assert argument_use(function).written == expected  # type: ignore[arg-type]
