"""The Python entry of a library written by hand (tests/c/hand_functions.c): values in and out, errors, references."""

from __future__ import annotations

import array
import gc
import inspect
import os
import pickle
import pydoc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from runtime_library import C_TESTS, CC, ROOT, build

from aotjit.loader import load

pytestmark = pytest.mark.skipif(CC is None, reason="no C compiler")
FLOATS = np.arange(3, dtype=np.float32)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hand")
    flags = ("-shared", "-fvisibility=hidden")
    return build(folder, "hand_functions.so", C_TESTS / "hand_functions.c", flags=flags)


@pytest.fixture(scope="module")
def hand(library: Path) -> Iterator[Any]:
    yield load(library)


def test_numpy_in_numpy_out(hand: Any) -> None:
    for x in (np.float32(2).reshape(()), FLOATS, FLOATS[::-1], np.ones((2, 3, 4), np.float32).transpose(2, 0, 1)[::2]):
        result = hand.add(x, x)
        assert type(result) is np.ndarray
        np.testing.assert_array_equal(result, x + x, strict=True)
    assert hand.add(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)).shape == (0, 3)


def test_large_results_share_the_block(hand: Any) -> None:
    result = hand.big(100_000)
    assert result.base is not None and result.flags.writeable
    np.testing.assert_array_equal(result, np.arange(100_000, dtype=np.float32))
    before = hand._allocations
    for _ in range(20):
        result = hand.big(100_000)
    assert hand._allocations - before <= 1  # at most two results are alive at once


def test_small_results_serve_again_when_nobody_holds_them(hand: Any) -> None:
    kept = [hand.add(FLOATS, np.full(3, i, np.float32)) for i in range(20)]
    for i, result in enumerate(kept):
        np.testing.assert_array_equal(result, FLOATS + i)
    view = hand.add(FLOATS, FLOATS)[1:]
    shown = memoryview(hand.add(FLOATS, FLOATS))
    seen = weakref.ref(hand.add(FLOATS, FLOATS))
    for change in ("shape = (3, 1)", "dtype = np.int32", "flags.writeable = False", "resize((5,), refcheck=False)"):
        exec(f"hand.add(FLOATS, FLOATS).{change}", {"hand": hand, "FLOATS": FLOATS, "np": np})
        result = hand.add(FLOATS, FLOATS)
        assert result.flags.writeable
        np.testing.assert_array_equal(result, 2 * FLOATS, strict=True)
    for _ in range(20):
        hand.add(FLOATS, np.ones(3, np.float32))
    np.testing.assert_array_equal(view, [2, 4])
    np.testing.assert_array_equal(np.asarray(shown), 2 * FLOATS)
    assert seen() is None


def test_results_outlive_the_model(library: Path) -> None:
    model = load(library)
    kept = [model.big(50_000) for _ in range(3)]
    del model
    gc.collect()
    for result in kept:
        assert result.sum() == np.arange(50_000, dtype=np.float32).sum()


def test_torch_in_torch_out(hand: Any) -> None:
    x = torch.arange(6.0).reshape(2, 3).t()
    result = hand.add(x, x)
    assert isinstance(result, torch.Tensor)
    torch.testing.assert_close(result, x + x)
    assert isinstance(hand.add(x.numpy(), x), torch.Tensor)
    assert isinstance(hand.tensors([x])[0], torch.Tensor)
    large = hand.identity(torch.ones(5000))
    assert large.sum() == 5000


def test_buffers_and_dlpack_objects(hand: Any) -> None:
    class Wrapped:
        def __dlpack__(self) -> Any:
            return FLOATS.__dlpack__()

    for x in (array.array("f", [0, 1, 2]), memoryview(FLOATS), Wrapped()):
        np.testing.assert_array_equal(hand.add(x, x), FLOATS * 2)
    assert hand.identity(memoryview(FLOATS.astype(">f4")).cast("B").cast("f")) is not None


def test_every_type_in_and_out(hand: Any) -> None:
    result = hand.everything(1, 2.5, True, "héy", None, [1, 2], (3, FLOATS))
    assert result[:6] == (8, 5.0, False, "héy", None, [1, 2]) and result[7] is None
    assert result[6][0] == 3
    np.testing.assert_array_equal(result[6][1], FLOATS)
    result = hand.everything(np.int64(1), 2, np.bool_(False), "", 5, (), (3, FLOATS), m=1, z=FLOATS)
    assert result[:6] == (2, 4.0, True, "", 5, [])
    np.testing.assert_array_equal(result[7], FLOATS)


