"""Numbers, values and tensors as text against Python and against what torch prints; str functions against Python's."""

from __future__ import annotations

import ctypes as ct
import math
import random
import struct
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from runtime_library import CC, EMPTY_MODEL_C, List, Runtime, RuntimeStatusError, Str, build

from aotjit.ops import REGISTRY

pytestmark = pytest.mark.skipif(CC is None, reason="no C compiler")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    yield Runtime(build(tmp_path_factory.mktemp("runtime"), "runtime.so", EMPTY_MODEL_C, flags=("-shared",)))


def doubles() -> list[float]:
    rng = random.Random(1)
    values = [struct.unpack("<d", rng.randbytes(8))[0] for _ in range(1500)]
    values += [float(np.float32(rng.uniform(-1, 1) * 10.0 ** rng.randint(-8, 8))) for _ in range(300)]
    values += [2.0**e for e in range(-1074, 1024, 7)] + [10.0**e for e in range(-320, 309, 5)]
    values += [
        0.0,
        -0.0,
        5e-324,
        1.7976931348623157e308,
        2.2250738585072014e-308,
        0.5,
        1.5,
        2.5,
        0.125,
        1e16,
        123456789012345680.0,
        9007199254740993.0,
        0.1,
        1 / 3,
        1e22,
        1e23,
        9.5,
        0.05,
        0.00005,
        99999.5,
        999999.5,
        1e-5,
    ]
    return [v for v in values if math.isfinite(v)] + [math.inf, -math.inf, math.nan]


def written(runtime: Runtime, name: str, value: float, *rest: int) -> str:
    buffer = ct.create_string_buffer(400)
    function = getattr(runtime.library, name)
    function.restype = ct.c_size_t
    bytes_written = function(buffer, ct.c_double(value), *map(ct.c_int, rest))
    return buffer.raw[:bytes_written].decode()


def test_numbers_like_python(runtime: Runtime) -> None:
    for value in doubles():
        shortest = written(runtime, "aj_write_shortest", value)
        assert shortest == repr(value).removesuffix(".0"), value
        for precision in (1, 4, 6, 17):
            assert written(runtime, "aj_write_general", value, precision) == f"{value:.{precision}g}", (
                value,
                precision,
            )
        for decimals in (0, 1, 4, 9):
            assert written(runtime, "aj_write_fixed", value, decimals) == f"{value:.{decimals}f}", (value, decimals)
            assert written(runtime, "aj_write_scientific", value, decimals) == f"{value:.{decimals}e}", (
                value,
                decimals,
            )


def test_reading_numbers(runtime: Runtime) -> None:
    texts = [repr(v) for v in doubles()[::5]] + [f"{v:.25e}" for v in doubles()[::9]]
    texts += [
        "1",
        " 12.5e3 ",
        "+.5",
        "5.",
        "-0",
        "1e400",
        "1e-400",
        "inf",
        "-Infinity",
        "nan",
        "0x1",
        "",
        "1 2",
        "e5",
        "1e",
        ".",
        "--1",
        "9007199254740993",
        "9007199254740992.99999999999999999",
        "2.4703282292062327e-324",
        "2.47032822920623271e-324",
    ]
    for text in texts:
        try:
            wanted = REGISTRY["Float.str"].reference(text)
        except ValueError:
            with pytest.raises(RuntimeStatusError, match="could not convert string to float"):
                runtime.call("aj_str_to_float", runtime.str(text), out=ct.c_double)
            continue
        result = runtime.call("aj_str_to_float", runtime.str(text), out=ct.c_double)
        assert struct.pack("<d", result) == struct.pack("<d", wanted) or result != result, text
    for text in (
        "0",
        " -17 ",
        "+5",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1.0",
        "",
        "-",
        "1_0",
        "1 ",
        "\u0661",
    ):
        try:
            wanted_int = REGISTRY["Int.str"].reference(text)
        except ValueError:
            wanted_int = None
        if wanted_int is None:
            with pytest.raises(RuntimeStatusError, match="invalid literal for int"):
                runtime.call("aj_str_to_int", runtime.str(text), out=ct.c_int64)
        else:
            assert runtime.call("aj_str_to_int", runtime.str(text), out=ct.c_int64) == wanted_int


