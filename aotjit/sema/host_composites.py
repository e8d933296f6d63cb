"""Functions that are written in the language, on the values that constructors have: `torch.eye(3)` in `__init__`.

What has a reference meaning is computed by it (host_tensors.py); of the others a function of one call is compiled and
run by the interpreter:

    def evaluated(t0):
        return torch.eye(3, dtype=None)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.ops.opdef import Operator
from aotjit.sema.modules import HostTensor, HostValue
from aotjit.types import TensorType


def run_composite(operator: Operator, arguments: Sequence[HostValue], span: Span) -> HostValue:
    """The operator's result for arguments in the schema's order."""
    keyword_only = {a.name: v for a, v in zip(operator.schema.arguments, arguments, strict=True) if a.keyword_only}
    positional = arguments[: len(arguments) - len(keyword_only)]
    return run_function(f"torch.{operator.schema.name}", positional, keyword_only, span)


def run_function(path: str, args: Sequence[HostValue], keywords: Mapping[str, HostValue], span: Span) -> HostValue:
    """The result of a function that compiled code may call by this path."""
    from aotjit.interp.interpreter import Interpreter, ProgramError
    from aotjit.sema.build import BuildOptions, build
    from aotjit.syntax.parse import parse

    tensors: list[HostTensor] = []
    given = [_text(v, tensors) for v in args] + [f"{name}={_text(v, tensors)}" for name, v in keywords.items()]
    parameters = ", ".join(f"t{i}" for i in range(len(tensors)))
    call = f"{path}({', '.join(given)})"
    source = f"import torch\nfrom math import inf, nan\n\n\ndef evaluated({parameters}):\n    return {call}\n"
    types = {f"t{i}": TensorType(t.dtype, t.shape) for i, t in enumerate(tensors)}
    try:
        program = build(parse(SourceText("<constructor>", source)), BuildOptions(entry="evaluated", inputs=types))
        result = Interpreter(program).call(program.entries[0].symbol, [t.numpy() for t in tensors])
    except (CompileError, ProgramError, NotImplementedError) as error:
        reason = error.diagnostics[0].message if isinstance(error, CompileError) else str(error)
        raise CompileError.at(span, f"{path} fails at compile time: {reason}") from None
    return _lifted(result)


def _text(value: HostValue, tensors: list[HostTensor]) -> str:
    """A value as source; tensors become parameters."""
    if isinstance(value, HostTensor):
        tensors.append(value)
        return f"t{len(tensors) - 1}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_text(v, tensors) for v in value)}]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return repr(value)


def _lifted(value: Any) -> HostValue:
    import numpy

    if isinstance(value, list | tuple):
        return type(value)(_lifted(v) for v in value)
    return HostTensor.of(value) if isinstance(value, numpy.ndarray) else value
