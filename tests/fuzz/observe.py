"""What a batch of random programs does under torch.jit, in the interpreter and as machine code at -O0 and -O3, where
that differs, and whether calls leave anything in memory."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import io
import math
import sys
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

import aotjit
from aotjit.diagnostics import CompileError, Diagnostic, SourceText
from aotjit.interp.interpreter import Interpreter
from aotjit.options import CompileOptions, parse_cpu
from aotjit.pipeline import emit_program
from aotjit.program import Program
from aotjit.sema import BuildOptions, build
from aotjit.syntax.parse import parse
from tests.e2e.agreement import FAILURES, scripted, to_host

LEVELS = (0, 3)
LEAK_CALLS = 2
TORCH_IS_WRONG = "please report a bug to PyTorch"
Tell = Callable[[int, str], None]
"""Told which program is about to do what."""


@dataclass(frozen=True)
class Difference:
    """`stage` is where: "torch refuses", "refused", "interpreter", "O0", "O3", "leak"."""

    seed: int
    stage: str
    detail: str
    fails: bool = False
    """The call fails here and not there."""


@dataclass(frozen=True)
class Outcome:
    """How a call ended: its value and the arguments afterwards, or its error; and what it printed."""

    failed: bool
    value: Any
    printed: str


def observe(function: Callable[..., Any], arguments: Sequence[Any]) -> Outcome:
    out = io.StringIO()
    own = copy.deepcopy(list(arguments))
    with contextlib.redirect_stdout(out):
        try:
            value: Any = function(*own)
        except FAILURES as error:
            return Outcome(True, f"{type(error).__name__}: {str(error)[-300:]}", out.getvalue())
    written = [a for a in own if isinstance(a, torch.Tensor | np.ndarray)]
    return Outcome(False, to_host((value, written)), out.getvalue())


def same(a: Any, b: Any) -> bool:
    """Equal values of equal types, dicts in the same order; floats up to rounding, which is done in another order."""
    if isinstance(a, dict):
        return isinstance(b, dict) and same(list(a.items()), list(b.items()))
    if isinstance(a, tuple | list):
        return isinstance(b, tuple if isinstance(a, tuple) else list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        if not isinstance(b, np.ndarray) or a.shape != b.shape or a.dtype != b.dtype:
            return False
        return bool(np.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=a.dtype.kind == "f"))
    if isinstance(a, float) and isinstance(b, float):
        signs = a or b or math.copysign(1, a) == math.copysign(1, b)
        return (math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-5) and bool(signs)) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, complex) and isinstance(b, complex):
        return same((a.real, a.imag), (b.real, b.imag))
    return type(a) is type(b) and bool(a == b)


def agree(actual: Outcome, expected: Outcome) -> bool:
    if actual.failed != expected.failed or actual.printed != expected.printed:
        return False
    return expected.failed or same(actual.value, expected.value)


def _difference(seed: int, stage: str, call: Sequence[Any], found: Outcome, wanted: Outcome) -> Difference:
    fails = found.failed != wanted.failed
    return Difference(seed, stage, f"{tuple(call)}\n{found}\ntorch {wanted}", fails)


def _call(interpreter: Interpreter, symbol: str, *arguments: Any) -> Any:
    return interpreter.call(symbol, arguments)


@dataclass
class Batch:
    """Functions f<seed> of one file, with the arguments that each is called with."""

    source: str
    arguments: dict[int, list[tuple[Any, ...]]]
    folder: Path
    name: str

    def differences(self, tell: Tell) -> Iterator[Difference]:
        """All that are found; what fails at one stage is left out of the next."""
        module = self.module()
        expected: dict[int, list[Outcome]] = {}
        for seed, calls in self.arguments.items():
            tell(seed, "torch")
            try:
                oracle = scripted(module, f"f{seed}")
            except Exception as error:
                yield Difference(seed, "torch refuses", str(error))
                continue
            given = [[torch.from_numpy(a.copy()) if isinstance(a, np.ndarray) else a for a in call] for call in calls]
            outcomes = [observe(oracle, call) for call in given]
            broken = [o.value for o in outcomes if o.failed and TORCH_IS_WRONG in o.value]
            if broken:
                yield Difference(seed, "torch refuses", broken[0])
                continue
            expected[seed] = outcomes
        if not expected:
            return
        program = yield from self.program(expected)
        yield from self.interpreted(program, expected, tell)
        for level in LEVELS:
            yield from self.compiled(program, level, expected, tell)

    def module(self) -> ModuleType:
        path = self.folder / f"{self.name}.py"
        path.write_text(self.source)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module

    def program(self, expected: dict[int, list[Outcome]]) -> Generator[Difference, None, Program]:
        """The typed program of the functions in `expected`, without those that are refused."""
        while True:
            text = self.without({seed for seed in self.arguments if seed not in expected})
            try:
                return build(parse(SourceText(f"{self.name}.py", text)), BuildOptions())
            except CompileError as error:
                refused = {self.seed_at(text, d): d.render() for d in error.diagnostics}
                if not refused.keys() <= expected.keys():
                    raise
                for seed, message in refused.items():
                    assert seed is not None
                    yield Difference(seed, "refused", message)
                    del expected[seed]

    def without(self, seeds: set[int]) -> str:
        """The source with the functions of the seeds made empty: lines keep their places."""
        lines, kept = [], True
        for line in self.source.split("\n"):
            if line.startswith("def f") and line[5].isdigit():
                kept = int(line[5:].partition("(")[0]) not in seeds
            elif line and not line[0].isspace():
                kept = True
            lines.append(line if kept else "")
        return "\n".join(lines)

    @staticmethod
    def seed_at(text: str, diagnostic: Diagnostic) -> int | None:
        """The function that an error stands in."""
        if diagnostic.span is not None:
            for line in reversed(text.split("\n")[: diagnostic.span.line]):
                if line.startswith("def f") and line[5].isdigit():
                    return int(line[5:].partition("(")[0])
        return None

    def interpreted(self, program: Program, expected: dict[int, list[Outcome]], tell: Tell) -> Iterator[Difference]:
        symbols = {entry.name: entry.symbol for entry in program.entries}
        for seed, outcomes in expected.items():
            tell(seed, "interpreter")
            interpreter = Interpreter(program)
            for call, wanted in zip(self.arguments[seed], outcomes, strict=True):
                found = observe(partial(_call, interpreter, symbols[f"f{seed}"]), call)
                if not agree(found, wanted):
                    yield _difference(seed, "interpreter", call, found, wanted)
                    break

    def compiled(
        self, program: Program, level: int, expected: dict[int, list[Outcome]], tell: Tell
    ) -> Iterator[Difference]:
        tell(next(iter(expected), 0), f"compiling at O{level}")
        library = self.library(program, level)
        for seed, outcomes in expected.items():
            tell(seed, f"O{level}")
            function = getattr(library, f"f{seed}")
            for call, wanted in zip(self.arguments[seed], outcomes, strict=True):
                found = observe(function, call)
                if not agree(found, wanted):
                    yield _difference(seed, f"O{level}", call, found, wanted)
                    break
                del found
                before = library._live_bytes
                for _ in range(LEAK_CALLS):
                    observe(function, call)
                if library._live_bytes != before:
                    yield Difference(seed, "leak", f"{call} at O{level}: {library._live_bytes - before} bytes")
                    break

    def library(self, program: Program, level: int) -> Any:
        name = f"{self.name}_{level}"
        options = CompileOptions(Path(self.name), name=name, cpu=parse_cpu("native"), optimize=level)
        options = replace(options, source=SourceText(f"{self.name}.py", self.source))
        own = replace(program, module=program.module.clone())
        path = self.folder / f"{name}.so"
        path.write_bytes(b"".join(emit_program(own, options, lambda step: None).pieces))
        return aotjit.load(path)


def quiet_torch() -> None:
    """One thread, and no optimisation: what programs mean is asked, not how fast they are."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch._C._set_graph_executor_optimize(False)
