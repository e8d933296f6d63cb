"""`aotjit explain model.py`: each source line, the operators in it, and the kernels and calls they became.

model.py:9:     h = torch.tanh(x @ self.w + self.b)
    operators  matmul, add.Tensor, tanh
    product    [?, 64] x [64, 128] f32; 2 operations on each element of the result, with 1 more tensor
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..types import TensorType
from .progress import StepReport
from .source import add_source_options, options_from

if TYPE_CHECKING:
    from xdsl.ir import Operation

    from ..diagnostics import Span
    from ..ir.ts import GenericOp, MatmulOp
    from ..program import Program

_QUIET = ("arith.", "math.", "func.", "scf.", "builtin.", "cf.")
_PLUMBING = (
    "ts.retain", "ts.release", "ts.yield", "ts.refine", "ts.none", "ts.weight", "ts.tuple", "ts.tuple_get", "ts.str",
    "ts.some", "ts.unwrap", "ts.is_none", "ts.undef", "ts.device",
)  # fmt: skip
_ON_ONE_LINE = ("operators", "calls")
Lines = dict[tuple[str, int], dict[str, list[str]]]


def configure(parser: argparse.ArgumentParser) -> None:
    add_source_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from ..pipeline import build_program, lower_program

    options = options_from(arguments, None)
    lines: Lines = {}
    texts: dict[tuple[str, int], str] = {}
    with StepReport(options.verbose) as report:
        program = build_program(options, report)
        _collect(program, lines, texts, _operators)
        lower_program(program, options, report)
        _collect(program, lines, texts, _results)
    for place in sorted(lines):
        print(f"{place[0]}:{place[1]}:  {texts[place].strip()}")
        for title, entries in lines[place].items():
            counted = [f"{entry} ({n} times)" if n > 1 else entry for entry, n in Counter(entries).items()]
            for text in [", ".join(counted)] if title in _ON_ONE_LINE else counted:
                print(f"    {title:<10} {text}")
    return 0


def _collect(
    program: Program,
    lines: Lines,
    texts: dict[tuple[str, int], str],
    describe: Callable[[Operation], Iterator[tuple[str, str]]],
) -> None:
    from ..ir.ts import span_of

    for op in program.module.walk():
        span: Span | None = span_of(op)
        # A name in angle brackets is that of an operator written in the language, not of the user's file.
        if span is None or span.source.name.startswith("<") or _is_inside_kernel(op):
            continue
        for title, text in describe(op):
            place = (span.source.name, span.line)
            texts.setdefault(place, span.source.line(span.line))
            lines.setdefault(place, {}).setdefault(title, []).append(text)


def _is_inside_kernel(op: Operation) -> bool:
    from ..ir.ts import GenericOp, MatmulOp

    return isinstance(op.parent_op(), GenericOp | MatmulOp)


def _operators(op: Operation) -> Iterator[tuple[str, str]]:
    """What the program says, before any pass."""
    from ..ir.ts import AtenOp

    callee = op.properties.get("callee")
    if isinstance(op, AtenOp):
        yield "operators", op.op.data
    elif callee is not None:
        yield "operators", str(callee).removeprefix("@").removeprefix("aten.")


def _results(op: Operation) -> Iterator[tuple[str, str]]:
    """What is left after all passes."""
    from ..ir.ts import AtenOp, GenericOp, MatmulOp

    if isinstance(op, GenericOp):
        yield "kernel", _kernel(op)
    elif isinstance(op, MatmulOp):
        yield "product", _product(op)
    elif isinstance(op, AtenOp):
        yield "calls", op.op.data
    elif not op.name.startswith(_QUIET) and op.name not in _PLUMBING:
        yield "calls", op.name
    refusal = op.attributes.get("ts.not_fused")
    if refusal is not None:
        yield "not fused", str(getattr(refusal, "data", refusal))


def _tensor(value_type: object) -> TensorType | None:
    data = getattr(value_type, "data", None)
    return data if isinstance(data, TensorType) else None


def _shape(t: TensorType | None) -> str:
    if t is None or t.dims is None:
        return "[...]"
    return "[" + ", ".join("?" if d is None else str(d) for d in t.dims) + "]"


def _kernel(op: GenericOp) -> str:
    results = [_tensor(value.type) for value in op.outputs]
    reads = [t for value in op.inputs if (t := _tensor(value.type)) is not None]
    body = [inner for inner in op.body.block.ops if not inner.name.endswith((".yield", ".constant"))]
    first = results[0]
    dtype = first.dtype if first is not None else None
    parts = [f"{op.kind.data} {_shape(first)} {dtype or ''}".rstrip()]
    if op.combiners is not None:
        parts[0] += " of " + ", ".join(str(getattr(c, "data", c)) for c in op.combiners)
    if body:
        parts.append(f"{_count(len(body), 'operation')} an element")
    parts.append(f"reads {_bytes(reads)}, writes {_bytes([t for t in results if t is not None])}")
    if dtype is not None:
        parts.append(f"vectors of {_lanes(dtype.size)}")
    return "; ".join(parts)


def _product(op: MatmulOp) -> str:
    a, b, result = _tensor(op.a.type), _tensor(op.b.type), _tensor(op.result.type)
    dtype = result.dtype if result is not None else None
    text = f"{_shape(a)} x {_shape(b)} {dtype or ''}".rstrip()
    if op.convolution is None and a is not None and b is not None and a.is_static and b.is_static and a.dims and b.dims:
        sizes = [d for d in (*a.dims, b.dims[-1]) if isinstance(d, int)]
        text += f"; {2 * math.prod(sizes)} flops"
    if op.packed is not None:
        text += f"; weight packed as {op.packed.data}"
    extra = [inner for inner in op.epilogue.block.ops if not inner.name.endswith((".yield", ".constant"))]
    if extra:
        work = _count(len(extra), "operation")
        text += f"; {work} on each element of the result, with {_count(len(op.extras), 'more tensor')}"
    return text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _bytes(tensors: list[TensorType]) -> str:
    """Bytes moved: in all when the sizes are known, else for each element."""
    sizes = [t.dtype.size if t.dtype is not None else 0 for t in tensors]
    if tensors and all(t.is_static for t in tensors):
        counts = [math.prod(d for d in t.dims or () if isinstance(d, int)) for t in tensors]
        return f"{sum(s * n for s, n in zip(sizes, counts, strict=True))} bytes"
    return f"{sum(sizes)} bytes an element"


def _lanes(size: int) -> str:
    from ..schedule.targets import TARGETS

    return ", ".join(f"{target.lanes(size)} ({level})" for level, target in TARGETS.items())
