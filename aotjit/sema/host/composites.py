"""Functions that are written in the language, on the values that constructors have: `torch.eye(3)` in `__init__`.

What has a reference meaning is computed by it (tensors.py); of the others, and of all that bfloat16 tensors are
given to, a function of one call is compiled and run by the interpreter:

    def evaluated(t0):
        return torch.eye(3, dtype=None)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aotjit.diagnostics import CompileError, SourceText, Span
from aotjit.dtypes import DType
from aotjit.ops.opdef import Operator
from aotjit.sema.host.generator import Generator
from aotjit.sema.modules import HostTensor, HostValue
from aotjit.types import ListType, OptionalType, TensorType, TupleType, Type

if TYPE_CHECKING:
    from aotjit.program import Program

_TEXTS = (type(None), bool, int, float, complex, str)


def run_composite(
    generator: Generator, operator: Operator, arguments: Sequence[HostValue], span: Span, lowered: bool = False
) -> HostValue:
    """The operator's result for arguments in the schema's order."""
    keyword_only = {a.name: v for a, v in zip(operator.schema.arguments, arguments, strict=True) if a.keyword_only}
    positional = arguments[: len(arguments) - len(keyword_only)]
    names = (a.name for a in operator.schema.arguments)
    lowered |= DType.BF16.code in (v for n, v in zip(names, arguments, strict=True) if n == "dtype")
    return run_function(generator, f"torch.{operator.schema.name}", positional, keyword_only, span, lowered)


def run_function(
    generator: Generator,
    path: str,
    args: Sequence[HostValue],
    keywords: Mapping[str, HostValue],
    span: Span,
    lowered: bool = False,
) -> HostValue:
    """The result of a function that compiled code may call by this path, or (".name") of a method of the first.
    `lowered`: its operators have to be kernels."""
    from aotjit.interp.interpreter import ProgramError
    from aotjit.sema.host.interpreter import DrawingInterpreter

    tensors: list[HostTensor] = []
    try:
        given = [_text(v, tensors) for v in args] + [f"{name}={_text(v, tensors)}" for name, v in keywords.items()]
    except TypeError as error:
        raise CompileError.at(span, f"{path} is not evaluated at compile time with {error}") from None
    lowered |= any(t.dtype is DType.BF16 for t in tensors) or keywords.get("dtype") == DType.BF16.code
    types = tuple(TensorType(t.dtype, t.shape) for t in tensors)
    try:
        called, shown = (f"{given.pop(0)}{path}", f"Tensor{path}") if path.startswith(".") else (path, path)
        program, result_type = _compiled(f"{called}({', '.join(given)})", types, lowered)
        arrays = [t.numpy() for t in tensors]
        result = DrawingInterpreter(program, generator).call(program.entries[0].symbol, arrays)
    except (CompileError, ProgramError, NotImplementedError) as error:
        if not isinstance(error, CompileError):
            raise CompileError.at(span, f"{shown} fails at compile time: {error}") from None
        first = error.diagnostics[0]
        raise CompileError.at(span, f"{shown} fails at compile time: {first.message}", first.hint) from None
    return lifted(result, result_type, dict(zip(map(id, arrays), tensors, strict=True)))


@lru_cache(maxsize=256)
def _compiled(call: str, types: Sequence[TensorType], lowered: bool) -> tuple[Program, Type]:
    """A program that makes the call, and the type of what it gives. bfloat16 is in the IR only, not in numpy: its
    operators have to be `lowered` to kernels, which round what they compute."""
    from aotjit.ir import ts
    from aotjit.sema.build import BuildOptions, build
    from aotjit.syntax.parse import parse

    names = [f"t{i}" for i in range(len(types))]
    source = f"import torch\nfrom math import inf, nan\n\n\ndef evaluated({', '.join(names)}):\n    return {call}\n"
    options = BuildOptions(entry="evaluated", inputs=dict(zip(names, types, strict=True)))
    program = build(parse(SourceText("<constructor>", source)), options)
    if lowered:
        from aotjit.passes import by_name, run_passes
        from aotjit.passes.inline import Inline

        steps = [by_name(n) for n in ("demand", "inline", "specialise")]
        run_passes(program, passes=[*steps, Inline(limit=3000), *map(by_name, ("canonicalise", "fold", "lower"))])
    symbol = program.entries[0].symbol
    function = next(op for op in program.module.ops if op.sym_name.data == symbol)
    return program, ts.type_of(function.body.block.last_op.operands[0])


def _text(value: HostValue, tensors: list[HostTensor]) -> str:
    """A value as source; tensors become parameters. Raises TypeError for what is no literal."""
    if isinstance(value, HostTensor):
        tensors.append(value)
        return f"t{len(tensors) - 1}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_text(v, tensors) for v in value)}]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if not isinstance(value, _TEXTS):
        raise TypeError(f"an argument of type {type(value).__name__}")
    return repr(value)


def lifted(value: Any, t: Type, known: Mapping[int, HostTensor]) -> HostValue:
    """A result of the interpreter as constructors have it; an array that was given is the tensor that it was of."""
    import numpy

    if isinstance(t, OptionalType):
        return None if value is None else lifted(value, t.element, known)
    if isinstance(t, TupleType):
        return tuple(lifted(v, e, known) for v, e in zip(value, t.elements, strict=True))
    if isinstance(t, ListType):
        return [lifted(v, t.element, known) for v in value]
    if not isinstance(t, TensorType):
        return value
    if id(value) in known:
        return known[id(value)]
    array = numpy.asarray(value)
    return HostTensor(DType.BF16, array.shape, array) if t.dtype is DType.BF16 else HostTensor.of(array)
