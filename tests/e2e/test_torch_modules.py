"""Every module of torch.nn that torch's own tests construct: from source with its default initialisation, from scripted
and from traced archives, equal to torch."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aotjit
from aotjit.archive import read_archive
from aotjit.diagnostics import SourceText
from aotjit.dtypes import DTYPE_BY_TORCH
from aotjit.interp.interpreter import Interpreter
from aotjit.passes import run_passes
from aotjit.program import Program
from aotjit.sema import BuildOptions, build, build_archive
from aotjit.syntax.parse import parse
from aotjit.types import TensorType

torch = pytest.importorskip("torch")
warnings.simplefilter("ignore")

SEED = 3
SAMPLES = 2
"""Constructions of each module."""
OF_MODULES = {"nn.TransformerEncoder"}
"""Modules that are constructed of another, which these tests have no text for: tests/e2e/test_whole_models.py."""
NOT_COMPILED = {
    "nn.LinearCrossEntropyLoss": "is not scripted by torch.jit",
    "nn.FractionalMaxPool2d": "draws its regions anew in each call",
    "nn.FractionalMaxPool3d": "draws its regions anew in each call",
}
LISTS = {"nn.CTCLoss"}
"""Modules that are given Python's lists for tensors in some samples, which torch.jit's tensors do not take."""


def module_infos() -> list[Any]:
    from torch.testing._internal.common_modules import module_db

    return [i for i in module_db if "Lazy" not in i.name and i.name not in NOT_COMPILED]


@dataclass
class Sample:
    """A construction as text (None where it takes what has none), the module, the arguments of one call by name and
    what torch gives for them."""

    text: str | None
    module: Any
    arguments: dict[str, Any]
    expected: Any


def literal(value: Any) -> str:
    """Raises ValueError for what has no text."""
    if isinstance(value, torch.Tensor):
        return f"torch.tensor({value.tolist()!r}, dtype={value.dtype})"
    if isinstance(value, tuple | list):
        inside = ", ".join(map(literal, value)) + ("," if len(value) == 1 else "")
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    if isinstance(value, int | float | str | torch.dtype | None):
        return str(value) if isinstance(value, torch.dtype) else repr(value)
    raise ValueError(f"a {type(value).__name__}")


def construction(name: str, made: Any) -> str | None:
    """A program with the module; None where an argument has no text, such as a function or another module."""
    try:
        parts = [*map(literal, made.args), *(f"{n}={literal(v)}" for n, v in made.kwargs.items() if n != "device")]
    except ValueError:
        return None
    head = f"import torch\nimport torch.nn as nn\ntorch.manual_seed({SEED})\n"
    return f"{head}model = {name}({', '.join(parts)})\n"


def samples(info: Any) -> Iterator[Sample]:
    count = 0
    inputs = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=False)
    for given in inputs:
        call, made = given.forward_input, given.constructor_input
        try:
            torch.manual_seed(SEED)
            module = info.module_cls(*made.args, **made.kwargs).eval()
            with torch.no_grad():
                expected = module(*call.args, **call.kwargs)
        except (ValueError, TypeError, RuntimeError, AttributeError):
            continue  # torch's tests expect an error, or construct with a function
        names = list(inspect.signature(type(module).forward).parameters)[1:]
        arguments = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
        yield Sample(construction(info.name, made), module, arguments, expected)
        count += 1
        if count == SAMPLES:
            return


def facts(sample: Sample) -> dict[str, TensorType]:
    return {
        n: TensorType(DTYPE_BY_TORCH[str(v.dtype).removeprefix("torch.")], tuple(v.shape))
        for n, v in sample.arguments.items()
        if isinstance(v, torch.Tensor)
    }


def interpreted(program: Program, sample: Sample) -> Any:
    run_passes(program, 3)
    entry = next(e for e in program.entries if e.name.startswith("forward"))
    values = [sample.arguments.get(p.name, p.default) for p in entry.parameters]
    hosts = [v.detach().numpy().copy() if isinstance(v, torch.Tensor) else v for v in values]
    return Interpreter(program, lambda line: None).call(entry.symbol, hosts)


def given_lists(info: Any, sample: Sample) -> bool:
    return info.name in LISTS and any(isinstance(v, list | tuple) for v in sample.arguments.values())


def same(actual: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        tensor = actual if isinstance(actual, torch.Tensor) else torch.as_tensor(np.array(actual))
        torch.testing.assert_close(tensor, expected.detach(), equal_nan=True)
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            same(a, e)
    else:
        assert actual == expected


INFOS = module_infos()


WITH_TEXT = [i for i in INFOS if i.name not in OF_MODULES]


@pytest.mark.parametrize("info", WITH_TEXT, ids=lambda i: i.name)
def test_from_source(info: Any) -> None:
    chosen = [s for s in samples(info) if s.text is not None]
    assert chosen
    for sample in chosen:
        if given_lists(info, sample):
            continue
        program = build(parse(SourceText("model.py", sample.text or "")), BuildOptions(inputs=facts(sample)))
        same(interpreted(program, sample), sample.expected)


@pytest.mark.parametrize("info", WITH_TEXT, ids=lambda i: i.name)
def test_compiled(info: Any, tmp_path: Path) -> None:
    sample = next(s for s in samples(info) if s.text is not None)
    if given_lists(info, sample):
        pytest.skip("called with Python's lists")
    path = tmp_path / "model.py"
    path.write_text(sample.text or "")
    shapes = {n: f"{t.dtype}[{','.join(map(str, t.dims or ()))}]" for n, t in facts(sample).items()}
    model = aotjit.compile(str(path), output=str(tmp_path / "model.so"), inputs=shapes, cpu="native", optimize=1)
    given = {n: v.detach() if isinstance(v, torch.Tensor) else v for n, v in sample.arguments.items()}
    result = model.forward(**given)
    same(result, sample.expected)


@pytest.mark.parametrize("info", INFOS, ids=lambda i: i.name)
@pytest.mark.parametrize("how", ["script", "trace"])
def test_from_archive(info: Any, how: str, tmp_path: Path) -> None:
    for sample in samples(info):
        tensors = [v for v in sample.arguments.values() if isinstance(v, torch.Tensor)]
        if how == "script" and given_lists(info, sample):
            continue
        try:
            if how == "script":
                saved = torch.jit.script(sample.module)
            else:
                if len(tensors) != len(sample.arguments):
                    continue
                saved = torch.jit.trace(sample.module, tuple(tensors), check_trace=False)
        except (RuntimeError, torch.jit.frontend.NotSupportedError):
            continue  # torch itself does not script or trace it
        path = tmp_path / "model.pt"
        saved.save(str(path))
        archive = read_archive(path)
        if how == "trace":  # the parameters have names of their own
            names = [e.name for e in build_archive(archive).entries[0].parameters]
            sample.arguments = dict(zip(names, tensors, strict=True))
        # The recurrent layers have another forward, for packed sequences.
        methods = ("forward__0",) if info.name in ("nn.RNN", "nn.GRU", "nn.LSTM") and how == "script" else ()
        program = build_archive(archive, BuildOptions(inputs=facts(sample), methods=methods))
        same(interpreted(program, sample), sample.expected)