ERRORS: list[tuple[str, type[Exception], str]] = [
    ("m.add(x)", TypeError, r"add\(\) missing 1 required positional argument: 'y'"),
    ("m.add(x, x, x)", TypeError, r"add\(\) takes 2 positional arguments but 3 were given"),
    ("m.add(x, q=x)", TypeError, r"unexpected keyword argument 'q'"),
    ("m.add(x, x=x)", TypeError, r"multiple values for argument 'x'"),
    ("m.add(x, 1.0)", TypeError, "y: expected a tensor, got float"),
    ("m.add(x, None)", TypeError, "y: expected a tensor, got NoneType"),
    ("m.add(x, [1.0])", TypeError, "y: expected a tensor, got list"),
    ("m.add(x, x.astype(np.float64))", TypeError, "y: expected float32, got float64"),
    ("m.add(x, x.astype('>f4'))", ValueError, "y: the array is unaligned or not in native byte order"),
    ("m.add(x, np.array(['a']))", TypeError, "y: unsupported numpy dtype 'U'"),
    ("m.add(x, np.zeros((1,) * 20, np.float32))", TypeError, "y: at most 16 dimensions are supported, got 20"),
    ("m.static_add(x, x)", TypeError, "x: expected 2 dimensions, got 1"),
    ("m.static_add(np.zeros((2, 4), np.float32), x)", ValueError, "x: dimension 1 is 4, expected 3"),
    ("m.symbols(np.zeros((4, 3), np.float32), np.zeros(5, np.float32))", ValueError,
     r"y: dimension 0 \(N\) is 5, but x made it 4"),
    ("m.everything('a', 1, True, 's', None, [], (1, x))", TypeError, "n: expected int, got str"),
    ("m.everything(1.5, 1, True, 's', None, [], (1, x))", TypeError, "n: expected int, got float"),
    ("m.everything(1, 'a', True, 's', None, [], (1, x))", TypeError, "a: expected float, got str"),
    ("m.everything(1, 1, 2, 's', None, [], (1, x))", TypeError, "b: expected bool, got int"),
    ("m.everything(1, 1, True, b's', None, [], (1, x))", TypeError, "s: expected str, got bytes"),
    ("m.everything(1, 1, True, 's', 'x', [], (1, x))", TypeError, "o: expected int, got str"),
    ("m.everything(1, 1, True, 's', None, 5, (1, x))", TypeError, "l: expected list, got int"),
    ("m.everything(1, 1, True, 's', None, [1.5], (1, x))", TypeError, "l: expected int, got float"),
    ("m.everything(1, 1, True, 's', None, [1], (1,))", TypeError, "t: expected a tuple of 2, got one of 1"),
    ("m.everything(2 ** 70, 1, True, 's', None, [1], (1, x))", OverflowError, "n: the int does not fit in 64 bits"),
    ("m()", TypeError, "no forward method"),
    ("type(m).add(x, x)", TypeError, "function of the class"),
    ("m.fails(1)", TypeError, "failed with 1 text -5 2.5% at model.py:3:5 in fails"),
    ("m.fails(2)", ValueError, "failed with 2"),
    ("m.fails(3)", IndexError, "failed with 3"),
    ("m.fails(4)", AssertionError, "failed with 4"),
    ("m.fails(5)", ZeroDivisionError, "failed with 5"),
    ("m.fails(6)", MemoryError, "failed with 6"),
    ("m.fails(7)", RuntimeError, "failed with 7"),
    ("m.fails(8)", KeyError, "failed with 8"),
    ("m.fails(9)", NotImplementedError, "failed with 9"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind", "text"), ERRORS, ids=[e[0] for e in ERRORS])
def test_errors(hand: Any, code: str, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        eval(code, {"m": hand, "x": FLOATS, "np": np})
    np.testing.assert_array_equal(hand.add(FLOATS, FLOATS), FLOATS * 2)


def test_nothing_leaks(hand: Any) -> None:
    x, y = np.ones(4, np.float32), torch.ones(4)

    def once() -> None:
        hand.add(x, x)
        hand.add(y, y)
        hand.tensors([x, x, y])
        hand.everything(1, 2.5, True, "héy" * 9, 3, [1, 2], (3, x), z=x)
        for code, kind, _ in ERRORS:
            with pytest.raises(kind):
                eval(code, {"m": hand, "x": x, "np": np})

    for _ in range(3):
        once()
    references, allocations = sys.getrefcount(x), hand._allocations
    for _ in range(300):  # a leaked block of 64 bytes a time would need a new chunk
        once()
    assert sys.getrefcount(x) == references
    assert hand._allocations == allocations


def test_signatures_and_help(hand: Any) -> None:
    assert str(inspect.signature(hand.add)) == "(x, y)"
    assert str(inspect.signature(hand.everything)) == "(n, a, b, s, o, l, t, m=7, z=None)"
    assert hand.add.signature == "(x: Tensor, y: Tensor) -> Tensor"
    assert hand.add.__name__ == "add" and hand.identity.__doc__ == "Returns x."
    assert "add(x: Tensor, y: Tensor) -> Tensor" in hand.signature and "add(x: Tensor" in repr(hand)
    plain = pydoc.plain(pydoc.render_doc(hand))
    assert "identity(x)" in plain and "Returns x." in plain
    assert "add(x: Tensor, y: Tensor) -> Tensor" in pydoc.plain(pydoc.render_doc(hand.add))


def test_functions_of_the_class(hand: Any) -> None:
    kind = type(hand)
    np.testing.assert_array_equal(kind.add(hand, FLOATS, y=FLOATS), 2 * FLOATS)
    for arguments in ((), (FLOATS, FLOATS)):
        with pytest.raises(TypeError, match="call that of a model"):
            kind.add(*arguments)
    holder = type("Holder", (), {"add": hand.add})()
    np.testing.assert_array_equal(holder.add(FLOATS, FLOATS), 2 * FLOATS)


def test_import_as_module(library: Path) -> None:
    code = (
        "import hand_functions as h, array; print(type(h.add(array.array('f', [1]), array.array('f', [2]))).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=library.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "ndarray\n"


@pytest.mark.parametrize("name", ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bool",
                                  "complex64", "complex128"])  # fmt: skip
def test_every_dtype(hand: Any, name: str) -> None:
    for shape in ((), (3,), (40, 50)):
        x = np.ones(shape, name)
        np.testing.assert_array_equal(hand.anything(x), x, strict=True)
        y = torch.ones(shape, dtype=getattr(torch, name))
        torch.testing.assert_close(hand.anything(y), y)
    np.testing.assert_array_equal(hand.anything(memoryview(np.ones(3, name))), np.ones(3, name), strict=True)


def test_bfloat16(hand: Any) -> None:
    y = torch.tensor([1.5, 2.0], dtype=torch.bfloat16)
    torch.testing.assert_close(hand.anything(y), y)


def test_contiguous_and_written_arguments(hand: Any) -> None:
    x = np.zeros((4, 6), np.float32)
    assert hand.row_major(x) == [6, 1] and hand.row_major(x.T) == [4, 1] and hand.row_major(x[::2, ::-1]) == [6, 1]
    hand.fill(x[1:, ::2])
    assert x.sum() == 7 * 9
    frozen = np.zeros(3, np.float32)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="x: the function writes to it, but the array is read-only"):
        hand.fill(frozen)
    with pytest.raises(TypeError, match="x: expected a tensor, got bytes"):
        hand.fill(b"1234")


def test_threads(library: Path) -> None:
    model = load(library)
    assert model.threads == 1
    model.threads = 3
    assert model.threads == 3
    np.testing.assert_array_equal(model.add(FLOATS, FLOATS), FLOATS * 2)
    for wrong, kind in ((0, ValueError), ("2", TypeError), (10**6, ValueError)):
        with pytest.raises(kind):
            model.threads = wrong
    model.threads = 1


def test_print_goes_to_sys_stdout(hand: Any, capsys: pytest.CaptureFixture[str]) -> None:
    print("before")
    hand.show(np.ones(2, np.float32))
    assert capsys.readouterr().out == "before\n 1\n 1\n[ CPUFloatType{2} ]\n"


def test_module_state(tmp_path: Path) -> None:
    library = build(tmp_path, "counter.so", C_TESTS / "hand_module.c", flags=("-shared", "-fvisibility=hidden"))
    one, two = load(library), load(library)
    assert repr(one).startswith("<aotjit model Counter: forward(x: Tensor) -> int")
    np.testing.assert_array_equal(one.last(), [10, 20])
    x = np.full(3, 5, np.float32)
    assert [one(x), one.forward(x=x), two(x)] == [1, 2, 1]
    x[:] = 6
    np.testing.assert_array_equal(one.last(), [5, 5, 5])
    del x
    gc.collect()
    for _ in range(1000):
        one(np.zeros(3, np.float32))
    assert one._allocations <= 5
    assert str(inspect.signature(one)) == "(x)" and type(one).__name__ == "Counter"
    assert one.graph == "the graph"
    one.graph = "another"
    assert one.graph == "another" and two.graph == "the graph"
    with pytest.raises(AttributeError):
        _ = one.code


def test_without_numpy(library: Path) -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "import hand_functions as h, array\n"
        "r = h.add(array.array('f', [1]), array.array('f', [2]))\n"
        "print(type(r).__name__, r.__dlpack_device__(), type(r.__dlpack__()).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=library.parent, capture_output=True, text=True, check=True)
    assert done.stdout == "Memory (1, 0) PyCapsule\n"


def test_pickle(hand: Any) -> None:
    for one in (hand, hand.add):
        other = pickle.loads(pickle.dumps(one))
        assert other.signature == one.signature
    code = "import pickle, sys, array; m = pickle.load(sys.stdin.buffer); print(m.signature.splitlines()[0])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(hand), capture_output=True, check=True, env=environment
    )
    assert done.stdout.decode() == "add(x: Tensor, y: Tensor) -> Tensor\n"
