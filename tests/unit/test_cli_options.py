"""The text forms of options: `--input`, `--cpu`, `--name`, the environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from aotjit import knobs
from aotjit.diagnostics import UsageError
from aotjit.dtypes import DType
from aotjit.options import check_prefix, default_prefix, native_level, parse_cpu, parse_inputs, parse_tensor
from aotjit.types import TensorType


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f32[T,B,64]", TensorType(DType.F32, ("T", "B", 64))),
        ("f32[]", TensorType(DType.F32, ())),
        ("f32", TensorType(DType.F32)),
        ("bf16[...]", TensorType(DType.BF16)),
        ("float64[ * , ?, 3 ]", TensorType(DType.F64, (None, None, 3))),
        ("long[N]", TensorType(DType.I64, ("N",))),
        ("bool[0]", TensorType(DType.BOOL, (0,))),
    ],
)
def test_tensor_texts(text: str, expected: TensorType) -> None:
    assert parse_tensor(text) == expected


def test_several_inputs() -> None:
    assert parse_inputs(["x=f32[N]", "forward.h = i64[N, 4]"]) == {
        "x": TensorType(DType.F32, ("N",)),
        "forward.h": TensorType(DType.I64, ("N", 4)),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "--input x: expected NAME=TYPE, such as x=f32[N,64]"),
        ("=f32", "--input =f32: '' is no parameter name"),
        ("1x=f32", "--input 1x=f32: '1x' is no parameter name"),
        ("x=", "--input x=: expected an element type such as f32, not the end (column 3)"),
        ("x=f32[", "--input x=f32[: expected a dim or ']', not the end (column 7)"),
        ("x=f32[2", "--input x=f32[2: expected ',' or ']', not the end (column 8)"),
        ("x=f32[2,]", "--input x=f32[2,]: expected a dim after ',' (column 9)"),
        ("x=f32[2 3]", "--input x=f32[2 3]: expected ',' or ']', not '3' (column 9)"),
        ("x=f32[-1]", "--input x=f32[-1]: expected a dim or ']', not '-' (column 7)"),
        ("x=f32[2]]", "--input x=f32[2]]: expected nothing after ']' (column 9)"),
        ("x=f32(3)", "--input x=f32(3): expected '[', not '(' (column 6)"),
        ("x=f32[...,3]", "--input x=f32[...,3]: expected ']', not ',' (column 10)"),
        ("x=f32[,]", "--input x=f32[,]: expected a number, a name or '*', not ',' (column 7)"),
        ("x=f32[9223372036854775808]", "dim 9223372036854775808 is too large (column 7)"),
        (f"x=f32[{'9' * 5000}]", "is too large (column 7)"),
        (
            "x=f33[2]",
            "unknown element type 'f33', known are u8, i8, i16, i32, i64, f16, f32, f64, c64, c128, bool, bf16",
        ),
    ],
)
def test_wrong_inputs(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_inputs([text])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_input_given_twice() -> None:
    with pytest.raises(UsageError, match="x is given twice"):
        parse_inputs(["x=f32", "x=f64"])


def test_cpu_levels() -> None:
    assert parse_cpu(None) == ("v2", "v3", "v4")
    assert parse_cpu("x86-64-v4, v2") == ("v2", "v4")
    assert parse_cpu("native") == (native_level(),)
    for text in ("v5", "", "v3,", "native,v2"):
        with pytest.raises(UsageError, match="unknown level"):
            parse_cpu(text)


@pytest.mark.parametrize(
    ("file", "prefix"),
    [("out/rnn.so", "rnn"), ("my-model.so", "my_model"), ("2nd.so", "model_2nd"), (".so", "model"), ("a.b.so", "a"),
     ("größe.so", "gr__e"), ("__x.so", "x")],
)  # fmt: skip
def test_prefix_of_a_file(file: str, prefix: str) -> None:
    assert default_prefix(Path(file)) == prefix
    assert check_prefix(prefix) == prefix


@pytest.mark.parametrize("name", ["", "1a", "a-b", "größe", "_x", "a b", "a\n"])
def test_wrong_prefix(name: str) -> None:
    with pytest.raises(UsageError, match="expected a C identifier"):
        check_prefix(name)


def test_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, value in (("1", True), ("yes", True), ("0", False), ("", False), ("off", False)):
        monkeypatch.setenv("AOTJIT_TIME", text)
        assert knobs.time() is value
    monkeypatch.setenv("AOTJIT_TIME", "maybe")
    with pytest.raises(UsageError, match="AOTJIT_TIME=maybe: expected 1 or 0"):
        knobs.time()
    monkeypatch.delenv("AOTJIT_TIME")
    assert knobs.time() is False


def test_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AOTJIT_DUMP", raising=False)
    assert knobs.dump() is None
    monkeypatch.setenv("AOTJIT_DUMP", "out")
    assert knobs.dump() == knobs.Dump(Path("out"), None)
    monkeypatch.setenv("AOTJIT_DUMP", "out:fuse")
    dump = knobs.dump()
    assert dump is not None and dump.wants("fuse") and not dump.wants("cse")
    monkeypatch.setenv("AOTJIT_DUMP", ":fuse")
    with pytest.raises(UsageError, match="expected a folder"):
        knobs.dump()
