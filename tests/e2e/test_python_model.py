"""Loaded models from Python: what goes in and out, what is refused and how, loading, pickling, threads."""

from __future__ import annotations

import array
import inspect
import json
import pickle
import pydoc
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from tests.e2e import sink
from tests.e2e.libraries import Libraries, python, run_torch

SINK = Path(__file__).parent / "sink.py"
F = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(scope="module")
def library(libraries: Libraries) -> Path:
    return libraries.make("sink", SINK)


@pytest.fixture(scope="module")
def m(library: Path) -> Any:
    return aotjit.load(library)


class Subclass(np.ndarray):
    pass


class ReadsAsDLPack:
    """Has nothing but the DLPack protocol."""

    def __dlpack__(self, **options: Any) -> Any:
        return F.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


TENSORS_OF_F = {
    "ndarray": F,
    "subclass": F.view(Subclass),
    "masked": np.ma.array(F),
    "read-only": np.frombuffer(F.tobytes(), np.float32).reshape(F.shape),
    "column-major": np.asfortranarray(F),
    "negative strides": F[::-1, ::-1].copy()[::-1, ::-1],
    "every second": np.repeat(F, 2, axis=1)[:, ::2],
    "memoryview": memoryview(F),
    "strided memoryview": memoryview(np.asfortranarray(F)),
    "dlpack": ReadsAsDLPack(),
    "torch": torch.from_numpy(F.copy()),
    "torch view": torch.from_numpy(F.T.copy()).t(),
    "parameter": torch.nn.Parameter(torch.from_numpy(F.copy())),
    "needs grad": torch.from_numpy(F.copy()).requires_grad_() * 1,
}


@pytest.mark.parametrize("kind", TENSORS_OF_F)
def test_tensors_in(m: Any, kind: str) -> None:
    value = TENSORS_OF_F[kind]
    for arguments in ((value, F), (F, value), (value, value)):
        result = m.add(*arguments)
        assert type(result) is (torch.Tensor if isinstance(value, torch.Tensor) else np.ndarray)
        np.testing.assert_array_equal(np.asarray(result), F * 2)
        if isinstance(result, torch.Tensor):
            assert not result.requires_grad


def test_other_shapes_in(m: Any) -> None:
    zero_d = np.float32(3).reshape(())
    np.testing.assert_array_equal(m.add(zero_d, zero_d), np.float32(6).reshape(()), strict=True)
    np.testing.assert_array_equal(m.add(np.float32(1), F), F + 1)
    assert m.add(np.zeros((0, 3), np.float32), F[:1]).shape == (0, 3)
    assert m.add(array.array("f"), F[:, :1]).shape == (2, 0)
    np.testing.assert_array_equal(m.add(array.array("f", [1, 2, 3]), F), F + np.arange(1, 4))
    np.testing.assert_array_equal(m.add(np.broadcast_to(F[:1], (4, 3)), F[:1]), np.broadcast_to(F[:1] * 2, (4, 3)))
    assert m.add(torch.zeros(2, 0), torch.zeros(1, 1)).shape == (2, 0)


def test_results_are_the_callers(m: Any) -> None:
    """A result is never the argument's memory unless the program says so, and it can be written."""
    for x in (F.copy(), torch.from_numpy(F.copy())):
        result = m.transposed(x)
        assert result.shape == (3, 2)
        result[0, 0] = 7
        first, second = m.add(x, x), m.add(x, x)
        first[:] = 0
        assert float(second.sum()) != 0


def test_writing_to_an_argument(m: Any) -> None:
    x = np.zeros((3, 4), np.float32)
    m.fill(x[:, ::2])
    assert x.tolist() == [[1, 0, 1, 0]] * 3
    t = torch.zeros(2)
    assert m.fill(t).tolist() == [1, 1] == t.tolist()
    a = array.array("f", [1, 2])
    m.fill(a)
    assert a.tolist() == [2, 3]


