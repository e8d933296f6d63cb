"""A user's own passes: found by `package.module:name`, put at their place among the pipeline's, and never trusted.

`--pass`, `aotjit opt -p` and `aotjit.compile(passes=...)` take them; docs/passes.md has a worked example. Such a pass
says in `after` which pass it follows; what it leaves behind is always verified, and its failure is an error message.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from aotjit.diagnostics import UsageError
from aotjit.ir.verify_ssa import InvalidIRError, Stage, verify_module
from aotjit.passes.base import Pass
from aotjit.program import Program


def load_pass(text: object) -> Pass:
    """The pass that `package.module:name` names: an instance of Pass, or a class of it whose options all have defaults.
    The module is looked for in the working directory too. A Pass is taken as it is. UsageError when there is none."""
    if isinstance(text, Pass):
        return text
    if not isinstance(text, str):
        raise UsageError(f"{text!r} is neither an aotjit.passes.Pass nor package.module:name")
    module_name, colon, name = text.partition(":")
    if not colon or not name.isidentifier() or not all(part.isidentifier() for part in module_name.split(".")):
        raise UsageError(f"pass {text!r}: expected package.module:name")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    try:
        found = getattr(importlib.import_module(module_name), name, None)
        if isinstance(found, type) and issubclass(found, Pass):
            found = found()
    except Exception as error:  # whatever the user's module raises
        raise UsageError(f"pass {text!r}: {_brief(error)}") from error
    if not isinstance(found, Pass):
        raise UsageError(f"pass {text!r}: {name} in {module_name} is no aotjit.passes.Pass")
    return found


def with_user_passes(passes: Sequence[Pass], added: Sequence[Pass]) -> list[Pass]:
    """`passes` with each of `added` behind the first pass that its `after` names; several at one place keep their
    order. UsageError when there is no such place."""
    result = list(passes)
    for step in reversed(added):
        names = [p.name for p in result]
        if step.after not in names:
            places = ", ".join(dict.fromkeys(p.name for p in passes))
            raise UsageError(f"pass {step.name}: `after` is {step.after!r}, expected one of {places}")
        result.insert(names.index(step.after) + 1, step)
    return result


def run_user_pass(step: Pass, program: Program, stage: Stage) -> bool:
    """Runs a user's pass. UsageError when it fails or leaves what `stage` does not allow."""
    try:
        changed = step.run(program)
    except Exception as error:  # the user's code may raise anything
        raise UsageError(f"pass {step.name} failed: {_brief(error)}") from error
    try:
        verify_module(program.module, stage)
    except InvalidIRError as error:
        raise UsageError(f"pass {step.name} left an invalid program: {error}") from error
    return bool(changed)


def _brief(error: Exception) -> str:
    """`ValueError: text (passes.py:12)`, the place where it was raised."""
    import traceback  # slow to import, and seldom needed

    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})"
    return f"{type(error).__name__}: {error}{place}"
