"""Whole programs in the styles of real repositories: torch.jit, the interpreter and machine code agree, from source
and, for modules, from archives, from Python and from C; nothing is left in memory."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import aotjit
from aotjit.diagnostics import SourceText
from aotjit.ir.verify_ssa import Stage
from aotjit.sema import BuildOptions, build
from aotjit.sema.host.evaluator import Evaluator, Frame
from aotjit.sema.modules import HostTensor, ModuleObject
from aotjit.sema.names import ModuleScope
from aotjit.syntax.parse import parse, parse_expression
from tests.e2e import (
    class_state_programs,
    construction_python_programs,
    construction_random_programs,
    construction_repository_programs,
    construction_tensor_programs,
    constructor_programs,
    held_value_programs,
    search_programs,
    simulation_programs,
    tensor_repository_programs,
    text_processing_programs,
    type_system_programs,
)
from tests.e2e.agreement import assert_agree, assert_no_leak, compiled, interpreted, outcome, scripted
from tests.e2e.c_calls import check_from_c
from tests.e2e.libraries import GCC

FILES: tuple[ModuleType, ...] = (
    search_programs, simulation_programs, text_processing_programs, tensor_repository_programs,
    class_state_programs, type_system_programs, held_value_programs,
)  # fmt: skip
CONSTRUCTIONS: tuple[ModuleType, ...] = (
    construction_tensor_programs, construction_random_programs, construction_python_programs,
    construction_repository_programs,
)  # fmt: skip
NAMES = [file.__name__.rpartition(".")[2] for file in FILES]
Cases = list[tuple[str, tuple[Any, ...], Any]]


def cases_of(file: ModuleType) -> Cases:
    """Each call of the file, and what torch does."""
    found: Cases = []
    for name, cases in file.CASES.items():
        oracle = scripted(file, name)
        found += [(name, args, outcome(oracle, args)) for args in cases]
    return found


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_functions(file: ModuleType, tmp_path: Path) -> None:
    assert file.__file__ is not None
    tree = parse(SourceText(Path(file.__file__).name, Path(file.__file__).read_text()))
    functions = {name: interpreted(build(tree, BuildOptions(entry=name)), name, Stage.BUILT) for name in file.CASES}
    libraries = {level: compiled(file, tmp_path, level) for level in (0, 3)}
    cases = cases_of(file)
    for name, args, expected in cases:
        assert_agree(outcome(functions[name], args), expected, f"{name}{args} interpreted")
        for level, library in libraries.items():
            for _ in range(2):
                assert_agree(outcome(getattr(library, name), args), expected, f"{name}{args} at -O{level}")
    if GCC is not None:
        assert check_from_c(build(tree), f"{tree.source.name.removesuffix('.py')}_0", tmp_path, cases) == len(cases)
    for name in file.CASES:
        calls = 1000 if file is tensor_repository_programs else 10_000
        assert_no_leak(libraries[3], name, file.CASES[name], calls)


@pytest.mark.parametrize("construct", list(constructor_programs.MODULES))
def test_modules(construct: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    oracle = torch.jit.script(eval(construct, vars(constructor_programs)).eval())
    weights, archive = tmp_path / "weights.pt", tmp_path / "module.pt"
    torch.save(oracle.state_dict(), weights)
    oracle.save(str(archive))
    source = Path(str(constructor_programs.__file__))
    given = {"weights": str(weights)} if oracle.state_dict() else {}
    models = [
        aotjit.compile(source, entry=construct, output=tmp_path / "source.so", cpu="native", optimize=0, **given),
        aotjit.compile(archive, output=tmp_path / "archive.so", cpu="native"),
    ]
    cases: Cases = []
    for args in constructor_programs.MODULES[construct]:
        with torch.no_grad():
            expected = outcome(oracle, args)
        cases.append(("forward", args, expected))
        for model in models:
            assert_agree(outcome(model.forward, args), expected, f"{construct}{args}")
    if GCC is not None:
        program = build(parse(SourceText(source.name, source.read_text())), BuildOptions(entry=construct))
        assert check_from_c(program, "source", tmp_path, cases) == len(cases)


@pytest.mark.parametrize("file", CONSTRUCTIONS, ids=[f.__name__.rpartition(".")[2] for f in CONSTRUCTIONS])
def test_what_constructors_hold(file: ModuleType) -> None:
    assert file.__file__ is not None
    tree = parse(SourceText(Path(file.__file__).name, Path(file.__file__).read_text()))
    scope = ModuleScope(tree.body)
    for construct, args in file.CONSTRUCTED.items():
        torch.manual_seed(7)
        module = eval(construct, vars(file))
        evaluator = Evaluator()
        evaluator.generator.seed(7)
        found = Frame(evaluator, scope, {}, None).expression(parse_expression(SourceText("entry", construct)))
        assert_same_modules(found, module)
        np.testing.assert_array_equal(evaluator.generator.uniform(3, 0.0, 1.0), torch.rand(3).numpy())
        run = interpreted(build(tree, BuildOptions(entry=construct)), "forward", Stage.BUILT)
        with torch.no_grad():
            expected = outcome(torch.jit.script(module.eval()), args)
        assert_agree(outcome(run, args), expected, construct)


def assert_same_modules(found: ModuleObject, module: torch.nn.Module, path: str = "") -> None:
    """The parameters, buffers, submodules and plain attributes are those of torch's module, in its order."""
    own = type(module).__module__.startswith("tests.")
    held = {n: v for n, v in found.attributes.items() if not n.startswith("_")}
    names = [n for n, v in held.items() if isinstance(v, ModuleObject)]
    assert names == [n for n, v in module._modules.items() if v is not None], path
    parameters = [n for n, v in held.items() if isinstance(v, HostTensor) and v.is_parameter]
    assert parameters == [n for n, v in module._parameters.items() if v is not None], path
    assert {n: n not in module._non_persistent_buffers_set for n in module._buffers} == found.buffers, path
    wanted = {**module._parameters, **module._buffers}
    if own:
        plain = {n: v for n, v in vars(module).items() if not n.startswith("_") and n != "training"}
        wanted |= {n: v for n, v in plain.items() if not callable(v)}
    for name, value in wanted.items():
        actual = as_torch(held[name])
        if isinstance(value, torch.Tensor):
            torch.testing.assert_close(
                actual, value.detach(), equal_nan=True, msg=lambda m, n=name: f"{path}.{n}: {m}"
            )
        else:
            assert_agree(("value", actual, []), ("value", value, []), f"{path}.{name}")
    for name in names:
        assert_same_modules(held[name], module._modules[name], f"{path}.{name}")


def as_torch(value: Any) -> Any:
    """A value of compile time with tensors as torch's."""
    if isinstance(value, HostTensor):
        return torch.tensor(value.numpy().copy()).to(getattr(torch, value.dtype.value.torch))
    if isinstance(value, list | tuple):
        return type(value)(map(as_torch, value))
    return {k: as_torch(v) for k, v in value.items()} if isinstance(value, dict) else value
