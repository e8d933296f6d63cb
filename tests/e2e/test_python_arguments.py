"""Arguments from Python: what is converted, what is refused and in which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

import aotjit
from tests.e2e import sink
from tests.e2e.libraries import Libraries

SINK = Path(__file__).parent / "sink.py"
F = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(scope="module")
def m(libraries: Libraries) -> Any:
    return aotjit.load(libraries.make("sink", SINK))


def frozen(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


def negated(x: torch.Tensor) -> torch.Tensor:
    """-x, as a view whose memory holds something else: the imaginary part of a conjugate."""
    return torch.complex(torch.zeros_like(x), x).conj().imag


class Odd:
    def __index__(self) -> int:
        raise KeyError("its own")

    def __float__(self) -> float:
        raise KeyError("its own")


class ReadOnlyDLPack:
    def __dlpack__(self, **options: Any) -> Any:
        return frozen(F).__dlpack__(**options)


class OldDLPack:
    """Knows the first form of the protocol only."""

    def __dlpack__(self) -> Any:
        return F.__dlpack__()


class NotACapsule:
    def __dlpack__(self, **options: Any) -> Any:
        return 3


class Named(NamedTuple):
    first: int
    second: tuple[np.ndarray, float]


WRONG: list[tuple[str, type[Exception], str]] = [
    ("m.add(F.astype('f8'), F)", TypeError, "x: expected float32, got float64"),
    ("m.add(F, torch.ones(3, dtype=torch.int64))", TypeError, "y: expected float32, got int64"),
    ("m.add(F, torch.ones(3, dtype=torch.float8_e4m3fn))", TypeError, "y: unsupported element type"),
    ("m.add(F, torch.ones(3, device='meta'))", TypeError, "y: the tensor cannot be read as dense CPU memory"),
    ("m.add(F, torch.ones(3).to_sparse())", TypeError, "y: the tensor cannot be read as dense CPU memory"),
    ("m.add(F.astype('>f4'), F)", ValueError, "x: the array is unaligned or not in native byte order; pass a copy"),
    ("m.add(F, np.array(['a']))", TypeError, "y: unsupported numpy dtype 'U'"),
    ("m.add(F, np.array([None]))", TypeError, "y: unsupported numpy dtype 'O'"),
    ("m.add(F, np.zeros(3, [('a', 'f4')]))", TypeError, "y: unsupported numpy dtype 'V'"),
    ("m.add(F, np.frombuffer(bytes(13), 'f4', 3, 1))", ValueError, "y: the array is unaligned"),
    ("m.add(F, np.zeros((1,) * 17, 'f4'))", TypeError, "y: at most 16 dimensions are supported, got 17"),
    ("m.add(F, memoryview(F.astype('>f4')))", TypeError, "y: unsupported buffer format or layout"),
    ("m.add(F, np.ma.array(F, mask=F > 2))", TypeError, "y: the array has masked elements; pass x.filled(value)"),
    ("m.add(F, np.zeros(3, 'M8[s]'))", TypeError, "y: unsupported numpy dtype 'M'"),
    ("m.add(F, np.zeros(3, np.uint16))", TypeError, "y: unsupported numpy dtype 'H'"),
    ("m.add(F, NotACapsule())", TypeError, "y: __dlpack__() did not return a DLPack capsule"),
    ("m.add(F, 3.0)", TypeError, "y: expected a tensor, got float"),
    ("m.add(F, [1.0])", TypeError, "y: expected a tensor, got list"),
    ("m.add(F, None)", TypeError, "y: expected a tensor, got NoneType"),
    ("m.add(F, bytes(12))", TypeError, "y: expected float32, got uint8"),
    ("m.add(F)", TypeError, "add() missing 1 required positional argument: 'y'"),
    ("m.add()", TypeError, "add() missing 2 required positional arguments: 'x' and 'y'"),
    ("m.add(F, F, F)", TypeError, "add() takes 2 positional arguments but 3 were given"),
    ("m.add(F, F, z=F)", TypeError, "add() got an unexpected keyword argument 'z'"),
    ("m.add(F, x=F)", TypeError, "add() got multiple values for argument 'x'"),
    ("m.fill(frozen(F))", ValueError, "x: the function writes to it, but the array is read-only"),
    ("m.fill(np.broadcast_to(F[0], (2, 3)))", ValueError, "x: the function writes to it, but the array is read-only"),
    ("m.fill(ReadOnlyDLPack())", ValueError, "x: the function writes to it, but the tensor is read-only"),
    ("m.fill(torch.ones(2).requires_grad_())", RuntimeError, "x: the function writes to it, but the tensor requires"),
    ("m.fill(negated(torch.ones(2)))", TypeError, "x: the function writes to it, but the tensor is a negated view"),
    ("m.fill(torch.ones(1).expand(3))", RuntimeError, "more than one element of the written-to tensor"),
    ("m.fill(bytes(12))", TypeError, "x: expected a tensor, got bytes"),
    ("m.scale(F, '3')", TypeError, "factor: expected float, got str"),
    ("m.scale(F, times=1.0)", TypeError, "times: expected int, got float"),
    ("m.scale(F, negate=1)", TypeError, "negate: expected bool, got int"),
    ("m.scalars(2 ** 63, 1.0, False, '')", OverflowError, "n: the int does not fit in 64 bits"),
    ("m.scalars(-(2 ** 63) - 1, 1.0, False, '')", OverflowError, "n: the int does not fit in 64 bits"),
    ("m.scalars(1, 10 ** 400, False, '')", OverflowError, "a: the int is too large for a float"),
    ("m.scalars(1, 1j, False, '')", TypeError, "a: expected float, got complex"),
    ("m.scalars(1.0, 1.0, False, '')", TypeError, "n: expected int, got float"),
    ("m.scalars(np.float32(1), 1.0, False, '')", TypeError, "n: expected int, got float32"),
    ("m.scalars(1, 1.0, np.int8(1), '')", TypeError, "b: expected bool, got int8"),
    ("m.scalars(1, 1.0, Odd(), '')", TypeError, "b: expected bool, got Odd"),
    ("m.scalars(Odd(), 1.0, True, '')", KeyError, "its own"),
    ("m.scalars(1, Odd(), True, '')", KeyError, "its own"),
    ("m.scalars(1, 1.0, False, b'')", TypeError, "s: expected str, got bytes"),
    ("m.scalars(1, 1.0, False, '\\ud800')", ValueError, "surrogates not allowed"),
    ("m.scalars(1, 1.0, False, bytearray(1))", TypeError, "s: expected str, got bytearray"),
    ("m.scalars(1, 1.0, False, None)", TypeError, "s: expected str, got NoneType"),
    ("m.optional(3)", TypeError, "x: expected a tensor, got int"),
    ("m.optional(F, 'a')", TypeError, "n: expected int, got str"),
    ("m.lists([F, 3], [], [], [], [])", TypeError, "xs: expected a tensor, got int"),
    ("m.lists(F, [], [], [], [])", TypeError, "xs: expected list, got ndarray"),
    ("m.lists([F], [1.5], [], [], [])", TypeError, "ns: expected int, got float"),
    ("m.lists([F], np.arange(3), [], [], [])", TypeError, "ns: expected list, got ndarray"),
    ("m.lists([F], range(3), [], [], [])", TypeError, "ns: expected list, got range"),
    ("m.lists([F], None, [], [], [])", TypeError, "ns: expected list, got NoneType"),
    ("m.lists([F], [None], [], [], [])", TypeError, "ns: expected int, got NoneType"),
    ("m.lists([F], [], [], [], 'ab')", TypeError, "ss: expected list, got str"),
    ("m.nested((1, (F, 2.0)), [[1], 2], [])", TypeError, "ll: expected list, got int"),
    ("m.nested((1, F), [], [])", TypeError, "p: expected tuple, got ndarray"),
    ("m.nested((1, (F, 2.0), 3), [], [])", TypeError, "p: expected a tuple of 2, got one of 3"),
    ("m()", TypeError, "this model has no forward method; call one of its methods"),
    ("m.no_such", AttributeError, "no_such"),
    ("m.graph", AttributeError, "only what aotjit.compile() returns has graph and code"),
]


@pytest.mark.parametrize(("code", "kind", "text"), WRONG, ids=[w[0] for w in WRONG])
def test_wrong_calls(m: Any, code: str, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as raised:
        eval(code, {**globals(), "m": m})
    assert isinstance(raised.value, kind) and text in str(raised.value) and "\n" not in str(raised.value)
    np.testing.assert_array_equal(m.add(F, F), F * 2)


@pytest.mark.parametrize("value", [OldDLPack(), ReadOnlyDLPack(), np.ma.array(F)], ids=lambda v: type(v).__name__)
def test_more_tensors_in(m: Any, value: Any) -> None:
    np.testing.assert_array_equal(m.add(value, F), F * 2)


def test_numbers_of_other_types(m: Any) -> None:
    """What Python itself takes for an int or a float; a bool is an int."""
    assert m.scalars(True, 2, True, "") == (2, 4.0, False, "!")
    assert m.scalars(torch.tensor(3), torch.tensor(2.5), np.True_, np.str_("a")) == (4, 5.0, False, "a!")
    assert m.scalars(np.array(3), np.float16(2.5), True, "") == (4, 5.0, False, "!")
    assert m.scalars(np.uint64(7), np.int8(3), False, "") == (8, 6.0, True, "!")
    assert m.lists((), (np.int64(3), True), (1, np.float32(2)), [np.False_], ()) == (
        [], [3, 1, 1], [1.0, 2.0, 0.5], [False, True], ["x"],
    )  # fmt: skip
    p, ll, lo = m.nested(Named(1, (F, 2)), ((1,), [2]), (None, 4))
    assert p[0] == 1 and type(p) is tuple and ll == [[1], [2]] and lo == [None, 4]


# -- torch ------------------------------------------------------------------------------------------------------------

NEGATED: dict[str, Callable[[], torch.Tensor]] = {
    "imag of a conjugate": lambda: negated(torch.arange(1.0, 7.0).reshape(2, 3)),
    "transposed": lambda: negated(torch.arange(1.0, 7.0).reshape(2, 3)).t(),
    "an element": lambda: negated(torch.arange(1.0, 7.0))[2],
    "data": lambda: negated(torch.arange(1.0, 7.0)).data,
    "one element": lambda: negated(torch.ones(1)),
    "contiguous": lambda: torch._neg_view(torch.arange(1.0, 7.0)),
    "parameter": lambda: torch.nn.Parameter(negated(torch.ones(3))),
    "subclass": lambda: negated(torch.ones(3)).as_subclass(Tagged),
    "in inference mode": lambda: torch.inference_mode()(lambda: negated(torch.ones(3)))(),
}


class Tagged(torch.Tensor):
    pass


@pytest.mark.parametrize("kind", NEGATED)
def test_negated_views(m: Any, kind: str) -> None:
    """The negative bit of torch is not in what its DLPack interface hands out."""
    x = NEGATED[kind]()
    assert x.is_neg()
    torch.testing.assert_close(m.add(x, x), torch.Tensor(x.detach()) * 2)
    torch.testing.assert_close(m.lists([x], [], [], [], [])[0][0], x.detach().as_subclass(torch.Tensor).resolve_neg())
    assert x.is_neg()


def test_conjugates(libraries: Libraries) -> None:
    model = aotjit.load(libraries.make("sink", SINK))
    z = torch.ones(2, dtype=torch.complex64)
    for value in (z, z.conj()):
        with pytest.raises(TypeError, match="x: expected float32, got complex64"):
            model.add(value, value)


def released() -> torch.Tensor:
    x = torch.ones(2, 2)
    x.untyped_storage().resize_(0)
    return x


def fake() -> torch.Tensor:
    with FakeTensorMode():
        return torch.ones(2, 2)


UNREADABLE: dict[str, Callable[[], torch.Tensor]] = {
    "meta": lambda: torch.ones(2, 2, device="meta"),
    "sparse": lambda: torch.ones(2, 2).to_sparse(),
    "quantized": lambda: torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 0, torch.qint8),
    "mkldnn": lambda: torch.ones(2, 2).to_mkldnn(),
    "uninitialized": lambda: torch.nn.UninitializedParameter(),
    "efficient zeros": lambda: torch._efficientzerotensor((2, 2)),
    "fake": fake,
    "released": released,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", UNREADABLE)
def test_tensors_without_dense_memory(m: Any, kind: str) -> None:
    with pytest.raises((TypeError, ValueError)) as raised:
        m.add(UNREADABLE[kind](), torch.ones(2, 2))
    assert str(raised.value).startswith(
        ("x: the tensor cannot be read as dense CPU memory", "x: the tensor has no memory")
    )


@pytest.mark.parametrize("transform", ["vmap", "grad", "jvp", "functionalize"])
def test_functions_of_torch_func_are_refused(m: Any, transform: str) -> None:
    """Their tensors stand for others: a number read out of them would be wrong."""
    x = torch.ones(2, 2)

    def f(a: torch.Tensor) -> torch.Tensor:
        return m.add(a, x).sum()  # type: ignore[no-any-return]

    calls: dict[str, Callable[[], Any]] = {
        "vmap": lambda: torch.func.vmap(f)(x),
        "grad": lambda: torch.func.grad(f)(x),
        "jvp": lambda: torch.func.jvp(f, (x,), (x,)),
        "functionalize": lambda: torch.func.functionalize(f)(x),
    }
    with pytest.raises((TypeError, ValueError), match=r"^x: the tensor"):
        calls[transform]()


# -- names ------------------------------------------------------------------------------------------------------------

BINDINGS = (
    "scale()", "scale(F, 1.0, 2, True, 5)", "scale(F, y=3)", "scale(F, x=3)", "scale(F, 1.0, factor=2.0)", "answer(1)",
    "answer(x=1)", "add(F, F, F)", "scalars()", "scalars(1, 1.0)", "scalars(s='', n=1)", "scalars(1, 2, 3, 4, 5, 6)",
    "defaults(1, 2, 3)", "show()", "show(F, F)", "show(F, F, y=2)", "product(y=F)", "lists(1, 2, 3, 4)",
)  # fmt: skip


@pytest.mark.parametrize("call", BINDINGS)
def test_binding_has_pythons_words(m: Any, call: str) -> None:
    with pytest.raises(TypeError) as theirs:
        eval(f"sink.{call}", {"sink": sink, "F": F})
    with pytest.raises(TypeError) as ours:
        eval(f"m.{call}", {"m": m, "F": F})
    assert str(ours.value) == str(theirs.value)


def test_binding_of_methods(libraries: Libraries) -> None:
    model = aotjit.load(libraries.example("gate"))
    with pytest.raises(TypeError) as raised:
        model(torch.ones(2))
    assert str(raised.value) == "Cell.forward() missing 1 required positional argument: 'h'"
