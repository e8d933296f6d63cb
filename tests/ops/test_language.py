"""Operators called from the language: through sema and all passes in the interpreter, and as machine code."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aotjit
from aotjit import sema
from aotjit.diagnostics import CompileError, SourceText
from aotjit.interp.interpreter import run
from aotjit.ops import REGISTRY
from aotjit.ops.opdef import Operator, unstated
from aotjit.passes import run_passes
from aotjit.program import Program
from aotjit.syntax.parse import parse
from aotjit.types import NUMBER
from tests.ops.as_source import HEADER, Call, call_source
from tests.ops.conftest import assert_same, own
from tests.ops.test_derived import ALL, describe, meaning, outcome, samples

warnings.simplefilter("ignore")

DECLARED = [n for n in ALL if REGISTRY[n].schema.namespace != "aotjit"]
ELSEWHERE = {"pow.int_to_int", "sorted.int", "sorted.float", "sorted.bool", "sorted.str"}
ELSEWHERE |= {
    n for n in DECLARED if n.endswith(".Scalar") and {a.type for a in REGISTRY[n].schema.arguments} == {NUMBER}
}
"""What Python's notation gives another overload: int ** int is a float, and a literal is no Scalar."""


@dataclass
class Case:
    """A call, and what its reference gives: a result or an error, and the arguments afterwards."""

    operator: Operator
    call: Call
    expected: Any
    failure: Exception | None


def cases(name: str, static: bool, step: int, first: int = 0) -> Iterator[Case]:
    """Every `step`-th sample as a function of the language, named f."""
    operator = REGISTRY[name]
    for args in itertools.islice(samples(name), first, None, step):
        if any(isinstance(v, bool) and a.type == NUMBER for a, v in zip(operator.schema.arguments, args, strict=True)):
            continue  # the language makes an int of a bool given for a number
        call = call_source("f", operator, args, static, describe(name, args))
        if call is None:
            return
        given = own(args)
        expected, failure = outcome(meaning(name), *given)
        if not operator.schema.returns:
            if not call.arguments:
                continue  # it changes a literal that nothing else sees
            expected = given[0]
        yield Case(operator, call, expected, failure)


def typed(call: Call) -> Program | None:
    """The program before any pass; None where it is refused."""
    try:
        return sema.build(parse(SourceText("m.py", HEADER + call.text)))
    except CompileError as error:
        assert "internal error" not in str(error), f"{call.text}{error}"
        return None


def lowered(call: Call) -> Program | None:
    """The program after all passes; None where it does not compile."""
    program = typed(call)
    if program is not None:
        try:
            run_passes(program, 3)
        except CompileError as error:
            assert "internal error" not in str(error), f"{call.text}{error}"
            return None
    return program


def check(case: Case, function: Any) -> None:
    result, problem = outcome(function, *own(tuple(case.call.arguments)))
    what = f"{case.call.what}\n{case.call.text}"
    if case.failure is not None:
        assert problem is not None, f"{what}should fail with {case.failure!r}, gives {result}"
        return
    if "a tensor without dims" in str(problem):  # compiled for unknown ranks: the result's dtype hangs on them
        assert any(isinstance(v, np.ndarray) and v.ndim == 0 for v in case.call.arguments), what
        return
    assert problem is None, f"{what}{problem!r}"
    if isinstance(case.expected, np.ndarray):
        result = np.asarray(result)
    assert_same(result, case.expected, what, case.operator.tolerance)


@pytest.mark.parametrize("name", [n for n in DECLARED if n not in ELSEWHERE])
@pytest.mark.parametrize("static", [True, False], ids=["static", "dynamic"])
def test_passes_keep_the_meaning(name: str, static: bool, request: pytest.FixtureRequest) -> None:
    programs: dict[str, Program | None] = {}  # where only the run tells the shapes, samples share one
    for case in chosen_cases(name, static, request.config.getoption("--all-samples")):
        text = case.call.text
        if text not in programs:
            programs[text] = lowered(case.call)
        program = programs[text]
        if program is not None:
            check(case, lambda *args, p=program: run(p, "f", args))


def chosen_cases(name: str, static: bool, every: bool) -> Iterator[Case]:
    """A choice of samples, each with known shapes or with unknown ones, unless `every` is asked for."""
    if every:
        return cases(name, static, 1)
    # Operators written in the language have no other test of their numbers.
    step = 7 if REGISTRY[name].reference is unstated else 13
    few = next(itertools.islice(samples(name), step, None), None) is None
    return cases(name, static, 2 * step, first=0 if static or few else step)


BATCH = 60
"""Operators in one library."""


@pytest.mark.parametrize("start", range(0, len(DECLARED), BATCH))
@pytest.mark.parametrize("static", [True, False], ids=["static", "dynamic"])
def test_compiled(start: int, static: bool, tmp_path: Path) -> None:
    chosen: list[Case] = []
    for name in DECLARED[start : start + BATCH]:
        if name not in ELSEWHERE:
            chosen += [c for c in cases(name, static, 61, first=1) if typed(c.call) is not None]
    # Of two batches one is optimised for known shapes, the other for unknown ones.
    optimize = (start // BATCH + static) % 2
    try:
        model = library(chosen, tmp_path / "operators", optimize)
    except CompileError:  # the passes refuse some
        chosen = [c for c in chosen if lowered(c.call) is not None]
        model = library(chosen, tmp_path / "again", optimize)
    for i, case in enumerate(chosen):
        check(case, getattr(model, f"f{i}"))


def library(chosen: list[Case], stem: Path, optimize: int) -> Any:
    """The cases as functions f0, f1, ..."""
    texts = [c.call.text.replace("def f(", f"def f{i}(") for i, c in enumerate(chosen)]
    path = stem.with_suffix(".py")
    path.write_text(HEADER + "\n".join(texts))
    return aotjit.compile(str(path), output=str(stem.with_suffix(".so")), cpu="native", optimize=optimize)
