"""Runs one program before and after the passes, and under torch, and says where they differ."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aotjit import sema
from aotjit.diagnostics import SourceText
from aotjit.interp.interpreter import ProgramError, run
from aotjit.ir.text import to_text
from aotjit.ir.verify_ssa import Stage, verify_module
from aotjit.passes import PASSES
from aotjit.program import Program
from aotjit.syntax.parse import parse
from aotjit.type_text import parse_type
from aotjit.types import Type

FACTS: tuple[dict[str, str], ...] = (
    {},
    {"x": "Tensor[f32; 3, 3]", "y": "Tensor[f32; 3, 3]", "b": "Tensor[f32; 3]"},
    {"x": "Tensor[f32; ?, N]", "y": "Tensor[f32; ?, ?]", "b": "Tensor[f32; N]"},
)


class MismatchError(AssertionError):
    """Two evaluations of one program differ."""


def arguments(seed: int) -> list[Any]:
    """Arguments for tests.fuzz.generate.PARAMETERS."""
    random = np.random.default_rng(seed)
    tensors = [random.standard_normal(shape).astype(np.float32) for shape in ((3, 3), (3, 3), (3,))]
    return [*tensors, int(random.integers(-5, 9)), int(random.integers(0, 7)), float(random.standard_normal())]


def build(source: str, facts: dict[str, str]) -> Program:
    inputs: dict[str, Type] = {name: parse_type(text) for name, text in facts.items()}
    return sema.build(parse(SourceText("fuzz.py", source)), sema.BuildOptions(inputs=inputs))  # type: ignore[arg-type]


def evaluate(program: Program, values: Sequence[Any]) -> tuple[str, Any, Any]:
    """How the call ended, its result, and the arguments (they may be written) and what was printed afterwards."""
    own = copy.deepcopy(list(values))
    printed: list[str] = []
    try:
        result = run(program, "f", own, print_line=printed.append)
    except ProgramError as error:
        return error.kind, None, None
    return "", result, [*own, printed]


def check_passes(source: str, values: Sequence[Any], facts: dict[str, str]) -> str:
    """Raises MismatchError when a pass changes what the program means; gives how the program ended (empty: well)."""
    program = build(source, facts)
    kind, expected, after = evaluate(program, values)
    stage = Stage.BUILT
    verify_module(program.module, stage)
    for step in PASSES:
        before = to_text(program)
        step.run(program)
        stage = step.stage or stage
        try:
            verify_module(program.module, stage)
        except Exception as error:
            raise MismatchError(f"{step.name} broke the IR: {error}\n{source}\n{before}") from error
        ended, result, written = evaluate(program, values)
        if kind:
            continue  # an operator that fails may be removed when its result is not used
        if ended or not same(result, expected) or not same(written, after):
            found = ended or f"{result} and arguments {written}"
            raise MismatchError(
                f"after {step.name}: {found}\nexpected {expected} and arguments {after}\n{source}\n{before}"
            )
    return kind


def check_torch(source: str, values: Sequence[Any]) -> None:
    """Raises MismatchError when the program before any pass is not what torch.jit makes of it."""
    import torch

    kind, expected, after = evaluate(build(source, {}), values)
    own = [torch.from_numpy(v.copy()) if isinstance(v, np.ndarray) else v for v in values]
    try:
        result = torch.jit.CompilationUnit(_as_archive_code(source)).f(*own)
    except RuntimeError as error:
        if not kind:
            raise MismatchError(f"torch fails: {error}\n{source}") from error
        return
    if kind or not same(expected, as_numpy(result)) or not same(after[:-1], as_numpy(own)):
        found = kind or f"{expected} and {after}"
        raise MismatchError(f"torch gives {as_numpy(result)} and {as_numpy(own)}, we {found}\n{source}")


def _as_archive_code(source: str) -> str:
    """What torch's own parser takes without imports."""
    return "def f" + source.partition("def f")[2].replace("torch.Tensor", "Tensor")


def as_numpy(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(map(as_numpy, value))
    return value.numpy() if hasattr(value, "numpy") else value


def same(a: Any, b: Any) -> bool:
    """Equal, floats up to rounding (the matrix product may sum in another order)."""
    if isinstance(a, tuple | list):
        return isinstance(b, tuple | list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        left, right = np.asarray(a), np.asarray(b)
        if left.shape != right.shape or left.dtype != right.dtype:
            return False
        return bool(np.allclose(left, right, rtol=1e-4, atol=1e-4, equal_nan=True))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-4) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and bool(a == b)