def str_of_tensor(x: torch.Tensor) -> str:
    return str(x)


def str_of_float(x: float) -> str:
    return str(x)


def scripted(function: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.script(function)


def word(value: float) -> Any:
    return (ct.c_uint64 * 1)(struct.unpack("<Q", struct.pack("<d", value))[0])


def test_floats_like_torchscript(runtime: Runtime) -> None:
    torch_float = scripted(str_of_float)
    for value in doubles()[::2]:
        assert runtime.text(runtime.call("aj_str_of", b"f", word(value), out=Str)) == torch_float(value), value


def printed_tensors() -> list[torch.Tensor]:
    torch.manual_seed(0)
    nan, inf = float("nan"), float("inf")
    shapes = [
        (),
        (0,),
        (1,),
        (5,),
        (2, 0),
        (2, 3),
        (3, 1),
        (1, 30),
        (4, 11),
        (2, 2, 2),
        (2, 3, 2, 12),
        (1, 2, 3, 1),
        (2, 0, 3),
    ]
    tensors = [torch.randn(s) * scale for s in shapes for scale in (1, 1e-3, 1e5, 1e-5, 1e9, 1e30)]
    tensors += [torch.randint(-5, 1000, s) for s in shapes]
    tensors += [torch.randint(0, 2, s).bool() for s in shapes] + [
        torch.randint(0, 255, s).to(torch.uint8) for s in shapes
    ]
    values = [
        [1.0, 100.0, -5.0],
        [1e-3, 1e3],
        [1e-8, 1.0],
        [0.0, -0.0],
        [inf, 1.5],
        [nan, inf],
        [nan, 1.0],
        [-inf, 2.0],
        [1e10, 1.0],
        [123456.7, 0.1],
        [12345.0, 100000.0],
        [1.0, 1e9],
        [1e5, 1e-5],
        [1.0, -100.0],
        [0.5, -1000.0],
        [99999.5, 1.5],
        [1e-100, 1.0],
        [1e100, 1.5],
        [0.00001],
        [9999999999.0],
        [0.99999],
        [0.1, 0.01],
        [1e6],
        [1234567.0, 0.5],
        [1e5, 0.0, 0.5],
    ]
    tensors += [torch.tensor(v) for v in values] + [torch.tensor(v, dtype=torch.float64) for v in values]
    tensors += [torch.tensor([v]).T for v in values]
    tensors += [torch.tensor(v) for v in (1.5, 1e10, 1e16, 1e17, 0.1, nan, inf, -inf, 123456.7, 7, True)]
    tensors += [torch.randn(2, 3).to(d) for d in (torch.float16, torch.float64)] + [
        torch.randn(3, 4).t(),
        torch.randn(6)[::2],
    ]
    tensors += [
        torch.tensor([2**40, 1]),
        torch.tensor([2**62]),
        torch.tensor([-(2**63)]),
        torch.tensor([10**9, -(10**9)]),
    ]
    return tensors


def test_tensors_like_torchscript(runtime: Runtime) -> None:
    torch_text = scripted(str_of_tensor)
    for x in printed_tensors():
        t = runtime.tensor(x.numpy())
        words = (ct.c_uint64 * 1)(ct.cast(t, ct.c_void_p).value or 0)
        assert runtime.text(runtime.call("aj_str_of", b"T", words, out=Str)) == torch_text(x), x


TEXTS = ["", "a", "abc", "héllo wörld", "  x y\t z ", "aaaa", "日本語テキスト", "a,b,,c", "🙂🙃", "Mixed Case"]


def slice_of(runtime: Runtime, s: Any, start: int | None, end: int | None, step: int) -> str:
    arguments = (start is not None, start or 0, end is not None, end or 0, step)
    return runtime.text(runtime.call("aj_str_slice", s, *arguments, out=Str))


def test_str_functions_like_python(runtime: Runtime) -> None:
    for a in TEXTS:
        s = runtime.str(a)
        for start in (None, -3, 0, 2, 50):
            for end in (None, -2, 1, 4):
                for step in (1, 2, -1, -2):
                    assert slice_of(runtime, s, start, end, step) == a[start:end:step]
        for i in range(-len(a), len(a)):
            assert runtime.text(runtime.call("aj_str_get", s, i, out=Str)) == a[i]
        with pytest.raises(RuntimeStatusError, match="string index out of range"):
            runtime.call("aj_str_get", s, len(a), out=Str)
        ascii_only = a.isascii()
        if ascii_only:
            assert runtime.text(runtime.call("aj_str_upper", s, out=Str)) == a.upper()
            assert runtime.text(runtime.call("aj_str_lower", s, out=Str)) == a.lower()
        assert runtime.text(runtime.call("aj_str_strip", s, runtime.str(" \t\n"), out=Str)) == a.strip()
        assert words_of(runtime, runtime.call("aj_str_split", s, None, -1, out=List)) == a.split()
        assert runtime.text(runtime.call("aj_str_repeat", s, 3, out=Str)) == a * 3
        for b in ("", "a", "aa", ",", "l", "本", "🙂", "zz"):
            part = runtime.str(b)
            assert runtime.call("aj_str_contains", s, part, out=ct.c_bool) == (b in a)
            assert runtime.call("aj_str_startswith", s, part, 0, -1, out=ct.c_bool) == a.startswith(b)
            assert runtime.call("aj_str_endswith", s, part, 0, -1, out=ct.c_bool) == a.endswith(b)
            count = a.count(b) if a else 0  # torch finds nothing in ""
            assert runtime.call("aj_str_count", s, part, 0, -1, out=ct.c_int64) == count
            for start in (0, 1, -2, 30):
                place = start if not b and start > len(a) else a.find(b, start)  # torch finds "" beyond the end
                assert runtime.call("aj_str_find", s, part, start, -1, out=ct.c_int64) == place
            assert runtime.text(runtime.call("aj_str_replace", s, part, runtime.str("<é>"), -1, out=Str)) == a.replace(
                b, "<é>"
            )
            assert runtime.text(runtime.call("aj_str_concat", s, part, out=Str)) == a + b
            order = runtime.call("aj_str_compare", s, part, out=ct.c_int64)
            assert (order > 0) - (order < 0) == (a > b) - (a < b)
            if b:
                assert words_of(runtime, runtime.call("aj_str_split", s, part, -1, out=List)) == a.split(b)
    for code in (0, 65, 127, 128, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF):
        text = runtime.text(runtime.call("aj_str_chr", code, out=Str))
        assert text == chr(code)
        assert runtime.call("aj_str_ord", runtime.str(text), out=ct.c_int64) == code


def words_of(runtime: Runtime, items: Any) -> list[str]:
    result = []
    for i in range(items.contents.length):
        s = ct.cast(ct.c_void_p(items.contents.data[i]), ct.POINTER(Str)).contents
        result.append(ct.string_at(s.text, s.bytes).decode())
    runtime.release(items)
    return result


def test_format_and_values(runtime: Runtime) -> None:
    words = (ct.c_uint64 * 6)(5, struct.unpack("<Q", struct.pack("<d", 0.1))[0], 1, 0, 0, 7)
    text = runtime.call("aj_format", runtime.str("a{}b{}c{}{{d}"), b"ifb", words, out=Str)
    assert runtime.text(text) == "a5b0.10000000000000001cTrue{{d}"
    with pytest.raises(RuntimeStatusError, match="Too few arguments for format string"):
        runtime.call("aj_format", runtime.str("{} {}"), b"i", words, out=Str)
    text = runtime.call("aj_str_of", b"(ifbOi(i)n)", (ct.c_uint64 * 6)(5, words[1], 0, 0, 0, 9), out=Str)
    assert runtime.text(text) == "(5, 0.10000000000000001, False, None, (9,), None)"