def test_values(m: Any) -> None:
    assert m.scalars(1, 2.5, True, "ü\0x") == (2, 5.0, False, "ü\0x!")
    assert m.scalars(np.int8(1), 2, np.False_, s="") == (2, 4.0, True, "!")
    assert m.scalars(2**63 - 1, float("inf"), False, "") == (-(2**63), float("inf"), True, "!")
    assert [type(v) for v in m.scalars(1, 1, True, "")] == [int, float, bool, str]
    assert m.optional(None) == (None, None, None)
    x, n, s = m.optional(F, s="", n=3)
    assert n == 3 and s == "" and (x == F).all()
    xs, *rest = m.lists((F, F), [1], (1, 2.5), [], ["é"])
    assert len(xs) == 4 and (xs[3] == F).all() and rest == [[1, 1], [1.0, 2.5, 0.5], [True], ["é", "x"]]
    assert m.lists([], [], [], [], []) == ([], [1], [0.5], [True], ["x"])
    p, ll, lo = m.nested((1, (F, 2.0)), [[1], [], [2, 3]], [None, 3])
    assert p[0] == 1 and (p[1][0] == F).all() and p[1][1] == 2 and ll == [[1], [], [2, 3]] and lo == [None, 3]
    assert m.answer() == 42
    assert m.ints(F).dtype == np.int64 and m.ints(torch.ones(2)).dtype == torch.int64
    assert isinstance(m.lists([torch.ones(2)], [], [], [], [])[0][0], torch.Tensor)


def test_names_and_defaults(m: Any) -> None:
    np.testing.assert_array_equal(m.scale(F), F * 2)
    np.testing.assert_array_equal(m.scale(F, 3), F * 3)
    np.testing.assert_array_equal(m.scale(negate=True, x=F, times=2), F * -4)
    assert m.defaults() == (3, 3, "a") and m.defaults([5]) == (5, 3, "a") and m.defaults(t=(1, "z")) == (3, 1, "z")


def test_print(m: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert m.show(F) is None
    assert capsys.readouterr().out == "sum 15.\n"


def test_static_and_symbolic_shapes(libraries: Libraries) -> None:
    model = aotjit.load(libraries.make("shapes", SINK, "--entry=product", "--input=x=f32[N,4]", "--input=y=f32[4,N]"))
    x = np.ones((3, 4), np.float32)
    np.testing.assert_array_equal(model(x, x.T), np.full((3, 3), 4.0))
    for arguments, kind, text in (
        ((x[0], x.T), TypeError, "x: expected 2 dimensions, got 1"),
        ((x.T, x.T), ValueError, "x: dimension 1 is 3, expected 4"),
        ((x, x[:2].T), ValueError, "y: dimension 1 (N) is 2, but x made it 3"),
    ):
        with pytest.raises(kind) as raised:
            model(*arguments)
        assert str(raised.value) == text


def test_descriptions(m: Any) -> None:
    assert m.add.signature == "(x: Tensor[f32], y: Tensor[f32]) -> Tensor[f32]"
    known = "scale(x: Tensor[f32], factor: float = 2.0, times: int = 1, negate: bool = False) -> Tensor[f32]"
    assert known in m.signature
    assert len(m.signature.split("\n")) == 15
    assert repr(m).startswith("<aotjit model sink: add(x: Tensor[f32]")
    assert repr(m.add) == "<aotjit function add(x: Tensor[f32], y: Tensor[f32]) -> Tensor[f32]>"
    assert m.add.__name__ == "add" and m.add.__doc__ == "The sum of two tensors."
    for name in ("add", "scale", "scalars", "optional", "defaults", "answer"):
        theirs = [(p.name, p.default) for p in inspect.signature(getattr(sink, name)).parameters.values()]
        # A tuple is the only default that torch.jit takes for a List; what it gives is a list.
        theirs = [("ns", [1, 2]) if item == ("ns", (1, 2)) else item for item in theirs]
        assert [(p.name, p.default) for p in inspect.signature(getattr(m, name)).parameters.values()] == theirs
    text = pydoc.plain(pydoc.render_doc(m))
    assert "The sum of two tensors." in text and "nested(p, ll, lo)" in text
    assert [e["name"] for e in json.loads(m.manifest)["entries"]][:2] == ["add", "fill"]


def test_modules(libraries: Libraries) -> None:
    model = aotjit.load(libraries.example("gate"))
    x, h = torch.randn(3, 4), torch.randn(3, 4)
    for got, want in zip(model(x, h), run_torch("gate", x, h), strict=True):
        torch.testing.assert_close(got, want)
    np.testing.assert_array_equal(model(x.numpy(), h.numpy())[0], model.forward(x, h)[0])
    assert type(model).__name__ == "Cell" and repr(model).startswith("<aotjit model Cell: forward(x: Tensor")
    assert list(inspect.signature(model).parameters) == ["x", "h"]


def test_pickle(m: Any, library: Path) -> None:
    again = pickle.loads(pickle.dumps(m))
    assert again is not m
    np.testing.assert_array_equal(again.add(F, F), F * 2)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(m.add))(F, F), F * 2)
    code = "import pickle, sys; m = pickle.load(open(sys.argv[1], 'rb')); print(m.answer())"
    library.with_suffix(".pickle").write_bytes(pickle.dumps(m))
    assert python(code, str(library.with_suffix(".pickle")), folder=library.parent) == "42\n"


