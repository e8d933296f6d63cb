"""Programs with modules: built from source and from archives, run by the reference interpreter, against torch."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sema_modules

from aotjit.archive import read_archive
from aotjit.diagnostics import CompileError, SourceText, UsageError
from aotjit.dtypes import DType
from aotjit.interp.interpreter import Interpreter
from aotjit.ir.verify_ssa import verify_module
from aotjit.program import REQUIRED, Program
from aotjit.sema import BuildOptions, build, build_archive
from aotjit.syntax.parse import parse
from aotjit.types import TensorType

torch = pytest.importorskip("torch")
IDS = [p.name for p in sema_modules.PROGRAMS]


def torch_model(program: sema_modules.ModuleProgram, folder: Path) -> Any:
    path = folder / f"{program.name}.py"
    path.write_text(program.text)
    spec = importlib.util.spec_from_file_location(f"sema_module_{program.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(module.model.eval())


def from_source(text: str, **options: Any) -> Program:
    return build(parse(SourceText("model.py", text)), BuildOptions(**options))


def evaluated(value: Any) -> Any:
    return eval(value, {"torch": torch}) if isinstance(value, str) else value


def to_host(value: Any) -> Any:
    return value.detach().numpy().copy() if isinstance(value, torch.Tensor) else value


def same(actual: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        torch.testing.assert_close(torch.from_numpy(np.array(actual)), expected.detach())
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            same(a, e)
    else:
        assert type(actual) is type(expected) and actual == expected


def check(program: Program, scripted: Any, calls: list[tuple[str, tuple[Any, ...]]]) -> None:
    program.module.verify()
    verify_module(program.module)
    interpreter = Interpreter(program, lambda line: None)
    for name, texts in calls:
        args = [evaluated(t) for t in texts]
        entry = next(e for e in program.entries if e.name == name)
        given = [to_host(a) for a in args]
        for parameter in entry.parameters[len(given) :]:
            assert parameter.default is not REQUIRED
            given.append(parameter.default)
        same(interpreter.call(entry.symbol, given), getattr(scripted, name)(*args))


@pytest.mark.parametrize("program", sema_modules.PROGRAMS, ids=IDS)
def test_source_does_what_torch_does(program: sema_modules.ModuleProgram, tmp_path: Path) -> None:
    inputs = {"i": TensorType(DType.I64, None)} if program.name == "normal_start" else {}
    check(from_source(program.text, inputs=inputs), torch_model(program, tmp_path), program.calls)


@pytest.mark.parametrize("program", sema_modules.PROGRAMS, ids=IDS)
def test_archive_does_what_torch_does(program: sema_modules.ModuleProgram, tmp_path: Path) -> None:
    scripted = torch_model(program, tmp_path)
    path = tmp_path / "model.pt"
    scripted.save(str(path))
    check(build_archive(read_archive(path)), scripted, program.calls)


@pytest.mark.parametrize("program", sema_modules.PROGRAMS, ids=IDS)
@pytest.mark.parametrize("kind", ["frozen", "traced"])
def test_frozen_and_traced_archives(kind: str, program: sema_modules.ModuleProgram, tmp_path: Path) -> None:
    scripted = torch_model(program, tmp_path)
    path = tmp_path / "model.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "frozen":
            torch.jit.freeze(scripted).save(str(path))
        else:
            args = tuple(evaluated(a) for a in program.calls[0][1])
            model = sys.modules[f"sema_module_{program.name}"].model.eval()
            try:
                torch.jit.trace(model, args, check_trace=False).save(str(path))
            except RuntimeError:
                pytest.skip("torch cannot trace it")
    built = build_archive(read_archive(path))
    names = [e.name for e in built.entries]
    calls = [c for c in program.calls if c[0] in names]
    check(built, torch.jit.load(str(path)), calls if kind == "frozen" else calls[:1])


def test_shared_weights_are_stored_once() -> None:
    program = from_source(next(p for p in sema_modules.PROGRAMS if p.name == "shared").text)
    assert sorted(program.weights) == ["a.bias", "a.weight", "c.bias"]


def test_state_and_weights_are_told_apart() -> None:
    program = from_source(next(p for p in sema_modules.PROGRAMS if p.name == "state").text)
    assert {s.path: str(s.type) for s in program.states} == {
        "count": "int", "total": "float", "seen": "List[int]", "mean": "Tensor[f32]", "last": "Optional[Tensor]",
    }  # fmt: skip
    assert [e.name for e in program.entries] == ["forward", "statistics", "reset"]
    assert program.kind == "module" and program.class_name == "Counter"


def test_only_written_buffers_are_state() -> None:
    program = from_source(next(p for p in sema_modules.PROGRAMS if p.name == "written_buffers").text)
    assert {s.path for s in program.states} == {"through_call", "in_list", "row"}


def test_weights_file_replaces_the_initial_values(tmp_path: Path) -> None:
    source = next(p for p in sema_modules.PROGRAMS if p.name == "linear_layer")
    w, b = np.ones((20, 30), np.float32), np.arange(30, dtype=np.float32)
    np.savez(tmp_path / "w.npz", w=w, b=b)
    program = from_source(source.text, weights=tmp_path / "w.npz")
    result = Interpreter(program).call("forward", [np.ones((2, 20), np.float32)])
    np.testing.assert_allclose(result, 20 + np.tile(b, (2, 1)))


def test_unknown_initialisers_do_not_matter_with_weights(tmp_path: Path) -> None:
    text = (
        "import torch\nfrom torch import nn\nclass A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    )
    text += "        self.w = nn.Parameter(torch.empty(3))\n        nn.init.of_a_later_torch_(self.w)\n"
    text += "    def forward(self, x):\n        return x * self.w\nmodel = A()\n"
    with pytest.raises(CompileError, match=r"torch\.nn\.init\.of_a_later_torch_ is not"):
        from_source(text)
    np.savez(tmp_path / "w.npz", w=np.arange(3, dtype=np.float32))
    program = from_source(text, weights=tmp_path / "w.npz")
    np.testing.assert_array_equal(Interpreter(program).call("forward", [np.ones(3, np.float32)]), [0, 1, 2])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"w": np.ones((20, 30))}, "the weights do not fit Layer: missing b"),
        ({"w": np.ones((20, 30)), "b": np.ones(30), "q": np.ones(1)}, "the weights do not fit Layer: unexpected q"),
        (
            {"w": np.ones((20, 31)), "b": np.ones(30)},
            "the weights do not fit Layer: w has shape [20, 31], the program says [20, 30]",
        ),
    ],
)
def test_weights_that_do_not_fit(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    source = next(p for p in sema_modules.PROGRAMS if p.name == "linear_layer")
    np.savez(tmp_path / "w.npz", **{k: v.astype(np.float32) for k, v in arrays.items()})
    with pytest.raises(UsageError) as caught:
        from_source(source.text, weights=tmp_path / "w.npz")
    assert str(caught.value) == message


ENTRIES = "import torch\nfrom torch import nn\n\ndef double(x):\n    return x * 2\n\ndef _hidden(x):\n    return x\n\n"
ENTRIES += "class M(nn.Module):\n    def __init__(self, k: int):\n        super().__init__()\n        self.k = k\n\n"
ENTRIES += "    def forward(self, x):\n        return x * self.k\n"


@pytest.mark.parametrize(
    ("entry", "kind", "names"),
    [(None, "functions", ["double"]), ("_hidden", "functions", ["_hidden"]), ("M(3)", "module", ["forward"])],
)
def test_entry_selects_what_is_compiled(entry: str | None, kind: str, names: list[str]) -> None:
    program = from_source(ENTRIES, entry=entry)
    assert program.kind == kind and [e.name for e in program.entries] == names


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("N(3)", "--entry N(3): undefined name 'N'"),
        ("doble", "--entry doble: the program has no 'doble'; did you mean 'double'?"),
        ("3", "--entry 3: it is neither a function nor a module"),
        ("M(", "--entry M(: '(' was never closed"),
        ("M()", "--entry M(): M needs a value for 'k'"),
    ],
)
def test_wrong_entries(entry: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_source(ENTRIES, entry=entry)
    assert str(caught.value) == message


def test_a_module_and_the_functions_beside_it() -> None:
    program = from_source(ENTRIES + "\nmodel = M(3)\n")
    assert program.kind == "module" and [e.name for e in program.entries] == ["forward", "double"]
    with pytest.raises(CompileError) as caught:
        from_source(ENTRIES + "\ndef main():\n    return open('x')\n\nmodel = M(3)\n")
    assert [d.message for d in caught.value.diagnostics] == [
        "open() is not part of TorchScript", "--entry model compiles the module alone",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="both the module 'model' and the file have a 'forward'"):
        from_source(ENTRIES + "\ndef forward(x):\n    return x\n\nmodel = M(3)\n")


def test_unknown_inputs_list_the_parameters() -> None:
    with pytest.raises(UsageError) as caught:
        from_source(ENTRIES, inputs={"z": TensorType(DType.F32, None)})
    assert str(caught.value) == "--input z: there is no such parameter (parameters: x)"


def test_input_facts_are_in_the_entry() -> None:
    facts = TensorType(DType.F64, ("n", 3))
    program = from_source(ENTRIES, inputs={"x": facts})
    assert program.entries[0].parameters[0].type == facts


def test_shaped_annotations_are_facts() -> None:
    text = "from jaxtyping import Float32\nfrom torch import Tensor\n"
    text += 'def f(x: Float32[Tensor, "n 3 *"], y: Float32[Tensor, "n _ 4"]):\n    return x + y\n'
    program = from_source(text)
    assert [str(p.type) for p in program.entries[0].parameters] == ["Tensor[f32]", "Tensor[f32; n, ?, 4]"]


def test_nothing_to_compile() -> None:
    with pytest.raises(UsageError) as caught:
        from_source("import torch\nfrom torch import nn\nclass A(nn.Module):\n    pass\n")
    assert str(caught.value).startswith("nothing to compile: no public function and no module bound at top level")
