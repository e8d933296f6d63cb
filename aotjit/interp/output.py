"""What the interpreter prints and warns of, and texts made of values."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from xdsl.ir import Operation

from aotjit.interp.show import show
from aotjit.ir import ts

Value = Any
Environment = dict[Any, Value]


class Printing(Protocol):
    """What of the interpreter is used here. `warned` holds the operations that have warned in this call."""

    print_line: Callable[[str], object]
    warned: set[Operation]


def _print(interpreter: Printing, op: ts.PrintOp, env: Environment) -> Sequence[Value]:
    if op.warning is None:
        interpreter.print_line(" ".join(show(env[v], ts.type_of(v)) for v in op.values))
    elif op not in interpreter.warned:
        interpreter.warned.add(op)
        span = ts.span_of(op)
        file, line = (span.source.file_name, span.line) if span is not None else ("", 0)
        warnings.warn_explicit(env[op.values[0]], UserWarning, file, line)
    return ()


def _format(interpreter: Printing, op: ts.FormatOp, env: Environment) -> Sequence[Value]:
    given = list(op.values)
    template = env[given.pop(0)] if op.template is None else op.template.data
    parts, values = template.split("{}"), [show(env[v], ts.type_of(v)) for v in given]
    if len(values) < len(parts) - 1:
        raise RuntimeError(f"Too few arguments for format string: {template}")
    return ["".join(p + v for p, v in zip(parts, [*values[: len(parts) - 1], ""], strict=True))]


OUTPUT_HANDLERS: dict[type[Operation], Callable[..., Sequence[Value]]] = {ts.PrintOp: _print, ts.FormatOp: _format}