def test_threads(m: Any, library: Path) -> None:
    """One model, and one of its own, on each of several threads at once."""
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        own = aotjit.load(library)
        x = np.random.default_rng(seed).standard_normal((20, 30)).astype(np.float32)
        try:
            for _ in range(150):
                for model in (m, own):
                    np.testing.assert_array_equal(model.add(x, x), x + x)
                    with pytest.raises(TypeError, match="y: expected a tensor, got int"):
                        model.add(x, seed)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures, failures[0]


def test_importing_the_library(library: Path) -> None:
    code = (
        "import sys, array, sink\n"
        "assert sink.answer() == sink.model.answer() == 42 and sink.__file__.endswith('sink.so')\n"
        "assert not {'aotjit', 'numpy', 'torch'} & set(sys.modules)\n"
        "print(sink.add(array.array('f', [1]), array.array('f', [2])))"
    )
    # The folder holds sink.so beside no sink.py: an extension module wins over a source file anyway.
    assert python(code, folder=library.parent) == "[3.]\n"


def test_loading_is_light(library: Path) -> None:
    """How long it takes is in benchmarks/compare.py load."""
    code = (
        "import sys; import aotjit; before = set(sys.modules); model = aotjit.load(sys.argv[1])\n"
        "assert model.answer() == 42\n"
        "heavy = {'numpy', 'torch', 'llvmlite', 'lark', 'xdsl', 'rich', 'argparse', 'json'}\n"
        "print(sorted(heavy & set(sys.modules)), sorted(n for n in sys.modules if n.startswith('aotjit.')))\n"
        "before = set(sys.modules); again = aotjit.load(sys.argv[1])\n"
        "assert again is not model and set(sys.modules) == before"
    )
    assert python(code, str(library), folder=library.parent) == "[] ['aotjit.diagnostics', 'aotjit.loader']\n"


# -- aotjit.compile and aotjit.script ----------------------------------------------------------------------------------


def double(x: torch.Tensor, n: int = 2) -> torch.Tensor:
    """n times x."""
    return x * n


def mixed(xs: list[torch.Tensor], pair: tuple[torch.Tensor, int]) -> torch.Tensor:
    return torch.cat(xs) * pair[0] + pair[1]


def hopeless(x):
    y = undefined_name + x  # noqa: F821
    z = x.frobnicate()
    return y, z


def test_compiling_a_function(tmp_path: Path) -> None:
    model = aotjit.compile(double, output=tmp_path / "twice.so", cpu="v2", optimize=1)
    np.testing.assert_array_equal(model(F), F * 2)
    assert (tmp_path / "twice.h").exists() and json.loads(model.manifest)["cpu"] == ["v2"]
    np.testing.assert_array_equal(aotjit.load(tmp_path / "twice.so").double(F, n=3), F * 3)
    assert "ts.aten" in model.graph and "@double" in model.graph
    assert model.code.endswith(inspect.getsource(double))


def test_inputs_and_examples() -> None:
    d = F.astype(np.float64)
    model = aotjit.compile(double, inputs={"x": "f64[2,K]"}, cpu="v3")
    np.testing.assert_array_equal(model(d), d * 2)
    with pytest.raises(TypeError, match="x: expected float64, got float32"):
        model(F)
    model = aotjit.compile(double, example_inputs=(torch.from_numpy(d), 5), cpu="v3")
    assert json.loads(model.manifest)["entries"][0]["parameters"][0]["type"] == "Tensor[f64; 2, 3]"
    with pytest.raises(ValueError, match="x: dimension 0 is 1, expected 2"):
        model(d[:1])
    model = aotjit.compile(mixed, example_inputs=([d, d[:1]], (d[0], 1)), dynamic=True, cpu="v3")
    np.testing.assert_array_equal(model([d], (d[1], 1)), d * d[1] + 1)


def test_compiling_a_file(tmp_path: Path) -> None:
    path = tmp_path / "two.py"
    path.write_text(
        "import torch\nfrom torch import Tensor, nn\n\n\nclass Two(nn.Module):\n"
        "    def __init__(self, n: int):\n        super().__init__()\n        self.w = nn.Parameter(torch.zeros(n))\n\n"
        "    def forward(self, x: Tensor) -> Tensor:\n        return x + self.w\n\n"
        "    def twice(self, x: Tensor) -> Tensor:\n        return self.forward(x) * 2\n"
    )
    weights = tmp_path / "weights.npz"
    np.savez(weights, w=np.arange(3, dtype=np.float32))
    model = aotjit.compile(path, entry="Two(3)", method=["forward", "twice"], weights=weights, cpu="v3")
    np.testing.assert_array_equal(model(F), F + np.arange(3))
    np.testing.assert_array_equal(model.twice(F), (F + np.arange(3)) * 2)
    assert model.code.startswith("import torch")
    only = aotjit.compile(path, entry="Two(3)", method="twice", cpu="v3")
    np.testing.assert_array_equal(only(F), F * 2)
    assert not hasattr(only, "forward")


USAGE: list[tuple[dict[str, Any], str]] = [
    ({"source": "none.py"}, "cannot read none.py"),
    ({"entry": "nothing"}, "--entry nothing: "),
    ({"inputs": {"x": "f31[2]"}}, "--input x=f31[2]: unknown element type 'f31'"),
    ({"inputs": {"q": "f32[2]"}}, "--input q: there is no such parameter (parameters: x, n)"),
    ({"inputs": {"n": "f32[2]"}}, "--input n: it is of type int, not a Tensor"),
    ({"example_inputs": (F, 1, 2)}, "example_inputs: 3 values for 2 parameters"),
    ({"example_inputs": (np.array(["a"]),)}, "an example of dtype <U1 has no TorchScript element type"),
    ({"weights": "none.npz"}, "--weights needs a module"),
    ({"method": "f"}, "--method needs a module"),
    ({"output": "/no/such/folder/m.so"}, "cannot write /no/such/folder/m.so: No such file or directory"),
    ({"cpu": "v9"}, "--cpu v9: unknown level 'v9'"),
    ({"optimize": 4}, "optimize=4: expected 0, 1, 2 or 3"),
    ({"source": len}, "is not a Python function"),
]


@pytest.mark.parametrize(("options", "text"), USAGE, ids=[u[1] for u in USAGE])
def test_wrong_options(options: dict[str, Any], text: str) -> None:
    with pytest.raises(aotjit.UsageError) as raised:
        aotjit.compile(**{"source": double, **options})
    assert text in str(raised.value)


def test_compile_error() -> None:
    with pytest.raises(aotjit.CompileError) as raised:
        aotjit.compile(hopeless)
    first, second = raised.value.diagnostics
    line = inspect.getsourcelines(hopeless)[1] + 1
    assert first.message == "undefined name 'undefined_name'" and first.span is not None
    assert (first.span.source.name, first.span.line, first.span.column) == (__file__, line, 9)
    assert "frobnicate" in second.message
    assert str(raised.value).startswith(f"{__file__}:{line}:9: error: undefined name 'undefined_name'\n")
    assert "\n            ^~~~" in str(raised.value)


def test_script() -> None:
    scripted = aotjit.script(double)
    assert scripted.__name__ == "double" and scripted.__doc__ == "n times x."
    for x in (F, torch.from_numpy(F), F.astype(np.float64), F[0]):
        result = scripted(x, n=3)
        assert type(result) is type(x) and result.dtype == x.dtype
        np.testing.assert_array_equal(np.asarray(result), np.asarray(x) * 3)
    before = repr(scripted)
    np.testing.assert_array_equal(scripted(F + 1, n=4), (F + 1) * 4)
    np.testing.assert_array_equal(scripted(n=5, x=F), F * 5)
    assert repr(scripted) == before  # one version, however a call is written
    assert "@double" in scripted.graph and "return x * n" in scripted.code
    for arguments, text in (((), "missing a required argument: 'x'"), ((F, "a"), "n: expected int, got str")):
        with pytest.raises(TypeError, match=text):
            scripted(*arguments)
    with pytest.raises(aotjit.CompileError, match="undefined name"):
        aotjit.script(hopeless)(F)
    for wrong in (3, torch.nn.Linear(2, 3)):
        with pytest.raises(aotjit.UsageError, match="is not a Python function"):
            aotjit.script(wrong)


def test_a_model_leaves_sys_modules_alone(libraries: Libraries) -> None:
    before = sys.modules["json"]
    aotjit.load(libraries.make("json", SINK, "--entry=answer", "--cpu=v2"))
    assert sys.modules["json"] is before


def test_state(libraries: Libraries) -> None:
    """Each object has its own; a failing call keeps what it did until then; a copy starts anew."""
    model = aotjit.load(libraries.make("counter", Path(__file__).with_name("counter.py"), "--cpu=v2"))
    other = type(model)()
    x = np.array([1, 2], np.float32)
    assert model(x).tolist() == [1, 2] and model(x).tolist() == [2, 4]
    with pytest.raises(ValueError, match="three at "):
        model(x * 5)
    x[:] = 77  # the model kept a copy
    total, calls, seen, last = model.state()
    assert total.tolist() == [7, 14] and calls == 3 and seen == [1, 2, 3] and last.tolist() == [5, 10]
    seen.append(9)
    assert model.state()[2] == [1, 2, 3]
    for fresh in (other, pickle.loads(pickle.dumps(model))):
        total, *rest = fresh.state()
        assert total.tolist() == [0, 0] and rest == [0, [], None]
    for _ in range(2):
        other(x)
    assert other.state()[1] == 2 and model.state()[1] == 3


def test_without_numpy(library: Path) -> None:
    """Where numpy cannot be imported, a result is an object that speaks DLPack."""
    code = (
        "import sys, array; sys.modules['numpy'] = None; import aotjit\n"
        "a = array.array('f', [1, 2])\n"
        "m = aotjit.load(sys.argv[1])\n"
        "r = m.add(m.add(a, a), a)\n"
        "del sys.modules['numpy']; import numpy\n"
        "print(r.__dlpack_device__(), numpy.from_dlpack(r).tolist(), m.add(a, a))"
    )
    assert python(code, str(library), folder=library.parent) == "(1, 0) [3.0, 6.0] [2. 4.]\n"
